package cluster

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestStart starts a real cluster. It takes a minute, and where programs are not
// built yet many: so it runs only if TRIMTAB_TESTBED is set.
func TestStart(t *testing.T) {
	if os.Getenv("TRIMTAB_TESTBED") == "" {
		t.Skip("starts a real cluster: set TRIMTAB_TESTBED=1")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Minute)
	defer cancel()
	c, err := Start(ctx, Options{Scenario: "tiny", Dir: t.TempDir() + "/cluster", Audit: true, Log: logWriter{t}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
		if c.running() {
			t.Error("a program still runs after Stop")
		}
	})
	kubectl := func(kubeconfig string, args ...string) (string, error) {
		out, err := exec.CommandContext(ctx, c.KubectlPath(), append([]string{"--kubeconfig", kubeconfig}, args...)...).CombinedOutput()
		return string(out), err
	}
	t.Run("pods", func(t *testing.T) {
		out, err := kubectl(c.Kubeconfig(), "get", "pods", "-n", "shop", "--no-headers")
		if err != nil || strings.Count(out, "Running") != 5 || strings.Count(out, "Completed") != 3 {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("top", func(t *testing.T) {
		for _, args := range [][]string{{"top", "nodes"}, {"top", "pods", "-A"}} {
			if out, err := kubectl(c.Kubeconfig(), args...); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		}
	})
	t.Run("truth", func(t *testing.T) { checkTruth(ctx, t, c) })
	t.Run("restricted", func(t *testing.T) {
		path, err := c.Restricted(ctx, "shop", Restrict{})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := kubectl(path, "get", "pods", "-n", "shop"); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		for _, args := range [][]string{{"get", "nodes"}, {"get", "pods", "-n", "default"}, {"top", "pods", "-n", "shop"}} {
			if out, err := kubectl(path, args...); err == nil || !strings.Contains(out, "forbidden") {
				t.Errorf("%v is allowed:\n%s", args, out)
			}
		}
	})
	t.Run("audit", func(t *testing.T) {
		text, err := os.ReadFile(c.AuditLog())
		if err != nil || !strings.Contains(string(text), `"verb":"list"`) || !strings.Contains(string(text), `"userAgent":"kubectl`) {
			t.Errorf("%v, %d bytes of audit log", err, len(text))
		}
	})
	t.Run("open and refresh", func(t *testing.T) {
		again, err := Open(c.Dir())
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Refresh(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if again.End().Before(c.End()) || again.PrometheusURL() != c.PrometheusURL() {
			t.Errorf("ends at %s after %s, at %s", again.End(), c.End(), again.PrometheusURL())
		}
		checkTruth(ctx, t, again)
		c = again
	})
}

// checkTruth compares what Prometheus answers with the truth.
func checkTruth(ctx context.Context, t *testing.T, c *Cluster) {
	t.Helper()
	h, err := c.History()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	err = h.Truth(func(rec PodRecord) bool { return rec.Live }, func(rec PodRecord, all []SeriesTruth) error {
		for _, s := range all {
			if s.Metric() != "container_memory_working_set_bytes" || s.Labels.Get("container") == "" {
				continue
			}
			var highest float64
			for _, v := range s.Samples {
				highest = max(highest, v.V)
			}
			got, err := c.Query(ctx, "max_over_time("+s.Labels.String()+"[2d])", c.End())
			if err != nil {
				return err
			}
			if got != highest {
				t.Errorf("%s: prometheus says %v, truth %v", s.Labels, got, highest)
			}
			checked++
		}
		return nil
	})
	if err != nil || checked == 0 {
		t.Errorf("%v, %d series compared", err, checked)
	}
}

type logWriter struct{ t *testing.T }

func (w logWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}
