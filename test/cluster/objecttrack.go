package cluster

import "fmt"

// objectTrack makes what kube-state-metrics says of an object that is no pod.
type objectTrack struct {
	constants []constant
	from, to  int64 // to is 0 while the object is there
	ended     bool
}

func (t *objectTrack) window(times []int64) {
	for _, at := range times {
		if t.ended || at < t.from {
			continue
		}
		if t.to > 0 && at >= t.to {
			t.ended = true
			for _, c := range t.constants {
				c.stale(at)
			}
			return
		}
		for _, c := range t.constants {
			c.append(at, c.value)
		}
	}
}

// objectTracks makes the tracks of ReplicaSets, Jobs and nodes.
func objectTracks(s *Scenario, plan *Plan) []*objectTrack {
	var out []*objectTrack
	owner := func(namespace, what, kind, name, ownerKind, ownerName string, created int64) constant {
		metric := fmt.Sprintf("kube_%s_owner", what)
		labelName := map[string]string{"replicaset": "replicaset", "job": "job_name"}[what]
		controller := "true"
		if ownerName == "" {
			ownerKind, ownerName, controller = "<none>", "<none>", "<none>"
		}
		return constant{seriesOf(false, metric, stateLabels(), map[string]string{
			"namespace": namespace, labelName: name, "owner_kind": ownerKind, "owner_name": ownerName,
			"owner_is_controller": controller,
		}), 1}
	}
	for _, rs := range plan.ReplicaSets {
		out = append(out, &objectTrack{from: rs.Created, constants: []constant{
			owner(rs.Namespace, "replicaset", KindReplicaSet, rs.Name, KindDeployment, rs.Deployment, rs.Created),
		}})
	}
	if !s.History.Lean {
		out = append(out, nodeTracks(s, plan)...)
	}
	out = append(out, offeringTracks(s)...)
	for _, j := range plan.Jobs {
		out = append(out, &objectTrack{from: j.Created, to: j.Gone, constants: []constant{
			owner(j.Namespace, "job", KindJob, j.Name, KindCronJob, j.CronJob, j.Created),
		}})
	}
	return out
}

// nodeTracks makes what kube-state-metrics says of the nodes that are still there.
func nodeTracks(s *Scenario, plan *Plan) []*objectTrack {
	created := make(map[string]int64)
	for _, n := range plan.Nodes {
		created[n.Name] = n.Created
	}
	var out []*objectTrack
	for _, n := range s.nodeObjects() {
		base := stateLabels()
		base["node"] = n.Name
		t := &objectTrack{from: created[n.Name]}
		add := func(value float64, metric string, set map[string]string) {
			t.constants = append(t.constants, constant{seriesOf(false, metric, base, set), value})
		}
		info := n.Status.NodeInfo
		add(1, "kube_node_info", map[string]string{
			"kernel_version": info.KernelVersion, "os_image": info.OSImage, "kubelet_version": info.KubeletVersion,
			"container_runtime_version": info.ContainerRuntimeVersion, "provider_id": n.Spec.ProviderID,
			"internal_ip": n.Status.Addresses[0].Address, "system_uuid": info.SystemUUID,
		})
		shown := make(map[string]string)
		for k, v := range n.Labels {
			shown["label_"+labelValue(k)] = v
		}
		add(1, "kube_node_labels", shown)
		for resource, q := range n.Status.Capacity {
			set := map[string]string{"resource": labelValue(string(resource)), "unit": unitOf(string(resource))}
			allocatable := n.Status.Allocatable[resource]
			add(q.AsApproximateFloat64(), "kube_node_status_capacity", set)
			add(allocatable.AsApproximateFloat64(), "kube_node_status_allocatable", set)
		}
		out = append(out, t)
	}
	return out
}

// offeringTracks makes what Karpenter publishes of prices.
func offeringTracks(s *Scenario) []*objectTrack {
	t := &objectTrack{}
	for _, o := range s.Offerings {
		for _, zone := range o.Zones {
			set := map[string]string{
				"job": "karpenter", "namespace": "kube-system", "service": "karpenter", "endpoint": "http-metrics",
				"instance": "10.0.1.80:8080", "instance_type": o.InstanceType, "capacity_type": o.CapacityType, "zone": zone,
			}
			const prefix = "karpenter_cloudprovider_instance_type_offering_"
			t.constants = append(t.constants,
				constant{seriesOf(false, prefix+"price_estimate", set), o.Price},
				constant{seriesOf(false, prefix+"available", set), 1})
		}
	}
	return []*objectTrack{t}
}
