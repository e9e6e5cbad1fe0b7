package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/analyzer/usage/prom"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// scanFlags are the flags of every command that looks at a cluster: what is
// collected, from where, over which time.
type scanFlags struct {
	from  string
	flags *pflag.FlagSet // where they are defined: tells which were given

	window, end string
	region      string

	prometheus   string
	noPrometheus bool
	noMetrics    bool
	parallel     int
	access       prom.Access
	detail       string
	detailBudget string
}

func (f *scanFlags) add(fs *pflag.FlagSet) {
	f.flags = fs
	fs.StringVar(&f.from, "from", "", "a recorded cluster instead of a live one: a file that trimtab record wrote, or demo")
	fs.StringVar(&f.window, "window", "14d", "span of usage to look at, as in Prometheus: 7d, 36h")
	fs.StringVar(&f.end, "window-end", "", "end of the window as an RFC 3339 time (default now)")
	fs.StringVar(&f.region, "region", "", "region to price nodes in that bear no region label")
	fs.StringVar(&f.prometheus, "prometheus-url", "", "address of a Prometheus-compatible API (default: found among the cluster's Services)")
	fs.BoolVar(&f.noPrometheus, "no-prometheus", false, "do not look for Prometheus")
	fs.BoolVar(&f.noMetrics, "no-metrics", false, "do not ask metrics-server for present usage")
	fs.IntVar(&f.parallel, "prometheus-parallel", 4, "queries to run at once")
	fs.StringVar(&f.access.ConfigFile, "prometheus-config", "", "file with HTTP client settings as in Prometheus' own configuration (basic_auth, authorization, oauth2, tls_config)")
	fs.StringVar(&f.access.BearerTokenFile, "prometheus-bearer-token-file", "", "file with a bearer token for Prometheus")
	fs.StringVar(&f.access.CAFile, "prometheus-ca-file", "", "file with the authority that signed Prometheus' certificate")
	fs.StringArrayVar(&f.access.Headers, "prometheus-header", nil, "header to send with each query, as 'Name: value'; repeatable")
	fs.StringVar(&f.detail, "detail", "changes", "what to read at scrape resolution: changes (containers about to change), all, none")
	fs.StringVar(&f.detailBudget, "detail-budget", "100Mi", "how much the detail may bring over the wire")
}

// windowAt resolves the window; now is the instant the command started.
func (f *scanFlags) windowAt(now time.Time) (usage.Window, error) {
	length, err := prom.ParseDuration(f.window)
	if err != nil || length < time.Hour || length > 366*24*time.Hour {
		return usage.Window{}, usageError{hint.New(fmt.Sprintf("--window %q is not a span between 1h and 1y", f.window), "write it as in Prometheus: 14d, 36h")}
	}
	end := now
	if f.end != "" {
		if end, err = time.Parse(time.RFC3339, f.end); err != nil {
			return usage.Window{}, usageError{hint.New(fmt.Sprintf("--window-end %q is not a time", f.end), "write it as 2026-11-23T12:00:00Z")}
		}
	}
	end = end.UTC().Truncate(time.Minute)
	return usage.Window{Start: end.Add(-length), End: end}, nil
}

func (f *scanFlags) budget() (int64, error) {
	b, err := unit.ParseBytes(f.detailBudget)
	if err != nil {
		return 0, usageError{hint.Wrap(err, "--detail-budget", "write it as 100Mi")}
	}
	if !slices.Contains([]string{"changes", "all", "none"}, f.detail) {
		return 0, usageError{hint.New(fmt.Sprintf("--detail %q is none of changes, all, none", f.detail), "changes is the default")}
	}
	return int64(b), nil
}

// policyFlags choose the strategy and what binds it.
type policyFlags struct {
	name        string
	include     []string
	lowerLimits bool
}

func (f *policyFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.name, "policy", "balanced", "strategy that sizes containers: "+strings.Join(strategyNames(), ", "))
	fs.StringSliceVar(&f.include, "include", nil, "also change what is left alone otherwise: system, operators, single-stateful")
	fs.BoolVar(&f.lowerLimits, "lower-limits", false, "let limits go down with their requests")
}

func (f *policyFlags) resolve() (recommend.Strategy, recommend.Policy, error) {
	p := recommend.DefaultPolicy()
	p.LowerCPULimits, p.LowerMemoryLimits = f.lowerLimits, f.lowerLimits
	for _, i := range f.include {
		switch i {
		case "system":
			p.System = true
		case "operators":
			p.Operators = true
		case "single-stateful":
			p.SingleStateful = true
		default:
			return nil, p, usageError{hint.New(fmt.Sprintf("--include %q is none of system, operators, single-stateful", i), "name one or several, with commas")}
		}
	}
	for _, s := range strategies() {
		if s.Name() == f.name {
			return s, p, nil
		}
	}
	return nil, p, usageError{hint.New(fmt.Sprintf("--policy %q is not known", f.name), "choose one of "+strings.Join(strategyNames(), ", "))}
}

func strategyNames() []string {
	var names []string
	for _, s := range strategies() {
		names = append(names, s.Name())
	}
	return names
}

// complete offers fixed words for a flag in the shell.
func complete(cmd *cobra.Command, flag string, words ...string) {
	// The only error is a flag that does not exist, which a test would show.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}
