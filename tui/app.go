package tui

import (
	"cmp"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// The least size of the terminal.
const (
	minWidth  = 80
	minHeight = 24
)

// idleAfter is how long the keys must rest before rows are sorted anew.
const idleAfter = time.Second

// App is the root model, the only one that knows messages. Screens are below
// it as plain structs.
type App struct {
	deps    Deps
	options Options
	variant theme.Variant
	auto    bool // the theme follows the terminal

	ctx   *screen.Context
	pages []page // the last is shown

	w, h   int
	prompt *prompt
	dialog *dialog
	note   note
	global []screen.Binding

	keys       int  // keys pressed, the generation of idleMsg
	exports    int  // the generation of exportedMsg
	exporting  bool // an export runs
	basketRev  int
	quitting   bool // ctrl-c was pressed and nothing after it
	seenErrors bool // the user has been to the screen of errors

	frame  string
	cursor *tea.Cursor
	dirty  bool
	// rest wakes the interface when the keys have rested since key n.
	rest func(n int) tea.Cmd
}

// page is a screen on the stack with the place it was opened for.
type page struct {
	screen.Screen
	at screen.Place
}

// note is a line for the user until the next key.
type note struct {
	text  string
	wrong bool
}

// idleMsg says that the keys have rested since key n.
type idleMsg struct{ n int }

func restCmd(n int) tea.Cmd {
	return tea.Tick(idleAfter, func(time.Time) tea.Msg { return idleMsg{n} })
}

func newApp(d Deps, o Options) (*App, error) {
	th, v, auto, err := look(o)
	if err != nil {
		return nil, err
	}
	a := &App{deps: d, options: o, variant: v, auto: auto, dirty: true, rest: restCmd}
	a.ctx = &screen.Context{
		Theme: th, Facts: screen.NewFacts(nil, nil), Basket: screen.NewBasket(),
		Where: d.Where, Strategy: d.Strategy, Location: cmp.Or(o.Location, time.Local),
		Loading: screen.Loading{Stage: "starting"},
	}
	a.global = a.globalBindings()
	a.open(screen.Place{Name: "overview"})
	return a, nil
}

// Init asks for the terminal's background where the theme follows it.
func (a *App) Init() tea.Cmd {
	if a.auto {
		return tea.RequestBackgroundColor
	}
	return nil
}

// top is the screen that is shown.
func (a *App) top() screen.Screen { return a.pages[len(a.pages)-1].Screen }

// Update takes a message. It never blocks.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	a.dirty = true
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return a, a.key(m)
	case tea.PasteMsg:
		if a.prompt != nil {
			return a, a.promptInput(m)
		}
	case tea.WindowSizeMsg:
		a.resize(m.Width, m.Height)
	case dataMsg:
		a.data(m)
	case exportedMsg:
		a.exported(m)
	case idleMsg:
		if m.n == a.keys {
			a.hold(false)
		}
	case tea.BackgroundColorMsg:
		if a.auto {
			a.setVariant(a.variant.On(m.IsDark()))
		}
	case tea.ColorProfileMsg:
		if a.auto && m.Profile.String() == "ANSI" {
			v := theme.Dark16
			if a.variant == theme.Light {
				v = theme.Light16
			}
			a.setVariant(v)
		}
	case tea.MouseClickMsg:
		return a, a.click(m)
	case tea.MouseWheelMsg:
		a.wheel(m)
	case endMsg:
		return a, tea.Quit
	default:
		if a.prompt == nil {
			a.dirty = false
			return a, nil
		}
		return a, a.promptInput(m)
	}
	return a, nil
}

func (a *App) setVariant(v theme.Variant) {
	if v == a.variant {
		return
	}
	a.variant = v
	a.ctx.Theme = theme.New(themeOptions(v, a.options.ASCII))
	a.refresh()
}

// refresh brings the screen that is shown up to date. Those below follow when
// they come to the top: sorting a hundred thousand rows that nobody sees would
// be felt at the keys.
func (a *App) refresh() { a.top().Refresh() }

