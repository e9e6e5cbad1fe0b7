// Package record keeps a cluster, its usage and its prices in one file, and
// reads it back: the same values, bit for bit, so that a report made from the
// file is the report that was made of the cluster.
//
// A file is a header with a table of contents and compressed sections, each
// with its checksum. Open reads the cluster and its prices; usage lies in
// blocks that are read when they are asked for. The format is described in
// docs/record-format.md. Reading trusts nothing: what a file may make its
// reader allocate is bounded by the file's size.
package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/trimtab/trimtab/internal/hint"
)

// Version is the format that this program writes, and the newest that it
// reads. It grows only when an older program would read a file wrongly: new
// fields and sections, which older programs pass over, leave it as it is.
const Version = 1

// magic begins every file. Its first byte is in no text, and its line ends
// show a file that was carried over as one.
const magic = "\x89TRIM\r\n\x1a"

const (
	headerSize = len(magic) + 12 // and version, length and checksum of the contents
	// maxVersion is more than there will ever be: a larger number is damage.
	maxVersion = 1 << 16
	// maxContents bounds the table of contents: a hundred thousand sections.
	maxContents = 4 << 20
	// A section is at most maxRatio times as long as it is stored, and
	// freeSize; one that compresses better is stored as it is.
	maxRatio = 256
	freeSize = 1 << 20
)

// Names of sections. A name that a reader does not know is passed over.
const (
	sectionWords   = "words"
	sectionCluster = "cluster"
	sectionPrices  = "prices"
	sectionUsage   = "usage"
	sectionPresent = "present"
	sectionSurvey  = "survey"
	sectionDetail  = "detail"
)

// section is an entry of the table of contents.
type section struct {
	name   string
	offset uint64 // from the end of the table of contents
	stored uint64 // length in the file
	length uint64 // length of the content
	sum    uint64 // CRC-32C of the stored bytes
	codec  uint64 // how the content is stored
}

// Codecs.
const (
	codecNone = 0
	codecZstd = 1
)

// contents is the table of contents. Its strings stand in it, for it is read
// before any other.
type contents struct {
	program  string
	sections []section
}

func (c *coder) contents(t *contents) {
	c.literal(1, &t.program)
	list(c, 2, &t.sections, (*coder).section)
}

func (c *coder) section(s *section) {
	c.literal(1, &s.name)
	natural(c, 2, &s.offset)
	natural(c, 3, &s.stored)
	natural(c, 4, &s.length)
	natural(c, 5, &s.sum)
	natural(c, 6, &s.codec)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint64 { return uint64(crc32.Checksum(b, castagnoli)) }

// header is the beginning of a file with the given table of contents.
func header(toc []byte) []byte {
	b := append([]byte(magic), make([]byte, 8)...)
	binary.LittleEndian.PutUint32(b[len(magic):], Version)
	binary.LittleEndian.PutUint32(b[len(magic)+4:], uint32(len(toc)))
	return binary.LittleEndian.AppendUint32(b, headerSum(b, toc))
}

// headerSum is the checksum over the header, itself left out, and the table
// of contents.
func headerSum(header, toc []byte) uint32 {
	return crc32.Update(crc32.Checksum(header[:headerSize-4], castagnoli), castagnoli, toc)
}

var (
	errForeign   = hint.New("it is not a file that trimtab recorded", "name a file that trimtab record wrote, or demo")
	errTruncated = hint.New("it is cut off", "copy it again as a whole, or record the cluster anew")
)

func damaged(format string, args ...any) error {
	return hint.New("it is damaged: "+fmt.Sprintf(format, args...), "copy it again, in binary mode where the program asks, or record the cluster anew")
}

// parseHeader reads a file's first headerSize bytes: the length and checksum
// of the table of contents.
func parseHeader(b []byte) (length int, sum uint32, err error) {
	if n := min(len(b), len(magic)); string(b[:n]) != magic[:n] || n == 0 {
		return 0, 0, errForeign
	}
	if len(b) < headerSize {
		return 0, 0, errTruncated
	}
	version := binary.LittleEndian.Uint32(b[len(magic):])
	size := binary.LittleEndian.Uint32(b[len(magic)+4:])
	switch {
	case version == 0 || version > maxVersion:
		return 0, 0, damaged("format %d does not exist", version)
	case version > Version:
		return 0, 0, hint.New(fmt.Sprintf("it was written by a newer trimtab (format %d); this one reads up to %d", version, Version), "update trimtab, or record with this version")
	case size > maxContents:
		return 0, 0, damaged("its table of contents is %d bytes long", size)
	}
	return int(size), binary.LittleEndian.Uint32(b[len(magic)+8:]), nil
}

// check holds the table of contents against the file: sections lie one after
// the other within it, and none is longer than its stored bytes allow.
func (t *contents) check(size uint64) error {
	end := uint64(0)
	for _, s := range t.sections {
		switch {
		case s.offset < end || s.offset > math.MaxInt64 || s.stored > math.MaxInt64:
			return damaged("section %q lies where another does", s.name)
		case s.offset+s.stored > size:
			return errTruncated
		case s.codec == codecNone && s.length != s.stored, s.length > s.stored*maxRatio+freeSize:
			return damaged("section %q claims to be %d bytes long", s.name, s.length)
		}
		end = s.offset + s.stored
	}
	return nil
}

// expand is a section's content, from its stored bytes.
func (s *section) expand(stored []byte, decoder *zstd.Decoder) ([]byte, error) {
	if checksum(stored) != s.sum {
		return nil, damaged("the checksum of section %q is wrong", s.name)
	}
	switch s.codec {
	case codecNone:
		return stored, nil
	case codecZstd:
		content, err := decoder.DecodeAll(stored, make([]byte, 0, s.length))
		if err != nil || uint64(len(content)) != s.length {
			return nil, damaged("section %q cannot be decompressed", s.name)
		}
		return content, nil
	}
	return nil, hint.New(fmt.Sprintf("section %q is compressed in a way that this trimtab does not know", s.name), "update trimtab")
}

// newDecoder is a decompressor that never writes more than a section's length.
func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderConcurrency(0))
}

// sectionWriter gathers the sections of a file.
type sectionWriter struct {
	encoder  *zstd.Encoder
	contents contents
	stored   [][]byte
	size     uint64
}

// add compresses a section, unless that is of no use or more than a reader
// believes.
func (w *sectionWriter) add(name string, content []byte) {
	stored := w.encoder.EncodeAll(content, nil)
	if len(stored) < len(content) && len(content) <= len(stored)*maxRatio+freeSize {
		w.put(name, codecZstd, len(content), stored)
		return
	}
	w.put(name, codecNone, len(content), content)
}

func (w *sectionWriter) put(name string, codec uint64, length int, stored []byte) {
	w.contents.sections = append(w.contents.sections, section{
		name: name, offset: w.size, stored: uint64(len(stored)), length: uint64(length), sum: checksum(stored), codec: codec,
	})
	w.stored = append(w.stored, stored)
	w.size += uint64(len(stored))
}

// file is the whole file, in pieces.
func (w *sectionWriter) file() ([][]byte, error) {
	c := &coder{}
	c.contents(&w.contents)
	if len(c.buf) > maxContents {
		return nil, errors.New("the cluster is too large for one file")
	}
	return slices.Concat([][]byte{header(c.buf), c.buf}, w.stored), nil
}
