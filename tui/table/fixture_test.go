package table

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/tui/theme"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// screen is the text of a table without colours, with its size checked and a
// mark at the end of each line so that trailing blanks show.
func screen(t *testing.T, tb *Table) string {
	t.Helper()
	checkSize(t, tb)
	var b strings.Builder
	for _, l := range tb.Render() {
		b.WriteString(ansi.Strip(l))
		b.WriteString("|\n")
	}
	return b.String()
}

func checkSize(t testing.TB, tb *Table) {
	t.Helper()
	lines := tb.Render()
	if len(lines) != tb.h {
		t.Fatalf("%d lines, want %d", len(lines), tb.h)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w != tb.w {
			t.Fatalf("line %d is %d cells, want %d: %q", i, w, tb.w, l)
		}
	}
}

// workload is one row of the fixture.
type workload struct {
	key, name, kind string
	pods            int
	cpu, cpuRec     int // millicores
	mem, memRec     int // MiB
	cost, save      float64
	known           bool
	flag            string
	days            int
}

type workloads []workload

func (w workloads) Len() int         { return len(w) }
func (w workloads) Key(i int) string { return w[i].key }

// payments are the rows of the mock-up.
func payments() workloads {
	rows := workloads{
		{name: "checkout-api", kind: "D", pods: 12, cpu: 2000, cpuRec: 640, mem: 4096, memRec: 2253, cost: 1412, save: 968, known: true, days: 14},
		{name: "ledger-writer", kind: "S", pods: 6, cpu: 4000, cpuRec: 1900, mem: 16384, memRec: 9728, cost: 2210, save: 840, known: true, flag: "+", days: 14},
		{name: "fraud-scorer", kind: "D", pods: 20, cpu: 1000, cpuRec: 410, mem: 2048, memRec: 2048, cost: 910, save: 402, known: true, days: 7},
		{name: "refunds", kind: "D", pods: 4, cpu: 500, cpuRec: 120, mem: 1024, memRec: 420, cost: 118, save: 81, known: true, days: 14},
		{name: "payout-cron", kind: "C", cpu: 250, cpuRec: 250, mem: 512, memRec: 512, cost: 12, known: true, days: 1},
		{name: "settlement", kind: "D", pods: 8, cpu: 250, cpuRec: 700, mem: 512, memRec: 1331, cost: 96, save: -141, known: true, flag: "!", days: 14},
		{name: "webhooks", kind: "D", pods: 3, cpuRec: 150, memRec: 256, cost: 40, days: 7},
		{name: "gateway", kind: "D", pods: 10, cpu: 1500, mem: 3072, memRec: 2150, cost: 702, save: 55, known: true, days: 14, flag: "h"},
		{name: "chargeback-reconciliation-nightly-worker", kind: "C", pods: 1, cpu: 500, cpuRec: 200, mem: 1024, memRec: 800, cost: 55, save: 55, known: true, days: 14},
		{name: "zahlungsübersicht-日本", kind: "D", pods: 2, cpu: 100, cpuRec: 40, mem: 256, memRec: 128, cost: 9, save: 6, known: true, days: 14},
	}
	for i := range rows {
		rows[i].key = "payments/" + rows[i].name
	}
	return rows
}

// many returns n made-up workloads in random order of name.
func many(n int) workloads {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	parts := []string{"checkout", "payments", "ledger", "search", "media", "identity", "fraud", "catalog"}
	tails := []string{"api", "worker", "consumer", "cron", "gateway", "indexer"}
	rows := make(workloads, n)
	for i := range rows {
		name := fmt.Sprintf("%s-%s-%05d", parts[rng.IntN(len(parts))], tails[rng.IntN(len(tails))], rng.IntN(n*3))
		rows[i] = workload{
			key: fmt.Sprintf("ns-%03d/Deployment/%s/%d", rng.IntN(200), name, i), name: name, kind: "D",
			pods: rng.IntN(40), cpu: 50 * rng.IntN(80), cpuRec: 10 * rng.IntN(300),
			mem: 64 * rng.IntN(200), memRec: 32 * rng.IntN(300),
			cost: rng.Float64() * 5000, save: float64(rng.IntN(2000) - 400), known: rng.IntN(20) > 0,
			days: rng.IntN(20),
		}
	}
	return rows
}

// fixture is a page that owns data, as the real pages do.
type fixture struct {
	rows workloads
	th   *theme.Theme
	*Table
}

func newFixture(th *theme.Theme, rows workloads) *fixture {
	f := &fixture{th: th}
	f.Table = New(th, f.columns())
	f.SetFlag(func(i int) (string, theme.Role) {
		switch s := f.rows[i].flag; s {
		case "!":
			return s, theme.Danger
		case "+":
			return s, theme.Good
		default:
			return s, theme.Muted
		}
	})
	f.SetEmpty("no workloads in this namespace", "0 shows all namespaces")
	f.set(rows)
	return f
}

