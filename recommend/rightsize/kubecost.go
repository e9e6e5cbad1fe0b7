package rightsize

import (
	"fmt"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// KubecostMax is Kubecost's request sizing (API v2) with its defaults: the
// largest sample of any replica, divided by a target utilization of 0.7.
//
// It aims at never being exceeded. It is wrong in what it costs: a single
// spike sets the request for as long as the window holds it, and 43 % come on
// top of it.
//
// Source: Kubecost's documentation of requestSizingV2, commit 0abfc228.
type KubecostMax struct{}

var _ recommend.Fitter = KubecostMax{}

const (
	kubecostTarget      = 0.7
	kubecostCPUFloor    = unit.MilliCPU(10)
	kubecostMemoryFloor = 20 * unit.MiB
)

// Name is "kubecost-max".
func (KubecostMax) Name() string { return "kubecost-max" }

// About says what it is.
func (KubecostMax) About() string {
	return "as Kubecost's default: CPU and memory maximum of any pod over a target utilization of 0.7"
}

// Fit implements recommend.Fitter.
func (KubecostMax) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	most, ok := measuredOf(r, &c).most()
	return most / kubecostTarget, ok
}

// Size implements recommend.Strategy.
func (s KubecostMax) Size(c recommend.Case) (recommend.Sizing, bool) {
	cores, bytes, none, ok := fits(s, c)
	if !ok {
		return none, false
	}
	return requests(c, max(unit.MilliCPUOf(cores), kubecostCPUFloor), max(unit.BytesOf(bytes), kubecostMemoryFloor),
		fmt.Sprintf("CPU: maximum %s over a target utilization of 0.7", compactCPU(cores*kubecostTarget)),
		fmt.Sprintf("memory: maximum %s over a target utilization of 0.7", compactBytes(bytes*kubecostTarget)),
	), true
}
