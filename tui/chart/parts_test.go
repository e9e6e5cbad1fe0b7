package chart

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/trimtab/trimtab/tui/theme"
)

func TestGoldenBars(t *testing.T) {
	rows := []struct {
		name string
		v    BarValues
	}{
		{"payments", BarValues{Full: At(100), Used: At(18), Recommended: At(34)}},
		{"ml-batch", BarValues{Full: At(100), Used: At(76), Recommended: At(99)}},
		{"over", BarValues{Full: At(100), Used: At(112), Recommended: At(140)}},
		{"exactly full", BarValues{Full: At(100), Used: At(100)}},
		{"nearly full", BarValues{Full: At(100), Used: At(99.9)}},
		{"nearly none", BarValues{Full: At(100), Used: At(0.1)}},
		{"none", BarValues{Full: At(100), Used: At(0)}},
		{"node", BarValues{Full: At(16000), Used: At(4200), Requested: At(9800), Recommended: At(7000)}},
		{"use above request", BarValues{Full: At(16000), Used: At(9000), Requested: At(4000)}},
		{"nothing known", BarValues{}},
		{"no request", BarValues{Full: At(0), Used: At(10)}},
		{"broken", BarValues{Full: At(100), Used: Level{math.NaN(), true}, Requested: At(-5), Recommended: Level{math.Inf(1), true}}},
	}
	for _, g := range []theme.Glyphs{theme.Braille, theme.ASCII} {
		th := theme.New(theme.Options{Glyphs: g})
		var lines []string
		for _, r := range rows {
			l := th.Line()
			l.Put(theme.Text, r.name)
			l.PadTo(18)
			Bar(l, th.Symbols(), 14, r.v)
			l.Blank(1)
			Bar(l, th.Symbols(), 22, r.v)
			lines = append(lines, l.String())
		}
		golden(t, "bars-"+g.String(), plain(t, lines, 55, len(rows)))
	}
}

func TestGoldenSparks(t *testing.T) {
	rising := make([]float64, 14)
	for i := range rising {
		rising[i] = float64(i * i)
	}
	gaps := append([]float64(nil), rising...)
	gaps[3], gaps[4], gaps[9] = math.NaN(), math.NaN(), math.Inf(1)
	spike := make([]float64, 1000)
	spike[617] = 1
	for _, g := range []theme.Glyphs{theme.Braille, theme.ASCII} {
		th := theme.New(theme.Options{Glyphs: g})
		var lines []string
		for _, r := range []struct {
			name   string
			values []float64
			scale  SparkScale
		}{
			{"rising", rising, SparkScale{}},
			{"gaps", gaps, SparkScale{}},
			{"one spike of 1000", spike, SparkScale{}},
			{"column scale", rising, SparkScale{High: 400}},
			{"from 50", rising, SparkScale{Low: 50, High: 169}},
			{"flat", []float64{5, 5, 5}, SparkScale{}},
			{"zeros", []float64{0, 0, 0}, SparkScale{}},
			{"negative", []float64{-3, 2, -1}, SparkScale{}},
			{"one", []float64{1}, SparkScale{}},
			{"none", nil, SparkScale{}},
		} {
			l := th.Line()
			l.Put(theme.Text, r.name)
			l.PadTo(18)
			Spark(l, th.Symbols(), theme.Usage, 14, r.values, r.scale)
			lines = append(lines, l.String())
		}
		golden(t, "sparks-"+g.String(), plain(t, lines, 32, len(lines)))
	}
}

func histogram() []HistRow {
	var rows []HistRow
	for i, n := range []float64{1, 3, 6, 9, 12, 11, 8, 5, 0, 0.2} {
		rows = append(rows, HistRow{Label: fmt.Sprintf("%d–%d%%", 10*i, 10*i+10), Count: n})
	}
	rows[4].Note, rows[4].NoteRole = "p50", theme.Muted
	rows[7].Note, rows[7].NoteRole = "p95, request", theme.Request
	return rows
}

func TestGoldenHistogram(t *testing.T) {
	for _, g := range []theme.Glyphs{theme.Braille, theme.ASCII} {
		th := theme.New(theme.Options{Glyphs: g})
		for _, size := range [][2]int{{20, 4}, {40, 10}, {80, 12}} {
			name := fmt.Sprintf("histogram-%v-%dx%d", g, size[0], size[1])
			golden(t, name, plain(t, Histogram(th, histogram(), size[0], size[1]), size[0], size[1]))
		}
	}
}

func office() *Heat {
	h := &Heat{Zone: "UTC", Full: "588m", Notes: []string{"peak 10:00–15:00 Mon–Fri", "", "idle 21:00–06:00: 61% of hours", "", "weekend 0.6× weekday"}}
	for day := range 7 {
		for hour := range 24 {
			v := 60 + 500*math.Max(0, math.Sin(float64(hour-6)/14*math.Pi))
			if day >= 5 {
				v *= 0.6
			}
			h.Cells[day][hour] = At(v)
		}
	}
	h.Cells[2][3], h.Cells[2][4] = Level{}, Level{}
	return h
}

