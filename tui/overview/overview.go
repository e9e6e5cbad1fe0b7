// Package overview is the first screen: what the cluster costs, what of it is
// not needed, what must be added, and where to look first.
package overview

import (
	"fmt"
	"strings"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/tui/chart"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

// costWidth is the width of the panel of costs.
const costWidth = 38

// Screen is the overview.
type Screen struct {
	ctx  *screen.Context
	tab  *table.Table
	rows rows
	w, h int
	keys []screen.Binding

	// What does not change between two Refreshes at one size.
	side, proposals []string
}

// rows are the namespaces; it is what the table knows of them.
type rows []screen.Namespace

// Len is the number of rows.
func (r rows) Len() int { return len(r) }

// Key names a row over time.
func (r rows) Key(i int) string { return r[i].Name }

// New returns the overview.
func New(ctx *screen.Context) *Screen {
	s := &Screen{ctx: ctx}
	at := func(i int) *screen.Namespace { return &s.rows[i] }
	s.tab = table.New(ctx.Theme, []table.Column{
		{
			Title: "NAMESPACE", Min: 12, Max: 40, Flex: 1,
			Cell: func(c *table.Cell, i int) { c.Put(theme.Text, at(i).Name) },
			Text: func(i int) string { return at(i).Name },
		},
		{
			Title: "$/MO", Min: 7, Max: 10, Align: table.Right, Priority: 1, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { s.ctx.PutMoney(c, at(i).Cost, at(i).Priced) },
			Value: func(i int) (float64, bool) { return at(i).Cost.Units(), at(i).Priced },
		},
		{
			Title: "SHARE", Min: 10, Max: 24, Flex: 1, Priority: 4,
			Cell: func(c *table.Cell, i int) {
				if total := s.total(); total > 0 && at(i).Priced {
					chart.Length(c, s.ctx.Theme.Symbols(), theme.Accent, 10, at(i).Cost.Units()/total)
				}
			},
		},
		{
			Title: "FREED", Min: 7, Max: 10, Align: table.Right, Priority: 0, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { s.ctx.PutFreedSum(c, &at(i).Money, &at(i).Counts) },
			Value: func(i int) (float64, bool) { return at(i).Money.Net().Units(), at(i).Counts.Proposed > 0 },
		},
		s.ctx.UsageColumn("CPU used / req", 6, func(i int) screen.Levels { return at(i).CPU() }),
		s.ctx.UsageColumn("MEM used / req", 7, func(i int) screen.Levels { return at(i).Memory() }),
		s.count("RISK", 2, func(n *screen.Namespace) int { return n.Counts.Risk }),
		s.count("PROPOSED", 3, func(n *screen.Namespace) int { return n.Counts.Proposed }),
		s.count("HELD", 5, func(n *screen.Namespace) int { return n.Counts.Held }),
	})
	s.tab.SetMore(true)
	s.tab.SetFlag(func(i int) (string, theme.Role) {
		if s.rows[i].Counts.Risk > 0 {
			return ctx.Theme.Symbols().Risk, theme.Danger
		}
		return "", theme.Text
	})
	s.keys = s.bindings()
	s.Refresh()
	s.tab.SortBy(1)
	return s
}

func (s *Screen) total() float64 {
	if r := s.ctx.Facts.Report; r != nil && r.Allocation != nil {
		return r.Allocation.Total.Units()
	}
	return 0
}

func (s *Screen) count(title string, priority int, n func(*screen.Namespace) int) table.Column {
	return table.Column{
		Title: title, Min: len(title) + 1, Max: len(title) + 1, Align: table.Right, Priority: priority, LargestFirst: true,
		Cell: func(c *table.Cell, i int) {
			if v := n(&s.rows[i]); v > 0 {
				c.PutBytes(theme.Text, screen.AppendCount(c.Scratch(), v))
				return
			}
			c.Put(theme.Muted, s.ctx.Theme.Symbols().None)
		},
		Value: func(i int) (float64, bool) { return float64(n(&s.rows[i])), true },
	}
}

// Crumb names the screen.
func (s *Screen) Crumb() string { return "Overview" }

// SetSize gives the page's size.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.side, s.proposals = nil, nil
	if s.wide() {
		s.tab.SetSize(w-sideWidth-4, s.listHeight())
		return
	}
	s.tab.SetSize(w, max(h-s.panelHeight()-1, 0))
}

func (s *Screen) panelHeight() int { return min(8, max(s.h-2, 0)) }

// origin is where the list of namespaces begins on the page.
func (s *Screen) origin() (x, y int) {
	if s.wide() {
		return sideWidth + 2, 1
	}
	return 0, s.panelHeight() + 1
}

