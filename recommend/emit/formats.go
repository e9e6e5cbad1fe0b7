// Package emit writes reports down: as text for a terminal, as the JSON
// contract that other programs read, and as patches that go into Git.
//
// Each format is one file and one entry in Formats. A format gets an Input
// and a writer and knows nothing else: the instant is an argument, and the
// same Input gives the same bytes.
package emit

import (
	"io"
	"slices"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/recommend"
)

// Kind is what a report is about. Its text is the document's "kind".
type Kind string

// The kinds that the formats of this package write.
const (
	KindCost      Kind = "CostReport"
	KindRightsize Kind = "RightsizeReport"
	KindPrices    Kind = "PriceReport"
	KindBacktest  Kind = "BacktestReport"
)

// Input is what a format writes. Fields that the Kind does not need are
// ignored. It is not changed by writing it.
type Input struct {
	Kind Kind
	// Report is what was found. For KindPrices only its Book has to be there,
	// and its Snapshot may be nil.
	Report *analyzer.Report
	// At is when the report is made.
	At time.Time

	// Recommendations are those of a KindRightsize, in the order to show.
	Recommendations []recommend.Recommendation

	// Group adds the sums of a KindCost by namespace, workload, label or pool.
	Group Grouping
	// Other is what the bill has beside nodes, for a KindCost.
	Other []CostOther

	// Offerings are those of a KindPrices; nil means all that the book holds.
	Offerings []pricing.OfferingKey

	// Backtests are those of a KindBacktest, one per resource.
	Backtests []recommend.Backtest

	// Width is the terminal's, in cells; 0 where lines may be of any length.
	Width int
}

// Format is one way to write a report down.
type Format struct {
	// Name is what -o takes.
	Name string
	// About is one line of help.
	About string
	// Kinds are the reports that the format is made for.
	Kinds []Kind
	// Write writes in, whose Kind must be one of Kinds. It does not write the
	// report's warnings where the format is read by people in a terminal: those
	// go to standard error, by WriteWarnings.
	Write func(w io.Writer, in *Input) error
}

// Applies reports whether the format is made for reports of kind k.
func (f Format) Applies(k Kind) bool { return slices.Contains(f.Kinds, k) }

// Formats lists the formats, the default first.
func Formats() []Format {
	all := []Kind{KindCost, KindRightsize, KindPrices, KindBacktest}
	return []Format{
		{"table", "aligned columns for a terminal", all, writeTable},
		{"json", "the whole report as JSON, by the schema in docs/schema", all, writeJSON},
		{"yaml", "the same document as YAML", all, writeYAML},
		{"csv", "one row per container, workload or price, for a spreadsheet", all, writeCSV},
		{"markdown", "a table and its summary for a pull request or a wiki", all, writeMarkdown},
		{"kustomize", "patches as a Kustomize component, with their evidence", []Kind{KindRightsize}, writeKustomize},
	}
}

// Find is the format of that name; false where there is none.
func Find(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// document is the JSON document of an input.
func document(in *Input) any {
	switch in.Kind {
	case KindRightsize:
		return Rightsize(in.Report, in.Recommendations, in.At)
	case KindBacktest:
		return Backtest(in.Report, in.Backtests, in.At)
	case KindPrices:
		return Prices(in.Report, in.Offerings, in.At)
	case KindCost:
	}
	return costOf(in)
}

// costOf is the cost report of an input, with what it has beside nodes.
func costOf(in *Input) CostReport {
	c := Cost(in.Report, in.Group, in.At)
	c.Other = append(c.Other, in.Other...)
	return c
}
