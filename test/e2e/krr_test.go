package e2e

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

const mebi = 1 << 20

// krr is KRR's default formula, from the raw samples: CPU p95 of the worst pod
// as quantile_over_time has it, memory maximum plus 15 %, pods that are gone
// included, with KRR's floors.
func krr(pods []podTruth) (cpu, memory float64, ok bool) {
	cpu, ok = worst(pods, cpuOf, 0.95, 0)
	most, has := worst(pods, memoryOf, 1, 0)
	return max(cpu, 0.010), max(1.15*most, 100*mebi), ok && has
}

// roundings is how far rounding up may take an amount: 1m below a core and 10m
// above, 1 MiB below a GiB and 8 MiB above; before that a strategy rounds to 1m
// and 1 MiB by itself.
func roundings(resource string, v float64) float64 {
	switch {
	case resource == "cpu" && v < 1:
		return 0.001
	case resource == "cpu":
		return 0.011
	case v <= 1024*mebi-2*mebi:
		return 2 * mebi
	}
	return 9 * mebi
}

// krr-simple's target is the formula's, within one bucket and the rounding, for
// every container and resource that no guard rail binds; where one does, it says
// so, and the target is what the guard rail makes of the formula.
func TestKRRSimple(t *testing.T) {
	raw := rawTruth(t)
	report := scraped(t)
	var equal, kept, bound, insufficient int
	worstError := map[string]float64{}
	for i := range report.Recommendations {
		r := &report.Recommendations[i]
		if r.Strategy != "krr-simple" {
			t.Errorf("%s was sized by %q", r.id(), r.Strategy)
		}
		points := 0.0
		for _, p := range raw[r.id()] {
			points += float64(len(p.cpu)) * 30 / 75
		}
		cpu, memory, ok := krr(raw[r.id()])
		if enough := ok && points >= 100; enough != (r.Status != "insufficient-data") {
			t.Errorf("%s is %s with %.0f points of 75 s; the formula wants 100", r.id(), r.Status, points)
			continue
		}
		if r.Status == "insufficient-data" {
			insufficient++
			continue
		}
		for _, want := range []struct {
			resource, word string
			amount         float64
		}{{"cpu", "CPU", cpu}, {"memory", "memory", memory}} {
			got, ok := r.Target.Requests[want.resource]
			have, limit := r.Current.Requests[want.resource], r.Current.Limits[want.resource]
			effective := have
			if effective == "" {
				effective = limit
			}
			fits := false
			if ok {
				v := amount(t, got)
				low := want.amount * (1 - bucket)
				high := want.amount*(1+bucket) + roundings(want.resource, v)
				if want.resource == "memory" {
					// The maximum is exact, so nothing but rounding is left.
					low, high = want.amount, want.amount+roundings(want.resource, v)
				}
				fits = v >= low && v <= high
				if fits {
					worstError[want.resource] = max(worstError[want.resource], math.Abs(v/want.amount-1))
				}
			}
			switch {
			case fits:
				equal++
			case got == have && effective != "" && unworthy(t, r, want.resource, amount(t, effective), want.amount):
				kept++
			case got == have && binds(r, want.word):
				bound++
			case ok && binds(r, want.word) && amount(t, got) > want.amount:
				// A heap's bound, or the limit of a Guaranteed pod.
				bound++
			default:
				t.Errorf("%s: the %s target is %q (now %q, limit %q), the formula says %.6g\n%s",
					r.id(), want.word, got, have, limit, want.amount, strings.Join(r.Reasons, "\n"))
			}
		}
	}
	t.Logf("targets: %d are the formula's, %d differ too little to be changed, %d are bound by a guard rail that is named; %d containers have too little data",
		equal, kept, bound, insufficient)
	for resource, off := range worstError {
		t.Logf("%s: at most %.2f %% off, rounding included", resource, 100*off)
	}
	if equal < 60 {
		t.Errorf("only %d targets are the formula's: this proves little", equal)
	}
}

// unworthy reports whether a change is too small by the documented bounds: a
// tenth of the request, or for a lowering 25m or 32 MiB over all replicas. A
// bucket decides where the change is at the edge.
func unworthy(t *testing.T, r *recommendation, resource string, have, want float64) bool {
	t.Helper()
	slack := bucket*want + roundings(resource, want)
	change := math.Abs(have - want)
	if change < 0.1*have+slack {
		return true
	}
	least := 0.025
	if resource == "memory" {
		least = 32 * mebi
	}
	return want < have && (change-slack)*float64(max(1, r.Workload.Replicas)) < least
}

// binds reports whether the reasons name a guard rail that holds the resource
// where it is or above the formula.
func binds(r *recommendation, resource string) bool {
	for _, reason := range r.Reasons {
		heap := resource == "memory" && strings.Contains(reason, "heap")
		guaranteed := strings.Contains(reason, "Guaranteed, so its "+resource+" limit")
		rises := strings.HasPrefix(reason, fmt.Sprintf("the %s limit rises", resource))
		if heap || guaranteed || rises {
			return true
		}
	}
	return false
}
