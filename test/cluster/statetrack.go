package cluster

import (
	"sort"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"
)

// stateLabels are the labels of everything scraped from kube-state-metrics.
func stateLabels() map[string]string {
	return map[string]string{
		"job": "kube-state-metrics", "endpoint": "http", "service": "kube-prometheus-stack-kube-state-metrics",
		"instance": "10.0.1.77:8080",
	}
}

// constant is a series whose value does not change.
type constant struct {
	*series
	value float64
}

// stateTrack makes what kube-state-metrics says of one pod.
type stateTrack struct {
	rec        *PodRecord
	lean       bool
	containers []*containerTrack
	restarts   []*series
	reasons    []map[string]*series // by container, then reason
	shown      []string             // the reason shown last
	constants  []constant
	phases     map[string]*series
	base       map[string]string
	ended      bool
	keep       bool
}

func newStateTrack(s *Scenario, w *Workload, rec *PodRecord, containers []*containerTrack, keep bool) *stateTrack {
	base := stateLabels()
	base["namespace"], base["pod"], base["uid"] = rec.Namespace, rec.Name, rec.UID
	t := &stateTrack{rec: rec, lean: s.History.Lean, containers: containers, base: base, keep: keep, phases: make(map[string]*series)}
	add := func(value float64, metric string, sets ...map[string]string) {
		t.constants = append(t.constants, constant{seriesOf(keep, metric, append([]map[string]string{base}, sets...)...), value})
	}
	kind, name := rec.OwnerKind, rec.OwnerName
	controller := "true"
	if kind == "" {
		// What kube-state-metrics says of a pod without an owner.
		kind, name, controller = "<none>", "<none>", "<none>"
	}
	add(1, "kube_pod_owner", map[string]string{"owner_kind": kind, "owner_name": name, "owner_is_controller": controller})
	hostNetwork := strconv.FormatBool(w.Placement.HostNetwork)
	add(1, "kube_pod_info", map[string]string{
		"node": rec.Node, "pod_ip": rec.IP, "created_by_kind": kind, "created_by_name": name,
		"host_network": hostNetwork, "priority_class": w.Placement.PriorityClass,
	})
	started := float64(rec.Start / 1000)
	add(started, "kube_pod_start_time")
	phases := []string{"Running", "Succeeded"}
	if !t.lean {
		add(started, "kube_pod_created")
		phases = []string{"Pending", "Running", "Succeeded", "Failed", "Unknown"}
	}
	for _, phase := range phases {
		t.phases[phase] = seriesOf(keep, "kube_pod_status_phase", base, map[string]string{"phase": phase})
	}
	for _, c := range containers {
		named := map[string]string{"container": c.name}
		prefix := "kube_pod_container_"
		if c.init {
			prefix = "kube_pod_init_container_"
		}
		for what, list := range map[string]map[string]Quantity{"requests": c.requests, "limits": c.limits} {
			for resource, q := range list {
				add(q.Float(), prefix+"resource_"+what, named,
					map[string]string{"resource": labelValue(resource), "unit": unitOf(resource), "node": rec.Node})
			}
		}
		if !t.lean {
			add(1, prefix+"info", named, map[string]string{"image": c.image, "image_spec": c.image})
		}
		t.restarts = append(t.restarts, seriesOf(keep, prefix+"status_restarts_total", base, named))
		t.reasons = append(t.reasons, make(map[string]*series))
		t.shown = append(t.shown, "")
	}
	// Maps are walked in any order, samples must not be.
	sort.SliceStable(t.constants, func(i, j int) bool {
		return labels.Compare(t.constants[i].labels, t.constants[j].labels) < 0
	})
	return t
}

func unitOf(resource string) string {
	switch resource {
	case "cpu":
		return "core"
	case "memory", "ephemeral-storage":
		return "byte"
	}
	return "integer"
}

// labelValue writes a resource's name as kube-state-metrics does.
func labelValue(resource string) string {
	out := []byte(resource)
	for i, c := range out {
		if c == '/' || c == '.' || c == '-' {
			out[i] = '_'
		}
	}
	return string(out)
}

// window makes the samples of scrapes at times. The containers must have been
// walked through the same window before, so that their restarts are known.
func (t *stateTrack) window(times []int64) {
	first := sort.Search(len(times), func(i int) bool { return times[i] > t.rec.Start })
	for _, at := range times[first:] {
		if t.ended {
			return
		}
		if t.rec.Gone > 0 && at >= t.rec.Gone {
			t.ended = true
			for _, s := range t.series() {
				s.stale(at)
			}
			return
		}
		for i := range t.constants {
			t.constants[i].append(at, t.constants[i].value)
		}
		phase := "Running"
		if t.rec.Stop > 0 && at >= t.rec.Stop && t.rec.OwnerKind == KindJob {
			phase = "Succeeded"
		}
		for name, s := range t.phases {
			v := 0.0
			if name == phase {
				v = 1
			}
			s.append(at, v)
		}
		for i, c := range t.containers {
			t.restart(i, c, at)
		}
	}
}

// restart makes the samples about a container's restarts at one scrape.
func (t *stateTrack) restart(i int, c *containerTrack, at int64) {
	count := sort.Search(len(c.use.restarts), func(n int) bool { return c.use.restarts[n].back > at })
	t.restarts[i].append(at, float64(count))
	if count == 0 {
		return
	}
	reason := c.use.restarts[count-1].reason
	s := t.reasons[i][reason]
	if s == nil {
		metric := "kube_pod_container_status_last_terminated_reason"
		if c.init {
			metric = "kube_pod_init_container_status_last_terminated_reason"
		}
		s = seriesOf(t.keep, metric, t.base, map[string]string{"container": c.name, "reason": reason})
		t.reasons[i][reason] = s
	}
	if old := t.shown[i]; old != "" && old != reason {
		t.reasons[i][old].stale(at)
	}
	t.shown[i] = reason
	s.append(at, 1)
}

func (t *stateTrack) series() []*series {
	var out []*series
	for _, c := range t.constants {
		out = append(out, c.series)
	}
	for _, phase := range []string{"Pending", "Running", "Succeeded", "Failed", "Unknown"} {
		if s := t.phases[phase]; s != nil {
			out = append(out, s)
		}
	}
	for i, s := range t.restarts {
		out = append(out, s)
		for _, reason := range []string{reasonOOM, reasonError, reasonCompleted} {
			if r := t.reasons[i][reason]; r != nil {
				out = append(out, r)
			}
		}
	}
	return out
}
