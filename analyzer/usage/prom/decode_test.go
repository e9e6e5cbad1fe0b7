package prom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// record keeps everything that an answer says.
type record struct {
	Series []recorded
}

type recorded struct {
	Labels map[string]string
	T      []int64
	V      []float64
}

func (r *record) series(l map[string]string) {
	r.Series = append(r.Series, recorded{Labels: maps.Clone(l)})
}

func (r *record) sample(t int64, v float64) {
	s := &r.Series[len(r.Series)-1]
	s.T, s.V = append(s.T, t), append(s.V, v)
}

func TestDecode(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     []recorded
		reply    reply
	}{
		{
			"matrix",
			`{"status":"success","data":{"resultType":"matrix","result":[
			  {"metric":{"namespace":"a","pod":"p-0"},"values":[[1435781430.781,"1"],[1435781445,"0.25"]]},
			  {"metric":{},"values":[]}]}}`,
			[]recorded{{map[string]string{"namespace": "a", "pod": "p-0"}, []int64{1435781430781, 1435781445000}, []float64{1, 0.25}}, {Labels: map[string]string{}}},
			reply{Status: "success", ResultType: "matrix", Series: 2, Samples: 2},
		},
		{
			"vector with exponent, escapes and warnings, keys in another order",
			`{"warnings":["partial \"data\""],"data":{"resultType":"vector","result":[{"value":[1.7e9,"1e-3"],"metric":{"pod":"a\u00e9\n"}}]},"status":"success"}`,
			[]recorded{{map[string]string{"pod": "aé\n"}, []int64{1700000000000}, []float64{0.001}}},
			reply{Status: "success", Warnings: []string{`partial "data"`}, ResultType: "vector", Series: 1, Samples: 1},
		},
		{
			"fractions of a second are cut to milliseconds",
			`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[10.5,"1"]},{"metric":{},"value":[10.0619,"2"]}]}}`,
			[]recorded{{map[string]string{}, []int64{10500}, []float64{1}}, {map[string]string{}, []int64{10061}, []float64{2}}},
			reply{Status: "success", ResultType: "vector", Series: 2, Samples: 2},
		},
		{
			"error",
			`{"status":"error","errorType":"bad_data","error":"no","data":null}`,
			nil,
			reply{Status: "error", ErrorType: "bad_data", Error: "no"},
		},
		{
			"unknown parts are passed over",
			`{"status":"success","infos":[{"a":[1,2,{"b":null}]}],"data":{"stats":{"x":true},"resultType":"vector","result":[{"metric":{"a":"b"},"histogram":[1,{"count":"2"}]}]}}`,
			[]recorded{{Labels: map[string]string{"a": "b"}}},
			reply{Status: "success", ResultType: "vector", Series: 1},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{"whole": strings.NewReader(tc.in), "byte by byte": iotest.OneByteReader(strings.NewReader(tc.in))} {
				var got record
				reply, err := decode(r, &got)
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if d := cmp.Diff(tc.want, got.Series); d != "" {
					t.Errorf("%s (-want +got):\n%s", how, d)
				}
				if d := cmp.Diff(tc.reply, reply); d != "" {
					t.Errorf("%s (-want +got):\n%s", how, d)
				}
			}
		})
	}
}

