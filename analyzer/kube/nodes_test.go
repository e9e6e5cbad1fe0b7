package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
)

func TestNode(t *testing.T) {
	tests := []struct {
		name     string
		nodeName string
		labels   map[string]string
		id       string
		want     cluster.Node
	}{
		{
			"Karpenter", "n",
			map[string]string{"node.kubernetes.io/instance-type": "m6i.large", "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": "eu-west-1b", "kubernetes.io/arch": "arm64", "karpenter.sh/capacity-type": "spot", "karpenter.sh/nodepool": "default"},
			"aws:///eu-west-1b/i-1",
			cluster.Node{InstanceType: "m6i.large", Region: "eu-west-1", Zone: "eu-west-1b", Arch: "arm64", CapacityType: "spot", Pool: "default", PoolKind: "NodePool", ProviderID: "aws:///eu-west-1b/i-1"},
		},
		{
			"managed node group", "n",
			map[string]string{"eks.amazonaws.com/capacityType": "ON_DEMAND", "eks.amazonaws.com/nodegroup": "ng", "alpha.eksctl.io/nodegroup-name": "ng"},
			"",
			cluster.Node{CapacityType: "on-demand", Pool: "ng", PoolKind: "NodeGroup"},
		},
		{
			"capacity block", "n",
			map[string]string{"eks.amazonaws.com/capacityType": "CAPACITY_BLOCK", "eks.amazonaws.com/nodegroup": "gpu"},
			"",
			cluster.Node{CapacityType: "reserved", Pool: "gpu", PoolKind: "NodeGroup"},
		},
		{
			"self-managed, old labels", "n",
			map[string]string{"beta.kubernetes.io/instance-type": "c5.large", "failure-domain.beta.kubernetes.io/region": "us-east-1", "failure-domain.beta.kubernetes.io/zone": "us-east-1a", "beta.kubernetes.io/arch": "amd64", "node.kubernetes.io/lifecycle": "spot", "alpha.eksctl.io/nodegroup-name": "old"},
			"",
			cluster.Node{InstanceType: "c5.large", Region: "us-east-1", Zone: "us-east-1a", Arch: "amd64", CapacityType: "spot", Pool: "old", PoolKind: "unmanaged"},
		},
		{"no label at all", "n", nil, "aws:///us-west-2-lax-1a/i-2", cluster.Node{Zone: "us-west-2-lax-1a", Region: "us-west-2", PoolKind: "unmanaged", ProviderID: "aws:///us-west-2-lax-1a/i-2"}},
		{"Fargate by label", "n", map[string]string{"eks.amazonaws.com/compute-type": "fargate"}, "", cluster.Node{Fargate: true}},
		{"Fargate by name", "fargate-ip-10-0-0-1", nil, "", cluster.Node{Fargate: true}},
		{"Auto Mode is not Fargate", "n", map[string]string{"eks.amazonaws.com/compute-type": "auto", "karpenter.sh/nodepool": "general-purpose", "karpenter.sh/capacity-type": "on-demand"}, "", cluster.Node{CapacityType: "on-demand", Pool: "general-purpose", PoolKind: "NodePool"}},
		{"a capacity type nobody knows", "n", map[string]string{"karpenter.sh/capacity-type": "borrowed"}, "", cluster.Node{PoolKind: "unmanaged"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Name = tt.nodeName
			got := node(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: tt.nodeName, Labels: tt.labels}, Spec: corev1.NodeSpec{ProviderID: tt.id}})
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNodeAmounts(t *testing.T) {
	n := &corev1.Node{Spec: corev1.NodeSpec{Unschedulable: true}}
	n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("3920m"), "memory": resource.MustParse("14Gi"), "pods": resource.MustParse("58"), "nvidia.com/gpu": resource.MustParse("4")}
	n.Status.Conditions = []corev1.NodeCondition{{Type: "MemoryPressure", Status: "False"}, {Type: "Ready", Status: "True"}}
	got := node(n)
	if d := cmp.Diff(cluster.Amounts{CPU: 3920, Memory: 14 * unit.GiB, Pods: 58, GPU: 4}, got.Allocatable); d != "" {
		t.Error(d)
	}
	if !got.Ready || !got.Unschedulable {
		t.Errorf("%+v", got)
	}
}

func TestNodePools(t *testing.T) {
	s := collect(
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"karpenter.sh/nodepool": "default", "topology.kubernetes.io/region": "b"}}},
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "b", Labels: map[string]string{"karpenter.sh/nodepool": "default", "topology.kubernetes.io/region": "a"}}},
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "c"}},
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "fargate-c"}},
	)
	want := []cluster.NodePool{{Name: "default", Kind: "NodePool"}, {Kind: "unmanaged"}}
	if d := cmp.Diff(want, s.NodePools); d != "" {
		t.Error(d)
	}
	if s.Region != "a" {
		t.Errorf("region %q", s.Region)
	}
}

func TestEKSCluster(t *testing.T) {
	for in, want := range map[string][2]string{
		"arn:aws:eks:eu-west-1:123:cluster/shop":            {"shop", "eu-west-1"},
		"arn:aws-us-gov:eks:us-gov-west-1:123:cluster/shop": {"shop", "us-gov-west-1"},
		"shop.eu-west-1.eksctl.io":                          {"shop", "eu-west-1"},
		"kind-dev":                                          {"kind-dev", ""},
		"arn:aws:eks:x":                                     {"arn:aws:eks:x", ""},
		".eksctl.io":                                        {".eksctl.io", ""},
		"":                                                  {"", ""},
	} {
		if name, region := eksCluster(in); name != want[0] || region != want[1] {
			t.Errorf("%q: %q in %q", in, name, region)
		}
	}
}
