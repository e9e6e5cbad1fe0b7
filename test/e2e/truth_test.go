package e2e

import (
	"maps"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trimtab/trimtab/test/cluster"
)

// longestStretch is how far apart two scrapes may be for a mean between them; what
// is wider is a gap (docs/methodology.md).
const longestStretch = 5 * time.Minute

// fewSamples is how many samples a pod needs for its quantiles to count while
// another has as many.
const fewSamples = 24

// podTruth is what one container of one pod used, sample by sample.
type podTruth struct {
	pod         string
	cpu, memory []float64 // sorted: cores, bytes
	// cpuMean and memoryMean are the means of those, memoryPeaks that of the
	// largest memory of each quarter of an hour.
	cpuMean, memoryMean, memoryPeaks float64
	peaks                            map[int64]float64 // by quarter of an hour
}

// truth is the raw samples of every container in the window, by pod.
type truth map[containerID][]podTruth

var (
	truthOnce sync.Once
	truthAll  truth
	errTruth  error
)

// rawTruth reads the samples that stand in Prometheus, of every pod of the
// history, and makes means of what was counted between two scrapes.
func rawTruth(t *testing.T) truth {
	t.Helper()
	truthOnce.Do(func() {
		begin := time.Now()
		truthAll, errTruth = readTruth(shop.cluster)
		t.Logf("read the raw samples of %d containers in %.1f s", len(truthAll), time.Since(begin).Seconds())
	})
	if errTruth != nil {
		t.Fatal(errTruth)
	}
	return truthAll
}

func readTruth(c *cluster.Cluster) (truth, error) {
	h, err := c.History()
	if err != nil {
		return nil, err
	}
	workloads := make(map[string]workloadID)
	for i := range c.Scenario().Workloads {
		w := &c.Scenario().Workloads[i]
		id := workloadID{w.Namespace, w.Kind, w.Name}
		if w.Owner != nil {
			id.kind, id.name = w.Owner.Kind, w.Owner.Name
		}
		workloads[w.ID()] = id
	}
	end := c.End().UnixMilli()
	all := make(truth)
	err = h.Truth(nil, func(rec cluster.PodRecord, series []cluster.SeriesTruth) error {
		pods := make(map[string]*podTruth)
		for _, s := range series {
			container := s.Labels.Get("container")
			metric := s.Labels.Get("__name__")
			if container == "" || s.Labels.Get("job") != "kubelet" {
				continue
			}
			p := pods[container]
			if p == nil {
				p = &podTruth{pod: rec.Name, peaks: make(map[int64]float64)}
				pods[container] = p
			}
			switch metric {
			case "container_cpu_usage_seconds_total":
				p.cpu = append(p.cpu, means(s.Samples, end)...)
			case "container_memory_working_set_bytes":
				for _, v := range s.Samples {
					if v.T <= end {
						p.memory = append(p.memory, v.V)
						quarter := (v.T - 1) / (15 * time.Minute).Milliseconds()
						p.peaks[quarter] = max(p.peaks[quarter], v.V)
					}
				}
			}
		}
		for container, p := range pods {
			id := containerID{workloads[rec.Workload], container}
			all.add(id, p)
		}
		return nil
	})
	for _, pods := range all {
		for i := range pods {
			p := &pods[i]
			slices.Sort(p.cpu)
			slices.Sort(p.memory)
			p.cpuMean, p.memoryMean = mean(p.cpu), mean(p.memory)
			p.memoryPeaks = mean(slices.Collect(maps.Values(p.peaks)))
		}
	}
	return all, err
}

// add adds what a pod used to what another of the same name did, as where a
// StatefulSet's pod moved to another node: Prometheus knows pods by name.
func (all truth) add(id containerID, p *podTruth) {
	i := slices.IndexFunc(all[id], func(have podTruth) bool { return have.pod == p.pod })
	if i < 0 {
		all[id] = append(all[id], *p)
		return
	}
	have := &all[id][i]
	have.cpu = append(have.cpu, p.cpu...)
	have.memory = append(have.memory, p.memory...)
	for quarter, v := range p.peaks {
		have.peaks[quarter] = max(have.peaks[quarter], v)
	}
}

// pod is what a container of a pod used; nil where nothing was measured.
func (all truth) pod(id containerID, name string) *podTruth {
	for i := range all[id] {
		if all[id][i].pod == name {
			return &all[id][i]
		}
	}
	return nil
}

// means turns the samples of a counter into the means between one scrape and the
// next. Where the counter fell it began again from zero.
func means(samples []cluster.Sample, end int64) []float64 {
	var out []float64
	for i := 1; i < len(samples); i++ {
		a, b := samples[i-1], samples[i]
		if b.T > end || b.T-a.T > longestStretch.Milliseconds() {
			continue
		}
		grown := b.V - a.V
		if grown < 0 {
			grown = b.V
		}
		out = append(out, grown/(float64(b.T-a.T)/1000))
	}
	return out
}

// quantile is PromQL's: linear between the two samples next to rank q·(n−1).
func quantile(q float64, sorted []float64) float64 {
	rank := q * float64(len(sorted)-1)
	below := int(math.Floor(rank))
	above := min(below+1, len(sorted)-1)
	part := rank - float64(below)
	return sorted[below]*(1-part) + sorted[above]*part
}

// worst is the largest q-quantile of any pod of at least enough samples, as long
// as one has as many.
func worst(pods []podTruth, of func(*podTruth) []float64, q float64, enough int) (float64, bool) {
	any := slices.ContainsFunc(pods, func(p podTruth) bool { return len(of(&p)) >= enough })
	most, ok := 0.0, false
	for i := range pods {
		s := of(&pods[i])
		if len(s) == 0 || any && len(s) < enough {
			continue
		}
		if v := quantile(q, s); !ok || v > most {
			most, ok = v, true
		}
	}
	return most, ok
}

func cpuOf(p *podTruth) []float64    { return p.cpu }
func memoryOf(p *podTruth) []float64 { return p.memory }

// mean is 0 where there is nothing.
func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(1, len(v)))
}
