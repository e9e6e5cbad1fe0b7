package table_test

import (
	"fmt"
	"strings"

	"github.com/trimtab/trimtab/tui/chart"
	"github.com/trimtab/trimtab/tui/table"
	"github.com/trimtab/trimtab/tui/theme"
)

type namespace struct {
	name               string
	pods               int64
	used, request, rec float64
	save               float64
}

type namespaces []namespace

func (n namespaces) Len() int         { return len(n) }
func (n namespaces) Key(i int) string { return n[i].name }

func Example() {
	th := theme.New(theme.Options{Variant: theme.Mono})
	data := namespaces{
		{"search", 240, 27, 100, 40, 2611},
		{"payments", 412, 18, 100, 33, 3904},
		{"legacy-billing", 18, 112, 100, 130, -140},
		{"checkout", 198, 22, 100, 36, 1702},
	}
	tb := table.New(th, []table.Column{
		{
			Title: "NAMESPACE", Min: 10, Max: 30,
			Cell: func(c *table.Cell, i int) { c.Put(theme.Text, data[i].name) },
			Text: func(i int) string { return data[i].name },
		},
		{
			Title: "PODS", Min: 5, Max: 5, Align: table.Right, Priority: 2, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { c.PutInt(theme.Text, data[i].pods) },
			Value: func(i int) (float64, bool) { return float64(data[i].pods), true },
		},
		{
			Title: "CPU used / request", Min: 19, Max: 19, Priority: 1,
			Cell: func(c *table.Cell, i int) {
				d := &data[i]
				chart.Bar(c, th.Symbols(), 13, chart.BarValues{
					Full: chart.At(d.request), Used: chart.At(d.used), Recommended: chart.At(d.rec),
				})
				c.PutBytes(theme.Text, fmt.Appendf(c.Scratch(), "%4.0f%%", 100*d.used/d.request))
			},
			Value: func(i int) (float64, bool) { return data[i].used / data[i].request, true },
		},
		{
			Title: "SAVE", Min: 6, Max: 9, Align: table.Right, LargestFirst: true,
			Cell:  func(c *table.Cell, i int) { c.PutInt(theme.Good, int64(data[i].save)) },
			Value: func(i int) (float64, bool) { return data[i].save, true },
		},
	})
	tb.SetFlag(func(i int) (string, theme.Role) {
		if data[i].save < 0 {
			return th.Symbols().Risk, theme.Danger
		}
		return "", theme.Text
	})
	tb.SetSize(60, 5)
	tb.SetRows(data)
	tb.SortBy(3)
	tb.SetFocus(false)
	for _, line := range tb.Render() {
		line = strings.NewReplacer("\x1b[1m", "", "\x1b[m", "").Replace(line)
		fmt.Println(strings.TrimRight(line, " "))
	}
	key, _ := tb.SelectedKey()
	fmt.Println("under the cursor:", key)
	// Output:
	//    NAMESPACE        PODS  CPU used / request    SAVE↓
	// ›  payments          412  ▕██─┊───────▏  18%     3904
	//    search            240  ▕███┊───────▏  27%     2611
	//    checkout          198  ▕██─┊───────▏  22%     1702
	//  ! legacy-billing     18  ▕██████████┊▲ 112%     -140
	// under the cursor: payments
}