func TestDecodeNaNAndInf(t *testing.T) {
	var got record
	_, err := decode(strings.NewReader(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"values":[[1,"NaN"],[2,"+Inf"],[3,"-Inf"]]}]}}`), &got)
	if err != nil {
		t.Fatal(err)
	}
	v := got.Series[0].V
	if !math.IsNaN(v[0]) || !math.IsInf(v[1], 1) || !math.IsInf(v[2], -1) {
		t.Errorf("got %v", v)
	}
}

func TestDecodeRefuses(t *testing.T) {
	whole := `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"1"],[2,"2"]]}]}}`
	for i := range len(whole) - 1 {
		if _, err := decode(strings.NewReader(whole[:i]), discard{}); !errors.Is(err, errTruncated) {
			t.Fatalf("cut after %d bytes: %v, want errTruncated", i, err)
		}
	}
	for name, in := range map[string]string{
		"html":             "<html><body>sign in</body></html>",
		"no status":        `{"data":{}}`,
		"value no number":  `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}`,
		"time no number":   `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":["1","1"]}]}}`,
		"no labels":        `{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]}]}}`,
		"deep nesting":     `{"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `,"status":"success"}`,
		"endless number":   `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[` + strings.Repeat("1", 5000) + `,"1"]}]}}`,
		"array, no object": `[1,2]`,
	} {
		if _, err := decode(strings.NewReader(in), discard{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Samples read the quick way are, to the bit, those that the careful way and
// ParseFloat give.
func TestQuickIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	texts := []string{
		"0", "00", "0.0", "1", "9007199254740992", "9007199254740993", "0.1", "0.30000000000000004", "123456789.123456789", "1234567890123456789",
		"99999999999999999999", "0.00000000000000001", "1e5", "-1", "+Inf", "NaN", ".5", "5.", "1..2", "1.2.3", "", "0x10", "1_0", " 1",
	}
	for range 2_000 {
		v := math.Float64frombits(rng.Uint64()&^(0x7ff<<52) | (1023-20+rng.Uint64N(60))<<52)
		texts = append(texts, strconv.FormatFloat(v, 'f', -1, 64), strconv.FormatFloat(v, 'f', rng.IntN(9), 64), strconv.Itoa(rng.IntN(1e9)))
	}
	times := []string{"1763600000", "1763600000.1", "1763600000.123", "1763600000.1239", "0", "99999999999999", "1.7e9", "1.", ".1", "-1", "1763600000.12345678901234567890123"}
	for i, text := range texts {
		at := times[i%len(times)]
		in := `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[` + at + `,"` + text + `"],[1763600900,"2"]]}]}}` + strings.Repeat(" ", longestSample)
		var fast, slow record
		_, errFast := decode(strings.NewReader(in), &fast)
		_, errSlow := decode(iotest.OneByteReader(strings.NewReader(in)), &slow)
		if (errFast == nil) != (errSlow == nil) || !cmp.Equal(fast, slow, cmpopts.EquateNaNs()) {
			t.Fatalf("[%s,%q]: quick %v %v, careful %v %v", at, text, fast, errFast, slow, errSlow)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1.5,"1"],[2,"NaN"]]}]}}`))
	f.Add([]byte(`{"status":"error","error":"\u00e9"}`))
	f.Add(answerOf(2, 20))
	f.Fuzz(func(t *testing.T, in []byte) {
		var a, b record
		ra, errA := decode(bytes.NewReader(in), &a)
		rb, errB := decode(iotest.OneByteReader(bytes.NewReader(in)), &b)
		// Byte by byte, no sample is read the quick way.
		if (errA == nil) != (errB == nil) || ra.Samples != rb.Samples || !cmp.Equal(a, b, cmpopts.EquateNaNs()) {
			t.Fatalf("the way the bytes arrive changes the answer: %v %v, %v %v", ra, errA, rb, errB)
		}
		_, _ = decodeSeries(bytes.NewReader(in))
	})
}

// answerOf is a matrix answer of n series with m points each.
func answerOf(n, m int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"status":"success","data":{"resultType":"matrix","result":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"metric":{"namespace":"ns","pod":"web-%d","container":"app"},"values":[`, i)
		for j := range m {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `[%d,"%g"]`, 1700000000+j*900, float64(i*j%1000)/1377)
		}
		b.WriteString("]}")
	}
	b.WriteString("]}}")
	return b.Bytes()
}

// Decoding must not allocate per sample: the answers have tens of millions.
func TestDecodeAllocatesPerSeriesOnly(t *testing.T) {
	few, many := answerOf(100, 10), answerOf(100, 1000)
	allocs := func(in []byte) float64 {
		return testing.AllocsPerRun(5, func() {
			if _, err := decode(bytes.NewReader(in), discard{}); err != nil {
				t.Fatal(err)
			}
		})
	}
	a, b := allocs(few), allocs(many)
	if b > a+10 {
		t.Errorf("%.0f allocations for 1,000 samples, %.0f for 100,000", a, b)
	}
	// A series costs the string of what differs from the one before: its pod.
	if a > 100+40 {
		t.Errorf("%.0f allocations for 100 series", a)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		in := answerOf(n, 96)
		b.Run(fmt.Sprintf("series=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				if _, err := decode(bytes.NewReader(in), discard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
