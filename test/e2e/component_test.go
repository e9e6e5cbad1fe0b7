package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// leaf is a value of an object that is no map and no list.
type leaf struct{ object, path string }

// The exported component builds over the live workloads' manifests, changes what
// the recommendations propose and nothing else, and what comes out is accepted by
// the API server.
func TestComponent(t *testing.T) {
	report := proposals(t)
	dir := t.TempDir()
	o := shop.trimtab(t, "rightsize", "-o", "kustomize", "--output-dir", filepath.Join(dir, "component"))
	if !strings.Contains(o.stdout, "components:") {
		t.Errorf("nothing says how to use the component:\n%s", o.stdout)
	}
	objects := writeManifests(t, filepath.Join(dir, "base"))
	write(t, filepath.Join(dir, "overlay", "kustomization.yaml"),
		"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base]\ncomponents: [../component]\n")

	before := leaves(t, render(t, filepath.Join(dir, "base")))
	rendered := render(t, filepath.Join(dir, "overlay"))
	after := leaves(t, rendered)
	want := wantedLeaves(t, report, after)
	if len(want) < 30 {
		t.Errorf("only %d values are to change: this proves little", len(want))
	}
	for _, at := range slices.SortedFunc(maps.Keys(want), compareLeaves) {
		if got, ok := after[at]; !ok || amount(t, fmt.Sprint(got)) != amount(t, want[at]) {
			t.Errorf("%s: %s is %v, proposed is %s", at.object, at.path, got, want[at])
		}
	}
	all := make(map[leaf]bool)
	for at := range before {
		all[at] = true
	}
	for at := range after {
		all[at] = true
	}
	for _, at := range slices.SortedFunc(maps.Keys(all), compareLeaves) {
		was, had := before[at]
		is, has := after[at]
		if _, wanted := want[at]; !wanted && (had != has || was != is) {
			t.Errorf("%s: %s changes from %v to %v, which nobody proposed", at.object, at.path, was, is)
		}
	}
	t.Logf("%d of %d values in %d objects change", len(want), len(before), objects)

	file := filepath.Join(dir, "rendered.yaml")
	write(t, file, string(rendered))
	applied := shop.kubectl(t, "apply", "--dry-run=server", "-f", file)
	if n := strings.Count(applied, "(server dry run)"); n != objects {
		t.Errorf("the API server took %d of %d objects:\n%s", n, objects, applied)
	}

	// A second run into the same folder replaces it; into one of somebody else
	// it does not.
	shop.trimtab(t, "rightsize", "-o", "kustomize", "--detail", "none", "--output-dir", filepath.Join(dir, "component"))
	other := shop.run(t, shop.cluster.Kubeconfig(), shop.inHistory([]string{
		"rightsize", "-o", "kustomize", "--detail", "none", "--output-dir", filepath.Join(dir, "base"),
	})...)
	if other.code != 1 || !strings.Contains(other.stderr, "→") {
		t.Errorf("into a folder that holds other files: exit code %d\n%s", other.code, other.stderr)
	}
}

func compareLeaves(a, b leaf) int {
	return strings.Compare(a.object+" "+a.path, b.object+" "+b.path)
}

// wantedLeaves are the values that the recommendations propose, where they are
// in the rendered objects.
func wantedLeaves(t *testing.T, report *rightsizeReport, rendered map[leaf]any) map[leaf]string {
	t.Helper()
	want := make(map[leaf]string)
	for i := range report.Recommendations {
		r := &report.Recommendations[i]
		if r.Status != "proposed" {
			continue
		}
		object := r.id().workloadID.String()
		path := "spec.template.spec."
		if r.Workload.Kind == "CronJob" {
			path = "spec.jobTemplate.spec.template.spec."
		}
		list := "containers"
		if r.Sidecar {
			list = "initContainers"
		}
		path += list + "[" + r.Container + "]"
		if rendered[leaf{object, path + ".name"}] != r.Container {
			t.Errorf("%s is proposed and not among the rendered objects", r.id())
		}
		for _, part := range []struct {
			name          string
			now, proposed map[string]*string
		}{
			{"requests", pointers(r.Current.Requests), r.Proposed.Requests},
			{"limits", pointers(r.Current.Limits), r.Proposed.Limits},
		} {
			for resource, to := range part.proposed {
				from := part.now[resource]
				switch {
				case to == nil:
					t.Errorf("%s: a %s of %s is to be removed", r.id(), part.name, resource)
				case from == nil || amount(t, *from) != amount(t, *to):
					want[leaf{object, path + ".resources." + part.name + "." + resource}] = *to
				}
			}
		}
	}
	return want
}

func pointers(m map[string]string) map[string]*string {
	out := make(map[string]*string)
	for k, v := range m {
		out[k] = &v
	}
	return out
}

// writeManifests writes the live workloads as files that somebody could have in
// Git, with a kustomization over them, and returns how many there are.
func writeManifests(t *testing.T, dir string) int {
	t.Helper()
	var resources []string
	for _, kind := range []string{"deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps", "cronjobs.batch"} {
		for _, o := range list[map[string]any](t, kind, "-A") {
			meta := o["metadata"].(map[string]any)
			if meta["ownerReferences"] != nil {
				continue
			}
			for _, key := range []string{"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"} {
				delete(meta, key)
			}
			delete(o, "status")
			text, err := yaml.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("%s-%s-%s.yaml", meta["namespace"], strings.ToLower(o["kind"].(string)), meta["name"])
			write(t, filepath.Join(dir, name), string(text))
			resources = append(resources, "- "+name+"\n")
		}
	}
	write(t, filepath.Join(dir, "kustomization.yaml"),
		"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"+strings.Join(resources, ""))
	return len(resources)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// render builds a kustomization.
func render(t *testing.T, dir string) []byte {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatalf("building %s: %v", filepath.Base(dir), err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// leaves takes rendered objects apart. Elements of a list that have names are
// known by them, and their order is a value of its own.
func leaves(t *testing.T, rendered []byte) map[leaf]any {
	t.Helper()
	out := make(map[leaf]any)
	for _, doc := range strings.Split(string(rendered), "\n---\n") {
		var o struct {
			Kind     string
			Metadata struct{ Namespace, Name string }
		}
		var fields map[string]any
		text, err := yaml.YAMLToJSON([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		flatten(out, workloadID{o.Metadata.Namespace, o.Kind, o.Metadata.Name}.String(), "", fields)
	}
	return out
}

func flatten(out map[leaf]any, object, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			flatten(out, object, strings.TrimPrefix(path+"."+k, "."), x)
		}
	case []any:
		var order []string
		for i, x := range v {
			key := fmt.Sprint(i)
			if m, ok := x.(map[string]any); ok {
				if name, ok := m["name"].(string); ok {
					key = name
				}
			}
			order = append(order, key)
			flatten(out, object, path+"["+key+"]", x)
		}
		out[leaf{object, path + "[]"}] = strings.Join(order, " ")
	default:
		out[leaf{object, path}] = v
	}
}
