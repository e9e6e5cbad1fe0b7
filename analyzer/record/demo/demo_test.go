package demo_test

import (
	"os"
	"strings"
	"testing"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/record"
	"github.com/trimtab/trimtab/analyzer/record/demo"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

func open(t *testing.T) *record.File {
	t.Helper()
	f, err := demo.Open()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// plan is what `trimtab rightsize --from demo` computes.
func plan(t *testing.T) (*analyzer.Report, []recommend.Recommendation) {
	t.Helper()
	f := open(t)
	survey, err := f.Source().Usage(t.Context(), f.Snapshot(), f.Window(), nil)
	if err != nil {
		t.Fatal(err)
	}
	decide := func(u *usage.Usage) (*analyzer.Report, []recommend.Recommendation) {
		r := analyzer.Analyze(f.Snapshot(), u, f.Book())
		return r, recommend.Plan(r, rightsize.Balanced{}, recommend.DefaultPolicy())
	}
	_, recs := decide(survey)
	var order []cluster.ContainerID
	for i := range recs {
		if recs[i].Status == recommend.Proposed || recs[i].Raise {
			order = append(order, recs[i].ID())
		}
	}
	finer, err := f.Source().Refine(t.Context(), f.Snapshot(), survey, order, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	return decide(finer)
}

// TestShows counts what the demo is there to show: something true for every
// screen and every status.
func TestShows(t *testing.T) {
	r, recs := plan(t)
	has := map[string]int{}
	for i := range recs {
		rec := &recs[i]
		has[string(rec.Status)]++
		switch {
		case rec.Status == recommend.Proposed && rec.Raise:
			has["raise"]++
		case rec.Status == recommend.Proposed && rec.Freed != nil && *rec.Freed > 0:
			has["saving"]++
		}
		if rec.Usage.Events.OOMKills > 0 {
			has["OOM kill"]++
		}
		if t := rec.Usage.Events.ThrottledShare; t != nil && *t > 0.01 {
			has["throttled"]++
		}
	}
	s := r.Snapshot
	for i := range s.Workloads {
		w := &s.Workloads[i]
		has["workload"]++
		has["kind "+w.ID.Kind]++
		for _, a := range w.Autoscalers {
			has[a.Kind]++
		}
		for _, c := range w.Containers {
			if c.Sidecar {
				has["sidecar"]++
			}
			if c.Heap.Runtime != "" {
				has["heap"]++
			}
		}
		if w.OwnedBy != "" {
			has["operator"]++
		}
	}
	for i := range s.Pods {
		if s.Pods[i].Phase == "Pending" {
			t.Errorf("pod %s/%s is Pending", s.Pods[i].Namespace, s.Pods[i].Name)
		}
	}
	for _, n := range r.Allocation.Nodes {
		has["priced node"]++
		has[n.Key.CapacityType]++
		has[string(n.Price.Certainty)]++
	}
	has["unpriced node"] = len(r.Allocation.Unpriced)
	has["pool"] = len(s.NodePools)
	has["namespace"] = len(s.Namespaces)
	has["present sample"] = len(r.Usage.Present)

	for what, least := range map[string]int{
		"workload": 40, "priced node": 20, "proposed": 20, "raise": 5, "saving": 10, "held": 5, "keep": 1, "insufficient-data": 1,
		"OOM kill": 1, cluster.Spot: 1, cluster.OnDemand: 1, "pool": 3, "HorizontalPodAutoscaler": 1, "VerticalPodAutoscaler": 1,
		string(pricing.Estimate): 1, string(pricing.Exact): 1, "unpriced node": 1, "namespace": 10, "present sample": 100,
		"kind StatefulSet": 1, "kind DaemonSet": 1, "kind CronJob": 1, "kind Job": 1, "kind Pod": 1, "sidecar": 1, "heap": 1,
	} {
		if has[what] < least {
			t.Errorf("%d of %q, at least %d are wanted", has[what], what, least)
		}
	}
	t.Logf("%v", has)
}

// TestSize keeps the recording small enough to be part of the program.
func TestSize(t *testing.T) {
	info, err := os.Stat("shop.trimtab")
	if err != nil {
		t.Fatal(err)
	}
	if n := info.Size(); n >= 2<<20 {
		t.Errorf("the recording is %d bytes long, 2 MiB are allowed", n)
	}
}

// TestSays holds that nothing of the machine that recorded it is in it.
func TestSays(t *testing.T) {
	f := open(t)
	if s := f.Snapshot(); s.Name != "shop" || s.Context != "shop" {
		t.Errorf("the cluster is called %q, its context %q", s.Name, s.Context)
	}
	r, err := f.Recording(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Usage.Sources {
		if strings.Contains(s, "127.0.0.1") {
			t.Errorf("a source is called %q", s)
		}
	}
}
