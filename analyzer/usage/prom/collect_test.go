package prom

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
)

var (
	web     = cluster.ContainerID{Workload: cluster.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "web"}, Container: "app"}
	day0    = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	anyPod  = func(_, _, container string) (cluster.ContainerID, bool) { return web, container == "app" }
	podOne  = map[string]string{"namespace": "shop", "pod": "web-1", "container": "app"}
	podTwo  = map[string]string{"namespace": "shop", "pod": "web-2", "container": "app"}
	strange = map[string]string{"namespace": "shop", "pod": "web-1", "container": "gone"}
)

func at(d time.Duration) int64 { return day0.Add(d).UnixMilli() }

func TestRawCounterBecomesMeans(t *testing.T) {
	for _, tc := range []struct {
		name   string
		points []point
		want   []float64 // means counted, in order
	}{
		{"steady", []point{{at(0), 0}, {at(30 * time.Second), 15}, {at(60 * time.Second), 30}}, []float64{0.5, 0.5}},
		{"reset counts from zero", []point{{at(0), 100}, {at(30 * time.Second), 3}, {at(60 * time.Second), 6}}, []float64{0.1, 0.1}},
		{"a gap is not averaged over", []point{{at(0), 0}, {at(10 * time.Minute), 600}, {at(10*time.Minute + 30*time.Second), 630}}, []float64{1}},
		{"the first of the day needs the scrape before it", []point{{at(-30 * time.Second), 0}, {at(30 * time.Second), 60}}, []float64{1}},
		{"what ends before the span belongs to another", []point{{at(-60 * time.Second), 0}, {at(0), 60}, {at(time.Minute), 60}}, []float64{0}},
		{"equal times are one sample", []point{{at(0), 0}, {at(0), 5}, {at(30 * time.Second), 20}}, []float64{0.5}},
		{"stale NaN", []point{{at(0), 0}, {at(30 * time.Second), math.NaN()}, {at(60 * time.Second), 30}, {at(90 * time.Second), 60}}, []float64{1}},
		{"one sample is no mean", []point{{at(0), 5}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newCollector(usage.Window{Start: day0, End: day0.Add(24 * time.Hour)}, 30*time.Second, anyPod)
			k := c.chunk(cpu, day0, day0.Add(24*time.Hour))
			k.raw, k.longest = true, (5 * time.Minute).Milliseconds()
			k.series(podOne)
			for _, p := range tc.points {
				k.sample(p.t, p.v)
			}
			k.merge()
			h := c.histories()[web]
			var sum, most float64
			for _, v := range tc.want {
				sum, most = sum+v, max(most, v)
			}
			if got := h.CPU.Samples(); got != uint64(len(tc.want)) {
				t.Fatalf("%d samples, want %d", got, len(tc.want))
			}
			if len(tc.want) == 0 {
				return
			}
			d := h.CPU.Pooled()
			if mean, _ := d.Mean(); math.Abs(mean-sum/float64(len(tc.want))) > 1e-12 {
				t.Errorf("mean %v, want %v", mean, sum/float64(len(tc.want)))
			}
			if got, _ := h.CPU.Max(); got != most {
				t.Errorf("maximum %v, want %v", got, most)
			}
		})
	}
}

func TestCollectorPoolsPodsByDayAndHour(t *testing.T) {
	w := usage.Window{Start: day0, End: day0.Add(48 * time.Hour)}
	c := newCollector(w, surveyStep, anyPod)
	for d := range 2 {
		from := day0.Add(time.Duration(d) * 24 * time.Hour)
		k := c.chunk(memory, from, from.Add(24*time.Hour))
		for i, labels := range []map[string]string{podOne, podTwo, strange} {
			k.series(labels)
			for q := 1; q <= 96; q++ {
				k.sample(from.Add(time.Duration(q)*surveyStep).UnixMilli(), float64((d+1)*1000+100*i+q))
			}
		}
		k.merge()
	}
	h := c.histories()[web]
	if got := len(h.Memory.Pods); got != 2 {
		t.Fatalf("%d pods, want 2: a container that the template lacks must be left out", got)
	}
	if got := h.Memory.Pods[1].Dist.Count(); got != 192 {
		t.Errorf("pod web-2 has %d samples, want 192", got)
	}
	if got := len(h.Memory.Days); got != 2 || h.Memory.Days[0].Dist.Count() != 192 {
		t.Errorf("%d days with %d samples, want 2 with 192", got, h.Memory.Days[0].Dist.Count())
	}
	if got := len(h.Memory.Hours); got != 48 {
		t.Fatalf("%d hours, want 48: the sample at midnight belongs to the hour before", got)
	}
	// The first hour has the first four samples of each pod; the maximum is
	// that of web-2: 1000 + 100 + 4.
	if got := h.Memory.Hours[0]; got.Count != 8 || got.Max < 1104 || got.Max > 1104*1.008 || !got.Start().Equal(day0) {
		t.Errorf("first hour %+v at %s", got, got.Start())
	}
	if got := h.Memory.Covered(w); got != 1 {
		t.Errorf("covered %v, want 1", got)
	}
	if got := h.Memory.Pods[0].First; !got.Equal(day0.Add(surveyStep)) {
		t.Errorf("first sample at %s", got)
	}
}

