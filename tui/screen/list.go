package screen

import (
	"strconv"

	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

// List is a screen's table with its filter, sorting and marks, and the keys
// for them. Screens embed it.
type List struct {
	Ctx    *Context
	Noun   string // "workload"
	Fields Fields
	*table.Table

	columns []table.Column
	named   map[string]int // columns by title
	text    string
}

// NewList returns a list. The table shows the last line for rows that are out
// of sight.
func NewList(ctx *Context, noun string, columns []table.Column, fields Fields) *List {
	l := &List{Ctx: ctx, Noun: noun, Fields: fields, columns: columns, named: map[string]int{}}
	for i := range columns {
		l.named[columns[i].Title] = i
	}
	l.Table = table.New(ctx.Theme, columns)
	l.SetMore(true)
	return l
}

// Render is the table's.
func (l *List) Render() []string { return l.Table.Render() }

// Filter is the text of the filter.
func (l *List) Filter() string { return l.text }

// FilterHelp shows the language by its parts.
func (l *List) FilterHelp() string { return l.Fields.Help() }

// SetFilter filters by a text and returns what is wrong with it, or "".
func (l *List) SetFilter(text string) (wrong string) {
	keep, err := l.Fields.Compile(text)
	if err != nil {
		return err.Error()
	}
	l.text = text
	l.SetNoMatch("no "+l.Noun+" matches "+text, "esc clears the filter, / changes it")
	l.Table.SetFilter(keep)
	return ""
}

// Back clears the filter, then the marks.
func (l *List) Back() bool {
	if l.text != "" {
		l.SetFilter("")
		return true
	}
	if len(l.MarkedKeys()) > 0 {
		l.ClearMarks()
		return true
	}
	return false
}

// Hold keeps the order of the rows while the user is at the keys.
func (l *List) Hold(on bool) { l.SetHold(on) }

// Click selects a row, or sorts by a column of the header.
func (l *List) Click(x, y int) (open bool) {
	switch hit := l.At(x, y); hit.Part {
	case table.HeaderPart:
		l.SortBy(hit.Column)
	case table.RowPart:
		open = hit.Position == l.Position()
		l.MoveTo(hit.Position)
	}
	return open
}

// Wheel scrolls by lines.
func (l *List) Wheel(n int) { l.ScrollRows(n) }

// Counts puts the list's state into a status line: how many rows, marks,
// filter and sorting.
func (l *List) Counts(line *theme.Line) {
	shown, all := l.Visible(), l.Len()
	if shown != all {
		line.Put(theme.Text, Count(shown)+" of "+Plural(all, l.Noun))
	} else {
		line.Put(theme.Text, Plural(all, l.Noun))
	}
	sym := l.Ctx.Theme.Symbols()
	sep := " " + sym.Dot + " "
	if n := len(l.MarkedRows()); n > 0 {
		line.Put(theme.Muted, sep)
		line.Put(theme.Accent, strconv.Itoa(n)+" marked")
	}
	if l.text != "" {
		line.Put(theme.Muted, sep+"filter ")
		line.Put(theme.Accent, l.text)
	}
	if col, desc := l.Sort(); col >= 0 {
		arrow := sym.SortUp
		if desc {
			arrow = sym.SortDown
		}
		line.Put(theme.Muted, sep+"sort "+l.columns[col].Title+" "+arrow)
	}
	if n := l.Hidden(); n > 0 && l.Ctx.Roomy {
		line.Put(theme.Muted, sep+Plural(n, "column")+" hidden")
	}
}

// SortTitle sorts by the column of a title, or inverts the sorting by it.
func (l *List) SortTitle(title string) {
	if i, ok := l.named[title]; ok {
		l.SortBy(i)
	}
}

// Moves are the keys to move with.
func (l *List) Moves() []Binding {
	do := func(f func()) func() Action {
		return func() Action { f(); return Action{} }
	}
	return []Binding{
		{Keys: []string{"down", "j"}, Show: "↓ j", Help: "next row", Group: Move, Do: do(func() { l.MoveBy(1) })},
		{Keys: []string{"up", "k"}, Show: "↑ k", Help: "previous row", Group: Move, Do: do(func() { l.MoveBy(-1) })},
		{Keys: []string{"pgdown", "ctrl+f"}, Show: "pgdn ctrl-f", Help: "next page", Group: Move, Do: do(func() { l.PageBy(1) })},
		{Keys: []string{"pgup", "ctrl+b"}, Show: "pgup ctrl-b", Help: "previous page", Group: Move, Do: do(func() { l.PageBy(-1) })},
		{Keys: []string{"ctrl+u"}, Show: "ctrl-u", Help: "half a page up", Group: Move, Do: do(func() { l.HalfPageBy(-1) })},
		{Keys: []string{"home", "g"}, Show: "g home", Help: "first row", Group: Move, Do: do(l.Home)},
		{Keys: []string{"end", "G"}, Show: "G end", Help: "last row", Group: Move, Do: do(l.End)},
		{Keys: []string{"right", "l"}, Show: "→ l", Help: "columns further right", Group: Move, Do: do(func() { l.ScrollBy(1) })},
		{Keys: []string{"left", "h"}, Show: "← h", Help: "columns further left", Group: Move, Do: do(func() { l.ScrollBy(-1) })},
		{Keys: []string{"ctrl+w"}, Show: "ctrl-w", Help: "all columns at full width", Group: Look, Do: do(func() { l.SetWide(!l.Wide()) })},
	}
}

// Sorts are the keys to sort with. cost, freed and risk are titles of columns,
// "" for none.
func (l *List) Sorts(cost, freed, risk string) []Binding {
	bs := []Binding{
		{Keys: []string{"shift+left"}, Show: "shift-←", Help: "choose the column on the left", Group: Order, Do: func() Action { l.PickColumn(-1); return Action{} }},
		{Keys: []string{"shift+right"}, Show: "shift-→", Help: "choose the column on the right", Group: Order, Do: func() Action { l.PickColumn(1); return Action{} }},
		{Keys: []string{"o"}, Show: "o", Hint: "sort", Help: "sort by the chosen column, again to invert", Group: Order, Do: func() Action { l.SortPicked(); return Action{} }},
	}
	for _, s := range []struct{ key, title, word string }{{"C", cost, "cost"}, {"V", freed, "what is freed"}, {"R", risk, "risk"}} {
		if s.title == "" {
			continue
		}
		bs = append(bs, Binding{
			Keys: []string{s.key, "shift+" + lower(s.key)}, Show: "shift-" + lower(s.key), Help: "sort by " + s.word, Group: Order,
			Do: func() Action { l.SortTitle(s.title); return Action{} },
		})
	}
	return bs
}

func lower(key string) string { return string(key[0] + 'a' - 'A') }

// Marks are the keys to mark rows with.
func (l *List) Marks() []Binding {
	return []Binding{
		{Keys: []string{"space"}, Show: "space", Hint: "mark", Help: "mark the row or take its mark away", Group: Mark, Do: func() Action { l.ToggleMark(); return Action{} }},
		{Keys: []string{"ctrl+space", "ctrl+@"}, Show: "ctrl-space", Help: "mark all rows from the last mark to here", Group: Mark, Do: func() Action { l.MarkRange(); return Action{} }},
		{Keys: []string{`ctrl+\`}, Show: `ctrl-\`, Help: "take all marks away", Group: Mark, Do: func() Action { l.ClearMarks(); return Action{} }},
	}
}
