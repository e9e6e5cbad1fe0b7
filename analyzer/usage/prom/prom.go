// Package prom measures usage through a Prometheus-compatible query API:
// Prometheus itself, Thanos, Mimir, VictoriaMetrics, Amazon Managed
// Prometheus. PromQL is written here and nowhere else.
//
// It asks in two passes. The survey reads every container of the scope in
// steps of 15 minutes, the mean of CPU and the maximum of memory, in a few
// queries per day that do not depend on the number of workloads: enough to
// rank everything. The detail (Refine) reads the samples as they were scraped,
// for the containers that are about to change. Owners are joined in Go, and
// never is there a query per workload.
package prom

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
)

// Config says which API to ask and how.
type Config struct {
	// URL is the address below which api/v1/query answers.
	URL string
	// HTTP carries authentication and TLS settings; its Timeout should be 0.
	HTTP *http.Client
	// Name is shown beside the numbers: "prometheus monitoring/prometheus".
	Name string
	// Parallel is how many queries run at once; 0 means 4.
	Parallel int
	// Now is the clock, for noticing that the server's differs.
	Now func() time.Time
}

// Source is a usage.Refiner on a Prometheus-compatible API.
type Source struct {
	client   *client
	name     string
	parallel int

	mu     sync.Mutex
	owners *owners // of the last Usage, which Refine continues
}

var _ usage.Refiner = (*Source)(nil)

// New checks the address; it asks nothing yet.
func New(cfg Config) (*Source, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, hint.New(fmt.Sprintf("%q is not the address of a Prometheus API", redact(cfg.URL)), "write it as http://host:9090 or https://host/prometheus")
	}
	s := &Source{client: &client{http: cfg.HTTP, base: u, now: cfg.Now, pause: firstPause}, name: cfg.Name, parallel: cfg.Parallel}
	if cfg.Now == nil {
		s.client.now = time.Now
	}
	if s.client.http == nil {
		s.client.http = http.DefaultClient
	}
	if s.name == "" {
		s.name = "prometheus " + u.Host
	}
	if s.parallel <= 0 {
		s.parallel = 4
	}
	return s, nil
}

// redact leaves the password out of an address that did not parse well enough
// to find it.
func redact(s string) string {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return "…" + s[i:]
	}
	return s
}

// Name is the source's name.
func (s *Source) Name() string { return s.name }

const (
	firstPause = 500 * time.Millisecond
	// surveyStep is the survey's resolution: a 14-day window is 1,344 points
	// a series, a tenth of what a scrape-resolution query returns.
	surveyStep = 15 * time.Minute
	// cpuUnits is in how many parts of a core the survey asks for CPU. Whole
	// millionths are half as long on the wire as the 17 digits of a rate, and
	// a distribution's lowest bucket is a hundred of them.
	cpuUnits = 1_000_000
	// maxSeries is how many series one query may return. At 96 points each
	// that is about 2 million points, some 20 MB compressed.
	maxSeries = 20_000
	// stale is how long after its newest sample a source is said to be behind.
	stale = 15 * time.Minute
	// containersOnly leaves out the pod's own and the pause container's cgroup,
	// which would count everything twice.
	containersOnly = `container!="",container!="POD"`
)

