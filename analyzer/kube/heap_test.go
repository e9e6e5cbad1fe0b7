package kube

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
)

func TestHeap(t *testing.T) {
	env := func(pairs ...string) (out []corev1.EnvVar) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, corev1.EnvVar{Name: pairs[i], Value: pairs[i+1]})
		}
		return out
	}
	limit := corev1.EnvVar{Name: "GOMEMLIMIT", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory"}}}
	secret := corev1.EnvVar{Name: "JAVA_OPTS", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{Key: "opts"}}}
	tests := []struct {
		name string
		c    corev1.Container
		want cluster.HeapSign
	}{
		{"nothing", corev1.Container{Image: "example.com/shop/web:1", Command: []string{"/web"}, Env: env("MODE", "fast")}, cluster.HeapSign{}},
		{"JAVA_TOOL_OPTIONS", corev1.Container{Env: env("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC -Xmx768m")}, cluster.HeapSign{Runtime: "jvm", Max: 768 * unit.MiB, Sign: "JAVA_TOOL_OPTIONS"}},
		{"the command line wins over JAVA_TOOL_OPTIONS", corev1.Container{Env: env("JAVA_TOOL_OPTIONS", "-Xmx768m"), Command: []string{"java", "-Xmx1g", "-jar", "app.jar"}}, cluster.HeapSign{Runtime: "jvm", Max: unit.GiB, Sign: "command line"}},
		{"_JAVA_OPTIONS wins over all", corev1.Container{Env: env("_JAVA_OPTIONS", "-Xmx2G"), Args: []string{"-Xmx1g"}}, cluster.HeapSign{Runtime: "jvm", Max: 2 * unit.GiB, Sign: "_JAVA_OPTIONS"}},
		{"the last one counts", corev1.Container{Env: env("JAVA_OPTS", "-Xmx1g -XX:MaxHeapSize=2147483648")}, cluster.HeapSign{Runtime: "jvm", Max: 2 * unit.GiB, Sign: "JAVA_OPTS"}},
		{"a percentage", corev1.Container{Env: env("JDK_JAVA_OPTIONS", "-XX:MaxRAMPercentage=75.0")}, cluster.HeapSign{Runtime: "jvm", Percent: 75, Sign: "JDK_JAVA_OPTIONS"}},
		{"an amount wins over a percentage", corev1.Container{Env: env("CATALINA_OPTS", "-Xmx1g -XX:MaxRAMPercentage=75.0")}, cluster.HeapSign{Runtime: "jvm", Max: unit.GiB, Sign: "CATALINA_OPTS"}},
		{"a variable of its own", corev1.Container{Env: env("KAFKA_HEAP_OPTS", "-Xms1g -Xmx4g"), Image: "bitnami/kafka"}, cluster.HeapSign{Runtime: "jvm", Max: 4 * unit.GiB, Sign: "KAFKA_HEAP_OPTS"}},
		{"a value from elsewhere", corev1.Container{Env: []corev1.EnvVar{secret}}, cluster.HeapSign{Runtime: "jvm", Sign: "JAVA_OPTS"}},
		{"an amount that is none", corev1.Container{Env: env("JAVA_OPTS", "-Xmx$(HEAP)")}, cluster.HeapSign{Runtime: "jvm", Sign: "JAVA_OPTS"}},
		{"in a shell", corev1.Container{Command: []string{"sh", "-c", `exec java -XX:MaxRAMPercentage="60" -jar /app.jar`}}, cluster.HeapSign{Runtime: "jvm", Percent: 60, Sign: "command line"}},
		{"java alone", corev1.Container{Command: []string{"/opt/jre/bin/java"}, Args: []string{"-jar", "x.jar"}}, cluster.HeapSign{Runtime: "jvm", Sign: "command java"}},
		{"GOMEMLIMIT", corev1.Container{Env: env("GOMEMLIMIT", "400MiB")}, cluster.HeapSign{Runtime: "go", Max: 400 * unit.MiB, Sign: "GOMEMLIMIT"}},
		{"GOMEMLIMIT follows the limit", corev1.Container{Env: []corev1.EnvVar{limit}}, cluster.HeapSign{Runtime: "go", Percent: 100, Sign: "GOMEMLIMIT"}},
		{"GOMEMLIMIT off", corev1.Container{Env: env("GOMEMLIMIT", "off")}, cluster.HeapSign{}},
		{"NODE_OPTIONS", corev1.Container{Env: env("NODE_OPTIONS", "--enable-source-maps --max-old-space-size=1536")}, cluster.HeapSign{Runtime: "node", Max: 1536 * unit.MiB, Sign: "NODE_OPTIONS"}},
		{"node's own option", corev1.Container{Command: []string{"node", "--max_old_space_size", "512", "index.js"}}, cluster.HeapSign{Runtime: "node", Max: 512 * unit.MiB, Sign: "command line"}},
		{"node's option in one word", corev1.Container{Args: []string{"node --max-old-space-size 512 index.js"}}, cluster.HeapSign{Runtime: "node", Max: 512 * unit.MiB, Sign: "command line"}},
		{"npm", corev1.Container{Command: []string{"npm", "start"}}, cluster.HeapSign{Runtime: "node", Sign: "command npm"}},
		{"node as an argument", corev1.Container{Command: []string{"/agent", "--source", "node"}}, cluster.HeapSign{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, heapOf(&tt.c)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestImageSign(t *testing.T) {
	for image, want := range map[string]string{
		"eclipse-temurin:21-jre":                                         "jvm",
		"public.ecr.aws/amazoncorretto/amazoncorretto:17":                "jvm",
		"bitnami/kafka:3.7":                                              "jvm",
		"confluentinc/cp-kafka-connect:7.5":                              "jvm",
		"confluentinc/cp-schema-registry:7.5":                            "jvm",
		"docker.elastic.co/elasticsearch/elasticsearch:8.1":              "jvm",
		"localhost:5000/opensearch@sha256:abc":                           "jvm",
		"quay.io/keycloak/keycloak":                                      "jvm",
		"jenkins/jenkins:lts":                                            "jvm",
		"gcr.io/distroless/java17-debian12":                              "jvm",
		"example.com/shop/api:3-jdk21":                                   "jvm",
		"spring-boot-app:1":                                              "jvm",
		"neo4j:5":                                                        "jvm",
		"node:20-alpine":                                                 "node",
		"docker.io/library/node":                                         "node",
		"gcr.io/distroless/nodejs18-debian12":                            "node",
		"opensearchproject/opensearch-dashboards:2":                      "node",
		"docker.elastic.co/kibana/kibana":                                "node",
		"danielqsj/kafka-exporter":                                       "",
		"prometheuscommunity/elasticsearch-exporter":                     "",
		"quay.io/prometheus/node-exporter":                               "",
		"calico/node:v3":                                                 "",
		"kindest/node:v1.35.0":                                           "",
		"registry.k8s.io/sig-storage/csi-node-driver-registrar":          "",
		"ghcr.io/kubeflow/spark-operator/controller:2":                   "",
		"ghcr.io/kubeflow/spark-operator":                                "",
		"602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1": "",
		"nginx": "", "": "", "::": "", "a/b/": "",
	} {
		if got, _ := imageSign(image); got != want {
			t.Errorf("%s: %q, want %q", image, got, want)
		}
	}
}

func FuzzHeap(f *testing.F) {
	for _, s := range []string{"-Xmx1g", "-Xmx9999999999999999999t", "-XX:MaxRAMPercentage=1e9", "-XX:MaxHeapSize=", "--max-old-space-size=99999999999999", "400MiB", "16TiB", "8388608TiB", `sh -c "exec java -jar x"`, "-XX:MaxRAMFraction=0", "bitnami/kafka:1@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range []corev1.Container{
			{Env: []corev1.EnvVar{{Name: "JAVA_TOOL_OPTIONS", Value: s}}},
			{Env: []corev1.EnvVar{{Name: "GOMEMLIMIT", Value: s}}},
			{Env: []corev1.EnvVar{{Name: "NODE_OPTIONS", Value: s}}},
			{Env: []corev1.EnvVar{{Name: "X", Value: s}}},
			{Command: []string{s}},
			{Image: s},
		} {
			h := heapOf(&c)
			if h.Max < 0 || h.Percent < 0 || h.Percent > 100 || math.IsNaN(h.Percent) || h.Max > 0 && h.Percent > 0 {
				t.Errorf("%q: %+v", s, h)
			}
			if (h.Runtime == "") != (h.Sign == "") {
				t.Errorf("%q: runtime %q, sign %q", s, h.Runtime, h.Sign)
			}
		}
	})
}
