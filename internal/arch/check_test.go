package arch

import (
	"fmt"
	"strings"
	"testing"
)

// TestCheck plants one violation of each rule, and beside it what comes
// closest to one without being it.
func TestCheck(t *testing.T) {
	const m = module + "/"
	for _, tc := range []struct {
		name    string
		path    string // package
		file    string // file name; "x.go" unless said
		imports []string
		want    string // part of the one message; "" for none
	}{
		{name: "a stage to the right", path: "analyzer", imports: []string{m + "recommend"}, want: "package analyzer may not import recommend; it may import analyzer,"},
		{name: "a stage to the left", path: "recommend", imports: []string{m + "analyzer", m + "analyzer/usage"}},
		{name: "an adapter from the middle", path: "analyzer/allocate", imports: []string{m + "pricing/catalog"}, want: "may not import pricing/catalog"},
		{name: "one adapter from another", path: "pricing/aws", imports: []string{m + "pricing/sheet"}, want: "may not import pricing/sheet"},
		{name: "an adapter's own seam", path: "pricing/aws", imports: []string{m + "pricing"}},
		{name: "a usage adapter's own seam", path: "analyzer/usage/prom", imports: []string{m + "analyzer/usage", m + "analyzer/cluster"}},
		{name: "a usage adapter with prices", path: "analyzer/usage/prom", imports: []string{m + "pricing"}, want: "may not import pricing;"},
		{name: "the seam from itself knows no adapter", path: "analyzer/usage", imports: []string{m + "analyzer/usage/prom"}, want: "may not import analyzer/usage/prom"},
		{name: "units from anywhere", path: "recommend/change", imports: []string{m + "internal/unit", m + "internal/hint"}},
		{name: "hints from units", path: "internal/unit", imports: []string{m + "internal/hint"}, want: "it may import nothing of this module"},
		{name: "units from hints", path: "internal/hint", imports: []string{m + "internal/unit"}, want: "it may import nothing of this module"},
		{name: "a screen with an adapter", path: "tui/overview", imports: []string{m + "analyzer/kube"}, want: "may not import analyzer/kube"},
		{name: "a screen with strategies", path: "tui/overview", imports: []string{m + "recommend/rightsize"}, want: "may not import recommend/rightsize"},
		{name: "a screen with a widget", path: "tui/overview", imports: []string{m + "tui/table", m + "recommend"}},
		{name: "the program with everything", path: "cmd/trimtab", imports: []string{m + "analyzer/kube", m + "tui", m + "recommend/emit"}},
		{name: "cmd from anywhere", path: "recommend/emit", imports: []string{m + "cmd/trimtab"}, want: "may not import cmd/trimtab"},
		{name: "tui from a format", path: "recommend/emit", imports: []string{m + "tui/theme"}, want: "may not import tui/theme"},
		{name: "a test against the catalog", path: "analyzer/allocate", file: "x_test.go", imports: []string{m + "pricing/catalog"}},
		{name: "the module of tests", path: "analyzer/kube", imports: []string{m + "test/cluster"}, want: "may not import test/cluster"},
		{name: "the module's root", path: "analyzer/kube", imports: []string{module}, want: "may not import"},
		{name: "a package nobody placed", path: "advisor", want: `package "advisor" is not in the import table: decide which stage it belongs to`},
		{name: "a package nobody placed, in internal", path: "internal/pool", want: "add a row to internal/arch/table.go"},
		{name: "below an adapter that has nothing below", path: "analyzer/usage/prom/decode", want: "not in the import table"},
		{name: "the generator of the catalog", path: "pricing/catalog/generate", imports: []string{m + "pricing/catalog", "os"}},

		{name: "typed client in kube", path: "analyzer/kube", imports: []string{"k8s.io/client-go/kubernetes"}},
		{name: "typed client elsewhere", path: "analyzer/eks", imports: []string{"k8s.io/client-go/kubernetes"}, want: "only analyzer/kube talks to the API server"},
		{name: "typed client in cmd", path: "cmd/trimtab", imports: []string{"k8s.io/client-go/kubernetes"}, want: "only analyzer/kube talks to the API server"},
		{name: "kubeconfig in cmd", path: "cmd/trimtab", imports: []string{"k8s.io/client-go/tools/clientcmd", "k8s.io/client-go/rest", "k8s.io/cli-runtime/pkg/genericclioptions"}},
		{name: "kubeconfig in tui", path: "tui", imports: []string{"k8s.io/client-go/tools/clientcmd"}, want: "kubeconfig is read in cmd"},
		{name: "dynamic client in vpa", path: "analyzer/usage/vpa", imports: []string{"k8s.io/client-go/dynamic"}},
		{name: "dynamic client in metrics", path: "analyzer/usage/metrics", imports: []string{"k8s.io/client-go/dynamic"}, want: "read objects without a type"},
		{name: "metrics in kube", path: "analyzer/kube", imports: []string{"k8s.io/metrics/pkg/apis/metrics/v1beta1"}, want: "only analyzer/usage/metrics"},
		{name: "API types are data", path: "recommend/emit", imports: []string{"k8s.io/api/core/v1"}},
		{name: "AWS in pricing", path: "pricing/aws", imports: []string{"github.com/aws/aws-sdk-go-v2/service/ec2", "github.com/aws/aws-sdk-go-v2/config"}},
		{name: "AWS services in cmd", path: "cmd/trimtab", imports: []string{"github.com/aws/aws-sdk-go-v2/service/ec2"}, want: "talk to AWS"},
		{name: "AWS signer in cmd", path: "cmd/trimtab", imports: []string{"github.com/aws/aws-sdk-go-v2/aws/signer/v4"}},
		{name: "AWS signer in prom", path: "analyzer/usage/prom", imports: []string{"github.com/aws/aws-sdk-go-v2/aws/signer/v4"}, want: "signer in cmd/trimtab"},
		{name: "Prometheus in prom", path: "analyzer/usage/prom", imports: []string{"github.com/prometheus/common/model"}},
		{name: "Prometheus in a price source", path: "pricing/karpenter", imports: []string{"github.com/prometheus/common/model"}, want: "nowhere else"},
		{name: "Karpenter in its engine", path: "recommend/capacity/engine", imports: []string{"sigs.k8s.io/karpenter/pkg/scheduling"}},
		{name: "Karpenter beside its engine", path: "recommend/capacity", imports: []string{"sigs.k8s.io/karpenter/pkg/scheduling"}, want: "a process of its own"},
		{name: "kustomize in gitops", path: "recommend/gitops/splice", imports: []string{"sigs.k8s.io/kustomize/api/krusty"}},
		{name: "kustomize in a format", path: "recommend/emit", imports: []string{"sigs.k8s.io/kustomize/api/krusty"}, want: "belongs to recommend/gitops"},
		{name: "kustomize in a format's test", path: "recommend/emit", file: "x_test.go", imports: []string{"sigs.k8s.io/kustomize/api/krusty"}},
		{name: "kustomize in another's test", path: "recommend", file: "x_test.go", imports: []string{"sigs.k8s.io/kustomize/api/krusty"}, want: "belongs to recommend/gitops"},
		{name: "charm in a screen", path: "tui/overview", imports: []string{"charm.land/bubbletea/v2"}},
		{name: "charm in cmd", path: "cmd/trimtab", imports: []string{"charm.land/bubbletea/v2"}, want: "the terminal belongs to tui"},
		{name: "charm's old version in tui", path: "tui", imports: []string{"github.com/charmbracelet/lipgloss"}, want: "use charm.land/lipgloss/v2"},
		{name: "charm's old version in a test", path: "tui", file: "x_test.go", imports: []string{"github.com/charmbracelet/bubbletea"}, want: "use charm.land/bubbletea/v2"},
		{name: "a name that only begins alike", path: "tui", imports: []string{"github.com/charmbracelet/bubbles-extra"}},
		{name: "cobra in tui", path: "tui", imports: []string{"github.com/spf13/cobra"}, want: "flags belong to cmd"},

		{name: "files from the middle", path: "recommend/rightsize", imports: []string{"os"}, want: "is pure and may not import os"},
		{name: "a program from the middle", path: "analyzer/audit", imports: []string{"os/exec"}, want: "may not import os/exec"},
		{name: "network from the middle", path: "pricing", imports: []string{"net/http"}, want: "may not import net/http"},
		{name: "logging from the middle", path: "analyzer", imports: []string{"log/slog"}, want: "may not import log/slog"},
		{name: "addresses are values", path: "analyzer/audit", imports: []string{"net/netip", "net/url", "io"}},
		{name: "files in a test of the middle", path: "recommend/rightsize", file: "x_test.go", imports: []string{"os"}},
		{name: "files at the edge", path: "analyzer/record", imports: []string{"os"}},

		{name: "a vague screen", path: "tui/common", want: `the name "common" says nothing`},
		{name: "a vague package of adapters", path: "analyzer/usage/utils", want: `the name "utils" says nothing`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.file == "" {
				tc.file = "x.go"
			}
			src := "package x\n"
			for _, imported := range tc.imports {
				src += fmt.Sprintf("import _ %q\n", imported)
			}
			expect(t, check([]pkg{fake(t, tc.path, tc.file, src)}), tc.want)
		})
	}
}

