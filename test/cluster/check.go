package cluster

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Limits that keep a scenario within what one machine can hold.
const (
	maxNodes    = 10_000
	maxReplicas = 10_000
	maxLength   = 400 * 24 * time.Hour
)

// Check says what is wrong with a scenario, all of it in one error.
func (s *Scenario) Check() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if s.Name == "" {
		add("name is missing")
	}
	h := s.History
	if l := time.Duration(h.Length); l <= 0 || l > maxLength {
		add("history.length %s is not within 0 and %s", l, maxLength)
	}
	for what, d := range map[string]Duration{"scrape": h.Scrape, "stateScrape": h.StateScrape} {
		if v := time.Duration(d); v < time.Second || v > time.Hour {
			add("history.%s %s is not within 1s and 1h", what, v)
		}
	}
	if !share(h.Missed) || h.Missed == 1 {
		add("history.missed %v is not in [0,1)", h.Missed)
	}
	s.checkNodes(add)
	for _, o := range s.Offerings {
		if o.InstanceType == "" || o.CapacityType == "" || len(o.Zones) == 0 || !finite(o.Price) {
			add("offering %q: instanceType, capacityType, zones and price are needed", o.InstanceType)
		}
	}
	namespaces := make(map[string]bool)
	for _, ns := range s.Namespaces {
		if msgs := validation.IsDNS1123Label(ns.Name); len(msgs) > 0 {
			add("namespace %q: %s", ns.Name, msgs[0])
		}
		if namespaces[ns.Name] {
			add("namespace %s is there twice", ns.Name)
		}
		namespaces[ns.Name] = true
	}
	seen := make(map[string]bool)
	for i := range s.Workloads {
		w := &s.Workloads[i]
		id := w.ID()
		if seen[id] {
			add("%s is there twice", id)
		}
		seen[id] = true
		if !namespaces[w.Namespace] {
			add("%s: namespace %q is not among namespaces", id, w.Namespace)
		}
		for _, err := range w.check() {
			errs = append(errs, fmt.Errorf("%s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Scenario) checkNodes(add func(string, ...any)) {
	total := 0
	seen := make(map[string]bool)
	for _, n := range s.Nodes {
		if n.Name == "" || seen[n.Name] {
			add("node group %q: the name is missing or there twice", n.Name)
		}
		seen[n.Name] = true
		if n.InstanceType == "" {
			add("node group %s: instanceType is missing", n.Name)
		}
		if n.Count < 0 || n.Count > maxNodes {
			add("node group %s: count %d is not within 0 and %d", n.Name, n.Count, maxNodes)
		}
		total += n.Count
		if n.VCPU <= 0 || n.Memory.Sign() <= 0 || n.MaxPods <= 0 {
			add("node group %s: vcpu, memory and maxPods are needed", n.Name)
		}
		if n.CapacityType != "spot" && n.CapacityType != "on-demand" {
			add("node group %s: capacityType %q is neither spot nor on-demand", n.Name, n.CapacityType)
		}
		if n.Arch != "amd64" && n.Arch != "arm64" {
			add("node group %s: arch %q is neither amd64 nor arm64", n.Name, n.Arch)
		}
		if n.NodePool != "" && n.ManagedGroup != "" {
			add("node group %s: nodePool and managedGroup exclude each other", n.Name)
		}
	}
	if total > maxNodes {
		add("%d nodes are more than %d", total, maxNodes)
	}
}

// ID is kind namespace/name, as errors and the truth name a workload.
func (w *Workload) ID() string { return w.Kind + " " + w.Namespace + "/" + w.Name }

func (w *Workload) check() []error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	switch w.Kind {
	case KindDeployment, KindStatefulSet, KindDaemonSet, KindReplicaSet, KindJob, KindPod:
	case KindCronJob:
		if _, err := parseSchedule(w.Schedule); err != nil {
			errs = append(errs, err)
		}
	case KindCustom:
		if w.Owner == nil || w.Owner.Kind == "" || w.Owner.Name == "" || w.Owner.APIVersion == "" {
			add("owner with apiVersion, kind and name is needed")
		}
	default:
		add("kind %q is not known: there are Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob, Pod, Custom", w.Kind)
	}
	if msgs := validation.IsDNS1123Subdomain(w.Name); len(msgs) > 0 {
		add("name: %s", msgs[0])
	}
	if w.Replicas < 0 || w.Replicas > maxReplicas {
		add("replicas %d is not within 0 and %d", w.Replicas, maxReplicas)
	}
	if w.Kind == KindPod && w.Replicas != 1 {
		add("a bare pod has one replica, not %d", w.Replicas)
	}
	if w.Prometheus && w.Replicas != 1 {
		add("prometheus is for a workload of one replica")
	}
	if len(w.Containers) == 0 {
		add("containers are missing")
	}
	if len(w.Rollouts) > 0 && w.Kind != KindDeployment {
		add("rollouts are for a Deployment only")
	}
	for i := 1; i < len(w.Rollouts); i++ {
		if w.Rollouts[i].Ago >= w.Rollouts[i-1].Ago {
			add("rollouts must be listed from the oldest to the newest")
		}
	}
	for _, r := range w.Rollouts {
		if r.Ago <= 0 || !finite(r.CPU) || !finite(r.Memory) || r.Replicas < 0 || r.Replicas > maxReplicas {
			add("rollout: ago must be positive and cpu, memory, replicas not negative")
		}
	}
	for _, v := range w.Skew {
		if !finite(v) {
			add("skew %v is no factor", v)
		}
	}
	if !w.Storage.IsZero() && (w.Kind != KindStatefulSet || len(w.StorageZones) == 0) {
		add("storage is for a StatefulSet and needs storageZones")
	}
	names := make(map[string]bool)
	for _, list := range [][]Container{w.InitContainers, w.Containers} {
		for i := range list {
			c := &list[i]
			if msgs := validation.IsDNS1123Label(c.Name); len(msgs) > 0 {
				add("container %q: %s", c.Name, msgs[0])
			}
			if names[c.Name] {
				add("container %s is there twice", c.Name)
			}
			names[c.Name] = true
			if err := c.check(); err != nil {
				add("container %s: %w", c.Name, err)
			}
		}
	}
	for i := range w.Containers {
		if w.Containers[i].Sidecar {
			add("container %s: sidecar is for initContainers", w.Containers[i].Name)
		}
	}
	if w.HPA != nil && (w.HPA.Min < 1 || w.HPA.Max < w.HPA.Min || w.HPA.CPU < 0 || w.HPA.Memory < 0 || w.HPA.CPU+w.HPA.Memory == 0) {
		add("hpa: want 1 <= min <= max and cpu or memory")
	}
	if w.PDB != nil && (w.PDB.MinAvailable == "") == (w.PDB.MaxUnavailable == "") {
		add("pdb: want one of minAvailable and maxUnavailable")
	}
	return errs
}

func (c *Container) check() error {
	for _, list := range []map[string]Quantity{c.Requests, c.Limits} {
		for name := range list {
			switch name {
			case "cpu", "memory", "ephemeral-storage":
			default:
				if !strings.Contains(name, "/") {
					return fmt.Errorf("resource %q is not known", name)
				}
			}
		}
	}
	for _, name := range []string{"cpu", "memory"} {
		request, limit := c.Requests[name], c.Limits[name]
		if !limit.IsZero() && request.Cmp(limit.Quantity) > 0 {
			return fmt.Errorf("the %s request %s is above the limit %s", name, request.String(), limit.String())
		}
	}
	u := c.Usage
	for what, v := range map[string]float64{
		"cpu.daily": u.CPU.Daily, "cpu.weekend": u.CPU.Weekend, "memory.daily": u.Memory.Daily,
		"memory.cache": u.Memory.Cache, "throttled": u.Throttled,
	} {
		if !share(v) {
			return fmt.Errorf("usage.%s %v is not in [0,1]", what, v)
		}
	}
	for what, v := range map[string]float64{"cpu.noise": u.CPU.Noise, "memory.noise": u.Memory.Noise} {
		if !finite(v) || v > 10 {
			return fmt.Errorf("usage.%s %v is not in [0,10]", what, v)
		}
	}
	if math.IsNaN(u.CPU.Trend) || math.Abs(u.CPU.Trend) > 10 {
		return fmt.Errorf("usage.cpu.trend %v is not in [-10,10]", u.CPU.Trend)
	}
	if !(u.CPU.Peak >= 0 && u.CPU.Peak < 24) {
		return fmt.Errorf("usage.cpu.peak %v is no hour", u.CPU.Peak)
	}
	for _, b := range []*Burst{u.CPU.Bursts, u.Memory.Bursts} {
		if b != nil && (time.Duration(b.For) < time.Second || b.Every <= b.For) {
			return errors.New("usage: bursts need 1s <= for < every")
		}
	}
	if s := u.Memory.Saw; s != nil && time.Duration(s.Every) < time.Second {
		return errors.New("usage.memory.saw: every must be at least 1s")
	}
	if e := time.Duration(u.CrashEvery); e > 0 && e < time.Minute {
		return errors.New("usage.crashEvery must be at least 1m")
	}
	if s := u.CPU.Start; s != nil && s.For <= 0 {
		return errors.New("usage.cpu.start: for is needed")
	}
	return nil
}

func share(v float64) bool  { return v >= 0 && v <= 1 }
func finite(v float64) bool { return v >= 0 && !math.IsInf(v, 0) }
