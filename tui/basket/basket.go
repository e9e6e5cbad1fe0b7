// Package basket is the screen of the changes that the user has chosen, from
// where they are exported.
package basket

import (
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

// diffHeight is how many lines show the change under the cursor.
const diffHeight = 7

// Screen is the basket.
type Screen struct {
	screen.List
	ctx  *screen.Context
	rows rows
	w, h int
	keys []screen.Binding
}

// rows are the changes; it is what the table knows of them.
type rows []row

type row struct {
	key   string
	name  string
	rec   recommend.Recommendation
	drift string
}

// Len is the number of rows.
func (r rows) Len() int { return len(r) }

// Key names a row over time.
func (r rows) Key(i int) string { return r[i].key }

// New returns the basket.
func New(ctx *screen.Context) *Screen {
	s := &Screen{ctx: ctx}
	s.List = *screen.NewList(ctx, "change", s.columns(), screen.Fields{
		Search: func(i int) string { return s.rows[i].key },
		Words: map[string]func(int) bool{
			"risk":    func(i int) bool { return s.rows[i].rec.Raise },
			"drifted": func(i int) bool { return s.rows[i].drift != "" },
		},
	})
	s.SetFlag(func(i int) (string, theme.Role) {
		sym := ctx.Theme.Symbols()
		switch {
		case s.rows[i].drift != "":
			return sym.Drift, theme.Caution
		case s.rows[i].rec.Raise:
			return sym.Risk, theme.Danger
		}
		return sym.Basket, theme.Good
	})
	s.keys = s.bindings()
	s.Refresh()
	return s
}

// Crumb names the screen.
func (s *Screen) Crumb() string { return "Change basket" }

// SetSize gives the page's size.
func (s *Screen) SetSize(w, h int) {
	s.w, s.h = w, h
	s.List.SetSize(w, max(h-diffHeight-1, min(h, 3)))
}

// Refresh takes what is in the basket now.
func (s *Screen) Refresh() {
	s.rows = s.rows[:0]
	for _, k := range s.ctx.Basket.Keys() {
		r, _ := s.ctx.Basket.Entry(k)
		s.rows = append(s.rows, row{k, r.Workload.Namespace + "/" + r.Workload.Name + " " + r.Container, r, s.ctx.Basket.Drift(k)})
	}
	s.SetTheme(s.ctx.Theme)
	s.SetEmpty("the basket is empty", "b on a proposed change puts it in; space marks several")
	s.SetRows(s.rows)
}

func (s *Screen) columns() []table.Column {
	rec := func(i int) *recommend.Recommendation { return &s.rows[i].rec }
	return []table.Column{
		{
			Title: "CHANGE", Min: 16, Max: 60, Flex: 1,
			Cell: func(c *table.Cell, i int) { c.Put(theme.Text, s.rows[i].name) },
			Text: func(i int) string { return s.rows[i].name },
		},
		{
			Title: "CPU request", Min: screen.CPUChangeWidth, Max: screen.CPUChangeWidth, Priority: 1,
			Cell: func(c *table.Cell, i int) { s.ctx.PutCPUChange(c, rec(i)) },
		},
		{
			Title: "MEM request", Min: screen.MemoryChangeWidth, Max: screen.MemoryChangeWidth, Priority: 2,
			Cell: func(c *table.Cell, i int) { s.ctx.PutMemoryChange(c, rec(i)) },
		},
		{
			Title: "FREED/MO", Min: 8, Max: 9, Align: table.Right, LargestFirst: true,
			Cell: func(c *table.Cell, i int) { s.ctx.PutFreed(c, rec(i)) },
			Value: func(i int) (float64, bool) {
				if rec(i).Freed == nil {
					return 0, false
				}
				return rec(i).Freed.Units(), true
			},
		},
		{
			Title: "C", Min: 1, Max: 2, Priority: 3,
			Cell: func(c *table.Cell, i int) { s.ctx.PutGrade(c, rec(i)) },
			Text: func(i int) string { return rec(i).Confidence.Grade },
		},
	}
}

// Bindings are the screen's keys.
func (s *Screen) Bindings() []screen.Binding { return s.keys }

func (s *Screen) bindings() []screen.Binding {
	remove := func() screen.Action {
		at := s.MarkedRows()
		if len(at) == 0 {
			i, ok := s.Selected()
			if !ok {
				return screen.Refuse("the basket is empty")
			}
			at = []int{i}
		}
		keys := make([]string, 0, len(at))
		for _, i := range at {
			keys = append(keys, s.rows[i].key)
		}
		for _, k := range keys {
			s.ctx.Basket.Remove(k)
		}
		s.ClearMarks()
		s.Refresh()
		return screen.Say(screen.Plural(len(keys), "change") + " taken out of the basket")
	}
	bs := []screen.Binding{
		{Keys: []string{"e"}, Show: "e", Hint: "export", Help: "write the basket as files", Group: screen.Act, Do: func() screen.Action { return screen.Action{Export: true} }},
		{Keys: []string{"x", "b", "delete"}, Show: "x", Hint: "remove", Help: "take the marked changes, or the one under the cursor, out", Group: screen.Act, Do: remove},
		{Keys: []string{"enter"}, Show: "enter", Hint: "open", Help: "open the container's page", Group: screen.Go, Do: func() screen.Action {
			key, ok := s.SelectedKey()
			if !ok {
				return screen.Action{}
			}
			return screen.Action{Open: screen.Place{Name: "container", Of: key}}
		}},
	}
	bs = append(bs, s.Marks()...)
	bs = append(bs, s.Sorts("", "FREED/MO", "")...)
	return append(bs, s.Moves()...)
}

// Render draws the list and the change under the cursor as a diff.
func (s *Screen) Render() []string {
	lines := append(make([]string, 0, s.h), s.Table.Render()...)
	if len(lines) < s.h {
		lines = append(lines, s.ctx.Theme.HLine(s.w))
		if i, ok := s.Selected(); ok {
			lines = append(lines, s.diff(&s.rows[i])...)
		}
	}
	return screen.Fit(s.ctx.Theme, lines, s.w, s.h, 0)
}

// diff shows the change as lines taken away and added.
func (s *Screen) diff(r *row) []string {
	th := s.ctx.Theme
	var lines []string
	put := func(role theme.Role, text string) {
		text, _ = theme.Clean(text)
		lines = append(lines, th.Sprint(role, text))
	}
	list := "containers"
	if r.rec.Sidecar {
		list = "initContainers"
	}
	put(theme.Muted, " "+r.rec.Object.String()+" spec.template.spec."+list+"["+r.rec.Container+"].resources")
	for _, part := range []struct {
		name   string
		before cluster.Resources
		after  cluster.Resources
	}{{"requests", r.rec.Current.Request, r.rec.Proposed.Request}, {"limits", r.rec.Current.Limit, r.rec.Proposed.Limit}} {
		before, after := resources(part.before), resources(part.after)
		if before == after {
			put(theme.Text, "   "+part.name+": "+before)
			continue
		}
		put(theme.Removed, " - "+part.name+": "+before)
		put(theme.Added, " + "+part.name+": "+after)
	}
	if r.drift != "" {
		put(theme.Caution, " "+th.Symbols().Drift+" left out of the export: "+r.drift)
	} else if t := r.rec.Target; !sameResources(t.Request, r.rec.Proposed.Request) || !sameResources(t.Limit, r.rec.Proposed.Limit) {
		put(theme.Muted, "   one step; the target is requests "+resources(t.Request)+", limits "+resources(t.Limit))
	}
	return lines
}

func sameResources(a, b cluster.Resources) bool { return resources(a) == resources(b) }

func resources(r cluster.Resources) string {
	text := ""
	if r.CPU != nil {
		text = "cpu: " + r.CPU.Quantity()
	}
	if r.Memory != nil {
		if text != "" {
			text += ", "
		}
		text += "memory: " + r.Memory.Quantity()
	}
	if text == "" {
		return "{}"
	}
	return "{ " + text + " }"
}

// Status is what the basket comes to.
func (s *Screen) Status(l *theme.Line) {
	s.Counts(l)
	sym := s.ctx.Theme.Symbols()
	dot := " " + sym.Dot + " "
	m, raises := s.ctx.Basket.Money()
	freed := func(role theme.Role, word string, r unit.HourlyRate) {
		l.Put(theme.Muted, dot+word+" ")
		l.Put(role, screen.Month(s.ctx.Facts, sym, r)+"/mo")
	}
	if m.Freed > 0 {
		freed(theme.Good, "frees", m.Freed)
	}
	if m.Added > 0 {
		freed(theme.Danger, "adds", m.Added)
	}
	if raises > 0 {
		l.Put(theme.Muted, dot+screen.Plural(raises, "raise"))
	}
	l.Put(theme.Muted, dot+"nothing is applied")
}

// Explain is the first reason of the change under the cursor.
func (s *Screen) Explain(l *theme.Line) {
	i, ok := s.Selected()
	if !ok {
		return
	}
	r := &s.rows[i]
	l.Put(theme.Title, r.rec.Workload.Name+" "+r.rec.Container)
	if len(r.rec.Reasons) > 0 {
		text, _ := theme.Clean(r.rec.Reasons[0])
		l.Put(theme.Text, ": "+text)
	}
}
