package cluster

import (
	"fmt"
	"math"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Generate says how to make a scenario of many pods for load tests.
type Generate struct {
	// Pods is the number of pods; three of them make a workload.
	Pods int
	// Length is how far the history reaches back, Scrape its interval; 0 takes
	// 14 days and 30 seconds.
	Length, Scrape time.Duration
	// Full writes the series that a lean history leaves out.
	Full bool
	Seed uint64
}

const (
	replicasGenerated = 3
	// podsPerNode is what a generated node has room for in any case.
	podsPerNode = 25
	perTeam     = 25 // workloads in a namespace
)

// Scenario makes the scenario: Pods/3 workloads of three pods, one or two
// containers each, over as many namespaces and nodes as they need.
func (g Generate) Scenario() (*Scenario, error) {
	count := (g.Pods + replicasGenerated - 1) / replicasGenerated
	s := &Scenario{
		Name: fmt.Sprintf("generated-%d", g.Pods), Description: "generated for load tests", Seed: g.Seed + 1, Region: "us-east-1",
		History: HistorySpec{Length: Duration(g.Length), Scrape: Duration(g.Scrape), Lean: !g.Full},
	}
	// kube-state-metrics has three times as many series, which hardly ever change.
	s.History.StateScrape = Duration(max(2*g.Scrape, time.Minute))
	s.Nodes = []NodeGroup{{
		Name: "general", Count: max(3, (g.Pods+podsPerNode-1)/podsPerNode), InstanceType: "m5.4xlarge", VCPU: 16,
		Memory: quantity(64 << 30), MaxPods: 234, Zones: []string{"us-east-1a", "us-east-1b", "us-east-1c"},
		NodePool: "general", CapacityType: "on-demand", Age: Duration(60 * 24 * time.Hour),
	}}
	for i := range (count + perTeam - 1) / perTeam {
		name := fmt.Sprintf("team-%03d", i)
		s.Namespaces = append(s.Namespaces, Namespace{Name: name, Labels: map[string]string{"team": name}})
	}
	for i := range count {
		s.Workloads = append(s.Workloads, g.workload(i))
	}
	s.setDefaults()
	return s, s.Check()
}

// workload makes the i-th workload: most of them request two to five times what
// they use, one in ten too little.
func (g Generate) workload(i int) Workload {
	key := hash(g.Seed, "workload", fmt.Sprint(i))
	kind := KindDeployment
	if unit(key, 1) < 0.15 {
		kind = KindStatefulSet
	}
	w := Workload{
		Kind: kind, Namespace: fmt.Sprintf("team-%03d", i/perTeam), Name: fmt.Sprintf("app-%04d", i), Replicas: replicasGenerated,
	}
	names := []string{"app"}
	if unit(key, 2) < 0.5 {
		names = append(names, "proxy")
	}
	for n, name := range names {
		at := func(what uint64) float64 { return unit(key, 10+uint64(n), what) }
		cpu := 0.01 * math.Pow(40, at(1))             // 10 m to 400 m
		memory := 48 * mebi * math.Pow(30, at(2))     // 48 MiB to 1.4 GiB
		overCPU, overMemory := 2+3*at(3), 1.3+2*at(4) // requests over usage
		if at(5) < 0.1 {
			overCPU, overMemory = 0.6, 1.05
		}
		c := Container{
			Name:     name,
			Requests: map[string]Quantity{"cpu": milli(cpu * overCPU), "memory": quantity(memory * overMemory)},
			Limits:   map[string]Quantity{"memory": quantity(memory * (overMemory + 0.8))},
			Usage: Usage{
				CPU: CPUUsage{
					Level: milli(cpu), Daily: 0.6 * at(6), Weekend: 0.5 + 0.5*at(7), Peak: 8 + 10*at(8), Noise: 0.1 + 0.3*at(9),
				},
				Memory: MemoryUsage{Level: quantity(memory), Noise: 0.02, Daily: 0.1 * at(10), Cache: 0.1},
			},
		}
		if at(11) < 0.3 {
			c.Usage.CPU.Bursts = &Burst{Every: Duration(4 * time.Hour), For: Duration(4 * time.Minute), Level: milli(cpu * 3)}
		}
		if at(12) < 0.2 {
			c.Limits["cpu"] = milli(cpu * math.Max(overCPU, 1) * 1.5)
		}
		w.Containers = append(w.Containers, c)
	}
	return w
}

// milli rounds cores to a whole number of thousandths, at least one.
func milli(cores float64) Quantity {
	return Quantity{*resource.NewMilliQuantity(max(1, int64(math.Round(cores*1000))), resource.DecimalSI)}
}

// quantity rounds bytes to whole mebibytes.
func quantity(bytes float64) Quantity {
	return Quantity{*resource.NewQuantity(int64(bytes)/mebi*mebi, resource.BinarySI)}
}
