package chart

import (
	"slices"
	"strconv"

	"github.com/trimtab/trimtab/tui/theme"
)

// entry is a line of the legend.
type entry struct {
	sign   string
	role   theme.Role
	label  [2]string // the second where two rules share the value
	num    [2]int    // in Usage.text
	row    int       // wanted, then given; −1: after the one before
	note   bool      // label[0] alone, in muted text
	value  float64
	labelW int
}

// collectLegend lists the legend: rules, dots and area from the largest value
// down, then notes and events.
func (u *Usage) collectLegend() {
	u.legend = u.legend[:0]
	if u.spec.NoLegend {
		return
	}
	sym := u.th.Symbols()
	for i := range u.rules {
		m := &u.rules[i]
		if m.off && u.pinned {
			continue
		}
		sign := u.ruleSign(m.kind)
		if m.off {
			sign = sym.Chart.OffScale
		}
		u.legend = append(u.legend, entry{
			sign: sign, role: ruleRoles[m.kind], label: m.label, num: m.format, value: m.value,
		})
	}
	maximum := u.spec.Max
	if !maximum.Value.Known {
		maximum.Value = u.peak
	}
	if len(u.spec.Series.Max) > 0 {
		u.addKey(sym.Chart.Max, "max", maximum)
	}
	u.addKey(sym.Chart.Area, "p95", u.spec.Area)
	slices.SortStableFunc(u.legend, func(a, b entry) int {
		switch {
		case a.value > b.value:
			return -1
		case a.value < b.value:
			return 1
		}
		return 0
	})
	for _, n := range u.spec.Notes {
		u.legend = append(u.legend, entry{label: [2]string{n}, note: true, row: -1})
	}
	for k := range eventKinds {
		kind := eventKinds - 1 - k
		if u.counts[kind] == 0 {
			continue
		}
		from := len(u.text)
		u.text = strconv.AppendInt(u.text, int64(u.counts[kind]), 10)
		u.legend = append(u.legend, entry{
			sign: u.eventSign(kind), role: eventRoles[kind], label: [2]string{eventNames[kind]},
			num: [2]int{from, len(u.text)}, row: -1,
		})
	}
	for i := range u.legend {
		e := &u.legend[i]
		e.measure()
	}
}

func (u *Usage) addKey(sign, name string, k Key) {
	if k.Name != "" {
		name = k.Name
	}
	e := entry{sign: sign, role: theme.Usage, label: [2]string{name}}
	if k.Value.Known && finite(k.Value.Value) {
		e.num[0], e.num[1] = u.format(k.Value.Value)
		e.value = max(k.Value.Value, 0)
	}
	u.legend = append(u.legend, e)
}

// legendWidth returns the width of the legend as a column, 0 for none.
func (u *Usage) legendWidth() int {
	w, label, num := 0, 0, 0
	for i := range u.legend {
		e := &u.legend[i]
		if e.note {
			w = max(w, 2+e.labelW)
			continue
		}
		label = max(label, e.labelW)
		num = max(num, u.numWidth(e))
	}
	if label > 0 {
		w = max(w, 2+label)
		if num > 0 {
			w = max(w, 2+label+1+num)
		}
	}
	return w
}

func (u *Usage) numWidth(e *entry) int {
	return theme.Width(view(u.text[e.num[0]:e.num[1]]))
}

// placeLegend gives each entry a line: that of its value where it is free,
// else the next one. What does not fit goes, from the end.
func (u *Usage) placeLegend() {
	if u.key == 0 {
		return
	}
	u.legend = u.legend[:min(len(u.legend), u.plotH)]
	next := 0
	for i := range u.legend {
		e := &u.legend[i]
		if e.row >= 0 {
			e.row = u.row(min(e.value, u.top))
		}
		e.row = max(e.row, next)
		next = e.row + 1
	}
	last := u.plotH - 1
	for i := range slices.Backward(u.legend) {
		e := &u.legend[i]
		e.row = min(e.row, last)
		last = e.row - 1
	}
}

