package table

import (
	"slices"
	"strconv"

	"github.com/trimtab/trimtab/tui/theme"
)

// Render returns the table as exactly as many lines as SetSize gave, each
// exactly as wide. The slice is valid until the next Render; the strings stay.
// Nothing is drawn again while nothing has changed.
func (t *Table) Render() []string {
	if t.dirty {
		t.draw()
		t.dirty = false
	}
	return t.lines
}

// AppendLines appends what [Table.Render] returns.
func (t *Table) AppendLines(dst []string) []string { return append(dst, t.Render()...) }

func (t *Table) draw() {
	t.buf, t.ends = t.buf[:0], t.ends[:0]
	if t.headerLines() == 1 {
		t.drawHeader()
		t.endLine()
	}
	page := min(t.page(), t.h-len(t.ends))
	for p := t.top; p < min(t.top+page, len(t.index)); p++ {
		t.drawRow(p)
		t.endLine()
	}
	if len(t.index) == 0 {
		t.drawEmpty()
	} else if t.moreLine() {
		t.drawMore()
		t.endLine()
	}
	for len(t.ends) < t.h {
		t.buf = theme.AppendBlank(t.buf, t.w)
		t.endLine()
	}
	frame := string(t.buf)
	t.lines = slices.Grow(t.lines[:0], t.h)[:0]
	from := 0
	for _, end := range t.ends {
		t.lines = append(t.lines, frame[from:end])
		from = end
	}
}

func (t *Table) endLine() { t.ends = append(t.ends, len(t.buf)) }

// drawHeader draws the titles; the column sorted by stands out and has an
// arrow, a column picked by keyboard is reversed.
func (t *Table) drawHeader() {
	used := t.blanks(min(gutter, t.w))
	sym := t.th.Symbols()
	for i, s := range t.layout {
		if i > 0 {
			used += t.blanks(t.gap)
		}
		role := theme.Muted
		t.cell.reset()
		arrow := ""
		if s.col == t.sortCol {
			role = theme.Title
			arrow = sym.SortUp
			if t.desc {
				arrow = sym.SortDown
			}
		}
		if s.col == t.pick {
			role = theme.Selection
		}
		title := t.cols[s.col].Title
		if room := s.w - theme.Width(arrow); room > 0 {
			title = t.th.Truncate(title, room)
		}
		t.cell.Put(role, title)
		t.cell.Put(role, arrow)
		t.buf = t.cell.appendTo(t.buf, t.th, s.w, t.cols[s.col].Align, false, false)
		used += s.w
	}
	t.blanks(t.w - used)
}

func (t *Table) blanks(n int) int {
	t.buf = theme.AppendBlank(t.buf, n)
	return max(n, 0)
}

// drawRow draws the row at a position.
func (t *Table) drawRow(position int) {
	row := int(t.index[position])
	selected := position == t.cursor
	var before, after string
	if selected {
		role := theme.Selection
		if !t.focus {
			role = theme.Inactive
		}
		before, after = t.th.Pair(role)
	}
	t.buf = append(t.buf, before...)
	used := t.drawGutter(row, selected)
	for i, s := range t.layout {
		if i > 0 {
			used += t.blanks(t.gap)
		}
		c := &t.cols[s.col]
		t.cell.reset()
		if c.Cell != nil {
			c.Cell(&t.cell, row)
		}
		t.buf = t.cell.appendTo(t.buf, t.th, s.w, c.Align, c.Middle || s.col == 0, selected)
		used += s.w
	}
	t.blanks(t.w - used)
	t.buf = append(t.buf, after...)
}

// drawGutter draws the cursor sign, the row's flag and a blank, as far as the
// width goes, and returns the cells used.
func (t *Table) drawGutter(row int, selected bool) int {
	sym := t.th.Symbols()
	if t.w >= 1 {
		if selected {
			t.buf = append(t.buf, sym.Cursor...)
		} else {
			t.blanks(1)
		}
	}
	if t.w >= 2 {
		sign, role := "", theme.Text
		if len(t.marks) > 0 && t.IsMarked(t.keys[row]) {
			sign, role = sym.Mark, theme.Accent
		} else if t.flag != nil {
			sign, role = t.flag(row)
		}
		t.cell.reset()
		t.cell.Put(role, sign)
		t.buf = t.cell.appendTo(t.buf, t.th, 1, Left, false, selected)
	}
	if t.w >= gutter {
		t.blanks(1)
	}
	return min(t.w, gutter)
}

// drawEmpty says why there are no rows and what to do.
func (t *Table) drawEmpty() {
	why, hint := t.emptyWhy, t.emptyHint
	if len(t.keys) > 0 {
		why, hint = t.filterWhy, t.filterHint
	}
	if t.h-len(t.ends) >= 4 {
		t.blanks(t.w)
		t.endLine()
	}
	t.drawText(theme.Text, why)
	t.drawText(theme.Muted, hint)
}

func (t *Table) drawText(role theme.Role, text string) {
	if text == "" || len(t.ends) >= t.h {
		return
	}
	indent := min(gutter, t.w)
	t.blanks(indent)
	t.cell.reset()
	t.cell.Put(role, text)
	t.buf = t.cell.appendTo(t.buf, t.th, t.w-indent, Left, false, false)
	t.endLine()
}

// drawMore tells how many rows are out of sight: "… 53 more", or
// "… 12 above, 41 more" once scrolled.
func (t *Table) drawMore() {
	above := t.top
	below := len(t.index) - min(t.top+t.page(), len(t.index))
	indent := min(gutter, t.w)
	t.blanks(indent)
	t.cell.reset()
	t.cell.Put(theme.Muted, t.th.Symbols().Ellipsis)
	t.cell.Put(theme.Muted, " ")
	if above > 0 {
		t.cell.PutBytes(theme.Muted, strconv.AppendInt(t.cell.Scratch(), int64(above), 10))
		t.cell.Put(theme.Muted, " above")
		if below > 0 {
			t.cell.Put(theme.Muted, ", ")
		}
	}
	if below > 0 {
		t.cell.PutInt(theme.Muted, int64(below))
		t.cell.Put(theme.Muted, " more")
	}
	t.buf = t.cell.appendTo(t.buf, t.th, t.w-indent, Left, false, false)
}
