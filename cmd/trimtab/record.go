package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/trimtab/trimtab/analyzer/record"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend/emit"
)

func newRecordCmd(e env, kube *genericclioptions.ConfigFlags) *cobra.Command {
	scan, policy := &scanFlags{}, &policyFlags{name: strategyNames()[0]}
	var anonymize, force bool
	cmd := &cobra.Command{
		Use:   "record FILE",
		Short: "Write the cluster, its usage and its prices to one file, for --from",
		Long: `record reads a cluster as the other commands do and writes what it found to one
file. Every command reads that file with --from and answers as it would have on
the cluster.

The file holds what trimtab looks at: names, labels and images of workloads,
requests and limits, usage, nodes and their prices. It never holds Secrets,
ConfigMaps, environment values or annotation texts. --anonymize replaces every
name, label value and image by an alias.`,
		Example: `  trimtab record shop.trimtab
  trimtab rightsize --from shop.trimtab
  trimtab record --from shop.trimtab --anonymize case.trimtab`,
		Args: wrongUsage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := newLoading(e, kube, scan, policy)
			if err != nil {
				return err
			}
			if err := checkTarget(args[0], force); err != nil {
				return err
			}
			rec, warnings, err := l.recording(cmd.Context(), e)
			if err != nil {
				return err
			}
			if anonymize {
				rec = record.Anonymize(rec)
			}
			size, err := writeRecording(args[0], rec)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(e.Out, "%s: %s, %s\n", args[0], unit.Bytes(size).Compact(), describe(rec)); err != nil {
				return err
			}
			return emit.WriteWarnings(e.Err, warnings)
		},
	}
	scan.add(cmd.Flags())
	// What is looked at later is not known yet.
	detail := cmd.Flags().Lookup("detail")
	scan.detail, detail.DefValue = "all", "all"
	completions(cmd)
	cmd.Flags().BoolVar(&anonymize, "anonymize", false, "replace names, label values and images by aliases")
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE where it exists")
	return cmd
}

// recording collects what is to be written: all that a run found, or all that
// another recording holds.
func (l *loading) recording(ctx context.Context, e env) (record.Recording, []error, error) {
	if l.from != nil {
		rec, err := l.from.recording(ctx)
		return rec, nil, err
	}
	r, err := l.runWithProgress(ctx, e)
	if err == nil {
		// A scan that was interrupted would be recorded as a whole one.
		err = ctx.Err()
	}
	if err != nil {
		return record.Recording{}, nil, err
	}
	return r.recording(), r.report.Warnings, nil
}

// recording is what a run found, in the form in which a later run can decide
// anew what to look at closely.
func (r *result) recording() record.Recording {
	rec := record.Recording{Snapshot: r.report.Snapshot, Book: r.report.Book, Usage: r.survey}
	if r.report.Usage != r.survey {
		rec.Detail = r.report.Usage
	}
	return rec
}

// checkTarget finds out before the scan whether the file can be written.
func checkTarget(path string, force bool) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return hint.New("writing "+path+": there is no folder "+dir, "make the folder, or name another file")
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil
	case !info.Mode().IsRegular():
		return hint.New("writing "+path+": it is not a regular file", "name another file")
	case !force:
		return hint.New("writing "+path+": the file exists", "name another file, or replace it with --force")
	}
	return nil
}

// writeRecording writes the file whole or not at all, and reads it back before
// it takes the place of what was there.
func writeRecording(path string, rec record.Recording) (size int64, err error) {
	fail := func(err error) error {
		return hint.Wrap(unwrapPath(err), "writing "+path, "name a file in a folder with room that can be written to")
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return 0, fail(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	b := bufio.NewWriterSize(f, 1<<20)
	size, err = record.Write(b, "trimtab "+version(), rec)
	err = errors.Join(err, b.Flush(), f.Sync())
	if err == nil {
		_, err = record.Open(f, size)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, fail(err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return 0, fail(err)
	}
	return size, nil
}

// describe says in words what a recording holds.
func describe(rec record.Recording) string {
	containers := 0
	for i := range rec.Snapshot.Workloads {
		containers += len(rec.Snapshot.Workloads[i].Containers)
	}
	out := fmt.Sprintf("%d nodes, %d pods, %d workloads with %d containers", len(rec.Snapshot.Nodes), len(rec.Snapshot.Pods), len(rec.Snapshot.Workloads), containers)
	u := rec.Usage
	if u == nil || len(u.Containers) == 0 {
		return out + ", no usage"
	}
	finer := 0
	if rec.Detail != nil {
		finer = refinedCount(u, rec.Detail)
	}
	return out + fmt.Sprintf(", %d days of usage of %d (%d in detail)", u.Window.Days(), len(u.Containers), finer)
}

func refinedCount(u, detail *usage.Usage) int {
	n := 0
	for id, h := range detail.Containers {
		if u.Containers[id] != h {
			n++
		}
	}
	return n
}
