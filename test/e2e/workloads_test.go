package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// live is the cluster as kubectl shows it.
type live struct {
	nodes     []corev1.Node
	pods      []corev1.Pod
	workloads map[workloadID]*liveWorkload
	// owner is the workload of each pod, by namespace/name.
	owner map[string]workloadID
}

type liveWorkload struct {
	replicas   int
	containers map[string]liveContainer
	template   *corev1.PodSpec
}

type liveContainer struct {
	sidecar          bool
	requests, limits map[string]string
}

// observe asks kubectl what is there and resolves every pod by its
// ownerReferences.
func observe(t *testing.T) *live {
	t.Helper()
	l := &live{workloads: make(map[workloadID]*liveWorkload), owner: make(map[string]workloadID)}
	l.nodes = list[corev1.Node](t, "nodes")
	l.pods = list[corev1.Pod](t, "pods", "-A")

	for _, d := range list[appsv1.Deployment](t, "deployments.apps", "-A") {
		l.add("Deployment", &d.ObjectMeta, replicas(d.Spec.Replicas), &d.Spec.Template.Spec)
	}
	for _, s := range list[appsv1.StatefulSet](t, "statefulsets.apps", "-A") {
		l.add("StatefulSet", &s.ObjectMeta, replicas(s.Spec.Replicas), &s.Spec.Template.Spec)
	}
	for _, d := range list[appsv1.DaemonSet](t, "daemonsets.apps", "-A") {
		l.add("DaemonSet", &d.ObjectMeta, int(d.Status.DesiredNumberScheduled), &d.Spec.Template.Spec)
	}
	for _, c := range list[batchv1.CronJob](t, "cronjobs.batch", "-A") {
		l.add("CronJob", &c.ObjectMeta, 0, &c.Spec.JobTemplate.Spec.Template.Spec) // its running pods, below
	}
	above := make(map[workloadID]workloadID)
	for _, r := range list[appsv1.ReplicaSet](t, "replicasets.apps", "-A") {
		id := workloadID{r.Namespace, "ReplicaSet", r.Name}
		if up := metav1.GetControllerOf(&r); up != nil {
			above[id] = workloadID{r.Namespace, up.Kind, up.Name}
		} else {
			l.add("ReplicaSet", &r.ObjectMeta, replicas(r.Spec.Replicas), &r.Spec.Template.Spec)
		}
	}
	for _, j := range list[batchv1.Job](t, "jobs.batch", "-A") {
		id := workloadID{j.Namespace, "Job", j.Name}
		if up := metav1.GetControllerOf(&j); up != nil {
			above[id] = workloadID{j.Namespace, up.Kind, up.Name}
		} else {
			l.add("Job", &j.ObjectMeta, wanted(&j), &j.Spec.Template.Spec)
		}
	}
	for i := range l.pods {
		p := &l.pods[i]
		id := workloadID{p.Namespace, "Pod", p.Name}
		if up := metav1.GetControllerOf(p); up != nil {
			id = workloadID{p.Namespace, up.Kind, up.Name}
			if top, ok := above[id]; ok {
				id = top
			}
		}
		l.owner[p.Namespace+"/"+p.Name] = id
		w := l.workloads[id]
		if w == nil {
			// A bare pod, or one whose owner is of a kind that only its operator
			// knows.
			w = l.add(id.kind, &metav1.ObjectMeta{Namespace: id.namespace, Name: id.name}, 0, &p.Spec)
		}
		if counted := id.kind == "CronJob" || id.kind == "Pod" || l.custom(id); counted && !over(p) {
			w.replicas++
		}
	}
	return l
}

func (l *live) add(kind string, m *metav1.ObjectMeta, replicas int, spec *corev1.PodSpec) *liveWorkload {
	w := &liveWorkload{replicas: replicas, containers: make(map[string]liveContainer), template: spec}
	for _, c := range spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			w.containers[c.Name] = liveContainer{true, amounts(c.Resources.Requests), amounts(c.Resources.Limits)}
		}
	}
	for _, c := range spec.Containers {
		w.containers[c.Name] = liveContainer{false, amounts(c.Resources.Requests), amounts(c.Resources.Limits)}
	}
	l.workloads[workloadID{m.Namespace, kind, m.Name}] = w
	return w
}

// custom reports whether a workload is of a kind that Kubernetes does not bring.
func (l *live) custom(id workloadID) bool {
	return !slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"}, id.kind)
}

// list asks kubectl for objects.
func list[T any](t *testing.T, args ...string) []T {
	t.Helper()
	var l struct{ Items []T }
	if err := json.Unmarshal([]byte(shop.kubectl(t, append([]string{"get", "-o", "json"}, args...)...)), &l); err != nil {
		t.Fatalf("reading kubectl's %s: %v", args[0], err)
	}
	return l.Items
}

