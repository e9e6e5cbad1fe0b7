package rightsize

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// sorted is the values in order; the argument is unchanged.
func sorted(values []float64) []float64 {
	out := slices.Clone(values)
	slices.Sort(out)
	return out
}

// quantile is the q-quantile of sorted values as Prometheus'
// quantile_over_time has it: between the two values next to rank q·(n−1).
// False where there is no value; q is held within [0,1].
func quantile(values []float64, q float64) (float64, bool) {
	n := len(values)
	if n == 0 {
		return 0, false
	}
	rank := min(max(q, 0), 1) * float64(n-1)
	lo := int(rank)
	hi := min(lo+1, n-1)
	share := rank - float64(lo)
	return values[lo]*(1-share) + values[hi]*share, true
}

// decay is the weight of a sample of that age.
func decay(age, halfLife time.Duration) float64 {
	return math.Exp2(-float64(age) / float64(halfLife))
}

// weighted is values with weights.
type weighted struct {
	pairs []pair
	total float64
}

type pair struct{ value, weight float64 }

func (w *weighted) add(v, weight float64) {
	w.pairs = append(w.pairs, pair{v, weight})
	w.total += weight
}

// quantile is the smallest value at which the weights up to it reach a share
// q of all: no interpolation, as in the histograms of the VPA and of Crane.
func (w *weighted) quantile(q float64) (float64, bool) {
	if len(w.pairs) == 0 || w.total <= 0 {
		return 0, false
	}
	slices.SortFunc(w.pairs, func(a, b pair) int { return cmp.Compare(a.value, b.value) })
	sum := 0.0
	for _, p := range w.pairs {
		// Weights add up to the total but for the last bits.
		if sum += p.weight; sum >= q*w.total*(1-1e-12) {
			return p.value, true
		}
	}
	return w.pairs[len(w.pairs)-1].value, true
}
