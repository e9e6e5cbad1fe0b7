package kube

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/trimtab/trimtab/internal/hint"
)

func TestReadEmpty(t *testing.T) {
	a := newAPI(t)
	s, err := a.read(Options{Context: "prod", Cluster: "arn:aws:eks:eu-west-1:123:cluster/shop"})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Missing)+len(s.Pods)+len(s.Workloads)+len(s.Nodes) != 0 {
		t.Errorf("%+v", s)
	}
	if s.Name != "shop" || s.Context != "prod" || s.Region != "eu-west-1" || s.Version != "v1.35.4-eks-0000" {
		t.Errorf("name %q region %q version %q", s.Name, s.Region, s.Version)
	}
	for _, r := range a.requests {
		if r.Method != http.MethodGet || r.UserAgent() != "trimtab/test" || r.URL.Query().Has("resourceVersion") {
			t.Errorf("%s %s by %s", r.Method, r.URL, r.UserAgent())
		}
		for _, never := range []string{"secrets", "configmaps", "endpoints"} {
			if strings.Contains(r.URL.Path, never) {
				t.Errorf("asks for %s", r.URL)
			}
		}
	}
}

func TestReadPages(t *testing.T) {
	a := newAPI(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		a.lists["/api/v1/pods"] = append(a.lists["/api/v1/pods"], pod(name))
	}
	a.lists["/api/v1/namespaces"] = []any{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Annotations: map[string]string{"trimtab.dev/ignore": "true"}}}}
	a.lists["/api/v1/limitranges"] = []any{&corev1.LimitRange{ObjectMeta: om("bounds")}}
	solo := &appsv1.ReplicaSet{TypeMeta: metav1.TypeMeta{Kind: "ReplicaSet", APIVersion: "apps/v1"}, ObjectMeta: om("solo"), Spec: appsv1.ReplicaSetSpec{Replicas: to(int32(0)), Template: template("3", "1Gi")}}
	a.lists["/apis/apps/v1/replicasets"] = []any{solo, &appsv1.ReplicaSet{ObjectMeta: om("web-1", by("apps/v1 Deployment web")...)}}
	a.only["/apis/apps/v1/namespaces/shop/replicasets/solo"] = solo
	a.lists["/apis/karpenter.sh/v1/nodepools"] = []any{map[string]any{"metadata": map[string]any{"name": "default"}}}
	a.lists["/apis/argoproj.io/v1alpha1/rollouts"] = []any{
		map[string]any{"metadata": map[string]any{"name": "good", "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": map[string]any{"template": template("1", "1Gi")}},
		map[string]any{"metadata": map[string]any{"name": "bad", "namespace": "shop"}, "spec": map[string]any{"replicas": "many"}},
	}
	var said []string
	var last [2]int
	s, err := a.read(Options{PageSize: 2, Parallel: 1, Progress: func(done, total int, what string) {
		said, last = append(said, what), [2]int{done, total}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Pods) != 5 || len(s.NodePools) != 1 || !s.Namespaces[0].Ignore || len(s.Namespaces[0].LimitRanges) != 1 {
		t.Errorf("%+v", s)
	}
	got := map[string]bool{}
	for _, w := range s.Workloads {
		if got[w.ID.String()] = true; w.ID.Name == "solo" && (!w.Known || w.Replicas != 0 || w.Containers[0].Request.CPU.String() != "3") {
			t.Errorf("solo %+v", w)
		}
	}
	if !got["shop/ReplicaSet/solo"] || !got["shop/Rollout/good"] || got["shop/ReplicaSet/web-1"] {
		t.Errorf("workloads %v", got)
	}
	if g := gap(s, "rollouts.argoproj.io"); g == nil || !strings.Contains(g.Why, "shop/bad") {
		t.Errorf("gap of the bad Rollout: %+v", g)
	}
	if last[0] != last[1] || !strings.Contains(strings.Join(said, "|"), "pods: 2 of 5") {
		t.Errorf("progress %v, %v", last, said)
	}
}

// Every kind that fails on its own is a gap and never an end.
func TestReadForbiddenKinds(t *testing.T) {
	for _, k := range newCollector().kinds() {
		t.Run(k.resource, func(t *testing.T) {
			a := newAPI(t)
			if k.optional {
				a.lists[k.path("")] = nil
			}
			a.fail = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Path == k.path("") {
					status(w, 403, metav1.StatusReasonForbidden, "no")
					return true
				}
				return false
			}
			s, err := a.read(Options{})
			if err != nil {
				t.Fatal(err)
			}
			g := gap(s, k.name())
			if len(s.Missing) != 1 || g == nil || g.Why != "forbidden" || g.Costs == "" || !strings.HasPrefix(g.Hint, "grant get,list on "+k.name()) {
				t.Errorf("%+v", s.Missing)
			}
			if n := a.asked(k.path("")); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// A custom resource that is forbidden because it does not exist, beside
// others of its group, is no gap.
func TestReadForbiddenAbsent(t *testing.T) {
	a := newAPI(t)
	a.lists["/apis/argoproj.io/v1alpha1/rollouts"] = nil
	a.only["/apis/argoproj.io/v1alpha1"] = metav1.APIResourceList{APIResources: []metav1.APIResource{{Name: "applications"}}}
	a.fail = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "/rollouts") {
			status(w, 403, metav1.StatusReasonForbidden, "no")
			return true
		}
		return false
	}
	if s, err := a.read(Options{}); err != nil || len(s.Missing) != 0 {
		t.Errorf("%v %+v", err, s)
	}
}

func TestReadFailures(t *testing.T) {
	const deployments, pods = "/apis/apps/v1/deployments", "/api/v1/pods"
	reply := func(code int, reason metav1.StatusReason) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			status(w, code, reason, "so be it")
			return true
		}
	}
	cut := func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		_, _ = w.Write([]byte(`{"kind":"DeploymentList","apiVersion":"apps/v1","items":[{"metadata":{"na`))
		return true
	}
	short := func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write([]byte(`{"kind":`))
		return true
	}
	protobuf := func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Content-Type", "application/vnd.kubernetes.protobuf")
		_, _ = w.Write([]byte("k8s\x00\x0a\xff\xff\x01"))
		return true
	}
	slow := func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
		return true
	}
	first := func(times int, f func(http.ResponseWriter, *http.Request, int) bool) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, r *http.Request, n int) bool { return n <= times && f(w, r, n) }
	}
	tests := []struct {
		name, path string
		fail       func(http.ResponseWriter, *http.Request, int) bool
		why        string // of the gap; "" for none
		asked      int
	}{
		{"404 on a kind that every cluster serves", deployments, reply(404, metav1.StatusReasonNotFound), "not served", 1},
		{"500 always", deployments, reply(500, metav1.StatusReasonInternalError), "so be it", 3},
		{"500 twice", deployments, first(2, reply(500, metav1.StatusReasonInternalError)), "", 3},
		{"JSON cut off once", deployments, first(1, cut), "", 2},
		{"JSON cut off always", deployments, cut, "decod", 3},
		{"body shorter than announced", deployments, first(1, short), "", 2},
		{"protobuf cut off always", deployments, protobuf, "decod", 3},
		{"no answer once", deployments, first(1, slow), "", 2},
		{"no answer", deployments, slow, "deadline exceeded", 3},
		{"401 in the middle", deployments, reply(401, metav1.StatusReasonUnauthorized), "not accepted any more", 1},
		{"400", deployments, reply(400, metav1.StatusReasonBadRequest), "so be it", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t)
			a.lists[deployments] = []any{&appsv1.Deployment{ObjectMeta: om("web"), Spec: appsv1.DeploymentSpec{Template: template("1", "1Gi")}}}
			a.fail = func(w http.ResponseWriter, r *http.Request, n int) bool {
				return r.URL.Path == tt.path && tt.fail(w, r, n)
			}
			s, err := a.read(Options{PageTimeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			g := gap(s, "deployments.apps")
			switch {
			case tt.why == "" && (g != nil || len(s.Workloads) != 1):
				t.Errorf("gap %+v, workloads %v", g, s.Workloads)
			case tt.why != "" && (g == nil || !strings.Contains(g.Why, tt.why) || g.Hint == "" || g.Costs == ""):
				t.Errorf("gaps %+v", s.Missing)
			}
			if n := a.asked(tt.path); n != tt.asked {
				t.Errorf("asked %d times, want %d", n, tt.asked)
			}
		})
	}
	t.Run("a list that breaks off keeps its pages", func(t *testing.T) {
		a := newAPI(t)
		a.lists[pods] = []any{pod("a"), pod("b"), pod("c")}
		a.fail = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			return r.URL.Query().Get("continue") == "2" && reply(500, metav1.StatusReasonInternalError)(w, r, 0)
		}
		s, err := a.read(Options{PageSize: 2})
		if err != nil {
			t.Fatal(err)
		}
		if g := gap(s, "pods"); len(s.Pods) != 2 || g == nil || !strings.HasPrefix(g.Why, "stopped after 2") {
			t.Errorf("%d pods, %+v", len(s.Pods), s.Missing)
		}
	})
	t.Run("an expired continue token starts over, once", func(t *testing.T) {
		for _, times := range []int{1, 2} {
			a := newAPI(t)
			a.lists[pods] = []any{pod("a"), pod("b"), pod("c")}
			expired := 0
			a.fail = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Path != pods || r.URL.Query().Get("continue") == "" {
					return false
				}
				a.mu.Lock()
				expired++
				n := expired
				a.mu.Unlock()
				return n <= times && reply(410, metav1.StatusReasonExpired)(w, r, 0)
			}
			s, err := a.read(Options{PageSize: 2})
			if err != nil {
				t.Fatal(err)
			}
			if times == 1 && (len(s.Pods) != 3 || len(s.Missing) != 0) || times == 2 && gap(s, "pods") == nil {
				t.Errorf("%d times: %d pods, %+v", times, len(s.Pods), s.Missing)
			}
		}
	})
	t.Run("429 waits as told", func(t *testing.T) {
		a := newAPI(t)
		a.lists[pods] = []any{pod("a")}
		a.fail = func(w http.ResponseWriter, r *http.Request, n int) bool {
			if r.URL.Path != pods || n > 1 {
				return false
			}
			w.Header().Set("Retry-After", "1")
			status(w, 429, metav1.StatusReasonTooManyRequests, "slow down")
			return true
		}
		start := time.Now()
		s, err := a.read(Options{})
		if err != nil || len(s.Pods) != 1 || len(s.Missing) != 0 {
			t.Fatalf("%v %+v", err, s)
		}
		if d := time.Since(start); d < 900*time.Millisecond {
			t.Errorf("waited %v", d)
		}
	})
}

