package kube

import (
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// collector keeps what matters of each page, kind by kind, until all of them
// have arrived and owners can be resolved. Each kind writes to its own fields.
type collector struct {
	pods       []rawPod
	templates  map[object]podTemplate // newest pod's, by the pod's direct owner
	words      interner               // of the pods
	nodes      []cluster.Node
	namespaces []cluster.Namespace

	deployments, statefulSets, daemonSets, cronJobs []owned
	jobs                                            []owned
	replicaSets                                     []owned
	rollouts                                        []rollout

	hpas, scaledObjects, vpas []scaling

	nodePools           []string
	limitRanges, quotas []named
}

// named is an object of which only the name matters.
type named struct{ namespace, name string }

func newCollector() *collector {
	return &collector{templates: map[object]podTemplate{}, words: interner{}}
}

// kinds lists what is read, the longest first.
func (c *collector) kinds() []*kind {
	const apps = "apps"
	return []*kind{
		{
			version: "v1", resource: "pods", accept: acceptProtobuf,
			costs: "no replicas, nodes or live resources are known, only what templates ask for",
			reset: func() { c.pods, c.templates = nil, map[object]podTemplate{} },
			page:  typed(func(l *corev1.PodList) int { return each(l.Items, c.addPod) }),
		},
		{
			group: apps, version: "v1", resource: "replicasets", accept: acceptMetadata,
			costs: "a pod's Deployment is told from its labels only",
			reset: func() { c.replicaSets = nil },
			page:  typed(func(l *metav1.PartialObjectMetadataList) int { return each(l.Items, c.addReplicaSet) }),
		},
		{
			group: apps, version: "v1", resource: "deployments", accept: acceptProtobuf,
			costs: "Deployments are known by their pods only: those without pods are left out, requests are those of the newest pod",
			reset: func() { c.deployments = nil },
			page: typed(func(l *appsv1.DeploymentList) int {
				return each(l.Items, func(d *appsv1.Deployment) { c.deployments = append(c.deployments, deployment(d)) })
			}),
		},
		{
			group: apps, version: "v1", resource: "statefulsets", accept: acceptProtobuf,
			costs: "StatefulSets are known by their pods only: those without pods are left out, requests are those of the newest pod",
			reset: func() { c.statefulSets = nil },
			page: typed(func(l *appsv1.StatefulSetList) int {
				return each(l.Items, func(s *appsv1.StatefulSet) { c.statefulSets = append(c.statefulSets, statefulSet(s)) })
			}),
		},
		{
			group: apps, version: "v1", resource: "daemonsets", accept: acceptProtobuf,
			costs: "DaemonSets are known by their pods only, requests are those of the newest pod",
			reset: func() { c.daemonSets = nil },
			page: typed(func(l *appsv1.DaemonSetList) int {
				return each(l.Items, func(d *appsv1.DaemonSet) { c.daemonSets = append(c.daemonSets, daemonSet(d)) })
			}),
		},
		{
			group: "batch", version: "v1", resource: "jobs", accept: acceptProtobuf,
			costs: "a pod's CronJob is told from its Job's name only",
			reset: func() { c.jobs = nil },
			page: typed(func(l *batchv1.JobList) int {
				return each(l.Items, func(j *batchv1.Job) { c.jobs = append(c.jobs, job(j)) })
			}),
		},
		{
			group: "batch", version: "v1", resource: "cronjobs", accept: acceptProtobuf,
			costs: "CronJobs are known by their pods only",
			reset: func() { c.cronJobs = nil },
			page: typed(func(l *batchv1.CronJobList) int {
				return each(l.Items, func(j *batchv1.CronJob) { c.cronJobs = append(c.cronJobs, cronJob(j)) })
			}),
		},
		{
			version: "v1", resource: "nodes", clusterScoped: true, accept: acceptProtobuf,
			costs: "no prices, no idle capacity and no fleet: only requests and usage",
			reset: func() { c.nodes = nil },
			page: typed(func(l *corev1.NodeList) int {
				return each(l.Items, func(n *corev1.Node) { c.nodes = append(c.nodes, node(n)) })
			}),
		},
		{
			version: "v1", resource: "namespaces", accept: acceptProtobuf,
			costs:  "the quotas, LimitRanges and trimtab.dev annotations of namespaces are unknown",
			reset:  func() { c.namespaces = nil },
			page:   typed(func(l *corev1.NamespaceList) int { return each(l.Items, c.addNamespace) }),
			single: c.singleNamespace,
		},
		{
			group: "autoscaling", version: "v2", resource: "horizontalpodautoscalers", accept: acceptProtobuf,
			costs: "which workloads scale on utilization is unknown: a changed request may change their number of replicas",
			reset: func() { c.hpas = nil },
			page: typed(func(l *autoscalingv2.HorizontalPodAutoscalerList) int {
				return each(l.Items, func(h *autoscalingv2.HorizontalPodAutoscaler) { c.hpas = append(c.hpas, hpa(h)) })
			}),
		},
		{
			version: "v1", resource: "limitranges", accept: acceptMetadata,
			costs: "a proposed request may break a LimitRange",
			reset: func() { c.limitRanges = nil },
			page:  names(&c.limitRanges),
		},
		{
			version: "v1", resource: "resourcequotas", accept: acceptMetadata,
			costs: "a proposed request may exceed a ResourceQuota",
			reset: func() { c.quotas = nil },
			page:  names(&c.quotas),
		},
		c.nodePoolKind(), c.vpaKind(), c.scaledObjectKind(), c.rolloutKind(),
	}
}

// each calls keep with every item and returns how many there are.
func each[T any](items []T, keep func(*T)) int {
	for i := range items {
		keep(&items[i])
	}
	return len(items)
}

// typed is a page function for a list type that the scheme knows.
func typed[T any, L interface {
	*T
	runtime.Object
	metav1.ListInterface
}](keep func(L) int) func(rest.Result) (metav1.ListInterface, int, error) {
	return func(r rest.Result) (metav1.ListInterface, int, error) {
		list := L(new(T))
		if err := r.Into(list); err != nil {
			return nil, 0, err
		}
		n := keep(list)
		// Only the list's own metadata outlives the page.
		return listMeta(list), n, nil
	}
}

func listMeta(l metav1.ListInterface) *metav1.ListMeta {
	return &metav1.ListMeta{Continue: l.GetContinue(), RemainingItemCount: l.GetRemainingItemCount()}
}

// names is a page function that keeps the names of a metadata list.
func names(into *[]named) func(rest.Result) (metav1.ListInterface, int, error) {
	return typed(func(l *metav1.PartialObjectMetadataList) int {
		return each(l.Items, func(o *metav1.PartialObjectMetadata) {
			*into = append(*into, named{o.Namespace, o.Name})
		})
	})
}

// custom is a page function for a kind that only JSON describes. Objects are
// decoded one by one: an object that its own schema let through and that
// cannot be decoded is passed over, and the first such is named in *bad.
func custom[T any](keep func(*T), bad *error) func(rest.Result) (metav1.ListInterface, int, error) {
	return func(r rest.Result) (metav1.ListInterface, int, error) {
		var list struct {
			metav1.ListMeta `json:"metadata"`
			Items           []json.RawMessage `json:"items"`
		}
		if err := unmarshal(r, &list); err != nil {
			return nil, 0, err
		}
		for _, raw := range list.Items {
			item := new(T)
			if err := json.Unmarshal(raw, item); err != nil {
				if *bad == nil {
					var o metav1.PartialObjectMetadata
					_ = json.Unmarshal(raw, &o) // only for its name
					*bad = fmt.Errorf("%s/%s cannot be decoded: %w", o.Namespace, o.Name, err)
				}
				continue
			}
			keep(item)
		}
		return &list.ListMeta, len(list.Items), nil
	}
}

// interner keeps one copy of strings that recur in thousands of pods.
type interner map[string]string

func (in interner) of(s string) string {
	if kept, ok := in[s]; ok {
		return kept
	}
	in[s] = s
	return s
}

func (in interner) object(o object) object {
	return object{in.of(o.apiVersion), in.of(o.kind), in.of(o.namespace), in.of(o.name)}
}
