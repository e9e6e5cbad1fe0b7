package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/record"
	"github.com/trimtab/trimtab/analyzer/record/demo"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/analyzer/usage/prom"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
)

// collected is what every run starts from, whether a cluster was read or a
// file.
type collected struct {
	snapshot *cluster.Snapshot
	book     *pricing.Book
	// sources are what measures the usage, in order of precedence; what cannot
	// be had is a warning.
	sources func(ctx context.Context) ([]usage.Source, []error)
}

// origin is where a run's facts come from, other than a live cluster.
type origin interface {
	// where names it, for the first line of the screen.
	where() string
	// collect is what a run starts from.
	collect() collected
	// recording is everything there is.
	recording(ctx context.Context) (record.Recording, error)
}

// recorded is a recorded cluster, of which one namespace or all is looked at.
type recorded struct {
	name  string // as the user wrote it
	file  *record.File
	scope string
}

// openRecorded opens what --from names, once the other flags are known to go
// with it. The file stays open as long as the program runs.
func openRecorded(scan *scanFlags, kube *genericclioptions.ConfigFlags) (*recorded, error) {
	if err := scan.checkFrom(); err != nil {
		return nil, err
	}
	r := &recorded{name: scan.from}
	var err error
	if r.file, err = openFile(scan.from); err != nil {
		return nil, err
	}
	if scan.flags.Changed("window") {
		want, err := prom.ParseDuration(scan.window)
		if has := r.file.Window(); err != nil || want != has.Length() {
			return nil, usageError{hint.New(fmt.Sprintf("--window %s is not what %s covers: %s to %s", scan.window, scan.from, has.Start.Format(minutes), has.End.Format(minutes)), "leave --window out with --from")}
		}
	}
	if kube.Namespace != nil && *kube.Namespace != "" {
		return r, r.narrow(*kube.Namespace)
	}
	return r, nil
}

const minutes = "2006-01-02 15:04"

// openFile opens a recording by its path, or the one that is part of the
// program by its name.
func openFile(name string) (*record.File, error) {
	if name == demo.Name {
		return demo.Open()
	}
	f, err := os.Open(name)
	if err != nil {
		remedy := "name a file that trimtab record wrote, or demo"
		if errors.Is(err, fs.ErrNotExist) {
			return nil, hint.New("reading "+name+": there is no such file", remedy)
		}
		return nil, hint.Wrap(unwrapPath(err), "reading "+name, remedy)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = hint.New("it is not a regular file", "copy it to one: a recording is read from several places at once")
	}
	var file *record.File
	if err == nil {
		file, err = record.Open(f, info.Size())
	}
	if err != nil {
		_ = f.Close() // nothing was written to it
		return nil, hint.Wrap(unwrapPath(err), "reading "+name, hint.Of(err))
	}
	return file, nil
}

// unwrapPath drops a path that the message names already.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// checkFrom refuses flags that say how to read a live cluster.
func (f *scanFlags) checkFrom() error {
	live := pflag.NewFlagSet("", pflag.ContinueOnError)
	genericclioptions.NewConfigFlags(true).AddFlags(live)
	(&scanFlags{}).add(live)
	var err error
	f.flags.Visit(func(given *pflag.Flag) {
		switch given.Name {
		case "from", "window", "namespace", "detail", "detail-budget":
			return
		}
		if live.Lookup(given.Name) != nil && err == nil {
			err = usageError{hint.New(fmt.Sprintf("--%s says how to read a live cluster, and --from reads %s", given.Name, f.from), "leave out one of the two")}
		}
	})
	return err
}

// where names the recording for the first line of the screen.
func (r *recorded) where() string {
	if r.name == demo.Name {
		return demo.Name
	}
	return filepath.Base(r.name)
}

// narrow restricts the run to a namespace, as reading only that one does.
func (r *recorded) narrow(namespace string) error {
	s := r.file.Snapshot()
	if s.Scope != "" && s.Scope != namespace {
		return hint.New(fmt.Sprintf("%s holds namespace %s only", r.name, s.Scope), "leave out -n, or record namespace "+namespace)
	}
	known := slices.ContainsFunc(s.Pods, func(p cluster.Pod) bool { return p.Namespace == namespace }) ||
		slices.ContainsFunc(s.Workloads, func(w cluster.Workload) bool { return w.ID.Namespace == namespace })
	if _, ok := s.Namespace(namespace); !ok && !known {
		return hint.New(fmt.Sprintf("%s has no namespace %s", r.name, namespace), "see which there are with: trimtab cost --by namespace --from "+r.name)
	}
	r.scope = namespace
	return nil
}

func (r *recorded) collect() collected {
	return collected{
		snapshot: r.snapshot(),
		book:     r.file.Book(),
		sources: func(context.Context) ([]usage.Source, []error) {
			return []usage.Source{replay{r.file.Source(), r.scope}}, nil
		},
	}
}

func (r *recorded) snapshot() *cluster.Snapshot {
	s := r.file.Snapshot()
	if r.scope == "" {
		return s
	}
	out := *s
	out.Scope = r.scope
	out.Namespaces = only(s.Namespaces, func(n *cluster.Namespace) bool { return n.Name == r.scope })
	out.Workloads = only(s.Workloads, func(w *cluster.Workload) bool { return w.ID.Namespace == r.scope })
	out.Pods = only(s.Pods, func(p *cluster.Pod) bool { return p.Namespace == r.scope })
	return &out
}

// recording is everything there is within the scope.
func (r *recorded) recording(ctx context.Context) (record.Recording, error) {
	all, err := r.file.Recording(ctx)
	if err != nil {
		return all, hint.Wrap(err, "reading "+r.name, hint.Of(err))
	}
	all.Snapshot = r.snapshot()
	all.Usage, all.Detail = within(all.Usage, r.scope), within(all.Detail, r.scope)
	return all, nil
}

func only[T any](all []T, keep func(*T) bool) []T {
	var out []T
	for i := range all {
		if keep(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// within is the part of the usage that lies in one namespace; all of it where
// none is named.
func within(u *usage.Usage, namespace string) *usage.Usage {
	if u == nil || namespace == "" {
		return u
	}
	out := *u
	out.Containers = maps.Clone(u.Containers)
	maps.DeleteFunc(out.Containers, func(id cluster.ContainerID, _ *usage.History) bool { return id.Workload.Namespace != namespace })
	out.Present = maps.Clone(u.Present)
	maps.DeleteFunc(out.Present, func(p cluster.PodKey, _ map[string]usage.Sample) bool { return p.Namespace != namespace })
	return &out
}

// replay is a recording as a source of usage.
type replay struct {
	record.Source
	scope string
}

var _ usage.Refiner = replay{}

// Usage is the recorded usage within the scope.
func (r replay) Usage(ctx context.Context, s *cluster.Snapshot, w usage.Window, progress func(usage.Progress)) (*usage.Usage, error) {
	u, err := r.Source.Usage(ctx, s, w, progress)
	return within(u, r.scope), err
}
