// Package usage is what containers were measured to consume: the values, the
// seam to the sources that measure, and how complete a measurement is.
//
// CPU is in cores, memory is the working set in bytes, both as float64 inside
// distributions because measured means are not whole numbers. "Usage" is
// always measured; what a spec asks for is a request.
package usage

import (
	"context"
	"math"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
)

// Window is the half-open span of time [Start, End) that usage is asked for.
type Window struct{ Start, End time.Time }

// Length is the window's duration.
func (w Window) Length() time.Duration { return w.End.Sub(w.Start) }

// Hours is the number of whole hours, at least 1.
func (w Window) Hours() int { return max(1, int(w.Length()/time.Hour)) }

// Days is the window's length in days, rounded up, at least 1.
func (w Window) Days() int {
	return max(1, int((w.Length()+24*time.Hour-1)/(24*time.Hour)))
}

// Source measures usage.
type Source interface {
	// Name is shown beside every number that came from the source: short,
	// with what tells two of the kind apart ("prometheus monitoring/prom").
	Name() string
	// Usage measures the containers of snapshot over the window. It returns
	// what it got: a part that failed is a warning with a hint, in the result.
	// An error means that there is no result at all; ctx ending is an error
	// only where nothing had arrived yet. progress is called from any
	// goroutine, often, and must be quick.
	Usage(ctx context.Context, s *cluster.Snapshot, w Window, progress func(Progress)) (*Usage, error)
}

// Refiner is a Source that can measure single containers more finely than its
// Usage did.
type Refiner interface {
	Source
	// Refine measures the containers at scrape resolution, in the order given,
	// until about budget bytes have been received, and returns u with their
	// histories replaced; u itself is not changed. What was left out is a
	// warning in the result.
	Refine(ctx context.Context, s *cluster.Snapshot, u *Usage, order []cluster.ContainerID, budget int64, progress func(Progress)) (*Usage, error)
}

// Progress is how far a source has come.
type Progress struct {
	Stage       string // "survey", "detail"
	Done, Total int    // queries
	Bytes       int64  // on the wire so far
}

// Usage is what one source measured, or several merged. It is not changed
// once it has been returned.
type Usage struct {
	Window  Window
	Sources []string // names, in order of precedence
	// ScrapeInterval is the spacing of the samples in the source; 0 unknown.
	ScrapeInterval time.Duration
	Containers     map[cluster.ContainerID]*History
	// Present is usage now, by pod and container, from metrics-server or the
	// newest samples.
	Present  map[cluster.PodKey]map[string]Sample
	Warnings []error
	Scan     Scan
}

// Scan is what the measurement cost.
type Scan struct {
	Queries   int
	WireBytes int64
	Wall      time.Duration
	Samples   int64 // points decoded
}

// Sample is usage at an instant.
type Sample struct {
	CPU    float64 // cores, over the source's own window
	Memory float64 // bytes
	At     time.Time
}

// History is the usage of one container of a workload, over all its pods,
// those that are gone included.
type History struct {
	CPU, Memory Series
	Events      Events
}

// Events are what happened to the container in the window.
type Events struct {
	// Known is false where no source could tell: zero counts then mean
	// nothing.
	Known    bool
	OOMKills int
	Restarts int
	// LastOOM is the newest out-of-memory kill; zero where there was none.
	LastOOM time.Time
	// ThrottledShare is the share of CFS periods in which the container was
	// throttled, over the window, in [0,1]; nil where not measured.
	ThrottledShare *float64
}

// Series is the usage of one resource.
type Series struct {
	// Step is the span that one sample stands for: the scrape interval in the
	// detail, 15 minutes in the survey. 0 where there is no sample.
	Step time.Duration
	// Pods has one distribution per pod over the window, sorted by name.
	Pods []PodUsage
	// Days has one distribution per UTC day with samples, pooled over pods,
	// oldest first.
	Days []Day
	// Hours has one entry per hour with samples, oldest first.
	Hours []Hour
}

