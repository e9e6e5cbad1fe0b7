package e2e

import (
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

var sizes = []struct{ width, height int }{{80, 24}, {200, 60}}

// From the start to an exported component, as somebody would go.
func TestTUI(t *testing.T) {
	// What the terminal program shows without the detail.
	report := parseRightsize(t, shop.trimtab(t, "rightsize", "-o", "json", "--detail", "none").stdout)
	proposed, inStorefront := make(map[string]*recommendation), 0
	for i := range report.Recommendations {
		r := &report.Recommendations[i]
		if r.Status == "proposed" {
			proposed[r.id().String()] = r
		}
		if r.Workload.Namespace == "storefront" {
			inStorefront++
		}
	}
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			term := newTerminal(t, size.width, size.height, shop.cluster.Kubeconfig())
			term.program("--detail", "none")
			term.await("Overview", "per month", "storefront", "as of")
			if got := term.state(); !strings.HasPrefix(got, "alternate 1") {
				t.Errorf("the program runs with %s", got)
			}

			// Drill down: namespace, workload, container.
			term.text(":wl storefront")
			term.keys("Enter")
			term.await("catalog", "recommendations", "image-resizer", fmt.Sprintf(" %d containers", inStorefront))
			term.escape("› storefront")
			term.text("a")
			term.await(fmt.Sprintf("%d containers", len(report.Recommendations)))
			term.text("/catalog")
			term.keys("Enter")
			term.await(fmt.Sprintf("1 of %d containers", len(report.Recommendations)))
			term.keys("Enter")
			page := term.await("cpu request", "mem request", "p95", "OOM kills")
			presentOnScreen(t, page, containerID{workloadID{"storefront", "Deployment", "catalog"}, "catalog"})
			term.escape("cpu request")
			term.escape("filter catalog")
			term.await(fmt.Sprintf(" %d containers", len(report.Recommendations)))

			// Filter, sort, mark three.
			term.text("/proposed")
			term.keys("Enter")
			term.await(fmt.Sprintf("%d of %d containers", len(proposed), len(report.Recommendations)))
			before := sortOf(term.screen())
			term.text("o")
			term.until("another order", func(s string) bool { return sortOf(s) != "" && sortOf(s) != before })
			for n := range 3 {
				term.keys("Space")
				term.await(fmt.Sprintf("%d marked", n+1))
				if n < 2 {
					at := cursorLine(term.screen())
					term.keys("Down")
					term.until("the cursor to move", func(s string) bool { return cursorLine(s) != at })
				}
			}

			// Into the basket, and out of the program.
			term.text("b")
			term.await("3 added to the basket", "basket 3")
			term.text("B")
			term.await("Change basket", "3 changes")
			term.text("q")
			term.await("Quit?")
			term.escape("Quit?")
			term.text("e")
			term.await("Exported 3 changes", "kustomization.yaml")
			term.escape("Exported 3 changes")
			checkExport(t, filepath.Join(term.dir, "trimtab-component"), proposed, 3)
			term.text("q")
			term.ended(0)
		})
	}
}

// sortOf is the order that the status line names.
func sortOf(screen string) string {
	return regexp.MustCompile(`sort .{1,18}? [↑↓]`).FindString(screen)
}

// cursorLine is the line that the cursor of a table is on.
func cursorLine(screen string) string {
	return regexp.MustCompile(`(?m)^.{0,4}›.*$`).FindString(screen)
}

