package chart

import (
	"strconv"

	"github.com/trimtab/trimtab/tui/theme"
)

// Heat is usage by hour of the day and day of the week.
type Heat struct {
	// Cells are values by day, Monday first, and hour, from 0. Unknown cells
	// stay blank.
	Cells [7][24]Level
	// Max is what a full cell stands for; where it is not above 0 it is the
	// largest cell.
	Max float64
	// Zone names the location of the hours below the axis, such as "UTC".
	Zone string
	// Full says in the legend what Max is: "588m". It may be empty.
	Full string
	// Notes stand at the right of the days where there is room.
	Notes []string
}

var weekdays = [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// heatSteps are the shares of Max where a darker shade begins.
var heatSteps = [3]float64{0.2, 0.4, 0.6}

var heatRoles = [4]theme.Role{theme.Muted, theme.Accent, theme.Accent, theme.Accent}

// HeatMap draws seven lines of 24 hours, two cells an hour, or one where two do
// not fit, or one for several hours (the largest of them counts); then the
// hours and the legend where there are lines left. The result has exactly h
// lines of exactly w cells.
func HeatMap(th *theme.Theme, heat *Heat, w, h int) []string {
	w, h = max(w, 0), max(h, 0)
	lines := make([]string, 0, h)
	full := heat.Max
	if !(full > 0) || !finite(full) {
		full = 0
		for _, day := range heat.Cells {
			for _, c := range day {
				if c.Known && finite(c.Value) {
					full = max(full, c.Value)
				}
			}
		}
	}
	const label = 4
	per, hours := 2, 1 // cells a step, hours a step
	if w < label+48 {
		per = 1
	}
	for _, n := range [...]int{2, 3, 4, 6, 12, 24} {
		if w < label+24/hours {
			hours = n
		}
	}
	for day := range min(7, h) {
		lines = append(lines, fit(th, heat.day(th, day, w, per, hours, full), w))
	}
	if h >= 8 {
		line := th.Line()
		line.Blank(label)
		for hour := 0; hour < 24; hour += 3 {
			if at := label + hour*per/hours; hour == 0 || at > line.Width() {
				line.PadTo(at)
				line.Put(theme.Muted, strconv.Itoa(hour))
			}
		}
		line.PadTo(label + 24*per/hours + 1)
		put(line, theme.Muted, heat.Zone)
		lines = append(lines, fit(th, line, w))
	}
	if h >= 9 {
		lines = append(lines, fit(th, heat.legend(th), w))
	}
	for len(lines) < h {
		lines = append(lines, th.Pad("", w))
	}
	return lines
}

func (heat *Heat) day(th *theme.Theme, day, w, per, hours int, full float64) *theme.Line {
	sym := th.Symbols()
	line := th.Line()
	line.Put(theme.Muted, weekdays[day])
	line.Blank(1)
	for hour := 0; hour < 24; hour += hours {
		var c Level
		for _, h := range heat.Cells[day][hour : hour+hours] {
			if h.Known && finite(h.Value) && (!c.Known || h.Value > c.Value) {
				c = h
			}
		}
		if !c.Known {
			line.Blank(per)
			continue
		}
		step := heatStep(c.Value, full)
		for range per {
			line.Put(heatRoles[step], sym.Chart.Shade[step])
		}
	}
	if day < len(heat.Notes) && line.Width()+3+width(heat.Notes[day]) <= w {
		line.Blank(3)
		put(line, theme.Muted, heat.Notes[day])
	}
	return line
}

func heatStep(v, full float64) int {
	if !(full > 0) {
		return 0
	}
	step := 0
	for step < len(heatSteps) && v/full >= heatSteps[step] {
		step++
	}
	return step
}

func (heat *Heat) legend(th *theme.Theme) *theme.Line {
	sym := th.Symbols()
	line := th.Line()
	line.Blank(4)
	for i, s := range sym.Chart.Shade {
		line.Put(heatRoles[i], s)
		share := heatSteps[min(i, 2)]
		text := " <"
		if i == 3 {
			text = " "
			if sym.Glyphs == theme.ASCII {
				text += ">="
			} else {
				text += "≥"
			}
		}
		line.Put(theme.Muted, text+strconv.Itoa(int(share*100+0.5))+"%  ")
	}
	if heat.Full != "" {
		put(line, theme.Muted, "of "+heat.Full)
	}
	return line
}
