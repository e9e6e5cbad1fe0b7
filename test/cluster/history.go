package cluster

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"

	"github.com/prometheus/prometheus/model/labels"
)

// blockLength is the time one block covers. Prometheus is started so that it
// does not compact them again.
const blockLength = dayMillis

// stateTarget is the name of the kube-state-metrics target.
const stateTarget = "kube-state-metrics"

// History makes the samples of a scenario whose pods are laid out in a plan.
// The same scenario and plan give the same samples, to the bit.
type History struct {
	scenario  *Scenario
	plan      *Plan
	workloads map[string]*Workload
	nodes     map[string]NodeRecord
	end       int64
	start     int64
	// last is the state at the end of each live pod, by UID; Write fills it.
	last map[string]podEnd
}

// podEnd is what a pod's containers were like at the end of the history.
type podEnd struct {
	rec        PodRecord
	containers []containerEnd
}

type containerEnd struct {
	name     string
	init     bool
	rate     float64 // cores
	memory   float64 // bytes
	restarts []restart
	born     int64
}

// NewHistory checks that plan and scenario belong together.
func NewHistory(s *Scenario, plan *Plan) (*History, error) {
	h := &History{
		scenario: s, plan: plan, end: plan.End.UnixMilli(),
		start:     plan.End.UnixMilli() - millis(s.History.Length),
		workloads: make(map[string]*Workload), nodes: make(map[string]NodeRecord),
	}
	for i := range s.Workloads {
		h.workloads[s.Workloads[i].ID()] = &s.Workloads[i]
	}
	for _, n := range plan.Nodes {
		h.nodes[n.Name] = n
	}
	for i := range plan.Pods {
		rec := &plan.Pods[i]
		if h.workloads[rec.Workload] == nil {
			return nil, fmt.Errorf("pod %s/%s: the scenario has no %s", rec.Namespace, rec.Name, rec.Workload)
		}
		if _, ok := h.nodes[rec.Node]; !ok {
			return nil, fmt.Errorf("pod %s/%s: no node %q in the plan", rec.Namespace, rec.Name, rec.Node)
		}
	}
	return h, nil
}

func (h *History) track(rec *PodRecord, keep bool) *podTrack {
	return newPodTrack(h.scenario, h.workloads[rec.Workload], rec, h.nodes[rec.Node], h.end, keep)
}

func (h *History) kubelet(node string) target {
	return newTarget(h.scenario, node, h.scenario.History.Scrape, h.end)
}

func (h *History) state() target {
	return newTarget(h.scenario, stateTarget, h.scenario.History.StateScrape, h.end)
}

// nodeTrack makes the samples of one node and the pods on it.
type nodeTrack struct {
	rec     NodeRecord
	target  target
	pods    []*podTrack
	root    *cgroup
	up      *series
	seconds float64
	last    int64
}

func (h *History) nodeTracks() []*nodeTrack {
	byNode := make(map[string]*nodeTrack, len(h.plan.Nodes))
	var out []*nodeTrack
	for _, n := range h.plan.Nodes {
		kubelet := kubeletLabels(n)
		t := &nodeTrack{
			rec: n, target: h.kubelet(n.Name), last: max(n.Created, h.start),
			root: newCgroup(false, true, false, kubelet, map[string]string{"id": "/"}),
			up:   seriesOf(false, "up", kubelet),
		}
		byNode[n.Name] = t
		out = append(out, t)
	}
	for i := range h.plan.Pods {
		rec := &h.plan.Pods[i]
		t := byNode[rec.Node]
		t.pods = append(t.pods, h.track(rec, false))
	}
	return out
}

// window makes the samples of [from, to) and returns the chunks of all series.
func (t *nodeTrack) window(from, to int64, stateTimes []int64) []finished {
	times := t.target.times(max(from, t.rec.Created), to)
	sum := &nodeUse{rate: make([]float64, len(times)), memory: make([]float64, len(times))}
	var out []finished
	take := func(all []*series) {
		for _, s := range all {
			if chunks := s.take(); len(chunks) > 0 {
				out = append(out, finished{s.labels, chunks})
			}
		}
	}
	for _, p := range t.pods {
		if p.rec.Start >= to || (p.ended && p.state.ended) {
			continue
		}
		p.window(times, stateTimes, sum)
		take(p.series())
		p.forget()
	}
	if t.rec.Gone && len(t.pods) == 0 {
		return out
	}
	// What kubelet, container runtime and system use beside the pods.
	const systemRate, systemMemory = 0.09, 780 << 20
	for i, at := range times {
		rate := sum.rate[i] + systemRate
		t.seconds += rate * float64(at-t.last) / 1000
		t.last = at
		t.root.append(at, point{cpuSeconds: t.seconds, workingSet: sum.memory[i] + systemMemory})
		t.up.append(at, 1)
	}
	take(t.root.all())
	take([]*series{t.up})
	return out
}

