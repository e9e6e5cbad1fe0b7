// Package recommend turns a report into recommendations: for each container,
// what its requests and limits should become, why, how sure that is, and what
// it frees.
//
// A Strategy sizes one container from its measured usage and knows nothing
// else. Plan asks a strategy about every container and binds its answer by
// the guard rails of a Policy, so that every strategy is held to the same
// promises. All of it is pure.
package recommend

import (
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend/change"
)

// Strategy is one way to size a container. Implementations are values without
// state, safe for concurrent use.
type Strategy interface {
	// Name is unique and is what --policy takes: "krr-simple".
	Name() string
	// About is one sentence: what it aims at and where it comes from.
	About() string
	// Size sizes a container. It returns false, with the reason in
	// Sizing.Reasons, where the usage does not suffice for this strategy.
	Size(c Case) (Sizing, bool)
}

// Case is all that a strategy may know of a container.
type Case struct {
	ID        cluster.ContainerID
	Container *cluster.Container
	// Containers is how many containers the pod has; 0 where it is not known.
	Containers int
	Replicas   int
	History    *usage.History // never nil
	// OOMLimit is the memory limit under which the container was killed for
	// being out of memory, or nil where it was not, or has no limit, or where
	// all its pods began after the last kill: what was too small then has been
	// changed since, and must not be raised again for the same kill.
	OOMLimit *unit.Bytes
	Window   usage.Window
	// Samples is finer usage, where it is at hand; else nil. A strategy that
	// would need it then works on the History and documents what that costs.
	Samples *Samples
}

// Sizing is what a strategy would set, before any guard rail. A nil amount is
// one the strategy would leave unset.
type Sizing struct {
	Request, Limit cluster.Resources
	// Reasons say in words, with numbers, how each amount was reached.
	Reasons []string
}

// Status is what became of a container.
type Status string

// The statuses.
const (
	// Proposed: there is a change worth making.
	Proposed Status = "proposed"
	// Keep: the present setting is right, or not wrong enough.
	Keep Status = "keep"
	// Held: a change is due but something must be decided by a person first;
	// Reasons say what.
	Held Status = "held"
	// InsufficientData: too little was measured to say anything.
	InsufficientData Status = "insufficient-data"
)

// Setting is the requests and limits of a container.
type Setting struct{ Request, Limit cluster.Resources }

// Recommendation is the advice for one container of one workload.
type Recommendation struct {
	Workload  cluster.WorkloadID
	Object    change.Object // the workload as an object to edit
	Replicas  int
	Container string
	Sidecar   bool
	Status    Status
	Strategy  string

	// Current is what the template says; Proposed is this step, within the
	// guard rails, and equals Current unless Status is Proposed; Target is
	// where the steps lead.
	Current, Proposed, Target Setting
	// Raise is true where Proposed, or Target if the container is held, asks
	// for more of something than Current: the present setting is a risk.
	Raise bool
	// QOS is the pod's class before and after Proposed, where it is known.
	QOSBefore, QOSAfter string

	Reasons    []string
	Usage      Evidence
	Confidence Confidence

	// FreedCPU and FreedMemory are what Proposed no longer requests over all
	// replicas; negative where it asks for more.
	FreedCPU    unit.MilliCPU
	FreedMemory unit.Bytes
	// Freed is what the freed amounts cost per hour at the rates of the nodes
	// the workload runs on; nil where none of them has a price.
	Freed *unit.HourlyRate
	// Realisable is the part of Freed that a repacked fleet would return;
	// nil until it has been computed.
	Realisable *Range
}

// Range is money per hour between two bounds.
type Range struct{ Low, High unit.HourlyRate }

// ID is the container's identity.
func (r *Recommendation) ID() cluster.ContainerID {
	return cluster.ContainerID{Workload: r.Workload, Container: r.Container}
}

// Evidence is what a recommendation rests on: the worst replica's usage.
type Evidence struct {
	CPU, Memory Quantiles
	// Samples is the number of CPU samples over all pods, Step what one of
	// them stands for, Days the days with samples, Coverage the share of the
	// window's hours with samples.
	Samples  uint64
	Step     time.Duration
	Days     int
	Coverage float64
	// Pods is the number of pods measured, those gone included.
	Pods   int
	Events usage.Events
	// Present is what the busiest replica uses at this moment, CPU and memory
	// each of the replica where it is largest, with the newest time of the
	// two; nil where nothing is known of it.
	Present *usage.Sample
}

// Quantiles of one resource's samples, in cores or bytes. Known is false
// where no replica has enough samples for a p95 to mean anything.
type Quantiles struct {
	P50, P95, P99, Max float64
	Known              bool
}

// Confidence is a grade with its reasons.
type Confidence struct {
	Grade   string // "A" (best) to "D"
	Reasons []string
}

// Policy is what binds a strategy's answer. DefaultPolicy documents each
// value and why it is what it is.
type Policy struct {
	// MaxCPUCut and MaxMemoryCut are the largest share of a request that one
	// step takes away, in [0,1].
	MaxCPUCut, MaxMemoryCut float64
	// LowerMemoryLimits and LowerCPULimits allow a limit to go down with its
	// request.
	LowerMemoryLimits, LowerCPULimits bool
	// CPUFloor and MemoryFloor are what no request is lowered below, and the
	// least that is proposed where none is set.
	CPUFloor    unit.MilliCPU
	MemoryFloor unit.Bytes
	// A change is worth proposing when it is at least MinShare of the present
	// amount and at least MinCPU or MinMemory over all replicas. A raise has
	// no lower bound but MinShare.
	MinShare  float64
	MinCPU    unit.MilliCPU
	MinMemory unit.Bytes
	// System, Operators and SingleStateful include what is left out until
	// asked for: kube-system, what an operator owns, StatefulSets of one
	// replica.
	System, Operators, SingleStateful bool
}

// DefaultPolicy holds the defaults that cannot hurt.
func DefaultPolicy() Policy {
	return Policy{
		// CPU throttles or waits when too small, which is noticed and undone;
		// memory kills. A quarter at a time leaves room to notice.
		MaxCPUCut: 0.5, MaxMemoryCut: 0.25,
		// Below 10m the kernel's shares are too coarse to tell containers
		// apart; below 32 MiB a runtime's own growth is larger than the saving.
		CPUFloor: 10, MemoryFloor: 32 * unit.MiB,
		// A tenth is what usage moves from week to week; a smaller change is
		// a restart for nothing.
		MinShare: 0.1, MinCPU: 25, MinMemory: 32 * unit.MiB,
	}
}
