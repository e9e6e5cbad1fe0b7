package emit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// yamlFromJSON writes a JSON document without spaces, as encoding/json makes
// it, as block YAML, its keys in the same order.
func yamlFromJSON(w io.Writer, doc string) error {
	y := yamlWriter{bufio.NewWriter(w), doc}
	y.value(0, "")
	return y.w.Flush()
}

type yamlWriter struct {
	w    *bufio.Writer
	rest string // of the document
}

// value writes the next value. What is already on the line is lead: "" at the
// start of the document, ":" after a key, "-" after a list's dash. The keys
// and dashes of the value's own lines are indented by depth.
func (y *yamlWriter) value(depth int, lead string) {
	open := y.rest[0]
	if open != '{' && open != '[' || y.rest[1] == open+2 { // "{}" and "[]" are scalars here
		if lead != "" {
			y.w.WriteByte(' ')
		}
		y.w.WriteString(y.scalar())
		y.w.WriteByte('\n')
		return
	}
	if lead == ":" {
		y.w.WriteByte('\n')
	}
	// The first key or dash after a dash stays on the dash's line.
	same := lead == "-"
	for y.rest[0] != open+2 {
		y.rest = y.rest[1:] // the bracket or a comma
		if same {
			y.w.WriteByte(' ')
			same = false
		} else {
			for range depth {
				y.w.WriteByte(' ')
			}
		}
		if open == '[' {
			y.w.WriteByte('-')
			y.value(depth+2, "-")
			continue
		}
		y.w.WriteString(y.scalar())
		y.w.WriteByte(':')
		y.rest = y.rest[1:]
		y.value(depth+2, ":")
	}
	y.rest = y.rest[1:]
}

// scalar takes the next string, number, word or empty list or object.
func (y *yamlWriter) scalar() string {
	if y.rest[0] != '"' {
		end := strings.IndexAny(y.rest, ",:]}")
		switch {
		case y.rest[0] == '{' || y.rest[0] == '[':
			end = 2
		case end < 0:
			end = len(y.rest)
		}
		s := y.rest[:end]
		y.rest = y.rest[end:]
		return s
	}
	end := 1
	escaped := false
	for ; y.rest[end] != '"'; end++ {
		if y.rest[end] == '\\' {
			escaped = true
			end++
		}
	}
	quoted := y.rest[:end+1]
	y.rest = y.rest[end+1:]
	s := quoted[1:end]
	if escaped && json.Unmarshal([]byte(quoted), &s) != nil {
		return quoted // JSON's escapes are YAML's
	}
	return yamlString(s)
}

// yamlString is a string that YAML 1.1 and 1.2 read back as the same string.
// It is plain where that is certain and double-quoted otherwise.
func yamlString(s string) string {
	if plainYAML(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r >= 0x7f && r <= 0xa0:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plainYAML reports that s is certain to be a string without quotes: it
// starts with a letter and holds only letters, digits and the marks found in
// names and sentences that mean nothing to YAML there, and is not one of the
// words that some version reads as a boolean, null or number; or it is a
// whole number with the suffix of a quantity.
func plainYAML(s string) bool {
	if s == "" || len(s) > 200 || s[len(s)-1] == ' ' {
		return false
	}
	if s[0] >= '0' && s[0] <= '9' {
		return slices.Contains([]string{"m", "u", "Ki", "Mi", "Gi", "Ti"}, strings.TrimLeft(s, "0123456789"))
	}
	if c := s[0] | 0x20; c < 'a' || c > 'z' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte(" -_./()+%=;", c) < 0 {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}
