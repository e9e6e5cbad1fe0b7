package recommend

import (
	"fmt"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
)

// heapHeadroom is what a process with a bounded heap needs beside the heap:
// metaspace, threads, code cache and buffers, about a quarter of it.
const heapHeadroom = 1.25

// peakHeadroom is how far above the largest usage seen a memory limit stays
// when it is lowered.
const peakHeadroom = 1.15

// bounded is a sizing within the guard rails.
type bounded struct {
	target, step Setting
	raise        bool // something is asked for beyond the present setting
	held         bool // a lowering was due and the guard rails forbid it
	reasons      []string
}

// rail is what bounds one resource of one container.
type rail[T ~int64] struct {
	name       string
	show       func(T) string
	round      func(T) T
	floor      T
	maxCut     float64
	minShare   float64
	minTotal   T
	replicas   int
	lowerLimit bool
	guaranteed bool
	// least is a bound from below with its reason, or 0.
	least    T
	leastWhy string
	// leastLimit is what a limit is not lowered below.
	leastLimit T
	// noLowering is why the request must not go down, or "".
	noLowering string
}

// outcome is one resource's part of a bounded sizing; nil is unset.
type outcome[T ~int64] struct {
	targetRequest, targetLimit *T
	stepRequest, stepLimit     *T
	raise, held                bool
	reasons                    []string
}

// bound applies the policy to a sizing; peak is the largest memory usage seen. Which promises it keeps: a memory
// limit is never lowered and a CPU limit keeps its value unless the policy
// says otherwise; a raise that exceeds a limit raises the limit with it; a
// Guaranteed pod stays Guaranteed; one step cuts no more than the policy's
// share; no change smaller than is worth a restart; no limit is added or
// removed.
func bound(current Setting, s Sizing, c *cluster.Container, p Policy, guaranteed bool, replicas int, peak unit.Bytes) bounded {
	cpu := rail[unit.MilliCPU]{
		name: "CPU", show: unit.MilliCPU.Compact, round: roundCPU, floor: p.CPUFloor, maxCut: p.MaxCPUCut,
		minShare: p.MinShare, minTotal: p.MinCPU, replicas: replicas, lowerLimit: p.LowerCPULimits, guaranteed: guaranteed,
	}
	memory := rail[unit.Bytes]{
		name: "memory", show: unit.Bytes.Compact, round: roundMemory, floor: p.MemoryFloor, maxCut: p.MaxMemoryCut,
		minShare: p.MinShare, minTotal: p.MinMemory, replicas: replicas, lowerLimit: p.LowerMemoryLimits, guaranteed: guaranteed,
	}
	memory.leastLimit = roundMemory(unit.BytesOf(float64(peak) * peakHeadroom))
	if h := c.Heap; h.Runtime != "" {
		most := h.Max
		if most == 0 && h.Percent > 0 && current.Limit.Memory != nil {
			most = unit.BytesOf(float64(*current.Limit.Memory) * h.Percent / 100)
		}
		if most > 0 {
			memory.least = unit.BytesOf(float64(most) * heapHeadroom)
			if limit := current.Limit.Memory; limit != nil {
				memory.least = min(memory.least, *limit)
			}
			memory.leastWhy = fmt.Sprintf("memory stays above the %s heap's bound of %s plus a quarter (%s)", h.Runtime, most.Compact(), h.Sign)
		} else {
			memory.noLowering = fmt.Sprintf("a %s heap whose bound is not visible keeps what it once took (%s)", h.Runtime, h.Sign)
		}
	}
	a := cpu.bound(current.Request.CPU, current.Limit.CPU, s.Request.CPU, s.Limit.CPU)
	b := memory.bound(current.Request.Memory, current.Limit.Memory, s.Request.Memory, s.Limit.Memory)
	return bounded{
		target:  Setting{cluster.Resources{CPU: a.targetRequest, Memory: b.targetRequest}, cluster.Resources{CPU: a.targetLimit, Memory: b.targetLimit}},
		step:    Setting{cluster.Resources{CPU: a.stepRequest, Memory: b.stepRequest}, cluster.Resources{CPU: a.stepLimit, Memory: b.stepLimit}},
		raise:   a.raise || b.raise,
		held:    a.held || b.held,
		reasons: append(a.reasons, b.reasons...),
	}
}

