// Package workloads is the screen of the workloads of one namespace, or of
// all: a row for each container, with what it asks for and what it should.
package workloads

import (
	"strings"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

// Screen is the list of workloads.
type Screen struct {
	screen.List
	ctx  *screen.Context
	of   string // namespace, or "" for all
	rows rows
	keys []screen.Binding
}

// rows are the containers shown; it is what the table knows of them.
type rows []*screen.Container

// Len is the number of rows.
func (r rows) Len() int { return len(r) }

// Key names a row over time.
func (r rows) Key(i int) string { return r[i].Key }

// New returns the workloads of a namespace, or of all for "".
func New(ctx *screen.Context, namespace string) *Screen {
	s := &Screen{ctx: ctx, of: namespace}
	s.List = *screen.NewList(ctx, "container", s.columns(), s.fields())
	s.SetFlag(func(i int) (string, theme.Role) { return ctx.Flag(s.rows[i]) })
	s.keys = s.bindings()
	s.Refresh()
	s.SortTitle("FREED")
	return s
}

// Crumb is the namespace.
func (s *Screen) Crumb() string {
	if s.of == "" {
		return "All workloads"
	}
	return s.of
}

// Refresh takes new facts.
func (s *Screen) Refresh() {
	f := s.ctx.Facts
	s.rows = s.rows[:0]
	if s.of == "" {
		for i := range f.Containers {
			s.rows = append(s.rows, &f.Containers[i])
		}
	} else if ns, ok := f.Namespace(s.of); ok {
		for _, i := range ns.Rows {
			s.rows = append(s.rows, &f.Containers[i])
		}
	}
	s.SetTheme(s.ctx.Theme)
	switch {
	case f.Report == nil && s.ctx.Waiting():
		s.SetEmpty("reading the cluster", "rows appear as soon as it has been read")
	case f.Report == nil:
		s.SetEmpty("nothing could be read", "E tells why")
	case s.of != "":
		s.SetEmpty("no workloads in namespace "+s.of, "a shows those of all namespaces")
	default:
		s.SetEmpty("no workloads in this cluster", "E lists what could not be read")
	}
	s.SetRows(s.rows)
}

func (s *Screen) columns() []table.Column {
	at := func(i int) *screen.Container { return s.rows[i] }
	rec := func(i int) *recommend.Recommendation { return s.rows[i].Rec }
	cols := []table.Column{{
		Title: "WORKLOAD", Min: 16, Max: 48, Flex: 3,
		Cell: func(c *table.Cell, i int) { c.Put(theme.Text, at(i).Name) },
		Text: func(i int) string { return at(i).Name },
	}}
	if s.of == "" {
		cols = append(cols, table.Column{
			Title: "NAMESPACE", Min: 12, Max: 24, Priority: 5,
			Cell: func(c *table.Cell, i int) { c.Put(theme.Muted, rec(i).Workload.Namespace) },
			Text: func(i int) string { return rec(i).Workload.Namespace },
		})
	}
	return append(
		cols,
		table.Column{
			Title: "K", Min: 2, Max: 2, Priority: 6,
			Cell: func(c *table.Cell, i int) { c.Put(theme.Muted, screen.Kind(rec(i).Workload.Kind)) },
			Text: func(i int) string { return rec(i).Workload.Kind },
		},
		table.Column{
			Title: "PODS", Min: 5, Max: 5, Align: table.Right, Priority: 4, LargestFirst: true,
			Cell: func(c *table.Cell, i int) {
				if at(i).Pods == 0 {
					c.Put(theme.Muted, s.ctx.Theme.Symbols().None)
					return
				}
				c.PutInt(theme.Text, int64(at(i).Pods))
			},
			Value: func(i int) (float64, bool) { return float64(at(i).Pods), true },
		},
		table.Column{
			Title: "CPU req " + s.ctx.Theme.Symbols().Arrow + " rec", Min: screen.CPUChangeWidth, Max: screen.CPUChangeWidth, Priority: 1, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { s.ctx.PutCPUChange(c, rec(i)) },
			Value: func(i int) (float64, bool) { return float64(rec(i).FreedCPU), proposed(rec(i)) },
		},
		table.Column{
			Title: "MEM req " + s.ctx.Theme.Symbols().Arrow + " rec", Min: screen.MemoryChangeWidth, Max: screen.MemoryChangeWidth, Priority: 2, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { s.ctx.PutMemoryChange(c, rec(i)) },
			Value: func(i int) (float64, bool) { return float64(rec(i).FreedMemory), proposed(rec(i)) },
		},
		table.Column{
			Title: "$/MO", Min: 6, Max: 9, Align: table.Right, Priority: 3, LargestFirst: true,
			Cell: func(c *table.Cell, i int) {
				if at(i).Pods == 0 {
					c.Put(theme.Muted, s.ctx.Theme.Symbols().None)
					return
				}
				s.ctx.PutMoney(c, at(i).Cost, at(i).Priced)
			},
			Value: func(i int) (float64, bool) { return at(i).Cost.Units(), at(i).Priced },
		},
		table.Column{
			Title: "FREED", Min: 6, Max: 9, Align: table.Right, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { s.ctx.PutFreed(c, rec(i)) },
			Value: freed(rec),
		},
		table.Column{
			Title: "C", Min: 1, Max: 2, Priority: 3,
			Cell: func(c *table.Cell, i int) { s.ctx.PutGrade(c, rec(i)) },
			Text: func(i int) string { return rec(i).Confidence.Grade },
		},
		table.Column{
			Title: "STATUS", Min: 10, Max: 10, Priority: 9,
			Cell: func(c *table.Cell, i int) {
				word, role := screen.StatusWord(rec(i), s.ctx.Waiting())
				c.Put(role, word)
			},
			Less: func(a, b int) bool {
				x, y := rec(a), rec(b)
				if ux, uy := urgency(x), urgency(y); ux != uy {
					return ux < uy
				}
				return moves(x) > moves(y)
			},
		},
	)
}

func proposed(r *recommend.Recommendation) bool { return r.Status == recommend.Proposed }

func freed(rec func(int) *recommend.Recommendation) func(int) (float64, bool) {
	return func(i int) (float64, bool) {
		r := rec(i)
		if !proposed(r) || r.Freed == nil {
			return 0, false
		}
		return r.Freed.Units(), true
	}
}

// moves is how much money a recommendation moves, in whichever direction.
func moves(r *recommend.Recommendation) float64 {
	if r.Freed == nil {
		return 0
	}
	return max(r.Freed.Units(), -r.Freed.Units())
}

// urgency orders statuses: what is at risk first.
func urgency(r *recommend.Recommendation) int {
	switch {
	case r.Raise && r.Status == recommend.Proposed:
		return 0
	case r.Raise:
		return 1
	case r.Status == recommend.Proposed:
		return 2
	case r.Status == recommend.Held:
		return 3
	case r.Status == recommend.InsufficientData:
		return 4
	}
	return 5
}

func (s *Screen) fields() screen.Fields {
	rec := func(i int) *recommend.Recommendation { return s.rows[i].Rec }
	status := func(want recommend.Status) func(int) bool {
		return func(i int) bool { return rec(i).Status == want }
	}
	monthly := func(v func(int) (float64, bool)) screen.Number {
		return screen.Number{Value: func(i int) (float64, bool) {
			x, ok := v(i)
			return x * unit.HoursPerMonth, ok
		}}
	}
	return screen.Fields{
		Search: func(i int) string { return s.rows[i].Search },
		Numbers: map[string]screen.Number{
			"freed": monthly(freed(rec)),
			"cost":  monthly(func(i int) (float64, bool) { return s.rows[i].Cost.Units(), s.rows[i].Priced }),
			"pods":  {Value: func(i int) (float64, bool) { return float64(s.rows[i].Pods), true }},
			"cpu": {Parse: screen.ParseCPU, Value: func(i int) (float64, bool) {
				if v := rec(i).Current.Request.CPU; v != nil {
					return float64(*v), true
				}
				return 0, false
			}},
			"mem": {Parse: screen.ParseMemory, Value: func(i int) (float64, bool) {
				if v := rec(i).Current.Request.Memory; v != nil {
					return float64(*v), true
				}
				return 0, false
			}},
		},
		Texts: map[string]func(int) string{
			"kind":   func(i int) string { return kindName(rec(i).Workload.Kind) },
			"ns":     func(i int) string { return rec(i).Workload.Namespace },
			"status": func(i int) string { return string(rec(i).Status) },
			"grade":  func(i int) string { return rec(i).Confidence.Grade },
		},
		Words: map[string]func(int) bool{
			"risk":     func(i int) bool { return rec(i).Raise },
			"proposed": status(recommend.Proposed),
			"held":     status(recommend.Held),
			"keep":     status(recommend.Keep),
			"nodata":   status(recommend.InsufficientData),
			"basket":   func(i int) bool { return s.ctx.Basket.Has(s.rows[i].Key) },
			"marked":   func(i int) bool { return s.IsMarked(s.rows[i].Key) },
		},
	}
}

// kindName is a kind as kubectl abbreviates it.
func kindName(kind string) string {
	switch kind {
	case "StatefulSet":
		return "sts"
	case "DaemonSet":
		return "ds"
	case "CronJob":
		return "cj"
	case "ReplicaSet":
		return "rs"
	}
	return strings.ToLower(kind)
}
