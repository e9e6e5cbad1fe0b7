package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// Options are how the interface looks and where it is.
type Options struct {
	// Theme is the name of a theme.Variant; "" starts dark and follows the
	// terminal's background once that is known.
	Theme string
	// ASCII draws without braille, blocks and box characters.
	ASCII bool
	// Location is where times are shown; nil is the local one.
	Location *time.Location
	// Input and Output replace the terminal, for tests.
	Input  io.Reader
	Output io.Writer
}

// refreshEvery is the shortest time between two states of the data on screen.
const refreshEvery = 100 * time.Millisecond

// closing is how long Run waits for Load to notice that it is over.
const closing = 500 * time.Millisecond

// Run shows the interface until the user leaves it or ctx ends, whose error it
// then returns. The terminal is left as it was found, also after a panic.
func Run(ctx context.Context, d Deps, o Options) error {
	app, err := newApp(d, o)
	if err != nil {
		return err
	}
	loading, cancel := context.WithCancel(ctx)
	defer cancel()
	opts := []tea.ProgramOption{tea.WithoutSignalHandler(), tea.WithFilter(wheelFilter())}
	if o.Input != nil {
		opts = append(opts, tea.WithInput(o.Input))
	}
	if o.Output != nil {
		opts = append(opts, tea.WithOutput(o.Output))
	}
	p := tea.NewProgram(app, opts...)
	over := make(chan struct{})
	var wg sync.WaitGroup
	f := &feed{send: p.Send}
	wg.Go(func() { f.run(loading) })
	wg.Go(func() { f.load(loading, d.Load) })
	go func() {
		select {
		case <-ctx.Done():
			p.Send(endMsg{})
		case <-over:
		}
	}()
	_, err = p.Run()
	close(over)
	cancel()
	waitFor(&wg, closing)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, tea.ErrProgramPanic):
		return hint.Wrap(err, "the interface failed", "the stack is above; please report it")
	case err != nil:
		return fmt.Errorf("running the interface: %w", err)
	}
	return nil
}

func waitFor(wg *sync.WaitGroup, limit time.Duration) {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// feed joins updates so that the interface is not woken more than ten times a
// second, and makes facts of them outside of its goroutine.
type feed struct {
	send func(tea.Msg)

	mu      sync.Mutex
	pending Update
	changed bool
	over    bool
	err     error
	last    Update // what facts were made of
}

// dataMsg is a new state of the data.
type dataMsg struct {
	facts   *screen.Facts // nil: unchanged
	loading screen.Loading
}

// endMsg says that the context has ended.
type endMsg struct{}

func (f *feed) load(ctx context.Context, load func(context.Context, func(Update)) error) {
	err := hint.Guard("loading", func() error {
		if load == nil {
			return nil
		}
		return load(ctx, f.update)
	})
	f.mu.Lock()
	f.over, f.err, f.changed = true, err, true
	f.mu.Unlock()
}

// update takes an update; a later one replaces what it has in common with
// those before it.
func (f *feed) update(u Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = true
	if u.Report != nil {
		f.pending.Report = u.Report
	}
	if u.Recs != nil {
		f.pending.Recs = u.Recs
	}
	if u.Progress != nil {
		f.pending.Progress = u.Progress
	}
	if u.Stage != "" {
		f.pending.Stage, f.pending.Progress = u.Stage, u.Progress
	}
}

// run sends what has changed until loading is over or ctx ends.
func (f *feed) run(ctx context.Context) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		if f.flush() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// flush sends the state if it has changed. It returns true when there is
// nothing more to come.
func (f *feed) flush() (over bool) {
	f.mu.Lock()
	changed, u, done, err := f.changed, f.pending, f.over, f.err
	f.changed = false
	f.mu.Unlock()
	if !changed {
		return done
	}
	m := dataMsg{loading: screen.Loading{Stage: u.Stage, Progress: u.Progress, Done: done && err == nil, Err: err}}
	if u.Report != f.last.Report || !sameSlice(u.Recs, f.last.Recs) {
		if failed := hint.Guard("joining the data", func() error {
			m.facts = screen.NewFacts(u.Report, u.Recs)
			return nil
		}); failed != nil {
			m.loading.Err, m.loading.Done = failed, false
		}
		f.last = u
	}
	f.send(m)
	return done
}

func sameSlice[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// wheelFilter merges turns of the mouse wheel, so that keys never queue behind
// a flood of them.
func wheelFilter() func(tea.Model, tea.Msg) tea.Msg {
	var last time.Time
	return func(_ tea.Model, m tea.Msg) tea.Msg {
		if _, wheel := m.(tea.MouseWheelMsg); wheel {
			now := time.Now()
			if now.Sub(last) < 8*time.Millisecond {
				return nil
			}
			last = now
		}
		return m
	}
}

// look returns the theme of the options; auto says that it may follow the
// terminal.
func look(o Options) (th *theme.Theme, v theme.Variant, auto bool, err error) {
	if o.Theme == "" || o.Theme == "auto" {
		auto = true
	} else if v, err = theme.ParseVariant(o.Theme); err != nil {
		return nil, v, false, err
	}
	return theme.New(themeOptions(v, o.ASCII)), v, auto, nil
}

func themeOptions(v theme.Variant, ascii bool) theme.Options {
	o := theme.Options{Variant: v}
	if ascii {
		o.Glyphs = theme.ASCII
	}
	return o
}
