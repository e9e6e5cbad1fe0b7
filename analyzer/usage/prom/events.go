package prom

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
)

// eventStep is how finely restarts are looked at. Only containers that ever
// restarted come back, so the answer is small at any length of window.
const eventStep = time.Hour

// events counts restarts and OOM kills from kube-state-metrics. An OOM kill is
// a restart seen while the last termination's reason is OOMKilled; a reason
// that was there before the window began is an old one and counts for nothing.
func (c *client) events(ctx context.Context, snap *cluster.Snapshot, w usage.Window, own *owners) (map[cluster.ContainerID]usage.Events, error) {
	scope := scopeMatcher(snap)
	start, end := firstStep(w.Start, eventStep), w.End.Truncate(eventStep).Add(eventStep)
	if end.After(w.End) {
		end = w.End
	}
	// The last point is at the window's end, whatever its minute.
	start = end.Add(-end.Sub(start).Truncate(eventStep))
	// When anything was counted at all: a counter that was not seen while others
	// were was at 0; one that was not seen because nothing was, is unknown.
	counted := map[int64]bool{}
	if _, err := c.queryRange(ctx, "count(kube_pod_container_status_restarts_total"+braces(scope)+")", start, end, eventStep,
		&labelled{each: func(_ map[string]string, t int64, _ float64) { counted[t] = true }}, func() { clear(counted) }); err != nil {
		return nil, err
	}
	if len(counted) == 0 {
		return nil, nil
	}
	type instance struct{ namespace, pod, container string }
	of := func(l map[string]string) instance { return instance{namespaceOf(l), podOf(l), containerOf(l)} }
	oom := map[instance]map[int64]bool{}
	if _, err := c.queryRange(ctx, "kube_pod_container_status_last_terminated_reason"+braces(scope, `reason="OOMKilled"`)+" == 1", start, end, eventStep,
		&labelled{each: func(l map[string]string, t int64, _ float64) {
			i := of(l)
			if oom[i] == nil {
				oom[i] = map[int64]bool{}
			}
			oom[i][t] = true
		}}, func() { clear(oom) }); err != nil {
		return nil, err
	}
	// One container has several series where kube-state-metrics itself was
	// replaced; the largest count at an instant is the container's.
	counts := map[instance]map[int64]float64{}
	if _, err := c.queryRange(ctx, "kube_pod_container_status_restarts_total"+braces(scope)+" > 0", start, end, eventStep,
		&labelled{each: func(l map[string]string, t int64, v float64) {
			i := of(l)
			if counts[i] == nil {
				counts[i] = map[int64]float64{}
			}
			counts[i][t] = max(counts[i][t], v)
		}}, func() { clear(counts) }); err != nil {
		return nil, err
	}
	events := map[cluster.ContainerID]usage.Events{}
	step := eventStep.Milliseconds()
	for i, points := range counts {
		id, ok := own.container(i.namespace, i.pod, i.container)
		if !ok {
			continue
		}
		e := events[id]
		before, seen, killed := 0.0, false, int64(0)
		for _, t := range slices.Sorted(maps.Keys(points)) {
			v := points[t]
			grown := v - before
			switch {
			case !seen && !counted[t-step]:
				grown = 0 // whatever it counts may be older than the window
			case grown < 0:
				grown = v
			}
			before, seen = v, true
			was := killed
			if oom[i][t] {
				killed = t
			}
			if grown <= 0 {
				continue
			}
			e.Restarts += int(grown)
			if !oom[i][t] {
				continue
			}
			// One reason is kept per container: of several restarts within one
			// step, those that were OOM kills cannot be told; all are counted
			// where the reason was OOMKilled before as well.
			kills := 1
			if was > 0 && t-was <= step {
				kills = int(grown)
			}
			e.OOMKills += kills
			if at := time.UnixMilli(t).UTC(); at.After(e.LastOOM) {
				e.LastOOM = at
			}
		}
		events[id] = e
	}
	return events, nil
}

// attach puts events into the histories. nil events mean that nothing is
// known.
func attach(histories map[cluster.ContainerID]*usage.History, events map[cluster.ContainerID]usage.Events) {
	if events == nil {
		return
	}
	for id, h := range histories {
		h.Events = events[id]
		h.Events.Known = true
	}
}
