package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

// TestTraces holds our curve against every published strategy on recorded
// series: TRIMTAB_TRACES names their folder, laid out as for --traces.
func TestTraces(t *testing.T) {
	dir := os.Getenv("TRIMTAB_TRACES")
	if dir == "" {
		t.Skip("TRIMTAB_TRACES names no folder of recorded series")
	}
	traces, err := readTraces(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recommend.Resources() {
		b := rightsize.Backtest(r, traces.series[r], fitters())
		for _, peer := range b.Scores {
			if !slices.ContainsFunc(published(), func(p recommend.Fitter) bool { return p.Name() == peer.Strategy }) {
				continue
			}
			beaten := ""
			for _, s := range b.Scores {
				if ours(s.Strategy) && s.ViolationShare <= peer.ViolationShare && s.SlackShare <= peer.SlackShare &&
					(s.ViolationShare < peer.ViolationShare || s.SlackShare < peer.SlackShare) {
					beaten = s.Strategy
				}
			}
			t.Logf("%s %-22s %.4f / %.4f beaten by %s", r, peer.Strategy, peer.ViolationShare, peer.SlackShare, beaten)
			if beaten == "" {
				t.Errorf("%s: no point of our curve beats %s", r, peer.Strategy)
			}
		}
	}
}

func ours(name string) bool { return strings.HasPrefix(name, "ours@") }
