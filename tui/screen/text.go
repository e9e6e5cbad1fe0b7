package screen

import (
	"strings"

	"github.com/trimtab/trimtab/tui/theme"
)

// Wrap breaks text from outside into lines of at most w cells, indented by
// indent cells from the second line on. A word that is longer than a line is
// broken where the line ends. Control characters become blanks.
func Wrap(text string, w, indent int) []string {
	text, _ = theme.Clean(text)
	if w <= 0 {
		return nil
	}
	if w <= indent+8 {
		indent = 0
	}
	var lines []string
	var line strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, line.String())
		line.Reset()
		line.WriteString(strings.Repeat(" ", indent))
		used = indent
	}
	empty := func() bool { return used == 0 || (len(lines) > 0 && used == indent) }
	for _, word := range strings.Fields(text) {
		n := theme.Width(word)
		if !empty() && used+1+n > w {
			flush()
		} else if !empty() {
			line.WriteByte(' ')
			used++
		}
		for n > w-used {
			head, cells := theme.Prefix(word, w-used)
			if cells == 0 { // a wide rune in a single cell
				return lines
			}
			line.WriteString(head)
			word, n = word[len(head):], n-cells
			flush()
		}
		line.WriteString(word)
		used += n
	}
	if !empty() {
		lines = append(lines, line.String())
	}
	return lines
}

// Paragraph appends text as wrapped lines in a role.
func Paragraph(dst []string, th *theme.Theme, role theme.Role, text string, w, indent int) []string {
	for _, l := range Wrap(text, w, indent) {
		dst = append(dst, th.Sprint(role, l))
	}
	return dst
}

// Fit makes exactly h lines of lines, each padded or cut to w cells, from the
// line at top on.
func Fit(th *theme.Theme, lines []string, w, h, top int) []string {
	out := make([]string, 0, h)
	for i := range h {
		text := ""
		if k := top + i; k >= 0 && k < len(lines) {
			text = lines[k]
		}
		out = append(out, th.Pad(text, w))
	}
	return out
}

// Pager scrolls through lines that do not fit.
type Pager struct{ Top, Lines, Page int }

// By scrolls by n lines.
func (p *Pager) By(n int) { p.Top += n; p.clamp() }

// Set tells how many lines there are and how many fit.
func (p *Pager) Set(lines, page int) {
	p.Lines, p.Page = lines, page
	p.clamp()
}

func (p *Pager) clamp() { p.Top = max(min(p.Top, p.Lines-p.Page), 0) }

// Bindings are the keys to scroll with.
func (p *Pager) Bindings() []Binding {
	do := func(f func()) func() Action {
		return func() Action { f(); return Action{} }
	}
	return []Binding{
		{Keys: []string{"down", "j"}, Show: "↓ j", Help: "scroll down", Group: Move, Do: do(func() { p.By(1) })},
		{Keys: []string{"up", "k"}, Show: "↑ k", Help: "scroll up", Group: Move, Do: do(func() { p.By(-1) })},
		{Keys: []string{"pgdown", "ctrl+f"}, Show: "pgdn ctrl-f", Help: "next page", Group: Move, Do: do(func() { p.By(max(p.Page, 1)) })},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup ctrl-b", Help: "previous page", Group: Move, Do: do(func() { p.By(-max(p.Page, 1)) })},
		{Keys: []string{"ctrl+u"}, Show: "ctrl-u", Help: "half a page up", Group: Move, Do: do(func() { p.By(-max(p.Page/2, 1)) })},
		{Keys: []string{"home", "g"}, Show: "g home", Help: "beginning", Group: Move, Do: do(func() { p.By(-p.Lines) })},
		{Keys: []string{"end", "G"}, Show: "G end", Help: "end", Group: Move, Do: do(func() { p.By(p.Lines) })},
	}
}

// PadTo pads the line under construction so that text of the given width ends
// at column end.
func PadTo(l *theme.Line, role theme.Role, text string, end int) {
	l.PadTo(end - theme.Width(text))
	l.Put(role, text)
}
