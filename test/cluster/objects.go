package cluster

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// typeMeta names the version and kind of an object.
func typeMeta(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}

// namespaceObjects makes a namespace and what limits it.
func namespaceObjects(ns *Namespace) []runtime.Object {
	out := []runtime.Object{&corev1.Namespace{
		TypeMeta:   typeMeta("v1", "Namespace"),
		ObjectMeta: metav1.ObjectMeta{Name: ns.Name, Labels: ns.Labels, Annotations: ns.Annotations},
	}}
	if lr := ns.LimitRange; lr != nil {
		out = append(out, &corev1.LimitRange{
			TypeMeta:   typeMeta("v1", "LimitRange"),
			ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "defaults"},
			Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{
				Type: corev1.LimitTypeContainer, Default: resourceList(lr.Default),
				DefaultRequest: resourceList(lr.DefaultRequest), Min: resourceList(lr.Min), Max: resourceList(lr.Max),
			}}},
		})
	}
	if len(ns.Quota) > 0 {
		out = append(out, &corev1.ResourceQuota{
			TypeMeta:   typeMeta("v1", "ResourceQuota"),
			ObjectMeta: metav1.ObjectMeta{Namespace: ns.Name, Name: "quota"},
			Spec:       corev1.ResourceQuotaSpec{Hard: resourceList(ns.Quota)},
		})
	}
	return out
}

// objects makes a workload's objects. Pods of KindCustom are left to the caller,
// who knows the owner's UID.
func (w *Workload) objects() []runtime.Object {
	replicas := int32(w.Replicas)
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{nameLabel: w.Name}}
	meta, template := w.meta(w.Name), w.podTemplate()
	var out []runtime.Object
	switch w.Kind {
	case KindDeployment:
		out = append(out, &appsv1.Deployment{
			TypeMeta: typeMeta("apps/v1", w.Kind), ObjectMeta: meta,
			Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: selector, Template: template},
		})
	case KindReplicaSet:
		out = append(out, &appsv1.ReplicaSet{
			TypeMeta: typeMeta("apps/v1", w.Kind), ObjectMeta: meta,
			Spec: appsv1.ReplicaSetSpec{Replicas: &replicas, Selector: selector, Template: template},
		})
	case KindStatefulSet:
		out = append(out, w.statefulSet(meta, template, selector)...)
	case KindDaemonSet:
		out = append(out, &appsv1.DaemonSet{
			TypeMeta: typeMeta("apps/v1", w.Kind), ObjectMeta: meta,
			Spec: appsv1.DaemonSetSpec{Selector: selector, Template: template},
		})
	case KindJob:
		out = append(out, &batchv1.Job{
			TypeMeta: typeMeta("batch/v1", w.Kind), ObjectMeta: meta,
			Spec: batchv1.JobSpec{Parallelism: &replicas, Completions: &replicas, Template: template},
		})
	case KindCronJob:
		out = append(out, &batchv1.CronJob{
			TypeMeta: typeMeta("batch/v1", w.Kind), ObjectMeta: meta,
			Spec: batchv1.CronJobSpec{
				Schedule: w.Schedule, ConcurrencyPolicy: batchv1.ForbidConcurrent,
				JobTemplate: batchv1.JobTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: template.Labels},
					Spec:       batchv1.JobSpec{Template: template},
				},
			},
		})
	case KindPod:
		meta.Labels = merge(meta.Labels, template.Labels)
		meta.Annotations = merge(meta.Annotations, template.Annotations)
		out = append(out, &corev1.Pod{TypeMeta: typeMeta("v1", w.Kind), ObjectMeta: meta, Spec: template.Spec})
	}
	if w.PDB != nil {
		out = append(out, w.disruptionBudget(selector))
	}
	return out
}

// statefulSet makes the set, its headless Service and, where it has storage, the
// volumes that a provisioner would have made, in one zone each.
func (w *Workload) statefulSet(meta metav1.ObjectMeta, template corev1.PodTemplateSpec, selector *metav1.LabelSelector) []runtime.Object {
	replicas := int32(w.Replicas)
	set := &appsv1.StatefulSet{
		TypeMeta: typeMeta("apps/v1", KindStatefulSet), ObjectMeta: meta,
		Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas, Selector: selector, Template: template, ServiceName: w.Name,
			PodManagementPolicy: appsv1.ParallelPodManagement,
		},
	}
	out := []runtime.Object{&corev1.Service{
		TypeMeta: typeMeta("v1", "Service"), ObjectMeta: w.meta(w.Name),
		Spec: corev1.ServiceSpec{
			ClusterIP: corev1.ClusterIPNone, Selector: selector.MatchLabels,
			Ports: []corev1.ServicePort{{Name: "main", Port: 8080}},
		},
	}}
	if w.Storage.IsZero() {
		return append(out, set)
	}
	class, mode := storageClass, corev1.PersistentVolumeFilesystem
	size := corev1.ResourceList{corev1.ResourceStorage: w.Storage.Quantity}
	set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{
		ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: &class,
			Resources: corev1.VolumeResourceRequirements{Requests: size},
		},
	}}
	containers := set.Spec.Template.Spec.Containers
	containers[0].VolumeMounts = append(containers[0].VolumeMounts, corev1.VolumeMount{Name: "data", MountPath: "/data"})
	for i := range w.Replicas {
		key := hash(0, w.ID(), "volume", fmt.Sprint(i))
		zone := w.StorageZones[i%len(w.StorageZones)]
		out = append(out, &corev1.PersistentVolume{
			TypeMeta: typeMeta("v1", "PersistentVolume"), ObjectMeta: metav1.ObjectMeta{Name: "pvc-" + madeUID(key)},
			Spec: corev1.PersistentVolumeSpec{
				Capacity: size, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				StorageClassName: class, VolumeMode: &mode, PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
				ClaimRef: &corev1.ObjectReference{
					APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: w.Namespace, Name: w.claimName(i),
				},
				PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{
					Driver: ebsDriver, VolumeHandle: fmt.Sprintf("vol-0%016x", key), FSType: "ext4",
				}},
				NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
					NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{
						Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{zone},
					}}}},
				}},
			},
		})
	}
	return append(out, set)
}

