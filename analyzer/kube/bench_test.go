package kube

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/rest"
)

// busyPods are pods as a cluster of some size has them: two containers, a
// sidecar, environment, statuses, and the managed fields that nobody reads.
func busyPods(n int) []corev1.Pod {
	always := corev1.ContainerRestartPolicyAlways
	pods := make([]corev1.Pod, n)
	for i := range pods {
		p := pod(fmt.Sprintf("web-%d-7f9c6d5b8-%05d", i/10, i), by(fmt.Sprintf("apps/v1 ReplicaSet web-%d-7f9c6d5b8", i/10))...)
		p.Labels = map[string]string{"pod-template-hash": "7f9c6d5b8", "app": fmt.Sprint("web-", i/10)}
		p.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubelet", FieldsV1: metav1.NewFieldsV1(strings.Repeat("x", 3000))}}
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "helper", Image: "example.com/helper:2"})
		p.Spec.InitContainers = []corev1.Container{{Name: "proxy", Image: "envoy", RestartPolicy: &always}}
		for e := range 20 {
			p.Spec.Containers[0].Env = append(p.Spec.Containers[0].Env, corev1.EnvVar{Name: fmt.Sprint("VAR_", e), Value: "some value of a usual length"})
		}
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "app", RestartCount: 1}, {Name: "helper"}}
		pods[i] = *p
	}
	return pods
}

// protobufPods serves pods in pages as the real server encodes them.
func protobufPods(tb testing.TB, pods []corev1.Pod) http.Handler {
	scheme := apiruntime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		tb.Fatal(err)
	}
	s := protobuf.NewSerializer(scheme, scheme)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/version", "/apis":
			fmt.Fprint(w, "{}")
			return
		case "/api/v1/pods":
		default:
			w.WriteHeader(http.StatusNotFound)
			return
		}
		start, _ := strconv.Atoi(r.URL.Query().Get("continue"))
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		end := min(start+limit, len(pods))
		list := &corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}, Items: pods[start:end]}
		if end < len(pods) {
			list.Continue = strconv.Itoa(end)
		}
		w.Header().Set("Content-Type", "application/vnd.kubernetes.protobuf")
		if err := s.Encode(list, w); err != nil {
			tb.Error(err)
		}
	})
}

func TestReadProtobuf(t *testing.T) {
	server := httptest.NewServer(protobufPods(t, busyPods(1234)))
	defer server.Close()
	s, err := Read(t.Context(), &rest.Config{Host: server.URL}, quick(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Pods) != 1234 || len(s.Workloads) != 124 || s.Workloads[0].ID.Kind != "Deployment" {
		t.Errorf("%d pods, %d workloads", len(s.Pods), len(s.Workloads))
	}
}

// BenchmarkConvert is the conversion alone: 10,000 pods in memory.
func BenchmarkConvert(b *testing.B) {
	pods := busyPods(10_000)
	b.ReportAllocs()
	for b.Loop() {
		r := &reader{got: newCollector(), opts: quick(Options{})}
		each(pods, r.got.addPod)
		if s := r.snapshot(); len(s.Pods) != len(pods) {
			b.Fatal(len(s.Pods))
		}
	}
}

// BenchmarkRead is the whole way over HTTP in protobuf, with what stays in
// memory afterwards.
func BenchmarkRead(b *testing.B) {
	server := httptest.NewServer(protobufPods(b, busyPods(10_000)))
	defer server.Close()
	b.ReportAllocs()
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, err := Read(b.Context(), &rest.Config{Host: server.URL}, quick(Options{}))
		if err != nil || len(s.Pods) != 10_000 {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MiB-kept")
		runtime.KeepAlive(s)
	}
}
