package usage

import (
	"math"
	"slices"
)

// Bucket boundaries of a Distribution: bucket i covers (floor·ratio^i,
// floor·ratio^(i+1)]. A ratio of 1.02 keeps a quantile within 2 % of the
// sample it stands for; values at or below floor are counted apart.
const (
	bucketRatio = 1.02
	// bucketFloor is a tenth of a millicore, and a tenth of a thousandth of a
	// byte: below it a value is as good as none.
	bucketFloor = 1e-4
	// maxBucket bounds what a hostile sample may allocate: 1e-4·1.02^2400 is
	// 4e16, more than any node has of anything.
	maxBucket = 2400
)

//nolint:gochecknoglobals // a constant that Go cannot write as one
var logRatio = math.Log(bucketRatio)

// Distribution counts samples in logarithmic buckets, at most 2 % wide, and
// keeps the maximum, the number and the sum of the samples exactly. Samples
// are amounts in a base unit (cores or bytes), not negative. The zero value
// is an empty distribution. It is not safe for concurrent change.
type Distribution struct {
	first  int      // index of counts[0]
	counts []uint32 // samples per bucket, from first
	low    uint64   // samples at or below bucketFloor
	n      uint64
	sum    float64
	max    float64
}

// Add counts one sample. NaN, infinite and negative samples are not usage and
// are ignored; Add reports whether the sample was counted.
func (d *Distribution) Add(v float64) bool { return d.AddN(v, 1) }

// AddN counts a sample n times.
func (d *Distribution) AddN(v float64, n uint32) bool {
	if !counts(v) {
		return false
	}
	if n > 0 {
		d.add(v, n, bucketOf(v))
	}
	return true
}

// AddEach counts one sample in each of several distributions, as Add does,
// and looks for its bucket only once.
func AddEach(v float64, each ...*Distribution) bool {
	if !counts(v) {
		return false
	}
	bucket := bucketOf(v)
	for _, d := range each {
		d.add(v, 1, bucket)
	}
	return true
}

// counts reports whether v is an amount of usage.
func counts(v float64) bool { return v >= 0 && v <= math.MaxFloat64 }

func (d *Distribution) add(v float64, n uint32, bucket int) {
	d.n += uint64(n)
	d.sum += v * float64(n)
	d.max = max(d.max, v)
	if v <= bucketFloor {
		d.low += uint64(n)
		return
	}
	// The bucket is there already, nearly always.
	if i := bucket - d.first; i >= 0 && i < len(d.counts) && d.counts[i] <= math.MaxUint32-n {
		d.counts[i] += n
		return
	}
	d.count(bucket, n)
}

// Reset empties d and keeps its memory for samples to come.
func (d *Distribution) Reset() { *d = Distribution{counts: d.counts[:0]} }

// bucketOf is the bucket that holds v; one at or below bucketFloor is in none.
func bucketOf(v float64) int {
	if v <= bucketFloor {
		return 0
	}
	return min(int(math.Ceil(math.Log(v/bucketFloor)/logRatio))-1, maxBucket)
}

// upper is the upper edge of bucket i.
func upper(i int) float64 { return bucketFloor * math.Exp(float64(i+1)*logRatio) }

func (d *Distribution) count(i int, n uint32) {
	i = max(i, 0)
	switch {
	case len(d.counts) == 0:
		d.first = i
		d.counts = append(d.counts, 0)
	case i < d.first:
		d.counts = slices.Insert(d.counts, 0, make([]uint32, d.first-i)...)
		d.first = i
	case i >= d.first+len(d.counts):
		d.counts = append(d.counts, make([]uint32, i-d.first-len(d.counts)+1)...)
	}
	c := &d.counts[i-d.first]
	if *c > math.MaxUint32-n {
		*c = math.MaxUint32 // saturates after 4 thousand million equal samples
		return
	}
	*c += n
}

// Merge adds the samples of o to d; o is unchanged.
func (d *Distribution) Merge(o *Distribution) {
	if o == nil || o.n == 0 {
		return
	}
	for i, c := range o.counts {
		if c > 0 {
			d.count(o.first+i, c)
		}
	}
	d.low += o.low
	d.n += o.n
	d.sum += o.sum
	d.max = max(d.max, o.max)
}

// Clone is a copy that shares nothing with d.
func (d *Distribution) Clone() Distribution {
	c := *d
	c.counts = slices.Clone(d.counts)
	return c
}

