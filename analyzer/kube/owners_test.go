package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

func TestOwners(t *testing.T) {
	deploy := func(name string, owners ...metav1.OwnerReference) *appsv1.Deployment {
		return &appsv1.Deployment{ObjectMeta: om(name, owners...), Spec: appsv1.DeploymentSpec{Replicas: to(int32(2)), Template: template("250m", "1Gi")}}
	}
	rs := func(name string, owners ...metav1.OwnerReference) *appsv1.ReplicaSet {
		return &appsv1.ReplicaSet{ObjectMeta: om(name, owners...)}
	}
	sts := func(name string, owners ...metav1.OwnerReference) *appsv1.StatefulSet {
		return &appsv1.StatefulSet{ObjectMeta: om(name, owners...), Spec: appsv1.StatefulSetSpec{Template: template("1", "4Gi")}}
	}
	hashed := func(p *corev1.Pod, label, hash string) *corev1.Pod {
		p.Labels = map[string]string{label: hash}
		return p
	}
	uncontrolled := by("v1 Strimzi s")
	uncontrolled[0].Controller = nil
	type row struct {
		ID       string
		OwnedBy  string
		Known    bool
		Replicas int
		Pods     int
		CPU      string
	}
	tests := []struct {
		name    string
		objects []any
		want    []row
	}{
		{
			"a Deployment through its ReplicaSet, and one without pods",
			[]any{deploy("web"), deploy("idle"), rs("web-1", by("apps/v1 Deployment web")...), rs("web-0", by("apps/v1 Deployment web")...), pod("web-1-a", by("apps/v1 ReplicaSet web-1")...), pod("web-1-b", by("apps/v1 ReplicaSet web-1")...)},
			[]row{{"shop/Deployment/idle", "", true, 2, 0, "250m"}, {"shop/Deployment/web", "", true, 2, 2, "250m"}},
		},
		{
			"a Deployment whose ReplicaSet was not read, by the label",
			[]any{deploy("web"), hashed(pod("web-1-a", by("apps/v1 ReplicaSet web-7f9")...), "pod-template-hash", "7f9")},
			[]row{{"shop/Deployment/web", "", true, 2, 1, "250m"}},
		},
		{
			"neither ReplicaSet nor Deployment were read",
			[]any{hashed(pod("web-1-a", by("apps/v1 ReplicaSet web-7f9")...), "pod-template-hash", "7f9")},
			[]row{{"shop/Deployment/web", "", false, 1, 1, "100m"}},
		},
		{
			"a bare ReplicaSet whose template was not read",
			[]any{rs("solo"), pod("solo-a", by("apps/v1 ReplicaSet solo")...)},
			[]row{{"shop/ReplicaSet/solo", "", false, 1, 1, "100m"}},
		},
		{
			"a ReplicaSet that was not read and no label",
			[]any{pod("solo-a", by("apps/v1 ReplicaSet solo")...)},
			[]row{{"shop/ReplicaSet/solo", "", false, 1, 1, "100m"}},
		},
		{
			"a StatefulSet of a custom resource stays one",
			[]any{sts("pg", by("acid.zalan.do/v1 PostgresCluster main")...), pod("pg-0", by("apps/v1 StatefulSet pg")...)},
			[]row{{"shop/StatefulSet/pg", "PostgresCluster/main", true, 1, 1, "1"}},
		},
		{
			"an owner that does not say it is the controller",
			[]any{pod("kafka-0", uncontrolled...), sts("zk", uncontrolled...)},
			[]row{{"shop/Strimzi/s", "", false, 1, 1, "100m"}, {"shop/StatefulSet/zk", "Strimzi/s", true, 1, 0, "1"}},
		},
		{
			"a CronJob through its Job, folded, completed ones too",
			[]any{
				&batchv1.CronJob{ObjectMeta: om("nightly"), Spec: batchv1.CronJobSpec{JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template("2", "2Gi")}}}},
				&batchv1.Job{ObjectMeta: om("nightly-29000001", by("batch/v1 CronJob nightly")...), Spec: batchv1.JobSpec{Template: template("2", "2Gi")}},
				pod("nightly-29000001-x", by("batch/v1 Job nightly-29000001")...),
				func() *corev1.Pod {
					p := pod("nightly-29000000-x", by("batch/v1 Job nightly-29000000")...)
					p.Status.Phase = corev1.PodSucceeded
					return p
				}(),
			},
			[]row{{"shop/CronJob/nightly", "", true, 1, 2, "2"}},
		},
		{
			"Jobs: bare, over, suspended, of an unknown kind",
			[]any{
				&batchv1.Job{ObjectMeta: om("run"), Spec: batchv1.JobSpec{Parallelism: to(int32(4)), Completions: to(int32(6)), Template: template("1", "1Gi")}, Status: batchv1.JobStatus{Succeeded: 3}},
				&batchv1.Job{ObjectMeta: om("over"), Spec: batchv1.JobSpec{Template: template("1", "1Gi")}, Status: batchv1.JobStatus{Conditions: []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: "True"}}}},
				&batchv1.Job{ObjectMeta: om("held"), Spec: batchv1.JobSpec{Suspend: to(true), Template: template("1", "1Gi")}},
				&batchv1.Job{ObjectMeta: om("scaled-1", by("keda.sh/v1alpha1 ScaledJob scaled")...), Spec: batchv1.JobSpec{Template: template("1", "1Gi")}},
				pod("scaled-1-x", by("batch/v1 Job scaled-1")...),
			},
			[]row{{"shop/Job/held", "", true, 0, 0, "1"}, {"shop/Job/over", "", true, 0, 0, "1"}, {"shop/Job/run", "", true, 3, 0, "1"}, {"shop/ScaledJob/scaled", "", false, 1, 1, "100m"}},
		},
		{
			"a Job of Volcano is not batch's",
			[]any{&batchv1.Job{ObjectMeta: om("train", by("x/v1 Other o")...)}, pod("train-0", by("batch.volcano.sh/v1alpha1 Job train")...)},
			[]row{{"shop/Job/train", "", false, 1, 1, "100m"}},
		},
		{
			"Rollouts: read, borrowing a template, only named by a label",
			[]any{
				deploy("lender"),
				argo("canary", "", template("300m", "1Gi")), argo("ref", "lender", corev1.PodTemplateSpec{}),
				rs("canary-1", by("argoproj.io/v1alpha1 Rollout canary")...), pod("canary-1-a", by("apps/v1 ReplicaSet canary-1")...),
				hashed(pod("blue-5d-a", by("apps/v1 ReplicaSet blue-5d")...), "rollouts-pod-template-hash", "5d"),
			},
			[]row{{"shop/Rollout/blue", "", false, 1, 1, "100m"}, {"shop/Rollout/canary", "", true, 1, 1, "300m"}, {"shop/Deployment/lender", "", true, 2, 0, "250m"}, {"shop/Rollout/ref", "", true, 1, 0, "250m"}},
		},
		{
			"static, bare and daemon pods",
			[]any{
				pod("kube-proxy-n1", by("v1 Node n1")...), pod("debug"),
				&appsv1.DaemonSet{ObjectMeta: om("agent"), Spec: appsv1.DaemonSetSpec{Template: template("50m", "64Mi")}, Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 3}},
				pod("agent-x", by("apps/v1 DaemonSet agent")...),
			},
			[]row{{"shop/DaemonSet/agent", "", true, 3, 1, "50m"}, {"shop/Pod/debug", "", true, 1, 1, "100m"}, {"shop/StaticPod/kube-proxy", "", false, 1, 1, "100m"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := collect(tt.objects...)
			pods := map[cluster.WorkloadID]int{}
			for i := range s.Pods {
				pods[s.Pods[i].Workload]++
			}
			var got []row
			for _, w := range s.Workloads {
				r := row{w.ID.String(), w.OwnedBy, w.Known, w.Replicas, pods[w.ID], ""}
				if len(w.Containers) == 1 && w.Containers[0].Request.CPU != nil {
					r.CPU = w.Containers[0].Request.CPU.String()
				}
				got = append(got, r)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func argo(name, ref string, tpl corev1.PodTemplateSpec) *argoRollout {
	o := &argoRollout{Metadata: meta{Name: name, Namespace: "shop"}}
	o.Spec.Template = tpl
	if ref != "" {
		o.Spec.WorkloadRef = &struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Name       string `json:"name"`
		}{"apps/v1", "Deployment", ref}
	}
	return o
}

// The newest pod is the template of an unknown owner, whatever the order of
// arrival.
func TestNewestPod(t *testing.T) {
	newer, older := pod("db-0", by("db.example/v1 Database main")...), pod("db-1", by("db.example/v1 Database main")...)
	newer.Spec = spec("2", "8Gi")
	newer.CreationTimestamp = metav1.NewTime(older.CreationTimestamp.Add(1))
	newer.CreationTimestamp = metav1.NewTime(older.CreationTimestamp.AddDate(0, 0, 1))
	for _, order := range [][]any{{newer, older}, {older, newer}} {
		s := collect(order...)
		if len(s.Workloads) != 1 || s.Workloads[0].Containers[0].Request.CPU.String() != "2" {
			t.Errorf("workloads %+v", s.Workloads)
		}
	}
}

func TestPodContainers(t *testing.T) {
	p := pod("p")
	p.Annotations = map[string]string{"trimtab.dev/ignore": "", "trimtab.dev/policy": " careful "}
	always := corev1.ContainerRestartPolicyAlways
	p.Spec.InitContainers = []corev1.Container{{Name: "migrate"}, {Name: "proxy", RestartPolicy: &always}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "app", RestartCount: 3,
		Resources:            &corev1.ResourceRequirements{Requests: spec("500m", "128Mi").Containers[0].Resources.Requests},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled", FinishedAt: metav1.NewTime(p.CreationTimestamp.Time)}},
	}}
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "proxy", RestartCount: 1, Resources: &corev1.ResourceRequirements{}}}
	s := collect(p)
	got := s.Pods[0].Containers
	if len(got) != 2 || got[0].Request.CPU.String() != "500m" || got[0].Restarts != 3 || got[0].LastTermination.Reason != "OOMKilled" {
		t.Errorf("app %+v", got)
	}
	if got[1].Name != "proxy" || !got[1].Sidecar || got[1].Restarts != 1 || got[1].Request.CPU != nil {
		t.Errorf("proxy %+v", got[1])
	}
	w := s.Workloads[0]
	if !w.Ignore || w.Policy != "careful" || len(w.Containers) != 2 || !w.Containers[1].Sidecar || w.Containers[0].Request.CPU.String() != "100m" {
		t.Errorf("workload %+v", w)
	}
}

func TestWord(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "": true, "yes": true, "false": false, "No": false, "until friday": true} {
		if got := wordOf(map[string]string{"trimtab.dev/ignore": value}).ignore; got != want {
			t.Errorf("ignore %q: %v", value, got)
		}
	}
	d := &appsv1.Deployment{ObjectMeta: om("web"), Spec: appsv1.DeploymentSpec{Template: template("1", "1Gi")}}
	d.Annotations = map[string]string{"trimtab.dev/policy": "own"}
	d.Spec.Template.Annotations = map[string]string{"trimtab.dev/policy": "template", "trimtab.dev/peak": "monthly"}
	if w := collect(d).Workloads[0]; w.Policy != "own" || w.Peak != "monthly" || w.Ignore {
		t.Errorf("%+v", w)
	}
}
