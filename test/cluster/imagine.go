package cluster

import (
	"fmt"
	"time"
)

// nodeRecords lists the scenario's nodes as the history needs them.
func (s *Scenario) nodeRecords(end time.Time) []NodeRecord {
	var out []NodeRecord
	for n, node := range s.nodeObjects() {
		g, j := s.groupOf(n)
		out = append(out, NodeRecord{
			Name: node.Name, IP: node.Status.Addresses[0].Address,
			Created: end.Add(-g.nodeAge(j)).Truncate(time.Second).UnixMilli(),
		})
	}
	return out
}

// imagine lays out the history of a scenario without a cluster: pods get the
// names a cluster would give them, and nodes in turn.
func imagine(s *Scenario, end time.Time) (*Plan, error) {
	nodes := s.nodeRecords(end)
	if len(nodes) == 0 {
		return nil, fmt.Errorf("scenario %s has no nodes", s.Name)
	}
	end = end.UTC().Truncate(time.Minute)
	var live []livePod
	next := 0
	for i := range s.Workloads {
		w := &s.Workloads[i]
		key := hash(s.Seed, w.ID(), "imagined")
		add := func(name, ownerKind, ownerName string) *livePod {
			node := nodes[next%len(nodes)]
			next++
			podKey := hash(key, fmt.Sprint(next))
			live = append(live, livePod{
				namespace: w.Namespace, name: name, uid: madeUID(podKey), node: node.Name,
				ip:       fmt.Sprintf("10.0.%d.%d", next/250%128, 1+next%250),
				workload: w.ID(), ownerKind: ownerKind, ownerName: ownerName,
			})
			return &live[len(live)-1]
		}
		switch w.Kind {
		case KindDeployment, KindReplicaSet:
			set := w.Name
			if w.Kind == KindDeployment {
				set += "-" + generated(10, key)
			}
			for j := range w.Replicas {
				add(set+"-"+generated(5, key, uint64(j)), KindReplicaSet, set)
			}
		case KindDaemonSet:
			for j := range nodes {
				add(w.Name+"-"+generated(5, key, uint64(j)), w.Kind, w.Name).node = nodes[j].Name
			}
		case KindJob:
			for j := range w.Replicas {
				l := add(w.Name+"-"+generated(5, key, uint64(j)), w.Kind, w.Name)
				if l.finished = w.Finished; w.Finished {
					from := end.Add(-time.Duration(w.Age)).UnixMilli()
					l.ran = span{from, from + max(millis(w.RunFor), 60_000)}
				}
			}
		case KindStatefulSet:
			for j := range w.Replicas {
				add(fmt.Sprintf("%s-%d", w.Name, j), w.Kind, w.Name)
			}
		case KindCustom:
			for j := range w.Replicas {
				add(fmt.Sprintf("%s-%d", w.Name, j), w.Owner.Kind, w.Owner.Name)
			}
		case KindPod:
			add(w.Name, "", "")
		}
	}
	return newPlan(s, end, nodes, live)
}

// ImagineHistory makes a history that needs no cluster, ending at end rounded down
// to the minute: for tests of what reads one.
func ImagineHistory(s *Scenario, end time.Time) (*History, error) {
	plan, err := imagine(s, end)
	if err != nil {
		return nil, err
	}
	return NewHistory(s, plan)
}
