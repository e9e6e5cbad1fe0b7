package kube

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// kind is one resource to read and what became of it. A kind's functions
// write to fields of the collector that no other kind writes to, so kinds are
// read at the same time without a lock.
type kind struct {
	group, version, resource string
	clusterScoped            bool
	// optional is a custom resource: that it is not served is a fact about
	// the cluster and no gap.
	optional bool
	// costs is what the answer lacks without it.
	costs  string
	accept string
	// reset forgets what earlier pages gave.
	reset func()
	// page keeps what matters of one page.
	page func(rest.Result) (metav1.ListInterface, int, error)
	// single keeps one object that is read by name; only namespaces have it,
	// where the scope is one of them.
	single func(rest.Result) error

	arrived      bool     // at least one page
	count        int      // objects arrived
	bad          error    // an object that could not be decoded, passed over
	err          error    // why it was not read, or not to its end
	narrowed     bool     // read in Options.Fallback instead of everywhere
	absent       bool     // not served
	otherVersion []string // the versions served instead
}

// name is the resource with its group, as RBAC and kubectl know it.
func (k *kind) name() string {
	if k.group == "" {
		return k.resource
	}
	return k.resource + "." + k.group
}

func (k *kind) path(namespace string) string {
	p := "/apis/" + k.group + "/" + k.version
	if k.group == "" {
		p = "/api/" + k.version
	}
	if namespace != "" && k.single == nil {
		p += "/namespaces/" + namespace
	}
	return p + "/" + k.resource
}

// list reads a kind page by page, in one namespace or, where that is "", in
// all. A list whose continue token has expired is started over once. What had
// arrived when it failed stays.
func (c *client) list(ctx context.Context, k *kind, namespace string, progress func(string)) error {
	if namespace != "" && k.single != nil {
		k.reset()
		err := c.retry(ctx, func() error {
			return c.get(ctx, k.path("")+"/"+namespace, k.accept, nil, k.single)
		})
		k.arrived = err == nil
		return err
	}
	err := c.pages(ctx, k, namespace, progress)
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		err = c.pages(ctx, k, namespace, progress)
	}
	return err
}

func (c *client) pages(ctx context.Context, k *kind, namespace string, progress func(string)) error {
	k.reset()
	k.arrived, k.count, k.bad = false, 0, nil
	path, next, limit := k.path(namespace), "", c.opts.PageSize
	for {
		var list metav1.ListInterface
		err := c.retry(ctx, func() error {
			// resourceVersion stays unset: with "0" the server ignores limit.
			params := map[string]string{"limit": strconv.Itoa(limit)}
			if next != "" {
				params["continue"] = next
			}
			// A page that did not arrive in time is tried again smaller.
			limit = max(limit/2, min(50, c.opts.PageSize))
			return c.get(ctx, path, k.accept, params, func(r rest.Result) error {
				l, n, err := k.page(r)
				if err != nil {
					return err
				}
				list = l
				k.count += n
				return nil
			})
		})
		if err != nil {
			if k.arrived && !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
				return fmt.Errorf("stopped after %d: %w", k.count, err)
			}
			return err
		}
		k.arrived = true
		limit = c.opts.PageSize
		if next = list.GetContinue(); next == "" {
			return nil
		}
		if rest := list.GetRemainingItemCount(); rest != nil {
			progress(fmt.Sprintf("%s: %d of %d", k.resource, k.count, int64(k.count)+*rest))
		} else {
			progress(fmt.Sprintf("%s: %d", k.resource, k.count))
		}
	}
}

// retry calls try up to three times, while it fails for a reason that may
// pass: a server's error, an answer cut off or not in time. Where the server
// names a time to wait, client-go has waited and asked again already.
func (c *client) retry(ctx context.Context, try func() error) error {
	pause := c.opts.retryPause
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || attempt == 3 || ctx.Err() != nil || !mayPass(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// mayPass reports whether asking again may succeed.
func mayPass(err error) bool {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		code := status.Status().Code
		return code >= 500 || code == 429 || code == 408
	}
	return !hopeless(err)
}
