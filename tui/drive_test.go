package tui

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/screentest"
)

var update = flag.Bool("update", false, "write the golden files")

// newTest returns an interface of w × h cells without a terminal.
func newTest(t testing.TB, w, h int) *App {
	t.Helper()
	a, err := newApp(Deps{
		Where: "prod-eu-1", Strategy: "balanced",
		Export: func(_ *analyzer.Report, recs []recommend.Recommendation) (string, []string, error) {
			files := []string{"kustomization.yaml"}
			for i := range recs {
				files = append(files, recs[i].Workload.Name+".yaml")
			}
			return "trimtab-component", files, nil
		},
	}, Options{Theme: "mono", Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	a.rest = func(int) tea.Cmd { return nil }
	a.Update(tea.WindowSizeMsg{Width: w, Height: h})
	return a
}

// loaded returns an interface that shows the small cluster.
func loaded(t testing.TB, w, h int) *App {
	t.Helper()
	a := newTest(t, w, h)
	a.Update(dataMsg{facts: smallFacts(), loading: screen.Loading{Stage: "done", Done: true}})
	return a
}

func smallFacts() *screen.Facts { return screen.NewFacts(screentest.Make(screentest.Small())) }

func billFacts() *screen.Facts { return screen.NewFacts(screentest.Bill(screentest.Small())) }

// key is a key press by its name, or by the text it types.
func key(name string) tea.KeyPressMsg {
	k := tea.Key{}
	for {
		if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
			k.Mod, name = k.Mod|tea.ModCtrl, rest
			continue
		}
		if rest, ok := strings.CutPrefix(name, "shift+"); ok {
			k.Mod, name = k.Mod|tea.ModShift, rest
			continue
		}
		break
	}
	codes := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
		"right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
		"space": tea.KeySpace, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
	}
	if c, ok := codes[name]; ok {
		k.Code = c
		if name == "space" && k.Mod == 0 {
			k.Text = " "
		}
		return tea.KeyPressMsg(k)
	}
	r := []rune(name)[0]
	k.Code = unicode.ToLower(r)
	if k.Mod == 0 {
		k.Text = name
		if unicode.IsUpper(r) {
			k.Mod, k.ShiftedCode = tea.ModShift, r
		}
	}
	return tea.KeyPressMsg(k)
}

// quit is what drive returns where the program would have ended.
var errQuit = errors.New("quit")

// drive presses keys one after the other, runs what they cause, and draws after
// each. A name that starts with ' types the rest.
func drive(a *App, keys ...string) error {
	for _, name := range keys {
		if text, ok := strings.CutPrefix(name, "'"); ok {
			for _, r := range text {
				if err := press(a, string(r)); err != nil {
					return err
				}
			}
			continue
		}
		if err := press(a, name); err != nil {
			return err
		}
	}
	return nil
}

func press(a *App, name string) error {
	if name == " " {
		name = "space"
	}
	_, cmd := a.Update(key(name))
	a.View()
	return settle(a, cmd)
}

// settle runs a command and what follows from it.
func settle(a *App, cmd tea.Cmd) error {
	if cmd == nil {
		return nil
	}
	switch m := cmd().(type) {
	case nil:
		return nil
	case tea.QuitMsg:
		return errQuit
	case tea.BatchMsg:
		for _, c := range m {
			if err := settle(a, c); err != nil {
				return err
			}
		}
	case exportedMsg:
		_, next := a.Update(m)
		a.View()
		return settle(a, next)
	}
	return nil
}

// text is the screen as text, with its size checked.
func text(t testing.TB, a *App) string {
	t.Helper()
	checkFrame(t, a)
	b := uv.NewScreenBuffer(a.w, a.h)
	uv.NewStyledString(a.View().Content).Draw(b, b.Bounds())
	var out strings.Builder
	for _, l := range strings.Split(b.String(), "\n") {
		out.WriteString(strings.TrimRight(l, " \r"))
		out.WriteByte('\n')
	}
	return out.String()
}

// checkFrame checks that the frame has exactly as many lines as the terminal,
// and none wider.
func checkFrame(t testing.TB, a *App) {
	t.Helper()
	lines := strings.Split(a.View().Content, "\n")
	if a.h > 0 && a.w > 0 && len(lines) != a.h {
		t.Fatalf("%d lines at %d×%d", len(lines), a.w, a.h)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w > a.w {
			t.Fatalf("line %d takes %d cells at %d×%d: %q", i, w, a.w, a.h, ansi.Strip(l))
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func contains(t *testing.T, a *App, want ...string) {
	t.Helper()
	got := text(t, a)
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("the screen does not say %q:\n%s", w, got)
		}
	}
}
