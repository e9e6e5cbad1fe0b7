package emit

import (
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// RightsizeReport is the advice for each container.
type RightsizeReport struct {
	Header
	Recommendations []Recommendation `json:"recommendations" doc:"one per container, in the order of their worth"`
}

// Recommendation is the advice for one container of one workload.
type Recommendation struct {
	Workload   Workload         `json:"workload"`
	Container  string           `json:"container"`
	Sidecar    bool             `json:"sidecar,omitempty" doc:"true for an init container that keeps running"`
	Status     recommend.Status `json:"status" enum:"proposed|keep|held|insufficient-data" doc:"what became of the container"`
	Strategy   string           `json:"strategy,omitempty" doc:"name of the strategy that sized it"`
	Raise      bool             `json:"raise,omitempty" doc:"true where more is due of something: the present setting is a risk"`
	Current    Setting          `json:"current" doc:"what the pod template says"`
	Proposed   Proposal         `json:"proposed" doc:"this step within the guard rails, whole; equal to current unless status is proposed"`
	Target     Setting          `json:"target" doc:"where the steps lead"`
	QOS        *QOS             `json:"qos,omitempty" doc:"the pod's quality of service class; absent where unknown"`
	Reasons    []string         `json:"reasons" doc:"how each amount was reached, and what holds it"`
	Usage      Usage            `json:"usage"`
	Confidence Confidence       `json:"confidence"`
	Monthly    Monthly          `json:"monthly"`
}

// Workload names the owner of a container.
type Workload struct {
	Namespace string `json:"namespace"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Replicas  int    `json:"replicas" min:"0" doc:"pods it asks for now"`
}

// QOS is a pod's class before and after the proposal.
type QOS struct {
	Before string `json:"before" doc:"Guaranteed, Burstable or BestEffort"`
	After  string `json:"after" doc:"Guaranteed, Burstable or BestEffort"`
}

// Usage is what was measured of the worst replica.
type Usage struct {
	CPU      *Quantiles `json:"cpu,omitempty" doc:"CPU in millionths of a core or coarser, rounded up; absent where not measured"`
	Memory   *Quantiles `json:"memory,omitempty" doc:"working set in bytes, rounded up; absent where not measured"`
	Samples  uint64     `json:"samples" doc:"CPU samples over all pods"`
	Coverage float64    `json:"coverage" min:"0" max:"1" doc:"share of the window's hours with samples"`
	Step     int        `json:"stepSeconds,omitempty" doc:"what one sample stands for, in seconds"`
	Days     int        `json:"days,omitempty" doc:"days with samples"`
	Pods     int        `json:"pods,omitempty" doc:"pods measured, those that are gone included"`
	OOMKills *int       `json:"oomKills,omitempty" doc:"out-of-memory kills in the window; absent where unknown"`
	Restarts *int       `json:"restarts,omitempty" doc:"restarts in the window; absent where unknown"`
	Present  *Present   `json:"present,omitempty" doc:"the busiest replica at this moment; absent where unknown"`
}

// Present is usage at an instant, CPU and memory each of the replica where it
// is largest.
type Present struct {
	CPU    Quantity  `json:"cpu"`
	Memory Quantity  `json:"memory"`
	At     time.Time `json:"at"`
}

// Quantiles are of the worst replica's samples.
type Quantiles struct {
	P50 Quantity `json:"p50"`
	P95 Quantity `json:"p95"`
	P99 Quantity `json:"p99"`
	Max Quantity `json:"max"`
}

// Confidence is how sure the advice is.
type Confidence struct {
	Grade   string   `json:"grade" doc:"A, the best, to D; empty where there is nothing to grade"`
	Reasons []string `json:"reasons"`
}

// Monthly is money for a month of 730 hours.
type Monthly struct {
	Freed      *unit.Money `json:"freed,omitempty" doc:"what the requests given up cost, negative for a raise; absent where no node has a price"`
	Realisable *MoneyRange `json:"realisable,omitempty" doc:"the part of freed that a repacked fleet returns; absent until computed"`
}

// MoneyRange is money between two bounds.
type MoneyRange struct {
	Low  unit.Money `json:"low"`
	High unit.Money `json:"high"`
}

// Rightsize is the report of the recommendations, in their order.
func Rightsize(r *analyzer.Report, recs []recommend.Recommendation, at time.Time) RightsizeReport {
	out := RightsizeReport{Header: header(KindRightsize, r, at), Recommendations: make([]Recommendation, len(recs))}
	for i := range recs {
		out.Recommendations[i] = recommendation(&recs[i])
	}
	return out
}

func recommendation(r *recommend.Recommendation) Recommendation {
	to := step(r)
	o := Recommendation{
		Workload:   Workload{r.Workload.Namespace, r.Workload.Kind, r.Workload.Name, r.Replicas},
		Container:  r.Container,
		Sidecar:    r.Sidecar,
		Status:     r.Status,
		Strategy:   r.Strategy,
		Raise:      r.Raise,
		Current:    Setting{amounts(r.Current.Request), amounts(r.Current.Limit)},
		Proposed:   Proposal{changes(r.Current.Request, to.Request), changes(r.Current.Limit, to.Limit)},
		Target:     Setting{amounts(r.Target.Request), amounts(r.Target.Limit)},
		Reasons:    list(r.Reasons),
		Confidence: Confidence{r.Confidence.Grade, list(r.Confidence.Reasons)},
		Usage: Usage{
			CPU:      quantiles(r.Usage.CPU, coresQuantity),
			Memory:   quantiles(r.Usage.Memory, bytesQuantity),
			Samples:  r.Usage.Samples,
			Coverage: r.Usage.Coverage,
			Step:     int(r.Usage.Step / time.Second),
			Days:     r.Usage.Days,
			Pods:     r.Usage.Pods,
		},
	}
	if r.QOSBefore != "" && r.QOSAfter != "" {
		o.QOS = &QOS{r.QOSBefore, r.QOSAfter}
	}
	e := &r.Usage.Events
	if e.Known || e.OOMKills > 0 {
		o.Usage.OOMKills = &e.OOMKills
	}
	if e.Known || e.Restarts > 0 {
		o.Usage.Restarts = &e.Restarts
	}
	if p := r.Usage.Present; p != nil {
		o.Usage.Present = &Present{coresQuantity(p.CPU), bytesQuantity(p.Memory), p.At.UTC()}
	}
	if r.Freed != nil {
		m := r.Freed.Monthly()
		o.Monthly.Freed = &m
	}
	if r.Realisable != nil {
		o.Monthly.Realisable = &MoneyRange{r.Realisable.Low.Monthly(), r.Realisable.High.Monthly()}
	}
	return o
}

// step is what the container should be set to now: what is proposed, or else
// what it has.
func step(r *recommend.Recommendation) recommend.Setting {
	if r.Status == recommend.Proposed {
		return r.Proposed
	}
	return r.Current
}

func quantiles(q recommend.Quantiles, quantity func(float64) Quantity) *Quantiles {
	if !q.Known {
		return nil
	}
	return &Quantiles{quantity(q.P50), quantity(q.P95), quantity(q.P99), quantity(q.Max)}
}

// list is s, never nil: an empty list is [] in a document.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
