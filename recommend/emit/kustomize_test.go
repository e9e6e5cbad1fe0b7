package emit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/change"
)

// build renders the kustomization in /top, whose files are given.
func build(t testing.TB, files map[string]string, component []File) (string, error) {
	t.Helper()
	fs := filesys.MakeFsInMemory()
	for name, content := range files {
		if err := fs.WriteFile(name, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range component {
		if err := fs.WriteFile(path.Join("/component", f.Path), f.Content); err != nil {
			t.Fatal(err)
		}
	}
	m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, "/top")
	if err != nil {
		return "", err
	}
	out, err := m.AsYaml()
	return string(out), err
}

// leaves are the scalars of a stream of objects by their path, in which
// objects go by kind, namespace and name and containers by name; the order
// of lists is a leaf of its own.
func leaves(t testing.TB, stream string) map[string]string {
	t.Helper()
	out := map[string]string{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(at+"/"+k, x)
			}
		case []any:
			var order []string
			for i, x := range v {
				key := fmt.Sprint(i)
				if m, ok := x.(map[string]any); ok && m["name"] != nil {
					key = fmt.Sprint(m["name"])
				}
				order = append(order, key)
				walk(at+"/"+key, x)
			}
			out[at+"#order"] = strings.Join(order, ",")
		default:
			out[at] = fmt.Sprint(v)
		}
	}
	dec := yaml.NewDecoder(strings.NewReader(stream))
	for {
		var doc map[string]any
		if err := dec.Decode(&doc); err != nil {
			return out
		}
		if doc == nil {
			continue
		}
		meta := doc["metadata"].(map[string]any)
		walk(fmt.Sprintf("%v %v/%v/%v", doc["apiVersion"], meta["namespace"], doc["kind"], meta["name"]), doc)
	}
}

// leafOf is the path of an edit's field among leaves.
func leafOf(e change.Edit) string {
	spec := "/spec/template/spec/"
	if e.Object.Kind == "CronJob" {
		spec = "/spec/jobTemplate/spec/template/spec/"
	}
	list := "containers/"
	if e.Field.Init {
		list = "initContainers/"
	}
	return e.Object.APIVersion + " " + e.Object.Namespace + "/" + e.Object.Kind + "/" + e.Object.Name + spec + list + e.Field.Container + "/resources/" + e.Field.List + "/" + e.Field.Resource
}

const (
	plainTop     = "resources: [workloads.yaml]\n"
	componentTop = "resources: [workloads.yaml]\ncomponents: [../component]\n"
)

// expect renders workloads with and without the component and checks that
// exactly the edits' leaves differ.
func expect(t testing.TB, workloads string, component []File, edits []change.Edit) {
	t.Helper()
	before, err := build(t, map[string]string{"/top/kustomization.yaml": plainTop, "/top/workloads.yaml": workloads}, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := build(t, map[string]string{"/top/kustomization.yaml": componentTop, "/top/workloads.yaml": workloads}, component)
	if err != nil {
		t.Fatal(err)
	}
	want, got := leaves(t, before), leaves(t, after)
	for _, e := range edits {
		delete(want, leafOf(e))
		if e.To != "" {
			want[leafOf(e)] = e.To
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
		for _, f := range component {
			t.Logf("%s\n%s", f.Path, f.Content)
		}
	}
}

func sample(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/workloads/workloads.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestComponentChangesWhatItSays(t *testing.T) {
	in := inputs()["rightsize"]
	files, skipped := Component(in)
	var edits []change.Edit
	for i := range in.Recommendations {
		if r := &in.Recommendations[i]; r.Workload.Kind != "Job" {
			edits = append(edits, editsOf(r)...)
		}
	}
	if len(edits) != 14 {
		t.Errorf("%d edits", len(edits))
	}
	expect(t, sample(t), files, edits)
	if len(skipped) != 1 || skipped[0].Object.Kind != "Job" {
		t.Errorf("skipped %v", skipped)
	}
}

func TestComponentAboveAnOverlayThatRenames(t *testing.T) {
	r := rec(id("shop", "Deployment", "pre-web"), "app", recommend.Proposed, set(1000, -1, -1, -1), set(500, -1, -1, -1))
	files, _ := Component(&Input{Kind: KindRightsize, Report: &analyzer.Report{Snapshot: &cluster.Snapshot{}}, At: at, Recommendations: []recommend.Recommendation{r}})
	web := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: app, image: x}]}}}\n"
	overlay := "namespace: shop\nnamePrefix: pre-\nresources: [web.yaml]\n"
	out, err := build(t, map[string]string{
		"/overlay/kustomization.yaml": overlay, "/overlay/web.yaml": web,
		"/top/kustomization.yaml": "resources: [../overlay]\ncomponents: [../component]\n",
	}, files)
	if err != nil || !strings.Contains(out, "cpu: 500m") {
		t.Errorf("%v\n%s", err, out)
	}
	// Inside the overlay the names are not yet those of the cluster: it fails
	// instead of doing nothing, as the kustomization says.
	_, err = build(t, map[string]string{"/top/kustomization.yaml": overlay + "components: [../component]\n", "/top/web.yaml": web}, files)
	if err == nil || !strings.Contains(err.Error(), "no matches for Id") {
		t.Errorf("the build gives %v", err)
	}
}

