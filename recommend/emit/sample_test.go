package emit

import (
	"errors"
	"fmt"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/allocate"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/change"
)

var at = time.Date(2026, 11, 9, 8, 30, 0, 0, time.FixedZone("CET", 3600))

func ptr[T any](v T) *T { return &v }

// res is a pair of amounts; -1 is unset, memory is in MiB.
func res(milli, mib int64) cluster.Resources {
	var r cluster.Resources
	if milli >= 0 {
		r.CPU = ptr(unit.MilliCPU(milli))
	}
	if mib >= 0 {
		r.Memory = ptr(unit.Bytes(mib) * unit.MiB)
	}
	return r
}

func set(cpu, mem, cpuLimit, memLimit int64) recommend.Setting {
	return recommend.Setting{Request: res(cpu, mem), Limit: res(cpuLimit, memLimit)}
}

func id(ns, kind, name string) cluster.WorkloadID {
	return cluster.WorkloadID{Namespace: ns, Kind: kind, Name: name}
}

func apiVersion(kind string) string {
	switch kind {
	case "CronJob", "Job":
		return "batch/v1"
	case "Pod", "ReplicationController":
		return "v1"
	case "Rollout":
		return "argoproj.io/v1alpha1"
	}
	return "apps/v1"
}

func workload(w cluster.WorkloadID, labels map[string]string, containers ...string) cluster.Workload {
	out := cluster.Workload{ID: w, APIVersion: apiVersion(w.Kind), Known: true, Replicas: 3, Labels: labels}
	for _, c := range containers {
		sidecar := c[0] == '+'
		if sidecar {
			c = c[1:]
		}
		out.Containers = append(out.Containers, cluster.Container{Name: c, Sidecar: sidecar})
	}
	return out
}

// report is a small cluster with a price of each certainty and none.
func report() *analyzer.Report {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	catalog := pricing.Price{Rate: 96_000_000, Source: "catalog", AsOf: day(1), Certainty: pricing.Exact}
	spot := pricing.Price{Rate: 41_300_000, Source: "aws spot history", AsOf: day(9), Certainty: pricing.Estimate, Error: 0.08, Basis: "median of 7 days"}
	od := pricing.Key("eu-west-1", "eu-west-1a", "m5.large", "on-demand")
	sp := pricing.Key("eu-west-1", "eu-west-1b", "m5.large", "spot")
	book := pricing.NewBook("USD", map[pricing.OfferingKey]pricing.Price{od: catalog, sp: spot}, nil)
	shop := map[string]string{"team": "shop"}
	s := &cluster.Snapshot{
		TakenAt: at, Name: "prod", Version: "v1.35.4", Region: "eu-west-1",
		Nodes: []cluster.Node{{Name: "ip-10-0-0-1", Zone: "eu-west-1a"}, {Name: "ip-10-0-0-2", Zone: "eu-west-1b"}, {Name: "ip-10-0-0-3"}},
		Workloads: []cluster.Workload{
			workload(id("shop", "Deployment", "checkout"), shop, "istio", "app", "logs"),
			workload(id("shop", "StatefulSet", "db"), shop, "+proxy", "postgres"),
			workload(id("shop", "Rollout", "web.v2"), shop, "app", "nginx"),
			workload(id("batch", "CronJob", "report"), nil, "job"),
			workload(id("batch", "Job", "once"), nil, "job"),
			workload(id("kube-system", "DaemonSet", "cni"), nil, "cni"),
		},
		Pods: []cluster.Pod{
			{Namespace: "shop", Name: "checkout-1", Workload: id("shop", "Deployment", "checkout"), Node: "ip-10-0-0-1", Phase: "Running"},
			{Namespace: "shop", Name: "checkout-2", Workload: id("shop", "Deployment", "checkout"), Node: "ip-10-0-0-2", Phase: "Running"},
			{Namespace: "shop", Name: "db-0", Workload: id("shop", "StatefulSet", "db"), Node: "ip-10-0-0-1", Phase: "Running"},
		},
	}
	s.Sort()
	return &analyzer.Report{
		Snapshot: s,
		Usage:    &usage.Usage{Window: usage.Window{Start: day(9).AddDate(0, 0, -14), End: day(9)}},
		Book:     book,
		Allocation: &allocate.Allocation{
			Currency: "USD", Total: 137_300_000, Idle: 51_300_000, Overhead: 6_000_000,
			Workloads: []allocate.WorkloadCost{
				{ID: id("batch", "CronJob", "report"), Rate: 1_000_000, Pods: 1},
				{ID: id("shop", "Deployment", "checkout"), Rate: 57_777_777, Pods: 3},
				{ID: id("shop", "StatefulSet", "db"), Rate: 21_222_223, Pods: 1},
			},
			Nodes: []allocate.NodeCost{
				{Name: "ip-10-0-0-1", Key: od, Pool: "general", Price: catalog, Rate: 96_000_000, Allocated: 60_000_000, Idle: 33_000_000, Overhead: 3_000_000},
				{Name: "ip-10-0-0-2", Key: sp, Price: spot, Rate: 41_300_000, Allocated: 20_000_000, Idle: 18_300_000, Overhead: 3_000_000},
			},
			Unpriced: []allocate.Unpriced{{Name: "ip-10-0-0-3", Why: "no source knows x9.huge on-demand eu-west-1"}},
		},
		Warnings: []error{
			hint.New("reading nodes.metrics.k8s.io: forbidden", "Ask for get and list on nodes.metrics.k8s.io."),
			fmt.Errorf("asking aws price list for prices: %w", errors.New("no credentials")),
		},
	}
}

