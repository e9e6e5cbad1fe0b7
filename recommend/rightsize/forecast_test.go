package rightsize_test

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

// caseOf carries CPU samples, one a minute.
func caseOf(values []float64) recommend.Case {
	begin := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	p := recommend.PodSamples{Pod: "web-1", Values: values}
	for i := range values {
		p.At = append(p.At, begin.Add(time.Duration(i)*time.Minute))
	}
	return recommend.Case{
		Container: &cluster.Container{Name: "app"}, History: &usage.History{},
		Samples: &recommend.Samples{CPU: []recommend.PodSamples{p}, Memory: []recommend.PodSamples{p}},
	}
}

// FuzzStrategies holds what every strategy must keep on any samples: values
// are finite and not negative; all usage raised by a factor raises the value
// by it; a larger risk target never asks for more. (A rise of some samples
// alone may lower a value of ours: docs/methodology.md.)
func FuzzStrategies(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 200, 12, 13, 14, 15, 16})
	f.Add([]byte{0, 0, 0, 0, 0, 1})
	f.Add(slices.Repeat([]byte{9, 9, 9, 9, 9, 9, 9, 255}, 60))
	// A whole number of the forecast's buckets, so that of two values that are
	// as good as each other the same one is taken.
	factor := math.Exp(2)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 4096 {
			return
		}
		var low, high []float64
		for i := 0; i+2 <= len(raw); i += 2 {
			// From nothing to a million, many of them small.
			v := math.Expm1(float64(binary.LittleEndian.Uint16(raw[i:])) / 65535 * math.Log(1e6))
			low, high = append(low, v), append(high, factor*v)
		}
		if len(low) == 0 {
			return
		}
		a, b := caseOf(low), caseOf(high)
		for _, r := range recommend.Resources() {
			last := math.Inf(1)
			for _, s := range fitters() {
				x, okA := s.Fit(r, a)
				y, okB := s.Fit(r, b)
				if okA != okB {
					t.Fatalf("%s %s: fitted %v, raised %v", s.Name(), r, okA, okB)
				}
				if !okA {
					continue
				}
				if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
					t.Fatalf("%s %s: %v", s.Name(), r, x)
				}
				// A factor moves usage to other buckets, by one at the most; what
				// is too small for a bucket stays where it is.
				if least := 1e-6; x > least && (y < factor*x*0.96 || y > factor*x*1.04) && s.Name() != "kruize-cost" && s.Name() != "kruize-performance" {
					t.Fatalf("%s %s: %v, with e² times the usage %v", s.Name(), r, x, y)
				}
				if y < x*0.98 {
					t.Fatalf("%s %s: %v, with e² times the usage only %v", s.Name(), r, x, y)
				}
				if _, ours := s.(rightsize.Ours); ours {
					if x > last*1.0000001 {
						t.Fatalf("%s %s: %v, more than %v of a smaller target", s.Name(), r, x, last)
					}
					last = x
				}
			}
		}
	})
}

func TestForecastEdges(t *testing.T) {
	var nothing rightsize.Forecast
	if v := nothing.At(0.1); v != 0 {
		t.Errorf("of nothing %v is expected", v)
	}
	if v := nothing.Above(1); v != 0 {
		t.Errorf("of nothing a share of %v is above 1", v)
	}
	if f := rightsize.Forecasts(recommend.CPU, recommend.Case{History: &usage.History{}}); len(f) != 0 {
		t.Errorf("%d forecasts of nothing", len(f))
	}
	f := rightsize.Forecasts(recommend.CPU, caseOf(slices.Repeat([]float64{2}, 600)))[0]
	if least := f.At(0); f.At(-1) != least || f.At(math.NaN()) != least || f.At(1) > least {
		t.Errorf("targets of 0, −1, NaN and 1 give %v, %v, %v and %v", least, f.At(-1), f.At(math.NaN()), f.At(1))
	}
	if a, b := f.Above(0.5), f.Above(1e9); a < 0.999 || b != 0 {
		t.Errorf("of usage of 2, %v is expected above 0.5 and %v above 1e9", a, b)
	}
}

// What a History holds and the samples that it is made of lead to nearly the
// same value. At targets of a half the two may weigh a day's peak against its
// trough differently.
func TestHistoryAgreesWithSamples(t *testing.T) {
	var values []float64
	for d := range 14 {
		for i := range 96 {
			values = append(values, 1+0.5*math.Sin(float64(i)/96*2*math.Pi)+0.01*float64(d))
		}
	}
	end := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	h := &usage.History{}
	raw := fill(&h.CPU, "web-1", values, 14, 15*time.Minute, end)
	for _, target := range rightsize.Targets()[:11] {
		s := rightsize.Ours{Target: target}
		a, _ := s.Fit(recommend.CPU, recommend.Case{History: h})
		b, _ := s.Fit(recommend.CPU, recommend.Case{History: h, Samples: &recommend.Samples{CPU: []recommend.PodSamples{raw}}})
		if math.Abs(a/b-1) > 0.05 {
			t.Errorf("target %v: %v from days, %v from samples", target, a, b)
		}
	}
}

// More of the same is more evidence: the margin shrinks.
func TestMarginShrinks(t *testing.T) {
	last := math.Inf(1)
	for _, n := range []int{1, 4, 16, 100, 1000, 10_000} {
		v, ok := rightsize.Ours{Target: 0.01}.Fit(recommend.CPU, caseOf(slices.Repeat([]float64{1}, n)))
		if !ok || v >= last || v <= 1 {
			t.Errorf("%d samples of 1: %v after %v", n, v, last)
		}
		last = v
	}
}
