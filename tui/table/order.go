package table

import "slices"

// SetRows takes the data after it has changed: it filters and sorts again,
// unless the order is held, and keeps the cursor on its object, on the same
// line of the screen where that is possible. Where the object is gone the
// cursor stays at its position. Until the user has chosen a row the cursor
// stays on the first.
func (t *Table) SetRows(rows Rows) {
	var before []string
	if t.hold {
		before = make([]string, len(t.index))
		for i, r := range t.index {
			before[i] = t.keys[r]
		}
	}
	t.rows = rows
	t.readKeys()
	t.measure(false)
	if t.hold && len(before) > 0 {
		t.reconcile(before)
		t.outdated = true
	} else {
		t.rebuild()
	}
	t.countMarks()
	t.settle()
}

// SetFilter shows only the rows for which keep is true; nil shows all. A cursor
// whose object is hidden goes to the row at its position, and back to the
// object when a later filter shows it, unless the user has moved.
func (t *Table) SetFilter(keep func(row int) bool) {
	t.filter = keep
	key, had := t.SelectedKey()
	t.rebuild()
	switch {
	case t.hasLost && t.find(t.lost) >= 0:
		t.current, t.hasLost = t.lost, false
	case had && t.touched && !t.hasLost && t.find(key) < 0:
		t.lost, t.hasLost = key, true
	}
	t.settle()
}

// Filtered says whether a filter is set.
func (t *Table) Filtered() bool { return t.filter != nil }

// SetHold keeps the order of the rows while on: new rows go to the end, rows
// that are gone leave, nothing else moves, so that no row jumps while the user
// holds a key. Switching it off brings filter and order up to date.
func (t *Table) SetHold(on bool) {
	t.hold = on
	if !on && t.outdated {
		t.Refresh()
	}
}

// Outdated says whether the order is held and new data would change it.
func (t *Table) Outdated() bool { return t.outdated }

// Refresh filters and sorts again, even while the order is held.
func (t *Table) Refresh() {
	t.rebuild()
	t.settle()
}

// SortBy sorts by a column. The same column again inverts the direction.
// Ties are in order of their keys in both directions. It reports false for a
// column that is out of range or cannot be sorted by.
func (t *Table) SortBy(col int) bool {
	if col < 0 || col >= len(t.cols) || !t.cols[col].sortable() {
		return false
	}
	if col == t.sortCol {
		return t.SetSort(col, !t.desc)
	}
	return t.SetSort(col, t.cols[col].LargestFirst)
}

// SetSort sorts by a column in the direction given. Column −1 is the order of
// the data. It reports false for a column that cannot be sorted by.
func (t *Table) SetSort(col int, descending bool) bool {
	if col < -1 || col >= len(t.cols) || (col >= 0 && !t.cols[col].sortable()) {
		return false
	}
	t.sortCol, t.desc = col, descending && col >= 0
	t.rebuild()
	t.settle()
	return true
}

// Sort returns the column sorted by, −1 for the order of the data, and the
// direction.
func (t *Table) Sort() (col int, descending bool) { return t.sortCol, t.desc }

// PickColumn moves the choice of a column for [Table.SortPicked] by n columns
// among those that can be sorted by and are shown; the header shows it.
// The first call chooses the column sorted by, or the first.
func (t *Table) PickColumn(n int) {
	var can []int
	at := -1
	for _, s := range t.layout {
		if !t.cols[s.col].sortable() {
			continue
		}
		if s.col == t.pick || (t.pick < 0 && s.col == t.sortCol) {
			at = len(can)
		}
		can = append(can, s.col)
	}
	if len(can) == 0 {
		return
	}
	switch {
	case at < 0:
		at = 0
	case t.pick >= 0:
		at = min(max(at+min(max(n, -len(can)), len(can)), 0), len(can)-1)
	}
	t.pick = can[at]
	t.dirty = true
}

// SortPicked sorts by the column that PickColumn chose, or inverts the sort
// when none is chosen.
func (t *Table) SortPicked() bool {
	if t.pick >= 0 {
		return t.SortBy(t.pick)
	}
	return t.SortBy(t.sortCol)
}

