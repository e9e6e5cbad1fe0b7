package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

// kubeconfigWith writes the cluster's kubeconfig with another token or server.
func kubeconfigWith(t *testing.T, token, server string) string {
	t.Helper()
	cfg, err := clientcmd.LoadFromFile(shop.cluster.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range cfg.AuthInfos {
		if token != "" {
			u.Token = token
		}
	}
	for _, c := range cfg.Clusters {
		if server != "" {
			c.Server = server
		}
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*cfg, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// serverOf is the API server's address.
func serverOf(t *testing.T) string {
	t.Helper()
	cfg, err := clientcmd.LoadFromFile(shop.cluster.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Clusters[cfg.Contexts[cfg.CurrentContext].Cluster].Server
}

// What cannot be reached, or does not let the user in, is a failure that says
// what to do about it, soon.
func TestBadClusters(t *testing.T) {
	malformed := filepath.Join(t.TempDir(), "malformed")
	if err := os.WriteFile(malformed, []byte("clusters: [this is\n  no: kubeconfig"), 0o600); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<!DOCTYPE html><title>It works!</title>")
	}))
	defer web.Close()
	for _, tc := range []struct {
		name, kubeconfig string
		args             []string
		// said are words that the message or the hint must have.
		said []string
	}{
		{"no-kubeconfig", filepath.Join(t.TempDir(), "none"), nil, []string{"kubeconfig"}},
		{"malformed-kubeconfig", malformed, nil, []string{"kubeconfig"}},
		{"no-such-context", shop.cluster.Kubeconfig(), []string{"--context", "nowhere"}, []string{"nowhere"}},
		{"wrong-token", kubeconfigWith(t, "wrong", ""), nil, []string{"token"}},
		{"server-not-there", kubeconfigWith(t, "", "https://"+closedPort(t)), nil, []string{"refused", "context"}},
		{"no-kubernetes", kubeconfigWith(t, "", web.URL), nil, []string{"Kubernetes"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := shop.run(t, tc.kubeconfig, shop.inHistory(append([]string{"cost", "-o", "json"}, tc.args...))...)
			if o.code != 1 {
				t.Errorf("exit code %d", o.code)
			}
			if o.stdout != "" {
				t.Errorf("there is output:\n%.500s", o.stdout)
			}
			lines := strings.Split(strings.TrimSpace(o.stderr), "\n")
			if !strings.HasPrefix(lines[0], "trimtab: ") || !strings.HasPrefix(lines[len(lines)-1], "  → ") || len(lines) > 4 {
				t.Errorf("this is no message with a hint:\n%s", o.stderr)
			}
			for _, word := range tc.said {
				if !strings.Contains(o.stderr, word) {
					t.Errorf("nothing is said of %q:\n%s", word, o.stderr)
				}
			}
			if o.took > 20*time.Second {
				t.Errorf("it took %.0f s", o.took.Seconds())
			}
			t.Log("\n" + o.stderr)
		})
	}
}

// A Prometheus that does not answer as one narrows the answer: what the API server
// and metrics-server know is there, and a warning says what is missing.
func TestBadPrometheus(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<!DOCTYPE html><title>It works!</title>")
	}))
	defer page.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no healthy upstream", http.StatusInternalServerError)
	}))
	defer broken.Close()
	closing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	}))
	defer closing.Close()
	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "who are you?", http.StatusUnauthorized)
	}))
	defer guarded.Close()
	for _, tc := range []struct {
		name, url string
		code      int
		said      []string
	}{
		{"closed-port", "http://" + closedPort(t), 0, []string{"refused", "--prometheus-url"}},
		{"some-page", page.URL, 0, []string{"--prometheus-url"}},
		{"answers-500", broken.URL, 0, []string{"500", "no healthy upstream"}},
		{"closes-connection", closing.URL, 0, []string{"--prometheus-url"}},
		{"unauthorized", guarded.URL, 0, []string{"401", "--prometheus-bearer-token-file"}},
		{"no-address", "monitoring:9090", 0, []string{"http://"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := shop.run(t, shop.cluster.Kubeconfig(), shop.inHistory([]string{"rightsize", "-o", "json", "--prometheus-url", tc.url})...)
			if o.code != tc.code {
				t.Fatalf("exit code %d\n%s", o.code, o.stderr)
			}
			r := parseRightsize(t, o.stdout)
			if !slices.ContainsFunc(r.Warnings, func(w warning) bool {
				for _, word := range tc.said {
					if !strings.Contains(w.Message+" "+w.Hint, word) {
						return false
					}
				}
				return w.Hint != ""
			}) {
				t.Errorf("no warning says %q:\n%s", tc.said, show(r.Warnings))
			}
			known := 0
			for i := range r.Recommendations {
				if rec := &r.Recommendations[i]; rec.Usage.Present != nil {
					known++
				} else if rec.Status == "proposed" {
					t.Errorf("%s is proposed without usage", rec.id())
				}
			}
			if known < 55 {
				t.Errorf("present usage of only %d containers is known", known)
			}
			if o.took > 60*time.Second {
				t.Errorf("it took %.0f s", o.took.Seconds())
			}
			t.Log("\n" + show(r.Warnings))
		})
	}
}
