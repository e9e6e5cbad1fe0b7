package screen

import (
	"math"

	"github.com/trimtab/trimtab/tui/chart"
	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

// barWidth is the width of a bar of usage against the request.
const barWidth = 12

// Levels are one resource of a row: what is asked for, used and proposed.
type Levels struct {
	Request, Used, Proposed  float64
	UsedKnown, ProposedKnown bool
}

// CPU are the namespace's levels in cores.
func (n *Namespace) CPU() Levels {
	return Levels{n.Request.CPU.Cores(), n.Used.CPU, n.Proposed.CPU.Cores(), n.Used.CPUKnown, n.Counts.Proposed > 0}
}

// Memory are the namespace's levels in bytes.
func (n *Namespace) Memory() Levels {
	return Levels{float64(n.Request.Memory), n.Used.Memory, float64(n.Proposed.Memory), n.Used.MemoryKnown, n.Counts.Proposed > 0}
}

// UsageColumn is a column of bars: how much of the request is used, and where
// the proposed request would be.
func (c *Context) UsageColumn(title string, priority int, of func(row int) Levels) table.Column {
	const width = barWidth + 5
	return table.Column{
		Title: title, Min: width, Max: width, Priority: priority, LargestFirst: true,
		Cell: func(cell *table.Cell, i int) {
			v, sym := of(i), c.Theme.Symbols()
			switch {
			case v.Request <= 0 && !v.UsedKnown:
				cell.Put(theme.Muted, sym.None)
				return
			case v.Request <= 0:
				cell.Put(theme.Caution, "no request")
				return
			}
			chart.Bar(cell, sym, barWidth, chart.BarValues{
				Full: chart.At(v.Request), Used: chart.Level{Value: v.Used, Known: v.UsedKnown},
				Recommended: chart.Level{Value: v.Proposed, Known: v.ProposedKnown},
			})
			switch {
			case v.UsedKnown:
				text := appendPercent(cell.Scratch(), v.Used/v.Request)
				cell.PadTo(width - len(text))
				cell.PutBytes(theme.Text, text)
			case c.Waiting():
				cell.PadTo(width - theme.Width(sym.Loading))
				cell.Put(theme.Muted, sym.Loading)
			default:
				cell.PadTo(width - 3)
				cell.Put(theme.Muted, "n/a")
			}
		},
		Value: func(i int) (float64, bool) {
			v := of(i)
			return v.Used / v.Request, v.UsedKnown && v.Request > 0
		},
	}
}

func appendPercent(dst []byte, share float64) []byte {
	return append(AppendCount(dst, int(math.Round(min(share*100, 999)))), '%')
}
