package main

import (
	"context"
	"fmt"
	"time"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/tui"
)

// runWithProgress runs the stages with one line on standard error that is
// rewritten as they go and gone when they end; nothing is written where
// standard error is not a terminal.
func (l *loading) runWithProgress(ctx context.Context, e env) (result, error) {
	if !isTerminal(e.Err) {
		return l.run(ctx, func(tui.Update) {})
	}
	const eraseLine = "\r\x1b[K"
	var last time.Time
	r, err := l.run(ctx, func(u tui.Update) {
		line := u.Stage
		if p := u.Progress; p != nil {
			if now := e.Now(); now.Sub(last) < 100*time.Millisecond && p.Done < p.Total {
				return
			}
			last = e.Now()
			line = fmt.Sprintf("%s: %d of %d", p.Stage, p.Done, p.Total)
			if p.Bytes > 0 {
				line += ", " + unit.Bytes(p.Bytes).Compact()
			}
		}
		if line != "" {
			_, _ = fmt.Fprint(e.Err, eraseLine+line)
		}
	})
	_, _ = fmt.Fprint(e.Err, eraseLine)
	return r, err
}