func rec(w cluster.WorkloadID, container string, status recommend.Status, from, to recommend.Setting) recommend.Recommendation {
	return recommend.Recommendation{
		Workload: w, Object: change.Object{APIVersion: apiVersion(w.Kind), Kind: w.Kind, Namespace: w.Namespace, Name: w.Name},
		Replicas: 3, Container: container, Status: status, Strategy: "ours", Current: from, Proposed: to, Target: to,
		Reasons: []string{"p99 of the worst replica plus 15 % is 230m"},
		Usage: recommend.Evidence{
			CPU:     recommend.Quantiles{P50: 0.000312, P95: 0.12, P99: 0.2, Max: 0.4501234, Known: true},
			Memory:  recommend.Quantiles{P50: 200 << 20, P95: 300.5 * (1 << 20), P99: 301<<20 + 1, Max: 412 << 20, Known: true},
			Samples: 20160, Step: time.Minute, Days: 14, Coverage: 0.97, Pods: 5,
			Events: usage.Events{Known: true, OOMKills: 1, Restarts: 4, LastOOM: at.AddDate(0, 0, -3)},
		},
		Confidence: recommend.Confidence{Grade: "B", Reasons: []string{"14 days of 14", "one kill in the window"}},
	}
}

// recs has one of each thing that a format has to tell apart.
func recs() []recommend.Recommendation {
	checkout := rec(id("shop", "Deployment", "checkout"), "app", recommend.Proposed, set(1000, 1024, 2000, 2048), set(500, 768, -1, 2048))
	checkout.FreedCPU, checkout.FreedMemory, checkout.Freed = 1500, 768*unit.MiB, ptr(unit.HourlyRate(56_438_356))
	checkout.Realisable = &recommend.Range{Low: 10_000_000, High: 50_000_000}
	checkout.Target = set(230, 512, -1, 2048)
	checkout.QOSBefore, checkout.QOSAfter = "Burstable", "Burstable"
	logs := rec(id("shop", "Deployment", "checkout"), "logs", recommend.Proposed, set(-1, -1, -1, -1), set(10, 64, -1, 128))
	logs.Reasons = []string{"nothing is asked for today\nkind: Evil | `rm` <b> @everyone", "a second reason that is long enough to need more than one line of a comment, since it says a lot of words"}
	raise := rec(id("shop", "StatefulSet", "db"), "postgres", recommend.Proposed, set(500, 512, -1, 512), set(500, 1024, -1, 1024))
	raise.Raise, raise.FreedMemory, raise.Freed = true, -512*unit.MiB, ptr(unit.HourlyRate(-4_000_000))
	proxy := rec(id("shop", "StatefulSet", "db"), "proxy", recommend.Proposed, set(200, 128, -1, -1), set(100, 96, -1, -1))
	proxy.Sidecar = true
	rollout := rec(id("shop", "Rollout", "web.v2"), "nginx", recommend.Proposed, set(1000, 256, -1, 512), set(500, 256, -1, -1))
	cron := rec(id("batch", "CronJob", "report"), "job", recommend.Proposed, set(4000, 2048, -1, -1), set(2000, 1536, -1, -1))
	job := rec(id("batch", "Job", "once"), "job", recommend.Proposed, set(4000, 2048, -1, -1), set(2000, 1536, -1, -1))
	held := rec(id("kube-system", "DaemonSet", "cni"), "cni", recommend.Held, set(100, -1, -1, -1), set(100, -1, -1, -1))
	held.Target, held.Reasons = set(50, 64, -1, -1), []string{"kube-system is left alone until asked for"}
	none := rec(id("shop", "Rollout", "web.v2"), "app", recommend.InsufficientData, set(100, 128, -1, -1), recommend.Setting{})
	none.Usage, none.Confidence, none.Reasons, none.Target = recommend.Evidence{}, recommend.Confidence{}, nil, recommend.Setting{}
	return []recommend.Recommendation{raise, checkout, cron, proxy, rollout, logs, job, held, none}
}

