package rightsize

import (
	"fmt"
	"strconv"

	"github.com/trimtab/trimtab/recommend"
)

// Ours is trimtab's rule with one risk target for both resources, as the
// back-test sweeps it: a forecast per pod that is tested on the container's own
// past. It is scored and not yet proposed: on containers with rare, far bursts
// it asks for more than was ever measured, which no owner would accept.
type Ours struct {
	Target float64 // share of time above the request, in [0,1]
}

var _ recommend.Fitter = Ours{}

// Targets are the risk targets of the sweep.
func Targets() []float64 {
	return []float64{0, 0.0001, 0.0003, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}
}

// Name is "ours@" and the target.
func (o Ours) Name() string { return "ours@" + strconv.FormatFloat(o.Target, 'f', -1, 64) }

// About says what it is.
func (o Ours) About() string {
	return fmt.Sprintf("trimtab's rule: usage is expected above the request for at most %g of the time", o.Target)
}

// Fit implements recommend.Fitter.
func (o Ours) Fit(r recommend.Resource, c recommend.Case) (float64, bool) {
	return o.at(r, Forecasts(r, c))
}

// Size implements recommend.Strategy.
func (o Ours) Size(c recommend.Case) (recommend.Sizing, bool) { return size(c, o.risk()) }

func (o Ours) at(r recommend.Resource, f []Forecast) (float64, bool) {
	return o.risk().at(r, f)
}
