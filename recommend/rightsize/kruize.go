package rightsize

import (
	"fmt"
	"math"
	"slices"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// KruizeCost and KruizePerformance are the two models of kruize/autotune: the
// 60th or the 98th percentile of the CPU peaks of quarters of an hour, or the
// largest of them where that is below a core; memory is
// min(1.2·peak, peak + 1.05·spike), the spike being the widest range within
// one quarter of an hour. Limits equal requests. The original adds the rate of
// throttled time to CPU; trimtab's history has it for the window only, so
// that it is left out.
//
// They aim at low cost and at performance. They are wrong in the step at one
// core: a container just below it gets its maximum, one just above it its
// p60. The cost model leaves two fifths of the quarters with a peak above the
// request, which is the limit too.
//
// Without samples the peaks are those of hours over all pods, which makes CPU
// percentiles larger, and the spike is unknown, which makes memory 1.2·peak.
//
// Source: RecommendationConstants and GenericRecommendationModel, commit
// c671ae307185; all of the window is taken, as in the longest of its terms.
type KruizeCost struct{}

// KruizePerformance is described at KruizeCost.
type KruizePerformance struct{}

var (
	_ recommend.Fitter = KruizeCost{}
	_ recommend.Fitter = KruizePerformance{}
)

const (
	kruizeCostQuantile        = 0.60
	kruizePerformanceQuantile = 0.98
	kruizeMemoryMost          = 1.2
	kruizeSpike               = 1.05
)

// Name is "kruize-cost".
func (KruizeCost) Name() string { return "kruize-cost" }

// About says what it is.
func (KruizeCost) About() string {
	return "as Kruize's cost model: p60 of the CPU peaks of 15 minutes (their maximum below a core), memory peak plus 20 % or the widest spike"
}

// Fit implements recommend.Fitter.
func (KruizeCost) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	return kruizeFit(r, &c, kruizeCostQuantile)
}

// Size implements recommend.Strategy.
func (s KruizeCost) Size(c recommend.Case) (recommend.Sizing, bool) {
	return kruizeSize(s, c, kruizeCostQuantile)
}

// Name is "kruize-performance".
func (KruizePerformance) Name() string { return "kruize-performance" }

// About says what it is.
func (KruizePerformance) About() string {
	return "as Kruize's performance model: p98 of the CPU peaks of 15 minutes (their maximum below a core), memory peak plus 20 % or the widest spike"
}

// Fit implements recommend.Fitter.
func (KruizePerformance) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	return kruizeFit(r, &c, kruizePerformanceQuantile)
}

// Size implements recommend.Strategy.
func (s KruizePerformance) Size(c recommend.Case) (recommend.Sizing, bool) {
	return kruizeSize(s, c, kruizePerformanceQuantile)
}

func kruizeFit(r recommend.Resource, c *recommend.Case, q float64) (float64, bool) {
	m := measuredOf(r, c)
	most, ok := m.most()
	core := 1.0
	if c.Samples != nil && c.Samples.Core > 0 {
		core = c.Samples.Core
	}
	if !ok || r == recommend.CPU && most < core {
		return most, ok
	}
	spans := m.spans()
	if r == recommend.CPU {
		values := make([]float64, 0, len(spans))
		for _, s := range spans {
			values = append(values, s.value)
		}
		slices.Sort(values)
		return quantile(values, q)
	}
	spike := 0.0
	for _, s := range spans {
		if math.IsNaN(s.low) {
			spike = math.Inf(1) // unknown
			break
		}
		spike = max(spike, s.value-s.low)
	}
	return min(most*kruizeMemoryMost, most+kruizeSpike*spike), true
}

func kruizeSize(s recommend.Fitter, c recommend.Case, q float64) (recommend.Sizing, bool) {
	cores, bytes, none, ok := fits(s, c)
	if !ok {
		return none, false
	}
	most, _ := c.History.CPU.Max()
	why := fmt.Sprintf("CPU: p%.0f of the peaks is %s", 100*q, compactCPU(cores))
	if most < 1 {
		why = fmt.Sprintf("CPU: the maximum of %s is taken, since it is below a core", compactCPU(most))
	}
	peak, _ := c.History.Memory.Max()
	return both(unit.MilliCPUOf(cores), unit.BytesOf(bytes), why,
		fmt.Sprintf("memory: peak %s plus the less of 20 %% and its widest spike is %s", compactBytes(peak), compactBytes(bytes)),
	), true
}
