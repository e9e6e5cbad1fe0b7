package screen

import (
	"cmp"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// readContainers makes the rows of the workloads and sums them by namespace.
func (b *builder) readContainers() {
	b.Containers = make([]Container, len(b.Recs))
	present := b.presentUsage()
	for i := range b.Recs {
		r := &b.Recs[i]
		c := &b.Containers[i]
		c.Rec, c.Key, c.Name = r, r.ID().String(), r.Workload.Name
		c.Pods = b.pods[r.Workload]
		if w, ok := b.Report.Snapshot.Workload(r.Workload); ok {
			c.Template, _ = w.Container(r.Container)
			if len(w.Containers) > 1 {
				c.Name += "/" + r.Container
			}
		}
		c.Search = strings.ToLower(r.Workload.Namespace + "/" + r.Workload.Name + "/" + r.Container + " " + r.Workload.Kind)
		b.byKey[c.Key] = i
		b.use(c, present[r.ID()])
		b.Total.Counts.add(r)
		if n, ok := b.byNS[r.Workload.Namespace]; ok {
			b.count(&b.Namespaces[n], c, i)
		}
	}
	for i := range b.Namespaces {
		ns := &b.Namespaces[i]
		ns.Proposed.CPU += ns.Request.CPU
		ns.Proposed.Memory += ns.Request.Memory
	}
}

// count adds a container to its namespace.
func (b *builder) count(ns *Namespace, c *Container, row int) {
	ns.Rows = append(ns.Rows, row)
	ns.Counts.add(c.Rec)
	pods := float64(c.Pods)
	if c.mean.CPUKnown {
		ns.Used.CPU += c.mean.CPU * pods
		ns.Used.CPUKnown = true
	}
	if c.mean.MemoryKnown {
		ns.Used.Memory += c.mean.Memory * pods
		ns.Used.MemoryKnown = true
	}
	if c.Rec.Status != recommend.Proposed {
		return
	}
	ns.Money.Add(c.Rec)
	b.Total.Money.Add(c.Rec)
	ns.Proposed.CPU -= c.Rec.FreedCPU
	ns.Proposed.Memory -= c.Rec.FreedMemory
}

// presentUsage is the usage now by container, of the pod that uses most of
// each resource.
func (b *builder) presentUsage() map[cluster.ContainerID]presentUse {
	if b.Report.Usage == nil || len(b.Report.Usage.Present) == 0 {
		return nil
	}
	out := map[cluster.ContainerID]presentUse{}
	for i := range b.Report.Snapshot.Pods {
		p := &b.Report.Snapshot.Pods[i]
		for name, s := range b.Report.Usage.Present[p.Key()] {
			id := cluster.ContainerID{Workload: p.Workload, Container: name}
			e := out[id]
			e.pods++
			e.sum.CPU += s.CPU
			e.sum.Memory += s.Memory
			e.most.CPU = max(e.most.CPU, s.CPU)
			e.most.Memory = max(e.most.Memory, s.Memory)
			if s.At.After(e.most.At) {
				e.most.At = s.At
			}
			out[id] = e
		}
	}
	return out
}

type presentUse struct {
	pods      int
	sum, most usage.Sample
}

// use fills in what a container uses: its mean over the window, or what it
// uses now where no history is known.
func (b *builder) use(c *Container, now presentUse) {
	if now.pods > 0 {
		c.Present, c.PresentKnown, c.PresentPods = now.most, true, now.pods
	}
	if h := b.Facts.History(c); h != nil {
		c.mean.CPU, c.mean.CPUKnown = meanOf(&h.CPU)
		c.mean.Memory, c.mean.MemoryKnown = meanOf(&h.Memory)
	}
	if c.mean.CPUKnown || c.mean.MemoryKnown {
		b.Total.Measured++
	}
	if now.pods > 0 {
		if !c.mean.CPUKnown {
			c.mean.CPU, c.mean.CPUKnown = now.sum.CPU/float64(now.pods), true
		}
		if !c.mean.MemoryKnown {
			c.mean.Memory, c.mean.MemoryKnown = now.sum.Memory/float64(now.pods), true
		}
	}
}

// meanOf is the average sample of a series; false without samples.
func meanOf(s *usage.Series) (mean float64, known bool) {
	var n uint64
	sum := 0.0
	for i := range s.Pods {
		d := &s.Pods[i].Dist
		if m, ok := d.Mean(); ok {
			sum += m * float64(d.Count())
			n += d.Count()
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / float64(n), true
}

// price splits what each workload costs among its containers, by the larger
// of request and usage, and sums it by namespace.
func (b *builder) price() {
	if b.Report.Allocation == nil {
		return
	}
	rows := map[cluster.WorkloadID][]int{}
	for i := range b.Containers {
		id := b.Containers[i].Rec.Workload
		rows[id] = append(rows[id], i)
	}
	costs := b.Report.Allocation.Workloads
	for i := range costs {
		w := &costs[i]
		if n, ok := b.byNS[w.ID.Namespace]; ok {
			b.Namespaces[n].Cost += w.Rate
			b.Namespaces[n].Priced = true
		}
		of := rows[w.ID]
		cpu, memory := make([]float64, len(of)), make([]float64, len(of))
		for k, row := range of {
			cpu[k], memory[k] = takes(&b.Containers[row])
		}
		cpuParts, memoryParts := unit.Split(w.CPU, cpu), unit.Split(w.Memory, memory)
		for k, row := range of {
			b.Containers[row].Cost = cpuParts[k] + memoryParts[k]
			b.Containers[row].Priced = true
		}
	}
}

// takes is the larger of request and mean usage of one pod's container.
func takes(c *Container) (cpu, memory float64) {
	now := c.Rec.Current
	if v := cmp.Or(now.Request.CPU, now.Limit.CPU); v != nil {
		cpu = v.Cores()
	}
	if v := cmp.Or(now.Request.Memory, now.Limit.Memory); v != nil {
		memory = float64(*v)
	}
	return max(cpu, c.mean.CPU), max(memory, c.mean.Memory)
}