// Usage is the survey. See usage.Source for the contract.
func (s *Source) Usage(ctx context.Context, snap *cluster.Snapshot, w usage.Window, progress func(usage.Progress)) (*usage.Usage, error) {
	began := s.client.now()
	u := &usage.Usage{Window: w, Sources: []string{s.name}}
	interval, err := s.client.scrapeInterval(ctx, snap, w.End)
	if err != nil {
		return nil, explain(err, "asking "+s.name)
	}
	u.ScrapeInterval = interval
	groups, err := s.client.namespaceGroups(ctx, snap, w.End)
	if err != nil {
		return nil, explain(err, "asking "+s.name+" for its namespaces")
	}
	if len(groups) == 0 {
		u.Warnings = append(u.Warnings, hint.New(s.name+" has no container_memory_working_set_bytes at the window's end",
			"is the kubelet's cAdvisor scraped by this server, and is the tenant right? see --prometheus-url and --prometheus-header"))
	}
	own, warnings := s.client.loadOwners(ctx, snap, w)
	u.Warnings = append(u.Warnings, warnings...)
	s.mu.Lock()
	s.owners = own
	s.mu.Unlock()

	step := surveyStep
	if interval > surveyStep/4 {
		step = (4*interval + time.Minute - 1).Truncate(time.Minute)
	}
	c := newCollector(w, step, own.container)
	var spans []span
	for _, d := range daysOf(w) {
		for _, g := range groups {
			spans = append(spans, span{cpu, g, d.from, d.to}, span{memory, g, d.from, d.to})
		}
	}
	slices.Reverse(spans) // the newest first: what arrives before an interruption says most
	var events map[cluster.ContainerID]usage.Events
	failed := s.run(ctx, spans, func(ctx context.Context, sp span) error { return s.survey(ctx, c, sp, step) }, func() error {
		events, err = s.client.events(ctx, snap, w, own)
		return err
	}, func(p usage.Progress) { p.Stage = "survey"; progress(p) })
	u.Warnings = append(u.Warnings, failed...)

	if len(c.built) == 0 && len(failed) > 0 {
		return nil, failed[0]
	}
	u.Containers = c.histories()
	attach(u.Containers, events)
	if n := len(c.unowned); n > 0 && !own.byName {
		gone := "their workloads are gone, or are not in the snapshot"
		u.Warnings = append(u.Warnings, hint.New(fmt.Sprintf("%d pods with usage are left out: %s", n, gone), ""))
	}
	if newest := time.UnixMilli(c.newest); c.newest > 0 && w.End.Sub(newest) > stale+step {
		u.Warnings = append(u.Warnings, hint.New(fmt.Sprintf("the newest usage in %s is of %s, %s before the window's end", s.name, newest.UTC().Format(time.RFC3339), w.End.Sub(newest).Round(time.Minute)),
			"is the server still scraping, and do its clock and this machine's agree?"))
	}
	u.Scan = usage.Scan{Queries: int(s.client.queries.Load()), WireBytes: s.client.wire.Load(), Wall: s.client.now().Sub(began), Samples: c.samples}
	return u, nil
}

// span is one query's share of a pass: one resource of a group of namespaces
// over (from, to] within a UTC day.
type span struct {
	resource resource
	group    string // namespace matcher, or ""
	from, to time.Time
}

