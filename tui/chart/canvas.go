package chart

import (
	"math"
	"slices"
	"unicode/utf8"

	"github.com/trimtab/trimtab/tui/theme"
)

// cell is one cell of the plot: braille dots, or a rune where that is set, in
// the colour of the most important thing that touches it.
type cell struct {
	r    rune
	bits uint8
	rank uint8
	role theme.Role
}

// rankUsage is the rank of area and dots; rules have their kind above it.
const rankUsage = 1

func (c *cell) claim(rank uint8, role theme.Role) {
	if rank >= c.rank {
		c.rank, c.role = rank, role
	}
}

// mark is a rule made ready for drawing: rules of the same value are one.
type mark struct {
	kind   RuleKind
	value  float64
	label  [2]string // the second where two rules share the value
	off    bool
	same   bool
	format [2]int // in Usage.text
}

// ruleRoles are the colours of rules: proposed is where money is saved, yours
// is the user's own and stands out by weight.
var ruleRoles = [ruleKinds]theme.Role{
	Mean: theme.Muted, Request: theme.Request, Limit: theme.Limit,
	Proposed: theme.Good, Yours: theme.Title,
}

var ruleNames = [ruleKinds]string{
	Mean: "mean", Request: "request", Limit: "limit", Proposed: "rec", Yours: "yours",
}

// collect readies the valid rules, largest value first.
func (u *Usage) collect() {
	u.rules = u.rules[:0]
	for i := range u.spec.Rules {
		r := &u.spec.Rules[i]
		if !r.valid() {
			continue
		}
		name := r.Label
		if name == "" {
			name = ruleNames[r.Kind]
		}
		if at := slices.IndexFunc(u.rules, func(m mark) bool { return m.value == r.Value && !m.same }); at >= 0 {
			m := &u.rules[at]
			m.same = true
			m.label[1] = name
			if r.Kind > m.kind {
				m.kind = r.Kind
				m.label[0], m.label[1] = m.label[1], m.label[0]
			}
			continue
		}
		m := mark{kind: r.Kind, value: r.Value, label: [2]string{name}, off: u.offScale(r)}
		m.format[0], m.format[1] = u.format(r.Value)
		u.rules = append(u.rules, m)
	}
	slices.SortStableFunc(u.rules, func(a, b mark) int {
		switch {
		case a.value > b.value:
			return -1
		case a.value < b.value:
			return 1
		}
		return int(b.kind) - int(a.kind)
	})
}

// dots returns how many columns and lines of dots a cell has.
func (u *Usage) dots() (x, y int) {
	switch u.th.Symbols().Glyphs {
	case theme.ASCII:
		return 1, 1
	case theme.Blocks:
		return 1, 8
	default:
		return 2, 4
	}
}

// sample reduces the series to columns of dots. Where several buckets share a
// column the largest wins, never the mean, so that no peak disappears; where a
// bucket has several columns it fills them.
func (u *Usage) sample() {
	perCell, _ := u.dots()
	cols := u.plotW * perCell
	u.colValue = slices.Grow(u.colValue[:0], cols)[:cols]
	u.colPeak = slices.Grow(u.colPeak[:0], cols)[:cols]
	s := &u.spec.Series
	n := len(s.Value)
	for x := range cols {
		v, p := math.NaN(), math.NaN()
		lo := x * n / cols
		for i := lo; i < min(max((x+1)*n/cols, lo+1), n); i++ {
			if s.gap(i) {
				continue
			}
			if !(v >= s.Value[i]) {
				v = s.Value[i]
			}
			if i < len(s.Max) && finite(s.Max[i]) && !(p >= s.Max[i]) {
				p = s.Max[i]
			}
		}
		u.colValue[x], u.colPeak[x] = v, p
	}
}

// plot draws area, dots and rules into the cells.
func (u *Usage) plot() {
	n := u.plotW * u.plotH
	u.cells = slices.Grow(u.cells[:0], n)[:n]
	clear(u.cells)
	if u.th.Symbols().Glyphs == theme.Braille {
		u.plotBraille()
	} else {
		u.plotCells()
	}
	u.plotCursor()
	if !u.peak.Known {
		u.plotEmpty()
	}
}

