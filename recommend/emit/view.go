package emit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/internal/unit"
)

// view is a report as people see it: one table, what it amounts to and how to
// read it. The formats for people differ only in how they draw it.
type view struct {
	title   string
	columns []column
	rows    [][]string // one cell per column
	totals  [][]string // under the rows, set apart
	summary []string   // sentences: what it amounts to
	details []string   // lines for a terminal: reasons; an empty one parts them
	notes   []string   // sentences: how to read it
}

// column is one column of a view.
type column struct {
	title string
	right bool // numbers: aligned at the right, never cut
	// drop tells which columns go first where the width does not suffice: the
	// highest first, 0 never.
	drop int
}

func viewOf(in *Input) *view {
	switch in.Kind {
	case KindRightsize:
		return rightsizeView(in)
	case KindBacktest:
		return backtestView(in)
	case KindPrices:
		return priceView(in)
	case KindCost:
	}
	return costView(in)
}

// place names what the report is about, for a title.
func place(r *analyzer.Report) string {
	s := r.Snapshot
	if s == nil || s.Name == "" {
		return ""
	}
	out := " of " + s.Name
	if s.Scope != "" {
		out += ", namespace " + s.Scope
	}
	return out
}

// span says which usage a report rests on.
func span(r *analyzer.Report) string {
	if r.Usage == nil || r.Usage.Window.End.IsZero() {
		return "No usage was measured."
	}
	w := r.Usage.Window
	return fmt.Sprintf("Usage was measured from %s to %s.", minute(w.Start), minute(w.End))
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// date is the day of t in UTC, "" for the zero time.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// orNone is s, or a dash for what is not there.
func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func costView(in *Input) *view {
	r, a := in.Report, in.Report.Allocation
	v := &view{title: "Cost" + place(r)}
	month := currency(r) + "/MONTH"
	share := func(rate unit.HourlyRate) string {
		if a.Total <= 0 {
			return orNone("")
		}
		return unit.Percent(rate.Units() / a.Total.Units())
	}
	money := func(rate unit.HourlyRate) []string {
		return []string{rate.Dollars(), rate.Monthly().Dollars(), share(rate)}
	}
	moneyColumns := []column{{currency(r) + "/HOUR", true, 3}, {month, true, 0}, {"SHARE", true, 2}}

	total := func(name string, width int, rate unit.HourlyRate) {
		row := make([]string, width, width+3)
		row[0] = name
		v.totals = append(v.totals, append(row, money(rate)...))
	}
	switch in.Group.by {
	case "":
		v.columns = append([]column{{"NAMESPACE", false, 0}, {"WORKLOAD", false, 0}, {"PODS", true, 4}}, moneyColumns...)
		order := make([]int, len(a.Workloads))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(a.Workloads[j].Rate, a.Workloads[i].Rate) })
		for _, i := range order {
			w := &a.Workloads[i]
			v.rows = append(v.rows, append([]string{w.ID.Namespace, w.ID.Kind + "/" + w.ID.Name, fmt.Sprint(w.Pods)}, money(w.Rate)...))
		}
	case "nodepool":
		v.columns = append([]column{{"NODE POOL", false, 0}, {"IDLE/MONTH", true, 4}, {"OVERHEAD/MONTH", true, 5}}, moneyColumns...)
		for _, g := range groups(r, in.Group) {
			v.rows = append(v.rows, append([]string{orNone(g.Name), g.Idle.Monthly().Dollars(), g.Overhead.Monthly().Dollars()}, money(g.Hourly)...))
		}
		v.notes = append(v.notes, "A pool's idle and overhead are beside what its pods take.")
	default:
		v.columns = append([]column{{strings.ToUpper(in.Group.String()), false, 0}}, moneyColumns...)
		for _, g := range groups(r, in.Group) {
			v.rows = append(v.rows, append([]string{orNone(g.Name)}, money(g.Hourly)...))
		}
	}
	names := len(v.columns) - 3
	total("idle", names, a.Idle)
	total("overhead", names, a.Overhead)
	total("TOTAL", names, a.Total)

	if r.Snapshot.Scope != "" {
		// Idle is then mostly what could not be seen, and its share means nothing.
		v.summary = append(v.summary, fmt.Sprintf("%s %s a month for %s, of which the namespace %s takes %s; what other namespaces take was not looked at and stands under idle.",
			a.Total.Monthly().Dollars(), currency(r), count(len(a.Nodes), "node"), r.Snapshot.Scope, (a.Total-a.Idle-a.Overhead).Monthly().Dollars()))
	} else {
		v.summary = append(v.summary, fmt.Sprintf("%s %s a month for %s; %s of it is idle.",
			a.Total.Monthly().Dollars(), currency(r), count(len(a.Nodes), "node"), share(a.Idle)))
	}
	for _, o := range in.Other {
		v.summary = append(v.summary, fmt.Sprintf("Beside it, %s: %s %s a month.", o.What, o.Hourly.Monthly().Dollars(), currency(r)))
	}
	if n := len(a.Unpriced); n > 0 {
		v.summary = append(v.summary, fmt.Sprintf("%s and the pods on them have no price and are in no number above, the first %s: %s.",
			count(n, "node"), a.Unpriced[0].Name, a.Unpriced[0].Why))
	}
	v.notes = append(v.notes,
		"A workload's cost is the larger of its requests and its usage, at the price of the nodes it runs on now.",
		prices(r), span(r), "A month is 730 hours.")
	return v
}