// writeEntry writes the legend's entry of a line and pads it to the legend's
// width.
func (u *Usage) writeEntry(row int) {
	label, num := 0, 0
	at := -1
	for i := range u.legend {
		e := &u.legend[i]
		if e.row == row {
			at = i
		}
		if !e.note {
			label, num = max(label, e.labelW), max(num, u.numWidth(e))
		}
	}
	if at < 0 {
		u.buf = theme.AppendBlank(u.buf, u.key)
		return
	}
	e := &u.legend[at]
	if e.note {
		u.buf = append(u.buf, "  "...)
		u.buf = u.th.Append(u.buf, theme.Muted, e.label[0])
		u.buf = theme.AppendBlank(u.buf, u.key-2-e.labelW)
		return
	}
	used := u.writeLabel(e)
	n := u.numWidth(e)
	u.buf = theme.AppendBlank(u.buf, 2+label-used)
	used = 2 + label
	if n > 0 {
		u.buf = theme.AppendBlank(u.buf, 1+num-n)
		u.buf = append(u.buf, u.text[e.num[0]:e.num[1]]...)
		used += 1 + num
	}
	u.buf = theme.AppendBlank(u.buf, u.key-used)
}

// writeLabel writes sign and name and returns their width.
func (u *Usage) writeLabel(e *entry) int {
	before, after := u.th.Pair(e.role)
	u.buf = append(append(append(u.buf, before...), e.sign...), ' ')
	u.buf = append(u.buf, e.label[0]...)
	if e.label[1] != "" {
		u.buf = append(append(u.buf, '='), e.label[1]...)
	}
	u.buf = append(u.buf, after...)
	return 2 + e.labelW
}

// writeList writes the legend as one line, as much of it as fits.
func (u *Usage) writeList() {
	used := 0
	for i := range u.legend {
		e := &u.legend[i]
		n := u.numWidth(e)
		need := 2 + e.labelW
		if n > 0 {
			need += 1 + n
		}
		gap := min(used, 2)
		if e.note || used+gap+need > u.w {
			continue
		}
		u.buf = theme.AppendBlank(u.buf, gap)
		u.writeLabel(e)
		if n > 0 {
			u.buf = append(u.buf, ' ')
			u.buf = append(u.buf, u.text[e.num[0]:e.num[1]]...)
		}
		used += gap + need
	}
	u.buf = theme.AppendBlank(u.buf, u.w-used)
	u.endLine()
}

// measure cleans the labels and notes their width.
func (e *entry) measure() {
	for k := range e.label {
		e.label[k], _ = theme.Clean(e.label[k])
	}
	e.labelW = theme.Width(e.label[0])
	if e.label[1] != "" {
		e.labelW += 1 + theme.Width(e.label[1])
	}
}

// writePinned names the rules above the top, as many as fit.
func (u *Usage) writePinned() {
	const wide = 3
	need := u.label - wide
	for i := range u.rules {
		if e := u.pinnedEntry(i); u.rules[i].off {
			need += wide + e.labelW + 3 + u.numWidth(&e)
		}
	}
	used, gap := u.label, wide
	if need > u.w {
		used, gap = 0, 1
	}
	u.buf = theme.AppendBlank(u.buf, used)
	space := 0
	for i := range u.rules {
		if !u.rules[i].off {
			continue
		}
		e := u.pinnedEntry(i)
		need := space + e.labelW + 3 + u.numWidth(&e)
		if used+need > u.w {
			continue
		}
		u.buf = theme.AppendBlank(u.buf, space)
		u.writeLabel(&e)
		u.buf = append(append(u.buf, ' '), u.text[e.num[0]:e.num[1]]...)
		used += need
		space = gap
	}
	u.buf = theme.AppendBlank(u.buf, u.w-used)
	u.endLine()
}

func (u *Usage) pinnedEntry(i int) entry {
	m := &u.rules[i]
	e := entry{sign: u.th.Symbols().Chart.OffScale, role: ruleRoles[m.kind], label: m.label, num: m.format}
	e.measure()
	return e
}