func (f *fixture) set(rows workloads) {
	f.rows = rows
	f.SetRows(rows)
}

func (f *fixture) columns() []Column {
	at := func(i int) *workload { return &f.rows[i] }
	sym := f.th.Symbols()
	return []Column{
		{
			Title: "WORKLOAD", Min: 12, Max: 40,
			Cell: func(c *Cell, i int) { c.Put(theme.Text, at(i).name) },
			Text: func(i int) string { return at(i).name },
		},
		{Title: "K", Min: 1, Max: 1, Priority: 6, Cell: func(c *Cell, i int) { c.Put(theme.Muted, at(i).kind) }},
		{
			Title: "PODS", Min: 5, Max: 5, Align: Right, Priority: 4, LargestFirst: true,
			Cell: func(c *Cell, i int) {
				if at(i).pods == 0 {
					c.Put(theme.Muted, sym.None)
					return
				}
				c.PutInt(theme.Text, int64(at(i).pods))
			},
			Value: func(i int) (float64, bool) { return float64(at(i).pods), true },
		},
		{
			Title: "CPU req → rec", Min: 15, Max: 15, Priority: 1,
			Cell: func(c *Cell, i int) { change(c, sym, at(i).cpu, at(i).cpuRec, "m", 4) },
			Less: func(a, b int) bool { return at(a).cpu-at(a).cpuRec < at(b).cpu-at(b).cpuRec },
		},
		{
			Title: "MEM req → rec", Min: 19, Max: 19, Priority: 2,
			Cell:  func(c *Cell, i int) { change(c, sym, at(i).mem, at(i).memRec, "Mi", 5) },
			Value: func(i int) (float64, bool) { return float64(at(i).mem - at(i).memRec), true },
		},
		{
			Title: "$/MO", Min: 6, Max: 9, Align: Right, Priority: 3, LargestFirst: true,
			Cell:  func(c *Cell, i int) { money(c, sym, at(i).cost, true) },
			Value: func(i int) (float64, bool) { return at(i).cost, true },
		},
		{
			Title: "SAVE", Min: 6, Max: 9, Align: Right, LargestFirst: true,
			Cell:  func(c *Cell, i int) { money(c, sym, at(i).save, at(i).known) },
			Value: func(i int) (float64, bool) { return at(i).save, at(i).known },
		},
		{
			Title: "D", Min: 1, Max: 1, Priority: 5,
			Cell: func(c *Cell, i int) {
				switch d := at(i).days; {
				case d >= 14:
					c.Put(theme.Muted, sym.DataFull)
				case d >= 2:
					c.Put(theme.Muted, sym.DataPart)
				default:
					c.Put(theme.Muted, sym.DataThin)
				}
			},
		},
		{
			Title: "NOTE", Min: 10, Max: 30, Flex: 1, Priority: 9,
			Cell: func(c *Cell, i int) {
				c.Put(theme.Muted, "data ")
				c.PutInt(theme.Text, int64(at(i).days))
				c.Put(theme.Muted, " days")
			},
		},
	}
}

func change(c *Cell, sym *theme.Symbols, from, to int, unit string, room int) {
	if from == 0 {
		c.PadTo(room + len(unit) - 4)
		c.Put(theme.Muted, "none")
	} else {
		c.PadTo(room - digits(from))
		c.PutInt(theme.Text, int64(from))
		c.Put(theme.Muted, unit)
	}
	c.Put(theme.Muted, " ")
	c.Put(theme.Muted, sym.Arrow)
	if to == 0 {
		c.Put(theme.Caution, "  held h")
		return
	}
	c.PadTo(c.Width() + 1 + room - digits(to))
	c.PutInt(theme.Text, int64(to))
	c.Put(theme.Muted, unit)
	c.Put(theme.Text, " ")
	switch {
	case from == 0:
		c.Put(theme.Accent, "+")
	case to < from:
		c.Put(theme.Good, sym.Lower)
	case to > from:
		c.Put(theme.Danger, sym.Raise)
	default:
		c.Put(theme.Muted, sym.Keep)
	}
}

func digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

func money(c *Cell, sym *theme.Symbols, v float64, known bool) {
	if !known {
		c.Put(theme.Muted, sym.None)
		return
	}
	role := theme.Text
	n := int64(v)
	if n < 0 {
		role, n = theme.Danger, -n
		c.Put(role, sym.Minus)
	}
	if n >= 1000 {
		c.PutInt(role, n/1000)
		b := append(c.Scratch(), ',', byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
		c.PutBytes(role, b)
		return
	}
	c.PutInt(role, n)
}
