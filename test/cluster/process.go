package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is a running program of a testbed.
type Process struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	// Started is the kernel's start time of the process in clock ticks, so that
	// another process that later has the same id is not taken for it.
	Started uint64 `json:"started"`
	Log     string `json:"log"`
}

// startProcess starts a program in a process group of its own, its output in
// dir/name.log.
func startProcess(dir, name, path string, args ...string) (*Process, error) {
	logPath := filepath.Join(dir, name+".log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	p := &Process{Name: name, PID: cmd.Process.Pid, Log: logPath}
	p.Started, _ = startTime(p.PID)
	// Reap it when it ends, so that alive sees that it has.
	go func() { _ = cmd.Wait() }()
	return p, nil
}

// startTime reads when a process began; false means there is no such process,
// or it has ended and waits to be reaped.
func startTime(pid int) (uint64, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The name, in parentheses, may hold blanks.
	_, rest, ok := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 || fields[0] == "Z" {
		return 0, false
	}
	v, err := strconv.ParseUint(fields[19], 10, 64)
	return v, err == nil
}

// alive reports whether the process is still the one that was started.
func (p *Process) alive() bool {
	started, ok := startTime(p.PID)
	return ok && started == p.Started
}

// stop asks the process to end, and after ten seconds makes it.
func (p *Process) stop() error {
	if !p.alive() {
		return nil
	}
	if err := syscall.Kill(p.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stopping %s: %w", p.Name, err)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if !p.alive() {
			return nil
		}
	}
	if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stopping %s: %w", p.Name, err)
	}
	return nil
}

// lastLines is the end of the process' log, for errors.
func (p *Process) lastLines() string {
	text, err := os.ReadFile(p.Log)
	if err != nil {
		return ""
	}
	return tail(string(text), 12)
}

// await polls check until it returns nil, the deadline passes or the process
// that it waits for ends; the last error is part of what it returns.
func await(ctx context.Context, what string, limit time.Duration, p *Process, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	pause := 50 * time.Millisecond
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if p != nil && !p.alive() {
			return fmt.Errorf("waiting for %s: %s ended; its log %s ends:\n%s", what, p.Name, p.Log, p.lastLines())
		}
		select {
		case <-ctx.Done():
			if p != nil {
				return fmt.Errorf("waiting for %s: %w (%w; log in %s)", what, err, ctx.Err(), p.Log)
			}
			return fmt.Errorf("waiting for %s: %w (%w)", what, err, ctx.Err())
		case <-time.After(pause):
			pause = min(pause*3/2, time.Second)
		}
	}
}

// freePorts finds n ports on 127.0.0.1 that nothing listens on.
func freePorts(n int) ([]int, error) {
	var out []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("finding a free port: %w", err)
		}
		// All stay open until the last is found, so that none comes twice.
		defer func() { _ = l.Close() }()
		out = append(out, l.Addr().(*net.TCPAddr).Port)
	}
	return out, nil
}
