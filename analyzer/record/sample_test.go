package record

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// sample is a cluster as large as asked for, with usage like that of real
// containers: a level of its own, a daily rhythm, noise and bursts. Samples
// are 15 minutes apart; with detail, a third of the containers also have them
// 30 seconds apart, per pod and day.
func sample(workloads, replicas, days int, detail bool) Recording {
	r := rand.New(rand.NewPCG(1, uint64(workloads)))
	end := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	w := usage.Window{Start: end.AddDate(0, 0, -days), End: end}
	s := &cluster.Snapshot{
		TakenAt: end, Name: "large", Context: "large-admin", Version: "v1.35.4", Region: "us-east-1",
		NodePools: []cluster.NodePool{{Name: "general", Kind: "NodePool"}},
		Missing:   []cluster.Gap{{Resource: "verticalpodautoscalers.autoscaling.k8s.io", Why: "forbidden", Costs: "no VPA is seen", Hint: "grant get,list"}},
	}
	nodes := max(1, workloads*replicas/20)
	for i := range nodes {
		s.Nodes = append(s.Nodes, cluster.Node{
			Name: fmt.Sprintf("ip-10-%d-%d-17.ec2.internal", i/250, i%250), InstanceType: "m6i.4xlarge", Region: "us-east-1", Zone: "us-east-1" + string(rune('a'+i%3)),
			CapacityType: cluster.OnDemand, Arch: "amd64", Pool: "general", PoolKind: "NodePool", ProviderID: fmt.Sprintf("aws:///us-east-1a/i-%017x", r.Uint64()>>8),
			CreatedAt: end.Add(-time.Duration(r.IntN(2e6)) * time.Second), Ready: true,
			Capacity:    cluster.Amounts{CPU: 16000, Memory: 64 * unit.GiB, Pods: 110},
			Allocatable: cluster.Amounts{CPU: 15890, Memory: 60 * unit.GiB, Pods: 110},
		})
	}
	u := usage.None(w)
	u.Sources, u.ScrapeInterval = []string{"prometheus monitoring/prometheus"}, 30*time.Second
	u.Warnings = []error{hint.New("12 pods with usage are left out", "")}
	u.Present = present{}
	finer := map[cluster.ContainerID]*usage.History{}
	for i := range workloads {
		ns := fmt.Sprintf("team-%d", i%40)
		if i < 40 {
			s.Namespaces = append(s.Namespaces, cluster.Namespace{Name: ns, Labels: map[string]string{"team": ns}})
		}
		id := cluster.ContainerID{Workload: cluster.WorkloadID{Namespace: ns, Kind: "Deployment", Name: fmt.Sprintf("service-%d", i)}, Container: "app"}
		cpu, memory := unit.MilliCPU(100*(1+r.IntN(10))), unit.Bytes(128*(1+r.IntN(8)))*unit.MiB
		req := cluster.Resources{CPU: &cpu, Memory: &memory}
		s.Workloads = append(s.Workloads, cluster.Workload{
			ID: id.Workload, APIVersion: "apps/v1", Known: true, Replicas: replicas, CreatedAt: end.Add(-time.Duration(r.IntN(1e7)) * time.Second),
			Labels:     map[string]string{"app": id.Workload.Name, "team": ns, "app.kubernetes.io/managed-by": "Helm"},
			Containers: []cluster.Container{{Name: "app", Image: "registry.example.dev/" + id.Workload.Name + ":v1", Request: req, Limit: cluster.Resources{Memory: &memory}}},
		})
		pods := make([]string, replicas)
		for j := range pods {
			pods[j] = fmt.Sprintf("service-%d-%08x-%05x", i, r.Uint32(), r.IntN(1<<20))
		}
		slices.Sort(pods)
		for j, name := range pods {
			s.Pods = append(s.Pods, cluster.Pod{
				Namespace: ns, Name: name, Workload: id.Workload, Node: s.Nodes[(i*replicas+j)%nodes].Name, Phase: "Running", QOS: "Burstable",
				CreatedAt:  w.Start.Add(time.Duration(r.IntN(1e5)) * time.Second),
				Containers: []cluster.PodContainer{{Name: "app", Request: req, Limit: cluster.Resources{Memory: &memory}}},
			})
			u.Present[cluster.PodKey{Namespace: ns, Name: name}] = map[string]usage.Sample{"app": {CPU: r.Float64(), Memory: float64(r.IntN(1 << 30)), At: end}}
		}
		u.Containers[id] = historyOf(r, pods, w, 15*time.Minute)
		if detail && i%3 == 0 {
			finer[id] = historyOf(r, pods, w, 30*time.Second)
		}
	}
	s.Sort()
	rec := Recording{Snapshot: s, Usage: u, Book: sampleBook(end)}
	if detail {
		rec.Detail = refine(u, finer)
	}
	return rec
}

