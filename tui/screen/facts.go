package screen

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/allocate"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/recommend"
)

// Facts are a report and its recommendations joined into rows, so that no
// screen joins anything while it draws. Facts are made outside of the
// interface's goroutine and not changed afterwards.
type Facts struct {
	Report     *analyzer.Report // nil until the first report has arrived
	Recs       []recommend.Recommendation
	Containers []Container // in the order of Recs
	Namespaces []Namespace // sorted by name
	Nodes      []Node      // sorted by name
	Total      Totals
	Basis      Basis

	byKey map[string]int // into Containers
	byNS  map[string]int // into Namespaces
}

// Container is one container of a workload's template: a row of the workloads.
type Container struct {
	Rec *recommend.Recommendation
	// Key names the row over time: namespace/kind/name/container.
	Key string
	// Name is the workload's name, with the container's behind it where the
	// workload has several.
	Name   string
	Search string // what a filter's text is looked for in, lower case
	// Template is nil where the report has no such workload.
	Template *cluster.Container
	// Pods is how many pods of the workload hold their requests now.
	Pods int
	// Cost is the container's part of what the workload takes of its nodes, by
	// the larger of its request and its mean usage; the parts of a workload's
	// containers add up to the workload's. Priced is false where no pod of the
	// workload is on a node with a price.
	Cost   unit.HourlyRate
	Priced bool
	// Present is the usage now, of the pod that uses most.
	Present      usage.Sample
	PresentKnown bool
	PresentPods  int

	mean Use // mean usage of one pod
}

// Use is an amount of usage that may be unknown.
type Use struct {
	CPU, Memory           float64 // cores, bytes
	CPUKnown, MemoryKnown bool
}

// Namespace is a row of the namespaces.
type Namespace struct {
	Name      string
	Search    string
	Workloads int
	Pods      int // that hold their requests
	Rows      []int
	Cost      unit.HourlyRate
	Priced    bool // some of its pods are on nodes with a price
	Money     Money
	Counts    Counts
	Request   cluster.Amounts
	Used      Use             // mean over the window, of the pods there now
	Proposed  cluster.Amounts // what is asked for once all proposals are made
}

// Money is what proposals move, per hour.
type Money struct {
	Freed unit.HourlyRate // by those that ask for less in total
	Added unit.HourlyRate // by those that ask for more; not negative
	// Unpriced is how many proposals have no price, FreedCPU and FreedMemory
	// what they free.
	Unpriced    int
	FreedCPU    unit.MilliCPU
	FreedMemory unit.Bytes
}

// Net is what is freed less what is added.
func (m *Money) Net() unit.HourlyRate { return m.Freed - m.Added }

// Add counts a proposal.
func (m *Money) Add(r *recommend.Recommendation) {
	switch {
	case r.Freed == nil:
		m.Unpriced++
		m.FreedCPU += r.FreedCPU
		m.FreedMemory += r.FreedMemory
	case *r.Freed >= 0:
		m.Freed += *r.Freed
	default:
		m.Added -= *r.Freed
	}
}

// Counts are how many containers are in which state.
type Counts struct {
	All, Proposed, Raises, Held, Insufficient, Keep int
	// Risk is the number of containers whose present setting is too small.
	Risk int
}

func (c *Counts) add(r *recommend.Recommendation) {
	c.All++
	switch r.Status {
	case recommend.Proposed:
		c.Proposed++
		if r.Raise {
			c.Raises++
		}
	case recommend.Held:
		c.Held++
	case recommend.InsufficientData:
		c.Insufficient++
	case recommend.Keep:
		c.Keep++
	}
	if r.Raise {
		c.Risk++
	}
}

// Node is a row of the nodes.
type Node struct {
	Node   *cluster.Node
	Search string
	Cost   *allocate.NodeCost // nil where the node has no price
	Why    string             // why there is no price
	Hint   string
	Pods   int
	// Requested is over the pods there now.
	Requested cluster.Amounts
}

// Totals are sums over the cluster.
type Totals struct {
	Counts              Counts
	Money               Money
	Workloads, Pods     int
	Pending             int // pods without a node
	Nodes, Spot         int
	Allocatable         cluster.Amounts
	Requested, Proposed cluster.Amounts
	Used                Use // mean over the window, of the pods there now
	// Measured is how many containers have usage.
	Measured int
}

// Basis is what the prices rest on.
type Basis struct {
	Sources   []string
	Oldest    time.Time
	Estimates int // priced nodes whose price is an estimate
	Priced    int
	Unpriced  int
}

// NewFacts joins a report with its recommendations. Both may be nil.
func NewFacts(report *analyzer.Report, recs []recommend.Recommendation) *Facts {
	f := &Facts{Report: report, Recs: recs, byKey: make(map[string]int, len(recs)), byNS: map[string]int{}}
	if report == nil {
		return f
	}
	b := builder{Facts: f, pods: map[cluster.WorkloadID]int{}, nodes: map[string]int{}}
	b.readNodes()
	b.readNamespaces()
	b.readPods()
	b.readContainers()
	b.price()
	b.sum()
	return f
}

// Container finds a container by its key.
func (f *Facts) Container(key string) (*Container, bool) {
	i, ok := f.byKey[key]
	if !ok {
		return nil, false
	}
	return &f.Containers[i], true
}

// Namespace finds a namespace by name.
func (f *Facts) Namespace(name string) (*Namespace, bool) {
	i, ok := f.byNS[name]
	if !ok {
		return nil, false
	}
	return &f.Namespaces[i], true
}

// Window is the window that usage was asked for; false without a report.
func (f *Facts) Window() (usage.Window, bool) {
	if f.Report == nil || f.Report.Usage == nil {
		return usage.Window{}, false
	}
	return f.Report.Usage.Window, true
}

