package record

import (
	"github.com/trimtab/trimtab/analyzer/cluster"
)

// The messages of the section "cluster". Field numbers are in
// docs/record-format.md; a number is never used for anything else.

func (c *coder) snapshot(s *cluster.Snapshot) {
	c.instant(1, &s.TakenAt)
	c.text(3, &s.Name)
	c.text(4, &s.Context)
	c.text(5, &s.Version)
	c.text(6, &s.Region)
	c.text(7, &s.Scope)
	list(c, 8, &s.Namespaces, (*coder).namespace)
	list(c, 9, &s.Nodes, (*coder).node)
	list(c, 10, &s.NodePools, (*coder).nodePool)
	list(c, 11, &s.Workloads, (*coder).workload)
	list(c, 12, &s.Pods, (*coder).pod)
	list(c, 13, &s.Missing, (*coder).gap)
}

func (c *coder) gap(g *cluster.Gap) {
	c.text(1, &g.Resource)
	c.text(2, &g.Why)
	c.text(3, &g.Costs)
	c.text(4, &g.Hint)
}

func (c *coder) namespace(n *cluster.Namespace) {
	c.text(1, &n.Name)
	c.labels(2, &n.Labels)
	c.texts(3, &n.LimitRanges)
	c.texts(4, &n.Quotas)
	c.boolean(5, &n.Ignore)
	c.text(6, &n.Policy)
}

// workloadID takes three fields.
func (c *coder) workloadID(n fieldNumber, id *cluster.WorkloadID) {
	c.text(n, &id.Namespace)
	c.text(n+1, &id.Kind)
	c.text(n+2, &id.Name)
}

// resources takes two fields.
func (c *coder) resources(n fieldNumber, r *cluster.Resources) {
	optional(c, n, &r.CPU, &c.cpus)
	optional(c, n+1, &r.Memory, &c.bytes)
}

func (c *coder) workload(w *cluster.Workload) {
	c.workloadID(1, &w.ID)
	c.text(4, &w.APIVersion)
	c.labels(5, &w.Labels)
	c.instant(6, &w.CreatedAt)
	integer(c, 8, &w.Replicas)
	list(c, 9, &w.Containers, (*coder).container)
	list(c, 10, &w.Autoscalers, (*coder).autoscaler)
	c.text(11, &w.OwnedBy)
	c.boolean(12, &w.Known)
	c.boolean(13, &w.Ignore)
	c.text(14, &w.Policy)
	c.text(15, &w.Peak)
}

func (c *coder) autoscaler(a *cluster.Autoscaler) {
	c.text(1, &a.Kind)
	c.text(2, &a.Name)
	c.boolean(3, &a.CPU)
	c.boolean(4, &a.Memory)
	integer(c, 5, &a.CPUTarget)
	integer(c, 6, &a.MemoryTarget)
	integer(c, 7, &a.Min)
	integer(c, 8, &a.Max)
	c.boolean(9, &a.Updates)
}

func (c *coder) container(k *cluster.Container) {
	c.text(1, &k.Name)
	c.text(2, &k.Image)
	c.boolean(3, &k.Sidecar)
	c.resources(4, &k.Request)
	c.resources(6, &k.Limit)
	message(c, 8, &k.Heap, k.Heap != (cluster.HeapSign{}), (*coder).heap)
}

func (c *coder) heap(h *cluster.HeapSign) {
	c.text(1, &h.Runtime)
	integer(c, 2, &h.Max)
	c.float(3, &h.Percent)
	c.text(4, &h.Sign)
}

func (c *coder) pod(p *cluster.Pod) {
	c.text(1, &p.Namespace)
	c.text(2, &p.Name)
	c.workloadID(3, &p.Workload)
	c.text(6, &p.Node)
	c.text(7, &p.Phase)
	c.text(8, &p.QOS)
	c.instant(9, &p.CreatedAt)
	list(c, 11, &p.Containers, (*coder).podContainer)
	c.resources(12, &p.Overhead)
}

func (c *coder) podContainer(k *cluster.PodContainer) {
	c.text(1, &k.Name)
	c.boolean(2, &k.Sidecar)
	c.resources(3, &k.Request)
	c.resources(5, &k.Limit)
	integer(c, 7, &k.Restarts)
	var t cluster.Termination
	if k.LastTermination != nil {
		t = *k.LastTermination
	}
	if message(c, 8, &t, k.LastTermination != nil, (*coder).termination) && c.reading {
		k.LastTermination = &t
	}
}

func (c *coder) termination(t *cluster.Termination) {
	c.text(1, &t.Reason)
	c.instant(2, &t.At)
}

func (c *coder) node(n *cluster.Node) {
	c.text(1, &n.Name)
	c.text(2, &n.InstanceType)
	c.text(3, &n.Region)
	c.text(4, &n.Zone)
	c.text(5, &n.CapacityType)
	c.text(6, &n.Arch)
	c.text(7, &n.Pool)
	c.text(8, &n.PoolKind)
	c.boolean(9, &n.Fargate)
	c.text(10, &n.ProviderID)
	c.instant(11, &n.CreatedAt)
	message(c, 13, &n.Capacity, n.Capacity != (cluster.Amounts{}), (*coder).amounts)
	message(c, 14, &n.Allocatable, n.Allocatable != (cluster.Amounts{}), (*coder).amounts)
	c.boolean(15, &n.Ready)
	c.boolean(16, &n.Unschedulable)
}

func (c *coder) amounts(a *cluster.Amounts) {
	integer(c, 1, &a.CPU)
	integer(c, 2, &a.Memory)
	integer(c, 3, &a.Pods)
	integer(c, 4, &a.GPU)
}

func (c *coder) nodePool(p *cluster.NodePool) {
	c.text(1, &p.Name)
	c.text(2, &p.Kind)
}
