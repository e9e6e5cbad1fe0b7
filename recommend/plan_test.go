package recommend_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/recommend"
)

var (
	end    = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	window = usage.Window{Start: end.Add(-14 * 24 * time.Hour), End: end}
	webID  = cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "web"}
)

// wants is a strategy that asks for fixed amounts.
type wants struct {
	request, limit cluster.Resources
	not            bool
}

func (wants) Name() string  { return "wants" }
func (wants) About() string { return "asks for fixed amounts" }
func (s wants) Size(recommend.Case) (recommend.Sizing, bool) {
	return recommend.Sizing{Request: s.request, Limit: s.limit, Reasons: []string{"as asked"}}, !s.not
}

// amounts reads "250m/512Mi"; "-" is unset.
func amounts(t *testing.T, s string) cluster.Resources {
	t.Helper()
	var r cluster.Resources
	cpu, memory, _ := strings.Cut(s, "/")
	if cpu != "-" {
		v, err := unit.ParseMilliCPU(cpu)
		if err != nil {
			t.Fatal(err)
		}
		r.CPU = &v
	}
	if memory != "-" {
		v, err := unit.ParseBytes(memory)
		if err != nil {
			t.Fatal(err)
		}
		r.Memory = &v
	}
	return r
}

func text(r cluster.Resources) string {
	cpu, memory := "-", "-"
	if r.CPU != nil {
		cpu = r.CPU.Quantity()
	}
	if r.Memory != nil {
		memory = r.Memory.Quantity()
	}
	return cpu + "/" + memory
}

func report(w cluster.Workload, change ...func(*cluster.Snapshot)) *analyzer.Report {
	s := &cluster.Snapshot{Namespaces: []cluster.Namespace{{Name: w.ID.Namespace}}, Workloads: []cluster.Workload{w}}
	for _, c := range change {
		c(s)
	}
	s.Sort()
	return analyzer.Analyze(s, usage.None(window), pricing.NewBook("USD", nil, nil))
}

func workload(containers ...cluster.Container) cluster.Workload {
	return cluster.Workload{ID: webID, APIVersion: "apps/v1", Replicas: 2, Known: true, Containers: containers}
}

