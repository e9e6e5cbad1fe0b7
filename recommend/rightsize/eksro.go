package rightsize

import (
	"fmt"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// EKSRO is the CPU rule of Amazon EKS' resource optimization preview: p95 over
// a utilization of 0.87. Its memory rule is not published, so that memory is
// left as it is.
//
// It aims at p95 with 15 % to spare. It is wrong for bursts shorter than 5 %
// of the time, like KRRSimple.
//
// Source: excerpts of the preview's documentation; which pods' p95 is not
// said, the worst pod's is taken.
type EKSRO struct{}

var _ recommend.Fitter = EKSRO{}

const eksTarget = 0.87

// Name is "eks-ro".
func (EKSRO) Name() string { return "eks-ro" }

// About says what it is.
func (EKSRO) About() string {
	return "as the EKS resource optimization preview: CPU p95 over 0.87; its memory rule is unpublished"
}

// Fit implements recommend.Fitter. It says nothing of memory.
func (EKSRO) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	if r == recommend.Memory {
		return 0, false
	}
	v, _, ok := measuredOf(r, &c).worst(0.95)
	return v / eksTarget, ok
}

// Size implements recommend.Strategy.
func (s EKSRO) Size(c recommend.Case) (recommend.Sizing, bool) {
	cores, ok := s.Fit(recommend.CPU, c)
	if !ok {
		return recommend.Sizing{Reasons: []string{"no CPU usage was measured"}}, false
	}
	cpu := unit.MilliCPUOf(cores)
	return recommend.Sizing{
		Request: cluster.Resources{CPU: &cpu, Memory: c.Container.Request.Memory},
		Limit:   c.Container.Limit,
		Reasons: []string{
			fmt.Sprintf("CPU: p95 of the worst of %d pods, %s, over a utilization of 0.87", len(c.History.CPU.Pods), compactCPU(cores*eksTarget)),
			"memory: stays as it is; the rule is unpublished",
		},
	}, true
}
