package prom

import (
	"testing"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// Without kube-state-metrics a pod that is gone is matched by its name, and
// never to a workload whose name is only the beginning of another's.
func TestGonePodsByName(t *testing.T) {
	id := func(kind, name string) cluster.WorkloadID {
		return cluster.WorkloadID{Namespace: "a", Kind: kind, Name: name}
	}
	s := &cluster.Snapshot{Workloads: []cluster.Workload{
		{ID: id("Deployment", "loki")}, {ID: id("DaemonSet", "loki-agent")}, {ID: id("Deployment", "backup")}, {ID: id("StatefulSet", "db")},
	}}
	s.Sort()
	o := &owners{snapshot: s, byName: true}
	for pod, want := range map[string]cluster.WorkloadID{
		"loki-7d9f8b6c5d-x2b4z":   id("Deployment", "loki"),
		"loki-agent-x2b4c":        id("DaemonSet", "loki-agent"),
		"db-0":                    id("StatefulSet", "db"),
		"backup-28391040-x7k2p":   {}, // a CronJob's
		"backup-7d9f8b6c5d-aeiou": {},
	} {
		if got, ok := o.workload("a", pod); got != want || ok != (want.Name != "") {
			t.Errorf("%s: %v %v, want %v", pod, got, ok, want)
		}
	}
}
