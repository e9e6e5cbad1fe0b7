package kube

import (
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// object names a Kubernetes object within the cluster. Two kinds of the same
// name in different groups (batch and Volcano both have a Job) differ by
// apiVersion's group, see key.
type object struct {
	apiVersion, kind, namespace, name string
}

func (o object) isZero() bool { return o == object{} }

func (o object) group() string {
	group, _, ok := strings.Cut(o.apiVersion, "/")
	if !ok {
		return ""
	}
	return group
}

// is reports whether the object is of a built-in kind.
func (o object) is(group, kind string) bool { return o.kind == kind && o.group() == group }

// key is the object without its version, which a reference may name
// differently.
func (o object) key() object {
	o.apiVersion = o.group()
	return o
}

func (o object) id() cluster.WorkloadID {
	return cluster.WorkloadID{Namespace: o.namespace, Kind: o.kind, Name: o.name}
}

func refObject(namespace string, ref *metav1.OwnerReference) object {
	return object{ref.APIVersion, ref.Kind, namespace, ref.Name}
}

// owned is a workload as it was read, with the owner it names.
type owned struct {
	workload cluster.Workload
	owner    object
}

func (o *owned) object() object {
	return object{o.workload.APIVersion, o.workload.ID.Kind, o.workload.ID.Namespace, o.workload.ID.Name}
}

// word is the owner's word: what trimtab.dev annotations say.
type word struct {
	ignore       bool
	policy, peak string
}

// wordOf parses trimtab's own annotations; no other annotation is looked at.
// Any value of ignore but a plain "false" means it.
func wordOf(annotations map[string]string) word {
	ignore, ok := annotations["trimtab.dev/ignore"]
	switch strings.ToLower(strings.TrimSpace(ignore)) {
	case "false", "no", "0":
		ok = false
	}
	return word{
		ignore: ok,
		policy: strings.TrimSpace(annotations["trimtab.dev/policy"]),
		peak:   strings.TrimSpace(annotations["trimtab.dev/peak"]),
	}
}

// or takes what w leaves unsaid from o.
func (w word) or(o word) word {
	return word{w.ignore || o.ignore, or(w.policy, o.policy), or(w.peak, o.peak)}
}

func (w word) put(to *cluster.Workload) { to.Ignore, to.Policy, to.Peak = w.ignore, w.policy, w.peak }

// templated is a workload read with its pod template.
func templated(apiVersion, kind string, m *metav1.ObjectMeta, template *corev1.PodTemplateSpec, replicas int) owned {
	o := owned{workload: cluster.Workload{
		ID:         cluster.WorkloadID{Namespace: m.Namespace, Kind: kind, Name: m.Name},
		APIVersion: apiVersion,
		Labels:     m.Labels,
		CreatedAt:  created(m),
		Replicas:   replicas,
		Containers: containers(&template.Spec),
		Known:      true,
	}}
	wordOf(m.Annotations).or(wordOf(template.Annotations)).put(&o.workload)
	o.owner = ownerOf(m.Namespace, m.OwnerReferences)
	return o
}

func created(m *metav1.ObjectMeta) time.Time {
	if m.CreationTimestamp.IsZero() {
		return time.Time{}
	}
	return m.CreationTimestamp.UTC()
}

// count is a number of replicas that defaults to 1.
func count(n *int32) int {
	if n == nil {
		return 1
	}
	return int(*n)
}

func deployment(d *appsv1.Deployment) owned {
	return templated("apps/v1", "Deployment", &d.ObjectMeta, &d.Spec.Template, count(d.Spec.Replicas))
}

func statefulSet(s *appsv1.StatefulSet) owned {
	return templated("apps/v1", "StatefulSet", &s.ObjectMeta, &s.Spec.Template, count(s.Spec.Replicas))
}

func daemonSet(d *appsv1.DaemonSet) owned {
	return templated("apps/v1", "DaemonSet", &d.ObjectMeta, &d.Spec.Template, int(d.Status.DesiredNumberScheduled))
}

// cronJob asks for the pods that run, which are counted later.
func cronJob(j *batchv1.CronJob) owned {
	o := templated("batch/v1", "CronJob", &j.ObjectMeta, &j.Spec.JobTemplate.Spec.Template, 0)
	tw := wordOf(j.Spec.JobTemplate.Annotations)
	word{o.workload.Ignore, o.workload.Policy, o.workload.Peak}.or(tw).put(&o.workload)
	return o
}

func job(j *batchv1.Job) owned {
	return templated("batch/v1", "Job", &j.ObjectMeta, &j.Spec.Template, jobReplicas(j))
}

// jobReplicas is how many pods a Job wants at this moment: its parallelism,
// but no more than it has completions left, and none once it is over or
// suspended.
func jobReplicas(j *batchv1.Job) int {
	for _, c := range j.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return 0
		}
	}
	if j.Spec.Suspend != nil && *j.Spec.Suspend {
		return 0
	}
	n := count(j.Spec.Parallelism)
	if j.Spec.Completions != nil {
		n = min(n, int(*j.Spec.Completions-j.Status.Succeeded))
	}
	return max(n, 0)
}

// addReplicaSet keeps a ReplicaSet's owner. Most belong to a Deployment and
// there are many of them, so only their metadata is asked for.
func (c *collector) addReplicaSet(m *metav1.PartialObjectMetadata) {
	o := owned{owner: ownerOf(m.Namespace, m.OwnerReferences)}
	o.workload.ID = cluster.WorkloadID{Namespace: m.Namespace, Kind: "ReplicaSet", Name: m.Name}
	o.workload.APIVersion = "apps/v1"
	if o.owner.isZero() {
		o.workload.Labels, o.workload.CreatedAt = m.Labels, created(&m.ObjectMeta)
		wordOf(m.Annotations).put(&o.workload)
	}
	c.replicaSets = append(c.replicaSets, o)
}