// History is what was measured of a container, or nil.
func (f *Facts) History(c *Container) *usage.History {
	if f.Report == nil || f.Report.Usage == nil {
		return nil
	}
	return f.Report.Usage.Containers[c.Rec.ID()]
}

// Currency is the sign that stands before amounts of money.
func (f *Facts) Currency() string {
	if f.Report == nil || f.Report.Allocation == nil {
		return "$"
	}
	switch c := f.Report.Allocation.Currency; c {
	case "", "USD":
		return "$"
	case "EUR":
		return "€"
	default:
		return c + " "
	}
}

// builder fills Facts.
type builder struct {
	*Facts
	pods  map[cluster.WorkloadID]int
	nodes map[string]int
}

func (b *builder) readNodes() {
	s, a := b.Report.Snapshot, b.Report.Allocation
	b.Nodes = make([]Node, len(s.Nodes))
	costs := map[string]*allocate.NodeCost{}
	why := map[string]*allocate.Unpriced{}
	if a != nil {
		for i := range a.Nodes {
			costs[a.Nodes[i].Name] = &a.Nodes[i]
		}
		for i := range a.Unpriced {
			why[a.Unpriced[i].Name] = &a.Unpriced[i]
		}
	}
	for i := range s.Nodes {
		n := &s.Nodes[i]
		row := Node{Node: n, Cost: costs[n.Name]}
		row.Search = strings.ToLower(strings.Join([]string{n.Name, n.InstanceType, n.Zone, n.CapacityType, n.Pool}, " "))
		if u := why[n.Name]; u != nil {
			row.Why, row.Hint = u.Why, u.Hint
		}
		b.Nodes[i] = row
		b.nodes[n.Name] = i
		t := &b.Total
		t.Nodes++
		if n.CapacityType == cluster.Spot {
			t.Spot++
		}
		t.Allocatable.CPU += n.Allocatable.CPU
		t.Allocatable.Memory += n.Allocatable.Memory
		b.basis(&row)
	}
	slices.Sort(b.Basis.Sources)
}

func (b *builder) basis(n *Node) {
	if n.Cost == nil {
		b.Basis.Unpriced++
		return
	}
	p := &n.Cost.Price
	b.Basis.Priced++
	if p.Certainty == pricing.Estimate {
		b.Basis.Estimates++
	}
	if !slices.Contains(b.Basis.Sources, p.Source) {
		b.Basis.Sources = append(b.Basis.Sources, p.Source)
	}
	if b.Basis.Oldest.IsZero() || p.AsOf.Before(b.Basis.Oldest) {
		b.Basis.Oldest = p.AsOf
	}
}

func (b *builder) readNamespaces() {
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			b.Namespaces = append(b.Namespaces, Namespace{Name: name, Search: strings.ToLower(name)})
		}
	}
	for i := range b.Report.Snapshot.Namespaces {
		add(b.Report.Snapshot.Namespaces[i].Name)
	}
	for i := range b.Report.Snapshot.Workloads {
		add(b.Report.Snapshot.Workloads[i].ID.Namespace)
	}
	for i := range b.Report.Snapshot.Pods {
		add(b.Report.Snapshot.Pods[i].Namespace)
	}
	slices.SortFunc(b.Namespaces, func(x, y Namespace) int { return strings.Compare(x.Name, y.Name) })
	for i := range b.Namespaces {
		b.byNS[b.Namespaces[i].Name] = i
	}
	for i := range b.Report.Snapshot.Workloads {
		b.Namespaces[b.byNS[b.Report.Snapshot.Workloads[i].ID.Namespace]].Workloads++
	}
	b.Total.Workloads = len(b.Report.Snapshot.Workloads)
}

func (b *builder) readPods() {
	for i := range b.Report.Snapshot.Pods {
		p := &b.Report.Snapshot.Pods[i]
		if p.Node == "" && p.Phase == "Pending" {
			b.Total.Pending++
		}
		if !p.Active() {
			continue
		}
		b.pods[p.Workload]++
		asks := requestOf(p)
		ns := &b.Namespaces[b.byNS[p.Namespace]]
		ns.Pods++
		ns.Request.CPU += asks.CPU
		ns.Request.Memory += asks.Memory
		b.Total.Pods++
		if n, ok := b.nodes[p.Node]; ok {
			b.Nodes[n].Pods++
			b.Nodes[n].Requested.CPU += asks.CPU
			b.Nodes[n].Requested.Memory += asks.Memory
		}
	}
}

// requestOf is what a pod's containers ask for, with the pod's own overhead.
func requestOf(p *cluster.Pod) cluster.Amounts {
	var a cluster.Amounts
	add := func(r, l cluster.Resources) {
		if v := cmp.Or(r.CPU, l.CPU); v != nil {
			a.CPU += *v
		}
		if v := cmp.Or(r.Memory, l.Memory); v != nil {
			a.Memory += *v
		}
	}
	for i := range p.Containers {
		add(p.Containers[i].Request, p.Containers[i].Limit)
	}
	add(p.Overhead, cluster.Resources{})
	return a
}

func (b *builder) sum() {
	t := &b.Total
	for i := range b.Namespaces {
		ns := &b.Namespaces[i]
		t.Requested.CPU += ns.Request.CPU
		t.Requested.Memory += ns.Request.Memory
		t.Proposed.CPU += ns.Proposed.CPU
		t.Proposed.Memory += ns.Proposed.Memory
		t.Used.CPU += ns.Used.CPU
		t.Used.Memory += ns.Used.Memory
		t.Used.CPUKnown = t.Used.CPUKnown || ns.Used.CPUKnown
		t.Used.MemoryKnown = t.Used.MemoryKnown || ns.Used.MemoryKnown
	}
}
