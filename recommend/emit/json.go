package emit

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// writeJSON writes the document with two spaces of indentation. Characters
// that matter in HTML stay as they are.
func writeJSON(w io.Writer, in *Input) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document(in))
}

// writeYAML writes the same document as YAML.
func writeYAML(w io.Writer, in *Input) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(document(in)); err != nil {
		return err
	}
	return yamlFromJSON(w, strings.TrimSuffix(b.String(), "\n"))
}
