package allocate

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// The catalog's m5.large: price and facts of us-east-1, 2026-07-06.
var (
	m5large = pricing.Machine{VCPU: 2, Memory: 8 * unit.GiB, Arch: "amd64", MaxPods: 29, Generation: "5", CPURate: 0.035229, MemoryRate: 0.003409}
	g5large = pricing.Machine{VCPU: 4, Memory: 16 * unit.GiB, Arch: "amd64", GPUs: 1, Generation: "5a", CPURate: 0.031995, MemoryRate: 0.002993, AcceleratorRate: 0.830132}
)

func book() *pricing.Book {
	return pricing.NewBook("USD", map[pricing.OfferingKey]pricing.Price{
		pricing.Key("us-east-1", "", "m5.large", "on-demand"):      {Rate: 96_000_000, Source: "catalog", Certainty: pricing.Exact},
		pricing.Key("us-east-1", "us-east-1a", "m5.large", "spot"): {Rate: 34_560_000, Source: "catalog", Certainty: pricing.Estimate, Error: 0.3},
		pricing.Key("us-east-1", "", "g5.xlarge", "on-demand"):     {Rate: 1_006_000_000, Source: "catalog", Certainty: pricing.Exact},
		pricing.Key("us-east-1", "", "x9.large", "on-demand"):      {Rate: 100_000_000, Source: "rates.yaml", Certainty: pricing.Exact},
	}, map[string]pricing.Machine{"m5.large": m5large, "g5.xlarge": g5large})
}

func node(name, instance string, change ...func(*cluster.Node)) cluster.Node {
	n := cluster.Node{
		Name: name, InstanceType: instance, Region: "us-east-1", Zone: "us-east-1a", CapacityType: cluster.OnDemand, Pool: "default",
		Capacity:    cluster.Amounts{CPU: 2000, Memory: 8 * unit.GiB, Pods: 29},
		Allocatable: cluster.Amounts{CPU: 1800, Memory: 7 * unit.GiB, Pods: 29},
	}
	for _, c := range change {
		c(&n)
	}
	return n
}

func pod(name, onNode string, cpu unit.MilliCPU, memory unit.Bytes, change ...func(*cluster.Pod)) cluster.Pod {
	workload, _, _ := strings.Cut(name, "-")
	p := cluster.Pod{
		Namespace: "shop", Name: name, Node: onNode, Phase: "Running",
		Workload: cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: workload},
		Containers: []cluster.PodContainer{
			{Name: "main", Request: cluster.Resources{CPU: &cpu, Memory: &memory}},
		},
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

// measured is usage whose every pod of a workload's container "main" has the
// given averages.
func measured(values map[string][2]float64) *usage.Usage {
	u := &usage.Usage{Containers: make(map[cluster.ContainerID]*usage.History)}
	for _, name := range sortedKeys(values) {
		workload, _, _ := strings.Cut(name, "-")
		id := cluster.ContainerID{Workload: cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: workload}, Container: "main"}
		h := u.Containers[id]
		if h == nil {
			h = &usage.History{}
			u.Containers[id] = h
		}
		var cpu, memory usage.Distribution
		for _, f := range []float64{0.5, 1.5} { // the mean is what counts
			cpu.Add(values[name][0] * f)
			memory.Add(values[name][1] * f)
		}
		h.CPU.Pods = append(h.CPU.Pods, usage.PodUsage{Pod: name, Dist: cpu})
		h.Memory.Pods = append(h.Memory.Pods, usage.PodUsage{Pod: name, Dist: memory})
	}
	return u
}

func snapshot(nodes []cluster.Node, pods ...cluster.Pod) *cluster.Snapshot {
	s := &cluster.Snapshot{TakenAt: time.Date(2026, 7, 6, 12, 0, 0, 0, time.UTC), Nodes: nodes, Pods: pods}
	s.Sort()
	return s
}

