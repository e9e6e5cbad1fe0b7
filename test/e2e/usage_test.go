package e2e

import (
	"math"
	"slices"
	"testing"
)

// bucket is how wide the program's histograms are: a quantile may be that far
// off the sample it stands for.
const bucket = 0.02

// At scrape resolution the p95 of CPU is the worst replica's, within 2 %, and
// the maximum of memory is exact, for every container.
func TestUsageAtScrapeResolution(t *testing.T) {
	raw := rawTruth(t)
	report := scraped(t)
	worstError := map[string]float64{}
	note := func(what string, off float64) { worstError[what] = max(worstError[what], math.Abs(off)) }
	checked, few := 0, 0
	for i := range report.Recommendations {
		r := &report.Recommendations[i]
		u, pods := &r.Usage, raw[r.id()]
		samples := 0
		for j := range pods {
			samples += len(pods[j].cpu)
		}
		if u.Samples != samples {
			t.Errorf("%s: %d samples, there are %d", r.id(), u.Samples, samples)
		}
		enough := hasQuantiles(pods, cpuOf) && hasQuantiles(pods, memoryOf)
		if known := u.CPU != nil && u.Memory != nil; known != enough {
			t.Errorf("%s: usage is known: %v, its best pod has %d of %d samples", r.id(), known, most(pods), leastForQuantiles)
		}
		if u.CPU == nil || u.Memory == nil {
			few++
			continue
		}
		checked++
		if u.StepSeconds != 30 {
			t.Errorf("%s: a sample stands for %d s, the scrape interval is 30 s", r.id(), u.StepSeconds)
		}
		if u.Pods != len(pods) {
			t.Errorf("%s: %d pods measured, there were %d", r.id(), u.Pods, len(pods))
		}
		if days := 14; u.Days > days {
			t.Errorf("%s: %d days in a window of %d", r.id(), u.Days, days)
		}
		for _, q := range []struct {
			name string
			rank float64
			got  string
			of   func(*podTruth) []float64
		}{
			{"CPU p50", 0.50, u.CPU.P50, cpuOf},
			{"CPU p95", 0.95, u.CPU.P95, cpuOf},
			{"CPU p99", 0.99, u.CPU.P99, cpuOf},
			{"memory p50", 0.50, u.Memory.P50, memoryOf},
			{"memory p95", 0.95, u.Memory.P95, memoryOf},
			{"memory p99", 0.99, u.Memory.P99, memoryOf},
		} {
			want, _ := worst(pods, q.of, q.rank, fewSamples)
			got := amount(t, q.got)
			off := got/want - 1
			note(q.name, off)
			// The report rounds up to whole microcores and bytes.
			if math.Abs(off) > bucket && math.Abs(got-want) > 2e-6 {
				t.Errorf("%s: %s is %s, of the raw samples it is %.6g: %+.2f %%", r.id(), q.name, q.got, want, 100*off)
			}
		}
		if want, _ := worst(pods, memoryOf, 1, 0); amount(t, u.Memory.Max) != math.Ceil(want) {
			t.Errorf("%s: the maximum of memory is %s, of the raw samples it is %.1f", r.id(), u.Memory.Max, want)
		}
		if want, _ := worst(pods, cpuOf, 1, 0); math.Abs(amount(t, u.CPU.Max)-want) > 1e-6+1e-9*want {
			t.Errorf("%s: the maximum of CPU is %s, of the raw samples it is %.7f", r.id(), u.CPU.Max, want)
		}
	}
	if checked < 60 {
		t.Errorf("only %d containers have usage; the scenario has more", checked)
	}
	for what, off := range worstError {
		t.Logf("%s: at most %.3f %% off over %d containers", what, 100*off, checked)
	}
	t.Logf("%d containers have too few samples for quantiles", few)
}

// leastForQuantiles is how many samples some pod must have for its container to
// have quantiles.
const leastForQuantiles = 20

func hasQuantiles(pods []podTruth, of func(*podTruth) []float64) bool {
	return slices.ContainsFunc(pods, func(p podTruth) bool { return len(of(&p)) >= leastForQuantiles })
}

// most is the number of samples of the pod that has most.
func most(pods []podTruth) int {
	n := 0
	for i := range pods {
		n = max(n, len(pods[i].cpu))
	}
	return n
}
