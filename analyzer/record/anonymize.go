package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
)

// Anonymize is r with every name replaced by an alias: of the cluster, its
// namespaces, workloads, pods, containers, images, nodes, node pools,
// autoscalers, quotas and policies, the values of labels and the domains in
// their keys, also where a warning or a gap names them. The same name becomes
// the same alias everywhere. Amounts, times and prices stay, and so do kinds,
// versions, instance types, regions and zones, and the namespace kube-system,
// which policies treat apart. r itself is not changed.
func Anonymize(r Recording) Recording {
	a := newAliases(r)
	out := Recording{Snapshot: a.snapshot(r.Snapshot), Book: a.book(r.Book)}
	if r.Usage == nil {
		return out
	}
	// A history that both have is one history in the result, too: that tells
	// which were refined.
	done := map[*usage.History]*usage.History{}
	out.Usage = a.usage(r.Usage, done)
	if r.Detail != nil {
		out.Detail = a.usage(r.Detail, done)
	}
	return out
}

// aliases are the names of a recording and what they become, by what they
// name.
type aliases struct {
	namespaces, workloads, pods, containers, images  names
	nodes, pools, scalers, bounds, policies, domains names
	values, clusters, sources                        names
	text                                             text
}

// names are the aliases of one sort of name.
type names struct {
	seen map[string]bool
	to   map[string]string
}

func (n *names) add(all ...string) {
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	for _, s := range all {
		if s != "" {
			n.seen[s] = true
		}
	}
}

// number gives each name that has none an alias. Numbers follow the order of
// the names, so that lists keep their order.
func (n *names) number(prefix string) {
	n.to = make(map[string]string, len(n.seen))
	width := len(fmt.Sprint(len(n.seen)))
	for i, s := range slices.Sorted(maps.Keys(n.seen)) {
		n.to[s] = fmt.Sprintf("%s-%0*d", prefix, width, i+1)
	}
}

// of is a name's alias; the empty name stays.
func (n *names) of(s string) string { return n.to[s] }

// kept is the namespace that keeps its name.
const kept = "kube-system"

func newAliases(r Recording) *aliases {
	a := &aliases{}
	a.see(r.Snapshot)
	for _, u := range []*usage.Usage{r.Usage, r.Detail} {
		if u == nil {
			continue
		}
		a.sources.add(u.Sources...)
		for id, h := range u.Containers {
			if h == nil {
				continue
			}
			a.workload(id.Workload)
			a.containers.add(id.Container)
			for _, s := range []*usage.Series{&h.CPU, &h.Memory} {
				for i := range s.Pods {
					a.pods.add(s.Pods[i].Pod)
				}
			}
		}
		for pod, containers := range u.Present {
			a.namespaces.add(pod.Namespace)
			a.pods.add(pod.Name)
			a.containers.add(sortedKeys(containers)...)
		}
	}
	for _, n := range []struct {
		names  *names
		prefix string
	}{
		{&a.namespaces, "namespace"},
		{&a.workloads, "workload"},
		{&a.pods, "pod"},
		{&a.containers, "container"},
		{&a.images, "image"},
		{&a.nodes, "node"},
		{&a.pools, "pool"},
		{&a.scalers, "scaler"},
		{&a.bounds, "bound"},
		{&a.policies, "policy"},
		{&a.domains, "domain"},
		{&a.values, "value"},
		{&a.clusters, "cluster"},
	} {
		n.names.number(n.prefix)
	}
	a.namespaces.to[kept] = kept
	// A source's name is what it is, and then where: "prometheus shop/prom".
	a.sources.to = map[string]string{}
	for s := range a.sources.seen {
		a.sources.to[s], _, _ = strings.Cut(s, " ")
	}
	a.text = newText(&a.sources, &a.clusters, &a.nodes, &a.images, &a.namespaces, &a.workloads, &a.pods, &a.containers, &a.pools, &a.scalers, &a.bounds, &a.policies, &a.values)
	return a
}

func (a *aliases) workload(id cluster.WorkloadID) {
	a.namespaces.add(id.Namespace)
	a.workloads.add(id.Name)
}

