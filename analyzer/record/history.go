package record

import (
	"math"
	"slices"
	"time"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
)

// The messages of the sections "survey" and "detail": each is a block of
// histories, field 1 repeating, sorted by container over all blocks of a kind.

// history writes or reads one container's history. Where wanted says no it is
// passed over, which costs next to nothing.
func (c *coder) history(id *cluster.ContainerID, h *usage.History, wanted func(cluster.ContainerID) bool) bool {
	c.workloadID(1, &id.Workload)
	c.text(4, &id.Container)
	if c.reading && c.err == nil && wanted != nil && !wanted(*id) {
		return false
	}
	c.series(5, &h.CPU)
	c.series(6, &h.Memory)
	message(c, 7, &h.Events, h.Events != (usage.Events{}), (*coder).events)
	return c.err == nil
}

func (c *coder) events(e *usage.Events) {
	c.boolean(1, &e.Known)
	integer(c, 2, &e.OOMKills)
	integer(c, 3, &e.Restarts)
	c.instant(4, &e.LastOOM)
	c.optionalFloat(6, &e.ThrottledShare)
}

func (c *coder) series(n fieldNumber, s *usage.Series) {
	there := s.Step != 0 || s.Pods != nil || s.Days != nil || s.Hours != nil
	each := (*coder).writeSeries
	if c.reading {
		each = (*coder).readSeries
	}
	message(c, n, s, there, each)
}

// writeSeries writes a series in columns: what is alike lies together, which
// compresses to a third of what rows do.
func (c *coder) writeSeries(s *usage.Series) {
	integer(c, 1, &s.Step)
	var dists []*usage.Distribution
	for i := range s.Pods {
		dists = append(dists, &s.Pods[i].Dist)
	}
	var podDays []*usage.Day
	anyDays := false
	for i := range s.Pods {
		anyDays = anyDays || s.Pods[i].Days != nil
		for j := range s.Pods[i].Days {
			d := &s.Pods[i].Days[j]
			podDays, dists = append(podDays, d), append(dists, &d.Dist)
		}
	}
	for i := range s.Days {
		dists = append(dists, &s.Days[i].Dist)
	}
	if s.Pods != nil {
		at := c.begin(2)
		for i := range s.Pods {
			c.buf = appendNatural(c.buf, uint64(c.words.index(s.Pods[i].Pod)))
		}
		c.end(at)
		c.times(3, len(s.Pods), func(i int) time.Time { return s.Pods[i].First })
		c.times(5, len(s.Pods), func(i int) time.Time { return s.Pods[i].Last })
	}
	if anyDays {
		c.naturals(7, len(s.Pods), func(i int) uint64 {
			if s.Pods[i].Days == nil {
				return 0
			}
			return uint64(len(s.Pods[i].Days)) + 1
		})
		c.times(8, len(podDays), func(i int) time.Time { return podDays[i].Start })
	}
	if s.Days != nil {
		c.times(10, len(s.Days), func(i int) time.Time { return s.Days[i].Start })
	}
	if len(dists) > 0 {
		at := c.begin(12)
		c.writeDists(dists)
		c.end(at)
	}
	if s.Hours != nil {
		c.writeHours(s.Hours)
	}
}

