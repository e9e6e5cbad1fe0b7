package rightsize

import (
	"fmt"
	"math"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/recommend"
)

// GoldilocksGuaranteed is what FairwindsOps/goldilocks shows as "Guaranteed
// QoS": the VPA's target as request and as limit.
//
// It aims at a pod whose resources nobody else can take. It is wrong wherever
// VPATarget is, and it throttles and kills at what VPATarget only requests.
//
// Source: pkg/summary and docs/faq.md, commit 3be8f9e44843.
type GoldilocksGuaranteed struct{}

var _ recommend.Fitter = GoldilocksGuaranteed{}

// Name is "goldilocks-guaranteed".
func (GoldilocksGuaranteed) Name() string { return "goldilocks-guaranteed" }

// About says what it is.
func (GoldilocksGuaranteed) About() string {
	return "as Goldilocks' Guaranteed: the VPA's target for request and limit"
}

// Fit implements recommend.Fitter.
func (GoldilocksGuaranteed) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	return VPATarget{}.Fit(r, c)
}

// Size implements recommend.Strategy.
func (GoldilocksGuaranteed) Size(c recommend.Case) (recommend.Sizing, bool) {
	s, ok := VPATarget{}.Size(c)
	if ok {
		s.Limit = s.Request
	}
	return s, ok
}

// GoldilocksBurstable is what FairwindsOps/goldilocks shows as "Burstable
// QoS": the VPA's lower bound as request and its upper bound as limit. The
// bounds are the 50th and the 95th percentile plus 15 %, the lower times
// (1 + 0.001/c)^−2 and the upper times 1 + 1/c, where c is the days since the
// first sample or the samples/1440, whichever is less.
//
// It aims at dense packing. It is wrong as a request: half of the time usage
// is near or above it (15 % are the margin); and with little data the limit
// is many times the usage.
//
// Source: pkg/summary, commit 3be8f9e44843; for the bounds the VPA's
// pkg/recommender/logic, commit 55c37cd5eb55.
type GoldilocksBurstable struct{}

var _ recommend.Fitter = GoldilocksBurstable{}

// Name is "goldilocks-burstable".
func (GoldilocksBurstable) Name() string { return "goldilocks-burstable" }

// About says what it is.
func (GoldilocksBurstable) About() string {
	return "as Goldilocks' Burstable: the VPA's lower bound as request, its upper bound as limit"
}

// Fit implements recommend.Fitter.
func (GoldilocksBurstable) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	v, ok := vpaQuantile(r, &c, 0.5, 0)
	return v * vpaMargin * vpaLower(vpaConfidence(r, &c)), ok
}

// Size implements recommend.Strategy.
func (GoldilocksBurstable) Size(c recommend.Case) (recommend.Sizing, bool) {
	low, ok := vpaSize(&c, 0.5)
	high, _ := vpaSize(&c, 0.95)
	if !ok {
		return vpaNothing(), false
	}
	confidence := vpaConfidence(recommend.CPU, &c)
	less, more := vpaMargin*vpaLower(confidence), vpaMargin*(1+1/confidence)
	cpu, memory := vpaAmounts(&c, low.cpu*less, low.memory*less)
	cpuLimit, memoryLimit := vpaAmounts(&c, high.cpu*more, high.memory*more)
	return recommend.Sizing{
		Request: cluster.Resources{CPU: &cpu, Memory: &memory},
		Limit:   cluster.Resources{CPU: &cpuLimit, Memory: &memoryLimit},
		Reasons: append(low.reasons("p50"), fmt.Sprintf("limits: p95 is %s and %s; plus 15 %%, times %.2f for %.1f days of samples", compactCPU(high.cpu), compactBytes(high.memory), 1+1/confidence, confidence)),
	}, true
}

func vpaLower(confidence float64) float64 {
	return math.Pow(1+0.001/confidence, -2)
}
