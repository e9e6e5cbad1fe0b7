// Package metrics measures usage with metrics.k8s.io, the API behind
// kubectl top: what every container uses now, and nothing of what was before.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	clientset "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
)

// timeout bounds the one request that a measurement is.
const timeout = time.Minute

// Options says how the source names itself and what it reads.
type Options struct {
	// UserAgent is sent with every request: "trimtab/v1.2.3".
	UserAgent string
	// Namespace is the one namespace that Present reads, or "" for all.
	Namespace string
}

// Source measures the present usage of all pods with one request. It is safe
// for concurrent use.
type Source struct {
	pods      clientset.PodMetricsesGetter
	namespace string
	err       error // why there is no client
}

var _ usage.Source = (*Source)(nil)

// New is a source on the cluster that cfg leads to. It sends nothing; a cfg
// that cannot be used is told by the first measurement.
func New(cfg *rest.Config, opts Options) *Source {
	cfg = rest.CopyConfig(cfg)
	cfg.UserAgent = opts.UserAgent
	cfg.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	cfg.ContentType = runtime.ContentTypeProtobuf
	cfg.QPS, cfg.RateLimiter = -1, nil
	cfg.WarningHandler, cfg.WarningHandlerWithContext = rest.NoWarnings{}, nil
	s := &Source{namespace: opts.Namespace}
	client, err := clientset.NewForConfig(cfg)
	if err != nil {
		s.err = hint.Wrap(err, "connecting to metrics.k8s.io", "check the cluster's entry in the kubeconfig")
		return s
	}
	s.pods = client
	return s
}

// Name is "metrics-server", which serves the API nearly everywhere.
func (s *Source) Name() string { return "metrics-server" }

// Present is what the containers in Options.Namespace use at this moment. It
// is one list request, cheap enough to be repeated every half minute; the
// samples change no faster than metrics-server scrapes. A container without
// both CPU and memory is left out. An error carries a hint.
func (s *Source) Present(ctx context.Context) (map[cluster.PodKey]map[string]usage.Sample, error) {
	list, err := s.list(ctx, s.namespace)
	if err != nil {
		return nil, err
	}
	return present(list), nil
}

// Usage measures once: Present for every pod of the snapshot's scope, and the
// same as a single sample of each container's history, where it lies in the
// window, so that "not enough data" has its evidence. An API that is not
// served, forbidden or failing is a warning.
func (s *Source) Usage(ctx context.Context, snapshot *cluster.Snapshot, w usage.Window, progress func(usage.Progress)) (*usage.Usage, error) {
	start := time.Now()
	out := usage.None(w)
	out.Sources = []string{s.Name()}
	out.Scan.Queries = 1
	namespace := snapshot.Scope
	if namespace == "" {
		namespace = s.namespace
	}
	list, err := s.list(ctx, namespace)
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, fmt.Errorf("reading metrics.k8s.io: %w", ctx.Err())
	}
	out.Scan.Wall = time.Since(start)
	if progress != nil {
		progress(usage.Progress{Stage: "survey", Done: 1, Total: 1})
	}
	if err != nil {
		out.Warnings = append(out.Warnings, err)
		return out, nil
	}
	out.Present = present(list)
	for _, containers := range out.Present {
		out.Scan.Samples += 2 * int64(len(containers))
	}
	histories(out, snapshot, list)
	if warning := unmeasured(snapshot, out.Present); warning != nil {
		out.Warnings = append(out.Warnings, warning)
	}
	return out, nil
}

func (s *Source) list(ctx context.Context, namespace string) (*v1beta1.PodMetricsList, error) {
	if s.err != nil {
		return nil, s.err
	}
	// client-go writes to the terminal otherwise.
	ctx = klog.NewContext(ctx, logr.Discard())
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	list, err := s.pods.PodMetricses(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, explain(err, namespace)
	}
	return list, nil
}

// explain says what stands between us and the metrics API.
func explain(err error, namespace string) error {
	const doing, other = "reading metrics.k8s.io", "name a Prometheus with --prometheus-url"
	switch {
	case apierrors.IsNotFound(err):
		return hint.New("metrics.k8s.io is not served", "install metrics-server to see present usage, or "+other)
	case apierrors.IsForbidden(err):
		where := "in all namespaces"
		if namespace != "" {
			where = "in namespace " + namespace
		}
		return hint.New(doing+": forbidden", "grant get,list on pods.metrics.k8s.io "+where+" to see present usage")
	case apierrors.IsServiceUnavailable(err):
		return hint.Wrap(err, doing, "metrics-server is registered but does not answer: kubectl describe apiservice v1beta1.metrics.k8s.io")
	case apierrors.IsUnauthorized(err):
		return hint.Wrap(err, doing, "the token has expired: run aws sso login")
	}
	return hint.Wrap(err, doing, "compare with kubectl top pods, or "+other)
}

