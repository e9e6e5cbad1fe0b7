package allocate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// Rates of a vCPU-hour and a GiB-hour for types whose facts nobody knows:
// those of the c, m and r families of the fifth and sixth Intel generation in
// us-east-1, 2026-07-06. Only their ratio, 10.3, is used; it is the same within
// 4 % in every generation from the fifth to the eighth.
const (
	defaultCPURate    = 0.035229
	defaultMemoryRate = 0.003409
)

// Allocate splits the price of every node of the snapshot among the workloads
// whose pods run on it, what is idle and what the node reserves for itself.
//
//   - A container takes the larger of its request and its pod's average usage
//     over the window, or present usage where there is no history. A container
//     without a request that has a limit requests its limit. A pod takes the
//     sum of its containers and native sidecars and its own overhead; whether
//     an init container once needed more is not in the snapshot.
//   - A node's price is split into a CPU and a memory part in the ratio of its
//     generation's fitted rates; what accelerators cost goes with the CPU.
//   - Of each part, capacity − allocatable is overhead, allocatable − taken is
//     idle. Where more is taken than is allocatable, the pods share what there
//     is in proportion, and a warning counts such nodes.
//
// Only scheduled pods that have not ended take anything. A node without a
// price is in Unpriced and its pods are in no sum. u may be nil.
func Allocate(s *cluster.Snapshot, u *usage.Usage, b *pricing.Book) *Allocation {
	a := &Allocation{Currency: b.Currency}
	if s.Lacks("nodes") {
		a.Warnings = append(a.Warnings, hint.New(
			"there are no costs: the nodes could not be read",
			"grant list on nodes; prices are looked up by each node's instance type, region and capacity type"))
		return a
	}
	if u == nil {
		u = &usage.Usage{}
	}
	l := ledger{s: s, u: u, a: a, index: make(map[string]int32, len(s.Nodes))}
	l.price(b)
	l.assign()
	l.split()
	l.total()
	l.warn()
	return a
}

// ledger is an allocation in the making.
type ledger struct {
	s *cluster.Snapshot
	u *usage.Usage
	a *Allocation

	index map[string]int32 // node name → position in a.Nodes; −1 unpriced
	parts []nodeParts      // by position in a.Nodes

	taken []podTaken // of pods on priced nodes, grouped by node
	first []int32    // a.Nodes[i]'s pods are taken[first[i]:first[i+1]]

	podsUnpriced, podsLost, podsMeasured int
	unlabelled, scaled                   int
}

// nodeParts is what a node's price is made of and spread over.
type nodeParts struct {
	cpu, memory            unit.HourlyRate // the parts of Rate; accelerators in cpu
	capacity, allocatable  amounts
	requestedCPU           unit.MilliCPU
	requestedMemory        unit.Bytes
	usedCPU, usedMemory    float64
	requestedPods, usedPod int
}

// amounts are cores and bytes.
type amounts struct{ cpu, memory float64 }

// podTaken is what one pod takes.
type podTaken struct {
	workload int32 // position in a.Workloads, before sorting
	amounts
}

// price finds every node's price and splits it into CPU and memory.
func (l *ledger) price(b *pricing.Book) {
	for i := range l.s.Nodes {
		n := &l.s.Nodes[i]
		l.index[n.Name] = -1
		k, err := NodeKey(n)
		if err != nil {
			l.a.Unpriced = append(l.a.Unpriced, Unpriced{n.Name, err.Error(), hint.Of(err)})
			continue
		}
		p, ok := b.Price(k)
		if !ok {
			l.a.Unpriced = append(l.a.Unpriced, Unpriced{
				n.Name, "no source knows a price of " + k.String(),
				"the compiled-in catalog does not know it; the node and its pods stay out of every total",
			})
			continue
		}
		m, known := b.Machine(n.InstanceType)
		parts, cost, ok := splitPrice(n, p, m, known)
		if !ok {
			l.a.Unpriced = append(l.a.Unpriced, Unpriced{n.Name, "it reports no capacity and nothing is known of its type", "try again when the node is ready"})
			continue
		}
		if n.CapacityType == "" {
			cost.Price = unlabelled(p)
			l.unlabelled++
		}
		cost.Key = k
		l.index[n.Name] = int32(len(l.a.Nodes))
		l.a.Nodes = append(l.a.Nodes, cost)
		l.parts = append(l.parts, parts)
	}
}

