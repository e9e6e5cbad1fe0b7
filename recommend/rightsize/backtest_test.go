package rightsize_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

func trace(name string, values ...float64) rightsize.Trace {
	return rightsize.Trace{Name: name, Samples: caseOf(values).Samples.CPU[0]}
}

func TestBacktestByHand(t *testing.T) {
	traces := []rightsize.Trace{
		// Folds of one sample each: 5 is above 4, 4 is as large as the 5 before
		// it allows, and 0 uses nothing of it.
		trace("a", 1, 4, 2, 3, 5, 4, 0, 5),
		trace("short", 7),
		// Two samples: only the last fold has one.
		trace("pair", 2, 1),
		trace("zero", 0, 0),
	}
	got := rightsize.Backtest(recommend.Memory, traces, []recommend.Fitter{rightsize.KruizeCost{}, rightsize.EKSRO{}, rightsize.KubecostMax{}})
	want := recommend.Backtest{Resource: recommend.Memory, Series: 3, Scores: []recommend.Score{
		{
			// min(1.2·max, max + 1.05·range) = 1.2·max; the range of "pair" and
			// "zero" is 0.
			Strategy: "kruize-cost", ViolationShare: 1.0 / 6,
			SlackShare: ((1 - 4/6.0) + 1 + (1 - 5/6.0) + 0.5 + 0) / 5,
			Fits:       []recommend.Fit{{Series: "a", Fold: 0, Value: 4.8}, {Series: "a", Fold: 1, Value: 6}, {Series: "a", Fold: 2, Value: 6}, {Series: "a", Fold: 3, Value: 6}, {Series: "pair", Fold: 3, Value: 2}, {Series: "zero", Fold: 3, Value: 0}},
		},
		{
			Strategy: "kubecost-max", ViolationShare: 0,
			SlackShare: ((1 - 3.5/4) + (1 - 2.8/5) + 1 + (1 - 3.5/5) + (1 - 0.7/2) + 0) / 6,
			Fits:       []recommend.Fit{{Series: "a", Fold: 0, Value: 4 / 0.7}, {Series: "a", Fold: 1, Value: 5 / 0.7}, {Series: "a", Fold: 2, Value: 5 / 0.7}, {Series: "a", Fold: 3, Value: 5 / 0.7}, {Series: "pair", Fold: 3, Value: 2 / 0.7}, {Series: "zero", Fold: 3, Value: 0}},
		},
	}}
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestGenerated holds the rule against shapes whose truth is known: at each
// published strategy's own share of violations ours has less slack, up to what
// lies between two targets of the sweep. docs/methodology.md says where it is
// weakest.
func TestGenerated(t *testing.T) {
	for _, r := range recommend.Resources() {
		var traces []rightsize.Trace
		for seed := range uint64(3) {
			traces = append(traces, generated(seed+1)...)
		}
		b := rightsize.Backtest(r, traces, fitters())
		var curve []recommend.Score
		for _, s := range b.Scores {
			if slices.ContainsFunc(rightsize.Targets(), func(x float64) bool { return rightsize.Ours{Target: x}.Name() == s.Strategy }) {
				curve = append(curve, s)
			}
		}
		for _, s := range b.Scores[3 : len(b.Scores)-len(curve)] {
			gap := between(curve, s.ViolationShare) - s.SlackShare
			t.Logf("%s %-22s %.4f / %.4f, ours at as many violations %+.4f", r, s.Strategy, s.ViolationShare, s.SlackShare, gap)
			if gap > 0.02 {
				t.Errorf("%s: ours has %.4f more slack than %s at its violations", r, gap, s.Strategy)
			}
		}
	}
}

// between is the curve's slack at a share of violations, on the line between
// the two points next to it; infinite beyond its ends.
func between(curve []recommend.Score, violations float64) float64 {
	slices.SortFunc(curve, func(a, b recommend.Score) int {
		if a.ViolationShare < b.ViolationShare {
			return -1
		}
		return 1
	})
	for i, p := range curve {
		if p.ViolationShare < violations {
			continue
		}
		if i == 0 {
			if p.ViolationShare > violations {
				return math.Inf(1)
			}
			return p.SlackShare
		}
		q := curve[i-1]
		share := (violations - q.ViolationShare) / (p.ViolationShare - q.ViolationShare)
		return q.SlackShare + share*(p.SlackShare-q.SlackShare)
	}
	return curve[len(curve)-1].SlackShare
}

// A series that is out of step by a second or by a year scores the same.
func TestBacktestIsTimeless(t *testing.T) {
	one := generated(5)[:8]
	moved := make([]rightsize.Trace, len(one))
	for i, x := range one {
		moved[i] = x
		moved[i].Samples.At = slices.Clone(x.Samples.At)
		for k := range moved[i].Samples.At {
			moved[i].Samples.At[k] = moved[i].Samples.At[k].Add(365*24*time.Hour + time.Second)
		}
	}
	a, b := rightsize.Backtest(recommend.CPU, one, fitters()), rightsize.Backtest(recommend.CPU, moved, fitters())
	if d := cmp.Diff(a, b, cmpopts.EquateApprox(1e-9, 0)); d != "" {
		t.Error(d)
	}
}
