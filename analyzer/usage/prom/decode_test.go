package prom

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
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

func (r *record) series(l map[string]string) { r.Series = append(r.Series, recorded{Labels: l}) }

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
			nil, reply{Status: "error", ErrorType: "bad_data", Error: "no"},
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

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1.5,"1"],[2,"NaN"]]}]}}`))
	f.Add([]byte(`{"status":"error","error":"\u00e9"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var a, b record
		ra, errA := decode(bytes.NewReader(in), &a)
		rb, errB := decode(iotest.OneByteReader(bytes.NewReader(in)), &b)
		if (errA == nil) != (errB == nil) || ra.Samples != rb.Samples || len(a.Series) != len(b.Series) {
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
	if a, b := allocs(few), allocs(many); b > a+10 {
		t.Errorf("%.0f allocations for 1,000 samples, %.0f for 100,000", a, b)
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
