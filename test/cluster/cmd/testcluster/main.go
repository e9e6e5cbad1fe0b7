// Command testcluster runs the test clusters of package cluster from a shell.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sort"
	"syscall"
	"time"

	"github.com/trimtab/trimtab/test/cluster"
)

const usage = `testcluster runs a real Kubernetes control plane on this machine.

  testcluster build                  build what is missing from the cache
  testcluster up [flags]             start a cluster, until interrupted or, with --detach, until "down"
  testcluster down [--dir D]         stop it
  testcluster kubeconfig [--dir D]   print the path of its kubeconfig
  testcluster status [--dir D]       print what runs where
  testcluster refresh [--dir D]      write its history anew, so that it ends now
  testcluster restrict [flags]       print the path of a kubeconfig that may read one namespace
  testcluster truth [flags]          print the samples that its history holds

"testcluster COMMAND -h" lists the flags of a command.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{
		"build": build, "up": up, "down": down, "kubeconfig": kubeconfig, "status": status, "refresh": refresh,
		"restrict": restrict, "truth": truth,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(stderr, usage)
		return 2
	}
	if err := commands[args[0]](ctx, args[1:], stdout, stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		fmt.Fprintln(stderr, "testcluster:", err)
		return 1
	}
	return 0
}

func newFlags(name string, stderr io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("testcluster "+name, flag.ContinueOnError)
	f.SetOutput(stderr)
	return f
}

func build(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if err := newFlags("build", stderr).Parse(args); err != nil {
		return err
	}
	cache, err := cluster.CacheDir()
	if err != nil {
		return err
	}
	b := &cluster.Builder{Cache: cache, Log: stderr}
	if err := b.Build(ctx); err != nil {
		return err
	}
	if _, err := b.CRDs(ctx); err != nil {
		return err
	}
	fmt.Fprintln(stdout, cache)
	return nil
}

// days is a flag in days.
func days(n float64) time.Duration { return time.Duration(n * 24 * float64(time.Hour)) }

func up(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("up", stderr)
	o := cluster.Options{Audit: true, Log: stderr}
	f.StringVar(&o.Scenario, "scenario", "shop", "scenario by name, or a .yaml file")
	f.StringVar(&o.Dir, "dir", "", "the cluster's folder (default: one in the cache)")
	f.IntVar(&o.Generate.Pods, "pods", 0, "generate a scenario of that many pods instead")
	f.BoolVar(&o.Generate.Full, "full", false, "with --pods: write every series, not only the most used")
	f.Uint64Var(&o.Generate.Seed, "seed", 0, "with --pods: the seed")
	length := f.Float64("days", 0, "days of history (default: the scenario's)")
	f.DurationVar(&o.Scrape, "scrape", 0, "scrape interval (default: the scenario's)")
	f.BoolVar(&o.HistoryOnly, "history-only", false, "write the history and start only Prometheus")
	detach := f.Bool("detach", false, "leave the programs running")
	if err := f.Parse(args); err != nil {
		return err
	}
	o.Length = days(*length)
	begin := time.Now()
	c, err := cluster.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "up after %s\n", time.Since(begin).Round(time.Second))
	show(c, stdout)
	if *detach {
		return nil
	}
	<-ctx.Done()
	return c.Stop()
}

func show(c *cluster.Cluster, w io.Writer) {
	fmt.Fprintf(w, "dir         %s\n", c.Dir())
	fmt.Fprintf(w, "kubeconfig  %s\n", c.Kubeconfig())
	fmt.Fprintf(w, "kubectl     %s\n", c.KubectlPath())
	fmt.Fprintf(w, "prometheus  %s\n", c.PrometheusURL())
	fmt.Fprintf(w, "audit log   %s\n", c.AuditLog())
	fmt.Fprintf(w, "history to  %s\n", c.End().Format(time.RFC3339))
}

// open parses the one flag of commands on a running cluster.
func open(name string, args []string, stderr io.Writer) (*cluster.Cluster, error) {
	f := newFlags(name, stderr)
	dir := f.String("dir", "", "the cluster's folder (default: one in the cache)")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	return cluster.Open(*dir)
}

func down(_ context.Context, args []string, _, stderr io.Writer) error {
	c, err := open("down", args, stderr)
	if err != nil {
		return err
	}
	return c.Stop()
}

func refresh(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := open("refresh", args, stderr)
	if err != nil {
		return err
	}
	if err := c.Refresh(ctx, stderr); err != nil {
		return err
	}
	show(c, stdout)
	return nil
}

func kubeconfig(_ context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := open("kubeconfig", args, stderr)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, c.Kubeconfig())
	return nil
}

func status(_ context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := open("status", args, stderr)
	if err != nil {
		return err
	}
	show(c, stdout)
	programs := c.Status()
	names := make([]string, 0, len(programs))
	for name := range programs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		word := "ended"
		if programs[name] {
			word = "running"
		}
		fmt.Fprintf(stdout, "%-24s %s\n", name, word)
	}
	if len(names) == 0 {
		fmt.Fprintln(stdout, "stopped")
	}
	return nil
}
