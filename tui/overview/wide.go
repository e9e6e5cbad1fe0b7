package overview

import (
	"slices"

	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// From this size on all panes are shown at once.
const (
	wideWidth  = 150
	wideHeight = 36
	sideWidth  = 62
)

func (s *Screen) wide() bool { return s.w >= wideWidth && s.h >= wideHeight }

// listHeight is how many lines the namespaces have in the wide layout, with
// their header.
func (s *Screen) listHeight() int { return max(s.h*3/5, 12) - 2 }

// renderWide is the panes side by side.
func (s *Screen) renderWide() []string {
	th := s.ctx.Theme
	right := s.w - sideWidth
	list := th.Box(right, s.listHeight()+2, "Namespaces", s.listNote(), true, s.tab.Render())
	if s.side == nil {
		s.side = s.panes()
		rest := s.h - len(list)
		s.proposals = th.Box(right, rest, "Largest proposals", "raises, then what is freed", false, s.largest(right-4, rest-2))
	}
	list = append(list, s.proposals...)
	lines := make([]string, s.h)
	for i := range lines {
		lines[i] = s.side[i] + list[i]
	}
	return lines
}

// panes are those at the left.
func (s *Screen) panes() []string {
	th := s.ctx.Theme
	var left []string
	pane := func(title, note string, h int, body []string) {
		left = append(left, th.Box(sideWidth, h, title, note, false, body)...)
	}
	costs := s.costs()
	pane("Cost per month", "list price", 10, costs[1:])
	use := s.usage(sideWidth - 4)
	if s.ctx.Facts.Report == nil {
		pane("Capacity", "", 7, use)
		pane("Containers", "", 4, nil)
	} else {
		pane("Capacity", "of what nodes offer", 7, use[:5])
		pane("Containers", "", 4, use[6:])
	}
	pane("Data", s.gapNote(), max(s.h-len(left), 2), s.data(sideWidth-4))
	return left
}

func (s *Screen) listNote() string { return screen.Count(len(s.rows)) }

func (s *Screen) gapNote() string {
	if r := s.ctx.Facts.Report; r != nil && len(r.Warnings) > 0 {
		return screen.Plural(len(r.Warnings), "gap") + ", E"
	}
	return ""
}

// data tells what everything rests on, and what is missing.
func (s *Screen) data(w int) []string {
	th, f := s.ctx.Theme, s.ctx.Facts
	sym := th.Symbols()
	r := f.Report
	if r == nil {
		return nil
	}
	var lines []string
	item := func(role theme.Role, text string) { lines = screen.Paragraph(lines, th, role, text, w, 2) }
	if u := r.Usage; u != nil {
		for _, name := range u.Sources {
			item(theme.Text, name)
		}
		switch {
		case f.Total.Measured > 0:
			item(theme.Muted, screen.Count(f.Total.Measured)+" of "+screen.Plural(f.Total.Counts.All, "container")+" measured over "+screen.Plural(u.Window.Days(), "day"))
		case s.ctx.Waiting():
			item(theme.Muted, "usage is being measured "+sym.Loading)
		default:
			item(theme.Caution, "no usage was measured: costs rest on requests alone")
		}
		if n := u.Scan.Queries; n > 0 {
			item(theme.Muted, screen.Count(n)+" queries, "+screen.Count(int(u.Scan.WireBytes/1_000_000))+" MB on the wire")
		}
	}
	b := &f.Basis
	text := screen.Count(b.Priced) + " of " + screen.Plural(f.Total.Nodes, "node") + " priced"
	if b.Estimates > 0 {
		text += ", " + screen.Count(b.Estimates) + " by estimate (~)"
	}
	item(theme.Muted, text)
	for _, source := range b.Sources {
		item(theme.Muted, "prices: "+source+", the oldest of "+b.Oldest.Format("2006-01-02"))
	}
	if len(r.Warnings) > 0 {
		lines = append(lines, "")
	}
	for _, err := range r.Warnings {
		item(theme.Text, sym.Risk+" "+err.Error())
		if h := hint.Of(err); h != "" {
			for _, l := range screen.Wrap(sym.Arrow+" "+h, w-2, 2) {
				lines = append(lines, "  "+th.Sprint(theme.Good, l))
			}
		}
	}
	return lines
}

// largest are the proposals that move most: raises first, then cuts. Recs come
// in that order.
func (s *Screen) largest(w, n int) []string {
	th, f := s.ctx.Theme, s.ctx.Facts
	sym := th.Symbols()
	var raises, cuts []*screen.Container
	for i := range f.Containers {
		c := &f.Containers[i]
		switch {
		case len(cuts) == n || c.Rec.Status != recommend.Proposed:
		case !c.Rec.Raise:
			cuts = append(cuts, c)
		case len(raises) < n:
			raises = append(raises, c)
		}
	}
	var lines []string
	room := n / 3
	if len(cuts) < n-room {
		room = n - len(cuts)
	}
	for _, c := range append(slices.Clip(raises[:min(len(raises), room)]), cuts...) {
		if len(lines) == n {
			break
		}
		l := th.Line()
		sign, role := sym.Lower, theme.Good
		if c.Rec.Raise {
			sign, role = sym.Raise, theme.Danger
		}
		l.Put(role, sign+" ")
		l.Put(theme.Text, th.TruncateMiddle(c.Name, 40))
		l.PadTo(44)
		l.Put(theme.Muted, th.TruncateMiddle(c.Rec.Workload.Namespace, 22))
		l.PadTo(68)
		switch {
		case c.Rec.Freed == nil:
			screen.PadTo(l, theme.Muted, screen.CPU(sym, c.Rec.FreedCPU), 77)
		case *c.Rec.Freed < 0:
			screen.PadTo(l, theme.Danger, screen.Month(f, sym, *c.Rec.Freed), 77)
		default:
			screen.PadTo(l, theme.Good, screen.Month(f, sym, *c.Rec.Freed), 77)
		}
		l.PadTo(80)
		if len(c.Rec.Reasons) > 0 && w > 90 {
			text, _ := theme.Clean(c.Rec.Reasons[0])
			l.Put(theme.Muted, th.Truncate(text, w-80))
		}
		lines = append(lines, th.Pad(l.String(), w))
	}
	if len(lines) == 0 {
		text := "nothing is proposed"
		if s.ctx.Waiting() {
			text = "usage is being measured " + sym.Loading
		}
		lines = append(lines, th.Sprint(theme.Muted, text))
	}
	return lines
}