// TestCheckSource plants violations that are in the code and not in imports.
func TestCheckSource(t *testing.T) {
	for _, tc := range []struct {
		name, path, file, src, want string
	}{
		{"the clock", "recommend", "x.go", "package recommend\nimport \"time\"\nvar t = time.Now()", "the clock (time.Now in line 3)"},
		{"the clock as a value", "recommend", "x.go", "package recommend\nimport \"time\"\nvar now = time.Now", "time.Now in line 3"},
		{"the clock under another name", "analyzer", "x.go", "package analyzer\nimport stdtime \"time\"\nfunc f(t stdtime.Time) any { return stdtime.Since(t) }", "time.Since in line 3"},
		{"the clock without a name", "analyzer", "x.go", "package analyzer\nimport . \"time\"\nvar t = Now()", "imported with a dot"},
		{"something else called time", "analyzer", "x.go", "package analyzer\nvar time struct{ Now func() int }\nvar t = time.Now()", ""},
		{"durations are values", "analyzer", "x.go", "package analyzer\nimport \"time\"\nconst d = time.Hour", ""},
		{"the clock at the edge", "analyzer/kube", "x.go", "package kube\nimport \"time\"\nvar t = time.Now", ""},
		{"the clock in a test", "recommend", "x_test.go", "package recommend\nimport \"time\"\nvar t = time.Now()", ""},
		{"waiting", "pricing", "x.go", "package pricing\nimport \"time\"\nfunc f() { time.Sleep(1) }", "time.Sleep in line 3"},
		{"a goroutine", "internal/unit", "x.go", "package unit\nfunc f() {\n\tgo f()\n}", "starts no goroutine (line 3)"},
		{"a goroutine at the edge", "analyzer/usage/prom", "x.go", "package prom\nfunc f() { go f() }", ""},
		{"init", "analyzer/kube", "x.go", "package kube\nfunc init() {}", "x.go:2: no func init"},
		{"init of a value", "analyzer/kube", "x.go", "package kube\ntype t int\nfunc (t) init() {}", ""},
		{"init in a test", "analyzer/kube", "x_test.go", "package kube\nfunc init() {}", ""},
		{"init in generated code", "analyzer/kube", "x.go", "// Code generated by x; DO NOT EDIT.\npackage kube\nfunc init() {}", ""},
		{"a file at the limit", "analyzer/kube", "x.go", "package kube" + strings.Repeat("\n", maxLines), ""},
		{"a file above the limit", "analyzer/kube", "x.go", "package kube" + strings.Repeat("\n", maxLines+1), "601 lines, the limit is 600"},
		{"a long generated file", "analyzer/kube", "x.go", "// Code generated by x; DO NOT EDIT.\npackage kube" + strings.Repeat("\n", maxLines), ""},
		{"a package named unlike its folder", "analyzer/kube", "x.go", "package helpers", `the name "helpers" says nothing`},
		{"another platform's file", "recommend", "x.go", "//go:build windows\n\npackage recommend\nimport _ \"os\"", "may not import os"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			expect(t, check([]pkg{fake(t, tc.path, tc.file, tc.src)}), tc.want)
		})
	}
}

