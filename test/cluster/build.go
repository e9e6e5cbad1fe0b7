package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"syscall"
	"time"
)

// CacheDir returns the folder that holds built programs and, by default,
// running clusters: $TRIMTAB_TESTBED_CACHE, else $XDG_CACHE_HOME/trimtab/testbed,
// else ~/.cache/trimtab/testbed. It fails where none of them can be told.
func CacheDir() (string, error) {
	if dir := os.Getenv("TRIMTAB_TESTBED_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "trimtab", "testbed"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder (set TRIMTAB_TESTBED_CACHE): %w", err)
	}
	return filepath.Join(home, ".cache", "trimtab", "testbed"), nil
}

// Builder builds the programs of a testbed once and keeps them.
type Builder struct {
	// Cache is the folder to keep programs in, see CacheDir.
	Cache string
	// Log receives one line per step; nil discards them.
	Log io.Writer
}

// Path returns where p lies once it is built.
func (b *Builder) Path(p Program) (string, error) {
	src, err := programSource(p)
	if err != nil {
		return "", err
	}
	return filepath.Join(b.Cache, "bin", src.folder(p), string(p)), nil
}

// Build makes sure that the programs named, or all of them if none is, and the
// custom resource definitions are in the cache. A source of which one program is
// missing is built as a whole. It fails with the name of the program and
// the end of the compiler's output.
func (b *Builder) Build(ctx context.Context, programs ...Program) error {
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	missing, err := b.missing(programs)
	if err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	unlock, err := lockFile(filepath.Join(b.Cache, "build.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	// Another process may have built while this one waited for the lock.
	if missing, err = b.missing(programs); err != nil {
		return err
	}
	for _, src := range missing {
		if err := b.buildSource(ctx, src); err != nil {
			return err
		}
	}
	return nil
}

// missing lists the sources of which a wanted program is not in the cache.
func (b *Builder) missing(programs []Program) ([]source, error) {
	wanted := make(map[Program]bool, len(programs))
	for _, p := range programs {
		if _, err := programSource(p); err != nil {
			return nil, err
		}
		wanted[p] = true
	}
	var out []source
	for _, src := range sources() {
		for _, p := range src.programs() {
			if len(wanted) > 0 && !wanted[p] {
				continue
			}
			path, err := b.Path(p)
			if err != nil {
				return nil, err
			}
			if _, err := os.Stat(path); err != nil {
				out = append(out, src)
				break
			}
		}
	}
	return out, nil
}

func (b *Builder) buildSource(ctx context.Context, src source) error {
	names := make([]string, 0, len(src.packages))
	for _, p := range src.programs() {
		names = append(names, string(p))
	}
	label := strings.Join(names, ", ")
	b.logf("building %s (%s@%s)", label, src.module, src.version)
	start := time.Now()

	work, err := os.MkdirTemp(b.Cache, "build-")
	if err != nil {
		return fmt.Errorf("building %s: %w", label, err)
	}
	defer os.RemoveAll(work)
	fail := func(err error) error {
		return fmt.Errorf("building %s from %s@%s: %w\n(needs Go 1.26 or later and a Go module proxy, see GOPROXY; "+
			"another cache folder is chosen with TRIMTAB_TESTBED_CACHE)", label, src.module, src.version, err)
	}
	if err := b.writeModule(ctx, src, work); err != nil {
		return fail(err)
	}
	out := filepath.Join(work, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		return fail(err)
	}
	args := []string{"build", "-mod=mod", "-trimpath", "-p", "2", "-ldflags", src.ldflags(), "-o", out + string(filepath.Separator)}
	if src.tags != "" {
		args = append(args, "-tags", src.tags)
	}
	for _, p := range src.programs() {
		args = append(args, src.packages[p])
	}
	if _, err := runGo(ctx, work, args...); err != nil {
		return fail(err)
	}
	for _, p := range src.programs() {
		if err := b.install(src, p, out); err != nil {
			return fail(err)
		}
	}
	b.logf("built %s in %s", label, time.Since(start).Round(time.Second))
	return nil
}

// install moves a program to its place in one step, so that a build cut short
// leaves nothing that looks finished.
func (b *Builder) install(src source, p Program, out string) error {
	path, err := b.Path(p)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// The Go command names a program after the last element of its package's
	// path that is no version.
	for _, name := range []string{string(p), filepath.Base(src.packages[p]), filepath.Base(filepath.Dir(src.packages[p]))} {
		from := filepath.Join(out, name)
		if _, err := os.Stat(from); err == nil {
			return os.Rename(from, path)
		}
	}
	return fmt.Errorf("the build left no program for %s", p)
}

// writeModule writes the go.mod of a module that needs src and nothing else.
func (b *Builder) writeModule(ctx context.Context, src source, dir string) error {
	var mod strings.Builder
	fmt.Fprintf(&mod, "module testbed\n\ngo 1.26\n\nrequire %s %s\n", src.module, src.version)
	if src.unstage {
		replaces, err := unstagedReplaces(ctx, src, dir)
		if err != nil {
			return err
		}
		mod.WriteString(replaces)
	}
	return os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod.String()), 0o644)
}

