package unit

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		30 * time.Second: "30s", 10 * time.Minute: "10m", 15 * time.Minute: "15m", time.Hour: "1h",
		90 * time.Minute: "1h30m", 10 * time.Hour: "10h", 61 * time.Second: "1m1s", 0: "0s",
	} {
		if got := Span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