// TestGuardRails holds every strategy's answer to the promises that
// docs/methodology.md makes.
func TestGuardRails(t *testing.T) {
	for _, tc := range []struct {
		name           string
		request, limit string // now
		wantRequest    string // the strategy's
		wantLimit      string
		policy         func(*recommend.Policy)
		heap           cluster.HeapSign
		status         recommend.Status
		step, target   string // requests
		stepLimit      string
		raise          bool
		reason         string
	}{
		{
			name: "one step takes at most half of CPU and a quarter of memory", request: "2/4Gi", limit: "-/-", wantRequest: "200m/1Gi", wantLimit: "-/-",
			status: recommend.Proposed, step: "1/3Gi", target: "200m/1Gi", stepLimit: "-/-", reason: "this step takes at most 50% of the CPU request",
		},
		{
			name: "limits keep their absolute values", request: "2/4Gi", limit: "4/4Gi", wantRequest: "1500m/3584Mi", wantLimit: "-/3584Mi",
			status: recommend.Proposed, step: "1500m/3584Mi", target: "1500m/3584Mi", stepLimit: "4/4Gi",
		},
		{
			name: "no limit is added", request: "2/4Gi", limit: "-/-", wantRequest: "1500m/3584Mi", wantLimit: "-/3584Mi",
			status: recommend.Proposed, step: "1500m/3584Mi", target: "1500m/3584Mi", stepLimit: "-/-",
		},
		{
			name: "a raise is uncapped and takes the limit with it", request: "100m/256Mi", limit: "500m/512Mi", wantRequest: "900m/2Gi", wantLimit: "-/-",
			status: recommend.Proposed, step: "900m/2Gi", target: "900m/2Gi", stepLimit: "900m/2Gi", raise: true, reason: "memory limit rises from 512Mi to 2Gi",
		},
		{
			name: "lower limits when the policy says so, in proportion", request: "2/4Gi", limit: "4/8Gi", wantRequest: "1/3Gi", wantLimit: "-/-",
			policy: func(p *recommend.Policy) { p.LowerCPULimits, p.LowerMemoryLimits = true, true },
			status: recommend.Proposed, step: "1/3Gi", target: "1/3Gi", stepLimit: "2/6Gi",
		},
		{
			name: "a Guaranteed pod is not lowered", request: "2/4Gi", limit: "2/4Gi", wantRequest: "1/3Gi", wantLimit: "-/-",
			status: recommend.Held, step: "2/4Gi", target: "1/3Gi", stepLimit: "2/4Gi", reason: "held: the pod is Guaranteed",
		},
		{
			name: "a Guaranteed pod stays Guaranteed when raised", request: "1/1Gi", limit: "1/1Gi", wantRequest: "2/2Gi", wantLimit: "-/-",
			status: recommend.Proposed, step: "2/2Gi", target: "2/2Gi", stepLimit: "2/2Gi", raise: true,
		},
		{
			name: "a Guaranteed pod lowered by policy stays Guaranteed", request: "2/4Gi", limit: "2/4Gi", wantRequest: "1500m/3Gi", wantLimit: "-/-",
			policy: func(p *recommend.Policy) { p.LowerCPULimits, p.LowerMemoryLimits = true, true },
			status: recommend.Proposed, step: "1500m/3Gi", target: "1500m/3Gi", stepLimit: "1500m/3Gi",
		},
		{
			name: "a heap that cannot be seen holds memory, not CPU", request: "2/4Gi", limit: "-/-", wantRequest: "1500m/1Gi", wantLimit: "-/-",
			heap:   cluster.HeapSign{Runtime: "jvm", Sign: "image eclipse-temurin"},
			status: recommend.Proposed, step: "1500m/4Gi", target: "1500m/4Gi", stepLimit: "-/-", reason: "a jvm heap whose bound is not visible",
		},
		{
			name: "memory stays above a heap's bound and a quarter", request: "2/4Gi", limit: "-/-", wantRequest: "2/1Gi", wantLimit: "-/-",
			heap:   cluster.HeapSign{Runtime: "jvm", Max: 2560 * unit.MiB, Sign: "-Xmx"},
			status: recommend.Proposed, step: "2/3200Mi", target: "2/3200Mi", stepLimit: "-/-", reason: "stays above the jvm heap's bound of 2.5Gi",
		},
		{
			name: "a heap bounded by a share of the limit", request: "2/4Gi", limit: "-/4Gi", wantRequest: "2/1Gi", wantLimit: "-/-",
			heap:   cluster.HeapSign{Runtime: "jvm", Percent: 50, Sign: "-XX:MaxRAMPercentage"},
			status: recommend.Proposed, step: "2/3Gi", target: "2/2560Mi", stepLimit: "-/4Gi", reason: "stays above the jvm heap's bound of 2Gi",
		},
		{
			name: "a heap's headroom does not raise the limit", request: "2/4Gi", limit: "-/4Gi", wantRequest: "2/1Gi", wantLimit: "-/-",
			heap:   cluster.HeapSign{Runtime: "jvm", Max: 4 * unit.GiB, Sign: "-Xmx"},
			status: recommend.Keep, step: "2/4Gi", target: "2/4Gi", stepLimit: "-/4Gi",
		},
		{
			name: "a change of less than a tenth is none", request: "1/1Gi", limit: "-/-", wantRequest: "950m/1000Mi", wantLimit: "-/-",
			status: recommend.Keep, step: "1/1Gi", target: "1/1Gi", stepLimit: "-/-",
		},
		{
			name: "a change of a few millicores over all replicas is none", request: "20m/64Mi", limit: "-/-", wantRequest: "10m/60Mi", wantLimit: "-/-",
			status: recommend.Keep, step: "20m/64Mi", target: "20m/64Mi", stepLimit: "-/-",
		},
		{
			name: "floors", request: "500m/512Mi", limit: "-/-", wantRequest: "0m/1", wantLimit: "-/-",
			policy: func(p *recommend.Policy) { p.MaxCPUCut, p.MaxMemoryCut = 1, 1 },
			status: recommend.Proposed, step: "10m/32Mi", target: "10m/32Mi", stepLimit: "-/-",
		},
		{
			name: "a floor raises nothing", request: "1m/16Mi", limit: "-/-", wantRequest: "1m/6Mi", wantLimit: "-/-",
			status: recommend.Keep, step: "1m/16Mi", target: "1m/16Mi", stepLimit: "-/-",
		},
		{
			name: "a heap's bound raises nothing", request: "2/512Mi", limit: "-/4Gi", wantRequest: "2/300Mi", wantLimit: "-/-",
			heap:   cluster.HeapSign{Runtime: "jvm", Max: 3 * unit.GiB, Sign: "-Xmx"},
			status: recommend.Keep, step: "2/512Mi", target: "2/512Mi", stepLimit: "-/4Gi",
		},
		{
			name: "a missing request is an addition", request: "-/-", limit: "-/-", wantRequest: "150m/256Mi", wantLimit: "-/-",
			status: recommend.Proposed, step: "150m/256Mi", target: "150m/256Mi", stepLimit: "-/-", raise: true, reason: "no CPU request is set",
		},
		{
			name: "a missing request counts as its limit", request: "-/-", limit: "1/1Gi", wantRequest: "950m/1Gi", wantLimit: "-/-",
			status: recommend.Keep, step: "-/-", target: "-/-", stepLimit: "1/1Gi",
		},
		{
			name: "amounts are rounded up by at most 1 %", request: "9/9Gi", limit: "-/-", wantRequest: "6001m/7000000000", wantLimit: "-/-",
			status: recommend.Proposed, step: "6010m/6912Mi", target: "6010m/6680Mi", stepLimit: "-/-",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := recommend.DefaultPolicy()
			if tc.policy != nil {
				tc.policy(&p)
			}
			c := cluster.Container{Name: "app", Request: amounts(t, tc.request), Limit: amounts(t, tc.limit), Heap: tc.heap}
			s := wants{request: amounts(t, tc.wantRequest), limit: amounts(t, tc.wantLimit)}
			r := recommend.Plan(report(workload(c)), s, p)[0]
			type outcome struct {
				Status                  recommend.Status
				Step, Target, StepLimit string
				Raise                   bool
			}
			want := outcome{tc.status, tc.step, tc.target, tc.stepLimit, tc.raise}
			got := outcome{r.Status, text(r.Proposed.Request), text(r.Target.Request), text(r.Proposed.Limit), r.Raise}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s\nreasons: %q", d, r.Reasons)
			}
			if tc.reason != "" && !slices.ContainsFunc(r.Reasons, func(s string) bool { return strings.Contains(s, tc.reason) }) {
				t.Errorf("no reason says %q: %q", tc.reason, r.Reasons)
			}
		})
	}
}

