// Package unit holds the quantities trimtab computes with, each in one base
// unit: CPU in thousandths of a core, memory in bytes, money in billionths of
// a currency unit. Values are normalised to these types where data enters the
// program and are scaled for people once per column where it leaves, so
// nothing in between has to ask what a number is measured in.
//
// Money is an integer on purpose: the parts of a bill then add up to the bill
// with ==, on every platform.
package unit

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MilliCPU is an amount of CPU in thousandths of a core, as in the Kubernetes
// quantity "250m".
type MilliCPU int64

// Bytes is an amount of memory in bytes.
type Bytes int64

// Binary multiples of a byte.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
	TiB Bytes = 1 << 40
)

// HoursPerMonth is the length of a month wherever trimtab shows money per
// month: 730 hours, as AWS and its calculators use.
const HoursPerMonth = 730

// Month is HoursPerMonth as a duration.
const Month = HoursPerMonth * time.Hour

// MilliCPUOf rounds an amount in cores up to whole millicores. NaN and
// negative amounts are 0; amounts too large are the largest MilliCPU.
func MilliCPUOf(cores float64) MilliCPU {
	return MilliCPU(ceil(cores * 1000))
}

// BytesOf rounds an amount in bytes up to whole bytes. NaN and negative
// amounts are 0; amounts too large are the largest Bytes.
func BytesOf(bytes float64) Bytes {
	return Bytes(ceil(bytes))
}

// ceil rounds up, forgiving the last few bits that a product of floats may be
// off by: 0.1*3*1000 is 300.00000000000006, which means 300.
func ceil(v float64) int64 {
	switch {
	case math.IsNaN(v) || v <= 0:
		return 0
	case v >= math.MaxInt64:
		return math.MaxInt64
	}
	if r := math.Round(v); math.Abs(v-r) <= 1e-9*math.Max(1, math.Abs(v)) && r < math.MaxInt64 {
		return int64(r)
	}
	return int64(math.Ceil(v))
}

// Cores is the amount in cores.
func (c MilliCPU) Cores() float64 { return float64(c) / 1000 }

// Quantity is the canonical Kubernetes quantity: "250m", "2".
func (c MilliCPU) Quantity() string {
	if c%1000 == 0 {
		return strconv.FormatInt(int64(c)/1000, 10)
	}
	return strconv.FormatInt(int64(c), 10) + "m"
}

// String is Quantity.
func (c MilliCPU) String() string { return c.Quantity() }

// MarshalText writes the Kubernetes quantity.
func (c MilliCPU) MarshalText() ([]byte, error) { return []byte(c.Quantity()), nil }

// UnmarshalText reads what MarshalText writes: "250m" or a whole or decimal
// number of cores.
func (c *MilliCPU) UnmarshalText(b []byte) error {
	v, err := ParseMilliCPU(string(b))
	*c = v
	return err
}

// ParseMilliCPU reads a CPU quantity: a number of cores ("2", "0.5") or of
// millicores ("250m"). Fractions of a millicore round up.
func ParseMilliCPU(s string) (MilliCPU, error) {
	num, scale := s, 1000.0
	if rest, ok := strings.CutSuffix(s, "m"); ok {
		num, scale = rest, 1
	}
	v, err := parseNumber(num)
	if err != nil || v*scale > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is not an amount of CPU (write 250m or 0.25)", s)
	}
	return MilliCPU(ceil(v * scale)), nil
}

