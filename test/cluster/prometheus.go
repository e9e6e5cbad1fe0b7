package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// startPrometheus serves the history. It listens on the loopback address and,
// where the cluster has a network, on that one's.
func (c *Cluster) startPrometheus(ctx context.Context, b *Builder) error {
	config := filepath.Join(c.state.Dir, "prometheus.yaml")
	if err := os.WriteFile(config, []byte("scrape_configs: []\n"), 0o644); err != nil {
		return err
	}
	path, err := b.Path(Prometheus)
	if err != nil {
		return err
	}
	// With both lengths alike, Prometheus leaves the blocks as they are.
	args := []string{
		"--config.file=" + config, "--storage.tsdb.path=" + filepath.Join(c.state.Dir, tsdbDir),
		"--storage.tsdb.retention.time=10y", "--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h",
		fmt.Sprintf("--web.listen-address=127.0.0.1:%d", c.state.PrometheusPort), "--log.level=warn",
	}
	if c.state.Network != nil {
		args = append(args, fmt.Sprintf("--web.listen-address=%s:%d", c.state.Network.Address, c.state.PrometheusPort))
	}
	proc, err := c.run(string(Prometheus), path, args...)
	if err != nil {
		return err
	}
	c.state.PrometheusURL = fmt.Sprintf("http://127.0.0.1:%d", c.state.PrometheusPort)
	if err := await(ctx, "prometheus", 2*time.Minute, proc, func(ctx context.Context) error {
		return get(ctx, http.DefaultClient, c.state.PrometheusURL+"/-/ready")
	}); err != nil {
		return err
	}
	n, err := c.Query(ctx, "count(container_cpu_usage_seconds_total)", c.state.End.Add(-time.Minute))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("prometheus serves no history; its log is %s", proc.Log)
	}
	c.logf("prometheus at %s, %.0f series of CPU at the end", c.state.PrometheusURL, n)
	return nil
}

// Query evaluates a PromQL expression at an instant and returns the value of its
// first result; no result is 0.
func (c *Cluster) Query(ctx context.Context, expr string, at time.Time) (float64, error) {
	address := c.state.PrometheusURL + "/api/v1/query?" + url.Values{
		"query": {expr}, "time": {at.UTC().Format(time.RFC3339)},
	}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("querying prometheus: %w", err)
	}
	defer resp.Body.Close()
	var answer struct {
		Error string
		Data  struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return 0, fmt.Errorf("querying prometheus: %w", err)
	}
	if answer.Error != "" {
		return 0, fmt.Errorf("querying prometheus: %s", answer.Error)
	}
	if len(answer.Data.Result) == 0 {
		return 0, nil
	}
	text, ok := answer.Data.Result[0].Value[1].(string)
	if !ok {
		return 0, fmt.Errorf("querying prometheus: %s is no vector", strings.TrimSpace(expr))
	}
	return strconv.ParseFloat(text, 64)
}
