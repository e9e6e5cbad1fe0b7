package cluster

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// nodeClaims makes the NodeClaim that Karpenter would have made for each of
// its nodes.
func (s *Scenario) nodeClaims() []runtime.Object {
	var out []runtime.Object
	for i, n := range s.nodeObjects() {
		pool := n.Labels["karpenter.sh/nodepool"]
		if pool == "" {
			continue
		}
		requirements := []any{}
		for _, key := range []string{
			corev1.LabelInstanceTypeStable, corev1.LabelTopologyZone, corev1.LabelArchStable, "karpenter.sh/capacity-type",
		} {
			requirements = append(requirements, map[string]any{"key": key, "operator": "In", "values": []any{n.Labels[key]}})
		}
		labels := make(map[string]any, len(n.Labels))
		for k, v := range n.Labels {
			// The definition's rules refuse these in a template; Karpenter sets them
			// on the claim all the same.
			if k != corev1.LabelHostname {
				labels[k] = v
			}
		}
		spec := map[string]any{
			"expireAfter":  "720h",
			"nodeClassRef": map[string]any{"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"},
			"requirements": requirements,
		}
		if taints := claimTaints(n.Spec.Taints); len(taints) > 0 {
			spec["taints"] = taints
		}
		conditions := []any{}
		for _, kind := range []string{"Launched", "Registered", "Initialized", "Ready"} {
			conditions = append(conditions, map[string]any{
				"type": kind, "status": "True", "reason": kind, "message": "", "lastTransitionTime": "2025-01-01T00:00:00Z",
			})
		}
		out = append(out, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "karpenter.sh/v1", "kind": "NodeClaim",
			"metadata": map[string]any{"name": claimName(s, pool, i), "labels": labels},
			"spec":     spec,
			"status": map[string]any{
				"nodeName": n.Name, "providerID": n.Spec.ProviderID, "conditions": conditions,
				"capacity": quantities(n.Status.Capacity), "allocatable": quantities(n.Status.Allocatable),
			},
		}})
	}
	return out
}

func claimName(s *Scenario, pool string, i int) string {
	return pool + "-" + generated(5, hash(s.Seed, "claim", fmt.Sprint(i)))
}

func claimTaints(in []corev1.Taint) []any {
	var out []any
	for _, t := range in {
		out = append(out, map[string]any{"key": t.Key, "value": t.Value, "effect": string(t.Effect)})
	}
	return out
}

func quantities(in corev1.ResourceList) map[string]any {
	out := make(map[string]any, len(in))
	for k, v := range in {
		out[string(k)] = v.String()
	}
	return out
}
