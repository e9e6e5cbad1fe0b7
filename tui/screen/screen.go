// Package screen is what the screens of the terminal interface have in common:
// the contract between a screen and the root model, the facts that all of them
// draw from, the basket, the filter language, and a list built on tui/table.
//
// A screen is a plain struct. It never does I/O, starts no goroutine and knows
// no message of the terminal: keys arrive as names, and what should happen
// beyond the screen is an Action that the root carries out.
package screen

import (
	"time"

	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/tui/theme"
)

// Screen is one page of the interface.
type Screen interface {
	// Crumb names the screen and its subject on the second line.
	Crumb() string
	// SetSize gives the page's size in cells, at least 1 × 1.
	SetSize(w, h int)
	// Render returns exactly as many lines as SetSize gave, none wider. The
	// slice is valid until the next call. The same state gives the same lines.
	Render() []string
	// Refresh tells that facts, basket or theme have changed.
	Refresh()
	// Bindings are the screen's keys, the most useful first. The same list
	// dispatches keys, fills the line of hints and writes the help.
	Bindings() []Binding
	// Status is the line of counts, filter, sorting and legend.
	Status(l *theme.Line)
	// Explain is one sentence on what is under the cursor.
	Explain(l *theme.Line)
	// Back takes back the innermost state of the screen: its filter, then its
	// marks. It returns false where there is none, so that the screen itself
	// is left.
	Back() bool
}

// Filterer is a screen whose rows can be filtered.
type Filterer interface {
	// Filter is the filter's text, "" for none.
	Filter() string
	// SetFilter filters by the text. It returns what is wrong with it, or "";
	// a filter that is wrong leaves the one before in force.
	SetFilter(text string) (wrong string)
	// FilterHelp shows the language by examples.
	FilterHelp() string
}

// Clicker is a screen that takes the mouse.
type Clicker interface {
	// Click selects what is at cell x, y of the page; open is true where the
	// same thing was selected already.
	Click(x, y int) (open bool)
	// Wheel scrolls by n lines, down for n above zero.
	Wheel(n int)
}

// Cursor is a screen that can say where the terminal's own cursor belongs,
// which screen readers follow.
type Cursor interface {
	// CursorLine is the line of the page; false for none.
	CursorLine() (y int, ok bool)
}

// Place names a screen and what it is about.
type Place struct {
	Name string // as listed in tui/screens.go
	Of   string // namespace, container key, …; "" for all
}

// Action is what the root should do after a key. The zero Action is nothing.
type Action struct {
	Open   Place  // a screen to open on top
	Back   bool   // leave the screen
	Export bool   // write the basket
	Say    string // a line for the user
	Wrong  bool   // Say tells of a problem
}

// Say is an Action that tells the user something.
func Say(text string) Action { return Action{Say: text} }

// Refuse is an Action that tells the user why something was not done.
func Refuse(text string) Action { return Action{Say: text, Wrong: true} }

// Group orders bindings in the help.
type Group string

// The groups, in the order of the help.
const (
	Move  Group = "Move"
	Find  Group = "Find"
	Mark  Group = "Mark"
	Order Group = "Sort"
	Act   Group = "Act"
	Look  Group = "View"
	Go    Group = "Go to"
	App   Group = "Program"
)

// Groups returns the groups in the order of the help.
func Groups() []Group { return []Group{Move, Find, Mark, Order, Act, Look, Go, App} }

// Binding is a key and what it does.
type Binding struct {
	Keys  []string // names as the terminal reports them: "shift+left"
	Show  string   // how people read it: "shift-←→"
	Hint  string   // one or two words for the line of hints; "" for help only
	Help  string   // a phrase for the help
	Group Group
	Do    func() Action
	// Off says why the key does nothing at present, or ""; nil: always on.
	Off func() string
}

// Loading is how far the collection of facts has come.
type Loading struct {
	Stage    string
	Progress *usage.Progress
	Done     bool
	Err      error // why nothing more will come, or nil
}

// Context is what the screens share. Only the goroutine of the interface uses
// it; the root replaces what changes and calls Refresh.
type Context struct {
	Theme    *theme.Theme
	Facts    *Facts // never nil
	Basket   *Basket
	Loading  Loading
	Where    string
	Strategy string
	Location *time.Location
	// Roomy says that a line takes 100 cells and more.
	Roomy bool
	// Failures are problems of the interface's own work, an export that
	// failed, the newest first; the screen of warnings lists them.
	Failures []error
}

// Waiting says that usage may still arrive, so that what is not known is not
// known yet.
func (c *Context) Waiting() bool { return !c.Loading.Done && c.Loading.Err == nil }
