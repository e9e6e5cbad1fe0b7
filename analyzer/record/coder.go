package record

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/trimtab/trimtab/internal/unit"
)

// fieldNumber names a field of a message.
type fieldNumber = protowire.Number

// coder writes a message's fields, or reads them: one description of a
// message serves both, so that they cannot drift apart. The encoding is that
// of protocol buffers, with the fields in ascending order. A description
// names the fields in that order too; what it does not name is skipped, and a
// field that is not there leaves its value zero.
//
// The first problem ends the reading: err is set, and every further call does
// nothing.
type coder struct {
	buf   []byte // writing: what was written; reading: what is left
	words *words
	err   error

	reading bool
	budget  *budget
	field   fieldNumber // the field whose tag has been read, or 0
	wire    protowire.Type

	// Optional amounts are pointers; they point into these.
	cpus  []unit.MilliCPU
	bytes []unit.Bytes
}

// budget bounds what a file may make its reader allocate.
type budget struct{ left atomic.Int64 }

// take reserves n things of the given size; false where that is too much.
func (b *budget) take(n int, size uintptr) bool {
	return n >= 0 && int64(n) <= math.MaxInt64/int64(max(1, size)) && b.left.Add(-int64(n)*int64(size)) >= 0
}

// reader reads one message.
func reader(message []byte, w *words, b *budget) *coder {
	return &coder{buf: message, words: w, budget: b, reading: true}
}

// fail keeps the first problem.
func (c *coder) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// reserve takes n things of the given size from the budget.
func (c *coder) reserve(n int, size uintptr) bool {
	if c.err == nil && !c.budget.take(n, size) {
		c.fail("it describes more than a file of its size can hold")
	}
	return c.err == nil
}

// has moves to field n and reports whether it is there; fields before it that
// nobody asked for are skipped.
func (c *coder) has(n fieldNumber, t protowire.Type) bool {
	for c.err == nil {
		if c.field == 0 {
			if len(c.buf) == 0 {
				return false
			}
			num, wire, size := protowire.ConsumeTag(c.buf)
			if size < 0 {
				c.fail("a field's tag is malformed")
				return false
			}
			c.buf, c.field, c.wire = c.buf[size:], num, wire
		}
		switch {
		case c.field > n:
			return false
		case c.field == n && c.wire == t:
			c.field = 0
			return true
		case c.field == n:
			c.fail("field %d is of another type", n)
			return false
		}
		size := protowire.ConsumeFieldValue(c.field, c.wire, c.buf)
		if size < 0 {
			c.fail("field %d is malformed", c.field)
			return false
		}
		c.buf, c.field = c.buf[size:], 0
	}
	return false
}

func (c *coder) tag(n fieldNumber, t protowire.Type) {
	c.buf = protowire.AppendTag(c.buf, n, t)
}

func (c *coder) readVarint() uint64 {
	// Most are of one byte.
	if len(c.buf) > 0 && c.buf[0] < 0x80 {
		v := c.buf[0]
		c.buf = c.buf[1:]
		return uint64(v)
	}
	v, size := protowire.ConsumeVarint(c.buf)
	if size < 0 {
		c.fail("a number is malformed")
		return 0
	}
	c.buf = c.buf[size:]
	return v
}

func (c *coder) readBytes() []byte {
	v, size := protowire.ConsumeBytes(c.buf)
	if size < 0 {
		c.fail("a part is longer than what holds it")
		return nil
	}
	c.buf = c.buf[size:]
	return v
}

// natural is a whole number that is mostly small and not negative; a negative
// one takes ten bytes.
func natural[T ~int | ~int32 | ~int64 | ~uint32 | ~uint64](c *coder, n fieldNumber, v *T) {
	if !c.reading {
		if *v != 0 {
			c.tag(n, protowire.VarintType)
			c.buf = protowire.AppendVarint(c.buf, uint64(*v))
		}
		return
	}
	if c.has(n, protowire.VarintType) {
		*v = T(c.readVarint())
	}
}

// integer is a whole number of either sign.
func integer[T ~int | ~int32 | ~int64](c *coder, n fieldNumber, v *T) {
	u := protowire.EncodeZigZag(int64(*v))
	natural(c, n, &u)
	if c.reading {
		*v = T(protowire.DecodeZigZag(u))
	}
}

