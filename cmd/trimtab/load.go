package main

import (
	"context"
	"slices"
	"sync"

	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/allocate"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/kube"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/pricing/catalog"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui"
)

// loading is one run through the stages: collect, price, analyze, recommend.
type loading struct {
	env      env
	kube     *genericclioptions.ConfigFlags
	from     origin // nil for a live cluster
	scan     *scanFlags
	window   usage.Window
	budget   int64
	strategy recommend.Strategy
	policy   recommend.Policy

	mu sync.Mutex // update is called from one goroutine at a time
}

// result is what a run came to.
type result struct {
	report *analyzer.Report
	recs   []recommend.Recommendation
	// survey is the usage before any of it was read in detail.
	survey *usage.Usage
}

// connect resolves the kubeconfig. It asks the cluster nothing.
func (l *loading) connect() (connection, error) {
	context := ""
	if l.kube.Context != nil {
		context = *l.kube.Context
	}
	cfg, opts, err := kube.Connect(l.kube.ToRawKubeConfigLoader(), context)
	if err != nil {
		return connection{}, err
	}
	opts.UserAgent = userAgent()
	opts.TakenAt = l.env.Now().UTC()
	return connection{cfg, opts}, nil
}

// run goes through the stages, calling update whenever there is more to show:
// the bill at requests' value first, then the survey, then the detail. An
// error means that there is no cluster to show.
func (l *loading) run(ctx context.Context, update func(tui.Update)) (result, error) {
	send := func(u tui.Update) {
		l.mu.Lock()
		defer l.mu.Unlock()
		update(u)
	}
	progress := func(p usage.Progress) { send(tui.Update{Progress: &p}) }
	got, err := l.collect(ctx, send)
	if err != nil {
		return result{}, err
	}
	snap, book := got.snapshot, got.book
	none := usage.None(l.window)
	r := l.analyze(snap, none, book)
	send(tui.Update{Report: r.report, Recs: r.recs, Stage: "looking for usage"})

	sources, missing := got.sources(ctx)
	measured := l.measure(ctx, snap, sources, progress)
	measured.Warnings = append(missing, measured.Warnings...)
	survey := *measured
	r = l.analyze(snap, measured, book)
	for _, s := range sources {
		f, ok := s.(usage.Refiner)
		order := l.order(r)
		if !ok || l.scan.detail == "none" || len(order) == 0 || ctx.Err() != nil {
			continue
		}
		send(tui.Update{Report: r.report, Recs: r.recs, Stage: "reading details"})
		finer, err := f.Refine(ctx, snap, measured, order, l.budget, progress)
		if err != nil {
			// What has been handed out is not changed any more.
			failed := *measured
			failed.Warnings = append(slices.Clone(failed.Warnings), hint.Wrap(err, "reading details from "+s.Name(), hint.Of(err)))
			measured = &failed
			r = l.analyze(snap, measured, book)
			continue
		}
		measured = finer
		r = l.analyze(snap, measured, book)
	}
	send(tui.Update{Report: r.report, Recs: r.recs, Stage: "done"})
	r.survey = &survey
	return r, nil
}

// collect reads and prices the cluster, or opens the recorded one.
func (l *loading) collect(ctx context.Context, send func(tui.Update)) (collected, error) {
	if l.from != nil {
		return l.from.collect(), nil
	}
	conn, err := l.connect()
	if err != nil {
		return collected{}, err
	}
	send(tui.Update{Stage: "reading the cluster"})
	opts := conn.opts
	opts.Progress = func(done, total int, what string) {
		send(tui.Update{Progress: &usage.Progress{Stage: "reading " + what, Done: done, Total: total}})
	}
	snap, err := kube.Read(ctx, conn.rest, opts)
	if err != nil {
		return collected{}, err
	}
	if snap.Scope != "" {
		conn.opts.Namespace = snap.Scope
	}
	return collected{
		snapshot: snap,
		book:     l.prices(ctx, snap),
		sources: func(ctx context.Context) ([]usage.Source, []error) {
			return usageSources(ctx, conn, l.scan, l.env.Now)
		},
	}, nil
}

// order is which containers deserve the detail: those about to change, raises
// first, then by money; or all of them in that order.
func (l *loading) order(r result) []cluster.ContainerID {
	var order []cluster.ContainerID
	for i := range r.recs {
		if l.scan.detail == "all" || r.recs[i].Status == recommend.Proposed || r.recs[i].Raise {
			order = append(order, r.recs[i].ID())
		}
	}
	return order
}

// measure asks all sources at once. A source that gives nothing is a warning.
func (l *loading) measure(ctx context.Context, snap *cluster.Snapshot, sources []usage.Source, progress func(usage.Progress)) *usage.Usage {
	got := make([]*usage.Usage, len(sources))
	errs := make([]error, len(sources))
	var wg sync.WaitGroup
	for i, s := range sources {
		wg.Go(func() {
			errs[i] = hint.Guard("asking "+s.Name(), func() (err error) {
				got[i], err = s.Usage(ctx, snap, l.window, progress)
				return err
			})
		})
	}
	wg.Wait()
	u := usage.Merge(l.window, got...)
	for _, err := range errs {
		if err != nil {
			u.Warnings = append(u.Warnings, err)
		}
	}
	return u
}

func (l *loading) prices(ctx context.Context, snap *cluster.Snapshot) *pricing.Book {
	for i := range snap.Nodes {
		if snap.Nodes[i].Region == "" {
			snap.Nodes[i].Region = l.scan.region
		}
	}
	cat := catalog.New()
	return pricing.Load(ctx, "USD", priceSources(cat), cat, allocate.Keys(snap))
}

func (l *loading) analyze(snap *cluster.Snapshot, u *usage.Usage, b *pricing.Book) result {
	report := analyzer.Analyze(snap, u, b)
	return result{report: report, recs: recommend.Plan(report, l.strategy, l.policy)}
}
