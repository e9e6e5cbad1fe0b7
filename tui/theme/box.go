package theme

// Box draws a border of w × h cells around body, with a title at the left and
// a note at the right of the top line:
//
//	╭─ Findings ──────── 11 rules ─╮
//
// Lines of body must not be wider than w−4; they are padded, cut where they
// are, and left out beyond h−2. A box with focus has its border in the accent
// colour. The result has exactly h lines of exactly w cells; below four cells
// or two lines it is blank.
func (t *Theme) Box(w, h int, title, note string, focus bool, body []string) []string {
	if h <= 0 {
		return nil
	}
	w = max(w, 0)
	lines := make([]string, 0, h)
	if w < 4 || h < 2 {
		for range h {
			lines = append(lines, t.Pad("", w))
		}
		return lines
	}
	border := Rule
	if focus {
		border = Accent
	}
	box := &t.sym.Box
	lines = append(lines, t.boxTop(w, title, note, border))
	left, right := t.Sprint(border, box.Vertical)+" ", " "+t.Sprint(border, box.Vertical)
	for i := range h - 2 {
		text := ""
		if i < len(body) {
			text = body[i]
		}
		lines = append(lines, left+t.Pad(text, w-4)+right)
	}
	bottom := t.Line()
	bottom.Put(border, box.BottomLeft+repeat(box.Horizontal, w-2)+box.BottomRight)
	return append(lines, bottom.String())
}

// boxTop draws the top line. The note goes first where both do not fit, then
// the title is cut.
func (t *Theme) boxTop(w int, title, note string, border Role) string {
	box := &t.sym.Box
	line := t.Line()
	room := w - 2 // between the corners
	titleRoom := room - 4
	if title != "" && titleRoom > 0 {
		title = t.Truncate(title, titleRoom)
	} else {
		title = ""
	}
	used := 0
	line.Put(border, box.TopLeft)
	if title != "" {
		line.Put(border, box.Horizontal+" ")
		line.Put(Title, title)
		line.Put(border, " ")
		used = Width(title) + 3
	}
	tail := 0
	if note != "" && used+Width(note)+5 <= room {
		tail = Width(note) + 3
	}
	line.Put(border, repeat(box.Horizontal, room-used-tail))
	if tail > 0 {
		line.Put(border, " ")
		line.Put(Muted, note)
		line.Put(border, " "+box.Horizontal)
	}
	line.Put(border, box.TopRight)
	return line.String()
}

// HLine returns a horizontal rule of w cells.
func (t *Theme) HLine(w int) string {
	if w <= 0 {
		return ""
	}
	return t.Sprint(Rule, repeat(t.sym.Box.Horizontal, w))
}

func repeat(s string, n int) string {
	if n <= 0 {
		return ""
	}
	b := make([]byte, 0, n*len(s))
	for range n {
		b = append(b, s...)
	}
	return string(b)
}