// see collects the names in a snapshot.
func (a *aliases) see(s *cluster.Snapshot) {
	a.clusters.add(s.Name, s.Context)
	a.namespaces.add(s.Scope)
	for i := range s.Namespaces {
		n := &s.Namespaces[i]
		a.namespaces.add(n.Name)
		a.bounds.add(n.LimitRanges...)
		a.bounds.add(n.Quotas...)
		a.policies.add(n.Policy)
		a.labels(n.Labels)
	}
	for i := range s.Nodes {
		a.nodes.add(s.Nodes[i].Name)
		a.pools.add(s.Nodes[i].Pool)
		a.nodes.add(instance(s.Nodes[i].ProviderID))
	}
	for i := range s.NodePools {
		a.pools.add(s.NodePools[i].Name)
	}
	for i := range s.Workloads {
		w := &s.Workloads[i]
		a.workload(w.ID)
		a.labels(w.Labels)
		a.policies.add(w.Policy)
		if _, name, ok := strings.Cut(w.OwnedBy, "/"); ok {
			a.workloads.add(name)
		} else {
			a.workloads.add(w.OwnedBy)
		}
		for j := range w.Autoscalers {
			a.scalers.add(w.Autoscalers[j].Name)
		}
		for j := range w.Containers {
			a.containers.add(w.Containers[j].Name)
			a.images.add(w.Containers[j].Image)
		}
	}
	for i := range s.Pods {
		p := &s.Pods[i]
		a.namespaces.add(p.Namespace)
		a.pods.add(p.Name)
		a.nodes.add(p.Node)
		a.workload(p.Workload)
		for j := range p.Containers {
			a.containers.add(p.Containers[j].Name)
		}
	}
}

func (a *aliases) labels(l map[string]string) {
	for k, v := range l {
		if domain, _, ok := strings.Cut(k, "/"); ok && !wellKnown(domain) {
			a.domains.add(domain)
		}
		a.values.add(v)
	}
}

// wellKnown are the label domains that say nothing of who uses them.
func wellKnown(domain string) bool {
	for _, d := range []string{
		"kubernetes.io", "k8s.io", "helm.sh", "argoproj.io", "fluxcd.io", "karpenter.sh", "karpenter.k8s.aws",
		"amazonaws.com", "istio.io", "linkerd.io", "cert-manager.io", "keda.sh", "strimzi.io", "cnpg.io", "trimtab.dev",
	} {
		if domain == d || strings.HasSuffix(domain, "."+d) {
			return true
		}
	}
	return false
}

// instance is the last part of a provider's ID: aws:///us-east-1a/i-0123.
func instance(providerID string) string { return providerID[strings.LastIndexByte(providerID, '/')+1:] }

func (a *aliases) id(id cluster.WorkloadID) cluster.WorkloadID {
	return cluster.WorkloadID{Namespace: a.namespaces.of(id.Namespace), Kind: id.Kind, Name: a.workloads.of(id.Name)}
}

func (a *aliases) labelled(l map[string]string) map[string]string {
	if l == nil {
		return nil
	}
	out := make(map[string]string, len(l))
	for k, v := range l {
		if domain, name, ok := strings.Cut(k, "/"); ok && !wellKnown(domain) {
			k = a.domains.of(domain) + "/" + name
		}
		out[k] = a.value(v)
	}
	return out
}

// value is the alias of a label's value: that of what it names, where it is
// somebody's name.
func (a *aliases) value(v string) string {
	for _, n := range []*names{&a.workloads, &a.namespaces, &a.containers} {
		if to, ok := n.to[v]; ok {
			return to
		}
	}
	return a.values.of(v)
}

func (a *aliases) snapshot(s *cluster.Snapshot) *cluster.Snapshot {
	out := *s
	out.Name, out.Context, out.Scope = a.clusters.of(s.Name), a.clusters.of(s.Context), a.namespaces.of(s.Scope)
	out.Namespaces = each(s.Namespaces, func(n *cluster.Namespace) {
		n.Name, n.Policy, n.Labels = a.namespaces.of(n.Name), a.policies.of(n.Policy), a.labelled(n.Labels)
		n.LimitRanges = each(n.LimitRanges, a.bounds.replace)
		n.Quotas = each(n.Quotas, a.bounds.replace)
	})
	out.Nodes = each(s.Nodes, func(n *cluster.Node) {
		n.Name, n.Pool = a.nodes.of(n.Name), a.pools.of(n.Pool)
		if id := instance(n.ProviderID); id != "" {
			n.ProviderID = "aws:///" + n.Zone + "/" + a.nodes.of(id)
		} else {
			n.ProviderID = ""
		}
	})
	out.NodePools = each(s.NodePools, func(p *cluster.NodePool) { p.Name = a.pools.of(p.Name) })
	out.Workloads = each(s.Workloads, a.aliasWorkload)
	out.Pods = each(s.Pods, func(p *cluster.Pod) {
		p.Namespace, p.Name, p.Workload, p.Node = a.namespaces.of(p.Namespace), a.pods.of(p.Name), a.id(p.Workload), a.nodes.of(p.Node)
		p.Containers = each(p.Containers, func(c *cluster.PodContainer) {
			c.Name = a.containers.of(c.Name)
			if t := c.LastTermination; t != nil {
				c.LastTermination = &cluster.Termination{Reason: plainReason(t.Reason), At: t.At}
			}
		})
	})
	out.Missing = each(s.Missing, func(g *cluster.Gap) {
		g.Why, g.Costs, g.Hint = a.text.replace(g.Why), a.text.replace(g.Costs), a.text.replace(g.Hint)
	})
	out.Sort()
	return &out
}