func (c *coder) boolean(n fieldNumber, v *bool) {
	var u uint32
	if *v {
		u = 1
	}
	natural(c, n, &u)
	if c.reading {
		*v = u != 0
	}
}

func (c *coder) float(n fieldNumber, v *float64) {
	if !c.reading {
		if b := math.Float64bits(*v); b != 0 {
			c.tag(n, protowire.Fixed64Type)
			c.buf = protowire.AppendFixed64(c.buf, b)
		}
		return
	}
	if c.has(n, protowire.Fixed64Type) {
		b, size := protowire.ConsumeFixed64(c.buf)
		if size < 0 {
			c.fail("a number is cut off")
			return
		}
		c.buf, *v = c.buf[size:], math.Float64frombits(b)
	}
}

// optionalFloat is a number that may be unset.
func (c *coder) optionalFloat(n fieldNumber, v **float64) {
	if !c.reading {
		if *v != nil {
			c.tag(n, protowire.Fixed64Type)
			c.buf = protowire.AppendFixed64(c.buf, math.Float64bits(**v))
		}
		return
	}
	if c.has(n, protowire.Fixed64Type) {
		b, size := protowire.ConsumeFixed64(c.buf)
		if size < 0 {
			c.fail("a number is cut off")
			return
		}
		f := math.Float64frombits(b)
		c.buf, *v = c.buf[size:], &f
	}
}

// optional is an amount that may be unset; the pointers of many share a slab.
func optional[T unit.MilliCPU | unit.Bytes](c *coder, n fieldNumber, v **T, slab *[]T) {
	if !c.reading {
		if *v != nil {
			c.tag(n, protowire.VarintType)
			c.buf = protowire.AppendVarint(c.buf, protowire.EncodeZigZag(int64(**v)))
		}
		return
	}
	if !c.has(n, protowire.VarintType) {
		return
	}
	if len(*slab) == 0 {
		const together = 128
		if !c.reserve(together, 8) {
			return
		}
		*slab = make([]T, together)
	}
	p := &(*slab)[0]
	*slab = (*slab)[1:]
	*p = T(protowire.DecodeZigZag(c.readVarint()))
	*v = p
}

// text is a string, which lies in the table that the file's strings share.
func (c *coder) text(n fieldNumber, v *string) {
	if !c.reading {
		if *v != "" {
			c.tag(n, protowire.VarintType)
			c.buf = protowire.AppendVarint(c.buf, uint64(c.words.index(*v)))
		}
		return
	}
	if c.has(n, protowire.VarintType) {
		*v = c.word(c.readVarint())
	}
}

func (c *coder) word(i uint64) string {
	s, ok := c.words.at(i)
	if !ok {
		c.fail("there is no string %d", i)
	}
	return s
}

// instant is a point in time, in fields n (seconds since 1970) and n+1
// (nanoseconds). What is read is in UTC.
func (c *coder) instant(n fieldNumber, t *time.Time) {
	var seconds int64
	var nanos uint32
	if !c.reading && !t.IsZero() {
		seconds, nanos = t.Unix(), uint32(t.Nanosecond())
		if seconds == 0 && nanos == 0 {
			// 1970 itself, which must not look unset: its twin a second earlier
			// and a whole second of nanoseconds.
			seconds, nanos = -1, uint32(time.Second)
		}
	}
	integer(c, n, &seconds)
	natural(c, n+1, &nanos)
	if c.reading && (seconds != 0 || nanos != 0) {
		*t = time.Unix(seconds, int64(nanos)).UTC()
	}
}

// message is a message in a field. It is written where present is true; what
// is returned is whether it was there.
func message[T any](c *coder, n fieldNumber, v *T, present bool, each func(*coder, *T)) bool {
	if !c.reading {
		if present {
			at := c.begin(n)
			each(c, v)
			c.end(at)
		}
		return present
	}
	if !c.has(n, protowire.BytesType) {
		return false
	}
	outer := c.enter(c.readBytes())
	each(c, v)
	c.leave(outer)
	return c.err == nil
}

