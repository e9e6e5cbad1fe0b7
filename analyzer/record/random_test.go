package record

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
)

// random fills values of any type: every field of every struct, so that a new
// field that is not recorded fails the tests by itself.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 7))} }

func (r random) one(of ...string) string { return of[r.IntN(len(of))] }

func (r random) time() time.Time {
	switch r.IntN(6) {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(0, 0).UTC()
	case 2:
		return time.Unix(r.Int64N(4e9)-1e9, r.Int64N(1e9)).UTC()
	}
	return time.Unix(1.7e9+r.Int64N(1e7), 0).UTC()
}

func (r random) float() float64 {
	switch r.IntN(5) {
	case 0:
		return 0
	case 1:
		return float64(r.IntN(1 << 33))
	case 2:
		return -r.Float64()
	}
	return math.Ldexp(r.Float64(), r.IntN(80)-40)
}

func (r random) distribution() usage.Distribution {
	var d usage.Distribution
	for range r.IntN(30) {
		d.AddN(math.Ldexp(r.Float64(), r.IntN(50)-15), r.Uint32N(1<<r.IntN(20)))
	}
	return d
}

func (r random) hour() usage.Hour {
	h := usage.HourOf(r.Int32N(900_000)-1000, r.Uint32(), r.float(), r.float())
	if r.IntN(2) == 0 {
		h.P95, h.Max = float32(r.float()), float32(r.float())
	}
	return h
}

func (r random) fill(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = r.time()
		return
	case *usage.Distribution:
		*p = r.distribution()
		return
	case *usage.Hour:
		*p = r.hour()
		return
	case *error:
		*p = hint.New(r.one("something is missing", "nothing works"), r.one("", "try --again"))
		return
	case *[]usage.Hour:
		// All exact in 16 bits, or not.
		narrow := r.IntN(2) == 0
		for range r.IntN(5) {
			h := r.hour()
			if narrow {
				h = usage.HourOf(h.Epoch, h.Count, float64(h.P95), float64(h.Max))
			}
			*p = append(*p, h)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(r.one("", "web", "payments", "kube-system", "näme", "a longer one with spaces"))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64, reflect.Int32:
		n := int64(0)
		if r.IntN(4) > 0 {
			n = int64(r.Uint64()) >> (32 + r.IntN(31)) // of either sign
		}
		v.SetInt(n)
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(r.Uint32() >> r.IntN(32)))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(r.float())
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			r.fill(v.Elem())
		}
	case reflect.Slice:
		if n := r.IntN(6) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				r.fill(v.Index(i))
			}
		}
	case reflect.Map:
		n := r.IntN(6) - 1
		if n < 0 {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range n {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			r.fill(key)
			r.fill(value)
			if value.Kind() != reflect.Pointer || !value.IsNil() {
				v.SetMapIndex(key, value)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			r.fill(v.Field(i))
		}
	default:
		panic("no random " + v.Type().String())
	}
}

func (r random) book() *pricing.Book {
	prices := map[pricing.OfferingKey]pricing.Price{}
	machines := map[string]pricing.Machine{}
	r.fill(reflect.ValueOf(&prices).Elem())
	r.fill(reflect.ValueOf(&machines).Elem())
	b := pricing.NewBook(r.one("USD", "EUR"), prices, machines)
	r.fill(reflect.ValueOf(&b.Warnings).Elem())
	return b
}

// recording is a random one; a part of its histories is refined.
func (r random) recording() Recording {
	rec := Recording{Snapshot: &cluster.Snapshot{}, Book: r.book()}
	r.fill(reflect.ValueOf(rec.Snapshot).Elem())
	if r.IntN(8) == 0 {
		return rec
	}
	rec.Usage = &usage.Usage{}
	r.fill(reflect.ValueOf(rec.Usage).Elem())
	if rec.Usage.Containers == nil {
		rec.Usage.Containers = map[cluster.ContainerID]*usage.History{}
	}
	if r.IntN(3) == 0 {
		return rec
	}
	finer := map[cluster.ContainerID]*usage.History{}
	for id := range rec.Usage.Containers {
		if r.IntN(2) == 0 {
			h := &usage.History{}
			r.fill(reflect.ValueOf(h).Elem())
			finer[id] = h
		}
	}
	rec.Detail = refine(rec.Usage, finer)
	r.fill(reflect.ValueOf(&rec.Detail.Scan).Elem())
	if r.IntN(2) == 0 {
		rec.Detail.Warnings = append(rec.Detail.Warnings, hint.New("3 containers keep the survey's resolution", "raise --detail-budget"))
	}
	return rec
}

// same compares recordings to the last bit; a Distribution's content is not
// public, and neither is a Book's.
func same(t *testing.T, want, got Recording) {
	t.Helper()
	opts := cmp.Options{
		cmp.AllowUnexported(usage.Distribution{}, pricing.Book{}),
		cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }),
		cmp.Comparer(func(a, b time.Time) bool {
			return a.Equal(b) && a.Location() == b.Location() && a.IsZero() == b.IsZero()
		}),
	}
	if d := cmp.Diff(want, got, opts); d != "" {
		t.Errorf("not what was recorded (-want +got):\n%s", d)
	}
}