// presentOnScreen holds the page of a container against kubectl top.
func presentOnScreen(t *testing.T, page string, id containerID) {
	t.Helper()
	m := regexp.MustCompile(`now (\d+)m, ([0-9.]+)(Mi|Gi)`).FindStringSubmatch(page)
	if m == nil {
		t.Errorf("the page does not say what the container uses now:\n%s", page)
		return
	}
	l := observe(t)
	var cpu, memory float64
	for pod, containers := range top(t) {
		if v, ok := containers[id.container]; ok && l.owner[pod] == id.workloadID {
			cpu, memory = max(cpu, v[0]), max(memory, v[1])
		}
	}
	shownCPU, _ := strconv.ParseFloat(m[1], 64)
	shownMemory := amount(t, m[2]+m[3])
	// Three digits are shown of memory; metrics-server may have scraped between.
	if d := shownCPU/1000 - cpu; d > 0.001+0.02*cpu || -d > 0.001+0.02*cpu {
		t.Errorf("the page shows %sm, kubectl top %.0fm", m[1], 1000*cpu)
	}
	if d := shownMemory/memory - 1; d > 0.05 || d < -0.05 {
		t.Errorf("the page shows %s%s, kubectl top %.0fMi", m[2], m[3], memory/mebi)
	}
}

// checkExport holds the exported files against what is proposed.
func checkExport(t *testing.T, dir string, proposed map[string]*recommendation, containers int) {
	t.Helper()
	var kustomization struct {
		Kind    string
		Patches []struct{ Path string }
	}
	readYAML(t, filepath.Join(dir, "kustomization.yaml"), &kustomization)
	if kustomization.Kind != "Component" || len(kustomization.Patches) == 0 {
		t.Errorf("the kustomization is %+v", kustomization)
	}
	type container struct {
		Name      string
		Resources map[string]map[string]*string
	}
	type podSpec struct {
		Template struct {
			Spec struct{ Containers []container }
		}
	}
	seen := 0
	for _, p := range kustomization.Patches {
		var patch struct {
			Kind     string
			Metadata struct{ Namespace, Name string }
			Spec     struct {
				podSpec
				JobTemplate struct{ Spec podSpec }
			}
		}
		readYAML(t, filepath.Join(dir, p.Path), &patch)
		for _, c := range append(patch.Spec.Template.Spec.Containers, patch.Spec.JobTemplate.Spec.Template.Spec.Containers...) {
			if len(c.Resources) == 0 {
				continue // named for the order's sake
			}
			seen++
			id := containerID{workloadID{patch.Metadata.Namespace, patch.Kind, patch.Metadata.Name}, c.Name}
			r := proposed[id.String()]
			if r == nil {
				t.Errorf("%s is exported, and nothing is proposed for it", id)
				continue
			}
			for list, values := range c.Resources {
				want := r.Proposed.Requests
				if list == "limits" {
					want = r.Proposed.Limits
				}
				for resource, v := range values {
					if v == nil || want[resource] == nil || amount(t, *v) != amount(t, *want[resource]) {
						t.Errorf("%s: the exported %s of %s is not the proposed one", id, list, resource)
					}
				}
			}
		}
	}
	if seen != containers {
		t.Errorf("%d containers were exported, not %d", seen, containers)
	}
}

func readYAML(t *testing.T, path string, to any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, to); err != nil {
		t.Fatalf("reading %s: %v", filepath.Base(path), err)
	}
}