// Quantity is the canonical Kubernetes quantity with a binary suffix where
// the amount is a whole number of them: "512Mi", "2Gi", "1500".
func (b Bytes) Quantity() string {
	if b != 0 {
		for _, s := range []struct {
			unit   Bytes
			suffix string
		}{{TiB, "Ti"}, {GiB, "Gi"}, {MiB, "Mi"}, {KiB, "Ki"}} {
			if b%s.unit == 0 {
				return strconv.FormatInt(int64(b/s.unit), 10) + s.suffix
			}
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// String is Quantity.
func (b Bytes) String() string { return b.Quantity() }

// MarshalText writes the Kubernetes quantity.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.Quantity()), nil }

// UnmarshalText reads a memory quantity.
func (b *Bytes) UnmarshalText(t []byte) error {
	v, err := ParseBytes(string(t))
	*b = v
	return err
}

// ParseBytes reads a memory quantity: a number with an optional binary (Ki,
// Mi, Gi, Ti, Pi, Ei) or decimal (k, M, G, T, P, E) suffix. Fractions of a
// byte round up.
func ParseBytes(s string) (Bytes, error) {
	num, mult := s, 1.0
	for _, u := range []struct {
		suffix string
		mult   float64
	}{
		{"Ki", 1 << 10},
		{"Mi", 1 << 20},
		{"Gi", 1 << 30},
		{"Ti", 1 << 40},
		{"Pi", 1 << 50},
		{"Ei", 1 << 60},
		{"k", 1e3},
		{"M", 1e6},
		{"G", 1e9},
		{"T", 1e12},
		{"P", 1e15},
		{"E", 1e18},
	} {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			num, mult = rest, u.mult
			break
		}
	}
	v, err := parseNumber(num)
	if err != nil || v*mult >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not an amount of memory (write 512Mi or 2Gi)", s)
	}
	return Bytes(ceil(v * mult)), nil
}

// parseNumber reads a non-negative decimal number without a sign, an exponent
// or any of the words that strconv takes ("inf", "0x1p3", "1_000").
func parseNumber(s string) (float64, error) {
	if s == "" || strings.Trim(s, "0123456789.") != "" {
		return 0, errors.New("not a number")
	}
	return strconv.ParseFloat(s, 64)
}

// Money is an amount of money in billionths (nano-units) of a currency unit;
// which currency is said beside it. Its range is ±9.2 thousand million units.
type Money int64

// HourlyRate is money per hour, in nano-units.
type HourlyRate int64

const nano = 1_000_000_000

// RateOf converts a price per hour in whole currency units, rounding to the
// nearest nano-unit. It returns false for NaN, infinities and amounts out of
// range: a price that cannot be held is unknown, not zero.
func RateOf(perHour float64) (HourlyRate, bool) {
	v := math.Round(perHour * nano)
	if math.IsNaN(v) || math.Abs(v) >= math.MaxInt64 {
		return 0, false
	}
	return HourlyRate(v), true
}

// Units is the rate in whole currency units per hour, for charts and ratios;
// sums are made of HourlyRate.
func (r HourlyRate) Units() float64 { return float64(r) / nano }

// Monthly is the rate kept up for a month of 730 hours.
func (r HourlyRate) Monthly() Money { return Money(r) * HoursPerMonth }

// Decimal is the exact decimal number with as many places as it needs, at
// most nine: "0.096", "12".
func (r HourlyRate) Decimal() string { return decimal(int64(r)) }

// String is Decimal.
func (r HourlyRate) String() string { return r.Decimal() }

// MarshalText writes Decimal.
func (r HourlyRate) MarshalText() ([]byte, error) { return []byte(r.Decimal()), nil }

// UnmarshalText reads Decimal.
func (r *HourlyRate) UnmarshalText(b []byte) error {
	v, err := parseDecimal(string(b))
	*r = HourlyRate(v)
	return err
}

// Scale is the share part/whole of the rate, rounded to the nearest
// nano-unit. A whole of 0 or less gives 0. Use Split where parts must add up.
func (r HourlyRate) Scale(part, whole float64) HourlyRate {
	if whole <= 0 || math.IsNaN(part) {
		return 0
	}
	return HourlyRate(math.Round(float64(r) * (part / whole)))
}

// Units is the amount in whole currency units.
func (m Money) Units() float64 { return float64(m) / nano }

// Decimal is the exact decimal number with as many places as it needs, at
// most nine.
func (m Money) Decimal() string { return decimal(int64(m)) }

// String is Decimal.
func (m Money) String() string { return m.Decimal() }

// MarshalText writes Decimal.
func (m Money) MarshalText() ([]byte, error) { return []byte(m.Decimal()), nil }

// UnmarshalText reads Decimal.
func (m *Money) UnmarshalText(b []byte) error {
	v, err := parseDecimal(string(b))
	*m = Money(v)
	return err
}

func decimal(n int64) string {
	sign, u := "", uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	s := fmt.Sprintf("%s%d.%09d", sign, u/nano, u%nano)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func parseDecimal(s string) (int64, error) {
	bad := fmt.Errorf("%q is not an amount of money with at most nine decimal places", s)
	body, negative := strings.CutPrefix(s, "-")
	whole, frac, _ := strings.Cut(body, ".")
	if whole == "" || len(frac) > 9 || strings.Trim(whole+frac, "0123456789") != "" {
		return 0, bad
	}
	sign := ""
	if negative {
		sign = "-" // before parsing: the least amount has no positive twin
	}
	v, err := strconv.ParseInt(sign+whole+frac+strings.Repeat("0", 9-len(frac)), 10, 64)
	if err != nil {
		return 0, bad
	}
	return v, nil
}

// Split divides total among the weights so that the parts add up to total
// exactly: each part is rounded down and the nano-units left over go to the
// largest remainders, ties to the earlier weight (the method of Hamilton).
// Weights must be finite and not negative; where all are 0 the first takes
// everything. The sum of no weights is no parts: total must then be 0.
func Split(total HourlyRate, weights []float64) []HourlyRate {
	parts := make([]HourlyRate, len(weights))
	if len(weights) == 0 {
		return parts
	}
	largest := slices.Max(weights)
	sum := 0.0
	for _, w := range weights {
		sum += w / largest // so that the sum stays finite
	}
	if largest <= 0 {
		parts[0] = total
		return parts
	}
	// Weights become integers of 2^40 so that the division is exact and does
	// not depend on the order in which floats were added.
	const scale = 1 << 40
	fixed := make([]uint64, len(weights))
	var whole uint64
	for i, w := range weights {
		fixed[i] = uint64(math.Round(w / largest / sum * scale))
		whole += fixed[i]
	}
	negative, t := total < 0, uint64(total)
	if negative {
		t = -t
	}
	type rest struct {
		i int
		r uint64
	}
	rests := make([]rest, len(weights))
	var given uint64
	for i, f := range fixed {
		hi, lo := bits.Mul64(t, f)
		q, r := bits.Div64(hi, lo, whole)
		parts[i], given = HourlyRate(q), given+q
		rests[i] = rest{i, r}
	}
	slices.SortStableFunc(rests, func(a, b rest) int {
		switch {
		case a.r > b.r:
			return -1
		case a.r < b.r:
			return 1
		}
		return 0
	})
	for i := range t - given {
		parts[rests[i].i]++
	}
	if negative {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return parts
}