// A broken answer that is asked for again must leave nothing behind.
func TestChunkReset(t *testing.T) {
	c := newCollector(usage.Window{Start: day0, End: day0.Add(24 * time.Hour)}, surveyStep, anyPod)
	k := c.chunk(memory, day0, day0.Add(24*time.Hour))
	fill := func() {
		k.series(podOne)
		k.sample(at(15*time.Minute), 7)
	}
	fill()
	k.reset()
	fill()
	k.merge()
	if got := c.histories()[web].Memory.Samples(); got != 1 {
		t.Errorf("%d samples, want 1", got)
	}
}

func TestDaysOfCutsAtMidnightUTC(t *testing.T) {
	end := time.Date(2026, 11, 23, 7, 5, 0, 0, time.UTC)
	parts := daysOf(usage.Window{Start: end.Add(-48 * time.Hour), End: end})
	if len(parts) != 3 {
		t.Fatalf("%d parts, want 3", len(parts))
	}
	for i, p := range parts {
		if i > 0 && !p.from.Equal(parts[i-1].to) {
			t.Errorf("part %d begins at %s, the one before ends at %s", i, p.from, parts[i-1].to)
		}
		if p.from.UTC().Day() != p.to.Add(-time.Nanosecond).UTC().Day() {
			t.Errorf("part %d spans two days: %s to %s", i, p.from, p.to)
		}
	}
}

// An answer's working memory is used again for the next one: what is allocated
// grows with the series, by little, and not with the samples.
func TestCollectorAllocatesPerSeriesOnly(t *testing.T) {
	const series = 300
	names := make(map[string]cluster.ContainerID)
	for i := range series {
		names[fmt.Sprintf("web-%d", i)] = cluster.ContainerID{Workload: cluster.WorkloadID{Namespace: "ns", Kind: "Deployment", Name: strconv.Itoa(i / 3)}, Container: "app"}
	}
	allocs := func(in []byte) float64 {
		w := usage.Window{Start: time.Unix(1700000000, 0).Truncate(24 * time.Hour)}
		w.End = w.Start.Add(24 * time.Hour)
		c := newCollector(w, surveyStep, func(_, pod, _ string) (cluster.ContainerID, bool) {
			id, ok := names[pod]
			return id, ok
		})
		k := c.chunk(memory, w.Start, w.End)
		return testing.AllocsPerRun(10, func() {
			k.reset()
			if _, err := decode(bytes.NewReader(in), k); err != nil {
				t.Fatal(err)
			}
			k.merge()
			for _, b := range c.built { // the hours would pile up
				b[memory].hours = b[memory].hours[:0]
			}
		})
	}
	few, many := allocs(answerOf(series, 9)), allocs(answerOf(series, 90))
	if few > 8*series && !raceDetector {
		t.Errorf("%.1f allocations for each series", few/series)
	}
	if many > few+2*series && !raceDetector {
		t.Errorf("%.0f allocations for 9 samples a series, %.0f for 90", few, many)
	}
}

func BenchmarkCollect(b *testing.B) {
	const series = 3000
	in := answerOf(series, 96)
	w := usage.Window{Start: time.Unix(1700000000, 0).Truncate(24 * time.Hour)}
	w.End = w.Start.Add(48 * time.Hour)
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		c := newCollector(w, surveyStep, func(_, pod, _ string) (cluster.ContainerID, bool) {
			return cluster.ContainerID{Workload: cluster.WorkloadID{Namespace: "ns", Kind: "Deployment", Name: pod[:len(pod)-1]}, Container: "app"}, true
		})
		k := c.chunk(memory, w.Start, w.End)
		if _, err := decode(bytes.NewReader(in), k); err != nil {
			b.Fatal(err)
		}
		k.merge()
		c.histories()
	}
}
