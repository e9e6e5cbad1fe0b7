package e2e

import (
	"math"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// offering is what is known of an instance type outside of the program: AWS'
// on-demand price in us-east-1 per hour, the median saving of spot, and the rates
// that docs/methodology.md fits to its generation.
type offering struct {
	vcpu, gib  float64
	onDemand   float64
	spotSaving float64
	cpuRate    float64 // per vCPU and hour
	memoryRate float64 // per GiB and hour
}

var offerings = map[string]offering{
	"m5.large":    {2, 8, 0.096, 0.64, 0.035229, 0.003409},
	"m5.xlarge":   {4, 16, 0.192, 0.64, 0.035229, 0.003409},
	"m6i.2xlarge": {8, 32, 0.384, 0.64, 0.035229, 0.003409},
	"c6i.2xlarge": {8, 16, 0.34, 0.64, 0.035229, 0.003409},
	"r6g.xlarge":  {4, 32, 0.2016, 0.65, 0.028217, 0.002728},
	"m7g.xlarge":  {4, 16, 0.1632, 0.65, 0.030085, 0.002877},
}

// unsold is the scenario's instance type that nobody sells.
const unsold = "x9z.large"

func typeOf(n *corev1.Node) string { return n.Labels["node.kubernetes.io/instance-type"] }

func spot(n *corev1.Node) bool { return n.Labels["karpenter.sh/capacity-type"] == "spot" }

func (o offering) hourly(spot bool) float64 {
	if spot {
		return o.onDemand * (1 - o.spotSaving)
	}
	return o.onDemand
}

// Allocations, idle and overhead add up to the node bill, and the bill is what
// AWS asks for the nodes, to the nano-dollar. What has no price is in no sum.
func TestTheBillAddsUp(t *testing.T) {
	report := costs(t)
	total := nanos(t, report.Total)
	parts := nanos(t, report.Idle) + nanos(t, report.Overhead)
	for _, a := range report.Allocations {
		v := nanos(t, a.Hourly)
		if v < 0 {
			t.Errorf("%s/%s/%s costs %s", a.Namespace, a.Kind, a.Name, a.Hourly)
		}
		parts += v
	}
	if parts != total {
		t.Errorf("allocations, idle and overhead are %d billionths, the total is %d", parts, total)
	}
	var bill int64
	nodes := make(map[string]costNode)
	for _, n := range report.Nodes {
		bill += nanos(t, n.Hourly)
		nodes[n.Name] = n
	}
	if bill != total {
		t.Errorf("the nodes cost %d billionths, the total is %d", bill, total)
	}
	var want int64
	unpriced := 0
	for _, n := range observe(t).nodes {
		got, ok := nodes[n.Name]
		if typeOf(&n) == unsold {
			unpriced++
			if ok {
				t.Errorf("node %s of type %s has a price of %s", n.Name, unsold, got.Hourly)
			}
			if !slices.ContainsFunc(report.Unpriced, func(u struct{ Name, Why string }) bool {
				return u.Name == n.Name && strings.Contains(u.Why, unsold)
			}) {
				t.Errorf("node %s of type %s is not among the unpriced, with its type", n.Name, unsold)
			}
			continue
		}
		price := int64(math.Round(offerings[typeOf(&n)].hourly(spot(&n)) * 1e9))
		want += price
		switch {
		case !ok:
			t.Errorf("node %s of type %s has no price", n.Name, typeOf(&n))
		case nanos(t, got.Hourly) != price:
			t.Errorf("node %s (%s, spot: %v) costs %s, AWS' price is %d billionths", n.Name, typeOf(&n), spot(&n), got.Hourly, price)
		case got.InstanceType != typeOf(&n) || got.Zone != n.Labels["topology.kubernetes.io/zone"] || (got.CapacityType == "spot") != spot(&n):
			t.Errorf("node %s is described as %+v", n.Name, got)
		case got.Price.Source == "" || (got.Price.Certainty == "exact") == spot(&n):
			t.Errorf("node %s (spot: %v): the price's origin is %+v", n.Name, spot(&n), got.Price)
		}
	}
	if want != total {
		t.Errorf("the total is %d billionths, the prices' sum is %d", total, want)
	}
	if unpriced == 0 || len(report.Unpriced) != unpriced {
		t.Errorf("%d nodes are unpriced, the cluster has %d of type %s", len(report.Unpriced), unpriced, unsold)
	}
	t.Logf("total %s, of it idle %s, overhead %s, %d allocations", report.Total, report.Idle, report.Overhead, len(report.Allocations))
}

// Groups are the same money in other heaps.
func TestGroupsAddUp(t *testing.T) {
	for _, by := range []string{"namespace", "label:app.kubernetes.io/name", "nodepool"} {
		report := parseCost(t, shop.trimtab(t, "cost", "-o", "json", "--by", by).stdout)
		var groups, allocations int64
		for _, g := range report.Groups {
			groups += nanos(t, g.Hourly)
		}
		for _, a := range report.Allocations {
			allocations += nanos(t, a.Hourly)
		}
		if groups != allocations || len(report.Groups) < 2 {
			t.Errorf("by %s: %d groups of %d billionths, the allocations are %d", by, len(report.Groups), groups, allocations)
		}
	}
}

// A workload that runs on nodes without a price only has no price: not 0, and not
// that of other nodes.
func TestNoMoneyWithoutAPrice(t *testing.T) {
	l := observe(t)
	priced, unpriced := make(map[workloadID]bool), make(map[workloadID]bool)
	for i := range l.pods {
		p := &l.pods[i]
		if p.Spec.NodeName == "" || over(p) {
			continue
		}
		n := slices.IndexFunc(l.nodes, func(n corev1.Node) bool { return n.Name == p.Spec.NodeName })
		if id := l.owner[p.Namespace+"/"+p.Name]; n >= 0 && typeOf(&l.nodes[n]) == unsold {
			unpriced[id] = true
		} else {
			priced[id] = true
		}
	}
	checked := 0
	for _, r := range proposals(t).Recommendations {
		if id := r.id().workloadID; unpriced[id] && !priced[id] && id.kind != "CronJob" {
			checked++
			if r.Monthly.Freed != nil && nanos(t, *r.Monthly.Freed) != 0 {
				t.Errorf("%s runs on unpriced nodes only, and frees %s a month", r.id(), *r.Monthly.Freed)
			}
		}
	}
	for _, a := range costs(t).Allocations {
		if id := (workloadID{a.Namespace, a.Kind, a.Name}); unpriced[id] && !priced[id] {
			t.Errorf("%s runs on unpriced nodes only, and costs %s", id, a.Hourly)
		}
	}
	t.Logf("%d containers of workloads that run on unpriced nodes only", checked)
}

// share is what a workload takes, computed here.
type share struct {
	hourly float64
	// used is true where some usage counts, because it is above the request.
	used bool
}

// What each workload costs, computed here by docs/methodology.md from what
// kubectl shows of nodes and pods, AWS' prices and the raw samples.
//
// Where requests alone decide, nothing is measured and the figures are the same
// but for the six digits of the documented rates: 0.1 %. Where usage decides, the
// program's average is one of the survey's 15-minute steps: of CPU each is a mean,
// so that their average is that of all scrapes but for the edges of a pod's life
// and of gaps, 0.5 %; of memory each is a maximum, so that their average lies
// between that of all scrapes and that of the maxima of each quarter of an hour.
func TestWhatWorkloadsCost(t *testing.T) {
	const byRequest, byUsage = 0.001, 0.005
	report := costs(t)
	l := observe(t)
	raw := rawTruth(t)
	want := l.shares(raw, func(p *podTruth) float64 { return p.memoryMean })
	atMost := l.shares(raw, func(p *podTruth) float64 { return p.memoryPeaks })
	var worstRequest, worstUsage float64
	requests, usages := 0, 0
	for _, a := range report.Allocations {
		id := workloadID{a.Namespace, a.Kind, a.Name}
		w, ok := want[id]
		if a.Kind == "CronJob" {
			continue // its pods come and go while the tests run
		}
		if !ok {
			t.Errorf("%s costs %s, and has no pod on a priced node", id, a.Hourly)
			continue
		}
		got := float64(nanos(t, a.Hourly)) / 1e9
		off := got/w.hourly - 1
		low, high := w.hourly*(1-byRequest), w.hourly*(1+byRequest)
		if w.used {
			usages++
			low, high = w.hourly*(1-byUsage), atMost[id].hourly*(1+byUsage)
			worstUsage = max(worstUsage, math.Abs(off))
			t.Logf("%s by its usage: %+.3f %%, with quarter-hour maxima of memory %+.3f %%", id, 100*off, 100*(got/atMost[id].hourly-1))
		} else {
			requests++
			worstRequest = max(worstRequest, math.Abs(off))
		}
		if got < low || got > high {
			t.Errorf("%s costs %s an hour, it should be %.9f: %+.3f %% (usage above a request: %v)", id, a.Hourly, w.hourly, 100*off, w.used)
		}
	}
	t.Logf("%d workloads by their requests: at most %.4f %% off", requests, 100*worstRequest)
	t.Logf("%d workloads with usage above a request: at most %.4f %% off", usages, 100*worstUsage)
	if requests < 10 || usages < 3 {
		t.Errorf("%d workloads by request and %d by usage prove little", requests, usages)
	}
}

// shares computes what each workload takes of the nodes.
func (l *live) shares(raw truth, memoryOf func(*podTruth) float64) map[workloadID]share {
	type taken struct {
		cpu, memory float64
		id          workloadID
		used        bool
	}
	onNode := make(map[string][]taken)
	for i := range l.pods {
		p := &l.pods[i]
		if p.Spec.NodeName == "" || over(p) {
			continue
		}
		take := taken{id: l.owner[p.Namespace+"/"+p.Name]}
		for _, c := range running(&p.Spec) {
			cpu, memory := requested(c, corev1.ResourceCPU), requested(c, corev1.ResourceMemory)
			usedCPU, usedMemory := 0.0, 0.0
			if pod := raw.pod(containerID{take.id, c.Name}, p.Name); pod != nil {
				usedCPU, usedMemory = pod.cpuMean, memoryOf(pod)
			}
			take.used = take.used || usedCPU > cpu || usedMemory > memory
			take.cpu += max(cpu, usedCPU)
			take.memory += max(memory, usedMemory)
		}
		onNode[p.Spec.NodeName] = append(onNode[p.Spec.NodeName], take)
	}
	out := make(map[workloadID]share)
	for i := range l.nodes {
		n := &l.nodes[i]
		o, ok := offerings[typeOf(n)]
		if !ok {
			continue
		}
		price := o.hourly(spot(n))
		cpuWeight, memoryWeight := o.cpuRate*o.vcpu, o.memoryRate*o.gib
		cpuPart := price * cpuWeight / (cpuWeight + memoryWeight)
		capacity, allocatable := n.Status.Capacity, n.Status.Allocatable
		cores := capacity.Cpu().AsApproximateFloat64()
		bytes := capacity.Memory().AsApproximateFloat64()
		var sumCPU, sumMemory float64
		for _, take := range onNode[n.Name] {
			sumCPU += take.cpu
			sumMemory += take.memory
		}
		scaleCPU := min(1, allocatable.Cpu().AsApproximateFloat64()/sumCPU)
		scaleMemory := min(1, allocatable.Memory().AsApproximateFloat64()/sumMemory)
		for _, take := range onNode[n.Name] {
			s := out[take.id]
			s.hourly += cpuPart*take.cpu*scaleCPU/cores + (price-cpuPart)*take.memory*scaleMemory/bytes
			s.used = s.used || take.used || scaleCPU < 1 || scaleMemory < 1
			out[take.id] = s
		}
	}
	return out
}

// running are the containers that run beside each other.
func running(spec *corev1.PodSpec) []corev1.Container {
	out := slices.Clone(spec.Containers)
	for _, c := range spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			out = append(out, c)
		}
	}
	return out
}

// requested is a container's request, or its limit where only that is set.
func requested(c corev1.Container, name corev1.ResourceName) float64 {
	q, ok := c.Resources.Requests[name]
	if !ok {
		q = c.Resources.Limits[name]
	}
	return q.AsApproximateFloat64()
}
