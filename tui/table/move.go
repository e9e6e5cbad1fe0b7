package table

import "slices"

// MoveBy moves the cursor by n rows, up for n below zero; it stops at the ends.
func (t *Table) MoveBy(n int) { t.MoveTo(t.cursor + min(max(n, -len(t.index)), len(t.index))) }

// MoveTo moves the cursor to a position in [0, Visible); others are brought
// into range.
func (t *Table) MoveTo(position int) {
	t.touched, t.hasLost = true, false
	t.cursor = position
	t.clamp()
}

// PageBy moves by n pages: cursor and view together, so that the cursor stays
// on its line of the screen.
func (t *Table) PageBy(n int) { t.turn(n * t.page()) }

// HalfPageBy moves by n half pages.
func (t *Table) HalfPageBy(n int) { t.turn(n * max(t.page()/2, 1)) }

func (t *Table) turn(rows int) {
	t.top += min(max(rows, -len(t.index)), len(t.index))
	t.top = max(min(t.top, len(t.index)-t.page()), 0)
	t.MoveBy(rows)
}

// Home moves to the first row.
func (t *Table) Home() { t.MoveTo(0) }

// End moves to the last row.
func (t *Table) End() { t.MoveTo(len(t.index) - 1) }

// ScrollRows moves the view by n rows as a mouse wheel does; the cursor stays
// on its object until that would leave the screen.
func (t *Table) ScrollRows(n int) {
	page := t.page()
	t.top += min(max(n, -len(t.index)), len(t.index))
	t.top = max(min(t.top, len(t.index)-page), 0)
	t.MoveTo(min(max(t.cursor, t.top), t.top+page-1))
}

// SelectKey moves the cursor to the row of a key. It reports false, and moves
// nothing, when no such row is shown.
func (t *Table) SelectKey(key string) bool {
	p := t.find(key)
	if p < 0 || len(t.index) == 0 {
		return false
	}
	t.MoveTo(p)
	return true
}

// Part is a part of the table on the screen.
type Part uint8

// The parts.
const (
	Nothing Part = iota
	HeaderPart
	RowPart
)

// Hit is what is at a point of the rendered table.
type Hit struct {
	Part     Part
	Column   int // of the column in New's list, −1 for gutter and gaps
	Position int // of the row in [0, Visible), for RowPart
}

// At returns what is at cell x of line y, both from 0, for the mouse.
func (t *Table) At(x, y int) Hit {
	hit := Hit{Column: -1}
	if x < 0 || y < 0 || x >= t.w || y >= t.h {
		return hit
	}
	from := gutter
	for _, s := range t.layout {
		if x >= from && x < from+s.w {
			hit.Column = s.col
			break
		}
		from += s.w + t.gap
	}
	y -= t.headerLines()
	switch p := t.top + y; {
	case y < 0:
		hit.Part = HeaderPart
	case y < t.page() && p < len(t.index):
		hit.Part, hit.Position = RowPart, p
	}
	return hit
}

// ToggleMark marks the row under the cursor or takes its mark away, and makes
// it the start of the next range.
func (t *Table) ToggleMark() {
	key, ok := t.SelectedKey()
	if !ok {
		return
	}
	t.touched, t.dirty = true, true
	t.anchor = key
	if _, marked := t.marks[key]; marked {
		delete(t.marks, key)
		t.present--
		return
	}
	t.mark(key)
}

// MarkRange marks every row from the one marked last to the cursor, both
// included; without such a row in sight only the one under the cursor.
func (t *Table) MarkRange() {
	key, ok := t.SelectedKey()
	if !ok {
		return
	}
	t.touched, t.dirty = true, true
	from := t.cursor
	if len(t.marks) > 0 {
		if p := t.find(t.anchor); p >= 0 {
			from = p
		}
	}
	for p := min(from, t.cursor); p <= max(from, t.cursor); p++ {
		t.mark(t.keys[t.index[p]])
	}
	t.anchor = key
}

func (t *Table) mark(key string) {
	if _, marked := t.marks[key]; !marked {
		t.marks[key] = struct{}{}
		t.present++
	}
}

// SetMarks replaces the marks. Keys without a row are kept and count once the
// row is there.
func (t *Table) SetMarks(keys []string) {
	clear(t.marks)
	for _, k := range keys {
		t.marks[k] = struct{}{}
	}
	t.countMarks()
	t.dirty = true
}

// ClearMarks takes all marks away.
func (t *Table) ClearMarks() { t.SetMarks(nil) }

// IsMarked says whether a key is marked.
func (t *Table) IsMarked(key string) bool {
	_, marked := t.marks[key]
	return marked
}

// MarkCount returns how many rows of the data are marked, hidden ones
// included. A mark whose row is gone does not count; it counts again when the
// row is back.
func (t *Table) MarkCount() int { return t.present }

// MarkedRows returns the marked rows, hidden ones included, as indices in the
// data in ascending order; nil when there are none.
func (t *Table) MarkedRows() []int {
	if t.present == 0 {
		return nil
	}
	rows := make([]int, 0, t.present)
	for i, k := range t.keys {
		if t.IsMarked(k) {
			rows = append(rows, i)
		}
	}
	return rows
}

// MarkedKeys returns the marked keys, sorted, those without a row included.
func (t *Table) MarkedKeys() []string {
	keys := make([]string, 0, len(t.marks))
	for k := range t.marks {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// countMarks counts the marks that have a row.
func (t *Table) countMarks() {
	t.present = 0
	if len(t.marks) == 0 {
		return
	}
	seen := make(map[string]struct{}, len(t.marks))
	for _, k := range t.keys {
		if t.IsMarked(k) {
			seen[k] = struct{}{}
		}
	}
	t.present = len(seen)
}
