package recommend

import (
	"fmt"
	"math"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
)

// enoughSamples is how many samples a replica needs for its quantiles to
// count while another replica has that many: a quarter of a day of the
// survey. A pod that has just started says little about p99.
const enoughSamples = 24

// leastForQuantiles is the fewest samples that have a 95th percentile: of
// fewer than twenty none is above it.
const leastForQuantiles = 20

// evidenceOf summarises a history by its worst replica.
func evidenceOf(h *usage.History, w usage.Window) Evidence {
	return Evidence{
		CPU: worst(&h.CPU), Memory: worst(&h.Memory),
		Samples: h.CPU.Samples(), Step: h.CPU.Step, Days: min(h.CPU.DaysCovered(), w.Days()),
		Coverage: h.CPU.Covered(w), Pods: max(len(h.CPU.Pods), len(h.Memory.Pods)), Events: h.Events,
	}
}

// worst takes each quantile from the replica where it is largest; they may be
// different replicas.
func worst(s *usage.Series) Quantiles {
	var q Quantiles
	for i := range s.Pods {
		q.Known = q.Known || s.Pods[i].Dist.Count() >= leastForQuantiles
	}
	if !q.Known {
		return q
	}
	q.P50, _, _ = s.WorstQuantile(0.50, enoughSamples)
	q.P95, _, _ = s.WorstQuantile(0.95, enoughSamples)
	q.P99, _, _ = s.WorstQuantile(0.99, enoughSamples)
	q.Max, _ = s.Max()
	return q
}

// presentUsage is the busiest replica's usage now, per container.
func presentUsage(s *cluster.Snapshot, u *usage.Usage) map[cluster.ContainerID]*usage.Sample {
	present := make(map[cluster.ContainerID]*usage.Sample)
	for i := range s.Pods {
		p := &s.Pods[i]
		for name, sample := range u.Present[p.Key()] {
			id := cluster.ContainerID{Workload: p.Workload, Container: name}
			have := present[id]
			if have == nil {
				present[id] = &sample
				continue
			}
			have.CPU, have.Memory = max(have.CPU, sample.CPU), max(have.Memory, sample.Memory)
			if sample.At.After(have.At) {
				have.At = sample.At
			}
		}
	}
	return present
}

// oldestPods is when the oldest living pod of each workload was created.
func oldestPods(s *cluster.Snapshot) map[cluster.WorkloadID]time.Time {
	oldest := make(map[cluster.WorkloadID]time.Time)
	for i := range s.Pods {
		p := &s.Pods[i]
		if !p.Active() {
			continue
		}
		if at, ok := oldest[p.Workload]; !ok || p.CreatedAt.Before(at) {
			oldest[p.Workload] = p.CreatedAt
		}
	}
	return oldest
}

// liveEvents is what the API server still shows of restarts and terminations,
// per container.
func liveEvents(s *cluster.Snapshot, w usage.Window) map[cluster.ContainerID]usage.Events {
	live := make(map[cluster.ContainerID]usage.Events)
	for i := range s.Pods {
		p := &s.Pods[i]
		for j := range p.Containers {
			c := &p.Containers[j]
			if c.Restarts == 0 && c.LastTermination == nil {
				continue
			}
			id := cluster.ContainerID{Workload: p.Workload, Container: c.Name}
			e := live[id]
			e.Restarts += c.Restarts
			if t := c.LastTermination; t != nil && t.Reason == "OOMKilled" && !t.At.Before(w.Start) {
				e.OOMKills++
				if t.At.After(e.LastOOM) {
					e.LastOOM = t.At
				}
			}
			live[id] = e
		}
	}
	return live
}

// withLive adds the API server's view: an OOM kill in a pod's status counts
// even where no history of kills is kept.
func withLive(e, live usage.Events) usage.Events {
	if live.OOMKills > e.OOMKills {
		e.OOMKills = live.OOMKills
	}
	if live.LastOOM.After(e.LastOOM) {
		e.LastOOM = live.LastOOM
	}
	if !e.Known {
		e.Restarts = live.Restarts
	}
	return e
}

