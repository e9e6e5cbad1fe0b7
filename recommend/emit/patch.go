package emit

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/change"
)

// patch is the changes to one object.
type patch struct {
	object     change.Object
	strategic  bool
	workload   *cluster.Workload // nil where the snapshot has none
	containers []patched         // in the template's order where it is known
}

// patched is one changed container.
type patched struct {
	rec   *recommend.Recommendation
	edits []change.Edit
	index int // in its list of the template; -1 where unknown
}

// add takes a recommendation in, or says why a patch cannot carry it.
func (p *patch) add(r *recommend.Recommendation, edits []change.Edit) string {
	o := p.object
	switch {
	case o.APIVersion == "" || o.Kind == "" || o.Name == "":
		return "its API version is not known"
	case o.Kind == "Pod" && o.APIVersion == "v1":
		return "a bare pod has no template; change what creates it"
	case o.Kind == "Job" && strings.HasPrefix(o.APIVersion, "batch/"):
		return "the template of a Job cannot be changed; change what creates it"
	case p.workload != nil && p.workload.OwnedBy != "":
		return p.workload.OwnedBy + " owns it and would undo the patch; change that instead"
	case p.workload != nil && !p.workload.Known:
		return "its pod template could not be read, so the place of the container in it is not known"
	case slices.ContainsFunc(p.containers, func(c patched) bool { return c.rec.Container == r.Container }):
		return "there is another proposal for the same container"
	}
	index := p.index(r.Container, r.Sidecar)
	if !p.strategic {
		if index < 0 {
			return "Kustomize has no schema of its kind and the place of the container in the template is not known"
		}
		for _, e := range edits {
			if unset(r.Current, e.Field.List) {
				return "Kustomize has no schema of its kind and it has no " + e.Field.List + " to add to; write them once by hand"
			}
		}
	}
	p.containers = append(p.containers, patched{r, edits, index})
	slices.SortStableFunc(p.containers, func(a, b patched) int {
		return cmp.Or(cmp.Compare(a.index, b.index), strings.Compare(a.rec.Container, b.rec.Container))
	})
	return ""
}

// index is the container's place among the template's containers, -1 where it
// is not known. That of a sidecar never is: a snapshot leaves out the init
// containers that end.
func (p *patch) index(name string, sidecar bool) int {
	if p.workload == nil || sidecar {
		return -1
	}
	return slices.Index(p.order(), name)
}

// order is the names of the template's containers without its sidecars.
func (p *patch) order() []string {
	var names []string
	if p.workload != nil {
		for i := range p.workload.Containers {
			if c := &p.workload.Containers[i]; !c.Sidecar {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

func unset(s recommend.Setting, list string) bool {
	r := s.Request
	if list == "limits" {
		r = s.Limit
	}
	return r.CPU == nil && r.Memory == nil
}

func (p *patch) write(b *bytes.Buffer) {
	if p.strategic {
		p.merge(b)
		return
	}
	for _, c := range p.containers {
		at := fmt.Sprintf("/spec/template/spec/containers/%d", c.index)
		fmt.Fprintf(b, "- op: test\n  path: %s/name\n  value: %s\n", at, yamlString(c.rec.Container))
		for _, e := range c.edits {
			path := at + "/resources/" + e.Field.List + "/" + e.Field.Resource
			if e.To == "" {
				fmt.Fprintf(b, "- op: remove\n  path: %s\n", path)
			} else {
				fmt.Fprintf(b, "- op: add\n  path: %s\n  value: %s\n", path, yamlString(e.To))
			}
		}
	}
}

// merge writes a strategic merge patch.
func (p *patch) merge(b *bytes.Buffer) {
	fmt.Fprintf(b, "apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n", yamlString(p.object.APIVersion), yamlString(p.object.Kind), yamlString(p.object.Name))
	if p.object.Namespace != "" {
		fmt.Fprintf(b, "  namespace: %s\n", yamlString(p.object.Namespace))
	}
	path := []string{"spec", "template", "spec"}
	if p.object.Kind == "CronJob" {
		path = []string{"spec", "jobTemplate", "spec", "template", "spec"}
	}
	indent := ""
	for _, key := range path {
		b.WriteString(indent + key + ":\n")
		indent += "  "
	}
	var sidecars, containers []patched
	for _, c := range p.containers {
		if c.rec.Sidecar {
			sidecars = append(sidecars, c)
		} else {
			containers = append(containers, c)
		}
	}
	if len(sidecars) > 0 {
		b.WriteString(indent + "initContainers:\n" +
			indent + "# These come first in the list when built. Where other init containers have\n" +
			indent + "# to stay before them, name those here too.\n")
		for _, c := range sidecars {
			c.merge(b, indent)
		}
	}
	if len(containers) == 0 {
		return
	}
	b.WriteString(indent + "containers:\n")
	order, next := p.order(), 0
	for _, c := range containers {
		// Those before it, unchanged, so that the order stays.
		for ; next <= c.index; next++ {
			if next < c.index {
				b.WriteString(indent + "- name: " + yamlString(order[next]) + "\n")
			}
		}
		c.merge(b, indent)
	}
}

func (c *patched) merge(b *bytes.Buffer, indent string) {
	b.WriteString(indent + "- name: " + yamlString(c.rec.Container) + "\n" + indent + "  resources:\n")
	list := ""
	for _, e := range c.edits {
		if e.Field.List != list {
			list = e.Field.List
			b.WriteString(indent + "    " + list + ":\n")
		}
		to := "null"
		if e.To != "" {
			to = yamlString(e.To)
		}
		b.WriteString(indent + "      " + e.Field.Resource + ": " + to + "\n")
	}
}

// longestName keeps a file's name well below the 255 bytes that file systems
// allow.
const longestName = 120

// fileNames gives each patch a name of its own: namespace-kind-name.yaml in
// lower case, with a hash of the whole identity where that is too long, holds
// what a file's name should not, or belongs to two.
func fileNames(patches []*patch) []string {
	names, seen := make([]string, len(patches)), map[string]int{}
	exact := make([]bool, len(patches))
	for i, p := range patches {
		full := strings.ToLower(strings.TrimPrefix(p.object.Namespace+"-", "-") + p.object.Kind + "-" + p.object.Name)
		names[i] = strings.Trim(strings.Map(fileRune, full), ".-")
		exact[i] = names[i] == full && len(full) <= longestName
		seen[names[i]]++
	}
	for i, p := range patches {
		if !exact[i] || seen[names[i]] > 1 {
			h := sha256.Sum256([]byte(strings.Join([]string{p.object.APIVersion, p.object.Kind, p.object.Namespace, p.object.Name}, "\x00")))
			names[i] = names[i][:min(len(names[i]), longestName)] + "-" + hex.EncodeToString(h[:5])
		}
		names[i] += ".yaml"
	}
	return names
}

func fileRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
		return r
	}
	return '-'
}
