// Package cluster runs a real Kubernetes control plane on this machine, with
// simulated nodes, a Prometheus that holds weeks of history, and metrics-server. What
// is in it is told by a scenario; see README.md.
package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Options says what to start.
type Options struct {
	// Scenario names a compiled-in scenario or a .yaml file. Generate, if its pods
	// are not 0, makes one instead.
	Scenario string
	Generate Generate
	// Dir is the cluster's folder; empty takes "default" in the cache folder.
	Dir string
	// Cache is the folder of built programs; empty takes CacheDir.
	Cache string
	// Length and Scrape, if not 0, replace the scenario's history length and
	// scrape interval; kube-state-metrics is then scraped half as often.
	Length, Scrape time.Duration
	// Audit writes the API server's audit log.
	Audit bool
	// HistoryOnly starts Prometheus and nothing else.
	HistoryOnly bool
	// Log receives one line per step; nil discards them.
	Log io.Writer
}

// Cluster is a running testbed.
type Cluster struct {
	state    state
	scenario *Scenario
	log      io.Writer
	// ends is how the history left the live pods, by UID.
	ends map[string]podEnd
}

// state is what another process needs to find and stop a cluster.
type state struct {
	Scenario string `json:"scenario"`
	Dir      string `json:"dir"`
	// Cache is the folder that the programs are in.
	Cache         string `json:"cache"`
	Etcd          string `json:"etcd,omitempty"`
	APIServer     string `json:"apiServer,omitempty"`
	Kubeconfig    string `json:"kubeconfig,omitempty"`
	PrometheusURL string `json:"prometheusURL,omitempty"`
	// PrometheusPort is chosen first, for others must be told.
	PrometheusPort int        `json:"prometheusPort"`
	AuditLog       string     `json:"auditLog,omitempty"`
	Kubectl        string     `json:"kubectl,omitempty"`
	End            time.Time  `json:"end"`
	Network        *Network   `json:"network,omitempty"`
	Processes      []*Process `json:"processes"`
	// Ready is set once everything is up.
	Ready bool `json:"ready"`
}

const stateFile = "state.json"

// DefaultDir is the folder of the cluster that commands without a folder mean.
func DefaultDir() (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "clusters", "default"), nil
}

// Start builds what is missing, starts a cluster and returns once it is ready:
// pods run, the history is served and metrics-server answers. It fails, and
// leaves nothing running, where a program cannot be built or does not come up; the
// logs stay in the folder. It fails where a cluster already runs in the folder.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	s, err := o.scenario()
	if err != nil {
		return nil, err
	}
	if o.Cache == "" {
		if o.Cache, err = CacheDir(); err != nil {
			return nil, err
		}
	}
	if o.Dir == "" {
		o.Dir = filepath.Join(o.Cache, "clusters", "default")
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if old, err := Open(o.Dir); err == nil && old.running() {
		return nil, fmt.Errorf("a cluster runs in %s: stop it first", o.Dir)
	} else if err == nil {
		// What was left by one that was not stopped in order.
		if err := old.Stop(); err != nil {
			return nil, err
		}
	}
	if err := clearDir(o.Dir); err != nil {
		return nil, err
	}
	c := &Cluster{state: state{Scenario: s.Name, Dir: o.Dir, Cache: o.Cache}, scenario: s, log: o.Log}
	if err := c.start(ctx, o); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, o Options) error {
	b := &Builder{Cache: o.Cache, Log: o.Log}
	wanted := []Program{Prometheus}
	if !o.HistoryOnly {
		wanted = nil
	}
	if err := b.Build(ctx, wanted...); err != nil {
		return err
	}
	if err := writeScenario(filepath.Join(c.state.Dir, scenarioFile), c.scenario); err != nil {
		return err
	}
	ports, err := freePorts(1)
	if err != nil {
		return err
	}
	c.state.PrometheusPort = ports[0]
	var plan *Plan
	if o.HistoryOnly {
		plan, err = imagine(c.scenario, time.Now())
	} else {
		plan, err = c.startControlPlane(ctx, b, o)
	}
	if err != nil {
		return err
	}
	if err := c.writeHistory(ctx, plan); err != nil {
		return err
	}
	if err := c.startPrometheus(ctx, b); err != nil {
		return err
	}
	if !o.HistoryOnly {
		if err := c.settle(ctx); err != nil {
			return err
		}
	}
	c.state.Ready = true
	return c.save()
}

// Refresh writes the history anew so that it ends now, for the pods that are
// there, and brings what the API shows in line with it. Prometheus restarts at
// the same address. It fails where the cluster does not run.
func (c *Cluster) Refresh(ctx context.Context, log io.Writer) error {
	c.log = log
	plan, err := c.presentPlan(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.state.Processes, func(p *Process) bool { return p.Name == string(Prometheus) })
	if i < 0 {
		return errors.New("refreshing: the cluster does not run")
	}
	if err := c.state.Processes[i].stop(); err != nil {
		return err
	}
	c.state.Processes = slices.Delete(c.state.Processes, i, i+1)
	if err := os.RemoveAll(filepath.Join(c.state.Dir, tsdbDir)); err != nil {
		return fmt.Errorf("removing the old history: %w", err)
	}
	if err := c.writeHistory(ctx, plan); err != nil {
		return err
	}
	if err := c.startPrometheus(ctx, &Builder{Cache: c.state.Cache}); err != nil {
		return err
	}
	if c.state.APIServer == "" {
		return nil
	}
	return c.settle(ctx)
}

