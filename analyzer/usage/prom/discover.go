package prom

import (
	"cmp"
	"slices"
	"strings"
)

// Service is a Service of the cluster that may lead to a query API.
type Service struct {
	Namespace, Name string
	Labels          map[string]string
	Ports           []Port
}

// Port is a port of a Service.
type Port struct {
	Name   string
	Number int32
}

// Found is a query API behind a Service.
type Found struct {
	Service Service
	Port    Port
	// Flavour is what kind of server it is: "prometheus", "thanos", "mimir",
	// "victoria-metrics".
	Flavour string
	// Path is below which api/v1/query answers: "", "prometheus".
	Path string
	// Header are request headers it needs, such as a tenant.
	Header map[string]string
}

// Name is what the source calls itself: "prometheus monitoring/prometheus".
func (f Found) Name() string { return f.Flavour + " " + f.Service.Namespace + "/" + f.Service.Name }

type candidate struct {
	flavour string
	labels  map[string]string
	path    string
	header  map[string]string
}

// candidates are the labels by which charts and operators mark the Services
// of query APIs, in order of precedence: what aggregates stands before what it
// aggregates. They are the ones that KRR looks for.
func candidates() []candidate {
	l := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	vm, vmCluster := "victoria-metrics", "select/0/prometheus"
	tenant := l("X-Scope-OrgID", "anonymous")
	return []candidate{
		{vm, l("app.kubernetes.io/name", "vmsingle"), "", nil},
		{vm, l("app.kubernetes.io/name", "victoria-metrics-single"), "", nil},
		{vm, l("app.kubernetes.io/name", "vmselect"), vmCluster, nil},
		{vm, l("app.kubernetes.io/component", "vmselect"), vmCluster, nil},
		{vm, l("app", "vmselect"), vmCluster, nil},
		{"thanos", l("app.kubernetes.io/component", "query", "app.kubernetes.io/name", "thanos"), "", nil},
		{"thanos", l("app.kubernetes.io/name", "thanos-query"), "", nil},
		{"thanos", l("app", "thanos-query"), "", nil},
		{"thanos", l("app", "thanos-querier"), "", nil},
		{"mimir", l("app.kubernetes.io/name", "mimir", "app.kubernetes.io/component", "query-frontend"), "prometheus", tenant},
		{"prometheus", l("app", "kube-prometheus-stack-prometheus"), "", nil},
		{"prometheus", l("app", "prometheus", "component", "server"), "", nil},
		{"prometheus", l("app", "prometheus-server"), "", nil},
		{"prometheus", l("app", "prometheus-operator-prometheus"), "", nil},
		{"prometheus", l("app", "rancher-monitoring-prometheus"), "", nil},
		{"prometheus", l("app", "prometheus-prometheus"), "", nil},
		{"prometheus", l("app.kubernetes.io/name", "prometheus", "app.kubernetes.io/component", "server"), "", nil},
		{"prometheus", l("app", "stack-prometheus"), "", nil},
		{"prometheus", l("operated-prometheus", "true"), "", nil},
	}
}

// Discover finds the query API among a cluster's Services; false where no
// Service bears a known label. Of several that match the same label, the
// first by namespace and name is taken.
func Discover(services []Service) (Found, bool) {
	sorted := slices.Clone(services)
	slices.SortFunc(sorted, func(a, b Service) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	for _, c := range candidates() {
		for _, s := range sorted {
			if port, ok := webPort(s.Ports); ok && hasLabels(s.Labels, c.labels) {
				return Found{s, port, c.flavour, c.path, c.header}, true
			}
		}
	}
	return Found{}, false
}

func hasLabels(have, want map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}

// webPort is the port that serves the API: by its name, since a Service's
// first port is often a sidecar's or gRPC.
func webPort(ports []Port) (Port, bool) {
	for _, name := range []string{"http-web", "web", "http", "http-query", "http-metrics", "https"} {
		for _, p := range ports {
			if p.Name == name {
				return p, true
			}
		}
	}
	for _, p := range ports {
		if !strings.Contains(p.Name, "grpc") && !strings.Contains(p.Name, "reload") {
			return p, true
		}
	}
	return Port{}, false
}
