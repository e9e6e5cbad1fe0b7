package record

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

// sizes are the clusters that the benchmarks read: pods, three to a workload,
// over 14 days, a third of the containers with detail.
func sizes() []int { return []int{100, 1_000, 10_000} }

func benchFile(b *testing.B, pods int) []byte {
	b.Helper()
	file := encode(b, sample((pods+2)/3, 3, 14, true))
	b.Logf("%d pods: %.2f MB", pods, float64(len(file))/1e6)
	return file
}

// BenchmarkOpen is what comes before the first frame: the cluster and its
// prices.
func BenchmarkOpen(b *testing.B) {
	for _, pods := range sizes() {
		b.Run(fmt.Sprintf("pods=%d", pods), func(b *testing.B) {
			file := benchFile(b, pods)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := open(file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFirstReport is all that the first frame waits for: the cluster and
// its prices, the bill at requests' value, and what is said of every container
// before its usage is known.
func BenchmarkFirstReport(b *testing.B) {
	for _, pods := range sizes() {
		b.Run(fmt.Sprintf("pods=%d", pods), func(b *testing.B) {
			file := benchFile(b, pods)
			b.ReportAllocs()
			for b.Loop() {
				f, err := open(file)
				if err != nil {
					b.Fatal(err)
				}
				r := analyzer.Analyze(f.Snapshot(), usage.None(f.Window()), f.Book())
				recommend.Plan(r, rightsize.Balanced{}, recommend.DefaultPolicy())
			}
		})
	}
}

// BenchmarkUsage is the usage of every container, after Open.
func BenchmarkUsage(b *testing.B) {
	for _, pods := range sizes() {
		b.Run(fmt.Sprintf("pods=%d", pods), func(b *testing.B) {
			f, err := open(benchFile(b, pods))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Usage(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDetail is the detail of every container that has it.
func BenchmarkDetail(b *testing.B) {
	for _, pods := range sizes() {
		b.Run(fmt.Sprintf("pods=%d", pods), func(b *testing.B) {
			f, err := open(benchFile(b, pods))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Detail(b.Context(), nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	rec := sample(333, 3, 14, true)
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if _, err := Write(&out, "trimtab bench", rec); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAllocations keeps reading cheap: opening allocates in proportion to the
// objects, usage in proportion to the series and not to what is in them.
func TestAllocations(t *testing.T) {
	const workloads, replicas = 100, 3
	file := encode(t, sample(workloads, replicas, 14, false))
	var f *File
	got := testing.AllocsPerRun(5, func() {
		var err error
		if f, err = open(file); err != nil {
			t.Fatal(err)
		}
	})
	// Per pod its list of containers; per workload its containers and labels;
	// and what a decompressor is made of.
	if most := 1.0*workloads*replicas + 8*workloads + 600; got > most {
		t.Errorf("opening makes %v allocations, at most %v are expected", got, most)
	}
	got = testing.AllocsPerRun(5, func() {
		if _, err := f.Usage(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
	// Two series of four lists for each container, and a map for each pod.
	if most := 4.0*workloads*replicas + 14*workloads + 300; got > most {
		t.Errorf("reading the usage makes %v allocations, at most %v are expected", got, most)
	}
}