// Refresh takes new facts.
func (s *Screen) Refresh() {
	s.rows = s.ctx.Facts.Namespaces
	s.side, s.proposals = nil, nil
	s.tab.SetTheme(s.ctx.Theme)
	switch {
	case s.ctx.Facts.Report != nil:
		s.tab.SetEmpty("no namespace could be read", "E tells why")
	case s.ctx.Waiting():
		s.tab.SetEmpty("reading the cluster", "the bill comes first, usage after it")
	default:
		s.tab.SetEmpty("nothing could be read", "E tells why and what helps")
	}
	s.tab.SetRows(s.rows)
}

// Hold keeps the order of the rows while the user is at the keys.
func (s *Screen) Hold(on bool) { s.tab.SetHold(on) }

// Back has nothing to take back.
func (s *Screen) Back() bool { return false }

// Click selects a row.
func (s *Screen) Click(x, y int) (open bool) {
	left, top := s.origin()
	hit := s.tab.At(x-left, y-top)
	switch hit.Part {
	case table.HeaderPart:
		s.tab.SortBy(hit.Column)
	case table.RowPart:
		open = hit.Position == s.tab.Position()
		s.tab.MoveTo(hit.Position)
	}
	return open
}

// Wheel scrolls by lines.
func (s *Screen) Wheel(n int) { s.tab.ScrollRows(n) }

// CursorLine is the line of the cursor.
func (s *Screen) CursorLine() (y int, ok bool) {
	y, ok = s.tab.CursorLine()
	_, top := s.origin()
	return y + top, ok
}

// SelectedKey is the namespace under the cursor.
func (s *Screen) SelectedKey() (string, bool) { return s.tab.SelectedKey() }

// Bindings are the screen's keys.
func (s *Screen) Bindings() []screen.Binding { return s.keys }

func (s *Screen) bindings() []screen.Binding {
	do := func(f func()) func() screen.Action {
		return func() screen.Action { f(); return screen.Action{} }
	}
	return []screen.Binding{
		{
			Keys: []string{"enter"}, Show: "enter", Hint: "open", Help: "open the namespace's workloads", Group: screen.Go,
			Do: func() screen.Action {
				key, ok := s.tab.SelectedKey()
				if !ok {
					return screen.Action{}
				}
				return screen.Action{Open: screen.Place{Name: "workloads", Of: key}}
			},
		},
		{
			Keys: []string{"tab", "0"}, Show: "tab", Hint: "namespaces", Help: "all namespaces with their usage", Group: screen.Go,
			Do: func() screen.Action { return screen.Action{Open: screen.Place{Name: "namespaces"}} },
		},
		{Keys: []string{"down", "j"}, Show: "↓ j", Help: "next row", Group: screen.Move, Do: do(func() { s.tab.MoveBy(1) })},
		{Keys: []string{"up", "k"}, Show: "↑ k", Help: "previous row", Group: screen.Move, Do: do(func() { s.tab.MoveBy(-1) })},
		{Keys: []string{"pgdown", "ctrl+f"}, Show: "pgdn ctrl-f", Help: "next page", Group: screen.Move, Do: do(func() { s.tab.PageBy(1) })},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup ctrl-b", Help: "previous page", Group: screen.Move, Do: do(func() { s.tab.PageBy(-1) })},
		{Keys: []string{"ctrl+u"}, Show: "ctrl-u", Help: "half a page up", Group: screen.Move, Do: do(func() { s.tab.HalfPageBy(-1) })},
		{Keys: []string{"home", "g"}, Show: "g home", Help: "first row", Group: screen.Move, Do: do(s.tab.Home)},
		{Keys: []string{"end", "G"}, Show: "G end", Help: "last row", Group: screen.Move, Do: do(s.tab.End)},
		{Keys: []string{"C", "shift+c"}, Show: "shift-c", Help: "sort by cost", Group: screen.Order, Do: do(func() { s.tab.SortBy(1) })},
		{Keys: []string{"V", "shift+v"}, Show: "shift-v", Help: "sort by what is freed", Group: screen.Order, Do: do(func() { s.tab.SortBy(3) })},
		{Keys: []string{"R", "shift+r"}, Show: "shift-r", Help: "sort by risk", Group: screen.Order, Do: do(func() { s.tab.SortBy(6) })},
	}
}

// Render draws the page.
func (s *Screen) Render() []string {
	if s.wide() {
		return s.renderWide()
	}
	th := s.ctx.Theme
	ph := s.panelHeight()
	lines := make([]string, 0, s.h)
	if s.side == nil {
		s.side = s.panel(ph)
	}
	lines = append(lines, s.side...)
	lines = append(lines, s.tab.Render()...)
	return screen.Fit(th, lines, s.w, s.h, 0)
}

