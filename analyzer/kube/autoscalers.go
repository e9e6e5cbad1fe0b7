package kube

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// scaling is an autoscaler with what it scales.
type scaling struct {
	namespace string
	kind      string // of the target
	name      string
	auto      cluster.Autoscaler
}

// hpa reads a HorizontalPodAutoscaler. One that KEDA made goes by its
// ScaledObject's name, so that the two count as one.
func hpa(h *autoscalingv2.HorizontalPodAutoscaler) scaling {
	s := scaling{
		namespace: h.Namespace,
		kind:      h.Spec.ScaleTargetRef.Kind,
		name:      h.Spec.ScaleTargetRef.Name,
		auto: cluster.Autoscaler{
			Kind: "HorizontalPodAutoscaler", Name: h.Name,
			Min: count(h.Spec.MinReplicas), Max: int(h.Spec.MaxReplicas),
		},
	}
	if o := ownerOf(h.Namespace, h.OwnerReferences); o.is("keda.sh", "ScaledObject") {
		s.auto.Kind, s.auto.Name = o.kind, o.name
	}
	for i := range h.Spec.Metrics {
		switch m := &h.Spec.Metrics[i]; {
		case m.Resource != nil:
			utilization(&s.auto, m.Resource.Name, &m.Resource.Target)
		case m.ContainerResource != nil:
			utilization(&s.auto, m.ContainerResource.Name, &m.ContainerResource.Target)
		}
	}
	return s
}

// utilization notes a target that is a share of the request. A target that is
// an absolute amount of the resource does not move with the request.
func utilization(a *cluster.Autoscaler, resource corev1.ResourceName, t *autoscalingv2.MetricTarget) {
	if t.AverageUtilization != nil {
		scalesOn(a, string(resource), int(*t.AverageUtilization))
	}
}

func scalesOn(a *cluster.Autoscaler, resource string, target int) {
	switch resource {
	case "cpu":
		a.CPU, a.CPUTarget = true, lowest(a.CPUTarget, target)
	case "memory":
		a.Memory, a.MemoryTarget = true, lowest(a.MemoryTarget, target)
	}
}

// lowest is the smaller target, which is the first to add replicas; 0 is none.
func lowest(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// scaledObject is what is read of a KEDA ScaledObject.
type scaledObject struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		ScaleTargetRef  targetRef `json:"scaleTargetRef"`
		MinReplicaCount *int32    `json:"minReplicaCount"`
		MaxReplicaCount *int32    `json:"maxReplicaCount"`
		Triggers        []struct {
			Type       string         `json:"type"`
			MetricType string         `json:"metricType"`
			Metadata   map[string]any `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

type targetRef struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

func (o *scaledObject) scaling() scaling {
	s := scaling{
		namespace: o.Metadata.Namespace,
		kind:      or(o.Spec.ScaleTargetRef.Kind, "Deployment"),
		name:      o.Spec.ScaleTargetRef.Name,
		// KEDA's defaults.
		auto: cluster.Autoscaler{Kind: "ScaledObject", Name: o.Metadata.Name, Min: 0, Max: 100},
	}
	if n := o.Spec.MinReplicaCount; n != nil {
		s.auto.Min = int(*n)
	}
	if n := o.Spec.MaxReplicaCount; n != nil {
		s.auto.Max = int(*n)
	}
	for _, t := range o.Spec.Triggers {
		// Older objects say in the metadata what metricType is.
		old, _ := t.Metadata["type"].(string)
		if !strings.EqualFold(or(or(t.MetricType, old), "Utilization"), "Utilization") {
			continue
		}
		value, _ := t.Metadata["value"].(string)
		target, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || target < 0 {
			target = 0
		}
		scalesOn(&s.auto, t.Type, target)
	}
	return s
}

// verticalPodAutoscaler is what is read of one.
type verticalPodAutoscaler struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		TargetRef    *targetRef `json:"targetRef"`
		UpdatePolicy *struct {
			UpdateMode *string `json:"updateMode"`
		} `json:"updatePolicy"`
		ResourcePolicy struct {
			ContainerPolicies []struct {
				ContainerName string `json:"containerName"`
				Mode          string `json:"mode"`
			} `json:"containerPolicies"`
		} `json:"resourcePolicy"`
	} `json:"spec"`
}

// scaling is false for a VerticalPodAutoscaler without a target. Its default
// mode updates, and Initial does when a pod is made; a policy may switch it
// off for every container.
func (o *verticalPodAutoscaler) scaling() (scaling, bool) {
	if o.Spec.TargetRef == nil {
		return scaling{}, false
	}
	updates := true
	if p := o.Spec.UpdatePolicy; p != nil && p.UpdateMode != nil {
		updates = *p.UpdateMode != "Off"
	}
	all, some := false, false
	for _, p := range o.Spec.ResourcePolicy.ContainerPolicies {
		all = all || p.ContainerName == "*" && p.Mode == "Off"
		some = some || p.Mode != "Off"
	}
	updates = updates && (!all || some)
	return scaling{
		namespace: o.Metadata.Namespace,
		kind:      o.Spec.TargetRef.Kind,
		name:      o.Spec.TargetRef.Name,
		auto:      cluster.Autoscaler{Kind: "VerticalPodAutoscaler", Name: o.Metadata.Name, Updates: updates},
	}, true
}

// mergeScaling joins the lists; a ScaledObject and the HorizontalPodAutoscaler
// that it owns become one, with the targets of both.
func mergeScaling(lists ...[]scaling) []scaling {
	type key struct{ namespace, kind, name string }
	at := map[key]int{}
	var out []scaling
	for _, list := range lists {
		for _, s := range list {
			k := key{s.namespace, s.auto.Kind, s.auto.Name}
			i, ok := at[k]
			if !ok {
				at[k] = len(out)
				out = append(out, s)
				continue
			}
			a := &out[i].auto
			a.CPU, a.Memory = a.CPU || s.auto.CPU, a.Memory || s.auto.Memory
			a.CPUTarget = lowest(a.CPUTarget, s.auto.CPUTarget)
			a.MemoryTarget = lowest(a.MemoryTarget, s.auto.MemoryTarget)
			// The later list is KEDA's own, which also scales to zero.
			a.Min, a.Max = s.auto.Min, s.auto.Max
		}
	}
	return out
}

// attach gives each workload the autoscalers that target it, or the custom
// resource that owns it.
func attach(workloads []cluster.Workload, all []scaling) {
	type key struct{ namespace, target string }
	at := make(map[key][]cluster.Autoscaler, len(all))
	for _, s := range all {
		k := key{s.namespace, s.kind + "/" + s.name}
		at[k] = append(at[k], s.auto)
	}
	for i := range workloads {
		w := &workloads[i]
		w.Autoscalers = slices.Concat(at[key{w.ID.Namespace, w.ID.Kind + "/" + w.ID.Name}])
		if w.OwnedBy != "" {
			w.Autoscalers = append(w.Autoscalers, at[key{w.ID.Namespace, w.OwnedBy}]...)
		}
		slices.SortFunc(w.Autoscalers, func(a, b cluster.Autoscaler) int {
			return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
		})
	}
}
