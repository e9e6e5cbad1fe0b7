package rightsize

import (
	"fmt"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// Balanced is trimtab's default. For the worst replica, with d the days of
// usage and m(b, d) = b · (1 + max(0, 7 − d)/7) the headroom that shrinks as
// evidence grows:
//
//	CPU request    = max over pods p99(usage) · (1 + m(0.10, d))
//	memory request = max over pods max(usage) · (1 + m(0.15, d))
//
// and after an OOM kill of a pod that still runs at least 1.25 times the limit
// that was too small, for the request and the limit. The memory limit, where
// there is one, is at least the memory request; CPU limits are left alone.
// Usage in fewer than six of the window's hours is too little.
//
// It is wrong for what has not happened within the window: a monthly peak, a
// heap that has not filled up, a load that grows.
type Balanced struct{}

var _ recommend.Fitter = Balanced{}

const (
	cpuHeadroom    = 0.10
	memoryHeadroom = 0.15
	fullEvidence   = 7 // days
)

// Name is "balanced".
func (Balanced) Name() string { return "balanced" }

// About says what it is.
func (Balanced) About() string {
	return "CPU p99 and memory maximum of the worst replica, with headroom of 10 % and 15 % that doubles when evidence is short"
}

// Fit implements recommend.Fitter.
func (Balanced) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	m := measuredOf(r, &c)
	if r == recommend.Memory {
		most, ok := m.most()
		return most * (1 + headroom(memoryHeadroom, c.History.Memory.DaysCovered())), ok
	}
	v, _, ok := m.worst(0.99)
	return v * (1 + headroom(cpuHeadroom, c.History.CPU.DaysCovered())), ok
}

// Size implements recommend.Strategy.
func (Balanced) Size(c recommend.Case) (recommend.Sizing, bool) {
	h := c.History
	if n := min(len(h.CPU.Hours), len(h.Memory.Hours)); n < leastHours {
		return recommend.Sizing{Reasons: []string{fmt.Sprintf("usage in %d of the window's hours; %d are the least to judge by", n, leastHours)}}, false
	}
	p99, pod, ok := h.CPU.WorstQuantile(0.99, leastSamples)
	most, has := h.Memory.Max()
	if !ok || !has {
		return recommend.Sizing{Reasons: []string{"only one of CPU and memory was measured"}}, false
	}
	cm, mm := headroom(cpuHeadroom, h.CPU.DaysCovered()), headroom(memoryHeadroom, h.Memory.DaysCovered())
	cpu := unit.MilliCPUOf(p99 * (1 + cm))
	memory := unit.BytesOf(most * (1 + mm))
	s := recommend.Sizing{Reasons: []string{
		fmt.Sprintf("CPU: p99 of %s, the worst of %d pods, is %s; plus %.0f %%", pod, len(h.CPU.Pods), compactCPU(p99), 100*cm),
		fmt.Sprintf("memory: maximum of %d pods is %s; plus %.0f %%", len(h.Memory.Pods), compactBytes(most), 100*mm),
	}}
	if d := h.CPU.DaysCovered(); d < fullEvidence {
		s.Reasons = append(s.Reasons, fmt.Sprintf("headroom is larger because only %d of %d days were measured", d, fullEvidence))
	}
	limit := c.Container.Limit.Memory
	if c.OOMLimit != nil {
		if least := unit.BytesOf(float64(*c.OOMLimit) * oomBump); least > memory {
			memory = least
		}
		s.Reasons = append(s.Reasons, fmt.Sprintf("%s at a limit of %s: request and limit are at least a quarter above it", kills(h.Events.OOMKills), c.OOMLimit.Compact()))
	}
	s.Request = cluster.Resources{CPU: &cpu, Memory: &memory}
	s.Limit = cluster.Resources{CPU: c.Container.Limit.CPU}
	if limit != nil {
		l := max(*limit, memory)
		s.Limit.Memory = &l
	}
	return s, true
}

// headroom is m(b, d).
func headroom(base float64, days int) float64 {
	return base * (1 + float64(max(0, fullEvidence-days))/fullEvidence)
}
