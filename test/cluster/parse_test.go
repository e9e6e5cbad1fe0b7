package cluster

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// minimal is a scenario that is right; tests replace a part of it.
const minimal = `
name: test
nodes:
  - {name: n, instanceType: m5.large, vcpu: 2, memory: 8Gi, maxPods: 29}
namespaces:
  - {name: shop}
workloads:
  - kind: Deployment
    namespace: shop
    name: web
    containers:
      - name: app
        requests: {cpu: 100m, memory: 64Mi}
        usage: {cpu: {level: 50m}, memory: {level: 32Mi}}
`

func TestScenariosParse(t *testing.T) {
	for _, name := range ScenarioNames() {
		t.Run(name, func(t *testing.T) {
			s, err := LoadScenario(name)
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != name {
				t.Errorf("scenario in folder %s is named %s", name, s.Name)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name, replace, with, want string
	}{
		{"unknown field", "vcpu: 2", "vcpus: 2", "line 4: field vcpus not found"},
		{"bad quantity", "level: 50m", "level: fifty", `line 14: "fifty" is no quantity`},
		{"negative quantity", "cpu: 100m", "cpu: -1", `line 13: "-1" is no quantity`},
		{"bad duration", "name: test", "name: test\nhistory: {length: soon}", `line 3: "soon" is no duration`},
		{"negative duration", "name: test", "name: test\nhistory: {length: -5m}", `"-5m" is no duration`},
		{"no name", "name: test", "seed: 1", "name is missing"},
		{"no capacity", "vcpu: 2, ", "", "node group n: vcpu, memory and maxPods are needed"},
		{"unknown namespace", "namespace: shop", "namespace: shed", `Deployment shed/web: namespace "shed" is not among namespaces`},
		{"unknown kind", "kind: Deployment", "kind: Deploy", `kind "Deploy" is not known`},
		{"request above limit", "usage:", "limits: {cpu: 50m}\n        usage:", "the cpu request 100m is above the limit 50m"},
		{"rollout of a StatefulSet", "kind: Deployment", "kind: StatefulSet\n    rollouts: [{ago: 1d}]", "rollouts are for a Deployment only"},
		{"schedule", "kind: Deployment", "kind: CronJob\n    schedule: 5 4 * * 1", "the last three are *"},
		{"share", "{level: 50m}", "{level: 50m, daily: 3}", "usage.cpu.daily 3 is not in [0,1]"},
		{"storage", "name: web", "name: web\n    storage: 5Gi", "storage is for a StatefulSet"},
		{"bare pods", "kind: Deployment", "kind: Pod\n    replicas: 2", "a bare pod has one replica, not 2"},
		{"two pools", "maxPods: 29", "maxPods: 29, nodePool: a, managedGroup: b", "nodePool and managedGroup exclude each other"},
		{"empty", minimal, "", "the file is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(minimal, tt.replace, tt.with, 1)
			if text == minimal {
				t.Fatalf("%q is not in the scenario", tt.replace)
			}
			_, err := ParseScenario([]byte(text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestLoadScenarioFromFolder(t *testing.T) {
	dir := t.TempDir()
	head, workloads, _ := strings.Cut(minimal, "workloads:")
	for name, text := range map[string]string{"a.yaml": "workloads:" + workloads, "b.yaml": head} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := LoadScenario(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "test" || len(s.Workloads) != 1 || len(s.Nodes) != 1 {
		t.Errorf("got %+v", s)
	}
	if _, err := LoadScenario("absent"); err == nil || !strings.Contains(err.Error(), "shop, tiny") {
		t.Errorf("got %v, want the names there are", err)
	}
}

func TestScenarioSurvivesWriting(t *testing.T) {
	for _, name := range ScenarioNames() {
		s, err := LoadScenario(name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), scenarioFile)
		if err := writeScenario(path, s); err != nil {
			t.Fatal(err)
		}
		again, err := readScenario(path)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := yaml.Marshal(s)
		second, _ := yaml.Marshal(again)
		if string(first) != string(second) {
			t.Errorf("%s: the scenario is another after it was written and read", name)
		}
	}
}

func TestGeneratedScenario(t *testing.T) {
	for _, pods := range []int{1, 3, 100, 3000} {
		s, err := Generate{Pods: pods}.Scenario()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(s.Workloads), (pods+2)/3; got != want {
			t.Errorf("%d pods: %d workloads, want %d", pods, got, want)
		}
	}
	one, _ := Generate{Pods: 30, Seed: 1}.Scenario()
	same, _ := Generate{Pods: 30, Seed: 1}.Scenario()
	other, _ := Generate{Pods: 30, Seed: 2}.Scenario()
	if !reflect.DeepEqual(one, same) || reflect.DeepEqual(one.Workloads, other.Workloads) {
		t.Error("a generated scenario does not follow from its seed")
	}
}

func TestParseDuration(t *testing.T) {
	tests := map[string]time.Duration{
		"90s": 90 * time.Second, "14d": 14 * 24 * time.Hour, "1d12h": 36 * time.Hour, "0.5d": 12 * time.Hour,
		"5d3h": 123 * time.Hour, "0s": 0,
	}
	for text, want := range tests {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"x", "5", "d", "-1d", "1d-1h", "NaNd", "1e9d"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%s: got %v, want an error", text, got)
		}
	}
}

func FuzzParseScenario(f *testing.F) {
	f.Add([]byte(minimal))
	for _, name := range ScenarioNames() {
		text, err := scenarioFiles.ReadFile("scenarios/" + name + "/scenario.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseScenario(text)
		if err != nil {
			return
		}
		// What is accepted can be laid out, if it is small enough to try.
		if len(s.nodeObjectsLimit(50)) == 0 || podsOf(s) > 50 || time.Duration(s.History.Length) > 48*time.Hour {
			return
		}
		if _, err := ImagineHistory(s, time.Unix(1_760_000_000, 0)); err != nil {
			t.Errorf("accepted, but: %v", err)
		}
	})
}

// nodeObjectsLimit is the nodes, or none if there are more than n.
func (s *Scenario) nodeObjectsLimit(n int) []NodeGroup {
	total := 0
	for _, g := range s.Nodes {
		total += g.Count
	}
	if total == 0 || total > n {
		return nil
	}
	return s.Nodes
}

func podsOf(s *Scenario) int {
	total := 0
	for _, w := range s.Workloads {
		total += w.Replicas
		for _, r := range w.Rollouts {
			total += r.Replicas
		}
	}
	return total
}
