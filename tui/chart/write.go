package chart

import (
	"unicode/utf8"

	"github.com/trimtab/trimtab/tui/theme"
)

// write writes the lines of the chart from top to bottom.
func (u *Usage) write() {
	if u.list {
		u.writeList()
	}
	if u.pinned {
		u.writePinned()
	}
	for row := range u.plotH {
		u.writeTick(row)
		u.writeCells(u.cells[row*u.plotW : (row+1)*u.plotW])
		if u.key > 0 {
			u.buf = append(u.buf, ' ')
			u.writeEntry(row)
		}
		u.endLine()
	}
	if u.events {
		u.writeEvents()
	}
	if u.axis {
		u.writeAxis()
	}
}

// writeTick writes the label at the left of a line of the plot.
func (u *Usage) writeTick(row int) {
	if u.label == 0 {
		return
	}
	for _, t := range u.ticks {
		if t.row != row {
			continue
		}
		text := view(u.text[t.from:t.to])
		u.buf = theme.AppendBlank(u.buf, u.label-1-theme.Width(text))
		u.buf = u.th.Append(u.buf, theme.Muted, text)
		u.buf = append(u.buf, ' ')
		return
	}
	u.buf = theme.AppendBlank(u.buf, u.label)
}

// writeCells writes a line of the plot, one pair of sequences for each run of
// a role.
func (u *Usage) writeCells(cells []cell) {
	var after string
	open := theme.Text
	for i := range cells {
		c := &cells[i]
		blank := c.r == 0 && c.bits == 0
		role := c.role
		if blank {
			role = theme.Text
		}
		if role != open {
			u.buf = append(u.buf, after...)
			var before string
			before, after = u.th.Pair(role)
			u.buf = append(u.buf, before...)
			open = role
		}
		switch {
		case blank:
			u.buf = append(u.buf, ' ')
		case c.r != 0:
			u.buf = utf8.AppendRune(u.buf, c.r)
		default:
			u.buf = utf8.AppendRune(u.buf, 0x2800+rune(c.bits))
		}
	}
	u.buf = append(u.buf, after...)
}
