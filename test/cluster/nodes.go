package cluster

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const mebi = 1 << 20

// capacity is what a node shows of its instance: all CPUs, and the memory
// less 7.5 %, which firmware and kernel keep; Karpenter estimates the same.
func (g *NodeGroup) capacity() (milliCPU, memory int64) {
	return int64(g.VCPU) * 1000, g.Memory.Value() * 925 / 1000
}

// allocatable is the capacity less what EKS' AMI reserves for the kubelet: 6 %
// of the first core, 1 % of the second, 0.5 % of the next two and 0.25 % of
// the rest; 255 MiB and 11 MiB for each pod there may be; and 100 MiB below
// which pods are evicted.
func (g *NodeGroup) allocatable() (milliCPU, memory int64) {
	milliCPU, memory = g.capacity()
	var reserved int64 // in units of 0.1 milli
	for i := range g.VCPU {
		switch {
		case i == 0:
			reserved += 600
		case i == 1:
			reserved += 100
		case i < 4:
			reserved += 50
		default:
			reserved += 25
		}
	}
	milliCPU -= reserved / 10
	memory -= (255 + 11*int64(g.MaxPods) + 100) * mebi
	return milliCPU, memory
}

// nodeObjects makes the nodes of all groups.
func (s *Scenario) nodeObjects() []*corev1.Node {
	var out []*corev1.Node
	number := 0
	for i := range s.Nodes {
		g := &s.Nodes[i]
		for j := range g.Count {
			out = append(out, s.node(g, j, number))
			number++
		}
	}
	return out
}

// nodeAge is how old the j-th node of a group is: the group's age, each node
// a little younger than the one before.
func (g *NodeGroup) nodeAge(j int) time.Duration {
	age := time.Duration(g.Age)
	if age == 0 {
		age = 30 * 24 * time.Hour
	}
	return age - age*time.Duration(j)/time.Duration(2*g.Count+1)
}

// groupOf finds the group and the place in it of the n-th node.
func (s *Scenario) groupOf(n int) (*NodeGroup, int) {
	for i := range s.Nodes {
		if n < s.Nodes[i].Count {
			return &s.Nodes[i], n
		}
		n -= s.Nodes[i].Count
	}
	return nil, 0
}

func (s *Scenario) node(g *NodeGroup, j, number int) *corev1.Node {
	key := hash(s.Seed, "node", g.Name, fmt.Sprint(j))
	zone := g.Zones[j%len(g.Zones)]
	address := fmt.Sprintf("10.0.%d.%d", 128+number/250, 2+number%250)
	name := "ip-" + strings.ReplaceAll(address, ".", "-") + ".ec2.internal"
	family, size, _ := strings.Cut(g.InstanceType, ".")
	labels := merge(map[string]string{
		corev1.LabelArchStable: g.Arch, corev1.LabelOSStable: "linux", corev1.LabelHostname: name,
		corev1.LabelInstanceTypeStable: g.InstanceType, "beta.kubernetes.io/instance-type": g.InstanceType,
		corev1.LabelTopologyRegion: s.Region, corev1.LabelTopologyZone: zone, "k8s.io/cloud-provider-aws": "9c3a6bf1d2a8f4c7",
		"topology.ebs.csi.aws.com/zone": zone,
	}, g.Labels)
	switch {
	case g.NodePool != "":
		labels = merge(labels, map[string]string{
			"karpenter.sh/nodepool": g.NodePool, "karpenter.sh/capacity-type": g.CapacityType,
			"karpenter.sh/initialized": "true", "karpenter.sh/registered": "true",
			"karpenter.k8s.aws/ec2nodeclass":      "default",
			"karpenter.k8s.aws/instance-family":   family,
			"karpenter.k8s.aws/instance-size":     size,
			"karpenter.k8s.aws/instance-category": family[:1],
			"karpenter.k8s.aws/instance-cpu":      fmt.Sprint(g.VCPU),
			"karpenter.k8s.aws/instance-memory":   fmt.Sprint(g.Memory.Value() / mebi),
		})
	case g.ManagedGroup != "":
		labels = merge(labels, map[string]string{
			"eks.amazonaws.com/nodegroup":    g.ManagedGroup,
			"eks.amazonaws.com/capacityType": strings.ReplaceAll(strings.ToUpper(g.CapacityType), "-", "_"),
		})
	}
	capacity := func(milliCPU, memory int64) corev1.ResourceList {
		return corev1.ResourceList{
			corev1.ResourceCPU:              *resource.NewMilliQuantity(milliCPU, resource.DecimalSI),
			corev1.ResourceMemory:           *resource.NewQuantity(memory/1024*1024, resource.BinarySI),
			corev1.ResourcePods:             *resource.NewQuantity(int64(g.MaxPods), resource.DecimalSI),
			corev1.ResourceEphemeralStorage: *resource.NewQuantity(80<<30, resource.BinarySI),
		}
	}
	n := &corev1.Node{
		TypeMeta: typeMeta("v1", "Node"),
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: labels,
			Annotations: map[string]string{
				// Where metrics-server finds the simulated kubelet's metrics.
				"metrics.k8s.io/resource-metrics-path": "/metrics/nodes/" + name + "/metrics/resource",
			},
		},
		Spec: corev1.NodeSpec{ProviderID: fmt.Sprintf("aws:///%s/i-0%016x", zone, key)},
		Status: corev1.NodeStatus{
			Capacity: capacity(g.capacity()), Allocatable: capacity(g.allocatable()),
			// The simulated kubelet of every node is on this machine.
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: address},
				{Type: corev1.NodeHostName, Address: name},
				{Type: corev1.NodeInternalDNS, Address: name},
				{Type: corev1.NodeExternalDNS, Address: "localhost"},
			},
			NodeInfo: corev1.NodeSystemInfo{
				Architecture: g.Arch, OperatingSystem: "linux", KernelVersion: g.KernelVersion, OSImage: g.OSImage,
				KubeletVersion: g.KubeletVersion, ContainerRuntimeVersion: "containerd://2.1.5",
				MachineID: fmt.Sprintf("ec2%029x", key), SystemUUID: "ec2" + madeUID(key)[3:], BootID: madeUID(key, 2),
			},
		},
	}
	for _, t := range g.Taints {
		n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: t.Key, Value: t.Value, Effect: corev1.TaintEffect(t.Effect)})
	}
	return n
}
