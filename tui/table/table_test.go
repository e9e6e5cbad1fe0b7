package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/tui/theme"
)

const (
	colName = 0
	colPods = 2
	colCPU  = 3
	colCost = 5
	colSave = 6
)

func dark() *theme.Theme { return theme.New(theme.Options{}) }

func names(f *fixture) []string {
	var out []string
	for _, r := range f.Order() {
		out = append(out, f.rows[r].name)
	}
	return out
}

func TestGoldenSizes(t *testing.T) {
	for _, size := range [][2]int{{30, 6}, {40, 10}, {56, 12}, {80, 17}, {100, 23}, {120, 33}, {200, 53}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			f := newFixture(dark(), append(payments(), many(100)...))
			f.SetMore(true)
			f.SetSize(size[0], size[1])
			f.SortBy(colSave)
			f.SelectKey("payments/checkout-api")
			f.SelectKey("payments/ledger-writer")
			f.ToggleMark()
			f.MoveBy(1)
			golden(t, fmt.Sprintf("workloads-%dx%d", size[0], size[1]), screen(t, f.Table))
		})
	}
}

func TestGoldenStates(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts theme.Options
		do   func(f *fixture)
	}{
		{"mockup", theme.Options{}, func(f *fixture) { f.SortBy(colSave) }},
		{"unsorted", theme.Options{}, func(*fixture) {}},
		{"name-descending", theme.Options{}, func(f *fixture) { f.SortBy(colName); f.SortBy(colName) }},
		{"picked", theme.Options{}, func(f *fixture) { f.SortBy(colSave); f.PickColumn(1); f.PickColumn(-1) }},
		{"ascii", theme.Options{Glyphs: theme.ASCII}, func(f *fixture) { f.SortBy(colSave); f.ToggleMark(); f.MoveBy(1) }},
		{"scrolled", theme.Options{}, func(f *fixture) { f.SetSize(50, 8); f.ScrollBy(2) }},
		{"wide", theme.Options{}, func(f *fixture) { f.SetSize(50, 8); f.SetWide(true) }},
		{"no-header", theme.Options{}, func(f *fixture) { f.SetHeader(false) }},
		{"empty", theme.Options{}, func(f *fixture) { f.set(nil) }},
		{"no-match", theme.Options{}, func(f *fixture) {
			f.SetNoMatch("no workloads match save>100000", "esc clears the filter")
			f.SetFilter(func(int) bool { return false })
		}},
		{"more-middle", theme.Options{}, func(f *fixture) { f.SetSize(80, 7); f.MoveBy(7) }},
		{"more-end", theme.Options{}, func(f *fixture) { f.SetSize(80, 7); f.End() }},
		{"one-line", theme.Options{}, func(f *fixture) { f.MoveBy(1); f.SetSize(80, 1) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(theme.New(tc.opts), payments())
			f.SetMore(true)
			f.SetSize(80, 13)
			tc.do(f)
			golden(t, "state-"+tc.name, screen(t, f.Table))
		})
	}
}

// A few screens with their escape sequences spelled out.
func TestGoldenStyles(t *testing.T) {
	for _, v := range []theme.Variant{theme.Dark, theme.Light16, theme.Mono} {
		f := newFixture(theme.New(theme.Options{Variant: v}), payments())
		f.SetSize(80, 6)
		f.SortBy(colSave)
		f.MoveBy(1)
		focused := strings.Join(f.Render(), "\n")
		f.SetFocus(false)
		text := focused + "\n\n" + strings.Join(f.Render(), "\n") + "\n"
		golden(t, "style-"+v.String(), strings.ReplaceAll(text, "\x1b", "␛"))
	}
}

