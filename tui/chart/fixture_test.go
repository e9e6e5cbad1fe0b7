package chart

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/tui/theme"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// plain checks the size of a picture and returns its text, with a mark at the
// end of each line so that trailing blanks show.
func plain(t testing.TB, lines []string, w, h int) string {
	t.Helper()
	checkSize(t, lines, w, h)
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(ansi.Strip(l))
		b.WriteString("|\n")
	}
	return b.String()
}

func checkSize(t testing.TB, lines []string, w, h int) {
	t.Helper()
	w, h = max(w, 0), max(h, 0)
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for i, l := range lines {
		if got := ansi.StringWidth(l); got != w {
			t.Fatalf("line %d is %d cells, want %d: %q", i, got, w, l)
		}
	}
}

func dark() *theme.Theme { return theme.New(theme.Options{}) }

var start = time.Date(2026, 11, 9, 0, 0, 0, 0, time.UTC)

func millis(dst []byte, v float64) []byte {
	return append(strconv.AppendInt(dst, int64(math.Round(v)), 10), 'm')
}

// days is CPU of a service with office hours, n buckets over 14 days, with a
// gap on the fourth day.
func days(n int) Series {
	s := Series{Start: start, Step: 14 * 24 * time.Hour / time.Duration(max(n, 1))}
	for i := range n {
		day := float64(i) / float64(n) * 14
		hour := math.Mod(day, 1) * 24
		v := 150.0
		if hour > 7 && hour < 20 {
			v += 240 * math.Sin((hour-7)/13*math.Pi)
		}
		if int(day)%7 >= 5 {
			v = 120 + (v-150)*0.4
		}
		v += 14 * math.Sin(float64(i)*1.7)
		peak := v * 1.18
		if i%(n/9+1) == n/40 {
			peak = 588
		}
		gap := day > 3.3 && day < 4.1
		s.Value = append(s.Value, v)
		s.Max = append(s.Max, min(peak, 588))
		s.Gap = append(s.Gap, gap)
	}
	return s
}

// checkout is the container of the mock-up.
func checkout(points int) *Spec {
	return &Spec{
		Series: days(points),
		Rules: []Rule{
			{Kind: Request, Value: 2000},
			{Kind: Limit, Value: 3000},
			{Kind: Proposed, Value: 640},
			{Kind: Yours, Value: 700},
		},
		Events: []Event{
			{At: start.Add(30 * time.Hour), Kind: OOM},
			{At: start.Add(200 * time.Hour), Kind: Rollout},
			{At: start.Add(202 * time.Hour), Kind: Restart},
		},
		Area:   Key{Value: At(412)},
		Max:    Key{Value: At(588)},
		Notes:  []string{"p50 180m", "throttled 0%"},
		Format: millis,
	}
}
