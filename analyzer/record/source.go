package record

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
)

// Source replays a recording's measurement, in the steps in which it was
// made: every container first, then the detail of those that are asked for.
type Source struct{ f *File }

var _ usage.Refiner = Source{}

// Source is the recording as a source of usage.
func (f *File) Source() Source { return Source{f} }

// Name is "recording". The usage itself names the sources that measured it.
func (s Source) Name() string { return "recording" }

// Usage is the recorded usage of every container, whatever the snapshot; the
// window is the recorded one.
func (s Source) Usage(ctx context.Context, _ *cluster.Snapshot, _ usage.Window, progress func(usage.Progress)) (*usage.Usage, error) {
	return s.f.Usage(ctx, report("reading the recorded usage", progress))
}

// Refine replaces histories by those recorded at scrape resolution. There is
// nothing to fetch, so the budget does not bind; a container that was recorded
// without detail is counted in a warning.
func (s Source) Refine(ctx context.Context, _ *cluster.Snapshot, u *usage.Usage, order []cluster.ContainerID, _ int64, progress func(usage.Progress)) (*usage.Usage, error) {
	wanted := make(map[cluster.ContainerID]bool, len(order))
	for _, id := range order {
		if u.Containers[id] != nil {
			wanted[id] = true
		}
	}
	finer, err := s.f.Detail(ctx, func(id cluster.ContainerID) bool { return wanted[id] }, report("reading the recorded detail", progress))
	if err != nil {
		return nil, err
	}
	out := refine(u, finer)
	if s.f.head.detailed {
		out.Scan = s.f.head.detail.scan
	}
	switch left := len(wanted) - len(finer); {
	case left == 0:
	case len(s.f.head.detail.warnings) > 0:
		out.Warnings = append(out.Warnings, s.f.head.detail.warnings...)
	default:
		out.Warnings = append(out.Warnings, hint.New(
			fmt.Sprintf("%d containers were recorded at the survey's resolution", left),
			"record with --detail all"))
	}
	return out, nil
}

// refine is u with some of its histories replaced; u itself is not changed.
func refine(u *usage.Usage, finer map[cluster.ContainerID]*usage.History) *usage.Usage {
	out := *u
	out.Containers = maps.Clone(u.Containers)
	maps.Copy(out.Containers, finer)
	out.Warnings = slices.Clone(u.Warnings)
	return &out
}

func report(stage string, progress func(usage.Progress)) func(done, total int) {
	if progress == nil {
		return nil
	}
	return func(done, total int) { progress(usage.Progress{Stage: stage, Done: done, Total: total}) }
}
