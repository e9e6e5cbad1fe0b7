package rightsize

import (
	"fmt"
	"strconv"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// Conservative, Balanced and Aggressive are trimtab's own strategies. Each has
// a risk target for CPU and one for memory: the share of time that usage may
// be above the request. The request is, for the pod that needs most, the value
// that a Forecast gives for the target, see Forecast.At.
//
//	              CPU    a day       memory  a day
//	Conservative  0.001  1½ minutes  0.0025  4 minutes, and never below the peak
//	Balanced      0.01   14 minutes  0.01    14 minutes, and never below the peak
//	Aggressive    0.1    2½ hours    0.05    1¼ hours
//
// After an OOM kill memory is at least 1.25 times the limit that was too
// small, for the request and the limit. The memory limit, where there is one,
// is at least the memory request and the largest usage seen; CPU limits are
// left alone. Fewer than six hours of usage are too few.
//
// They are wrong for what has not happened within the window: a monthly peak,
// a heap that has not filled up, a first level shift. What happened once, more
// than a quarter of the window ago and for a few minutes only, counts for
// little in Aggressive. Of days, they know no hours: load that comes every
// hour is not told apart from load that comes at random.
type Conservative struct{}

// Balanced is the default; see Conservative.
type Balanced struct{}

// Aggressive is described at Conservative.
type Aggressive struct{}

var (
	_ recommend.Fitter = Conservative{}
	_ recommend.Fitter = Balanced{}
	_ recommend.Fitter = Aggressive{}
)

const (
	oomBump    = 1.25
	leastHours = 6
	// leastSamples is how many samples a pod needs for it to count while
	// another has that many: six hours of the survey.
	leastSamples = 24
)

// risk is what a policy of ours accepts.
type risk struct {
	cpu, memory float64 // share of time above the request, in [0,1]
	// peak keeps the memory request at or above the largest sample.
	peak bool
}

func (Conservative) risk() risk { return risk{0.001, 0.0025, true} }
func (Balanced) risk() risk     { return risk{0.01, 0.01, true} }
func (Aggressive) risk() risk   { return risk{0.1, 0.05, false} }
func (o Ours) risk() risk       { return risk{o.Target, o.Target, false} }

// Name is "conservative".
func (Conservative) Name() string { return "conservative" }

// About says what it is.
func (Conservative) About() string {
	return "usage above the request for at most 0.1 % of the time by a forecast that is tested on the container's own past; memory never below its peak"
}

// Fit implements recommend.Fitter.
func (s Conservative) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	return s.at(r, Forecasts(r, c), peakOf(r, &c))
}

// Size implements recommend.Strategy.
func (s Conservative) Size(c recommend.Case) (recommend.Sizing, bool) { return size(c, s.risk()) }

func (s Conservative) at(r recommend.Resource, f []Forecast, peak float64) (float64, bool) {
	return s.risk().at(r, f, peak)
}

// Name is "balanced".
func (Balanced) Name() string { return "balanced" }

// About says what it is.
func (Balanced) About() string {
	return "usage above the request for at most 1 % of the time by a forecast that is tested on the container's own past; memory never below its peak"
}

// Fit implements recommend.Fitter.
func (s Balanced) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	return s.at(r, Forecasts(r, c), peakOf(r, &c))
}

// Size implements recommend.Strategy.
func (s Balanced) Size(c recommend.Case) (recommend.Sizing, bool) { return size(c, s.risk()) }

func (s Balanced) at(r recommend.Resource, f []Forecast, peak float64) (float64, bool) {
	return s.risk().at(r, f, peak)
}

// Name is "aggressive".
func (Aggressive) Name() string { return "aggressive" }

// About says what it is.
func (Aggressive) About() string {
	return "usage above the request for at most 10 % of the time, memory 5 %, by a forecast that is tested on the container's own past"
}

// Fit implements recommend.Fitter.
func (s Aggressive) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	return s.at(r, Forecasts(r, c), peakOf(r, &c))
}

// Size implements recommend.Strategy.
func (s Aggressive) Size(c recommend.Case) (recommend.Sizing, bool) { return size(c, s.risk()) }

func (s Aggressive) at(r recommend.Resource, f []Forecast, peak float64) (float64, bool) {
	return s.risk().at(r, f, peak)
}

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

func (k risk) at(r recommend.Resource, f []Forecast, peak float64) (float64, bool) {
	v, _ := worstAt(f, k.target(r))
	if r == recommend.Memory && k.peak {
		v = max(v, peak)
	}
	return v, len(f) > 0
}

// size is the sizing of a policy of ours.
func size(c recommend.Case, k risk) (recommend.Sizing, bool) {
	h := c.History
	if n := len(h.CPU.Hours); n < leastHours {
		return recommend.Sizing{Reasons: []string{fmt.Sprintf("%d hours of usage; %d are the least to judge by", n, leastHours)}}, false
	}
	cpuForecasts, memoryForecasts := Forecasts(recommend.CPU, c), Forecasts(recommend.Memory, c)
	peak := peakOf(recommend.Memory, &c)
	cores, hasCPU := k.at(recommend.CPU, cpuForecasts, 0)
	bytes, hasMemory := k.at(recommend.Memory, memoryForecasts, peak)
	if !hasCPU || !hasMemory {
		return recommend.Sizing{Reasons: []string{"only one of CPU and memory was measured"}}, false
	}
	s := recommend.Sizing{Reasons: make([]string, 0, 8)} // what guard rails add included
	s.Reasons = explain(s.Reasons, "CPU", cpuForecasts, k.cpu, cores, len(h.CPU.Pods), compactCPU)
	s.Reasons = explain(s.Reasons, "memory", memoryForecasts, k.memory, bytes, len(h.Memory.Pods), compactBytes)
	if k.peak {
		s.Reasons = append(s.Reasons, fmt.Sprintf("memory: never below the largest usage seen, %s", compactBytes(peak)))
	}
	cpu, memory := unit.MilliCPUOf(cores), unit.BytesOf(bytes)
	limit := c.Container.Limit.Memory
	if h.Events.OOMKills > 0 && limit != nil {
		memory = max(memory, unit.BytesOf(float64(*limit)*oomBump))
		s.Reasons = append(s.Reasons, fmt.Sprintf("%s at a limit of %s: request and limit are at least a quarter above it", kills(h.Events.OOMKills), limit.Compact()))
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
