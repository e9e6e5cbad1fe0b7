package emit

import (
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// CostReport is the node bill per hour and where it goes: the sum of
// Allocations, plus Idle, plus Overhead, is Total exactly.
type CostReport struct {
	Header
	Total       unit.HourlyRate  `json:"total" doc:"the node bill per hour, Fargate included; unpriced nodes are not in it"`
	Idle        unit.HourlyRate  `json:"idle" doc:"what nobody asked for and nobody used, per hour"`
	Overhead    unit.HourlyRate  `json:"overhead" doc:"what kubelet and system reserve, per hour"`
	Allocations []CostAllocation `json:"allocations" doc:"what each workload takes, by namespace, name and kind"`
	GroupedBy   string           `json:"groupedBy,omitempty" doc:"what groups are made by: namespace, workload, nodepool or label:KEY"`
	Groups      []CostGroup      `json:"groups,omitzero" doc:"the allocations summed, the largest first; absent where no grouping was asked for"`
	Nodes       []CostNode       `json:"nodes" doc:"priced nodes by name"`
	Unpriced    []CostUnpriced   `json:"unpriced" doc:"nodes without a price; their pods are in no other list"`
	Other       []CostOther      `json:"other" doc:"what is paid beside nodes, outside the total"`
}

// CostAllocation is what one workload takes of the nodes it runs on.
type CostAllocation struct {
	Namespace string          `json:"namespace"`
	Kind      string          `json:"kind"`
	Name      string          `json:"name"`
	Hourly    unit.HourlyRate `json:"hourly" doc:"the larger of request and usage at the nodes' prices, per hour"`
}

// CostNode is a priced node.
type CostNode struct {
	Name         string          `json:"name"`
	InstanceType string          `json:"instanceType,omitempty"`
	Zone         string          `json:"zone,omitempty"`
	CapacityType string          `json:"capacityType,omitempty" doc:"on-demand, spot or reserved"`
	Pool         string          `json:"pool,omitempty" doc:"name of the NodePool or node group it belongs to"`
	Hourly       unit.HourlyRate `json:"hourly" doc:"price per hour"`
	Price        PriceOrigin     `json:"price"`
}

// PriceOrigin is where a price comes from.
type PriceOrigin struct {
	Source    string            `json:"source" doc:"who says so"`
	AsOf      time.Time         `json:"asOf,omitzero" doc:"when it was true"`
	Certainty pricing.Certainty `json:"certainty" enum:"exact|estimate|unknown" doc:"how far it can be trusted"`
}

// CostUnpriced is a node without a price.
type CostUnpriced struct {
	Name string `json:"name"`
	Why  string `json:"why" doc:"why it has no price"`
}

// CostOther is something paid beside nodes.
type CostOther struct {
	What   string          `json:"what" doc:"what is paid for"`
	Hourly unit.HourlyRate `json:"hourly" doc:"per hour"`
}

// Cost is the cost report of r. Its Other is empty: the node bill knows
// nothing of it.
func Cost(r *analyzer.Report, g Grouping, at time.Time) CostReport {
	a := r.Allocation
	c := CostReport{
		Header:      header(KindCost, r, at),
		Total:       a.Total,
		Idle:        a.Idle,
		Overhead:    a.Overhead,
		Allocations: make([]CostAllocation, len(a.Workloads)),
		Nodes:       make([]CostNode, len(a.Nodes)),
		Unpriced:    make([]CostUnpriced, len(a.Unpriced)),
		Other:       []CostOther{},
	}
	for i := range a.Workloads {
		w := &a.Workloads[i]
		c.Allocations[i] = CostAllocation{w.ID.Namespace, w.ID.Kind, w.ID.Name, w.Rate}
	}
	if g != (Grouping{}) {
		c.GroupedBy = g.String()
		c.Groups = append([]CostGroup{}, groups(r, g)...)
	}
	zones := map[string]string{}
	if r.Snapshot != nil {
		for i := range r.Snapshot.Nodes {
			zones[r.Snapshot.Nodes[i].Name] = r.Snapshot.Nodes[i].Zone
		}
	}
	for i := range a.Nodes {
		n := &a.Nodes[i]
		zone := n.Key.Zone // only spot keys have one
		if zone == "" {
			zone = zones[n.Name]
		}
		c.Nodes[i] = CostNode{
			Name: n.Name, InstanceType: n.Key.InstanceType, Zone: zone, CapacityType: n.Key.CapacityType, Pool: n.Pool,
			Hourly: n.Rate, Price: PriceOrigin{n.Price.Source, utc(n.Price.AsOf), n.Price.Certainty},
		}
	}
	for i, u := range a.Unpriced {
		c.Unpriced[i] = CostUnpriced{u.Name, u.Why}
	}
	return c
}

// utc is t in UTC; the zero time stays zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
