package emit

import (
	"bufio"
	"io"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/internal/hint"
)

// APIVersion is the version of every document. It changes only when a key is
// renamed, removed or given another meaning; new keys may be added under it.
const APIVersion = "trimtab/v1"

// Header is how every report starts.
type Header struct {
	APIVersion  string    `json:"apiVersion" const:"trimtab/v1" doc:"version of this contract"`
	Kind        Kind      `json:"kind" doc:"what the report is"`
	GeneratedAt time.Time `json:"generatedAt" doc:"when the report was made"`
	Cluster     Cluster   `json:"cluster"`
	Window      Window    `json:"window"`
	Currency    string    `json:"currency" doc:"currency of all money in the report, as an ISO 4217 code"`
	Warnings    []Warning `json:"warnings" doc:"what narrows the answer, the most consequential first"`
}

// Cluster says which cluster a report is about.
type Cluster struct {
	Name    string `json:"name" doc:"name of the cluster; empty where the report needs none"`
	Version string `json:"version,omitempty" doc:"version of the control plane"`
	Region  string `json:"region,omitempty" doc:"region that most nodes are in"`
}

// Window is the span of time that usage was measured over; both ends are
// absent where none was.
type Window struct {
	Start time.Time `json:"start,omitzero" doc:"first instant of the window"`
	End   time.Time `json:"end,omitzero" doc:"first instant after the window"`
}

// Warning is something that narrows a report.
type Warning struct {
	Message string `json:"message" doc:"what happened"`
	Hint    string `json:"hint,omitempty" doc:"what to do about it"`
}

// header is the start of a report; parts of r that are not there stay empty.
func header(kind Kind, r *analyzer.Report, at time.Time) Header {
	h := Header{
		APIVersion:  APIVersion,
		Kind:        kind,
		GeneratedAt: at.UTC(),
		Currency:    currency(r),
		Warnings:    make([]Warning, 0, len(r.Warnings)),
	}
	if s := r.Snapshot; s != nil {
		h.Cluster = Cluster{Name: s.Name, Version: s.Version, Region: s.Region}
	}
	if u := r.Usage; u != nil && !u.Window.End.IsZero() {
		h.Window = Window{Start: u.Window.Start.UTC(), End: u.Window.End.UTC()}
	}
	for _, w := range r.Warnings {
		h.Warnings = append(h.Warnings, Warning{Message: w.Error(), Hint: hint.Of(w)})
	}
	return h
}

// currency is the one that the report's money is in.
func currency(r *analyzer.Report) string {
	switch {
	case r.Allocation != nil && r.Allocation.Currency != "":
		return r.Allocation.Currency
	case r.Book != nil && r.Book.Currency != "":
		return r.Book.Currency
	}
	return "USD"
}

// WriteWarnings writes warnings for people, each with its hint on the next
// line. It is meant for standard error, after the report.
func WriteWarnings(w io.Writer, warnings []error) error {
	b := bufio.NewWriter(w)
	for _, err := range warnings {
		b.WriteString("warning: " + plain(err.Error()) + "\n")
		if h := hint.Of(err); h != "" {
			b.WriteString("  hint: " + plain(h) + "\n")
		}
	}
	return b.Flush()
}
