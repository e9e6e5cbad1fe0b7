package recommend

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend/change"
)

// Plan asks the strategy about every container of the report and binds the
// answers by the policy. The result has one recommendation per container of
// every workload: what is proposed first, raises before cuts, each by the
// money it moves; then what is held, what is unknown, and what stays.
func Plan(r *analyzer.Report, s Strategy, p Policy) []Recommendation {
	pl := planner{report: r, strategy: s, policy: p, live: liveEvents(r.Snapshot, r.Usage.Window), present: presentUsage(r.Snapshot, r.Usage), oldest: oldestPods(r.Snapshot)}
	var recs []Recommendation
	for i := range r.Snapshot.Workloads {
		recs = append(recs, pl.workload(&r.Snapshot.Workloads[i])...)
	}
	slices.SortStableFunc(recs, urgency)
	return recs
}

// planner is one run of Plan.
type planner struct {
	report   *analyzer.Report
	strategy Strategy
	policy   Policy
	live     map[cluster.ContainerID]usage.Events
	present  map[cluster.ContainerID]*usage.Sample
	oldest   map[cluster.WorkloadID]time.Time // when the oldest of its pods began
}

func urgency(a, b Recommendation) int {
	return cmp.Or(
		cmp.Compare(rank(&a), rank(&b)),
		cmp.Compare(magnitude(&b), magnitude(&a)),
		a.ID().Compare(b.ID()),
	)
}

func rank(r *Recommendation) int {
	switch r.Status {
	case Proposed:
		if r.Raise {
			return 0
		}
		return 1
	case Held:
		return 2
	case InsufficientData:
		return 3
	case Keep:
		return 4
	}
	return 5
}

// magnitude orders recommendations of one kind: by money where it is known,
// else by the cores and memory that they move, at about AWS' rates.
func magnitude(r *Recommendation) float64 {
	v := 0.0
	if r.Freed != nil {
		v = r.Freed.Units()
	} else {
		v = r.FreedCPU.Cores()*0.035 + float64(r.FreedMemory)/float64(unit.GiB)*0.0034
	}
	return max(v, -v)
}

func (pl *planner) workload(w *cluster.Workload) []Recommendation {
	recs := make([]Recommendation, 0, len(w.Containers))
	guaranteed := classOf(w.Containers, nil) == "Guaranteed"
	for i := range w.Containers {
		recs = append(recs, pl.container(w, &w.Containers[i], guaranteed))
	}
	before := classOf(w.Containers, nil)
	after := classOf(w.Containers, recs)
	for i := range recs {
		recs[i].QOSBefore, recs[i].QOSAfter = before, after
		if recs[i].Status == Proposed && before != after {
			recs[i].Reasons = append(recs[i].Reasons, fmt.Sprintf("the pod's QoS class changes from %s to %s", before, after))
		}
	}
	return recs
}

func (pl *planner) container(w *cluster.Workload, c *cluster.Container, guaranteed bool) Recommendation {
	r, s, p := pl.report, pl.strategy, pl.policy
	current := Setting{c.Request, c.Limit}
	rec := Recommendation{
		Workload:  w.ID,
		Object:    change.Object{APIVersion: w.APIVersion, Kind: w.ID.Kind, Namespace: w.ID.Namespace, Name: w.ID.Name},
		Replicas:  w.Replicas,
		Container: c.Name, Sidecar: c.Sidecar, Strategy: s.Name(),
		Status: Keep, Current: current, Proposed: current, Target: current,
	}
	id := rec.ID()
	h := r.Usage.Containers[id]
	if h == nil {
		h = &usage.History{}
	}
	rec.Usage = evidenceOf(h, r.Usage.Window)
	rec.Usage.Events = withLive(rec.Usage.Events, pl.live[id])
	rec.Usage.Present = pl.present[id]
	rec.Confidence = confidenceOf(&rec.Usage)

	withEvents := *h
	withEvents.Events = rec.Usage.Events
	var oomLimit *unit.Bytes
	if e := &rec.Usage.Events; e.OOMKills > 0 && (pl.live[id].OOMKills > 0 || !e.LastOOM.Before(pl.oldest[w.ID])) {
		oomLimit = current.Limit.Memory
	}
	sizing, ok := s.Size(Case{OOMLimit: oomLimit, ID: id, Container: c, Containers: len(w.Containers), Replicas: w.Replicas, History: &withEvents, Window: r.Usage.Window})
	rec.Reasons = sizing.Reasons
	if !ok {
		rec.Status = InsufficientData
		return rec
	}
	b := bound(current, sizing, c, p, guaranteed, w.Replicas, unit.BytesOf(rec.Usage.Memory.Max))
	rec.Target, rec.Proposed = b.target, b.step
	rec.Reasons = append(rec.Reasons, b.reasons...)
	rec.Raise = b.raise
	changed := differs(current, rec.Proposed)
	holds := holdsOf(r, w, p)
	switch {
	case len(holds) > 0 && changed:
		rec.Status = Held
		rec.Reasons = append(holds, rec.Reasons...)
		rec.Proposed = current
	case b.held && !changed:
		rec.Status = Held
	case changed:
		rec.Status = Proposed
	}
	if rec.Status == Keep {
		rec.Raise = false
	}
	if rec.Raise {
		rec.Reasons = append(riskOf(&withEvents, &rec.Usage, current), rec.Reasons...)
	}
	rec.free(r, current)
	return rec
}

