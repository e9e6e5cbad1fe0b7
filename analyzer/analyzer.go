// Package analyzer joins what was collected into one Report: a cluster at an
// instant, its usage, its prices, and what follows from them. It is pure: no
// I/O, no clock, no logging.
package analyzer

import (
	"github.com/trimtab/trimtab/analyzer/allocate"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/pricing"
)

// Report is everything that screens, recommendations and output formats read.
// It is not changed once it has been made.
type Report struct {
	Snapshot   *cluster.Snapshot
	Usage      *usage.Usage
	Book       *pricing.Book
	Allocation *allocate.Allocation
	// Warnings are all that narrows the answer, from every stage, each with a
	// hint where there is one; the most consequential first.
	Warnings []error
}

// Analyze joins a snapshot with its usage and its prices. u may have no
// container at all (no source of usage was found); costs then rest on
// requests alone.
func Analyze(s *cluster.Snapshot, u *usage.Usage, b *pricing.Book) *Report {
	r := &Report{Snapshot: s, Usage: u, Book: b, Allocation: allocate.Allocate(s, u, b)}
	for _, g := range s.Missing {
		r.Warnings = append(r.Warnings, g)
	}
	r.Warnings = append(r.Warnings, u.Warnings...)
	r.Warnings = append(r.Warnings, b.Warnings...)
	r.Warnings = append(r.Warnings, r.Allocation.Warnings...)
	return r
}
