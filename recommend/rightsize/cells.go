package rightsize

import (
	"cmp"
	"slices"

	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/recommend"
)

// mostPods is how many pods of a container are forecast: those with the
// largest median, p90, p99 and maximum. The worst of all is among them but in
// odd cases.
const mostPods = 4

// Forecasts are the forecasts of the pods of a container that may need the
// most of the resource, at most four; the largest value of any of them is
// what the container needs. None where nothing was measured.
func Forecasts(r recommend.Resource, c recommend.Case) []Forecast {
	var out []Forecast
	if samples := c.Samples.Of(r); samples != nil {
		for i := range samples {
			if cells := cellsOfSamples(&samples[i]); len(cells) > 0 {
				out = append(out, forecastOf(samples[i].Pod, cells, pathOf(cells), minutesOf(&samples[i])))
			}
		}
		return out
	}
	s := &c.History.CPU
	if r == recommend.Memory {
		s = &c.History.Memory
	}
	together := cellsOfDays(s.Days)
	shared := pathOf(together)
	order := foremost(s)
	out = make([]Forecast, 0, len(order))
	for _, i := range order {
		p := &s.Pods[i]
		minutes := float64(p.Dist.Count()) * min(1, s.Step.Minutes())
		cells, way := cellsOfDays(p.Days), shared
		switch {
		case len(cells) >= parts || len(cells) >= len(together) && len(cells) > 0:
			way = pathOf(cells)
		case len(cells) > 0:
		case len(s.Pods) == 1 && len(together) > 0:
			cells = together
		default:
			// The pod's days are not known: all of its samples weigh alike.
			cells = cellsOfDays([]usage.Day{{Dist: p.Dist}})
		}
		out = append(out, forecastOf(p.Pod, cells, way, minutes))
	}
	return out
}

// worstAt is the largest value of any forecast for a target, and which.
func worstAt(forecasts []Forecast, target float64) (value float64, which int) {
	for i := range forecasts {
		if v := forecasts[i].At(target); i == 0 || v > value {
			value, which = v, i
		}
	}
	return value, which
}

// foremost are the pods to forecast. A pod with few samples is passed over
// while another has enough.
func foremost(s *usage.Series) []int {
	enough := uint64(0)
	for i := range s.Pods {
		enough = max(enough, s.Pods[i].Dist.Count())
	}
	enough = min(enough, leastSamples)
	order := make([]int, 0, len(s.Pods))
	for i := range s.Pods {
		if n := s.Pods[i].Dist.Count(); n >= enough && n > 0 {
			order = append(order, i)
		}
	}
	if len(order) <= mostPods {
		return order
	}
	var out []int
	for _, q := range []float64{0.5, 0.9, 0.99, 1} {
		most := slices.MaxFunc(order, func(a, b int) int {
			x, _ := s.Pods[a].Dist.Quantile(q)
			y, _ := s.Pods[b].Dist.Quantile(q)
			return cmp.Compare(x, y)
		})
		if !slices.Contains(out, most) {
			out = append(out, most)
		}
	}
	return out
}

// minutesOf is how many minutes a pod was measured in: no more than it has
// samples, and no more than passed between them.
func minutesOf(p *recommend.PodSamples) float64 {
	n := len(p.Values)
	return min(float64(n), p.At[n-1].Sub(p.At[0]).Minutes()+1)
}

// cellsOfSamples cuts a pod's samples in cells of about the same number.
func cellsOfSamples(p *recommend.PodSamples) []cell {
	n := len(p.Values)
	k := min(n, parts*cellsIn)
	cells := make([]cell, 0, k)
	buckets := make([]int32, 0, n/max(1, k)+1)
	for i := range k {
		from, to := i*n/k, (i+1)*n/k
		buckets = buckets[:0]
		for _, v := range p.Values[from:to] {
			buckets = append(buckets, int32(bucketOrLeast(v)))
		}
		slices.Sort(buckets)
		// The time of a cell is its middle.
		middle := p.At[from].Add(p.At[to-1].Sub(p.At[from]) / 2)
		c := cell{at: middle.Sub(p.At[0]).Hours(), n: float64(len(buckets))}
		for _, b := range buckets {
			if m := len(c.counts); m > 0 && c.counts[m-1].bucket == b {
				c.counts[m-1].n++
				continue
			}
			c.counts = append(c.counts, count{b, 1})
		}
		cells = append(cells, c)
	}
	return cells
}

func cellsOfDays(days []usage.Day) []cell {
	total := 0
	for i := range days {
		total += len(days[i].Dist.Encode().Counts) + 1
	}
	cells := make([]cell, 0, len(days))
	counts := make([]count, 0, total)
	// Each bucket, 2 % wide, counts at its upper edge: up to 2 % too much, never
	// too little. The function is made once: it is called for every bucket.
	most := 0.0
	add := func(edge float64, n uint64) bool {
		counts = append(counts, count{int32(bucketOrLeast(min(edge, most))), float32(n)})
		return true
	}
	for i := range days {
		d := &days[i].Dist
		if d.Count() == 0 {
			continue
		}
		most, _ = d.Max()
		from := len(counts)
		d.Buckets(add)
		cells = append(cells, cell{at: days[i].Start.Sub(days[0].Start).Hours(), n: float64(d.Count()), counts: counts[from:len(counts):len(counts)]})
	}
	return cells
}

// bucketOrLeast is the bucket of v, where no usage counts as the least.
func bucketOrLeast(v float64) int {
	const least = 1e-9
	return bucket(max(v, least))
}
