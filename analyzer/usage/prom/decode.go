package prom

import (
	"bufio"
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
	// series begins a series. The labels belong to the callee.
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
	return &decoder{r: bufio.NewReaderSize(r, 64<<10), to: to}
}

type decoder struct {
	r       *bufio.Reader
	to      answer
	reply   reply
	scratch []byte
	pending []point // samples that came before their series' labels
}

type point struct {
	t int64
	v float64
}

// next is the next byte that is not white space.
func (d *decoder) next() (byte, error) {
	for {
		c, err := d.r.ReadByte()
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
	return c, d.r.UnreadByte()
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
		key, err := d.text()
		if err != nil {
			return err
		}
		if err := d.expect(':'); err != nil {
			return err
		}
		return field(key)
	})
}

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
	named := false
	d.pending = d.pending[:0]
	emit := func(t int64, v float64) {
		d.reply.Samples++
		if named {
			d.to.sample(t, v)
			return
		}
		d.pending = append(d.pending, point{t, v})
	}
	err := d.object(func(key string) error {
		switch key {
		case "metric":
			labels := make(map[string]string, 8)
			if err := d.object(func(name string) error {
				v, err := d.text()
				labels[name] = v
				return err
			}); err != nil {
				return err
			}
			d.reply.Series++
			d.to.series(labels)
			named = true
			for _, p := range d.pending {
				d.to.sample(p.t, p.v)
			}
			return nil
		case "value":
			return d.pair(emit)
		case "values":
			return d.list('[', ']', func() error { return d.pair(emit) })
		}
		return d.skip(0)
	})
	if err == nil && !named {
		return errors.New("a series in the answer has no labels")
	}
	return err
}

// pair reads [seconds, "value"].
func (d *decoder) pair(emit func(int64, float64)) error {
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
	emit(t, v)
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
			if err := d.r.UnreadByte(); err != nil {
				return 0, err
			}
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
		if c, err = d.r.ReadByte(); err != nil {
			return 0, err
		}
	}
}

func (d *decoder) text() (string, error) {
	b, err := d.str()
	return string(b), err
}

// maxString bounds one string of the answer: labels and messages are short.
const maxString = 1 << 20

// str reads a string; the bytes are valid until the next read.
func (d *decoder) str() ([]byte, error) {
	if err := d.expect('"'); err != nil {
		return nil, err
	}
	d.scratch = d.scratch[:0]
	for {
		c, err := d.r.ReadByte()
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
	c, err := d.r.ReadByte()
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
		if _, err := io.ReadFull(d.r, hex[:]); err != nil {
			return err
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
		c, err := d.r.ReadByte()
		if err != nil {
			return err
		}
		if c == ',' || c == '}' || c == ']' || c <= ' ' {
			if n == 0 {
				return fmt.Errorf("expected a value in the answer, found %q", c)
			}
			return d.r.UnreadByte()
		}
	}
}
