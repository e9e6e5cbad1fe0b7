package allocate

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// FuzzAllocate draws a cluster from the seed, with everything that readers
// and sources may leave out or get wrong, and holds it against the one law:
// the parts are the whole.
func FuzzAllocate(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed%7), uint8(seed*13))
	}
	f.Fuzz(func(t *testing.T, seed uint64, nodes, pods uint8) {
		r := rand.New(rand.NewPCG(seed, uint64(nodes)<<8|uint64(pods)))
		prices := make(map[pricing.OfferingKey]pricing.Price)
		machines := make(map[string]pricing.Machine)
		for i := range 4 {
			name := fmt.Sprintf("m%d.large", i)
			prices[pricing.Key("r", "", name, "on-demand")] = pricing.Price{Rate: unit.HourlyRate(r.Int64N(1 << r.IntN(45)))}
			if r.IntN(3) > 0 {
				machines[name] = pricing.Machine{
					VCPU: r.IntN(200), Memory: unit.Bytes(r.Int64N(1 << 42)),
					CPURate: r.Float64(), MemoryRate: r.Float64() / 10, AcceleratorRate: r.Float64() * float64(r.IntN(3)),
				}
			}
		}
		s := &cluster.Snapshot{}
		for i := range int(nodes) {
			s.Nodes = append(s.Nodes, cluster.Node{
				Name: fmt.Sprint("n", i), InstanceType: fmt.Sprintf("m%d.large", r.IntN(5)), Region: "r"[:min(1, r.IntN(9))],
				CapacityType: []string{"", "on-demand", "spot"}[r.IntN(3)], Fargate: r.IntN(20) == 0,
				Capacity:    cluster.Amounts{CPU: unit.MilliCPU(r.Int64N(200_000) - 500), Memory: unit.Bytes(r.Int64N(1<<42) - 1<<20)},
				Allocatable: cluster.Amounts{CPU: unit.MilliCPU(r.Int64N(200_000) - 500), Memory: unit.Bytes(r.Int64N(1<<42) - 1<<20)},
			})
		}
		u := &usage.Usage{Containers: make(map[cluster.ContainerID]*usage.History), Present: make(map[cluster.PodKey]map[string]usage.Sample)}
		weird := []float64{0, 1e-12, math.MaxFloat64, 1e300, 1, 1e9, math.NaN(), math.Inf(1), -1}
		value := func() float64 {
			if r.IntN(4) == 0 {
				return weird[r.IntN(len(weird))]
			}
			return r.ExpFloat64() * 1e3
		}
		for i := range int(pods) {
			p := cluster.Pod{
				Namespace: "ns", Name: fmt.Sprint("p", i), Node: fmt.Sprint("n", r.IntN(int(nodes)+2)),
				Phase:    []string{"Running", "Running", "Running", "Pending", "Succeeded"}[r.IntN(5)],
				Workload: cluster.WorkloadID{Namespace: "ns", Kind: "Deployment", Name: fmt.Sprint("w", r.IntN(5))},
			}
			for j := range r.IntN(4) {
				c := cluster.PodContainer{Name: fmt.Sprint("c", j)}
				if cpu := unit.MilliCPU(r.Int64N(4000) - 10); r.IntN(3) > 0 {
					c.Request.CPU = &cpu
				}
				if memory := unit.Bytes(r.Int64N(1<<34) - 10); r.IntN(3) > 0 {
					c.Limit.Memory = &memory
				}
				p.Containers = append(p.Containers, c)
				if r.IntN(2) == 0 {
					var cpu, memory usage.Distribution
					cpu.Add(value())
					memory.AddN(value(), 3)
					id := cluster.ContainerID{Workload: p.Workload, Container: c.Name}
					h := u.Containers[id]
					if h == nil {
						h = &usage.History{}
						u.Containers[id] = h
					}
					h.CPU.Pods = append(h.CPU.Pods, usage.PodUsage{Pod: p.Name, Dist: cpu})
					h.Memory.Pods = append(h.Memory.Pods, usage.PodUsage{Pod: p.Name, Dist: memory})
				}
				if r.IntN(2) == 0 {
					u.Present[p.Key()] = map[string]usage.Sample{c.Name: {CPU: value(), Memory: value()}}
				}
			}
			s.Pods = append(s.Pods, p)
		}
		for _, h := range u.Containers {
			byName := func(a, b usage.PodUsage) int {
				if a.Pod < b.Pod {
					return -1
				}
				return 1
			}
			slices.SortFunc(h.CPU.Pods, byName)
			slices.SortFunc(h.Memory.Pods, byName)
		}
		s.Sort()
		a := Allocate(s, u, pricing.NewBook("USD", prices, machines))
		checkConservation(t, s, a)
		for _, w := range a.Workloads {
			if cpu, memory, ok := a.Rates(w.ID); !ok || cpu < 0 || memory < 0 {
				t.Errorf("%v: rates %v %v %v", w.ID, cpu, memory, ok)
			}
		}
	})
}

// bigCluster has pods of two containers, twenty on a node, fifty to a
// workload, all with usage.
func bigCluster(pods int) (*cluster.Snapshot, *usage.Usage) {
	r := rand.New(rand.NewPCG(1, 2))
	s := &cluster.Snapshot{}
	for i := range max(1, pods/20) {
		s.Nodes = append(s.Nodes, node(fmt.Sprintf("ip-10-0-%d.ec2.internal", i), "m5.large"))
	}
	u := &usage.Usage{Containers: make(map[cluster.ContainerID]*usage.History)}
	cpu, memory := unit.MilliCPU(50), 100*unit.MiB
	for i := range pods {
		id := cluster.WorkloadID{Namespace: fmt.Sprintf("team-%d", i/500), Kind: "Deployment", Name: fmt.Sprintf("service-%05d", i/50)}
		p := cluster.Pod{
			Namespace: id.Namespace, Name: fmt.Sprintf("%s-7d9f8b6c5-%05d", id.Name, i), Workload: id, Phase: "Running",
			Node: s.Nodes[r.IntN(len(s.Nodes))].Name,
		}
		for _, name := range []string{"main", "istio-proxy"} {
			p.Containers = append(p.Containers, cluster.PodContainer{Name: name, Request: cluster.Resources{CPU: &cpu, Memory: &memory}})
			cid := cluster.ContainerID{Workload: id, Container: name}
			h := u.Containers[cid]
			if h == nil {
				h = &usage.History{}
				u.Containers[cid] = h
			}
			var c, m usage.Distribution
			c.Add(r.Float64() / 10)
			m.Add(r.Float64() * 2e8)
			h.CPU.Pods = append(h.CPU.Pods, usage.PodUsage{Pod: p.Name, Dist: c})
			h.Memory.Pods = append(h.Memory.Pods, usage.PodUsage{Pod: p.Name, Dist: m})
		}
		s.Pods = append(s.Pods, p)
	}
	s.Sort()
	return s, u
}

func BenchmarkAllocate(b *testing.B) {
	for _, pods := range []int{100, 1000, 10_000, 100_000} {
		b.Run(fmt.Sprint("pods=", pods), func(b *testing.B) {
			s, u := bigCluster(pods)
			k := book()
			b.ReportAllocs()
			for b.Loop() {
				if a := Allocate(s, u, k); a.Total == 0 {
					b.Fatal("nothing is priced")
				}
			}
		})
	}
}
