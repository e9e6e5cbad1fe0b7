package chart_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/trimtab/trimtab/tui/chart"
	"github.com/trimtab/trimtab/tui/theme"
)

func ExampleUsage() {
	th := theme.New(theme.Options{Variant: theme.Mono, Glyphs: theme.ASCII})
	spec := &chart.Spec{
		Series: chart.Series{
			Start: time.Date(2026, 11, 9, 0, 0, 0, 0, time.UTC), Step: 6 * time.Hour,
			Value: []float64{80, 300, 410, 120, 90, 310, 400, 110},
		},
		Rules: []chart.Rule{{Kind: chart.Request, Value: 2000}, {Kind: chart.Proposed, Value: 480}},
		Area:  chart.Key{Value: chart.At(400)},
		Format: func(dst []byte, v float64) []byte {
			return fmt.Appendf(dst, "%.0fm", v)
		},
	}
	for _, line := range chart.NewUsage(th).Render(spec, 50, 8) {
		fmt.Println(strings.TrimRight(line, " "))
	}
	// Output:
	//      ^ request 2000m
	//
	// 500m ---------------------------------- - rec 480m
	//               ****             ****     * p95 400m
	//           ********         ********
	//           ********         ********
	//   0m **********************************
	//      9 Nov   12:00    10 Nov  12:00
}

func ExampleBar() {
	th := theme.New(theme.Options{Variant: theme.Mono})
	line := th.Line()
	chart.Bar(line, th.Symbols(), 14, chart.BarValues{
		Full: chart.At(2000), Used: chart.At(360), Recommended: chart.At(640),
	})
	fmt.Println(line)
	// Output: ▕██─┊────────▏
}
