package emit

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files and schemas")

// golden compares got with a file, or writes it with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no golden file (run with -update): %v", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func TestFormats(t *testing.T) {
	names := map[string]bool{}
	for _, f := range Formats() {
		if !regexp.MustCompile(`^[a-z]+$`).MatchString(f.Name) || names[f.Name] {
			t.Errorf("format %q: its name is not a unique lower-case word", f.Name)
		}
		names[f.Name] = true
		if f.About == "" || f.Write == nil || len(f.Kinds) == 0 {
			t.Errorf("format %q: it lacks About, Write or Kinds", f.Name)
		}
		if g, ok := Find(f.Name); !ok || g.Name != f.Name {
			t.Errorf("format %q is not found by its name", f.Name)
		}
		all := inputs()
		for _, name := range slices.Sorted(maps.Keys(all)) {
			in := all[name]
			if !f.Applies(in.Kind) {
				continue
			}
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				var a, b bytes.Buffer
				if err := f.Write(&a, in); err != nil {
					t.Fatal(err)
				}
				if err := f.Write(&b, all[name]); err != nil {
					t.Fatal(err)
				}
				if a.String() != b.String() {
					t.Error("the same input gave different bytes")
				}
				golden(t, filepath.Join("testdata", name, f.Name+".golden"), a.Bytes())
			})
		}
	}
	if _, ok := Find("xml"); ok {
		t.Error("found a format that is not there")
	}
}

func TestWriteWarnings(t *testing.T) {
	var b bytes.Buffer
	if err := WriteWarnings(&b, report().Warnings); err != nil {
		t.Fatal(err)
	}
	want := "warning: reading nodes.metrics.k8s.io: forbidden\n  hint: Ask for get and list on nodes.metrics.k8s.io.\n" +
		"warning: asking aws price list for prices: no credentials\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}
