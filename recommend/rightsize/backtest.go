package rightsize

import (
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/recommend"
)

// Trace is one series of usage, sample by sample.
type Trace struct {
	Name    string
	Samples recommend.PodSamples
	// Core is one core in the unit of the samples, for CPU; 0 means 1.
	Core float64
}

// folds is how many parts the second half of a series is cut into.
const folds = 4

// Backtest walks each strategy forward over each series: the second half is
// cut in four folds by the number of samples, and each fold is scored with
// the value fitted on all that came before it. Shares are of all held-out
// samples of all series, so that a long series weighs more than a short one.
//
// A series of one sample has no past and is not scored. A strategy that says
// nothing of the resource has no score; where it says nothing of a single
// series, that series is not in its score.
func Backtest(r recommend.Resource, traces []Trace, strategies []recommend.Fitter) recommend.Backtest {
	out := recommend.Backtest{Resource: r}
	sums := make([]tally, len(strategies))
	scores := make([]recommend.Score, len(strategies))
	for i := range traces {
		t := &traces[i]
		if len(t.Samples.Values) < 2 {
			continue
		}
		out.Series++
		for fold := range folds {
			from, to := foldOf(len(t.Samples.Values), fold)
			if from == to {
				continue // fewer samples than folds
			}
			c := caseOf(r, t, from)
			forecasts := Forecasts(r, c)
			for j, s := range strategies {
				var v float64
				var ok bool
				if o, ours := s.(forecaster); ours {
					v, ok = o.at(r, forecasts)
				} else {
					v, ok = s.Fit(r, c)
				}
				if !ok {
					continue
				}
				scores[j].Fits = append(scores[j].Fits, recommend.Fit{Series: t.Name, Fold: fold, Value: v})
				sums[j].add(v, t.Samples.Values[from:to])
			}
		}
	}
	for j, s := range strategies {
		if len(scores[j].Fits) == 0 {
			continue
		}
		scores[j].Strategy = s.Name()
		scores[j].ViolationShare, scores[j].SlackShare = sums[j].shares()
		out.Scores = append(out.Scores, scores[j])
	}
	return out
}

// forecaster is a strategy of trimtab's own: its value follows from the
// forecasts and the largest sample, which are found once for all of them.
type forecaster interface {
	at(r recommend.Resource, f []Forecast) (float64, bool)
}

// foldOf is the samples [from, to) of a fold; all before from is its past.
func foldOf(n, fold int) (from, to int) {
	half := n / 2
	rest := n - half
	return half + fold*rest/folds, half + (fold+1)*rest/folds
}

// caseOf is what a strategy knows of a series before its n-th sample.
func caseOf(r recommend.Resource, t *Trace, n int) recommend.Case {
	past := recommend.PodSamples{Pod: t.Name, At: t.Samples.At[:n], Values: t.Samples.Values[:n]}
	c := recommend.Case{
		Container: &cluster.Container{Name: t.Name}, Containers: 1, Replicas: 1,
		History: &usage.History{},
		Window:  usage.Window{Start: past.At[0], End: past.At[n-1].Add(time.Second)},
		Samples: &recommend.Samples{Core: t.Core},
	}
	if r == recommend.Memory {
		c.Samples.Memory = []recommend.PodSamples{past}
	} else {
		c.Samples.CPU = []recommend.PodSamples{past}
	}
	return c
}

// tally counts what a value did to held-out samples.
type tally struct {
	above, within int
	slack         float64 // sum of shares of the value, over those within
}

func (t *tally) add(value float64, usage []float64) {
	for _, u := range usage {
		switch {
		case u > value:
			t.above++
			continue
		case value > 0:
			t.slack += (value - u) / value
		}
		t.within++
	}
}

func (t *tally) shares() (violation, slack float64) {
	if n := t.above + t.within; n > 0 {
		violation = float64(t.above) / float64(n)
	}
	if t.within > 0 {
		slack = t.slack / float64(t.within)
	}
	return violation, slack
}
