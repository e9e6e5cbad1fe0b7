package chart

import (
	"strconv"

	"github.com/trimtab/trimtab/tui/theme"
)

// HistRow is one bucket of a histogram.
type HistRow struct {
	Label string  // its range, right-aligned
	Count float64 // at or below 0, or NaN: no bar
	Text  string  // the count as shown; the number itself where it is empty
	Note  string  // what falls into the bucket: "p95", "request"
	// NoteRole is the role of bar's note, such as [theme.Request].
	NoteRole theme.Role
}

// Histogram draws rows as horizontal bars on one scale, to the eighth of a
// cell:
//
//	20–30%  ████████████▌   3  ← p50
//
// The result has exactly h lines of exactly w cells. Where there are more rows
// than lines the last line says how many are left out.
func Histogram(th *theme.Theme, rows []HistRow, w, h int) []string {
	w, h = max(w, 0), max(h, 0)
	lines := make([]string, 0, h)
	sym := th.Symbols()
	label, text, note := 0, 0, 0
	largest := 0.0
	texts := make([]string, len(rows))
	for i, r := range rows {
		texts[i] = r.Text
		if texts[i] == "" && finite(r.Count) {
			texts[i] = strconv.FormatFloat(r.Count, 'g', 6, 64)
		}
		label = max(label, width(r.Label))
		text = max(text, width(texts[i]))
		note = max(note, width(r.Note))
		if finite(r.Count) {
			largest = max(largest, r.Count)
		}
	}
	if note > 0 {
		note += 3 // a blank and the arrow
	}
	bar := w - label - 2 - 1 - text - note
	if bar < 4 && note > 0 {
		bar, note = bar+note, 0
	}
	for i, r := range rows {
		if len(lines) == h {
			break
		}
		line := th.Line()
		if rest := len(rows) - i; len(lines) == h-1 && rest > 1 {
			line.Put(theme.Muted, sym.Ellipsis+" "+strconv.Itoa(rest)+" more")
			lines = append(lines, fit(th, line, w))
			break
		}
		line.Blank(label - width(r.Label))
		put(line, theme.Muted, r.Label)
		line.Blank(2)
		share := 0.0
		if largest > 0 && finite(r.Count) {
			share = r.Count / largest
		}
		Length(line, sym, theme.Usage, bar, share)
		line.Blank(1 + text - width(texts[i]))
		put(line, theme.Text, texts[i])
		if note > 0 && r.Note != "" {
			line.Put(theme.Rule, " "+sym.Bar.Free+" ")
			put(line, r.NoteRole, r.Note)
		}
		lines = append(lines, fit(th, line, w))
	}
	for len(lines) < h {
		lines = append(lines, th.Pad("", w))
	}
	return lines
}

func width(s string) int {
	_, w := theme.Clean(s)
	return w
}

func put(l *theme.Line, role theme.Role, text string) {
	text, _ = theme.Clean(text)
	l.Put(role, text)
}

// fit returns a line of exactly w cells.
func fit(th *theme.Theme, l *theme.Line, w int) string {
	l.PadTo(w)
	return th.Pad(l.String(), w)
}
