package emit

import (
	"bufio"
	"io"
	"strings"

	"github.com/trimtab/trimtab/internal/hint"
)

// writeMarkdown writes a heading, a summary paragraph, a table as GitHub reads
// it, and what narrows the report.
func writeMarkdown(w io.Writer, in *Input) error {
	v := viewOf(in)
	b := bufio.NewWriter(w)
	b.WriteString("## " + escape(v.title) + "\n\n")
	for i, n := range append(append([]string{}, v.summary...), v.notes...) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(escape(n))
	}
	b.WriteString("\n\n")

	line := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| " + escape(c) + " ")
		}
		b.WriteString("|\n")
	}
	titles := make([]string, len(v.columns))
	for i, c := range v.columns {
		titles[i] = c.title
	}
	line(titles)
	for _, c := range v.columns {
		if c.right {
			b.WriteString("| ---: ")
		} else {
			b.WriteString("| --- ")
		}
	}
	b.WriteString("|\n")
	for _, r := range v.rows {
		line(r)
	}
	for _, r := range v.totals {
		for _, c := range r {
			if c != "" {
				c = "**" + escape(c) + "**"
			}
			b.WriteString("| " + c + " ")
		}
		b.WriteString("|\n")
	}

	if len(in.Report.Warnings) > 0 {
		b.WriteString("\nWhat narrows this answer:\n\n")
	}
	for _, err := range in.Report.Warnings {
		b.WriteString("- " + escape(err.Error()))
		if h := hint.Of(err); h != "" {
			b.WriteString(". " + escape(h))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// escape is text that Markdown shows as it is: nothing in it ends a table's
// cell, starts markup or names somebody.
func escape(s string) string {
	s = plain(s)
	if !strings.ContainsAny(s, "\\`*_[]<>|~@#&$") {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '\\', '`', '*', '_', '[', ']', '|', '~', '#', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '@':
			b.WriteString("&#64;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
