package cluster

import (
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// samplesPerChunk is what Prometheus' head puts in a chunk.
const samplesPerChunk = 120

// Sample is one sample as Prometheus holds it: T in milliseconds since the epoch.
type Sample struct {
	T int64   `json:"t"`
	V float64 `json:"v"`
}

// series collects the samples of one series: as chunks of the block that is being
// written, or, where keep is set, as they are.
type series struct {
	labels labels.Labels
	keep   bool
	kept   []Sample
	chunks []chunks.Meta

	chunk *chunkenc.XORChunk
	app   chunkenc.Appender
	count int
	first int64
	last  int64
}

func (s *series) append(t int64, v float64) {
	if s.keep {
		s.kept = append(s.kept, Sample{t, v})
		return
	}
	if s.chunk == nil {
		s.chunk = chunkenc.NewXORChunk()
		app, err := s.chunk.Appender()
		if err != nil {
			// A new chunk is well formed: there is nothing it could fail on.
			panic(err)
		}
		s.app, s.first, s.count = app, t, 0
	}
	s.app.Append(0, t, v)
	s.last = t
	if s.count++; s.count == samplesPerChunk {
		s.cut()
	}
}

// stale marks the end of the series, as Prometheus does when a target no longer
// shows it. A marker is no sample: the truth does not hold it.
func (s *series) stale(t int64) {
	if !s.keep {
		s.append(t, math.Float64frombits(value.StaleNaN))
	}
}

func (s *series) cut() {
	if s.chunk == nil {
		return
	}
	s.chunk.Compact()
	s.chunks = append(s.chunks, chunks.Meta{Chunk: s.chunk, MinTime: s.first, MaxTime: s.last})
	s.chunk, s.app = nil, nil
}

// take returns the chunks collected since the last call.
func (s *series) take() []chunks.Meta {
	s.cut()
	out := s.chunks
	s.chunks = nil
	return out
}
