// Package hint carries what to do about a problem beside the problem itself.
//
// The same value serves as an error, where there is no result, and as a
// warning, where a result is narrower than it could be: what differs is where
// it is kept. A message is lower case and names the input it is about; a hint
// is one sentence that names the flag, permission or command that helps.
package hint

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Error is a message with a hint. The zero Hint means that nothing better
// than the message can be said.
type Error struct {
	Message string // what happened, lower case, without a period
	Hint    string // what to do about it
	Err     error  // the cause, or nil; its text is part of Message already where it helps
}

// New is an Error from a message and a hint.
func New(message, hint string) *Error { return &Error{Message: message, Hint: hint} }

// Wrap gives err a hint; its message becomes doing + ": " + err.
func Wrap(err error, doing, hint string) *Error {
	return &Error{Message: fmt.Sprintf("%s: %v", doing, err), Hint: hint, Err: err}
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Of is the first hint in err's chain that says something, or "".
func Of(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// Guard runs f and turns a panic in it into an error with its stack. Every
// goroutine goes through it: a panic in one ends the program without giving
// the terminal back.
func Guard(doing string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = Wrap(fmt.Errorf("%v\n%s", r, debug.Stack()), doing+" failed", "this is a defect: please report it with the lines above")
		}
	}()
	return f()
}
