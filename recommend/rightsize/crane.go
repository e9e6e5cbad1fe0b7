package rightsize

import (
	"fmt"
	"math"
	"time"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// Crane is the resource recommender of gocrane/crane with its defaults: the
// 99th percentile of all pods' samples plus 15 %, where a sample weighs half
// as much per day (CPU) or per two days (memory) of age. An out-of-memory
// kill raises memory to 1.2 times the limit that was too small.
//
// What it sizes is counted in the recommender's buckets of 0.1 core and
// 100 MiB, of which the upper edge is taken; Fit leaves them out. Rounding to
// standard shapes, an option, is left out too.
//
// It is wrong for small containers, whose usage is less than a bucket, and
// for peaks rarer than one sample in a hundred, which in memory are what
// kills.
//
// Without samples, all of a day's samples share one weight.
//
// Source: pkg/recommendation/recommender/resource, commit 2b0ddae8ebbc.
type Crane struct{}

var _ recommend.Fitter = Crane{}

const (
	craneCPUHalfLife    = 24 * time.Hour
	craneMemoryHalfLife = 48 * time.Hour
	craneMargin         = 1.15
	craneCPUBucket      = 0.1       // cores
	craneMemoryBucket   = 100 << 20 // bytes
	craneBump           = 1.2
)

// Name is "crane".
func (Crane) Name() string { return "crane" }

// About says what it is.
func (Crane) About() string {
	return "as Crane: p99 of all pods' samples, half-life of one day for CPU and two for memory, plus 15 %"
}

// Fit implements recommend.Fitter.
func (Crane) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	v, ok := craneQuantile(r, &c)
	return v * craneMargin, ok
}

func craneQuantile(r recommend.Resource, c *recommend.Case) (float64, bool) {
	halfLife := craneCPUHalfLife
	if r == recommend.Memory {
		halfLife = craneMemoryHalfLife
	}
	return measuredOf(r, c).decayed(0.99, halfLife)
}

// Size implements recommend.Strategy.
func (s Crane) Size(c recommend.Case) (recommend.Sizing, bool) {
	if _, _, none, ok := fits(s, c); !ok {
		return none, false
	}
	cpu, _ := craneQuantile(recommend.CPU, &c)
	memory, _ := craneQuantile(recommend.Memory, &c)
	cpu, memory = craneEdge(cpu, craneCPUBucket), craneEdge(memory, craneMemoryBucket)
	return requests(c, unit.MilliCPUOf(cpu*craneMargin), unit.BytesOf(bump(c, memory*craneMargin, craneBump)),
		fmt.Sprintf("CPU: p99, half-life 24 h, in steps of 100m, is %s; plus 15 %%", compactCPU(cpu)),
		fmt.Sprintf("memory: p99, half-life 48 h, in steps of 100 MiB, is %s; plus 15 %%", compactBytes(memory)),
	), true
}

// craneEdge is the upper edge of the bucket that v falls into.
func craneEdge(v, width float64) float64 { return (math.Floor(v/width) + 1) * width }
