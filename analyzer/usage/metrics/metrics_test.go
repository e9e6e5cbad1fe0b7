package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
)

var now = time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)

func serve(t *testing.T, h http.HandlerFunc) *rest.Config {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL}
}

func reply(code int, reason metav1.StatusReason) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Reason: reason, Message: "so be it"})
	}
}

func measured(pod string, containers map[string]string) v1beta1.PodMetrics {
	m := v1beta1.PodMetrics{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: pod},
		Timestamp:  metav1.NewTime(now), Window: metav1.Duration{Duration: 15 * time.Second},
	}
	for name, amounts := range containers {
		c := v1beta1.ContainerMetrics{Name: name, Usage: corev1.ResourceList{}}
		cpu, memory, _ := strings.Cut(amounts, " ")
		if cpu != "" {
			c.Usage["cpu"] = resource.MustParse(cpu)
		}
		if memory != "" {
			c.Usage["memory"] = resource.MustParse(memory)
		}
		m.Containers = append(m.Containers, c)
	}
	return m
}

func TestUsage(t *testing.T) {
	list := v1beta1.PodMetricsList{
		TypeMeta: metav1.TypeMeta{Kind: "PodMetricsList", APIVersion: "metrics.k8s.io/v1beta1"},
		Items: []v1beta1.PodMetrics{
			measured("web-b", map[string]string{"app": "250m 64Mi"}),
			measured("web-a", map[string]string{"app": "125000000n 32Mi"}),
			measured("newer", map[string]string{"app": "1 1Gi"}),
			measured("half", map[string]string{"app": "1"}),
			measured("broken", map[string]string{"app": "-5m 1Mi"}),
			measured("none", nil),
		},
	}
	var paths []string
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.Method+" "+r.URL.Path+" "+r.UserAgent())
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(list)
	})
	web := cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "web"}
	s := &cluster.Snapshot{TakenAt: now, Scope: "shop"}
	for _, name := range []string{"web-a", "web-b", "half", "broken", "none", "unmeasured"} {
		s.Pods = append(s.Pods, cluster.Pod{Namespace: "shop", Name: name, Phase: "Running", Workload: web, CreatedAt: now.Add(-time.Hour)})
	}
	source := New(cfg, Options{UserAgent: "trimtab/test"})
	w := usage.Window{Start: now.Add(-24 * time.Hour), End: now}
	u, err := source.Usage(t.Context(), s, w, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"GET /apis/metrics.k8s.io/v1beta1/namespaces/shop/pods trimtab/test"}, paths); d != "" {
		t.Error(d)
	}
	want := map[cluster.PodKey]map[string]usage.Sample{
		{Namespace: "shop", Name: "web-b"}: {"app": {CPU: 0.25, Memory: 64 << 20, At: now}},
		{Namespace: "shop", Name: "web-a"}: {"app": {CPU: 0.125, Memory: 32 << 20, At: now}},
		{Namespace: "shop", Name: "newer"}: {"app": {CPU: 1, Memory: 1 << 30, At: now}},
	}
	if d := cmp.Diff(want, u.Present); d != "" {
		t.Error(d)
	}
	h := u.Containers[cluster.ContainerID{Workload: web, Container: "app"}]
	if h == nil || len(u.Containers) != 1 {
		t.Fatalf("containers %v", u.Containers)
	}
	var pods []string
	for _, p := range h.CPU.Pods {
		pods = append(pods, p.Pod)
	}
	if d := cmp.Diff([]string{"half", "web-a", "web-b"}, pods); d != "" {
		t.Error(d)
	}
	if m, _ := h.CPU.Max(); m != 1 || h.CPU.Samples() != 3 || h.Memory.Samples() != 3 || h.CPU.Step != 15*time.Second {
		t.Errorf("%+v", h.CPU)
	}
	if h.CPU.DaysCovered() != 0 || len(h.CPU.Hours) != 1 || h.CPU.Hours[0].Count != 3 || !h.CPU.Hours[0].Start().Equal(now.Truncate(time.Hour)) || h.Events.Known {
		t.Errorf("days %v, hours %v", h.CPU.Days, h.CPU.Hours)
	}
	if len(u.Warnings) != 1 || !strings.Contains(u.Warnings[0].Error(), "no sample of 4 of 6") {
		t.Errorf("warnings %v", u.Warnings)
	}

	// A window of last year has no evidence in what is used today.
	u, err = source.Usage(t.Context(), s, usage.Window{Start: now.AddDate(-1, 0, -1), End: now.AddDate(-1, 0, 0)}, func(usage.Progress) {})
	if err != nil || len(u.Containers) != 0 || len(u.Present) != 3 {
		t.Errorf("%v %+v", err, u)
	}
	if p, err := source.Present(t.Context()); err != nil || len(p) != 3 {
		t.Errorf("%v %v", err, p)
	}
}

func TestFailures(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		hint    string
	}{
		{"not served", reply(404, metav1.StatusReasonNotFound), "install metrics-server"},
		{"forbidden", reply(403, metav1.StatusReasonForbidden), "grant get,list on pods.metrics.k8s.io in all namespaces"},
		{"registered but down", reply(503, metav1.StatusReasonServiceUnavailable), "apiservice"},
		{"401", reply(401, metav1.StatusReasonUnauthorized), "aws sso login"},
		{"500", reply(500, metav1.StatusReasonInternalError), "kubectl top"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"kind":"PodMetricsList","items":[{`))
		}, "kubectl top"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := New(serve(t, tt.handler), Options{})
			u, err := source.Usage(t.Context(), &cluster.Snapshot{}, usage.Window{Start: now.Add(-time.Hour), End: now}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(u.Warnings) != 1 || !strings.Contains(hint.Of(u.Warnings[0]), tt.hint) || len(u.Containers)+len(u.Present) != 0 {
				t.Errorf("warnings %v, hint %q", u.Warnings, hint.Of(u.Warnings[0]))
			}
			if _, err := source.Present(t.Context()); err == nil {
				t.Error("no error from Present")
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := New(serve(t, reply(500, "")), Options{}).Usage(ctx, &cluster.Snapshot{}, usage.Window{}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a connection that cannot be made", func(t *testing.T) {
		u, err := New(&rest.Config{Host: "http://[::1"}, Options{}).Usage(t.Context(), &cluster.Snapshot{}, usage.Window{}, nil)
		if err != nil || len(u.Warnings) != 1 || hint.Of(u.Warnings[0]) == "" {
			t.Errorf("%v %v", err, u)
		}
	})
}
