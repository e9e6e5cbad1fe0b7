package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// The frame around a page: three lines above, five below.
const (
	headLines  = 3
	footLines  = 4
	frameLines = headLines + footLines
	mostHints  = 9
)

// View returns the frame. It is composed only after a message that changed
// something: the program asks for it after every message.
func (a *App) View() tea.View {
	if a.dirty {
		a.compose()
		a.dirty = false
	}
	v := tea.NewView(a.frame)
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "trimtab"
	v.Cursor = a.cursor
	return v
}

// compose draws the frame: exactly a.h lines of at most a.w cells.
func (a *App) compose() {
	a.cursor = nil
	if a.w <= 0 || a.h <= 0 {
		a.frame = ""
		return
	}
	var lines []string
	if a.small() {
		lines = a.tooSmall()
	} else {
		lines = a.lines()
	}
	var b strings.Builder
	n := a.h
	for _, l := range lines {
		n += len(l)
	}
	b.Grow(n)
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l)
	}
	a.frame = b.String()
	if a.dialog != nil && !a.small() {
		a.cursor = nil
		a.frame = a.dialog.over(a.ctx.Theme, a.frame, a.w, a.h)
	}
}

func (a *App) lines() []string {
	th := a.ctx.Theme
	rule := th.HLine(a.w)
	page := a.top().Render()
	lines := make([]string, 0, a.h)
	lines = append(lines, a.where(), a.crumbs(), rule)
	lines = append(lines, page...)
	lines = append(lines, rule, a.status())
	if a.prompt != nil {
		text, x := a.prompt.line(th, a.w)
		lines = append(lines, th.Pad(text, a.w), th.Pad(" "+th.Sprint(theme.Muted, a.promptHelp()), a.w))
		a.cursor = tea.NewCursor(min(x, a.w-1), a.h-2)
		return lines
	}
	if c, ok := a.top().(screen.Cursor); ok {
		if y, ok := c.CursorLine(); ok {
			// Screen readers follow the terminal's cursor.
			a.cursor = tea.NewCursor(0, headLines+y)
			a.cursor.Shape = tea.CursorBar
			a.cursor.Blink = false
		}
	}
	return append(lines, a.explain(), a.hints())
}

func (a *App) promptHelp() string {
	if a.prompt.filter != nil {
		return "enter keeps  esc clears  " + a.prompt.help
	}
	return "enter runs  esc leaves  " + a.prompt.help
}

func (a *App) tooSmall() []string {
	th := a.ctx.Theme
	x := "×"
	if th.Symbols().Glyphs == theme.ASCII {
		x = "x"
	}
	size := func(w, h int) string { return screen.Count(w) + x + screen.Count(h) }
	state := "(state is kept)"
	if a.dialog != nil {
		state = "quit? y yes, esc no"
	}
	return screen.Fit(th, []string{
		" trimtab needs " + size(minWidth, minHeight),
		" now " + size(a.w, a.h),
		" q quit " + th.Symbols().Dot + " resize to go on",
		" " + state,
	}, a.w, a.h, 0)
}

// where is the first line: what is looked at, and how fresh it is.
func (a *App) where() string {
	th, f := a.ctx.Theme, a.ctx.Facts
	sym := th.Symbols()
	right := th.Line()
	a.freshness(right)
	name, _ := theme.Clean(a.ctx.Where)
	scope, window := "ns all", ""
	if f.Report != nil && f.Report.Snapshot != nil && f.Report.Snapshot.Scope != "" {
		scope = "ns " + f.Report.Snapshot.Scope
	}
	if w, ok := f.Window(); ok {
		window = screen.Count(w.Days()) + "d"
	}
	// The least important last: what does not fit is left out.
	parts := []struct {
		role theme.Role
		text string
	}{
		{theme.Title, th.TruncateMiddle(name, max(a.w/3, 20))},
		{theme.Text, scope},
		{theme.Text, window},
		{theme.Text, a.ctx.Strategy},
		{theme.Text, a.basis(a.w)},
	}
	room := a.w - right.Width() - 2
	l := th.Line()
	for _, p := range parts {
		sep := " "
		if l.Width() > 0 {
			sep = " " + sym.Box.Separator + " "
		}
		if p.text == "" {
			continue
		}
		text, _ := theme.Clean(p.text)
		left := room - l.Width() - theme.Width(sep)
		if left < min(theme.Width(text), 10) {
			continue
		}
		if i := strings.Index(text, " 2"); i > 0 && theme.Width(text) > left && strings.HasPrefix(text, "list price") {
			text = text[:i] // without the date rather than with half of it
		}
		l.Put(theme.Rule, sep)
		l.Put(p.role, th.Truncate(text, left))
	}
	l.PadTo(a.w - right.Width() - 1)
	return l.String() + right.String() + " "
}

