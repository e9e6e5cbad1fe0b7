package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a screen may take to say what it is waited for.
const patience = 90 * time.Second

// terminal is a shell in a terminal of tmux' own, on a server of its own.
type terminal struct {
	t      *testing.T
	socket string
	dir    string // the shell's folder
}

const prompt = "ready$"

// newTerminal starts a shell as the user of a kubeconfig.
func newTerminal(t *testing.T, width, height int, kubeconfig string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed: the terminal program cannot be tested in a terminal")
	}
	term := &terminal{t: t, dir: t.TempDir(), socket: filepath.Join(t.TempDir(), "tmux")}
	shell := "env -i"
	for _, kv := range append(shop.environment(kubeconfig), "TERM=screen-256color", "HISTFILE=", "PS1="+prompt+" ", "TRIMTAB="+shop.program) {
		shell += " '" + kv + "'"
	}
	term.tmux("-f", os.DevNull, "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "-c", term.dir, shell+" bash --norc --noprofile -i")
	t.Cleanup(func() {
		if t.Failed() && term.alive() {
			t.Logf("the screen at the end:\n%s", term.screen())
		}
		// The server may have ended with its last session.
		_ = exec.Command("tmux", "-S", term.socket, "kill-server").Run()
	})
	term.await(prompt)
	return term
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (term *terminal) alive() bool {
	return exec.Command("tmux", "-S", term.socket, "has-session").Run() == nil
}

// screen is what the terminal shows.
func (term *terminal) screen() string {
	term.t.Helper()
	return term.tmux("capture-pane", "-p")
}

// state is what the terminal was told of itself: whether the alternate screen is
// shown, the cursor, and whether the mouse is listened to.
func (term *terminal) state() string {
	term.t.Helper()
	return strings.TrimSpace(term.tmux("display-message", "-p", "alternate #{alternate_on}, cursor #{cursor_flag}, mouse #{mouse_any_flag}, keypad #{keypad_flag}, cursor keys #{keypad_cursor_flag}"))
}

// keys presses keys by tmux' names.
func (term *terminal) keys(names ...string) {
	term.t.Helper()
	term.tmux(append([]string{"send-keys"}, names...)...)
}

// text types text.
func (term *terminal) text(s string) {
	term.t.Helper()
	term.tmux("send-keys", "-l", s)
}

// until waits until the screen is as wanted, and returns it.
func (term *terminal) until(what string, ok func(screen string) bool) string {
	term.t.Helper()
	for end := time.Now().Add(patience); ; {
		s := term.screen()
		if ok(s) {
			return s
		}
		if time.Now().After(end) {
			term.t.Fatalf("waited %s for %s; the screen is\n%s", patience, what, s)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// escape presses escape and waits until a text is gone: a key close behind an
// escape would be one pressed with alt.
func (term *terminal) escape(gone string) {
	term.t.Helper()
	term.keys("Escape")
	term.until(fmt.Sprintf("%q to go", gone), func(s string) bool { return !strings.Contains(s, gone) })
}

// await waits until the screen holds all of the texts.
func (term *terminal) await(texts ...string) string {
	term.t.Helper()
	return term.until(fmt.Sprintf("%q", texts), func(s string) bool {
		for _, text := range texts {
			if !strings.Contains(s, text) {
				return false
			}
		}
		return true
	})
}

// start runs a command line in the shell; ended waits for its end and returns
// its exit code. The program's id is in the file pid meanwhile.
func (term *terminal) start(line string) {
	term.t.Helper()
	term.text("clear; stty -a >before; sh -c 'echo $$ >pid; exec " + line + "'; echo \"ended with $?\" >code; stty -a >after; echo done-$((40+2))")
	term.keys("Enter")
}

// program starts the terminal program over the history that the cluster has.
func (term *terminal) program(args ...string) {
	term.t.Helper()
	term.start(`"$TRIMTAB" ` + strings.Join(shop.inHistory(args), " "))
}

// ended waits until the shell is back, and holds the terminal against what it
// was: its settings, the screen, the cursor, the mouse.
func (term *terminal) ended(code int) string {
	term.t.Helper()
	s := term.await("done-42", prompt)
	if got, want := strings.TrimSpace(term.file("code")), fmt.Sprintf("ended with %d", code); got != want {
		term.t.Errorf("the program %s, not %d\n%s", got, code, s)
	}
	if before, after := term.file("before"), term.file("after"); before != after {
		term.t.Errorf("the terminal's settings are\n%s\nthey were\n%s", after, before)
	}
	if got, want := term.state(), "alternate 0, cursor 1, mouse 0, keypad 0, cursor keys 0"; got != want {
		term.t.Errorf("the terminal is left with %s; it should be %s", got, want)
	}
	// What is typed is seen.
	term.text("echo still-$((1+1))here")
	term.keys("Enter")
	term.await("still-2here")
	return s
}

func (term *terminal) file(name string) string {
	term.t.Helper()
	text, err := os.ReadFile(filepath.Join(term.dir, name))
	if err != nil {
		term.t.Fatal(err)
	}
	return string(text)
}

// pid is the id of the program that start started.
func (term *terminal) pid() string { return strings.TrimSpace(term.file("pid")) }

func (term *terminal) resize(width, height int) {
	term.t.Helper()
	term.tmux("resize-window", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height))
}