// checkConservation fails where any part does not add up.
func checkConservation(t *testing.T, s *cluster.Snapshot, a *Allocation) {
	t.Helper()
	sum := a.Idle + a.Overhead
	for _, w := range a.Workloads {
		if w.CPU+w.Memory != w.Rate || w.CPU < 0 || w.Memory < 0 || w.Pods <= 0 {
			t.Errorf("%v: %v + %v is not %v, %d pods", w.ID, w.CPU, w.Memory, w.Rate, w.Pods)
		}
		sum += w.Rate
	}
	if sum != a.Total {
		t.Errorf("workloads, idle and overhead are %v, the total is %v", sum, a.Total)
	}
	var rate, allocated unit.HourlyRate
	for _, n := range a.Nodes {
		if n.Allocated+n.Idle+n.Overhead != n.Rate || n.Allocated < 0 || n.Idle < 0 || n.Overhead < 0 {
			t.Errorf("node %s: %v + %v + %v is not %v", n.Name, n.Allocated, n.Idle, n.Overhead, n.Rate)
		}
		rate += n.Rate
		allocated += n.Allocated
	}
	if rate != a.Total {
		t.Errorf("nodes cost %v, the total is %v", rate, a.Total)
	}
	if allocated+a.Idle+a.Overhead != a.Total {
		t.Errorf("nodes allocate %v", allocated)
	}
	if !s.Lacks("nodes") && len(a.Nodes)+len(a.Unpriced) != len(s.Nodes) {
		t.Errorf("%d priced and %d unpriced of %d nodes", len(a.Nodes), len(a.Unpriced), len(s.Nodes))
	}
}

// TestWorkedExample is the example of docs/methodology.md.
func TestWorkedExample(t *testing.T) {
	s := snapshot([]cluster.Node{node("a", "m5.large", func(n *cluster.Node) {
		n.Allocatable.CPU, n.Allocatable.Memory = 1930, 6903*unit.MiB
	})},
		pod("web-1", "a", 500, unit.GiB),
		pod("web-2", "a", 500, unit.GiB),
		pod("cache-1", "a", 100, 2*unit.GiB))
	u := measured(map[string][2]float64{
		"web-1":   {0.2, 0.5 * float64(unit.GiB)}, // below its requests
		"web-2":   {0.7, 0.5 * float64(unit.GiB)}, // above its CPU request
		"cache-1": {0.05, 2.5 * float64(unit.GiB)},
	})
	a := Allocate(s, u, book())
	checkConservation(t, s, a)
	want := []WorkloadCost{
		{ID: cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "cache"}, Rate: 11_832_174, CPU: 3_460_538, Memory: 8_371_636, Pods: 1, CPURate: 34_605_382, MemoryRate: 3_348_655},
		{ID: cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "web"}, Rate: 48_223_767, CPU: 41_526_458, Memory: 6_697_309, Pods: 2, CPURate: 34_605_382, MemoryRate: 3_348_655},
	}
	if diff := cmp.Diff(want, a.Workloads); diff != "" {
		t.Errorf("workloads (-want +got):\n%s", diff)
	}
	if a.Total != 96_000_000 || a.Idle != 29_306_432 || a.Overhead != 6_637_627 {
		t.Errorf("total %v, idle %v, overhead %v", a.Total, a.Idle, a.Overhead)
	}
}

