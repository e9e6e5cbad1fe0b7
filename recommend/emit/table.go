package emit

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	gap = "  " // between columns
	// Columns of text are cut to easyCut cells before any column is left out,
	// and to hardCut after that.
	easyCut = 14
	hardCut = 7
)

// writeTable writes the view as aligned columns: numbers at the right, totals
// under a rule, then what it amounts to and how to read it. Where the width
// does not suffice, long names are cut in the middle first, then columns are
// left out, which is said.
func writeTable(w io.Writer, in *Input) error {
	v := viewOf(in)
	l := layout(v, in.Width)
	b := bufio.NewWriter(w)
	titles := make([]string, len(v.columns))
	for i, c := range v.columns {
		titles[i] = c.title
	}
	l.line(b, titles)
	for _, r := range v.rows {
		l.line(b, r)
	}
	if len(v.totals) > 0 {
		rule := make([]string, len(v.columns))
		for i := range rule {
			rule[i] = strings.Repeat("─", l.widths[i])
		}
		l.line(b, rule)
		for _, r := range v.totals {
			l.line(b, r)
		}
	}
	b.WriteByte('\n')
	for _, s := range v.summary {
		wrap(b, s, in.Width)
	}
	for _, s := range v.details {
		wrap(b, s, in.Width)
	}
	if len(v.details) > 0 {
		b.WriteByte('\n')
	}
	notes := v.notes
	if len(l.left) > 0 {
		notes = append(notes, "Left out for want of width: "+strings.Join(l.left, ", ")+".")
	}
	for _, s := range notes {
		wrap(b, s, in.Width)
	}
	return b.Flush()
}

// columnLayout is how wide each column is drawn; 0 for one that is left out.
type columnLayout struct {
	columns []column
	widths  []int
	left    []string // titles of the columns left out
}

func layout(v *view, width int) *columnLayout {
	l := &columnLayout{columns: v.columns, widths: make([]int, len(v.columns))}
	for i, c := range v.columns {
		l.widths[i] = cells(c.title)
	}
	for _, rows := range [][][]string{v.rows, v.totals} {
		for _, r := range rows {
			for i, s := range r {
				l.widths[i] = max(l.widths[i], cells(plain(s)))
			}
		}
	}
	if width <= 0 {
		return l
	}
	for l.total() > width && (l.shrink(width, easyCut) || l.leaveOut() || l.shrink(width, hardCut)) {
	}
	return l
}

func (l *columnLayout) total() int {
	n := -len(gap)
	for _, w := range l.widths {
		if w > 0 {
			n += w + len(gap)
		}
	}
	return n
}

// shrink takes a part of what is too much from the widest column of text, so
// that equally long columns shrink alike; false where all are down to floor.
func (l *columnLayout) shrink(width, floor int) bool {
	widest := -1
	for i, c := range l.columns {
		if !c.right && l.widths[i] > max(floor, cells(c.title)) && (widest < 0 || l.widths[i] > l.widths[widest]) {
			widest = i
		}
	}
	if widest < 0 {
		return false
	}
	floor = max(floor, cells(l.columns[widest].title))
	l.widths[widest] -= max(1, min((l.total()-width)/4, l.widths[widest]-floor))
	return true
}

// leaveOut drops the least needed columns; false where all are needed.
func (l *columnLayout) leaveOut() bool {
	least := 0
	for i, c := range l.columns {
		if l.widths[i] > 0 {
			least = max(least, c.drop)
		}
	}
	if least == 0 {
		return false
	}
	for i, c := range l.columns {
		if c.drop == least {
			l.widths[i] = 0
			if !slices.Contains(l.left, c.title) {
				l.left = append(l.left, c.title)
			}
		}
	}
	return true
}

// line writes one row without spaces at its end.
func (l *columnLayout) line(b *bufio.Writer, row []string) {
	pending := 0 // spaces owed before the next text
	for i, s := range row {
		w := l.widths[i]
		if w == 0 {
			continue
		}
		s = cut(plain(s), w)
		pad := w - cells(s)
		if l.columns[i].right {
			pending += pad
			pad = 0
		}
		if s != "" {
			for ; pending > 0; pending-- {
				b.WriteByte(' ')
			}
			b.WriteString(s)
		}
		pending += pad + len(gap)
	}
	b.WriteByte('\n')
}

// cut is s in at most w cells: a workload's kind is abbreviated as kubectl
// does, then the middle is replaced by an ellipsis, since the ends of names
// tell more than their middles.
func cut(s string, w int) string {
	if cells(s) <= w {
		return s
	}
	if kind, name, ok := strings.Cut(s, "/"); ok {
		switch kind {
		case "Deployment":
			kind = "deploy"
		case "StatefulSet":
			kind = "sts"
		case "DaemonSet":
			kind = "ds"
		case "ReplicaSet":
			kind = "rs"
		case "CronJob":
			kind = "cj"
		}
		if s = kind + "/" + name; cells(s) <= w {
			return s
		}
	}
	head, tail := (w-1+1)/2, (w-1)/2
	var start, end int
	for n := 0; start < len(s); {
		r, size := utf8.DecodeRuneInString(s[start:])
		if n += runeCells(r); n > head {
			break
		}
		start += size
	}
	end = len(s)
	for n := 0; end > start; {
		r, size := utf8.DecodeLastRuneInString(s[:end])
		if n += runeCells(r); n > tail {
			break
		}
		end -= size
	}
	return s[:start] + "…" + s[end:]
}

// cells is how many cells of a terminal s takes.
func cells(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			for _, r := range s[i:] {
				n += runeCells(r)
			}
			return n
		}
		n++
	}
	return n
}

// runeCells is how many cells a character takes by Unicode's East Asian
// width: 0 for marks that join the one before, 2 for wide ones.
func runeCells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// wrap writes a sentence in lines of at most width cells, broken at spaces.
func wrap(b *bufio.Writer, s string, width int) {
	n := 0
	for _, word := range strings.Fields(plain(s)) {
		c := cells(word)
		switch {
		case n == 0:
		case width > 0 && n+1+c > width:
			b.WriteByte('\n')
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += c
	}
	b.WriteByte('\n')
}
