package tui

import (
	"github.com/trimtab/trimtab/tui/basket"
	"github.com/trimtab/trimtab/tui/container"
	"github.com/trimtab/trimtab/tui/help"
	"github.com/trimtab/trimtab/tui/namespaces"
	"github.com/trimtab/trimtab/tui/nodes"
	"github.com/trimtab/trimtab/tui/overview"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/warnings"
	"github.com/trimtab/trimtab/tui/workloads"
)

// entry is a screen in the list of all of them.
type entry struct {
	name    string // what screen.Place names it
	command string // after the colon; "" where it needs a subject
	about   string
	key     string // that opens it from anywhere; "" for none
	hint    string // in the line of hints; "" for the help only
	open    func(a *App, of string) screen.Screen
}

// screens lists every screen. A new one is a package below tui and a line
// here; its keys, its command and its help follow from that.
func screens() []entry {
	return []entry{
		{"overview", "overview", "what the cluster costs and what of it is not needed", "", "", func(a *App, _ string) screen.Screen { return overview.New(a.ctx) }},
		{"namespaces", "ns", "all namespaces", "", "", func(a *App, _ string) screen.Screen { return namespaces.New(a.ctx) }},
		{"workloads", "wl", "all workloads, or those of a namespace", "a", "all", func(a *App, of string) screen.Screen { return workloads.New(a.ctx, of) }},
		{"container", "", "one container: chart, proposal, evidence", "", "", func(a *App, of string) screen.Screen { return container.New(a.ctx, of) }},
		{"nodes", "nodes", "nodes with their prices", "n", "nodes", func(a *App, _ string) screen.Screen { return nodes.New(a.ctx) }},
		{"basket", "basket", "the changes you have chosen", "B", "basket", func(a *App, _ string) screen.Screen { return basket.New(a.ctx) }},
		{"warnings", "warnings", "errors and gaps, with what helps", "E", "", func(a *App, _ string) screen.Screen { return warnings.New(a.ctx) }},
		{"help", "help", "all keys", "?", "help", func(a *App, _ string) screen.Screen { return help.New(a.ctx, a.helpKeys) }},
	}
}

// find returns the entry of a name.
func find(name string) (entry, bool) {
	for _, e := range screens() {
		if e.name == name {
			return e, true
		}
	}
	return entry{}, false
}