// presentPlan lays out the history that leads to what is there now.
func (c *Cluster) presentPlan(ctx context.Context) (*Plan, error) {
	if c.state.APIServer == "" {
		return imagine(c.scenario, time.Now())
	}
	k, err := c.clients()
	if err != nil {
		return nil, err
	}
	pods, err := c.awaitPods(ctx, k)
	if err != nil {
		return nil, err
	}
	return c.planOf(pods)
}

func (o Options) scenario() (*Scenario, error) {
	var s *Scenario
	var err error
	if o.Generate.Pods > 0 {
		s, err = o.Generate.Scenario()
	} else {
		s, err = LoadScenario(o.Scenario)
	}
	if err != nil {
		return nil, err
	}
	if o.Length > 0 {
		s.History.Length = Duration(o.Length)
	}
	if o.Scrape > 0 {
		s.History.Scrape, s.History.StateScrape = Duration(o.Scrape), Duration(2*o.Scrape)
	}
	return s, s.Check()
}

// Open finds the cluster of a folder. It fails where there is none.
func Open(dir string) (*Cluster, error) {
	if dir == "" {
		var err error
		if dir, err = DefaultDir(); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return nil, fmt.Errorf("finding a cluster: %w", err)
	}
	var c Cluster
	if err := json.Unmarshal(text, &c.state); err != nil {
		return nil, fmt.Errorf("reading the state of the cluster in %s: %w", dir, err)
	}
	if c.scenario, err = readScenario(filepath.Join(dir, scenarioFile)); err != nil {
		return nil, err
	}
	return &c, nil
}

// Stop ends the programs, the last started first, and takes the network down. The
// folder stays. Stopping a stopped cluster does nothing.
func (c *Cluster) Stop() error {
	var errs []error
	for _, p := range slices.Backward(c.state.Processes) {
		errs = append(errs, p.stop())
	}
	c.state.Processes = nil
	if c.state.Network != nil {
		errs = append(errs, c.state.Network.remove())
		c.state.Network = nil
	}
	c.state.Ready = false
	errs = append(errs, c.save())
	return errors.Join(errs...)
}

// running reports whether any program of the cluster is alive.
func (c *Cluster) running() bool {
	return slices.ContainsFunc(c.state.Processes, (*Process).alive)
}

// run starts a program and notes it, so that it can be stopped.
func (c *Cluster) run(name, path string, args ...string) (*Process, error) {
	p, err := startProcess(c.state.Dir, name, path, args...)
	if err != nil {
		return nil, err
	}
	c.state.Processes = append(c.state.Processes, p)
	return p, c.save()
}

func (c *Cluster) save() error {
	text, err := json.MarshalIndent(c.state, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(c.state.Dir, stateFile)
	if err := os.WriteFile(path+".tmp", text, 0o644); err != nil {
		return fmt.Errorf("writing the cluster's state: %w", err)
	}
	return os.Rename(path+".tmp", path)
}

func (c *Cluster) logf(format string, args ...any) {
	if c.log != nil {
		fmt.Fprintf(c.log, format+"\n", args...)
	}
}

// Dir is the cluster's folder: logs, certificates, kubeconfigs, TSDB.
func (c *Cluster) Dir() string { return c.state.Dir }

// Kubeconfig is the path of a kubeconfig that may do everything; empty if only the
// history was started.
func (c *Cluster) Kubeconfig() string { return c.state.Kubeconfig }

// PrometheusURL is the base address of Prometheus as this machine reaches it.
func (c *Cluster) PrometheusURL() string { return c.state.PrometheusURL }

// AuditLog is the path of the API server's audit log, one JSON event a line; empty
// if none was asked for. Requests of the testbed's own programs are not in it.
func (c *Cluster) AuditLog() string { return c.state.AuditLog }

// End is the instant at which the history ends, a full minute.
func (c *Cluster) End() time.Time { return c.state.End }

// KubectlPath is the path of the kubectl that belongs to the cluster.
func (c *Cluster) KubectlPath() string { return c.state.Kubectl }

// Scenario returns the scenario that the cluster was made from.
func (c *Cluster) Scenario() *Scenario { return c.scenario }

// ServiceProxy reports whether Prometheus can be reached through the API
// server's service proxy too.
func (c *Cluster) ServiceProxy() bool { return c.state.Network != nil }

// History returns the truth about the cluster's usage. It fails where the
// cluster's folder does not hold a plan.
func (c *Cluster) History() (*History, error) {
	text, err := os.ReadFile(filepath.Join(c.state.Dir, planFile))
	if err != nil {
		return nil, fmt.Errorf("reading the history's plan: %w", err)
	}
	var plan Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return nil, fmt.Errorf("reading the history's plan: %w", err)
	}
	return NewHistory(c.scenario, &plan)
}

// Status is what is known of each program.
func (c *Cluster) Status() map[string]bool {
	out := make(map[string]bool)
	for _, p := range c.state.Processes {
		out[p.Name] = p.alive()
	}
	return out
}

// clearDir empties the folder of an earlier cluster, and refuses one that holds
// anything else.
func clearDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("reading the cluster's folder: %w", err)
	}
	if len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(dir, stateFile)); err != nil {
			return fmt.Errorf("%s is not empty and holds no cluster: choose another folder", dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("clearing the cluster's folder: %w", err)
		}
	}
	return os.MkdirAll(dir, 0o755)
}
