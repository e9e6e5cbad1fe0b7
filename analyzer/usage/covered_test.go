package usage

import (
	"testing"
	"time"
)

// Days are whole days of evidence, not dates that were touched.
func TestDaysCovered(t *testing.T) {
	for _, tc := range []struct {
		name  string
		begin time.Time
		hours []int // after begin
		want  int
	}{
		{"five days and an hour, begun before midnight", time.Date(2026, 11, 10, 23, 0, 0, 0, time.UTC), upTo(121), 5},
		{"one whole day", time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC), upTo(24), 1},
		{"an hour", time.Date(2026, 11, 10, 5, 0, 0, 0, time.UTC), upTo(1), 0},
		{"an hour every night", time.Date(2026, 11, 10, 2, 0, 0, 0, time.UTC), []int{0, 24, 48, 72, 96}, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s Series
			for _, h := range tc.hours {
				at := tc.begin.Add(time.Duration(h) * time.Hour)
				s.Hours = append(s.Hours, HourOf(int32(at.Unix()/3600), 1, 1, 1))
				day := at.Truncate(24 * time.Hour)
				if n := len(s.Days); n == 0 || !s.Days[n-1].Start.Equal(day) {
					s.Days = append(s.Days, Day{Start: day})
				}
				s.Days[len(s.Days)-1].Dist.Add(1)
			}
			if got := s.DaysCovered(); got != tc.want {
				t.Errorf("%d days, want %d", got, tc.want)
			}
		})
	}
}

func upTo(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i)
	}
	return all
}
