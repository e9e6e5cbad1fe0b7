package tui

import (
	"errors"
	"math/rand/v2"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/screentest"
)

// Any keys, sizes and updates in any order: nothing panics, every frame has
// its size, and an update never moves the cursor off its object.
func TestRandomUse(t *testing.T) {
	keys := []string{
		"up", "down", "j", "k", "g", "G", "pgup", "pgdown", "ctrl+u", "ctrl+f", "ctrl+b", "home", "end", "left", "right", "enter", "enter", "esc",
		"tab", "space", "ctrl+space", `ctrl+\`, "shift+left", "shift+right", "o", "C", "V", "R", "b", "B", "e", "n", "E", "a", "?", "d", "m", "z", "x",
		"/", ":", "'pay", "'freed>10", "'/x[/", "'risk", "'wl payments", "backspace", "ctrl+w", "delete", "'日本", "q", "n", "y",
	}
	facts := []*screen.Facts{smallFacts(), billFacts(), screen.NewFacts(screentest.Make(screentest.Size{Namespaces: 12, Workloads: 61, MaxPods: 3, Nodes: 5, Days: 14})), screen.NewFacts(nil, nil)}
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		a := newTest(t, 80, 24)
		for range 1000 {
			switch n := rng.IntN(20); {
			case n == 0:
				w, h := rng.IntN(210), rng.IntN(62)
				if rng.IntN(3) > 0 {
					w, h = 80+rng.IntN(130), 24+rng.IntN(40)
				}
				a.Update(tea.WindowSizeMsg{Width: w, Height: h})
			case n == 1:
				before, had := selected(a)
				f := facts[rng.IntN(len(facts))]
				a.Update(dataMsg{facts: f, loading: loadingOf(rng)})
				after, _ := selected(a)
				if had && touched(a) && before != after && stillThere(a, before) {
					t.Fatalf("seed %d: the cursor moved from %s to %s", seed, before, after)
				}
			case n == 2:
				a.Update(tea.MouseClickMsg{X: rng.IntN(200), Y: rng.IntN(60), Button: tea.MouseLeft})
				a.Update(tea.MouseWheelMsg{Button: []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}[rng.IntN(2)]})
			case n == 3:
				a.Update(idleMsg{a.keys})
			default:
				if err := drive(a, keys[rng.IntN(len(keys))]); errors.Is(err, errQuit) {
					a = newTest(t, 100, 30)
				}
			}
			checkFrame(t, a)
		}
	}
}

func loadingOf(rng *rand.Rand) screen.Loading {
	switch rng.IntN(3) {
	case 0:
		return screen.Loading{Err: screentest.Lost()}
	case 1:
		return screen.Loading{Stage: "survey", Progress: &usage.Progress{Stage: "survey", Done: rng.IntN(10), Total: rng.IntN(10)}}
	}
	return screen.Loading{Done: true}
}

func selected(a *App) (string, bool) {
	if s, ok := a.top().(interface{ SelectedKey() (string, bool) }); ok {
		return s.SelectedKey()
	}
	return "", false
}

// touched says that the user has chosen a row, which is what an update must
// not take away: until then the cursor stays on the first.
func touched(a *App) bool {
	s, ok := a.top().(interface{ Position() int })
	return ok && s.Position() > 0
}

// stillThere says that the object is among the rows shown.
func stillThere(a *App, key string) bool {
	s, ok := a.top().(interface{ SelectKey(string) bool })
	return ok && s.SelectKey(key)
}

// The cursor follows its object while rows appear, change their order and go.
func TestCursorStaysOnItsObject(t *testing.T) {
	a := newTest(t, 100, 30)
	a.Update(dataMsg{facts: billFacts(), loading: screen.Loading{Stage: "looking for usage"}})
	if err := drive(a, "a", "down", "down", "down"); err != nil {
		t.Fatal(err)
	}
	want, _ := selected(a)
	for i := range 4 {
		f := smallFacts()
		if i%2 == 1 {
			f = billFacts()
		}
		a.Update(dataMsg{facts: f})
		a.Update(idleMsg{a.keys})
		if got, _ := selected(a); got != want {
			t.Fatalf("update %d: the cursor is on %s, want %s", i, got, want)
		}
	}
}
