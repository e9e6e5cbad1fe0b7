package prom

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
)

// stub speaks the query API over one container, web-1/app: CPU of half a
// core, memory of 100 MB, scraped every 30 s.
type stub struct {
	// before may answer a request itself; it returns true when it has.
	before   func(w http.ResponseWriter, r *http.Request) bool
	requests atomic.Int64
	methods  atomic.Value
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	if r.Method != http.MethodGet {
		s.methods.Store(r.Method)
	}
	if s.before != nil && s.before(w, r) {
		return
	}
	q := r.URL.Query().Get("query")
	switch {
	case strings.HasSuffix(r.URL.Path, "/series"):
		_, _ = io.WriteString(w, `{"status":"success","data":[{"__name__":"kube_pod_owner","namespace":"shop","pod":"web-0","owner_kind":"ReplicaSet","owner_name":"web-abc"}]}`)
	case strings.HasPrefix(q, "quantile("):
		_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"20"]}]}}`)
	case strings.HasPrefix(q, "count by (namespace)"):
		_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"namespace":"shop"},"value":[1,"1"]}]}}`)
	case strings.Contains(q, "max by"):
		v := "500000" // millionths of a core
		if strings.Contains(q, "memory") {
			v = "1e8"
		}
		s.matrix(w, r, v)
	default:
		_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
	}
}