func TestHolds(t *testing.T) {
	plain := func(*cluster.Workload, *cluster.Snapshot) {}
	for _, tc := range []struct {
		name   string
		change func(*cluster.Workload, *cluster.Snapshot)
		policy func(*recommend.Policy)
		reason string // "" where the change is proposed
	}{
		{"nothing in the way", plain, nil, ""},
		{"HPA on CPU", func(w *cluster.Workload, _ *cluster.Snapshot) {
			w.Autoscalers = []cluster.Autoscaler{{Kind: "HorizontalPodAutoscaler", Name: "web", CPU: true}}
		}, nil, "scales on a share of the request"},
		{"KEDA on a queue", func(w *cluster.Workload, _ *cluster.Snapshot) {
			w.Autoscalers = []cluster.Autoscaler{{Kind: "ScaledObject", Name: "web"}}
		}, nil, "changes the number of replicas"},
		{"VPA that updates", func(w *cluster.Workload, _ *cluster.Snapshot) {
			w.Autoscalers = []cluster.Autoscaler{{Kind: "VerticalPodAutoscaler", Name: "web", CPU: true, Memory: true, Updates: true}}
		}, nil, "sets the requests itself"},
		{"VPA that only recommends", func(w *cluster.Workload, _ *cluster.Snapshot) {
			w.Autoscalers = []cluster.Autoscaler{{Kind: "VerticalPodAutoscaler", Name: "web", CPU: true, Memory: true}}
		}, nil, ""},
		{"LimitRange", func(_ *cluster.Workload, s *cluster.Snapshot) { s.Namespaces[0].LimitRanges = []string{"caps"} }, nil, "LimitRange caps"},
		{"quota", func(_ *cluster.Workload, s *cluster.Snapshot) { s.Namespaces[0].Quotas = []string{"team"} }, nil, "ResourceQuota team"},
		{"owner's word", func(w *cluster.Workload, _ *cluster.Snapshot) { w.Ignore = true }, nil, "trimtab.dev/ignore"},
		{"namespace owner's word", func(_ *cluster.Workload, s *cluster.Snapshot) { s.Namespaces[0].Ignore = true }, nil, "trimtab.dev/ignore"},
		{"monthly peak", func(w *cluster.Workload, _ *cluster.Snapshot) { w.Peak = "monthly" }, nil, "window is 14 days"},
		{"operator", func(w *cluster.Workload, _ *cluster.Snapshot) { w.OwnedBy = "PostgresCluster/main" }, nil, "PostgresCluster/main owns"},
		{"operator, asked for", func(w *cluster.Workload, _ *cluster.Snapshot) { w.OwnedBy = "PostgresCluster/main" }, func(p *recommend.Policy) { p.Operators = true }, ""},
		{"single stateful", func(w *cluster.Workload, _ *cluster.Snapshot) { w.ID.Kind, w.Replicas = "StatefulSet", 1 }, nil, "StatefulSet of one replica"},
		{"single stateful, asked for", func(w *cluster.Workload, _ *cluster.Snapshot) { w.ID.Kind, w.Replicas = "StatefulSet", 1 }, func(p *recommend.Policy) { p.SingleStateful = true }, ""},
		{"kube-system", func(w *cluster.Workload, s *cluster.Snapshot) {
			w.ID.Namespace, s.Namespaces[0].Name = "kube-system", "kube-system"
		}, nil, "kube-system is left alone"},
		{"bare pod", func(w *cluster.Workload, _ *cluster.Snapshot) { w.ID.Kind = "Pod" }, nil, "a Pod cannot be changed where it is"},
		{"unknown kind", func(w *cluster.Workload, _ *cluster.Snapshot) { w.ID.Kind, w.Known = "Widget", false }, nil, "pod template of a Widget"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := workload(cluster.Container{Name: "app", Request: amounts(t, "2/4Gi")})
			p := recommend.DefaultPolicy()
			if tc.policy != nil {
				tc.policy(&p)
			}
			s := &cluster.Snapshot{Namespaces: []cluster.Namespace{{Name: "shop"}}}
			tc.change(&w, s)
			s.Workloads = []cluster.Workload{w}
			s.Sort()
			r := recommend.Plan(analyzer.Analyze(s, usage.None(window), pricing.NewBook("USD", nil, nil)), wants{request: amounts(t, "1500m/3584Mi")}, p)[0]
			if tc.reason == "" {
				if r.Status != recommend.Proposed {
					t.Fatalf("status %s: %q", r.Status, r.Reasons)
				}
				return
			}
			if r.Status != recommend.Held || !strings.Contains(fmt.Sprint(r.Reasons), tc.reason) {
				t.Errorf("status %s, reasons %q; want held with %q", r.Status, r.Reasons, tc.reason)
			}
			if text(r.Proposed.Request) != "2/4Gi" || text(r.Target.Request) != "1500m/3584Mi" || r.FreedCPU != 0 {
				t.Errorf("held, but proposes %s towards %s and frees %s", text(r.Proposed.Request), text(r.Target.Request), r.FreedCPU)
			}
		})
	}
}

