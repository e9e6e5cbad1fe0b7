// Package chart draws usage over time, sparklines, bars, histograms and heat
// maps as plain lines of text with theme roles.
//
// Nothing here does I/O, reads a clock or keeps what it is given. Charts take
// any width and height, any data, and always answer with lines of the size
// asked for: NaN and infinite samples are gaps, negative ones count as 0.
// Times are shown in the location the caller names. Numbers are in whatever
// unit the caller scaled them to; a round scale needs a unit in which the
// numbers are round, so memory should come in Mi or Gi, not in bytes.
package chart

import (
	"math"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/trimtab/trimtab/tui/theme"
)

// Level is a number that may be unknown; the zero value is unknown.
type Level struct {
	Value float64
	Known bool
}

// At returns a known level. NaN and infinities are unknown.
func At(v float64) Level { return Level{v, finite(v)} }

func finite(v float64) bool { return v-v == 0 }

// Series is usage in buckets of equal length.
type Series struct {
	// Start is where bucket 0 begins and Step how long each is. Without a Step
	// above zero the time axis has no labels and events are not shown.
	Start time.Time
	Step  time.Duration
	// Value is what the filled area shows of each bucket, such as its p95.
	Value []float64
	// Max is the largest sample of each bucket, drawn as a dot where it is
	// above the area. It may be shorter than Value or nil.
	Max []float64
	// Gap says which buckets have no samples. It may be shorter or nil; a
	// Value that is NaN or infinite is a gap as well.
	Gap []bool
}

// gap says that a bucket has no value.
func (s *Series) gap(i int) bool {
	return !finite(s.Value[i]) || (i < len(s.Gap) && s.Gap[i])
}

// RuleKind is what a horizontal rule stands for. Where rules share a cell the
// larger kind wins.
type RuleKind uint8

// The kinds of rules, the least important first.
const (
	Mean     RuleKind = iota // a reference such as a 30-day mean
	Request                  // what is requested now
	Limit                    // what is allowed now
	Proposed                 // what is recommended
	Yours                    // what is being tried
	ruleKinds
)

// Rule is a horizontal line at a value. Rules with a value that is negative,
// NaN or infinite are left out.
type Rule struct {
	Kind  RuleKind
	Value float64
	// Label replaces the kind's own name in the legend.
	Label string
}

// EventKind is what happened at an instant. Where events share a cell the
// larger kind wins.
type EventKind uint8

// The kinds of events, the least important first.
const (
	Rollout EventKind = iota
	Restart
	OOM
	eventKinds
)

// Event is a sign on the time axis. Events outside of the series are left out.
type Event struct {
	At   time.Time
	Kind EventKind
}

// Key is a line of the legend: a name, and a number where it is known.
type Key struct {
	Name  string
	Value Level
}

// Spec is what a usage chart shows.
type Spec struct {
	Series Series
	Rules  []Rule
	Events []Event

	// Area and Max name the filled area and the dots in the legend, "p95" and
	// "max" where they have no name. Their values are those of the whole
	// window; an unknown Max is taken from the series.
	Area, Max Key
	// Notes are further lines of the legend.
	Notes []string
	// NoLegend leaves the legend out.
	NoLegend bool

	// FullScale makes room for every rule. Otherwise the chart is zoomed to
	// usage: its top is 1.25 times the largest of usage, recommendation, yours
	// and mean, and rules above it are named at the top with an arrow.
	FullScale bool

	// Format appends a value with its unit; nil means the shortest number.
	Format func(dst []byte, v float64) []byte
	// Location is where days begin; nil means UTC.
	Location *time.Location

	// Cursor is the bucket that a vertical line marks when ShowCursor is set.
	Cursor     int
	ShowCursor bool

	// Empty is shown when no bucket has a value; "no samples in this window"
	// where it is empty.
	Empty string
}

// Usage draws usage charts. It keeps its buffers between frames; one goroutine
// uses it. Make one with [NewUsage].
type Usage struct {
	th *theme.Theme
	frame
	cells    []cell
	colValue []float64 // by column of dots; NaN: gap
	colPeak  []float64
	rules    []mark
	legend   []entry
	text     []byte // what legend and labels refer to
	buf      []byte
	ends     []int
	lines    []string
	axisLine []byte
	signs    []uint8
}

// frame is how the chart's parts share the space.
type frame struct {
	spec   *Spec
	w, h   int
	label  int // width of the labels at the left with the blank after them, or 0
	plotW  int
	plotH  int
	key    int // width of the legend, or 0
	pinned bool
	list   bool // the legend as a line at the top
	events bool
	axis   bool
	top    float64 // value at the upper edge, above zero
	peak   Level   // largest sample
	ticks  []tick
	counts [eventKinds]int // events within the series
}

type tick struct {
	row      int
	from, to int // in Usage.text
}

// NewUsage returns a drawer for a theme.
func NewUsage(th *theme.Theme) *Usage { return &Usage{th: th} }

// SetTheme changes colours and symbols.
func (u *Usage) SetTheme(th *theme.Theme) { u.th = th }

// Render draws a chart of exactly h lines of exactly w cells; sizes below zero
// count as zero. The slice is valid until the next call; the strings stay.
func (u *Usage) Render(spec *Spec, w, h int) []string {
	u.buf, u.ends, u.text = u.buf[:0], u.ends[:0], u.text[:0]
	u.frame = frame{spec: spec, w: max(w, 0), h: max(h, 0), ticks: u.ticks[:0]}
	if u.w > 0 && u.h > 0 {
		u.scale()
		u.arrange()
		u.sample()
		u.plot()
		u.write()
	}
	for len(u.ends) < u.h {
		u.buf = theme.AppendBlank(u.buf, u.w)
		u.endLine()
	}
	all := string(u.buf)
	u.lines = slices.Grow(u.lines[:0], u.h)[:0]
	from := 0
	for _, end := range u.ends {
		u.lines = append(u.lines, all[from:end])
		from = end
	}
	u.frame.spec = nil
	return u.lines
}