const (
	storageClass = "gp3"
	ebsDriver    = "ebs.csi.aws.com"
)

// storageObjects makes the class that claims name.
func storageObjects() []runtime.Object {
	mode, reclaim := storagev1.VolumeBindingImmediate, corev1.PersistentVolumeReclaimDelete
	return []runtime.Object{&storagev1.StorageClass{
		TypeMeta: typeMeta("storage.k8s.io/v1", "StorageClass"), ObjectMeta: metav1.ObjectMeta{Name: storageClass},
		Provisioner: ebsDriver, VolumeBindingMode: &mode, ReclaimPolicy: &reclaim,
		Parameters: map[string]string{"type": "gp3"},
	}}
}

func (w *Workload) disruptionBudget(selector *metav1.LabelSelector) runtime.Object {
	pdb := &policyv1.PodDisruptionBudget{
		TypeMeta: typeMeta("policy/v1", "PodDisruptionBudget"), ObjectMeta: w.meta(w.Name),
		Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector},
	}
	if w.PDB.MinAvailable != "" {
		v := intstr.Parse(w.PDB.MinAvailable)
		pdb.Spec.MinAvailable = &v
	} else {
		v := intstr.Parse(w.PDB.MaxUnavailable)
		pdb.Spec.MaxUnavailable = &v
	}
	return pdb
}

// autoscaler makes a workload's HorizontalPodAutoscaler.
func (w *Workload) autoscaler() *autoscalingv2.HorizontalPodAutoscaler {
	low := int32(w.HPA.Min)
	out := &autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta: typeMeta("autoscaling/v2", "HorizontalPodAutoscaler"), ObjectMeta: w.meta(w.Name),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: w.Kind, Name: w.Name},
			MinReplicas:    &low, MaxReplicas: int32(w.HPA.Max),
		},
	}
	for _, m := range []struct {
		name   corev1.ResourceName
		target int
	}{{corev1.ResourceCPU, w.HPA.CPU}, {corev1.ResourceMemory, w.HPA.Memory}} {
		if m.target == 0 {
			continue
		}
		target := int32(m.target)
		out.Spec.Metrics = append(out.Spec.Metrics, autoscalingv2.MetricSpec{
			Type: autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{
				Name:   m.name,
				Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &target},
			},
		})
	}
	return out
}

// pastJob makes the Job of one past run of a CronJob.
func (w *Workload) pastJob(run cronRun, owner metav1.OwnerReference) runtime.Object {
	template := w.podTemplate()
	meta := w.meta(run.job)
	meta.OwnerReferences = []metav1.OwnerReference{owner}
	meta.Annotations = merge(meta.Annotations, map[string]string{
		"batch.kubernetes.io/cronjob-scheduled-timestamp": run.at.Format("2006-01-02T15:04:05Z"),
	})
	return &batchv1.Job{TypeMeta: typeMeta("batch/v1", "Job"), ObjectMeta: meta, Spec: batchv1.JobSpec{Template: template}}
}

// oldReplicaSet makes the ReplicaSet that a rollout has left behind.
func (w *Workload) oldReplicaSet(s *Scenario, i int, owner metav1.OwnerReference) runtime.Object {
	hash := oldHash(s, w, i)
	template := w.podTemplate()
	template.Labels = merge(template.Labels, map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: hash})
	for j := range template.Spec.Containers {
		template.Spec.Containers[j].Image += fmt.Sprintf("-old%d", i)
	}
	var none int32
	return &appsv1.ReplicaSet{
		TypeMeta: typeMeta("apps/v1", KindReplicaSet),
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.Namespace, Name: w.Name + "-" + hash, Labels: template.Labels,
			Annotations:     map[string]string{"deployment.kubernetes.io/revision": fmt.Sprint(i + 1)},
			OwnerReferences: []metav1.OwnerReference{owner},
		},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: &none, Selector: &metav1.LabelSelector{MatchLabels: template.Labels}, Template: template,
		},
	}
}
