package cluster

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// installMetricsAPI registers metrics-server with the aggregation layer. Its
// Service is an ExternalName, which the aggregator follows to a loopback address.
func (k *clients) installMetricsAPI(ctx context.Context, port int, certs string) error {
	ca, err := os.ReadFile(filepath.Join(certs, "ca.crt"))
	if err != nil {
		return err
	}
	return k.createAll(ctx, []runtime.Object{
		&corev1.Service{
			TypeMeta:   typeMeta("v1", "Service"),
			ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "metrics-server", Labels: map[string]string{nameLabel: "metrics-server"}},
			Spec: corev1.ServiceSpec{
				Type: corev1.ServiceTypeExternalName, ExternalName: "localhost",
				Ports: []corev1.ServicePort{{Name: "https", Port: int32(port)}},
			},
		},
		&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
			"metadata": map[string]any{"name": "v1beta1.metrics.k8s.io"},
			"spec": map[string]any{
				"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": int64(100), "versionPriority": int64(100),
				"caBundle": base64.StdEncoding.EncodeToString(ca),
				"service":  map[string]any{"namespace": "kube-system", "name": "metrics-server", "port": int64(port)},
			},
		}},
	})
}

// awaitMetrics waits until metrics-server knows the usage of nodes and pods.
func (k *clients) awaitMetrics(ctx context.Context, p *Process) error {
	return await(ctx, "metrics-server", 2*time.Minute, p, func(ctx context.Context) error {
		for _, what := range []string{"nodes", "pods"} {
			raw, err := k.typed.CoreV1().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/" + what).DoRaw(ctx)
			if err != nil {
				return err
			}
			if !bytes.Contains(raw, []byte(`"usage"`)) {
				return fmt.Errorf("no metrics of %s yet", what)
			}
		}
		return nil
	})
}

// splitDocuments splits YAML at its document marks.
func splitDocuments(text []byte) [][]byte {
	return bytes.Split(append([]byte("\n"), text...), []byte("\n---"))
}
