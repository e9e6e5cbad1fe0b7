package unit

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Minus is the sign trimtab shows before negative numbers.
const Minus = "−"

// Compact is the amount for people: millicores below 10 cores ("640m"), cores
// above ("12.5").
func (c MilliCPU) Compact() string {
	if c < 10_000 && c > -10_000 {
		return signed(int64(c), func(v int64) string { return strconv.FormatInt(v, 10) + "m" })
	}
	return signed(int64(c), func(v int64) string { return trimZero(strconv.FormatFloat(float64(v)/1000, 'f', 1, 64)) })
}

// Compact is the amount for people in binary units with at most one decimal:
// "420Mi", "2.2Gi".
func (b Bytes) Compact() string {
	return signed(int64(b), func(v int64) string {
		f, suffix, places := float64(v), "B", 0
		for _, s := range []string{"Ki", "Mi", "Gi", "Ti", "Pi"} {
			// 1023.7Mi prints as 1024Mi and 1023.96Gi as 1024.0Gi: both are 1 of
			// the next unit.
			digits := math.Pow10(places)
			if math.Round(f*digits)/digits < 1024 {
				break
			}
			f, suffix = f/1024, s
			if s == "Gi" {
				places = 1
			}
		}
		return trimZero(strconv.FormatFloat(f, 'f', places, 64)) + suffix
	})
}

// Dollars is the amount with thousands separators and no cents from 100
// upwards: "1,284", "41.20", "0.31". The currency is said by the column.
func (m Money) Dollars() string {
	return signed(int64(m), func(v int64) string {
		f := float64(v) / nano
		if v >= 100*nano-nano/2 {
			return group(strconv.FormatFloat(f, 'f', 0, 64))
		}
		return strconv.FormatFloat(f, 'f', 2, 64)
	})
}

// Whole is the amount rounded to whole units with thousands separators.
func (m Money) Whole() string {
	return signed(int64(m), func(v int64) string {
		return group(strconv.FormatFloat(float64(v)/nano, 'f', 0, 64))
	})
}

// Dollars is the rate per hour with four decimals: "0.0960".
func (r HourlyRate) Dollars() string {
	return signed(int64(r), func(v int64) string {
		return strconv.FormatFloat(float64(v)/nano, 'f', 4, 64)
	})
}

// Percent is the share as a whole percentage, "<1%" and ">99%" where rounding
// would claim none or all. share is in [0,1] or above; NaN is "n/a".
func Percent(share float64) string {
	switch {
	case math.IsNaN(share):
		return "n/a"
	case share > 0 && share <= 0.005:
		return "<1%"
	case share < 1 && share >= 0.995:
		return ">99%"
	}
	return strconv.FormatFloat(share*100, 'f', 0, 64) + "%"
}

func signed(v int64, f func(int64) string) string {
	if v < 0 {
		return Minus + f(-max(v, -math.MaxInt64)) // the least number has no positive twin
	}
	return f(v)
}

func trimZero(s string) string { return strings.TrimSuffix(s, ".0") }

func group(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Span is a duration without the zeros that time.Duration prints: "15m",
// "1h30m", "30s".
func Span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
