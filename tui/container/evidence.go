package container

import (
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

const (
	settingsWidth = 12 + 9 + 11 + 9
	measuredWidth = 35
)

// settings is the table of what is set, proposed and aimed at.
func (s *Screen) settings() []string {
	th, r := s.ctx.Theme, s.row.Rec
	sym := th.Symbols()
	head := th.Line()
	screen.PadTo(head, theme.Muted, "NOW", 21)
	screen.PadTo(head, theme.Muted, "PROPOSED", 32)
	screen.PadTo(head, theme.Muted, "TARGET", 41)
	cpu := func(v *unit.MilliCPU) string {
		return amount(v, func(x unit.MilliCPU) string { return screen.CPU(sym, x) })
	}
	mem := func(v *unit.Bytes) string {
		return amount(v, func(x unit.Bytes) string { return screen.Memory(sym, x) })
	}
	lines := []string{head.String()}
	for _, limit := range []bool{false, true} {
		lines = append(lines, settingLine(s, "cpu", limit, cpu, func(x cluster.Resources) *unit.MilliCPU { return x.CPU }, r))
	}
	for _, limit := range []bool{false, true} {
		lines = append(lines, settingLine(s, "mem", limit, mem, func(x cluster.Resources) *unit.Bytes { return x.Memory }, r))
	}
	return lines
}

func amount[T any](v *T, format func(T) string) string {
	if v == nil {
		return "none"
	}
	return format(*v)
}

func settingLine[T ~int64](
	s *Screen, name string, limit bool, show func(*T) string, of func(cluster.Resources) *T, r *recommend.Recommendation,
) string {
	th := s.ctx.Theme
	l := th.Line()
	now, proposed, target := of(r.Current.Request), of(r.Proposed.Request), of(r.Target.Request)
	what := " request"
	if limit {
		now, proposed, target = of(r.Current.Limit), of(r.Proposed.Limit), of(r.Target.Limit)
		what = " limit"
	}
	l.Put(theme.Muted, " "+name+what)
	screen.PadTo(l, theme.Text, show(now), 21)
	if r.Status == recommend.InsufficientData {
		word := "n/a"
		if s.ctx.Waiting() {
			word = th.Symbols().Loading
		}
		screen.PadTo(l, theme.Muted, word, 30)
		screen.PadTo(l, theme.Muted, word, 41)
		return l.String()
	}
	sign, role := screen.Direction(th.Symbols(), now, proposed)
	text := theme.Title
	if sign == th.Symbols().Keep {
		text = theme.Muted
	}
	if r.Status == recommend.Held && !same(now, target) {
		sign, role = th.Symbols().Held, theme.Caution
	}
	screen.PadTo(l, text, show(proposed), 30)
	l.Put(role, " "+sign)
	role = theme.Text
	if same(target, proposed) {
		role = theme.Muted
	}
	screen.PadTo(l, role, show(target), 41)
	return l.String()
}

// measured is the table of quantiles and what they rest on.
func (s *Screen) measured() []string {
	th, e := s.ctx.Theme, &s.row.Rec.Usage
	sym := th.Symbols()
	head := th.Line()
	head.Put(theme.Muted, "USED")
	for i, q := range []string{"p50", "p95", "p99", "max"} {
		screen.PadTo(head, theme.Muted, q, 14+7*i)
	}
	cpu := func(v float64) string { return screen.Cores(sym, v) }
	mem := func(v float64) string { return screen.Amount(sym, v) }
	lines := []string{head.String(), s.quantiles("cpu", &e.CPU, cpu), s.quantiles("mem", &e.Memory, mem)}
	dot := " " + sym.Dot + " "
	plain := func(role theme.Role, text string) { lines = append(lines, th.Sprint(role, text)) }
	if e.Samples == 0 {
		if s.ctx.Waiting() {
			plain(theme.Muted, "usage is being measured")
		} else {
			plain(theme.Muted, "no samples in this window")
		}
	} else {
		plain(theme.Muted, samples(e.Samples)+" samples of "+duration(e.Step)+dot+screen.Count(e.Days)+" d"+dot+unit.Percent(e.Coverage))
	}
	plain(eventRole(e), s.events(dot))
	if now, ok := s.now(); ok {
		plain(theme.Muted, now)
	}
	return lines
}

func samples(n uint64) string { return screen.Count(int(min(n, 1<<53))) }

func (s *Screen) quantiles(name string, q *recommend.Quantiles, show func(float64) string) string {
	l := s.ctx.Theme.Line()
	l.Put(theme.Muted, name)
	for i, v := range []float64{q.P50, q.P95, q.P99, q.Max} {
		text, role := "n/a", theme.Muted
		if q.Known {
			text, role = show(v), theme.Text
		} else if s.ctx.Waiting() {
			text = s.ctx.Theme.Symbols().Loading
		}
		screen.PadTo(l, role, text, 14+7*i)
	}
	return l.String()
}

func eventRole(e *recommend.Evidence) theme.Role {
	if e.Events.OOMKills > 0 {
		return theme.Danger
	}
	return theme.Muted
}

// events is what happened in the window. Zero counts that no source could
// have told otherwise are "not known".
func (s *Screen) events(dot string) string {
	e := &s.row.Rec.Usage.Events
	text := ""
	switch {
	case !e.Known && e.OOMKills == 0 && e.Restarts == 0:
		text = "OOM kills, restarts: not known"
	case !e.Known:
		// What the pods that are there still tell.
		text = "at least " + screen.Plural(e.OOMKills, "OOM kill") + ", " + screen.Plural(e.Restarts, "restart")
	default:
		text = screen.Plural(e.OOMKills, "OOM kill") + dot + screen.Plural(e.Restarts, "restart")
	}
	if e.ThrottledShare != nil {
		text += dot + "throttled " + unit.Percent(*e.ThrottledShare)
	}
	return text
}

// now is the usage at present, where it is known.
func (s *Screen) now() (string, bool) {
	c := s.row
	if !c.PresentKnown {
		return "", false
	}
	sym := s.ctx.Theme.Symbols()
	text := "now " + screen.Cores(sym, c.Present.CPU) + ", " + screen.Amount(sym, c.Present.Memory)
	if c.PresentPods > 1 {
		text += " (busiest of " + screen.Count(c.PresentPods) + ")"
	}
	if !c.Present.At.IsZero() {
		text += " " + c.Present.At.In(s.ctx.Location).Format("15:04")
	}
	return text, true
}

func duration(d time.Duration) string {
	switch {
	case d == 0:
		return "unknown length"
	case d%time.Hour == 0:
		return screen.Count(int(d/time.Hour)) + "h"
	case d%time.Minute == 0:
		return screen.Count(int(d/time.Minute)) + "m"
	}
	return d.Round(time.Second).String()
}

// short is the reasons in at most n lines.
func (s *Screen) short(w, n int) []string {
	th := s.ctx.Theme
	var lines []string
	for _, reason := range s.reasons() {
		for _, l := range screen.Wrap(th.Symbols().Dot+" "+reason, w, 2) {
			lines = append(lines, th.Sprint(theme.Text, l))
		}
	}
	if len(lines) > n {
		lines = lines[:n]
		lines[n-1] = th.Pad(lines[n-1], w-10) + th.Sprint(theme.Muted, " (d: more)")
	}
	return lines
}

// evidenceText is everything in words.
func (s *Screen) evidenceText(w int) []string {
	th, r := s.ctx.Theme, s.row.Rec
	sym := th.Symbols()
	var lines []string
	head := func(text string) {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, th.Sprint(theme.Title, text))
	}
	item := func(text string) {
		lines = screen.Paragraph(lines, th, theme.Text, sym.Dot+" "+text, w, 2)
	}
	word, _ := screen.StatusWord(r, s.ctx.Waiting())
	head("Reasons: " + word)
	for _, reason := range s.reasons() {
		item(reason)
	}
	if len(s.reasons()) == 0 {
		item("none: the present setting stays")
	}
	if g := r.Confidence.Grade; g != "" {
		head("Confidence " + g)
		for _, reason := range r.Confidence.Reasons {
			item(reason)
		}
	}
	head("Money")
	item(s.money())
	if s.row.Priced {
		item("takes " + screen.Month(s.ctx.Facts, sym, s.row.Cost) + "/mo of its nodes now, by the larger of request and mean usage")
	}
	item("freed is capacity no longer asked for; the bill falls only where nodes go")
	head("Rests on")
	e := &r.Usage
	item(samples(e.Samples) + " samples over " + screen.Plural(e.Pods, "pod") + " (those gone included), one for each " + duration(e.Step))
	item(screen.Plural(e.Days, "day") + " with samples, " + unit.Percent(e.Coverage) + " of the window's hours")
	item(s.events(", "))
	if e.Events.OOMKills > 0 && !e.Events.LastOOM.IsZero() {
		item("last OOM kill " + e.Events.LastOOM.In(s.ctx.Location).Format("2 Jan 15:04"))
	}
	if t := s.row.Template; t != nil && t.Heap.Runtime != "" {
		item("heap: " + t.Heap.Runtime + " (" + t.Heap.Sign + ")")
	}
	if h := s.ctx.Facts.Report; h != nil && h.Usage != nil {
		for _, name := range h.Usage.Sources {
			item("source: " + name)
		}
	}
	item("strategy " + r.Strategy + ", " + screen.Plural(r.Replicas, "replica") + ", " + s.qos())
	return lines
}