func TestAllocate(t *testing.T) {
	ptr := func(m unit.MilliCPU) *unit.MilliCPU { return &m }
	for _, tt := range []struct {
		name  string
		s     *cluster.Snapshot
		u     *usage.Usage
		check func(t *testing.T, a *Allocation)
		warns []string // each warning's beginning
	}{
		{
			name: "usage above the request is charged",
			s:    snapshot([]cluster.Node{node("a", "m5.large")}, pod("web-1", "a", 100, unit.GiB)),
			u:    measured(map[string][2]float64{"web-1": {1.0, 1}}),
			check: func(t *testing.T, a *Allocation) {
				if w := a.Workloads[0]; w.CPU != a.Nodes[0].CPURate {
					t.Errorf("one core costs %v, a core-hour %v", w.CPU, a.Nodes[0].CPURate)
				}
			},
		},
		{
			name: "no history: present usage",
			s:    snapshot([]cluster.Node{node("a", "m5.large")}, pod("web-1", "a", 100, unit.GiB)),
			u: &usage.Usage{Present: map[cluster.PodKey]map[string]usage.Sample{
				{Namespace: "shop", Name: "web-1"}: {"main": {CPU: 1, Memory: math.NaN()}},
			}},
			check: func(t *testing.T, a *Allocation) {
				if w := a.Workloads[0]; w.CPU != a.Nodes[0].CPURate || w.Memory != a.Nodes[0].MemoryRate {
					t.Errorf("%+v on %+v", w, a.Nodes[0])
				}
			},
		},
		{
			name: "no usage: requests, and a limit stands for a missing request",
			s: snapshot([]cluster.Node{node("a", "m5.large")}, pod("web-1", "a", 0, 0, func(p *cluster.Pod) {
				p.Containers[0] = cluster.PodContainer{Name: "main", Limit: cluster.Resources{CPU: ptr(600)}}
				p.Containers = append(p.Containers, cluster.PodContainer{Name: "proxy", Sidecar: true, Request: cluster.Resources{CPU: ptr(300)}, Limit: cluster.Resources{CPU: ptr(900)}})
				p.Overhead.CPU = ptr(100)
			})),
			check: func(t *testing.T, a *Allocation) {
				if w := a.Workloads[0]; w.CPU != a.Nodes[0].CPURate || w.Memory != 0 {
					t.Errorf("%+v on %+v", w, a.Nodes[0])
				}
				if n := a.Nodes[0]; n.Requested.CPU != 1000 || n.Requested.Pods != 1 || n.UsedKnown {
					t.Errorf("%+v", n)
				}
			},
			warns: []string{"costs rest on requests alone"},
		},
		{
			name: "pods that hold nothing cost nothing",
			s: snapshot([]cluster.Node{node("a", "m5.large")},
				pod("done-1", "a", 500, unit.GiB, func(p *cluster.Pod) { p.Phase = "Succeeded" }),
				pod("dead-1", "a", 500, unit.GiB, func(p *cluster.Pod) { p.Phase = "Failed" }),
				pod("wait-1", "", 500, unit.GiB, func(p *cluster.Pod) { p.Phase = "Pending" })),
			check: func(t *testing.T, a *Allocation) {
				if len(a.Workloads) != 0 || a.Nodes[0].Allocated != 0 || a.Idle == 0 || a.Overhead == 0 {
					t.Errorf("%+v", a)
				}
			},
		},
		{
			name: "more taken than there is is scaled down",
			s:    snapshot([]cluster.Node{node("a", "m5.large"), node("b", "m5.large")}, pod("web-1", "a", 1000, unit.GiB), pod("api-1", "a", 500, unit.GiB)),
			u:    measured(map[string][2]float64{"web-1": {3, 1}, "api-1": {1, 1}}),
			check: func(t *testing.T, a *Allocation) {
				web, _ := a.Workload(cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "web"})
				api, _ := a.Workload(cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "api"})
				if d := web.CPU - 3*api.CPU; d < -3 || d > 3 {
					t.Errorf("web %v, api %v", web.CPU, api.CPU)
				}
				if n := a.Nodes[0]; n.Used.CPU != 4000 || n.UsedPods != 2 {
					t.Errorf("%+v", n)
				}
			},
			warns: []string{"on 1 node pods take more than there is"},
		},
		{
			name: "what cannot be priced is named, and in no sum",
			s: snapshot([]cluster.Node{
				node("a", "m5.large"),
				node("b", "m5.metal"),
				node("c", ""),
				node("d", "m5.large", func(n *cluster.Node) { n.Region = "" }),
				node("e", "m5.large", func(n *cluster.Node) { n.Fargate = true }),
				node("f", "x9.large", func(n *cluster.Node) { n.Capacity, n.Allocatable = cluster.Amounts{}, cluster.Amounts{} }),
				node("g", "m5.large", func(n *cluster.Node) { n.Zone = "us-east-1-bos-1a" }),
			}, pod("web-1", "a", 1000, unit.GiB), pod("web-2", "b", 1000, unit.GiB), pod("api-1", "e", 500, unit.GiB), pod("gone-1", "z", 500, unit.GiB)),
			u: measured(map[string][2]float64{"web-1": {1, 1}}),
			check: func(t *testing.T, a *Allocation) {
				if a.Total != 96_000_000 || len(a.Workloads) != 1 || a.Workloads[0].Pods != 1 {
					t.Errorf("%+v", a)
				}
				var why []string
				for _, n := range a.Unpriced {
					why = append(why, n.Name+": "+n.Why)
					if n.Hint == "" {
						t.Errorf("%s has no hint", n.Name)
					}
				}
				want := []string{
					"b: no source knows a price of m5.metal on-demand us-east-1",
					"c: no label says its instance type",
					"d: no label says its region",
					"e: it is a Fargate pod's, which is not priced yet",
					"f: it reports no capacity and nothing is known of its type",
					"g: it is in us-east-1-bos-1a, a Local or Wavelength Zone, whose prices are not its region's",
				}
				if diff := cmp.Diff(want, why); diff != "" {
					t.Errorf("unpriced (-want +got):\n%s", diff)
				}
			},
			warns: []string{"without a price: 6 of 7 nodes, in no sum, and 2 pods on them", "1 pod on nodes that were not listed"},
		},
		{
			name: "the nodes could not be read",
			s: &cluster.Snapshot{
				Pods:    []cluster.Pod{pod("web-1", "a", 1000, unit.GiB)},
				Missing: []cluster.Gap{{Resource: "nodes", Why: "forbidden"}},
			},
			check: func(t *testing.T, a *Allocation) {
				if a.Total != 0 || len(a.Workloads)+len(a.Nodes)+len(a.Unpriced) != 0 {
					t.Errorf("%+v", a)
				}
				if _, _, ok := a.Rates(cluster.WorkloadID{}); ok {
					t.Error("there are rates")
				}
			},
			warns: []string{"there are no costs: the nodes could not be read"},
		},
		{
			name: "a type without facts is split by the usual ratio",
			s:    snapshot([]cluster.Node{node("a", "x9.large")}),
			check: func(t *testing.T, a *Allocation) {
				if r := float64(a.Nodes[0].CPURate) / float64(a.Nodes[0].MemoryRate); math.Abs(r-10.334) > 0.001 {
					t.Errorf("a core-hour is %v GiB-hours", r)
				}
			},
		},
		{
			name: "facts stand in for a node that reports nothing yet",
			s:    snapshot([]cluster.Node{node("a", "m5.large", func(n *cluster.Node) { n.Capacity, n.Allocatable = cluster.Amounts{}, cluster.Amounts{} })}),
			check: func(t *testing.T, a *Allocation) {
				if a.Idle != 96_000_000 || a.Overhead != 0 {
					t.Errorf("%+v", a)
				}
			},
		},
		{
			name: "spot and unlabelled capacity types",
			s: snapshot([]cluster.Node{
				node("a", "m5.large", func(n *cluster.Node) { n.CapacityType = cluster.Spot }),
				node("b", "m5.large", func(n *cluster.Node) { n.CapacityType = "" }),
			}),
			check: func(t *testing.T, a *Allocation) {
				if a.Nodes[0].Rate != 34_560_000 || a.Nodes[1].Rate != 96_000_000 {
					t.Errorf("%+v", a.Nodes)
				}
				if p := a.Nodes[1].Price; p.Certainty != pricing.Estimate || p.Error != 0.9 || p.Basis == "" {
					t.Errorf("unlabelled: %+v", p)
				}
			},
			warns: []string{"1 node without a label of the capacity type"},
		},
		{
			name: "an accelerator is charged but frees nothing",
			s: snapshot([]cluster.Node{node("a", "g5.xlarge", func(n *cluster.Node) {
				n.Capacity.CPU, n.Allocatable.CPU, n.Capacity.Memory = 4000, 4000, 16*unit.GiB
				n.Allocatable.Memory = 16 * unit.GiB
			})}, pod("train-1", "a", 4000, 16*unit.GiB)),
			u: measured(map[string][2]float64{"train-1": {1, 1}}),
			check: func(t *testing.T, a *Allocation) {
				if a.Workloads[0].Rate != 1_006_000_000 || a.Nodes[0].Accelerator != 830_132_000 {
					t.Errorf("%+v %+v", a.Workloads[0], a.Nodes[0])
				}
				cpu, memory, ok := a.Rates(a.Workloads[0].ID)
				if cpu != 31_995_000 || memory != 2_993_000 || !ok {
					t.Errorf("rates %v %v %v", cpu, memory, ok)
				}
			},
		},
		{
			name: "one namespace read",
			s: func() *cluster.Snapshot {
				s := snapshot([]cluster.Node{node("a", "m5.large")}, pod("web-1", "a", 1000, unit.GiB))
				s.Scope = "shop"
				return s
			}(),
			u:     measured(map[string][2]float64{"web-1": {1, 1}}),
			check: func(*testing.T, *Allocation) {},
			warns: []string{"only the namespace shop was read"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := Allocate(tt.s, tt.u, book())
			checkConservation(t, tt.s, a)
			tt.check(t, a)
			if len(a.Warnings) != len(tt.warns) {
				t.Fatalf("warnings %v; want %v", a.Warnings, tt.warns)
			}
			for i, w := range a.Warnings {
				if !strings.HasPrefix(w.Error(), tt.warns[i]) || hint.Of(w) == "" {
					t.Errorf("warning %q with hint %q; want %q…", w, hint.Of(w), tt.warns[i])
				}
			}
		})
	}
}

