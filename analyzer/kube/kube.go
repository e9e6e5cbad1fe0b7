// Package kube reads a cluster.Snapshot from a live API server.
//
// It sends get and list requests only, never for Secrets, ConfigMaps or
// Endpoints, and asks for pages of 500 objects in protobuf that are converted
// as they arrive, so that memory follows what is kept and not what was sent.
// What cannot be read narrows the snapshot and is named in
// cluster.Snapshot.Missing; an error means that nothing could be read.
package kube

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/hint"
)

// Options says what to read and how the reader names itself.
type Options struct {
	// UserAgent is sent with every request: "trimtab/v1.2.3".
	UserAgent string
	// Namespace is the one namespace to read, or "" for all of them.
	Namespace string
	// Fallback is the namespace to read where reading all of them is
	// forbidden: the one of the kubeconfig context, or "" for none.
	Fallback string
	// Context and Cluster are the kubeconfig's names for the connection; an
	// EKS ARN as cluster name gives the snapshot its name and, where no node
	// says one, its region.
	Context, Cluster string
	// TakenAt is the snapshot's instant; zero is the time of the call.
	TakenAt time.Time
	// PageSize is the number of objects asked for at a time, and Parallel the
	// number of kinds read at a time; 0 is 500 and 6.
	PageSize, Parallel int
	// PageTimeout bounds the wait for one page, the pauses that the server
	// asks for included; 0 is a minute.
	PageTimeout time.Duration
	// Progress is called from any goroutine, as kinds and pages arrive, and
	// must be quick: done of total kinds, and what just arrived ("nodes",
	// "pods: 1500 of 10000"). It may be nil.
	Progress func(done, total int, what string)

	// retryPause is the pause before a page is asked for again, doubled each
	// time; 0 is half a second.
	retryPause time.Duration
}

// Read reads the cluster that cfg leads to. Kinds that are forbidden, not
// served or failing end up in the snapshot's Missing, and a list that broke
// off keeps the pages that had arrived. It is an error where the API server
// cannot be reached or does not accept the credentials, where no kind at all
// could be read, and where ctx was cancelled; such an error carries a hint.
func Read(ctx context.Context, cfg *rest.Config, opts Options) (*cluster.Snapshot, error) {
	opts = opts.withDefaults()
	// client-go writes to the terminal otherwise.
	ctx = klog.NewContext(ctx, logr.Discard())
	c, err := newClient(cfg, opts)
	if err != nil {
		return nil, explain(err, "connecting to the cluster", opts)
	}
	r := &reader{client: c, opts: opts, got: newCollector()}
	if err := r.contact(ctx); err != nil {
		return nil, err
	}
	if err := r.readKinds(ctx); err != nil {
		return nil, err
	}
	s := r.snapshot()
	s.Sort()
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.UserAgent == "" {
		o.UserAgent = "trimtab"
	}
	if o.TakenAt.IsZero() {
		o.TakenAt = time.Now()
	}
	if o.PageSize <= 0 {
		o.PageSize = 500
	}
	if o.Parallel <= 0 {
		o.Parallel = 6
	}
	if o.PageTimeout <= 0 {
		o.PageTimeout = time.Minute
	}
	if o.retryPause <= 0 {
		o.retryPause = 500 * time.Millisecond
	}
	if o.Progress == nil {
		o.Progress = func(int, int, string) {}
	}
	return o
}

// reader is one reading of a cluster.
type reader struct {
	client  *client
	opts    Options
	got     *collector
	kinds   []*kind
	served  groups
	version string
	gaps    []cluster.Gap // of contact; those of the kinds lie beside them
}

// contact asks for what any user may see: the version and the API groups. It
// fails where nothing further can succeed.
func (r *reader) contact(ctx context.Context) error {
	var wg sync.WaitGroup
	var groupsErr error
	wg.Go(func() {
		groupsErr = hint.Guard("reading the API groups", func() (err error) {
			r.served, err = r.client.groups(ctx)
			return err
		})
	})
	version, err := r.client.version(ctx)
	wg.Wait()
	if err != nil {
		if ctx.Err() != nil || hopeless(err) || timedOut(err) {
			return explain(err, "reading the cluster", r.opts)
		}
		r.gaps = append(r.gaps, gapOf("version", "", "the control plane's version is unknown, so upgrades cannot be judged", err))
	}
	r.version = version
	if groupsErr != nil {
		if hopeless(groupsErr) {
			return explain(groupsErr, "reading the cluster", r.opts)
		}
		r.gaps = append(r.gaps, gapOf("apigroups", "", "each kind is asked for without knowing whether it is served", groupsErr))
	}
	return nil
}

// readKinds reads every kind that is served, some at a time, and finds the
// templates of ReplicaSets that nothing owns.
func (r *reader) readKinds(ctx context.Context) error {
	r.kinds = r.got.kinds()
	kinds := r.kinds
	var done atomic.Int64
	var wg sync.WaitGroup
	slots := make(chan struct{}, r.opts.Parallel)
	for _, k := range kinds {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := hint.Guard("reading "+k.resource, func() error {
				r.readKind(ctx, k, func(what string) { r.opts.Progress(int(done.Load()), len(kinds), what) })
				return nil
			}); err != nil {
				k.err = err
			}
			r.opts.Progress(int(done.Add(1)), len(kinds), k.resource)
		})
	}
	wg.Wait()
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("reading the cluster: %w", ctx.Err())
	}
	any, first := false, error(nil)
	for _, k := range kinds {
		any = any || k.arrived || k.err == nil && !k.absent
		// Pods come first in the list and say best what went wrong.
		if first == nil {
			first = k.err
		}
	}
	if !any {
		return explain(first, "reading the cluster", r.opts)
	}
	r.readBare(ctx)
	return nil
}

// readKind reads one kind: in the scope asked for, or in the namespace to
// fall back to where all namespaces are forbidden.
func (r *reader) readKind(ctx context.Context, k *kind, progress func(string)) {
	if k.optional && r.served != nil && !r.served.has(k.group, k.version) {
		k.absent = true
		k.otherVersion = r.served[k.group]
		return
	}
	namespace := ""
	if !k.clusterScoped {
		namespace = r.opts.Namespace
	}
	k.err = r.client.list(ctx, k, namespace, progress)
	if k.optional && isForbidden(k.err) && !r.client.serves(ctx, k) {
		// Whether it may be read is asked before whether it is there.
		k.err, k.absent = nil, true
		return
	}
	if !isForbidden(k.err) || k.clusterScoped || namespace != "" || r.opts.Fallback == "" {
		return
	}
	if err := r.client.list(ctx, k, r.opts.Fallback, progress); err == nil {
		k.err, k.narrowed = nil, true
	}
}
