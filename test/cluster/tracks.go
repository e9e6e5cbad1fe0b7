package cluster

import (
	"fmt"
	"maps"
	"sort"

	"github.com/prometheus/prometheus/model/labels"
)

// podTrack makes the samples of one pod, window by window.
type podTrack struct {
	rec        *PodRecord
	lean       bool
	sameID     bool
	gaps       []span
	containers []*containerTrack
	kubelet    map[string]string // labels that all of the pod's kubelet series have
	ended      bool
	pod        *cgroup
	podTotal   point // its counters
	podLast    int64
	state      *stateTrack
	keep       bool
}

// containerTrack makes the samples of one container.
type containerTrack struct {
	use       *use
	key       uint64
	name      string
	image     string
	init      bool
	hasLimit  bool
	requests  map[string]Quantity
	limits    map[string]Quantity
	lives     int
	cgroup    *cgroup
	past      []*cgroup // of earlier lives, not yet taken
	running   bool
	before    point // of the scrape before
	podCgroup string
}

// cgroup holds the series that a kubelet shows of one cgroup.
type cgroup struct {
	cpu, workingSet, rss, periods, throttled *series
}

func (g *cgroup) all() []*series {
	var out []*series
	for _, s := range []*series{g.cpu, g.workingSet, g.rss, g.periods, g.throttled} {
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

func (g *cgroup) append(t int64, p point) {
	g.cpu.append(t, p.cpuSeconds)
	g.workingSet.append(t, p.workingSet)
	if g.rss != nil {
		g.rss.append(t, p.rss)
	}
	if g.periods != nil {
		g.periods.append(t, p.periods)
		g.throttled.append(t, p.throttled)
	}
}

func (g *cgroup) stale(t int64) {
	for _, s := range g.all() {
		s.stale(t)
	}
}

// seriesOf makes a series from label sets, of which later ones win.
func seriesOf(keep bool, metric string, sets ...map[string]string) *series {
	all := map[string]string{metricName: metric}
	for _, s := range sets {
		maps.Copy(all, s)
	}
	for k, v := range all {
		if v == "" {
			delete(all, k)
		}
	}
	return &series{labels: labels.FromMap(all), keep: keep}
}

// newCgroup makes the series of a cgroup; limited says whether a CPU limit makes
// CFS count periods.
func newCgroup(keep, lean, limited bool, sets ...map[string]string) *cgroup {
	withCPU := append(append([]map[string]string{}, sets...), map[string]string{"cpu": "total"})
	g := &cgroup{
		cpu:        seriesOf(keep, "container_cpu_usage_seconds_total", withCPU...),
		workingSet: seriesOf(keep, "container_memory_working_set_bytes", sets...),
	}
	if lean {
		return g
	}
	g.rss = seriesOf(keep, "container_memory_rss", sets...)
	if limited {
		g.periods = seriesOf(keep, "container_cpu_cfs_periods_total", sets...)
		g.throttled = seriesOf(keep, "container_cpu_cfs_throttled_periods_total", sets...)
	}
	return g
}

// newPodTrack prepares a pod of workload w.
func newPodTrack(s *Scenario, w *Workload, rec *PodRecord, node NodeRecord, end int64, keep bool) *podTrack {
	t := &podTrack{
		rec: rec, lean: s.History.Lean, sameID: w.SameContainerID, gaps: spans(w.Gaps, end), keep: keep,
		kubelet: kubeletLabels(node), podLast: rec.Start,
	}
	t.kubelet["namespace"], t.kubelet["pod"] = rec.Namespace, rec.Name
	cgroupPath := podCgroup(s.qos(w), rec.UID)
	limited := true
	for _, list := range []struct {
		containers []Container
		init       bool
	}{{w.InitContainers, true}, {w.Containers, false}} {
		for i := range list.containers {
			c := &list.containers[i]
			if list.init && !stays(c) {
				continue
			}
			requests, limits := s.effective(w, c)
			cpuLimit, memLimit := limits["cpu"], limits["memory"]
			ct := &containerTrack{
				key: hash(s.Seed, rec.Workload, c.Name, fmt.Sprint(rec.Replica), rec.OwnerName, fmt.Sprint(rec.Start)), name: c.Name, image: c.Image,
				init: list.init, hasLimit: !cpuLimit.IsZero(), requests: requests, limits: limits, podCgroup: cgroupPath,
			}
			limited = limited && ct.hasLimit
			ct.use = newUse(life{
				usage: &c.Usage, key: ct.key, factorCPU: rec.FactorCPU, factorMem: rec.FactorMemory,
				cpuLimit: cpuLimit.Float(), memLimit: memLimit.Float(), start: rec.Start, anchor: end,
			})
			t.containers = append(t.containers, ct)
		}
	}
	t.pod = newCgroup(keep, t.lean, limited, t.kubelet, map[string]string{"id": cgroupPath})
	t.state = newStateTrack(s, w, rec, t.containers, keep)
	return t
}

// kubeletLabels are the labels of everything scraped from a node's kubelet.
func kubeletLabels(node NodeRecord) map[string]string {
	return map[string]string{
		"job": "kubelet", "metrics_path": "/metrics/cadvisor", "endpoint": "https-metrics",
		"service": "kube-prometheus-stack-kubelet", "instance": node.IP + ":10250", "node": node.Name,
	}
}

// podCgroup is the systemd path of a pod's cgroup.
func podCgroup(qos, uid string) string {
	slice := "kubepods-" + qos
	if qos == "guaranteed" {
		slice = "kubepods"
	}
	name := make([]byte, len(uid))
	for i := range uid {
		name[i] = uid[i]
		if uid[i] == '-' {
			name[i] = '_'
		}
	}
	if slice == "kubepods" {
		return fmt.Sprintf("/kubepods.slice/kubepods-pod%s.slice", name)
	}
	return fmt.Sprintf("/kubepods.slice/%s.slice/%s-pod%s.slice", slice, slice, name)
}

// begin makes the series of the container's next life.
func (c *containerTrack) begin(t *podTrack) {
	if c.cgroup != nil {
		if t.sameID {
			return
		}
		c.past = append(c.past, c.cgroup)
	}
	id := generatedID(c.key, uint64(c.lives))
	c.lives++
	c.cgroup = newCgroup(t.keep, t.lean, c.hasLimit, t.kubelet, map[string]string{
		"container": c.name, "image": c.image, "name": id,
		"id": c.podCgroup + "/cri-containerd-" + id + ".scope",
	})
}

// generatedID is a container id: 64 hexadecimal digits.
func generatedID(parts ...uint64) string {
	const hex = "0123456789abcdef"
	out := make([]byte, 64)
	for i := range out {
		out[i] = hex[int(unit(append([]uint64{0xc0}, append(parts, uint64(i))...)...)*16)]
	}
	return string(out)
}

// nodeUse adds up what the pods of a node use at each of the node's scrapes.
type nodeUse struct{ rate, memory []float64 }

// window makes the samples of a node's scrapes at times, and of
// kube-state-metrics' at stateTimes; sum, if given, has one place per scrape.
func (t *podTrack) window(times, stateTimes []int64, sum *nodeUse) {
	first := sort.Search(len(times), func(i int) bool { return times[i] > t.rec.Start })
	for i := first; i < len(times) && !t.ended; i++ {
		at := times[i]
		if t.rec.Stop > 0 && at >= t.rec.Stop {
			t.ended = true
			t.pod.stale(at)
			for _, c := range t.containers {
				if c.running {
					c.cgroup.stale(at)
				}
			}
			break
		}
		t.scrape(at, i, sum)
	}
	t.state.window(stateTimes)
}

// scrape makes the samples of one scrape.
func (t *podTrack) scrape(at int64, i int, sum *nodeUse) {
	hidden := anyHolds(t.gaps, at)
	// The pod's own cgroup also holds the process that keeps its namespaces.
	total := point{workingSet: 450_000, rss: 40_000}
	var periods, throttled float64
	alive := false
	for _, c := range t.containers {
		p, ok := c.use.step(at)
		if !ok {
			if c.running && !t.sameID {
				c.cgroup.stale(at)
			}
			c.running, c.before = false, point{}
			continue
		}
		if !c.running {
			c.begin(t)
			c.running = true
		}
		alive = true
		total.rate += p.rate
		total.workingSet += p.workingSet
		total.rss += p.rss
		periods = max(periods, p.periods-c.before.periods)
		throttled = max(throttled, p.throttled-c.before.throttled)
		c.before = p
		if !hidden {
			c.cgroup.append(at, p)
		}
	}
	// The pod outlives its containers, and so do its counters.
	t.podTotal.cpuSeconds += total.rate * float64(at-t.podLast) / 1000
	t.podTotal.periods += periods
	t.podTotal.throttled += throttled
	t.podLast = at
	total.cpuSeconds, total.periods, total.throttled = t.podTotal.cpuSeconds, t.podTotal.periods, t.podTotal.throttled
	if alive && !hidden {
		t.pod.append(at, total)
	}
	if sum != nil {
		sum.rate[i] += total.rate
		sum.memory[i] += total.workingSet
	}
}

// series lists everything the pod has samples of.
func (t *podTrack) series() []*series {
	out := t.pod.all()
	for _, c := range t.containers {
		for _, g := range c.past {
			out = append(out, g.all()...)
		}
		if c.cgroup != nil {
			out = append(out, c.cgroup.all()...)
		}
	}
	return append(out, t.state.series()...)
}

// forget drops the series of containers' earlier lives, once their samples
// have been taken.
func (t *podTrack) forget() {
	for _, c := range t.containers {
		c.past = nil
	}
}
