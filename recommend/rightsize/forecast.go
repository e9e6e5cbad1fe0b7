package rightsize

import (
	"math"
)

// Forecast is what one pod's usage of one resource is expected to be next: a
// distribution in logarithmic buckets 1 % wide. It is made of
//
//   - what was measured, each sample weighing half as much per eighth of the
//     span measured, so that recent usage counts most; and, for a quarter of
//     the whole,
//   - how far usage went from its own past: the past is cut in up to eight
//     parts, each part is divided by the median (with a half-life of a quarter
//     of the span) of all that came before it, and the ratios are applied to
//     the present median. Level shifts, cycles and growth show up in them;
//   - spread by a margin in both directions, see spread.
//
// The zero value expects nothing.
type Forecast struct {
	first int       // bucket of above[0]: it ends at edge(first)
	above []float64 // share of usage expected above the bucket's upper edge
	slack []float64 // expected share of a value at the edge that is not used
	// measured is what the forecast rests on.
	measured evidence
}

// evidence is what a forecast rests on, for its reasons.
type evidence struct {
	pod      string
	median   float64 // of what was measured, by weight
	rounds   int     // parts that were compared with their past
	farthest float64 // the largest ratio of a part's p95 to its past's
	margin   float64 // scale of the spread
}

// The rule's parameters, the same for every series. How they were chosen, and
// what they do on series they were not chosen on, is in docs/methodology.md.
const (
	bucketWidth  = 0.01 // in ln
	parts        = 8    // the past is cut in this many
	pastHalfLife = 1.0 / 8
	baseHalfLife = 1.0 / 4
	strayShare   = 0.25 // of the forecast is how far usage went from its past
	narrow       = 0.015
	wideShare    = 0.02 // of the spread is wide times wider
	wide         = 5
	evidenceHalf = 60.0 // minutes of samples
	leastMinutes = 3.0  // less is taken for this
	// mostUntested is how many times wider the margin is where the past is too
	// short to be tested on itself.
	mostUntested = 2
	// barter is the share of a value that one target's worth of violations
	// may cost to avoid, see At.
	barter = 0.2
	// reserve is the part of a target that is kept for what a forecast does
	// not know.
	reserve = 0.2
	// leastTarget stands for 0, as a forecast has no end: a minute in ten weeks.
	leastTarget = 1e-5
	// deepest is how far below the largest sample usage is told apart.
	deepest = 1e-4
)

// At is the value for a risk target, a share of time in [0,1]. Four fifths of
// the target, t, are spent: of the values that usage is expected to exceed for
// a share of at most t, it is the one where slack + barter/t · share above is
// least. So the target is a ceiling, and where a little more buys much safety
// it is bought: time above the value is avoided by t if that takes less than
// barter of the value.
//
//   - target below a minute in ten weeks, or NaN: a minute in ten weeks
//   - a forecast of nothing, or of no usage: 0
func (f *Forecast) At(target float64) float64 {
	target *= 1 - reserve
	if !(target > leastTarget) {
		target = leastTarget
	}
	if len(f.above) == 0 {
		return 0
	}
	price := barter / target
	best, at := math.Inf(1), len(f.above)-1
	// From the top down: what lies below the first bucket that breaks the
	// ceiling breaks it too. Of equals the lower value is taken.
	for i := len(f.above) - 1; i >= 0 && f.above[i] <= target; i-- {
		if cost := f.slack[i] + price*f.above[i]; cost <= best {
			best, at = cost, i
		}
	}
	return edge(f.first + at)
}

// Above is the share of time that usage is expected to be above v, in [0,1].
func (f *Forecast) Above(v float64) float64 {
	if len(f.above) == 0 {
		return 0
	}
	i := bucket(v) - 1 - f.first // the last bucket that ends at or below v
	switch {
	case i < 0:
		return 1
	case i >= len(f.above):
		return 0
	}
	return f.above[i]
}

