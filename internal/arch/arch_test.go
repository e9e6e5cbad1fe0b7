package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the repository's root, seen from this folder.
const root = "../.."

// TestRepository holds this repository against every rule.
func TestRepository(t *testing.T) {
	for _, broken := range check(load(t, root)) {
		t.Error(broken)
	}
}

// TestModuleOfTests holds the module below test/ against the rules of form;
// it has no layers.
func TestModuleOfTests(t *testing.T) {
	dir := filepath.Join(root, "test")
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); errors.Is(err, os.ErrNotExist) {
		t.Skip("test/ has no module")
	}
	for _, p := range load(t, dir) {
		for _, broken := range checkForm(p) {
			t.Error(broken)
		}
	}
}

// TestDocument checks that docs/architecture.md speaks of every row of the
// table and of every package that exists.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(doc)))
	if err != nil {
		t.Fatal(err)
	}
	has := func(path string) bool { return bytes.Contains(text, []byte("`"+path+"`")) }
	for _, r := range table {
		base := strings.TrimSuffix(strings.TrimSuffix(r.pattern, "/..."), "/*")
		if !has(base) && !has(base+"/*") {
			t.Errorf("%s does not name `%s`, which internal/arch/table.go has a row for", doc, base)
		}
	}
	for _, p := range load(t, root) {
		// A screen needs no line of its own, nor does what only one package uses.
		parent := p.path[:max(0, strings.LastIndexByte(p.path, '/'))]
		if !has(p.path) && !has(parent+"/*") && !has(parent) {
			t.Errorf("%s does not name `%s` in its code map", doc, p.path)
		}
	}
}

// load lists the packages of the module in dir, without resolving what they
// import, and parses all their files.
func load(t *testing.T, dir string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-find",
		"-json=ImportPath,Dir,Name,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing the packages in %s: %v\n%s", dir, err, stderr.Bytes())
	}
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	top, err = filepath.EvalSymlinks(top)
	if err != nil {
		t.Fatal(err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l struct {
			ImportPath, Dir, Name                                        string
			GoFiles, CgoFiles, IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
		}
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("reading what go list printed: %v", err)
		}
		p := pkg{path: strings.TrimPrefix(strings.TrimPrefix(l.ImportPath, module), "/"), name: l.Name}
		for _, name := range slices.Concat(l.GoFiles, l.CgoFiles, l.IgnoredGoFiles, l.TestGoFiles, l.XTestGoFiles) {
			full := filepath.Join(l.Dir, name)
			src, err := os.ReadFile(full)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(top, full)
			if err != nil {
				rel = full
			}
			f, err := parse(filepath.ToSlash(rel), src)
			if err != nil {
				t.Errorf("parsing: %v", err)
				continue
			}
			p.files = append(p.files, f)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		t.Fatalf("no package found in %s", dir)
	}
	return pkgs
}
