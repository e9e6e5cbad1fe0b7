package e2e

import (
	"os"
	"strings"
	"testing"
)

const (
	readme       = "../../README.md"
	pictureBegin = "<!-- screen: made by README=write go test ./e2e -run Picture, in test/ -->\n```\n"
	pictureEnd   = "```\n<!-- screen: end -->\n"
)

// TestReadmePicture compares the screen in the README with the program's.
func TestReadmePicture(t *testing.T) {
	raw, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), pictureBegin)
	have, after, ok2 := strings.Cut(rest, pictureEnd)
	if !ok || !ok2 {
		t.Fatalf("README.md has no screen between %q and %q", pictureBegin, pictureEnd)
	}
	term := newTerminal(t, 100, 30, "")
	term.start(`env TZ=UTC LANG=C.UTF-8 "$TRIMTAB" demo`)
	term.await("as of", "proposed", "enter open")
	term.keys("a")
	term.await("All workloads", "catalog")
	term.text("/storefront/catalog")
	term.keys("Enter")
	term.await("1 of 66", "catalog")
	term.keys("Enter")
	screen := trimLines(term.await("CPU · ", "USED", "confidence"))
	term.keys("q")
	term.ended(0)
	if os.Getenv("README") == "write" {
		if err := os.WriteFile(readme, []byte(before+pictureBegin+screen+pictureEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != screen {
		t.Errorf("the README shows\n%s\nthe program shows\n%s", have, screen)
	}
}

// trimLines cuts what tmux pads lines with.
func trimLines(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}
