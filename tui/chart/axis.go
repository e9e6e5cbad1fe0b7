package chart

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/trimtab/trimtab/tui/theme"
)

var eventRoles = [eventKinds]theme.Role{Rollout: theme.Accent, Restart: theme.Caution, OOM: theme.Danger}

var eventNames = [eventKinds]string{Rollout: "rollout", Restart: "restart", OOM: "OOM"}

func (u *Usage) eventSign(kind EventKind) string {
	c := &u.th.Symbols().Chart
	switch kind {
	case OOM:
		return c.OOM
	case Restart:
		return c.Restart
	default:
		return c.Rollout
	}
}

// span returns the length of the series in seconds.
func (u *Usage) span() float64 {
	return u.spec.Series.Step.Seconds() * float64(len(u.spec.Series.Value))
}

// column returns the cell of the plot for an instant; ok is false outside of
// the series.
func (u *Usage) column(at time.Time) (x int, ok bool) {
	share := at.Sub(u.spec.Series.Start).Seconds() / u.span()
	if !(share >= 0 && share < 1) {
		return 0, false
	}
	return min(int(share*float64(u.plotW)), u.plotW-1), true
}

func (u *Usage) countEvents() {
	if !u.timed() {
		return
	}
	for _, e := range u.spec.Events {
		share := e.At.Sub(u.spec.Series.Start).Seconds() / u.span()
		if e.Kind < eventKinds && share >= 0 && share < 1 {
			u.counts[e.Kind]++
		}
	}
}

// writeEvents writes the line of events above the time axis.
func (u *Usage) writeEvents() {
	u.signs = slices.Grow(u.signs[:0], u.plotW)[:u.plotW]
	clear(u.signs)
	for _, e := range u.spec.Events {
		if e.Kind >= eventKinds {
			continue
		}
		if x, ok := u.column(e.At); ok {
			u.signs[x] = max(u.signs[x], uint8(e.Kind)+1)
		}
	}
	u.buf = theme.AppendBlank(u.buf, u.label)
	for _, s := range u.signs {
		if s == 0 {
			u.buf = append(u.buf, ' ')
			continue
		}
		kind := EventKind(s - 1)
		u.buf = u.th.Append(u.buf, eventRoles[kind], u.eventSign(kind))
	}
	u.buf = theme.AppendBlank(u.buf, u.w-u.label-u.plotW)
	u.endLine()
}

// labelSpace is how many cells a label of the time axis gets at least.
const labelSpace = 8

// pace is the distance between labels of the time axis.
type pace struct{ days, hours, minutes int }

// paceFor chooses a distance so that labels do not touch. A span above 400
// years has no labels.
func paceFor(seconds float64, cells int) (pace, bool) {
	if cells <= 0 || seconds <= 0 || seconds > 400*365*86400 {
		return pace{}, false
	}
	need := seconds / float64(cells) * labelSpace
	for _, m := range [...]int{1, 2, 5, 10, 15, 30} {
		if float64(m*60) >= need {
			return pace{minutes: m}, true
		}
	}
	for _, h := range [...]int{1, 2, 3, 6, 12} {
		if float64(h*3600) >= need {
			return pace{hours: h}, true
		}
	}
	for _, d := range [...]int{1, 2, 3, 5, 7, 14, 28} {
		if float64(d*86400) >= need {
			return pace{days: d}, true
		}
	}
	return pace{days: int(need/(28*86400)+1) * 28}, true
}

// writeAxis writes the time axis: days as "9 Nov", then "11"; hours as
// "15:00". Days begin where they do in the location, also when the clocks
// change.
func (u *Usage) writeAxis() {
	u.axisLine = theme.AppendBlank(u.axisLine[:0], u.plotW)
	if p, ok := paceFor(u.span(), u.plotW); ok {
		u.fillAxis(p)
	}
	u.buf = theme.AppendBlank(u.buf, u.label)
	u.buf = u.th.Append(u.buf, theme.Muted, view(u.axisLine))
	u.buf = theme.AppendBlank(u.buf, u.w-u.label-u.plotW)
	u.endLine()
}

func (u *Usage) fillAxis(p pace) {
	loc := u.spec.Location
	if loc == nil {
		loc = time.UTC
	}
	y, m, d := u.spec.Series.Start.In(loc).Date()
	free := 0 // first cell after the last label
	var month time.Month
	var tmp [16]byte
	at := func(k int) time.Time {
		return time.Date(y, m, d+k*p.days, k*p.hours, k*p.minutes, 0, 0, loc)
	}
	if p.days > 0 && at(0).Before(u.spec.Series.Start) {
		d++
	}
	// Hours of the first day may begin long before the series does.
	k := 0
	if p.days == 0 {
		since := u.spec.Series.Start.Sub(at(0))
		k = max(int(since/(time.Duration(p.hours)*time.Hour+time.Duration(p.minutes)*time.Minute))-2, 0)
	}
	for range u.plotW + 4 {
		t := at(k)
		k++
		x, ok := u.column(t)
		if !ok {
			if t.After(u.spec.Series.Start) {
				return
			}
			continue
		}
		label := tmp[:0]
		hour, minute, _ := t.Clock()
		switch {
		case p.days == 0 && (hour != 0 || minute != 0):
			label = t.AppendFormat(label, "15:04")
		case t.Month() != month || p.days == 0:
			label = t.AppendFormat(label, "2 Jan")
			month = t.Month()
		default:
			label = t.AppendFormat(label, "2")
		}
		if x < free || x+utf8.RuneCount(label) > u.plotW {
			continue
		}
		copy(u.axisLine[x:], label)
		free = x + len(label) + 1
	}
}
