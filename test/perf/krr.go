package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// target is a workload as KRR looks at it.
type target struct {
	namespace, kind, name string
	containers            []string
}

// krr replays what KRR 1.29 asks for a sample of workloads with its default
// settings (14 days in steps of 75 seconds): the owner queries once per
// container, then the four of CPU and memory one after the other, in batches
// of 50 pods, ten workloads at a time, all by POST. Left out are its five
// queries per run and the time that its own program takes.
func krr(ctx context.Context, o options, out io.Writer) error {
	direct := server{o.address}
	all, err := targets(ctx, direct, o.end)
	if err != nil {
		return err
	}
	n := min(o.workloads, len(all))
	sample := make([]target, 0, n)
	containers := 0
	for i := range n { // evenly over the list
		t := all[i*len(all)/n]
		sample = append(sample, t)
		containers += len(t.containers)
	}
	scale := float64(len(all)) / float64(n)
	fmt.Fprintf(out, "%d of %d workloads, %d containers\n", n, len(all), containers)
	for _, delay := range o.delays {
		p, err := newProxy(o.address, delay)
		if err != nil {
			return err
		}
		s := direct
		if delay > 0 {
			s.address = p.URL
		}
		var queries atomic.Int64
		before, err := direct.cpu(ctx)
		if err != nil {
			return err
		}
		began := time.Now()
		err = parallel(o.workers, sample, func(t target) error { return t.replay(ctx, s, o, &queries) })
		wall := time.Since(began)
		p.Close()
		if err != nil {
			return err
		}
		after, err := direct.cpu(ctx)
		if err != nil {
			return err
		}
		cpu := after - before
		fmt.Fprintf(out, "added to each round trip %s: %d queries, server CPU %.1f s, wall %.1f s; for all workloads %.0f queries, %.0f s, %.0f s\n",
			delay, queries.Load(), cpu, wall.Seconds(), float64(queries.Load())*scale, cpu*scale, wall.Seconds()*scale)
	}
	return nil
}

// targets are the workloads that had pods at the end.
func targets(ctx context.Context, s server, end time.Time) ([]target, error) {
	pods, err := s.series(ctx, `kube_pod_owner{owner_kind!="",owner_kind!="<none>"}`, end)
	if err != nil {
		return nil, err
	}
	sets, err := s.series(ctx, `kube_replicaset_owner{owner_kind="Deployment"}`, end)
	if err != nil {
		return nil, err
	}
	running, err := s.series(ctx, `container_memory_working_set_bytes{container!="",container!="POD"}`, end)
	if err != nil {
		return nil, err
	}
	deployment := map[string]string{}
	for _, l := range sets {
		deployment[l["namespace"]+"/"+l["replicaset"]] = l["owner_name"]
	}
	byPod := map[string]*target{}
	found := map[string]*target{}
	for _, l := range pods {
		t := target{namespace: l["namespace"], kind: l["owner_kind"], name: l["owner_name"]}
		if up := deployment[t.namespace+"/"+t.name]; t.kind == "ReplicaSet" && up != "" {
			t.kind, t.name = "Deployment", up
		}
		key := t.namespace + "/" + t.kind + "/" + t.name
		if found[key] == nil {
			found[key] = &t
		}
		byPod[t.namespace+"/"+l["pod"]] = found[key]
	}
	for _, l := range running {
		if t := byPod[l["namespace"]+"/"+l["pod"]]; t != nil && !slices.Contains(t.containers, l["container"]) {
			t.containers = append(t.containers, l["container"])
		}
	}
	var list []target
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if t := found[key]; len(t.containers) > 0 {
			list = append(list, *t)
		}
	}
	return list, nil
}

// The sizes of KRR's batches and its step.
const (
	krrOwners = 100
	krrPods   = 50
	krrStep   = "75s"
)

func (t target) replay(ctx context.Context, s server, o options, queries *atomic.Int64) error {
	period := fmt.Sprintf("%dd", int(o.window.Hours()/24))
	ask := func(expr string) ([]map[string]string, error) {
		queries.Add(1)
		var result []struct{ Metric map[string]string }
		if err := s.query(ctx, expr, o.end, &result); err != nil {
			return nil, err
		}
		labels := make([]map[string]string, len(result))
		for i, r := range result {
			labels[i] = r.Metric
		}
		return labels, nil
	}
	for _, container := range t.containers {
		kind, owners := t.kind, []string{t.name}
		if kind == "Deployment" {
			sets, err := ask(fmt.Sprintf(`kube_replicaset_owner{owner_name=%q,owner_kind="Deployment",namespace=%q}[%s]`, t.name, t.namespace, period))
			if err != nil {
				return err
			}
			kind, owners = "ReplicaSet", names(sets, "replicaset")
		}
		var pods []string
		for some := range slices.Chunk(owners, krrOwners) {
			found, err := ask(fmt.Sprintf(`last_over_time(kube_pod_owner{owner_name=~"%s",owner_kind=%q,namespace=%q}[%s])`, strings.Join(some, "|"), kind, t.namespace, period))
			if err != nil {
				return err
			}
			pods = append(pods, names(found, "pod")...)
		}
		for some := range slices.Chunk(pods, krrOwners) {
			if _, err := ask(fmt.Sprintf(`kube_pod_status_phase{phase="Running",pod=~"%s",namespace=%q} == 1`, strings.Join(some, "|"), t.namespace)); err != nil {
				return err
			}
		}
		for _, form := range []string{
			`quantile_over_time(0.95, max(rate(container_cpu_usage_seconds_total%s[` + krrStep + `])) by (container,pod,job) [%s:` + krrStep + `])`,
			`max_over_time(max(container_memory_working_set_bytes%s) by (container,pod,job) [%s:` + krrStep + `])`,
			`count_over_time(max(container_cpu_usage_seconds_total%s) by (container,pod,job) [%s:` + krrStep + `])`,
			`count_over_time(max(container_memory_working_set_bytes%s) by (container,pod,job) [%s:` + krrStep + `])`,
		} {
			for some := range slices.Chunk(pods, krrPods) {
				selector := fmt.Sprintf(`{namespace=%q,pod=~"%s",container=%q}`, t.namespace, strings.Join(some, "|"), container)
				if _, err := ask(fmt.Sprintf(form, selector, period)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// names are the values of a label, each once, made fit for a regular
// expression.
func names(series []map[string]string, label string) []string {
	var list []string
	for _, l := range series {
		list = append(list, regexp.QuoteMeta(l[label]))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
