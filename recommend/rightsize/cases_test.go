package rightsize_test

import (
	"fmt"
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
	return []recommend.Strategy{rightsize.Balanced{}, rightsize.KRRSimple{}}
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
		case f[0] == "limit":
			cpu, memory, _ := strings.Cut(f[1], "/")
			if cpu != "-" {
				var v unit.MilliCPU
				v, err = unit.ParseMilliCPU(cpu)
				c.Container.Limit.CPU = &v
			}
			if memory != "-" {
				var v unit.Bytes
				v, err = unit.ParseBytes(memory)
				c.Container.Limit.Memory = &v
			}
		case f[0] == "cpu":
			fill(t, &c.History.CPU, f[1], pattern(t, f[2:]), days, step, end)
		case f[0] == "memory":
			fill(t, &c.History.Memory, f[1], pattern(t, f[2:]), days, step, end)
		default:
			t.Fatalf("unknown line %q", line)
		}
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	return c
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

func fill(t *testing.T, s *usage.Series, pod string, values []float64, days int, step time.Duration, end time.Time) {
	t.Helper()
	p := usage.PodUsage{Pod: pod}
	i := 0
	hours := map[int32]bool{}
	for d := range days {
		day := usage.Day{Start: end.Add(-time.Duration(days-d) * 24 * time.Hour)}
		for at := time.Duration(0); at < 24*time.Hour; at += step {
			p.Dist.Add(values[i%len(values)])
			day.Dist.Add(values[i%len(values)])
			hours[int32(day.Start.Add(at).Unix()/3600)] = true
			i++
		}
		if len(s.Days) == d {
			s.Days = append(s.Days, day)
		}
	}
	s.Pods, s.Step = append(s.Pods, p), step
	if len(s.Hours) == 0 {
		for h := range hours {
			s.Hours = append(s.Hours, usage.Hour{Epoch: h, Count: 1})
		}
	}
}