// BucketAt returns the bucket that is drawn at cell x of the last chart, for
// the mouse; ok is false outside of the plot.
func (u *Usage) BucketAt(x, buckets int) (bucket int, ok bool) {
	x -= u.label
	if x < 0 || x >= u.plotW || buckets <= 0 {
		return 0, false
	}
	return x * buckets / u.plotW, true
}

func (u *Usage) endLine() { u.ends = append(u.ends, len(u.buf)) }

// scale finds the value at the upper edge.
func (u *Usage) scale() {
	s := &u.spec.Series
	for i, v := range s.Value {
		if s.gap(i) {
			continue
		}
		if i < len(s.Max) && finite(s.Max[i]) {
			v = max(v, s.Max[i])
		}
		u.peak.Value = max(u.peak.Value, v)
		u.peak.Known = true
	}
	top, all := u.peak.Value, u.peak.Value
	for _, r := range u.spec.Rules {
		if !r.valid() {
			continue
		}
		all = max(all, r.Value)
		if r.Kind != Request && r.Kind != Limit {
			top = max(top, r.Value)
		}
	}
	if u.spec.FullScale || top <= 0 {
		top = all
	}
	u.top = top * 1.25
	if u.spec.FullScale {
		u.top = top * 1.1
	}
	switch {
	case !finite(u.top):
		u.top = math.MaxFloat64
	case u.top < 1e-290: // nothing, or too little to divide by
		u.top = 1
	}
}

func (r *Rule) valid() bool { return finite(r.Value) && r.Value >= 0 && r.Kind < ruleKinds }

// offScale says that a rule is above the top.
func (u *Usage) offScale(r *Rule) bool { return r.Value > u.top }

// format appends a value to u.text and returns where it stands.
func (u *Usage) format(v float64) (from, to int) {
	from = len(u.text)
	if u.spec.Format != nil {
		u.text = u.spec.Format(u.text, v)
	} else {
		u.text = strconv.AppendFloat(u.text, v, 'g', 4, 64)
	}
	return from, len(u.text)
}

// arrange decides what is shown at this size: first the plot, then the axis,
// the labels, the legend, the rules above the top and the events.
func (u *Usage) arrange() {
	u.collect()
	u.countEvents()
	u.plotW, u.plotH = u.w, u.h
	if u.h >= 3 && u.timed() {
		u.axis = true
		u.plotH--
	}
	if u.h >= 6 && u.anyOffScale() {
		u.pinned = true
		u.plotH--
	}
	if u.h >= 8 && u.counts != [eventKinds]int{} {
		u.events = true
		u.plotH--
	}
	if w := u.fitTicks(u.w / 3); w > 0 {
		u.label = w + 1
	}
	u.plotW -= u.label
	u.collectLegend()
	if key := u.legendWidth(); key > 0 {
		if u.plotW-key-1 >= max(20, u.w/3) {
			u.key = key
			u.plotW -= key + 1
		} else if u.plotH >= 4 {
			u.list = true
			u.plotH--
		}
	}
	if u.list { // a line less: other round values
		u.fitTicks(u.label - 1)
	}
	u.placeLegend()
}

// timed says that the series has a time axis.
func (u *Usage) timed() bool {
	return u.spec.Series.Step > 0 && len(u.spec.Series.Value) > 0
}

func (u *Usage) anyOffScale() bool {
	return slices.ContainsFunc(u.rules, func(m mark) bool { return m.off })
}

// fitTicks puts labels of at most limit cells at round values, about three
// lines apart, and returns the width of the widest. Where the caller's format
// rounds neighbours to the same text they are put further apart.
func (u *Usage) fitTicks(limit int) (widest int) {
	step := roundStep(u.top / float64(max(2, (u.plotH+2)/3)))
	for try := 0; ; try++ {
		widest, distinct := u.ticksEvery(step, limit)
		if distinct || try == 8 {
			return widest
		}
		step *= 2
	}
}

func (u *Usage) ticksEvery(step float64, limit int) (widest int, distinct bool) {
	u.ticks = u.ticks[:0]
	for k := range 64 {
		v := step * float64(k)
		if !(v <= u.top) {
			break
		}
		row := u.row(v)
		from, to := u.format(v)
		if n := len(u.ticks); n > 0 {
			before := u.ticks[n-1]
			if view(u.text[before.from:before.to]) == view(u.text[from:to]) {
				return widest, false
			}
			if before.row == row {
				continue
			}
		}
		if w := theme.Width(view(u.text[from:to])); w <= limit {
			u.ticks = append(u.ticks, tick{row, from, to})
			widest = max(widest, w)
		}
	}
	return widest, true
}

// view lends bytes as a string, to be read before they change.
func view(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}

// roundStep returns the smallest of 1, 2, 2.5 and 5 times a power of ten that
// is not below v; v is above zero.
func roundStep(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	if p == 0 || !finite(p) {
		return v
	}
	for _, m := range [...]float64{1, 2, 2.5, 5} {
		if m*p >= v {
			return m * p
		}
	}
	return 10 * p
}

// row returns the line of the plot for a value, 0 at the top.
func (u *Usage) row(v float64) int {
	_, steps := u.dots()
	return u.plotH - 1 - u.dot(v, steps*u.plotH)/steps
}

// dot returns which of n steps from the bottom a value reaches, in [0, n).
func (u *Usage) dot(v float64, n int) int {
	return min(max(int(math.Round(v/u.top*float64(n)))-1, 0), n-1)
}
