package prom

import (
	"context"
	"regexp"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
)

// owners finds the workload of a pod: of a living one from the snapshot, of
// one that is gone from kube-state-metrics, and where that is not scraped
// from the way controllers name their pods.
type owners struct {
	snapshot *cluster.Snapshot
	pods     map[cluster.PodKey]cluster.WorkloadID
	byName   bool // gone pods are matched by name only
}

// loadOwners joins the snapshot with the owner series of the window. Owners
// are joined here and not in PromQL: the join is what made other tools'
// queries expensive. A failure is a warning; living pods are known all the
// same.
func (c *client) loadOwners(ctx context.Context, s *cluster.Snapshot, w usage.Window) (*owners, []error) {
	o := &owners{snapshot: s, pods: make(map[cluster.PodKey]cluster.WorkloadID, len(s.Pods))}
	for i := range s.Pods {
		o.pods[s.Pods[i].Key()] = s.Pods[i].Workload
	}
	matcher := scopeMatcher(s)
	pods, err := c.seriesOf(ctx, "kube_pod_owner"+braces(matcher), w.Start, w.End)
	if err != nil || len(pods) == 0 {
		o.byName = true
		why := "kube_pod_owner is not in Prometheus"
		if err != nil {
			why = err.Error()
		}
		return o, []error{hint.New("pods that are gone are matched to workloads by their names alone: "+why,
			"scrape kube-state-metrics, so that earlier rollouts count for certain")}
	}
	type key struct{ namespace, name string }
	type ref struct{ kind, name string }
	parents := func(metric, label string) map[key]ref {
		m := make(map[key]ref)
		list, err := c.seriesOf(ctx, metric+braces(matcher), w.Start, w.End)
		if err != nil {
			return m // the pods of living controllers are still known by name
		}
		for _, l := range list {
			k := key{namespaceOf(l), l[label]}
			if kind := l["owner_kind"]; kind != "" && kind != "<none>" {
				m[k] = ref{kind, l["owner_name"]}
			} else if _, ok := m[k]; !ok {
				m[k] = ref{} // it is there and nothing owns it
			}
		}
		return m
	}
	replicaSets := parents("kube_replicaset_owner", "replicaset")
	jobs := parents("kube_job_owner", "job_name")
	for _, l := range pods {
		pod := cluster.PodKey{Namespace: namespaceOf(l), Name: podOf(l)}
		if _, living := o.pods[pod]; living {
			continue
		}
		r := ref{l["owner_kind"], l["owner_name"]}
		switch r.kind {
		case "ReplicaSet":
			if up, ok := replicaSets[key{pod.Namespace, r.name}]; ok {
				if up != (ref{}) {
					r = up
				}
			} else if i := strings.LastIndexByte(r.name, '-'); i > 0 {
				r = ref{"Deployment", r.name[:i]}
			}
		case "Job":
			if up, ok := jobs[key{pod.Namespace, r.name}]; ok && up != (ref{}) {
				r = up
			}
		case "", "<none>":
			r = ref{"Pod", pod.Name}
		}
		o.pods[pod] = cluster.WorkloadID{Namespace: pod.Namespace, Kind: r.kind, Name: r.name}
	}
	return o, nil
}

// Names that controllers give: deployment-<template hash>-<random>,
// statefulset-<ordinal>, daemonset-<random>. What is random has no vowels and
// neither 0, 1 nor 3, so that it spells nothing.
var (
	deploymentPod  = regexp.MustCompile(`^(.+)-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$`)
	statefulSetPod = regexp.MustCompile(`^(.+)-[0-9]+$`)
	daemonSetPod   = regexp.MustCompile(`^(.+)-[bcdfghjklmnpqrstvwxz2456789]{5}$`)
)

// container finds the container that a series belongs to; false where the
// pod's workload is gone or its template has no such container.
func (o *owners) container(namespace, pod, container string) (cluster.ContainerID, bool) {
	id, ok := o.workload(namespace, pod)
	if !ok {
		return cluster.ContainerID{}, false
	}
	w, ok := o.snapshot.Workload(id)
	if !ok {
		return cluster.ContainerID{}, false
	}
	if _, ok := w.Container(container); !ok {
		return cluster.ContainerID{}, false
	}
	return cluster.ContainerID{Workload: id, Container: container}, true
}

func (o *owners) workload(namespace, pod string) (cluster.WorkloadID, bool) {
	if id, ok := o.pods[cluster.PodKey{Namespace: namespace, Name: pod}]; ok {
		return id, true
	}
	if !o.byName {
		return cluster.WorkloadID{}, false
	}
	for _, try := range []struct {
		kind string
		re   *regexp.Regexp
	}{{"Deployment", deploymentPod}, {"StatefulSet", statefulSetPod}, {"DaemonSet", daemonSetPod}} {
		if m := try.re.FindStringSubmatch(pod); m != nil {
			id := cluster.WorkloadID{Namespace: namespace, Kind: try.kind, Name: m[1]}
			if _, ok := o.snapshot.Workload(id); ok {
				return id, true
			}
		}
	}
	return cluster.WorkloadID{}, false
}

// Where kube-state-metrics' own labels collide with the target's, Prometheus
// keeps the former as exported_….
func namespaceOf(l map[string]string) string { return firstOf(l, "exported_namespace", "namespace") }
func podOf(l map[string]string) string       { return firstOf(l, "exported_pod", "pod") }
func containerOf(l map[string]string) string { return firstOf(l, "exported_container", "container") }

func firstOf(l map[string]string, names ...string) string {
	for _, n := range names {
		if v := l[n]; v != "" {
			return v
		}
	}
	return ""
}

// scopeMatcher is the namespace matcher of a snapshot that covers one
// namespace, or "".
func scopeMatcher(s *cluster.Snapshot) string {
	if s.Scope == "" {
		return ""
	}
	return "namespace=" + quote(s.Scope)
}

func braces(matchers ...string) string {
	var some []string
	for _, m := range matchers {
		if m != "" {
			some = append(some, m)
		}
	}
	return "{" + strings.Join(some, ",") + "}"
}
