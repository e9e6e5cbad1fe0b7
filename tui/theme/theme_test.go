package theme

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/quick"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func TestParseVariant(t *testing.T) {
	for _, name := range VariantNames() {
		v, err := ParseVariant(name)
		if err != nil || v.String() != name {
			t.Errorf("ParseVariant(%q) = %v, %v", name, v, err)
		}
	}
	if _, err := ParseVariant("pink"); err == nil || !strings.Contains(err.Error(), "--theme dark|light") {
		t.Errorf("error %v does not name what to use", err)
	}
}

func TestVariantOn(t *testing.T) {
	for _, tc := range []struct {
		from Variant
		dark bool
		want Variant
	}{
		{Dark, false, Light},
		{Light, true, Dark},
		{Dark, true, Dark},
		{Dark16, false, Light16},
		{Light16, true, Dark16},
		{Mono, true, Mono},
		{Mono, false, Mono},
	} {
		if got := tc.from.On(tc.dark); got != tc.want {
			t.Errorf("%v.On(%v) = %v, want %v", tc.from, tc.dark, got, tc.want)
		}
	}
}

func TestRolesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Roles() {
		if n := r.String(); n == "" || seen[n] {
			t.Errorf("role %d: name %q is empty or taken", r, n)
		}
		seen[r.String()] = true
	}
}

func TestSequences(t *testing.T) {
	for _, tc := range []struct {
		v    Variant
		r    Role
		want string
	}{
		{Dark, Text, ""},
		{Dark, Accent, "\x1b[38;2;131;153;227m"},
		{Light, Danger, "\x1b[38;2;127;0;34m"},
		{Dark16, Danger, "\x1b[1;91m"},
		{Light16, Good, "\x1b[36m"},
		{Dark, Selection, "\x1b[1;7m"},
		{Mono, Selection, "\x1b[1;7m"},
		{Mono, Accent, ""},
		{Mono, Role(200), ""},
	} {
		if got := New(Options{Variant: tc.v}).Open(tc.r); got != tc.want {
			t.Errorf("%v %v: %q, want %q", tc.v, tc.r, got, tc.want)
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	colour := regexp.MustCompile(`[;\[](3|4|9|10)\d`)
	th := New(Options{Variant: Mono})
	for _, r := range Roles() {
		if s := th.Open(r); colour.MatchString(s) {
			t.Errorf("%v: %q sets a colour", r, s)
		}
	}
}

// No variant may use faint, blink or bright black text, or set a background.
func TestForbiddenAttributes(t *testing.T) {
	foreground := regexp.MustCompile(`38;2;\d+;\d+;\d+`)
	for v := range variantCount {
		th := New(Options{Variant: v})
		for _, r := range Roles() {
			seq := strings.TrimSuffix(strings.TrimPrefix(th.Open(r), "\x1b["), "m")
			seq = foreground.ReplaceAllString(seq, "")
			for _, p := range strings.Split(seq, ";") {
				switch p {
				case "2", "5", "6", "48":
					t.Errorf("%v %v: attribute %s", v, r, p)
				case "90":
					if r != Rule {
						t.Errorf("%v %v: bright black text", v, r)
					}
				}
			}
		}
	}
}

func TestPaintWritesWhatSprintReturns(t *testing.T) {
	for v := range variantCount {
		th := New(Options{Variant: v})
		for _, r := range append(Roles(), Role(99)) {
			for _, text := range []string{"", "x", "used ▕██▏"} {
				var b strings.Builder
				th.Paint(&b, r, text)
				if b.String() != th.Sprint(r, text) || string(th.Append(nil, r, text)) != b.String() {
					t.Errorf("%v %v %q: Paint, Append and Sprint differ", v, r, text)
				}
				if got := ansi.Strip(b.String()); got != text {
					t.Errorf("%v %v: text %q became %q", v, r, text, got)
				}
			}
		}
	}
}

// Every sign is one cell wide, ASCII signs are printable ASCII, and the signs
// of a row can be told apart.
func TestSymbols(t *testing.T) {
	wide := map[string]bool{"Ellipsis": true, "Loading": true}
	var walk func(path string, v reflect.Value, visit func(path, s string))
	walk = func(path string, v reflect.Value, visit func(path, s string)) {
		switch v.Kind() {
		case reflect.String:
			visit(path, v.String())
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Type().Field(i).Name, v.Field(i), visit)
			}
		case reflect.Array:
			for i := range v.Len() {
				walk(path, v.Index(i), visit)
			}
		}
	}
	for _, g := range []Glyphs{Braille, Blocks, ASCII} {
		sym := New(Options{Glyphs: g}).Symbols()
		if sym.Glyphs != g {
			t.Errorf("%v: Glyphs = %v", g, sym.Glyphs)
		}
		walk("", reflect.ValueOf(*sym), func(path, s string) {
			if w := ansi.StringWidth(s); w != 1 && !(wide[path] && w == 2) {
				t.Errorf("%v %s: %q is %d cells", g, path, s, w)
			}
			if Width(s) != ansi.StringWidth(s) {
				t.Errorf("%v %s: Width(%q) = %d", g, path, s, Width(s))
			}
			for _, c := range s {
				if g == ASCII && (c < ' ' || c > '~') {
					t.Errorf("%v %s: %q is not ASCII", g, path, s)
				}
			}
		})
		flags := map[string]bool{}
		for _, s := range []string{sym.Mark, sym.Basket, sym.Risk, sym.Drift, sym.Held, sym.Cursor} {
			if flags[s] {
				t.Errorf("%v: row sign %q is used twice", g, s)
			}
			flags[s] = true
		}
	}
}