// PodUsage is one pod's samples.
type PodUsage struct {
	Pod         string
	First, Last time.Time // of its samples
	Dist        Distribution
	// Days are the pod's distributions per day, where the detail kept them;
	// else nil.
	Days []Day
}

// Day is the samples of one day.
type Day struct {
	Start time.Time
	Dist  Distribution
}

// Hour is the samples of one hour over all pods, kept small because a year of
// a thousand containers has seventeen million of them: P95 and Max are rounded
// up to 8 significant bits, 0.8 % at most. For charts and patterns; what must
// be exact is in the distributions.
type Hour struct {
	Epoch    int32 // hours since 1970-01-01T00:00:00Z
	Count    uint32
	P95, Max float32 // cores or bytes
}

// HourOf is an hour with its values rounded.
func HourOf(epoch int32, count uint32, p95, most float64) Hour {
	return Hour{Epoch: epoch, Count: count, P95: roundUp(p95), Max: roundUp(most)}
}

// roundUp keeps the upper 16 bits of a float32, rounding away from zero.
func roundUp(v float64) float32 {
	b := math.Float32bits(float32(v))
	if b&0xffff != 0 && v > 0 {
		b += 0x10000
	}
	return math.Float32frombits(b &^ 0xffff)
}

// Start is the instant at which the hour begins, in UTC.
func (h Hour) Start() time.Time { return time.Unix(int64(h.Epoch)*3600, 0).UTC() }

// Pooled is all samples of all pods in one distribution.
func (s *Series) Pooled() Distribution {
	var d Distribution
	for i := range s.Pods {
		d.Merge(&s.Pods[i].Dist)
	}
	return d
}

// Samples is the number of samples over all pods.
func (s *Series) Samples() uint64 {
	var n uint64
	for i := range s.Pods {
		n += s.Pods[i].Dist.Count()
	}
	return n
}

// Max is the largest sample of any pod; false where there is none.
func (s *Series) Max() (float64, bool) {
	m, ok := 0.0, false
	for i := range s.Pods {
		if v, has := s.Pods[i].Dist.Max(); has {
			m, ok = max(m, v), true
		}
	}
	return m, ok
}

// WorstQuantile is the largest of the pods' own q-quantiles, which is what a
// request that fits every replica has to reach; false where there is no
// sample. It also names the pod. A pod with fewer samples than minSamples is
// passed over while another has that many: a pod of ten minutes has no p95.
func (s *Series) WorstQuantile(q float64, minSamples uint64) (v float64, pod string, ok bool) {
	enough := false
	for i := range s.Pods {
		enough = enough || s.Pods[i].Dist.Count() >= minSamples
	}
	for i := range s.Pods {
		p := &s.Pods[i]
		if enough && p.Dist.Count() < minSamples {
			continue
		}
		if x, has := p.Dist.Quantile(q); has && (!ok || x > v) {
			v, pod, ok = x, p.Pod, true
		}
	}
	return v, pod, ok
}

// Covered is the share of the window's hours that have at least one sample,
// in [0,1].
func (s *Series) Covered(w Window) float64 {
	return min(1, float64(len(s.Hours))/float64(w.Hours()))
}

// DaysCovered is the number of UTC days with at least one sample, but no more
// than the whole days between the first hour with samples and the last: five
// days that begin before midnight touch seven dates.
func (s *Series) DaysCovered() int {
	n := 0
	for i := range s.Days {
		if s.Days[i].Dist.Count() > 0 {
			n++
		}
	}
	if len(s.Hours) == 0 {
		return n
	}
	first, last := s.Hours[0].Epoch, s.Hours[0].Epoch
	for _, h := range s.Hours {
		first, last = min(first, h.Epoch), max(last, h.Epoch)
	}
	return min(n, (int(last-first)+13)/24)
}
