package kube

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

func decoded[T any](t *testing.T, text string) *T {
	t.Helper()
	o := new(T)
	if err := json.Unmarshal([]byte(text), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAutoscalers(t *testing.T) {
	web := &appsv1.Deployment{ObjectMeta: om("web"), Spec: appsv1.DeploymentSpec{Template: template("1", "1Gi")}}
	pg := &appsv1.StatefulSet{ObjectMeta: om("pg", by("db.example/v1 Database main")...), Spec: appsv1.StatefulSetSpec{Template: template("1", "1Gi")}}
	hpaOf := func(kind, target string, metrics ...autoscalingv2.MetricSpec) *autoscalingv2.HorizontalPodAutoscaler {
		h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: om("h")}
		h.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{Kind: kind, Name: target}
		h.Spec.MinReplicas, h.Spec.MaxReplicas, h.Spec.Metrics = to(int32(2)), 9, metrics
		return h
	}
	share := func(n int32) autoscalingv2.MetricTarget { return autoscalingv2.MetricTarget{AverageUtilization: &n} }
	cpu := autoscalingv2.MetricSpec{Resource: &autoscalingv2.ResourceMetricSource{Name: "cpu", Target: share(70)}}
	memory := autoscalingv2.MetricSpec{ContainerResource: &autoscalingv2.ContainerResourceMetricSource{Name: "memory", Container: "app", Target: share(80)}}
	amount := autoscalingv2.MetricSpec{Resource: &autoscalingv2.ResourceMetricSource{Name: "cpu", Target: autoscalingv2.MetricTarget{AverageValue: to(resource.MustParse("500m"))}}}
	external := autoscalingv2.MetricSpec{External: &autoscalingv2.ExternalMetricSource{}}
	keda := hpaOf("Deployment", "web", cpu, external)
	keda.OwnerReferences = by("keda.sh/v1alpha1 ScaledObject so")
	so := func() *scaledObject {
		return decoded[scaledObject](t, `{"metadata":{"name":"so","namespace":"shop"},"spec":{"scaleTargetRef":{"name":"web"},"maxReplicaCount":20,"triggers":[{"type":"prometheus","metadata":{"threshold":"5"}},{"type":"cpu","metricType":"Utilization","metadata":{"value":"60"}},{"type":"memory","metricType":"AverageValue","metadata":{"value":"500Mi"}}]}}`)
	}
	vpa := func(mode string) *verticalPodAutoscaler {
		return decoded[verticalPodAutoscaler](t, `{"metadata":{"name":"v","namespace":"shop"},"spec":{"targetRef":{"kind":"Deployment","name":"web"}`+mode+`}}`)
	}
	const hpaKind, vpaKind = "HorizontalPodAutoscaler", "VerticalPodAutoscaler"
	tests := []struct {
		name    string
		objects []any
		want    []cluster.Autoscaler
	}{
		{"none", []any{web}, nil},
		{"of another workload", []any{web, hpaOf("StatefulSet", "web", cpu)}, nil},
		{"CPU and memory utilization", []any{web, hpaOf("Deployment", "web", cpu, memory)}, []cluster.Autoscaler{{Kind: hpaKind, Name: "h", CPU: true, Memory: true, CPUTarget: 70, MemoryTarget: 80, Min: 2, Max: 9}}},
		{"an absolute amount does not move with the request", []any{web, hpaOf("Deployment", "web", amount)}, []cluster.Autoscaler{{Kind: hpaKind, Name: "h", Min: 2, Max: 9}}},
		{"an external metric", []any{web, hpaOf("Deployment", "web", external)}, []cluster.Autoscaler{{Kind: hpaKind, Name: "h", Min: 2, Max: 9}}},
		{"KEDA and its HPA are one", []any{web, keda, so()}, []cluster.Autoscaler{{Kind: "ScaledObject", Name: "so", CPU: true, CPUTarget: 60, Max: 20}}},
		{"KEDA's HPA alone", []any{web, keda}, []cluster.Autoscaler{{Kind: "ScaledObject", Name: "so", CPU: true, CPUTarget: 70, Min: 2, Max: 9}}},
		{"VPA by default", []any{web, vpa("")}, []cluster.Autoscaler{{Kind: vpaKind, Name: "v", Updates: true}}},
		{"VPA off", []any{web, vpa(`,"updatePolicy":{"updateMode":"Off"}`)}, []cluster.Autoscaler{{Kind: vpaKind, Name: "v"}}},
		{"VPA initial", []any{web, vpa(`,"updatePolicy":{"updateMode":"Initial"}`)}, []cluster.Autoscaler{{Kind: vpaKind, Name: "v", Updates: true}}},
		{"VPA off for every container", []any{web, vpa(`,"resourcePolicy":{"containerPolicies":[{"containerName":"*","mode":"Off"}]}`)}, []cluster.Autoscaler{{Kind: vpaKind, Name: "v"}}},
		{"VPA off for all but one", []any{web, vpa(`,"resourcePolicy":{"containerPolicies":[{"containerName":"*","mode":"Off"},{"containerName":"app"}]}`)}, []cluster.Autoscaler{{Kind: vpaKind, Name: "v", Updates: true}}},
		{"of the owner above", []any{pg, hpaOf("Database", "main", cpu)}, []cluster.Autoscaler{{Kind: hpaKind, Name: "h", CPU: true, CPUTarget: 70, Min: 2, Max: 9}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, collect(tt.objects...).Workloads[0].Autoscalers); d != "" {
				t.Error(d)
			}
		})
	}
}
