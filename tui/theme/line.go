package theme

import "strings"

// Painter takes text piece by piece, each with a role. A [Line] and a table's
// cell are painters, so bars and sparklines can be drawn into either.
type Painter interface {
	// Put adds text in a role. The text must hold no escape sequence.
	Put(r Role, text string)
}

// Line builds one line of styled text and knows its width. Make one with
// [Theme.Line].
type Line struct {
	th *Theme
	b  strings.Builder
	w  int
}

// Line returns an empty line.
func (t *Theme) Line() *Line { return &Line{th: t} }

// Put adds text in a role.
func (l *Line) Put(r Role, text string) {
	l.th.Paint(&l.b, r, text)
	l.w += Width(text)
}

// Blank adds n spaces; none for n below one.
func (l *Line) Blank(n int) {
	for ; n > 0; n -= len(blanks) {
		k := min(n, len(blanks))
		l.b.WriteString(blanks[:k])
		l.w += k
	}
}

// PadTo adds spaces until the line is w cells wide; a longer line stays.
func (l *Line) PadTo(w int) { l.Blank(w - l.w) }

// Width returns how many cells the line takes.
func (l *Line) Width() int { return l.w }

// String returns the line with its escape sequences.
func (l *Line) String() string { return l.b.String() }
