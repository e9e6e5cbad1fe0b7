package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// pkg is a package as the rules see it.
type pkg struct {
	path  string // below the module: "analyzer/usage"; "" is the module's root
	name  string
	files []file
}

// file is one source file of a package.
type file struct {
	path      string // from the repository's root
	test      bool   // its name ends in _test.go
	generated bool
	lines     int
	imports   []string
	clock     []string // "time.Now in line 12", each use of a clock function
	inits     []int    // lines of func init
	gos       []int    // lines of go statements
}

// parse reads one file. name is its path from the repository's root.
func parse(name string, src []byte) (file, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	f := file{
		path:      name,
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(tree),
		lines:     strings.Count(string(src), "\n"),
	}
	timeName := ""
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, imported)
		if imported == "time" {
			timeName = "time"
			if spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
	}
	if timeName == "." {
		f.clock = append(f.clock, "package time imported with a dot")
	}
	line := func(n ast.Node) int { return fset.Position(n.Pos()).Line }
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			f.gos = append(f.gos, line(n))
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				f.inits = append(f.inits, line(n))
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == timeName && slices.Contains(clock, n.Sel.Name) {
				f.clock = append(f.clock, fmt.Sprintf("time.%s in line %d", n.Sel.Name, line(n)))
			}
		}
		return true
	})
	return f, nil
}

// check holds packages against every rule and returns what breaks one, each
// with the rule and where it is explained.
func check(pkgs []pkg) []string {
	var broken []string
	for _, p := range pkgs {
		broken = append(broken, checkImports(p)...)
		broken = append(broken, checkThirdParty(p)...)
		broken = append(broken, checkPurity(p)...)
		broken = append(broken, checkForm(p)...)
	}
	return broken
}

func checkImports(p pkg) []string {
	i := slices.IndexFunc(table, func(r row) bool { return match(r.pattern, p.path) })
	if i < 0 {
		return []string{fmt.Sprintf("package %q is not in the import table: decide which stage it belongs to, add a row to internal/arch/table.go and a line to the code map of %s", p.path, doc)}
	}
	var broken []string
	for _, f := range p.files {
		if f.test {
			continue
		}
		for _, imported := range f.imports {
			if !within(imported, module) {
				continue
			}
			to := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
			allowed := table[i].allowed
			// Two packages that everyone may import do not import each other.
			if !slices.Contains(everyone, p.path) {
				allowed = join(allowed, everyone...)
			}
			if !matchAny(allowed, to) {
				broken = append(broken, fmt.Sprintf("%s: package %s may not import %s; it may import %s (%s, Imports)", f.path, p.path, to, list(allowed), doc))
			}
		}
	}
	return broken
}

func checkThirdParty(p pkg) []string {
	var broken []string
	for _, f := range p.files {
		for _, imported := range f.imports {
			best := -1
			for i, r := range thirdParty {
				if within(imported, r.prefix) && (best < 0 || len(r.prefix) > len(thirdParty[best].prefix)) {
					best = i
				}
			}
			if best < 0 || matchAny(thirdParty[best].allowed, p.path) {
				continue
			}
			if f.test && slices.ContainsFunc(testsAlso, func(t struct{ pattern, prefix, why string }) bool {
				return match(t.pattern, p.path) && within(imported, t.prefix)
			}) {
				continue
			}
			broken = append(broken, fmt.Sprintf("%s: package %s may not import %s: %s (%s, Third parties)", f.path, p.path, imported, thirdParty[best].why, doc))
		}
	}
	return broken
}

func checkPurity(p pkg) []string {
	if !matchAny(pure, p.path) {
		return nil
	}
	var broken []string
	fail := func(f file, format string, args ...any) {
		broken = append(broken, fmt.Sprintf("%s: package %s is pure and %s (%s, Purity)", f.path, p.path, fmt.Sprintf(format, args...), doc))
	}
	for _, f := range p.files {
		if f.test {
			continue
		}
		for _, imported := range f.imports {
			if imported == "net/netip" || imported == "net/url" {
				continue
			}
			if slices.ContainsFunc(outside, func(o string) bool { return within(imported, o) }) {
				fail(f, "may not import %s: take what it supplies as an argument", imported)
			}
		}
		for _, use := range f.clock {
			fail(f, "may not use the clock (%s): take the instant as an argument", use)
		}
		for _, line := range f.gos {
			fail(f, "starts no goroutine (line %d): leave concurrency to the caller", line)
		}
	}
	return broken
}

// checkForm holds a package against the rules that do not depend on which
// package it is.
func checkForm(p pkg) []string {
	var broken []string
	for _, name := range append(strings.Split(p.path, "/"), strings.TrimSuffix(p.name, "_test")) {
		if slices.Contains(vague, name) {
			broken = append(broken, fmt.Sprintf("package %s: the name %q says nothing; name the package after the noun it is about (%s, Form)", p.path, name, doc))
			break
		}
	}
	for _, f := range p.files {
		if f.generated {
			continue
		}
		if f.lines > maxLines {
			broken = append(broken, fmt.Sprintf("%s: %d lines, the limit is %d; split it by subject (%s, Form)", f.path, f.lines, maxLines, doc))
		}
		for _, line := range f.inits {
			if !f.test {
				broken = append(broken, fmt.Sprintf("%s:%d: no func init; add the entry to the list that names all of its kind (%s, Form)", f.path, line, doc))
			}
		}
	}
	return broken
}

// list is patterns for people.
func list(patterns []string) string {
	if len(patterns) == 0 {
		return "nothing of this module"
	}
	names := slices.Clone(patterns)
	slices.Sort(names)
	for i, n := range names {
		names[i] = path.Clean(n)
	}
	return strings.Join(slices.Compact(names), ", ")
}