func TestPlanFreesOverAllReplicasAndRanksRaisesFirst(t *testing.T) {
	low := workload(cluster.Container{Name: "app", Request: amounts(t, "100m/4Gi")})
	low.ID.Name = "starved"
	high := workload(cluster.Container{Name: "app", Request: amounts(t, "2/4Gi")})
	recs := recommend.Plan(report(high, func(s *cluster.Snapshot) { s.Workloads = append(s.Workloads, low) }),
		wants{request: amounts(t, "1500m/4Gi")}, recommend.DefaultPolicy())
	if recs[0].Workload.Name != "starved" || !recs[0].Raise {
		t.Errorf("the raise must come first, got %s", recs[0].Workload)
	}
	if got := recs[1].FreedCPU; got != 1000 {
		t.Errorf("freed %s over two replicas, want 1", got)
	}
	if recs[1].Freed != nil {
		t.Errorf("freed %s an hour on nodes without a price", recs[1].Freed)
	}
	if recs[0].QOSBefore != "Burstable" {
		t.Errorf("QoS class %q", recs[0].QOSBefore)
	}
}

func TestInsufficientDataIsAStatus(t *testing.T) {
	r := recommend.Plan(report(workload(cluster.Container{Name: "app", Request: amounts(t, "2/4Gi")})), wants{not: true}, recommend.DefaultPolicy())[0]
	if r.Status != recommend.InsufficientData || text(r.Proposed.Request) != "2/4Gi" || r.Confidence.Grade != "D" {
		t.Errorf("%+v", r)
	}
}