// panel is the costs beside the capacity, h lines high, and a rule.
func (s *Screen) panel(h int) []string {
	th := s.ctx.Theme
	cost, use := s.costs(), s.usage(max(s.w-costWidth-3, 10))
	bar := th.Sprint(theme.Rule, th.Symbols().Box.Vertical)
	lines := make([]string, 0, h+1)
	for i := range h {
		left, right := "", ""
		if i < len(cost) {
			left = cost[i]
		}
		if i < len(use) {
			right = use[i]
		}
		lines = append(lines, th.Pad(left, costWidth)+bar+"  "+right)
	}
	return append(lines, th.HLine(s.w))
}

// costs is the bill and what proposals would do to it.
func (s *Screen) costs() []string {
	f, th := s.ctx.Facts, s.ctx.Theme
	sym := th.Symbols()
	head := th.Line()
	head.Put(theme.Title, " COST per month")
	lines := []string{head.String()}
	row := func(role theme.Role, name, value, note string) {
		l := th.Line()
		l.Put(theme.Muted, "   "+name)
		screen.PadTo(l, role, value, 25)
		if note != "" {
			screen.PadTo(l, theme.Muted, note, 36)
		}
		lines = append(lines, l.String())
	}
	if f.Report == nil || f.Report.Allocation == nil {
		word := sym.Loading
		if !s.ctx.Waiting() {
			word = "n/a"
		}
		for _, name := range []string{"nodes", "idle", "overhead", "freed", "must add"} {
			row(theme.Muted, name, word, "")
		}
		return lines
	}
	a := f.Report.Allocation
	money := func(r unit.HourlyRate) string { return screen.Month(f, sym, r) }
	share := func(r unit.HourlyRate) string {
		if a.Total <= 0 {
			return ""
		}
		return unit.Percent(r.Units() / a.Total.Units())
	}
	switch {
	case f.Basis.Priced == 0 && f.Total.Nodes == 0:
		row(theme.Caution, "nodes", "n/a", "none read")
	case f.Basis.Priced == 0:
		row(theme.Caution, "nodes", "n/a", "no prices")
	default:
		row(theme.Title, "nodes", money(a.Total), "")
		row(theme.Text, "idle", money(a.Idle), share(a.Idle))
		row(theme.Text, "overhead", money(a.Overhead), share(a.Overhead))
	}
	m := &f.Total.Money
	waiting := f.Total.Counts.Proposed == 0 && s.ctx.Waiting()
	switch {
	case waiting:
		row(theme.Muted, "freed", sym.Loading, "")
		row(theme.Muted, "must add", sym.Loading, "")
	case f.Total.Counts.Insufficient == f.Total.Counts.All:
		row(theme.Muted, "freed", "n/a", "no usage")
		row(theme.Muted, "must add", "n/a", "no usage")
	case f.Basis.Priced == 0:
		row(theme.Good, "freed", screen.CPU(sym, m.FreedCPU), screen.Memory(sym, m.FreedMemory))
	default:
		row(theme.Good, "freed", money(m.Freed), share(m.Freed))
		row(theme.Danger, "must add", money(m.Added), "raises")
		if m.Unpriced > 0 {
			row(theme.Muted, "  and unpriced", screen.CPU(sym, m.FreedCPU), screen.Memory(sym, m.FreedMemory))
		}
	}
	if n := f.Basis.Unpriced; n > 0 {
		l := th.Line()
		l.Put(theme.Caution, "   "+sym.Risk+" "+screen.Plural(n, "unpriced node"))
		l.Put(theme.Muted, ": in no sum")
		lines = append(lines, l.String())
	}
	return lines
}

// usage is what is requested and used of what the nodes can give, and how many
// containers are in which state.
func (s *Screen) usage(w int) []string {
	f, th := s.ctx.Facts, s.ctx.Theme
	sym := th.Symbols()
	t := &f.Total
	if f.Report == nil {
		if !s.ctx.Waiting() {
			return []string{th.Sprint(theme.Caution, "nothing could be read; E tells why")}
		}
		return []string{th.Sprint(theme.Muted, strings.TrimSpace(s.ctx.Loading.Stage+" "+sym.Loading))}
	}
	bar := min(max(w-22, 10), 44)
	lines := []string{
		s.bar("CPU", "requested", bar, t.Requested.CPU.Cores(), t.Allocatable.CPU.Cores(), true, false),
		s.bar("", "used", bar, t.Used.CPU, t.Allocatable.CPU.Cores(), t.Used.CPUKnown, true),
		s.bar("MEM", "requested", bar, float64(t.Requested.Memory), float64(t.Allocatable.Memory), true, false),
		s.bar("", "used", bar, t.Used.Memory, float64(t.Allocatable.Memory), t.Used.MemoryKnown, true),
	}
	dot := " " + sym.Dot + " "
	l := th.Line()
	l.Put(theme.Text, screen.Plural(t.Nodes, "node"))
	if t.Spot > 0 {
		l.Put(theme.Muted, fmt.Sprintf(", %d spot", t.Spot))
	}
	l.Put(theme.Text, dot+screen.Plural(t.Pods, "pod"))
	if t.Pending > 0 {
		l.Put(theme.Caution, dot+screen.Count(t.Pending)+" pending")
	}
	lines = append(lines, l.String(), "")
	return append(lines, s.states()...)
}

