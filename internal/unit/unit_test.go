package unit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestParseMilliCPU(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want MilliCPU
		bad  bool
	}{
		{in: "0", want: 0},
		{in: "2", want: 2000},
		{in: "0.5", want: 500},
		{in: ".25", want: 250},
		{in: "250m", want: 250},
		{in: "0.1m", want: 1},      // rounds up
		{in: "1.0001", want: 1001}, // rounds up
		{in: "0.3", want: 300},     // and not 301
		{in: "", bad: true},
		{in: "m", bad: true},
		{in: "-1", bad: true},
		{in: "1e3", bad: true},
		{in: "inf", bad: true},
		{in: "1_000", bad: true},
		{in: "1.2.3", bad: true},
		{in: "9999999999999999999", bad: true},
		{in: " 1", bad: true},
	} {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParseMilliCPU(tt.in)
			if (err != nil) != tt.bad || got != tt.want {
				t.Errorf("%v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestParseBytes(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Bytes
		bad  bool
	}{
		{in: "0", want: 0},
		{in: "1500", want: 1500},
		{in: "1.5", want: 2}, // rounds up
		{in: "1Ki", want: KiB},
		{in: "512Mi", want: 512 * MiB},
		{in: "1.5Gi", want: 1536 * MiB},
		{in: "2Ti", want: 2 * TiB},
		{in: "1Pi", want: 1024 * TiB},
		{in: "1k", want: 1000},
		{in: "1M", want: 1e6},
		{in: "1G", want: 1e9},
		{in: "1E", want: 1e18},
		{in: "8Ei", bad: true}, // does not fit
		{in: "1m", bad: true},
		{in: "Mi", bad: true},
		{in: "1MiB", bad: true},
		{in: "-1Gi", bad: true},
		{in: "0x10", bad: true},
	} {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParseBytes(tt.in)
			if (err != nil) != tt.bad || got != tt.want {
				t.Errorf("%v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestRoundingUp(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   float64
		want MilliCPU
	}{
		{"zero", 0, 0},
		{"float noise is forgiven", 0.1 * 3, 300},
		{"a part of a millicore counts", 0.0001, 1},
		{"NaN", math.NaN(), 0},
		{"negative", -1, 0},
		{"infinite", math.Inf(1), math.MaxInt64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := MilliCPUOf(tt.in); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
	if got := BytesOf(1e300); got != math.MaxInt64 {
		t.Errorf("1e300 bytes are %d", got)
	}
}

func TestCompact(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{MilliCPU(0).Compact(), "0m"},
		{MilliCPU(640).Compact(), "640m"},
		{MilliCPU(9999).Compact(), "9999m"},
		{MilliCPU(10_000).Compact(), "10"},
		{MilliCPU(12_540).Compact(), "12.5"},
		{MilliCPU(-1500).Compact(), "−1500m"},
		{Bytes(0).Compact(), "0B"},
		{Bytes(1023).Compact(), "1023B"},
		{KiB.Compact(), "1Ki"},
		{(420 * MiB).Compact(), "420Mi"},
		{(1024*MiB - 300*KiB).Compact(), "1Gi"}, // 1023.7Mi is no 1024Mi
		{(1023 * MiB).Compact(), "1023Mi"},
		{(2*GiB + 205*MiB).Compact(), "2.2Gi"},
		{(1024*GiB - 40*MiB).Compact(), "1Ti"},
		{(1536 * GiB).Compact(), "1.5Ti"},
		{(-5 * MiB).Compact(), "−5Mi"},
		{Bytes(math.MinInt64).Compact(), "−8192Pi"},
		{Money(1_284_000_000_000).Dollars(), "1,284"},
		{Money(41_200_000_000).Dollars(), "41.20"},
		{Money(99_499_000_000).Dollars(), "99.50"},
		{Money(99_500_000_000).Dollars(), "100"},
		{Money(310_000_000).Dollars(), "0.31"},
		{Money(-1_000_000_000_000_000).Dollars(), "−1,000,000"},
		{Money(1_284_600_000_000).Whole(), "1,285"},
		{HourlyRate(96_000_000).Dollars(), "0.0960"},
		{Percent(0), "0%"},
		{Percent(0.0001), "<1%"},
		{Percent(0.005), "<1%"},
		{Percent(0.0051), "1%"},
		{Percent(0.5), "50%"},
		{Percent(0.995), ">99%"},
		{Percent(1), "100%"},
		{Percent(1.5), "150%"},
		{Percent(math.NaN()), "n/a"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

func TestMoney(t *testing.T) {
	for _, tt := range []struct {
		text string
		nano HourlyRate
	}{
		{"0", 0},
		{"0.096", 96_000_000},
		{"12", 12_000_000_000},
		{"0.000000001", 1},
		{"-0.5", -500_000_000},
		{"9223372036.854775807", math.MaxInt64},
		{"-9223372036.854775808", math.MinInt64},
	} {
		if got := tt.nano.Decimal(); got != tt.text {
			t.Errorf("%d is written %q, want %q", tt.nano, got, tt.text)
		}
		var back HourlyRate
		if err := back.UnmarshalText([]byte(tt.text)); err != nil || back != tt.nano {
			t.Errorf("%q is read as %d, %v", tt.text, back, err)
		}
	}
	for _, bad := range []string{"", "-", ".5", "1.0000000001", "1e3", "+1", "9223372036.854775808", "NaN", "1,5"} {
		var v Money
		if err := v.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is read as %v", bad, v)
		}
	}
	if got := HourlyRate(96_000_000).Monthly(); got != 70_080_000_000 {
		t.Errorf("a month is %v", got)
	}
	if r, ok := RateOf(0.096); !ok || r != 96_000_000 {
		t.Errorf("0.096 is %v, %v", r, ok)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e10} {
		if r, ok := RateOf(v); ok {
			t.Errorf("%v is a rate: %v", v, r)
		}
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct {
		name        string
		part, whole float64
		want        HourlyRate
	}{
		{"a third", 1, 3, 33},
		{"rounded to the nearest", 2, 3, 67},
		{"of nothing", 1, 0, 0},
		{"NaN", math.NaN(), 1, 0},
		{"more than all", 2, 1, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := HourlyRate(100).Scale(tt.part, tt.whole); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name    string
		total   HourlyRate
		weights []float64
		want    []HourlyRate
	}{
		{"evenly, the rest to the first", 10, []float64{1, 1, 1}, []HourlyRate{4, 3, 3}},
		{"by the largest remainder", 10, []float64{0.26, 0.37, 0.37}, []HourlyRate{2, 4, 4}},
		{"nothing to anyone", 0, []float64{1, 2}, []HourlyRate{0, 0}},
		{"all weights are 0", 7, []float64{0, 0}, []HourlyRate{7, 0}},
		{"weight 0 takes nothing", 7, []float64{0, 1}, []HourlyRate{0, 7}},
		{"negative", -10, []float64{1, 1, 1}, []HourlyRate{-4, -3, -3}},
		{"the sum of the weights overflows", 9, []float64{math.MaxFloat64, math.MaxFloat64, math.MaxFloat64}, []HourlyRate{3, 3, 3}},
		{"the least of weights", 9, []float64{math.SmallestNonzeroFloat64, 0, 0}, []HourlyRate{9, 0, 0}},
		{"everything there is", math.MaxInt64, []float64{1, 1}, []HourlyRate{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
		{"no weights", 0, nil, []HourlyRate{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Split(tt.total, tt.weights); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// FuzzSplit holds Split against what it promises: the parts are the whole,
// have its sign, and are within a nano-unit and the weights' resolution of
// their share.
func FuzzSplit(f *testing.F) {
	for seed := range uint64(10) {
		f.Add(int64(seed*seed*1e9)-10, seed, uint16(seed*37))
	}
	f.Add(int64(math.MaxInt64), uint64(1), uint16(500))
	f.Add(int64(math.MinInt64), uint64(2), uint16(3))
	f.Fuzz(func(t *testing.T, total int64, seed uint64, n uint16) {
		r := rand.New(rand.NewPCG(seed, 1))
		weights := make([]float64, n%2000+1)
		sum := 0.0
		for i := range weights {
			switch r.IntN(4) {
			case 0:
			case 1:
				weights[i] = math.Ldexp(r.Float64(), r.IntN(60)-30)
			default:
				weights[i] = r.Float64()
			}
			sum += weights[i]
		}
		parts := Split(HourlyRate(total), weights)
		var got HourlyRate
		for i, p := range parts {
			got += p
			if total > 0 && p < 0 || total < 0 && p > 0 {
				t.Errorf("part %d of %d is %d", i, total, p)
			}
			if sum > 0 {
				share := float64(total) * (weights[i] / sum)
				off := math.Abs(float64(p) - share)
				if off > 1+math.Abs(float64(total))*float64(len(weights)+2)/(1<<40) {
					t.Errorf("part %d is %d, its share %v", i, p, share)
				}
			}
		}
		if got != HourlyRate(total) {
			t.Errorf("parts add up to %d, not %d", got, total)
		}
	})
}

// FuzzQuantities holds that what is written is read back as the same, and that
// what is read is never negative.
func FuzzQuantities(f *testing.F) {
	for _, s := range []string{"250m", "2", "0.5", "512Mi", "1.5Gi", "8Ei", "1E", "", "inf", "9999999999999999999", "0.0000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseMilliCPU(s); err == nil {
			back, err := ParseMilliCPU(c.Quantity())
			if c < 0 || err != nil || back != c && c < 1<<50 {
				t.Errorf("%q is %d, written %q, read as %d, %v", s, c, c.Quantity(), back, err)
			}
		}
		if b, err := ParseBytes(s); err == nil {
			back, err := ParseBytes(b.Quantity())
			if b < 0 || err != nil || back != b && b < 1<<50 {
				t.Errorf("%q is %d, written %q, read as %d, %v", s, b, b.Quantity(), back, err)
			}
		}
		var m Money
		if m.UnmarshalText([]byte(s)) == nil {
			var back Money
			if err := back.UnmarshalText([]byte(m.Decimal())); err != nil || back != m {
				t.Errorf("%q is %d, written %q, read as %d, %v", s, m, m.Decimal(), back, err)
			}
		}
	})
}
