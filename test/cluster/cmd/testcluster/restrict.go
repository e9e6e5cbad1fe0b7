package main

import (
	"context"
	"fmt"
	"io"

	"github.com/trimtab/trimtab/test/cluster"
)

// restrict prints the path of a kubeconfig with few rights.
func restrict(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("restrict", stderr)
	dir := f.String("dir", "", "the cluster's folder (default: one in the cache)")
	namespace := f.String("namespace", "default", "the namespace it may read")
	var r cluster.Restrict
	f.BoolVar(&r.Nodes, "nodes", false, "it may read nodes")
	f.BoolVar(&r.Metrics, "metrics", false, "it may read metrics.k8s.io")
	f.BoolVar(&r.Prometheus, "prometheus", false, "it may reach Prometheus through the service proxy")
	if err := f.Parse(args); err != nil {
		return err
	}
	c, err := cluster.Open(*dir)
	if err != nil {
		return err
	}
	path, err := c.Restricted(ctx, *namespace, r)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, path)
	return nil
}
