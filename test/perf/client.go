package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// client is trimtab's, built and waiting to be run.
type client struct{ program string }

// result is what TestPerf prints; its fields are explained there.
type result struct {
	Pods, Containers     int
	Pass                 string
	Queries              int
	WireBytes            int64
	Samples              int64
	Seconds              float64
	ClientCPU, ServerCPU float64
	PeakBytes, HeldBytes int64
	Warnings             []string
}

// buildClient builds the test of analyzer/usage/prom in dir. The module above
// is built by its own go.mod: nothing of it is imported here.
func buildClient(ctx context.Context, dir string) (client, error) {
	c := client{filepath.Join(dir, "prom.test")}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", c.program, "./analyzer/usage/prom")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return c, fmt.Errorf("building the client (run this in the folder test): %w", err)
	}
	return c, nil
}

// run runs the client against address and returns what it printed. Its
// snapshot is read from labels.
func (c client) run(ctx context.Context, address, labels string, o options, more ...string) ([]result, error) {
	args := []string{"-test.run=^TestPerf$", "-test.timeout=1h"}
	if o.profile != "" {
		args = append(args, "-test.cpuprofile="+o.profile)
	}
	cmd := exec.CommandContext(ctx, c.program, args...)
	cmd.Env = append(os.Environ(), append(more,
		"TRIMTAB_PERF_PROMETHEUS="+address, "TRIMTAB_PERF_LABELS="+labels, "TRIMTAB_PERF_END="+o.end.Format(time.RFC3339),
		fmt.Sprintf("TRIMTAB_PERF_WINDOW=%dm", int(o.window.Minutes())))...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("running the client: %w\n%s", err, out)
	}
	var results []result
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "PERF ")
		if !ok {
			continue
		}
		var r result
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return nil, err
		}
		for _, w := range r.Warnings {
			fmt.Fprintln(os.Stderr, "the client warns:", w)
		}
		results = append(results, r)
	}
	if len(results) == 0 {
		return nil, fmt.Errorf("the client printed no result:\n%s", out)
	}
	return results, nil
}

// clientParallel is how many queries trimtab runs at once.
const clientParallel = 4

// bare sends the requests as trimtab does, the first ones one after the other
// and the rest in parallel, and throws the compressed answers away.
func bare(ctx context.Context, address string, requests []string) (bytes int64, wall time.Duration, err error) {
	c := &http.Client{Transport: transport()}
	defer c.CloseIdleConnections()
	var n atomic.Int64
	ask := func(request string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+request, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Accept-Encoding", "gzip")
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		read, err := io.Copy(io.Discard, resp.Body)
		n.Add(read)
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("prometheus answered %s", resp.Status)
		}
		return err
	}
	began := time.Now()
	first, rest := split(requests)
	for _, r := range first {
		if err := ask(r); err != nil {
			return 0, 0, err
		}
	}
	err = parallel(clientParallel, rest, ask)
	return n.Load(), time.Since(began), err
}

// parallel calls do for each item, so many at a time, and returns the first
// error.
func parallel[T any](workers int, items []T, do func(T) error) error {
	var wg sync.WaitGroup
	var once sync.Once
	var first error
	next := make(chan T)
	for range workers {
		wg.Go(func() {
			for item := range next {
				if err := do(item); err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	for _, item := range items {
		next <- item
	}
	close(next)
	wg.Wait()
	return first
}