// splitPrice splits a node's price into its CPU and its memory part. It
// returns false where neither the node nor its type's facts tell an amount of
// CPU or of memory.
func splitPrice(n *cluster.Node, p pricing.Price, m pricing.Machine, known bool) (parts nodeParts, cost NodeCost, ok bool) {
	parts.capacity = amounts{n.Capacity.CPU.Cores(), float64(n.Capacity.Memory)}
	if parts.capacity.cpu <= 0 {
		parts.capacity.cpu = float64(m.VCPU)
	}
	if parts.capacity.memory <= 0 {
		parts.capacity.memory = float64(m.Memory)
	}
	c := parts.capacity
	if c.cpu <= 0 || c.memory <= 0 {
		return parts, cost, false
	}
	parts.allocatable = amounts{
		cpu:    bounded(n.Allocatable.CPU.Cores(), c.cpu),
		memory: bounded(float64(n.Allocatable.Memory), c.memory),
	}
	// What was bought: the type's nominal size; the node's own report where
	// the type is unknown. The kernel reports a few percent less memory.
	bought := c
	if known && m.VCPU > 0 && m.Memory > 0 {
		bought = amounts{float64(m.VCPU), float64(m.Memory)}
	}
	cpuRate, memoryRate := m.CPURate, m.MemoryRate
	if !(cpuRate > 0 && memoryRate > 0) {
		cpuRate, memoryRate = defaultCPURate, defaultMemoryRate
	}
	gib := float64(unit.GiB)
	three := unit.Split(p.Rate, []float64{cpuRate * bought.cpu, memoryRate * bought.memory / gib, max(0, m.AcceleratorRate)})
	parts.cpu, parts.memory = three[0]+three[2], three[1]
	cost = NodeCost{
		Name: n.Name, Pool: n.Pool, Price: p, Rate: p.Rate, Accelerator: three[2],
		CPURate:    three[0].Scale(1, c.cpu),
		MemoryRate: three[1].Scale(1, c.memory/gib),
	}
	return parts, cost, true
}

// bounded is an allocatable amount within the capacity; one that is not
// reported is all of it.
func bounded(allocatable, capacity float64) float64 {
	if allocatable <= 0 || allocatable > capacity {
		return capacity
	}
	return allocatable
}

// assign finds what every active pod takes and groups the pods by node.
func (l *ledger) assign() {
	nodes := make([]int32, len(l.s.Pods)) // each pod's node; −1 for none
	l.first = make([]int32, len(l.a.Nodes)+1)
	for i := range l.s.Pods {
		p := &l.s.Pods[i]
		nodes[i] = -1
		if !p.Active() {
			continue
		}
		n, ok := l.index[p.Node]
		switch {
		case !ok:
			l.podsLost++
		case n < 0:
			l.podsUnpriced++
		default:
			nodes[i] = n
			l.first[n+1]++
		}
	}
	for i := range l.a.Nodes {
		l.first[i+1] += l.first[i]
	}
	next := slices.Clone(l.first)
	l.taken = make([]podTaken, l.first[len(l.a.Nodes)])
	workloads := make(map[cluster.WorkloadID]int32, len(l.s.Workloads))
	last := int32(-1) // pods of one workload mostly follow each other
	for i := range l.s.Pods {
		n := nodes[i]
		if n < 0 {
			continue
		}
		p := &l.s.Pods[i]
		if last < 0 || l.a.Workloads[last].ID != p.Workload {
			at, ok := workloads[p.Workload]
			if !ok {
				at = int32(len(l.a.Workloads))
				workloads[p.Workload] = at
				l.a.Workloads = append(l.a.Workloads, WorkloadCost{ID: p.Workload})
			}
			last = at
		}
		l.taken[next[n]] = podTaken{last, l.take(p, &l.parts[n])}
		next[n]++
	}
}