func (c *coder) readSeries(s *usage.Series) {
	integer(c, 1, &s.Step)
	names, hasPods := c.column(2)
	first, _ := c.readTimes(3)
	last, _ := c.readTimes(5)
	counts, hasPodDays := c.column(7)
	starts, _ := c.readTimes(8)
	days, hasDays := c.readTimes(10)

	pods, podDays, wholeDays := 0, 0, 0
	if hasPods {
		pods = names.count()
	}
	if hasPodDays {
		podDays = starts.seconds.count()
	}
	if hasDays {
		wholeDays = days.seconds.count()
	}
	total := pods + podDays + wholeDays
	if !c.reserve(pods, unsafe.Sizeof(usage.PodUsage{})) || !c.reserve(podDays+wholeDays, unsafe.Sizeof(usage.Day{})) {
		return
	}
	dists := c.readDists(12, total)
	if c.err != nil {
		return
	}
	slab := make([]usage.Day, podDays+wholeDays)
	if hasPods {
		s.Pods = make([]usage.PodUsage, pods)
	}
	for i := range s.Pods {
		p := &s.Pods[i]
		p.Pod = c.word(names.next())
		p.First, p.Last = first.next(), last.next()
		dists.next(&p.Dist)
	}
	for i := range s.Pods {
		n := uint64(0)
		if hasPodDays {
			n = counts.next()
		}
		if n == 0 {
			continue
		}
		if n--; n > uint64(podDays) {
			c.fail("a pod has more days than there are")
			return
		}
		podDays -= int(n)
		s.Pods[i].Days, slab = slab[:n:n], slab[n:]
		for j := range s.Pods[i].Days {
			s.Pods[i].Days[j].Start = starts.next()
			dists.next(&s.Pods[i].Days[j].Dist)
		}
	}
	if podDays != 0 {
		c.fail("there are days of no pod")
		return
	}
	if hasDays {
		s.Days = slab[:wholeDays:wholeDays]
	}
	for i := range s.Days {
		s.Days[i].Start = days.next()
		dists.next(&s.Days[i].Dist)
	}
	c.finish(&names, &counts, &first.seconds, &first.nanos, &last.seconds, &last.nanos,
		&starts.seconds, &starts.nanos, &days.seconds, &days.nanos, &dists.first, &dists.sizes, &dists.counts, &dists.low)
	if dists.bad {
		c.fail("a distribution contradicts itself")
	}
	s.Hours = c.readHours()
}

// writeDists writes distributions in columns.
func (c *coder) writeDists(dists []*usage.Distribution) {
	all := make([]usage.Encoded, len(dists))
	buckets := 0
	for i, d := range dists {
		all[i] = d.Encode()
		if _, ok := all[i].Decode(); !ok {
			c.err = hint.New("a container's usage contradicts itself", "this is a fault of trimtab: please report it")
			return
		}
		buckets += len(all[i].Counts)
	}
	c.naturals(1, len(all), func(i int) uint64 { return uint64(all[i].First) })
	c.naturals(2, len(all), func(i int) uint64 { return uint64(len(all[i].Counts)) })
	at := c.begin(3)
	for i := range all {
		for _, n := range all[i].Counts {
			c.buf = appendNatural(c.buf, uint64(n))
		}
	}
	c.end(at)
	c.naturals(4, len(all), func(i int) uint64 { return all[i].Low })
	c.floats(5, len(all), func(i int) float64 { return all[i].Sum })
	c.floats(6, len(all), func(i int) float64 { return all[i].Max })
}

// distributions reads what writeDists wrote, one after the other.
type distributions struct {
	first, sizes, counts, low column
	sums, maxima              []byte
	buckets                   []uint32 // what all of them count, in one piece
	at                        int
	bad                       bool
}

// readDists is a field of count distributions.
func (c *coder) readDists(n fieldNumber, count int) (d distributions) {
	if count == 0 {
		return d
	}
	if !c.has(n, protowire.BytesType) {
		c.fail("the distributions are missing")
		return d
	}
	outer := c.enter(c.readBytes())
	d.first, _ = c.column(1)
	d.sizes, _ = c.column(2)
	d.counts, _ = c.column(3)
	d.low, _ = c.column(4)
	d.sums, d.maxima = c.readFloats(5, count), c.readFloats(6, count)
	buckets := d.counts.count()
	if c.reserve(buckets, unsafe.Sizeof(uint32(0))) {
		d.buckets = make([]uint32, buckets)
	}
	c.leave(outer)
	return d
}

// next reads one distribution. Its counts lie among all others', but cannot
// grow into them.
func (d *distributions) next(to *usage.Distribution) {
	first, size := d.first.nextOrZero(), d.sizes.nextOrZero()
	if size > uint64(len(d.buckets)) || first > math.MaxInt32 {
		d.bad = true
		return
	}
	var counts []uint32
	if size > 0 {
		counts, d.buckets = d.buckets[:size:size], d.buckets[size:]
	}
	low := d.low.nextOrZero()
	total := low
	for i := range counts {
		n := d.counts.next()
		if n > math.MaxUint32 {
			d.bad = true
			return
		}
		counts[i] = uint32(n)
		total += n
	}
	var ok bool
	*to, ok = usage.Encoded{
		First: int(first), Counts: counts, Low: low, N: total,
		Sum: floatAt(d.sums, d.at), Max: floatAt(d.maxima, d.at),
	}.Decode()
	d.at++
	d.bad = d.bad || !ok
}