func TestAnIndexThatMovedFailsTheBuild(t *testing.T) {
	in := inputs()["rightsize"]
	in.Recommendations = slices.DeleteFunc(recs(), func(r recommend.Recommendation) bool { return r.Workload.Kind != "Rollout" })
	files, _ := Component(in)
	moved := strings.Replace(sample(t), "      - name: nginx\n", "      - name: new\n        image: new\n      - name: nginx\n", 1)
	_, err := build(t, map[string]string{"/top/kustomization.yaml": componentTop, "/top/workloads.yaml": moved}, files)
	if err == nil || !strings.Contains(err.Error(), "test failed") {
		t.Errorf("the build gives %v", err)
	}
}

func TestSkipped(t *testing.T) {
	s := &cluster.Snapshot{Workloads: []cluster.Workload{
		workload(id("a", "StatefulSet", "owned"), nil, "c"),
		workload(id("a", "Thing", "unread"), nil, "c"),
		workload(id("a", "Rollout", "bare"), nil, "c"),
	}}
	s.Workloads[0].OwnedBy, s.Workloads[1].Known = "PostgresCluster/main", false
	s.Sort()
	to := set(500, 128, -1, -1)
	from := set(1000, 256, -1, -1)
	for _, c := range []struct {
		name string
		w    cluster.WorkloadID
		from recommend.Setting
		edit func(*recommend.Recommendation)
		want string
	}{
		{"job", id("a", "Job", "j"), from, nil, "Job cannot be changed"},
		{"pod", id("a", "Pod", "p"), from, nil, "bare pod"},
		{"owned", id("a", "StatefulSet", "owned"), from, nil, "PostgresCluster/main owns it"},
		{"unread", id("a", "Thing", "unread"), from, nil, "could not be read"},
		{"gone", id("a", "Rollout", "gone"), from, nil, "no schema of its kind"},
		{"sidecar", id("a", "Rollout", "bare"), from, func(r *recommend.Recommendation) { r.Sidecar = true }, "no schema of its kind"},
		{"nothing to add to", id("a", "Rollout", "bare"), set(-1, -1, -1, 512), nil, "has no requests to add to"},
		{"no version", id("a", "Deployment", "d"), from, func(r *recommend.Recommendation) { r.Object.APIVersion = "" }, "API version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rec(c.w, "c", recommend.Proposed, c.from, to)
			if c.edit != nil {
				c.edit(&r)
			}
			files, skipped := Component(&Input{Report: &analyzer.Report{Snapshot: s}, At: at, Recommendations: []recommend.Recommendation{r}})
			if len(files) != 0 || len(skipped) != 1 || !strings.Contains(skipped[0].Why, c.want) {
				t.Errorf("%d files, skipped %v", len(files), skipped)
			}
		})
	}
	twice := []recommend.Recommendation{rec(id("a", "Deployment", "d"), "c", recommend.Proposed, from, to), rec(id("a", "Deployment", "d"), "c", recommend.Proposed, from, set(1, 1, -1, -1))}
	if files, skipped := Component(&Input{Report: &analyzer.Report{}, At: at, Recommendations: twice}); len(files) != 2 || len(skipped) != 1 {
		t.Errorf("%d files, skipped %v", len(files), skipped)
	}
}

func TestFileNames(t *testing.T) {
	object := func(version, ns, kind, name string) *patch {
		return &patch{object: change.Object{APIVersion: version, Kind: kind, Namespace: ns, Name: name}}
	}
	long := strings.Repeat("a.long-name-", 20)
	in := []*patch{
		object("apps/v1", "shop", "Deployment", "web"),
		object("example.com/v1", "shop", "Deployment", "web"),
		object("apps/v1", "a", "Deployment", "deployment-x"),
		object("apps/v1", "a-deployment", "Deployment", "x"),
		object("apps/v1", "shop", "Deployment", long),
		object("apps/v1", "shop", "Deployment", long+"2"),
		object("apps/v1", "shop", "Deployment", "../../etc/passwd"),
		object("apps/v1", "shop", "Deployment", "a.b.c"),
		object("apps/v1", "", "Deployment", "süß"),
		object("apps/v1", "", "Deployment", "s--"),
		object("apps/v1", "", "Deployment", "s-"),
	}
	got := fileNames(in)
	seen := map[string]bool{}
	for i, n := range got {
		if seen[n] || len(n) > 140 || strings.ContainsAny(n, "/\\ ") || strings.HasPrefix(n, ".") || strings.ToLower(n) != n {
			t.Errorf("%v is in file %q", in[i].object, n)
		}
		seen[n] = true
	}
	if got[7] != "shop-deployment-a.b.c.yaml" {
		t.Errorf("a plain name became %q", got[7])
	}
	if again := fileNames(in); !reflect.DeepEqual(got, again) {
		t.Error("names differ from run to run")
	}
}

