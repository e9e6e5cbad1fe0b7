package cluster

import (
	"fmt"
	"strings"
)

// Program is one program of the testbed.
type Program string

// The programs of a testbed.
const (
	Etcd              Program = "etcd"
	APIServer         Program = "kube-apiserver"
	ControllerManager Program = "kube-controller-manager"
	Scheduler         Program = "kube-scheduler"
	Kubectl           Program = "kubectl"
	KWOK              Program = "kwok"
	MetricsServer     Program = "metrics-server"
	Prometheus        Program = "prometheus"
)

// KarpenterVersion is the version of the module sigs.k8s.io/karpenter whose
// custom resource definitions are installed.
const KarpenterVersion = "v1.14.1"

// source says where programs come from: one module at one version, built in
// one run of the Go command.
type source struct {
	module  string
	version string
	// packages maps each program to its main package.
	packages map[Program]string
	tags     string
	// unstage rewrites the module's own "replace k8s.io/x => ./staging/…" lines
	// to the published versions, which are v0.N.P for v1.N.P.
	unstage bool
	// stamp sets the version that Kubernetes' programs report: built without
	// it they say v0.0.0-master+$Format:%H$, which no client understands.
	stamp bool
}

// ldflags strips the programs and, where asked for, stamps their version.
func (s source) ldflags() string {
	const variables = "k8s.io/component-base/version."
	flags := "-s -w"
	if !s.stamp {
		return flags
	}
	parts := strings.SplitN(strings.TrimPrefix(s.version, "v"), ".", 3)
	for name, value := range map[string]string{"gitVersion": s.version, "gitMajor": parts[0], "gitMinor": parts[1]} {
		flags += " -X " + variables + name + "=" + value
	}
	return flags
}

// folder names a program's place in the cache: by its version and how it was
// built.
func (s source) folder(p Program) string {
	name := string(p) + "-" + s.version
	if s.stamp {
		name += "-stamped"
	}
	return name
}

// sources lists what is built, small things first so that an error in the
// set-up shows early.
//
// Prometheus is built from the Go proxy rather than unpacked from a Debian
// package. The package is quicker on a fresh machine (a download against a
// build of two minutes), but it needs apt with fresh lists, exists only on one family
// of systems, and its version is whatever the system carries: 2.42 on Debian 12,
// which listens on one address only, where the testbed needs two. Built here it is
// the same version as the library that writes the blocks. The tag
// remove_all_sd leaves out service discovery and with it the cloud SDKs, which
// are most of the build.
func sources() []source {
	return []source{
		{
			module: "go.etcd.io/etcd/server/v3", version: "v3.6.16",
			packages: map[Program]string{Etcd: "go.etcd.io/etcd/server/v3"},
		},
		{
			module: "sigs.k8s.io/kwok", version: "v0.8.0",
			packages: map[Program]string{KWOK: "sigs.k8s.io/kwok/cmd/kwok"},
		},
		{
			module: "sigs.k8s.io/metrics-server", version: "v0.9.0",
			packages: map[Program]string{MetricsServer: "sigs.k8s.io/metrics-server/cmd/metrics-server"},
		},
		{
			module: "github.com/prometheus/prometheus", version: "v0.316.0",
			packages: map[Program]string{Prometheus: "github.com/prometheus/prometheus/cmd/prometheus"},
			tags:     "remove_all_sd",
		},
		{
			module: "k8s.io/kubernetes", version: "v1.35.4", unstage: true, stamp: true,
			packages: map[Program]string{
				APIServer:         "k8s.io/kubernetes/cmd/kube-apiserver",
				ControllerManager: "k8s.io/kubernetes/cmd/kube-controller-manager",
				Scheduler:         "k8s.io/kubernetes/cmd/kube-scheduler",
				Kubectl:           "k8s.io/kubernetes/cmd/kubectl",
			},
		},
	}
}

// programSource finds the source of p.
func programSource(p Program) (source, error) {
	for _, s := range sources() {
		if _, ok := s.packages[p]; ok {
			return s, nil
		}
	}
	return source{}, fmt.Errorf("no program named %q", p)
}