func (r *rail[T]) bound(request, limit, wantRequest, wantLimit *T) outcome[T] {
	keep := outcome[T]{targetRequest: request, targetLimit: limit, stepRequest: request, stepLimit: limit}
	if wantRequest == nil {
		return keep // no strategy removes a request
	}
	have := request
	if have == nil {
		have = limit // what Kubernetes sets a missing request to
	}
	target := *wantRequest
	if have == nil || target < *have {
		// Floors keep a lowering from going too far; they raise nothing.
		least := max(r.floor, r.least)
		if have != nil {
			least = min(least, *have)
		}
		if target < least && r.least > r.floor {
			keep.reasons = append(keep.reasons, r.leastWhy)
		}
		target = max(target, least)
	}
	target = r.round(target)
	if have == nil {
		// Nothing is asked for now: any request is an addition.
		keep.targetRequest, keep.stepRequest, keep.raise = &target, &target, true
		keep.reasons = append(keep.reasons, "no "+r.name+" request is set: the scheduler counts this container as nothing")
		return keep
	}
	if target < *have {
		return r.lower(keep, *have, limit, target)
	}
	return r.raise(keep, *have, request, limit, wantLimit, target)
}

func (r *rail[T]) lower(o outcome[T], have T, limit *T, target T) outcome[T] {
	if !r.worth(have-target, have) {
		return o
	}
	if r.noLowering != "" {
		o.held = true
		o.reasons = append(o.reasons, "held: "+r.noLowering)
		return o
	}
	step := target
	if least := r.round(T(float64(have) * (1 - r.maxCut))); step < least {
		step = least
		o.reasons = append(o.reasons, fmt.Sprintf("this step takes at most %s of the %s request; the target is %s", unit.Percent(r.maxCut), r.name, r.show(target)))
	}
	if r.guaranteed && !r.lowerLimit {
		o.held, o.targetRequest = true, &target
		o.reasons = append(o.reasons, "held: the pod is Guaranteed, so its "+r.name+" limit would have to go down with the request (--lower-limits)")
		return o
	}
	o.targetRequest, o.stepRequest = &target, &step
	if limit != nil && r.lowerLimit {
		// The ratio of limit to request stays.
		ratio := float64(*limit) / float64(have)
		t, s := r.round(T(float64(target)*ratio)), r.round(T(float64(step)*ratio))
		if r.guaranteed {
			t, s = target, step
		}
		// A limit below what was used is a kill that is known beforehand.
		t, s = min(*limit, max(t, r.leastLimit)), min(*limit, max(s, r.leastLimit))
		if r.guaranteed {
			o.targetRequest, o.stepRequest = &t, &s
		}
		o.targetLimit, o.stepLimit = &t, &s
	}
	return o
}

func (r *rail[T]) raise(o outcome[T], have T, request, limit, wantLimit *T, target T) outcome[T] {
	newLimit := limit
	if limit != nil {
		l := max(*limit, target)
		if wantLimit != nil && *wantLimit > *limit {
			l = max(l, r.round(*wantLimit))
		}
		if r.guaranteed && l > *limit {
			target = l
		}
		newLimit = &l
	}
	grown := target - have
	if limit != nil {
		grown = max(grown, *newLimit-*limit)
	}
	if grown <= 0 || float64(grown) < r.minShare*float64(have) {
		return o
	}
	if limit != nil && *newLimit > *limit {
		o.targetLimit, o.stepLimit = newLimit, newLimit
		o.reasons = append(o.reasons, fmt.Sprintf("the %s limit rises from %s to %s with it", r.name, r.show(*limit), r.show(*newLimit)))
	}
	if target > have || request != nil {
		o.targetRequest, o.stepRequest = &target, &target
	}
	o.raise = true
	return o
}

// worth reports whether taking less away is worth a restart.
func (r *rail[T]) worth(less, have T) bool {
	return float64(less) >= r.minShare*float64(have) && less*T(max(1, r.replicas)) >= r.minTotal
}

// roundCPU rounds up to 1m below a core and to 10m above: at most 1 %.
func roundCPU(v unit.MilliCPU) unit.MilliCPU {
	if v < 1000 {
		return v
	}
	return (v + 9) / 10 * 10
}

// roundMemory rounds up to 1 MiB below a GiB and to 8 MiB above: at most 1 %.
func roundMemory(v unit.Bytes) unit.Bytes {
	step := unit.MiB
	if v > unit.GiB {
		step = 8 * unit.MiB
	}
	return (v + step - 1) / step * step
}
