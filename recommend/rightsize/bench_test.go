package rightsize_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

// reportOf is a cluster of n containers with three pods each, 14 days of the
// survey.
func reportOf(n int) *analyzer.Report {
	rng := rand.New(rand.NewPCG(7, 7))
	end := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	s := &cluster.Snapshot{Namespaces: []cluster.Namespace{{Name: "shop"}}}
	u := usage.None(usage.Window{Start: end.Add(-14 * 24 * time.Hour), End: end})
	cpu, memory := unit.MilliCPU(1000), unit.GiB
	for i := range n {
		w := cluster.Workload{ID: cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: fmt.Sprintf("web-%06d", i)}, APIVersion: "apps/v1", Replicas: 3, Known: true}
		w.Containers = []cluster.Container{{Name: "app", Request: cluster.Resources{CPU: &cpu, Memory: &memory}}}
		s.Workloads = append(s.Workloads, w)
		h := &usage.History{}
		for p := range 3 {
			c, m := usage.PodUsage{Pod: fmt.Sprint(p)}, usage.PodUsage{Pod: fmt.Sprint(p)}
			for range 200 { // enough to fill the buckets that 1,344 samples fill
				c.Dist.AddN(0.2*math.Exp(rng.NormFloat64()/2), 7)
				m.Dist.AddN(3e8+1e8*rng.Float64(), 7)
			}
			h.CPU.Pods, h.Memory.Pods = append(h.CPU.Pods, c), append(h.Memory.Pods, m)
		}
		h.CPU.Step, h.Memory.Step = 15*time.Minute, 15*time.Minute
		h.CPU.Hours = make([]usage.Hour, 336)
		for d := range 14 {
			day := end.Add(time.Duration(d-14) * 24 * time.Hour)
			h.CPU.Days = append(h.CPU.Days, usage.Day{Start: day, Dist: h.CPU.Pods[d%3].Dist})
			h.Memory.Days = append(h.Memory.Days, usage.Day{Start: day, Dist: h.Memory.Pods[d%3].Dist})
		}
		u.Containers[cluster.ContainerID{Workload: w.ID, Container: "app"}] = h
	}
	s.Sort()
	return analyzer.Analyze(s, u, pricing.NewBook("USD", nil, nil))
}

func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("containers=%d", n), func(b *testing.B) {
			r := reportOf(n)
			b.ReportAllocs()
			for b.Loop() {
				recommend.Plan(r, rightsize.Balanced{}, recommend.DefaultPolicy())
			}
		})
	}
}

// A plan is made again with all its forecasts when a stage brings more usage:
// three pods and two resources take thirty of these, the reasons most others.
func TestPlanAllocations(t *testing.T) {
	r := reportOf(1000)
	if got := testing.AllocsPerRun(3, func() { recommend.Plan(r, rightsize.Balanced{}, recommend.DefaultPolicy()) }); got > 60*1000 {
		t.Errorf("%.0f allocations for 1,000 containers", got)
	}
}

// What changes with a policy is the target: the forecasts stay. 10,000
// containers have to be valued again within 50 ms.
func BenchmarkTarget(b *testing.B) {
	r := reportOf(1000)
	var all [][]rightsize.Forecast
	for i := range r.Snapshot.Workloads {
		id := cluster.ContainerID{Workload: r.Snapshot.Workloads[i].ID, Container: "app"}
		c := recommend.Case{ID: id, History: r.Usage.Containers[id], Window: r.Usage.Window}
		all = append(all, rightsize.Forecasts(recommend.CPU, c), rightsize.Forecasts(recommend.Memory, c))
	}
	b.Run("containers=10000", func(b *testing.B) {
		b.ReportAllocs()
		sum := 0.0
		for b.Loop() {
			for range 10 {
				for _, f := range all {
					for i := range f {
						v := f[i].At(0.02)
						sum += v + f[i].Above(v)
					}
				}
			}
		}
		_ = sum
	})
}

func BenchmarkBacktest(b *testing.B) {
	traces := generated(1)
	b.ReportAllocs()
	for b.Loop() {
		rightsize.Backtest(recommend.CPU, traces, fitters())
	}
}
