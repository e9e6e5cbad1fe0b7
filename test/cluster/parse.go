package cluster

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/api/resource"
)

//go:embed scenarios/*/*.yaml
var scenarioFiles embed.FS

// Duration is a time.Duration that is written like "90s", "6h" or "14d".
type Duration time.Duration

// UnmarshalYAML reads a duration. It fails on anything that is no number with
// a unit.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	v, err := ParseDuration(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*d = Duration(v)
	return nil
}

// ParseDuration reads what time.ParseDuration reads, and days ("14d", "1d12h").
func ParseDuration(text string) (time.Duration, error) {
	rest, days := text, 0.0
	if i := strings.IndexByte(text, 'd'); i > 0 {
		n, err := strconv.ParseFloat(text[:i], 64)
		if err != nil || !(n >= 0 && n < 1e5) {
			return 0, fmt.Errorf("%q is no duration: want e.g. 90s, 6h, 14d", text)
		}
		days, rest = n, text[i+1:]
	}
	out := time.Duration(days * 24 * float64(time.Hour))
	if rest != "" {
		v, err := time.ParseDuration(rest)
		if err != nil || v < 0 || v > 1e5*24*time.Hour/100 {
			return 0, fmt.Errorf("%q is no duration: want e.g. 90s, 6h, 14d", text)
		}
		out += v
	}
	return out, nil
}

// Quantity is a Kubernetes quantity such as 250m or 512Mi. The zero value means
// unset.
type Quantity struct{ resource.Quantity }

// UnmarshalYAML reads a quantity. It fails on what Kubernetes would refuse and on
// negative ones.
func (q *Quantity) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: want a quantity such as 250m or 512Mi", node.Line)
	}
	v, err := resource.ParseQuantity(node.Value)
	if err != nil || v.Sign() < 0 {
		return fmt.Errorf("line %d: %q is no quantity: want e.g. 250m or 512Mi", node.Line, node.Value)
	}
	*q = Quantity{v}
	return nil
}

// Float returns the quantity in cores or bytes.
func (q Quantity) Float() float64 { return q.AsApproximateFloat64() }

// ScenarioNames lists the scenarios that are compiled in.
func ScenarioNames() []string {
	entries, err := scenarioFiles.ReadDir("scenarios")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// LoadScenario reads a scenario: a compiled-in one by name, or, if name holds a
// slash or ends in .yaml, a file or a folder of files. The lists of a folder's
// files are joined.
func LoadScenario(name string) (*Scenario, error) {
	var files fs.FS = scenarioFiles
	pattern := "scenarios/" + name + "/*.yaml"
	if strings.ContainsRune(name, filepath.Separator) || strings.HasSuffix(name, ".yaml") {
		files, pattern = os.DirFS(filepath.Dir(name)), filepath.Base(name)
		if !strings.HasSuffix(name, ".yaml") {
			pattern += "/*.yaml"
		}
	}
	paths, err := fs.Glob(files, pattern)
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no scenario %q: there are %s, or give a .yaml file or a folder of them",
			name, strings.Join(ScenarioNames(), ", "))
	}
	var all Scenario
	for _, path := range paths {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, fmt.Errorf("reading the scenario: %w", err)
		}
		part, err := decodeScenario(text)
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %s: %w", name, filepath.Base(path), err)
		}
		if err := all.join(part); err != nil {
			return nil, fmt.Errorf("scenario %s: %s: %w", name, filepath.Base(path), err)
		}
	}
	if err := all.finish(); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", name, err)
	}
	return &all, nil
}

// join adds another file's part of a scenario. Only one file may have what is no
// list.
func (s *Scenario) join(part *Scenario) error {
	nodes, namespaces, workloads := append(s.Nodes, part.Nodes...), append(s.Namespaces, part.Namespaces...), append(s.Workloads, part.Workloads...)
	objects, offerings := append(s.Objects, part.Objects...), append(s.Offerings, part.Offerings...)
	if part.Name != "" {
		if s.Name != "" {
			return fmt.Errorf("another file names the scenario too: %s and %s", s.Name, part.Name)
		}
		*s = *part
	}
	s.Nodes, s.Namespaces, s.Workloads, s.Objects, s.Offerings = nodes, namespaces, workloads, objects, offerings
	return nil
}

// ParseScenario reads a scenario of one file, fills in what has a default and
// checks it. Its errors name the line or the object at fault.
func ParseScenario(text []byte) (*Scenario, error) {
	s, err := decodeScenario(text)
	if err != nil {
		return nil, err
	}
	if err := s.finish(); err != nil {
		return nil, err
	}
	return s, nil
}

func decodeScenario(text []byte) (*Scenario, error) {
	var s Scenario
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, err
	}
	return &s, nil
}

func (s *Scenario) finish() error {
	s.setDefaults()
	return s.Check()
}

func (s *Scenario) setDefaults() {
	if s.Region == "" {
		s.Region = "us-east-1"
	}
	h := &s.History
	if h.Length == 0 {
		h.Length = Duration(14 * 24 * time.Hour)
	}
	if h.Scrape == 0 {
		h.Scrape = Duration(30 * time.Second)
	}
	if h.StateScrape == 0 {
		h.StateScrape = h.Scrape
	}
	for i := range s.Nodes {
		n := &s.Nodes[i]
		if n.Count == 0 {
			n.Count = 1
		}
		if n.Arch == "" {
			n.Arch = "amd64"
		}
		if n.CapacityType == "" {
			n.CapacityType = "on-demand"
		}
		if len(n.Zones) == 0 {
			n.Zones = []string{s.Region + "a"}
		}
		if n.KubeletVersion == "" {
			n.KubeletVersion = "v1.35.4-eks-3abbec1"
		}
		if n.KernelVersion == "" {
			n.KernelVersion = "6.12.58-82.121.amzn2023." + map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[n.Arch]
		}
		if n.OSImage == "" {
			n.OSImage = "Amazon Linux 2023.9.20251117"
		}
	}
	for i := range s.Workloads {
		w := &s.Workloads[i]
		if w.Replicas == 0 && w.Kind != KindDaemonSet {
			w.Replicas = 1
		}
		if w.Kind == KindCronJob && w.RunFor == 0 {
			w.RunFor = Duration(5 * time.Minute)
		}
		for _, list := range [][]Container{w.InitContainers, w.Containers} {
			for j := range list {
				if list[j].Image == "" {
					list[j].Image = "example.dev/" + w.Namespace + "/" + list[j].Name + ":1.0.0"
				}
			}
		}
	}
}
