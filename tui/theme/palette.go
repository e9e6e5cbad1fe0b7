package theme

import "strconv"

// rgb is a colour in sRGB, 0xRRGGBB.
type rgb uint32

func (c rgb) split() (r, g, b uint8) { return uint8(c >> 16), uint8(c >> 8), uint8(c) }

// style is what a role looks like. Colour 0 with fg unset is the terminal's
// own foreground; the background is never set, so that any terminal scheme
// shows through.
type style struct {
	fg      rgb
	hasFG   bool
	ansi    uint8 // 30–37 or 90–97, 0 for none
	bold    bool
	reverse bool
}

// sgr returns the escape sequence that switches the style on. Faint (2) and
// blink (5) are never used: many terminals drop the first and nobody can read
// the second.
func (s style) sgr() string {
	var p []byte
	add := func(n uint64) {
		if len(p) > 0 {
			p = append(p, ';')
		}
		p = strconv.AppendUint(p, n, 10)
	}
	if s.bold {
		add(1)
	}
	if s.reverse {
		add(7)
	}
	if s.ansi != 0 {
		add(uint64(s.ansi))
	}
	if s.hasFG {
		r, g, b := s.fg.split()
		add(38)
		add(2)
		add(uint64(r))
		add(uint64(g))
		add(uint64(b))
	}
	if len(p) == 0 {
		return ""
	}
	return "\x1b[" + string(p) + "m"
}

// palette is the truecolor set for one kind of background. The four data
// colours were found by search: contrast of at least 4.5:1 on the common
// backgrounds, and as far apart as possible for every kind of colour vision.
type palette struct {
	accent, good, caution, danger rgb
	muted, rule                   rgb
}

var (
	darkPalette = palette{
		accent: 0x8399E3, good: 0x52F9E9, caution: 0xD7C821, danger: 0xED7B69,
		muted: 0xA8ADB7, rule: 0x6B7280,
	}
	lightPalette = palette{
		accent: 0x0527A6, good: 0x008070, caution: 0x836D02, danger: 0x7F0022,
		muted: 0x5A6069, rule: 0x7A828E,
	}
)

func (p palette) styles() [roleCount]style {
	fg := func(c rgb) style { return style{fg: c, hasFG: true} }
	return [roleCount]style{
		Muted:     fg(p.muted),
		Rule:      fg(p.rule),
		Title:     {bold: true},
		Accent:    fg(p.accent),
		Good:      fg(p.good),
		Caution:   fg(p.caution),
		Danger:    fg(p.danger),
		Selection: {bold: true, reverse: true},
		Inactive:  {bold: true},
		Added:     fg(p.good),
		Removed:   fg(p.danger),
	}
}

// styles16 builds a variant from ANSI colour codes. Muted text keeps the
// terminal's foreground: bright black is the background in Solarized, so only
// rules, which may vanish without loss, use it.
func styles16(accent, good, caution, danger uint8) [roleCount]style {
	return [roleCount]style{
		Rule:      {ansi: 90},
		Title:     {bold: true},
		Accent:    {ansi: accent},
		Good:      {ansi: good},
		Caution:   {ansi: caution},
		Danger:    {ansi: danger, bold: true},
		Selection: {bold: true, reverse: true},
		Inactive:  {bold: true},
		Added:     {ansi: good},
		Removed:   {ansi: danger, bold: true},
	}
}

// styles holds every variant. It is a table, never written after start.
var styles = [variantCount][roleCount]style{
	Dark:    darkPalette.styles(),
	Light:   lightPalette.styles(),
	Dark16:  styles16(94, 96, 93, 91),
	Light16: styles16(34, 36, 33, 31),
	Mono: {
		Title:     {bold: true},
		Danger:    {bold: true},
		Selection: {bold: true, reverse: true},
		Inactive:  {bold: true},
	},
}
