package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// ages knows when each object was made, by the scenario and the plan.
type ages struct {
	end       time.Time
	scenario  *Scenario
	nodes     map[string]time.Time
	pods      map[string]PodRecord // by UID
	sets      map[string]time.Time // ReplicaSets by namespace/name
	jobs      map[string]jobTimes  // by namespace/name
	lastRuns  map[string]jobTimes  // CronJobs by namespace/name
	workloads map[string]*Workload // by namespace/name label
}

// jobTimes is when a Job was made, and when it began and ended; stop is zero
// while it runs.
type jobTimes struct{ created, start, stop time.Time }

func newAges(s *Scenario, plan *Plan) *ages {
	a := &ages{
		end: plan.End, scenario: s, nodes: make(map[string]time.Time), pods: make(map[string]PodRecord),
		sets: make(map[string]time.Time), jobs: make(map[string]jobTimes), lastRuns: make(map[string]jobTimes),
		workloads: make(map[string]*Workload),
	}
	for i := range s.Workloads {
		a.workloads[s.Workloads[i].Namespace+"/"+s.Workloads[i].Name] = &s.Workloads[i]
	}
	for _, n := range plan.Nodes {
		a.nodes[n.Name] = time.UnixMilli(n.Created)
	}
	for _, rs := range plan.ReplicaSets {
		a.sets[rs.Namespace+"/"+rs.Name] = time.UnixMilli(rs.Created)
	}
	created := make(map[string]int64)
	cronJobs := make(map[string]string)
	for _, j := range plan.Jobs {
		created[j.Namespace+"/"+j.Name] = j.Created
		if j.CronJob != "" {
			cronJobs[j.Namespace+"/"+j.Name] = j.Namespace + "/" + j.CronJob
		}
	}
	for _, p := range plan.Pods {
		if !p.Live {
			continue
		}
		a.pods[p.UID] = p
		if p.OwnerKind != KindJob {
			continue
		}
		name := p.Namespace + "/" + p.OwnerName
		t := jobTimes{created: time.UnixMilli(created[name]), start: time.UnixMilli(p.Start)}
		if p.Stop > 0 {
			t.stop = time.UnixMilli(p.Stop)
		}
		a.jobs[name] = t
		if cron, ok := cronJobs[name]; ok && t.created.After(a.lastRuns[cron].created) {
			a.lastRuns[cron] = t
		}
	}
	return a
}

// backdate gives objects the age that the scenario says, and Jobs their times.
func (c *Cluster) backdate(ctx context.Context) error {
	h, err := c.History()
	if err != nil {
		return err
	}
	a := newAges(c.scenario, h.plan)
	s := store{c.state.Etcd}
	kinds := []string{
		"minions", "namespaces", "pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs",
		"horizontalpodautoscalers", "poddisruptionbudgets", "persistentvolumeclaims", "services/specs",
		"karpenter.sh/nodeclaims",
	}
	for _, fields := range c.scenario.Objects {
		u := &unstructured.Unstructured{Object: fields}
		gvk := u.GroupVersionKind()
		if gvk.Group != "" && gvk.Kind != "CustomResourceDefinition" && strings.Contains(gvk.Group, ".") {
			kinds = append(kinds, gvk.Group+"/"+pluralOf(gvk).Resource)
		}
	}
	for _, kind := range slices.Compact(kinds) {
		if err := s.each(ctx, "/registry/"+kind+"/", a.apply); err != nil {
			return fmt.Errorf("setting the age of %s: %w", kind, err)
		}
	}
	return nil
}

// apply sets the times of one object and reports whether it changed any.
func (a *ages) apply(obj runtime.Object) bool {
	switch o := obj.(type) {
	case *corev1.Node:
		at, ok := a.nodes[o.Name]
		if ok {
			for i := range o.Status.Conditions {
				o.Status.Conditions[i].LastTransitionTime = metav1.NewTime(at.Add(30 * time.Second))
			}
		}
		return made(o, at, ok)
	case *corev1.Namespace:
		ns := a.scenario.namespaceOf(o.Name)
		if ns == nil {
			return made(o, a.end.Add(-defaultAge), true)
		}
		return made(o, a.end.Add(-orDefault(ns.Age)), true)
	case *corev1.Pod:
		rec, ok := a.pods[string(o.UID)]
		if !ok {
			return false
		}
		if rec.Stop > 0 {
			finishPod(o, time.UnixMilli(rec.Start), time.UnixMilli(rec.Stop))
		}
		return made(o, time.UnixMilli(rec.Start).Add(-4*time.Second), true)
	case *appsv1.ReplicaSet:
		at, ok := a.sets[o.Namespace+"/"+o.Name]
		return made(o, at, ok)
	case *batchv1.Job:
		t, ok := a.jobs[o.Namespace+"/"+o.Name]
		if ok {
			t.settle(o)
		}
		return made(o, t.created, ok)
	case *batchv1.CronJob:
		// Without it the controller would make up for all that it seems to have
		// missed since the object was made.
		if t, ok := a.lastRuns[o.Namespace+"/"+o.Name]; ok {
			at, done := metav1.NewTime(t.created), metav1.NewTime(t.stop)
			o.Status.LastScheduleTime, o.Status.LastSuccessfulTime = &at, &done
		}
	}
	o, ok := obj.(metav1.Object)
	if !ok {
		return false
	}
	if u, ok := obj.(*unstructured.Unstructured); ok {
		node, _, _ := unstructured.NestedString(u.Object, "status", "nodeName")
		if at, ok := a.nodes[node]; ok {
			return made(o, at.Add(-40*time.Second), true)
		}
		return made(o, a.end.Add(-defaultAge), true)
	}
	w := a.workloads[o.GetNamespace()+"/"+o.GetLabels()[nameLabel]]
	if w == nil {
		return false
	}
	return made(o, a.end.Add(-orDefault(w.Age)), true)
}

func made(o metav1.Object, at time.Time, ok bool) bool {
	if ok {
		o.SetCreationTimestamp(metav1.NewTime(at.Truncate(time.Second)))
	}
	return ok
}

func orDefault(age Duration) time.Duration {
	if age == 0 {
		return defaultAge
	}
	return time.Duration(age)
}

func finishPod(pod *corev1.Pod, from, to time.Time) {
	start := metav1.NewTime(from)
	pod.Status.StartTime = &start
	for i := range pod.Status.ContainerStatuses {
		if t := pod.Status.ContainerStatuses[i].State.Terminated; t != nil {
			t.StartedAt, t.FinishedAt = start, metav1.NewTime(to)
		}
	}
}

func (t jobTimes) settle(job *batchv1.Job) {
	start := metav1.NewTime(t.start)
	job.Status.StartTime = &start
	if t.stop.IsZero() || job.Status.CompletionTime == nil {
		return
	}
	stop := metav1.NewTime(t.stop)
	job.Status.CompletionTime = &stop
	for i := range job.Status.Conditions {
		job.Status.Conditions[i].LastTransitionTime, job.Status.Conditions[i].LastProbeTime = stop, stop
	}
}