// basis is what the prices rest on: always list prices, of which date.
func (a *App) basis(w int) string {
	b := &a.ctx.Facts.Basis
	if a.ctx.Facts.Report == nil {
		return ""
	}
	if b.Priced == 0 {
		return "no prices"
	}
	text := "list price"
	if !b.Oldest.IsZero() {
		text += " " + b.Oldest.Format("2006-01-02")
	}
	if len(b.Sources) > 0 && w >= 100 {
		text += ", " + strings.Join(b.Sources, "+")
	}
	if b.Estimates > 0 {
		text += " ~"
	}
	return text
}

// freshness is the progress while loading and the time of the snapshot after.
func (a *App) freshness(l *theme.Line) {
	sym := a.ctx.Theme.Symbols()
	ld := &a.ctx.Loading
	switch {
	case ld.Err != nil:
		l.Put(theme.Danger, sym.Risk+" stopped")
		l.Put(theme.Muted, ", E: why")
	case !ld.Done && ld.Progress != nil && ld.Progress.Total > 0:
		p := ld.Progress
		stage, _ := theme.Clean(p.Stage)
		l.Put(theme.Accent, sym.Loading+" "+stage+" "+screen.Count(p.Done)+" of "+screen.Count(p.Total))
		if p.Bytes > 0 {
			l.Put(theme.Muted, ", "+megabytes(p.Bytes))
		}
	case !ld.Done:
		stage, _ := theme.Clean(ld.Stage)
		l.Put(theme.Accent, sym.Loading+" "+stage)
	default:
		if r := a.ctx.Facts.Report; r != nil && r.Snapshot != nil && !r.Snapshot.TakenAt.IsZero() {
			l.Put(theme.Good, sym.Live)
			l.Put(theme.Muted, " as of "+r.Snapshot.TakenAt.In(a.ctx.Location).Format("15:04"))
		}
	}
}

func megabytes(n int64) string {
	if n < 1_000_000 {
		return screen.Count(int(n/1000)) + " kB"
	}
	return screen.Count(int(n/1_000_000)) + " MB"
}

// crumbs is the second line: where in the program, and the basket.
func (a *App) crumbs() string {
	th := a.ctx.Theme
	right := th.Line()
	a.basketSum(right)
	room := a.w - right.Width() - 3
	first := 0
	names := make([]string, len(a.pages))
	width := 0
	for i, p := range a.pages {
		names[i], _ = theme.Clean(p.Crumb())
		width += theme.Width(names[i]) + 3
	}
	for first < len(names)-1 && width > room { // the nearest crumbs count
		width -= theme.Width(names[first]) + 3
		first++
	}
	l := th.Line()
	l.Blank(1)
	for i := first; i < len(names); i++ {
		if i > first {
			l.Put(theme.Rule, " "+th.Symbols().Crumb+" ")
		}
		role := theme.Muted
		if i == len(names)-1 {
			role = theme.Title
		}
		l.Put(role, th.TruncateMiddle(names[i], max(room-l.Width(), 1)))
	}
	if f, ok := a.top().(screen.Filterer); ok && f.Filter() != "" && l.Width()+12 < room {
		text, _ := theme.Clean(" /" + f.Filter())
		l.Put(theme.Accent, th.Truncate(text, room-l.Width()))
	}
	l.PadTo(a.w - right.Width() - 1)
	return l.String() + right.String() + " "
}

