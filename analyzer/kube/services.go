package kube

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/trimtab/trimtab/internal/hint"
)

// Service is a Service's address and labels, for finding what runs in the
// cluster.
type Service struct {
	Namespace, Name string
	Labels          map[string]string
	Ports           []ServicePort
}

// ServicePort is one port of a Service.
type ServicePort struct {
	Name   string
	Number int32
}

// Services lists the Services of the scope: one namespace, or all of them
// where namespace is "". The error carries a hint.
func Services(ctx context.Context, cfg *rest.Config, opts Options) ([]Service, error) {
	opts = opts.withDefaults()
	c, err := newClient(cfg, opts)
	if err != nil {
		return nil, explain(err, "connecting to the cluster", opts)
	}
	var found []Service
	k := &kind{version: "v1", resource: "services", accept: acceptProtobuf}
	k.reset = func() { found = nil }
	k.page = func(r rest.Result) (metav1.ListInterface, int, error) {
		var list corev1.ServiceList
		if err := r.Into(&list); err != nil {
			return nil, 0, err
		}
		for i := range list.Items {
			s := &list.Items[i]
			svc := Service{Namespace: s.Namespace, Name: s.Name, Labels: s.Labels}
			for _, p := range s.Spec.Ports {
				svc.Ports = append(svc.Ports, ServicePort{p.Name, p.Port})
			}
			found = append(found, svc)
		}
		return &list, len(list.Items), nil
	}
	if err := c.list(ctx, k, opts.Namespace, func(string) {}); err != nil {
		return nil, explain(err, "looking for services", opts)
	}
	return found, nil
}

// ServiceProxy is an HTTP client and the address at which the API server
// passes requests on to a Service's port. Only GET may be sent: a POST is a
// create on services/proxy.
func ServiceProxy(cfg *rest.Config, userAgent, namespace, name string, port int32) (*http.Client, string, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.UserAgent = userAgent
	cfg.Timeout = 0
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, "", hint.Wrap(err, "connecting to the API server's service proxy", "name a reachable address with --prometheus-url")
	}
	base, _, err := rest.DefaultServerUrlFor(cfg)
	if err != nil {
		return nil, "", hint.Wrap(err, "reading the API server's address", "check the cluster's server in the kubeconfig")
	}
	u := base.JoinPath("api/v1/namespaces", url.PathEscape(namespace), "services", url.PathEscape(name)+":"+strconv.Itoa(int(port)), "proxy")
	return client, u.String(), nil
}
