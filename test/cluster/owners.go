package cluster

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// owners says which workload an owning object belongs to.
type owners struct {
	// deployments maps namespace/name of a ReplicaSet to its Deployment's name;
	// cronJobs the same for Jobs.
	deployments map[string]string
	cronJobs    map[string]string
	// daemons is how many pods each DaemonSet wants.
	daemons map[string]int
}

func (k *clients) readOwners(ctx context.Context) (*owners, error) {
	o := &owners{deployments: make(map[string]string), cronJobs: make(map[string]string), daemons: make(map[string]int)}
	sets, err := k.typed.AppsV1().ReplicaSets("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range sets.Items {
		if ref := metav1.GetControllerOf(&sets.Items[i]); ref != nil {
			o.deployments[sets.Items[i].Namespace+"/"+sets.Items[i].Name] = ref.Name
		}
	}
	jobs, err := k.typed.BatchV1().Jobs("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range jobs.Items {
		if ref := metav1.GetControllerOf(&jobs.Items[i]); ref != nil {
			o.cronJobs[jobs.Items[i].Namespace+"/"+jobs.Items[i].Name] = ref.Name
		}
	}
	daemons, err := k.typed.AppsV1().DaemonSets("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for i := range daemons.Items {
		o.daemons[daemons.Items[i].Namespace+"/"+daemons.Items[i].Name] = int(daemons.Items[i].Status.DesiredNumberScheduled)
	}
	return o, nil
}

// livePod reads a pod and finds its workload. It fails while the pod neither
// runs nor has finished.
func (c *Cluster) livePod(pod *corev1.Pod, o *owners) (livePod, error) {
	l := livePod{
		namespace: pod.Namespace, name: pod.Name, uid: string(pod.UID), node: pod.Spec.NodeName, ip: pod.Status.PodIP,
	}
	kind, name := KindPod, pod.Name
	if ref := metav1.GetControllerOf(pod); ref != nil {
		l.ownerKind, l.ownerName = ref.Kind, ref.Name
		kind, name = ref.Kind, ref.Name
		switch ref.Kind {
		case KindReplicaSet:
			if d, ok := o.deployments[pod.Namespace+"/"+ref.Name]; ok {
				kind, name = KindDeployment, d
			}
		case KindJob:
			if cron, ok := o.cronJobs[pod.Namespace+"/"+ref.Name]; ok {
				kind, name = KindCronJob, cron
			}
		case KindStatefulSet, KindDaemonSet:
		default:
			kind, name = KindCustom, pod.Labels[nameLabel]
		}
	}
	w := c.workload(kind, pod.Namespace, name)
	if w == nil {
		return l, fmt.Errorf("pod %s/%s belongs to no workload of the scenario", pod.Namespace, pod.Name)
	}
	l.workload = w.ID()
	_, ends := pod.Annotations[finishes]
	switch {
	case pod.Status.Phase == corev1.PodSucceeded && ends:
		l.finished = true
		from := time.Now().Add(-time.Duration(w.Age)).UnixMilli()
		l.ran = span{from, from + max(millis(w.RunFor), 60_000)}
	case pod.Status.Phase == corev1.PodRunning && !ends:
	default:
		return l, fmt.Errorf("%w: %s/%s is %s%s", errPending, pod.Namespace, pod.Name, pod.Status.Phase, unschedulable(pod))
	}
	return l, nil
}

// unschedulable says why the scheduler found no node.
func unschedulable(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return ": " + c.Message
		}
	}
	return ""
}

func (c *Cluster) workload(kind, namespace, name string) *Workload {
	for i := range c.scenario.Workloads {
		w := &c.scenario.Workloads[i]
		if w.Kind == kind && w.Namespace == namespace && w.Name == name {
			return w
		}
	}
	return nil
}
