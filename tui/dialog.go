package tui

import (
	"strings"

	"charm.land/lipgloss/v2"

	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// dialog is a question over the screen. Keys it does not know leave it open.
type dialog struct {
	title  string
	lines  []string
	answer map[string]func() tea.Cmd // nil: any key closes it
	keys   string
}

// quitDialog asks whether to leave with a basket that has not been exported.
func quitDialog(a *App) *dialog {
	return &dialog{
		title: "Quit?",
		lines: []string{
			screen.Plural(a.ctx.Basket.Len(), "change") + " in the basket that no export has written.",
		},
		keys: "y quit   e export   esc stay",
		answer: map[string]func() tea.Cmd{
			"y": func() tea.Cmd { return tea.Quit },
			"q": func() tea.Cmd { return tea.Quit },
			"e": func() tea.Cmd { return a.export() },
			"n": func() tea.Cmd { return nil },
		},
	}
}

func (a *App) dialogKey(k string) tea.Cmd {
	if k == "esc" || a.dialog.answer == nil {
		a.dialog = nil
		return nil
	}
	if f, ok := a.dialog.answer[k]; ok {
		a.dialog = nil
		return f()
	}
	return nil
}

// mostFiles is how many files of an export are named.
const mostFiles = 10

// exportDialog shows what an export has written.
func exportDialog(a *App, m exportedMsg) *dialog {
	dir, _ := theme.Clean(m.dir)
	d := &dialog{
		title: "Exported " + screen.Plural(len(m.keys), "change"),
		lines: []string{"Folder  " + dir, ""},
		keys:  "any key closes",
	}
	for i, f := range m.files {
		if i == mostFiles {
			d.lines = append(d.lines, "  "+a.ctx.Theme.Symbols().Ellipsis+" "+screen.Count(len(m.files)-i)+" more")
			break
		}
		f, _ = theme.Clean(f)
		d.lines = append(d.lines, "  "+f)
	}
	d.lines = append(d.lines, "", "Nothing was applied: review the files, then commit them.")
	return d
}

// over draws the dialog over a frame of w × h cells.
func (d *dialog) over(th *theme.Theme, frame string, w, h int) string {
	width := len(d.keys)
	for _, l := range d.lines {
		width = max(width, theme.Width(l))
	}
	width = min(width+4, w)
	body := make([]string, 0, len(d.lines)+2)
	for _, l := range d.lines {
		body = append(body, th.Truncate(l, width-4))
	}
	body = append(body, "", th.Sprint(theme.Accent, d.keys))
	box := strings.Join(th.Box(width, len(body)+2, d.title, "", true, body), "\n")
	x, y := max((w-width)/2, 0), max((h-len(body)-2)/2, 0)
	return lipgloss.NewCompositor(
		lipgloss.NewLayer(frame),
		lipgloss.NewLayer(box).X(x).Y(y).Z(1),
	).Render()
}
