package prom

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
)

// perfResult is what TestPerf prints behind "PERF " for test/perf to read.
type perfResult struct {
	Pods, Containers int
	// Pass is "survey" or "detail".
	Pass      string
	Queries   int
	WireBytes int64
	Samples   int64
	Seconds   float64
	ClientCPU float64 // seconds, of this process
	ServerCPU float64 // seconds, of the server that the snapshot was read from
	PeakBytes int64   // resident, at most, since the pass began
	HeldBytes int64   // resident at its end
	Warnings  []string
}

// TestPerf runs the survey, and with TRIMTAB_PERF_DETAIL=N the detail of the
// first N containers, against a server of many pods and prints what it cost.
// test/perf calls it; it stands here because it needs no cluster, only
// Prometheus: the snapshot is made from the labels of the series.
//
//	TRIMTAB_PERF_PROMETHEUS  address of the server that is measured
//	TRIMTAB_PERF_LABELS      address that the snapshot is read from, if another
//	TRIMTAB_PERF_END         end of the window, RFC 3339
//	TRIMTAB_PERF_WINDOW      its length, 14d where unset
func TestPerf(t *testing.T) {
	address := os.Getenv("TRIMTAB_PERF_PROMETHEUS")
	if address == "" {
		t.Skip("TRIMTAB_PERF_PROMETHEUS is not set")
	}
	end, err := time.Parse(time.RFC3339, os.Getenv("TRIMTAB_PERF_END"))
	if err != nil {
		t.Fatal("TRIMTAB_PERF_END: ", err)
	}
	length := 14 * 24 * time.Hour
	if text := os.Getenv("TRIMTAB_PERF_WINDOW"); text != "" {
		if length, err = ParseDuration(text); err != nil {
			t.Fatal("TRIMTAB_PERF_WINDOW: ", err)
		}
	}
	labels := address
	if text := os.Getenv("TRIMTAB_PERF_LABELS"); text != "" {
		labels = text
	}
	snap := snapshotOfSeries(t, labels, end)
	s, err := New(Config{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	quiet := func(usage.Progress) {}

	resetPeak(t)
	m := begin(t, labels)
	u, err := s.Usage(t.Context(), snap, usage.Window{Start: end.Add(-length), End: end}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	printPerf(t, "survey", snap, u, len(u.Containers), u.Scan, m)

	n, _ := strconv.Atoi(os.Getenv("TRIMTAB_PERF_DETAIL"))
	if n <= 0 {
		return
	}
	order := make([]cluster.ContainerID, 0, len(u.Containers))
	for id := range u.Containers {
		order = append(order, id)
	}
	slices.SortFunc(order, cluster.ContainerID.Compare)
	order = order[:min(n, len(order))]
	before := u.Scan
	resetPeak(t)
	m = begin(t, labels)
	if u, err = s.Refine(t.Context(), snap, u, order, 1<<40, quiet); err != nil {
		t.Fatal(err)
	}
	printPerf(t, "detail", snap, u, len(order), usage.Scan{
		Queries: u.Scan.Queries - before.Queries, WireBytes: u.Scan.WireBytes - before.WireBytes, Samples: u.Scan.Samples - before.Samples,
	}, m)
}

func printPerf(t *testing.T, pass string, snap *cluster.Snapshot, u *usage.Usage, containers int, cost usage.Scan, m meter) {
	t.Helper()
	wall, own := time.Since(m.began), ownCPU()-m.own
	r := perfResult{
		ClientCPU: own, ServerCPU: serverCPU(t, m.address) - m.server,
		Pods: len(snap.Pods), Containers: containers, Pass: pass, Queries: cost.Queries, WireBytes: cost.WireBytes, Samples: cost.Samples,
		Seconds: wall.Seconds(), PeakBytes: statusBytes("VmHWM"), HeldBytes: statusBytes("VmRSS"),
	}
	for _, w := range u.Warnings {
		r.Warnings = append(r.Warnings, w.Error())
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("PERF %s\n", text)
}

// snapshotOfSeries makes a snapshot of the pods that had series shortly
// before the end, with their owners by kube-state-metrics.
func snapshotOfSeries(t *testing.T, address string, end time.Time) *cluster.Snapshot {
	t.Helper()
	s, err := New(Config{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.client.seriesOf(t.Context(), "container_memory_working_set_bytes"+braces(containersOnly), end.Add(-5*time.Minute), end)
	if err != nil {
		t.Fatal(err)
	}
	var none cluster.Snapshot
	own, warnings := s.client.loadOwners(t.Context(), &none, usage.Window{Start: end.Add(-5 * time.Minute), End: end})
	if len(warnings) > 0 {
		t.Fatal(warnings)
	}
	snap := &cluster.Snapshot{}
	workloads := map[cluster.WorkloadID]map[string]bool{}
	pods := map[cluster.PodKey]bool{}
	for _, l := range list {
		key := cluster.PodKey{Namespace: l["namespace"], Name: l["pod"]}
		id, ok := own.workload(key.Namespace, key.Name)
		if !ok {
			continue
		}
		if workloads[id] == nil {
			workloads[id] = map[string]bool{}
		}
		workloads[id][l["container"]] = true
		if !pods[key] {
			pods[key] = true
			snap.Pods = append(snap.Pods, cluster.Pod{Namespace: key.Namespace, Name: key.Name, Workload: id, Phase: "Running"})
		}
	}
	for id, names := range workloads {
		w := cluster.Workload{ID: id, Known: true}
		for name := range names {
			w.Containers = append(w.Containers, cluster.Container{Name: name})
		}
		snap.Workloads = append(snap.Workloads, w)
	}
	snap.Sort()
	return snap
}

// meter is what the clocks showed when a pass began.
type meter struct {
	address     string
	server, own float64
	began       time.Time
}

func begin(t *testing.T, address string) meter {
	t.Helper()
	return meter{address, serverCPU(t, address), ownCPU(), time.Now()}
}

// ownCPU is the CPU time that this process has used, in seconds; 0 where the
// system does not say. Linux counts it in hundredths.
func ownCPU() float64 {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

// serverCPU is the CPU time that a server has used, in seconds; 0 where it
// does not say.
func serverCPU(t *testing.T, address string) float64 {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "process_cpu_seconds_total "); ok {
			v, _ := strconv.ParseFloat(text, 64)
			return v
		}
	}
	return 0
}

// resetPeak makes VmHWM begin again, where the system allows it.
func resetPeak(t *testing.T) {
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Log("the peak of memory is that of the whole process: ", err)
	}
}

// statusBytes reads an amount of memory from /proc/self/status; 0 where there
// is no such file.
func statusBytes(name string) int64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}
