// Package screentest makes up clusters for the tests of the screens: the same
// size gives the same cluster, usage, prices and recommendations.
package screentest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/recommend"
)

// Size is how large a made-up cluster is.
type Size struct {
	Namespaces, Workloads int
	// MaxPods is the most pods of a workload, at least 1.
	MaxPods int
	// Nodes is how many nodes there are; one in sixteen has no price.
	Nodes int
	// Days is how long usage was measured; 0 measures nothing.
	Days int
}

// Small is the cluster of the golden screens.
func Small() Size { return Size{Namespaces: 12, Workloads: 60, MaxPods: 12, Nodes: 34, Days: 14} }

// Now is when every made-up cluster was read.
func Now() time.Time { return time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC) }

// Make makes up a cluster and what is recommended for it.
func Make(s Size) (*analyzer.Report, []recommend.Recommendation) {
	m := maker{Size: s, rng: rand.New(rand.NewPCG(7, uint64(s.Workloads)))}
	snap := m.snapshot()
	u := m.usage(snap)
	r := analyzer.Analyze(snap, u, m.book())
	recs := recommend.Plan(r, strategy{}, recommend.DefaultPolicy())
	reword(r, recs)
	return r, recs
}

// reword replaces the sentences that other packages write, so that a golden
// screen changes with the screens and with numbers, and not with a wording.
func reword(r *analyzer.Report, recs []recommend.Recommendation) {
	r.Warnings = append(r.Warnings[:0:0], r.Snapshot.Missing[0])
	r.Warnings = append(r.Warnings, r.Usage.Warnings...)
	r.Warnings = append(r.Warnings, r.Book.Warnings...)
	for i := range r.Allocation.Unpriced {
		u := &r.Allocation.Unpriced[i]
		u.Why, u.Hint = "no source knows a price of its type", "name a price in a sheet"
	}
	for i := range recs {
		rec := &recs[i]
		var own []string
		for _, reason := range rec.Reasons {
			if strings.HasPrefix(reason, "CPU: ") || strings.HasPrefix(reason, "memory: ") || rec.Status == recommend.InsufficientData {
				own = append(own, reason)
			}
		}
		switch rec.Status {
		case recommend.Held:
			own = append([]string{"held: a person must decide about " + rec.Workload.Kind + " " + rec.Workload.Name}, own...)
		case recommend.Proposed:
			own = append(own, "one step takes at most half of the CPU and a quarter of the memory")
		}
		rec.Reasons = own
		if rec.Confidence.Grade != "" {
			rec.Confidence.Reasons = []string{fmt.Sprintf("%d days of usage", rec.Usage.Days), "measured in steps of a quarter of an hour"}
		}
	}
}

// Bill is the cluster before any usage is known, as it is shown first.
func Bill(s Size) (*analyzer.Report, []recommend.Recommendation) {
	s.Days = 0
	return Make(s)
}

type maker struct {
	Size
	rng *rand.Rand
}

func (m *maker) window() usage.Window {
	end := Now().Truncate(time.Hour)
	return usage.Window{Start: end.Add(-14 * 24 * time.Hour), End: end}
}

func namespaceName(i int) string {
	known := []string{"payments", "search", "checkout", "ml-batch", "observability", "ingress", "identity", "data-pipelines", "legacy-billing", "kube-system", "sandbox", "tools"}
	if i < len(known) {
		return known[i]
	}
	return fmt.Sprintf("team-%04d", i)
}

func workloadName(i int) string {
	known := []string{"checkout-api", "ledger-writer", "fraud-scorer", "refunds", "payout-cron", "settlement", "webhooks", "gateway", "card-vault", "statement-render", "chargeback-reconciliation-nightly-worker", "zahlungsübersicht"}
	if i < len(known) {
		return known[i]
	}
	a := []string{"catalog", "orders", "invoice", "pricing", "media", "session", "profile", "report", "audit", "mail"}
	b := []string{"api", "worker", "consumer", "cron", "proxy", "indexer", "cache"}
	return fmt.Sprintf("%s-%s-%d", a[i%len(a)], b[i/len(a)%len(b)], i)
}

