package table

import (
	"fmt"
	"testing"

	"github.com/trimtab/trimtab/tui/theme"
)

// A frame after a key must cost the same whatever the number of rows.
func TestFrameAllocations(t *testing.T) {
	f := newFixture(dark(), many(100_000))
	f.SetMore(true)
	f.SetSize(200, 60)
	f.SortBy(colSave)
	for name, move := range map[string]func(){
		"one row": func() { f.MoveBy(1) },
		"page":    func() { f.PageBy(1) },
		"mark":    func() { f.ToggleMark() },
		"end":     func() { f.End(); f.Home() },
	} {
		move()
		f.Render()
		if n := testing.AllocsPerRun(50, func() { move(); f.Render() }); n > 100 {
			t.Errorf("%s: %v allocations a frame, want at most 100", name, n)
		} else {
			t.Logf("%s: %v allocations a frame", name, n)
		}
	}
}

var sizes = []int{100, 1_000, 10_000, 100_000}

func BenchmarkKeyToFrame(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFixture(dark(), many(n))
			f.SetSize(200, 60)
			f.SortBy(colSave)
			b.ReportAllocs()
			for b.Loop() {
				f.MoveBy(1)
				if f.Position() == f.Visible()-1 {
					f.Home()
				}
				f.Render()
			}
		})
	}
}

func BenchmarkPageToFrame(b *testing.B) {
	f := newFixture(theme.New(theme.Options{}), many(100_000))
	f.SetSize(200, 60)
	b.ReportAllocs()
	for b.Loop() {
		f.PageBy(1)
		if f.Position() == f.Visible()-1 {
			f.Home()
		}
		f.Render()
	}
}

func BenchmarkRefresh(b *testing.B) {
	for _, n := range sizes {
		for _, col := range []int{colSave, colCost, colName, colCPU} {
			b.Run(fmt.Sprintf("%d/%s", n, []string{colSave: "save", colCost: "cost", colName: "name", colCPU: "less"}[col]), func(b *testing.B) {
				f := newFixture(dark(), many(n))
				f.SetSize(200, 60)
				f.SetFilter(func(i int) bool { return f.rows[i].pods > 0 })
				f.SetSort(col, true)
				b.ReportAllocs()
				for b.Loop() {
					f.Refresh()
					f.Render()
				}
			})
		}
	}
}

func BenchmarkSetRows(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFixture(dark(), many(n))
			f.SetSize(200, 60)
			f.SetFilter(func(i int) bool { return f.rows[i].pods > 0 })
			f.SetSort(colSave, true)
			f.End()
			b.ReportAllocs()
			for b.Loop() {
				f.SetRows(f.rows)
				f.Render()
			}
		})
	}
}

// New keys on every call: the order of the keys has to be found again.
func BenchmarkSetRowsNewKeys(b *testing.B) {
	x, y := many(100_000), many(99_999)
	f := newFixture(dark(), x)
	f.SetSize(200, 60)
	f.SetSort(colSave, true)
	b.ReportAllocs()
	for b.Loop() {
		f.set(y)
		f.set(x)
	}
}
