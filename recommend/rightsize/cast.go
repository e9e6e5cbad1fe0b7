package rightsize

import (
	"fmt"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// Cast is the default scaling policy that Cast AI documents: the mean over
// the pods of their CPU p80, and the memory maximum plus 10 %. The documented
// window of five days is left to --window.
//
// It aims at savings. It is wrong by design for a fifth of the time, in which
// CPU is above the request, and it averages where the worst replica suffers.
//
// Source: Cast AI's documentation of workload autoscaling.
type Cast struct{}

var _ recommend.Fitter = Cast{}

const castMargin = 1.10

// Name is "cast".
func (Cast) Name() string { return "cast" }

// About says what it is.
func (Cast) About() string {
	return "as Cast AI's default: CPU p80, the mean over pods, and memory maximum plus 10 %"
}

// Fit implements recommend.Fitter.
func (Cast) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	m := measuredOf(r, &c)
	if r == recommend.Memory {
		most, ok := m.most()
		return most * castMargin, ok
	}
	return m.meanOf(0.8)
}

// Size implements recommend.Strategy.
func (s Cast) Size(c recommend.Case) (recommend.Sizing, bool) {
	cores, bytes, none, ok := fits(s, c)
	if !ok {
		return none, false
	}
	return requests(c, unit.MilliCPUOf(cores), unit.BytesOf(bytes),
		fmt.Sprintf("CPU: p80, the mean of %d pods, is %s", len(c.History.CPU.Pods), compactCPU(cores)),
		fmt.Sprintf("memory: maximum %s plus 10 %%", compactBytes(bytes/castMargin)),
	), true
}