func TestRates(t *testing.T) {
	s := snapshot([]cluster.Node{
		node("a", "m5.large"),
		node("b", "m5.large", func(n *cluster.Node) { n.CapacityType = cluster.Spot }),
	}, pod("web-1", "a", 100, unit.GiB), pod("web-2", "b", 100, unit.GiB), pod("web-3", "b", 100, unit.GiB))
	a := Allocate(s, nil, book())
	onDemand, spot := a.Nodes[0].CPURate, a.Nodes[1].CPURate
	cpu, _, ok := a.Rates(a.Workloads[0].ID)
	if want := (float64(onDemand) + 2*float64(spot)) / 3; !ok || math.Abs(float64(cpu)-want) > 1 {
		t.Errorf("a core-hour of web is %v, want %v", cpu, want)
	}
	// What a workload without a priced pod frees is worth is not known.
	if _, _, ok = a.Rates(cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "pending"}); ok {
		t.Error("a workload without a priced pod has rates")
	}
}

func TestKeys(t *testing.T) {
	s := snapshot([]cluster.Node{
		node("a", "m5.large"), node("b", "m5.large"), node("c", ""),
		node("d", "m5.large", func(n *cluster.Node) { n.CapacityType = cluster.Spot }),
		node("e", "m5.large", func(n *cluster.Node) { n.CapacityType = "" }),
	})
	want := []pricing.OfferingKey{
		{Region: "us-east-1", InstanceType: "m5.large", CapacityType: "on-demand"},
		{Region: "us-east-1", Zone: "us-east-1a", InstanceType: "m5.large", CapacityType: "spot"},
	}
	if diff := cmp.Diff(want, Keys(s)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}
