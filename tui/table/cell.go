package table

import (
	"strconv"
	"unsafe"

	"github.com/trimtab/trimtab/tui/theme"
)

var _ theme.Painter = (*Cell)(nil)

// Cell takes what one column shows of one row, piece by piece. It is a
// [theme.Painter]. It is valid during the call it is given to.
type Cell struct {
	buf   []byte
	parts []part
	width int
	tmp   [64]byte
}

// part is a run of one role, up to end in the cell's bytes.
type part struct {
	end, w int
	role   theme.Role
}

func (c *Cell) reset() { c.buf, c.parts, c.width = c.buf[:0], c.parts[:0], 0 }

// Put adds text in a role. Control characters become spaces, so text from
// outside needs no care.
func (c *Cell) Put(role theme.Role, text string) {
	text, w := theme.Clean(text)
	if text == "" {
		return
	}
	c.buf = append(c.buf, text...)
	c.width += w
	if n := len(c.parts); n > 0 && c.parts[n-1].role == role {
		c.parts[n-1].end = len(c.buf)
		c.parts[n-1].w += w
		return
	}
	c.parts = append(c.parts, part{len(c.buf), w, role})
}

// PutBytes is [Cell.Put] for bytes, which may be reused after the call.
func (c *Cell) PutBytes(role theme.Role, text []byte) {
	if len(text) > 0 {
		c.Put(role, unsafe.String(&text[0], len(text)))
	}
}

// PutInt adds a number without separators.
func (c *Cell) PutInt(role theme.Role, v int64) {
	c.PutBytes(role, strconv.AppendInt(c.tmp[:0], v, 10))
}

// Scratch returns an empty slice to append formatted values to, for PutBytes;
// it is shared and holds 64 bytes before it allocates.
func (c *Cell) Scratch() []byte { return c.tmp[:0] }

// PadTo adds spaces until the cell is w wide, to line up pieces within a
// column; a wider cell stays.
func (c *Cell) PadTo(w int) {
	for n := w - c.width; n > 0; n -= len(blank) {
		c.Put(theme.Text, blank[:min(n, len(blank))])
	}
}

const blank = "                                "

// Width returns how many cells have been written.
func (c *Cell) Width() int { return c.width }

// appendTo writes the cell into w cells. Parts keep their roles unless plain.
func (c *Cell) appendTo(dst []byte, th *theme.Theme, w int, align Align, middle, plain bool) []byte {
	if c.width > w {
		if middle && len(c.parts) == 1 {
			return c.appendMiddle(dst, th, w, plain)
		}
		return c.appendCut(dst, th, w, plain)
	}
	if align == Right {
		dst = theme.AppendBlank(dst, w-c.width)
	}
	from := 0
	for _, p := range c.parts {
		dst = appendPart(dst, th, p.role, c.buf[from:p.end], plain)
		from = p.end
	}
	if align == Left {
		dst = theme.AppendBlank(dst, w-c.width)
	}
	return dst
}

func appendPart(dst []byte, th *theme.Theme, role theme.Role, text []byte, plain bool) []byte {
	if plain {
		return append(dst, text...)
	}
	before, after := th.Pair(role)
	dst = append(dst, before...)
	dst = append(dst, text...)
	return append(dst, after...)
}

func (c *Cell) appendMiddle(dst []byte, th *theme.Theme, w int, plain bool) []byte {
	before, after := th.Pair(c.parts[0].role)
	if plain {
		before, after = "", ""
	}
	head, tail, cut := th.Middle(unsafe.String(&c.buf[0], len(c.buf)), w)
	used := theme.Width(head) + theme.Width(tail)
	dst = append(append(dst, before...), head...)
	if cut && tail != "" {
		dst = append(dst, th.Symbols().Ellipsis...)
		used += theme.Width(th.Symbols().Ellipsis)
	}
	dst = append(append(dst, tail...), after...)
	return theme.AppendBlank(dst, w-used)
}

// appendCut writes as many parts as fit and cuts the one that does not.
func (c *Cell) appendCut(dst []byte, th *theme.Theme, w int, plain bool) []byte {
	tail := th.Symbols().Ellipsis
	room := w - theme.Width(tail)
	if room < 1 {
		tail, room = "", w
	}
	from := 0
	for _, p := range c.parts {
		text := c.buf[from:p.end]
		from = p.end
		if p.w <= room {
			dst = appendPart(dst, th, p.role, text, plain)
			room -= p.w
			continue
		}
		before, after := th.Pair(p.role)
		if plain {
			before, after = "", ""
		}
		head, cells := theme.Prefix(unsafe.String(&text[0], len(text)), room)
		dst = append(append(dst, before...), head...)
		dst = append(append(dst, tail...), after...)
		room -= cells
		break
	}
	return theme.AppendBlank(dst, room)
}
