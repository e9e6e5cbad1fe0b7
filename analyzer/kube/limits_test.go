package kube

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Kubernetes takes a limit of 0 for none; a raise must not turn it into one.
func TestLimitOfZeroIsNone(t *testing.T) {
	list := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("0"), corev1.ResourceMemory: resource.MustParse("1Gi")}
	if r := limits(list); r.CPU != nil || r.Memory == nil {
		t.Errorf("limits %+v", r)
	}
	if r := resources(list); r.CPU == nil {
		t.Error("a request of 0 is not the same as none")
	}
}
