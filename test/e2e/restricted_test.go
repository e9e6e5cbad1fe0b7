package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/trimtab/trimtab/test/cluster"
)

// restrictedCase is a user with few rights, and what the program has to say.
type restrictedCase struct {
	name string
	may  cluster.Restrict
	// warned are words that some warning has, each with a hint.
	warned [][]string
	// silent are words that no warning may have.
	silent []string
}

// With a kubeconfig that may read one namespace, and with less and less beside
// it: useful, and what is missing is named with what it would add.
func TestRestricted(t *testing.T) {
	const namespace = "storefront"
	l := observe(t)
	var want []containerID
	for id, w := range l.workloads {
		if id.namespace == namespace {
			for name := range w.containers {
				want = append(want, containerID{id, name})
			}
		}
	}
	for _, tc := range []restrictedCase{
		{"nodes, metrics and prometheus", cluster.Restrict{Nodes: true, Metrics: true, Prometheus: true}, nil, []string{"no costs"}},
		{"no nodes", cluster.Restrict{Metrics: true, Prometheus: true}, [][]string{{"nodes"}, {"no costs"}}, nil},
		{"no prometheus", cluster.Restrict{Nodes: true, Metrics: true}, [][]string{{"Prometheus"}}, []string{"no costs"}},
		{"no metrics-server", cluster.Restrict{Nodes: true, Prometheus: true}, [][]string{{"metrics"}}, []string{"no costs"}},
		{"neither metrics-server nor prometheus", cluster.Restrict{Nodes: true}, [][]string{{"metrics"}, {"Prometheus"}}, nil},
		{"one namespace and nothing else", cluster.Restrict{}, [][]string{{"metrics"}, {"Prometheus"}, {"nodes"}, {"no costs"}}, nil},
	} {
		t.Run(strings.ReplaceAll(tc.name, " ", "-"), func(t *testing.T) {
			kubeconfig, err := shop.cluster.Restricted(t.Context(), namespace, tc.may)
			if err != nil {
				t.Fatal(err)
			}
			args := func(a ...string) []string {
				a = append(a, "-n", namespace, "-o", "json")
				if tc.may.Prometheus {
					// It is in a namespace whose Services such a user does not find.
					a = append(a, "--prometheus-url", shop.cluster.PrometheusURL())
				}
				return shop.inHistory(a)
			}
			o := shop.run(t, kubeconfig, args("rightsize", "--detail", "none")...)
			if o.code != 0 {
				t.Fatalf("rightsize: exit code %d\n%s", o.code, o.stderr)
			}
			r := parseRightsize(t, o.stdout)
			tc.check(t, "rightsize", r.Warnings)
			listed := make(map[containerID]*recommendation)
			for i := range r.Recommendations {
				rec := &r.Recommendations[i]
				listed[rec.id()] = rec
				if rec.Workload.Namespace != namespace {
					t.Errorf("%s is of another namespace", rec.id())
				}
			}
			for _, id := range want {
				rec := listed[id]
				if rec == nil {
					t.Errorf("%s is missing", id)
					continue
				}
				usage := rec.Usage.CPU != nil && rec.Usage.Memory != nil
				if usage != tc.may.Prometheus {
					t.Errorf("%s: its usage over time is known: %v", id, usage)
				}
				if present := rec.Usage.Present != nil; present != tc.may.Metrics {
					t.Errorf("%s: present usage is known: %v", id, present)
				}
				if !tc.may.Prometheus && rec.Status != "insufficient-data" {
					t.Errorf("%s is %s without usage", id, rec.Status)
				}
				if priced := rec.Monthly.Freed != nil; priced && !tc.may.Nodes {
					t.Errorf("%s: %s would be freed, though no price can be known", id, *rec.Monthly.Freed)
				}
			}
			if proposed := slices.ContainsFunc(r.Recommendations, func(r recommendation) bool { return r.Status == "proposed" }); proposed != tc.may.Prometheus {
				t.Errorf("something is proposed: %v", proposed)
			}

			o = shop.run(t, kubeconfig, args("cost")...)
			if o.code != 0 {
				t.Fatalf("cost: exit code %d\n%s", o.code, o.stderr)
			}
			c := parseCost(t, o.stdout)
			tc.check(t, "cost", c.Warnings)
			if tc.may.Nodes {
				if len(c.Allocations) == 0 || nanos(t, c.Total) == 0 {
					t.Errorf("there is no cost, though nodes can be read")
				}
				for _, a := range c.Allocations {
					if a.Namespace != namespace || nanos(t, a.Hourly) == 0 {
						t.Errorf("%s/%s/%s costs %s", a.Namespace, a.Kind, a.Name, a.Hourly)
					}
				}
			} else if len(c.Allocations) > 0 || len(c.Nodes) > 0 || nanos(t, c.Total) != 0 {
				t.Errorf("a total of %s with %d allocations, though no node can be read", c.Total, len(c.Allocations))
			}
		})
	}
	// Without -n there is nothing that such a user may list: that is an error
	// that names the flag.
	t.Run("without-n", func(t *testing.T) {
		kubeconfig, err := shop.cluster.Restricted(t.Context(), namespace, cluster.Restrict{})
		if err != nil {
			t.Fatal(err)
		}
		o := shop.run(t, kubeconfig, shop.inHistory([]string{"cost"})...)
		if o.code != 1 || !strings.Contains(o.stderr, "→") || !strings.Contains(o.stderr, "-n") {
			t.Errorf("exit code %d\n%s", o.code, o.stderr)
		}
	})
}

// check looks for the warnings that a case is about.
func (tc restrictedCase) check(t *testing.T, command string, warnings []warning) {
	t.Helper()
	for _, words := range tc.warned {
		if !slices.ContainsFunc(warnings, func(w warning) bool {
			if w.Hint == "" {
				return false
			}
			for _, word := range words {
				if !strings.Contains(strings.ToLower(w.Message+" "+w.Hint), strings.ToLower(word)) {
					return false
				}
			}
			return true
		}) {
			t.Errorf("%s: no warning with a hint names %q:\n%s", command, words, show(warnings))
		}
	}
	for _, word := range tc.silent {
		for _, w := range warnings {
			if strings.Contains(w.Message, word) {
				t.Errorf("%s: a warning names %q, of which nothing is missing:\n%s", command, word, show(warnings))
			}
		}
	}
}

func show(warnings []warning) string {
	var b strings.Builder
	for _, w := range warnings {
		b.WriteString("  " + w.Message + "\n    → " + w.Hint + "\n")
	}
	return b.String()
}
