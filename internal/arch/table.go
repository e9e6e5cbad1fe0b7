// Package arch holds the rules of docs/architecture.md in a form that a test
// can check: which package may import which, where a third-party module is
// allowed, which packages are pure, and how packages and files are named and
// sized. `go test ./internal/arch` is what enforces them.
//
// The rules are about direct imports. They are read from the source of every
// file, those of other platforms included, so that a rule cannot be broken
// behind a build tag.
package arch

import (
	"slices"
	"strings"
)

// doc is where the rules are explained.
const doc = "docs/architecture.md"

// module is the path of the module that the rules are about.
const module = "github.com/trimtab/trimtab"

// Groups of packages that rows of the table share.
var (
	// everyone may be imported by every package: words that all stages need.
	everyone = []string{"internal/unit", "internal/hint"}
	// facts are what was collected, as values, and the seams to the sources.
	facts = []string{"analyzer/cluster", "analyzer/usage", "pricing"}
	// analysis is facts and all that follows from them.
	analysis = join(facts, "analyzer", "analyzer/allocate", "analyzer/audit", "analyzer/drain")
	// planning is analysis and the recommendations made from it.
	planning = join(analysis, "recommend", "recommend/change")
)

// row says what the packages that match pattern may import of this module,
// beside everyone.
type row struct {
	pattern string
	allowed []string // patterns
}

// table is the import table. A pattern is a path below the module; "x/*" is
// every package directly below x, "x/..." is x and every package below it.
// The first row that matches a package is the one that counts.
var table = []row{
	{"internal/unit", nil},
	{"internal/hint", nil},
	{"internal/arch", nil},

	{"analyzer/cluster", nil},
	{"analyzer/usage", []string{"analyzer/cluster"}},
	{"pricing", nil},

	{"analyzer/drain", []string{"analyzer/cluster"}},
	{"analyzer/allocate", facts},
	{"analyzer/audit", join(facts, "analyzer/drain")},
	{"analyzer", analysis},

	{"analyzer/kube", []string{"analyzer/cluster"}},
	{"analyzer/eks", []string{"analyzer/cluster"}},
	{"analyzer/usage/*", []string{"analyzer/usage", "analyzer/cluster"}},
	{"analyzer/record/...", join(facts, "analyzer/record")},
	{"pricing/catalog/...", []string{"pricing", "pricing/catalog", "analyzer/cluster"}},
	{"pricing/*", []string{"pricing", "analyzer/cluster"}},

	{"recommend/change", nil},
	{"recommend", planning},
	{"recommend/rightsize", planning},
	{"recommend/capacity", planning},
	{"recommend/capacity/engine", join(planning, "recommend/capacity")},
	{"recommend/emit", planning},
	{"recommend/gitops/...", join(planning, "recommend/gitops/...")},

	{"tui/...", join(planning, "tui/...")},
	{"cmd/...", []string{"..."}},
}

