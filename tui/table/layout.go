package table

import "github.com/trimtab/trimtab/tui/theme"

// gutter is the cursor sign, the row's flag and a blank.
const gutter = 3

// sampleRows is how many rows are formatted to find a column's width.
const sampleRows = 200

// slot is a column on the screen.
type slot struct{ col, w int }

// SetWide shows every column at its wanted width, to be scrolled through,
// in place of leaving out what has a low priority.
func (t *Table) SetWide(on bool) {
	t.wide = on
	t.left = 0
	t.relayout()
}

// Wide says whether every column is shown at its wanted width.
func (t *Table) Wide() bool { return t.wide }

// ScrollBy moves the columns by n, to the right for n above zero; the first
// column stays. Where the width leaves columns out, the first step shows them
// in their order whatever their priority, the next ones move on; where it does
// not, nothing moves.
func (t *Table) ScrollBy(n int) {
	t.left = t.left + min(max(n, -len(t.cols)), len(t.cols))
	t.relayout()
}

// measure brings the wanted widths up to date. Widths only grow, so that live
// data does not make columns jump, until restart.
func (t *Table) measure(restart bool) {
	if restart {
		clear(t.natural)
	}
	n := len(t.keys)
	step := max(n/sampleRows, 1)
	for i := range t.cols {
		c := &t.cols[i]
		want := theme.Width(c.Title)
		if c.sortable() {
			want++ // the arrow
		}
		if lo, hi := c.bounds(); lo != hi && c.Cell != nil {
			for r := 0; r < n; r += step {
				want = max(want, t.cellWidth(c, r))
			}
			if small, large, ok := extremes(c, n); ok {
				want = max(want, t.cellWidth(c, small), t.cellWidth(c, large))
			}
		}
		lo, hi := c.bounds()
		t.natural[i] = min(max(t.natural[i], want, lo), hi)
	}
	t.relayout()
}

func (t *Table) cellWidth(c *Column, row int) int {
	t.cell.reset()
	c.Cell(&t.cell, row)
	return t.cell.width
}

// extremes returns the rows with the smallest and the largest value.
func extremes(c *Column, n int) (small, large int, ok bool) {
	if c.Value == nil {
		return 0, 0, false
	}
	var lo, hi float64
	for r := range n {
		v, known := c.Value(r)
		switch {
		case !known || v != v:
		case !ok:
			small, large, lo, hi, ok = r, r, v, v, true
		case v < lo:
			small, lo = r, v
		case v > hi:
			large, hi = r, v
		}
	}
	return small, large, ok
}

// widest is the bound of a column without Max.
const widest = 1 << 12

func (c *Column) bounds() (lo, hi int) {
	lo = min(max(c.Min, 1), widest)
	hi = min(c.Max, widest)
	if hi < lo {
		hi = widest
	}
	return lo, hi
}

// relayout decides which columns are shown and how wide they are.
func (t *Table) relayout() {
	t.dirty = true
	t.layout = t.layout[:0]
	t.hidden = 0
	t.left = max(t.left, 0)
	if len(t.cols) == 0 {
		return
	}
	room := t.w - gutter
	if room <= 0 {
		t.hidden = len(t.cols)
		return
	}
	if t.wide {
		t.left = min(t.left, t.maxLeft(room))
		t.scrolled(room, 1+t.left)
	} else {
		t.fitted(room)
		if len(t.layout) == len(t.cols) {
			t.left = 0
		}
		if t.left > 0 {
			t.left = min(t.left, t.maxLeft(room)+1)
			t.layout = t.layout[:0]
			t.scrolled(room, t.left)
		}
	}
	t.hidden = len(t.cols) - len(t.layout)
}

// frozen is the width of the first column while the others scroll: at most half
// of the room.
func (t *Table) frozen(room int) int {
	lo, _ := t.cols[0].bounds()
	return min(max(min(t.natural[0], room/2), lo), room)
}

// maxLeft is how many columns can be scrolled past until the last is in sight.
func (t *Table) maxLeft(room int) int {
	room -= t.frozen(room)
	i := len(t.cols) - 1
	for ; i >= 1 && room >= t.natural[i]+1; i-- {
		room -= t.natural[i] + 1
	}
	return min(i, max(len(t.cols)-2, 0))
}

// scrolled shows the first column and those from a column on, at their wanted
// widths.
func (t *Table) scrolled(room, from int) {
	t.gap = 1
	first := t.frozen(room)
	t.layout = append(t.layout, slot{0, first})
	room -= first
	for i := from; i < len(t.cols) && room > t.gap; i++ {
		lo, _ := t.cols[i].bounds()
		w := t.natural[i]
		if w+t.gap > room {
			// A column is cut only down to its least width, or where nothing
			// else would be shown.
			if lo+t.gap > room && len(t.layout) > 1 {
				break
			}
			w = room - t.gap
		}
		t.layout = append(t.layout, slot{i, w})
		room -= w + t.gap
	}
}

// fitted drops columns by priority until the least widths fit, then hands out
// the room that is left: first up to the wanted widths, a cell at a time so
// that none starves, then by Flex.
func (t *Table) fitted(room int) {
	t.gap = 1
	need := 0
	for i := range t.cols {
		lo, _ := t.cols[i].bounds()
		t.layout = append(t.layout, slot{i, lo})
		need += lo
	}
	for len(t.layout) > 1 && need+len(t.layout)-1 > room {
		drop := 1
		for k := 2; k < len(t.layout); k++ {
			if t.cols[t.layout[k].col].Priority >= t.cols[t.layout[drop].col].Priority {
				drop = k
			}
		}
		need -= t.layout[drop].w
		t.layout = append(t.layout[:drop], t.layout[drop+1:]...)
	}
	if len(t.layout) == 1 {
		t.layout[0].w = min(t.layout[0].w, room)
		need = t.layout[0].w
	}
	free := room - need - (len(t.layout) - 1)
	for grew := true; grew && free > 0; {
		grew = false
		for k := range t.layout {
			if s := &t.layout[k]; free > 0 && s.w < t.natural[s.col] {
				s.w++
				free--
				grew = true
			}
		}
	}
	if gaps := len(t.layout) - 1; gaps > 0 && free >= gaps {
		t.gap = 2
		free -= gaps
	}
	t.flex(free)
}

// flex hands out what is left by the columns' shares, up to their bounds.
func (t *Table) flex(free int) {
	for free > 0 {
		total := 0
		for _, s := range t.layout {
			if _, hi := t.cols[s.col].bounds(); s.w < hi {
				total += max(t.cols[s.col].Flex, 0)
			}
		}
		if total == 0 {
			return
		}
		left := free
		for k := range t.layout {
			s := &t.layout[k]
			_, hi := t.cols[s.col].bounds()
			share := max(t.cols[s.col].Flex, 0)
			if share == 0 || s.w >= hi {
				continue
			}
			add := min(max(free*share/total, 1), hi-s.w, left)
			s.w += add
			left -= add
		}
		free = left
	}
}
