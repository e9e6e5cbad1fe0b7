package e2e

import (
	"math"
	"strings"
	"testing"
)

// top is what kubectl top shows of containers, in cores and bytes, by
// namespace/pod and container.
func top(t *testing.T) map[string]map[string][2]float64 {
	t.Helper()
	out := make(map[string]map[string][2]float64)
	for line := range strings.Lines(shop.kubectl(t, "top", "pods", "-A", "--containers", "--no-headers")) {
		f := strings.Fields(line)
		if len(f) != 5 {
			t.Fatalf("reading kubectl top: %q", line)
		}
		pod := f[0] + "/" + f[1]
		if out[pod] == nil {
			out[pod] = make(map[string][2]float64)
		}
		out[pod][f[2]] = [2]float64{amount(t, f[3]), amount(t, f[4])}
	}
	return out
}

// Present usage is what kubectl top shows of the busiest replica. kubectl rounds
// CPU up to 1m and memory down to 1 MiB, the program does not; and metrics-server
// may have scraped between the two, which moves CPU by a percent at most, for the
// testbed's pods use the same all the time.
func TestPresentUsageAgreesWithTop(t *testing.T) {
	report := parseRightsize(t, shop.trimtab(t, "rightsize", "-o", "json", "--no-prometheus").stdout)
	shown := top(t)
	l := observe(t)
	busiest := make(map[containerID][2]float64)
	for pod, containers := range shown {
		for name, v := range containers {
			id := containerID{l.owner[pod], name}
			b := busiest[id]
			busiest[id] = [2]float64{max(b[0], v[0]), max(b[1], v[1])}
		}
	}
	checked := 0
	for i := range report.Recommendations {
		r := &report.Recommendations[i]
		if r.Workload.Kind == "CronJob" || r.Workload.Kind == "Job" {
			continue // their pods end
		}
		want, ok := busiest[r.id()]
		now := r.Usage.Present
		if !ok || now == nil {
			if ok != (now != nil) {
				t.Errorf("%s: kubectl top knows it: %v, present usage is known: %v", r.id(), ok, now != nil)
			}
			continue
		}
		checked++
		cpu, memory := amount(t, now.CPU), amount(t, now.Memory)
		if math.Abs(cpu-want[0]) > 0.001+0.01*want[0] || memory < want[1] || memory >= want[1]+mebi {
			t.Errorf("%s: present usage is %s and %s, kubectl top shows %.3f cores and %.0f Mi", r.id(), now.CPU, now.Memory, want[0], want[1]/mebi)
		}
	}
	if checked < 55 {
		t.Errorf("only %d containers have present usage", checked)
	}
	t.Logf("present usage of %d containers agrees with kubectl top, which lists %d pods", checked, len(shown))
}