// thirdParty says where modules of others are allowed. The rule with the
// longest prefix that matches an import is the one that counts; an import
// that none matches is free.
var thirdParty = []struct {
	prefix  string
	allowed []string // patterns; none means nowhere
	why     string
}{
	{"k8s.io/client-go", []string{"analyzer/kube"}, "only analyzer/kube talks to the API server"},
	{"k8s.io/client-go/dynamic", []string{"analyzer/kube", "analyzer/usage/vpa"}, "only analyzer/kube and analyzer/usage/vpa read objects without a type"},
	{"k8s.io/client-go/rest", []string{"analyzer/kube", "analyzer/usage/metrics", "analyzer/usage/vpa", "cmd/..."}, "a connection is made in cmd and handed to the packages that read through it"},
	{"k8s.io/client-go/tools/clientcmd", []string{"analyzer/kube", "cmd/..."}, "kubeconfig is read in cmd"},
	{"k8s.io/client-go/plugin", []string{"cmd/..."}, "kubeconfig is read in cmd"},
	{"k8s.io/cli-runtime", []string{"cmd/..."}, "kubectl's connection flags belong to cmd"},
	{"k8s.io/metrics", []string{"analyzer/usage/metrics"}, "only analyzer/usage/metrics reads metrics.k8s.io"},

	{"github.com/aws/aws-sdk-go-v2", []string{"analyzer/eks", "pricing/aws"}, "only pricing/aws and analyzer/eks talk to AWS"},
	{"github.com/aws/aws-sdk-go-v2/aws", []string{"analyzer/eks", "pricing/aws", "cmd/trimtab"}, "only pricing/aws, analyzer/eks and the request signer in cmd/trimtab know AWS"},
	{"github.com/aws/aws-sdk-go-v2/config", []string{"analyzer/eks", "pricing/aws", "cmd/trimtab"}, "only pricing/aws, analyzer/eks and the request signer in cmd/trimtab know AWS"},
	{"github.com/aws/smithy-go", []string{"analyzer/eks", "pricing/aws"}, "only pricing/aws and analyzer/eks talk to AWS"},

	{"github.com/prometheus", []string{"analyzer/usage/prom"}, "PromQL and its clients are in analyzer/usage/prom and nowhere else"},

	{"sigs.k8s.io/karpenter", []string{"recommend/capacity/engine"}, "Karpenter runs in recommend/capacity/engine, a process of its own"},
	{"github.com/aws/karpenter-provider-aws", []string{"recommend/capacity/engine"}, "Karpenter runs in recommend/capacity/engine, a process of its own"},
	{"sigs.k8s.io/controller-runtime", []string{"recommend/capacity/engine"}, "only Karpenter needs it, and Karpenter runs in recommend/capacity/engine"},

	{"sigs.k8s.io/kustomize", []string{"recommend/gitops/..."}, "rendering is proof of an edit and belongs to recommend/gitops"},
	{"helm.sh/helm", []string{"recommend/gitops/..."}, "rendering is proof of an edit and belongs to recommend/gitops"},
	{"github.com/hashicorp/hcl", []string{"recommend/gitops/..."}, "Terraform files are read in recommend/gitops"},

	{"charm.land", []string{"tui/..."}, "the terminal belongs to tui"},
	{"github.com/charmbracelet/ultraviolet", []string{"tui/..."}, "the terminal belongs to tui"},
	{"github.com/charmbracelet/bubbletea", nil, "version 1 has been superseded: use charm.land/bubbletea/v2 in tui"},
	{"github.com/charmbracelet/bubbles", nil, "version 1 has been superseded: use charm.land/bubbles/v2 in tui"},
	{"github.com/charmbracelet/lipgloss", nil, "version 1 has been superseded: use charm.land/lipgloss/v2 in tui"},

	{"github.com/spf13/cobra", []string{"cmd/..."}, "flags belong to cmd"},
	{"github.com/spf13/pflag", []string{"cmd/..."}, "flags belong to cmd"},
}

// testsAlso are third-party modules that a package's tests may import where
// its code may not. Tests are free in what they import of this module: a
// strategy is tested against the catalog, a format against a whole report.
var testsAlso = []struct{ pattern, prefix, why string }{
	{"recommend/emit", "sigs.k8s.io/kustomize", "a Kustomize component is proven by building it"},
}

// pure are the packages between collecting and presenting: what they say
// follows from their arguments alone.
var pure = []string{
	"internal/unit", "internal/hint",
	"analyzer/cluster", "analyzer/allocate", "analyzer/audit", "analyzer/drain", "analyzer",
	"pricing",
	"recommend/change", "recommend", "recommend/rightsize",
}

// outside are the packages of the standard library, with those below them,
// through which a pure package would reach what is not among its arguments.
// net/netip and net/url only compute and are free.
var outside = []string{"os", "net", "log", "io/ioutil", "syscall"}

// clock are the functions of package time that read the clock or wait for it.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTicker", "NewTimer", "Sleep", "Tick"}

// vague are names that say nothing about what is inside.
var vague = []string{"common", "helper", "helpers", "misc", "shared", "types", "util", "utils"}

// maxLines is the length of a file that no longer has one subject.
const maxLines = 600

// match reports whether the package path is one that pattern stands for.
func match(pattern, path string) bool {
	if pattern == "..." {
		return true
	}
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return within(path, base)
	}
	if base, ok := strings.CutSuffix(pattern, "/*"); ok {
		rest, below := strings.CutPrefix(path, base+"/")
		return below && !strings.Contains(rest, "/")
	}
	return path == pattern
}

func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, path) })
}

// within reports whether path is base or lies below it.
func within(path, base string) bool {
	return path == base || strings.HasPrefix(path, base+"/")
}

func join(group []string, more ...string) []string { return slices.Concat(group, more) }
