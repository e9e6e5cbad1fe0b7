package kube

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
)

// rawPod is a pod whose topmost owner is not known yet.
type rawPod struct {
	pod   cluster.Pod
	owner object // what the pod itself names as its owner; bare pods name none
	// implied is the ReplicaSet's owner as the pod's labels tell it, in case
	// the ReplicaSet is not found.
	implied object
}

// podTemplate is what the newest pod of an owner shows of its template.
type podTemplate struct {
	pod        string
	createdAt  time.Time
	containers []cluster.Container
	labels     map[string]string
	word       word
}

func (c *collector) addPod(p *corev1.Pod) {
	in := c.words
	raw := rawPod{
		pod: cluster.Pod{
			Namespace: in.of(p.Namespace),
			Name:      p.Name,
			Node:      in.of(p.Spec.NodeName),
			Phase:     in.of(string(p.Status.Phase)),
			QOS:       in.of(string(p.Status.QOSClass)),
			CreatedAt: p.CreationTimestamp.UTC(),
			Overhead:  resources(p.Spec.Overhead),
		},
		owner: c.words.object(ownerOf(p.Namespace, p.OwnerReferences)),
	}
	raw.implied = c.impliedOwner(p, raw.owner)
	raw.pod.Containers = make([]cluster.PodContainer, 0, len(p.Spec.Containers))
	for i := range p.Spec.Containers {
		raw.pod.Containers = append(raw.pod.Containers, podContainer(in, &p.Spec.Containers[i], p.Status.ContainerStatuses))
	}
	for i := range p.Spec.InitContainers {
		if s := &p.Spec.InitContainers[i]; isSidecar(s) {
			pc := podContainer(in, s, p.Status.InitContainerStatuses)
			pc.Sidecar = true
			raw.pod.Containers = append(raw.pod.Containers, pc)
		}
	}
	c.pods = append(c.pods, raw)
	c.keepTemplate(&raw, p)
}

// keepTemplate keeps the pod's own spec as the template of its owner where it
// is the newest so far; of pods created in the same second the last by name.
func (c *collector) keepTemplate(raw *rawPod, p *corev1.Pod) {
	key := raw.owner
	if key.isZero() {
		key = object{"v1", "Pod", raw.pod.Namespace, raw.pod.Name}
	}
	key = key.key()
	if old, ok := c.templates[key]; ok {
		if d := old.createdAt.Compare(raw.pod.CreatedAt); d > 0 || d == 0 && old.pod > p.Name {
			return
		}
	}
	c.templates[key] = podTemplate{
		pod:        p.Name,
		createdAt:  raw.pod.CreatedAt,
		containers: containers(&p.Spec),
		labels:     p.Labels,
		word:       wordOf(p.Annotations),
	}
}

// ownerOf is the owner that an object names: its controller, or where none of
// its references says so the first one, as some operators leave it out.
func ownerOf(namespace string, refs []metav1.OwnerReference) object {
	if len(refs) == 0 {
		return object{}
	}
	ref := &refs[0]
	for i := range refs {
		if refs[i].Controller != nil && *refs[i].Controller {
			ref = &refs[i]
			break
		}
	}
	return refObject(namespace, ref)
}

// impliedOwner tells the owner of a ReplicaSet by what its controller writes
// on the pods: a label with the hash that ends the ReplicaSet's name.
func (c *collector) impliedOwner(p *corev1.Pod, owner object) object {
	if owner.kind != "ReplicaSet" {
		return object{}
	}
	for _, by := range []struct{ label, apiVersion, kind string }{
		{"rollouts-pod-template-hash", "argoproj.io/v1alpha1", "Rollout"},
		{"pod-template-hash", "apps/v1", "Deployment"},
	} {
		if hash := p.Labels[by.label]; hash != "" {
			if name, ok := strings.CutSuffix(owner.name, "-"+hash); ok && name != "" {
				return object{apiVersion: by.apiVersion, kind: by.kind, namespace: owner.namespace, name: c.words.of(name)}
			}
		}
	}
	return object{}
}

func podContainer(in interner, spec *corev1.Container, statuses []corev1.ContainerStatus) cluster.PodContainer {
	pc := cluster.PodContainer{
		Name:    in.of(spec.Name),
		Request: resources(spec.Resources.Requests),
		Limit:   limits(spec.Resources.Limits),
	}
	for i := range statuses {
		s := &statuses[i]
		if s.Name != spec.Name {
			continue
		}
		// An empty status is a kubelet that does not report, not a container
		// that was resized to nothing.
		if r := s.Resources; r != nil && len(r.Requests)+len(r.Limits) > 0 {
			pc.Request, pc.Limit = resources(r.Requests), limits(r.Limits)
		}
		pc.Restarts = int(s.RestartCount)
		last := s.State.Terminated
		if last == nil {
			last = s.LastTerminationState.Terminated
		}
		if last != nil {
			pc.LastTermination = &cluster.Termination{Reason: in.of(last.Reason), At: last.FinishedAt.UTC()}
		}
		break
	}
	return pc
}

// limits are resources without those of zero, which Kubernetes takes for none.
func limits(l corev1.ResourceList) cluster.Resources {
	r := resources(l)
	if r.CPU != nil && *r.CPU == 0 {
		r.CPU = nil
	}
	if r.Memory != nil && *r.Memory == 0 {
		r.Memory = nil
	}
	return r
}

// resources are the CPU and memory of a list; what is not in it stays unset.
func resources(l corev1.ResourceList) cluster.Resources {
	var r cluster.Resources
	if q, ok := l[corev1.ResourceCPU]; ok {
		v := unit.MilliCPU(q.MilliValue())
		r.CPU = &v
	}
	if q, ok := l[corev1.ResourceMemory]; ok {
		v := unit.Bytes(q.Value())
		r.Memory = &v
	}
	return r
}

// isSidecar reports whether an init container is a native sidecar.
func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// containers are the containers of a pod spec in its order, sidecars last.
func containers(spec *corev1.PodSpec) []cluster.Container {
	out := make([]cluster.Container, 0, len(spec.Containers))
	add := func(c *corev1.Container, sidecar bool) {
		// Applying defaults is the API server's: a request that only the
		// limit implies is in the spec already.
		out = append(out, cluster.Container{
			Name:    c.Name,
			Image:   c.Image,
			Sidecar: sidecar,
			Request: resources(c.Resources.Requests),
			Limit:   limits(c.Resources.Limits),
			Heap:    heapOf(c),
		})
	}
	for i := range spec.Containers {
		add(&spec.Containers[i], false)
	}
	for i := range spec.InitContainers {
		if isSidecar(&spec.InitContainers[i]) {
			add(&spec.InitContainers[i], true)
		}
	}
	return out
}
