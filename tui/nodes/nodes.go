// Package nodes is the screen of nodes: what each costs, by which price, and
// how full it is.
package nodes

import (
	"strings"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/tui/chart"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

// Screen is the list of nodes.
type Screen struct {
	screen.List
	ctx  *screen.Context
	rows rows
	keys []screen.Binding
}

// rows are the nodes; it is what the table knows of them.
type rows []screen.Node

// Len is the number of rows.
func (r rows) Len() int { return len(r) }

// Key names a row over time.
func (r rows) Key(i int) string { return r[i].Node.Name }

// New returns the nodes.
func New(ctx *screen.Context) *Screen {
	s := &Screen{ctx: ctx}
	s.List = *screen.NewList(ctx, "node", s.columns(), s.fields())
	s.SetFlag(func(i int) (string, theme.Role) {
		if s.rows[i].Cost == nil {
			return ctx.Theme.Symbols().Risk, theme.Caution
		}
		return "", theme.Text
	})
	s.keys = append(append(s.Marks(), s.Sorts("$/MO", "", "")...), s.Moves()...)
	s.Refresh()
	s.SortTitle("$/MO")
	return s
}

// Crumb names the screen.
func (s *Screen) Crumb() string { return "Nodes" }

// Refresh takes new facts.
func (s *Screen) Refresh() {
	s.rows = s.ctx.Facts.Nodes
	s.SetTheme(s.ctx.Theme)
	switch {
	case s.ctx.Facts.Report == nil && s.ctx.Waiting():
		s.SetEmpty("reading the cluster", "rows appear as soon as it has been read")
	default:
		s.SetEmpty("no node could be read", "E tells why; costs need list on nodes")
	}
	s.SetRows(s.rows)
}

func (s *Screen) columns() []table.Column {
	at := func(i int) *screen.Node { return &s.rows[i] }
	text := func(title string, lo, hi, priority int, of func(*screen.Node) string) table.Column {
		return table.Column{
			Title: title, Min: lo, Max: hi, Priority: priority,
			Cell: func(c *table.Cell, i int) {
				if v := of(at(i)); v != "" {
					c.Put(theme.Text, v)
					return
				}
				c.Put(theme.Muted, s.ctx.Theme.Symbols().None)
			},
			Text: func(i int) string { return of(at(i)) },
		}
	}
	return []table.Column{
		{
			Title: "NODE", Min: 14, Max: 44, Flex: 1,
			Cell: func(c *table.Cell, i int) { c.Put(theme.Text, short(at(i).Node.Name)) },
			Text: func(i int) string { return at(i).Node.Name },
		},
		text("TYPE", 10, 16, 1, func(n *screen.Node) string {
			if n.Node.Fargate {
				return "fargate"
			}
			return n.Node.InstanceType
		}),
		text("POOL", 7, 20, 4, func(n *screen.Node) string { return n.Node.Pool }),
		text("ZONE", 10, 16, 7, func(n *screen.Node) string { return n.Node.Zone }),
		text("CAP", 9, 9, 6, func(n *screen.Node) string { return n.Node.CapacityType }),
		s.bar("CPU", 2, func(n *screen.Node) (full, requested, used float64, known bool) {
			full, requested = n.Node.Allocatable.CPU.Cores(), n.Requested.CPU.Cores()
			if n.Cost != nil {
				used, known = n.Cost.Used.CPU.Cores(), n.Cost.UsedKnown
			}
			return full, requested, used, known
		}),
		s.bar("MEMORY", 3, func(n *screen.Node) (full, requested, used float64, known bool) {
			full, requested = float64(n.Node.Allocatable.Memory), float64(n.Requested.Memory)
			if n.Cost != nil {
				used, known = float64(n.Cost.Used.Memory), n.Cost.UsedKnown
			}
			return full, requested, used, known
		}),
		{
			Title: "PODS", Min: 5, Max: 5, Align: table.Right, Priority: 8, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { c.PutInt(theme.Text, int64(at(i).Pods)) },
			Value: func(i int) (float64, bool) { return float64(at(i).Pods), true },
		},
		{
			Title: "$/MO", Min: 6, Max: 8, Align: table.Right, LargestFirst: true,
			Cell: func(c *table.Cell, i int) {
				n := at(i)
				if n.Cost == nil {
					c.Put(theme.Caution, "n/a")
					return
				}
				if n.Cost.Price.Certainty == pricing.Estimate {
					c.Put(theme.Caution, "~")
				}
				s.ctx.PutMoney(c, n.Cost.Rate, true)
			},
			Value: func(i int) (float64, bool) {
				if at(i).Cost == nil {
					return 0, false
				}
				return at(i).Cost.Rate.Units(), true
			},
		},
		text("PRICE", 12, 40, 9, s.price),
	}
}

// price is where a node's price comes from, or why there is none.
func (s *Screen) price(n *screen.Node) string {
	if n.Cost == nil {
		return "unpriced: " + n.Why
	}
	p := &n.Cost.Price
	text := p.Source
	if day := p.AsOf.Format("2006-01-02"); !p.AsOf.IsZero() && !strings.Contains(p.Source, day) {
		text += ", " + day
	}
	if p.Certainty == pricing.Estimate {
		text += ", estimate"
		if p.Error > 0 {
			text += " within " + unit.Percent(p.Error)
		}
	}
	return text
}

// short leaves out the domain that names of nodes on EKS end in.
func short(name string) string {
	if host, domain, ok := strings.Cut(name, "."); ok && strings.HasSuffix(domain, "compute.internal") || strings.HasSuffix(name, ".ec2.internal") {
		return host
	}
	return name
}

func (s *Screen) bar(title string, priority int, of func(*screen.Node) (full, requested, used float64, known bool)) table.Column {
	const width = 14
	return table.Column{
		Title: title, Min: width, Max: width, Priority: priority, LargestFirst: true,
		Cell: func(c *table.Cell, i int) {
			full, requested, used, known := of(&s.rows[i])
			values := chart.BarValues{Full: chart.At(full), Used: chart.Level{Value: used, Known: known}, Requested: chart.At(requested)}
			chart.Bar(c, s.ctx.Theme.Symbols(), width, values)
		},
		Value: func(i int) (float64, bool) {
			full, requested, _, _ := of(&s.rows[i])
			return requested / full, full > 0
		},
	}
}

func (s *Screen) fields() screen.Fields {
	at := func(i int) *screen.Node { return &s.rows[i] }
	return screen.Fields{
		Search: func(i int) string { return at(i).Search },
		Numbers: map[string]screen.Number{
			"cost": {Value: func(i int) (float64, bool) {
				if at(i).Cost == nil {
					return 0, false
				}
				return at(i).Cost.Rate.Monthly().Units(), true
			}},
			"pods": {Value: func(i int) (float64, bool) { return float64(at(i).Pods), true }},
		},
		Texts: map[string]func(int) string{
			"type": func(i int) string { return at(i).Node.InstanceType },
			"zone": func(i int) string { return at(i).Node.Zone },
			"pool": func(i int) string { return at(i).Node.Pool },
			"cap":  func(i int) string { return at(i).Node.CapacityType },
		},
		Words: map[string]func(int) bool{
			"unpriced": func(i int) bool { return at(i).Cost == nil },
			"estimate": func(i int) bool { return at(i).Cost != nil && at(i).Cost.Price.Certainty == pricing.Estimate },
			"spot":     func(i int) bool { return at(i).Node.CapacityType == "spot" },
			"cordoned": func(i int) bool { return at(i).Node.Unschedulable },
			"notready": func(i int) bool { return !at(i).Node.Ready },
			"marked":   func(i int) bool { return s.IsMarked(at(i).Node.Name) },
		},
	}
}

// Bindings are the screen's keys.
func (s *Screen) Bindings() []screen.Binding { return s.keys }

// Status is the line of counts and the legend.
func (s *Screen) Status(l *theme.Line) {
	s.Counts(l)
	th := s.ctx.Theme
	sym := th.Symbols()
	if n := s.ctx.Facts.Basis.Unpriced; n > 0 {
		l.Put(theme.Muted, " "+sym.Dot+" ")
		l.Put(theme.Caution, sym.Risk+" "+screen.Count(n)+" unpriced")
	}
	if n := s.ctx.Facts.Basis.Estimates; n > 0 {
		l.Put(theme.Muted, " "+sym.Dot+" ~ "+screen.Plural(n, "estimate"))
	}
	l.Put(theme.Muted, " "+sym.Dot+" ")
	l.Put(theme.Usage, sym.Bar.Used)
	l.Put(theme.Muted, " used (mean) ")
	l.Put(theme.Request, sym.Bar.Requested)
	l.Put(theme.Muted, " requested ")
	l.Put(theme.Rule, sym.Bar.Free)
	l.Put(theme.Muted, " free")
}

// Explain tells of the node under the cursor: its price, and what is taken.
func (s *Screen) Explain(l *theme.Line) {
	i, ok := s.Selected()
	if !ok {
		return
	}
	n, sym := &s.rows[i], s.ctx.Theme.Symbols()
	l.Put(theme.Title, n.Node.Name)
	text := ": "
	if n.Cost == nil {
		text += "no price, " + n.Why
		if n.Hint != "" {
			text += "; " + n.Hint
		}
		text, _ = theme.Clean(text)
		l.Put(theme.Caution, text)
		return
	}
	text += s.price(n)
	if b := n.Cost.Price.Basis; b != "" {
		text += " (" + b + ")"
	}
	text += "; idle " + screen.Month(s.ctx.Facts, sym, n.Cost.Idle) + "/mo; requests " +
		screen.CPU(sym, n.Requested.CPU) + " of " + screen.CPU(sym, n.Node.Allocatable.CPU) + ", " +
		screen.Memory(sym, n.Requested.Memory) + " of " + screen.Memory(sym, n.Node.Allocatable.Memory)
	if n.Node.Unschedulable {
		text += "; cordoned"
	}
	if !n.Node.Ready {
		text += "; not ready"
	}
	text, _ = theme.Clean(text)
	l.Put(theme.Text, text)
}