var stagedReplace = regexp.MustCompile(`(?m)^\s*(?:replace\s+)?(\S+)\s+=>\s+\./staging/\S+`)

// unstagedReplaces reads the module's go.mod and returns replace lines that
// name the published modules instead of its staging folder.
func unstagedReplaces(ctx context.Context, src source, dir string) (string, error) {
	goMod, err := downloadModule(ctx, dir, src.module, src.version)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(goMod.GoMod)
	if err != nil {
		return "", fmt.Errorf("reading the go.mod of %s: %w", src.module, err)
	}
	published := "v0" + strings.TrimPrefix(src.version, "v1")
	var b strings.Builder
	for _, m := range stagedReplace.FindAllStringSubmatch(string(text), -1) {
		fmt.Fprintf(&b, "replace %s => %s %s\n", m[1], m[1], published)
	}
	if b.Len() == 0 {
		return "", fmt.Errorf("the go.mod of %s@%s has no staging lines: its layout has changed", src.module, src.version)
	}
	return b.String(), nil
}

// downloaded is what "go mod download -json" says of a module.
type downloaded struct {
	Dir   string
	GoMod string
	Error string
}

func downloadModule(ctx context.Context, dir, module, version string) (downloaded, error) {
	var d downloaded
	out, err := runGo(ctx, dir, "mod", "download", "-json", module+"@"+version)
	if jsonErr := json.Unmarshal(out, &d); jsonErr == nil && d.Error != "" {
		return d, fmt.Errorf("downloading %s@%s: %s", module, version, d.Error)
	}
	if err != nil {
		return d, fmt.Errorf("downloading %s@%s: %w", module, version, err)
	}
	return d, nil
}

// runGo runs the Go command in dir at low priority and returns its output.
func runGo(ctx context.Context, dir string, args ...string) ([]byte, error) {
	name, argv := "go", args
	if nice, err := exec.LookPath("nice"); err == nil {
		name, argv = nice, append([]string{"-n", "10", "go"}, args...)
	}
	cmd := exec.CommandContext(ctx, name, argv...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), fmt.Errorf("go %s: %w\n%s", args[0], err, tail(stderr.String(), 20))
	}
	return stdout.Bytes(), nil
}

// tail returns the last n lines of text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}

func (b *Builder) logf(format string, args ...any) {
	if b.Log != nil {
		fmt.Fprintf(b.Log, format+"\n", args...)
	}
}

// programs lists the programs of the source in a fixed order.
func (s source) programs() []Program {
	out := make([]Program, 0, len(s.packages))
	for p := range s.packages {
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// lockFile takes an exclusive lock on path and returns what gives it back.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil
}
