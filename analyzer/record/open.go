package record

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
)

// File is an open recording. It is safe for concurrent use.
type File struct {
	r        io.ReaderAt
	start    int64 // of the first section
	contents contents
	limit    int64 // of what one reading may allocate
	decoder  *zstd.Decoder
	words    *words

	snapshot *cluster.Snapshot
	book     *pricing.Book
	head     measured
}

// Open reads the cluster and the prices of a recording; usage is left in the
// file, which must stay readable as long as it may be asked for. What cannot
// be read is an error with a hint that says what is wrong with the file.
func Open(r io.ReaderAt, size int64) (*File, error) {
	// What is kept of a large cluster is about ten times its file, thirty times
	// without usage; a small one's pods may all be alike and compress to nearly
	// nothing.
	const least, each = 256 << 20, 32
	f := &File{r: r, limit: least + each*min(max(0, size), 1<<40)}
	b := f.budget()
	if err := f.readContents(size, b); err != nil {
		return nil, err
	}
	var err error
	if f.decoder, err = newDecoder(); err != nil {
		return nil, err
	}
	err = f.one(sectionWords, b, func(content []byte) (err error) {
		f.words, err = decodeWords(content, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	var prices book
	f.snapshot = &cluster.Snapshot{}
	for _, part := range []struct {
		name     string
		read     func(*coder)
		optional bool
	}{
		{sectionCluster, func(c *coder) { c.snapshot(f.snapshot) }, false},
		{sectionPrices, func(c *coder) { c.book(&prices) }, false},
		{sectionUsage, func(c *coder) { c.measured(&f.head) }, true},
	} {
		if part.optional && !f.contents.has(part.name) {
			continue
		}
		if err := f.decode(part.name, b, part.read); err != nil {
			return nil, err
		}
	}
	f.book = prices.restore()
	return f, nil
}

func (f *File) budget() *budget {
	b := &budget{}
	b.left.Store(f.limit)
	return b
}

func (f *File) readContents(size int64, b *budget) error {
	start := make([]byte, min(max(size, 0), int64(headerSize)))
	if err := f.readAt(start, 0); err != nil {
		return err
	}
	length, sum, err := parseHeader(start)
	if err != nil {
		return err
	}
	f.start = int64(headerSize + length)
	if f.start > size {
		return errTruncated
	}
	toc := make([]byte, length)
	if err := f.readAt(toc, int64(headerSize)); err != nil {
		return err
	}
	if want := headerSum(start, toc); want != sum {
		return damaged("the checksum of its table of contents is wrong")
	}
	c := reader(toc, nil, b)
	c.contents(&f.contents)
	if c.err != nil {
		return damaged("its table of contents: %v", c.err)
	}
	return f.contents.check(uint64(size - f.start))
}

// readAt fills b from the file.
func (f *File) readAt(b []byte, at int64) error {
	n, err := f.r.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return errTruncated
	}
	return hint.Wrap(err, "it cannot be read", "check the disk that it lies on")
}

func (t *contents) has(name string) bool {
	return slices.ContainsFunc(t.sections, func(s section) bool { return s.name == name })
}

// read hands the content of a section to use. Its memory counts until then.
func (f *File) read(s *section, b *budget, use func(content []byte) error) error {
	if !b.take(int(s.length+s.stored), 1) {
		return damaged("it holds more than a file of its size can")
	}
	defer b.left.Add(int64(s.length + s.stored))
	stored := make([]byte, s.stored)
	if err := f.readAt(stored, f.start+int64(s.offset)); err != nil {
		return err
	}
	content, err := s.expand(stored, f.decoder)
	if err != nil {
		return err
	}
	if err := use(content); err != nil {
		return damaged("section %q: %v", s.name, err)
	}
	return nil
}

// one reads the only section of a name.
func (f *File) one(name string, b *budget, use func(content []byte) error) error {
	for i := range f.contents.sections {
		if s := &f.contents.sections[i]; s.name == name {
			return f.read(s, b, use)
		}
	}
	return damaged("it has no section %q", name)
}

func (f *File) decode(name string, b *budget, read func(*coder)) error {
	return f.one(name, b, func(content []byte) error {
		c := reader(content, f.words, b)
		read(c)
		return c.err
	})
}

// Program is what wrote the file: "trimtab v1.2.3".
func (f *File) Program() string { return f.contents.program }

// Snapshot is the recorded cluster. It must not be changed.
func (f *File) Snapshot() *cluster.Snapshot { return f.snapshot }

// Book is the recorded prices.
func (f *File) Book() *pricing.Book { return f.book }

// Window is the span of time over which usage was recorded; zero where none
// was.
func (f *File) Window() usage.Window { return f.head.window }

// Usage reads the usage of every container, as it was before any refinement;
// usage.None where none was recorded. progress is told of the blocks read and
// may be nil.
func (f *File) Usage(ctx context.Context, progress func(done, total int)) (*usage.Usage, error) {
	u := usage.None(f.head.window)
	if !f.contents.has(sectionUsage) {
		return u, nil
	}
	h := &f.head
	u.Sources, u.ScrapeInterval, u.Scan = slices.Clone(h.sources), h.interval, h.scan
	u.Warnings = slices.Clone(h.warnings)
	if f.contents.has(sectionPresent) {
		if err := f.decode(sectionPresent, f.budget(), func(c *coder) { u.Present = c.decodePresent() }); err != nil {
			return nil, err
		}
	}
	var err error
	u.Containers, err = f.histories(ctx, sectionSurvey, nil, progress)
	return u, err
}

// Detail reads the refined histories of the containers that wanted accepts;
// of all where it is nil.
func (f *File) Detail(ctx context.Context, wanted func(cluster.ContainerID) bool, progress func(done, total int)) (map[cluster.ContainerID]*usage.History, error) {
	return f.histories(ctx, sectionDetail, wanted, progress)
}

// Recording is everything in the file.
func (f *File) Recording(ctx context.Context) (Recording, error) {
	r := Recording{Snapshot: f.snapshot, Book: f.book}
	if !f.contents.has(sectionUsage) {
		return r, nil
	}
	u, err := f.Usage(ctx, nil)
	if err != nil {
		return r, err
	}
	r.Usage = u
	if !f.head.detailed {
		return r, nil
	}
	finer, err := f.Detail(ctx, nil, nil)
	if err != nil {
		return r, err
	}
	r.Detail = refine(u, finer)
	r.Detail.Warnings = append(r.Detail.Warnings, f.head.detail.warnings...)
	r.Detail.Scan = f.head.detail.scan
	return r, nil
}

// histories reads the blocks of one kind, several at a time.
func (f *File) histories(ctx context.Context, name string, wanted func(cluster.ContainerID) bool, progress func(done, total int)) (map[cluster.ContainerID]*usage.History, error) {
	var found []*section
	for i := range f.contents.sections {
		if s := &f.contents.sections[i]; s.name == name {
			found = append(found, s)
		}
	}
	parts := make([][]entry, len(found))
	errs := make([]error, len(found))
	b := f.budget()
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(found)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(found) || ctx.Err() != nil {
					return
				}
				parts[i], errs[i] = f.block(found[i], b, wanted)
				if errs[i] != nil {
					next.Store(int64(len(found))) // the rest would be for nothing
					return
				}
				if n := int(done.Add(1)); progress != nil {
					progress(n, len(found))
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	total := 0
	for _, p := range parts {
		total += len(p)
	}
	all := make(map[cluster.ContainerID]*usage.History, total)
	for _, p := range parts {
		for _, e := range p {
			all[e.id] = e.history
		}
	}
	return all, nil
}

// block reads one block of histories.
func (f *File) block(s *section, b *budget, wanted func(cluster.ContainerID) bool) (entries []entry, err error) {
	err = f.read(s, b, func(content []byte) (err error) {
		entries, err = readBlock(content, f.words, b, wanted)
		return err
	})
	return entries, err
}
