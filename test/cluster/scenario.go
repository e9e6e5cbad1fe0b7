package cluster

import "time"

// Scenario is a cluster to make and the truth about what it uses. See README.md
// for the file format.
type Scenario struct {
	Name        string      `yaml:"name"`
	Description string      `yaml:"description"`
	Seed        uint64      `yaml:"seed"`
	Region      string      `yaml:"region"`
	History     HistorySpec `yaml:"history"`
	Nodes       []NodeGroup `yaml:"nodes"`
	Namespaces  []Namespace `yaml:"namespaces"`
	Workloads   []Workload  `yaml:"workloads"`
	Offerings   []Offering  `yaml:"offerings"`
	// Objects are created as they stand, before the workloads.
	Objects []map[string]any `yaml:"objects"`
}

// HistorySpec says how much is written and how often it was scraped.
type HistorySpec struct {
	// Length is how far the history reaches back from its end.
	Length Duration `yaml:"length"`
	// Scrape is the interval of the kubelet targets, StateScrape the one of
	// kube-state-metrics.
	Scrape      Duration `yaml:"scrape"`
	StateScrape Duration `yaml:"stateScrape"`
	// Missed is the share of scrapes that failed, in [0,1).
	Missed float64 `yaml:"missed"`
	// Gaps are times at which nothing was scraped at all.
	Gaps []Gap `yaml:"gaps"`
	// Lean leaves out everything but CPU, working set, owners, phase, requests
	// and limits; for load tests.
	Lean bool `yaml:"lean"`
}

// Gap is a stretch without samples.
type Gap struct {
	// Ago is how long before the end of the history the gap began.
	Ago Duration `yaml:"ago"`
	For Duration `yaml:"for"`
}

// NodeGroup is a number of nodes alike.
type NodeGroup struct {
	Name         string `yaml:"name"`
	Count        int    `yaml:"count"`
	InstanceType string `yaml:"instanceType"`
	Arch         string `yaml:"arch"`
	VCPU         int    `yaml:"vcpu"`
	// Memory is the instance type's nominal memory; what a node shows is
	// less, see NodeGroup.capacity.
	Memory  Quantity `yaml:"memory"`
	MaxPods int      `yaml:"maxPods"`
	// Zones are taken in turn.
	Zones []string `yaml:"zones"`
	// CapacityType is spot or on-demand.
	CapacityType string `yaml:"capacityType"`
	// NodePool names the Karpenter pool, NodeGroup the EKS managed node group;
	// one of them, or neither.
	NodePool       string            `yaml:"nodePool"`
	ManagedGroup   string            `yaml:"managedGroup"`
	Labels         map[string]string `yaml:"labels"`
	Taints         []Taint           `yaml:"taints"`
	KubeletVersion string            `yaml:"kubeletVersion"`
	KernelVersion  string            `yaml:"kernelVersion"`
	OSImage        string            `yaml:"osImage"`
	// Age is how long before the end of the history the nodes were made.
	Age Duration `yaml:"age"`
}

// Offering is a price that Karpenter publishes as a metric.
type Offering struct {
	InstanceType string   `yaml:"instanceType"`
	CapacityType string   `yaml:"capacityType"`
	Zones        []string `yaml:"zones"`
	// Price is in dollars an hour.
	Price float64 `yaml:"price"`
}

// Taint is a node's taint.
type Taint struct {
	Key    string `yaml:"key"`
	Value  string `yaml:"value"`
	Effect string `yaml:"effect"`
}

