package record

import (
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/pricing"
)

// Recording is what a file holds.
type Recording struct {
	Snapshot *cluster.Snapshot
	Book     *pricing.Book
	// Usage is what was measured of every container. It may be nil.
	Usage *usage.Usage
	// Detail is Usage after usage.Refiner.Refine: some of its histories are
	// finer, and it may have more warnings. It is nil where nothing was
	// refined. Both are kept, because a run from the file decides anew which
	// containers deserve the detail.
	Detail *usage.Usage
}

// Write writes a recording; program is what wrote it, "trimtab v1.2.3". Equal
// recordings give equal bytes. It returns the number of bytes written.
func Write(w io.Writer, program string, r Recording) (int64, error) {
	table := newWords()
	message := func(write func(*coder)) []byte {
		c := &coder{words: table}
		write(c)
		return c.buf
	}
	// Blocks are little larger than the window, and the next level takes six
	// times as long for 4 %.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		return 0, fmt.Errorf("compressing: %w", err)
	}
	defer func() { _ = encoder.Close() }()

	snapshot := message(func(c *coder) { c.snapshot(r.Snapshot) })
	prices := message(func(c *coder) { c.book(bookOf(r.Book)) })
	var survey, finer [][]byte
	var head, now []byte
	if u := r.Usage; u != nil {
		m := measured{window: u.Window, sources: u.Sources, interval: u.ScrapeInterval, warnings: u.Warnings, scan: u.Scan}
		if d := r.Detail; d != nil {
			m.detailed = true
			m.detail = detail{warnings: added(u.Warnings, d.Warnings), scan: d.Scan}
		}
		head = message(func(c *coder) { c.measured(&m) })
		if u.Present != nil {
			now = message(func(c *coder) { c.encodePresent(u.Present) })
		}
		if survey, err = blocks(u.Containers, table); err != nil {
			return 0, err
		}
		if finer, err = blocks(refined(u, r.Detail), table); err != nil {
			return 0, err
		}
	}

	out := sectionWriter{encoder: encoder, contents: contents{program: program}}
	out.add(sectionWords, table.encode())
	out.add(sectionCluster, snapshot)
	out.add(sectionPrices, prices)
	if r.Usage != nil {
		out.add(sectionUsage, head)
		if r.Usage.Present != nil {
			out.add(sectionPresent, now)
		}
		for _, b := range survey {
			out.add(sectionSurvey, b)
		}
		for _, b := range finer {
			out.add(sectionDetail, b)
		}
	}
	pieces, err := out.file()
	if err != nil {
		return 0, err
	}
	var n int64
	for _, p := range pieces {
		k, err := w.Write(p)
		n += int64(k)
		if err != nil {
			return n, fmt.Errorf("writing the recording: %w", err)
		}
	}
	return n, nil
}

// added are the warnings that a refinement put behind those there were.
func added(before, after []error) []error {
	return slices.Clone(after[min(len(before), len(after)):])
}

// refined are the histories that a refinement replaced.
func refined(u, d *usage.Usage) map[cluster.ContainerID]*usage.History {
	out := map[cluster.ContainerID]*usage.History{}
	if d == nil {
		return out
	}
	for id, h := range d.Containers {
		if h != nil && u.Containers[id] != h {
			out[id] = h
		}
	}
	return out
}
