package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// api is an API server that serves lists from memory in pages, as JSON, and
// fails where it is told to.
type api struct {
	t     *testing.T
	lists map[string][]any // by path: "/api/v1/pods"
	only  map[string]any   // single objects by path
	// fail answers instead, where it returns true; n counts the requests for
	// the path from 1.
	fail func(w http.ResponseWriter, r *http.Request, n int) bool

	mu       sync.Mutex
	requests []*http.Request
	counts   map[string]int
}

func newAPI(t *testing.T) *api {
	return &api{t: t, lists: map[string][]any{}, only: map[string]any{}, counts: map[string]int{}}
}

// builtin are the paths of the kinds that every cluster serves.
var builtin = map[string]string{
	"/api/v1/pods": "v1 PodList", "/api/v1/nodes": "v1 NodeList", "/api/v1/namespaces": "v1 NamespaceList",
	"/api/v1/limitranges": "", "/api/v1/resourcequotas": "", "/apis/apps/v1/replicasets": "",
	"/apis/apps/v1/deployments": "apps/v1 DeploymentList", "/apis/apps/v1/statefulsets": "apps/v1 StatefulSetList",
	"/apis/apps/v1/daemonsets": "apps/v1 DaemonSetList", "/apis/batch/v1/jobs": "batch/v1 JobList",
	"/apis/batch/v1/cronjobs":                       "batch/v1 CronJobList",
	"/apis/autoscaling/v2/horizontalpodautoscalers": "autoscaling/v2 HorizontalPodAutoscalerList",
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.requests = append(a.requests, r.Clone(context.Background()))
	a.counts[r.URL.Path]++
	n := a.counts[r.URL.Path]
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if a.fail != nil && a.fail(w, r, n) {
		return
	}
	switch r.URL.Path {
	case "/version":
		fmt.Fprint(w, `{"gitVersion":"v1.35.4-eks-0000"}`)
		return
	case "/apis":
		groups := metav1.APIGroupList{}
		seen := map[string]bool{}
		for p := range a.lists {
			if part := strings.Split(p, "/"); part[1] == "apis" && !seen[part[2]] {
				seen[part[2]] = true
				groups.Groups = append(groups.Groups, metav1.APIGroup{Name: part[2], Versions: []metav1.GroupVersionForDiscovery{{Version: part[3]}}})
			}
		}
		_ = json.NewEncoder(w).Encode(groups)
		return
	}
	if o, ok := a.only[r.URL.Path]; ok {
		_ = json.NewEncoder(w).Encode(o)
		return
	}
	// A namespace's list is the whole list here: tests that narrow say so.
	path := r.URL.Path
	if part := strings.Split(path, "/"); len(part) > 4 && part[len(part)-3] == "namespaces" {
		path = strings.Join(append(part[:len(part)-3:len(part)-3], part[len(part)-1]), "/")
	}
	kind, known := builtin[path]
	items, listed := a.lists[path]
	if !known && !listed {
		status(w, http.StatusNotFound, metav1.StatusReasonNotFound, "")
		return
	}
	a.page(w, r, kind, items)
}

func (a *api) page(w http.ResponseWriter, r *http.Request, kind string, items []any) {
	apiVersion, kind, _ := strings.Cut(kind, " ")
	metadata := strings.Contains(r.Header.Get("Accept"), "PartialObjectMetadataList")
	if metadata {
		apiVersion, kind = "meta.k8s.io/v1", "PartialObjectMetadataList"
	}
	start, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	end := min(start+limit, len(items))
	m := map[string]any{}
	if end < len(items) {
		m["continue"], m["remainingItemCount"] = strconv.Itoa(end), len(items)-end
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": m, "items": items[start:end]})
}

func status(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Reason: reason, Message: message,
	})
}

// asked is how often a path was asked for.
func (a *api) asked(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts[path]
}

// read reads the server with options that make failures quick.
func (a *api) read(opts Options) (*cluster.Snapshot, error) {
	server := httptest.NewServer(a)
	a.t.Cleanup(server.Close)
	return Read(a.t.Context(), &rest.Config{Host: server.URL}, quick(opts))
}

func quick(opts Options) Options {
	opts.UserAgent = "trimtab/test"
	opts.TakenAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	opts.retryPause = time.Millisecond
	return opts
}

// gap finds a gap by resource.
func gap(s *cluster.Snapshot, resource string) *cluster.Gap {
	for i := range s.Missing {
		if s.Missing[i].Resource == resource {
			return &s.Missing[i]
		}
	}
	return nil
}
