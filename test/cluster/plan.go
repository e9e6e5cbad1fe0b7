package cluster

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Plan is which pods were there and when: the input of the history beside
// the scenario. Together with it, it determines every sample.
type Plan struct {
	// End is the instant at which the history ends, a full minute.
	End         time.Time          `json:"end"`
	Nodes       []NodeRecord       `json:"nodes"`
	Pods        []PodRecord        `json:"pods"`
	ReplicaSets []ReplicaSetRecord `json:"replicaSets"`
	Jobs        []JobRecord        `json:"jobs"`
}

// NodeRecord is a node that was scraped.
type NodeRecord struct {
	Name string `json:"name"`
	IP   string `json:"ip"`
	// Created is in milliseconds since the epoch; Gone marks a node that left
	// before the end.
	Created int64 `json:"created"`
	Gone    bool  `json:"gone,omitempty"`
}

// PodRecord is one pod, present or past. Times are milliseconds since the epoch.
type PodRecord struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
	Node      string `json:"node"`
	IP        string `json:"ip,omitempty"`
	// Workload is Workload.ID, Replica the pod's place in it.
	Workload  string `json:"workload"`
	Replica   int    `json:"replica"`
	OwnerKind string `json:"ownerKind,omitempty"`
	OwnerName string `json:"ownerName,omitempty"`
	// FactorCPU and FactorMemory multiply the scenario's usage.
	FactorCPU    float64 `json:"factorCPU"`
	FactorMemory float64 `json:"factorMemory"`
	Start        int64   `json:"start"`
	// Stop is when its containers ended, Gone when the pod was deleted; 0 is not yet.
	Stop int64 `json:"stop,omitempty"`
	Gone int64 `json:"gone,omitempty"`
	// Live marks a pod that is in the cluster.
	Live bool `json:"live,omitempty"`
}

// ReplicaSetRecord is a ReplicaSet, present or past, and its Deployment.
type ReplicaSetRecord struct {
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	Deployment string `json:"deployment,omitempty"`
	Created    int64  `json:"created"`
}

// JobRecord is a Job, present or past, and its CronJob.
type JobRecord struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	CronJob   string `json:"cronJob,omitempty"`
	Created   int64  `json:"created"`
	Gone      int64  `json:"gone,omitempty"`
}

// safeAlphabet is what Kubernetes takes the letters of generated names from.
const safeAlphabet = "bcdfghjklmnpqrstvwxz2456789"

// generated makes a name's suffix the way Kubernetes' generated ones look.
func generated(n int, parts ...uint64) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = safeAlphabet[int(unit(append(slices.Clone(parts), uint64(i))...)*float64(len(safeAlphabet)))]
	}
	return string(out)
}

// madeUID makes a UID that follows from its arguments.
func madeUID(parts ...uint64) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := range 32 {
		switch i {
		case 8, 12, 16, 20:
			b.WriteByte('-')
		}
		digit := hex[int(unit(append(slices.Clone(parts), 0x1d, uint64(i))...)*16)]
		switch i {
		case 12:
			digit = '4'
		case 16:
			digit = hex[8+int(digit)%4]
		}
		b.WriteByte(digit)
	}
	return b.String()
}

// livePod is a pod as the cluster shows it, or as an imagined cluster would.
type livePod struct {
	namespace, name, uid, node, ip string
	workload                       string // Workload.ID
	ownerKind, ownerName           string
	finished                       bool
	ran                            span // of a finished pod
}

// planner turns live pods into a Plan with what went before them.
type planner struct {
	s     *Scenario
	end   int64
	start int64 // of the history
	plan  *Plan
	nodes map[string]NodeRecord
}

// newPlan lays out the history that leads to the live pods and ends at end.
func newPlan(s *Scenario, end time.Time, nodes []NodeRecord, live []livePod) (*Plan, error) {
	end = end.UTC().Truncate(time.Minute)
	p := &planner{
		s: s, end: end.UnixMilli(), start: end.Add(-time.Duration(s.History.Length)).UnixMilli(),
		plan: &Plan{End: end}, nodes: make(map[string]NodeRecord),
	}
	for _, n := range nodes {
		p.nodes[n.Name] = n
	}
	p.plan.Nodes = append(p.plan.Nodes, nodes...)
	p.addGoneNodes()

	byWorkload := make(map[string][]livePod)
	for _, l := range live {
		byWorkload[l.workload] = append(byWorkload[l.workload], l)
	}
	for i := range s.Workloads {
		w := &s.Workloads[i]
		pods := byWorkload[w.ID()]
		delete(byWorkload, w.ID())
		sort.Slice(pods, func(a, b int) bool { return naturalLess(pods[a].name, pods[b].name) })
		if err := p.addWorkload(w, pods); err != nil {
			return nil, fmt.Errorf("%s: %w", w.ID(), err)
		}
	}
	for id := range byWorkload {
		return nil, fmt.Errorf("pods of %q, which the scenario does not have", id)
	}
	return p.plan, nil
}

