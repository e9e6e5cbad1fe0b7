package cluster

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// prometheusService is what kube-prometheus-stack calls Prometheus' Service.
const prometheusService = "kube-prometheus-stack-prometheus"

// prometheusWorkload is the workload whose pod stands for the real Prometheus.
func (s *Scenario) prometheusWorkload() *Workload {
	for i := range s.Workloads {
		if s.Workloads[i].Prometheus {
			return &s.Workloads[i]
		}
	}
	return nil
}

// publishPrometheus makes the Services that lead to Prometheus. The API server's
// service proxy follows one only to a pod, at an address that is the pod's own and no
// loopback one: so the pod gets the address of a network made for it. Without
// the right to make one it says so and goes without.
func (p *plane) publishPrometheus(ctx context.Context, k *clients) error {
	w := p.scenario.prometheusWorkload()
	if w == nil {
		return nil
	}
	network, err := newNetwork(hash(p.scenario.Seed, p.state.Dir))
	if err != nil {
		p.logf("no service proxy to prometheus: %v", err)
	} else {
		p.state.Network = network
		if err := p.save(); err != nil {
			return err
		}
	}
	var objects []runtime.Object
	for _, svc := range []struct {
		name   string
		labels map[string]string
		ip     string
	}{
		{prometheusService, map[string]string{
			"app": prometheusService, "release": "kube-prometheus-stack", "app.kubernetes.io/part-of": "kube-prometheus-stack",
		}, ""},
		{"prometheus-operated", map[string]string{"operated-prometheus": "true"}, corev1.ClusterIPNone},
	} {
		objects = append(objects, &corev1.Service{
			TypeMeta:   typeMeta("v1", "Service"),
			ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: svc.name, Labels: svc.labels},
			Spec: corev1.ServiceSpec{
				ClusterIP: svc.ip, Selector: map[string]string{nameLabel: w.Name},
				Ports: []corev1.ServicePort{{
					Name: "http-web", Port: 9090, TargetPort: intstr.FromInt(p.state.PrometheusPort), Protocol: corev1.ProtocolTCP,
				}},
			},
		})
	}
	return k.createAll(ctx, objects)
}

// forwarding is what KWOK does when a port of the pod that stands for
// Prometheus is forwarded: whichever the port, it leads to the real one.
func (p *plane) forwarding() string {
	w := p.scenario.prometheusWorkload()
	if w == nil {
		return ""
	}
	return fmt.Sprintf(`
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterPortForward
metadata:
  name: prometheus
spec:
  selector:
    matchNamespaces: [%s]
  forwards:
    - target: {port: %d, address: 127.0.0.1}
`, w.Namespace, p.state.PrometheusPort)
}

// awaitProxy waits until the service proxy leads to Prometheus.
func (c *Cluster) awaitProxy(ctx context.Context, k *clients) error {
	w := c.scenario.prometheusWorkload()
	if w == nil || c.state.Network == nil {
		return nil
	}
	return await(ctx, "the service proxy to prometheus", 30*time.Second, nil, func(ctx context.Context) error {
		_, err := k.typed.CoreV1().Services(w.Namespace).ProxyGet("http", prometheusService, "9090", "/-/ready", nil).DoRaw(ctx)
		return err
	})
}
