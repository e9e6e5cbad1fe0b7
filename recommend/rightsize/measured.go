package rightsize

import (
	"math"
	"slices"
	"time"

	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/recommend"
)

// measured is one resource's usage as the published strategies ask for it.
// Where samples are at hand each answer is exact; else it comes from the
// distributions, and the comment says what that costs.
type measured struct {
	series  *usage.Series
	samples []recommend.PodSamples // nil where only distributions are known
}

func measuredOf(r recommend.Resource, c *recommend.Case) measured {
	m := measured{series: &c.History.CPU, samples: c.Samples.Of(r)}
	if r == recommend.Memory {
		m.series = &c.History.Memory
	}
	return m
}

// worst is the largest q-quantile of any pod. From distributions it is within
// one bucket (2 %).
func (m measured) worst(q float64) (v float64, pod string, ok bool) {
	if m.samples == nil {
		return m.series.WorstQuantile(q, 0)
	}
	for i := range m.samples {
		if x, has := quantile(sorted(m.samples[i].Values), q); has && (!ok || x > v) {
			v, pod, ok = x, m.samples[i].Pod, true
		}
	}
	return v, pod, ok
}

// pooled is the q-quantile of all samples of all pods in one pot.
func (m measured) pooled(q float64) (float64, bool) {
	if m.samples == nil {
		d := m.series.Pooled()
		return d.Quantile(q)
	}
	var all []float64
	for i := range m.samples {
		all = append(all, m.samples[i].Values...)
	}
	slices.Sort(all)
	return quantile(all, q)
}

// meanOf is the mean over the pods of their q-quantiles.
func (m measured) meanOf(q float64) (float64, bool) {
	sum, n := 0.0, 0
	if m.samples == nil {
		for i := range m.series.Pods {
			if v, ok := m.series.Pods[i].Dist.Quantile(q); ok {
				sum, n = sum+v, n+1
			}
		}
	}
	for i := range m.samples {
		if v, ok := quantile(sorted(m.samples[i].Values), q); ok {
			sum, n = sum+v, n+1
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// most is the largest sample, always exact.
func (m measured) most() (float64, bool) {
	if m.samples == nil {
		return m.series.Max()
	}
	v, _, ok := m.worst(1)
	return v, ok
}

// decayed is the q-quantile of all samples of all pods, each weighing half as
// much per half-life of age. From distributions all samples of one day share
// the weight of its middle.
func (m measured) decayed(q float64, halfLife time.Duration) (float64, bool) {
	newest := m.newest()
	var w weighted
	if m.samples == nil {
		for i := range m.series.Days {
			d := &m.series.Days[i]
			weight := decay(newest.Sub(d.Start.Add(12*time.Hour)), halfLife)
			top, _ := d.Dist.Max()
			d.Dist.Buckets(func(edge float64, n uint64) bool {
				w.add(min(edge, top), weight*float64(n))
				return true
			})
		}
		return w.quantile(q)
	}
	for i := range m.samples {
		for j, v := range m.samples[i].Values {
			w.add(v, decay(newest.Sub(m.samples[i].At[j]), halfLife))
		}
	}
	return w.quantile(q)
}

// peaks are the largest samples of each pod and day of 24 hours, with the
// age of each. Without samples and without the detail's days per pod they are
// the largest of each day over all pods.
func (m measured) peaks() []peak {
	newest := m.newest()
	var out []peak
	if m.samples != nil {
		for i := range m.samples {
			out = append(out, peaksOf(&m.samples[i], 24*time.Hour, newest)...)
		}
		return out
	}
	days := func(days []usage.Day) {
		for i := range days {
			if v, ok := days[i].Dist.Max(); ok {
				out = append(out, peak{value: v, age: newest.Sub(days[i].Start.Add(24 * time.Hour))})
			}
		}
	}
	perPod := len(m.series.Pods) > 0
	for i := range m.series.Pods {
		perPod = perPod && m.series.Pods[i].Days != nil
	}
	if !perPod {
		days(m.series.Days)
		return out
	}
	for i := range m.series.Pods {
		days(m.series.Pods[i].Days)
	}
	return out
}

// spans are the peaks of each pod and quarter of an hour. Without samples
// they are the hours' peaks over all pods, and their lows are unknown.
func (m measured) spans() []peak {
	newest := m.newest()
	var out []peak
	if m.samples == nil {
		for _, h := range m.series.Hours {
			out = append(out, peak{value: float64(h.Max), low: math.NaN(), age: newest.Sub(h.Start())})
		}
		return out
	}
	for i := range m.samples {
		out = append(out, peaksOf(&m.samples[i], 15*time.Minute, newest)...)
	}
	return out
}

// newest is when the newest sample was taken; without samples, the end of the
// newest hour or day.
func (m measured) newest() time.Time {
	var at time.Time
	later := func(t time.Time) {
		if t.After(at) {
			at = t
		}
	}
	if m.samples == nil {
		for i := range m.series.Pods {
			later(m.series.Pods[i].Last)
		}
		if n := len(m.series.Hours); n > 0 {
			later(m.series.Hours[n-1].Start().Add(time.Hour))
		}
		if n := len(m.series.Days); n > 0 && at.IsZero() {
			later(m.series.Days[n-1].Start.Add(24 * time.Hour))
		}
		return at
	}
	for i := range m.samples {
		if n := len(m.samples[i].At); n > 0 {
			later(m.samples[i].At[n-1])
		}
	}
	return at
}

// extent is the time from the oldest to the newest sample, and how many
// samples of one minute were taken in it, over all pods; where it is not
// known what a sample stands for, each counts as one of a minute.
func (m measured) extent() (time.Duration, float64) {
	if m.series.Step > 0 {
		minutes := float64(m.series.Samples()) * m.series.Step.Minutes()
		return time.Duration(len(m.series.Hours)) * time.Hour, minutes
	}
	var oldest time.Time
	n := 0
	for i := range m.samples {
		n += len(m.samples[i].At)
		if len(m.samples[i].At) > 0 && (oldest.IsZero() || m.samples[i].At[0].Before(oldest)) {
			oldest = m.samples[i].At[0]
		}
	}
	return m.newest().Sub(oldest), float64(n)
}

// peak is what a span of time held: its largest and smallest sample, and how
// long before the newest sample it ends; less than 0 where it is not over.
type peak struct {
	value, low float64
	age        time.Duration
}

// peaksOf cuts a pod's samples into spans, the first of which begins with the
// first sample.
func peaksOf(p *recommend.PodSamples, length time.Duration, newest time.Time) []peak {
	var out []peak
	current := int64(-1)
	for i, v := range p.Values {
		at := p.At[i].Sub(p.At[0])
		if n := int64(at / length); n != current {
			current = n
			end := p.At[0].Add(time.Duration(n+1) * length)
			out = append(out, peak{v, v, newest.Sub(end)})
			continue
		}
		last := &out[len(out)-1]
		last.value, last.low = max(last.value, v), min(last.low, v)
	}
	return out
}