// run asks for the spans in parallel, and for extra beside them, and returns
// what failed as warnings, like failures folded into one.
func (s *Source) run(ctx context.Context, spans []span, ask func(context.Context, span) error, extra func() error, progress func(usage.Progress)) []error {
	var mu sync.Mutex
	done, failures := 0, map[string]int{}
	first := map[string]error{}
	report := func(err error, what string) {
		mu.Lock()
		defer mu.Unlock()
		done++
		if err != nil {
			if failures[what+err.Error()]++; failures[what+err.Error()] == 1 {
				first[what+err.Error()] = explain(err, what)
			}
		}
		progress(usage.Progress{Done: done, Total: len(spans) + 1, Bytes: s.client.wire.Load()})
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.parallel)
	for _, sp := range spans {
		g.Go(func() error {
			report(hint.Guard("reading usage", func() error { return ask(ctx, sp) }), "reading usage")
			return nil
		})
	}
	if extra != nil {
		g.Go(func() error {
			report(hint.Guard("reading events", extra), "reading restarts and OOM kills")
			return nil
		})
	}
	_ = g.Wait() // the functions report for themselves
	var warnings []error
	for text, err := range first {
		if n := failures[text]; n > 1 {
			err = hint.New(fmt.Sprintf("%v (%d of %d queries)", err, n, len(spans)), hint.Of(err))
		}
		warnings = append(warnings, err)
	}
	slices.SortFunc(warnings, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return warnings
}

// survey asks for one span, in halves where the server refuses the whole.
func (s *Source) survey(ctx context.Context, c *collector, sp span, step time.Duration) error {
	start, end := firstStep(sp.from, step), sp.to.Truncate(step)
	if start.After(end) {
		return nil
	}
	selector := braces(sp.group, containersOnly)
	seconds := int(step.Seconds())
	expr := fmt.Sprintf(`round(%d * max by (namespace,pod,container) (rate(container_cpu_usage_seconds_total%s[%ds])))`, cpuUnits, selector, seconds)
	if sp.resource == memory {
		expr = fmt.Sprintf(`max by (namespace,pod,container) (max_over_time(container_memory_working_set_bytes%s[%ds]))`, selector, seconds)
	}
	k := c.chunk(sp.resource, sp.from, sp.to)
	if sp.resource == cpu {
		k.scale = cpuUnits
	}
	_, err := s.client.queryRange(ctx, expr, start, end, step, k, k.reset)
	if err == nil {
		k.merge()
		return nil
	}
	if ctx.Err() != nil || !tooLarge(err) || sp.to.Sub(sp.from) <= time.Hour {
		return err
	}
	a, b := sp.halves()
	if err := s.survey(ctx, c, a, step); err != nil {
		return err
	}
	return s.survey(ctx, c, b, step)
}

// halves cuts a span in two at an hour.
func (sp span) halves() (a, b span) {
	mid := sp.from.Add(sp.to.Sub(sp.from) / 2).Truncate(time.Hour)
	if !mid.After(sp.from) {
		mid = sp.from.Add(sp.to.Sub(sp.from) / 2)
	}
	a, b = sp, sp
	a.to, b.from = mid, mid
	return a, b
}

// firstStep is the first multiple of step after t.
func firstStep(t time.Time, step time.Duration) time.Time { return t.Truncate(step).Add(step) }

// interval is a part of the window.
type part struct{ from, to time.Time }

// daysOf cuts a window at midnights UTC, so that queries of different runs
// are the same queries and a caching front-end knows them again.
func daysOf(w usage.Window) []part {
	var parts []part
	for from := w.Start; from.Before(w.End); {
		to := from.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		if to.After(w.End) {
			to = w.End
		}
		parts = append(parts, part{from, to})
		from = to
	}
	return parts
}

// scrapeInterval measures how far apart the samples of the kubelets' series
// are: the median over series of the number of samples in ten minutes. 0
// where there are none.
func (c *client) scrapeInterval(ctx context.Context, snap *cluster.Snapshot, at time.Time) (time.Duration, error) {
	var one single
	_, err := c.query(ctx, `quantile(0.5, count_over_time(container_memory_working_set_bytes`+braces(scopeMatcher(snap), containersOnly)+`[10m]))`, at, &one, nil)
	if err != nil || !one.ok || one.v < 1 {
		return 0, err
	}
	between := 10 * time.Minute.Seconds() / one.v
	// Targets are scraped at intervals that people write; the count is off by
	// one at the edges.
	best := 10 * time.Minute
	for _, s := range []float64{5, 10, 15, 20, 30, 60, 120, 180, 300} {
		if d := time.Duration(s) * time.Second; absDuration(d.Seconds()-between) < absDuration(best.Seconds()-between) {
			best = d
		}
	}
	return best, nil
}

func absDuration(v float64) float64 { return max(v, -v) }

// single keeps one value.
type single struct {
	v  float64
	ok bool
}

func (s *single) series(map[string]string)     {}
func (s *single) sample(_ int64, v float64)    { s.v, s.ok = v, true }
func (l *labelled) series(m map[string]string) { l.labels = m }
func (l *labelled) sample(t int64, v float64)  { l.each(l.labels, t, v) }

// labelled hands each sample over with its labels.
type labelled struct {
	labels map[string]string
	each   func(labels map[string]string, t int64, v float64)
}

// namespaceGroups cuts the scope into namespace matchers of at most maxSeries
// containers each. One group of everything is "".
func (c *client) namespaceGroups(ctx context.Context, snap *cluster.Snapshot, at time.Time) ([]string, error) {
	type size struct {
		name   string
		series int
	}
	var sizes []size
	total := 0
	_, err := c.query(ctx, `count by (namespace) (container_memory_working_set_bytes`+braces(scopeMatcher(snap), containersOnly)+`)`, at,
		&labelled{each: func(l map[string]string, _ int64, v float64) {
			sizes = append(sizes, size{l["namespace"], int(v)})
			total += int(v)
		}}, func() { sizes, total = nil, 0 })
	switch {
	case err != nil || total == 0:
		return nil, err
	case snap.Scope != "" || total <= maxSeries:
		return []string{scopeMatcher(snap)}, nil
	}
	slices.SortFunc(sizes, func(a, b size) int { return strings.Compare(a.name, b.name) })
	var groups []string
	var names []string
	n := 0
	for _, s := range sizes {
		if n > 0 && n+s.series > maxSeries {
			groups = append(groups, anyOf("namespace", names))
			names, n = nil, 0
		}
		names, n = append(names, s.name), n+s.series
	}
	return append(groups, anyOf("namespace", names)), nil
}
