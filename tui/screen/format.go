package screen

import (
	"math"
	"strconv"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/theme"
)

// The Append functions write what internal/unit's Compact, Whole and Percent
// return, into a buffer that the caller keeps: a frame shows hundreds of
// numbers and must not allocate for each.

// AppendCPU appends an amount of CPU: "640m", "12.5".
func AppendCPU(dst []byte, sym *theme.Symbols, v unit.MilliCPU) []byte {
	if v < 0 {
		dst, v = append(dst, sym.Minus...), -v
	}
	if v < 10_000 {
		return append(strconv.AppendInt(dst, int64(v), 10), 'm')
	}
	return trimZero(strconv.AppendFloat(dst, float64(v)/1000, 'f', 1, 64))
}

// AppendBytes appends an amount of memory: "420Mi", "2.2Gi".
func AppendBytes(dst []byte, sym *theme.Symbols, v unit.Bytes) []byte {
	if v < 0 {
		dst, v = append(dst, sym.Minus...), -v
	}
	const units = "KMGTP"
	f, n, places, digits := float64(v), 0, 0, 1.0
	for n < len(units) && math.Round(f*digits)/digits >= 1024 {
		f /= 1024
		if n++; units[n-1] == 'G' {
			places, digits = 1, 10
		}
	}
	dst = trimZero(strconv.AppendFloat(dst, f, 'f', places, 64))
	if n == 0 {
		return append(dst, 'B')
	}
	return append(dst, units[n-1], 'i')
}

func trimZero(b []byte) []byte {
	if n := len(b); n > 2 && b[n-1] == '0' && b[n-2] == '.' {
		return b[:n-2]
	}
	return b
}

// AppendMoney appends a rate as whole units a month with commas, and with
// cents below 1: "1,284", "0.31".
func AppendMoney(dst []byte, sym *theme.Symbols, r unit.HourlyRate) []byte {
	m := int64(r.Monthly())
	if m < 0 {
		dst, m = append(dst, sym.Minus...), -m
	}
	const nano = 1_000_000_000
	if m > 0 && m < nano-nano/200 {
		return strconv.AppendFloat(dst, float64(m)/nano, 'f', 2, 64)
	}
	return appendGrouped(dst, (m+nano/2)/nano)
}

// AppendCount appends a number with commas.
func AppendCount(dst []byte, n int) []byte { return appendGrouped(dst, int64(n)) }

func appendGrouped(dst []byte, n int64) []byte {
	if n >= 1000 {
		dst = append(appendGrouped(dst, n/1000), ',')
		n %= 1000
		return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
	}
	return strconv.AppendInt(dst, n, 10)
}

// Month is a rate as text, with the currency's sign: "$1,284".
func Month(f *Facts, sym *theme.Symbols, r unit.HourlyRate) string {
	sign := ""
	if r < 0 {
		sign, r = sym.Minus, -r
	}
	return sign + f.Currency() + string(AppendMoney(nil, sym, r))
}

// CPU is AppendCPU as text.
func CPU(sym *theme.Symbols, v unit.MilliCPU) string { return string(AppendCPU(nil, sym, v)) }

// Memory is AppendBytes as text.
func Memory(sym *theme.Symbols, v unit.Bytes) string { return string(AppendBytes(nil, sym, v)) }

// CPUWords is CPU for a sentence: above 10 cores with the word.
func CPUWords(sym *theme.Symbols, v unit.MilliCPU) string {
	if v >= 10_000 || v <= -10_000 {
		return CPU(sym, v) + " cores"
	}
	return CPU(sym, v)
}

// Count is AppendCount as text.
func Count(n int) string { return string(AppendCount(nil, n)) }

// Cores is usage in cores as text, Amount usage in bytes.
func Cores(sym *theme.Symbols, v float64) string {
	if v > 0 && v < 0.001 {
		return "<1m"
	}
	return CPU(sym, unit.MilliCPU(math.Round(v*1000)))
}

// Amount is usage in bytes as text.
func Amount(sym *theme.Symbols, v float64) string { return Memory(sym, unit.Bytes(math.Round(v))) }

// Plural is a count with its noun: "1 node", "2 nodes".
func Plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Count(n) + " " + noun
}

// StatusWord is a recommendation's status in a word, and its role.
func StatusWord(r *recommend.Recommendation, waiting bool) (string, theme.Role) {
	switch r.Status {
	case recommend.Proposed:
		if r.Raise {
			return "raise", theme.Danger
		}
		return "lower", theme.Good
	case recommend.Held:
		if r.Raise {
			return "held raise", theme.Caution
		}
		return "held", theme.Caution
	case recommend.Keep:
		return "keep", theme.Muted
	case recommend.InsufficientData:
		if waiting {
			return "measuring", theme.Muted
		}
		return "no data", theme.Muted
	}
	return string(r.Status), theme.Muted
}

// Kind is a workload's kind in at most two letters.
func Kind(kind string) string {
	switch kind {
	case "Deployment":
		return "D"
	case "StatefulSet":
		return "S"
	case "DaemonSet":
		return "DS"
	case "ReplicaSet":
		return "RS"
	case "Job":
		return "J"
	case "CronJob":
		return "CJ"
	case "Pod", "StaticPod":
		return "P"
	}
	return "?"
}