// addGoneNodes adds the nodes on which pods ran that have been moved since.
func (p *planner) addGoneNodes() {
	for i := range 6 {
		n := NodeRecord{
			Name: fmt.Sprintf("ip-10-0-20%d-%d.ec2.internal", i, 10+i*17), IP: fmt.Sprintf("10.0.20%d.%d", i, 10+i*17),
			Created: p.start - dayMillis, Gone: true,
		}
		if _, taken := p.nodes[n.Name]; !taken {
			p.plan.Nodes = append(p.plan.Nodes, n)
		}
	}
}

func (p *planner) goneNode(key uint64) string {
	i := int(unit(key, 9) * 6)
	return fmt.Sprintf("ip-10-0-20%d-%d.ec2.internal", i, 10+i*17)
}

// addWorkload adds a workload's present pods and what went before them.
func (p *planner) addWorkload(w *Workload, pods []livePod) error {
	born := p.end - int64(defaultAge/time.Millisecond)
	if w.Age > 0 {
		born = p.end - millis(w.Age)
	}
	if w.Kind == KindCronJob {
		return p.addCronJob(w, pods)
	}
	rolled := born
	for _, r := range w.Rollouts {
		rolled = max(rolled, p.end-millis(r.Ago))
	}
	owners := make(map[string]bool)
	for i, l := range pods {
		key := hash(p.s.Seed, w.ID(), "replica", fmt.Sprint(i))
		// Replicas come up one after another; long-lived pods are replaced every
		// now and then.
		start := rolled + int64(i)*25_000
		if rolled < p.start && w.Kind != KindDaemonSet {
			start = max(start, p.end-int64((20+30*unit(key, 4))*float64(dayMillis)))
		}
		created := start
		if n, ok := p.nodes[l.node]; ok && start < n.Created {
			created = n.Created + int64(60_000+unit(key, 5)*120_000)
		}
		rec := p.record(w, l, i, created)
		if l.finished {
			rec.Start, rec.Stop = l.ran.from, l.ran.to
		}
		if w.Kind == KindDeployment || w.Kind == KindReplicaSet {
			if !owners[l.ownerName] {
				owners[l.ownerName] = true
				rs := ReplicaSetRecord{Namespace: w.Namespace, Name: l.ownerName, Created: rolled}
				if w.Kind == KindDeployment {
					rs.Deployment = w.Name
				}
				p.plan.ReplicaSets = append(p.plan.ReplicaSets, rs)
			}
		}
		p.addPod(rec)
		if w.Kind == KindJob && i == 0 {
			p.plan.Jobs = append(p.plan.Jobs, JobRecord{Namespace: w.Namespace, Name: w.Name, Created: rec.Start - 2000})
		}
		// The pod that this one took over from when its node came.
		if created > start && created > p.start && movable(w.Kind) && !l.finished {
			p.addPod(p.moved(w, rec, max(start, p.start-dayMillis), created, key))
		}
	}
	if w.Kind == KindDeployment {
		p.addRollouts(w, born, len(pods))
		if w.HPA != nil && len(pods) > 0 {
			p.addPeaks(w, pods[0].ownerName, rolled)
		}
	}
	return nil
}

// movable says whether a node's end makes another pod elsewhere.
func movable(kind string) bool {
	switch kind {
	case KindDeployment, KindReplicaSet, KindStatefulSet, KindCustom:
		return true
	}
	return false
}

func (p *planner) record(w *Workload, l livePod, replica int, start int64) PodRecord {
	factor := skewOf(w, replica)
	return PodRecord{
		Namespace: l.namespace, Name: l.name, UID: l.uid, Node: l.node, IP: l.ip,
		Workload: w.ID(), Replica: replica, OwnerKind: l.ownerKind, OwnerName: l.ownerName,
		FactorCPU: factor, FactorMemory: 1 + (factor-1)/2, Start: start, Live: true,
	}
}

func skewOf(w *Workload, replica int) float64 {
	if replica < len(w.Skew) {
		return w.Skew[replica]
	}
	return 1
}

