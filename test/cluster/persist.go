package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"
)

// The files of a cluster's folder that the truth is made from.
const (
	scenarioFile = "scenario.yaml"
	planFile     = "plan.json"
	tsdbDir      = "prometheus"
)

// MarshalYAML writes a duration so that it can be read back.
func (d Duration) MarshalYAML() (any, error) { return time.Duration(d).String(), nil }

// MarshalYAML writes a quantity so that it can be read back.
func (q Quantity) MarshalYAML() (any, error) { return q.String(), nil }

func writeScenario(path string, s *Scenario) error {
	text, err := yaml.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing the scenario: %w", err)
	}
	return os.WriteFile(path, text, 0o644)
}

func readScenario(path string) (*Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's scenario: %w", err)
	}
	return ParseScenario(text)
}

// writeHistory writes plan and blocks to the cluster's folder.
func (c *Cluster) writeHistory(ctx context.Context, plan *Plan) error {
	text, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.state.Dir, planFile), text, 0o644); err != nil {
		return fmt.Errorf("writing the history's plan: %w", err)
	}
	h, err := NewHistory(c.scenario, plan)
	if err != nil {
		return err
	}
	c.logf("writing %s of history for %d pods", time.Duration(c.scenario.History.Length), len(plan.Pods))
	begin := time.Now()
	tenth := 0
	err = h.Write(ctx, filepath.Join(c.state.Dir, tsdbDir), func(share float64) {
		if n := int(share * 10); n > tenth && n < 10 {
			tenth = n
			c.logf("  %d %% after %s", n*10, time.Since(begin).Round(time.Second))
		}
	})
	if err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	c.state.End, c.ends = plan.End, h.last
	c.logf("wrote the history in %s, it ends at %s", time.Since(begin).Round(100*time.Millisecond), plan.End.Format(time.RFC3339))
	return c.save()
}