func present(list *v1beta1.PodMetricsList) map[cluster.PodKey]map[string]usage.Sample {
	out := make(map[cluster.PodKey]map[string]usage.Sample, len(list.Items))
	for i := range list.Items {
		p := &list.Items[i]
		containers := make(map[string]usage.Sample, len(p.Containers))
		for j := range p.Containers {
			c := &p.Containers[j]
			cpu, hasCPU := amount(c.Usage, corev1.ResourceCPU)
			memory, hasMemory := amount(c.Usage, corev1.ResourceMemory)
			if hasCPU && hasMemory {
				containers[c.Name] = usage.Sample{CPU: cpu, Memory: memory, At: p.Timestamp.UTC()}
			}
		}
		if len(containers) > 0 {
			out[cluster.PodKey{Namespace: p.Namespace, Name: p.Name}] = containers
		}
	}
	return out
}

// amount is a resource in its base unit; false where it was not measured. A
// negative amount is a counter gone wrong, not usage.
func amount(l corev1.ResourceList, name corev1.ResourceName) (float64, bool) {
	q, ok := l[name]
	if !ok {
		return 0, false
	}
	v := q.AsApproximateFloat64()
	return v, v >= 0
}

// histories gives every container of the snapshot its one sample per pod.
func histories(out *usage.Usage, snapshot *cluster.Snapshot, list *v1beta1.PodMetricsList) {
	owner := make(map[cluster.PodKey]cluster.WorkloadID, len(snapshot.Pods))
	for i := range snapshot.Pods {
		owner[snapshot.Pods[i].Key()] = snapshot.Pods[i].Workload
	}
	// In the order of names, as the lists of a series are.
	items := make([]*v1beta1.PodMetrics, 0, len(list.Items))
	for i := range list.Items {
		items = append(items, &list.Items[i])
	}
	slices.SortFunc(items, func(a, b *v1beta1.PodMetrics) int { return strings.Compare(a.Name, b.Name) })
	for _, p := range items {
		workload, ok := owner[cluster.PodKey{Namespace: p.Namespace, Name: p.Name}]
		at := p.Timestamp.UTC()
		// The sample may be a little younger than the window, which ends when
		// the run began; it is evidence for no window of long ago.
		if !ok || at.Before(out.Window.Start) || at.After(out.Window.End.Add(time.Hour)) {
			continue
		}
		for j := range p.Containers {
			c := &p.Containers[j]
			id := cluster.ContainerID{Workload: workload, Container: c.Name}
			h := out.Containers[id]
			if h == nil {
				h = &usage.History{}
			}
			added := false
			if v, ok := amount(c.Usage, corev1.ResourceCPU); ok {
				add(&h.CPU, p.Name, at, p.Window.Duration, v)
				added = true
			}
			if v, ok := amount(c.Usage, corev1.ResourceMemory); ok {
				add(&h.Memory, p.Name, at, p.Window.Duration, v)
				added = true
			}
			if added {
				out.Containers[id] = h
			}
		}
	}
}

// add puts one sample of one pod into a series.
func add(s *usage.Series, pod string, at time.Time, window time.Duration, v float64) {
	s.Step = max(s.Step, window)
	p := usage.PodUsage{Pod: pod, First: at, Last: at}
	p.Dist.Add(v)
	s.Pods = append(s.Pods, p)

	day := at.Truncate(24 * time.Hour)
	i, ok := slices.BinarySearchFunc(s.Days, day, func(d usage.Day, t time.Time) int { return d.Start.Compare(t) })
	if !ok {
		s.Days = slices.Insert(s.Days, i, usage.Day{Start: day})
	}
	s.Days[i].Dist.Add(v)

	epoch := int32(at.Unix() / 3600)
	i, ok = slices.BinarySearchFunc(s.Hours, epoch, func(h usage.Hour, e int32) int { return int(h.Epoch) - int(e) })
	if !ok {
		s.Hours = slices.Insert(s.Hours, i, usage.Hour{Epoch: epoch})
	}
	h := &s.Hours[i]
	h.Count++
	h.Max = max(h.Max, float32(v))
	// Of so few samples the p95 is taken for the largest.
	h.P95 = h.Max
}

// unmeasured is a warning where pods run that metrics-server has no sample
// of; it needs a minute or two for a new one.
func unmeasured(s *cluster.Snapshot, present map[cluster.PodKey]map[string]usage.Sample) error {
	running, without := 0, 0
	for i := range s.Pods {
		p := &s.Pods[i]
		if p.Phase != "Running" || s.TakenAt.Sub(p.CreatedAt) < 2*time.Minute {
			continue
		}
		running++
		if _, ok := present[p.Key()]; !ok {
			without++
		}
	}
	if without == 0 {
		return nil
	}
	return hint.New(fmt.Sprintf("metrics-server has no sample of %d of %d running pods", without, running),
		"see why in its log: kubectl -n kube-system logs deploy/metrics-server")
}