func (a *App) basketSum(l *theme.Line) {
	b := a.ctx.Basket
	l.Put(theme.Muted, "read-only ")
	l.Put(theme.Rule, a.ctx.Theme.Symbols().Box.Separator)
	if b.Len() == 0 {
		l.Put(theme.Muted, " basket empty")
		return
	}
	m, _ := b.Money()
	l.Put(theme.Text, " basket ")
	l.Put(theme.Title, screen.Count(b.Len()))
	l.Put(theme.Muted, " "+a.ctx.Theme.Symbols().Dot+" ")
	sym := a.ctx.Theme.Symbols()
	switch net := m.Net(); {
	case m.Freed == 0 && m.Added == 0 && m.Unpriced > 0:
		l.Put(theme.Text, screen.CPU(sym, m.FreedCPU)+" freed")
	case net >= 0:
		l.Put(theme.Good, screen.Month(a.ctx.Facts, sym, net)+"/mo freed")
	default:
		l.Put(theme.Danger, "+"+screen.Month(a.ctx.Facts, sym, -net)+"/mo")
	}
}

// status is a note for the user, an error, or the screen's counts.
func (a *App) status() string {
	th := a.ctx.Theme
	sym := th.Symbols()
	l := th.Line()
	l.Blank(1)
	switch {
	case a.note.text != "" && a.note.wrong:
		l.Put(theme.Danger, sym.Risk+" ")
		l.Put(theme.Text, a.note.text)
	case a.note.text != "":
		l.Put(theme.Good, sym.OK+" ")
		l.Put(theme.Text, a.note.text)
	case a.ctx.Loading.Err != nil && !a.seenErrors:
		text := firstLine(a.ctx.Loading.Err)
		l.Put(theme.Danger, sym.Risk+" ")
		l.Put(theme.Text, th.Truncate(text, a.w-24))
		l.Put(theme.Muted, "  E: what helps")
	default:
		a.top().Status(l)
	}
	return th.Pad(l.String(), a.w)
}

// firstLine is an error without what may follow it, such as a stack.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	text, _ = theme.Clean(text)
	return text
}

// explain is the sentence on what is under the cursor.
func (a *App) explain() string {
	th := a.ctx.Theme
	l := th.Line()
	l.Blank(1)
	a.top().Explain(l)
	return th.Pad(l.String(), a.w)
}

// hints are the keys worth knowing here, made from the bindings that dispatch.
func (a *App) hints() string {
	th := a.ctx.Theme
	l := th.Line()
	// What is always said has its room kept.
	const tail = 2 + len("? help")
	n := 0
	put := func(b *screen.Binding, room int) {
		need := theme.Width(b.Show) + 1 + theme.Width(b.Hint)
		if l.Width() > 0 {
			need += 2
		}
		if l.Width()+1+need > room {
			return
		}
		l.Blank(min(l.Width()+1, 2))
		l.Put(theme.Accent, b.Show)
		l.Put(theme.Muted, " "+b.Hint)
		n++
	}
	var last *screen.Binding
	for _, list := range [][]screen.Binding{a.top().Bindings(), a.global} {
		for i := range list {
			b := &list[i]
			switch {
			case b.Hint == "" || n >= mostHints-1:
			case b.Show == "?":
				last = b
			case b.Show == "esc" && len(a.pages) == 1:
			case b.Off != nil && b.Off() != "":
			case a.pages[len(a.pages)-1].at.Name == b.Hint:
			default:
				put(b, a.w-tail)
			}
		}
	}
	if last == nil {
		for i := range a.global {
			if a.global[i].Show == "?" {
				last = &a.global[i]
			}
		}
	}
	put(last, a.w)
	return th.Pad(l.String(), a.w)
}