func (s *Screen) bar(head, name string, width int, v, full float64, known, mean bool) string {
	th := s.ctx.Theme
	sym := th.Symbols()
	l := th.Line()
	l.Put(theme.Title, head)
	l.PadTo(4)
	l.Put(theme.Muted, name)
	l.PadTo(14)
	values := chart.BarValues{Full: chart.At(full), Used: chart.Level{Value: v, Known: known && mean}, Requested: chart.Level{Value: v, Known: known && !mean}}
	if !mean {
		values.Used = chart.At(0)
	}
	chart.Bar(l, sym, width, values)
	text := "n/a"
	switch {
	case known && full > 0:
		text = unit.Percent(v / full)
	case !known && s.ctx.Waiting():
		text = sym.Loading
	}
	screen.PadTo(l, theme.Text, text, 14+width+6)
	return l.String()
}

// states counts containers by what is to be done about them.
func (s *Screen) states() []string {
	th := s.ctx.Theme
	sym := th.Symbols()
	c := &s.ctx.Facts.Total.Counts
	open := s.ctx.Waiting() && c.Insufficient > 0
	l := th.Line()
	put := func(role theme.Role, sign string, n int, word string) {
		if l.Width() > 0 {
			l.Put(theme.Muted, "   ")
		}
		l.Put(role, sign+" ")
		if n == 0 && open {
			l.Put(theme.Muted, sym.Loading)
		} else {
			l.Put(theme.Title, screen.Count(n))
		}
		l.Put(theme.Muted, " "+word)
	}
	put(theme.Danger, sym.Risk, c.Risk, "at risk")
	put(theme.Good, sym.Lower, c.Proposed, "proposed")
	first := l.String()
	l = th.Line()
	put(theme.Caution, sym.Held, c.Held, "held")
	put(theme.Muted, sym.Keep, c.Keep, "keep")
	word := "no data"
	if s.ctx.Waiting() {
		word = "measuring"
	}
	put(theme.Muted, "?", c.Insufficient, word)
	return []string{first, l.String()}
}

// Status is the counts and what the words mean.
func (s *Screen) Status(l *theme.Line) {
	sym := s.ctx.Theme.Symbols()
	l.Put(theme.Text, screen.Plural(len(s.rows), "namespace"))
	if col, desc := s.tab.Sort(); col >= 0 {
		arrow := sym.SortUp
		if desc {
			arrow = sym.SortDown
		}
		l.Put(theme.Muted, " "+sym.Dot+" sort "+[]string{"NAMESPACE", "$/MO", "SHARE", "FREED", "CPU", "MEM", "RISK", "PROPOSED", "HELD"}[col]+" "+arrow)
	}
	if r := s.ctx.Facts.Report; r != nil && len(r.Warnings) > 0 {
		l.Put(theme.Muted, " "+sym.Dot+" ")
		l.Put(theme.Caution, screen.Plural(len(r.Warnings), "gap"))
		l.Put(theme.Muted, " (E)")
	}
	l.Put(theme.Muted, " "+sym.Dot+" freed: no longer asked for")
	if s.ctx.Roomy {
		l.Put(theme.Muted, " "+sym.Dot+" used: mean of the window")
	}
}

// Explain sums up the namespace under the cursor.
func (s *Screen) Explain(l *theme.Line) {
	i, ok := s.tab.Selected()
	if !ok {
		return
	}
	n := &s.rows[i]
	l.Put(theme.Title, n.Name)
	text := ": " + screen.Plural(n.Workloads, "workload") + ", " + screen.Plural(n.Pods, "pod")
	if n.Used.CPUKnown && n.Request.CPU > 0 {
		text += "; uses " + unit.Percent(n.Used.CPU/n.Request.CPU.Cores()) + " of its CPU request"
	}
	if n.Counts.Risk > 0 {
		text += "; " + screen.Count(n.Counts.Risk) + " at risk"
	}
	l.Put(theme.Text, text)
}