func (a *aliases) aliasWorkload(w *cluster.Workload) {
	w.ID, w.Labels, w.Policy = a.id(w.ID), a.labelled(w.Labels), a.policies.of(w.Policy)
	if w.Peak != "monthly" {
		w.Peak = "" // what else somebody wrote there means nothing to trimtab
	}
	if kind, name, ok := strings.Cut(w.OwnedBy, "/"); ok {
		w.OwnedBy = kind + "/" + a.workloads.of(name)
	} else {
		w.OwnedBy = a.workloads.of(w.OwnedBy)
	}
	w.Autoscalers = each(w.Autoscalers, func(s *cluster.Autoscaler) { s.Name = a.scalers.of(s.Name) })
	w.Containers = each(w.Containers, func(c *cluster.Container) {
		c.Name, c.Image = a.containers.of(c.Name), a.images.of(c.Image)
		switch sign, _, _ := strings.Cut(c.Heap.Sign, " "); {
		case sign == "image" || sign == "command":
			c.Heap.Sign = sign
		case strings.HasSuffix(c.Heap.Sign, "_JAVA_OPTS"), strings.HasSuffix(c.Heap.Sign, "_HEAP_OPTS"):
			c.Heap.Sign = "variable" // its name may be somebody's own
		}
	})
}

// plainReason is a reason that the kubelet gives; any other is "Other".
func plainReason(s string) string {
	switch s {
	case "", "OOMKilled", "Error", "Completed", "ContainerCannotRun", "DeadlineExceeded", "ContainerStatusUnknown", "StartError", "Evicted":
		return s
	}
	return "Other"
}

func (n *names) replace(s *string) { *s = n.of(*s) }

// each is a copy of a list, changed item by item; nil stays nil.
func each[T any](all []T, change func(*T)) []T {
	out := slices.Clone(all)
	for i := range out {
		change(&out[i])
	}
	return out
}

func (a *aliases) book(b *pricing.Book) *pricing.Book {
	m := bookOf(b)
	m.prices = each(m.prices, func(o *offer) {
		o.price.Source, o.price.Basis = a.text.replace(o.price.Source), a.text.replace(o.price.Basis)
	})
	m.warnings = a.warnings(m.warnings)
	return m.restore()
}

func (a *aliases) warnings(all []error) []error {
	return each(all, func(err *error) { *err = hint.New(a.text.replace((*err).Error()), a.text.replace(hint.Of(*err))) })
}

func (a *aliases) usage(u *usage.Usage, done map[*usage.History]*usage.History) *usage.Usage {
	out := *u
	out.Sources = each(u.Sources, a.sources.replace)
	out.Warnings = a.warnings(u.Warnings)
	out.Containers = make(map[cluster.ContainerID]*usage.History, len(u.Containers))
	for id, h := range u.Containers {
		if h == nil {
			continue
		}
		if done[h] == nil {
			done[h] = &usage.History{CPU: a.series(&h.CPU), Memory: a.series(&h.Memory), Events: h.Events}
		}
		out.Containers[cluster.ContainerID{Workload: a.id(id.Workload), Container: a.containers.of(id.Container)}] = done[h]
	}
	if u.Present != nil {
		out.Present = make(present, len(u.Present))
	}
	for pod, containers := range u.Present {
		samples := make(map[string]usage.Sample, len(containers))
		for name, s := range containers {
			samples[a.containers.of(name)] = s
		}
		out.Present[cluster.PodKey{Namespace: a.namespaces.of(pod.Namespace), Name: a.pods.of(pod.Name)}] = samples
	}
	return &out
}

func (a *aliases) series(s *usage.Series) usage.Series {
	out := *s
	out.Pods = each(s.Pods, func(p *usage.PodUsage) { p.Pod = a.pods.of(p.Pod) })
	slices.SortFunc(out.Pods, func(a, b usage.PodUsage) int { return strings.Compare(a.Pod, b.Pod) })
	return out
}
