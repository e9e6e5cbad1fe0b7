package cluster

// target is something Prometheus scrapes: when it did, and when it could not.
type target struct {
	key      uint64
	interval int64 // milliseconds
	offset   int64 // of the scrapes within the interval, constant per target
	missed   float64
	gaps     []span
}

// span is a stretch of time, [from, to), in milliseconds since the epoch.
type span struct{ from, to int64 }

func (s span) holds(t int64) bool { return t >= s.from && t < s.to }

func anyHolds(spans []span, t int64) bool {
	for _, s := range spans {
		if s.holds(t) {
			return true
		}
	}
	return false
}

// newTarget makes the target named, whose offset follows from its name as it
// does in Prometheus.
func newTarget(s *Scenario, name string, interval Duration, end int64) target {
	key := hash(s.Seed, "target", name)
	every := millis(interval)
	return target{
		key:      key,
		interval: every,
		offset:   int64(unit(key, 1) * float64(every)),
		missed:   s.History.Missed,
		gaps:     spans(s.History.Gaps, end),
	}
}

// spans turns gaps, which count back from end, into spans.
func spans(gaps []Gap, end int64) []span {
	out := make([]span, 0, len(gaps))
	for _, g := range gaps {
		from := end - millis(g.Ago)
		out = append(out, span{from, from + millis(g.For)})
	}
	return out
}

// times lists the scrapes that worked in [from, to). Most are to the
// millisecond on the grid, as Prometheus aligns them; some are a few off.
func (g *target) times(from, to int64) []int64 {
	if to <= from {
		return nil
	}
	out := make([]int64, 0, (to-from)/g.interval+1)
	for i := (from - g.offset) / g.interval; ; i++ {
		t := i*g.interval + g.offset
		if r := unit(g.key, 2, uint64(i)); r < 0.15 {
			t += int64(r / 0.15 * 9)
		}
		if t >= to {
			return out
		}
		if t < from || anyHolds(g.gaps, t) {
			continue
		}
		if g.missed > 0 && unit(g.key, 3, uint64(i)) < g.missed {
			continue
		}
		out = append(out, t)
	}
}