func replicas(n *int32) int {
	if n == nil {
		return 1
	}
	return int(*n)
}

// wanted is how many pods a Job asks for now.
func wanted(j *batchv1.Job) int {
	for _, c := range j.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return 0
		}
	}
	n := replicas(j.Spec.Parallelism)
	if j.Spec.Completions != nil {
		n = min(n, int(*j.Spec.Completions-j.Status.Succeeded))
	}
	return n
}

func over(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

// amounts are CPU and memory of a list, as text.
func amounts(list corev1.ResourceList) map[string]string {
	out := make(map[string]string)
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if q, ok := list[name]; ok {
			out[string(name)] = q.String()
		}
	}
	return out
}

// Every workload is found, with its kind, its replicas and all its containers,
// and what they ask for.
func TestWorkloads(t *testing.T) {
	before := observe(t)
	report := scraped(t)
	after := observe(t)

	got := make(map[workloadID]map[string]*recommendation)
	kinds := make(map[string]int)
	for i := range report.Recommendations {
		r := &report.Recommendations[i]
		id := r.id().workloadID
		if got[id] == nil {
			got[id] = make(map[string]*recommendation)
			kinds[id.kind]++
		}
		if got[id][r.Container] != nil {
			t.Errorf("%s is there twice", r.id())
		}
		got[id][r.Container] = r
	}
	for id, w := range after.workloads {
		if got[id] == nil && before.workloads[id] != nil {
			t.Errorf("%s was not found", id)
			continue
		}
		for name, c := range w.containers {
			r := got[id][name]
			if r == nil {
				t.Errorf("%s: container %s was not found", id, name)
				continue
			}
			// A CronJob's pods come and go while the tests run.
			earlier := w.replicas
			if b := before.workloads[id]; b != nil && id.kind == "CronJob" {
				earlier = b.replicas
			}
			if n := r.Workload.Replicas; n != w.replicas && n != earlier {
				t.Errorf("%s: %d replicas, kubectl shows %d", id, n, w.replicas)
			}
			if r.Sidecar != c.sidecar {
				t.Errorf("%s: sidecar is %v, the template says %v", r.id(), r.Sidecar, c.sidecar)
			}
			same(t, r.id().String()+" requests", r.Current.Requests, c.requests)
			same(t, r.id().String()+" limits", r.Current.Limits, c.limits)
		}
		if n := len(w.containers); len(got[id]) > n {
			t.Errorf("%s: %d containers, its template has %d", id, len(got[id]), n)
		}
	}
	for id := range got {
		if after.workloads[id] == nil && before.workloads[id] == nil {
			t.Errorf("%s is not in the cluster", id)
		}
	}
	t.Logf("%d workloads: %v", len(got), kinds)
	// What the scenario was made to hold.
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "PostgresCluster", "StreamSet"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s was found", kind)
		}
	}
	if r := got[workloadID{"payments", "Deployment", "payments-api"}]["mesh"]; r == nil || !r.Sidecar {
		t.Error("the native sidecar of payments-api was not found as one")
	}
}

// same compares two lists of amounts by their value.
func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	ok := len(got) == len(want)
	for k, v := range want {
		ok = ok && got[k] != "" && amount(t, got[k]) == amount(t, v)
	}
	if !ok {
		t.Errorf("%s: %v, the template says %v", what, got, want)
	}
}

// The cost report has one allocation for each workload that has a pod on a priced
// node, and none besides.
func TestEveryWorkloadHasItsCost(t *testing.T) {
	report := costs(t)
	l := observe(t)
	priced := make(map[string]bool)
	for _, n := range report.Nodes {
		priced[n.Name] = true
	}
	want := make(map[string]bool)
	for i := range l.pods {
		if p := &l.pods[i]; priced[p.Spec.NodeName] && !over(p) {
			want[l.owner[p.Namespace+"/"+p.Name].String()] = true
		}
	}
	got := make(map[string]bool)
	for _, a := range report.Allocations {
		id := fmt.Sprintf("%s/%s/%s", a.Namespace, a.Kind, a.Name)
		if got[id] {
			t.Errorf("%s is there twice", id)
		}
		got[id] = true
	}
	cron := func(id string) bool { return strings.Contains(id, "/CronJob/") }
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if !got[id] && !cron(id) {
			t.Errorf("%s has pods on priced nodes and no cost", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(got)) {
		if !want[id] && !cron(id) {
			t.Errorf("%s costs something and has no pod on a priced node", id)
		}
	}
}
