package table

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// sorter sorts rows by extracted 64-bit keys with a radix sort: stable, so that
// ties keep the order they came in, and about ten times as fast at 100,000 rows
// as comparing through functions. Its buffers are kept between sorts.
type sorter struct {
	keys, keys2 []uint64
	rows2       []int32
}

const last = math.MaxUint64 // where unknown values go, in both directions

func (s *sorter) grow(n int) {
	s.keys = slices.Grow(s.keys[:0], n)[:n]
	s.keys2 = slices.Grow(s.keys2[:0], n)[:n]
	s.rows2 = slices.Grow(s.rows2[:0], n)[:n]
}

// number sorts rows by a number; unknown and NaN come last. −0 and 0 tie.
func (s *sorter) number(rows []int32, value func(int) (float64, bool), desc bool) {
	s.grow(len(rows))
	for i, r := range rows {
		v, known := value(int(r))
		if !known || v != v {
			s.keys[i] = last
			continue
		}
		// Adding zero turns −0 into 0. Flipping the sign bit of positive numbers
		// and all bits of negative ones makes the bits sort as the numbers do.
		bits := math.Float64bits(v + 0)
		if bits>>63 != 0 {
			bits = ^bits
		} else {
			bits |= 1 << 63
		}
		if desc {
			bits = ^bits
		}
		s.keys[i] = bits
	}
	s.radix(rows, 0, len(rows))
}

// text sorts rows bytewise by a text; empty text comes last.
func (s *sorter) text(rows []int32, text func(int) string, desc bool) {
	s.grow(len(rows))
	s.textFrom(rows, text, desc, 0, len(rows), 0)
}

// textFrom sorts rows[lo:hi], which are equal in their first depth bytes, eight
// bytes at a time.
func (s *sorter) textFrom(rows []int32, text func(int) string, desc bool, lo, hi, depth int) {
	if hi-lo <= 32 {
		slices.SortStableFunc(rows[lo:hi], func(a, b int32) int {
			return compareFrom(text(int(a)), text(int(b)), depth, desc)
		})
		return
	}
	longer := false
	for i := lo; i < hi; i++ {
		v := text(int(rows[i]))
		longer = longer || len(v) > depth+8
		switch k := chunk(v, depth); {
		case v == "":
			s.keys[i] = last
		case desc:
			s.keys[i] = ^k
		default:
			s.keys[i] = k
		}
	}
	s.radix(rows, lo, hi)
	if !longer {
		return
	}
	// The recursion overwrites keys only within the run it is given.
	for i := lo; i < hi; {
		j := i + 1
		for j < hi && s.keys[j] == s.keys[i] {
			j++
		}
		if j-i > 1 && s.keys[i] != last {
			s.textFrom(rows, text, desc, i, j, depth+8)
		}
		i = j
	}
}

// compareFrom compares texts that are equal up to depth.
func compareFrom(a, b string, depth int, desc bool) int {
	switch {
	case a == "" && b == "":
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	c := strings.Compare(a[min(depth, len(a)):], b[min(depth, len(b)):])
	if desc {
		return -c
	}
	return c
}

// chunk returns eight bytes of text from depth on as a number that sorts as
// they do; what is missing counts as zero bytes.
func chunk(text string, depth int) uint64 {
	if depth >= len(text) {
		return 0
	}
	rest := text[depth:]
	if len(rest) >= 8 {
		return binary.BigEndian.Uint64([]byte(rest[:8]))
	}
	var b [8]byte
	copy(b[:], rest)
	return binary.BigEndian.Uint64(b[:])
}

// radix sorts rows[lo:hi] by keys[lo:hi], both in place, least significant byte
// first; bytes in which all keys agree cost nothing.
func (s *sorter) radix(rows []int32, lo, hi int) {
	var count [8][256]int32
	n := hi - lo
	if n < 2 {
		return
	}
	keys, sorted := s.keys[lo:hi], true
	for i, k := range keys {
		sorted = sorted && (i == 0 || keys[i-1] <= k)
		for d := range 8 {
			count[d][byte(k>>(8*d))]++
		}
	}
	if sorted {
		return
	}
	src, dst := keys, s.keys2[lo:hi]
	from, to := rows[lo:hi], s.rows2[lo:hi]
	for d := range 8 {
		c := &count[d]
		if c[byte(src[0]>>(8*d))] == int32(n) {
			continue
		}
		sum := int32(0)
		for i, k := range c {
			c[i], sum = sum, sum+k
		}
		for i, k := range src {
			b := byte(k >> (8 * d))
			dst[c[b]], to[c[b]] = k, from[i]
			c[b]++
		}
		src, dst, from, to = dst, src, to, from
	}
	if &src[0] != &keys[0] {
		copy(keys, src)
		copy(rows[lo:hi], from)
	}
}