func TestParseError(t *testing.T) {
	if _, err := parse("x.go", []byte("package")); err == nil {
		t.Error("a file that does not parse passed")
	}
}

// TestTable checks that the rules themselves can apply.
func TestTable(t *testing.T) {
	for i, r := range table {
		for _, before := range table[:i] {
			if match(before.pattern, r.pattern) {
				t.Errorf("the row %q never counts: %q stands before it", r.pattern, before.pattern)
			}
		}
	}
	for _, p := range pure {
		if matched := matchAny([]string{"cmd/...", "tui/..."}, p); matched || strings.ContainsAny(p, "*.") {
			t.Errorf("%q cannot be pure", p)
		}
	}
	for _, a := range testsAlso {
		if a.why == "" {
			t.Errorf("the exemption of %s for tests of %s gives no reason", a.prefix, a.pattern)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		pattern, path string
		want          bool
	}{
		{"pricing", "pricing", true},
		{"pricing", "pricing/aws", false},
		{"pricing/*", "pricing/aws", true},
		{"pricing/*", "pricing", false},
		{"pricing/*", "pricing/aws/x", false},
		{"tui/...", "tui", true},
		{"tui/...", "tui/table", true},
		{"tui/...", "tuition", false},
		{"...", "anything", true},
	} {
		if got := match(tc.pattern, tc.path); got != tc.want {
			t.Errorf("match(%q, %q) = %t", tc.pattern, tc.path, got)
		}
	}
}

// fake is a package of one file.
func fake(t *testing.T, path, name, src string) pkg {
	t.Helper()
	f, err := parse(path+"/"+name, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	clause, _, _ := strings.Cut(src[strings.Index(src, "package ")+len("package "):], "\n")
	return pkg{path: path, name: clause, files: []file{f}}
}

// expect fails unless there is one message that holds want and the name of
// the document, or none where want is "".
func expect(t *testing.T, got []string, want string) {
	t.Helper()
	switch {
	case want == "":
		if len(got) > 0 {
			t.Errorf("got %q, want nothing", got)
		}
	case len(got) != 1 || !strings.Contains(got[0], want) || !strings.Contains(got[0], doc):
		t.Errorf("got %q, want one that holds %q and names %s", got, want, doc)
	}
}
