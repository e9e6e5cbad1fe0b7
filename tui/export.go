package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// exportedMsg is what became of an export.
type exportedMsg struct {
	n     int // which export
	keys  []string
	dir   string
	files []string
	err   error
}

// export writes the basket outside of the interface's goroutine.
func (a *App) export() tea.Cmd {
	keys, recs := a.ctx.Basket.Exportable()
	switch {
	case a.exporting:
		a.note = note{"an export is running", true}
		return nil
	case a.deps.Export == nil:
		a.note = note{"exporting is not possible here", true}
		return nil
	case a.ctx.Basket.Len() == 0:
		a.note = note{"the basket is empty: b on a proposed change puts it in", true}
		return nil
	case len(recs) == 0:
		a.note = note{"every change in the basket has drifted: there is nothing to write", true}
		return nil
	}
	a.exports++
	a.exporting = true
	a.note = note{"writing " + screen.Plural(len(recs), "change"), false}
	n, report, write := a.exports, a.ctx.Facts.Report, a.deps.Export
	return func() tea.Msg {
		m := exportedMsg{n: n, keys: keys}
		m.err = hint.Guard("exporting", func() error {
			var err error
			m.dir, m.files, err = write(report, recs)
			return err
		})
		return m
	}
}

// exported shows what became of an export. One that is not the newest is
// nothing to tell of.
func (a *App) exported(m exportedMsg) {
	if m.n != a.exports {
		return
	}
	a.exporting = false
	if m.err != nil {
		a.ctx.Failures = append([]error{hint.Wrap(m.err, "exporting the basket", hint.Of(m.err))}, a.ctx.Failures...)
		text := "export failed: " + firstLine(m.err)
		if h := hint.Of(m.err); h != "" {
			text += " (" + h + ")"
		}
		a.note = note{text, true}
		a.refresh()
		return
	}
	a.ctx.Basket.Saved(m.keys)
	text, _ := theme.Clean(fmt.Sprintf("wrote %s to %s", screen.Plural(len(m.files), "file"), m.dir))
	a.note = note{text, false}
	a.dialog = exportDialog(a, m)
	a.refresh()
}
