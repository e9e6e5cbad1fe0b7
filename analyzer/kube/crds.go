package kube

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// meta is what is read of a custom resource's metadata.
type meta struct {
	Name              string                  `json:"name"`
	Namespace         string                  `json:"namespace"`
	Labels            map[string]string       `json:"labels"`
	Annotations       map[string]string       `json:"annotations"`
	CreationTimestamp time.Time               `json:"creationTimestamp"`
	OwnerReferences   []metav1.OwnerReference `json:"ownerReferences"`
}

func (c *collector) nodePoolKind() *kind {
	return &kind{
		group: "karpenter.sh", version: "v1", resource: "nodepools", clusterScoped: true, optional: true, accept: acceptMetadata,
		costs: "NodePools without a node are unknown",
		reset: func() { c.nodePools = nil },
		page: typed(func(l *metav1.PartialObjectMetadataList) int {
			return each(l.Items, func(o *metav1.PartialObjectMetadata) { c.nodePools = append(c.nodePools, o.Name) })
		}),
	}
}

func (c *collector) vpaKind() *kind {
	k := &kind{
		group: "autoscaling.k8s.io", version: "v1", resource: "verticalpodautoscalers", optional: true, accept: acceptJSON,
		costs: "workloads whose requests a VerticalPodAutoscaler writes look like any other",
		reset: func() { c.vpas = nil },
	}
	k.page = custom(func(o *verticalPodAutoscaler) {
		if s, ok := o.scaling(); ok {
			c.vpas = append(c.vpas, s)
		}
	}, &k.bad)
	return k
}

func (c *collector) scaledObjectKind() *kind {
	k := &kind{
		group: "keda.sh", version: "v1alpha1", resource: "scaledobjects", optional: true, accept: acceptJSON,
		costs: "workloads that KEDA scales are known by its HorizontalPodAutoscalers only",
		reset: func() { c.scaledObjects = nil },
	}
	k.page = custom(func(o *scaledObject) { c.scaledObjects = append(c.scaledObjects, o.scaling()) }, &k.bad)
	return k
}

func (c *collector) rolloutKind() *kind {
	k := &kind{
		group: "argoproj.io", version: "v1alpha1", resource: "rollouts", optional: true, accept: acceptJSON,
		costs: "Rollouts are known by their pods only",
		reset: func() { c.rollouts = nil },
	}
	k.page = custom(func(o *argoRollout) { c.rollouts = append(c.rollouts, o.rollout()) }, &k.bad)
	return k
}

// argoRollout is what is read of an Argo Rollout: its template, or the
// Deployment whose template it borrows.
type argoRollout struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		Replicas    *int32                 `json:"replicas"`
		Template    corev1.PodTemplateSpec `json:"template"`
		WorkloadRef *struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Name       string `json:"name"`
		} `json:"workloadRef"`
	} `json:"spec"`
}

// rollout is a Rollout with the object it borrows its template from, if any.
type rollout struct {
	owned
	borrows object
}

func (o *argoRollout) rollout() rollout {
	m := o.Metadata
	r := rollout{owned: templated("argoproj.io/v1alpha1", "Rollout", &metav1.ObjectMeta{
		Name: m.Name, Namespace: m.Namespace, Labels: m.Labels, Annotations: m.Annotations,
		CreationTimestamp: metav1.NewTime(m.CreationTimestamp), OwnerReferences: m.OwnerReferences,
	}, &o.Spec.Template, count(o.Spec.Replicas))}
	if ref := o.Spec.WorkloadRef; ref != nil {
		r.borrows = object{ref.APIVersion, ref.Kind, m.Namespace, ref.Name}
	}
	return r
}

// resolve borrows the template; where the lender was not read the pods show it.
func (r *rollout) resolve(known map[object]*owned) *owned {
	if !r.borrows.isZero() {
		r.workload.Containers, r.workload.Known = nil, false
		if from, ok := known[r.borrows.key()]; ok {
			r.workload.Containers, r.workload.Known = append([]cluster.Container(nil), from.workload.Containers...), true
		}
	}
	return &r.owned
}
