package cluster

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// The figures are those of real EKS nodes.
func TestAllocatable(t *testing.T) {
	tests := []struct {
		vcpu    int
		memory  float64
		maxPods int
		cpu     int64 // milli
		mem     int64 // MiB
	}{
		{2, 8 << 30, 29, 1930, 6903},
		{4, 16 << 30, 58, 3920, 14162},
		{8, 16 << 30, 58, 7910, 14162},
	}
	for _, tt := range tests {
		g := NodeGroup{VCPU: tt.vcpu, Memory: quantity(tt.memory), MaxPods: tt.maxPods}
		cpu, mem := g.allocatable()
		if cpu != tt.cpu || mem/mebi != tt.mem {
			t.Errorf("%d vCPU: %d m, %d MiB, want %d and %d", tt.vcpu, cpu, mem/mebi, tt.cpu, tt.mem)
		}
	}
}

func TestTargetTimes(t *testing.T) {
	s := &Scenario{Seed: 1}
	g := newTarget(s, "node", Duration(30*time.Second), 0)
	const from, to = 1_760_000_000_000, 1_760_000_000_000 + 4*3_600_000
	all := g.times(from, to)
	if len(all) != 4*120 {
		t.Fatalf("%d scrapes in four hours", len(all))
	}
	off := 0
	for i := 1; i < len(all); i++ {
		d := all[i] - all[i-1]
		if d < 29_980 || d > 30_020 {
			t.Errorf("%d ms between scrapes", d)
		}
		if d != 30_000 {
			off++
		}
	}
	if off == 0 {
		t.Error("no scrape is off the grid")
	}
	// Windows that touch give what one window gives.
	split := append(g.times(from, from+5_000_017), g.times(from+5_000_017, to)...)
	if len(split) != len(all) {
		t.Errorf("%d scrapes in two windows, %d in one", len(split), len(all))
	}
	g.gaps = []span{{from + 3_600_000, from + 7_200_000}}
	if n := len(g.times(from, to)); n != 3*120 {
		t.Errorf("%d scrapes with a gap of an hour", n)
	}
}

func TestSchedule(t *testing.T) {
	day := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	for line, want := range map[string]int{"15 */3 * * *": 8, "*/30 * * * *": 48, "30 2 * * *": 1, "0,20 4 * * *": 2, "5/20 1 * * *": 3} {
		s, err := parseSchedule(line)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(s.between(day, day.Add(24*time.Hour))); got != want {
			t.Errorf("%s: %d runs in a day, want %d", line, got, want)
		}
	}
	for _, line := range []string{"", "* * * *", "60 * * * *", "* 24 * * *", "*/0 * * * *", "a * * * *", "* * 1 * *"} {
		if _, err := parseSchedule(line); err == nil {
			t.Errorf("%q is accepted", line)
		}
	}
}

func TestLimitRangeDefaults(t *testing.T) {
	s, err := LoadScenario("shop")
	if err != nil {
		t.Fatal(err)
	}
	find := func(namespace, name string) *Workload {
		for i := range s.Workloads {
			if w := &s.Workloads[i]; w.Namespace == namespace && w.Name == name {
				return w
			}
		}
		t.Fatalf("no workload %s/%s", namespace, name)
		return nil
	}
	tests := []struct {
		namespace, name                   string
		request, limit                    string // of CPU
		memoryRequest, memoryLimit, class string
	}{
		{"checkout", "cart", "250m", "1", "256Mi", "512Mi", "burstable"},
		{"checkout", "tax", "500m", "500m", "512Mi", "512Mi", "guaranteed"},
		{"sandbox", "idle", "250m", "250m", "256Mi", "256Mi", "guaranteed"},
		{"search", "suggest", "0", "0", "0", "0", "besteffort"},
		{"storefront", "web", "800m", "0", "2Gi", "2Gi", "burstable"},
	}
	for _, tt := range tests {
		w := find(tt.namespace, tt.name)
		requests, limits := s.effective(w, &w.Containers[0])
		for what, got := range map[string][2]string{
			tt.request: {text(requests["cpu"]), tt.request}, tt.limit: {text(limits["cpu"]), tt.limit},
			tt.memoryRequest: {text(requests["memory"]), tt.memoryRequest}, tt.memoryLimit: {text(limits["memory"]), tt.memoryLimit},
		} {
			if got[0] != got[1] {
				t.Errorf("%s/%s: got %s, want %s", tt.namespace, tt.name, got[0], what)
			}
		}
		if got := s.qos(w); got != tt.class {
			t.Errorf("%s/%s is %s, want %s", tt.namespace, tt.name, got, tt.class)
		}
	}
}

func text(q Quantity) string { return q.String() }

// Every node and pod template of the scenarios can be made.
func TestObjects(t *testing.T) {
	for _, name := range ScenarioNames() {
		s, err := LoadScenario(name)
		if err != nil {
			t.Fatal(err)
		}
		names := make(map[string]bool)
		for _, n := range s.nodeObjects() {
			if names[n.Name] || n.Spec.ProviderID == "" || n.Status.Allocatable.Cpu().IsZero() {
				t.Errorf("%s: node %s is not right", name, n.Name)
			}
			names[n.Name] = true
		}
		for i := range s.Workloads {
			w := &s.Workloads[i]
			template := w.podTemplate()
			if len(template.Spec.Containers) != len(w.Containers) {
				t.Errorf("%s: %s has %d containers", name, w.ID(), len(template.Spec.Containers))
			}
			for _, c := range template.Spec.InitContainers {
				if c.RestartPolicy != nil && *c.RestartPolicy != corev1.ContainerRestartPolicyAlways {
					t.Errorf("%s: %s: restart policy %s", name, w.ID(), *c.RestartPolicy)
				}
			}
		}
	}
}
