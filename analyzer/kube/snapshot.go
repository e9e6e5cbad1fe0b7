package kube

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/rest"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// manyBare is the number of ReplicaSets without an owner from which on one
// list of all costs less than asking for each.
const manyBare = 50

// readBare reads the templates of the ReplicaSets that nothing owns; of all
// others the metadata suffices. Where it fails their newest pod has to do.
func (r *reader) readBare(ctx context.Context) {
	bare := map[cluster.WorkloadID]*owned{}
	for i := range r.got.replicaSets {
		if rs := &r.got.replicaSets[i]; rs.owner.isZero() {
			bare[rs.workload.ID] = rs
		}
	}
	keep := func(rs *appsv1.ReplicaSet) {
		id := cluster.WorkloadID{Namespace: rs.Namespace, Kind: "ReplicaSet", Name: rs.Name}
		if o, ok := bare[id]; ok {
			*o = templated("apps/v1", "ReplicaSet", &rs.ObjectMeta, &rs.Spec.Template, count(rs.Spec.Replicas))
		}
	}
	k := &kind{group: "apps", version: "v1", resource: "replicasets", accept: acceptProtobuf, reset: func() {}}
	var failed error
	if len(bare) > manyBare {
		k.page = typed(func(l *appsv1.ReplicaSetList) int { return each(l.Items, keep) })
		failed = r.client.list(ctx, k, r.scope(), func(string) {})
	} else {
		for id := range bare {
			err := r.client.retry(ctx, func() error {
				return r.client.get(ctx, k.path(id.Namespace)+"/"+id.Name, acceptProtobuf, nil, func(res rest.Result) error {
					var rs appsv1.ReplicaSet
					if err := res.Into(&rs); err != nil {
						return err
					}
					keep(&rs)
					return nil
				})
			})
			if err != nil && failed == nil {
				failed = err
			}
		}
	}
	if failed != nil {
		r.gaps = append(r.gaps, gapOf("replicasets.apps", r.scope(), "ReplicaSets without a Deployment show the requests of their newest pod", failed))
	}
}

// scope is the one namespace that was read, or "".
func (r *reader) scope() string {
	if r.opts.Namespace != "" {
		return r.opts.Namespace
	}
	if len(r.kinds) > 0 && r.kinds[0].narrowed {
		return r.opts.Fallback
	}
	return ""
}

// snapshot joins everything that was read.
func (r *reader) snapshot() *cluster.Snapshot {
	c := r.got
	name, region := eksCluster(r.opts.Cluster)
	s := &cluster.Snapshot{
		TakenAt: r.opts.TakenAt,
		Name:    or(name, r.opts.Context),
		Context: r.opts.Context,
		Version: r.version,
		Region:  or(majorityRegion(c.nodes), region),
		Scope:   r.scope(),
		Nodes:   c.nodes,
	}
	cronJobsMissing := false
	for _, k := range r.kinds {
		cronJobsMissing = cronJobsMissing || k.resource == "cronjobs" && (k.err != nil || k.narrowed)
	}
	v := newResolver(c, cronJobsMissing)
	s.Pods = make([]cluster.Pod, 0, len(c.pods))
	for i := range c.pods {
		s.Pods = append(s.Pods, v.pod(&c.pods[i], c.templates))
	}
	s.Workloads = v.finish()
	attach(s.Workloads, mergeScaling(c.hpas, c.scaledObjects, c.vpas))
	s.NodePools = nodePools(c.nodePools, c.nodes)
	s.Namespaces = imposed(c.namespaces, c.limitRanges, c.quotas)
	s.Missing = r.missing(s.Scope)
	if s.Scope != "" {
		keepScope(s)
	}
	return s
}

// keepScope drops what lies outside the scope: where pods of one namespace
// could be read, the workloads of another would look empty.
func keepScope(s *cluster.Snapshot) {
	s.Workloads = slices.DeleteFunc(s.Workloads, func(w cluster.Workload) bool { return w.ID.Namespace != s.Scope })
	s.Namespaces = slices.DeleteFunc(s.Namespaces, func(n cluster.Namespace) bool { return n.Name != s.Scope })
}

// imposed gives the namespaces the names of what bounds resources in them.
func imposed(namespaces []cluster.Namespace, limitRanges, quotas []named) []cluster.Namespace {
	at := make(map[string]*cluster.Namespace, len(namespaces))
	for i := range namespaces {
		at[namespaces[i].Name] = &namespaces[i]
	}
	for _, o := range limitRanges {
		if n := at[o.namespace]; n != nil {
			n.LimitRanges = append(n.LimitRanges, o.name)
		}
	}
	for _, o := range quotas {
		if n := at[o.namespace]; n != nil {
			n.Quotas = append(n.Quotas, o.name)
		}
	}
	for i := range namespaces {
		slices.Sort(namespaces[i].LimitRanges)
		slices.Sort(namespaces[i].Quotas)
	}
	return namespaces
}
