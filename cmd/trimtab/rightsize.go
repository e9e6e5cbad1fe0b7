package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/emit"
)

func newRightsizeCmd(e env, kube *genericclioptions.ConfigFlags) *cobra.Command {
	scan, policy := &scanFlags{}, &policyFlags{}
	var output, selector, failOn, dir string
	cmd := &cobra.Command{
		Use:   "rightsize",
		Short: "Which requests and limits should change, and why",
		Example: `  trimtab rightsize
  trimtab rightsize --from demo
  trimtab rightsize -n payments -o json
  trimtab rightsize --policy krr-simple -l app=web
  trimtab rightsize -o kustomize --output-dir components/trimtab`,
		Args: wrongUsage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := formatOf(output, emit.KindRightsize)
			if err != nil {
				return err
			}
			if dir != "" && output != "kustomize" {
				return usageError{hint.New("--output-dir needs a format of several files", "add -o kustomize")}
			}
			sel, err := labels.Parse(selector)
			if err != nil {
				return usageError{hint.Wrap(err, "--selector", "write it as kubectl does: app=web,tier!=cache")}
			}
			fail, err := parseFailOn(failOn)
			if err != nil {
				return err
			}
			l, err := newLoading(e, kube, scan, policy)
			if err != nil {
				return err
			}
			r, err := l.runWithProgress(cmd.Context(), e)
			if err != nil {
				return err
			}
			recs := selected(r, sel)
			if len(recs) == 0 && !sel.Empty() {
				return hint.New("no workload matches --selector "+selector, "labels are those of the Deployment or StatefulSet itself: kubectl get deployments -A --show-labels")
			}
			in := &emit.Input{Kind: emit.KindRightsize, Report: r.report, At: e.Now(), Recommendations: recs, Width: widthOf(e.Out)}
			if dir != "" {
				err = writeComponent(e, dir, in)
			} else {
				err = f.Write(e.Out, in)
			}
			if err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			if err := emit.WriteWarnings(e.Err, r.report.Warnings); err != nil {
				return err
			}
			return fail.check(recs)
		},
	}
	scan.add(cmd.Flags())
	policy.add(cmd.Flags())
	addOutput(cmd, &output, emit.KindRightsize)
	cmd.Flags().StringVarP(&selector, "selector", "l", "", "only workloads with these labels, as in kubectl")
	cmd.Flags().StringVar(&failOn, "fail-on", "", "exit with 3 where a raise is due (risk) or this much a month can be freed (savings=USD)")
	cmd.Flags().StringVar(&dir, "output-dir", "", "with -o kustomize: write the component into this new folder")
	completions(cmd)
	complete(cmd, "fail-on", "risk", "savings=")
	return cmd
}

func selected(r result, sel labels.Selector) []recommend.Recommendation {
	if sel.Empty() {
		return r.recs
	}
	var recs []recommend.Recommendation
	for _, rec := range r.recs {
		if w, ok := r.report.Snapshot.Workload(rec.Workload); ok && sel.Matches(labels.Set(w.Labels)) {
			recs = append(recs, rec)
		}
	}
	return recs
}

func writeComponent(e env, dir string, in *emit.Input) error {
	where, files, err := exportComponent(dir, in)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Out, "%d files written to %s\nadd it to a kustomization:\n\n  components:\n  - %s\n", len(files), where, filepath.ToSlash(dir))
	return err
}

// exportComponent writes the proposals as a Kustomize component and returns
// the folder and its files. What a component cannot carry is an error only
// where nothing is left.
func exportComponent(dir string, in *emit.Input) (string, []string, error) {
	files, skipped := emit.Component(in)
	if len(files) == 0 && len(skipped) > 0 {
		return "", nil, hint.New(fmt.Sprintf("none of the %d changes can be written as a patch: %s", len(skipped), skipped[0].Why), "choose other workloads")
	}
	if err := emit.WriteComponent(dir, files); err != nil {
		return "", nil, err
	}
	names := make([]string, 0, len(files))
	for _, f := range files {
		names = append(names, f.Path)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	return abs, names, nil
}

// failOn is what --fail-on asks for.
type failOn struct {
	risk    bool
	savings *unit.Money // a month
}

func parseFailOn(s string) (failOn, error) {
	switch kind, amount, _ := strings.Cut(s, "="); kind {
	case "":
		return failOn{}, nil
	case "risk":
		return failOn{risk: true}, nil
	case "savings":
		var m unit.Money
		if err := m.UnmarshalText([]byte(amount)); err == nil && m > 0 {
			return failOn{savings: &m}, nil
		}
	}
	return failOn{}, usageError{hint.New(fmt.Sprintf("--fail-on %q is neither risk nor savings=USD", s), "write --fail-on risk or --fail-on savings=100")}
}

func (f failOn) check(recs []recommend.Recommendation) error {
	raises, freed := 0, unit.Money(0)
	for i := range recs {
		if recs[i].Raise {
			raises++
		}
		if r := recs[i].Freed; r != nil && recs[i].Status == recommend.Proposed && *r > 0 {
			freed += r.Monthly()
		}
	}
	switch {
	case f.risk && raises > 0:
		return findings{fmt.Sprintf("%d containers ask for too little (--fail-on risk)", raises)}
	case f.savings != nil && freed >= *f.savings:
		return findings{fmt.Sprintf("%s USD a month can be freed (--fail-on savings=%s)", freed.Dollars(), f.savings.Decimal())}
	}
	return nil
}