func TestReadFallback(t *testing.T) {
	a := newAPI(t)
	a.lists["/api/v1/pods"] = []any{pod("a")}
	other := om("other")
	other.Namespace = "elsewhere"
	a.lists["/apis/apps/v1/deployments"] = []any{&appsv1.Deployment{ObjectMeta: other, Spec: appsv1.DeploymentSpec{Template: template("1", "1Gi")}}}
	a.only["/api/v1/namespaces/shop"] = &corev1.Namespace{TypeMeta: metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	a.fail = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		switch r.URL.Path {
		case "/api/v1/pods", "/api/v1/namespaces", "/api/v1/nodes":
			status(w, 403, metav1.StatusReasonForbidden, "no")
			return true
		}
		return false
	}
	s, err := a.read(Options{Fallback: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Scope != "shop" || len(s.Pods) != 1 || len(s.Namespaces) != 1 || len(s.Workloads) != 1 || s.Lacks("pods") || !s.Lacks("nodes") {
		t.Errorf("%+v", s)
	}
	if g := gap(s, "pods in other namespaces"); g == nil || len(s.Missing) != 2 {
		t.Errorf("%+v", s.Missing)
	}
	// Without a namespace to fall back to the pods are missing.
	if s, err = a.read(Options{}); err != nil || !s.Lacks("pods") || s.Scope != "" {
		t.Errorf("%v %+v", err, s)
	}
	// A scope that is asked for is asked for at once.
	a.counts = map[string]int{}
	if s, err = a.read(Options{Namespace: "shop"}); err != nil || s.Scope != "shop" || len(s.Pods) != 1 || a.asked("/api/v1/pods") != 0 {
		t.Errorf("%v %+v", err, s)
	}
}

func TestReadErrors(t *testing.T) {
	arn := "arn:aws:eks:eu-west-1:123:cluster/shop"
	all := func(code int, reason metav1.StatusReason) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			status(w, code, reason, "no")
		}
	}
	tests := []struct {
		name    string
		handler http.Handler
		tls     bool
		hint    string
	}{
		{"401", all(401, metav1.StatusReasonUnauthorized), false, "aws sso login, or aws eks update-kubeconfig --name shop --region eu-west-1"},
		{"403 on everything", all(403, metav1.StatusReasonForbidden), false, "grant get,list on pods"},
		{"a certificate nobody knows", all(200, ""), true, "certificate"},
		{"not Kubernetes", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>please sign in</html>"))
		}), false, "leads to a Kubernetes API server"},
		{"no answer", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), false, "VPN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(tt.handler)
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			if tt.tls {
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()
			s, err := Read(t.Context(), &rest.Config{Host: server.URL}, quick(Options{Context: "prod", Cluster: arn, PageTimeout: 100 * time.Millisecond}))
			if s != nil || err == nil || !strings.Contains(hint.Of(err), tt.hint) {
				t.Errorf("error %v, hint %q", err, hint.Of(err))
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close()
		_, err := Read(t.Context(), &rest.Config{Host: server.URL}, quick(Options{Context: "prod"}))
		if err == nil || !strings.Contains(hint.Of(err), `context "prod"`) {
			t.Errorf("error %v, hint %q", err, hint.Of(err))
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a := newAPI(t)
		a.fail = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path == "/api/v1/nodes" {
				cancel()
			}
			return false
		}
		server := httptest.NewServer(a)
		defer server.Close()
		if _, err := Read(ctx, &rest.Config{Host: server.URL}, quick(Options{})); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}
