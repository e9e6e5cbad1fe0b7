// Perf measures what the Prometheus scan costs: the client, the wire and the
// server. docs/performance.md holds the results and says what they mean.
//
//	cd test
//	go run ./cluster/cmd/testcluster up --pods 3000 --days 14 --scrape 30s --history-only --detach --dir DIR
//	go run ./perf survey --prometheus URL --end TIME   beside a bare HTTP client sending the same queries
//	go run ./perf krr --prometheus URL --end TIME      KRR's queries for a sample of workloads
//	go run ./perf detail --prometheus URL --end TIME   samples as they were scraped, of some containers
//	go run ./perf memory --pods 100000                 the survey of made-up answers, without a Prometheus
//	go run ./cluster/cmd/testcluster down --dir DIR
//
// The client runs as a process of its own: the test TestPerf of the package
// analyzer/usage/prom, which makes its snapshot from the labels of the series.
// Server CPU is the growth of process_cpu_seconds_total, so nothing else may
// ask the server meanwhile. Wall times of a shared machine mean little one by
// one: runs are made in pairs, and the ratio is what counts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "perf:", err)
		os.Exit(1)
	}
}

// options are the flags of all commands; each reads those that it has a use for.
type options struct {
	address    string
	end        time.Time
	window     time.Duration
	delays     []time.Duration
	rounds     int
	workloads  int
	workers    int
	containers int
	pods       int
	profile    string
}

func run(ctx context.Context, args []string, out io.Writer) error {
	commands := map[string]func(context.Context, options, io.Writer) error{
		"survey": survey, "krr": krr, "detail": detail, "memory": memory,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("the commands are survey, krr, detail and memory; see the package comment")
	}
	o := options{delays: []time.Duration{0}}
	f := flag.NewFlagSet("perf "+args[0], flag.ContinueOnError)
	f.StringVar(&o.address, "prometheus", "", "address of the Prometheus that serves the history")
	end := f.String("end", "", "end of the history, as testcluster prints it: 2026-11-23T07:28:00Z")
	f.DurationVar(&o.window, "window", 14*24*time.Hour, "length of the window, which ends with the history")
	f.IntVar(&o.rounds, "rounds", 3, "survey: pairs of runs")
	delay := f.Duration("delay", 50*time.Millisecond, "survey, krr: measured again with this much added to each round trip; 0 leaves that out")
	f.IntVar(&o.workloads, "workloads", 60, "krr: how many workloads are in the sample")
	f.IntVar(&o.workers, "workers", 10, "krr: its --max-workers")
	f.IntVar(&o.containers, "containers", 100, "detail: how many containers")
	f.IntVar(&o.pods, "pods", 10_000, "memory: how many pods")
	f.StringVar(&o.profile, "cpuprofile", "", "survey, detail, memory: write the client's last CPU profile to this file")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	if *delay > 0 {
		o.delays = append(o.delays, *delay)
	}
	if args[0] == "memory" {
		return memory(ctx, o, out)
	}
	if o.address == "" {
		return errors.New("name a server with --prometheus")
	}
	var err error
	if o.end, err = time.Parse(time.RFC3339, *end); err != nil {
		return fmt.Errorf("reading --end: %w", err)
	}
	return commands[args[0]](ctx, o, out)
}
