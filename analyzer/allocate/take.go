package allocate

import (
	"cmp"
	"math"
	"slices"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
)

// take is what a pod takes of its node, which it also adds to the node's
// requested and used amounts.
func (l *ledger) take(p *cluster.Pod, n *nodeParts) amounts {
	var taken amounts
	var present map[string]usage.Sample
	if len(l.u.Present) > 0 {
		present = l.u.Present[p.Key()]
	}
	measured := false
	for i := range p.Containers {
		c := &p.Containers[i]
		cpu, memory := request(c.Request.CPU, c.Limit.CPU), request(c.Request.Memory, c.Limit.Memory)
		n.requestedCPU += cpu
		n.requestedMemory += memory

		usedCPU, usedMemory, cpuKnown, memoryKnown := l.used(p, c.Name, present)
		if cpuKnown {
			n.usedCPU += usedCPU
		}
		if memoryKnown {
			n.usedMemory += usedMemory
		}
		measured = measured || cpuKnown || memoryKnown
		taken.cpu += math.Max(cpu.Cores(), usedCPU)
		taken.memory += math.Max(float64(memory), usedMemory)
	}
	if c := p.Overhead.CPU; c != nil {
		n.requestedCPU += max(0, *c)
		taken.cpu += max(0, *c).Cores()
	}
	if m := p.Overhead.Memory; m != nil {
		n.requestedMemory += max(0, *m)
		taken.memory += float64(max(0, *m))
	}
	n.requestedPods++
	if measured {
		n.usedPod++
		l.podsMeasured++
	}
	return taken
}

// request is what a container reserves of a resource: its request, or its
// limit where only that is set. Amounts below 0 are 0.
func request[T unit.MilliCPU | unit.Bytes](request, limit *T) T {
	switch {
	case request != nil:
		return max(0, *request)
	case limit != nil:
		return max(0, *limit)
	}
	return 0
}

// used is a container's average usage in cores and bytes over the window,
// each from its pod's history or else from its present usage; 0 and false
// where neither is known.
func (l *ledger) used(p *cluster.Pod, container string, present map[string]usage.Sample) (cpu, memory float64, cpuKnown, memoryKnown bool) {
	if h := l.u.Containers[cluster.ContainerID{Workload: p.Workload, Container: container}]; h != nil {
		cpu, cpuKnown = mean(h.CPU.Pods, p.Name)
		memory, memoryKnown = mean(h.Memory.Pods, p.Name)
	}
	if cpuKnown && memoryKnown {
		return cpu, memory, true, true
	}
	if sample, ok := present[container]; ok {
		if !cpuKnown {
			cpu, cpuKnown = amount(sample.CPU)
		}
		if !memoryKnown {
			memory, memoryKnown = amount(sample.Memory)
		}
	}
	return cpu, memory, cpuKnown, memoryKnown
}

// mean is one pod's average; false where it has no sample.
func mean(pods []usage.PodUsage, name string) (float64, bool) {
	i, ok := slices.BinarySearchFunc(pods, name, func(p usage.PodUsage, name string) int { return cmp.Compare(p.Pod, name) })
	if !ok {
		return 0, false
	}
	v, ok := pods[i].Dist.Mean()
	if !ok {
		return 0, false
	}
	return amount(v)
}

// maxAmount is more cores or bytes than any node has: a source that reports
// more is wrong.
const maxAmount = 1e18

// amount is v where it can be usage: not NaN, not negative, not beyond
// maxAmount.
func amount(v float64) (float64, bool) {
	if !(v >= 0 && v <= maxAmount) {
		return 0, false
	}
	return v, true
}
