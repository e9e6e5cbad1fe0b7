package prom

import (
	"context"
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
	var known single
	scope := scopeMatcher(snap)
	if _, err := c.query(ctx, "count(kube_pod_container_status_restarts_total"+braces(scope)+")", w.End, &known, nil); err != nil {
		return nil, err
	}
	if !known.ok {
		return nil, nil
	}
	type instance struct{ namespace, pod, container string }
	of := func(l map[string]string) instance { return instance{namespaceOf(l), podOf(l), containerOf(l)} }
	oom := map[instance]map[int64]bool{}
	start, end := firstStep(w.Start, eventStep), w.End.Truncate(eventStep).Add(eventStep)
	if end.After(w.End) {
		end = w.End
	}
	// The last point is at the window's end, whatever its minute.
	start = end.Add(-end.Sub(start).Truncate(eventStep))
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
	events := map[cluster.ContainerID]usage.Events{}
	type state struct {
		t       int64
		counted float64
		killed  bool
	}
	before := map[instance]state{}
	step := eventStep.Milliseconds()
	if _, err := c.queryRange(ctx, "kube_pod_container_status_restarts_total"+braces(scope)+" > 0", start, end, eventStep,
		&labelled{each: func(l map[string]string, t int64, v float64) {
			i := of(l)
			b, seen := before[i]
			grown := v - b.counted
			if !seen {
				// Restarts that the first point of the window shows already
				// happened before it; later on, the series began at 0.
				grown = v
				if t <= start.UnixMilli() {
					grown = 0
				}
			} else if grown < 0 {
				grown = v
			}
			before[i] = state{t, v, oom[i][t]}
			id, ok := own.container(i.namespace, i.pod, i.container)
			if !ok || grown <= 0 {
				return
			}
			e := events[id]
			e.Restarts += int(grown)
			if oom[i][t] {
				// One reason is kept per container: of several restarts within
				// one step, those that were OOM kills cannot be told; all are
				// counted where the reason was OOMKilled before as well.
				kills := 1
				if b.killed && t-b.t <= step {
					kills = int(grown)
				}
				e.OOMKills += kills
				if at := time.UnixMilli(t).UTC(); at.After(e.LastOOM) {
					e.LastOOM = at
				}
			}
			events[id] = e
		}}, func() { clear(events); clear(before) }); err != nil {
		return nil, err
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
