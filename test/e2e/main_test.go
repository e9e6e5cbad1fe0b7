package e2e

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trimtab/trimtab/test/cluster"
)

// testbed is what all tests share: the program, and a cluster to run it against.
type testbed struct {
	cluster *cluster.Cluster
	program string
	// home stands in for the user's home folder, so that nothing of the machine
	// that runs the tests has a say, and nothing is left on it.
	home string
	// audited is where this run begins in the audit log.
	audited int64
}

var shop *testbed

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "trimtab-e2e-")
	if err != nil {
		return 0, err
	}
	defer func() {
		if code != 0 || err != nil {
			fmt.Fprintln(os.Stderr, "e2e: what the cluster left behind is in", dir)
			return
		}
		err = os.RemoveAll(dir)
	}()
	shop = &testbed{program: filepath.Join(dir, "trimtab"), home: filepath.Join(dir, "home")}
	if err := os.Mkdir(shop.home, 0o755); err != nil {
		return 0, err
	}
	if ready := os.Getenv("TRIMTAB_E2E_PROGRAM"); ready != "" {
		if shop.program, err = filepath.Abs(ready); err != nil {
			return 0, err
		}
	} else if err := build(shop.program); err != nil {
		return 0, err
	}
	if running := os.Getenv("TRIMTAB_E2E_DIR"); running != "" {
		if shop.cluster, err = cluster.Open(running); err != nil {
			return 0, err
		}
	} else {
		begin := time.Now()
		if shop.cluster, err = cluster.Start(context.Background(), cluster.Options{
			Scenario: "shop", Dir: filepath.Join(dir, "shop"), Audit: true, Log: os.Stderr,
		}); err != nil {
			return 0, err
		}
		fmt.Fprintf(os.Stderr, "e2e: the cluster was up after %s\n", time.Since(begin).Round(time.Second))
		defer func() { err = errors.Join(err, shop.cluster.Stop()) }()
	}
	if shop.audited, err = size(shop.cluster.AuditLog()); err != nil {
		return 0, err
	}
	code = m.Run()
	// The whole run, whatever the tests above it did.
	trespasses, seen, err := trespassesIn(shop.cluster.AuditLog(), shop.audited)
	if err != nil {
		return code, err
	}
	fmt.Fprintf(os.Stderr, "e2e: the audit log holds %d requests of the program\n", seen)
	if len(trespasses) > 0 {
		return 1, fmt.Errorf("the program asked for what it must not:\n%s", strings.Join(trespasses, "\n"))
	}
	return code, nil
}

// build builds the program the way its users do.
func build(to string) error {
	cmd := exec.Command("go", "build", "-o", to, "./cmd/trimtab")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return nil
}

func size(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, fmt.Errorf("finding the audit log: %w", err)
	}
	return info.Size(), nil
}

// outcome is what a run of a program came to.
type outcome struct {
	code           int
	stdout, stderr string
	took           time.Duration
}

// environment is what a program that the tests start sees.
func (b *testbed) environment(kubeconfig string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.home, "KUBECONFIG=" + kubeconfig,
		"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC",
	}
}

// run runs the program against the cluster, as the user of a kubeconfig.
func (b *testbed) run(t *testing.T, kubeconfig string, args ...string) outcome {
	t.Helper()
	return b.exec(t, kubeconfig, b.program, args...)
}

// trimtab runs the program as the user who may do everything, over the
// history that the cluster has, and fails the test where the program fails.
func (b *testbed) trimtab(t *testing.T, args ...string) outcome {
	t.Helper()
	o := b.run(t, b.cluster.Kubeconfig(), b.inHistory(args)...)
	if o.code != 0 {
		t.Fatalf("trimtab %s: exit code %d\n%s", strings.Join(args, " "), o.code, o.stderr)
	}
	return o
}

// inHistory adds the end of the window: the history stands still while the
// tests run.
func (b *testbed) inHistory(args []string) []string {
	return append(args, "--window-end", b.cluster.End().Format(time.RFC3339))
}

func (b *testbed) exec(t *testing.T, kubeconfig, program string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = b.home
	cmd.Env = b.environment(kubeconfig)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	err := cmd.Run()
	o := outcome{stdout: stdout.String(), stderr: stderr.String(), took: time.Since(begin)}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%s %s did not end within 5 minutes\n%s", filepath.Base(program), strings.Join(args, " "), o.stderr)
	case errors.As(err, &exit):
		o.code = exit.ExitCode()
	case err != nil:
		t.Fatalf("running %s: %v", filepath.Base(program), err)
	}
	t.Logf("%s %s: exit code %d after %.1f s", filepath.Base(program), strings.Join(args, " "), o.code, o.took.Seconds())
	return o
}

// kubectl runs kubectl as the user who may do everything.
func (b *testbed) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	o := b.exec(t, b.cluster.Kubeconfig(), b.cluster.KubectlPath(), args...)
	if o.code != 0 {
		t.Fatalf("kubectl %s: exit code %d\n%s", strings.Join(args, " "), o.code, o.stderr)
	}
	return o.stdout
}
