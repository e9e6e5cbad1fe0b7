package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/emit"
	"github.com/trimtab/trimtab/tui"
)

func newRootCmd(e env) *cobra.Command {
	kube := genericclioptions.NewConfigFlags(true)
	scan, policy := &scanFlags{}, &policyFlags{}
	var view viewFlags
	cmd := &cobra.Command{
		Use:   "trimtab",
		Short: "Where a Kubernetes cluster's money goes, and which requests should change",
		Long: `trimtab reads a cluster, its usage and its prices, and shows which requests and
limits should change, with the evidence beside every number. It never writes to
a cluster.

Without a command it opens the terminal interface on the current context; where
standard output is not a terminal it prints the overview as text.`,
		Version:       version(),
		Args:          wrongUsage(cobra.NoArgs),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := newLoading(e, kube, scan, policy)
			if err != nil {
				return err
			}
			return l.show(cmd.Context(), e, view)
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{&hint.Error{Message: err.Error(), Hint: "see " + c.CommandPath() + " --help", Err: err}}
	})
	kube.AddFlags(cmd.PersistentFlags())
	scan.add(cmd.Flags())
	policy.add(cmd.Flags())
	view.add(cmd.Flags())
	completions(cmd)
	cmd.AddCommand(newCostCmd(e, kube), newRightsizeCmd(e, kube), newRecordCmd(e, kube), newDemoCmd(e, kube), newBacktestCmd(e))
	return cmd
}

// completions offers the words that flags with a fixed choice take.
func completions(cmd *cobra.Command) {
	if cmd.Flags().Lookup("policy") != nil {
		complete(cmd, "policy", strategyNames()...)
		complete(cmd, "include", "system", "operators", "single-stateful")
	}
	complete(cmd, "detail", "changes", "all", "none")
}

// newLoading checks the flags before anything is asked of a cluster.
func newLoading(e env, kube *genericclioptions.ConfigFlags, scan *scanFlags, policy *policyFlags) (*loading, error) {
	l := &loading{env: e, kube: kube, scan: scan}
	var err error
	if l.window, err = scan.windowAt(e.Now()); err != nil {
		return nil, err
	}
	if l.budget, err = scan.budget(); err != nil {
		return nil, err
	}
	if l.strategy, l.policy, err = policy.resolve(); err != nil || scan.from == "" {
		return l, err
	}
	r, err := openRecorded(scan, kube)
	if err != nil {
		return nil, err
	}
	l.from, l.window = r, r.file.Window()
	return l, nil
}

// interactive runs the terminal interface.
func (l *loading) interactive(ctx context.Context, view viewFlags) error {
	where := "cluster"
	if l.from != nil {
		where = l.from.where()
	} else if raw, err := l.kube.ToRawKubeConfigLoader().RawConfig(); err == nil {
		where = raw.CurrentContext
		if c := l.kube.Context; c != nil && *c != "" {
			where = *c
		}
	}
	return tui.Run(ctx, tui.Deps{
		Where:    where,
		Strategy: l.strategy.Name(),
		Load: func(ctx context.Context, update func(tui.Update)) error {
			_, err := l.run(ctx, update)
			return err
		},
		Export: func(r *analyzer.Report, recs []recommend.Recommendation) (string, []string, error) {
			return exportComponent("trimtab-component", &emit.Input{Kind: emit.KindRightsize, Report: r, At: l.env.Now(), Recommendations: recs})
		},
	}, view.options())
}

// viewFlags say how the terminal interface looks.
type viewFlags struct {
	theme string
	ascii bool
}

func (f *viewFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.theme, "theme", "", "colours: dark, light, 16, mono (default by the terminal's background)")
	fs.BoolVar(&f.ascii, "ascii", false, "draw without braille and box characters")
}

func (f *viewFlags) options() tui.Options { return tui.Options{Theme: f.theme, ASCII: f.ascii} }

// userAgent is how trimtab names itself to servers.
func userAgent() string { return "trimtab/" + version() }

// version is the module's version, or the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}

// widthOf is the width of the terminal behind a stream, 0 where it is none.
func widthOf(w io.Writer) int {
	f, ok := w.(interface{ Fd() uintptr })
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// printReport loads, and writes one report in one format; warnings go to
// standard error.
func printReport(ctx context.Context, l *loading, e env, format string, in *emit.Input) error {
	f, err := formatOf(format, in.Kind)
	if err != nil {
		return err
	}
	r, err := l.runWithProgress(ctx, e)
	if err != nil {
		return err
	}
	in.Report, in.At, in.Width = r.report, e.Now(), widthOf(e.Out)
	if in.Recommendations == nil {
		in.Recommendations = r.recs
	}
	if err := f.Write(e.Out, in); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return emit.WriteWarnings(e.Err, r.report.Warnings)
}

func formatOf(name string, k emit.Kind) (emit.Format, error) {
	f, ok := emit.Find(name)
	if !ok || !f.Applies(k) {
		var names string
		for _, f := range emit.Formats() {
			if f.Applies(k) {
				names += ", " + f.Name
			}
		}
		return f, usageError{hint.New(fmt.Sprintf("-o %q is not a format of this report", name), "choose one of "+names[2:])}
	}
	return f, nil
}

// addOutput adds -o with the formats of a report.
func addOutput(cmd *cobra.Command, to *string, k emit.Kind) {
	about, names := "", []string(nil)
	for _, f := range emit.Formats() {
		if f.Applies(k) {
			about += ", " + f.Name
			names = append(names, f.Name)
		}
	}
	cmd.Flags().StringVarP(to, "output", "o", "table", "format: "+about[2:])
	complete(cmd, "output", names...)
}