func TestSort(t *testing.T) {
	f := newFixture(dark(), payments())
	for _, tc := range []struct {
		name string
		col  int
		want []string // the first and last three
	}{
		{"money largest first, ties by key", colSave, []string{"checkout-api", "ledger-writer", "fraud-scorer", "payout-cron", "settlement", "webhooks"}},
		{"money inverted, unknown still last", colSave, []string{"settlement", "payout-cron", "zahlungsübersicht-日本", "ledger-writer", "checkout-api", "webhooks"}},
		{"name", colName, []string{"chargeback-reconciliation-nightly-worker", "checkout-api", "fraud-scorer", "settlement", "webhooks", "zahlungsübersicht-日本"}},
		{"name inverted", colName, []string{"zahlungsübersicht-日本", "webhooks", "settlement", "fraud-scorer", "checkout-api", "chargeback-reconciliation-nightly-worker"}},
		{"less", colCPU, []string{"settlement", "webhooks", "payout-cron", "checkout-api", "gateway", "ledger-writer"}},
	} {
		if !f.SortBy(tc.col) {
			t.Fatalf("%s: SortBy refused", tc.name)
		}
		all := names(f)
		got := append(slices.Clone(all[:3]), all[len(all)-3:]...)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
	if f.SortBy(1) || f.SortBy(-1) || f.SortBy(99) {
		t.Error("SortBy accepted a column that cannot be sorted by")
	}
	// chargeback and gateway both save 55.
	f.SetSort(colSave, true)
	if i, j := slices.Index(names(f), "chargeback-reconciliation-nightly-worker"), slices.Index(names(f), "gateway"); j != i+1 {
		t.Errorf("descending ties at %d and %d", i, j)
	}
	f.SetSort(colSave, false)
	if i, j := slices.Index(names(f), "chargeback-reconciliation-nightly-worker"), slices.Index(names(f), "gateway"); j != i+1 {
		t.Errorf("ascending ties at %d and %d", i, j)
	}
	f.SetSort(-1, true)
	if col, desc := f.Sort(); col != -1 || desc || names(f)[0] != "checkout-api" || names(f)[9] != "zahlungsübersicht-日本" {
		t.Errorf("order of the data: %v", names(f))
	}
}

func TestCursorFollowsItsObject(t *testing.T) {
	f := newFixture(dark(), payments())
	f.SetSize(80, 20)
	f.SelectKey("payments/refunds")
	want := func(step, key string) {
		t.Helper()
		got, _ := f.SelectedKey()
		row, ok := f.Selected()
		if got != "payments/"+key || !ok || f.rows[row].name != key {
			t.Errorf("%s: cursor on %q, want %q", step, got, key)
		}
	}
	f.SortBy(colSave)
	want("sort", "refunds")
	reversed := payments()
	slices.Reverse(reversed)
	f.set(reversed)
	want("reversed data", "refunds")
	f.set(append(many(500), payments()...))
	want("more data", "refunds")
	f.SetSize(50, 5)
	want("resize", "refunds")
	f.SetFilter(func(i int) bool { return f.rows[i].name != "refunds" })
	if key, _ := f.SelectedKey(); key == "payments/refunds" {
		t.Error("cursor on a hidden row")
	}
	f.SetFilter(func(i int) bool { return strings.HasPrefix(f.rows[i].key, "none") })
	if _, ok := f.SelectedKey(); ok {
		t.Error("a row is selected though none is shown")
	}
	f.SetFilter(nil)
	want("filter cleared", "refunds")
	f.SetFilter(func(i int) bool { return f.rows[i].name != "refunds" })
	f.MoveBy(1)
	moved, _ := f.SelectedKey()
	f.SetFilter(nil)
	if key, _ := f.SelectedKey(); key != moved {
		t.Errorf("after moving, clearing the filter went to %q, want %q", key, moved)
	}
	f.SelectKey("payments/refunds")
	f.set(nil)
	f.set(payments())
	want("data gone and back", "refunds")
	at := f.Position()
	f.set(slices.DeleteFunc(payments(), func(w workload) bool { return w.name == "refunds" }))
	if f.Position() != at {
		t.Errorf("object gone: position %d, want %d", f.Position(), at)
	}
}

// While rows stream in and nobody has touched anything, the first row stays
// under the cursor.
func TestUntouchedCursorStaysFirst(t *testing.T) {
	f := newFixture(dark(), payments())
	f.SetSize(80, 8)
	f.SortBy(colSave)
	f.set(append(payments(), many(300)...))
	if f.Position() != 0 {
		t.Errorf("position %d, want 0", f.Position())
	}
	f.MoveBy(0)
	key, _ := f.SelectedKey()
	slices.Reverse(f.rows)
	f.set(f.rows)
	if got, _ := f.SelectedKey(); got != key {
		t.Errorf("touched: cursor on %q, want %q", got, key)
	}
}

func TestHold(t *testing.T) {
	f := newFixture(dark(), payments())
	f.SetSize(80, 20)
	f.SortBy(colSave)
	before := names(f)
	f.SetHold(true)
	changed := payments()
	for i := range changed {
		changed[i].save, changed[i].known = float64(i), true
	}
	changed = slices.Delete(changed, 3, 4) // refunds
	changed = append(changed, workload{key: "payments/new", name: "new", save: 1e6, known: true})
	f.set(changed)
	want := append(slices.DeleteFunc(before, func(s string) bool { return s == "refunds" }), "new")
	if diff := cmp.Diff(want, names(f)); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
	if !f.Outdated() {
		t.Error("not outdated")
	}
	f.SetHold(false)
	if f.Outdated() || names(f)[0] != "new" {
		t.Errorf("released: %v", names(f))
	}
}

func TestMarks(t *testing.T) {
	f := newFixture(dark(), payments())
	f.SetSize(80, 20)
	f.ToggleMark()
	f.MoveBy(3)
	f.MarkRange()
	if diff := cmp.Diff([]int{0, 1, 2, 3}, f.MarkedRows()); diff != "" {
		t.Error(diff)
	}
	f.MoveBy(-1)
	f.ToggleMark()
	if f.MarkCount() != 3 || f.IsMarked("payments/fraud-scorer") {
		t.Errorf("count %d after taking one away", f.MarkCount())
	}
	f.SetFilter(func(i int) bool { return i > 5 })
	if f.MarkCount() != 3 {
		t.Errorf("filter: count %d, want 3", f.MarkCount())
	}
	f.set(payments()[:2])
	if diff := cmp.Diff([]int{0, 1}, f.MarkedRows()); diff != "" || f.MarkCount() != 2 || len(f.MarkedKeys()) != 3 {
		t.Errorf("rows gone: %d %v %s", f.MarkCount(), f.MarkedKeys(), diff)
	}
	f.set(payments())
	if f.MarkCount() != 3 {
		t.Errorf("rows back: count %d, want 3", f.MarkCount())
	}
	f.ClearMarks()
	if f.MarkCount() != 0 || f.MarkedRows() != nil {
		t.Error("not cleared")
	}
}

func TestMoving(t *testing.T) {
	f := newFixture(dark(), many(100))
	f.SetSize(80, 11) // ten rows
	for _, tc := range []struct {
		name          string
		do            func()
		position, top int
	}{
		{"down", func() { f.MoveBy(1) }, 1, 0},
		{"page", func() { f.PageBy(1) }, 11, 10},
		{"half page", func() { f.HalfPageBy(1) }, 16, 15},
		{"end", f.End, 99, 90},
		{"past the end", func() { f.MoveBy(1 << 62) }, 99, 90},
		{"page up", func() { f.PageBy(-1) }, 89, 80},
		{"home", f.Home, 0, 0},
		{"past the start", func() { f.PageBy(-3) }, 0, 0},
		{"wheel", func() { f.ScrollRows(3) }, 3, 3},
		{"wheel back", func() { f.ScrollRows(-2) }, 3, 1},
		{"last page partly", func() { f.MoveTo(85); f.PageBy(1) }, 95, 86},
	} {
		tc.do()
		if first, _ := f.Window(); f.Position() != tc.position || first != tc.top {
			t.Errorf("%s: position %d top %d, want %d and %d", tc.name, f.Position(), first, tc.position, tc.top)
		}
		if y, ok := f.CursorLine(); !ok || !strings.HasPrefix(stripped(f, y), "›") {
			t.Errorf("%s: no cursor sign on line %d", tc.name, y)
		}
	}
}

func stripped(f *fixture, y int) string {
	return strings.TrimPrefix(f.Render()[y], "\x1b[1;7m")
}

func TestAt(t *testing.T) {
	f := newFixture(dark(), payments())
	f.SetSize(80, 13)
	for _, tc := range []struct {
		x, y int
		want Hit
	}{
		{5, 0, Hit{HeaderPart, colName, 0}},
		{0, 2, Hit{RowPart, -1, 1}},
		{4, 3, Hit{RowPart, colName, 2}},
		{4, 12, Hit{Nothing, colName, 0}},
		{-1, 0, Hit{Nothing, -1, 0}},
		{4, 13, Hit{Nothing, -1, 0}},
	} {
		if got := f.At(tc.x, tc.y); got != tc.want {
			t.Errorf("At(%d, %d) = %+v, want %+v", tc.x, tc.y, got, tc.want)
		}
	}
	// Every title is found under its column.
	header := screen(t, f.Table)
	header = header[:strings.IndexByte(header, '\n')]
	if at := strings.Index(header, "SAVE"); at < 0 || f.At(theme.Width(header[:at]), 0).Column != colSave {
		t.Errorf("SAVE not found at %d of %q", at, header)
	}
}

// Text from outside cannot steer the terminal or break the layout.
func TestHostileText(t *testing.T) {
	rows := payments()
	rows[1].name = "\x1b[2Jevil\nname\x9b31m\u202e"
	f := newFixture(dark(), rows)
	f.SetSize(100, 20)
	checkSize(t, f.Table)
	all := strings.Join(f.Render(), "")
	for _, bad := range []string{"\x1b[2J", "\n", "\x9b31m"} {
		if strings.Contains(all, bad) {
			t.Errorf("%q reached the screen", bad)
		}
	}
}

func TestNarrowDropsByPriority(t *testing.T) {
	f := newFixture(dark(), payments())
	for _, tc := range []struct {
		w    int
		want []int
	}{
		{200, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		{80, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{60, []int{0, 3, 4, 6}},
		{40, []int{0, 3, 6}},
		{22, []int{0, 6}},
		{18, []int{0}},
		{5, []int{0}},
	} {
		f.SetSize(tc.w, 10)
		var got []int
		for _, s := range f.layout {
			got = append(got, s.col)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("width %d (-want +got):\n%s", tc.w, diff)
		}
		if f.Hidden() != len(f.cols)-len(tc.want) {
			t.Errorf("width %d: Hidden() = %d", tc.w, f.Hidden())
		}
	}
}

func TestEveryColumnIsReachable(t *testing.T) {
	for w := 20; w < 130; w += 3 {
		f := newFixture(dark(), payments())
		f.SetSize(w, 10)
		seen := map[int]bool{}
		for range f.cols {
			for _, s := range f.layout {
				seen[s.col] = true
			}
			checkSize(t, f.Table)
			f.ScrollBy(1)
		}
		if len(seen) != len(f.cols) {
			t.Errorf("width %d: columns %v", w, seen)
		}
	}
}
