// Package theme owns every colour, border and symbol of the terminal
// interface. Other packages name what a piece of text means (a [Role]) or
// which sign they want (a field of [Symbols]); what it looks like is decided
// here, once, for dark and light terminals, sixteen colours, no colour, and
// terminals without braille or without anything but ASCII.
//
// A Theme never reads the environment, never asks the terminal anything and is
// immutable once made, so it may be shared. Truecolor sequences are written as
// they are: the renderer reduces them to what the terminal can show and drops
// them for NO_COLOR. Meaning is never carried by colour alone; every role that
// carries data has a symbol that says the same.
package theme

import (
	"fmt"
	"strings"
)

// Role is what a piece of text means. The zero value is ordinary text.
type Role uint8

// The roles. The four data roles (Accent, Good, Caution, Danger) can be told
// apart under protanopia, deuteranopia and tritanopia; a test keeps that so.
const (
	Text      Role = iota // values; the terminal's own foreground
	Muted                 // labels, units, n/a and –
	Rule                  // rules and borders, decoration only
	Title                 // headings, totals, the active crumb
	Accent                // usage, focus border, key letters, links
	Good                  // saving, lowering, the proposed line, ✓
	Caution               // the request line, warnings, stale data
	Danger                // the limit line, raises, errors, cost going up
	Selection             // the row under the cursor where keys go
	Inactive              // the row under the cursor of a pane without focus
	Added                 // diff lines with +
	Removed               // diff lines with −

	roleCount
)

// The data roles by what they usually show.
const (
	Usage   = Accent
	Saving  = Good
	Request = Caution
	Limit   = Danger
)

// String returns the role's name in lower case, or "role(n)" for a value that
// is no role.
func (r Role) String() string {
	names := [roleCount]string{
		"text", "muted", "rule", "title", "accent", "good", "caution", "danger",
		"selection", "inactive", "added", "removed",
	}
	if r >= roleCount {
		return fmt.Sprintf("role(%d)", uint8(r))
	}
	return names[r]
}

// Roles returns every role in order.
func Roles() []Role {
	all := make([]Role, roleCount)
	for i := range all {
		all[i] = Role(i)
	}
	return all
}

// Variant is a set of colours.
type Variant uint8

// The variants. Dark is the zero value because a terminal that does not tell
// its background is most often dark.
const (
	Dark    Variant = iota // truecolor on a dark background
	Light                  // truecolor on a light background
	Dark16                 // the sixteen ANSI colours, bright ones
	Light16                // the sixteen ANSI colours, normal ones
	Mono                   // bold and reverse only

	variantCount
)

var variantNames = [variantCount]string{"dark", "light", "16", "16-light", "mono"}

// String returns the name that [ParseVariant] accepts.
func (v Variant) String() string {
	if v >= variantCount {
		return fmt.Sprintf("variant(%d)", uint8(v))
	}
	return variantNames[v]
}

// VariantNames returns the names that [ParseVariant] accepts, in the order of
// the constants.
func VariantNames() []string { return append([]string(nil), variantNames[:]...) }

// ParseVariant returns the variant of a --theme argument.
func ParseVariant(name string) (Variant, error) {
	for i, n := range variantNames {
		if n == name {
			return Variant(i), nil
		}
	}
	return Dark, fmt.Errorf("unknown theme %q: use --theme %s", name, strings.Join(variantNames[:], "|"))
}

// On returns the variant of the same depth for a dark or a light background.
// Mono stays Mono.
func (v Variant) On(dark bool) Variant {
	switch {
	case v == Mono:
		return Mono
	case v == Dark16 || v == Light16:
		if dark {
			return Dark16
		}
		return Light16
	case dark:
		return Dark
	default:
		return Light
	}
}

// Options selects a theme. The zero value is dark with all glyphs.
type Options struct {
	Variant Variant
	Glyphs  Glyphs
}

// Theme is a set of colours and symbols, immutable once made.
type Theme struct {
	variant Variant
	sym     Symbols
	open    [roleCount]string
	close   [roleCount]string // empty where open is
}

// reset ends every role. It is shorter than naming what is switched off, and
// roles are never nested.
const reset = "\x1b[m"

// New returns the theme for the options. Values out of range mean the zero
// value.
func New(o Options) *Theme {
	if o.Variant >= variantCount {
		o.Variant = Dark
	}
	t := &Theme{variant: o.Variant, sym: symbolsFor(o.Glyphs)}
	for r := range roleCount {
		s := styles[o.Variant][r]
		t.open[r] = s.sgr()
		if t.open[r] != "" {
			t.close[r] = reset
		}
	}
	return t
}

// Variant returns the set of colours in use.
func (t *Theme) Variant() Variant { return t.variant }

// Symbols returns the signs in use. The result is shared and must not be
// changed.
func (t *Theme) Symbols() *Symbols { return &t.sym }

// Open returns the escape sequence that begins a role; it is empty for text in
// the terminal's own colour. A role out of range is ordinary text.
func (t *Theme) Open(r Role) string {
	if r >= roleCount {
		return ""
	}
	return t.open[r]
}

// Close returns the escape sequence that ends whatever role is open.
func (t *Theme) Close() string { return reset }

// Pair returns what to write before and after text of a role; both are empty
// where the role changes nothing.
func (t *Theme) Pair(r Role) (before, after string) {
	if r >= roleCount {
		return "", ""
	}
	return t.open[r], t.close[r]
}

// Paint writes text in a role. It writes nothing for empty text.
func (t *Theme) Paint(b *strings.Builder, r Role, text string) {
	if text == "" {
		return
	}
	before, after := t.Pair(r)
	b.WriteString(before)
	b.WriteString(text)
	b.WriteString(after)
}

// Append is [Theme.Paint] for a byte slice.
func (t *Theme) Append(dst []byte, r Role, text string) []byte {
	if text == "" {
		return dst
	}
	before, after := t.Pair(r)
	dst = append(dst, before...)
	dst = append(dst, text...)
	return append(dst, after...)
}

// Sprint returns text in a role, for code that is not on a hot path.
func (t *Theme) Sprint(r Role, text string) string {
	if text == "" {
		return ""
	}
	before, after := t.Pair(r)
	return before + text + after
}
