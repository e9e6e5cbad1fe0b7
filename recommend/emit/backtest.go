package emit

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/recommend"
)

// BacktestReport is how strategies would have done on recorded usage.
type BacktestReport struct {
	Header
	Classes []BacktestClass `json:"classes" doc:"one per resource with series"`
}

// BacktestClass is one resource's series and the strategies scored on them.
type BacktestClass struct {
	Class      recommend.Resource `json:"class" enum:"cpu|memory" doc:"what the series measure"`
	Series     int                `json:"series" min:"0" doc:"series scored: those of at least two samples"`
	Strategies []BacktestStrategy `json:"strategies" doc:"each strategy that sizes the resource"`
}

// BacktestStrategy is one strategy's score.
type BacktestStrategy struct {
	Strategy       string          `json:"strategy" doc:"name; ours@T is trimtab's rule with the risk target T"`
	ViolationShare float64         `json:"violationShare" min:"0" max:"1" doc:"share of the held-out samples of all series above the value"`
	SlackShare     float64         `json:"slackShare" min:"0" max:"1" doc:"mean of (value - usage)/value over the held-out samples that are not above it, 0 where the value is 0"`
	Values         []BacktestValue `json:"values" doc:"what was scored, floors and rounding off"`
}

// BacktestValue is the value that a strategy put on one series for one fold.
type BacktestValue struct {
	Series string  `json:"series" doc:"name of the series: its file's stem, or its pod"`
	Fold   int     `json:"fold" min:"0" max:"3" doc:"quarter of the series' second half that the value was scored on; it was fitted on everything before"`
	Value  float64 `json:"value" min:"0" doc:"request in the unit of the series"`
}

// Backtest is the report of the back-tests, in their order.
func Backtest(r *analyzer.Report, tests []recommend.Backtest, at time.Time) BacktestReport {
	out := BacktestReport{Header: header(KindBacktest, r, at), Classes: make([]BacktestClass, 0, len(tests))}
	for i := range tests {
		t := &tests[i]
		c := BacktestClass{Class: t.Resource, Series: t.Series, Strategies: make([]BacktestStrategy, 0, len(t.Scores))}
		for _, s := range t.Scores {
			values := make([]BacktestValue, 0, len(s.Fits))
			for _, f := range s.Fits {
				values = append(values, BacktestValue(f))
			}
			c.Strategies = append(c.Strategies, BacktestStrategy{s.Strategy, s.ViolationShare, s.SlackShare, values})
		}
		out.Classes = append(out.Classes, c)
	}
	return out
}

// backtestView is the Pareto table: each class from the fewest violations to
// the most, with which strategy, if any, is better on both axes.
func backtestView(in *Input) *view {
	v := &view{title: "Back-test", columns: []column{
		{"CLASS", false, 0},
		{"STRATEGY", false, 0},
		{"ABOVE REQUEST", true, 0},
		{"SLACK", true, 0},
		{"BEATEN BY", false, 1},
	}}
	for i := range in.Backtests {
		t := &in.Backtests[i]
		for _, s := range byViolations(t.Scores) {
			v.rows = append(v.rows, []string{string(t.Resource), s.Strategy, percentage(s.ViolationShare), percentage(s.SlackShare), orNone(beatenBy(t.Scores, s))})
		}
		v.summary = append(v.summary, fmt.Sprintf("%s: %d series.", t.Resource, t.Series))
	}
	v.notes = append(v.notes,
		"Each series' second half was cut in four; each part was scored with the value fitted on everything before it.",
		"ABOVE REQUEST is the share of held-out samples above the value; SLACK is the mean of (value − usage)/value over the others.",
		"BEATEN BY names the strategy with the least slack among those that have no more of either and less of one.",
	)
	return v
}

func byViolations(scores []recommend.Score) []recommend.Score {
	out := slices.Clone(scores)
	slices.SortStableFunc(out, func(a, b recommend.Score) int {
		switch {
		case a.ViolationShare != b.ViolationShare:
			return compareFloats(a.ViolationShare, b.ViolationShare)
		default:
			return compareFloats(b.SlackShare, a.SlackShare)
		}
	})
	return out
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// beatenBy is the strategy with the least slack of those that are better than
// s on one axis and no worse on the other, or "".
func beatenBy(scores []recommend.Score, s recommend.Score) string {
	best := -1
	for i, o := range scores {
		no := o.ViolationShare <= s.ViolationShare && o.SlackShare <= s.SlackShare
		if no && (o.ViolationShare < s.ViolationShare || o.SlackShare < s.SlackShare) && (best < 0 || o.SlackShare < scores[best].SlackShare) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return scores[best].Strategy
}

// percentage is a share with two digits after the point: violations of
// memory are a few in ten thousand.
func percentage(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) + " %" }

func csvBacktest(c *csv.Writer, in *Input) {
	_ = c.Write([]string{"class", "strategy", "violation_share", "slack_share", "series", "fold", "value"})
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for i := range in.Backtests {
		t := &in.Backtests[i]
		for _, s := range t.Scores {
			for _, f := range s.Fits {
				_ = c.Write([]string{string(t.Resource), cell(s.Strategy), number(s.ViolationShare), number(s.SlackShare), cell(f.Series), strconv.Itoa(f.Fold), number(f.Value)})
			}
		}
	}
}
