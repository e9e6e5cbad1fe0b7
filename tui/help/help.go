// Package help is the screen of all keys. It is made from the bindings that
// dispatch, so it cannot drift from them.
package help

import (
	"strings"

	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// Section is the keys of one screen, or those that work everywhere.
type Section struct {
	Title string
	Keys  []screen.Binding
}

// Screen is the help.
type Screen struct {
	ctx      *screen.Context
	sections func() []Section
	w, h     int
	text     string // filter
	pager    screen.Pager
	keys     []screen.Binding
}

// New returns the help on what sections returns.
func New(ctx *screen.Context, sections func() []Section) *Screen {
	s := &Screen{ctx: ctx, sections: sections}
	s.keys = s.pager.Bindings()
	return s
}

// Crumb names the screen.
func (s *Screen) Crumb() string { return "Help" }

// SetSize gives the page's size.
func (s *Screen) SetSize(w, h int) { s.w, s.h = w, h }

// Refresh has nothing to take.
func (s *Screen) Refresh() {}

// Filter is what is searched for.
func (s *Screen) Filter() string { return s.text }

// SetFilter searches for a text.
func (s *Screen) SetFilter(text string) string {
	s.text = text
	s.pager.Top = 0
	return ""
}

// FilterHelp says what can be searched for.
func (s *Screen) FilterHelp() string { return "a key or a word of what it does" }

// Back clears the search.
func (s *Screen) Back() bool {
	had := s.text != ""
	s.text = ""
	return had
}

// Wheel scrolls by lines.
func (s *Screen) Wheel(n int) { s.pager.By(n) }

// Click does nothing.
func (s *Screen) Click(int, int) bool { return false }

// Bindings are the screen's keys.
func (s *Screen) Bindings() []screen.Binding { return s.keys }

// Render draws the page.
func (s *Screen) Render() []string {
	lines := s.lines()
	if s.w >= 150 {
		half := (len(lines) + 1) / 2
		for half < len(lines) && half > 0 && strings.TrimSpace(lines[half-1]) != "" {
			half++ // break between groups
		}
		left, right := lines[:half], lines[half:]
		both := make([]string, half)
		for i := range both {
			both[i] = s.ctx.Theme.Pad(left[i], s.w/2)
			if i < len(right) {
				both[i] += right[i]
			}
		}
		lines = both
	}
	s.pager.Set(len(lines), s.h)
	return screen.Fit(s.ctx.Theme, lines, s.w, s.h, s.pager.Top)
}

const keyWidth = 16

func (s *Screen) lines() []string {
	th := s.ctx.Theme
	var out []string
	for _, sec := range s.sections() {
		for _, g := range screen.Groups() {
			first := true
			for i := range sec.Keys {
				b := &sec.Keys[i]
				if b.Group != g || !s.match(b) {
					continue
				}
				if first {
					first = false
					if len(out) > 0 {
						out = append(out, "")
					}
					l := th.Line()
					l.Put(theme.Title, " "+string(g))
					l.Put(theme.Muted, " "+th.Symbols().Dot+" "+sec.Title)
					out = append(out, l.String())
				}
				out = append(out, s.line(b))
			}
		}
	}
	if len(out) == 0 {
		return []string{"", th.Sprint(theme.Text, "   no key has to do with "+s.text), th.Sprint(theme.Muted, "   esc clears the search")}
	}
	if s.text == "" {
		out = append(out, s.legend()...)
	}
	return out
}

func (s *Screen) match(b *screen.Binding) bool {
	t := strings.ToLower(s.text)
	return t == "" || strings.Contains(strings.ToLower(b.Help), t) || strings.Contains(strings.ToLower(b.Show), t)
}

func (s *Screen) line(b *screen.Binding) string {
	l := s.ctx.Theme.Line()
	l.Blank(3)
	why := ""
	if b.Off != nil {
		why = b.Off()
	}
	if why != "" {
		l.Put(theme.Muted, b.Show)
		l.PadTo(keyWidth)
		l.Put(theme.Muted, " "+b.Help+" (not now: "+why+")")
		return l.String()
	}
	l.Put(theme.Accent, b.Show)
	l.PadTo(keyWidth)
	l.Put(theme.Text, " "+b.Help)
	return l.String()
}

func (s *Screen) legend() []string {
	th := s.ctx.Theme
	sym := th.Symbols()
	head := func(text string) string { return th.Sprint(theme.Title, " "+text) }
	item := func(role theme.Role, sign, text string) string {
		l := th.Line()
		l.Blank(3)
		l.Put(role, sign)
		l.PadTo(keyWidth)
		l.Put(theme.Text, " "+text)
		return l.String()
	}
	return []string{
		"", head("Signs"),
		item(theme.Title, sym.Cursor, "under the cursor"),
		item(theme.Accent, sym.Mark, "marked"),
		item(theme.Good, sym.Basket, "in the basket"),
		item(theme.Caution, sym.Drift, "in the basket, but not proposed any more"),
		item(theme.Danger, sym.Risk, "at risk: the present setting is too small"),
		item(theme.Caution, sym.Held, "held: a person must decide first"),
		item(theme.Good, sym.Lower, "lower"),
		item(theme.Danger, sym.Raise, "raise"),
		item(theme.Muted, sym.Keep, "keep"),
		item(theme.Muted, sym.Loading, "not known yet"),
		item(theme.Muted, "n/a", "not measured"),
		item(theme.Muted, sym.None, "not applicable"),
		"", head("Confidence"),
		item(theme.Good, "A", "a full week or more, fine samples, every hour"),
		item(theme.Text, "B", "a few days, coarse samples or gaps"),
		item(theme.Caution, "C", "two days, or large gaps"),
		item(theme.Muted, "D", "less than two days, or nothing"),
	}
}

// Status says what is searched for.
func (s *Screen) Status(l *theme.Line) {
	l.Put(theme.Text, screen.Plural(s.pager.Lines, "line"))
	if s.pager.Lines > s.pager.Page {
		l.Put(theme.Muted, " "+s.ctx.Theme.Symbols().Dot+" from "+screen.Count(s.pager.Top+1))
	}
	if s.text != "" {
		l.Put(theme.Muted, " "+s.ctx.Theme.Symbols().Dot+" search ")
		l.Put(theme.Accent, s.text)
	}
}

// Explain says what trimtab does not do.
func (s *Screen) Explain(l *theme.Line) {
	l.Put(theme.Muted, "trimtab only reads: nothing is ever written to the cluster")
}
