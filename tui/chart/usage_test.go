package chart

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/trimtab/trimtab/tui/theme"
)

func TestGoldenUsage(t *testing.T) {
	for _, g := range []theme.Glyphs{theme.Braille, theme.Blocks, theme.ASCII} {
		for _, size := range [][2]int{{12, 4}, {30, 6}, {50, 10}, {78, 13}, {100, 18}, {120, 20}} {
			name := fmt.Sprintf("usage-%v-%dx%d", g, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				u := NewUsage(theme.New(theme.Options{Glyphs: g}))
				golden(t, name, plain(t, u.Render(checkout(2016), size[0], size[1]), size[0], size[1]))
			})
		}
	}
}

func TestGoldenUsageStates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		berlin = time.FixedZone("CET", 3600)
	}
	for _, tc := range []struct {
		name string
		edit func(s *Spec)
	}{
		{"full-scale", func(s *Spec) { s.FullScale = true }},
		{"empty", func(s *Spec) { s.Series.Value = nil }},
		{"all-gaps", func(s *Spec) {
			for i := range s.Series.Gap {
				s.Series.Gap[i] = true
			}
		}},
		{"nothing", func(s *Spec) { *s = Spec{} }},
		{"one-point", func(s *Spec) { s.Series = Series{Start: start, Step: time.Hour, Value: []float64{300}} }},
		{"zeros", func(s *Spec) {
			s.Series = Series{Start: start, Step: time.Hour, Value: make([]float64, 48)}
			s.Rules = nil
		}},
		{"hours", func(s *Spec) { s.Series.Step = 5 * time.Minute; s.Series.Start = start.Add(7 * time.Hour) }},
		{"minutes", func(s *Spec) {
			s.Series.Step = 5 * time.Second
			s.Series.Start = start.Add(7*time.Hour + 13*time.Minute)
		}},
		{"months", func(s *Spec) { s.Series.Step = time.Hour }},
		{"berlin", func(s *Spec) { s.Location = berlin }},
		{"cursor", func(s *Spec) { s.ShowCursor, s.Cursor = true, 900 }},
		{"no-legend", func(s *Spec) { s.NoLegend = true }},
		{"no-rules", func(s *Spec) { s.Rules, s.Events, s.Notes = nil, nil, nil }},
		{"equal-rules", func(s *Spec) {
			s.Rules = []Rule{{Kind: Request, Value: 600}, {Kind: Limit, Value: 600}, {Kind: Proposed, Value: 250}}
		}},
		{"below-usage", func(s *Spec) { s.Rules = []Rule{{Kind: Request, Value: 250}, {Kind: Limit, Value: 400}} }},
		{"mean", func(s *Spec) { s.Rules = []Rule{{Kind: Mean, Value: 300, Label: "30 d mean"}}; s.Area.Name = "per day" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := checkout(2016)
			tc.edit(s)
			golden(t, "usage-state-"+tc.name, plain(t, NewUsage(dark()).Render(s, 78, 14), 78, 14))
		})
	}
}

func TestGoldenUsageStyles(t *testing.T) {
	for _, v := range []theme.Variant{theme.Dark, theme.Mono} {
		lines := NewUsage(theme.New(theme.Options{Variant: v})).Render(checkout(200), 60, 10)
		checkSize(t, lines, 60, 10)
		golden(t, "usage-style-"+v.String(), strings.ReplaceAll(strings.Join(lines, "\n")+"\n", "\x1b", "␛"))
	}
}

// Gaps stay blank whatever the size, and a value of 0 does not.
func TestGapsAreNotZeros(t *testing.T) {
	zero := Series{Start: start, Step: time.Hour, Value: make([]float64, 10), Gap: []bool{false, false, false, true, true, true, true}}
	for _, g := range []theme.Glyphs{theme.Braille, theme.Blocks, theme.ASCII} {
		u := NewUsage(theme.New(theme.Options{Glyphs: g}))
		lines := u.Render(&Spec{Series: zero, NoLegend: true}, 12, 2)
		last := strings.TrimRight(ansi.Strip(lines[1]), "|")
		runes := []rune(last)
		x := u.label
		for i := range u.plotW {
			c := float64(i) * 10 / float64(u.plotW)
			blank := runes[x+i] == ' '
			if inGap := c >= 3.01 && c+10/float64(u.plotW) <= 6.99; blank != inGap && (c < 2 || c > 7.5 || inGap) {
				t.Errorf("%v: cell %d of %q: blank %v, in the gap %v", g, i, last, blank, inGap)
			}
		}
	}
}

// A peak of one sample in 20,160 is not lost.
func TestPeaksSurvive(t *testing.T) {
	s := Series{Start: start, Step: time.Minute, Value: make([]float64, 20160), Max: make([]float64, 20160)}
	for i := range s.Value {
		s.Value[i], s.Max[i] = 10, 12
	}
	s.Max[12345] = 1000
	u := NewUsage(dark())
	lines := u.Render(&Spec{Series: s, NoLegend: true}, 80, 12)
	found := false
	for _, l := range lines[:4] {
		found = found || strings.ContainsFunc(ansi.Strip(l), func(r rune) bool { return r > 0x2800 && r <= 0x28FF })
	}
	if !found {
		t.Errorf("peak is gone:\n%s", ansi.Strip(strings.Join(lines, "\n")))
	}
}

