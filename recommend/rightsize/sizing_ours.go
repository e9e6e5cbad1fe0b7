package rightsize

import (
	"fmt"
	"strconv"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

const (
	oomBump    = 1.25
	leastHours = 6
	// leastSamples is how many samples a pod needs for it to count while
	// another has that many: six hours of the survey.
	leastSamples = 24
)

// risk is what our rule accepts: the share of time above the request, in
// [0,1].
type risk struct{ cpu, memory float64 }

func (o Ours) risk() risk { return risk{o.Target, o.Target} }

// peakOf is the largest sample, 0 where there is none.
func peakOf(r recommend.Resource, c *recommend.Case) float64 {
	v, _ := measuredOf(r, c).most()
	return v
}

func (k risk) target(r recommend.Resource) float64 {
	if r == recommend.Memory {
		return k.memory
	}
	return k.cpu
}

func (k risk) at(r recommend.Resource, f []Forecast) (float64, bool) {
	v, _ := worstAt(f, k.target(r))
	return v, len(f) > 0
}

// size is the sizing of our rule.
func size(c recommend.Case, k risk) (recommend.Sizing, bool) {
	h := c.History
	if n := len(h.CPU.Hours); n < leastHours {
		return recommend.Sizing{Reasons: []string{fmt.Sprintf("usage in %d of the window's hours; %d are the least to judge by", n, leastHours)}}, false
	}
	cpuForecasts, memoryForecasts := Forecasts(recommend.CPU, c), Forecasts(recommend.Memory, c)
	peak := peakOf(recommend.Memory, &c)
	cores, hasCPU := k.at(recommend.CPU, cpuForecasts)
	bytes, hasMemory := k.at(recommend.Memory, memoryForecasts)
	if !hasCPU || !hasMemory {
		return recommend.Sizing{Reasons: []string{"only one of CPU and memory was measured"}}, false
	}
	s := recommend.Sizing{Reasons: make([]string, 0, 8)} // what guard rails add included
	s.Reasons = explain(s.Reasons, "CPU", cpuForecasts, k.cpu, cores, len(h.CPU.Pods), compactCPU)
	s.Reasons = explain(s.Reasons, "memory", memoryForecasts, k.memory, bytes, len(h.Memory.Pods), compactBytes)
	cpu, memory := unit.MilliCPUOf(cores), unit.BytesOf(bytes)
	limit := c.Container.Limit.Memory
	if c.OOMLimit != nil {
		memory = max(memory, unit.BytesOf(float64(*c.OOMLimit)*oomBump))
		s.Reasons = append(s.Reasons, fmt.Sprintf("%s at a limit of %s: request and limit are at least a quarter above it", kills(h.Events.OOMKills), c.OOMLimit.Compact()))
	}
	s.Request = cluster.Resources{CPU: &cpu, Memory: &memory}
	s.Limit = cluster.Resources{CPU: c.Container.Limit.CPU}
	if limit != nil {
		l := max(*limit, memory, unit.BytesOf(peak))
		s.Limit.Memory = &l
	}
	return s, true
}

// explain adds how the value of one resource was reached.
func explain(why []string, name string, f []Forecast, target, value float64, pods int, compact func(float64) string) []string {
	_, which := worstAt(f, target)
	e := &f[which].measured
	why = append(why, name+": "+e.pod+" is the worst of "+strconv.Itoa(pods)+" pods, its recent median is "+compact(e.median)+"; above "+compact(value)+
		" usage is expected for "+percent(f[which].Above(value))+" of the time, the target is "+percent(target))
	if e.rounds == 0 {
		return append(why, name+": too short to be tested on its own past; the margin is "+percent(e.margin))
	}
	return append(why, name+": tested on its own past "+strconv.Itoa(e.rounds)+" times, p95 rose to at most "+strconv.FormatFloat(e.farthest, 'f', 2, 64)+
		" times what it had been; the margin is "+percent(e.margin))
}

// percent is a share with two digits that count.
func percent(share float64) string { return strconv.FormatFloat(100*share, 'g', 2, 64) + " %" }

func kills(n int) string {
	if n == 1 {
		return "1 OOM kill"
	}
	return fmt.Sprintf("%d OOM kills", n)
}