func TestGoldenHeatMap(t *testing.T) {
	for _, g := range []theme.Glyphs{theme.Braille, theme.ASCII} {
		th := theme.New(theme.Options{Glyphs: g})
		for _, size := range [][2]int{{24, 5}, {40, 8}, {60, 9}, {98, 10}} {
			name := fmt.Sprintf("heat-%v-%dx%d", g, size[0], size[1])
			golden(t, name, plain(t, HeatMap(th, office(), size[0], size[1]), size[0], size[1]))
		}
	}
}

func TestPartsRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -5, 0, 5e-324, math.MaxFloat64, 1}
	value := func() float64 {
		if rng.IntN(3) == 0 {
			return odd[rng.IntN(len(odd))]
		}
		return rng.ExpFloat64() * 100
	}
	level := func() Level { return Level{value(), rng.IntN(4) > 0} }
	for range 3000 {
		th := theme.New(theme.Options{Variant: theme.Variant(rng.IntN(5)), Glyphs: theme.Glyphs(rng.IntN(3))})
		w, h := rng.IntN(90)-3, rng.IntN(14)-2
		for name, draw := range map[string]func(p theme.Painter){
			"bar":    func(p theme.Painter) { Bar(p, th.Symbols(), w, BarValues{level(), level(), level(), level()}) },
			"length": func(p theme.Painter) { Length(p, th.Symbols(), theme.Usage, w, value()) },
			"spark": func(p theme.Painter) {
				values := make([]float64, rng.IntN(100))
				for i := range values {
					values[i] = value()
				}
				Spark(p, th.Symbols(), theme.Usage, w, values, SparkScale{value(), value()})
			},
		} {
			l := th.Line()
			draw(l)
			if l.Width() != max(w, 0) || ansi.StringWidth(l.String()) != max(w, 0) {
				t.Fatalf("%s: %d cells, want %d: %q", name, l.Width(), w, l.String())
			}
		}
		rows := make([]HistRow, rng.IntN(20))
		for i := range rows {
			rows[i] = HistRow{
				Label: strings.Repeat("x", rng.IntN(12)), Count: value(), NoteRole: theme.Role(rng.IntN(14)),
				Note: strings.Repeat("日", rng.IntN(3)), Text: strings.Repeat("7", rng.IntN(4)),
			}
		}
		checkSize(t, Histogram(th, rows, w, h), w, h)
		heat := &Heat{Max: value(), Zone: "Europe/Berlin", Full: "588m\n", Notes: []string{"note\x1b[2J"}}
		for day := range 7 {
			for hour := range 24 {
				heat.Cells[day][hour] = level()
			}
		}
		checkSize(t, HeatMap(th, heat, w, h), w, h)
	}
}

// sink takes pieces and forgets them.
type sink struct{ n int }

func (s *sink) Put(_ theme.Role, text string) { s.n += len(text) }

func TestCellPartsDoNotAllocate(t *testing.T) {
	sym := dark().Symbols()
	values := make([]float64, 336)
	for i := range values {
		values[i] = float64(i % 24)
	}
	var p theme.Painter = &sink{}
	n := testing.AllocsPerRun(100, func() {
		Bar(p, sym, 22, BarValues{Full: At(16), Used: At(4), Requested: At(9), Recommended: At(7)})
		Spark(p, sym, theme.Usage, 14, values, SparkScale{})
		Length(p, sym, theme.Usage, 40, 0.37)
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func BenchmarkBar(b *testing.B) {
	sym := dark().Symbols()
	var p theme.Painter = &sink{}
	b.ReportAllocs()
	for b.Loop() {
		Bar(p, sym, 22, BarValues{Full: At(16), Used: At(4), Requested: At(9), Recommended: At(7)})
	}
}

func BenchmarkSpark(b *testing.B) {
	sym := dark().Symbols()
	values := make([]float64, 336)
	for i := range values {
		values[i] = float64(i % 24)
	}
	var p theme.Painter = &sink{}
	b.ReportAllocs()
	for b.Loop() {
		Spark(p, sym, theme.Usage, 14, values, SparkScale{})
	}
}

func BenchmarkHeatMap(b *testing.B) {
	th, heat := dark(), office()
	b.ReportAllocs()
	for b.Loop() {
		HeatMap(th, heat, 98, 10)
	}
}

func BenchmarkHistogram(b *testing.B) {
	th, rows := dark(), histogram()
	b.ReportAllocs()
	for b.Loop() {
		Histogram(th, rows, 98, 10)
	}
}
