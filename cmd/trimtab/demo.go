package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/record/demo"
	"github.com/trimtab/trimtab/recommend/emit"
)

func newDemoCmd(e env, kube *genericclioptions.ConfigFlags) *cobra.Command {
	scan, policy := &scanFlags{}, &policyFlags{}
	var view viewFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Look around in a recorded cluster: no cluster, no AWS, no network",
		Long: `demo opens the terminal interface on a recorded cluster that is part of the
program; where standard output is not a terminal it prints the overview as text.
Every other command reads the same recording with --from demo.`,
		Args: wrongUsage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := newLoading(e, kube, scan, policy)
			if err != nil {
				return err
			}
			return l.show(cmd.Context(), e, view)
		},
	}
	// The flags that say what to collect are not offered, and have their
	// defaults.
	scan.add(pflag.NewFlagSet("", pflag.ContinueOnError))
	scan.from, scan.flags = demo.Name, cmd.Flags()
	policy.add(cmd.Flags())
	view.add(cmd.Flags())
	completions(cmd)
	return cmd
}

// show opens the terminal interface, or prints the overview where there is no
// terminal.
func (l *loading) show(ctx context.Context, e env, view viewFlags) error {
	if !isTerminal(e.Out) || !isTerminal(e.In) {
		return l.printOverview(ctx, e)
	}
	return l.interactive(ctx, view)
}

// overviewRows is how many containers the overview shows, the most urgent
// first.
const overviewRows = 10

// printOverview prints the bill by namespace and the changes that matter most.
func (l *loading) printOverview(ctx context.Context, e env) error {
	r, err := l.runWithProgress(ctx, e)
	if err != nil {
		return err
	}
	group, err := emit.ParseGrouping("namespace")
	if err != nil {
		return err
	}
	table, err := formatOf("table", emit.KindCost)
	if err != nil {
		return err
	}
	// The bill rests on the survey, as that of the cost command does.
	bill := analyzer.Analyze(r.report.Snapshot, r.survey, r.report.Book)
	in := &emit.Input{Kind: emit.KindCost, Report: bill, At: e.Now(), Group: group, Width: widthOf(e.Out)}
	if err := table.Write(e.Out, in); err != nil {
		return fmt.Errorf("writing the overview: %w", err)
	}
	var changes bytes.Buffer
	in.Kind, in.Report, in.Recommendations = emit.KindRightsize, r.report, r.recs
	if err := table.Write(&changes, in); err != nil {
		return fmt.Errorf("writing the overview: %w", err)
	}
	if _, err := fmt.Fprintf(e.Out, "\n%s", head(changes.String(), overviewRows, l.again("rightsize"))); err != nil {
		return fmt.Errorf("writing the overview: %w", err)
	}
	return emit.WriteWarnings(e.Err, r.report.Warnings)
}

// again is the command line of another look at the same cluster.
func (l *loading) again(command string) string {
	if l.scan.from == "" {
		return "trimtab " + command
	}
	return "trimtab " + command + " --from " + l.scan.from
}

// head is a table with only its first rows; its totals and what is said below
// it are of all rows. all is the command that shows them.
func head(table string, rows int, all string) string {
	lines := strings.SplitAfter(table, "\n")
	// One line of titles, the rows, and a rule before the totals.
	rule := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "─") })
	if rule <= rows+1 {
		return table
	}
	more := fmt.Sprintf("… and %d more: %s\n", rule-1-rows, all)
	return strings.Join(lines[:1+rows], "") + more + strings.Join(lines[rule:], "")
}
