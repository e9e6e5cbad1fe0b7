package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// The annotations that tell KWOK a container's usage, see kwok.yaml.
const (
	usageCPU    = "usage.testbed.trimtab.dev/cpu."
	usageMemory = "usage.testbed.trimtab.dev/memory."
)

// settle brings what the API shows in line with the history: present usage,
// start times, restarts, ages; then it makes the autoscalers and waits
// for metrics-server.
func (c *Cluster) settle(ctx context.Context) error {
	k, err := c.clients()
	if err != nil {
		return err
	}
	begin := time.Now()
	pods, err := k.typed.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing pods: %w", err)
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		end, ok := c.ends[string(pod.UID)]
		if !ok || pod.Status.Phase != corev1.PodRunning {
			continue
		}
		address := ""
		if w := c.scenario.prometheusWorkload(); w != nil && c.state.Network != nil && w.ID() == end.rec.Workload {
			address = c.state.Network.Address
		}
		if err := k.settlePod(ctx, pod, end, address); err != nil {
			return fmt.Errorf("settling pod %s/%s: %w", pod.Namespace, pod.Name, err)
		}
	}
	for i := range c.scenario.Workloads {
		w := &c.scenario.Workloads[i]
		if w.HPA == nil {
			continue
		}
		if err := c.createAutoscaler(ctx, k, w); err != nil {
			return err
		}
	}
	if err := c.backdate(ctx); err != nil {
		return err
	}
	i := slices.IndexFunc(c.state.Processes, func(p *Process) bool { return p.Name == string(MetricsServer) })
	if err := k.awaitMetrics(ctx, c.state.Processes[i]); err != nil {
		return err
	}
	if err := c.awaitProxy(ctx, k); err != nil {
		return err
	}
	c.logf("settled after %s", time.Since(begin).Round(100*time.Millisecond))
	return nil
}

// settlePod annotates a pod with its usage and gives its status the past that
// the history tells of, and the address if there is one.
func (k *clients) settlePod(ctx context.Context, pod *corev1.Pod, end podEnd, address string) error {
	annotations := make(map[string]string)
	for _, c := range end.containers {
		annotations[usageCPU+c.name] = fmt.Sprintf("%dn", max(1, int64(math.Round(c.rate*1e9))))
		annotations[usageMemory+c.name] = fmt.Sprint(int64(c.memory))
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}})
	if err != nil {
		return err
	}
	if _, err := k.typed.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	return retryConflict(func() error {
		now, err := k.typed.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		start := metav1.NewTime(time.UnixMilli(end.rec.Start))
		now.Status.StartTime = &start
		if address != "" {
			now.Status.PodIP, now.Status.PodIPs = address, []corev1.PodIP{{IP: address}}
		}
		for i := range now.Status.Conditions {
			now.Status.Conditions[i].LastTransitionTime = start
		}
		for _, c := range end.containers {
			list := now.Status.ContainerStatuses
			if c.init {
				list = now.Status.InitContainerStatuses
			}
			for i := range list {
				if list[i].Name == c.name {
					c.settle(&list[i], end.rec.Start)
				}
			}
		}
		_, err = k.typed.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, now, metav1.UpdateOptions{})
		return err
	})
}

// settle writes a container's restarts into its status.
func (c containerEnd) settle(status *corev1.ContainerStatus, start int64) {
	if status.State.Running != nil {
		status.State.Running.StartedAt = metav1.NewTime(time.UnixMilli(c.born))
	}
	status.RestartCount = int32(len(c.restarts))
	status.LastTerminationState = corev1.ContainerState{}
	if len(c.restarts) == 0 {
		return
	}
	last := c.restarts[len(c.restarts)-1]
	if len(c.restarts) > 1 {
		start = c.restarts[len(c.restarts)-2].back
	}
	code := int32(1)
	if last.reason == reasonOOM {
		code = 137
	}
	status.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{
		ExitCode: code, Reason: last.reason,
		StartedAt: metav1.NewTime(time.UnixMilli(start)), FinishedAt: metav1.NewTime(time.UnixMilli(last.at)),
	}
}

// createAutoscaler makes a workload's autoscaler with the status that its
// controller, which is not running, would give it.
func (c *Cluster) createAutoscaler(ctx context.Context, k *clients, w *Workload) error {
	hpa := w.autoscaler()
	status := autoscalingv2.HorizontalPodAutoscalerStatus{
		CurrentReplicas: int32(w.Replicas), DesiredReplicas: int32(w.Replicas),
	}
	scaled := metav1.NewTime(c.state.End.Add(-3 * time.Hour))
	status.LastScaleTime = &scaled
	for _, condition := range []struct{ kind, reason string }{
		{"AbleToScale", "ReadyForNewScale"}, {"ScalingActive", "ValidMetricFound"}, {"ScalingLimited", "DesiredWithinRange"},
	} {
		value := corev1.ConditionTrue
		if condition.kind == "ScalingLimited" {
			value = corev1.ConditionFalse
		}
		status.Conditions = append(status.Conditions, autoscalingv2.HorizontalPodAutoscalerCondition{
			Type: autoscalingv2.HorizontalPodAutoscalerConditionType(condition.kind), Status: value,
			Reason: condition.reason, LastTransitionTime: scaled,
		})
	}
	for _, m := range hpa.Spec.Metrics {
		percent := c.utilization(w, m.Resource.Name)
		status.CurrentMetrics = append(status.CurrentMetrics, autoscalingv2.MetricStatus{
			Type: m.Type, Resource: &autoscalingv2.ResourceMetricStatus{
				Name: m.Resource.Name, Current: autoscalingv2.MetricValueStatus{AverageUtilization: &percent},
			},
		})
	}
	if _, err := k.create(ctx, hpa); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return retryConflict(func() error {
		api := k.typed.AutoscalingV2().HorizontalPodAutoscalers(w.Namespace)
		made, err := api.Get(ctx, w.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		made.Status = status
		_, err = api.UpdateStatus(ctx, made, metav1.UpdateOptions{})
		return err
	})
}

// utilization is what a workload's live pods used at the end of the history, in
// percent of what they request.
func (c *Cluster) utilization(w *Workload, name corev1.ResourceName) int32 {
	var used, requested float64
	for _, end := range c.ends {
		if end.rec.Workload != w.ID() {
			continue
		}
		for i := range w.Containers {
			requests, _ := c.scenario.effective(w, &w.Containers[i])
			requested += requests[string(name)].Float()
		}
		for _, container := range end.containers {
			if name == corev1.ResourceCPU {
				used += container.rate
			} else {
				used += container.memory
			}
		}
	}
	if requested == 0 {
		return 0
	}
	return int32(math.Round(used / requested * 100))
}
