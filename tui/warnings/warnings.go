// Package warnings is the screen of errors and gaps: what narrows the answer,
// and what would help.
package warnings

import (
	"strings"

	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// Screen is the list of errors and gaps.
type Screen struct {
	ctx   *screen.Context
	w, h  int
	pager screen.Pager
	keys  []screen.Binding
}

// New returns the screen.
func New(ctx *screen.Context) *Screen {
	s := &Screen{ctx: ctx}
	s.keys = s.pager.Bindings()
	return s
}

// Crumb names the screen.
func (s *Screen) Crumb() string { return "Errors and gaps" }

// SetSize gives the page's size.
func (s *Screen) SetSize(w, h int) { s.w, s.h = w, h }

// Refresh has nothing to take: the page draws from the context.
func (s *Screen) Refresh() {}

// Back has nothing to take back.
func (s *Screen) Back() bool { return false }

// Bindings are the screen's keys.
func (s *Screen) Bindings() []screen.Binding { return s.keys }

// Wheel scrolls by lines.
func (s *Screen) Wheel(n int) { s.pager.By(n) }

// Click does nothing.
func (s *Screen) Click(int, int) bool { return false }

func (s *Screen) gaps() []error {
	if r := s.ctx.Facts.Report; r != nil {
		return r.Warnings
	}
	return nil
}

// Render draws the page.
func (s *Screen) Render() []string {
	th := s.ctx.Theme
	sym := th.Symbols()
	var lines []string
	section := func(role theme.Role, title string, errs []error) {
		if len(errs) == 0 {
			return
		}
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, th.Sprint(theme.Title, " "+title))
		for _, err := range errs {
			sign := " " + th.Sprint(role, sym.Risk) + " "
			for line := range strings.Lines(err.Error()) { // the stack of a defect has many
				for _, l := range screen.Wrap(strings.TrimRight(line, "\n"), s.w-6, 2) {
					lines = append(lines, sign+th.Sprint(theme.Text, l))
					sign = "   "
				}
			}
			if h := hint.Of(err); h != "" {
				for _, l := range screen.Wrap(sym.Arrow+" "+h, s.w-8, 2) {
					lines = append(lines, "     "+th.Sprint(theme.Good, l))
				}
			}
		}
	}
	var errs []error
	if s.ctx.Loading.Err != nil {
		errs = append(errs, s.ctx.Loading.Err)
	}
	section(theme.Danger, "Errors", append(errs, s.ctx.Failures...))
	section(theme.Caution, "What narrows the answer", s.gaps())
	if len(lines) == 0 {
		text := "nothing is missing"
		if s.ctx.Waiting() {
			text = "nothing is missing so far"
		}
		lines = []string{"", th.Sprint(theme.Good, " "+sym.OK+" ") + text}
	}
	s.pager.Set(len(lines), s.h)
	return screen.Fit(th, lines, s.w, s.h, s.pager.Top)
}

// Status counts.
func (s *Screen) Status(l *theme.Line) {
	n := len(s.ctx.Failures)
	if s.ctx.Loading.Err != nil {
		n++
	}
	dot := " " + s.ctx.Theme.Symbols().Dot + " "
	l.Put(theme.Text, screen.Plural(n, "error")+dot+screen.Plural(len(s.gaps()), "gap"))
	if s.pager.Lines > s.pager.Page {
		l.Put(theme.Muted, dot+"line "+screen.Count(s.pager.Top+1)+" of "+screen.Count(s.pager.Lines))
	}
}

// Explain says what a gap does.
func (s *Screen) Explain(l *theme.Line) {
	l.Put(theme.Muted, "a gap narrows the answer; "+s.ctx.Theme.Symbols().Arrow+" says what would close it")
}
