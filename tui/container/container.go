// Package container is the page of one container: its usage over the window
// against what it asks for, what is proposed and where that leads, and what
// all of it rests on.
package container

import (
	"cmp"

	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/chart"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// From this size on both charts are shown at once, beside all of the evidence.
const (
	wideWidth  = 140
	wideHeight = 36
)

// Screen is the page of one container.
type Screen struct {
	ctx  *screen.Context
	of   string // the container's key
	row  *screen.Container
	w, h int

	memory bool // the chart shows memory
	full   bool // the chart shows every rule
	why    bool // the full reasons in place of the chart
	pager  screen.Pager

	cpu, mem   chart.Spec
	cpuD, memD *chart.Usage
	keys       []screen.Binding
}

// New returns the page of a container by its key.
func New(ctx *screen.Context, key string) *Screen {
	s := &Screen{ctx: ctx, of: key, cpuD: chart.NewUsage(ctx.Theme), memD: chart.NewUsage(ctx.Theme)}
	s.keys = s.bindings()
	s.Refresh()
	return s
}

// Crumb is the workload and the container.
func (s *Screen) Crumb() string {
	if s.row == nil {
		return s.of
	}
	id := s.row.Rec.ID()
	return id.Workload.Name + " " + s.ctx.Theme.Symbols().Crumb + " " + id.Container
}

// SetSize gives the page's size.
func (s *Screen) SetSize(w, h int) { s.w, s.h = w, h }

// Refresh takes new facts.
func (s *Screen) Refresh() {
	s.cpuD.SetTheme(s.ctx.Theme)
	s.memD.SetTheme(s.ctx.Theme)
	if c, ok := s.ctx.Facts.Container(s.of); ok {
		s.row = c
		s.cpu, s.mem = s.specs()
	}
}

// Back leaves the reasons.
func (s *Screen) Back() bool {
	if s.why {
		s.why = false
		return true
	}
	return false
}

// Bindings are the screen's keys.
func (s *Screen) Bindings() []screen.Binding { return s.keys }

func (s *Screen) bindings() []screen.Binding {
	toggle := func(v *bool) func() screen.Action {
		return func() screen.Action { *v = !*v; return screen.Action{} }
	}
	bs := []screen.Binding{
		{Keys: []string{"m"}, Show: "m", Hint: "cpu/mem", Help: "chart of CPU or of memory", Group: screen.Look, Do: toggle(&s.memory), Off: func() string {
			if s.wide() {
				return "both charts are shown"
			}
			return ""
		}},
		{Keys: []string{"z"}, Show: "z", Hint: "zoom", Help: "chart zoomed to usage or at full scale", Group: screen.Look, Do: toggle(&s.full)},
		{Keys: []string{"d"}, Show: "d", Hint: "why", Help: "all reasons and all that was measured", Group: screen.Look, Do: func() screen.Action {
			s.why = !s.why
			s.pager.Top = 0
			return screen.Action{}
		}},
		{Keys: []string{"b"}, Show: "b", Hint: "add", Help: "put the change into the basket or take it out", Group: screen.Act, Do: func() screen.Action {
			if s.row == nil {
				return screen.Action{}
			}
			return s.ctx.Basket.Toggle([]*screen.Container{s.row})
		}},
	}
	return append(bs, s.pager.Bindings()...)
}

func (s *Screen) wide() bool { return s.w >= wideWidth && s.h >= wideHeight }

// Render draws the page.
func (s *Screen) Render() []string {
	th := s.ctx.Theme
	switch {
	case s.row == nil:
		return screen.Fit(th, []string{"", th.Sprint(theme.Muted, "   the container is not there (yet)")}, s.w, s.h, 0)
	case s.why && !s.wide():
		return s.renderWhy()
	case s.wide():
		return s.renderWide()
	}
	return s.renderSmall()
}

func (s *Screen) renderWhy() []string {
	lines := s.evidenceText(s.w - 2)
	s.pager.Set(len(lines), s.h)
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = " " + l
	}
	return screen.Fit(s.ctx.Theme, out, s.w, s.h, s.pager.Top)
}

// renderSmall is one chart above the settings and what they rest on.
func (s *Screen) renderSmall() []string {
	th := s.ctx.Theme
	below := s.settings()
	measured := s.measured()
	const gap = 3
	left := settingsWidth
	if s.w >= left+gap+measuredWidth {
		for i := range max(len(below), len(measured)) {
			a, b := "", ""
			if i < len(below) {
				a = below[i]
			}
			if i < len(measured) {
				b = measured[i]
			}
			if i < len(below) {
				below[i] = th.Pad(a, left+gap) + b
			} else {
				below = append(below, th.Pad(a, left+gap)+b)
			}
		}
	}
	reasons := s.short(s.w-2, max(2, s.h-24))
	chartHeight := max(s.h-2-len(below)-len(reasons), 3)
	spec, drawer := &s.cpu, s.cpuD
	if s.memory {
		spec, drawer = &s.mem, s.memD
	}
	spec.FullScale = s.full
	lines := make([]string, 0, s.h)
	lines = append(lines, " "+s.title(s.memory))
	for _, l := range drawer.Render(spec, s.w-2, chartHeight) {
		lines = append(lines, " "+l)
	}
	lines = append(lines, th.HLine(s.w))
	lines = append(lines, below...)
	for _, r := range reasons {
		lines = append(lines, " "+r)
	}
	return screen.Fit(th, lines, s.w, s.h, 0)
}

