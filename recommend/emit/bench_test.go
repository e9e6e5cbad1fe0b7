package emit

import (
	"fmt"
	"io"
	"testing"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// many is an input of n recommendations in n/2 workloads.
func many(n int) *Input {
	r := report()
	in := &Input{Kind: KindRightsize, Report: r, At: at, Width: 160}
	for i := range n {
		w := id(fmt.Sprintf("team-%03d", i%97), "Deployment", fmt.Sprintf("service-%05d", i/2))
		c := rec(w, fmt.Sprintf("container-%d", i%2), recommend.Proposed, set(1000, 1024, 2000, 2048), set(500, 768, -1, 2048))
		c.FreedCPU, c.FreedMemory, c.Freed = 1500, 768*unit.MiB, ptr(unit.HourlyRate(int64(i)*1000))
		in.Recommendations = append(in.Recommendations, c)
		if i%2 == 1 {
			r.Snapshot.Workloads = append(r.Snapshot.Workloads, workload(w, nil, "container-0", "container-1"))
		}
	}
	r.Snapshot.Sort()
	return in
}

func BenchmarkWrite(b *testing.B) {
	in := many(10_000)
	for _, f := range Formats() {
		b.Run(f.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Write(io.Discard, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
