// Package namespaces is the screen of all namespaces: what each uses and asks
// for, costs, and would free.
package namespaces

import (
	"fmt"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

// Screen is the list of namespaces.
type Screen struct {
	screen.List
	ctx  *screen.Context
	rows rows
	keys []screen.Binding
}

// rows are the namespaces; it is what the table knows of them.
type rows []screen.Namespace

// Len is the number of rows.
func (r rows) Len() int { return len(r) }

// Key names a row over time.
func (r rows) Key(i int) string { return r[i].Name }

// New returns the namespaces.
func New(ctx *screen.Context) *Screen {
	s := &Screen{ctx: ctx}
	s.List = *screen.NewList(ctx, "namespace", s.columns(), s.fields())
	s.SetFlag(func(i int) (string, theme.Role) {
		if s.rows[i].Counts.Risk > 0 {
			return ctx.Theme.Symbols().Risk, theme.Danger
		}
		return "", theme.Text
	})
	s.keys = s.bindings()
	s.Refresh()
	s.SortTitle("$/MO")
	return s
}

// Crumb names the screen.
func (s *Screen) Crumb() string { return "Namespaces" }

// Refresh takes new facts.
func (s *Screen) Refresh() {
	s.rows = s.ctx.Facts.Namespaces
	s.SetTheme(s.ctx.Theme)
	switch {
	case s.ctx.Facts.Report == nil && s.ctx.Waiting():
		s.SetEmpty("reading the cluster", "rows appear as soon as it has been read")
	default:
		s.SetEmpty("no namespace could be read", "E tells why")
	}
	s.SetRows(s.rows)
}

func (s *Screen) columns() []table.Column {
	at := func(i int) *screen.Namespace { return &s.rows[i] }
	count := func(title string, priority int, n func(*screen.Namespace) int) table.Column {
		return table.Column{
			Title: title, Min: max(len(title)+1, 4), Max: 6, Align: table.Right, Priority: priority, LargestFirst: true,
			Cell: func(c *table.Cell, i int) {
				if n(at(i)) == 0 {
					c.Put(theme.Muted, s.ctx.Theme.Symbols().None)
					return
				}
				c.PutBytes(theme.Text, screen.AppendCount(c.Scratch(), n(at(i))))
			},
			Value: func(i int) (float64, bool) { return float64(n(at(i))), true },
		}
	}
	return []table.Column{
		{
			Title: "NAMESPACE", Min: 16, Max: 40, Flex: 2,
			Cell: func(c *table.Cell, i int) { c.Put(theme.Text, at(i).Name) },
			Text: func(i int) string { return at(i).Name },
		},
		count("WL", 6, func(n *screen.Namespace) int { return n.Workloads }),
		count("PODS", 5, func(n *screen.Namespace) int { return n.Pods }),
		s.ctx.UsageColumn("CPU used / req", 3, func(i int) screen.Levels { return at(i).CPU() }),
		s.ctx.UsageColumn("MEM used / req", 4, func(i int) screen.Levels { return at(i).Memory() }),
		{
			Title: "$/MO", Min: 6, Max: 9, Align: table.Right, Priority: 1, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { s.ctx.PutMoney(c, at(i).Cost, at(i).Priced) },
			Value: func(i int) (float64, bool) { return at(i).Cost.Units(), at(i).Priced },
		},
		{
			Title: "FREED", Min: 6, Max: 9, Align: table.Right, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { s.ctx.PutFreedSum(c, &at(i).Money, &at(i).Counts) },
			Value: func(i int) (float64, bool) { return at(i).Money.Net().Units(), at(i).Counts.Proposed > 0 },
		},
		count("RISK", 2, func(n *screen.Namespace) int { return n.Counts.Risk }),
		count("PROP", 7, func(n *screen.Namespace) int { return n.Counts.Proposed }),
		count("HELD", 8, func(n *screen.Namespace) int { return n.Counts.Held }),
		count("n/a", 9, func(n *screen.Namespace) int { return n.Counts.Insufficient }),
	}
}

func (s *Screen) fields() screen.Fields {
	at := func(i int) *screen.Namespace { return &s.rows[i] }
	share := func(used, request float64, known bool) (float64, bool) {
		return 100 * used / request, known && request > 0
	}
	return screen.Fields{
		Search: func(i int) string { return at(i).Search },
		Numbers: map[string]screen.Number{
			"cost": {Value: func(i int) (float64, bool) { return at(i).Cost.Monthly().Units(), at(i).Priced }},
			"freed": {Value: func(i int) (float64, bool) {
				net := at(i).Money.Net()
				return net.Monthly().Units(), at(i).Counts.Proposed > 0
			}},
			"pods": {Value: func(i int) (float64, bool) { return float64(at(i).Pods), true }},
			"cpu": {Value: func(i int) (float64, bool) {
				return share(at(i).Used.CPU, at(i).Request.CPU.Cores(), at(i).Used.CPUKnown)
			}},
			"mem": {Value: func(i int) (float64, bool) {
				return share(at(i).Used.Memory, float64(at(i).Request.Memory), at(i).Used.MemoryKnown)
			}},
		},
		Words: map[string]func(int) bool{
			"risk":     func(i int) bool { return at(i).Counts.Risk > 0 },
			"proposed": func(i int) bool { return at(i).Counts.Proposed > 0 },
			"held":     func(i int) bool { return at(i).Counts.Held > 0 },
			"marked":   func(i int) bool { return s.IsMarked(at(i).Name) },
		},
	}
}

// Bindings are the screen's keys.
func (s *Screen) Bindings() []screen.Binding { return s.keys }

func (s *Screen) bindings() []screen.Binding {
	bs := []screen.Binding{
		{
			Keys: []string{"enter"}, Show: "enter", Hint: "open", Help: "open the namespace's workloads", Group: screen.Go,
			Do: func() screen.Action {
				key, ok := s.SelectedKey()
				if !ok {
					return screen.Action{}
				}
				return screen.Action{Open: screen.Place{Name: "workloads", Of: key}}
			},
		},
		{
			Keys: []string{"b"}, Show: "b", Hint: "add", Help: "put all proposals of the marked namespaces, or of the one under the cursor, into the basket or take them out", Group: screen.Act,
			Do: s.toBasket,
		},
	}
	bs = append(bs, s.Marks()...)
	bs = append(bs, s.Sorts("$/MO", "FREED", "RISK")...)
	return append(bs, s.Moves()...)
}

func (s *Screen) toBasket() screen.Action {
	rows := s.MarkedRows()
	if len(rows) == 0 {
		if i, ok := s.Selected(); ok {
			rows = []int{i}
		}
	}
	var all []*screen.Container
	for _, i := range rows {
		for _, k := range s.rows[i].Rows {
			if c := &s.ctx.Facts.Containers[k]; c.Rec.Status == recommend.Proposed {
				all = append(all, c)
			}
		}
	}
	if len(all) == 0 {
		return screen.Refuse("nothing is proposed there")
	}
	s.ClearMarks()
	return s.ctx.Basket.Toggle(all)
}

// Status is the line of counts and the legend.
func (s *Screen) Status(l *theme.Line) {
	s.Counts(l)
	sym := s.ctx.Theme.Symbols()
	l.Put(theme.Muted, " "+sym.Dot+" ")
	l.Put(theme.Usage, sym.Bar.Used)
	l.Put(theme.Muted, " used (mean) ")
	l.Put(theme.Good, sym.Bar.Recommended)
	l.Put(theme.Muted, " proposed ")
	l.Put(theme.Rule, sym.Bar.Free)
	l.Put(theme.Muted, " requested, unused")
}

// Explain sums up the namespace under the cursor.
func (s *Screen) Explain(l *theme.Line) {
	i, ok := s.Selected()
	if !ok {
		return
	}
	n := &s.rows[i]
	l.Put(theme.Title, n.Name)
	text := ": "
	if n.Used.CPUKnown && n.Request.CPU > 0 {
		text += fmt.Sprintf("uses %s of its CPU request", unit.Percent(n.Used.CPU/n.Request.CPU.Cores()))
	}
	if n.Used.MemoryKnown && n.Request.Memory > 0 {
		text += fmt.Sprintf(" and %s of its memory", unit.Percent(n.Used.Memory/float64(n.Request.Memory)))
	}
	if text == ": " {
		text += screen.Plural(n.Workloads, "workload")
	}
	if c := &n.Counts; c.All > 0 {
		text += fmt.Sprintf("; %d proposed, %d held", c.Proposed, c.Held)
		if c.Risk > 0 {
			text += fmt.Sprintf(", %d at risk", c.Risk)
		}
		if c.Insufficient > 0 && !s.ctx.Waiting() {
			text += fmt.Sprintf(", %d without enough data", c.Insufficient)
		}
	}
	l.Put(theme.Text, text)
}