// writeHours writes hours in columns of differences. P95 and Max are the upper
// halves of their bits where that is all they have; Max is written as what it
// is above P95.
func (c *coder) writeHours(hours []usage.Hour) {
	narrow := true
	for i := range hours {
		narrow = narrow && math.Float32bits(hours[i].P95)&0xffff == 0 && math.Float32bits(hours[i].Max)&0xffff == 0
	}
	bits := func(v float32) int64 { return int64(math.Float32bits(v)) }
	if narrow {
		bits = func(v float32) int64 { return int64(math.Float32bits(v) >> 16) }
	}
	c.deltas(13, len(hours), func(i int) int64 { return int64(hours[i].Epoch) })
	c.deltas(14, len(hours), func(i int) int64 { return int64(hours[i].Count) })
	c.deltas(15, len(hours), func(i int) int64 { return bits(hours[i].P95) })
	at := c.begin(16)
	for i := range hours {
		c.buf = appendNatural(c.buf, protowire.EncodeZigZag(bits(hours[i].Max)-bits(hours[i].P95)))
	}
	c.end(at)
	wide := !narrow
	c.boolean(17, &wide)
}

func (c *coder) readHours() []usage.Hour {
	epochs, there := c.column(13)
	counts, _ := c.column(14)
	p95, _ := c.column(15)
	most, _ := c.column(16)
	var wide bool
	c.boolean(17, &wide)
	n := epochs.count()
	if !there || !c.reserve(n, unsafe.Sizeof(usage.Hour{})) {
		return nil
	}
	shift := 16
	if wide {
		shift = 0
	}
	hours := make([]usage.Hour, n)
	for i := range hours {
		low := p95.delta()
		high := low + protowire.DecodeZigZag(most.next())
		hours[i] = usage.Hour{
			Epoch: int32(epochs.delta()), Count: uint32(counts.delta()),
			P95: math.Float32frombits(uint32(low) << shift), Max: math.Float32frombits(uint32(high) << shift),
		}
	}
	c.finish(&epochs, &counts, &p95, &most)
	return hours
}

// blockSize is how large a block of histories grows before the next begins,
// in bytes before compression: small enough that a few blocks keep all
// processors busy, large enough that each compresses well.
const blockSize = 512 << 10

// blocks writes histories in blocks. An error names the container that cannot
// be written.
func blocks(all map[cluster.ContainerID]*usage.History, w *words) ([][]byte, error) {
	ids := make([]cluster.ContainerID, 0, len(all))
	for id, h := range all {
		if h != nil {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, cluster.ContainerID.Compare)
	var out [][]byte
	c := &coder{words: w}
	for _, id := range ids {
		at := c.begin(1)
		c.history(&id, all[id], nil)
		c.end(at)
		if c.err != nil {
			return nil, hint.Wrap(c.err, "writing the usage of "+id.String(), hint.Of(c.err))
		}
		if len(c.buf) >= blockSize {
			out = append(out, c.buf)
			c.buf = nil
		}
	}
	if len(c.buf) > 0 {
		out = append(out, c.buf)
	}
	return out, nil
}

// entry is a history that was read.
type entry struct {
	id      cluster.ContainerID
	history *usage.History
}

// readBlock reads the histories of a block that are wanted; all where wanted
// is nil.
func readBlock(block []byte, w *words, b *budget, wanted func(cluster.ContainerID) bool) ([]entry, error) {
	c := reader(block, w, b)
	var out []entry
	for c.has(1, protowire.BytesType) {
		if !c.reserve(1, unsafe.Sizeof(usage.History{})+2*unsafe.Sizeof(entry{})) {
			break
		}
		outer := c.enter(c.readBytes())
		var id cluster.ContainerID
		h := &usage.History{}
		if c.history(&id, h, wanted) {
			out = append(out, entry{id, h})
		}
		c.leave(outer)
	}
	return out, c.err
}