func sampleBook(at time.Time) *pricing.Book {
	return pricing.NewBook("USD", map[pricing.OfferingKey]pricing.Price{
		pricing.Key("us-east-1", "", "m6i.4xlarge", cluster.OnDemand): {Rate: 768_000_000, Source: "catalog 2026-07-06", AsOf: at.AddDate(0, -4, 0), Certainty: pricing.Exact},
	}, map[string]pricing.Machine{
		"m6i.4xlarge": {VCPU: 16, Memory: 64 * unit.GiB, Arch: "amd64", MaxPods: 234, Generation: "6", CPURate: 0.033, MemoryRate: 0.0034},
	})
}

func historyOf(r *rand.Rand, pods []string, w usage.Window, step time.Duration) *usage.History {
	cpu, memory := math.Exp(r.NormFloat64())*0.1, math.Exp(r.NormFloat64())*2e8
	return &usage.History{
		CPU: seriesOf(pods, w, step, func(t time.Time) float64 {
			v := cpu * (1 + 0.5*math.Sin(float64(t.Unix())/13751)) * math.Exp(0.3*r.NormFloat64())
			if r.IntN(100) == 0 {
				v *= 4
			}
			return v
		}),
		Memory: seriesOf(pods, w, step, func(time.Time) float64 { return math.Floor(memory*(1+0.05*r.NormFloat64())/4096) * 4096 }),
		Events: usage.Events{Known: true, Restarts: r.IntN(3)},
	}
}

// seriesOf samples a function. For speed every sample stands for ten.
func seriesOf(pods []string, w usage.Window, step time.Duration, f func(time.Time) float64) usage.Series {
	const each = 10
	s := usage.Series{Step: step}
	detail := step < time.Minute
	for day := w.Start; day.Before(w.End); {
		next := day.Truncate(24 * time.Hour).Add(24 * time.Hour)
		s.Days = append(s.Days, usage.Day{Start: day.Truncate(24 * time.Hour)})
		day = next
	}
	for h := w.Start.Unix() / 3600; h < w.End.Unix()/3600; h++ {
		s.Hours = append(s.Hours, usage.Hour{Epoch: int32(h)})
	}
	for _, name := range pods {
		p := usage.PodUsage{Pod: name, First: w.Start, Last: w.End.Add(-step)}
		if detail {
			for i := range s.Days {
				p.Days = append(p.Days, usage.Day{Start: s.Days[i].Start})
			}
		}
		stride := step
		if detail {
			stride = step * each
		}
		for t := w.Start; t.Before(w.End); t = t.Add(stride) {
			v, n := f(t), uint32(stride/step)
			day := int(t.Truncate(24*time.Hour).Sub(s.Days[0].Start) / (24 * time.Hour))
			p.Dist.AddN(v, n)
			s.Days[day].Dist.AddN(v, n)
			if detail {
				p.Days[day].Dist.AddN(v, n)
			}
			h := &s.Hours[t.Unix()/3600-w.Start.Unix()/3600]
			*h = usage.HourOf(h.Epoch, h.Count+n, max(float64(h.P95), v*0.9), max(float64(h.Max), v))
		}
		s.Pods = append(s.Pods, p)
	}
	return s
}
