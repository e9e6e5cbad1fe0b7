package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/screentest"
)

var sizes = [][2]int{{80, 24}, {100, 30}, {120, 40}, {200, 60}}

// Every screen of the list, at every size.
func TestGoldenScreens(t *testing.T) {
	ways := map[string][]string{
		"overview":   nil,
		"namespaces": {"tab"},
		"workloads":  {"a"},
		"container":  {"a", "enter"},
		"nodes":      {"n"},
		"basket":     {"a", "b", "down", "b", "G", "b", "B"},
		"warnings":   {"E"},
		"help":       {"a", "?"},
	}
	for _, e := range screens() {
		keys, ok := ways[e.name]
		if !ok {
			t.Errorf("no golden screen of %s", e.name)
		}
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", e.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				a := loaded(t, size[0], size[1])
				if err := drive(a, keys...); err != nil {
					t.Fatal(err)
				}
				golden(t, name, text(t, a))
			})
		}
	}
}

// What a screen says in its states, at the least size.
func TestGoldenStates(t *testing.T) {
	for _, tc := range []struct {
		name string
		make func(t *testing.T) *App
		keys []string
	}{
		{"starting", func(t *testing.T) *App { return newTest(t, 80, 24) }, nil},
		{"bill", bill, nil},
		{"bill-workloads", bill, []string{"a"}},
		{"bill-container", bill, []string{"a", "enter"}},
		{"lost", lost, []string{"a"}},
		{"lost-errors", lost, []string{"E"}},
		{"refused", refused, nil},
		{"one-namespace", small, []string{"down", "enter"}},
		{"filter", small, []string{"a", "/", "'freed>50 !pricing"}},
		{"filter-wrong", small, []string{"a", "/", "'/[/"}},
		{"filter-empty", small, []string{"a", "/", "'freed>99999", "enter"}},
		{"marked", small, []string{"a", "space", "down", "down", "ctrl+space", "shift+right", "shift+right"}},
		{"memory", small, []string{"a", "enter", "m", "z"}},
		{"why", small, []string{"a", "enter", "d"}},
		{"command", small, []string{":", "'wl pay", "tab"}},
		{"exported", small, []string{"a", "b", "B", "e"}},
		{"quit", small, []string{"a", "b", "q"}},
		{"held", small, []string{"a", "/", "'held", "enter", "b"}},
		{"help-search", small, []string{"?", "/", "'sort", "enter"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := tc.make(t)
			if err := drive(a, tc.keys...); err != nil {
				t.Fatal(err)
			}
			golden(t, "state-"+tc.name, text(t, a))
		})
	}
	a := loaded(t, 40, 10)
	golden(t, "small-40x10", text(t, a))
}

func small(t *testing.T) *App { return loaded(t, 80, 24) }

func bill(t *testing.T) *App {
	a := newTest(t, 80, 24)
	a.Update(dataMsg{facts: billFacts(), loading: screen.Loading{Stage: "survey", Progress: &usage.Progress{Stage: "survey", Done: 38, Total: 61, Bytes: 12_300_000}}})
	return a
}

func lost(t *testing.T) *App {
	a := bill(t)
	a.Update(dataMsg{loading: screen.Loading{Err: screentest.Lost()}})
	return a
}

// refused is a cluster that could not be read at all.
func refused(t *testing.T) *App {
	a := newTest(t, 80, 24)
	a.Update(dataMsg{loading: screen.Loading{Err: screentest.Lost()}})
	return a
}

func TestEscapeNeverQuits(t *testing.T) {
	a := small(t)
	for range 20 {
		if err := drive(a, "esc"); err != nil {
			t.Fatal("esc has quit")
		}
	}
	if err := drive(a, "a", "/", "'a", "enter", "space", "enter", "esc"); err != nil {
		t.Fatal(err)
	}
	contains(t, a, "All workloads", "filter a", "1 marked")
	_ = drive(a, "esc")
	if got := a.top().(screen.Filterer).Filter(); got != "" {
		t.Errorf("filter %q, want none", got)
	}
	contains(t, a, "1 marked")
	_ = drive(a, "esc")
	_ = drive(a, "esc")
	if len(a.pages) != 1 {
		t.Errorf("%d pages, want the overview alone", len(a.pages))
	}
}

func TestQuit(t *testing.T) {
	a := small(t)
	if drive(a, "q") == nil {
		t.Error("q does not quit with an empty basket")
	}
	a = small(t)
	if err := drive(a, "a", "b", "ctrl+c"); err != nil {
		t.Fatal("ctrl+c loses the basket without asking")
	}
	contains(t, a, "Quit?")
	if drive(a, "ctrl+c") == nil {
		t.Error("ctrl+c twice does not quit")
	}
	a = small(t)
	if err := drive(a, "a", "b", "q", "esc"); err != nil {
		t.Fatal(err)
	}
	if err := drive(a, "e"); err != nil {
		t.Fatal(err)
	}
	contains(t, a, "wrote 2 files to trimtab-component", "kustomization.yaml", "Exported 1 change")
	if drive(a, "esc", "q") == nil {
		t.Error("q asks after an export")
	}
}

