package recommend

import "time"

// Resource is what is sized. Its text is the "class" of a back-test.
type Resource string

// The resources, in the order in which they are shown.
const (
	CPU    Resource = "cpu"
	Memory Resource = "memory"
)

// Resources lists the resources.
func Resources() []Resource { return []Resource{CPU, Memory} }

// Samples is usage sample by sample, finer than the distributions of a
// History: what it holds is also in the History.
type Samples struct {
	CPU, Memory []PodSamples
	// Core is one core in the unit of the CPU samples; 0 means that they are
	// in cores.
	Core float64
}

// Of is the samples of one resource.
func (s *Samples) Of(r Resource) []PodSamples {
	switch {
	case s == nil:
		return nil
	case r == Memory:
		return s.Memory
	}
	return s.CPU
}

// PodSamples is one pod's samples, oldest first. Values are in cores or
// bytes, or in whatever unit the answer shall be in; they are finite and not
// negative.
type PodSamples struct {
	Pod    string
	At     []time.Time
	Values []float64
}

// Fitter is a Strategy whose request for one resource can be asked for alone
// and as it is, before floors and rounding: what a back-test scores.
type Fitter interface {
	Strategy
	// Fit is the request in the unit of the samples. It returns false where
	// the strategy says nothing of the resource, or nothing was measured. No
	// least amount of data is asked for: that is part of Size.
	Fit(r Resource, c Case) (float64, bool)
}

// Backtest is what strategies would have done on one resource's series: each
// was fitted on the past and scored on what came after, four times.
type Backtest struct {
	Resource Resource
	Series   int // scored
	Scores   []Score
}

// Score is one strategy's.
type Score struct {
	Strategy string
	// ViolationShare is the share of held-out samples above the value.
	ViolationShare float64
	// SlackShare is the mean of (value − usage)/value over the held-out
	// samples that are not above it; 0 where there is none.
	SlackShare float64
	Fits       []Fit
}

// Fit is the value that a strategy put on one series for one fold.
type Fit struct {
	Series string
	Fold   int // 0 to 3
	Value  float64
}
