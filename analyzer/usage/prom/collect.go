package prom

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
)

// resource tells the two measured resources apart.
type resource int

const (
	cpu resource = iota
	memory
	resources // how many there are
)

// collector gathers the histories that chunks of answers add up to. Chunks
// are filled by one goroutine each and merged under the lock.
type collector struct {
	window usage.Window
	step   time.Duration
	// owner finds the container a series belongs to; false for one to ignore.
	owner func(namespace, pod, container string) (cluster.ContainerID, bool)
	// podDays keeps a distribution per pod and day.
	podDays bool

	// spare are chunkContainers and PodUsages whose content has been merged:
	// each answer needs as many as the one before.
	spare, sparePods sync.Pool

	mu      sync.Mutex
	built   map[cluster.ContainerID]*[resources]building
	unowned map[cluster.PodKey]bool
	samples int64
	newest  int64 // milliseconds
}

// building is a Series under construction.
type building struct {
	pods  map[string]*usage.PodUsage
	days  map[int32]*usage.Distribution // by UTC day
	hours []usage.Hour
}

func newCollector(w usage.Window, step time.Duration, owner func(string, string, string) (cluster.ContainerID, bool)) *collector {
	return &collector{
		window: w, step: step, owner: owner,
		built: make(map[cluster.ContainerID]*[resources]building), unowned: make(map[cluster.PodKey]bool),
	}
}

const (
	hourMillis = int64(time.Hour / time.Millisecond)
	dayMillis  = 24 * hourMillis
	hoursInDay = 24
)

// chunk is the answer to one query: one resource over a span (from, to] that
// lies within one UTC day. It implements answer.
type chunk struct {
	c        *collector
	resource resource
	from, to int64 // milliseconds; samples outside are context, not counted

	// raw is true for samples as they were scraped: a CPU counter then becomes
	// the mean between one scrape and the next. longest is the widest span
	// such a mean may cover; a wider one is a gap.
	raw     bool
	longest int64
	// scale is what each value is divided by; 0 stands for 1.
	scale float64

	containers map[cluster.ContainerID]*chunkContainer
	unowned    map[cluster.PodKey]bool
	samples    int64
	newest     int64

	// The series being read.
	pod            *usage.PodUsage
	into           *chunkContainer
	last           point
	has            bool
	oldest, latest int64 // milliseconds, of the samples counted; 0 before the first
}

type chunkContainer struct {
	pods  map[string]*usage.PodUsage
	day   usage.Distribution
	hours [hoursInDay]usage.Distribution
}

func (c *collector) chunk(r resource, from, to time.Time) *chunk {
	k := &chunk{c: c, resource: r, from: from.UnixMilli(), to: to.UnixMilli()}
	k.reset()
	return k
}

// reset forgets what a broken answer left behind.
func (k *chunk) reset() {
	k.containers = make(map[cluster.ContainerID]*chunkContainer)
	k.unowned = make(map[cluster.PodKey]bool)
	k.samples, k.newest, k.pod, k.into, k.has = 0, 0, nil, nil, false
	k.oldest, k.latest = 0, 0
}

func (k *chunk) series(labels map[string]string) {
	k.endSeries()
	k.pod, k.into, k.has = nil, nil, false
	namespace, pod, container := labels["namespace"], labels["pod"], labels["container"]
	id, ok := k.c.owner(namespace, pod, container)
	if !ok {
		k.unowned[cluster.PodKey{Namespace: namespace, Name: pod}] = true
		return
	}
	into := k.containers[id]
	if into == nil {
		if into, ok = k.c.spare.Get().(*chunkContainer); !ok {
			into = &chunkContainer{pods: make(map[string]*usage.PodUsage, 4)}
		}
		k.containers[id] = into
	}
	p := into.pods[pod]
	if p == nil {
		if p, ok = k.c.sparePods.Get().(*usage.PodUsage); !ok {
			p = new(usage.PodUsage)
		}
		p.Pod = pod
		into.pods[pod] = p
	}
	k.pod, k.into = p, into
}

func (k *chunk) sample(t int64, v float64) {
	if k.pod == nil {
		return
	}
	if k.raw && k.resource == cpu {
		before, had := k.last, k.has
		k.last, k.has = point{t, v}, true
		if !had || t <= before.t || t-before.t > k.longest {
			return
		}
		grown := v - before.v
		if grown < 0 {
			grown = v // the counter began again from zero, as in Prometheus' rate
		}
		v = grown / (float64(t-before.t) / 1000)
	}
	if k.scale != 0 {
		v /= k.scale
	}
	// A sample stands for the span that ends at t.
	if t <= k.from || t > k.to || !usage.AddEach(v, &k.pod.Dist, &k.into.day, &k.into.hours[(t-1)%dayMillis/hourMillis]) {
		return
	}
	k.samples++
	if k.oldest == 0 || t < k.oldest {
		k.oldest = t
	}
	k.latest = max(k.latest, t)
}

// endSeries notes what span the samples of the series read last cover.
func (k *chunk) endSeries() {
	if k.pod == nil || k.oldest == 0 {
		return
	}
	first, last := time.UnixMilli(k.oldest).UTC(), time.UnixMilli(k.latest).UTC()
	if k.pod.First.IsZero() || first.Before(k.pod.First) {
		k.pod.First = first
	}
	if last.After(k.pod.Last) {
		k.pod.Last = last
	}
	k.newest = max(k.newest, k.latest)
	k.oldest, k.latest = 0, 0
}

