package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

const mega = 1e6

// survey measures trimtab's survey beside the bare client.
func survey(ctx context.Context, o options, out io.Writer) error {
	dir, err := os.MkdirTemp("", "trimtab-perf")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := buildClient(ctx, dir)
	if err != nil {
		return err
	}
	s := server{o.address}
	recorder, err := newProxy(o.address, 0)
	if err != nil {
		return err
	}
	warm, err := c.run(ctx, recorder.URL, o.address, o)
	recorder.Close()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d pods, %d containers of workloads, %s to %s\n", warm[0].Pods, warm[0].Containers, o.window, o.end.Format(time.RFC3339))
	for _, delay := range o.delays {
		p, err := newProxy(o.address, delay)
		if err != nil {
			return err
		}
		address := p.URL
		if delay == 0 {
			address = o.address
		}
		err = pairs(ctx, c, s, address, recorder.seen, o, delay, out)
		p.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// pairs runs bare client and trimtab in turns, each going first as often as
// the other.
func pairs(ctx context.Context, c client, s server, address string, requests []string, o options, delay time.Duration, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\nadded to each round trip: %s\t\t\t\t\t\t\t\t\n", delay)
	fmt.Fprintln(w, "round\tclient\tqueries\tMB on the wire\tsamples\tserver CPU s\twall s\tclient CPU s\tpeak MB\t")
	var ratios []float64
	var bareSum, ourSum time.Duration
	for round := range o.rounds {
		var bareWall, ourWall time.Duration
		runBare := func() error {
			before, err := s.cpu(ctx)
			if err != nil {
				return err
			}
			n, wall, err := bare(ctx, address, requests)
			if err != nil {
				return err
			}
			after, err := s.cpu(ctx)
			bareWall = wall
			fmt.Fprintf(w, "%d\tbare\t%d\t%.1f\t\t%.2f\t%.2f\t\t\t\n", round+1, len(requests), float64(n)/mega, after-before, wall.Seconds())
			return err
		}
		runOurs := func() error {
			results, err := c.run(ctx, address, o.address, o)
			if err != nil {
				return err
			}
			r := results[0]
			ourWall = time.Duration(r.Seconds * float64(time.Second))
			fmt.Fprintf(w, "%d\ttrimtab\t%d\t%.1f\t%d\t%.2f\t%.2f\t%.2f\t%.0f\t\n", round+1, r.Queries, float64(r.WireBytes)/mega, r.Samples, r.ServerCPU, r.Seconds, r.ClientCPU, float64(r.PeakBytes)/mega)
			return nil
		}
		order := []func() error{runBare, runOurs}
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, f := range order {
			if err := f(); err != nil {
				return err
			}
		}
		bareSum, ourSum = bareSum+bareWall, ourSum+ourWall
		ratios = append(ratios, ourWall.Seconds()/bareWall.Seconds())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	slices.Sort(ratios)
	fmt.Fprintf(out, "wall of trimtab over the bare client's: %.2f; median %.2f, of the sums %.2f\n", ratios, ratios[len(ratios)/2], ourSum.Seconds()/bareSum.Seconds())
	return nil
}