// free fills in what Proposed no longer requests, and what that costs.
func (r *Recommendation) free(report *analyzer.Report, current Setting) {
	have, want := effective(current), effective(r.Proposed)
	n := int64(r.Replicas)
	r.FreedCPU = unit.MilliCPU(n) * (orZero(have.CPU) - orZero(want.CPU))
	r.FreedMemory = unit.Bytes(n) * (orZero(have.Memory) - orZero(want.Memory))
	if report.Allocation == nil {
		return
	}
	cpu, memory, ok := report.Allocation.Rates(r.Workload)
	if !ok {
		return
	}
	rate := unit.HourlyRate(float64(cpu)*r.FreedCPU.Cores() + float64(memory)*float64(r.FreedMemory)/float64(unit.GiB))
	r.Freed = &rate
}

// effective are the requests that the scheduler counts: Kubernetes sets a
// request that is missing to its limit.
func effective(s Setting) cluster.Resources {
	return cluster.Resources{CPU: cmp.Or(s.Request.CPU, s.Limit.CPU), Memory: cmp.Or(s.Request.Memory, s.Limit.Memory)}
}

func orZero[T ~int64](v *T) T {
	if v == nil {
		return 0
	}
	return *v
}

func differs(a, b Setting) bool {
	return !equal(a.Request.CPU, b.Request.CPU) || !equal(a.Request.Memory, b.Request.Memory) ||
		!equal(a.Limit.CPU, b.Limit.CPU) || !equal(a.Limit.Memory, b.Limit.Memory)
}

func equal[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// classOf is the pod's QoS class by Kubernetes' definition, with the proposed
// settings of recs where given.
func classOf(containers []cluster.Container, recs []Recommendation) string {
	guaranteed, any := len(containers) > 0, false
	for i := range containers {
		s := Setting{containers[i].Request, containers[i].Limit}
		if recs != nil {
			s = recs[i].Proposed
		}
		e := effective(s)
		any = any || e.CPU != nil || e.Memory != nil
		guaranteed = guaranteed && s.Limit.CPU != nil && s.Limit.Memory != nil && *e.CPU == *s.Limit.CPU && *e.Memory == *s.Limit.Memory
	}
	switch {
	case guaranteed:
		return "Guaranteed"
	case any:
		return "Burstable"
	}
	return "BestEffort"
}

// holdsOf is why a workload's change must wait for a person.
func holdsOf(r *analyzer.Report, w *cluster.Workload, p Policy) []string {
	var holds []string
	hold := func(format string, args ...any) { holds = append(holds, "held: "+fmt.Sprintf(format, args...)) }
	if w.Ignore {
		hold("trimtab.dev/ignore is set on the workload")
	}
	if ns, ok := r.Snapshot.Namespace(w.ID.Namespace); ok {
		if ns.Ignore {
			hold("trimtab.dev/ignore is set on the namespace")
		}
		if len(ns.LimitRanges) > 0 {
			hold("LimitRange %s bounds this namespace's containers: check the target against it and set it by hand", strings.Join(ns.LimitRanges, ", "))
		}
		if len(ns.Quotas) > 0 {
			hold("ResourceQuota %s counts this namespace's requests: check the target against it and set it by hand", strings.Join(ns.Quotas, ", "))
		}
	}
	for _, a := range w.Autoscalers {
		switch {
		case a.Kind == "VerticalPodAutoscaler" && !a.Updates:
			continue // it only recommends
		case a.Kind == "VerticalPodAutoscaler":
			hold("VerticalPodAutoscaler %s sets the requests itself", a.Name)
		case a.CPU || a.Memory:
			hold("%s %s scales on a share of the request: request and target must change together", a.Kind, a.Name)
		default:
			hold("%s %s changes the number of replicas", a.Kind, a.Name)
		}
	}
	if w.ID.Namespace == "kube-system" && !p.System {
		hold("kube-system is left alone until asked for (--include system)")
	}
	if w.OwnedBy != "" && !p.Operators {
		hold("%s owns this object and would undo an edit (--include operators)", w.OwnedBy)
	}
	if w.ID.Kind == "StatefulSet" && w.Replicas == 1 && !p.SingleStateful {
		hold("a StatefulSet of one replica is down while it restarts (--include single-stateful)")
	}
	switch {
	case w.ID.Kind == "Pod" || w.ID.Kind == "Job" || w.ID.Kind == "StaticPod":
		hold("a %s cannot be changed where it is: change what creates it", w.ID.Kind)
	case !w.Known:
		hold("the pod template of a %s cannot be read", w.ID.Kind)
	}
	if w.Peak == "monthly" && r.Usage.Window.Length() < 31*24*time.Hour {
		hold("trimtab.dev/peak says monthly, and the window is %d days", r.Usage.Window.Days())
	}
	return holds
}
