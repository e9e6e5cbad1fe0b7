// Package tui is the terminal interface: one root model, screens that draw
// plain strings, and no I/O of its own. Whatever it does to the outside is a
// function in Deps.
package tui

import (
	"context"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/recommend"
)

// Deps is everything the interface does to the outside world, as functions
// that the program's wiring fills.
type Deps struct {
	// Where names what is looked at, for the first line: the context or the
	// recorded file.
	Where string
	// Strategy names the policy in force.
	Strategy string
	// Load collects and analyzes. It calls update, from one goroutine, each
	// time there is more to show: first the cluster and its bill, then usage
	// as it arrives. It returns when there is nothing more to come; an error
	// means that nothing further could be had, and what was shown stays.
	Load func(ctx context.Context, update func(Update)) error
	// Export writes the recommendations to a new folder as a Kustomize
	// component and returns the folder and the files in it.
	Export func(report *analyzer.Report, recs []recommend.Recommendation) (dir string, files []string, err error)
}

// Update is a new state of what is known. Nil fields are unchanged.
type Update struct {
	Report   *analyzer.Report
	Recs     []recommend.Recommendation
	Progress *usage.Progress
	// Stage says in words what goes on: "reading the cluster".
	Stage string
}
