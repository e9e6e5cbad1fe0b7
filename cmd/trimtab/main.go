// Command trimtab shows where a Kubernetes cluster's money goes and which
// requests and limits should change, with the evidence beside every number.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/trimtab/trimtab/internal/hint"
)

// Exit codes, documented in the README.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitFindings = 3
	exitSignal   = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, env{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}, os.Args[1:])
	stop()
	os.Exit(code)
}

// env is what a command may know of the process it runs in.
type env struct {
	In       io.Reader
	Out, Err io.Writer
	Now      func() time.Time
}

// findings is the error of a command that worked and found what --fail-on
// names.
type findings struct{ what string }

func (f findings) Error() string { return f.what }

// usageError is wrong usage of the command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// run is the program; it prints its own errors and returns the exit code.
func run(ctx context.Context, e env, args []string) int {
	cmd := newRootCmd(e)
	cmd.SetArgs(args)
	cmd.SetIn(e.In)
	cmd.SetOut(e.Out)
	cmd.SetErr(e.Err)
	err := cmd.ExecuteContext(ctx)
	var found findings
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &found):
		_, _ = fmt.Fprintf(e.Err, "trimtab: %s\n", found.what)
		return exitFindings
	case ctx.Err() != nil:
		_, _ = fmt.Fprintln(e.Err, "trimtab: interrupted")
		return exitSignal
	}
	printError(e.Err, "trimtab: ", err)
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// printError writes a message and, on a line of its own, what to do about it.
func printError(w io.Writer, prefix string, err error) {
	_, _ = fmt.Fprintf(w, "%s%v\n", prefix, err)
	if h := hint.Of(err); h != "" {
		_, _ = fmt.Fprintf(w, "  → %s\n", h)
	}
}

// wrongUsage turns a command's argument checks into usage errors.
func wrongUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			h := "see " + cmd.CommandPath() + " --help"
			if len(args) > 0 {
				if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
					h = "did you mean " + strings.Join(near, " or ") + "? " + h
				}
			}
			return usageError{&hint.Error{Message: err.Error(), Hint: h, Err: err}}
		}
		return nil
	}
}
