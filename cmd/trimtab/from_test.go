package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/record"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/recommend/emit"
	"github.com/trimtab/trimtab/tui"
)

// inMemory is a cluster that was never in a file: what a live one is to the
// stages after collecting.
type inMemory struct{ record.Recording }

func (m inMemory) where() string { return "memory" }

func (m inMemory) recording(context.Context) (record.Recording, error) { return m.Recording, nil }

func (m inMemory) collect() collected {
	return collected{
		snapshot: m.Snapshot, book: m.Book,
		sources: func(context.Context) ([]usage.Source, []error) {
			return []usage.Source{measurement{m}}, []error{hint.New("no Prometheus was found", "name one")}
		},
	}
}

// measurement refines whatever it is asked to.
type measurement struct{ m inMemory }

func (measurement) Name() string { return "memory" }

func (s measurement) Usage(context.Context, *cluster.Snapshot, usage.Window, func(usage.Progress)) (*usage.Usage, error) {
	return s.m.Recording.Usage, nil
}

func (s measurement) Refine(_ context.Context, _ *cluster.Snapshot, u *usage.Usage, order []cluster.ContainerID, _ int64, _ func(usage.Progress)) (*usage.Usage, error) {
	out := *u
	out.Containers = map[cluster.ContainerID]*usage.History{}
	for id, h := range u.Containers {
		out.Containers[id] = h
	}
	for _, id := range order {
		if h := s.m.Detail.Containers[id]; h != nil {
			out.Containers[id] = h
		}
	}
	return &out, nil
}

// loadingOf is a run with the flags of rightsize.
func loadingOf(t *testing.T, from origin, w usage.Window, detail, policy string) *loading {
	t.Helper()
	pol := policyFlags{name: policy}
	strategy, bounds, err := pol.resolve()
	if err != nil {
		t.Fatal(err)
	}
	e := env{Err: &bytes.Buffer{}, Now: func() time.Time { return time.Unix(1.9e9, 0) }}
	return &loading{env: e, from: from, scan: &scanFlags{detail: detail}, window: w, strategy: strategy, policy: bounds}
}

func reports(t *testing.T, l *loading) map[string]string {
	t.Helper()
	stages := 0
	r, err := l.run(t.Context(), func(u tui.Update) {
		if u.Report != nil {
			stages++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if stages < 2 {
		t.Errorf("the report arrives in %d stages: the bill comes before the usage", stages)
	}
	out := map[string]string{}
	for _, k := range []emit.Kind{emit.KindCost, emit.KindRightsize, emit.KindPrices} {
		f, _ := emit.Find("json")
		var b bytes.Buffer
		if err := f.Write(&b, &emit.Input{Kind: k, Report: r.report, Recommendations: r.recs, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		out[string(k)] = regexp.MustCompile(`"generatedAt": "[^"]*"`).ReplaceAllString(b.String(), "")
	}
	return out
}

// TestLiveAndRecorded holds that a report made from a file is the one that was
// made of the cluster, to the byte but for when it was made: for each amount
// of detail and each policy, whatever the recording was made with.
func TestLiveAndRecorded(t *testing.T) {
	f, err := openFile("demo")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := f.Recording(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	live := inMemory{rec}
	w := f.Window()

	found, err := loadingOf(t, live, w, "all", "balanced").run(t.Context(), func(tui.Update) {})
	if err != nil {
		t.Fatal(err)
	}
	made := found.recording()
	if len(found.report.Warnings) == 0 || made.Detail == nil {
		t.Fatal("the test needs warnings and detail")
	}
	path := filepath.Join(t.TempDir(), "cluster.trimtab")
	if _, err := writeRecording(path, made); err != nil {
		t.Fatal(err)
	}
	for _, detail := range []string{"none", "changes", "all"} {
		for _, policy := range strategyNames() {
			t.Run(detail+" "+policy, func(t *testing.T) {
				scan := &scanFlags{from: path}
				scan.flags = newRootCmd(env{Now: time.Now}).Flags()
				r, err := openRecorded(scan, genericclioptions.NewConfigFlags(true))
				if err != nil {
					t.Fatal(err)
				}
				want := reports(t, loadingOf(t, live, w, detail, policy))
				got := reports(t, loadingOf(t, r, r.file.Window(), detail, policy))
				for k := range want {
					if want[k] != got[k] {
						t.Errorf("%s differs between the cluster and its recording", k)
					}
				}
			})
		}
	}
}
