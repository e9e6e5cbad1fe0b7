package record

import (
	"encoding/binary"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// column reads the numbers of a packed field one after the other. Reading past
// the end gives 0 and is noticed by finish.
type column struct {
	buf  []byte
	last int64 // of delta
	bad  bool
	// absent is a column that was left out, as naturals does with zeros.
	absent bool
}

// count is how many numbers the whole column has. Each ends in a byte without
// its highest bit.
func (c *column) count() int {
	n := 0
	for _, b := range c.buf {
		n += int(^b >> 7)
	}
	return n
}

// next is the next number.
func (c *column) next() uint64 {
	if len(c.buf) > 0 && c.buf[0] < 0x80 {
		v := c.buf[0]
		c.buf = c.buf[1:]
		return uint64(v)
	}
	v, size := binary.Uvarint(c.buf)
	if size <= 0 {
		c.buf, c.bad = nil, true
		return 0
	}
	c.buf = c.buf[size:]
	return v
}

// delta is the next number of a column that holds differences.
func (c *column) delta() int64 {
	c.last += protowire.DecodeZigZag(c.next())
	return c.last
}

// finish notices a column that was too short.
func (c *coder) finish(cols ...*column) {
	for _, col := range cols {
		if col.bad {
			c.fail("a column is too short")
		}
	}
}

// column finds a packed field for reading; false where it is not there.
func (c *coder) column(n fieldNumber) (column, bool) {
	if !c.has(n, protowire.BytesType) {
		return column{absent: true}, false
	}
	return column{buf: c.readBytes()}, c.err == nil
}

// naturals writes a column of numbers. One of zeros alone is left out, for a
// column that is not there reads as zeros.
func (c *coder) naturals(n fieldNumber, count int, at func(i int) uint64) {
	zeros := true
	for i := 0; i < count && zeros; i++ {
		zeros = at(i) == 0
	}
	if zeros {
		return
	}
	start := c.begin(n)
	for i := range count {
		c.buf = appendNatural(c.buf, at(i))
	}
	c.end(start)
}

func appendNatural(b []byte, v uint64) []byte { return protowire.AppendVarint(b, v) }

// deltas writes a column of differences, which is there even where it is
// empty: its presence tells a list from none.
func (c *coder) deltas(n fieldNumber, count int, at func(i int) int64) {
	start := c.begin(n)
	last := int64(0)
	for i := range count {
		v := at(i)
		c.buf = protowire.AppendVarint(c.buf, protowire.EncodeZigZag(v-last))
		last = v
	}
	c.end(start)
}

// floats writes numbers of eight bytes each.
func (c *coder) floats(n fieldNumber, count int, at func(i int) float64) {
	start := c.begin(n)
	for i := range count {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, math.Float64bits(at(i)))
	}
	c.end(start)
}

// readFloats is a field of count numbers of eight bytes each.
func (c *coder) readFloats(n fieldNumber, count int) []byte {
	if !c.has(n, protowire.BytesType) {
		if count > 0 {
			c.fail("field %d is missing", n)
		}
		return nil
	}
	b := c.readBytes()
	if len(b) != 8*count {
		c.fail("field %d holds %d bytes for %d numbers", n, len(b), count)
		return nil
	}
	return b
}

func floatAt(b []byte, i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
}

// times writes instants in two columns: seconds as differences in field n,
// nanoseconds, where there are any, in field n+1.
func (c *coder) times(n fieldNumber, count int, at func(i int) time.Time) {
	c.deltas(n, count, func(i int) int64 { return at(i).Unix() })
	c.naturals(n+1, count, func(i int) uint64 { return uint64(at(i).Nanosecond()) })
}

// instants reads what times wrote.
type instants struct{ seconds, nanos column }

func (c *coder) readTimes(n fieldNumber) (instants, bool) {
	var t instants
	var ok bool
	t.seconds, ok = c.column(n)
	t.nanos, _ = c.column(n + 1)
	return t, ok
}

// next is the next instant, in UTC.
func (t *instants) next() time.Time {
	nanos := int64(t.nanos.nextOrZero())
	return time.Unix(t.seconds.delta(), nanos).UTC()
}

// nextOrZero is the next number of a column that is left out where it is all
// zeros.
func (c *column) nextOrZero() uint64 {
	if c.absent {
		return 0
	}
	return c.next()
}
