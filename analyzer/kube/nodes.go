package kube

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
)

func (c *collector) addNamespace(n *corev1.Namespace) {
	w := wordOf(n.Annotations)
	c.namespaces = append(c.namespaces, cluster.Namespace{Name: n.Name, Labels: n.Labels, Ignore: w.ignore, Policy: w.policy})
}

func (c *collector) singleNamespace(r rest.Result) error {
	var n corev1.Namespace
	if err := r.Into(&n); err != nil {
		return err
	}
	c.addNamespace(&n)
	return nil
}

// node reads a node from its labels, each with the names it had before.
func node(n *corev1.Node) cluster.Node {
	out := cluster.Node{
		Name:          n.Name,
		InstanceType:  label(n, corev1.LabelInstanceTypeStable, corev1.LabelInstanceType),
		Region:        label(n, corev1.LabelTopologyRegion, corev1.LabelFailureDomainBetaRegion),
		Zone:          label(n, corev1.LabelTopologyZone, corev1.LabelFailureDomainBetaZone),
		CapacityType:  capacityType(n.Labels),
		Arch:          or(label(n, corev1.LabelArchStable, "beta.kubernetes.io/arch"), n.Status.NodeInfo.Architecture),
		Fargate:       isFargate(n),
		ProviderID:    n.Spec.ProviderID,
		CreatedAt:     created(&n.ObjectMeta),
		Capacity:      amounts(n.Status.Capacity),
		Allocatable:   amounts(n.Status.Allocatable),
		Unschedulable: n.Spec.Unschedulable,
	}
	if out.Zone == "" {
		out.Zone = zoneOf(n.Spec.ProviderID)
	}
	if out.Region == "" {
		out.Region = regionOf(out.Zone)
	}
	out.PoolKind, out.Pool = pool(n.Labels)
	if out.Fargate {
		out.PoolKind, out.Pool = "", ""
	}
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			out.Ready = c.Status == corev1.ConditionTrue
		}
	}
	return out
}

// label is the value of the first of the labels that is there.
func label(n *corev1.Node, names ...string) string {
	for _, name := range names {
		if v := n.Labels[name]; v != "" {
			return v
		}
	}
	return ""
}

// capacityType is how the instance is bought, by what Karpenter, EKS managed
// node groups, and the user data of self-managed groups write; "" where none
// of them says it. A capacity block is reserved capacity.
func capacityType(labels map[string]string) string {
	for _, name := range []string{
		"karpenter.sh/capacity-type", "eks.amazonaws.com/capacityType", "node.kubernetes.io/lifecycle",
	} {
		switch strings.ToLower(labels[name]) {
		case "on-demand", "on_demand", "ondemand", "normal":
			return cluster.OnDemand
		case "spot":
			return cluster.Spot
		case "reserved", "capacity_block":
			return cluster.Reserved
		}
	}
	return ""
}

// pool is the NodePool that a node's labels name. A group made by eksctl
// without EKS managing it has a name all the same.
func pool(labels map[string]string) (kind, name string) {
	for _, l := range []struct{ label, kind string }{
		{"karpenter.sh/nodepool", "NodePool"},
		{"karpenter.sh/provisioner-name", "NodePool"},
		{"eks.amazonaws.com/nodegroup", "NodeGroup"},
		{"alpha.eksctl.io/nodegroup-name", "unmanaged"},
	} {
		if v := labels[l.label]; v != "" {
			return l.kind, v
		}
	}
	return "unmanaged", ""
}

func isFargate(n *corev1.Node) bool {
	if t := n.Labels["eks.amazonaws.com/compute-type"]; t != "" {
		return t == "fargate"
	}
	return strings.HasPrefix(n.Name, "fargate-")
}

// zoneOf is the zone in an EC2 provider ID: "aws:///eu-west-1a/i-0123".
func zoneOf(providerID string) string {
	rest, ok := strings.CutPrefix(providerID, "aws:///")
	if !ok {
		return ""
	}
	zone, _, _ := strings.Cut(rest, "/")
	return zone
}

// regionOf is the region that a zone's name begins with: "eu-west-1a", and
// "us-west-2-lax-1a" for a local zone.
func regionOf(zone string) string {
	return regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+`).FindString(zone)
}

// amounts are a node's resources; what it does not name it has none of.
func amounts(l corev1.ResourceList) cluster.Amounts {
	return cluster.Amounts{
		CPU:    unit.MilliCPU(l.Cpu().MilliValue()),
		Memory: unit.Bytes(l.Memory().Value()),
		Pods:   int(l.Pods().Value()),
		GPU:    gpus(l),
	}
}

func gpus(l corev1.ResourceList) int {
	n := int64(0)
	for _, name := range []corev1.ResourceName{"nvidia.com/gpu", "amd.com/gpu"} {
		q := l[name]
		n += q.Value()
	}
	return int(n)
}

// majorityRegion is the region of most nodes, of equals the first by name.
func majorityRegion(nodes []cluster.Node) string {
	counts := map[string]int{}
	for i := range nodes {
		counts[nodes[i].Region]++
	}
	delete(counts, "")
	best := ""
	for region, n := range counts {
		if best == "" || n > counts[best] || n == counts[best] && region < best {
			best = region
		}
	}
	return best
}

// nodePools are the NodePools that exist and those that nodes name.
func nodePools(karpenter []string, nodes []cluster.Node) []cluster.NodePool {
	var pools []cluster.NodePool
	seen := map[cluster.NodePool]bool{}
	add := func(p cluster.NodePool) {
		if !seen[p] {
			seen[p] = true
			pools = append(pools, p)
		}
	}
	for _, name := range karpenter {
		add(cluster.NodePool{Name: name, Kind: "NodePool"})
	}
	for i := range nodes {
		if n := &nodes[i]; n.PoolKind != "" {
			add(cluster.NodePool{Name: n.Pool, Kind: n.PoolKind})
		}
	}
	return pools
}
