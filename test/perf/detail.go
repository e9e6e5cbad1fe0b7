package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
)

// detail measures trimtab's detail of some containers.
func detail(ctx context.Context, o options, out io.Writer) error {
	dir, err := os.MkdirTemp("", "trimtab-perf")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := buildClient(ctx, dir)
	if err != nil {
		return err
	}
	results, err := c.run(ctx, o.address, o.address, o, "TRIMTAB_PERF_DETAIL="+strconv.Itoa(o.containers))
	if err != nil {
		return err
	}
	for _, r := range results {
		fmt.Fprintf(out, "%s of %d containers: %d queries, %.1f MB on the wire, %d samples, %.2f bytes a sample, server CPU %.2f s, client CPU %.2f s, wall %.2f s, %.0f samples/s, peak %.0f MB, held %.0f MB\n",
			r.Pass, r.Containers, r.Queries, float64(r.WireBytes)/mega, r.Samples, float64(r.WireBytes)/float64(r.Samples), r.ServerCPU, r.ClientCPU, r.Seconds,
			float64(r.Samples)/r.Seconds, float64(r.PeakBytes)/mega, float64(r.HeldBytes)/mega)
	}
	return nil
}
