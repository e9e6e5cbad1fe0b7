package record

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
)

// measured is what is known of a measurement beside its histories.
type measured struct {
	window   usage.Window
	sources  []string
	interval time.Duration
	warnings []error
	scan     usage.Scan

	// Of the detail, where there is one: the warnings it added, and what the
	// measurement cost in all.
	detailed bool
	detail   detail
}

type detail struct {
	warnings []error
	scan     usage.Scan
}

// The message of the section "usage".

func (c *coder) measured(m *measured) {
	c.instant(1, &m.window.Start)
	c.instant(3, &m.window.End)
	c.texts(5, &m.sources)
	integer(c, 6, &m.interval)
	list(c, 7, &m.warnings, (*coder).warning)
	message(c, 8, &m.scan, m.scan != (usage.Scan{}), (*coder).scan)
	if message(c, 9, &m.detail, m.detailed, (*coder).detail) {
		m.detailed = true
	}
}

func (c *coder) detail(d *detail) {
	list(c, 1, &d.warnings, (*coder).warning)
	message(c, 2, &d.scan, d.scan != (usage.Scan{}), (*coder).scan)
}

func (c *coder) scan(s *usage.Scan) {
	integer(c, 1, &s.Queries)
	integer(c, 2, &s.WireBytes)
	integer(c, 3, &s.Wall)
	integer(c, 4, &s.Samples)
}

// present is usage now.
type present = map[cluster.PodKey]map[string]usage.Sample

// encodePresent writes the section "present": a column per value, the pods in
// order, each with its containers in order.
func (c *coder) encodePresent(p present) {
	pods := slices.SortedFunc(maps.Keys(p), func(a, b cluster.PodKey) int {
		if d := strings.Compare(a.Namespace, b.Namespace); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	type sample struct {
		container string
		usage.Sample
	}
	var samples []sample
	counts := make([]uint64, len(pods))
	for i, pod := range pods {
		if p[pod] != nil {
			counts[i] = uint64(len(p[pod])) + 1
		}
		for _, name := range sortedKeys(p[pod]) {
			samples = append(samples, sample{name, p[pod][name]})
		}
	}
	c.naturals(1, len(pods), func(i int) uint64 { return uint64(c.words.index(pods[i].Namespace)) })
	at := c.begin(2)
	for i := range pods {
		c.buf = appendNatural(c.buf, uint64(c.words.index(pods[i].Name)))
	}
	c.end(at)
	c.naturals(3, len(pods), func(i int) uint64 { return counts[i] })
	c.naturals(4, len(samples), func(i int) uint64 { return uint64(c.words.index(samples[i].container)) })
	c.floats(5, len(samples), func(i int) float64 { return samples[i].CPU })
	c.floats(6, len(samples), func(i int) float64 { return samples[i].Memory })
	c.times(7, len(samples), func(i int) time.Time { return samples[i].At })
}

func (c *coder) decodePresent() present {
	namespaces, _ := c.column(1)
	names, _ := c.column(2)
	counts, _ := c.column(3)
	containers, _ := c.column(4)
	pods, total := names.count(), 0
	for each, i := counts, 0; i < pods && len(each.buf) > 0; i++ {
		n := each.next()
		if n > uint64(len(c.buf)+1) {
			c.fail("a pod has %d containers", n-1)
			return nil
		}
		total += int(max(n, 1) - 1)
	}
	cpu, memory := c.readFloats(5, total), c.readFloats(6, total)
	times, _ := c.readTimes(7)
	const perMap = 64 // bytes that a map takes at the least, about
	if !c.reserve(pods, perMap+unsafe.Sizeof(cluster.PodKey{})) || !c.reserve(total, perMap) {
		return nil
	}
	out := make(present, pods)
	at := 0
	for range pods {
		pod := cluster.PodKey{Namespace: c.wordIn(&namespaces), Name: c.word(names.next())}
		n := int(counts.nextOrZero())
		if n == 0 {
			out[pod] = nil
			continue
		}
		samples := make(map[string]usage.Sample, n-1)
		for range n - 1 {
			samples[c.wordIn(&containers)] = usage.Sample{CPU: floatAt(cpu, at), Memory: floatAt(memory, at), At: times.next()}
			at++
		}
		out[pod] = samples
	}
	c.finish(&namespaces, &names, &counts, &containers, &times.seconds, &times.nanos)
	if c.err != nil {
		return nil
	}
	return out
}

// wordIn is the string of the next number of a column, which is all zeros
// where it was left out.
func (c *coder) wordIn(col *column) string { return c.word(col.nextOrZero()) }