// begin starts a part whose length is not known yet; end fills it in.
func (c *coder) begin(n fieldNumber) int {
	c.tag(n, protowire.BytesType)
	c.buf = append(c.buf, 0)
	return len(c.buf)
}

func (c *coder) end(at int) {
	n := len(c.buf) - at
	if n < 0x80 {
		c.buf[at-1] = byte(n)
		return
	}
	wide := protowire.SizeVarint(uint64(n)) - 1
	c.buf = append(c.buf, make([]byte, wide)...)
	copy(c.buf[at+wide:], c.buf[at:at+n])
	protowire.AppendVarint(c.buf[:at-1], uint64(n))
}

// enter reads a message inside another; leave goes back to the outer one.
func (c *coder) enter(inner []byte) (outer []byte) {
	outer, c.buf, c.field = c.buf, inner, 0
	return outer
}

func (c *coder) leave(outer []byte) { c.buf, c.field = outer, 0 }

// list is a list of messages: a message whose field 1 repeats, so that an
// empty list differs from none.
func list[T any](c *coder, n fieldNumber, items *[]T, each func(*coder, *T)) {
	if !c.reading {
		if *items == nil {
			return
		}
		at := c.begin(n)
		for i := range *items {
			one := c.begin(1)
			each(c, &(*items)[i])
			c.end(one)
		}
		c.end(at)
		return
	}
	if !c.has(n, protowire.BytesType) {
		return
	}
	body := c.readBytes()
	count := c.count(body)
	var zero T
	if !c.reserve(count, unsafe.Sizeof(zero)) {
		return
	}
	*items = make([]T, count)
	outer := c.enter(body)
	for i := range *items {
		if !c.has(1, protowire.BytesType) {
			break
		}
		rest := c.enter(c.readBytes())
		each(c, &(*items)[i])
		c.leave(rest)
	}
	c.leave(outer)
}

// count counts the items of a list.
func (c *coder) count(body []byte) int {
	n := 0
	for len(body) > 0 && c.err == nil {
		num, wire, size := protowire.ConsumeTag(body)
		if size < 0 {
			c.fail("a list is malformed")
			return 0
		}
		body = body[size:]
		size = protowire.ConsumeFieldValue(num, wire, body)
		if size < 0 {
			c.fail("a list is malformed")
			return 0
		}
		body = body[size:]
		if num == 1 && wire == protowire.BytesType {
			n++
		} else if num <= 1 {
			c.fail("a list is malformed")
		}
	}
	return n
}

// texts is a list of strings; an empty one differs from none.
func (c *coder) texts(n fieldNumber, v *[]string) {
	if !c.reading {
		if *v == nil {
			return
		}
		at := c.begin(n)
		for _, s := range *v {
			c.buf = protowire.AppendVarint(c.buf, uint64(c.words.index(s)))
		}
		c.end(at)
		return
	}
	if !c.has(n, protowire.BytesType) {
		return
	}
	col := column{buf: c.readBytes()}
	count := col.count()
	if !c.reserve(count, unsafe.Sizeof("")) {
		return
	}
	*v = make([]string, count)
	for i := range *v {
		(*v)[i] = c.word(col.next())
	}
	c.finish(&col)
}

// labels are a map of strings: keys and values in turn, by key.
func (c *coder) labels(n fieldNumber, v *map[string]string) {
	var flat []string
	if !c.reading && *v != nil {
		flat = make([]string, 0, 2*len(*v))
		for _, k := range sortedKeys(*v) {
			flat = append(flat, k, (*v)[k])
		}
	}
	c.texts(n, &flat)
	if !c.reading || flat == nil {
		return
	}
	if !c.reserve(len(flat), 2*unsafe.Sizeof("")) {
		return
	}
	*v = make(map[string]string, len(flat)/2)
	for i := 1; i < len(flat); i += 2 {
		(*v)[flat[i-1]] = flat[i]
	}
}

// literal is a string that stands in the message itself.
func (c *coder) literal(n fieldNumber, v *string) {
	if !c.reading {
		if *v != "" {
			at := c.begin(n)
			c.buf = append(c.buf, *v...)
			c.end(at)
		}
		return
	}
	if c.has(n, protowire.BytesType) {
		b := c.readBytes()
		if c.reserve(len(b), 1) {
			*v = string(b)
		}
	}
}
