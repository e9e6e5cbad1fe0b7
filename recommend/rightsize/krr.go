package rightsize

import (
	"fmt"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// KRRSimple is the default strategy of robusta-dev/krr v1.29 ("simple"), the
// yardstick that most teams know: the CPU request is the largest 95th
// percentile of any pod's usage, without a CPU limit; memory request and
// limit are the largest usage of any pod plus 15 %.
//
// It differs from the original where that is a matter of measuring, not of
// the algorithm: usage is read in the survey's or the scrape's resolution
// instead of 75-second steps, and the memory maximum is the true one, where
// the original looks at one sample per step and comes out up to 9 % low. It
// is wrong where p95 is no good guide: bursts shorter than 5 % of the time
// never show.
type KRRSimple struct{}

var _ recommend.Strategy = KRRSimple{}

const (
	krrPoints = 100
	krrStep   = 75 * time.Second
	krrBuffer = 1.15
)

// The original's floors.
const (
	krrCPUFloor    = unit.MilliCPU(10)
	krrMemoryFloor = 100 * unit.MiB
)

// Name is "krr-simple".
func (KRRSimple) Name() string { return "krr-simple" }

// About says what it is.
func (KRRSimple) About() string {
	return "as KRR's default: CPU p95 of the worst pod, memory maximum plus 15 % for request and limit"
}

// Size implements recommend.Strategy. It wants 100 points of 75 seconds, as
// the original does.
func (KRRSimple) Size(c recommend.Case) (recommend.Sizing, bool) {
	points := float64(c.History.CPU.Samples()) * float64(c.History.CPU.Step) / float64(krrStep)
	if points < krrPoints {
		return recommend.Sizing{Reasons: []string{fmt.Sprintf("%.0f points of 75 s of usage; the strategy wants %d", points, krrPoints)}}, false
	}
	p95, pod, ok := c.History.CPU.WorstQuantile(0.95, 0)
	most, has := c.History.Memory.Max()
	if !ok || !has {
		return recommend.Sizing{Reasons: []string{"only one of CPU and memory was measured"}}, false
	}
	cpu := max(unit.MilliCPUOf(p95), krrCPUFloor)
	memory := max(ceilMiB(most*krrBuffer), krrMemoryFloor)
	return recommend.Sizing{
		Request: cluster.Resources{CPU: &cpu, Memory: &memory},
		Limit:   cluster.Resources{Memory: &memory},
		Reasons: []string{
			fmt.Sprintf("CPU: p95 of %s, the worst of %d pods, is %s", pod, len(c.History.CPU.Pods), unit.MilliCPUOf(p95).Compact()),
			fmt.Sprintf("memory: maximum %s plus 15 %%", unit.BytesOf(most).Compact()),
		},
	}, true
}

func ceilMiB(v float64) unit.Bytes {
	return (unit.BytesOf(v) + unit.MiB - 1) / unit.MiB * unit.MiB
}