// Progress is told how much of the history has been written, in [0,1].
type Progress func(share float64)

// Write writes the history as TSDB blocks of one day each to dir.
func (h *History) Write(ctx context.Context, dir string, progress Progress) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	nodes := h.nodeTracks()
	// The nodes with most pods first, so that workers end at the same time.
	sort.SliceStable(nodes, func(i, j int) bool { return len(nodes[i].pods) > len(nodes[j].pods) })
	objects := objectTracks(h.scenario, h.plan)
	state := h.state()
	stateUp := seriesOf(false, "up", stateLabels())

	for from := h.start; from < h.end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min((from/blockLength+1)*blockLength, h.end)
		stateTimes := state.times(from, to)
		all := h.writeWindow(nodes, from, to, stateTimes)
		for _, o := range objects {
			o.window(stateTimes)
			for _, c := range o.constants {
				if chunks := c.take(); len(chunks) > 0 {
					all = append(all, finished{c.labels, chunks})
				}
			}
		}
		for _, at := range stateTimes {
			stateUp.append(at, 1)
		}
		if chunks := stateUp.take(); len(chunks) > 0 {
			all = append(all, finished{stateUp.labels, chunks})
		}
		if err := writeBlock(ctx, dir, hash(h.scenario.Seed, "block"), all); err != nil {
			return fmt.Errorf("writing the block from %d: %w", from, err)
		}
		from = to
		if from == h.end {
			h.noteEnds(nodes)
		}
		if progress != nil {
			progress(float64(to-h.start) / float64(h.end-h.start))
		}
	}
	return nil
}

// writeWindow makes the samples of all nodes, as many at a time as there are CPUs.
func (h *History) writeWindow(nodes []*nodeTrack, from, to int64, stateTimes []int64) []finished {
	results := make([][]finished, len(nodes))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				results[i] = nodes[i].window(from, to, stateTimes)
			}
		})
	}
	for i := range nodes {
		next <- i
	}
	close(next)
	wg.Wait()
	var all []finished
	for _, r := range results {
		all = append(all, r...)
	}
	return all
}

// noteEnds keeps what live pods were like at the end.
func (h *History) noteEnds(nodes []*nodeTrack) {
	h.last = make(map[string]podEnd)
	for _, n := range nodes {
		for _, t := range n.pods {
			if !t.rec.Live {
				continue
			}
			e := podEnd{rec: *t.rec}
			for _, c := range t.containers {
				e.containers = append(e.containers, containerEnd{
					name: c.name, init: c.init, rate: c.use.current.rate, memory: c.use.current.workingSet,
					restarts: c.use.restarts, born: c.use.born,
				})
			}
			h.last[t.rec.UID] = e
		}
	}
}

// SeriesTruth is one series with its samples exactly as they stand in the TSDB,
// stale markers left out.
type SeriesTruth struct {
	Labels  labels.Labels
	Samples []Sample
}

// metricName is the label that holds a series' metric.
const metricName = "__name__"

// Metric is the name of the series' metric.
func (s SeriesTruth) Metric() string { return s.Labels.Get(metricName) }

// Rates are the means over each stretch between two samples of a counter, per
// second: Sample.T is the end of the stretch. Where the counter fell there was a
// restart, and none is given.
func (s SeriesTruth) Rates() []Sample {
	var out []Sample
	for i := 1; i < len(s.Samples); i++ {
		a, b := s.Samples[i-1], s.Samples[i]
		if b.V >= a.V && b.T > a.T {
			out = append(out, Sample{b.T, (b.V - a.V) / (float64(b.T-a.T) / 1000)})
		}
	}
	return out
}

// Truth makes the series of the pods that want says, pod by pod: the kubelet's and
// kube-state-metrics'. It stops at the first error of visit and returns it.
func (h *History) Truth(want func(PodRecord) bool, visit func(PodRecord, []SeriesTruth) error) error {
	state := h.state()
	var stateTimes []int64
	for i := range h.plan.Pods {
		rec := &h.plan.Pods[i]
		if want != nil && !want(*rec) {
			continue
		}
		if stateTimes == nil {
			stateTimes = state.times(h.start, h.end)
		}
		kubelet := h.kubelet(rec.Node)
		t := h.track(rec, true)
		t.window(kubelet.times(max(h.start, h.nodes[rec.Node].Created), h.end), stateTimes, nil)
		var out []SeriesTruth
		for _, s := range t.series() {
			if len(s.kept) > 0 {
				out = append(out, SeriesTruth{s.labels, s.kept})
			}
		}
		if err := visit(*rec, out); err != nil {
			return err
		}
	}
	return nil
}

// Plan returns the plan the history is made from.
func (h *History) Plan() *Plan { return h.plan }
