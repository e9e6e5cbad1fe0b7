// Package allocate splits what nodes cost into what workloads take of it,
// what is idle and what the nodes' own system reserves, by OpenCost's
// definitions, so that the parts add up to the bill exactly.
//
// It computes a run-rate: the pods that are there now, each charged for the
// larger of its request and its average usage over the window, on the node it
// runs on, at that node's price.
package allocate

import (
	"slices"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// Allocation is the node bill and its parts, all per hour in Currency:
// the sum of Workloads[].Rate, plus Idle, plus Overhead, is Total to the
// nano-unit. Unpriced nodes, and the pods on them, are in none of these.
type Allocation struct {
	Currency              string
	Total, Idle, Overhead unit.HourlyRate
	Workloads             []WorkloadCost // sorted by WorkloadID
	Nodes                 []NodeCost     // priced nodes, sorted by name
	Unpriced              []Unpriced     // sorted by name
	// CPURate and MemoryRate are what a core-hour and a GiB-hour cost on
	// average over the priced nodes, weighted by their capacity; 0 where no
	// node is priced. Accelerators are left out.
	CPURate, MemoryRate unit.HourlyRate
	Warnings            []error
}

// WorkloadCost is what one workload takes of the nodes its pods run on.
type WorkloadCost struct {
	ID   cluster.WorkloadID
	Rate unit.HourlyRate
	// CPU and Memory are the parts of Rate (CPU + Memory = Rate). What
	// accelerators cost is in CPU.
	CPU, Memory unit.HourlyRate
	Pods        int // priced pods
	// CPURate and MemoryRate are what a core-hour and a GiB-hour cost on the
	// nodes of the workload's priced pods, averaged over the pods.
	CPURate, MemoryRate unit.HourlyRate
}

// NodeCost is one priced node and where its money goes:
// Allocated + Idle + Overhead = Rate.
type NodeCost struct {
	Name                      string
	Key                       pricing.OfferingKey
	Pool                      string
	Price                     pricing.Price
	Rate                      unit.HourlyRate
	Allocated, Idle, Overhead unit.HourlyRate
	// CPURate and MemoryRate are what a core-hour and a GiB-hour cost on this
	// node, in nano-units: the price split by the generation's fitted ratio.
	CPURate, MemoryRate unit.HourlyRate
	// Accelerator is the part of Rate that pays for GPUs and other
	// accelerators. CPURate is without it; in the sums it goes where the
	// node's CPU goes.
	Accelerator unit.HourlyRate
	// Requested and Used are the sums over the node's pods: what they ask for
	// and their average usage in the window.
	Requested, Used cluster.Amounts
	// UsedKnown is false where no pod of the node has usage; UsedPods is how
	// many have.
	UsedKnown bool
	UsedPods  int
}

// Unpriced is a node without a price.
type Unpriced struct {
	Name string
	Why  string
	Hint string
}

// Workload finds what a workload costs; false where it has no priced pod.
func (a *Allocation) Workload(id cluster.WorkloadID) (*WorkloadCost, bool) {
	i, ok := slices.BinarySearchFunc(a.Workloads, id, func(w WorkloadCost, id cluster.WorkloadID) int { return w.ID.Compare(id) })
	if !ok {
		return nil, false
	}
	return &a.Workloads[i], true
}

// Rates is what a core-hour and a GiB-hour cost where a workload's pods run,
// averaged over its priced pods. It values freed capacity; accelerators are
// left out, because fewer requests free none. It returns false where no node
// of the workload has a price: what its requests are worth is then unknown.
func (a *Allocation) Rates(id cluster.WorkloadID) (cpu, memory unit.HourlyRate, ok bool) {
	w, ok := a.Workload(id)
	if !ok {
		return 0, 0, false
	}
	return w.CPURate, w.MemoryRate, true
}