// TestAnyChangeIsRendered makes clusters and recommendations at random: what
// Kustomize renders has each edit's To, and nothing else has changed.
func TestAnyChangeIsRendered(t *testing.T) {
	names := []string{"app", "on", "123", "a-b", "c.d", "y"}
	kinds := []string{"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Rollout", "ReplicaSet"}
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		amount := func() int64 {
			if rnd.IntN(3) == 0 {
				return -1
			}
			return rnd.Int64N(4000) + 1
		}
		some := func() recommend.Setting { return set(amount(), amount(), amount(), amount()) }
		s := &cluster.Snapshot{}
		var stream strings.Builder
		var list []recommend.Recommendation
		for i := range rnd.IntN(5) + 1 {
			w := workload(id("ns"+fmt.Sprint(rnd.IntN(2)), kinds[rnd.IntN(len(kinds))], fmt.Sprintf("w.%d", i)), nil)
			var specs [2][]map[string]any
			for j, k := range rnd.Perm(len(names))[:rnd.IntN(4)+1] {
				c := cluster.Container{Name: names[k], Sidecar: j == 0 && rnd.IntN(3) == 0}
				r := rec(w.ID, c.Name, recommend.Proposed, some(), some())
				r.Sidecar = c.Sidecar
				if rnd.IntN(4) == 0 {
					r.Status = recommend.Keep
				}
				w.Containers, list = append(w.Containers, c), append(list, r)
				at := 0
				if c.Sidecar {
					at = 1
				}
				specs[at] = append(specs[at], container(&r))
			}
			s.Workloads = append(s.Workloads, w)
			writeObject(t, &stream, &w, specs)
		}
		s.Sort()
		rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		files, skipped := Component(&Input{Kind: KindRightsize, Report: &analyzer.Report{Snapshot: s}, At: at, Recommendations: list})
		var edits []change.Edit
		for i := range list {
			if !slices.ContainsFunc(skipped, func(s Skipped) bool { return s.Object == list[i].Object && s.Container == list[i].Container }) {
				edits = append(edits, editsOf(&list[i])...)
			}
		}
		if len(edits) == 0 {
			if len(files) != 0 {
				t.Errorf("seed %d: files without edits", seed)
			}
			continue
		}
		for _, sk := range skipped {
			if sk.Object.Kind != "Rollout" {
				t.Errorf("seed %d: %v", seed, sk)
			}
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { expect(t, stream.String(), files, edits) })
	}
}

// container is the manifest of a recommendation's container.
func container(r *recommend.Recommendation) map[string]any {
	resources := map[string]any{}
	for _, list := range []struct {
		name string
		r    cluster.Resources
	}{{"requests", r.Current.Request}, {"limits", r.Current.Limit}} {
		m := map[string]any{}
		if c := cpuText(list.r.CPU); c != "" {
			m["cpu"] = c
		}
		if b := memoryText(list.r.Memory); b != "" {
			m["memory"] = b
		}
		if len(m) > 0 {
			m["example.com/device"] = "1"
			resources[list.name] = m
		}
	}
	c := map[string]any{"name": r.Container, "image": "i"}
	if len(resources) > 0 {
		c["resources"] = resources
	}
	return c
}

func writeObject(t testing.TB, b *strings.Builder, w *cluster.Workload, specs [2][]map[string]any) {
	t.Helper()
	pod := map[string]any{}
	if specs[0] != nil {
		pod["containers"] = specs[0]
	}
	if specs[1] != nil {
		pod["initContainers"] = specs[1]
	}
	spec := map[string]any{"template": map[string]any{"spec": pod}}
	if w.ID.Kind == "CronJob" {
		spec = map[string]any{"jobTemplate": map[string]any{"spec": spec}}
	}
	out, err := yaml.Marshal(map[string]any{
		"apiVersion": w.APIVersion, "kind": w.ID.Kind,
		"metadata": map[string]any{"name": w.ID.Name, "namespace": w.ID.Namespace}, "spec": spec,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("---\n" + string(out))
}
