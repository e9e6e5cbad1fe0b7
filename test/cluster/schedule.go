package cluster

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// schedule is a cron line of which only minute and hour are restricted.
type schedule struct{ minutes, hours [60]bool }

// parseSchedule reads a cron line such as "15 */4 * * *". It fails where another
// field than minute and hour is restricted.
func parseSchedule(line string) (schedule, error) {
	var s schedule
	fields := strings.Fields(line)
	if len(fields) != 5 || fields[2] != "*" || fields[3] != "*" || fields[4] != "*" {
		return s, fmt.Errorf("schedule %q: want five fields of which the last three are *", line)
	}
	if err := parseCronField(fields[0], 60, &s.minutes); err != nil {
		return s, fmt.Errorf("schedule %q: minute %w", line, err)
	}
	if err := parseCronField(fields[1], 24, &s.hours); err != nil {
		return s, fmt.Errorf("schedule %q: hour %w", line, err)
	}
	return s, nil
}

func parseCronField(text string, n int, out *[60]bool) error {
	for _, part := range strings.Split(text, ",") {
		step := 1
		base, stepText, stepped := strings.Cut(part, "/")
		if stepped {
			v, err := strconv.Atoi(stepText)
			if err != nil || v < 1 || v >= n {
				return fmt.Errorf("step %q is not within 1 and %d", stepText, n-1)
			}
			step = v
		}
		from, to := 0, n-1
		if base != "*" {
			v, err := strconv.Atoi(base)
			if err != nil || v < 0 || v >= n {
				return fmt.Errorf("%q is not within 0 and %d", base, n-1)
			}
			from = v
			if !stepped {
				to = v
			}
		}
		for i := from; i <= to; i += step {
			out[i] = true
		}
	}
	return nil
}

// between lists the times of the schedule in [from, to), in UTC.
func (s schedule) between(from, to time.Time) []time.Time {
	var out []time.Time
	t := from.UTC().Truncate(time.Minute)
	if t.Before(from) {
		t = t.Add(time.Minute)
	}
	for ; t.Before(to); t = t.Add(time.Minute) {
		if s.hours[t.Hour()] && s.minutes[t.Minute()] {
			out = append(out, t)
		}
	}
	return out
}