func (a *App) resize(w, h int) {
	a.w, a.h = max(w, 0), max(h, 0)
	a.ctx.Roomy = a.w >= 100
	for _, p := range a.pages {
		p.SetSize(a.pageSize())
	}
}

// pageSize is the room between the rules.
func (a *App) pageSize() (w, h int) { return max(a.w, 1), max(a.h-frameLines, 1) }

// data takes a new state of the data.
func (a *App) data(m dataMsg) {
	a.ctx.Loading = m.loading
	if m.loading.Err != nil {
		a.seenErrors = a.pages[len(a.pages)-1].at.Name == "warnings"
	}
	if m.facts != nil {
		a.ctx.Facts = m.facts
		a.ctx.Basket.Sync(m.facts)
	}
	a.refresh()
}

// holder is a screen whose order can be kept.
type holder interface{ Hold(on bool) }

// hold keeps the rows in their order while the user is at the keys, so that no
// row moves under a finger.
func (a *App) hold(on bool) {
	for _, p := range a.pages {
		if h, ok := p.Screen.(holder); ok {
			h.Hold(on)
		}
	}
}

// open shows the screen of a place; one that is open already comes to the top
// with its state.
func (a *App) open(at screen.Place) {
	a.note = note{}
	a.seenErrors = a.seenErrors || at.Name == "warnings"
	if i := slices.IndexFunc(a.pages, func(p page) bool { return p.at == at }); i >= 0 {
		p := a.pages[i]
		if i > 0 { // the overview stays at the bottom
			a.pages = append(slices.Delete(a.pages, i, i+1), p)
		} else {
			a.pages = a.pages[:1]
		}
		p.Refresh()
		return
	}
	e, ok := find(at.Name)
	if !ok {
		a.note = note{"there is no screen " + at.Name, true}
		return
	}
	s := e.open(a, at.Of)
	s.SetSize(a.pageSize())
	a.pages = append(a.pages, page{s, at})
}

// redraw draws the screen again because the basket's signs are in its rows.
func (a *App) redraw() {
	if r, ok := a.top().(interface{ Invalidate() }); ok {
		r.Invalidate()
	}
}

// back leaves the screen; the overview stays.
func (a *App) back() {
	if len(a.pages) > 1 {
		a.pages = a.pages[:len(a.pages)-1]
		a.top().Refresh()
	}
}

// perform carries an action out.
func (a *App) perform(act screen.Action) tea.Cmd {
	if act.Say != "" {
		text, _ := theme.Clean(act.Say)
		a.note = note{text, act.Wrong}
	}
	if act.Open.Name != "" {
		a.open(act.Open)
	}
	if act.Back {
		a.back()
	}
	if act.Export {
		return a.export()
	}
	if rev := a.ctx.Basket.Rev(); rev != a.basketRev {
		a.basketRev = rev
		a.redraw()
	}
	return nil
}

func (a *App) click(m tea.MouseClickMsg) tea.Cmd {
	if a.small() || m.Button != tea.MouseLeft || a.dialog != nil || a.prompt != nil {
		return nil
	}
	y := m.Y - headLines
	if _, h := a.pageSize(); y < 0 || y >= h {
		if m.Y == 1 {
			a.back()
		}
		return nil
	}
	if c, ok := a.top().(screen.Clicker); ok && c.Click(m.X, y) {
		return a.dispatch("enter")
	}
	return nil
}

func (a *App) wheel(m tea.MouseWheelMsg) {
	c, ok := a.top().(screen.Clicker)
	if !ok || a.small() || a.dialog != nil {
		return
	}
	switch m.Button {
	case tea.MouseWheelDown:
		c.Wheel(3)
	case tea.MouseWheelUp:
		c.Wheel(-3)
	}
}

// small says that the terminal is too small for a frame.
func (a *App) small() bool { return a.w < minWidth || a.h < minHeight }
