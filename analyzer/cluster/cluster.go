// Package cluster is one Kubernetes cluster at one instant, as plain values.
//
// A Snapshot is filled once by a reader (a live API server or a recorded
// file) and never changed afterwards, so it is passed between goroutines
// without a lock. It holds facts only: nothing here knows where they came
// from, what anything costs or what should change. Environment values,
// Secrets and annotation texts never enter it; what matters of them is parsed
// at the edge (HeapSign, Owner's Word, GitOps).
package cluster

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
)

// Snapshot is a cluster at TakenAt. Slices are sorted (by name, by namespace
// and name, by WorkloadID), so equal clusters give equal snapshots.
type Snapshot struct {
	TakenAt time.Time
	// Name is the cluster's name as the connection knows it, Context the
	// kubeconfig context it was reached through.
	Name, Context string
	// Version is the control plane's, as in "v1.35.4".
	Version string
	// Region is the one most nodes are in, or "".
	Region string
	// Scope is the one namespace that was read, or "" for all of them.
	Scope string

	Namespaces []Namespace
	Nodes      []Node
	NodePools  []NodePool
	Workloads  []Workload
	Pods       []Pod

	// Missing lists what could not be read, and what its absence narrows.
	Missing []Gap
}

// Gap is a part of the cluster that could not be read.
type Gap struct {
	Resource string // plural resource name with group: "nodes", "horizontalpodautoscalers.autoscaling"
	Why      string // "forbidden", "not served", or the error's text
	Costs    string // what the answer lacks without it
	Hint     string // the permission or flag that would supply it
}

// Error says what could not be read, why, and what the answer lacks.
func (g Gap) Error() string {
	return "reading " + g.Resource + ": " + g.Why + " (" + g.Costs + ")"
}

// Unwrap carries the hint.
func (g Gap) Unwrap() error { return hint.New(g.Why, g.Hint) }

// Namespace is a namespace and what it imposes on its containers.
type Namespace struct {
	Name   string
	Labels map[string]string
	// LimitRanges and Quotas are names of the objects that bound container
	// resources there.
	LimitRanges, Quotas []string
	// Ignore and Policy are the owner's word: the namespace's trimtab.dev/…
	// annotations.
	Ignore bool
	Policy string
}

// WorkloadID names the topmost owner of pods: a Deployment, StatefulSet,
// DaemonSet, ReplicaSet, Job, CronJob, an object of any kind the program has
// never heard of, or a bare Pod.
type WorkloadID struct {
	Namespace, Kind, Name string
}

// String is namespace/kind/name.
func (id WorkloadID) String() string { return id.Namespace + "/" + id.Kind + "/" + id.Name }

// Compare orders by namespace, then name, then kind.
func (id WorkloadID) Compare(o WorkloadID) int {
	return cmp.Or(strings.Compare(id.Namespace, o.Namespace), strings.Compare(id.Name, o.Name), strings.Compare(id.Kind, o.Kind))
}

// ContainerID names a container of a workload's pod template.
type ContainerID struct {
	Workload  WorkloadID
	Container string
}

// String is namespace/kind/name/container.
func (id ContainerID) String() string { return id.Workload.String() + "/" + id.Container }

// Compare orders by workload, then container name.
func (id ContainerID) Compare(o ContainerID) int {
	return cmp.Or(id.Workload.Compare(o.Workload), strings.Compare(id.Container, o.Container))
}

// Resources are amounts that may be unset. nil means unset, which Kubernetes
// treats differently from zero.
type Resources struct {
	CPU    *unit.MilliCPU
	Memory *unit.Bytes
}

// Workload is a topmost owner with its pod template.
type Workload struct {
	ID         WorkloadID
	APIVersion string // "apps/v1"; "" where only an owner reference names it
	Labels     map[string]string
	CreatedAt  time.Time // zero where unknown

	// Replicas is how many pods the workload asks for now: spec.replicas, a
	// DaemonSet's desired number, a Job's parallelism; for kinds without such
	// a field, and CronJobs, the pods that exist.
	Replicas   int
	Containers []Container

	// Autoscalers are the objects that change this workload's size or
	// resources by themselves.
	Autoscalers []Autoscaler
	// OwnedBy is the controller above it that would undo an edit, as
	// "PostgresCluster/main", or "" for an object people write themselves.
	OwnedBy string
	// Known is false for an owner of a kind whose pod template cannot be read:
	// its containers are those of its newest pod.
	Known bool

	// The owner's word, from trimtab.dev/… annotations.
	Ignore bool   // trimtab.dev/ignore
	Policy string // trimtab.dev/policy
	Peak   string // trimtab.dev/peak: "monthly"
}

// Autoscaler is an object that scales a workload: a HorizontalPodAutoscaler,
// a KEDA ScaledObject, a VerticalPodAutoscaler.
type Autoscaler struct {
	Kind, Name string
	// CPU and Memory tell which resource's requests its decisions rest on.
	CPU, Memory bool
	// CPUTarget and MemoryTarget are the average utilization of the request, in
	// percent, that it keeps; 0 where it does not scale on that resource's
	// utilization.
	CPUTarget, MemoryTarget int
	// Min and Max are the replicas it stays between; 0 where unknown or where
	// it does not change the number of replicas.
	Min, Max int
	// Updates is true for a VerticalPodAutoscaler that writes requests itself.
	Updates bool
}

