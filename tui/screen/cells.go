package screen

import (
	"cmp"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

// Widths of the cells of a change: both amounts, the arrow and the sign.
const (
	CPUChangeWidth    = 5 + 3 + 5 + 2
	MemoryChangeWidth = 6 + 3 + 6 + 2
)

// PutCPUChange writes what becomes of the CPU request: "2000m →  640m ▼".
func (c *Context) PutCPUChange(cell *table.Cell, r *recommend.Recommendation) {
	putChange(c, cell, r, 5, AppendCPU, func(x cluster.Resources) *unit.MilliCPU { return x.CPU })
}

// PutMemoryChange writes what becomes of the memory request.
func (c *Context) PutMemoryChange(cell *table.Cell, r *recommend.Recommendation) {
	putChange(c, cell, r, 6, AppendBytes, func(x cluster.Resources) *unit.Bytes { return x.Memory })
}

func putChange[T ~int64](
	c *Context, cell *table.Cell, r *recommend.Recommendation, width int,
	format func([]byte, *theme.Symbols, T) []byte, of func(cluster.Resources) *T,
) {
	sym := c.Theme.Symbols()
	from := cmp.Or(of(r.Current.Request), of(r.Current.Limit))
	right := func(role theme.Role, text []byte) {
		cell.PadTo(cell.Width() + width - theme.Width(string(text)))
		cell.PutBytes(role, text)
	}
	word := func(role theme.Role, text string) {
		cell.PadTo(cell.Width() + width - theme.Width(text))
		cell.Put(role, text)
	}
	if from == nil {
		word(theme.Caution, "none")
	} else {
		right(theme.Text, format(cell.Scratch(), sym, *from))
	}
	cell.Put(theme.Muted, " ")
	cell.Put(theme.Muted, sym.Arrow)
	cell.Put(theme.Muted, " ")
	if r.Status == recommend.InsufficientData {
		if c.Waiting() {
			word(theme.Muted, sym.Loading)
		} else {
			word(theme.Muted, "n/a")
		}
		return
	}
	target := cmp.Or(of(r.Target.Request), of(r.Target.Limit))
	if r.Status == recommend.Held && differs(from, target) {
		word(theme.Caution, "held")
		cell.Put(theme.Caution, " ")
		cell.Put(theme.Caution, sym.Held)
		return
	}
	to := cmp.Or(of(r.Proposed.Request), of(r.Proposed.Limit))
	if to == nil {
		word(theme.Muted, "none")
		return
	}
	sign, role := Direction(sym, from, to)
	if sign == sym.Keep {
		if l := of(r.Proposed.Limit); l != nil && of(r.Current.Limit) != nil && *l != *of(r.Current.Limit) {
			sign, role = Direction(sym, of(r.Current.Limit), l)
		}
	}
	textRole := theme.Text
	if sign == sym.Keep {
		textRole = theme.Muted
	}
	right(textRole, format(cell.Scratch(), sym, *to))
	cell.Put(theme.Muted, " ")
	cell.Put(role, sign)
}

func differs[T comparable](a, b *T) bool { return !same(a, b) }

// Direction is the sign of a change from one amount to another, and its role.
func Direction[T ~int64](sym *theme.Symbols, from, to *T) (string, theme.Role) {
	switch {
	case same(from, to):
		return sym.Keep, theme.Muted
	case from == nil:
		return "+", theme.Accent
	case to == nil:
		return sym.Minus, theme.Caution
	case *to < *from:
		return sym.Lower, theme.Good
	}
	return sym.Raise, theme.Danger
}

// PutMoney writes money a month; "n/a" where it is not known.
func (c *Context) PutMoney(cell *table.Cell, r unit.HourlyRate, known bool) {
	sym := c.Theme.Symbols()
	switch {
	case !known:
		cell.Put(theme.Muted, "n/a")
	case r < 0:
		cell.PutBytes(theme.Danger, AppendMoney(cell.Scratch(), sym, r))
	default:
		cell.PutBytes(theme.Text, AppendMoney(cell.Scratch(), sym, r))
	}
}

// PutFreed writes what a container's proposal frees: money a month, or cores
// or memory where there is no price.
func (c *Context) PutFreed(cell *table.Cell, r *recommend.Recommendation) {
	sym := c.Theme.Symbols()
	switch {
	case r.Status == recommend.InsufficientData && c.Waiting():
		cell.Put(theme.Muted, sym.Loading)
	case r.Status != recommend.Proposed || r.Replicas == 0:
		cell.Put(theme.Muted, sym.None) // nothing runs that could free anything
	case r.Freed != nil && *r.Freed < 0:
		cell.PutBytes(theme.Danger, AppendMoney(cell.Scratch(), sym, *r.Freed))
	case r.Freed != nil:
		cell.PutBytes(theme.Good, AppendMoney(cell.Scratch(), sym, *r.Freed))
	case r.FreedCPU != 0:
		cell.PutBytes(theme.Muted, AppendCPU(cell.Scratch(), sym, r.FreedCPU))
	default:
		cell.PutBytes(theme.Muted, AppendBytes(cell.Scratch(), sym, r.FreedMemory))
	}
}

// PutFreedSum is PutFreed for a sum of proposals.
func (c *Context) PutFreedSum(cell *table.Cell, m *Money, n *Counts) {
	sym := c.Theme.Symbols()
	switch net := m.Net(); {
	case n.Proposed == 0 && n.Insufficient > 0 && c.Waiting():
		cell.Put(theme.Muted, sym.Loading)
	case n.Proposed == 0:
		cell.Put(theme.Muted, sym.None)
	case m.Unpriced == n.Proposed:
		cell.PutBytes(theme.Muted, AppendCPU(cell.Scratch(), sym, m.FreedCPU))
	case net < 0:
		cell.PutBytes(theme.Danger, AppendMoney(cell.Scratch(), sym, net))
	default:
		cell.PutBytes(theme.Good, AppendMoney(cell.Scratch(), sym, net))
	}
}

// PutGrade writes how sure a recommendation is: A to D.
func (c *Context) PutGrade(cell *table.Cell, r *recommend.Recommendation) {
	if r.Usage.Samples == 0 && c.Waiting() {
		cell.Put(theme.Muted, c.Theme.Symbols().Loading)
		return
	}
	role := theme.Muted
	switch r.Confidence.Grade {
	case "A":
		role = theme.Good
	case "B":
		role = theme.Text
	case "C":
		role = theme.Caution
	case "":
		cell.Put(theme.Muted, c.Theme.Symbols().None)
		return
	}
	cell.Put(role, r.Confidence.Grade)
}

// Flag is the sign beside the cursor for a container's row.
func (c *Context) Flag(row *Container) (string, theme.Role) {
	sym := c.Theme.Symbols()
	switch {
	case c.Basket.Has(row.Key) && c.Basket.Drift(row.Key) != "":
		return sym.Drift, theme.Caution
	case c.Basket.Has(row.Key):
		return sym.Basket, theme.Good
	case row.Rec.Raise:
		return sym.Risk, theme.Danger
	case row.Rec.Status == recommend.Held:
		return sym.Held, theme.Caution
	}
	return "", theme.Text
}
