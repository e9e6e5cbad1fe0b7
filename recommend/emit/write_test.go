package emit

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/internal/hint"
)

// tree is the files under dir by path.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return out
}

func asTree(files []File) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		out[f.Path] = string(f.Content)
	}
	return out
}

func TestWriteComponent(t *testing.T) {
	in := inputs()["rightsize"]
	files, _ := Component(in)
	in.Recommendations = in.Recommendations[:2]
	fewer, _ := Component(in)
	if len(files) == len(fewer) {
		t.Fatal("the two components are equally large")
	}
	parent := t.TempDir()
	dir := filepath.Join(parent, "new", "right-sizing")
	for i, want := range [][]File{files, fewer, files} {
		if err := WriteComponent(dir, want); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(asTree(want), tree(t, dir)); d != "" {
			t.Errorf("write %d: %s", i, d)
		}
	}
	empty := filepath.Join(parent, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteComponent(empty, fewer); err != nil {
		t.Error(err)
	}
	link := filepath.Join(parent, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	if err := WriteComponent(link, fewer); err != nil {
		t.Error(err)
	}
	if fi, err := os.Lstat(link); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if d := cmp.Diff(asTree(fewer), tree(t, dir)); d != "" {
		t.Error(d)
	}
	left, err := filepath.Glob(filepath.Join(parent, "*", ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v %v", left, err)
	}
}

func TestWriteComponentLeavesOthersAlone(t *testing.T) {
	files, _ := Component(inputs()["rightsize"])
	for _, c := range []struct{ name, file, content string }{
		{"somebody's kustomization", "kustomization.yaml", "resources: []\n"},
		{"another file", "README.md", "hello"},
		{"a file of ours that was taken over", "patches/own.yaml", "kind: Deployment\n"},
		{"a folder", "sub/x.yaml", marker + "\n"},
		{"an empty file", "patches/empty.yaml", ""},
		{"a marker within", "kustomization.yaml", "\n" + marker + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "dir")
			if err := WriteComponent(dir, files); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, filepath.FromSlash(c.file))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
				t.Fatal(err)
			}
			before := tree(t, dir)
			err := WriteComponent(dir, files[:1])
			if err == nil || !strings.Contains(err.Error(), dir) || hint.Of(err) == "" {
				t.Errorf("the error is %v, its hint %q", err, hint.Of(err))
			}
			if d := cmp.Diff(before, tree(t, dir)); d != "" {
				t.Error(d)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(marker), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if err := WriteComponent(dir, files); err == nil {
			t.Errorf("%s is written to", dir)
		}
	}
	if err := WriteComponent(filepath.Join(t.TempDir(), "x"), nil); hint.Of(err) == "" {
		t.Errorf("a component of nothing gives %v", err)
	}
}

// An edit that somebody made to a patch must not be lost by writing again;
// other line ends are no edit.
func TestWriteComponentKeepsEdits(t *testing.T) {
	files, _ := Component(inputs()["rightsize"])
	dir := filepath.Join(t.TempDir(), "dir")
	if err := WriteComponent(dir, files); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, filepath.FromSlash(files[len(files)-1].Path))
	content := files[len(files)-1].Content
	write := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(bytes.ReplaceAll(content, []byte("\n"), []byte("\r\n")))
	if err := WriteComponent(dir, files); err != nil {
		t.Errorf("other line ends: %v", err)
	}
	write(append(bytes.Clone(content), "# mine\n"...))
	if err := WriteComponent(dir, files); err == nil || !strings.Contains(err.Error(), "was edited") || hint.Of(err) == "" {
		t.Errorf("an edit was overwritten: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Contains(b, []byte("# mine")) {
		t.Errorf("the edit is gone: %v", err)
	}
}
