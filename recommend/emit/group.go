package emit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
)

// Grouping is what costs are summed by. The zero value is no grouping.
type Grouping struct {
	by    string // "namespace", "workload", "label", "nodepool", or "" for none
	label string // the label's key
}

// ParseGrouping reads what --by takes: namespace, workload, nodepool,
// label:KEY, or "" for none.
func ParseGrouping(s string) (Grouping, error) {
	switch key, isLabel := strings.CutPrefix(s, "label:"); {
	case isLabel && key != "":
		return Grouping{"label", key}, nil
	case s == "", s == "namespace", s == "workload", s == "nodepool":
		return Grouping{by: s}, nil
	}
	return Grouping{}, hint.New("grouping costs by \""+s+"\": there is no such grouping", "Use --by namespace, workload, nodepool or label:KEY.")
}

// String is what ParseGrouping reads.
func (g Grouping) String() string {
	if g.by == "label" {
		return "label:" + g.label
	}
	return g.by
}

// groups are the sums of a report's allocations, the largest first, then by
// name. They add up to the sum of the workloads' allocations exactly.
func groups(r *analyzer.Report, g Grouping) []CostGroup {
	sums := map[string]CostGroup{}
	add := func(name string, part CostGroup) {
		s := sums[name]
		s.Name, s.Hourly, s.Idle, s.Overhead = name, s.Hourly+part.Hourly, s.Idle+part.Idle, s.Overhead+part.Overhead
		sums[name] = s
	}
	if g.by == "nodepool" {
		for i := range r.Allocation.Nodes {
			n := &r.Allocation.Nodes[i]
			add(n.Pool, CostGroup{Hourly: n.Allocated, Idle: n.Idle, Overhead: n.Overhead})
		}
	} else {
		for i := range r.Allocation.Workloads {
			w := &r.Allocation.Workloads[i]
			name := w.ID.Namespace
			switch g.by {
			case "workload":
				name = w.ID.String()
			case "label":
				name = ""
				if spec, ok := r.Snapshot.Workload(w.ID); ok {
					name = spec.Labels[g.label]
				}
			}
			add(name, CostGroup{Hourly: w.Rate})
		}
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b CostGroup) int {
		return cmp.Or(cmp.Compare(b.Hourly, a.Hourly), strings.Compare(a.Name, b.Name))
	})
}

// CostGroup is the sum of the allocations of one group. Idle and Overhead are
// given only by node pool: no other group owns what nobody asked for.
type CostGroup struct {
	Name     string          `json:"name" doc:"namespace, namespace/kind/name, label value or pool; empty for what has none"`
	Hourly   unit.HourlyRate `json:"hourly" doc:"sum of the allocations in the group, per hour"`
	Idle     unit.HourlyRate `json:"idle,omitempty" doc:"idle money of the pool's nodes, per hour; only by node pool"`
	Overhead unit.HourlyRate `json:"overhead,omitempty" doc:"overhead of the pool's nodes, per hour; only by node pool"`
}
