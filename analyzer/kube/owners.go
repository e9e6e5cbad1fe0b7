package kube

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// resolver finds the topmost owner of every pod among what was read.
type resolver struct {
	replicaSets, jobs, known map[object]*owned
	// cronJobsMissing allows to tell a CronJob by its Job's name alone.
	cronJobsMissing bool

	workloads map[cluster.WorkloadID]*cluster.Workload
	// seen is what the pods show of each workload.
	seen map[cluster.WorkloadID]*sighting
}

// sighting is what pods show of their workload.
type sighting struct {
	active int // pods that have not ended
	newest podTemplate
}

// newResolver knows every workload that was read by itself, those without
// pods included.
func newResolver(c *collector, cronJobsMissing bool) *resolver {
	v := &resolver{
		replicaSets:     map[object]*owned{},
		jobs:            map[object]*owned{},
		known:           map[object]*owned{},
		cronJobsMissing: cronJobsMissing,
		workloads:       map[cluster.WorkloadID]*cluster.Workload{},
		seen:            map[cluster.WorkloadID]*sighting{},
	}
	for _, list := range [][]owned{c.deployments, c.statefulSets, c.daemonSets, c.cronJobs} {
		for i := range list {
			v.add(&list[i])
		}
	}
	for i := range c.rollouts {
		v.add(c.rollouts[i].resolve(v.known))
	}
	for i := range c.replicaSets {
		rs := &c.replicaSets[i]
		v.replicaSets[rs.object().key()] = rs
		if rs.owner.isZero() {
			v.add(rs)
		}
	}
	for i := range c.jobs {
		j := &c.jobs[i]
		v.jobs[j.object().key()] = j
		if j.owner.isZero() {
			v.add(j)
		}
	}
	return v
}

func (v *resolver) add(o *owned) {
	v.known[o.object().key()] = o
	w := o.workload
	if !o.owner.isZero() {
		w.OwnedBy = o.owner.kind + "/" + o.owner.name
	}
	// Of two kinds of one name in different groups the first is kept.
	if _, ok := v.workloads[w.ID]; !ok {
		v.workloads[w.ID] = &w
	}
}

// top is the topmost owner of a pod: through ReplicaSet and Job, whose
// objects come and go, and no further. What owns a Deployment or a
// StatefulSet is its OwnedBy.
func (v *resolver) top(raw *rawPod) object {
	o := raw.owner
	switch {
	case o.isZero():
		return object{"v1", "Pod", raw.pod.Namespace, raw.pod.Name}
	case o.is("", "Node"):
		// The kubelet adds the node's name to a static pod's.
		return object{"v1", "StaticPod", raw.pod.Namespace, strings.TrimSuffix(raw.pod.Name, "-"+o.name)}
	case o.is("apps", "ReplicaSet"):
		rs, ok := v.replicaSets[o.key()]
		switch {
		case ok && !rs.owner.isZero():
			return rs.owner
		case !ok && !raw.implied.isZero():
			return raw.implied
		}
	case o.is("batch", "Job"):
		j, ok := v.jobs[o.key()]
		switch {
		case ok && !j.owner.isZero():
			return j.owner
		case !ok:
			if c, ok := v.impliedCronJob(o); ok {
				return c
			}
		}
	}
	return o
}

// impliedCronJob tells the CronJob of a Job that is gone or was not read by
// the minute of its schedule, which ends the Job's name.
func (v *resolver) impliedCronJob(job object) (object, bool) {
	i := strings.LastIndexByte(job.name, '-')
	if i <= 0 || len(job.name)-i-1 != 8 || strings.Trim(job.name[i+1:], "0123456789") != "" {
		return object{}, false
	}
	o := object{job.apiVersion, "CronJob", job.namespace, job.name[:i]}
	_, known := v.known[o.key()]
	return o, known || v.cronJobsMissing
}

// pod resolves one pod and counts it for its workload.
func (v *resolver) pod(raw *rawPod, templates map[object]podTemplate) cluster.Pod {
	o := v.top(raw)
	id := o.id()
	if _, ok := v.workloads[id]; !ok {
		// A bare pod is its own template; any other owner's was not readable.
		v.workloads[id] = &cluster.Workload{ID: id, APIVersion: o.apiVersion, Known: o.kind == "Pod" && raw.owner.isZero()}
	}
	s := v.seen[id]
	if s == nil {
		s = &sighting{}
		v.seen[id] = s
	}
	if raw.pod.Phase != "Succeeded" && raw.pod.Phase != "Failed" {
		s.active++
	}
	direct := raw.owner
	if direct.isZero() {
		direct = o
	}
	t := templates[direct.key()]
	if newer := cmp.Or(t.createdAt.Compare(s.newest.createdAt), strings.Compare(t.pod, s.newest.pod)); newer > 0 {
		s.newest = t
	}
	raw.pod.Workload = id
	return raw.pod
}

// finish fills what only the pods can tell.
func (v *resolver) finish() []cluster.Workload {
	out := make([]cluster.Workload, 0, len(v.workloads))
	for id, w := range v.workloads {
		s := v.seen[id]
		if s == nil {
			s = &sighting{}
		}
		if len(w.Containers) == 0 {
			w.Containers = slices.Clone(s.newest.containers)
			if w.Labels == nil {
				w.Labels = s.newest.labels
			}
			word{w.Ignore, w.Policy, w.Peak}.or(s.newest.word).put(w)
		}
		if id.Kind == "CronJob" || id.Kind == "Pod" || !w.Known {
			w.Replicas = s.active
		}
		if id.Kind == "Pod" {
			w.CreatedAt = s.newest.createdAt
		}
		out = append(out, *w)
	}
	return out
}
