package emit

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/change"
)

// marker is the first line of every file of a component. It is how
// WriteComponent knows a folder that it may replace.
const marker = "# trimtab.dev/component: v1"

// File is a file of a component.
type File struct {
	Path    string // from the component's folder, with slashes
	Content []byte
}

// Skipped is a proposal that a component cannot carry.
type Skipped struct {
	Object    change.Object
	Container string
	Why       string // a clause without a period
}

// String says what was skipped and why.
func (s Skipped) String() string { return s.Object.String() + "/" + s.Container + ": " + s.Why }

// Component is the proposals among the recommendations of in as a Kustomize
// component: a kustomization.yaml and one patch per workload, sorted by path,
// with the evidence as comments. Other recommendations are passed over. There
// are no files where no proposal can be carried.
//
// Kinds that Kustomize knows get a strategic merge patch. Kustomize puts the
// containers that such a patch names first, so it names those before the last
// changed one too, in the template's order. Of other kinds Kustomize would
// replace the whole list; they get a JSON 6902 patch by the container's index,
// which fails where another container is found there.
func Component(in *Input) ([]File, []Skipped) {
	var skipped []Skipped
	objects := map[change.Object]*patch{}
	for i := range in.Recommendations {
		r := &in.Recommendations[i]
		edits := editsOf(r)
		if len(edits) == 0 {
			continue
		}
		p := objects[r.Object]
		if p == nil {
			p = &patch{object: r.Object, strategic: builtin(r.Object), workload: workloadOf(in.Report.Snapshot, r)}
		}
		if why := p.add(r, edits); why != "" {
			skipped = append(skipped, Skipped{r.Object, r.Container, why})
			continue
		}
		objects[r.Object] = p
	}
	if len(objects) == 0 {
		return nil, skipped
	}

	patches := slices.SortedFunc(maps.Values(objects), func(a, b *patch) int { return a.object.Compare(b.object) })
	names := fileNames(patches)
	files := make([]File, 1, len(patches)+1)
	var list bytes.Buffer
	about := evidenceOf(in)
	for i, p := range patches {
		path := "patches/" + names[i]
		var b bytes.Buffer
		b.WriteString(marker + "\n#\n")
		about.write(&b, p)
		p.write(&b)
		files = append(files, File{path, b.Bytes()})
		list.WriteString("- path: " + yamlString(path) + "\n")
		if !p.strategic {
			p.target(&list)
		}
	}
	files[0] = File{"kustomization.yaml", append([]byte(marker+"\n"+componentHead), list.Bytes()...)}
	for i := range files {
		files[i].Content = seal(files[i].Content)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, skipped
}

const componentHead = `#
# List this folder under "components:" of a kustomization whose resources have
# the names and namespaces that they have in the cluster: where an overlay sets
# namePrefix, nameSuffix or namespace, in one above it. A workload that is not
# among those resources fails the build: take its line out below.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
`

// workloadOf is the workload that a recommendation is for, nil where the
// snapshot has none. Two of different API versions may share an identity.
func workloadOf(s *cluster.Snapshot, r *recommend.Recommendation) *cluster.Workload {
	if s == nil {
		return nil
	}
	w, ok := s.Workload(r.Workload)
	if !ok || w.APIVersion == r.Object.APIVersion {
		return w
	}
	i := slices.IndexFunc(s.Workloads, func(w cluster.Workload) bool {
		return w.ID == r.Workload && w.APIVersion == r.Object.APIVersion
	})
	if i < 0 {
		return nil
	}
	return &s.Workloads[i]
}

// editsOf is what a recommendation changes; none unless it is proposed.
func editsOf(r *recommend.Recommendation) []change.Edit {
	if r.Status != recommend.Proposed {
		return nil
	}
	var edits []change.Edit
	add := func(list, resource, from, to string) {
		if from != to {
			f := change.Field{Container: r.Container, Init: r.Sidecar, List: list, Resource: resource}
			edits = append(edits, change.Edit{Object: r.Object, Field: f, From: from, To: to})
		}
	}
	lists := func(list string, from, to cluster.Resources) {
		add(list, "cpu", cpuText(from.CPU), cpuText(to.CPU))
		add(list, "memory", memoryText(from.Memory), memoryText(to.Memory))
	}
	lists("requests", r.Current.Request, r.Proposed.Request)
	lists("limits", r.Current.Limit, r.Proposed.Limit)
	return edits
}

// builtin reports whether Kustomize has a schema of the object's kind, so
// that it merges containers by name.
func builtin(o change.Object) bool {
	switch o.APIVersion + " " + o.Kind {
	case "apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 DaemonSet", "apps/v1 ReplicaSet",
		"batch/v1 CronJob", "v1 ReplicationController":
		return true
	}
	return false
}

// target writes the lines that say which object a JSON 6902 patch is for.
// Kustomize reads each of them as a regular expression.
func (p *patch) target(b *bytes.Buffer) {
	group, version, ok := strings.Cut(p.object.APIVersion, "/")
	if !ok {
		group, version = "", group
	}
	b.WriteString("  # Each is a regular expression. Kustomize is silent where nothing matches.\n  target:\n")
	for _, kv := range [][2]string{{"group", group}, {"version", version}, {"kind", p.object.Kind}, {"name", p.object.Name}, {"namespace", p.object.Namespace}} {
		if kv[1] != "" {
			b.WriteString("    " + kv[0] + ": " + yamlString(regexp.QuoteMeta(kv[1])) + "\n")
		}
	}
}

// writeKustomize writes the component's files one after another, each headed
// by its path, as a stream of YAML documents; what it cannot carry is listed
// at the end.
func writeKustomize(w io.Writer, in *Input) error {
	files, skipped := Component(in)
	b := bufio.NewWriter(w)
	for i, f := range files {
		if i > 0 {
			b.WriteString("---\n")
		}
		b.WriteString("# file: " + f.Path + "\n")
		b.Write(f.Content)
	}
	if len(files) == 0 {
		b.WriteString("# nothing to change\n")
	}
	for _, s := range skipped {
		b.WriteString("# skipped: " + plain(s.String()) + "\n")
	}
	return b.Flush()
}