// readKeys copies the keys of the data and brings their order up to date.
func (t *Table) readKeys() {
	n := 0
	if t.rows != nil {
		n = t.rows.Len()
	}
	same := n == len(t.keys)
	t.keys = slices.Grow(t.keys[:min(len(t.keys), n)], n-min(len(t.keys), n))[:n]
	for i := range n {
		if k := t.rows.Key(i); k != t.keys[i] {
			t.keys[i], same = k, false
		}
	}
	clear(t.keys[n:cap(t.keys)])
	if same {
		return
	}
	if slices.IsSorted(t.keys) {
		t.base = nil
		return
	}
	t.base = identity(t.base, n)
	t.sorter.text(t.base, func(i int) string { return t.keys[i] }, false)
}

// rebuild filters and sorts.
func (t *Table) rebuild() {
	t.outdated, t.dirty = false, true
	n := len(t.keys)
	t.index = slices.Grow(t.index[:0], n)
	from := t.base
	if t.sortCol < 0 {
		from = nil
	}
	for i := range n {
		r := int32(i)
		if from != nil {
			r = from[i]
		}
		if t.filter == nil || t.filter(int(r)) {
			t.index = append(t.index, r)
		}
	}
	if t.sortCol < 0 {
		return
	}
	switch c := &t.cols[t.sortCol]; {
	case c.Value != nil:
		t.sorter.number(t.index, c.Value, t.desc)
	case c.Text != nil:
		t.sorter.text(t.index, c.Text, t.desc)
	case t.desc:
		slices.SortStableFunc(t.index, func(a, b int32) int { return -order(c.Less, a, b) })
	default:
		slices.SortStableFunc(t.index, func(a, b int32) int { return order(c.Less, a, b) })
	}
}

func order(less func(a, b int) bool, a, b int32) int {
	switch {
	case less(int(a), int(b)):
		return -1
	case less(int(b), int(a)):
		return 1
	}
	return 0
}

// reconcile puts rows that were shown before in their old order and new rows
// that the filter lets through behind them.
func (t *Table) reconcile(before []string) {
	t.dirty = true
	at := make(map[string]int32, len(t.keys))
	for i, k := range slices.Backward(t.keys) {
		at[k] = int32(i)
	}
	shown := make([]bool, len(t.keys))
	t.index = t.index[:0]
	for _, k := range before {
		if r, ok := at[k]; ok && !shown[r] {
			shown[r] = true
			t.index = append(t.index, r)
		}
	}
	for i := range t.keys {
		if !shown[i] && (t.filter == nil || t.filter(i)) {
			t.index = append(t.index, int32(i))
		}
	}
}

// find returns the position of a key among the rows shown, −1 for none.
func (t *Table) find(key string) int {
	if t.cursor < len(t.index) && t.keys[t.index[t.cursor]] == key {
		return t.cursor
	}
	row := slices.Index(t.keys, key)
	if row < 0 {
		return -1
	}
	return slices.Index(t.index, int32(row))
}

// settle puts the cursor on its object again after the rows shown have
// changed, and keeps it on the same line of the screen where it can.
func (t *Table) settle() {
	line := t.cursor - t.top
	switch {
	case !t.touched:
		t.cursor, line = 0, 0
	default:
		if p := t.find(t.current); p >= 0 {
			t.cursor = p
		}
	}
	t.cursor = min(max(t.cursor, 0), max(len(t.index)-1, 0))
	t.top = t.cursor - line
	t.clamp()
}

// clamp brings cursor and scroll into range and notes the key under the
// cursor.
func (t *Table) clamp() {
	n, page := len(t.index), t.page()
	t.cursor = min(max(t.cursor, 0), max(n-1, 0))
	t.top = min(t.top, t.cursor)
	t.top = max(t.top, t.cursor-page+1)
	t.top = max(min(t.top, n-page), 0)
	if n > 0 {
		t.current = t.keys[t.index[t.cursor]]
	}
	t.dirty = true
}

func identity(dst []int32, n int) []int32 {
	dst = slices.Grow(dst[:0], n)[:n]
	for i := range dst {
		dst[i] = int32(i)
	}
	return dst
}
