package tui

import (
	"fmt"
	"testing"

	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/screentest"
)

// many returns an interface that shows n workloads.
func many(b testing.TB, n int) *App {
	a := newTest(b, 200, 60)
	f := screen.NewFacts(screentest.Make(screentest.Size{Namespaces: max(n/100, 1), Workloads: n, MaxPods: 1, Nodes: 50, Days: 0}))
	a.Update(dataMsg{facts: f, loading: screen.Loading{Done: true}})
	if err := drive(a, "a", "down"); err != nil {
		b.Fatal(err)
	}
	return a
}

// A frame costs the same however many rows there are, and few allocations:
// this is what keeps the interface quick, and it does not depend on the
// machine.
func TestFrameAllocations(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 100,000 rows")
	}
	a := many(t, 100_000)
	for _, k := range []string{"down", "pgdown"} {
		press := key(k)
		got := testing.AllocsPerRun(50, func() {
			a.Update(press)
			a.View()
		})
		t.Logf("%s: %v allocations a frame", k, got)
		if got > 500 {
			t.Errorf("%s: %v allocations a frame, want at most 500", k, got)
		}
	}
}

// BenchmarkKeyToFrame is a key and the frame after it.
func BenchmarkKeyToFrame(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a := many(b, n)
			down, up := key("down"), key("up")
			b.ReportAllocs()
			for b.Loop() {
				a.Update(down)
				a.View()
				a.Update(up)
				a.View()
			}
		})
	}
}

// BenchmarkPageToFrame changes every row of the screen.
func BenchmarkPageToFrame(b *testing.B) {
	a := many(b, 100_000)
	down := key("pgdown")
	b.ReportAllocs()
	for b.Loop() {
		a.Update(down)
		a.View()
	}
}

// BenchmarkFilterToFrame types a letter of a filter.
func BenchmarkFilterToFrame(b *testing.B) {
	a := many(b, 100_000)
	if err := drive(a, "/", "'ap"); err != nil {
		b.Fatal(err)
	}
	letter, back := key("i"), key("backspace")
	b.ReportAllocs()
	for b.Loop() {
		a.Update(letter)
		a.View()
		a.Update(back)
		a.View()
	}
}

// BenchmarkFirstFrame is from a report of 10,000 pods to the overview.
func BenchmarkFirstFrame(b *testing.B) {
	report, recs := screentest.Make(screentest.Size{Namespaces: 100, Workloads: 3400, MaxPods: 5, Nodes: 300, Days: 3})
	b.ReportMetric(float64(len(report.Snapshot.Pods)), "pods")
	b.ReportAllocs()
	for b.Loop() {
		a := newTest(b, 200, 60)
		a.Update(dataMsg{facts: screen.NewFacts(report, recs), loading: screen.Loading{Done: true}})
		a.View()
	}
}

// BenchmarkUpdate takes a new state of the data with 100,000 rows on screen:
// while the keys rest, and while the order is held because they do not.
func BenchmarkUpdate(b *testing.B) {
	for _, held := range []bool{false, true} {
		b.Run(fmt.Sprintf("held=%v", held), func(b *testing.B) {
			a := many(b, 100_000)
			if !held {
				a.Update(idleMsg{a.keys})
			}
			f := a.ctx.Facts
			b.ReportAllocs()
			for b.Loop() {
				a.Update(dataMsg{facts: f, loading: screen.Loading{Done: true}})
				a.View()
			}
		})
	}
}