// However it ends, the terminal is as it was.
func TestTUILeavesTheTerminalClean(t *testing.T) {
	ready := func(term *terminal) { term.await("COST per month", "storefront") }
	signal := func(s syscall.Signal) func(*terminal) {
		return func(term *terminal) {
			ready(term)
			pid, err := strconv.Atoi(term.pid())
			if err != nil {
				term.t.Fatal(err)
			}
			if err := syscall.Kill(pid, s); err != nil {
				term.t.Fatal(err)
			}
		}
	}
	for name, tc := range map[string]struct {
		end  func(*terminal)
		code int
	}{
		"q":      {func(term *terminal) { ready(term); term.text("q") }, 0},
		"ctrl-c": {func(term *terminal) { ready(term); term.keys("C-c") }, 0},
		// While the cluster is being read.
		"ctrl-c-at-once": {func(term *terminal) { term.await("Overview"); term.keys("C-c") }, 0},
		"sigterm":        {signal(syscall.SIGTERM), 130},
		"sigint":         {signal(syscall.SIGINT), 130},
		"resize": {func(term *terminal) {
			ready(term)
			term.resize(20, 5)
			term.await("trimtab needs")
			term.text("a") // no key but q does anything
			term.resize(80, 24)
			term.await("COST per month", "storefront")
			term.resize(200, 60)
			term.until("the wide screen", func(s string) bool {
				return strings.Contains(s, "storefront") && slices.ContainsFunc(strings.Split(s, "\n"), func(l string) bool { return len([]rune(l)) > 150 })
			})
			term.resize(80, 24)
			term.await("COST per month", "storefront")
			term.text("q")
		}, 0},
		"resize-and-quit-small": {func(term *terminal) {
			ready(term)
			term.resize(20, 5)
			term.await("trimtab needs")
			term.text("q")
			term.until("the shell", func(string) bool { _, err := os.Stat(filepath.Join(term.dir, "after")); return err == nil })
			term.resize(80, 24)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			term := newTerminal(t, 80, 24, shop.cluster.Kubeconfig())
			term.program("--detail", "none")
			tc.end(term)
			if name == "resize-and-quit-small" {
				// The settings hold the size, which has changed.
				if got, want := term.state(), "alternate 0, cursor 1, mouse 0, keypad 0, cursor keys 0"; got != want {
					t.Errorf("the terminal is left with %s; it should be %s", got, want)
				}
				return
			}
			term.ended(tc.code)
		})
	}
}

// A terminal that goes away takes the program with it.
func TestTUIEndsWithItsTerminal(t *testing.T) {
	term := newTerminal(t, 80, 24, shop.cluster.Kubeconfig())
	term.program()
	term.await("COST per month")
	pid, err := strconv.Atoi(term.pid())
	if err != nil {
		t.Fatal(err)
	}
	term.tmux("kill-server")
	for end := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the program was still there 10 s after its terminal had gone")
		}
	}
}

// A server that is not there, and one that goes away while it is read: the screen
// says so and what helps, every key works, and the terminal is left clean.
func TestTUILosesTheCluster(t *testing.T) {
	t.Run("not-there", func(t *testing.T) {
		term := newTerminal(t, 80, 24, kubeconfigWith(t, "", "https://"+closedPort(t)))
		term.program()
		term.await("stopped", "E: what helps")
		term.text("E")
		term.await("connection refused", "context")
		term.text("q")
		term.ended(0)
	})
	t.Run("goes-away", func(t *testing.T) {
		line := newTelephone(t, strings.TrimPrefix(serverOf(t), "https://"))
		term := newTerminal(t, 80, 24, kubeconfigWith(t, "", "https://"+line.address()))
		// Everything in detail, so that there is time to cut the line.
		term.program("--detail", "all", "--detail-budget", "4Gi")
		term.await("COST per month", "storefront", "detail")
		line.cut()
		term.await("as of")
		term.text("E")
		term.await("keep the survey's resolution")
		term.escape("keep the survey's resolution")
		term.text("a")
		term.await("catalog", "containers")
		term.text("q")
		term.ended(0)
	})
}

// telephone is a line to a server that can be cut.
type telephone struct {
	listener net.Listener
	mu       sync.Mutex
	open     map[net.Conn]bool
}

func newTelephone(t *testing.T, to string) *telephone {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &telephone{listener: l, open: make(map[net.Conn]bool)}
	t.Cleanup(p.cut)
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			p.mu.Lock()
			p.open[near], p.open[far] = true, true
			p.mu.Unlock()
			go func() { _, _ = io.Copy(near, far); near.Close() }()
			go func() { _, _ = io.Copy(far, near); far.Close() }()
		}
	}()
	return p
}

func (p *telephone) address() string { return p.listener.Addr().String() }

func (p *telephone) cut() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range slices.Collect(maps.Keys(p.open)) {
		c.Close()
	}
}
