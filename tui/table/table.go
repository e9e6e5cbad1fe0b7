// Package table is the virtual table of the terminal interface: it holds any
// number of rows and formats only those on the screen.
//
// The table never holds what a row shows. It knows rows by index and by key,
// asks the columns' functions for cells when it draws, and for values when it
// sorts. The cursor and the marks are held by key, so that new data never moves
// the user off an object. It does no I/O and reads no clock; one goroutine
// uses it.
//
// A caller replaces its data and then calls [Table.SetRows]; between the two it
// must not call anything else, as the columns' functions would be asked for
// rows of the old data.
package table

import (
	"github.com/trimtab/trimtab/tui/theme"
)

// Rows is the data as the table sees it.
type Rows interface {
	// Len returns the number of rows, at most 2³¹−1.
	Len() int
	// Key returns what names row i over time, in [0, Len). Keys are unique;
	// of rows with the same key only the first can hold the cursor. It is
	// called once a row for each SetRows and should not allocate.
	Key(i int) string
}

// Align is where a cell's text stands in its column.
type Align uint8

// The alignments.
const (
	Left Align = iota
	Right
)

// Column describes one column. The first column is the name: it stays at the
// left when the others scroll, is never dropped and is cut in the middle.
//
// At most one of Value, Text and Less is used, in that order; a column without
// any cannot be sorted by. All functions take a row's index in the data.
type Column struct {
	Title string

	// Min and Max bound the width in cells. Between them the width follows the
	// header and the contents (200 rows spread over the data, and the rows of
	// the smallest and largest Value). Min below 1 means 1, Max below Min means
	// no bound; Min equal to Max fixes the width and saves measuring.
	Min, Max int
	// Flex is the share of the cells that are left over when every column has
	// its width; 0 takes none.
	Flex int
	// Priority says what goes first when the terminal is narrow: the column
	// with the largest number, of equals the rightmost.
	Priority int
	Align    Align
	// Middle cuts text that is too long in its middle; the first column does
	// so always.
	Middle bool

	// Cell writes what the row shows. It is called for visible rows only.
	Cell func(c *Cell, row int)

	// Value returns the number to sort by. Rows without one (known false, or
	// NaN) come last in both directions.
	Value func(row int) (v float64, known bool)
	// Text returns the text to sort by, bytewise; empty text comes last in
	// both directions.
	Text func(row int) string
	// Less says that row a stands before row b.
	Less func(a, b int) bool
	// LargestFirst makes the first sort by this column a descending one, as
	// one wants of money.
	LargestFirst bool
}

func (c *Column) sortable() bool { return c.Value != nil || c.Text != nil || c.Less != nil }

// Table is a virtual table. Make one with [New].
type Table struct {
	th     *theme.Theme
	cols   []Column
	flag   func(row int) (sign string, role theme.Role)
	filter func(row int) bool

	w, h    int
	header  bool
	focus   bool
	more    bool
	wide    bool
	left    int // steps scrolled to the right
	sortCol int // −1: in the order of the data
	desc    bool
	pick    int // column chosen for sorting by keyboard, −1: none

	emptyWhy, emptyHint     string
	filterWhy, filterHint   string
	rows                    Rows
	keys                    []string
	base                    []int32 // rows by key; nil while they are in that order
	index                   []int32 // rows shown, in order
	cursor, top             int     // positions in index
	current                 string  // key under the cursor
	touched                 bool    // the user has chosen a row
	lost                    string  // key that a filter took from under the cursor
	hasLost, hold, outdated bool

	marks   map[string]struct{}
	present int    // marks whose rows exist
	anchor  string // where a range of marks begins

	natural []int // wanted width by column
	layout  []slot
	gap     int
	hidden  int
	sorter  sorter

	cell  Cell
	buf   []byte
	ends  []int
	lines []string
	dirty bool
}

// New returns an empty table with a header, in focus, in the order of the
// data. The columns' functions are kept; columns must not be changed later.
func New(th *theme.Theme, columns []Column) *Table {
	t := &Table{
		th: th, cols: columns, header: true, focus: true,
		sortCol: -1, pick: -1, dirty: true,
		natural:    make([]int, len(columns)),
		marks:      map[string]struct{}{},
		emptyWhy:   "nothing here",
		filterWhy:  "no row matches the filter",
		filterHint: "esc clears it",
	}
	t.relayout()
	return t
}