func TestZoomToUsage(t *testing.T) {
	u := NewUsage(dark())
	u.Render(checkout(2016), 100, 20)
	if math.Abs(u.top-1.25*700) > 1e-9 {
		t.Errorf("top %v, want %v", u.top, 1.25*700)
	}
	s := checkout(2016)
	text := ansi.Strip(strings.Join(u.Render(s, 100, 20), "\n"))
	for _, want := range []string{"↑ limit 3000m", "↑ request 2000m", "╌ yours", "700m", "─ rec", "640m", "588m", "412m", "p50 180m", "▾ OOM"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	s.FullScale = true
	u.Render(s, 100, 20)
	if u.top < 3000 {
		t.Errorf("full scale: top %v", u.top)
	}
	// Nothing but a request: it is on the scale.
	u.Render(&Spec{Rules: []Rule{{Kind: Request, Value: 500}}}, 60, 10)
	if u.top < 500 {
		t.Errorf("request alone: top %v", u.top)
	}
}

func TestBucketAt(t *testing.T) {
	u := NewUsage(dark())
	u.Render(checkout(2016), 100, 20)
	if _, ok := u.BucketAt(0, 2016); ok {
		t.Error("a label is a bucket")
	}
	if b, ok := u.BucketAt(u.label, 2016); !ok || b != 0 {
		t.Errorf("first cell: %d %v", b, ok)
	}
	if b, ok := u.BucketAt(u.label+u.plotW-1, 2016); !ok || b < 1900 || b >= 2016 {
		t.Errorf("last cell: %d %v", b, ok)
	}
}

// Anything goes in, exactly w × h comes out.
func TestUsageRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -5, 0, 1e-300, 5e-324, 1e308, math.MaxFloat64, 1}
	value := func() float64 {
		if rng.IntN(4) == 0 {
			return odd[rng.IntN(len(odd))]
		}
		return rng.ExpFloat64() * math.Pow(10, float64(rng.IntN(12)-4))
	}
	themes := make([]*theme.Theme, 0, 15)
	for v := range 5 {
		for g := range 3 {
			themes = append(themes, theme.New(theme.Options{Variant: theme.Variant(v), Glyphs: theme.Glyphs(g)}))
		}
	}
	u := NewUsage(themes[0])
	for step := range 3000 {
		u.SetTheme(themes[rng.IntN(len(themes))])
		n := rng.IntN(400)
		if rng.IntN(5) == 0 {
			n = rng.IntN(3)
		}
		s := &Spec{
			Series:    Series{Start: start.Add(time.Duration(rng.Int64N(1e18)) - 5e17), Step: []time.Duration{0, -1, 1, time.Second, time.Minute, time.Hour, math.MaxInt64}[rng.IntN(7)]},
			FullScale: rng.IntN(2) == 0, NoLegend: rng.IntN(3) == 0,
			Cursor: rng.IntN(500) - 50, ShowCursor: rng.IntN(2) == 0,
			Area: Key{Name: []string{"", "p95", "日本語\x1b[2J"}[rng.IntN(3)], Value: At(value())},
		}
		for range n {
			s.Series.Value = append(s.Series.Value, value())
			if rng.IntN(50) > 0 {
				s.Series.Max = append(s.Series.Max, value())
			}
			s.Series.Gap = append(s.Series.Gap, rng.IntN(9) == 0)
		}
		s.Series.Max = s.Series.Max[:min(len(s.Series.Max), rng.IntN(n+1))]
		for range rng.IntN(8) {
			s.Rules = append(s.Rules, Rule{Kind: RuleKind(rng.IntN(7)), Value: value(), Label: []string{"", "x", "a long label of a rule"}[rng.IntN(3)]})
		}
		for range rng.IntN(5) {
			s.Events = append(s.Events, Event{At: s.Series.Start.Add(time.Duration(rng.IntN(400)) * s.Series.Step), Kind: EventKind(rng.IntN(5))})
		}
		for range rng.IntN(4) {
			s.Notes = append(s.Notes, strings.Repeat("note ", rng.IntN(9)))
		}
		if rng.IntN(2) == 0 {
			s.Format = millis
		}
		w, h := rng.IntN(160)-3, rng.IntN(40)-3
		if rng.IntN(3) == 0 {
			w, h = rng.IntN(15), rng.IntN(9)
		}
		lines := u.Render(s, w, h)
		checkSize(t, lines, w, h)
		if strings.Contains(strings.Join(lines, ""), "\x1b[2J") {
			t.Fatalf("step %d: a label reached the terminal", step)
		}
	}
}

func TestUsageAllocations(t *testing.T) {
	for _, points := range []int{2016, 20160} {
		for _, g := range []theme.Glyphs{theme.Braille, theme.Blocks, theme.ASCII} {
			u, s := NewUsage(theme.New(theme.Options{Glyphs: g})), checkout(points)
			u.Render(s, 120, 20)
			if n := testing.AllocsPerRun(50, func() { u.Render(s, 120, 20) }); n > 20 {
				t.Errorf("%v, %d points: %v allocations, want at most 20", g, points, n)
			} else {
				t.Logf("%v, %d points: %v allocations", g, points, n)
			}
		}
	}
}

func BenchmarkUsage(b *testing.B) {
	for _, points := range []int{2016, 20160} {
		for _, g := range []theme.Glyphs{theme.Braille, theme.Blocks, theme.ASCII} {
			b.Run(fmt.Sprintf("%d/%v", points, g), func(b *testing.B) {
				u, s := NewUsage(theme.New(theme.Options{Glyphs: g})), checkout(points)
				b.ReportAllocs()
				for b.Loop() {
					u.Render(s, 120, 20)
				}
			})
		}
	}
}