// count is a number of things: "1 node", "1,284 nodes".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return unit.Money(n*1_000_000_000).Whole() + " " + thing + "s"
}

// prices says what prices a report's money rests on.
func prices(r *analyzer.Report) string {
	if r.Allocation == nil || len(r.Allocation.Nodes) == 0 {
		return "No node has a price."
	}
	var all []string
	for i := range r.Allocation.Nodes {
		p := &r.Allocation.Nodes[i].Price
		if b := basis(p); !slices.Contains(all, b) {
			all = append(all, b)
		}
	}
	slices.Sort(all)
	return "Prices: " + strings.Join(all, "; ") + "."
}

func priceView(in *Input) *view {
	p := Prices(in.Report, in.Offerings, in.At)
	v := &view{title: "Prices" + place(in.Report), columns: []column{
		{"TYPE", false, 0},
		{"REGION", false, 3},
		{"ZONE", false, 0},
		{"CAPACITY", false, 0},
		{p.Currency + "/HOUR", true, 0},
		{p.Currency + "/MONTH", true, 2},
		{"CERTAINTY", false, 0},
		{"AS OF", false, 0},
		{"SOURCE", false, 1},
	}}
	unknown := 0
	for _, o := range p.Prices {
		hour, month, sure := orNone(""), orNone(""), string(o.Certainty)
		if o.Hourly == nil {
			unknown++
		} else {
			hour, month = o.Hourly.Dollars(), o.Hourly.Monthly().Dollars()
			if o.Error > 0 {
				sure += " ±" + unit.Percent(o.Error)
			}
		}
		source := o.Source
		if o.Basis != "" {
			source += ": " + o.Basis
		}
		v.rows = append(v.rows, []string{o.InstanceType, o.Region, orNone(o.Zone), o.CapacityType, hour, month, sure, orNone(date(o.AsOf)), orNone(source)})
	}
	v.summary = append(v.summary, count(len(p.Prices), "offering")+", "+fmt.Sprint(unknown)+" without a price.")
	v.notes = append(v.notes, "A month is 730 hours.")
	return v
}

// plain is s on one line: control characters, line and paragraph separators
// and marks that turn the direction of writing become spaces, so that a name
// from a cluster or a file cannot steer a terminal or leave a comment.
func plain(s string) string {
	bad := func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' ||
			r >= '\u200e' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
	}
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return ' '
		}
		return r
	}, s)
}
