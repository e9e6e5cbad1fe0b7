package theme

import "fmt"

// Glyphs says which characters the terminal's font can be trusted with.
type Glyphs uint8

// The glyph sets, from richest to safest.
const (
	Braille Glyphs = iota // box lines, blocks and braille dots
	Blocks                // box lines and blocks, no braille
	ASCII                 // printable ASCII only
)

// String returns the set's name in lower case.
func (g Glyphs) String() string {
	switch g {
	case Braille:
		return "braille"
	case Blocks:
		return "blocks"
	case ASCII:
		return "ascii"
	}
	return fmt.Sprintf("glyphs(%d)", uint8(g))
}

// Symbols are the signs of the interface. Every sign is one cell wide except
// Ellipsis and Loading, which are two in ASCII.
type Symbols struct {
	Glyphs Glyphs // the set these signs belong to

	// What a row is.
	Cursor string // › the row under the cursor
	Mark   string // ● marked by the user
	Basket string // + in the basket
	Risk   string // ! at risk
	Drift  string // ~ the live object moved after it was put in the basket
	Held   string // h held back, by an autoscaler or a guard rail

	// What happens to a value.
	Lower string // ▼
	Raise string // ▲
	Keep  string // =

	// Text.
	Ellipsis string // … in cut text
	Loading  string // … a value on its way
	None     string // – not applicable
	Minus    string // − in front of a number
	Arrow    string // → from a value to another
	Crumb    string // › between crumbs
	Dot      string // · between facts
	Live     string // ● live data
	OK       string // ✓

	// Sorting.
	SortUp   string // ↑ smallest first
	SortDown string // ↓ largest first

	// How much data there is: 14 days or more, 7 days or more, less.
	DataFull, DataPart, DataThin string

	Bar   BarSymbols
	Chart ChartSymbols
	Box   BoxSymbols
}

// BarSymbols are the parts of a horizontal bar.
type BarSymbols struct {
	Open, Close string    // ▕ ▏
	Used        string    // █
	Requested   string    // ░ requested, not used
	Recommended string    // ┊ where the recommended request would be
	Free        string    // ─
	Over        string    // ▲ in place of Close: used more than the bar holds
	Eighths     [8]string // ▏ to █, one eighth to a whole cell
}

// ChartSymbols are the parts of charts and sparklines.
type ChartSymbols struct {
	Area     string // █ legend of the filled area
	Max      string // · legend of single maxima
	Request  string // ┅
	Limit    string // ╍
	Proposed string // ─ the recommendation
	Yours    string // ╌ the value being tried
	Mean     string // ┄ a reference that is none of these
	OffScale string // ↑ in front of a level above the top of the chart
	Cursor   string // │

	OOM, Restart, Rollout string // ▾ ▿ ▹ events on the time axis

	Spark [8]string // ▁ to █
	Shade [4]string // ░▒▓█
}

// BoxSymbols are the lines around and between panes.
type BoxSymbols struct {
	Horizontal, Vertical    string // ─ │
	TopLeft, TopRight       string // ╭ ╮
	BottomLeft, BottomRight string // ╰ ╯
	Separator               string // │ between facts in a line
}

func symbolsFor(g Glyphs) Symbols {
	switch g {
	case ASCII:
		return asciiSymbols()
	case Blocks:
		s := unicodeSymbols()
		s.Glyphs = Blocks
		return s
	default:
		return unicodeSymbols()
	}
}

func unicodeSymbols() Symbols {
	return Symbols{
		Glyphs: Braille,
		Cursor: "›", Mark: "●", Basket: "+", Risk: "!", Drift: "~", Held: "h",
		Lower: "▼", Raise: "▲", Keep: "=",
		Ellipsis: "…", Loading: "…", None: "–", Minus: "−", Arrow: "→", Crumb: "›",
		Dot: "·", Live: "●", OK: "✓",
		SortUp: "↑", SortDown: "↓",
		DataFull: "■", DataPart: "▪", DataThin: "▫",
		Bar: BarSymbols{
			Open: "▕", Close: "▏", Used: "█", Requested: "░", Recommended: "┊",
			Free: "─", Over: "▲",
			Eighths: [8]string{"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
		},
		Chart: ChartSymbols{
			Area: "█", Max: "·", Request: "┅", Limit: "╍", Proposed: "─", Yours: "╌",
			Mean: "┄", OffScale: "↑", Cursor: "│",
			OOM: "▾", Restart: "▿", Rollout: "▹",
			Spark: [8]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
			Shade: [4]string{"░", "▒", "▓", "█"},
		},
		Box: BoxSymbols{
			Horizontal: "─", Vertical: "│", TopLeft: "╭", TopRight: "╮",
			BottomLeft: "╰", BottomRight: "╯", Separator: "│",
		},
	}
}

func asciiSymbols() Symbols {
	return Symbols{
		Glyphs: ASCII,
		Cursor: ">", Mark: "*", Basket: "+", Risk: "!", Drift: "~", Held: "h",
		Lower: "v", Raise: "^", Keep: "=",
		Ellipsis: "..", Loading: "..", None: "-", Minus: "-", Arrow: ">", Crumb: ">",
		Dot: "-", Live: "*", OK: "y",
		SortUp: "^", SortDown: "v",
		DataFull: "#", DataPart: "+", DataThin: ".",
		Bar: BarSymbols{
			Open: "[", Close: "]", Used: "#", Requested: "=", Recommended: "|",
			Free: "-", Over: "^",
			Eighths: [8]string{" ", " ", " ", "=", "=", "=", "#", "#"},
		},
		Chart: ChartSymbols{
			Area: "*", Max: "o", Request: "=", Limit: "#", Proposed: "-", Yours: "~",
			Mean: "_", OffScale: "^", Cursor: "|",
			OOM: "x", Restart: "v", Rollout: ">",
			Spark: [8]string{"_", ".", ":", "-", "=", "+", "*", "#"},
			Shade: [4]string{".", ":", "+", "#"},
		},
		Box: BoxSymbols{
			Horizontal: "-", Vertical: "|", TopLeft: "+", TopRight: "+",
			BottomLeft: "+", BottomRight: "+", Separator: "|",
		},
	}
}