// split splits every node's parts among its pods, what is idle and overhead.
func (l *ledger) split() {
	var weights []float64
	rates := make([]struct{ cpu, memory float64 }, len(l.a.Workloads)) // sums over pods
	for i := range l.a.Nodes {
		n, p := &l.a.Nodes[i], &l.parts[i]
		pods := l.taken[l.first[i]:l.first[i+1]]
		var sum amounts
		for _, t := range pods {
			sum.cpu += t.cpu
			sum.memory += t.memory
		}
		if sum.cpu > p.allocatable.cpu*(1+1e-9) || sum.memory > p.allocatable.memory*(1+1e-9) {
			l.scaled++
		}

		weights = weights[:0]
		for _, t := range pods {
			weights = append(weights, t.cpu*scale(sum.cpu, p.allocatable.cpu))
		}
		weights = append(weights, max(0, p.allocatable.cpu-sum.cpu), p.capacity.cpu-p.allocatable.cpu)
		cpu := unit.Split(p.cpu, weights)

		weights = weights[:0]
		for _, t := range pods {
			weights = append(weights, t.memory*scale(sum.memory, p.allocatable.memory))
		}
		weights = append(weights, max(0, p.allocatable.memory-sum.memory), p.capacity.memory-p.allocatable.memory)
		memory := unit.Split(p.memory, weights)

		for j, t := range pods {
			w := &l.a.Workloads[t.workload]
			w.CPU += cpu[j]
			w.Memory += memory[j]
			w.Pods++
			n.Allocated += cpu[j] + memory[j]
			rates[t.workload].cpu += float64(n.CPURate)
			rates[t.workload].memory += float64(n.MemoryRate)
		}
		n.Idle = cpu[len(pods)] + memory[len(pods)]
		n.Overhead = cpu[len(pods)+1] + memory[len(pods)+1]
		n.Requested = cluster.Amounts{CPU: p.requestedCPU, Memory: p.requestedMemory, Pods: p.requestedPods}
		n.Used = cluster.Amounts{CPU: unit.MilliCPUOf(p.usedCPU), Memory: unit.BytesOf(p.usedMemory), Pods: p.usedPod}
		n.UsedPods, n.UsedKnown = p.usedPod, p.usedPod > 0
	}
	for i := range l.a.Workloads {
		w := &l.a.Workloads[i]
		w.CPURate = unit.HourlyRate(math.Round(rates[i].cpu / float64(w.Pods)))
		w.MemoryRate = unit.HourlyRate(math.Round(rates[i].memory / float64(w.Pods)))
	}
}

// scale is what taken amounts are multiplied with so that they fit.
func scale(taken, allocatable float64) float64 {
	if taken <= allocatable {
		return 1
	}
	return allocatable / taken
}

// total sums up what nodes cost and puts the lists in order.
func (l *ledger) total() {
	var cores, gib, cpu, memory float64
	for i := range l.a.Nodes {
		n, p := &l.a.Nodes[i], &l.parts[i]
		l.a.Total += n.Rate
		l.a.Idle += n.Idle
		l.a.Overhead += n.Overhead
		cores += p.capacity.cpu
		gib += p.capacity.memory / float64(unit.GiB)
		cpu += float64(p.cpu - n.Accelerator)
		memory += float64(p.memory)
	}
	if len(l.a.Nodes) > 0 {
		l.a.CPURate = unit.HourlyRate(math.Round(cpu / cores))
		l.a.MemoryRate = unit.HourlyRate(math.Round(memory / gib))
	}
	for i := range l.a.Workloads {
		w := &l.a.Workloads[i]
		w.Rate = w.CPU + w.Memory
	}
	slices.SortFunc(l.a.Workloads, func(a, b WorkloadCost) int { return a.ID.Compare(b.ID) })
	slices.SortFunc(l.a.Nodes, func(a, b NodeCost) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(l.a.Unpriced, func(a, b Unpriced) int { return strings.Compare(a.Name, b.Name) })
}

// warn tells what narrows the answer, the most consequential first.
func (l *ledger) warn() {
	warn := func(message, hints string) { l.a.Warnings = append(l.a.Warnings, hint.New(message, hints)) }
	if n := len(l.a.Unpriced); n > 0 {
		warn(fmt.Sprintf("without a price: %d of %s, in no sum, and %s on them", n, count(len(l.s.Nodes), "node"), count(l.podsUnpriced, "pod")), l.a.Unpriced[0].Hint)
	}
	if l.s.Scope != "" {
		warn("only the namespace "+l.s.Scope+" was read; what other namespaces take of the nodes counts as idle", "leave out -n, or grant list on pods in all namespaces")
	}
	if l.podsLost > 0 {
		warn(fmt.Sprintf("%s on nodes that were not listed are in no sum", count(l.podsLost, "pod")), "run again; nodes come and go between two reads")
	}
	if l.unlabelled > 0 {
		warn(fmt.Sprintf("%s without a label of the capacity type have on-demand prices; spot would be up to 90 %% cheaper", count(l.unlabelled, "node")), "label self-managed nodes with karpenter.sh/capacity-type or eks.amazonaws.com/capacityType")
	}
	if l.scaled > 0 {
		warn(fmt.Sprintf("on %s pods take more than there is; they are charged for the node in proportion", count(l.scaled, "node")), "their usage or limits exceed the node's allocatable resources; raise the requests to what is used")
	}
	if len(l.taken) > 0 && l.podsMeasured == 0 {
		warn("costs rest on requests alone: no usage is known", "name a Prometheus-compatible API, or install metrics-server")
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
