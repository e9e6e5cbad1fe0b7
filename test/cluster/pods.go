package cluster

import (
	"fmt"
	"sort"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// finishes is the annotation that makes KWOK end a pod.
const finishes = "testbed.trimtab.dev/finishes"

// nameLabel is the label by which selectors find a workload's pods.
const nameLabel = "app.kubernetes.io/name"

// podTemplate makes the pod template of a workload.
func (w *Workload) podTemplate() corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{}
	t.Labels = merge(map[string]string{nameLabel: w.Name}, w.PodLabels)
	t.Annotations = merge(nil, w.PodAnnotations)
	if w.Kind == KindCronJob || (w.Kind == KindJob && w.Finished) {
		t.Annotations = merge(t.Annotations, map[string]string{finishes: "true"})
	}
	if w.Placement.DoNotDisrupt {
		t.Annotations = merge(t.Annotations, map[string]string{"karpenter.sh/do-not-disrupt": "true"})
	}
	for i := range w.InitContainers {
		t.Spec.InitContainers = append(t.Spec.InitContainers, w.InitContainers[i].object())
	}
	for i := range w.Containers {
		t.Spec.Containers = append(t.Spec.Containers, w.Containers[i].object())
	}
	w.place(&t.Spec)
	if w.Kind == KindJob || w.Kind == KindCronJob {
		t.Spec.RestartPolicy = corev1.RestartPolicyNever
	}
	return t
}

func (w *Workload) place(spec *corev1.PodSpec) {
	p := w.Placement
	spec.NodeSelector = p.NodeSelector
	spec.PriorityClassName = p.PriorityClass
	spec.HostNetwork = p.HostNetwork
	if p.TerminationPeriod > 0 {
		seconds := millis(p.TerminationPeriod) / 1000
		spec.TerminationGracePeriodSeconds = &seconds
	}
	for _, t := range p.Tolerations {
		operator := corev1.TolerationOpEqual
		if t.Value == "" {
			operator = corev1.TolerationOpExists
		}
		spec.Tolerations = append(spec.Tolerations, corev1.Toleration{
			Key: t.Key, Operator: operator, Value: t.Value, Effect: corev1.TaintEffect(t.Effect),
		})
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{nameLabel: w.Name}}
	if p.SpreadZones {
		spec.TopologySpreadConstraints = append(spec.TopologySpreadConstraints, corev1.TopologySpreadConstraint{
			MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: selector,
		})
	}
	if p.AntiAffinityHost {
		spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
				LabelSelector: selector, TopologyKey: corev1.LabelHostname,
			}},
		}}
	}
	if p.LocalVolume {
		spec.Volumes = append(spec.Volumes, corev1.Volume{
			Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}},
		})
		for i := range spec.Containers {
			spec.Containers[i].VolumeMounts = append(spec.Containers[i].VolumeMounts,
				corev1.VolumeMount{Name: "scratch", MountPath: "/scratch"})
		}
	}
}

func (c *Container) object() corev1.Container {
	out := corev1.Container{Name: c.Name, Image: c.Image, Args: c.Args}
	out.Resources.Requests = resourceList(c.Requests)
	out.Resources.Limits = resourceList(c.Limits)
	for _, name := range sortedKeys(c.Env) {
		out.Env = append(out.Env, corev1.EnvVar{Name: name, Value: c.Env[name]})
	}
	for _, port := range c.Ports {
		out.Ports = append(out.Ports, corev1.ContainerPort{ContainerPort: int32(port), Protocol: corev1.ProtocolTCP})
	}
	if c.Sidecar {
		always := corev1.ContainerRestartPolicyAlways
		out.RestartPolicy = &always
	}
	if c.Probes {
		port := 8080
		if len(c.Ports) > 0 {
			port = c.Ports[0]
		}
		handler := corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt(port)}}
		out.ReadinessProbe = &corev1.Probe{ProbeHandler: handler, PeriodSeconds: 10}
		out.LivenessProbe = &corev1.Probe{ProbeHandler: handler, PeriodSeconds: 20, InitialDelaySeconds: 30}
	}
	return out
}

func resourceList(in map[string]Quantity) corev1.ResourceList {
	if len(in) == 0 {
		return nil
	}
	out := make(corev1.ResourceList, len(in))
	for name, q := range in {
		out[corev1.ResourceName(name)] = q.Quantity
	}
	return out
}

// merge joins label sets of which later ones win.
func merge(sets ...map[string]string) map[string]string {
	var out map[string]string
	for _, s := range sets {
		for k, v := range s {
			if out == nil {
				out = make(map[string]string)
			}
			out[k] = v
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// meta is the metadata of one of the workload's own objects.
func (w *Workload) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: w.Namespace, Name: name, Annotations: merge(nil, w.Annotations),
		Labels: merge(map[string]string{nameLabel: w.Name}, w.Labels),
	}
}

// claimName is what a StatefulSet's controller calls a replica's claim.
func (w *Workload) claimName(replica int) string {
	return fmt.Sprintf("data-%s-%d", w.Name, replica)
}