func TestWidth(t *testing.T) {
	for _, s := range []string{
		"", "abc", "›● payments", "▕██─┊───▏ 18%", "⠉⠉⣿", "日本語", "a日b", "👍🏽", "é", "e\u0301",
		"\x1b[1mbold\x1b[m", "\x1b[38;2;1;2;3m█\x1b[m", "−1,284 → 3…", "a\tb", "©®", "☃️",
	} {
		if got, want := Width(s), ansi.StringWidth(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
	agree := func(s string) bool { return Width(s) == ansi.StringWidth(s) }
	if err := quick.Check(agree, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}

func TestTruncateMiddle(t *testing.T) {
	th := New(Options{})
	for _, tc := range []struct {
		in   string
		w    int
		want string
	}{
		{"checkout-payments-worker", 30, "checkout-payments-worker"},
		{"checkout-payments-worker", 17, "checkout…s-worker"},
		{"checkout-payments-worker", 16, "checkout…-worker"},
		{"checkout", 3, "c…t"},
		{"checkout", 2, "ch"},
		{"checkout", 1, "c"},
		{"checkout", 0, ""},
		{"checkout", -4, ""},
		{"日本語日本語", 7, "日…本語"},
	} {
		got := th.TruncateMiddle(tc.in, tc.w)
		if tc.in == "日本語日本語" {
			if Width(got) > tc.w || !strings.Contains(got, "…") {
				t.Errorf("TruncateMiddle(%q, %d) = %q", tc.in, tc.w, got)
			}
			continue
		}
		if got != tc.want {
			t.Errorf("TruncateMiddle(%q, %d) = %q, want %q", tc.in, tc.w, got, tc.want)
		}
	}
	fits := func(s string, w uint8) bool {
		s = ansi.Strip(s)
		head, cells := Prefix(s, int(w))
		return cells == ansi.StringWidth(head) && cells <= int(w) && strings.HasPrefix(s, head) &&
			ansi.StringWidth(th.TruncateMiddle(s, int(w))) <= int(w) && ansi.StringWidth(th.Truncate(s, int(w))) <= int(w)
	}
	if err := quick.Check(fits, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}

func TestBox(t *testing.T) {
	th := New(Options{Variant: Mono})
	got := strings.Join(th.Box(30, 4, "Findings", "11 rules", true, []string{"one", "two", "three"}), "\n")
	want := strings.Join([]string{
		"╭─ Findings ────── 11 rules ─╮",
		"│ one                        │",
		"│ two                        │",
		"╰────────────────────────────╯",
	}, "\n")
	if diff := cmp.Diff(want, ansi.Strip(got)); diff != "" {
		t.Error(diff)
	}
	ascii := New(Options{Variant: Mono, Glyphs: ASCII}).Box(12, 3, "A", "", false, []string{"b"})
	if diff := cmp.Diff([]string{"+- A ------+", "| b        |", "+----------+"}, stripAll(ascii)); diff != "" {
		t.Error(diff)
	}
}

func TestBoxIsExact(t *testing.T) {
	th := New(Options{})
	for w := range 45 {
		for h := range 6 {
			lines := th.Box(w, h, "A rather long title", "note 12", w%2 == 0, []string{strings.Repeat("wörld ", 9), th.Sprint(Good, "x")})
			if len(lines) != h {
				t.Fatalf("%d×%d: %d lines", w, h, len(lines))
			}
			for _, l := range lines {
				if ansi.StringWidth(l) != w {
					t.Fatalf("%d×%d: %q is %d cells", w, h, l, ansi.StringWidth(l))
				}
			}
		}
	}
}

func TestLine(t *testing.T) {
	l := New(Options{}).Line()
	l.Put(Muted, "p95")
	l.Blank(200)
	l.Put(Accent, "█ 412m")
	l.PadTo(300)
	l.PadTo(10)
	if got := ansi.StringWidth(l.String()); got != 300 || l.Width() != 300 {
		t.Errorf("width %d, Width() %d, want 300", got, l.Width())
	}
}

func TestPaintDoesNotAllocate(t *testing.T) {
	th := New(Options{})
	buf := make([]byte, 0, 4096)
	n := testing.AllocsPerRun(100, func() {
		b := buf[:0]
		for _, r := range [...]Role{Text, Accent, Selection} {
			b = th.Append(b, r, "▕███─┊──▏")
			head, tail, _ := th.Middle("checkout-payments-worker", 16)
			b = th.Append(b, r, head)
			b = th.Append(b, r, tail)
			b = AppendBlank(b, 150+Width("2000m →  640m ▼"))
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func stripAll(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = ansi.Strip(l)
	}
	return out
}
