package prom

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
)

const (
	// podsPerQuery keeps a query's text under 6 kB, well below what proxies
	// (8 kB) and VictoriaMetrics (16 kB) accept.
	podsPerQuery = 60
	maxPodNames  = 3500
	// bytesPerSample is what a sample costs on the wire, compressed, until the
	// first batch has been measured.
	bytesPerSample = 11.0
	// overlap is asked for before each day, so that the first mean of the day
	// has a scrape to start from.
	overlap = 5 * time.Minute
)

// batch is containers of one namespace that are asked for together.
type batch struct {
	namespace  string
	containers []cluster.ContainerID
	pods       []string
	samples    float64 // expected
}

// Refine is the detail. See usage.Refiner for the contract.
func (s *Source) Refine(ctx context.Context, snap *cluster.Snapshot, u *usage.Usage, order []cluster.ContainerID, budget int64, progress func(usage.Progress)) (*usage.Usage, error) {
	began := s.client.now()
	s.mu.Lock()
	own := s.owners
	s.mu.Unlock()
	if own == nil {
		var warnings []error
		if own, warnings = s.client.loadOwners(ctx, snap, u.Window); len(warnings) > 0 {
			return nil, warnings[0]
		}
	}
	out := *u
	out.Containers = maps.Clone(u.Containers)
	out.Warnings = slices.Clone(u.Warnings)
	interval := cmp.Or(u.ScrapeInterval, 30*time.Second)
	batches := batchesOf(snap, u, order, interval)

	wireBefore, queriesBefore := s.client.wire.Load(), s.client.queries.Load()
	perSample, measured, left, unasked := bytesPerSample, int64(0), 0, 0
	days := daysOf(u.Window)
	total := len(batches) * len(days) * int(resources)
	for i, b := range batches {
		spent := s.client.wire.Load() - wireBefore
		if s.client.gone() {
			unasked += len(b.containers)
			continue
		}
		if ctx.Err() != nil || spent > 0 && float64(spent)+b.samples*perSample > float64(budget) {
			left += len(b.containers)
			continue
		}
		wanted := make(map[cluster.ContainerID]bool, len(b.containers))
		for _, id := range b.containers {
			wanted[id] = true
		}
		c := newCollector(u.Window, interval, func(namespace, pod, container string) (cluster.ContainerID, bool) {
			id, ok := own.container(namespace, pod, container)
			return id, ok && wanted[id]
		})
		c.podDays = true
		var spans []span
		for _, d := range days {
			spans = append(spans, span{cpu, "", d.from, d.to}, span{memory, "", d.from, d.to})
		}
		failed := s.run(ctx, spans, func(ctx context.Context, sp span) error { return s.detail(ctx, c, b, sp, interval) }, nil, func(p usage.Progress) {
			progress(usage.Progress{Stage: "detail", Done: i*len(spans) + p.Done, Total: total, Bytes: p.Bytes - wireBefore})
		})
		if len(failed) > 0 {
			// A part of the samples is worse than the survey of all of them.
			out.Warnings = append(out.Warnings, hint.New(fmt.Sprintf("%d containers of %s keep the survey's resolution: %v", len(b.containers), b.namespace, failed[0]), hint.Of(failed[0])))
			continue
		}
		for id, h := range c.histories() {
			h.Events = u.Containers[id].Events
			out.Containers[id] = h
		}
		out.Scan.Samples += c.samples
		if measured += c.samples; measured > 0 {
			perSample = float64(s.client.wire.Load()-wireBefore) / float64(measured)
		}
	}
	if unasked > 0 {
		out.Warnings = append(out.Warnings, hint.New(fmt.Sprintf("%d containers keep the survey's resolution of %s: the connection to %s is lost", unasked, unit.Span(surveyStep), s.name),
			"run again when it is back"))
	}
	if left > 0 {
		out.Warnings = append(out.Warnings, hint.New(fmt.Sprintf("%d containers keep the survey's resolution of %s: the detail's budget of %d MB is used up", left, unit.Span(surveyStep), budget>>20),
			"raise --detail-budget, or narrow the scope with -n"))
	}
	out.Scan.Queries += int(s.client.queries.Load() - queriesBefore)
	out.Scan.WireBytes += s.client.wire.Load() - wireBefore
	out.Scan.Wall += s.client.now().Sub(began)
	return &out, nil
}

