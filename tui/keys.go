package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/tui/help"
	"github.com/trimtab/trimtab/tui/screen"
)

// key takes a key: the dialog first, then the prompt, the screen, and what
// works everywhere.
func (a *App) key(m tea.KeyPressMsg) tea.Cmd {
	k := m.String()
	again := a.quitting
	a.quitting = k == "ctrl+c"
	if k == "ctrl+c" {
		if again || (!a.ctx.Basket.Unsaved() && !a.exporting) {
			return tea.Quit
		}
		a.prompt = nil
		a.dialog = quitDialog(a)
		return nil
	}
	if k == "ctrl+z" {
		return tea.Suspend
	}
	if a.dialog != nil {
		return a.dialogKey(k)
	}
	if a.small() {
		if k == "q" {
			return a.quit()
		}
		return nil
	}
	if a.prompt != nil {
		return a.promptKey(m)
	}
	a.note = note{}
	a.keys++
	a.hold(true)
	return tea.Batch(a.dispatch(k), a.rest(a.keys))
}

// dispatch runs the first binding of a key.
func (a *App) dispatch(k string) tea.Cmd {
	for _, list := range [][]screen.Binding{a.top().Bindings(), a.global} {
		for i := range list {
			b := &list[i]
			if !has(b.Keys, k) {
				continue
			}
			if b.Off != nil {
				if why := b.Off(); why != "" {
					return a.perform(screen.Refuse(b.Show + ": " + why))
				}
			}
			return a.perform(b.Do())
		}
	}
	// What needs a command of the program itself.
	switch k {
	case "q":
		return a.quit()
	}
	return nil
}

func has(keys []string, k string) bool {
	for _, x := range keys {
		if x == k {
			return true
		}
	}
	return false
}

// globalBindings are the keys that work on every screen.
func (a *App) globalBindings() []screen.Binding {
	filterOff := func() string {
		if _, ok := a.top().(screen.Filterer); !ok {
			return "there is nothing to filter here"
		}
		return ""
	}
	nothing := func() screen.Action { return screen.Action{} }
	bs := []screen.Binding{
		{Keys: []string{"/"}, Show: "/", Hint: "filter", Help: "filter the rows as you type", Group: screen.Find, Off: filterOff, Do: func() screen.Action { a.startFilter(); return screen.Action{} }},
		{Keys: []string{":"}, Show: ":", Hint: "cmd", Help: "a command: ns wl nodes basket warnings export help q", Group: screen.Find, Do: func() screen.Action { a.startCommand(); return screen.Action{} }},
	}
	for _, e := range screens() {
		if e.key == "" {
			continue
		}
		bs = append(bs, screen.Binding{
			Keys: []string{e.key}, Show: e.key, Hint: e.hint, Help: e.about, Group: screen.Go,
			Do: func() screen.Action { return screen.Action{Open: screen.Place{Name: e.name}} },
		})
	}
	return append(
		bs,
		screen.Binding{
			Keys: []string{"e"}, Show: "e", Help: "export the basket as files", Group: screen.Act,
			Do: func() screen.Action { return screen.Action{Export: true} },
		},
		screen.Binding{
			Keys: []string{"esc"}, Show: "esc", Hint: "back", Help: "clear the filter, then the marks, then leave the screen", Group: screen.Go,
			Do: func() screen.Action {
				if a.top().Back() {
					return screen.Action{}
				}
				return screen.Action{Back: true}
			},
		},
		// These two are carried out in key and dispatch, as they are commands
		// of the program; they are here for the help.
		screen.Binding{Show: "ctrl-z", Help: "suspend; fg comes back", Group: screen.App, Do: nothing},
		screen.Binding{Show: "q ctrl-c", Help: "quit; asks if the basket is not exported, ctrl-c twice never asks", Group: screen.App, Do: nothing},
	)
}

// helpKeys are the keys of the screen below the help, then those of all.
func (a *App) helpKeys() []help.Section {
	var sections []help.Section
	for i := len(a.pages) - 1; i >= 0; i-- {
		if p := a.pages[i]; p.at.Name != "help" {
			sections = append(sections, help.Section{Title: p.at.Name, Keys: p.Bindings()})
			break
		}
	}
	return append(sections, help.Section{Title: "everywhere", Keys: a.global})
}

// quit leaves, or asks where that would lose something.
func (a *App) quit() tea.Cmd {
	if a.exporting {
		a.note = note{"an export is being written; ctrl-c twice quits all the same", true}
		return nil
	}
	if a.ctx.Basket.Unsaved() {
		a.dialog = quitDialog(a)
		return nil
	}
	return tea.Quit
}
