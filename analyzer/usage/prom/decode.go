package prom

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// The answers that matter here are lists of numbers, tens of millions of
// them. The general decoder of the Prometheus client builds a value per
// sample; this one hands each sample to a function as it is read, so memory
// does not grow with the answer and decoding keeps up with the wire.

// answer is where the parts of a query's result go.
type answer interface {
	// series begins a series. The labels are valid until the next one begins.
	series(labels map[string]string)
	// sample is a point of the series begun last, at t milliseconds.
	sample(t int64, v float64)
}

// reply is what surrounds the result.
type reply struct {
	Status, ErrorType, Error string
	Warnings                 []string
	ResultType               string
	Series                   int
	Samples                  int64
}

var errTruncated = errors.New("the answer ends in the middle")

// maxDepth bounds the nesting of parts that are skipped over.
const maxDepth = 64

// decode reads one answer of /api/v1/query or /api/v1/query_range.
func decode(r io.Reader, to answer) (reply, error) {
	d := newDecoder(r, to)
	err := d.object(d.top)
	if err == nil && d.reply.Status == "" {
		err = errors.New("the answer is not a Prometheus API answer (it has no status)")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errTruncated
	}
	return d.reply, err
}

func newDecoder(r io.Reader, to answer) *decoder {
	return &decoder{r: r, to: to, buf: make([]byte, bufferSize), labels: make(map[string]string, 8), before: make(map[string]string, 8), names: make(map[string]string, 8)}
}

const (
	bufferSize = 64 << 10
	// longestSample is how much must be in the buffer for a sample to be read
	// the quick way: "[1763600000.123,"0.12345678901234567"]," and some.
	longestSample = 64
	// manyReads is how often in a row a reader may return nothing.
	manyReads = 100
)

type decoder struct {
	r          io.Reader
	buf        []byte
	at, filled int   // buf[at:filled] has been read from r and not yet consumed
	failed     error // of r, once what came with it has been consumed
	to         answer
	reply      reply
	scratch    []byte
	pending    []point // samples that came before their series' labels
	named      bool    // whether the series being read has had its labels

	labels, before map[string]string // of this series and the one before it
	names          map[string]string // keys seen
}

type point struct {
	t int64
	v float64
}

