package usage

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// exact is the quantile of sorted samples by Prometheus' quantile_over_time.
func exact(sorted []float64, q float64) float64 {
	rank := q * float64(len(sorted)-1)
	lo := int(math.Floor(rank))
	hi := min(lo+1, len(sorted)-1)
	w := rank - float64(lo)
	return sorted[lo]*(1-w) + sorted[hi]*w
}

func TestQuantileWithinABucket(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tc := range []struct {
		name string
		draw func() float64
	}{
		{"cores, log-normal", func() float64 { return 0.2 * math.Exp(rng.NormFloat64()) }},
		{"bytes, uniform", func() float64 { return 1e8 + 9e8*rng.Float64() }},
		{"idle, below a millicore", func() float64 { return 0.0005 * rng.Float64() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var d Distribution
			var all []float64
			for range 20_000 {
				v := tc.draw()
				d.Add(v)
				all = append(all, v)
			}
			slices.Sort(all)
			for _, q := range []float64{0.1, 0.5, 0.9, 0.95, 0.99, 0.999} {
				got, ok := d.Quantile(q)
				want := exact(all, q)
				if !ok || want > 2*bucketFloor && math.Abs(got-want) > 0.02*want || want <= 2*bucketFloor && math.Abs(got-want) > bucketFloor {
					t.Errorf("q=%v: got %v, want %v within 2 %%", q, got, want)
				}
			}
			if got, _ := d.Quantile(1); got != all[len(all)-1] {
				t.Errorf("the maximum is %v, want %v exactly", got, all[len(all)-1])
			}
		})
	}
}

func TestDistributionEdges(t *testing.T) {
	var d Distribution
	if _, ok := d.Quantile(0.5); ok {
		t.Error("an empty distribution has a quantile")
	}
	if _, ok := d.ShareAbove(1); ok {
		t.Error("an empty distribution has a share")
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
		if d.Add(v) {
			t.Errorf("%v was counted", v)
		}
	}
	d.Add(0)
	if got, ok := d.Quantile(0.99); !ok || got != 0 {
		t.Errorf("one zero: p99 %v %v, want 0", got, ok)
	}
	d.Add(2)
	for _, tc := range []struct{ q, want float64 }{{1, 2}, {2, 2}, {0, 0}, {-1, 0}, {math.NaN(), 0}} {
		if got, _ := d.Quantile(tc.q); got != tc.want {
			t.Errorf("q=%v: %v, want %v", tc.q, got, tc.want)
		}
	}
	if got, _ := d.ShareAbove(1); got != 0.5 {
		t.Errorf("half of the samples are above 1, got %v", got)
	}
	if got, _ := d.ShareAbove(2); got != 0 {
		t.Errorf("nothing is above the maximum, got %v", got)
	}
	d.Add(1e300)
	if got, _ := d.Max(); got != 1e300 {
		t.Errorf("maximum %v", got)
	}
	if n := len(d.counts); n > maxBucket+1 {
		t.Errorf("one huge sample takes %d buckets", n)
	}
}

// FuzzDistribution holds what any set of samples must keep: merged parts are
// the whole, quantiles rise with q and stay within the samples, and the
// encoding loses nothing.
func FuzzDistribution(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var whole, left, right Distribution
		var each, same Distribution
		same.Add(7)
		same.Reset() // memory that was used before changes nothing
		for i := 0; i+8 <= len(raw); i += 8 {
			v := math.Float64frombits(binary.LittleEndian.Uint64(raw[i:]))
			if whole.Add(v) != AddEach(v, &each, &same) {
				t.Fatalf("%v counts in one way and not in the other", v)
			}
			if i%16 == 0 {
				left.Add(v)
			} else {
				right.Add(v)
			}
		}
		if !cmp.Equal(whole.Encode(), each.Encode(), cmpopts.EquateEmpty()) || !cmp.Equal(whole.Encode(), same.Encode(), cmpopts.EquateEmpty()) {
			t.Fatalf("one by one %+v, each %+v, in used memory %+v", whole.Encode(), each.Encode(), same.Encode())
		}
		left.Merge(&right)
		if left.Count() != whole.Count() {
			t.Fatalf("merged %d samples, want %d", left.Count(), whole.Count())
		}
		most, ok := whole.Max()
		last := 0.0
		for q := 0.0; q <= 1; q += 0.05 {
			a, okA := whole.Quantile(q)
			b, _ := left.Quantile(q)
			if okA != ok || a != b {
				t.Fatalf("q=%v: %v, merged %v", q, a, b)
			}
			if a < last || a > most {
				t.Fatalf("q=%v: %v after %v, maximum %v", q, a, last, most)
			}
			last = a
			if share, _ := whole.ShareAbove(a); ok && (share < 0 || share > 1) {
				t.Fatalf("share above %v is %v", a, share)
			}
		}
		var n uint64
		whole.Buckets(func(_ float64, c uint64) bool { n += c; return true })
		if n != whole.Count() {
			t.Fatalf("buckets hold %d of %d samples", n, whole.Count())
		}
		if finite := whole.sum; !math.IsInf(finite, 0) {
			back, ok := whole.Encode().Decode()
			if !ok || back.Count() != whole.Count() {
				t.Fatalf("the encoding of %d samples does not decode", whole.Count())
			}
		}
	})
}

func TestDecodeRefusesContradictions(t *testing.T) {
	for name, e := range map[string]Encoded{
		"counts that do not add up": {First: 1, Counts: []uint32{1}, N: 2},
		"a bucket out of range":     {First: maxBucket, Counts: []uint32{1, 1}, N: 2},
		"a negative bucket":         {First: -1, Counts: []uint32{1}, N: 1},
		"a maximum of NaN":          {Max: math.NaN()},
		"a negative sum":            {Sum: -1},
	} {
		if _, ok := e.Decode(); ok {
			t.Errorf("%s: decoded", name)
		}
	}
}

func TestWorstQuantileIsPerPod(t *testing.T) {
	pod := func(name string, v float64, n uint32) PodUsage {
		p := PodUsage{Pod: name}
		p.Dist.AddN(v, n)
		return p
	}
	s := Series{Pods: []PodUsage{pod("calm", 1, 1000), pod("leader", 3, 1000), pod("fresh", 9, 2)}}
	got, name, ok := s.WorstQuantile(0.95, 24)
	if !ok || name != "leader" || math.Abs(got-3) > 0.06 {
		t.Errorf("worst p95 %v of %q: a pod of two samples must not decide, the leader must", got, name)
	}
	s = Series{Pods: []PodUsage{pod("fresh", 9, 2)}}
	if _, name, ok = s.WorstQuantile(0.95, 24); !ok || name != "fresh" {
		t.Error("where every pod is fresh, the worst of them counts")
	}
}

func BenchmarkDistributionAdd(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	vs := make([]float64, 4096)
	for i := range vs {
		vs[i] = 0.2 * math.Exp(rng.NormFloat64())
	}
	var d Distribution
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		d.Add(vs[i&4095])
		i++
	}
}

func BenchmarkQuantile(b *testing.B) {
	var d Distribution
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		d.Add(0.2 * math.Exp(rng.NormFloat64()))
	}
	b.ReportAllocs()
	for b.Loop() {
		d.Quantile(0.95)
	}
}
