package rightsize

import (
	"fmt"
	"math"
	"time"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// VPATarget is the target of the Vertical Pod Autoscaler's recommender 1.7
// with its default flags: CPU is the 90th percentile of all pods' samples,
// each weighing half as much per day of age; memory is the 90th percentile of
// each pod's daily peaks, weighed alike; both plus 15 %. Limits keep their
// ratio to the requests.
//
// What it sizes is counted in the recommender's own buckets, each 5 % wider
// than the one before (from 10m and 10 MB), of which the upper edge is taken:
// up to 5 % more than the sample. Fit leaves the buckets out. An out-of-memory
// kill counts as a peak of what was used plus 20 %, at least 100 MiB.
//
// It is wrong for load that comes once a week: after five days a sample
// weighs a thirtieth. Pods in one pot hide a leader. A memory peak that is
// not of the last days falls out of the upper tenth.
//
// Without samples, all of a day's samples share one weight, and the daily
// peaks are those of the largest pod.
//
// Source: kubernetes/autoscaler, pkg/recommender/{logic,model,util}, commit
// 55c37cd5eb55.
type VPATarget struct{}

var _ recommend.Fitter = VPATarget{}

const (
	vpaHalfLife    = 24 * time.Hour
	vpaMargin      = 1.15
	vpaRatio       = 1.05
	vpaCPUFloor    = 0.025     // cores per pod
	vpaMemoryFloor = 250 << 20 // bytes per pod
	vpaFirstCPU    = 0.01      // cores
	vpaFirstMemory = 1e7       // bytes
	vpaLeastBump   = 100 << 20 // bytes
	vpaBump        = 1.2
)

// Name is "vpa-target".
func (VPATarget) Name() string { return "vpa-target" }

// About says what it is.
func (VPATarget) About() string {
	return "as the VPA recommender's target: p90 of CPU and of daily memory peaks, half-life of a day, plus 15 %"
}

// Fit implements recommend.Fitter.
func (VPATarget) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	v, ok := vpaQuantile(r, &c, 0.9, 0)
	return v * vpaMargin, ok
}

// Size implements recommend.Strategy.
func (VPATarget) Size(c recommend.Case) (recommend.Sizing, bool) {
	v, ok := vpaSize(&c, 0.9)
	if !ok {
		return vpaNothing(), false
	}
	cpu, memory := vpaAmounts(&c, v.cpu*vpaMargin, v.memory*vpaMargin)
	s := requests(c, cpu, memory, v.reasons("p90")...)
	if have, limit := c.Container.Request.CPU, c.Container.Limit.CPU; have != nil && limit != nil && *have > 0 {
		l := unit.MilliCPUOf(cpu.Cores() * float64(*limit) / float64(*have))
		s.Limit.CPU = &l
	}
	if have, limit := c.Container.Request.Memory, c.Container.Limit.Memory; have != nil && limit != nil && *have > 0 {
		l := unit.BytesOf(float64(memory) * float64(*limit) / float64(*have))
		s.Limit.Memory = &l
	}
	return s, true
}

func vpaNothing() recommend.Sizing {
	return recommend.Sizing{Reasons: []string{"CPU and memory were not both measured"}}
}

// vpaValues are quantiles in the recommender's buckets.
type vpaValues struct{ cpu, memory float64 }

func (v vpaValues) reasons(q string) []string {
	return []string{
		fmt.Sprintf("CPU: %s of all pods' samples, half-life 24 h, is %s; plus 15 %%", q, compactCPU(v.cpu)),
		fmt.Sprintf("memory: %s of daily peaks, half-life 24 h, is %s; plus 15 %%", q, compactBytes(v.memory)),
	}
}

// vpaSize is the q-quantiles of both resources, in buckets, with kills.
func vpaSize(c *recommend.Case, q float64) (vpaValues, bool) {
	killed := 0.0
	if most, ok := c.History.Memory.Max(); ok && c.History.Events.OOMKills > 0 {
		used := most
		if r := c.Container.Request.Memory; r != nil {
			used = max(used, float64(*r))
		}
		killed = max(used+vpaLeastBump, used*vpaBump)
	}
	cpu, hasCPU := vpaQuantile(recommend.CPU, c, q, 0)
	memory, hasMemory := vpaQuantile(recommend.Memory, c, q, killed)
	return vpaValues{vpaBucket(cpu, vpaFirstCPU), vpaBucket(memory, vpaFirstMemory)}, hasCPU && hasMemory
}

// vpaQuantile is a decayed quantile; killed, if it is not 0, is a further
// memory peak, of the day of the kill.
func vpaQuantile(r recommend.Resource, c *recommend.Case, q, killed float64) (float64, bool) {
	m := measuredOf(r, c)
	if r == recommend.CPU {
		return m.decayed(q, vpaHalfLife)
	}
	var w weighted
	for _, p := range m.peaks() {
		w.add(p.value, decay(p.age, vpaHalfLife))
	}
	if killed > 0 {
		age := time.Duration(0)
		if at := c.History.Events.LastOOM; !at.IsZero() {
			age = m.newest().Sub(at)
		}
		w.add(killed, decay(age, vpaHalfLife))
	}
	return w.quantile(q)
}

// vpaBucket is the upper edge of the bucket that v falls into: the first is
// as wide as first, each further one 5 % wider than the one before.
func vpaBucket(v, first float64) float64 {
	if v < first {
		return first
	}
	n := math.Floor(math.Log(v*(vpaRatio-1)/first+1)/math.Log(vpaRatio)) + 1
	return first * (math.Pow(vpaRatio, n) - 1) / (vpaRatio - 1)
}

// vpaAmounts applies the floors, which are per pod and shared by its
// containers.
func vpaAmounts(c *recommend.Case, cores, bytes float64) (unit.MilliCPU, unit.Bytes) {
	n := float64(max(1, c.Containers))
	return unit.MilliCPUOf(max(cores, vpaCPUFloor/n)), unit.BytesOf(max(bytes, vpaMemoryFloor/n))
}

// vpaConfidence is min(days since the first sample, samples/1440), more than
// 0.
func vpaConfidence(r recommend.Resource, c *recommend.Case) float64 {
	// The recommender counts CPU samples, one a minute, for both resources.
	lifespan, minutes := measuredOf(recommend.CPU, c).extent()
	if minutes == 0 {
		lifespan, minutes = measuredOf(r, c).extent()
	}
	return max(min(lifespan.Hours()/24, minutes/1440), 1.0/1440)
}
