package hint_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/trimtab/trimtab/internal/hint"
)

func TestOf(t *testing.T) {
	inner := hint.New("nodes is forbidden", "grant list on nodes")
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, ""},
		{"no hint anywhere", io.EOF, ""},
		{"an error with a hint", inner, "grant list on nodes"},
		{"below fmt.Errorf", fmt.Errorf("reading the cluster: %w", inner), "grant list on nodes"},
		{"joined after one without", errors.Join(io.EOF, inner), "grant list on nodes"},
		{"the outer hint is nearer to the user", hint.Wrap(inner, "reading the cluster", "use --from"), "use --from"},
		{"two of its kind without a hint", hint.Wrap(hint.New("a", ""), "b", ""), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := hint.Of(tc.err); got != tc.want {
				t.Errorf("Of(%v) = %q, want %q", tc.err, got, tc.want)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	err := hint.Wrap(io.ErrUnexpectedEOF, "reading rates.yaml", "check that the file is complete")
	if got, want := err.Error(), "reading rates.yaml: unexpected EOF"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
}

func TestNew(t *testing.T) {
	err := hint.New("no context is set", "use --context")
	if err.Error() != "no context is set" || err.Hint != "use --context" || errors.Unwrap(err) != nil {
		t.Errorf("got %q with hint %q and cause %v", err.Error(), err.Hint, errors.Unwrap(err))
	}
}

func ExampleOf() {
	err := fmt.Errorf("loading prices: %w", hint.New("no AWS credentials", "use --aws-profile, or go on with catalog prices"))
	fmt.Println(err)
	fmt.Println("hint:", hint.Of(err))
	// Output:
	// loading prices: no AWS credentials
	// hint: use --aws-profile, or go on with catalog prices
}

func TestGuardTurnsAPanicIntoAnError(t *testing.T) {
	err := hint.Guard("reading pods", func() error { panic("no") })
	if err == nil || !strings.Contains(err.Error(), "reading pods failed: no\n") || !strings.Contains(err.Error(), "hint_test.go") || hint.Of(err) == "" {
		t.Errorf("%v with hint %q", err, hint.Of(err))
	}
	if err := hint.Guard("reading pods", func() error { return nil }); err != nil {
		t.Error(err)
	}
}
