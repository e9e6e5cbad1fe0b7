package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/screentest"
	"github.com/trimtab/trimtab/tui/theme"
)

// output takes what the program writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// The whole program on a stream: it shows what Load brings, takes keys, exports
// and ends.
func TestRun(t *testing.T) {
	in, keys := io.Pipe()
	out := &output{}
	loaded := make(chan struct{})
	exported := make(chan int, 1)
	d := Deps{
		Where: "test", Strategy: "balanced",
		Load: func(_ context.Context, update func(Update)) error {
			update(Update{Stage: "reading the cluster"})
			r, recs := screentest.Make(screentest.Small())
			update(Update{Report: r, Recs: recs, Stage: "done"})
			close(loaded)
			return nil
		},
		Export: func(_ *analyzer.Report, recs []recommend.Recommendation) (string, []string, error) {
			exported <- len(recs)
			return "out", []string{"a.yaml"}, nil
		},
	}
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), d, Options{Theme: "mono", Input: in, Output: out}) }()
	<-loaded
	// A stream has no size: what matters is that keys arrive and the program ends.
	time.Sleep(300 * time.Millisecond)
	if _, err := io.WriteString(keys, "q"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("q does not end the program")
	}
	if s := out.String(); !strings.Contains(s, "\x1b[?1049l") {
		t.Error("the alternate screen is not left")
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	in, _ := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	d := Deps{Load: func(ctx context.Context, _ func(Update)) error { <-ctx.Done(); return ctx.Err() }}
	go func() { done <- Run(ctx, d, Options{Input: in, Output: &output{}}) }()
	time.Sleep(100 * time.Millisecond)
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v, want the context's error", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the program outlives its context")
	}
}

func TestUnknownTheme(t *testing.T) {
	if err := Run(t.Context(), Deps{}, Options{Theme: "pink"}); err == nil || !strings.Contains(err.Error(), "--theme") {
		t.Errorf("error %v does not name the flag", err)
	}
}

// A flood of updates wakes the interface at most ten times a second, and the
// last state always arrives.
func TestFeedJoinsUpdates(t *testing.T) {
	var mu sync.Mutex
	var got []dataMsg
	f := &feed{send: func(m tea.Msg) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, m.(dataMsg))
	}}
	r, recs := screentest.Bill(screentest.Small())
	var wg sync.WaitGroup
	start := time.Now()
	wg.Go(func() { f.run(t.Context()) })
	wg.Go(func() {
		f.load(t.Context(), func(_ context.Context, update func(Update)) error {
			update(Update{Report: r, Recs: recs, Stage: "looking for usage"})
			for i := range 10_000 {
				update(Update{Progress: &usage.Progress{Stage: "survey", Done: i + 1, Total: 10_000}})
			}
			return errors.New("gone")
		})
	})
	wg.Wait()
	most := int(time.Since(start)/refreshEvery) + 2
	last := got[len(got)-1]
	if len(got) > most || last.loading.Err == nil || last.loading.Progress.Done != 10_000 {
		t.Errorf("%d messages (want at most %d), the last %+v", len(got), most, last.loading)
	}
	facts := 0
	for _, m := range got {
		if m.facts != nil {
			facts++
		}
	}
	if facts != 1 {
		t.Errorf("facts were made %d times of one report", facts)
	}
}

// A panic while loading, or while facts are made, becomes an error on screen.
func TestPanicsBecomeErrors(t *testing.T) {
	var got dataMsg
	f := &feed{send: func(m tea.Msg) { got = m.(dataMsg) }}
	f.load(t.Context(), func(context.Context, func(Update)) error { panic("boom") })
	f.flush()
	if err := got.loading.Err; err == nil || !strings.Contains(err.Error(), "boom") || !strings.Contains(err.Error(), "goroutine") {
		t.Errorf("error %v, want the panic with its stack", err)
	}
	f = &feed{send: f.send}
	f.update(Update{Report: &analyzer.Report{}})
	f.flush()
	if got.loading.Err == nil {
		t.Error("a report without a snapshot is no error")
	}
}

func TestThemeFollowsTheTerminal(t *testing.T) {
	a, err := newApp(Deps{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Init() == nil {
		t.Error("the background is not asked for")
	}
	white := tea.BackgroundColorMsg{Color: white{}}
	a.Update(white)
	if a.ctx.Theme.Variant() != theme.Light {
		t.Errorf("theme %v on white", a.ctx.Theme.Variant())
	}
	fixed, err := newApp(Deps{}, Options{Theme: "dark"})
	if err != nil {
		t.Fatal(err)
	}
	fixed.Update(white)
	if fixed.ctx.Theme.Variant() != theme.Dark || fixed.Init() != nil {
		t.Error("a chosen theme follows the terminal")
	}
}

type white struct{}

func (white) RGBA() (r, g, b, a uint32) { return 0xffff, 0xffff, 0xffff, 0xffff }
