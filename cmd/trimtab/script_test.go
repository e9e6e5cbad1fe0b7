package main

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trimtab": main})
}

// TestScripts runs testdata/script/*.txtar: each is a sequence of command
// lines as a user types them, with what they print and how they exit.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("KUBECONFIG", "")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits CODE PROGRAM [ARG ...] runs a program and fails unless it exits with
// CODE. Its output is what stdout and stderr then compare.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(*exec.ExitError) //nolint:errorlint // testscript returns it unwrapped
		if !ok {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// A panic must not print the report of half a run as if it were whole: the
// program's errors go through run, and its exit codes are these.
func TestExitCodes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	e := env{In: null, Out: null, Err: null, Now: time.Now}
	for _, tc := range []struct {
		name string
		ctx  context.Context
		args []string
		want int
	}{
		{"help", t.Context(), []string{"--help"}, exitDone},
		{"unknown flag", t.Context(), []string{"cost", "--nonsense"}, exitUsage},
		{"unknown command", t.Context(), []string{"nonsense"}, exitUsage},
		{"no kubeconfig", t.Context(), []string{"cost", "--kubeconfig", "does-not-exist"}, exitFailed},
		{"interrupted", ctx, []string{"cost", "--kubeconfig", "does-not-exist"}, exitSignal},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := run(tc.ctx, e, tc.args); got != tc.want {
				t.Errorf("exit code %d, want %d", got, tc.want)
			}
		})
	}
}
