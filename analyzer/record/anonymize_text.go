package record

import (
	"regexp"
	"strings"
)

// text replaces names in sentences.
type text struct {
	to      map[string]string
	longest int
	outside *regexp.Regexp
}

// newText takes the names of several sorts; of one that is of two sorts, the
// first counts.
func newText(sorts ...*names) text {
	t := text{to: map[string]string{}, outside: regexp.MustCompile(
		// What no name of the cluster is, and still tells where it was: ARNs,
		// addresses, hosts, mail addresses, account numbers, paths of files.
		`\barn:[^\s"']+|\b[a-z][a-z0-9+.-]*://[^\s"']+|[\w.+-]+@[\w.-]+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[0-9a-fA-F:]*::?[0-9a-fA-F:]*\](?::\d+)?|\b\d{12}\b|\b(?:[a-zA-Z0-9-]+\.)+(?:com|net|org|io|dev|internal|local|cloud|aws|svc)\b(?::\d+)?|(?:^|[\s"'(=])(?:/|~/|[A-Za-z]:\\)[^\s"':]+`)}
	for _, n := range sorts {
		for from, to := range n.to {
			if _, ok := t.to[from]; !ok && from != "" {
				t.to[from] = to
				t.longest = max(t.longest, len(from))
			}
		}
	}
	return t
}

// replace is the sentence with aliases for the names in it, the longest first
// wherever several begin. A name counts where it stands between characters
// that are neither letters nor digits.
func (t *text) replace(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		if i > 0 && wordByte(s[i-1]) || !wordByte(s[i]) {
			out.WriteByte(s[i])
			i++
			continue
		}
		n, to := t.longestAt(s[i:])
		if n == 0 {
			n = 1
			for i+n < len(s) && wordByte(s[i+n]) {
				n++
			}
			to = s[i : i+n]
		}
		out.WriteString(to)
		i += n
	}
	return t.outside.ReplaceAllStringFunc(out.String(), func(m string) string {
		if known(strings.TrimSpace(m)) {
			return m
		}
		// The character before a path is not part of it.
		if m[0] == ' ' || m[0] == '"' || m[0] == '\'' || m[0] == '(' || m[0] == '=' {
			return m[:1] + "…"
		}
		return "…"
	})
}

// longestAt is the longest name that the text begins with, and its alias.
func (t *text) longestAt(s string) (int, string) {
	for n := min(len(s), t.longest); n > 0; n-- {
		if n < len(s) && wordByte(s[n]) {
			continue
		}
		if to, ok := t.to[s[:n]]; ok {
			return n, to
		}
	}
	return 0, ""
}

// known are words that look like hosts and are API groups.
func known(s string) bool {
	host, _, _ := strings.Cut(s, ":")
	return wellKnown(host)
}

func wordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b >= 0x80
}