// merge adds the chunk to the collector.
func (k *chunk) merge() {
	k.endSeries()
	c := k.c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.samples += k.samples
	c.newest = max(c.newest, k.newest)
	maps.Copy(c.unowned, k.unowned)
	day := int32((k.to - 1) / dayMillis)
	for id, from := range k.containers {
		b := c.built[id]
		if b == nil {
			b = new([resources]building)
			c.built[id] = b
		}
		b[k.resource].add(c, from, day)
		from.reset()
		c.spare.Put(from)
	}
	k.containers = nil
}

// reset empties what has been merged; the pods have moved on.
func (f *chunkContainer) reset() {
	clear(f.pods)
	f.day.Reset()
	for h := range f.hours {
		f.hours[h].Reset()
	}
}

// add merges a container of a chunk, which may be used anew afterwards.
func (b *building) add(c *collector, from *chunkContainer, day int32) {
	if b.pods == nil {
		b.pods, b.days = make(map[string]*usage.PodUsage), make(map[int32]*usage.Distribution)
	}
	for name, p := range from.pods {
		if p.Dist.Count() == 0 {
			continue
		}
		if c.podDays {
			p.Days = []usage.Day{{Start: dayStart(day), Dist: p.Dist.Clone()}}
		}
		have := b.pods[name]
		if have == nil {
			b.pods[name] = p
			continue
		}
		have.Dist.Merge(&p.Dist)
		have.Days = append(have.Days, p.Days...)
		if p.First.Before(have.First) {
			have.First = p.First
		}
		if p.Last.After(have.Last) {
			have.Last = p.Last
		}
		p.Dist.Reset()
		*p = usage.PodUsage{Dist: p.Dist}
		c.sparePods.Put(p)
	}
	if from.day.Count() == 0 {
		return
	}
	if have := b.days[day]; have != nil {
		have.Merge(&from.day)
	} else {
		d := from.day.Clone()
		b.days[day] = &d
	}
	for h := range from.hours {
		d := &from.hours[h]
		if d.Count() == 0 {
			continue
		}
		if b.hours == nil {
			b.hours = make([]usage.Hour, 0, c.window.Hours()+1)
		}
		p95, _ := d.Quantile(0.95)
		most, _ := d.Max()
		b.hours = append(b.hours, usage.HourOf(day*hoursInDay+int32(h), uint32(d.Count()), p95, most))
	}
}

func dayStart(day int32) time.Time { return time.UnixMilli(int64(day) * dayMillis).UTC() }

// histories are what was collected; the collector must not be used after.
func (c *collector) histories() map[cluster.ContainerID]*usage.History {
	all := make(map[cluster.ContainerID]*usage.History, len(c.built))
	for id, b := range c.built {
		delete(c.built, id)
		all[id] = &usage.History{CPU: b[cpu].finish(c.step), Memory: b[memory].finish(c.step)}
	}
	return all
}

func (b *building) finish(step time.Duration) usage.Series {
	s := usage.Series{Pods: slices.Grow([]usage.PodUsage(nil), len(b.pods)), Days: slices.Grow([]usage.Day(nil), len(b.days))}
	for _, name := range slices.Sorted(maps.Keys(b.pods)) {
		p := b.pods[name]
		p.Days = joinDays(p.Days)
		p.Dist = p.Dist.Clone() // as large as its content, unlike one that grew
		s.Pods = append(s.Pods, *p)
	}
	for _, day := range slices.Sorted(maps.Keys(b.days)) {
		s.Days = append(s.Days, usage.Day{Start: dayStart(day), Dist: *b.days[day]})
	}
	s.Hours = joinHours(b.hours)
	if len(s.Pods) > 0 {
		s.Step = step
	}
	return s
}

// joinDays sorts days and merges those that several answers share.
func joinDays(days []usage.Day) []usage.Day {
	slices.SortFunc(days, func(a, b usage.Day) int { return a.Start.Compare(b.Start) })
	out := days[:0]
	for _, d := range days {
		if n := len(out); n > 0 && out[n-1].Start.Equal(d.Start) {
			out[n-1].Dist.Merge(&d.Dist)
			continue
		}
		out = append(out, d)
	}
	return slices.Clip(out)
}

// joinHours sorts hours and merges those that several answers share, as when
// a workload's pods were asked for in two batches. The p95 of two halves of an
// hour is taken to be the larger of theirs, which is never too small.
func joinHours(hours []usage.Hour) []usage.Hour {
	slices.SortFunc(hours, func(a, b usage.Hour) int { return cmp.Compare(a.Epoch, b.Epoch) })
	out := hours[:0]
	for _, h := range hours {
		if n := len(out); n > 0 && out[n-1].Epoch == h.Epoch {
			o := &out[n-1]
			o.P95, o.Max, o.Count = max(o.P95, h.P95), max(o.Max, h.Max), o.Count+h.Count
			continue
		}
		out = append(out, h)
	}
	return slices.Clip(out)
}

// quote writes a value for a PromQL string.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// anyOf is a matcher for a label that has one of the values.
func anyOf(label string, values []string) string {
	if len(values) == 1 {
		return label + "=" + quote(values[0])
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		// Names of Kubernetes objects hold no regular expression syntax but dots.
		quoted[i] = strings.ReplaceAll(v, ".", `\.`)
	}
	return label + "=~" + quote(strings.Join(quoted, "|"))
}