// edge is the upper edge of a bucket.
func edge(i int) float64 { return math.Exp(float64(i+1) * bucketWidth) }

// bucket is the bucket that v, which is above 0, falls into.
func bucket(v float64) int { return int(math.Floor(math.Log(v) / bucketWidth)) }

// cell is a stretch of usage: when it was, and how much of it fell into each
// bucket.
type cell struct {
	at     float64 // any unit of time
	counts []count
	n      float64
}

type count struct {
	bucket int32
	n      float32
}

// cellsIn is how many cells there are in a part of samples.
const cellsIn = 4

// table is the counts of buckets from first on.
type table struct {
	first int
	n     []float64
	total float64
}

// tableIn is an empty table over the buckets from first to last, in a part of
// a slab of zeros, and the rest of the slab.
func tableIn(slab []float64, first, last int) (table, []float64) {
	n := last - first + 1
	return table{first: first, n: slab[:n:n]}, slab[n:]
}

// add adds a cell's counts, moved by shift buckets; what lies outside is
// counted at the end.
func (t *table) add(c *cell, weight float64, shift int) {
	for _, x := range c.counts {
		i := min(max(int(x.bucket)+shift-t.first, 0), len(t.n)-1)
		t.n[i] += weight * float64(x.n)
	}
	t.total += weight * c.n
}

func (t *table) reset() {
	clear(t.n)
	t.total = 0
}

// quantile is the bucket at which a share q of the counts is reached.
func (t *table) quantile(q float64) int {
	sum := 0.0
	for i, n := range t.n {
		if sum += n; n > 0 && sum >= q*t.total*(1-1e-12) {
			return t.first + i
		}
	}
	return t.first + len(t.n) - 1
}

// path is how far usage went from its own past.
type path struct {
	rounds   int     // parts that have a past
	farthest float64 // the largest ratio of a part's p95 to its past's
	ratios   table   // of usage in a part to the median of its past
}

// pathOf walks through cells, oldest first.
func pathOf(cells []cell) path {
	n := min(parts, len(cells))
	lowest, highest := rangeOf(cells)
	if n < 2 || highest < lowest {
		return path{}
	}
	p := path{rounds: n - 1}
	scratch, _ := tableIn(make([]float64, highest-lowest+1), lowest, highest)
	var medians [parts]int
	low, high := math.MaxInt, math.MinInt
	for k := 1; k < n; k++ {
		from, to := k*len(cells)/n, (k+1)*len(cells)/n
		scratch.reset()
		gather(&scratch, cells[:from], baseHalfLife)
		medians[k] = scratch.quantile(0.5)
		p95 := scratch.quantile(0.95)
		scratch.reset()
		for i := from; i < to; i++ {
			scratch.add(&cells[i], 1, 0)
		}
		p.farthest = max(p.farthest, math.Exp(float64(scratch.quantile(0.95)-p95)*bucketWidth))
		low, high = min(low, scratch.quantile(0)-medians[k]), max(high, scratch.quantile(1)-medians[k])
	}
	p.ratios, _ = tableIn(make([]float64, high-low+1), low, high)
	for k := 1; k < n; k++ {
		for i := k * len(cells) / n; i < (k+1)*len(cells)/n; i++ {
			p.ratios.add(&cells[i], 1, -medians[k])
		}
	}
	return p
}

// rangeOf is the lowest and the highest bucket in use, what is deepest below
// the highest left out; highest is less than lowest where there is none.
func rangeOf(cells []cell) (lowest, highest int) {
	lowest, highest = math.MaxInt, math.MinInt
	for i := range cells {
		for _, x := range cells[i].counts {
			lowest, highest = min(lowest, int(x.bucket)), max(highest, int(x.bucket))
		}
	}
	return max(lowest, highest+int(math.Log(deepest)/bucketWidth)), highest
}

