package record

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// words is the table of strings that all sections of a file refer to. Number
// 0 is the empty string.
type words struct {
	all     []string
	numbers map[string]uint32 // while writing
}

func newWords() *words { return &words{all: []string{""}, numbers: map[string]uint32{"": 0}} }

// index is the number of a string, which is added where it is new.
func (w *words) index(s string) uint32 {
	i, ok := w.numbers[s]
	if !ok {
		i = uint32(len(w.all))
		w.all = append(w.all, s)
		w.numbers[s] = i
	}
	return i
}

// at is the string of a number; false where there is none.
func (w *words) at(i uint64) (string, bool) {
	if i >= uint64(len(w.all)) {
		return "", false
	}
	return w.all[i], true
}

// encode is the table as a section: the strings' lengths, then their text.
func (w *words) encode() []byte {
	c := &coder{}
	at := c.begin(1)
	for _, s := range w.all[1:] {
		c.buf = protowire.AppendVarint(c.buf, uint64(len(s)))
	}
	c.end(at)
	at = c.begin(2)
	for _, s := range w.all[1:] {
		c.buf = append(c.buf, s...)
	}
	c.end(at)
	return c.buf
}

// decodeWords reads the table. All strings share one piece of memory.
func decodeWords(section []byte, b *budget) (*words, error) {
	c := reader(section, nil, b)
	var lengths column
	var text string
	if c.has(1, protowire.BytesType) {
		lengths.buf = c.readBytes()
	}
	if c.has(2, protowire.BytesType) {
		body := c.readBytes()
		if c.reserve(len(body), 1) {
			text = string(body)
		}
	}
	n := lengths.count() + 1
	if !c.reserve(n, unsafe.Sizeof("")) {
		return nil, c.err
	}
	w := &words{all: make([]string, n)}
	for i := range w.all[1:] {
		size := lengths.next()
		if size > uint64(len(text)) {
			return nil, errors.New("a string is longer than the text that is left")
		}
		w.all[i+1], text = text[:size], text[size:]
	}
	c.finish(&lengths)
	return w, c.err
}

// sortedKeys are a map's keys in order, so that equal values give equal files.
func sortedKeys[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), strings.Compare)
}
