package emit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/trimtab/trimtab/recommend"
)

// odd are names as a recorded file, a cluster or a user may hold them.
var odd = []string{
	"=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "a|b", "`code`", "a\nb", "a\r\nb: c", "\x1b[31mred", "naïve-日本語", "x\u202ey",
	"yes", "No", "on", "null", "~", "1e3", "0x10", "12:30:45", "2026-11-09", "1_000", ".inf", "- a", "a: b", "a #b", "#", "", " lead", "trail ", "a\u0085b", "\u2028", "\x7f", "<b>", "@everyone", "🚀", "e\u0301",
	strings.Repeat("long-", 60), "\"quoted\"", "back\\slash", "'", "%TAG", "&a", "*a", "!tag", "|", ">", "{", "[", "?", "y", "=", "<<", "..", "../../etc",
}

func oddInput(width int) *Input {
	in := &Input{Kind: KindRightsize, Report: report(), At: at, Width: width}
	for _, o := range odd {
		r := rec(id(o, "Deployment", o), o, recommend.Proposed, set(1000, 1024, -1, -1), set(500, 768, -1, -1))
		r.Reasons = []string{o}
		in.Recommendations = append(in.Recommendations, r)
	}
	return in
}

func TestCSVIsSafeInASpreadsheet(t *testing.T) {
	var b bytes.Buffer
	if err := writeCSV(&b, oddInput(0)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(odd)+1 {
		t.Errorf("%d rows for %d containers", len(rows), len(odd))
	}
	for _, row := range rows {
		for _, c := range row {
			if c != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(c)[0]) {
				t.Errorf("cell %q may be read as a formula", c)
			}
		}
	}
}

func TestMarkdownKeepsItsColumns(t *testing.T) {
	var b bytes.Buffer
	if err := writeMarkdown(&b, oddInput(0)); err != nil {
		t.Fatal(err)
	}
	bars := 0
	for _, line := range strings.Split(b.String(), "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		n := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|")
		if bars == 0 {
			bars = n
		}
		if n != bars {
			t.Errorf("%d bars instead of %d: %s", n, bars, line)
		}
	}
	if strings.Contains(b.String(), "<b>") || strings.Contains(b.String(), "@everyone") {
		t.Error("markup or a name of somebody got through")
	}
}

func TestTableFitsItsWidth(t *testing.T) {
	for _, width := range []int{60, 80, 100, 120, 160} {
		for name, in := range inputs() {
			in.Width = width
			var b bytes.Buffer
			if err := writeTable(&b, in); err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(b.String(), "\n") {
				if n := cells(line); n > width && width > 60 {
					t.Errorf("%s at %d, line %d takes %d: %s", name, width, i+1, n, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("%s at %d, line %d ends in spaces", name, width, i+1)
				}
			}
			if name == "rightsize" && (width == 80 || width == 120) {
				golden(t, fmt.Sprintf("testdata/rightsize/table-%d.golden", width), b.Bytes())
			}
		}
		var b bytes.Buffer
		if err := writeTable(&b, oddInput(width)); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\r\t\x7f\u202e") {
			t.Error("a name steers the terminal")
		}
		if lines := strings.Count(b.String(), "\n"); lines < len(odd)+3 || lines > len(odd)+25 {
			t.Errorf("%d lines for %d containers", lines, len(odd))
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{
		{"checkout", 8, "checkout"},
		{"checkout-service-v2", 11, "check…ce-v2"},
		{"checkout-service-v2", 12, "checko…ce-v2"},
		{"Deployment/checkout", 18, "deploy/checkout"},
		{"StatefulSet/checkout", 10, "sts/c…kout"},
		{"日本語日本語", 7, "日…語"},
		{"abc", 1, "…"},
	} {
		if got := cut(c.s, c.w); got != c.want || cells(got) > c.w {
			t.Errorf("cut(%q, %d) = %q of %d cells", c.s, c.w, got, cells(got))
		}
	}
}

// same checks that YAML written from a JSON document reads as the document.
func same(t *testing.T, doc []byte) {
	t.Helper()
	var b bytes.Buffer
	var compact bytes.Buffer
	if err := json.Compact(&compact, doc); err != nil {
		t.Fatal(err)
	}
	if err := yamlFromJSON(&b, compact.String()); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	var want, got any
	if err := json.Unmarshal(doc, &want); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%s\n%s: %v", doc, b.Bytes(), err)
	}
	back, err := json.Marshal(got) // numbers become floats on both sides
	if err != nil {
		t.Fatalf("%s: %v", b.Bytes(), err)
	}
	got = nil
	if err := json.Unmarshal(back, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s\n%s\n%s", doc, b.Bytes(), d)
	}
}

func TestYAMLSaysWhatJSONSays(t *testing.T) {
	for _, in := range inputs() {
		var b bytes.Buffer
		if err := writeJSON(&b, in); err != nil {
			t.Fatal(err)
		}
		same(t, b.Bytes())
	}
	var b bytes.Buffer
	if err := writeJSON(&b, oddInput(0)); err != nil {
		t.Fatal(err)
	}
	same(t, b.Bytes())
	for _, doc := range []string{`{}`, `[]`, `[[1,[2]],{"a":{"b":[{"c":null}]}}]`, `{"a":[{}],"b":[[]],"c":{"d":{}}}`, `"x"`, `-1.5`, `true`, `[{"a":1,"b":[1,2]},"x"]`} {
		same(t, []byte(doc))
	}
}

func FuzzYAMLString(f *testing.F) {
	for _, s := range odd {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := "k" + s
		if len(key) > 150 { // YAML reads a key of at most 1024 bytes, escapes included
			key = "k"
		}
		doc, err := json.Marshal(map[string]any{key: []string{s}}) // replaces invalid UTF-8
		if err != nil {
			t.Fatal(err)
		}
		same(t, doc)
	})
}