// forecastOf makes the forecast of a pod from its cells, oldest first, and
// the path of its usage or of all pods'. minutes is how much of the pod was
// measured.
func forecastOf(pod string, cells []cell, way path, minutes float64) Forecast {
	lowest, highest := rangeOf(cells)
	if highest <= bucketOrLeast(0) {
		return Forecast{measured: evidence{pod: pod}} // nothing is used
	}
	past, _ := tableIn(make([]float64, highest-lowest+1), lowest, highest)
	gather(&past, cells, baseHalfLife)
	base := past.quantile(0.5)
	past.reset()
	gather(&past, cells, pastHalfLife)

	e := evidence{pod: pod, median: edge(base), rounds: way.rounds, farthest: way.farthest}
	untested := min(mostUntested, math.Sqrt(parts/float64(way.rounds+1)))
	e.margin = narrow * (1 + math.Sqrt(evidenceHalf/max(leastMinutes, minutes))) * untested
	return spread(&past, &way.ratios, base, e)
}

// gather adds cells that weigh half as much per share halfLife of their span
// of age.
func gather(t *table, cells []cell, halfLife float64) {
	if len(cells) == 0 {
		return
	}
	newest := cells[len(cells)-1].at
	life := halfLife * (newest - cells[0].at)
	for i := range cells {
		weight := 1.0
		if life > 0 {
			weight = math.Exp2((cells[i].at - newest) / life)
		}
		t.add(&cells[i], weight, 0)
	}
}

// spread mixes the past with the ratios of the path, times the present median
// base, and spreads each value over its neighbours, as the level may move: by
// a factor e^x whose x has the density of two exponentials back to back
// (Laplace), of scale margin for all but wideShare of it and wide times that
// for the rest. The margin is 1.5 %, times 1 + √(60/minutes measured), times
// √(8/parts) but at most 2: it shrinks as evidence grows.
//
// Ratios that lead below the lowest sample count as that; a ratio that leads
// beyond 20 times the largest is not believed further.
func spread(past, ratios *table, base int, e evidence) Forecast {
	highest := past.first + len(past.n) - 1
	most := min(max(highest, base+ratios.first+len(ratios.n)-1), highest+int(math.Log(20)/bucketWidth))
	first := past.first - int(7*e.margin/bucketWidth) - 1
	n := most + int(8*e.margin*wide/bucketWidth) + 1 - first
	slab := make([]float64, 3*n)
	mix, near, far := slab[:n:n], slab[n:2*n:2*n], slab[2*n:]
	strays := 0.0
	if ratios.total > 0 {
		strays = strayShare
	}
	for i, n := range past.n {
		mix[past.first-first+i] += n * (1 - strays) / past.total
	}
	for i, n := range ratios.n {
		if n > 0 {
			mix[min(max(base+ratios.first+i, past.first), most)-first] += n * strays / ratios.total
		}
	}
	laplace(near, mix, e.margin)
	laplace(far, mix, e.margin*wide)
	f := Forecast{first: first, above: mix, slack: far, measured: e}
	for i := range near {
		near[i] = (1-wideShare)*near[i] + wideShare*far[i]
	}
	up := 0.0
	for i := len(near) - 1; i >= 0; i-- {
		f.above[i] = min(up, 1)
		up += near[i]
	}
	// used is E[usage/edge; usage below it], carried from edge to edge.
	used, down, half := 0.0, math.Exp(-bucketWidth), math.Exp(-bucketWidth/2)
	for i, n := range near {
		used = used*down + n*half
		f.slack[i] = max(0, 1-f.above[i]-used)
	}
	return f
}

// laplace sets out to the shares, each spread by two exponentials of that
// scale, back to back: one pass up and one down.
func laplace(out, shares []float64, scale float64) {
	a := math.Exp(-bucketWidth / scale)
	norm := (1 - a) / (1 + a)
	sum := 0.0
	for i, n := range shares {
		sum = sum*a + n
		out[i] = sum
	}
	sum = 0
	for i := len(shares) - 1; i >= 0; i-- {
		out[i] = norm * (out[i] + sum)
		sum = (sum + shares[i]) * a
	}
}