// brailleBits is the bit of a dot by column and by line from the bottom.
var brailleBits = [2][4]uint8{{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}

func (u *Usage) plotBraille() {
	height := 4 * u.plotH
	set := func(x, y int, rank uint8, role theme.Role) {
		c := &u.cells[(u.plotH-1-y/4)*u.plotW+x/2]
		c.bits |= brailleBits[x&1][y&3]
		c.claim(rank, role)
	}
	for x, v := range u.colValue {
		if v != v {
			continue
		}
		for y := range u.dot(v, height) + 1 {
			set(x, y, rankUsage, theme.Usage)
		}
		if p := u.colPeak[x]; p > v {
			set(x, u.dot(p, height), rankUsage, theme.Usage)
		}
	}
	// Where a rule crosses the area the dots around it are cleared, so that it
	// shows without colour too.
	for i := range u.rules {
		if m := &u.rules[i]; !m.off {
			y := u.dot(m.value, height)
			for x, v := range u.colValue {
				if v == v && u.dot(v, height) > y {
					for around := max(y-1, 0); around <= min(y+1, height-1); around++ {
						u.cells[(u.plotH-1-around/4)*u.plotW+x/2].bits &^= brailleBits[x&1][around&3]
					}
				}
			}
		}
	}
	for kind := range ruleKinds {
		for i := range u.rules {
			m := &u.rules[i]
			if m.off || m.kind != kind {
				continue
			}
			y := u.dot(m.value, height)
			for x := range u.colValue {
				if dash(kind, x) {
					set(x, y, rankUsage+1+uint8(kind), ruleRoles[kind])
				}
			}
		}
	}
}

// dash is the pattern of a rule by column of dots.
func dash(kind RuleKind, x int) bool {
	switch kind {
	case Mean:
		return x%4 == 0
	case Request:
		return x%4 < 2
	case Limit:
		return x%6 < 4
	case Yours:
		return x%2 == 0
	default:
		return true
	}
}

// plotCells draws with whole characters: eighths of blocks, or ASCII.
func (u *Usage) plotCells() {
	sym := u.th.Symbols()
	put := func(x, row int, sign string, rank uint8, role theme.Role) {
		c := &u.cells[row*u.plotW+x]
		if rank >= c.rank {
			c.r, _ = utf8.DecodeRuneInString(sign)
		}
		c.claim(rank, role)
	}
	steps := 8
	if sym.Glyphs == theme.ASCII {
		steps = 1
	}
	height := steps * u.plotH
	for x, v := range u.colValue {
		if v != v {
			continue
		}
		n := u.dot(v, height) + 1
		for row := u.plotH - 1; row >= 0 && n > 0; row-- {
			sign := sym.Chart.Area
			if n < steps {
				sign = sym.Chart.Spark[n-1]
			}
			put(x, row, sign, rankUsage, theme.Usage)
			n -= steps
		}
		if p := u.colPeak[x]; p > v && u.row(p) < u.row(v) {
			put(x, u.row(p), sym.Chart.Max, rankUsage, theme.Usage)
		}
	}
	for i := range u.rules {
		m := &u.rules[i]
		if m.off {
			continue
		}
		sign := u.ruleSign(m.kind)
		for x := range u.plotW {
			put(x, u.row(m.value), sign, rankUsage+1+uint8(m.kind), ruleRoles[m.kind])
		}
	}
}

func (u *Usage) ruleSign(kind RuleKind) string {
	c := &u.th.Symbols().Chart
	switch kind {
	case Request:
		return c.Request
	case Limit:
		return c.Limit
	case Proposed:
		return c.Proposed
	case Yours:
		return c.Yours
	default:
		return c.Mean
	}
}

// plotCursor draws a vertical line through the cells that are free and marks
// the others.
func (u *Usage) plotCursor() {
	n := len(u.spec.Series.Value)
	if !u.spec.ShowCursor || n == 0 || u.plotW == 0 {
		return
	}
	x := (2*min(max(u.spec.Cursor, 0), n-1) + 1) * u.plotW / (2 * n)
	for row := range u.plotH {
		c := &u.cells[row*u.plotW+x]
		if c.r == 0 && c.bits == 0 {
			c.r, _ = utf8.DecodeRuneInString(u.th.Symbols().Chart.Cursor)
			c.role = theme.Title
			continue
		}
		c.role = theme.Selection
	}
}

// plotEmpty says that there is nothing to draw.
func (u *Usage) plotEmpty() {
	text := u.spec.Empty
	if text == "" {
		text = "no samples in this window"
	}
	text, _ = theme.Clean(text)
	text = u.th.Truncate(text, u.plotW)
	w := theme.Width(text)
	if w != utf8.RuneCountInString(text) { // wide text: its cells do not match
		return
	}
	at := (u.plotH-1)/2*u.plotW + (u.plotW-w)/2
	for _, r := range text {
		u.cells[at] = cell{r: r, role: theme.Muted}
		at++
	}
}