// SetTheme changes colours and symbols.
func (t *Table) SetTheme(th *theme.Theme) { t.th, t.dirty = th, true }

// SetFlag sets the function that says what stands beside the cursor sign of a
// row: a sign of one cell and its role, or "" for none. A marked row shows its
// mark instead.
func (t *Table) SetFlag(flag func(row int) (sign string, role theme.Role)) {
	t.flag, t.dirty = flag, true
}

// SetEmpty sets what is shown when there are no rows: why, and what to do.
func (t *Table) SetEmpty(why, hint string) {
	t.emptyWhy, t.emptyHint, t.dirty = why, hint, true
}

// SetNoMatch sets what is shown when the filter hides every row: why (which
// names the filter) and what to do.
func (t *Table) SetNoMatch(why, hint string) {
	t.filterWhy, t.filterHint, t.dirty = why, hint, true
}

// SetMore says whether the last line tells how many rows are above and below
// when not all of them fit.
func (t *Table) SetMore(on bool) {
	t.more = on
	t.clamp()
}

// SetHeader shows or hides the header line.
func (t *Table) SetHeader(on bool) {
	t.header = on
	t.clamp()
}

// SetFocus says whether keys go to this table; without focus the row under the
// cursor is bold and not reversed.
func (t *Table) SetFocus(on bool) { t.focus, t.dirty = on, true }

// SetSize sets the size in cells. Values below zero mean zero. Cursor, marks
// and sorting stay; the row under the cursor stays in sight.
func (t *Table) SetSize(w, h int) {
	w, h = max(w, 0), max(h, 0)
	if w == t.w && h == t.h {
		return
	}
	t.w, t.h = w, h
	t.measure(true)
	t.clamp()
}

// Invalidate makes the next Render draw again. It is needed only where what a
// row shows has changed without SetRows, such as the basket's sign.
func (t *Table) Invalidate() { t.dirty = true }

// Len returns the number of rows in the data.
func (t *Table) Len() int { return len(t.keys) }

// Visible returns the number of rows that the filter shows.
func (t *Table) Visible() int { return len(t.index) }

// Order returns the rows that the filter shows, in the order of the screen, as
// indices in the data. It is valid until the next call that changes the table
// and must not be written to.
func (t *Table) Order() []int32 { return t.index }

// Selected returns the row under the cursor as an index in the data; ok is
// false when no row is shown.
func (t *Table) Selected() (row int, ok bool) {
	if len(t.index) == 0 {
		return 0, false
	}
	return int(t.index[t.cursor]), true
}

// SelectedKey returns the key of the row under the cursor; ok is false when no
// row is shown.
func (t *Table) SelectedKey() (key string, ok bool) {
	if len(t.index) == 0 {
		return "", false
	}
	return t.current, true
}

// Position returns where the cursor is in [0, Visible), 0 when no row is
// shown.
func (t *Table) Position() int { return t.cursor }

// CursorLine returns the line of the cursor in the rendered table, for the
// terminal's own cursor; ok is false when no row is shown.
func (t *Table) CursorLine() (y int, ok bool) {
	if len(t.index) == 0 || t.h == 0 || t.w == 0 {
		return 0, false
	}
	return t.headerLines() + t.cursor - t.top, true
}

// Window returns the positions on the screen, from first up to but not
// including end, so that a caller can fetch what they show first.
func (t *Table) Window() (first, end int) {
	return t.top, min(t.top+t.page(), len(t.index))
}

// Hidden returns how many columns the width leaves out; SetWide and ScrollBy
// reach them.
func (t *Table) Hidden() int { return t.hidden }

// headerLines is 1 where the header is drawn. A table of one line shows the row
// under the cursor instead.
func (t *Table) headerLines() int {
	if t.header && t.h >= 2 {
		return 1
	}
	return 0
}

// page is how many rows are on the screen, at least 1 so that moving by pages
// moves.
func (t *Table) page() int {
	n := t.h - t.headerLines()
	if t.moreLine() {
		n--
	}
	return max(n, 1)
}

func (t *Table) moreLine() bool {
	room := t.h - t.headerLines()
	return t.more && room >= 2 && len(t.index) > room
}
