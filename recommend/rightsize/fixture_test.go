package rightsize_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

// shapes are kinds of load with known truth: what usage is at hour t of span
// hours, times noise.
var shapes = []struct {
	name string
	load func(rng *rand.Rand) func(t, span float64) float64
}{
	{"steady", func(*rand.Rand) func(t, span float64) float64 {
		return func(_, _ float64) float64 { return 1 }
	}},
	{"daily", func(rng *rand.Rand) func(t, span float64) float64 {
		amplitude, phase := 0.2+0.6*rng.Float64(), rng.Float64()
		return func(t, _ float64) float64 { return 1 + amplitude*math.Sin(2*math.Pi*(t/24+phase)) }
	}},
	{"bursts", func(rng *rand.Rand) func(t, span float64) float64 {
		height, until := 2+3*rng.Float64(), 0.0
		return func(t, _ float64) float64 {
			if t >= until && rng.Float64() < 0.01 {
				until = t + 0.3*rng.Float64()
			}
			if t < until {
				return height
			}
			return 1
		}
	}},
	{"saw-tooth", func(rng *rand.Rand) func(t, span float64) float64 {
		period := 6 + 30*rng.Float64()
		return func(t, _ float64) float64 { return 0.4 + math.Mod(t, period)/period }
	}},
	{"shift", func(rng *rand.Rand) func(t, span float64) float64 {
		at, to := 0.3+0.6*rng.Float64(), math.Exp(0.6*rng.NormFloat64())
		return func(t, span float64) float64 {
			if t > at*span {
				return to
			}
			return 1
		}
	}},
	{"spike", func(rng *rand.Rand) func(t, span float64) float64 {
		at := rng.Float64()
		return func(t, span float64) float64 {
			if t >= at*span && t < at*span+0.1 {
				return 6
			}
			return 1
		}
	}},
	{"idle", func(rng *rand.Rand) func(t, span float64) float64 {
		return func(_, _ float64) float64 {
			if rng.Float64() < 0.002 {
				return 0.5
			}
			return 0.01
		}
	}},
	{"growth", func(rng *rand.Rand) func(t, span float64) float64 {
		by := rng.Float64()
		return func(t, span float64) float64 { return 1 + by*t/span }
	}},
	{"batch", func(rng *rand.Rand) func(t, span float64) float64 {
		period := 1 + 5*rng.Float64()
		return func(t, _ float64) float64 {
			if math.Mod(t, period) < 0.15*period {
				return 3
			}
			return 1
		}
	}},
}

// generated is four series of each shape: two of a day by the minute, two of
// five days by five minutes.
func generated(seed uint64) []rightsize.Trace {
	rng := rand.New(rand.NewPCG(seed, 1))
	begin := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var out []rightsize.Trace
	for _, shape := range shapes {
		for i := range 4 {
			step, n := time.Minute, 1200
			if i >= 2 {
				step, n = 5*time.Minute, 1440
			}
			name := fmt.Sprintf("%s-%d", shape.name, i)
			t := rightsize.Trace{Name: name, Samples: recommend.PodSamples{Pod: name}}
			base, noise := math.Exp(rng.NormFloat64()), 0.02+0.3*rng.Float64()
			load := shape.load(rng)
			for k := range n {
				at := step * time.Duration(k)
				v := base * load(at.Hours(), (step*time.Duration(n)).Hours()) * math.Exp(noise*rng.NormFloat64())
				t.Samples.At, t.Samples.Values = append(t.Samples.At, begin.Add(at)), append(t.Samples.Values, v)
			}
			out = append(out, t)
		}
	}
	return out
}

// fitters are the published strategies, balanced and the sweep.
func fitters() []recommend.Fitter {
	var out []recommend.Fitter
	for _, s := range all() {
		if _, swept := s.(rightsize.Ours); !swept {
			out = append(out, s.(recommend.Fitter))
		}
	}
	for _, t := range rightsize.Targets() {
		out = append(out, rightsize.Ours{Target: t})
	}
	return out
}
