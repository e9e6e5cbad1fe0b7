package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/trimtab/trimtab/test/cluster"
)

// truth prints samples as CSV: series, time in milliseconds, value; or as JSON,
// one series a line.
func truth(_ context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("truth", stderr)
	dir := f.String("dir", "", "the cluster's folder (default: one in the cache)")
	namespace := f.String("namespace", "", "only this namespace")
	pod := f.String("pod", "", "only pods whose name begins so")
	metric := f.String("metric", "container_", "only metrics whose name begins so")
	container := f.String("container", "", "only this container")
	format := f.String("o", "csv", "csv or json")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *format != "csv" && *format != "json" {
		return fmt.Errorf("no output format %q: there are csv and json", *format)
	}
	c, err := cluster.Open(*dir)
	if err != nil {
		return err
	}
	h, err := c.History()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(stdout)
	if *format == "csv" {
		fmt.Fprintln(out, "namespace,pod,container,metric,id,milliseconds,value")
	}
	err = h.Truth(func(rec cluster.PodRecord) bool {
		return (*namespace == "" || rec.Namespace == *namespace) && strings.HasPrefix(rec.Name, *pod)
	}, func(_ cluster.PodRecord, all []cluster.SeriesTruth) error {
		for _, s := range all {
			if !strings.HasPrefix(s.Metric(), *metric) ||
				(*container != "" && s.Labels.Get("container") != *container) {
				continue
			}
			if err := print(out, *format, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func print(out *bufio.Writer, format string, s cluster.SeriesTruth) error {
	if format == "json" {
		text, err := json.Marshal(map[string]any{"labels": s.Labels, "samples": s.Samples})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s\n", text)
		return err
	}
	l := s.Labels
	prefix := strings.Join([]string{l.Get("namespace"), l.Get("pod"), l.Get("container"), s.Metric(), l.Get("id")}, ",")
	for _, v := range s.Samples {
		if _, err := fmt.Fprintf(out, "%s,%d,%v\n", prefix, v.T, v.V); err != nil {
			return err
		}
	}
	return nil
}
