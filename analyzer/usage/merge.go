package usage

import (
	"maps"
	"slices"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// None is usage of which nothing is known; costs then rest on requests alone.
func None(w Window) *Usage {
	return &Usage{Window: w, Containers: map[cluster.ContainerID]*History{}}
}

// Merge joins what several sources measured over the same window, the first
// taking precedence: a later source adds only the containers, and the present
// samples, that none before it has. Nil entries are passed over; with none
// left the result is None(w).
func Merge(w Window, measured ...*Usage) *Usage {
	out := None(w)
	for _, u := range measured {
		if u == nil {
			continue
		}
		out.Sources = append(out.Sources, u.Sources...)
		if out.ScrapeInterval == 0 {
			out.ScrapeInterval = u.ScrapeInterval
		}
		for id, h := range u.Containers {
			if out.Containers[id] == nil {
				out.Containers[id] = h
			}
		}
		for pod, containers := range u.Present {
			if out.Present == nil {
				out.Present = make(map[cluster.PodKey]map[string]Sample, len(u.Present))
			}
			have := out.Present[pod]
			if have == nil {
				out.Present[pod] = maps.Clone(containers)
				continue
			}
			for name, s := range containers {
				if _, ok := have[name]; !ok {
					have[name] = s
				}
			}
		}
		out.Warnings = append(out.Warnings, u.Warnings...)
		out.Scan.Queries += u.Scan.Queries
		out.Scan.WireBytes += u.Scan.WireBytes
		out.Scan.Samples += u.Scan.Samples
		out.Scan.Wall = max(out.Scan.Wall, u.Scan.Wall)
	}
	out.Sources = slices.Compact(out.Sources)
	return out
}