// backtests has a strategy that another beats, and one without memory.
func backtests() []recommend.Backtest {
	fits := func(v float64) []recommend.Fit {
		return []recommend.Fit{{Series: "web", Fold: 0, Value: v}, {Series: "=web", Fold: 3, Value: 1.5 * v}}
	}
	return []recommend.Backtest{
		{Resource: recommend.CPU, Series: 2, Scores: []recommend.Score{
			{Strategy: "kubecost-max", ViolationShare: 0.008, SlackShare: 0.863, Fits: fits(0.5)},
			{Strategy: "krr-simple", ViolationShare: 0.051, SlackShare: 0.561, Fits: fits(0.25)},
			{Strategy: "ours@0.05", ViolationShare: 0.05, SlackShare: 0.5, Fits: fits(0.2)},
		}},
		{Resource: recommend.Memory, Series: 1, Scores: []recommend.Score{
			{Strategy: "cast", ViolationShare: 0.0007, SlackShare: 0.207, Fits: fits(0.9)},
			{Strategy: "ours@0.05", Fits: fits(0)},
		}},
	}
}

// inputs are an input of each kind, and of each grouping, by name.
func inputs() map[string]*Input {
	r := report()
	label, _ := ParseGrouping("label:team")
	pool, _ := ParseGrouping("nodepool")
	other := []CostOther{{"control plane", 100_000_000}}
	unknown := pricing.OfferingKey{Region: "eu-west-1", InstanceType: "x9.huge", CapacityType: "on-demand"}
	return map[string]*Input{
		"cost":          {Kind: KindCost, Report: r, At: at, Other: other, Width: 100},
		"cost-label":    {Kind: KindCost, Report: r, At: at, Group: label, Width: 100},
		"cost-nodepool": {Kind: KindCost, Report: r, At: at, Group: pool, Width: 100},
		"rightsize":     {Kind: KindRightsize, Report: r, At: at, Recommendations: recs()},
		"backtest":      {Kind: KindBacktest, Report: r, At: at, Backtests: backtests(), Width: 100},
		"prices":        {Kind: KindPrices, Report: r, At: at, Offerings: append(r.Book.Keys(), unknown), Width: 100},
	}
}
