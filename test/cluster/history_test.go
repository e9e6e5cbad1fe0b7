package cluster

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
)

var testEnd = time.Date(2026, 3, 5, 13, 37, 42, 0, time.UTC)

func tinyHistory(t testing.TB) *History {
	t.Helper()
	s, err := LoadScenario("tiny")
	if err != nil {
		t.Fatal(err)
	}
	h, err := ImagineHistory(s, testEnd)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// readBlocks reads all samples of the blocks under dir but stale markers, by
// the text of their labels.
func readBlocks(t *testing.T, dir string) map[string][]Sample {
	t.Helper()
	out := make(map[string][]Sample)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	// The names of blocks sort by the time they end.
	for _, e := range entries {
		block := filepath.Join(dir, e.Name())
		ir, err := index.NewFileReader(filepath.Join(block, "index"), index.DecodePostingsRaw)
		if err != nil {
			t.Fatal(err)
		}
		cr, err := chunks.NewDirReader(filepath.Join(block, "chunks"), chunkenc.NewPool())
		if err != nil {
			t.Fatal(err)
		}
		key, all := index.AllPostingsKey()
		postings, err := ir.Postings(context.Background(), key, all)
		if err != nil {
			t.Fatal(err)
		}
		for postings.Next() {
			var b labels.ScratchBuilder
			var metas []chunks.Meta
			if err := ir.Series(postings.At(), &b, &metas); err != nil {
				t.Fatal(err)
			}
			name := b.Labels().String()
			for _, m := range metas {
				chunk, _, err := cr.ChunkOrIterable(m)
				if err != nil {
					t.Fatal(err)
				}
				it := chunk.Iterator(nil)
				for it.Next() != chunkenc.ValNone {
					if at, v := it.At(); !value.IsStaleNaN(v) {
						out[name] = append(out[name], Sample{at, v})
					}
				}
			}
		}
		ir.Close()
		cr.Close()
	}
	return out
}

func TestTruthIsWhatBlocksHold(t *testing.T) {
	h := tinyHistory(t)
	dir := t.TempDir()
	if err := h.Write(context.Background(), dir, nil); err != nil {
		t.Fatal(err)
	}
	stored := readBlocks(t, dir)
	pods, series := 0, 0
	err := h.Truth(nil, func(rec PodRecord, all []SeriesTruth) error {
		pods++
		for _, s := range all {
			series++
			got := stored[s.Labels.String()]
			if len(got) != len(s.Samples) {
				return fmt.Errorf("%s: %d samples stored, truth has %d", s.Labels, len(got), len(s.Samples))
			}
			for i := range got {
				if got[i] != s.Samples[i] {
					return fmt.Errorf("%s: sample %d is %v, truth %v", s.Labels, i, got[i], s.Samples[i])
				}
			}
			delete(stored, s.Labels.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pods != len(h.Plan().Pods) || series == 0 {
		t.Errorf("%d pods with %d series", pods, series)
	}
	// What is left is of nodes and of owners.
	for name := range stored {
		other := slices.ContainsFunc([]string{`id="/"`, "kube_replicaset_owner", "kube_job_owner", "kube_node_", `__name__="up"`},
			func(part string) bool { return strings.Contains(name, part) })
		if !other {
			t.Errorf("stored, but not in the truth: %s", name)
		}
	}
}

func TestHistoryIsDeterministic(t *testing.T) {
	sum := func() string {
		dir := t.TempDir()
		if err := tinyHistory(t).Write(context.Background(), dir, nil); err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			rel, _ := filepath.Rel(dir, path)
			fmt.Fprintf(h, "%s %d %x\n", rel, len(text), sha256.Sum256(text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	if a, b := sum(), sum(); a != b {
		t.Error("two histories of one scenario and end differ")
	}
}

func TestSamples(t *testing.T) {
	h := tinyHistory(t)
	counters := map[string]bool{
		"container_cpu_usage_seconds_total": true, "container_cpu_cfs_periods_total": true,
		"container_cpu_cfs_throttled_periods_total": true, "kube_pod_container_status_restarts_total": true,
	}
	restarts, oom := 0.0, 0
	err := h.Truth(nil, func(rec PodRecord, all []SeriesTruth) error {
		for _, s := range all {
			metric := s.Metric()
			for i, v := range s.Samples {
				if v.T < h.start || v.T >= h.end || v.T <= rec.Start || (rec.Gone > 0 && v.T >= rec.Gone) {
					return fmt.Errorf("%s: a sample at %d, outside history or life of the pod", s.Labels, v.T)
				}
				if math.IsNaN(v.V) || v.V < 0 {
					return fmt.Errorf("%s: value %v", s.Labels, v.V)
				}
				if i == 0 {
					continue
				}
				if v.T <= s.Samples[i-1].T {
					return fmt.Errorf("%s: time goes back at %d", s.Labels, v.T)
				}
				if counters[metric] && v.V < s.Samples[i-1].V {
					return fmt.Errorf("%s: the counter falls at %d", s.Labels, v.T)
				}
			}
			last := s.Samples[len(s.Samples)-1]
			switch metric {
			case "kube_pod_container_status_restarts_total":
				restarts += last.V
			case "kube_pod_container_status_last_terminated_reason":
				if s.Labels.Get("reason") == reasonOOM {
					oom++
				}
			case "container_memory_working_set_bytes":
				if s.Labels.Get("container") == "cache" && last.V >= 256*mebi {
					return fmt.Errorf("%s: above its limit", s.Labels)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if restarts == 0 || oom == 0 {
		t.Errorf("%v restarts, %d killed for memory: the leak of tiny's cache does not show", restarts, oom)
	}
}

// A container that keeps its id over restarts shows them as counter resets.
func TestSameContainerIDResets(t *testing.T) {
	h := tinyHistory(t)
	for _, w := range h.workloads {
		w.SameContainerID = true
	}
	resets := 0
	err := h.Truth(nil, func(rec PodRecord, all []SeriesTruth) error {
		for _, s := range all {
			if s.Metric() != "container_cpu_usage_seconds_total" || s.Labels.Get("container") != "cache" {
				continue
			}
			for i := 1; i < len(s.Samples); i++ {
				if s.Samples[i].V < s.Samples[i-1].V {
					resets++
				}
			}
			if got := len(s.Rates()) + resets; got < len(s.Samples)-1-resets {
				return fmt.Errorf("%s: %d rates of %d samples", s.Labels, got, len(s.Samples))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if resets == 0 {
		t.Error("no counter was reset")
	}
}

// What the pod's cgroup shows is the sum of its containers: whoever adds both up
// counts twice.
func TestPodCgroupIsSumOfContainers(t *testing.T) {
	h := tinyHistory(t)
	err := h.Truth(func(rec PodRecord) bool { return rec.Live && rec.OwnerKind == KindReplicaSet }, func(rec PodRecord, all []SeriesTruth) error {
		var pod, containers []Sample
		for _, s := range all {
			if s.Metric() == "container_cpu_usage_seconds_total" {
				if s.Labels.Get("container") == "" {
					pod = s.Rates()
				} else {
					containers = s.Rates()
				}
			}
		}
		if len(pod) != len(containers) || len(pod) == 0 {
			return fmt.Errorf("%s: %d and %d rates", rec.Name, len(pod), len(containers))
		}
		for i := range pod {
			if d := math.Abs(pod[i].V - containers[i].V); d > 1e-6 {
				return fmt.Errorf("%s: at %d the pod uses %v, its container %v", rec.Name, pod[i].T, pod[i].V, containers[i].V)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The level in the scenario is the level in the samples.
func TestLevel(t *testing.T) {
	s, err := ParseScenario([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	s.Workloads[0].Containers[0].Usage.CPU.Noise = 0.3
	h, err := ImagineHistory(s, testEnd)
	if err != nil {
		t.Fatal(err)
	}
	err = h.Truth(func(rec PodRecord) bool { return rec.Live }, func(_ PodRecord, all []SeriesTruth) error {
		for _, s := range all {
			if s.Metric() != "container_cpu_usage_seconds_total" {
				continue
			}
			var sum float64
			rates := s.Rates()
			for _, r := range rates {
				sum += r.V
			}
			if mean := sum / float64(len(rates)); math.Abs(mean-0.05) > 0.0015 {
				return fmt.Errorf("%s: mean %v of %d, want 0.05", s.Labels, mean, len(rates))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkWrite(b *testing.B) {
	h := tinyHistory(b)
	for b.Loop() {
		if err := h.Write(context.Background(), b.TempDir(), nil); err != nil {
			b.Fatal(err)
		}
		// Tracks are made anew by each Write; nothing is carried over.
	}
}
