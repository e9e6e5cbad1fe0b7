package chart

import (
	"math"

	"github.com/trimtab/trimtab/tui/theme"
)

// BarValues are the values of a horizontal bar, all in one unit.
type BarValues struct {
	// Full is what the whole bar stands for: a request, or what a node can
	// give. Without it, or at 0 and below, the bar is blank.
	Full Level
	// Used is drawn solid from the left. Above Full the bar ends in ▲. While it
	// is unknown what is free stays blank, which is not the line of a bar that
	// is known to be empty.
	Used Level
	// Requested is drawn light where it goes beyond Used.
	Requested Level
	// Recommended is a sign at its place.
	Recommended Level
}

// Bar draws a bar of w cells: ▕█████░░░░┊───▏. A used value above 0 shows at
// least one cell, one below Full leaves at least one. Below three cells
// nothing is drawn but blanks. It does not allocate.
func Bar(p theme.Painter, sym *theme.Symbols, w int, v BarValues) {
	n := w - 2
	if n < 1 || !v.Full.Known || !finite(v.Full.Value) || v.Full.Value <= 0 {
		blank(p, w)
		return
	}
	used := v.cells(v.Used, n)
	requested := max(v.cells(v.Requested, n), used)
	recommended := -1
	if v.Recommended.Known && finite(v.Recommended.Value) && v.Recommended.Value >= 0 {
		recommended = min(max(int(math.Round(v.Recommended.Value/v.Full.Value*float64(n)))-1, 0), n-1)
	}
	b := &sym.Bar
	free := b.Free
	if !v.Used.Known || !finite(v.Used.Value) {
		free = " "
	}
	p.Put(theme.Rule, b.Open)
	for i := range n {
		switch {
		case i == recommended:
			p.Put(theme.Good, b.Recommended)
		case i < used:
			p.Put(theme.Usage, b.Used)
		case i < requested:
			p.Put(theme.Request, b.Requested)
		default:
			p.Put(theme.Rule, free)
		}
	}
	if v.Used.Known && v.Used.Value > v.Full.Value {
		p.Put(theme.Danger, b.Over)
		return
	}
	p.Put(theme.Rule, b.Close)
}

// cells returns how many of n cells a level takes.
func (v *BarValues) cells(l Level, n int) int {
	if !l.Known || !(l.Value > 0) {
		return 0
	}
	share := l.Value / v.Full.Value
	if share >= 1 {
		return n
	}
	return min(max(int(math.Round(share*float64(n))), 1), max(n-1, 1))
}

func blank(p theme.Painter, w int) {
	const spaces = "                "
	for ; w > 0; w -= len(spaces) {
		p.Put(theme.Text, spaces[:min(w, len(spaces))])
	}
}

// Length draws a plain bar of share×w cells in a role, to the eighth of a cell,
// and pads it to w. Shares are brought into [0,1]; NaN counts as 0. A share
// above 0 shows at least an eighth. It does not allocate.
func Length(p theme.Painter, sym *theme.Symbols, role theme.Role, w int, share float64) {
	if w <= 0 {
		return
	}
	eighths := 0
	if share > 0 {
		eighths = min(max(int(math.Round(min(share, 1)*float64(8*w))), 1), 8*w)
	}
	for range eighths / 8 {
		p.Put(role, sym.Bar.Used)
	}
	used := eighths / 8
	if rest := eighths % 8; rest > 0 {
		p.Put(role, sym.Bar.Eighths[rest-1])
		used++
	}
	blank(p, w-used)
}

// SparkScale is what the bottom and the top of a sparkline stand for. Where
// High is not above Low the top is the largest value drawn; say in the column's
// title or the legend which of both it is.
type SparkScale struct{ Low, High float64 }

// Spark draws a trend of w cells: ▅▆▇█▃▁. Where several values share a cell the
// largest wins; NaN and infinite values are gaps and stay blank, values below
// Low show the lowest sign. It does not allocate.
func Spark(p theme.Painter, sym *theme.Symbols, role theme.Role, w int, values []float64, scale SparkScale) {
	low, high := scale.Low, scale.High
	if !finite(low) {
		low = 0
	}
	if !finite(high) || high <= low {
		high = low
		for _, v := range values {
			if finite(v) {
				high = max(high, v)
			}
		}
	}
	n := len(values)
	for x := range max(w, 0) {
		v := math.NaN()
		if n > 0 {
			lo := x * n / w
			for _, c := range values[lo:min(max((x+1)*n/w, lo+1), n)] {
				if finite(c) && !(v >= c) {
					v = c
				}
			}
		}
		if v != v {
			p.Put(theme.Text, " ")
			continue
		}
		step := 0
		if span := high - low; span > 0 && finite(span) {
			step = min(max(int(math.Ceil((v-low)/span*8))-1, 0), 7)
		}
		p.Put(role, sym.Chart.Spark[step])
	}
}