func (s *stub) matrix(w http.ResponseWriter, r *http.Request, v string) {
	num := func(k string) float64 { f, _ := strconv.ParseFloat(r.URL.Query().Get(k), 64); return f }
	var b strings.Builder
	b.WriteString(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"namespace":"shop","pod":"web-1","container":"app"},"values":[`)
	for t, sep := num("start"), ""; t <= num("end"); t, sep = t+num("step"), "," {
		fmt.Fprintf(&b, `%s[%s,"%s"]`, sep, strconv.FormatFloat(t, 'f', -1, 64), v)
	}
	b.WriteString(`]}]}}`)
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = io.WriteString(z, b.String())
	_ = z.Close()
}

func snapshot() *cluster.Snapshot {
	s := &cluster.Snapshot{
		Workloads: []cluster.Workload{{ID: web.Workload, Known: true, Replicas: 1, Containers: []cluster.Container{{Name: "app"}}}},
		Pods:      []cluster.Pod{{Namespace: "shop", Name: "web-1", Workload: web.Workload}},
	}
	s.Sort()
	return s
}

func source(t *testing.T, h http.Handler) *Source {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	s, err := New(Config{URL: srv.URL, HTTP: srv.Client(), Name: "prometheus test"})
	if err != nil {
		t.Fatal(err)
	}
	s.client.pause = time.Millisecond
	return s
}

var twoDays = usage.Window{Start: day0, End: day0.Add(48 * time.Hour)}

func survey(t *testing.T, s *Source) (*usage.Usage, error) {
	t.Helper()
	return s.Usage(t.Context(), snapshot(), twoDays, func(usage.Progress) {})
}

func checkComplete(t *testing.T, u *usage.Usage) {
	t.Helper()
	h := u.Containers[web]
	if h == nil {
		t.Fatalf("nothing was measured; warnings: %v", u.Warnings)
	}
	if got := h.CPU.Samples(); got != 2*96 {
		t.Errorf("%d samples, want 192", got)
	}
	if got, _ := h.Memory.Max(); got != 1e8 {
		t.Errorf("memory maximum %v", got)
	}
}

func TestSurvey(t *testing.T) {
	h := &stub{}
	u, err := survey(t, source(t, h))
	if err != nil {
		t.Fatal(err)
	}
	checkComplete(t, u)
	if m := h.methods.Load(); m != nil {
		t.Errorf("a %s was sent; through the service proxy that is a write", m)
	}
	if u.ScrapeInterval != 30*time.Second {
		t.Errorf("scrape interval %s, want 30s", u.ScrapeInterval)
	}
	if u.Scan.WireBytes == 0 || u.Scan.Queries != int(h.requests.Load()) {
		t.Errorf("scan %+v, %d requests", u.Scan, h.requests.Load())
	}
	// Two days are two queries each of CPU and memory, whatever the number of
	// workloads; beside them the interval, the namespaces, owners and events.
	if u.Scan.Queries > 10 {
		t.Errorf("%d queries for two days", u.Scan.Queries)
	}
}

func TestSurveyOfServersThatRefuse(t *testing.T) {
	for _, tc := range []struct {
		name string
		code int
		body string
		hint string
	}{
		{"401", 401, "Unauthorized", "--prometheus-bearer-token-file"},
		{"403 from the API server", 403, `{"kind":"Status","status":"Failure","message":"services \"prom\" is forbidden"}`, "services/proxy"},
		{"404", 404, "404 page not found", "--prometheus-url"},
		{"a page to sign in", 200, "<html>", "--prometheus-url"},
		{"500 all the time", 500, "boom", "try again"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := &stub{before: func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(tc.code)
				_, _ = io.WriteString(w, tc.body)
				return true
			}}
			_, err := survey(t, source(t, h))
			if strings.Contains(tc.body, "forbidden") && !strings.Contains(fmt.Sprint(err), `services "prom" is forbidden`) {
				t.Errorf("%v hides what the API server said", err)
			}
			if err == nil || !strings.Contains(hint.Of(err), tc.hint) {
				t.Fatalf("error %v with hint %q, want a hint that names %q", err, hint.Of(err), tc.hint)
			}
			if tc.code < 500 && h.requests.Load() != 1 {
				t.Errorf("%d requests: a refusal must not be repeated", h.requests.Load())
			}
		})
	}
}

// failOnce answers the first survey query with a failure.
func failOnce(fail func(w http.ResponseWriter)) func(http.ResponseWriter, *http.Request) bool {
	var failed atomic.Bool
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Query().Get("query"), "max by") || !failed.CompareAndSwap(false, true) {
			return false
		}
		fail(w)
		return true
	}
}

func TestSurveyRecovers(t *testing.T) {
	for name, fail := range map[string]func(http.ResponseWriter){
		"429 with Retry-After": func(w http.ResponseWriter) { w.Header().Set("Retry-After", "1"); w.WriteHeader(429) },
		"500":                  func(w http.ResponseWriter) { w.WriteHeader(500) },
		"422 is asked for in halves": func(w http.ResponseWriter) {
			w.WriteHeader(422)
			_, _ = io.WriteString(w, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}`)
		},
		"503 is asked for in halves": func(w http.ResponseWriter) { w.WriteHeader(503) },
		"an answer cut short is asked for again": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"namespace":"shop","pod":"web-1","container":"app"},"values":[[1763600000,"9"],`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := survey(t, source(t, &stub{before: failOnce(fail)}))
			if err != nil {
				t.Fatal(err)
			}
			if len(u.Warnings) > 1 { // one: the stub has no owner series of the living
				t.Errorf("warnings: %v", u.Warnings)
			}
			checkComplete(t, u)
			if got, _ := u.Containers[web].CPU.Max(); got != 0.5 {
				t.Errorf("the broken answer left a sample of %v behind", got)
			}
		})
	}
}

func TestSurveyKeepsWhatArrived(t *testing.T) {
	h := &stub{before: func(w http.ResponseWriter, r *http.Request) bool {
		bad := strings.Contains(r.URL.Query().Get("query"), "memory_working_set_bytes{") && strings.Contains(r.URL.Query().Get("query"), "max by")
		if bad {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"status":"error","errorType":"bad_data","error":"unknown function"}`)
		}
		return bad
	}}
	u, err := survey(t, source(t, h))
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Containers[web].CPU.Samples(); got != 192 {
		t.Errorf("%d CPU samples, want 192", got)
	}
	if len(u.Warnings) == 0 || !strings.Contains(u.Warnings[len(u.Warnings)-1].Error(), "unknown function (2 of 4 queries)") {
		t.Errorf("warnings %v must name the failure and how often", u.Warnings)
	}
}

func TestSurveyOfAnEmptyServer(t *testing.T) {
	h := &stub{before: func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
		return true
	}}
	u, err := survey(t, source(t, h))
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Containers) != 0 || !strings.Contains(fmt.Sprint(u.Warnings), "has no container_memory_working_set_bytes") {
		t.Errorf("containers %v, warnings %v", u.Containers, u.Warnings)
	}
}

func TestSurveyStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := &stub{before: func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Query().Get("query"), "max by") {
			cancel()
			<-r.Context().Done()
			return true
		}
		return false
	}}
	if _, err := source(t, h).Usage(ctx, snapshot(), twoDays, func(usage.Progress) {}); err == nil {
		t.Error("no error")
	}
}

func TestNewRefusesAddresses(t *testing.T) {
	for _, in := range []string{"", "prometheus:9090", "ftp://x", "http://", "://", "user:secret@host"} {
		_, err := New(Config{URL: in})
		if err == nil || hint.Of(err) == "" {
			t.Errorf("%q: error %v, hint %q", in, err, hint.Of(err))
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the message shows the password: %v", in, err)
		}
	}
}

func TestDiscover(t *testing.T) {
	svc := func(ns, name string, ports []Port, labels ...string) Service {
		m := map[string]string{}
		for i := 0; i < len(labels); i += 2 {
			m[labels[i]] = labels[i+1]
		}
		return Service{Namespace: ns, Name: name, Labels: m, Ports: ports}
	}
	web := []Port{{"reloader-web", 8080}, {"http-web", 9090}}
	for _, tc := range []struct {
		name     string
		services []Service
		want     string
		port     int32
	}{
		{"none", []Service{svc("a", "web", web, "app", "web")}, "", 0},
		{"the port by its name, not the first", []Service{svc("mon", "p", web, "app", "kube-prometheus-stack-prometheus")}, "prometheus mon/p", 9090},
		{"what aggregates comes first", []Service{
			svc("mon", "p", web, "app", "kube-prometheus-stack-prometheus"),
			svc("mon", "t", []Port{{"grpc", 10901}, {"http", 10902}}, "app.kubernetes.io/name", "thanos-query"),
		}, "thanos mon/t", 10902},
		{"the first by name of two", []Service{
			svc("z", "p", web, "app", "prometheus-server"), svc("b", "p", web, "app", "prometheus-server"),
		}, "prometheus b/p", 9090},
		{"no port at all", []Service{svc("mon", "p", nil, "app", "prometheus-server")}, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, ok := Discover(tc.services)
			if ok != (tc.want != "") || ok && (f.Name() != tc.want || f.Port.Number != tc.port) {
				t.Errorf("got %q port %d (%v), want %q port %d", f.Name(), f.Port.Number, ok, tc.want, tc.port)
			}
		})
	}
}

// A server that goes away in the middle must not be waited for once per
// question.
func TestSurveyGivesUpOnAServerThatIsGone(t *testing.T) {
	var asked atomic.Int64
	for name, fail := range map[string]func(w http.ResponseWriter){
		"connection cut":            func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"gateway without a backend": func(w http.ResponseWriter) { w.WriteHeader(503) },
	} {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			h := &stub{before: func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Query().Get("query"), "max by") && !strings.HasPrefix(r.URL.Query().Get("query"), "round(") {
					return false
				}
				asked.Add(1)
				fail(w)
				return true
			}}
			w := usage.Window{Start: day0.Add(-60 * 24 * time.Hour), End: day0}
			_, err := source(t, h).Usage(t.Context(), snapshot(), w, func(usage.Progress) {})
			if err == nil {
				t.Fatal("no error")
			}
			// 120 questions, each four times or in parts, would be hundreds.
			if n := asked.Load(); n > 60 {
				t.Errorf("%d requests to a server that is gone", n)
			}
		})
	}
}

// A gateway's 503 may mean nothing at all: one must not cost the whole source.
func TestOneGatewayErrorIsAskedAgain(t *testing.T) {
	var failed atomic.Bool
	h := &stub{before: func(w http.ResponseWriter, _ *http.Request) bool {
		if !failed.CompareAndSwap(false, true) {
			return false
		}
		w.WriteHeader(503)
		return true
	}}
	u, err := survey(t, source(t, h))
	if err != nil {
		t.Fatal(err)
	}
	checkComplete(t, u)
}