// A kill that only the pod's status shows is evidence too.
func TestLiveOOMKillCounts(t *testing.T) {
	r := report(workload(cluster.Container{Name: "app", Request: amounts(t, "2/4Gi")}), func(s *cluster.Snapshot) {
		s.Pods = []cluster.Pod{{Namespace: "shop", Name: "web-1", Workload: webID, Containers: []cluster.PodContainer{
			{Name: "app", Restarts: 3, LastTermination: &cluster.Termination{Reason: "OOMKilled", At: end.Add(-time.Hour)}},
		}}}
	})
	e := recommend.Plan(r, wants{}, recommend.DefaultPolicy())[0].Usage.Events
	if e.OOMKills != 1 || e.Restarts != 3 || e.Known || !e.LastOOM.Equal(end.Add(-time.Hour)) {
		t.Errorf("%+v", e)
	}
}

// A kill is answered once: pods that began after it have what was changed
// since.
func TestOneKillRaisesOnce(t *testing.T) {
	for _, tc := range []struct {
		name  string
		began time.Time
		want  bool
	}{
		{"the killed pod still runs", end.Add(-72 * time.Hour), true},
		{"all pods began after the kill", end.Add(-24 * time.Hour), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := cluster.Container{Name: "app", Request: amounts(t, "2/4Gi"), Limit: amounts(t, "-/4Gi")}
			s := &cluster.Snapshot{
				Namespaces: []cluster.Namespace{{Name: "shop"}}, Workloads: []cluster.Workload{workload(c)},
				Pods: []cluster.Pod{{Namespace: "shop", Name: "web-1", Node: "n", Phase: "Running", Workload: webID, CreatedAt: tc.began}},
			}
			s.Sort()
			u := usage.None(window)
			u.Containers[cluster.ContainerID{Workload: webID, Container: "app"}] = &usage.History{
				Events: usage.Events{Known: true, OOMKills: 1, LastOOM: end.Add(-48 * time.Hour)},
			}
			var got *unit.Bytes
			recommend.Plan(analyzer.Analyze(s, u, pricing.NewBook("USD", nil, nil)), sees(func(c recommend.Case) { got = c.OOMLimit }), recommend.DefaultPolicy())
			if (got != nil) != tc.want {
				t.Errorf("the strategy is told of a kill at %v, want %v", got, tc.want)
			}
		})
	}
}

// sees is a strategy that looks at its cases.
type sees func(recommend.Case)

func (sees) Name() string  { return "sees" }
func (sees) About() string { return "looks at its cases" }
func (s sees) Size(c recommend.Case) (recommend.Sizing, bool) {
	s(c)
	return recommend.Sizing{}, false
}

// A limit that may be lowered stays above what was used.
func TestLoweredLimitStaysAboveThePeak(t *testing.T) {
	c := cluster.Container{Name: "app", Request: amounts(t, "2/1Gi"), Limit: amounts(t, "-/1Gi")}
	s := &cluster.Snapshot{Namespaces: []cluster.Namespace{{Name: "shop"}}, Workloads: []cluster.Workload{workload(c)}}
	s.Sort()
	peak := usage.PodUsage{Pod: "web-1"}
	peak.Dist.AddN(float64(800*unit.MiB), 100)
	u := usage.None(window)
	u.Containers[cluster.ContainerID{Workload: webID, Container: "app"}] = &usage.History{Memory: usage.Series{Pods: []usage.PodUsage{peak}}}
	p := recommend.DefaultPolicy()
	p.LowerMemoryLimits, p.MaxMemoryCut = true, 1
	r := recommend.Plan(analyzer.Analyze(s, u, pricing.NewBook("USD", nil, nil)), wants{request: amounts(t, "2/300Mi")}, p)[0]
	if got, want := text(r.Proposed.Limit), "-/920Mi"; got != want {
		t.Errorf("limit %s, want %s: 800Mi were used", got, want)
	}
}