// batchesOf groups containers by namespace in the order given: a batch is as
// urgent as its first container. A container's pods are never split apart
// unless they alone are too many for one query; they then are several queries
// of one batch.
func batchesOf(snap *cluster.Snapshot, u *usage.Usage, order []cluster.ContainerID, interval time.Duration) []*batch {
	living := make(map[cluster.WorkloadID][]string)
	for i := range snap.Pods {
		p := &snap.Pods[i]
		living[p.Workload] = append(living[p.Workload], p.Name)
	}
	var batches []*batch
	open := map[string]*batch{}
	for _, id := range order {
		h := u.Containers[id]
		if h == nil {
			continue
		}
		pods := map[string]bool{}
		// The survey ends with the last whole step: a pod that began after it
		// is not in u.
		for _, p := range living[id.Workload] {
			pods[p] = true
		}
		var samples float64
		for _, s := range []*usage.Series{&h.CPU, &h.Memory} {
			for i := range s.Pods {
				pods[s.Pods[i].Pod] = true
				samples += (s.Pods[i].Last.Sub(s.Pods[i].First) + s.Step).Seconds() / interval.Seconds()
			}
		}
		b := open[id.Workload.Namespace]
		if b == nil || len(b.pods)+len(pods) > podsPerQuery {
			b = &batch{namespace: id.Workload.Namespace}
			open[b.namespace] = b
			batches = append(batches, b)
		}
		b.containers = append(b.containers, id)
		b.samples += samples
		for _, p := range slices.Sorted(maps.Keys(pods)) {
			if !slices.Contains(b.pods, p) {
				b.pods = append(b.pods, p)
			}
		}
	}
	return batches
}

// detail asks for the raw samples of a batch over one span.
func (s *Source) detail(ctx context.Context, c *collector, b *batch, sp span, interval time.Duration) error {
	names := make([]string, 0, len(b.containers))
	for _, id := range b.containers {
		names = append(names, id.Container)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for pods := range chunksOf(b.pods) {
		if err := s.raw(ctx, c, b.namespace, pods, names, sp, interval); err != nil {
			return err
		}
	}
	return nil
}

// chunksOf cuts names so that each part makes a query of bounded length.
func chunksOf(names []string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for len(names) > 0 {
			n, size := 0, 0
			for n < len(names) && n < podsPerQuery && (n == 0 || size+len(names[n]) <= maxPodNames) {
				size += len(names[n])
				n++
			}
			if !yield(names[:n]) {
				return
			}
			names = names[n:]
		}
	}
}

// raw reads samples as they were scraped: a range vector at an instant, which
// the server hands out without evaluating anything.
func (s *Source) raw(ctx context.Context, c *collector, namespace string, pods, containers []string, sp span, interval time.Duration) error {
	metric := "container_cpu_usage_seconds_total"
	back := sp.to.Sub(sp.from)
	k := c.chunk(sp.resource, sp.from, sp.to)
	k.raw = true
	if sp.resource == memory {
		metric = "container_memory_working_set_bytes"
	} else {
		back += max(overlap, 4*interval)
		k.longest = max(overlap, 4*interval).Milliseconds()
	}
	expr := fmt.Sprintf("%s%s[%ds]", metric, braces("namespace="+quote(namespace), anyOf("pod", pods), anyOf("container", containers)), int(back.Seconds()))
	_, err := s.client.query(ctx, expr, sp.to, k, k.reset)
	if err == nil {
		k.merge()
		return nil
	}
	if ctx.Err() != nil || !tooLarge(err) || sp.to.Sub(sp.from) <= time.Hour {
		return err
	}
	one, two := sp.halves()
	if err := s.raw(ctx, c, namespace, pods, containers, one, interval); err != nil {
		return err
	}
	return s.raw(ctx, c, namespace, pods, containers, two, interval)
}
