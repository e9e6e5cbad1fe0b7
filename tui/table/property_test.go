package table

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/trimtab/trimtab/tui/theme"
)

// Random keys, sizes and data: nothing panics, every frame has its size, the
// cursor is in range and stays on its object while that exists.
func TestRandomSteps(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 7))
		f := newFixture(theme.New(theme.Options{
			Variant: theme.Variant(rng.IntN(5)), Glyphs: theme.Glyphs(rng.IntN(3)),
		}), many(rng.IntN(200)))
		f.SetMore(rng.IntN(2) == 0)
		steps := 1000
		if testing.Short() {
			steps = 200
		}
		for step := range steps {
			key, had := f.SelectedKey()
			data, sameUser := false, f.touched
			switch rng.IntN(22) {
			case 0:
				f.SetSize(rng.IntN(130)-3, rng.IntN(40)-3)
				data = true
			case 1:
				rows := slices.Clone(f.rows)
				rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
				for i := range rows {
					rows[i].save = float64(rng.IntN(50))
				}
				f.set(rows)
				data = true
			case 2:
				rows := slices.Clone(f.rows)
				f.set(rows[:len(rows)-len(rows)/4])
				data = true
			case 3:
				f.set(append(slices.Clone(f.rows), many(rng.IntN(50)+rng.IntN(9))...))
				data = true
			case 4:
				f.SortBy(rng.IntN(12) - 1)
				data = true
			case 5:
				cut := rng.IntN(50)
				f.SetFilter(func(i int) bool { return f.rows[i].pods < cut })
			case 6:
				f.SetFilter(nil)
			case 7:
				f.MoveBy(rng.IntN(50) - 25)
			case 8:
				f.PageBy(rng.IntN(5) - 2)
			case 9:
				f.HalfPageBy(rng.IntN(5) - 2)
			case 10:
				f.Home()
			case 11:
				f.End()
			case 12:
				f.ToggleMark()
			case 13:
				f.MarkRange()
			case 14:
				f.ScrollBy(rng.IntN(7) - 3)
			case 15:
				f.SetWide(rng.IntN(2) == 0)
			case 16:
				f.SetHold(rng.IntN(2) == 0)
				data = true
			case 17:
				f.PickColumn(rng.IntN(5) - 2)
			case 18:
				f.SortPicked()
				data = true
			case 19:
				f.ScrollRows(rng.IntN(21) - 10)
			case 20:
				f.SetHeader(rng.IntN(2) == 0)
			case 21:
				f.At(rng.IntN(140)-5, rng.IntN(50)-5)
				if rng.IntN(10) == 0 {
					f.ClearMarks()
				}
			}
			checkSize(t, f.Table)
			checkState(t, f, step)
			if data && had && sameUser && f.find(key) >= 0 {
				if got, _ := f.SelectedKey(); got != key {
					t.Fatalf("seed %d step %d: cursor went from %q to %q", seed, step, key, got)
				}
			}
		}
	}
}

func checkState(t *testing.T, f *fixture, step int) {
	t.Helper()
	n := f.Visible()
	if f.cursor < 0 || (n > 0 && f.cursor >= n) {
		t.Fatalf("step %d: cursor %d of %d", step, f.cursor, n)
	}
	if first, end := f.Window(); n > 0 && (f.cursor < first || f.cursor >= end) {
		t.Fatalf("step %d: cursor %d outside of the window %d–%d", step, f.cursor, first, end)
	}
	seen := make([]bool, f.Len())
	for _, r := range f.Order() {
		if seen[r] {
			t.Fatalf("step %d: row %d twice", step, r)
		}
		seen[r] = true
	}
	if key, ok := f.SelectedKey(); ok != (n > 0) || (ok && f.rows[f.index[f.cursor]].key != key) {
		t.Fatalf("step %d: key %q does not fit the cursor", step, key)
	}
}

func TestNumberSortAgainstComparing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64, -1, 1}
	for range 200 {
		n := rng.IntN(300)
		vals, known := make([]float64, n), make([]bool, n)
		for i := range vals {
			known[i] = rng.IntN(8) > 0
			switch rng.IntN(3) {
			case 0:
				vals[i] = special[rng.IntN(len(special))]
			case 1:
				vals[i] = float64(rng.IntN(9) - 4)
			default:
				vals[i] = rng.NormFloat64() * math.Pow(10, float64(rng.IntN(40)-20))
			}
		}
		for _, desc := range []bool{false, true} {
			got, want := identity(nil, n), identity(nil, n)
			var s sorter
			s.number(got, func(i int) (float64, bool) { return vals[i], known[i] }, desc)
			slices.SortStableFunc(want, func(a, b int32) int {
				ua, ub := !known[a] || vals[a] != vals[a], !known[b] || vals[b] != vals[b]
				switch {
				case ua && ub:
					return 0
				case ua:
					return 1
				case ub:
					return -1
				case desc:
					a, b = b, a
				}
				return cmp.Compare(vals[a], vals[b])
			})
			if !slices.Equal(got, want) {
				t.Fatalf("desc %v: %v, want %v of %v", desc, got, want, vals)
			}
		}
	}
}

func TestTextSortAgainstComparing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		n := rng.IntN(400)
		vals := make([]string, n)
		for i := range vals {
			vals[i] = strings.Repeat("checkout-", rng.IntN(4)) + strings.Repeat(string(rune('a'+rng.IntN(3))), rng.IntN(20))
		}
		for _, desc := range []bool{false, true} {
			got, want := identity(nil, n), identity(nil, n)
			var s sorter
			s.text(got, func(i int) string { return vals[i] }, desc)
			slices.SortStableFunc(want, func(a, b int32) int { return compareFrom(vals[a], vals[b], 0, desc) })
			if !slices.Equal(got, want) {
				t.Fatalf("desc %v: order differs for %q", desc, vals)
			}
		}
	}
}
