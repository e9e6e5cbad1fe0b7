package rightsize

import (
	"fmt"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/recommend"
)

// KRRSimpleLimit is robusta-dev/krr's strategy "simple-limit": the CPU request
// is the 66th percentile of all pods' samples in one pot, the CPU limit the
// 96th; memory is as in KRRSimple.
//
// It aims at a CPU limit that the container rarely meets and a request near
// its middle. It is wrong where pods differ: in the pot a busy leader
// disappears behind its followers. It throttles for the 4 % of the time that
// it leaves above the limit, and a third of the time is above the request.
//
// Source: robusta_krr/strategies/simple_limit.py, commit d6baa7453eff.
type KRRSimpleLimit struct{}

var _ recommend.Fitter = KRRSimpleLimit{}

// Name is "krr-simple-limit".
func (KRRSimpleLimit) Name() string { return "krr-simple-limit" }

// About says what it is.
func (KRRSimpleLimit) About() string {
	return "as KRR's simple-limit: CPU request p66 and limit p96 of all pods' samples pooled, memory maximum plus 15 %"
}

// Fit implements recommend.Fitter.
func (KRRSimpleLimit) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	if r == recommend.Memory {
		return KRRSimple{}.Fit(r, c)
	}
	return measuredOf(r, &c).pooled(0.66)
}

// Size implements recommend.Strategy, with the least amount of data of
// KRRSimple.
func (s KRRSimpleLimit) Size(c recommend.Case) (recommend.Sizing, bool) {
	if none, ok := krrEnough(c); !ok {
		return none, false
	}
	p66, most, none, ok := fits(s, c)
	if !ok {
		return none, false
	}
	p96, _ := measuredOf(recommend.CPU, &c).pooled(0.96)
	cpu, limit, memory := krrCPU(p66), krrCPU(p96), krrMemory(most)
	return recommend.Sizing{
		Request: cluster.Resources{CPU: &cpu, Memory: &memory},
		Limit:   cluster.Resources{CPU: &limit, Memory: &memory},
		Reasons: []string{
			fmt.Sprintf("CPU: of all samples of %d pods p66 is %s and p96, the limit, %s", len(c.History.CPU.Pods), compactCPU(p66), compactCPU(p96)),
			krrMemoryReason(most),
		},
	}, true
}
