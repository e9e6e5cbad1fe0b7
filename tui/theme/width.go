package theme

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns how many cells text takes. Escape sequences take none. It is
// [ansi.StringWidth] with a short way for ASCII and for the one-cell signs the
// interface is drawn with.
func Width(text string) int {
	n := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < 0x20 || c == 0x7f {
				return ansi.StringWidth(text)
			}
			n++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if !narrow(r) {
			return ansi.StringWidth(text)
		}
		n++
		i += size
	}
	return n
}

// narrow says that a rune is one cell wide and never joins its neighbours.
func narrow(r rune) bool {
	switch {
	case r >= 0x2500 && r <= 0x25FC: // box lines, blocks, geometric shapes
		return true
	case r >= 0x2800 && r <= 0x28FF: // braille
		return true
	case r >= 0xA1 && r <= 0x2FF && r != 0xA9 && r != 0xAD && r != 0xAE: // Latin; © and ® can be emoji
		return true
	case r >= 0x2010 && r <= 0x2027: // dashes, quotes, …
		return true
	case r == '›' || r == '‹' || r == '−' || r == '→' || r == '←' || r == '↑' || r == '↓' || r == '✓':
		return true
	}
	return false
}

// Prefix returns the longest beginning of text of at most w cells, and its
// width. It does not allocate for text of one-cell signs.
func Prefix(text string, w int) (head string, cells int) {
	for i := 0; i < len(text); {
		if cells >= w {
			return text[:i], cells
		}
		size := 1
		if c := text[i]; c >= utf8.RuneSelf || c < 0x20 || c == 0x7f {
			var r rune
			if r, size = utf8.DecodeRuneInString(text[i:]); !narrow(r) {
				head = ansi.Truncate(text, max(w, 0), "")
				return head, ansi.StringWidth(head)
			}
		}
		cells++
		i += size
	}
	return text, cells
}

// Truncate cuts text at the right to at most w cells; cut text ends in the
// ellipsis where that leaves room for a cell of text. Text with escape
// sequences keeps them.
func (t *Theme) Truncate(text string, w int) string {
	if w <= 0 {
		return ""
	}
	if Width(text) <= w {
		return text
	}
	tail := t.sym.Ellipsis
	if Width(tail) >= w {
		tail = ""
	}
	return ansi.Truncate(text, w, tail)
}

// TruncateMiddle cuts text to at most w cells and keeps its beginning and its
// end, which is where Kubernetes names differ: checkout-…-worker. The text must
// hold no escape sequence.
func (t *Theme) TruncateMiddle(text string, w int) string {
	head, tail, cut := t.Middle(text, w)
	if !cut {
		return head
	}
	if w < 3 {
		return head
	}
	return head + t.sym.Ellipsis + tail
}

// Middle is [Theme.TruncateMiddle] without joining the parts: cut says that
// the ellipsis stands between head and tail. It does not allocate for ASCII.
// Below three cells the ellipsis has no room and tail is empty.
func (t *Theme) Middle(text string, w int) (head, tail string, cut bool) {
	if w <= 0 {
		return "", "", false
	}
	full := Width(text)
	if full <= w {
		return text, "", false
	}
	mid := Width(t.sym.Ellipsis)
	if w < mid+2 {
		return ansi.Truncate(text, w, ""), "", false
	}
	left := (w - mid + 1) / 2
	right := w - mid - left
	if full == len(text) { // one byte a cell
		return text[:left], text[full-right:], true
	}
	tail = ansi.TruncateLeft(text, full-right, "")
	for cells := full - right + 1; Width(tail) > right; cells++ { // a wide rune on the edge
		tail = ansi.TruncateLeft(text, cells, "")
	}
	return ansi.Truncate(text, left, ""), tail, true
}

const blanks = "                                                                " +
	"                                                                "

// AppendBlank appends n spaces; none for n below one.
func AppendBlank(dst []byte, n int) []byte {
	for n > len(blanks) {
		dst = append(dst, blanks...)
		n -= len(blanks)
	}
	if n <= 0 {
		return dst
	}
	return append(dst, blanks[:n]...)
}

// Pad returns text followed by spaces up to w cells; longer text is cut.
func (t *Theme) Pad(text string, w int) string {
	if w <= 0 {
		return ""
	}
	n := Width(text)
	if n > w {
		text = t.Truncate(text, w)
		n = Width(text)
	}
	if n == w {
		return text
	}
	return string(AppendBlank(append(make([]byte, 0, len(text)+w-n), text...), w-n))
}

// Clean makes text from outside fit for the screen and measures it: control
// characters, escape sequences' first byte among them, become a space and
// broken UTF-8 becomes U+FFFD, so that no name or message can steer the
// terminal. Text that is fit already, which is nearly all, is returned as it
// is without allocating.
func Clean(text string) (clean string, w int) {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < 0x20 || c == 0x7f {
				return scrub(text)
			}
			w++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if !narrow(r) {
			return scrub(text)
		}
		w++
		i += size
	}
	return text, w
}

func scrub(text string) (string, int) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
	return text, ansi.StringWidth(text)
}
