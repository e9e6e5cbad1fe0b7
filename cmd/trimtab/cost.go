package main

import (
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/trimtab/trimtab/recommend/emit"
)

func newCostCmd(e env, kube *genericclioptions.ConfigFlags) *cobra.Command {
	scan, policy := &scanFlags{}, &policyFlags{name: strategyNames()[0]}
	var output, by string
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Where the node bill goes: workloads, idle and overhead, adding up exactly",
		Example: `  trimtab cost
  trimtab cost --from demo
  trimtab cost --by namespace
  trimtab cost --by label:team -o json`,
		Args: wrongUsage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			group, err := emit.ParseGrouping(by)
			if err != nil {
				return usageError{err}
			}
			if _, err := formatOf(output, emit.KindCost); err != nil {
				return err
			}
			// An average needs no sample finer than the survey's.
			scan.detail = "none"
			l, err := newLoading(e, kube, scan, policy)
			if err != nil {
				return err
			}
			return printReport(cmd.Context(), l, e, output, &emit.Input{Kind: emit.KindCost, Group: group})
		},
	}
	scan.add(cmd.Flags())
	for _, f := range []string{"detail", "detail-budget"} {
		// The only error is a flag that does not exist, which a test would show.
		_ = cmd.Flags().MarkHidden(f)
	}
	addOutput(cmd, &output, emit.KindCost)
	cmd.Flags().StringVar(&by, "by", "", "sum the allocations by namespace, workload, nodepool or label:KEY")
	complete(cmd, "by", "namespace", "workload", "nodepool", "label:")
	return cmd
}