func TestBasketRefuses(t *testing.T) {
	a := small(t)
	for _, filter := range []string{"held", "nodata"} {
		_ = drive(a, "a", "/", "ctrl+u", "'"+filter, "enter", "b")
		if a.ctx.Basket.Len() != 0 || !a.note.wrong || a.note.text == "" {
			t.Errorf("%s: basket %d, note %+v", filter, a.ctx.Basket.Len(), a.note)
		}
	}
}

func TestExportFails(t *testing.T) {
	a := small(t)
	a.deps.Export = func(*analyzer.Report, []recommend.Recommendation) (string, []string, error) {
		return "", nil, hint.New("the folder is not empty", "remove it first")
	}
	_ = drive(a, "e")
	contains(t, a, "the basket is empty")
	_ = drive(a, "a", "b", "e")
	contains(t, a, "export failed: the folder is not empty (remove it first)")
	if !a.ctx.Basket.Unsaved() {
		t.Error("a failed export counts as saved")
	}
	_ = drive(a, "E")
	contains(t, a, "exporting the basket: the folder is not empty", "remove it first")
	a.deps.Export = func(*analyzer.Report, []recommend.Recommendation) (string, []string, error) { panic("boom") }
	_ = drive(a, "e")
	contains(t, a, "export failed: exporting failed: boom")
	a.exported(exportedMsg{n: a.exports - 1, err: errors.New("stale")})
	if a.note.text == "export failed: stale" {
		t.Error("a stale result is shown")
	}
}

// A change in the basket that new data no longer proposes is kept, marked and
// left out of the export.
func TestBasketDrifts(t *testing.T) {
	a := small(t)
	_ = drive(a, "a", "b")
	a.Update(dataMsg{facts: billFacts(), loading: screen.Loading{Done: true}})
	_ = drive(a, "B")
	contains(t, a, "~", "left out of the export")
	_ = drive(a, "e")
	contains(t, a, "has drifted")
}

func TestResizeKeepsState(t *testing.T) {
	a := small(t)
	_ = drive(a, "a", "/", "'cost>10", "enter", "down", "down", "space")
	before := text(t, a)
	for _, s := range [][2]int{{20, 5}, {1, 1}, {0, 0}, {300, 100}, {79, 24}, {80, 23}} {
		a.Update(tea.WindowSizeMsg{Width: s[0], Height: s[1]})
		checkFrame(t, a)
		_ = drive(a, "down", "x") // keys of a screen that is not shown do nothing
		a.Update(key("up"))
	}
	a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	a.note = note{}
	if got := text(t, a); got != before {
		t.Errorf("the screen changed:\n%s\n%s", before, got)
	}
}

func TestMouse(t *testing.T) {
	a := small(t)
	_ = drive(a, "a")
	click := func(x, y int) {
		_, cmd := a.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		_ = settle(a, cmd)
	}
	click(5, 7)
	before, _ := a.top().(interface{ SelectedKey() (string, bool) }).SelectedKey()
	click(5, 7)
	if at := a.pages[len(a.pages)-1].at; at.Name != "container" || at.Of != before {
		t.Errorf("a second click opens %v, want container %s", at, before)
	}
	click(5, 1)
	a.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	checkFrame(t, a)
	if got := a.pages[len(a.pages)-1].at.Name; got != "workloads" {
		t.Errorf("a click on the crumbs leads to %s", got)
	}
}

// With ASCII every screen holds to it, but for names from outside.
func TestASCII(t *testing.T) {
	for _, e := range screens() {
		a, err := newApp(Deps{Where: "prod"}, Options{Theme: "mono", ASCII: true, Location: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		a.rest = func(int) tea.Cmd { return nil }
		a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
		a.Update(dataMsg{facts: smallFacts(), loading: screen.Loading{Done: true}})
		if err := drive(a, "a", "b", "enter"); err != nil {
			t.Fatal(err)
		}
		if e.name != "container" && e.name != "workloads" {
			a.open(screen.Place{Name: e.name})
		}
		for i, l := range strings.Split(ansi.Strip(a.frameNow()), "\n") {
			l = strings.ReplaceAll(l, "zahlungsübersicht", "")
			for _, r := range l {
				if r > '~' {
					t.Errorf("%s line %d: %q holds %q", e.name, i, l, r)
					break
				}
			}
		}
	}
}

func (a *App) frameNow() string { return a.View().Content }

// No key of a screen hides one that works everywhere without meaning to, and
// none is bound twice on a screen.
func TestBindingsAreUnique(t *testing.T) {
	a := small(t)
	_ = drive(a, "a", "b", "enter")
	for _, e := range screens() {
		of := ""
		if e.name == "container" {
			of = a.ctx.Facts.Containers[0].Key
		}
		s := e.open(a, of)
		seen := map[string]string{}
		for _, b := range s.Bindings() {
			if b.Show == "" || b.Help == "" || b.Group == "" || b.Do == nil {
				t.Errorf("%s: binding %+v lacks something", e.name, b)
			}
			for _, k := range b.Keys {
				if seen[k] != "" {
					t.Errorf("%s: %s is bound to %q and %q", e.name, k, seen[k], b.Help)
				}
				seen[k] = b.Help
			}
		}
		for _, b := range a.global {
			for _, k := range b.Keys {
				if seen[k] != "" && k != "e" {
					t.Errorf("%s: %s hides %q", e.name, k, b.Help)
				}
			}
		}
	}
}