func (m *maker) snapshot() *cluster.Snapshot {
	s := &cluster.Snapshot{TakenAt: Now(), Name: "prod-eu-1", Context: "prod-eu-1", Version: "v1.35.4", Region: "eu-west-1"}
	for i := range m.Namespaces {
		ns := cluster.Namespace{Name: namespaceName(i)}
		if ns.Name == "identity" {
			ns.Quotas = []string{"compute"}
		}
		s.Namespaces = append(s.Namespaces, ns)
	}
	for i := range m.Nodes {
		s.Nodes = append(s.Nodes, m.node(i))
	}
	for i := range m.Workloads {
		m.workload(s, i)
	}
	s.Missing = []cluster.Gap{{
		Resource: "nodepools.karpenter.sh", Why: "forbidden", Costs: "pools are told by labels alone",
		Hint: "grant get and list on nodepools.karpenter.sh",
	}}
	s.Sort()
	return s
}

func (m *maker) node(i int) cluster.Node {
	types := []struct {
		name string
		cpu  unit.MilliCPU
		mem  unit.Bytes
	}{{"m6i.4xlarge", 16000, 64 * unit.GiB}, {"r6i.2xlarge", 8000, 64 * unit.GiB}, {"c6a.4xlarge", 16000, 32 * unit.GiB}, {"m6i.xlarge", 4000, 16 * unit.GiB}}
	t := types[i%len(types)]
	n := cluster.Node{
		Name: fmt.Sprintf("ip-10-0-%d-%d.eu-west-1.compute.internal", i/200, 10+i%200), InstanceType: t.name, Region: "eu-west-1",
		Zone: "eu-west-1" + string("abc"[i%3]), CapacityType: cluster.OnDemand, Arch: "amd64", Pool: []string{"general", "memory", "spot", "general"}[i%4], PoolKind: "NodePool",
		CreatedAt: Now().Add(-time.Duration(i) * time.Hour), Ready: true,
		Capacity:    cluster.Amounts{CPU: t.cpu, Memory: t.mem, Pods: 110},
		Allocatable: cluster.Amounts{CPU: t.cpu - 90, Memory: t.mem - unit.GiB, Pods: 110},
	}
	if n.Pool == "spot" {
		n.CapacityType = cluster.Spot
	}
	if i%16 == 15 {
		n.InstanceType = "x9z.large"
	}
	return n
}

func ptr[T any](v T) *T { return &v }

// workload adds a workload with its pods.
func (m *maker) workload(s *cluster.Snapshot, i int) {
	kinds := []string{"Deployment", "StatefulSet", "Deployment", "Deployment", "CronJob", "Deployment", "DaemonSet"}
	kind := kinds[i%len(kinds)]
	w := cluster.Workload{
		ID:         cluster.WorkloadID{Namespace: namespaceName(i * 7 % m.Namespaces), Kind: kind, Name: workloadName(i)},
		APIVersion: "apps/v1", CreatedAt: Now().Add(-60 * 24 * time.Hour), Known: true, Replicas: 1 + m.rng.IntN(m.MaxPods),
	}
	names := []string{"app"}
	if i%9 == 3 {
		names = append(names, "istio-proxy")
	}
	for k, name := range names {
		c := cluster.Container{Name: name, Image: "registry.example/" + w.ID.Name + ":1", Sidecar: k > 0}
		c.Request = cluster.Resources{CPU: ptr(unit.MilliCPU(125 * (1 + m.rng.IntN(14)))), Memory: ptr(unit.Bytes(1+m.rng.IntN(12)) * 512 * unit.MiB)}
		c.Limit = cluster.Resources{Memory: ptr(*c.Request.Memory)}
		if i%5 == 0 {
			c.Limit.CPU = ptr(*c.Request.CPU * 3 / 2)
		}
		if i%13 == 6 {
			c.Request = cluster.Resources{}
			c.Limit = cluster.Resources{}
		}
		w.Containers = append(w.Containers, c)
	}
	switch {
	case i%11 == 7:
		w.Autoscalers = []cluster.Autoscaler{{Kind: "HorizontalPodAutoscaler", Name: w.ID.Name, CPU: true, CPUTarget: 70, Min: 2, Max: 20}}
	case i%17 == 5:
		w.OwnedBy = "PostgresCluster/main"
	}
	s.Workloads = append(s.Workloads, w)
	if kind == "CronJob" {
		return
	}
	for r := range w.Replicas {
		p := cluster.Pod{
			Namespace: w.ID.Namespace, Name: fmt.Sprintf("%s-%05d-%d", w.ID.Name, i, r), Workload: w.ID,
			Phase: "Running", QOS: "Burstable", CreatedAt: Now().Add(-48 * time.Hour),
		}
		if m.Nodes > 0 && i%29 != 28 {
			p.Node = s.Nodes[(i*3+r*7)%m.Nodes].Name
		} else {
			p.Phase = "Pending"
		}
		for _, c := range w.Containers {
			p.Containers = append(p.Containers, cluster.PodContainer{Name: c.Name, Sidecar: c.Sidecar, Request: c.Request, Limit: c.Limit})
		}
		s.Pods = append(s.Pods, p)
	}
}