// Container is a container of a pod template, native sidecars included.
type Container struct {
	Name  string
	Image string
	// Sidecar is an init container with restartPolicy Always.
	Sidecar        bool
	Request, Limit Resources
	Heap           HeapSign
}

// HeapSign is what the template shows of a managed heap, which keeps memory
// that its program no longer needs: usage below the heap's bound says little.
type HeapSign struct {
	Runtime string     // "jvm", "go", "node", or "" where nothing shows one
	Max     unit.Bytes // the heap's bound where it is written as an amount; 0 where unknown
	Percent float64    // the heap's bound as a share of the memory limit, in (0,100]; 0 where not written so
	Sign    string     // what shows it: "JAVA_TOOL_OPTIONS", "image eclipse-temurin"
}

// Pod is a pod that exists.
type Pod struct {
	Namespace, Name string
	Workload        WorkloadID
	Node            string // "" while unscheduled
	Phase           string // Pending, Running, Succeeded, Failed, Unknown
	QOS             string // Guaranteed, Burstable, BestEffort
	CreatedAt       time.Time
	Containers      []PodContainer
	// Overhead is the pod's own, from its RuntimeClass.
	Overhead Resources
}

// PodContainer is one container of a pod that exists, with the resources it
// runs with, which an in-place resize may have moved away from the template.
type PodContainer struct {
	Name           string
	Sidecar        bool
	Request, Limit Resources
	Restarts       int
	// LastTermination is why the container last stopped, or nil.
	LastTermination *Termination
}

// Termination is the end of a container's run.
type Termination struct {
	Reason string // "OOMKilled", "Error", "Completed"
	At     time.Time
}

// Active reports whether the pod holds its requests on a node: scheduled and
// neither succeeded nor failed.
func (p *Pod) Active() bool {
	return p.Node != "" && p.Phase != "Succeeded" && p.Phase != "Failed"
}

// Capacity types, in Karpenter's words.
const (
	OnDemand = "on-demand"
	Spot     = "spot"
	Reserved = "reserved"
)

// Node is a node and what it offers.
type Node struct {
	Name         string
	InstanceType string // "" where no label says it
	Region, Zone string
	CapacityType string // OnDemand, Spot, Reserved, or "" where no label says it
	Arch         string // "amd64", "arm64"
	Pool         string // name of the NodePool it belongs to, or ""
	PoolKind     string // kind of that NodePool; "" for Fargate
	Fargate      bool
	ProviderID   string
	CreatedAt    time.Time

	Capacity, Allocatable Amounts
	Ready, Unschedulable  bool
}

// Amounts are known amounts of each resource.
type Amounts struct {
	CPU    unit.MilliCPU
	Memory unit.Bytes
	Pods   int
	GPU    int
}

// NodePool is a set of nodes made from one specification.
type NodePool struct {
	Name string
	// Kind is "NodePool" (Karpenter), "NodeGroup" (EKS managed) or
	// "unmanaged" for nodes that name neither; its Name is then "" or what
	// eksctl calls the group.
	Kind string
}

// Key identifies the pod within the cluster.
func (p *Pod) Key() PodKey { return PodKey{p.Namespace, p.Name} }

// PodKey names a pod.
type PodKey struct{ Namespace, Name string }

// Workload finds a workload by identity in the sorted list; false where the
// snapshot has none of that name.
func (s *Snapshot) Workload(id WorkloadID) (*Workload, bool) {
	i, ok := slices.BinarySearchFunc(s.Workloads, id, func(w Workload, id WorkloadID) int { return w.ID.Compare(id) })
	if !ok {
		return nil, false
	}
	return &s.Workloads[i], true
}

// Namespace finds a namespace by name. A namespace that could not be read is
// not found; what it imposes is then unknown.
func (s *Snapshot) Namespace(name string) (*Namespace, bool) {
	i, ok := slices.BinarySearchFunc(s.Namespaces, name, func(n Namespace, name string) int { return strings.Compare(n.Name, name) })
	if !ok {
		return nil, false
	}
	return &s.Namespaces[i], true
}

// Container finds a container of the template by name.
func (w *Workload) Container(name string) (*Container, bool) {
	for i := range w.Containers {
		if w.Containers[i].Name == name {
			return &w.Containers[i], true
		}
	}
	return nil, false
}

// Sort puts every list into the order that lookups and reports rely on.
// Readers call it once, when the snapshot is complete.
func (s *Snapshot) Sort() {
	slices.SortFunc(s.Namespaces, func(a, b Namespace) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Nodes, func(a, b Node) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.NodePools, func(a, b NodePool) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	slices.SortFunc(s.Workloads, func(a, b Workload) int { return a.ID.Compare(b.ID) })
	slices.SortFunc(s.Pods, func(a, b Pod) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	slices.SortFunc(s.Missing, func(a, b Gap) int { return strings.Compare(a.Resource, b.Resource) })
}

// Lacks reports whether a resource could not be read, by its plural name
// without the group.
func (s *Snapshot) Lacks(resource string) bool {
	return slices.ContainsFunc(s.Missing, func(g Gap) bool {
		name, _, _ := strings.Cut(g.Resource, ".")
		return name == resource
	})
}
