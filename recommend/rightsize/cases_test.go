package rightsize_test

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

// TestCases runs testdata/*.txt. A case is a txtar archive: "usage" describes
// the samples, "want" what each strategy makes of them.
//
//	-- usage --
//	days 14              days of usage before 2026-11-23
//	step 15m             what one sample stands for
//	limit 500m/512Mi     the container's limits; - is unset
//	request 250m/256Mi   the container's requests
//	containers 2         containers of the pod
//	samples              the case carries the samples themselves too
//	oom 2                OOM kills in the window
//	cpu web-1 0.2x99 1.5 samples of a pod in cores, repeated over the days
//	memory web-1 300Mi   the same in bytes
//	-- want --
//	krr-simple 200m/345Mi limit -/345Mi
//	balanced not
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	covered := map[string]bool{}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(f)
			if err != nil {
				t.Fatal(err)
			}
			c := parseCase(t, section(t, a, "usage"))
			for line := range strings.Lines(section(t, a, "want")) {
				name, want, _ := strings.Cut(strings.TrimSpace(line), " ")
				covered[name] = true
				i := slices.IndexFunc(all(), func(s recommend.Strategy) bool { return s.Name() == name })
				if i < 0 {
					t.Fatalf("no strategy is called %q", name)
				}
				s, ok := all()[i].Size(c)
				got := "not"
				if ok {
					got = show(s.Request) + " limit " + show(s.Limit)
				}
				if got != want {
					t.Errorf("%s: got %s, want %s\nreasons: %q", name, got, want, s.Reasons)
				}
				if len(s.Reasons) == 0 {
					t.Errorf("%s gives no reason", name)
				}
			}
		})
	}
	for _, s := range all() {
		if !covered[s.Name()] || s.About() == "" {
			t.Errorf("strategy %s needs a case in testdata and a sentence about itself", s.Name())
		}
	}
}

func all() []recommend.Strategy {
	return []recommend.Strategy{
		rightsize.Balanced{},
		rightsize.Ours{Target: 0.001},
		rightsize.Ours{Target: 0.01},
		rightsize.Ours{Target: 0.1},
		rightsize.KRRSimple{},
		rightsize.KRRSimpleLimit{},
		rightsize.VPATarget{},
		rightsize.GoldilocksGuaranteed{},
		rightsize.GoldilocksBurstable{},
		rightsize.KubecostMax{},
		rightsize.KruizeCost{},
		rightsize.KruizePerformance{},
		rightsize.Crane{},
		rightsize.Cast{},
		rightsize.EKSRO{},
	}
}

func section(t *testing.T, a *txtar.Archive, name string) string {
	t.Helper()
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	t.Fatalf("no section %q", name)
	return ""
}

func show(r cluster.Resources) string {
	cpu, memory := "-", "-"
	if r.CPU != nil {
		cpu = r.CPU.Quantity()
	}
	if r.Memory != nil {
		// Whole MiB, rounded: the exact byte count depends on float rounding.
		memory = fmt.Sprintf("%.0fMi", math.Round(float64(*r.Memory)/float64(unit.MiB)))
	}
	return cpu + "/" + memory
}