// usage measures the cluster: a day's rhythm for each pod, with peaks.
func (m *maker) usage(s *cluster.Snapshot) *usage.Usage {
	u := usage.None(m.window())
	if m.Days == 0 {
		return u
	}
	u.Sources = []string{"prometheus monitoring/prometheus"}
	u.ScrapeInterval = 30 * time.Second
	u.Present = map[cluster.PodKey]map[string]usage.Sample{}
	pods := map[cluster.WorkloadID][]*cluster.Pod{}
	for i := range s.Pods {
		pods[s.Pods[i].Workload] = append(pods[s.Pods[i].Workload], &s.Pods[i])
	}
	for i := range s.Workloads {
		w := &s.Workloads[i]
		if i%10 == 9 {
			continue // nobody measured it
		}
		for k := range w.Containers {
			id := cluster.ContainerID{Workload: w.ID, Container: w.Containers[k].Name}
			u.Containers[id] = m.history(i, &w.Containers[k], pods[w.ID], u)
		}
	}
	u.Warnings = []error{hint.New("2 of 61 queries returned no series: container_oom_events_total is not scraped", "scrape cAdvisor with honor_labels to count OOM kills")}
	return u
}

func (m *maker) history(i int, c *cluster.Container, pods []*cluster.Pod, u *usage.Usage) *usage.History {
	cpu, mem := 0.4, float64(unit.GiB)
	if c.Request.CPU != nil {
		cpu = c.Request.CPU.Cores()
		mem = float64(*c.Request.Memory)
	}
	share := []float64{0.18, 0.35, 0.6, 0.82, 0.27, 0.12, 0.45, 1.3}[i%8]
	days := m.Days
	if i%8 == 6 {
		days = min(days, 1+i%3)
	}
	names := []string{"gone-1"}
	for _, p := range pods {
		names = append(names, p.Name)
	}
	names = names[max(0, len(names)-4):]
	h := &usage.History{CPU: m.series(cpu*share, 0.5, days, names), Memory: m.series(mem*share, 0.08, days, names)}
	h.Events = usage.Events{Known: i%6 != 2}
	if share > 1 && h.Events.Known {
		h.Events.OOMKills, h.Events.Restarts = 3, 3
		h.Events.LastOOM = u.Window.End.Add(-55 * time.Hour)
	}
	if i%4 == 0 {
		h.Events.ThrottledShare = ptr(0.03)
	}
	for _, p := range pods {
		if u.Present[p.Key()] == nil {
			u.Present[p.Key()] = map[string]usage.Sample{}
		}
		u.Present[p.Key()][c.Name] = usage.Sample{CPU: cpu * share * 0.7, Memory: mem * share * 0.9, At: Now().Add(-20 * time.Second)}
	}
	return h
}

