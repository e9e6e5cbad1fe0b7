package theme

import (
	"fmt"
	"math"
	"testing"
)

// The backgrounds terminals have: black, Catppuccin, One Dark, Nord; white,
// GitHub, Solarized Light.
var (
	darkBackgrounds  = []rgb{0x000000, 0x1E1E2E, 0x282C34, 0x2E3440}
	lightBackgrounds = []rgb{0xFFFFFF, 0xFAFAFA, 0xFDF6E3}
)

// linear undoes the sRGB transfer curve; the result is in [0,1].
func linear(c uint8) float64 {
	v := float64(c) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func (c rgb) linear() [3]float64 {
	r, g, b := c.split()
	return [3]float64{linear(r), linear(g), linear(b)}
}

// luminance is WCAG 2's relative luminance, in [0,1].
func (c rgb) luminance() float64 {
	l := c.linear()
	return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
}

// contrast is WCAG 2's contrast ratio, in [1,21].
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// visions are the matrices of Machado, Oliveira and Fernandes (2009) for
// severity 1, over linear RGB.
var visions = []struct {
	name   string
	matrix [3][3]float64
}{
	{"normal", [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
	{"protanopia", [3][3]float64{
		{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998},
	}},
	{"deuteranopia", [3][3]float64{
		{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881},
	}},
	{"tritanopia", [3][3]float64{
		{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900},
	}},
}

func apply(m [3][3]float64, v [3]float64) (out [3]float64) {
	for i := range 3 {
		s := m[i][0]*v[0] + m[i][1]*v[1] + m[i][2]*v[2]
		out[i] = min(max(s, 0), 1)
	}
	return out
}

// lab converts linear sRGB to CIE L*a*b* under D65.
func lab(v [3]float64) [3]float64 {
	x := (0.4124564*v[0] + 0.3575761*v[1] + 0.1804375*v[2]) / 0.95047
	y := 0.2126729*v[0] + 0.7151522*v[1] + 0.0721750*v[2]
	z := (0.0193339*v[0] + 0.1191920*v[1] + 0.9503041*v[2]) / 1.08883
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	return [3]float64{116*f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))}
}

// deltaE is CIE76: the distance in L*a*b*.
func deltaE(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

func (p palette) data() map[Role]rgb {
	return map[Role]rgb{Accent: p.accent, Good: p.good, Caution: p.caution, Danger: p.danger}
}

func TestPaletteContrast(t *testing.T) {
	for _, tc := range []struct {
		name        string
		p           palette
		backgrounds []rgb
	}{
		{"dark", darkPalette, darkBackgrounds},
		{"light", lightPalette, lightBackgrounds},
	} {
		for _, bg := range tc.backgrounds {
			t.Run(fmt.Sprintf("%s/%06X", tc.name, uint32(bg)), func(t *testing.T) {
				for role, c := range tc.p.data() {
					if got := contrast(c, bg); got < 4.5 {
						t.Errorf("%v #%06X: contrast %.2f, want at least 4.5", role, uint32(c), got)
					}
				}
				if got := contrast(tc.p.muted, bg); got < 5.5 {
					t.Errorf("muted: contrast %.2f, want at least 5.5", got)
				}
				if got := contrast(tc.p.rule, bg); got < 2.5 {
					t.Errorf("rule: contrast %.2f, want at least 2.5", got)
				}
			})
		}
	}
}

func TestPaletteColourVision(t *testing.T) {
	data := []Role{Accent, Good, Caution, Danger}
	for _, tc := range []struct {
		name string
		p    palette
		want float64 // the smallest distance the search reached, rounded down
	}{
		{"dark", darkPalette, 40},
		{"light", lightPalette, 31},
	} {
		for _, v := range visions {
			t.Run(tc.name+"/"+v.name, func(t *testing.T) {
				colours := tc.p.data()
				for i, a := range data {
					for _, b := range data[i+1:] {
						x := lab(apply(v.matrix, colours[a].linear()))
						y := lab(apply(v.matrix, colours[b].linear()))
						if got := deltaE(x, y); got < tc.want {
							t.Errorf("%v and %v: ΔE %.1f, want at least %v", a, b, got, tc.want)
						}
					}
				}
			})
		}
	}
}

func TestColourScienceAgainstKnownValues(t *testing.T) {
	if got := contrast(0x000000, 0xFFFFFF); math.Abs(got-21) > 1e-9 {
		t.Errorf("contrast of black and white = %v, want 21", got)
	}
	// #777777 on white is the classic near miss.
	if got := contrast(0x777777, 0xFFFFFF); math.Abs(got-4.48) > 0.01 {
		t.Errorf("contrast of #777 and white = %.3f, want 4.48", got)
	}
	white := lab(rgb(0xFFFFFF).linear())
	if math.Abs(white[0]-100) > 0.01 || math.Abs(white[1]) > 0.02 || math.Abs(white[2]) > 0.02 {
		t.Errorf("lab(white) = %v, want 100 0 0", white)
	}
}
