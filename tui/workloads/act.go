package workloads

import (
	"fmt"
	"strings"

	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// Bindings are the screen's keys.
func (s *Screen) Bindings() []screen.Binding { return s.keys }

func (s *Screen) bindings() []screen.Binding {
	bs := []screen.Binding{
		{
			Keys: []string{"enter"}, Show: "enter", Hint: "open", Help: "open the container's page", Group: screen.Go,
			Do: func() screen.Action {
				key, ok := s.SelectedKey()
				if !ok {
					return screen.Action{}
				}
				return screen.Action{Open: screen.Place{Name: "container", Of: key}}
			},
		},
		{
			Keys: []string{"b"}, Show: "b", Hint: "add", Help: "put the marked rows, or the one under the cursor, into the basket or take them out", Group: screen.Act,
			Do: func() screen.Action {
				act := s.ctx.Basket.Toggle(s.chosen())
				if !act.Wrong {
					s.ClearMarks() // so that the basket's signs show
				}
				return act
			},
		},
	}
	bs = append(bs, s.Marks()...)
	bs = append(bs, s.Sorts("$/MO", "FREED", "STATUS")...)
	return append(bs, s.Moves()...)
}

// chosen are the marked rows, or the one under the cursor.
func (s *Screen) chosen() []*screen.Container {
	marked := s.MarkedRows()
	if len(marked) == 0 {
		if i, ok := s.Selected(); ok {
			marked = []int{i}
		}
	}
	chosen := make([]*screen.Container, len(marked))
	for k, i := range marked {
		chosen[k] = s.rows[i]
	}
	return chosen
}

// Status is the line of counts and the legend.
func (s *Screen) Status(l *theme.Line) {
	s.Counts(l)
	th := s.ctx.Theme
	sym := th.Symbols()
	sep := " " + sym.Dot + " "
	for i, e := range []struct {
		role       theme.Role
		sign, word string
	}{
		{theme.Danger, sym.Risk, "risk"},
		{theme.Good, sym.Basket, "basket"},
		{theme.Caution, sym.Held, "held"},
		{theme.Good, sym.Lower, "lower"},
		{theme.Danger, sym.Raise, "raise"},
		{theme.Muted, "C", "confidence"},
	} {
		if i == 5 && !s.ctx.Roomy {
			break
		}
		l.Put(theme.Muted, sep)
		l.Put(e.role, e.sign)
		l.Put(theme.Muted, " "+e.word)
		sep = " "
	}
}

// Explain tells what was measured of the container under the cursor.
func (s *Screen) Explain(l *theme.Line) {
	i, ok := s.Selected()
	if !ok {
		return
	}
	c := s.rows[i]
	if s.of == "" {
		l.Put(theme.Muted, c.Rec.Workload.Namespace+"/")
	}
	l.Put(theme.Title, c.Name)
	l.Put(theme.Text, ": "+s.sentence(c))
}

func (s *Screen) sentence(c *screen.Container) string {
	sym := s.ctx.Theme.Symbols()
	r, e := c.Rec, &c.Rec.Usage
	if r.Status == recommend.Held {
		return strings.TrimPrefix(screen.WhyNot(r), "held: ")
	}
	if !e.CPU.Known && !e.Memory.Known {
		switch {
		case s.ctx.Waiting():
			return "usage is being measured"
		case c.PresentKnown:
			return fmt.Sprintf("no history; uses %s and %s now", screen.Cores(sym, c.Present.CPU), screen.Amount(sym, c.Present.Memory))
		case len(r.Reasons) > 0:
			return r.Reasons[0]
		}
		return "no usage was measured"
	}
	text := ""
	if e.CPU.Known {
		text = "CPU p95 " + screen.Cores(sym, e.CPU.P95) + " max " + screen.Cores(sym, e.CPU.Max)
	}
	if e.Memory.Known {
		if text != "" {
			text += " " + sym.Dot + " "
		}
		text += "mem max " + screen.Amount(sym, e.Memory.Max)
	}
	switch {
	case e.Events.OOMKills > 0:
		text += " " + sym.Dot + " " + screen.Plural(e.Events.OOMKills, "OOM kill")
	case e.Events.Known:
		text += " " + sym.Dot + " no OOM kill"
	}
	return text + " " + sym.Dot + " " + screen.Count(e.Days) + " d, " + screen.Plural(e.Pods, "pod")
}