// fill reads more into the buffer, all of which has been consumed.
func (d *decoder) fill() error {
	d.at, d.filled = 0, 0
	for range manyReads {
		if d.failed != nil {
			return d.failed
		}
		d.filled, d.failed = d.r.Read(d.buf)
		if d.filled > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

func (d *decoder) readByte() (byte, error) {
	if d.at == d.filled {
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
	c := d.buf[d.at]
	d.at++
	return c, nil
}

// unreadByte takes back the byte that was read last. After fill there is one
// to take back only once a byte has been read, which every caller has done.
func (d *decoder) unreadByte() { d.at-- }

// next is the next byte that is not white space.
func (d *decoder) next() (byte, error) {
	for {
		c, err := d.readByte()
		if err != nil {
			return 0, err
		}
		if c > ' ' {
			return c, nil
		}
	}
}

func (d *decoder) expect(want byte) error {
	c, err := d.next()
	if err == nil && c != want {
		err = fmt.Errorf("expected %q in the answer, found %q", want, c)
	}
	return err
}

func (d *decoder) peek() (byte, error) {
	c, err := d.next()
	if err != nil {
		return 0, err
	}
	d.unreadByte()
	return c, nil
}

// list reads the elements between opening and closing; each must consume one.
func (d *decoder) list(opening, closing byte, each func() error) error {
	if err := d.expect(opening); err != nil {
		return err
	}
	if c, err := d.peek(); err != nil {
		return err
	} else if c == closing {
		return d.expect(closing)
	}
	for {
		if err := each(); err != nil {
			return err
		}
		c, err := d.next()
		switch {
		case err != nil:
			return err
		case c == closing:
			return nil
		case c != ',':
			return fmt.Errorf("expected %q or ',' in the answer, found %q", closing, c)
		}
	}
}

// object reads an object, handing each key to field, which consumes the value.
func (d *decoder) object(field func(key string) error) error {
	return d.list('{', '}', func() error {
		key, err := d.key()
		if err != nil {
			return err
		}
		return field(key)
	})
}

// key reads a key and the colon behind it. There are few keys, so each is
// made a string once.
func (d *decoder) key() (string, error) {
	raw, err := d.str()
	if err != nil {
		return "", err
	}
	name, known := d.names[string(raw)]
	if !known {
		name = string(raw)
		if len(d.names) < maxNames {
			d.names[name] = name
		}
	}
	return name, d.expect(':')
}

// maxNames bounds what a hostile answer may make names hold.
const maxNames = 256

func (d *decoder) top(key string) (err error) {
	switch key {
	case "status":
		d.reply.Status, err = d.text()
	case "errorType":
		d.reply.ErrorType, err = d.text()
	case "error", "message": // the latter in the API server's own refusals
		if c, e := d.peek(); e != nil || c != '"' {
			return d.skip(0)
		}
		d.reply.Error, err = d.text()
	case "warnings":
		if c, e := d.peek(); e != nil || c != '[' {
			return d.skip(0)
		}
		err = d.list('[', ']', func() error {
			w, err := d.text()
			d.reply.Warnings = append(d.reply.Warnings, w)
			return err
		})
	case "data":
		if c, e := d.peek(); e != nil || c != '{' {
			return d.skip(0)
		}
		err = d.object(d.data)
	default:
		err = d.skip(0)
	}
	return err
}

func (d *decoder) data(key string) (err error) {
	switch key {
	case "resultType":
		d.reply.ResultType, err = d.text()
	case "result":
		c, e := d.peek()
		if e != nil {
			return e
		}
		if c != '[' || d.reply.ResultType == "scalar" || d.reply.ResultType == "string" {
			return d.skip(0)
		}
		err = d.list('[', ']', d.one)
	default:
		err = d.skip(0)
	}
	return err
}

// one reads a series with its values.
func (d *decoder) one() error {
	d.named = false
	d.pending = d.pending[:0]
	err := d.object(func(key string) error {
		switch key {
		case "metric":
			if err := d.metric(); err != nil {
				return err
			}
			d.reply.Series++
			d.to.series(d.labels)
			d.named = true
			for _, p := range d.pending {
				d.to.sample(p.t, p.v)
			}
			d.pending = d.pending[:0]
			return nil
		case "value":
			return d.pair()
		case "values":
			return d.list('[', ']', d.pairs)
		}
		return d.skip(0)
	})
	if err == nil && !d.named {
		return errors.New("a series in the answer has no labels")
	}
	return err
}

// metric reads labels. Most are those of the series before, so their strings
// are used again.
func (d *decoder) metric() error {
	d.labels, d.before = d.before, d.labels
	clear(d.labels)
	return d.object(func(name string) error {
		raw, err := d.str()
		if err != nil {
			return err
		}
		v := d.before[name]
		if v != string(raw) {
			v = string(raw)
		}
		d.labels[name] = v
		return nil
	})
}

func (d *decoder) emit(t int64, v float64) {
	d.reply.Samples++
	if d.named {
		d.to.sample(t, v)
		return
	}
	d.pending = append(d.pending, point{t, v})
}

// pairs reads a sample and, as long as they can be read the quick way, those
// that follow it.
func (d *decoder) pairs() error {
	for d.filled-d.at >= longestSample {
		t, v, n := quick(d.buf[d.at:d.filled])
		if n == 0 {
			break
		}
		d.at += n
		d.emit(t, v)
		if d.buf[d.at] != ',' || d.buf[d.at+1] != '[' {
			return nil
		}
		d.at++
	}
	return d.pair()
}

// quick reads a sample from the beginning of b in the one form that servers
// write it: [1763600000.123,"0.25"], without white space, exponent or sign, and
// no longer than longestSample less two. It returns how many bytes that took,
// 0 where b begins otherwise. b must have at least longestSample bytes.
func quick(b []byte) (t int64, v float64, n int) {
	b = b[:longestSample]
	if b[0] != '[' {
		return 0, 0, 0
	}
	i := 1
	for ; i < 14 && isDigit(b[i]); i++ {
		t = t*10 + int64(b[i]-'0')
	}
	if i == 1 {
		return 0, 0, 0
	}
	t *= 1000
	if b[i] == '.' {
		i++
		for unit := int64(100); isDigit(b[i]); i++ {
			if i == 30 {
				return 0, 0, 0
			}
			t += int64(b[i]-'0') * unit
			unit /= 10
		}
	}
	if b[i] != ',' || b[i+1] != '"' {
		return 0, 0, 0
	}
	i += 2
	begin := i
	// A whole number up to 2^53 and the powers of ten up to 22 are exact as
	// float64, so their quotient is the nearest one: what ParseFloat gives too.
	var digits uint64
	places, point := 0, false
	for ; i < longestSample-4; i++ {
		c := b[i]
		if isDigit(c) {
			digits = digits*10 + uint64(c-'0')
			if point {
				places++
			}
			continue
		}
		if c != '.' || point || i == begin {
			break
		}
		point = true
	}
	end := i
	if end == begin || b[end-1] == '.' || b[end] != '"' || b[end+1] != ']' {
		return 0, 0, 0
	}
	if end-begin <= maxExact && digits <= 1<<53 {
		return t, float64(digits) / powersOfTen[places], end + 2
	}
	v, err := strconv.ParseFloat(string(b[begin:end]), 64)
	if err != nil {
		return 0, 0, 0
	}
	return t, v, end + 2
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// maxExact is how many digits, and a point among them, do not overflow.
const maxExact = 19

//nolint:gochecknoglobals // a table of constants
var powersOfTen = [maxExact]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// pair reads [seconds, "value"].
func (d *decoder) pair() error {
	if err := d.expect('['); err != nil {
		return err
	}
	t, err := d.millis()
	if err != nil {
		return err
	}
	if err := d.expect(','); err != nil {
		return err
	}
	raw, err := d.str()
	if err != nil {
		return err
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return fmt.Errorf("a sample's value %q is not a number", raw)
	}
	if err := d.expect(']'); err != nil {
		return err
	}
	d.emit(t, v)
	return nil
}

// millis reads a number of seconds as milliseconds.
func (d *decoder) millis() (int64, error) {
	c, err := d.next()
	if err != nil {
		return 0, err
	}
	d.scratch = d.scratch[:0]
	var whole, frac int64
	digits, places, plain := 0, -1, true
	for {
		switch {
		case c >= '0' && c <= '9' && places < 0 && digits < 15:
			whole = whole*10 + int64(c-'0')
			digits++
		case c >= '0' && c <= '9' && places >= 0:
			if places < 3 {
				frac = frac*10 + int64(c-'0')
				places++
			}
		case c == '.' && places < 0:
			places = 0
		case c >= '0' && c <= '9' || c == '-' || c == '+' || c == 'e' || c == 'E':
			plain = false
		default:
			d.unreadByte()
			if plain && digits > 0 {
				for ; places > 0 && places < 3; places++ {
					frac *= 10
				}
				return whole*1000 + frac, nil
			}
			f, err := strconv.ParseFloat(string(d.scratch), 64)
			if err != nil || f < -1e12 || f > 1e12 {
				return 0, fmt.Errorf("a sample's time %q is not a number of seconds", d.scratch)
			}
			return int64(f * 1000), nil
		}
		if len(d.scratch) > 64 {
			return 0, errors.New("a sample's time is longer than any number")
		}
		d.scratch = append(d.scratch, c)
		if c, err = d.readByte(); err != nil {
			return 0, err
		}
	}
}

func (d *decoder) text() (string, error) {
	b, err := d.str()
	return string(b), err
}

// longestPlain is how far a string's end is looked for in the buffer.
const longestPlain = 256

// maxString bounds one string of the answer: labels and messages are short.
const maxString = 1 << 20

// str reads a string; the bytes are valid until the next read.
func (d *decoder) str() ([]byte, error) {
	if err := d.expect('"'); err != nil {
		return nil, err
	}
	// Most strings are in the buffer whole.
	rest := d.buf[d.at:d.filled]
	for i, c := range rest {
		if c == '"' {
			d.at += i + 1
			return rest[:i], nil
		}
		if c == '\\' || i == longestPlain {
			break
		}
	}
	d.scratch = d.scratch[:0]
	for {
		c, err := d.readByte()
		switch {
		case err != nil:
			return nil, err
		case c == '"':
			return d.scratch, nil
		case c == '\\':
			if err := d.escape(); err != nil {
				return nil, err
			}
		default:
			d.scratch = append(d.scratch, c)
		}
		if len(d.scratch) > maxString {
			return nil, errors.New("a string in the answer is longer than 1 MiB")
		}
	}
}

func (d *decoder) escape() error {
	c, err := d.readByte()
	if err != nil {
		return err
	}
	switch c {
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		var hex [4]byte
		for i := range hex {
			if hex[i], err = d.readByte(); err != nil {
				return err
			}
		}
		n, err := strconv.ParseUint(string(hex[:]), 16, 16)
		if err != nil {
			return fmt.Errorf("a string in the answer has the escape \\u%s", hex[:])
		}
		// A surrogate becomes the replacement character: no label that
		// trimtab reads has characters outside the basic plane.
		d.scratch = utf8.AppendRune(d.scratch, rune(n))
		return nil
	}
	d.scratch = append(d.scratch, c)
	return nil
}

// skip reads a value of any kind and forgets it.
func (d *decoder) skip(depth int) error {
	if depth > maxDepth {
		return errors.New("the answer nests too deeply")
	}
	c, err := d.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return d.object(func(string) error { return d.skip(depth + 1) })
	case '[':
		return d.list('[', ']', func() error { return d.skip(depth + 1) })
	case '"':
		_, err := d.str()
		return err
	}
	for n := 0; ; n++ {
		c, err := d.readByte()
		if err != nil {
			return err
		}
		if c == ',' || c == '}' || c == ']' || c <= ' ' {
			if n == 0 {
				return fmt.Errorf("expected a value in the answer, found %q", c)
			}
			d.unreadByte()
			return nil
		}
	}
}