// moved is the pod before rec, on a node that has gone.
func (p *planner) moved(w *Workload, rec PodRecord, start, stop int64, key uint64) PodRecord {
	old := rec
	old.Live, old.Start, old.Stop, old.Gone = false, start, stop-45_000, stop-15_000
	old.Node, old.IP = p.goneNode(key), fmt.Sprintf("10.0.210.%d", 1+int(unit(key, 6)*250))
	old.UID = madeUID(key, 1)
	if w.Kind == KindDeployment || w.Kind == KindReplicaSet {
		old.Name = rec.OwnerName + "-" + generated(5, key, 7)
	}
	return old
}

// addRollouts adds the pods of earlier templates.
func (p *planner) addRollouts(w *Workload, born int64, replicas int) {
	from := born
	for i, r := range w.Rollouts {
		to := p.end - millis(r.Ago)
		key := hash(p.s.Seed, w.ID(), "rollout", fmt.Sprint(i))
		name := w.Name + "-" + oldHash(p.s, w, i)
		p.plan.ReplicaSets = append(p.plan.ReplicaSets,
			ReplicaSetRecord{Namespace: w.Namespace, Name: name, Deployment: w.Name, Created: from})
		count := replicas
		if r.Replicas > 0 {
			count = r.Replicas
		}
		for j := range count {
			podKey := hash(key, fmt.Sprint(j))
			factor := skewOf(w, j)
			stop := to + int64(j)*25_000
			p.addPod(PodRecord{
				Namespace: w.Namespace, Name: name + "-" + generated(5, podKey), UID: madeUID(podKey), Node: p.goneNode(podKey),
				IP:       fmt.Sprintf("10.0.211.%d", 1+int(unit(podKey, 6)*250)),
				Workload: w.ID(), Replica: j, OwnerKind: KindReplicaSet, OwnerName: name,
				FactorCPU: factor * orOne(r.CPU), FactorMemory: (1 + (factor-1)/2) * orOne(r.Memory),
				Start: from + int64(j)*25_000, Stop: stop, Gone: stop + 30_000,
			})
		}
		from = to
	}
}

// oldHash is the pod-template-hash of a workload's rollout before the present.
func oldHash(s *Scenario, w *Workload, i int) string {
	return generated(10, hash(s.Seed, w.ID(), "template", fmt.Sprint(i)))
}

func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}

// addPeaks adds the pods by which an autoscaler widened the workload around the
// peak of each past day.
func (p *planner) addPeaks(w *Workload, replicaSet string, since int64) {
	more := min(w.Replicas/2, w.HPA.Max-w.Replicas)
	peak := w.Containers[0].Usage.CPU.Peak
	if peak == 0 {
		peak = 14
	}
	hour := dayMillis / 24
	for day := max(since, p.start) / dayMillis; day*dayMillis < p.end; day++ {
		for j := range more {
			key := hash(p.s.Seed, w.ID(), "peak", fmt.Sprint(day), fmt.Sprint(j))
			start := day*dayMillis + int64((peak-3+unit(key, 1))*float64(hour))
			stop := start + int64((5+unit(key, 2))*float64(hour))
			// Pods that would still be there are not: the present ones are
			// the live ones.
			if start < max(since, p.start) || stop+60_000 > p.end {
				continue
			}
			nodes := p.plan.Nodes
			node := nodes[int(unit(key, 3)*float64(len(nodes)))]
			if node.Created > start {
				node.Name = p.goneNode(key)
			}
			p.addPod(PodRecord{
				Namespace: w.Namespace, Name: replicaSet + "-" + generated(5, key), UID: madeUID(key), Node: node.Name,
				IP:       fmt.Sprintf("10.0.212.%d", 1+int(unit(key, 6)*250)),
				Workload: w.ID(), Replica: w.Replicas + j, OwnerKind: KindReplicaSet, OwnerName: replicaSet,
				FactorCPU: 1, FactorMemory: 1, Start: start, Stop: stop, Gone: stop + 30_000,
			})
		}
	}
}

// addPod adds a pod if any of its life is in the history.
func (p *planner) addPod(rec PodRecord) {
	if rec.Start >= p.end || (rec.Gone > 0 && rec.Gone <= p.start) {
		return
	}
	p.plan.Pods = append(p.plan.Pods, rec)
}

// naturalLess orders names so that numbers at their end count: web-2 before web-10.
func naturalLess(a, b string) bool {
	pa, na := splitNumber(a)
	pb, nb := splitNumber(b)
	if pa != pb {
		return pa < pb
	}
	if na != nb {
		return na < nb
	}
	return a < b
}

func splitNumber(s string) (string, int) {
	i := len(s)
	for i > 0 && i > len(s)-9 && s[i-1] >= '0' && s[i-1] <= '9' {
		i--
	}
	n := 0
	for _, c := range s[i:] {
		n = n*10 + int(c-'0')
	}
	return s[:i], n
}
