package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// populate makes the scenario's objects, waits until all pods run and lays out
// the history that leads to them.
func (p *plane) populate(ctx context.Context) (*Plan, error) {
	k, err := p.clients()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	rest, err := p.installCRDs(ctx, k)
	if err != nil {
		return nil, err
	}
	for _, n := range p.scenario.nodeObjects() {
		if _, err := k.create(ctx, n); err != nil {
			return nil, err
		}
	}
	if err := k.createNamespaces(ctx, p.scenario); err != nil {
		return nil, err
	}
	if err := p.publishPrometheus(ctx, k); err != nil {
		return nil, err
	}
	rest = append(append(storageObjects(), rest...), p.scenario.nodeClaims()...)
	if err := k.createAll(ctx, rest); err != nil {
		return nil, err
	}
	if err := k.awaitNodes(ctx); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	for _, w := range p.scenario.byFreedom() {
		if err := k.createWorkload(ctx, p.scenario, w, now); err != nil {
			return nil, err
		}
	}
	p.logf("made the objects in %s", time.Since(begin).Round(100*time.Millisecond))
	pods, err := p.awaitPods(ctx, k)
	if err != nil {
		return nil, err
	}
	p.logf("%d pods run or have finished after %s", len(pods), time.Since(begin).Round(100*time.Millisecond))
	// metrics-server knows of rates after it has seen counters twice, and does not
	// count what is zero, as KWOK's counters are when they are first looked at.
	if err := p.wakeCounters(ctx); err != nil {
		return nil, err
	}
	if err := p.startMetricsServer(ctx); err != nil {
		return nil, err
	}
	if err := k.installMetricsAPI(ctx, p.ports.metrics, p.certs); err != nil {
		return nil, err
	}
	return p.planOf(pods)
}

// wakeCounters looks at each simulated kubelet's metrics once.
func (p *plane) wakeCounters(ctx context.Context) error {
	client, err := p.httpClient(userSetup)
	if err != nil {
		return err
	}
	for _, n := range p.scenario.nodeObjects() {
		url := fmt.Sprintf("https://127.0.0.1:%d/metrics/nodes/%s/metrics/resource", p.ports.kwok, n.Name)
		if err := get(ctx, client, url); err != nil {
			return fmt.Errorf("reading the metrics of node %s: %w", n.Name, err)
		}
	}
	return nil
}

// planOf lays out the history that leads to the live pods and ends now.
func (c *Cluster) planOf(pods []livePod) (*Plan, error) {
	now := time.Now()
	return newPlan(c.scenario, now, c.scenario.nodeRecords(now), pods)
}

// byFreedom orders workloads by how free the scheduler is to place them: those
// that must be somewhere first, so that the others leave them room.
func (s *Scenario) byFreedom() []*Workload {
	out := make([]*Workload, 0, len(s.Workloads))
	for i := range s.Workloads {
		out = append(out, &s.Workloads[i])
	}
	freedom := func(w *Workload) int {
		switch {
		case w.Kind == KindDaemonSet:
			return 0
		case len(w.Placement.NodeSelector) > 0:
			return 1
		case !w.Storage.IsZero():
			return 2
		}
		return 3
	}
	slices.SortStableFunc(out, func(a, b *Workload) int { return freedom(a) - freedom(b) })
	return out
}

// installCRDs installs Karpenter's and the autoscaler's definitions and those
// among the scenario's objects; it returns the other objects.
func (p *plane) installCRDs(ctx context.Context, k *clients) ([]runtime.Object, error) {
	files, err := p.builder.CRDs(ctx)
	if err != nil {
		return nil, err
	}
	var crds []*unstructured.Unstructured
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading a custom resource definition: %w", err)
		}
		for _, doc := range splitDocuments(text) {
			var fields map[string]any
			if err := yaml.Unmarshal(doc, &fields); err != nil {
				return nil, fmt.Errorf("reading %s: %w", path, err)
			}
			if len(fields) > 0 {
				crds = append(crds, &unstructured.Unstructured{Object: fields})
			}
		}
	}
	var rest []runtime.Object
	for _, fields := range p.scenario.Objects {
		// Through JSON, so that numbers have the types that client-go expects.
		text, err := yaml.Marshal(fields)
		if err != nil {
			return nil, fmt.Errorf("reading an object of the scenario: %w", err)
		}
		text, err = yaml.YAMLToJSON(text)
		if err != nil {
			return nil, fmt.Errorf("reading an object of the scenario: %w", err)
		}
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(text); err != nil {
			return nil, fmt.Errorf("reading an object of the scenario: %w", err)
		}
		if u.GetKind() == "CustomResourceDefinition" {
			crds = append(crds, u)
		} else {
			rest = append(rest, u)
		}
	}
	return rest, k.createCRDs(ctx, crds)
}