// renderWide is both charts at the left and everything else at the right.
func (s *Screen) renderWide() []string {
	th := s.ctx.Theme
	left := s.w * 58 / 100
	right := s.w - left
	top := s.h / 2
	s.cpu.FullScale, s.mem.FullScale = s.full, s.full
	note := "zoomed to usage (z)"
	if s.full {
		note = "full scale (z)"
	}
	a := th.Box(left, top, s.plainTitle(false), note, false, s.cpuD.Render(&s.cpu, left-4, top-2))
	b := th.Box(left, s.h-top, s.plainTitle(true), note, false, s.memD.Render(&s.mem, left-4, s.h-top-2))
	setting := s.settings()
	measured := s.measured()
	sh, mh := len(setting)+2, len(measured)+2
	c := th.Box(right, sh, "Setting", s.qos(), false, setting)
	d := th.Box(right, mh, "Measured", "worst replica", false, measured)
	text := s.evidenceText(right - 4)
	room := max(s.h-sh-mh, 2)
	s.pager.Set(len(text), room-2)
	from := min(s.pager.Top, len(text))
	e := th.Box(right, room, "Why", s.more(), s.why, text[from:])
	col := append(append(c, d...), e...)
	lines := make([]string, 0, s.h)
	for i, l := range append(a, b...) {
		r := ""
		if i < len(col) {
			r = col[i]
		}
		lines = append(lines, l+r)
	}
	return screen.Fit(th, lines, s.w, s.h, 0)
}

func (s *Screen) more() string {
	if s.pager.Lines > s.pager.Page {
		return "↓ scrolls"
	}
	return ""
}

func (s *Screen) qos() string {
	r := s.row.Rec
	if r.QOSBefore == "" {
		return ""
	}
	if r.QOSBefore == r.QOSAfter {
		return "QoS " + r.QOSBefore
	}
	return "QoS " + r.QOSBefore + " " + s.ctx.Theme.Symbols().Arrow + " " + r.QOSAfter
}

// Status is the verdict and the confidence.
func (s *Screen) Status(l *theme.Line) {
	if s.row == nil {
		return
	}
	r := s.row.Rec
	dot := " " + s.ctx.Theme.Symbols().Dot + " "
	word, role := screen.StatusWord(r, s.ctx.Waiting())
	l.Put(role, word)
	l.Put(theme.Muted, dot)
	l.Put(theme.Text, s.money())
	if g := r.Confidence.Grade; g != "" && r.Usage.Samples > 0 {
		l.Put(theme.Muted, dot+"confidence ")
		l.Put(theme.Title, g)
	}
	if s.ctx.Basket.Has(s.row.Key) {
		l.Put(theme.Muted, dot)
		l.Put(theme.Good, s.ctx.Theme.Symbols().Basket+" in the basket")
		if why := s.ctx.Basket.Drift(s.row.Key); why != "" {
			l.Put(theme.Caution, ", drifted: "+why)
		}
	}
	if q := s.qos(); q != "" && r.QOSBefore != r.QOSAfter {
		l.Put(theme.Muted, dot)
		l.Put(theme.Caution, q)
	}
	l.Put(theme.Muted, dot+r.Strategy)
}

// money says what the proposal frees and on which prices.
func (s *Screen) money() string {
	r, sym := s.row.Rec, s.ctx.Theme.Symbols()
	if r.Status != recommend.Proposed {
		if s.row.Priced {
			return "costs " + screen.Month(s.ctx.Facts, sym, s.row.Cost) + "/mo at list price"
		}
		if s.row.Pods == 0 {
			return "no pod of it runs now"
		}
		return "no price for its nodes"
	}
	amounts := screen.CPUWords(sym, r.FreedCPU)
	switch {
	case r.FreedMemory != 0 && r.FreedCPU != 0:
		amounts += " and " + screen.Memory(sym, r.FreedMemory)
	case r.FreedMemory != 0:
		amounts = screen.Memory(sym, r.FreedMemory)
	}
	switch {
	case r.Freed == nil:
		return "frees " + amounts + "; no price for its nodes"
	case *r.Freed < 0:
		return "adds " + screen.Month(s.ctx.Facts, sym, -*r.Freed) + "/mo at list price"
	}
	return "frees " + screen.Month(s.ctx.Facts, sym, *r.Freed) + "/mo at list price (" + amounts + ")"
}

// Explain says where the proposal leads, or why there is none.
func (s *Screen) Explain(l *theme.Line) {
	if s.row == nil {
		return
	}
	r, sym := s.row.Rec, s.ctx.Theme.Symbols()
	name, _ := theme.Clean(cmp.Or(s.row.Name, s.of))
	l.Put(theme.Title, name)
	text := ": " + screen.Plural(r.Replicas, "replica")
	switch {
	case r.Status == recommend.Proposed && r.Raise:
		text += "; asks for more because the present setting is a risk"
	case r.Status == recommend.Proposed && same(r.Proposed.Request.CPU, r.Target.Request.CPU) && same(r.Proposed.Request.Memory, r.Target.Request.Memory):
		text += "; the proposal is the target"
	case r.Status == recommend.Proposed:
		text += "; one step towards the target"
		if t := r.Target.Request; t.CPU != nil && t.Memory != nil {
			text += " of " + screen.CPUWords(sym, *t.CPU) + " and " + screen.Memory(sym, *t.Memory)
		}
	case s.pending():
		text += "; usage is being measured"
	default:
		text += "; " + screen.WhyNot(r)
	}
	text, _ = theme.Clean(text)
	l.Put(theme.Text, text)
}

// pending says that nothing is known yet, but will be.
func (s *Screen) pending() bool {
	return s.row.Rec.Status == recommend.InsufficientData && s.ctx.Waiting()
}

// reasons are the recommendation's, or that it is being made.
func (s *Screen) reasons() []string {
	if s.pending() {
		return []string{"usage is being measured; a proposal follows"}
	}
	return s.row.Rec.Reasons
}
