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
//
// Source: robusta_krr/strategies/simple.py, commit d6baa7453eff.
type KRRSimple struct{}

var _ recommend.Fitter = KRRSimple{}

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

// Fit implements recommend.Fitter.
func (KRRSimple) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	m := measuredOf(r, &c)
	if r == recommend.Memory {
		most, ok := m.most()
		return most * krrBuffer, ok
	}
	v, _, ok := m.worst(0.95)
	return v, ok
}

// Size implements recommend.Strategy. It wants 100 points of 75 seconds, as
// the original does.
func (s KRRSimple) Size(c recommend.Case) (recommend.Sizing, bool) {
	if none, ok := krrEnough(c); !ok {
		return none, false
	}
	p95, most, none, ok := fits(s, c)
	if !ok {
		return none, false
	}
	_, pod, _ := measuredOf(recommend.CPU, &c).worst(0.95)
	cpu, memory := krrCPU(p95), krrMemory(most)
	return recommend.Sizing{
		Request: cluster.Resources{CPU: &cpu, Memory: &memory},
		Limit:   cluster.Resources{Memory: &memory},
		Reasons: []string{
			fmt.Sprintf("CPU: p95 of %s, the worst of %d pods, is %s", pod, len(c.History.CPU.Pods), compactCPU(p95)),
			krrMemoryReason(most),
		},
	}, true
}

// krrEnough is the original's least amount of data.
func krrEnough(c recommend.Case) (recommend.Sizing, bool) {
	points := float64(c.History.CPU.Samples()) * float64(c.History.CPU.Step) / float64(krrStep)
	if points >= krrPoints {
		return recommend.Sizing{}, true
	}
	return recommend.Sizing{Reasons: []string{fmt.Sprintf("%.0f points of 75 s of usage; the strategy wants %d", points, krrPoints)}}, false
}

func krrCPU(cores float64) unit.MilliCPU { return max(unit.MilliCPUOf(cores), krrCPUFloor) }

func krrMemory(bytes float64) unit.Bytes { return max(ceilMiB(bytes), krrMemoryFloor) }

func krrMemoryReason(bytes float64) string {
	return fmt.Sprintf("memory: maximum %s plus 15 %%", compactBytes(bytes/krrBuffer))
}

func ceilMiB(v float64) unit.Bytes {
	return (unit.BytesOf(v) + unit.MiB - 1) / unit.MiB * unit.MiB
}
