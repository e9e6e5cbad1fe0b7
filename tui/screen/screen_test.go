package screen

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screentest"
	"github.com/trimtab/trimtab/tui/theme"
)

func symbols() *theme.Symbols { return theme.New(theme.Options{Variant: theme.Mono}).Symbols() }

// The Append functions write what internal/unit says.
func TestAppendAsUnit(t *testing.T) {
	sym := symbols()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		v := rng.Int64N(1 << rng.IntN(55))
		if rng.IntN(2) == 0 {
			v = -v
		}
		if got, want := CPU(sym, unit.MilliCPU(v)), unit.MilliCPU(v).Compact(); got != want {
			t.Fatalf("CPU(%d) = %q, unit says %q", v, got, want)
		}
		if got, want := Memory(sym, unit.Bytes(v)), unit.Bytes(v).Compact(); got != want {
			t.Fatalf("Memory(%d) = %q, unit says %q", v, got, want)
		}
		r := unit.HourlyRate(v % math.MaxInt32 * 7)
		want := r.Monthly().Whole()
		if m := r.Monthly().Units(); m != 0 && math.Abs(m) < 0.995 {
			want = r.Monthly().Dollars()
		}
		if got := string(AppendMoney(nil, sym, r)); got != want {
			t.Fatalf("AppendMoney(%d) = %q, unit says %q", r, got, want)
		}
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	sym := symbols()
	var buf [64]byte
	if n := testing.AllocsPerRun(100, func() {
		AppendCPU(buf[:0], sym, 12_345)
		AppendBytes(buf[:0], sym, 5<<30)
		AppendMoney(buf[:0], sym, 1_234_567_890)
		AppendCount(buf[:0], 1_234_567)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestFilter(t *testing.T) {
	rows := []struct {
		name, kind string
		freed      float64
		known      bool
		risk       bool
	}{
		{"payments/checkout-api", "deploy", 968, true, false},
		{"payments/ledger", "sts", 840, true, false},
		{"search/settlement", "deploy", -141, true, true},
		{"search/webhooks-test", "deploy", 0, false, false},
	}
	f := Fields{
		Search:  func(i int) string { return rows[i].name },
		Numbers: map[string]Number{"freed": {Value: func(i int) (float64, bool) { return rows[i].freed, rows[i].known }}, "cpu": {Parse: ParseCPU, Value: func(i int) (float64, bool) { return float64(250 * (i + 1)), true }}},
		Texts:   map[string]func(int) string{"kind": func(i int) string { return rows[i].kind }},
		Words:   map[string]func(int) bool{"risk": func(i int) bool { return rows[i].risk }},
	}
	for _, tc := range []struct{ text, want string }{
		{"", "0123"},
		{"   ", "0123"},
		{"PAY", "01"},
		{"!test", "012"},
		{"!", "0123"},
		{"pay ledger", "1"},
		{"/^search.*t$/", "23"},
		{"/check|ledg", "01"},
		{"/", "0123"},
		{"freed>900", "0"},
		{"freed>=840", "01"},
		{"freed<$0", "2"},
		{"freed=968", "0"},
		{"freed>", "0123"},
		{"!freed>900", "123"},
		{"freed>−200 risk", "2"},
		{"cpu>500m", "23"},
		{"cpu<=0.5", "01"},
		{"kind:sts", "1"},
		{"kind:", "0123"},
		{"!kind:d pay", "1"},
		{"日本", ""},
	} {
		keep, err := f.Compile(tc.text)
		if err != nil {
			t.Errorf("%q: %v", tc.text, err)
			continue
		}
		got := ""
		for i := range rows {
			if keep == nil || keep(i) {
				got += string(rune('0' + i))
			}
		}
		if got != tc.want {
			t.Errorf("%q keeps %q, want %q", tc.text, got, tc.want)
		}
	}
	for text, want := range map[string]string{
		"/[/":      "not a regular expression",
		"save>1":   "no column save to compare; there are cpu, freed",
		"zone:a":   "no column zone; there are kind",
		"freed>x":  "not a number",
		"cpu>many": "not an amount of CPU",
	} {
		if _, err := f.Compile(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"a", "!a", "/a/", "n>1", "n>=", "t:x", "w", "!/", "!!a", "/(/", "n>1e999"} {
		f.Add(s)
	}
	fields := Fields{
		Search:  func(int) string { return "name" },
		Numbers: map[string]Number{"n": {Value: func(int) (float64, bool) { return 1, true }}},
		Texts:   map[string]func(int) string{"t": func(int) string { return "text" }},
		Words:   map[string]func(int) bool{"w": func(int) bool { return true }},
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if keep, err := fields.Compile(text); err == nil && keep != nil {
			keep(0)
		}
	})
}

func TestWrap(t *testing.T) {
	for w := range 60 {
		for _, l := range Wrap("CPU: p95 of checkout-api-7c9f8d6b5-\x1b[31mxk2lp, the busiest replica, is 日本語 412m", w, 2) {
			if ansi.StringWidth(l) > w || strings.ContainsRune(l, 0x1b) {
				t.Errorf("width %d: %q", w, l)
			}
		}
	}
}

// The parts of every sum add up to it.
func TestFactsAddUp(t *testing.T) {
	f := NewFacts(screentest.Make(screentest.Small()))
	a := f.Report.Allocation
	var byNamespace, byContainer unit.HourlyRate
	var pods int
	var money Money
	for i := range f.Namespaces {
		byNamespace += f.Namespaces[i].Cost
		pods += f.Namespaces[i].Pods
		money.Freed += f.Namespaces[i].Money.Freed
		money.Added += f.Namespaces[i].Money.Added
	}
	for i := range f.Containers {
		byContainer += f.Containers[i].Cost
	}
	if byNamespace+a.Idle+a.Overhead != a.Total || byContainer != byNamespace {
		t.Errorf("namespaces %v, containers %v, idle %v, overhead %v, total %v", byNamespace, byContainer, a.Idle, a.Overhead, a.Total)
	}
	if pods != f.Total.Pods || money.Freed != f.Total.Money.Freed || money.Added != f.Total.Money.Added {
		t.Errorf("%d pods of %d, money %v of %v", pods, f.Total.Pods, money, f.Total.Money)
	}
	if c := f.Total.Counts; c.All != len(f.Recs) || c.Proposed+c.Held+c.Insufficient+c.Keep != c.All {
		t.Errorf("counts %+v of %d", c, len(f.Recs))
	}
	if f.Basis.Priced+f.Basis.Unpriced != f.Total.Nodes || f.Basis.Unpriced == 0 {
		t.Errorf("basis %+v of %d nodes", f.Basis, f.Total.Nodes)
	}
}

func TestBasket(t *testing.T) {
	f := NewFacts(screentest.Make(screentest.Small()))
	b := NewBasket()
	byStatus := map[recommend.Status]*Container{}
	for i := range f.Containers {
		byStatus[f.Containers[i].Rec.Status] = &f.Containers[i]
	}
	for _, s := range []recommend.Status{recommend.Held, recommend.InsufficientData} {
		if act := b.Toggle([]*Container{byStatus[s]}); !act.Wrong || act.Say == "" || b.Len() != 0 {
			t.Errorf("%s: %+v", s, act)
		}
	}
	c := byStatus[recommend.Proposed]
	if act := b.Toggle([]*Container{c, byStatus[recommend.Held]}); act.Wrong || !b.Has(c.Key) || b.Len() != 1 || !b.Unsaved() {
		t.Errorf("%+v, %d entries", act, b.Len())
	}
	m, _ := b.Money()
	if net := m.Net(); net != *c.Rec.Freed {
		t.Errorf("money %v, want %v", net, *c.Rec.Freed)
	}
	keys, recs := b.Exportable()
	if len(keys) != 1 || len(recs) != 1 {
		t.Fatalf("%d exportable", len(recs))
	}
	b.Saved(keys)
	if b.Unsaved() {
		t.Error("unsaved after an export")
	}
	b.Sync(NewFacts(screentest.Bill(screentest.Small())))
	if b.Drift(c.Key) == "" {
		t.Error("no drift although nothing is proposed")
	}
	if _, recs := b.Exportable(); len(recs) != 0 {
		t.Error("a drifted change is exported")
	}
	b.Sync(f)
	if b.Drift(c.Key) != "" {
		t.Error("still drifted")
	}
	if act := b.Toggle([]*Container{c}); act.Wrong || b.Len() != 0 {
		t.Errorf("%+v, %d entries", act, b.Len())
	}
	if act := b.Toggle(nil); !act.Wrong {
		t.Error("nothing is put into the basket without a word")
	}
}