func (m *maker) series(level, swing float64, days int, pods []string) usage.Series {
	s := usage.Series{Step: 15 * time.Minute}
	if days <= 1 {
		s.Step = 30 * time.Second
	}
	w := m.window()
	start := w.End.Add(-time.Duration(days) * 24 * time.Hour)
	for _, p := range pods {
		s.Pods = append(s.Pods, usage.PodUsage{Pod: p, First: start, Last: w.End})
	}
	for d := range days {
		s.Days = append(s.Days, usage.Day{Start: start.Add(time.Duration(d) * 24 * time.Hour).Truncate(24 * time.Hour)})
	}
	for hour := range days * 24 {
		at := start.Add(time.Duration(hour) * time.Hour)
		busy := 0.5 + 0.5*math.Sin(2*math.Pi*(float64(at.Hour())-8)/24)
		v := level * (1 - swing + swing*busy) * (0.96 + 0.08*m.rng.Float64())
		peak := v * (1.05 + 0.1*m.rng.Float64())
		for k := range s.Pods {
			s.Pods[k].Dist.AddN(v*(1-0.05*float64(k)), 3)
			s.Pods[k].Dist.Add(peak * (1 - 0.05*float64(k)))
			s.Days[hour/24].Dist.AddN(v, 4)
		}
		if hour%41 != 40 { // an hour without samples now and then
			s.Hours = append(s.Hours, usage.Hour{Epoch: int32(at.Unix() / 3600), Count: uint32(4 * len(pods)), P95: float32(v), Max: float32(peak)})
		}
	}
	return s
}

func (m *maker) book() *pricing.Book {
	prices := map[pricing.OfferingKey]pricing.Price{}
	machines := map[string]pricing.Machine{}
	day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for name, perHour := range map[string]float64{"m6i.4xlarge": 0.856, "r6i.2xlarge": 0.564, "c6a.4xlarge": 0.6552, "m6i.xlarge": 0.214} {
		rate, _ := unit.RateOf(perHour)
		prices[pricing.Key("eu-west-1", "", name, "on-demand")] = pricing.Price{Rate: rate, Source: "catalog", AsOf: day, Certainty: pricing.Exact}
		for _, zone := range []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"} {
			spot, _ := unit.RateOf(perHour * 0.38)
			prices[pricing.Key("eu-west-1", zone, name, "spot")] = pricing.Price{Rate: spot, Source: "catalog", AsOf: day, Certainty: pricing.Estimate, Error: 0.3, Basis: "on-demand × 0.38"}
		}
		machines[name] = pricing.Machine{VCPU: 16, Memory: 64 * unit.GiB, Arch: "amd64", MaxPods: 110, Generation: "6", CPURate: 0.033, MemoryRate: 0.0045}
	}
	b := pricing.NewBook("USD", prices, machines)
	b.Warnings = []error{hint.New("spot prices are estimates from a dated catalog", "use --aws-profile to ask AWS for today's")}
	return b
}

// strategy is the simplest that gives every status.
type strategy struct{}

// Name is the strategy's name.
func (strategy) Name() string { return "balanced" }

// About says what it is.
func (strategy) About() string { return "p95 or the maximum, and 15 % headroom" }

// Size sizes by the worst replica.
func (strategy) Size(c recommend.Case) (recommend.Sizing, bool) {
	cpu, pod, ok := c.History.CPU.WorstQuantile(0.95, 24)
	mem, known := c.History.Memory.Max()
	if !ok || !known || c.History.CPU.DaysCovered() < 2 {
		return recommend.Sizing{Reasons: []string{"less than two days of usage were measured"}}, false
	}
	rec := cluster.Resources{CPU: ptr(unit.MilliCPUOf(cpu * 1.15)), Memory: ptr(unit.BytesOf(mem * 1.15))}
	return recommend.Sizing{Request: rec, Reasons: []string{
		fmt.Sprintf("CPU: p95 of %s, the busiest replica, is %s; with 15 %% headroom %s", pod, unit.MilliCPUOf(cpu).Compact(), rec.CPU.Compact()),
		fmt.Sprintf("memory: the largest sample is %s; with 15 %% headroom %s", unit.BytesOf(mem).Compact(), rec.Memory.Compact()),
	}}, true
}

// Lost is the error of a connection that has gone away.
func Lost() error {
	return hint.Wrap(errors.New("dial tcp 10.0.0.1:443: connection refused"), "reading pods", "check the connection with kubectl get pods, then start again")
}