// confidenceOf grades how much a recommendation can rest on its data. The
// grade is the worst of its parts: days measured, coverage of those days, and
// how finely.
func confidenceOf(e *Evidence) Confidence {
	grade := 0
	var c Confidence
	at := func(least int, format string, args ...any) {
		grade = max(grade, least)
		c.Reasons = append(c.Reasons, fmt.Sprintf(format, args...))
	}
	hours := e.Coverage
	switch {
	case e.Samples == 0:
		at(3, "no usage was measured")
	case e.Days >= 7:
		at(0, "%d days of usage, a full week among them", e.Days)
	case e.Days >= 3:
		at(1, "%d days of usage: no full week has been seen", e.Days)
	case e.Days >= 2:
		at(2, "%d days of usage", e.Days)
	default:
		at(3, "less than two days of usage")
	}
	if e.Samples > 0 {
		switch {
		case hours >= 0.9:
		case hours >= 0.5:
			at(1, "samples in %.0f %% of the window's hours", 100*hours)
		default:
			at(2, "samples in only %.0f %% of the window's hours", 100*hours)
		}
		if e.Step > 5*time.Minute {
			at(1, "measured in steps of %s: shorter peaks of CPU are not seen", unit.Span(e.Step))
		} else if e.Step > 0 {
			c.Reasons = append(c.Reasons, fmt.Sprintf("measured at scrape resolution (%s)", unit.Span(e.Step)))
		}
	}
	if !e.Events.Known && e.Samples > 0 {
		at(1, "no history of restarts and OOM kills")
	}
	c.Grade = string("ABCD"[grade])
	return c
}

// riskOf says in words, with numbers, why the present setting is too small, the
// worst first: kills, a memory limit that was nearly reached, memory above its
// request, CPU above its request for more than a hundredth of the time.
func riskOf(h *usage.History, e *Evidence, current Setting) []string {
	var why []string
	have := effective(current)
	if n := e.Events.OOMKills; n > 0 {
		kills := "1 out-of-memory kill"
		if n > 1 {
			kills = fmt.Sprintf("%d out-of-memory kills", n)
		}
		if l := current.Limit.Memory; l != nil {
			kills += " at a memory limit of " + l.Compact()
		}
		why = append(why, "at risk: "+kills)
	}
	if l := current.Limit.Memory; l != nil && e.Memory.Known && e.Events.OOMKills == 0 && e.Memory.Max > 0.9*float64(*l) {
		why = append(why, fmt.Sprintf("at risk: memory came within a tenth of its limit of %s (max %s)", l.Compact(), unit.BytesOf(e.Memory.Max).Compact()))
	}
	if q := e.Memory; q.Known && have.Memory != nil && q.Max > float64(*have.Memory) {
		if share, ok := worstShare(&h.Memory, float64(*have.Memory)); ok {
			why = append(why, fmt.Sprintf("at risk: memory usage is above the request of %s for %s of the time (max %s)",
				have.Memory.Compact(), unit.Percent(share), unit.BytesOf(q.Max).Compact()))
		}
	}
	if q := e.CPU; q.Known && have.CPU != nil && q.P99 > have.CPU.Cores() {
		if share, ok := worstShare(&h.CPU, have.CPU.Cores()); ok {
			why = append(why, fmt.Sprintf("at risk: CPU usage is above the request of %s for %s of the time (p95 %s, p99 %s, max %s)",
				have.CPU.Compact(), unit.Percent(share), cores(q.P95), cores(q.P99), cores(q.Max)))
		}
	}
	return why
}

// worstShare is the largest share of any pod's samples above v.
func worstShare(s *usage.Series, v float64) (worst float64, ok bool) {
	for i := range s.Pods {
		d := &s.Pods[i].Dist
		if d.Count() < enoughSamples {
			continue
		}
		if share, has := d.ShareAbove(v); has {
			worst, ok = max(worst, share), true
		}
	}
	return worst, ok
}

func cores(v float64) string { return unit.MilliCPU(math.Round(v * 1000)).Compact() }