func (k *clients) createNamespaces(ctx context.Context, s *Scenario) error {
	for i := range s.Namespaces {
		objects := namespaceObjects(&s.Namespaces[i])
		for _, o := range objects {
			// kube-system and default are there from the start.
			if ns, ok := o.(*corev1.Namespace); ok {
				if old, err := k.typed.CoreV1().Namespaces().Get(ctx, ns.Name, metav1.GetOptions{}); err == nil {
					old.Labels = merge(old.Labels, ns.Labels)
					old.Annotations = merge(old.Annotations, ns.Annotations)
					if _, err := k.typed.CoreV1().Namespaces().Update(ctx, old, metav1.UpdateOptions{}); err != nil {
						return fmt.Errorf("changing namespace %s: %w", ns.Name, err)
					}
					continue
				}
			}
			if _, err := k.create(ctx, o); err != nil {
				return err
			}
		}
	}
	return await(ctx, "service accounts", 30*time.Second, nil, func(ctx context.Context) error {
		for _, ns := range s.Namespaces {
			if _, err := k.typed.CoreV1().ServiceAccounts(ns.Name).Get(ctx, "default", metav1.GetOptions{}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (k *clients) awaitNodes(ctx context.Context) error {
	return await(ctx, "nodes to be ready", time.Minute, nil, func(ctx context.Context) error {
		list, err := k.typed.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, n := range list.Items {
			ready := false
			for _, c := range n.Status.Conditions {
				ready = ready || (c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue)
			}
			if !ready {
				return fmt.Errorf("node %s is not ready", n.Name)
			}
			for _, t := range n.Spec.Taints {
				if t.Key == corev1.TaintNodeNotReady {
					return fmt.Errorf("node %s is still tainted", n.Name)
				}
			}
		}
		return nil
	})
}

// createWorkload makes a workload's objects, with the past that shows in the API.
func (k *clients) createWorkload(ctx context.Context, s *Scenario, w *Workload, now time.Time) error {
	var owner metav1.OwnerReference
	for _, o := range w.objects() {
		made, err := k.create(ctx, o)
		if err != nil {
			return err
		}
		if made.GetKind() == w.Kind {
			owner = *metav1.NewControllerRef(made, made.GroupVersionKind())
		}
	}
	switch w.Kind {
	case KindCronJob:
		runs, err := cronRuns(s, w, now)
		if err != nil {
			return err
		}
		for _, run := range runs[max(0, len(runs)-keptRuns):] {
			if _, err := k.create(ctx, w.pastJob(run, owner)); err != nil {
				return err
			}
		}
	case KindDeployment:
		for i := range w.Rollouts {
			if _, err := k.create(ctx, w.oldReplicaSet(s, i, owner)); err != nil {
				return err
			}
		}
	case KindCustom:
		return k.createOwned(ctx, w)
	}
	return nil
}

// createOwned makes the pods of a workload whose owner is a custom object.
func (k *clients) createOwned(ctx context.Context, w *Workload) error {
	ref := &unstructured.Unstructured{}
	ref.SetAPIVersion(w.Owner.APIVersion)
	ref.SetKind(w.Owner.Kind)
	ref.SetNamespace(w.Namespace)
	owner, err := k.resource(ref).Get(ctx, w.Owner.Name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("finding the owner of %s: %w", w.ID(), err)
	}
	for i := range w.Replicas {
		template := w.podTemplate()
		pod := &corev1.Pod{TypeMeta: typeMeta("v1", KindPod), ObjectMeta: w.meta(fmt.Sprintf("%s-%d", w.Name, i)), Spec: template.Spec}
		pod.Labels, pod.Annotations = template.Labels, template.Annotations
		pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(owner, owner.GroupVersionKind())}
		if _, err := k.create(ctx, pod); err != nil {
			return err
		}
	}
	return nil
}

// awaitPods waits until every workload has its pods and all run or have
// finished, and returns them.
func (c *Cluster) awaitPods(ctx context.Context, k *clients) ([]livePod, error) {
	var out []livePod
	limit := 90*time.Second + time.Duration(len(c.scenario.Workloads))*500*time.Millisecond
	err := await(ctx, "pods to run", limit, nil, func(ctx context.Context) error {
		pods, err := c.livePods(ctx, k)
		if err != nil {
			return err
		}
		out = pods
		return nil
	})
	return out, err
}

var errPending = errors.New("not all pods run")

// livePods reads the pods with the workload each belongs to.
func (c *Cluster) livePods(ctx context.Context, k *clients) ([]livePod, error) {
	owners, err := k.readOwners(ctx)
	if err != nil {
		return nil, err
	}
	list, err := k.typed.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int)
	var out []livePod
	for i := range list.Items {
		pod := &list.Items[i]
		l, err := c.livePod(pod, owners)
		if err != nil {
			return nil, err
		}
		counts[l.workload]++
		out = append(out, l)
	}
	for i := range c.scenario.Workloads {
		w := &c.scenario.Workloads[i]
		want := w.Replicas
		switch w.Kind {
		case KindDaemonSet:
			want = owners.daemons[w.Namespace+"/"+w.Name]
		case KindCronJob:
			runs, err := cronRuns(c.scenario, w, time.Now())
			if err != nil {
				return nil, err
			}
			want = min(len(runs), keptRuns)
		}
		if got := counts[w.ID()]; got < want || want == 0 && w.Kind == KindDaemonSet {
			return nil, fmt.Errorf("%w: %s has %d of %d", errPending, w.ID(), got, want)
		}
	}
	return out, nil
}