// Namespace is a namespace with what limits it.
type Namespace struct {
	Name        string            `yaml:"name"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
	LimitRange  *LimitRange       `yaml:"limitRange"`
	// Quota holds the hard limits of a ResourceQuota.
	Quota map[string]Quantity `yaml:"quota"`
	Age   Duration            `yaml:"age"`
}

// LimitRange is the container item of a LimitRange.
type LimitRange struct {
	Default        map[string]Quantity `yaml:"default"`
	DefaultRequest map[string]Quantity `yaml:"defaultRequest"`
	Min            map[string]Quantity `yaml:"min"`
	Max            map[string]Quantity `yaml:"max"`
}

// The kinds of workload a scenario can hold. KindCustom stands for pods made
// by an operator, whose owner is an object of a custom kind.
const (
	KindDeployment  = "Deployment"
	KindStatefulSet = "StatefulSet"
	KindDaemonSet   = "DaemonSet"
	KindReplicaSet  = "ReplicaSet"
	KindJob         = "Job"
	KindCronJob     = "CronJob"
	KindPod         = "Pod"
	KindCustom      = "Custom"
)

// Workload is one workload, what its pods hold and what they truly use.
type Workload struct {
	Kind      string `yaml:"kind"`
	Namespace string `yaml:"namespace"`
	Name      string `yaml:"name"`
	// Replicas is the number of pods; a DaemonSet has as many as nodes fit.
	Replicas int `yaml:"replicas"`
	// Age is how long before the end of the history the workload was made; zero
	// stands for before the history began.
	Age            Duration          `yaml:"age"`
	Labels         map[string]string `yaml:"labels"`
	Annotations    map[string]string `yaml:"annotations"`
	PodLabels      map[string]string `yaml:"podLabels"`
	PodAnnotations map[string]string `yaml:"podAnnotations"`
	Placement      Placement         `yaml:"placement"`
	InitContainers []Container       `yaml:"initContainers"`
	Containers     []Container       `yaml:"containers"`
	HPA            *HPA              `yaml:"hpa"`
	PDB            *PDB              `yaml:"pdb"`
	// Owner is the owning object of KindCustom; it must be among the scenario's
	// objects.
	Owner *Owner `yaml:"owner"`
	// Schedule is the cron line of a CronJob: minute and hour fields only may
	// differ from "*". RunFor is how long a run takes.
	Schedule string   `yaml:"schedule"`
	RunFor   Duration `yaml:"runFor"`
	// Finished makes a Job one that has ended.
	Finished bool `yaml:"finished"`
	// Storage gives each replica of a StatefulSet a volume of that size, in
	// StorageZones in turn.
	Storage      Quantity `yaml:"storage"`
	StorageZones []string `yaml:"storageZones"`
	// Rollouts are changes of the pod template inside the history, whose earlier
	// pods are in it.
	Rollouts []Rollout `yaml:"rollouts"`
	// Skew multiplies the usage of each replica in turn; missing ones are 1.
	Skew []float64 `yaml:"skew"`
	// SameContainerID keeps the container id over a restart, so that a restart
	// shows as a counter reset and not as a new series.
	SameContainerID bool `yaml:"sameContainerID"`
	// Prometheus marks the workload whose pod stands for the real Prometheus: the
	// service proxy and port-forward lead there. It must have one replica.
	Prometheus bool `yaml:"prometheus"`
	// Gaps are times at which this workload's containers were not scraped.
	Gaps []Gap `yaml:"gaps"`
}

// Placement says where pods may run.
type Placement struct {
	NodeSelector      map[string]string `yaml:"nodeSelector"`
	Tolerations       []Toleration      `yaml:"tolerations"`
	PriorityClass     string            `yaml:"priorityClass"`
	HostNetwork       bool              `yaml:"hostNetwork"`
	SpreadZones       bool              `yaml:"spreadZones"`
	AntiAffinityHost  bool              `yaml:"antiAffinityHost"`
	DoNotDisrupt      bool              `yaml:"doNotDisrupt"`
	LocalVolume       bool              `yaml:"localVolume"`
	TerminationPeriod Duration          `yaml:"terminationPeriod"`
}

// Toleration tolerates a taint; an empty key tolerates all.
type Toleration struct {
	Key    string `yaml:"key"`
	Value  string `yaml:"value"`
	Effect string `yaml:"effect"`
}

// HPA is an autoscaling/v2 HorizontalPodAutoscaler on resources.
type HPA struct {
	Min    int `yaml:"min"`
	Max    int `yaml:"max"`
	CPU    int `yaml:"cpu"`    // target utilization of the request, percent; 0 is none
	Memory int `yaml:"memory"` // the same for memory
}

// PDB is a PodDisruptionBudget; one of the two is set, a number or a percentage.
type PDB struct {
	MinAvailable   string `yaml:"minAvailable"`
	MaxUnavailable string `yaml:"maxUnavailable"`
}

// Owner names an object.
type Owner struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Name       string `yaml:"name"`
}

// Rollout is one change of a workload's template inside the history.
type Rollout struct {
	Ago Duration `yaml:"ago"`
	// CPU and Memory multiply the usage of the pods before the change; 0 is 1.
	CPU    float64 `yaml:"cpu"`
	Memory float64 `yaml:"memory"`
	// Replicas is how many pods there were before the change; 0 is as many as now.
	Replicas int `yaml:"replicas"`
}

// Container is a container and what it uses.
type Container struct {
	Name  string            `yaml:"name"`
	Image string            `yaml:"image"`
	Args  []string          `yaml:"args"`
	Env   map[string]string `yaml:"env"`
	Ports []int             `yaml:"ports"`
	// Sidecar makes an init container one that stays (restartPolicy Always).
	Sidecar  bool                `yaml:"sidecar"`
	Requests map[string]Quantity `yaml:"requests"`
	Limits   map[string]Quantity `yaml:"limits"`
	Probes   bool                `yaml:"probes"`
	Usage    Usage               `yaml:"usage"`
}

// Usage is the truth about one container, the same for every replica but for the
// workload's skew and the noise.
type Usage struct {
	CPU    CPUUsage    `yaml:"cpu"`
	Memory MemoryUsage `yaml:"memory"`
	// CrashEvery restarts the container about that often, for another reason than
	// memory. A container whose memory reaches its limit is killed in any case.
	CrashEvery Duration `yaml:"crashEvery"`
	// Throttled is a share of CFS periods, in [0,1], throttled whatever the mean
	// use; what the mean use causes at the limit comes on top.
	Throttled float64 `yaml:"throttled"`
}

// CPUUsage is a rate over time, in cores.
type CPUUsage struct {
	Level Quantity `yaml:"level"` // mean at a neutral hour, cores
	Daily float64  `yaml:"daily"` // swing of the day as a share of the level, in [0,1]
	// Weekend is what is left of the level on Saturday and Sunday; 0 is 1.
	Weekend float64 `yaml:"weekend"`
	Peak    float64 `yaml:"peak"`  // hour of the day's peak, UTC; 0 is 14
	Noise   float64 `yaml:"noise"` // standard deviation as a share of the level
	// Trend is the relative change over one day, e.g. 0.01.
	Trend  float64   `yaml:"trend"`
	Bursts *Burst    `yaml:"bursts"`
	Start  *StartUse `yaml:"start"`
}

// MemoryUsage is a working set over time, in bytes.
type MemoryUsage struct {
	Level Quantity `yaml:"level"`
	Daily float64  `yaml:"daily"` // follows the hour of the CPU's peak
	Noise float64  `yaml:"noise"`
	// Growth is added per day of the container's life: a leak.
	Growth Quantity `yaml:"growth"`
	// Saw rises by Level over Every and falls back: a garbage collector.
	Saw    *Saw   `yaml:"saw"`
	Bursts *Burst `yaml:"bursts"`
	// Cache is the share of the working set that is page cache, in [0,1): the
	// resident set is that much smaller.
	Cache float64 `yaml:"cache"`
	// Warm is the time over which memory first fills after a start.
	Warm Duration `yaml:"warm"`
}

// Burst is a rise by Level for a while, about once in Every.
type Burst struct {
	Every Duration `yaml:"every"`
	For   Duration `yaml:"for"`
	Level Quantity `yaml:"level"`
}

// StartUse is the use of the first while of a container's life, instead of the
// level.
type StartUse struct {
	For   Duration `yaml:"for"`
	Level Quantity `yaml:"level"`
}

// Saw is a saw-tooth.
type Saw struct {
	Every Duration `yaml:"every"`
	Level Quantity `yaml:"level"`
}

// defaultAge is how old a workload without an age is: longer than any history.
const defaultAge = 400 * 24 * time.Hour