func parseCase(t *testing.T, in string) recommend.Case {
	t.Helper()
	end := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	c := recommend.Case{Container: &cluster.Container{Name: "app"}, Replicas: 1, History: &usage.History{}, Window: usage.Window{Start: end.Add(-14 * 24 * time.Hour), End: end}}
	days, step := 14, 15*time.Minute
	for line := range strings.Lines(in) {
		f := strings.Fields(line)
		var err error
		switch {
		case len(f) == 0:
		case f[0] == "days":
			days, err = strconv.Atoi(f[1])
		case f[0] == "step":
			step, err = time.ParseDuration(f[1])
		case f[0] == "oom":
			c.History.Events.OOMKills, err = strconv.Atoi(f[1])
			c.OOMLimit = c.Container.Limit.Memory
		case f[0] == "limit":
			c.Container.Limit, err = parseResources(f[1])
		case f[0] == "request":
			c.Container.Request, err = parseResources(f[1])
		case f[0] == "containers":
			c.Containers, err = strconv.Atoi(f[1])
		case f[0] == "samples":
			c.Samples = &recommend.Samples{}
		case f[0] == "cpu":
			p := fill(&c.History.CPU, f[1], pattern(t, f[2:]), days, step, end)
			if c.Samples != nil {
				c.Samples.CPU = append(c.Samples.CPU, p)
			}
		case f[0] == "memory":
			p := fill(&c.History.Memory, f[1], pattern(t, f[2:]), days, step, end)
			if c.Samples != nil {
				c.Samples.Memory = append(c.Samples.Memory, p)
			}
		default:
			t.Fatalf("unknown line %q", line)
		}
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	return c
}

func parseResources(s string) (cluster.Resources, error) {
	var r cluster.Resources
	cpu, memory, _ := strings.Cut(s, "/")
	if cpu != "-" {
		v, err := unit.ParseMilliCPU(cpu)
		if err != nil {
			return r, err
		}
		r.CPU = &v
	}
	if memory != "-" {
		v, err := unit.ParseBytes(memory)
		if err != nil {
			return r, err
		}
		r.Memory = &v
	}
	return r, nil
}

// pattern reads "0.2x99 1.5 300Mi".
func pattern(t *testing.T, words []string) []float64 {
	t.Helper()
	var out []float64
	for _, w := range words {
		v, times, found := strings.Cut(w, "x")
		n := 1
		if found {
			n, _ = strconv.Atoi(times)
		}
		b, err := unit.ParseBytes(v)
		value := float64(b)
		if f, e := strconv.ParseFloat(v, 64); e == nil {
			value, err = f, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, slices.Repeat([]float64{value}, n)...)
	}
	return out
}

// fill adds a pod's samples to a series, at the end of each step.
func fill(s *usage.Series, pod string, values []float64, days int, step time.Duration, end time.Time) recommend.PodSamples {
	p, raw := usage.PodUsage{Pod: pod}, recommend.PodSamples{Pod: pod}
	perDay := int(24 * time.Hour / step)
	for d := range days {
		start := end.Add(-time.Duration(days-d) * 24 * time.Hour)
		day := usage.Day{Start: start}
		hours := map[int32]*usage.Distribution{}
		for i := range perDay {
			v, at := values[(d*perDay+i)%len(values)], start.Add(time.Duration(i+1)*step)
			day.Dist.Add(v)
			epoch := int32(start.Add(time.Duration(i)*step).Unix() / 3600)
			if hours[epoch] == nil {
				hours[epoch] = &usage.Distribution{}
			}
			hours[epoch].Add(v)
			raw.At, raw.Values = append(raw.At, at), append(raw.Values, v)
			p.Last = at
		}
		p.Dist.Merge(&day.Dist)
		p.Days = append(p.Days, usage.Day{Start: start, Dist: day.Dist.Clone()})
		if len(s.Days) <= d {
			s.Days = append(s.Days, usage.Day{Start: start})
		}
		s.Days[d].Dist.Merge(&day.Dist)
		for _, epoch := range slices.Sorted(maps.Keys(hours)) {
			p95, _ := hours[epoch].Quantile(0.95)
			most, _ := hours[epoch].Max()
			i, found := slices.BinarySearchFunc(s.Hours, epoch, func(h usage.Hour, e int32) int { return int(h.Epoch) - int(e) })
			if !found {
				s.Hours = slices.Insert(s.Hours, i, usage.HourOf(epoch, uint32(hours[epoch].Count()), p95, most))
				continue
			}
			h := s.Hours[i]
			s.Hours[i] = usage.HourOf(epoch, h.Count+uint32(hours[epoch].Count()), max(p95, float64(h.P95)), max(most, float64(h.Max)))
		}
	}
	s.Pods, s.Step = append(s.Pods, p), step
	return raw
}
