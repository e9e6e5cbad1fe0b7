package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
	"github.com/prometheus/prometheus/tsdb/tombstones"
)

// finished is one series' part of a block.
type finished struct {
	labels labels.Labels
	chunks []chunks.Meta
}

// blockMeta is a block's meta.json. tsdb.BlockMeta is the same, but its package
// brings every remote-write client with it.
type blockMeta struct {
	ULID       ulid.ULID       `json:"ulid"`
	MinTime    int64           `json:"minTime"`
	MaxTime    int64           `json:"maxTime"`
	Stats      blockStats      `json:"stats"`
	Compaction blockCompaction `json:"compaction"`
	Version    int             `json:"version"`
}

type blockStats struct {
	NumSamples      uint64 `json:"numSamples"`
	NumFloatSamples uint64 `json:"numFloatSamples"`
	NumSeries       uint64 `json:"numSeries"`
	NumChunks       uint64 `json:"numChunks"`
}

type blockCompaction struct {
	Level   int         `json:"level"`
	Sources []ulid.ULID `json:"sources"`
}

// writeBlock writes one block to dir, in one step. It uses the parts of the
// TSDB that its own compactor writes with: going through a head, as
// tsdb.BlockWriter does, takes ten times as long.
func writeBlock(ctx context.Context, dir string, key uint64, all []finished) error {
	if len(all) == 0 {
		return nil
	}
	sort.Slice(all, func(i, j int) bool { return labels.Compare(all[i].labels, all[j].labels) < 0 })

	meta := blockMeta{Version: 1, MinTime: all[0].chunks[0].MinTime}
	symbols := map[string]struct{}{"": {}}
	for _, s := range all {
		s.labels.Range(func(l labels.Label) {
			symbols[l.Name], symbols[l.Value] = struct{}{}, struct{}{}
		})
		meta.MinTime = min(meta.MinTime, s.chunks[0].MinTime)
		meta.MaxTime = max(meta.MaxTime, s.chunks[len(s.chunks)-1].MaxTime+1)
	}
	id, err := ulid.New(uint64(meta.MaxTime), &entropy{rand.NewPCG(key, uint64(meta.MinTime))})
	if err != nil {
		return err
	}
	meta.ULID = id
	meta.Compaction = blockCompaction{Level: 1, Sources: []ulid.ULID{id}}

	tmp := filepath.Join(dir, id.String()+".tmp-for-creation")
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return err
	}
	if err := fillBlock(ctx, tmp, &meta, symbols, all); err != nil {
		os.RemoveAll(tmp)
		return err
	}
	return os.Rename(tmp, filepath.Join(dir, id.String()))
}

func fillBlock(ctx context.Context, dir string, meta *blockMeta, symbols map[string]struct{}, all []finished) error {
	cw, err := chunks.NewWriter(filepath.Join(dir, "chunks"))
	if err != nil {
		return err
	}
	iw, err := index.NewWriter(ctx, filepath.Join(dir, "index"))
	if err != nil {
		return err
	}
	sorted := make([]string, 0, len(symbols))
	for s := range symbols {
		sorted = append(sorted, s)
	}
	sort.Strings(sorted)
	for _, s := range sorted {
		if err := iw.AddSymbol(s); err != nil {
			return fmt.Errorf("adding a symbol: %w", err)
		}
	}
	for i, s := range all {
		if i > 0 && labels.Equal(s.labels, all[i-1].labels) {
			return fmt.Errorf("series %s is there twice", s.labels)
		}
		if err := cw.WriteChunks(s.chunks...); err != nil {
			return fmt.Errorf("writing chunks: %w", err)
		}
		if err := iw.AddSeries(storage.SeriesRef(i), s.labels, s.chunks...); err != nil {
			return fmt.Errorf("adding series %s: %w", s.labels, err)
		}
		meta.Stats.NumSeries++
		meta.Stats.NumChunks += uint64(len(s.chunks))
		for _, c := range s.chunks {
			meta.Stats.NumSamples += uint64(c.Chunk.NumSamples())
		}
	}
	meta.Stats.NumFloatSamples = meta.Stats.NumSamples
	if err := iw.Close(); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	if err := cw.Close(); err != nil {
		return fmt.Errorf("writing chunks: %w", err)
	}
	if _, err := tombstones.WriteFile(slog.New(slog.DiscardHandler), dir, tombstones.NewMemTombstones()); err != nil {
		return fmt.Errorf("writing tombstones: %w", err)
	}
	text, err := json.MarshalIndent(meta, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "meta.json"), text, 0o644)
}

// entropy makes a block's id follow from the seed.
type entropy struct{ src *rand.PCG }

func (e *entropy) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e.src.Uint64())
	}
	return len(p), nil
}