// Count is the number of samples.
func (d *Distribution) Count() uint64 { return d.n }

// Max is the largest sample exactly; false where there is none.
func (d *Distribution) Max() (float64, bool) { return d.max, d.n > 0 }

// Mean is the average of the samples exactly (but for float rounding); false
// where there is none.
func (d *Distribution) Mean() (float64, bool) {
	if d.n == 0 {
		return 0, false
	}
	return d.sum / float64(d.n), true
}

// Quantile is the smallest value that a share q of the samples does not
// exceed, interpolated inside its bucket and never above Max.
//
//   - no samples: false
//   - q at or below 0, or NaN: the lower edge of the lowest bucket in use
//   - q at or above 1: Max, exactly
func (d *Distribution) Quantile(q float64) (float64, bool) {
	if d.n == 0 {
		return 0, false
	}
	if q >= 1 {
		return d.max, true
	}
	if math.IsNaN(q) || q < 0 {
		q = 0
	}
	// The rank of Prometheus' quantile_over_time: position q·(n−1) among the
	// sorted samples, so that a distribution and PromQL agree on small counts.
	rank := q * float64(d.n-1)
	below := math.Floor(rank)
	v := d.at(below)
	if part := rank - below; part > 0 {
		v += part * (d.at(below+1) - v)
	}
	return math.Min(v, d.max), true
}

// at is about the sample of a rank from 0 to n-1.
func (d *Distribution) at(rank float64) float64 {
	if rank >= float64(d.n-1) {
		return d.max
	}
	if rank < float64(d.low) {
		return math.Min(bucketFloor*rank/math.Max(1, float64(d.low)), d.max)
	}
	seen := float64(d.low)
	for i, c := range d.counts {
		if rank < seen+float64(c) {
			lo, hi := upper(d.first+i-1), upper(d.first+i)
			return math.Min(lo+(hi-lo)*(rank-seen+0.5)/float64(c), d.max)
		}
		seen += float64(c)
	}
	return d.max
}

// ShareAbove is the share of samples above v, in [0,1]; the bucket that v
// falls into counts in proportion. It is 0 exactly where v is at or above
// Max. False where there is no sample.
func (d *Distribution) ShareAbove(v float64) (float64, bool) {
	if d.n == 0 {
		return 0, false
	}
	if v >= d.max {
		return 0, true
	}
	if v < 0 || math.IsNaN(v) {
		return 1, true
	}
	if v <= bucketFloor {
		return float64(d.n-d.low) / float64(d.n), true
	}
	b := bucketOf(v)
	above := 0.0
	for i, c := range d.counts {
		switch at := d.first + i; {
		case at > b:
			above += float64(c)
		case at == b:
			lo, hi := upper(at-1), upper(at)
			above += float64(c) * math.Min(1, math.Max(0, (hi-v)/(hi-lo)))
		}
	}
	return above / float64(d.n), true
}

// Buckets calls yield with the upper edge and the count of each bucket in
// use, lowest first; samples at or below the floor come first with edge 0.
func (d *Distribution) Buckets(yield func(upperEdge float64, count uint64) bool) {
	if d.low > 0 && !yield(0, d.low) {
		return
	}
	for i, c := range d.counts {
		if c > 0 && !yield(upper(d.first+i), uint64(c)) {
			return
		}
	}
}

// Encoded is a Distribution's content for files. Counts run over consecutive
// buckets from First.
type Encoded struct {
	First  int
	Counts []uint32
	Low, N uint64
	Sum    float64
	Max    float64
}

// Encode is the content of d; the slice is shared, not copied.
func (d *Distribution) Encode() Encoded {
	return Encoded{d.first, d.counts, d.low, d.n, d.sum, d.max}
}

// Decode is the distribution that e describes. It returns false where e
// contradicts itself: buckets out of range, counts that do not add up to N,
// a sum or maximum that is not a finite, not negative number.
func (e Encoded) Decode() (Distribution, bool) {
	total := e.Low
	for _, c := range e.Counts {
		total += uint64(c)
	}
	finite := func(v float64) bool { return v >= 0 && !math.IsInf(v, 0) }
	if total != e.N || e.First < 0 || e.First+len(e.Counts) > maxBucket+1 || !finite(e.Sum) || !finite(e.Max) {
		return Distribution{}, false
	}
	return Distribution{first: e.First, counts: e.Counts, low: e.Low, n: e.N, sum: e.Sum, max: e.Max}, true
}
