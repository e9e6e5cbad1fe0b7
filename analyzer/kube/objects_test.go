package kube

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// collect turns objects into a snapshot without a server.
func collect(objects ...any) *cluster.Snapshot {
	r := &reader{got: newCollector(), opts: quick(Options{})}
	c := r.got
	for _, o := range objects {
		switch o := o.(type) {
		case *corev1.Pod:
			c.addPod(o)
		case *corev1.Node:
			c.nodes = append(c.nodes, node(o))
		case *corev1.Namespace:
			c.addNamespace(o)
		case *appsv1.Deployment:
			c.deployments = append(c.deployments, deployment(o))
		case *appsv1.StatefulSet:
			c.statefulSets = append(c.statefulSets, statefulSet(o))
		case *appsv1.DaemonSet:
			c.daemonSets = append(c.daemonSets, daemonSet(o))
		case *appsv1.ReplicaSet:
			c.addReplicaSet(&metav1.PartialObjectMetadata{ObjectMeta: o.ObjectMeta})
		case *batchv1.Job:
			c.jobs = append(c.jobs, job(o))
		case *batchv1.CronJob:
			c.cronJobs = append(c.cronJobs, cronJob(o))
		case *autoscalingv2.HorizontalPodAutoscaler:
			c.hpas = append(c.hpas, hpa(o))
		case *scaledObject:
			c.scaledObjects = append(c.scaledObjects, o.scaling())
		case *verticalPodAutoscaler:
			if s, ok := o.scaling(); ok {
				c.vpas = append(c.vpas, s)
			}
		case *argoRollout:
			c.rollouts = append(c.rollouts, o.rollout())
		default:
			panic(fmt.Sprintf("no place for %T", o))
		}
	}
	s := r.snapshot()
	s.Sort()
	return s
}

// by names an owner: "apps/v1 ReplicaSet web-1".
func by(ref string) []metav1.OwnerReference {
	var apiVersion, kind, name string
	if _, err := fmt.Sscan(ref, &apiVersion, &kind, &name); err != nil {
		panic(err)
	}
	yes := true
	return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, Controller: &yes}}
}

func om(name string, owners ...metav1.OwnerReference) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "shop", Name: name, OwnerReferences: owners}
}

// spec has one container with requests; cpu "" sets none.
func spec(cpu, memory string) corev1.PodSpec {
	c := corev1.Container{Name: "app", Image: "example.com/app:1"}
	if cpu != "" {
		c.Resources.Requests = corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse(memory)}
	}
	return corev1.PodSpec{Containers: []corev1.Container{c}, NodeName: "n1"}
}

func template(cpu, memory string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{Spec: spec(cpu, memory)}
}

func pod(name string, owners ...metav1.OwnerReference) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: om(name, owners...), Spec: spec("100m", "64Mi")}
	p.Status.Phase = corev1.PodRunning
	p.CreationTimestamp = metav1.NewTime(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	return p
}

func to[T any](v T) *T { return &v }
