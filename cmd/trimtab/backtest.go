package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/emit"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

func newBacktestCmd(e env) *cobra.Command {
	var output, dir string
	cmd := &cobra.Command{
		Use:   "backtest",
		Short: "How each strategy would have done on recorded usage",
		Long: `backtest walks every strategy forward over recorded usage: the second half of
each series is cut in four, and each part is scored with the value fitted on
everything before it.

--traces names a folder with CPU series in cpu/*.csv (columns seconds and
cpu_percent, percent of one machine) and memory series in memory.csv (columns
pod, seconds and memory_fraction). One of the two may be missing.`,
		Example: `  trimtab backtest --traces recorded/
  trimtab backtest --traces recorded/ -o json`,
		Args: wrongUsage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			f, err := formatOf(output, emit.KindBacktest)
			if err != nil {
				return err
			}
			if dir == "" {
				return usageError{hint.New("there is nothing to score", "name a folder of recorded series with --traces")}
			}
			t, err := readTraces(dir)
			if err != nil {
				return err
			}
			in := &emit.Input{Kind: emit.KindBacktest, Report: &analyzer.Report{Warnings: t.warnings}, At: e.Now(), Width: widthOf(e.Out)}
			for _, r := range recommend.Resources() {
				if len(t.series[r]) > 0 {
					in.Backtests = append(in.Backtests, rightsize.Backtest(r, t.series[r], fitters()))
				}
			}
			if err := f.Write(e.Out, in); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			return emit.WriteWarnings(e.Err, t.warnings)
		},
	}
	addOutput(cmd, &output, emit.KindBacktest)
	cmd.Flags().StringVar(&dir, "traces", "", "folder with cpu/*.csv and memory.csv")
	if err := cmd.MarkFlagDirname("traces"); err != nil {
		panic(err) // the flag is there
	}
	return cmd
}

// traces are recorded series by resource.
type traces struct {
	series   map[recommend.Resource][]rightsize.Trace
	warnings []error
}

// percent is one machine in the unit of the CPU series.
const percent = 100

func readTraces(dir string) (*traces, error) {
	t := &traces{series: map[recommend.Resource][]rightsize.Trace{}}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, hint.Wrap(err, "--traces", "name a folder with cpu/*.csv or memory.csv")
	}
	files, err := filepath.Glob(filepath.Join(globEscape(dir), "cpu", "*.csv"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		stem := strings.TrimSuffix(filepath.Base(path), ".csv")
		if err := t.read(path, recommend.CPU, []string{"seconds", "cpu_percent"}, stem); err != nil {
			return nil, err
		}
	}
	err = t.read(filepath.Join(dir, "memory.csv"), recommend.Memory, []string{"pod", "seconds", "memory_fraction"}, "")
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	}
	if len(t.series) == 0 {
		return nil, hint.New(fmt.Sprintf("%s holds neither cpu/*.csv nor memory.csv", dir), "see trimtab backtest --help for what they look like")
	}
	for _, r := range recommend.Resources() {
		var short []string
		for _, s := range t.series[r] {
			if len(s.Samples.Values) < 2 {
				short = append(short, s.Name)
			}
		}
		if len(short) > 0 {
			t.warnings = append(t.warnings, hint.New(fmt.Sprintf("%d %s series of one sample are not scored: %s", len(short), r, strings.Join(short, ", ")), "a value is fitted on the past: two samples are the least"))
		}
	}
	return t, nil
}

// globEscape keeps what Glob would take for a pattern in a folder's name.
func globEscape(dir string) string {
	if filepath.Separator == '\\' {
		return dir // a backslash is no escape there
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// read adds the series of one file. Where the file has a column for the pod
// it holds one series per pod, else one named stem.
func (t *traces) read(path string, r recommend.Resource, columns []string, stem string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	in := csv.NewReader(file)
	in.FieldsPerRecord = len(columns)
	in.ReuseRecord = true
	want := strings.Join(columns, ",")
	header, err := in.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return badTrace(path, err, want)
	}
	if got := strings.Join(header, ","); strings.TrimPrefix(got, "\ufeff") != want {
		return hint.New(fmt.Sprintf("%s:1: the columns are %q", path, got), "they must be "+want)
	}
	byName := map[string]int{}
	var read []rightsize.Trace
	late := 0 // the first line that is older than the one before
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return badTrace(path, err, want)
		}
		line, _ := in.FieldPos(0)
		name := stem
		if stem == "" {
			name = strings.Clone(row[0])
			if name == "" {
				return hint.New(fmt.Sprintf("%s:%d: the pod has no name", path, line), "name it in the first column")
			}
			row = row[1:]
		}
		seconds, okTime := traceNumber(row[0])
		value, okValue := traceNumber(row[1])
		switch {
		case !okTime || seconds > 1e11:
			return hint.New(fmt.Sprintf("%s:%d: %q is not a number of seconds from 0", path, line, row[0]), "leave out samples without a time")
		case !okValue:
			return hint.New(fmt.Sprintf("%s:%d: %q is not usage: a finite number from 0", path, line, row[1]), "leave out what was not measured: gaps are allowed")
		}
		i, ok := byName[name]
		if !ok {
			i = len(read)
			byName[name] = i
			read = append(read, rightsize.Trace{Name: name, Samples: recommend.PodSamples{Pod: name}})
			if r == recommend.CPU {
				read[i].Core = percent
			}
		}
		s := &read[i].Samples
		at := time.Unix(0, 0).UTC().Add(time.Duration(seconds * float64(time.Second)))
		if n := len(s.At); n > 0 && at.Before(s.At[n-1]) && late == 0 {
			late = line
		}
		s.At, s.Values = append(s.At, at), append(s.Values, value)
	}
	if len(read) == 0 {
		return hint.New(path+": there is no sample", "add rows of "+want+", or remove the file")
	}
	if late > 0 {
		t.warnings = append(t.warnings, hint.New(fmt.Sprintf("%s:%d: a sample is older than the one before it", path, late), "samples were put in the order of time"))
		for i := range read {
			inOrder(&read[i].Samples)
		}
	}
	t.series[r] = append(t.series[r], read...)
	return nil
}

// badTrace is what is wrong with a file's form; the CSV reader's errors name
// the line.
func badTrace(path string, err error, want string) error {
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return hint.New(fmt.Sprintf("%s:%d: %v", path, bad.Line, bad.Err), "each row is "+want)
	}
	return fmt.Errorf("reading %s: %w", path, err)
}

// traceNumber reads a finite number that is not negative.
func traceNumber(s string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return v, err == nil && v >= 0 && !math.IsInf(v, 0)
}

// inOrder sorts samples by time; those of one instant keep their order.
func inOrder(s *recommend.PodSamples) {
	order := make([]int, len(s.At))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return s.At[i].Compare(s.At[j]) })
	at, values := make([]time.Time, len(order)), make([]float64, len(order))
	for to, from := range order {
		at[to], values[to] = s.At[from], s.Values[from]
	}
	s.At, s.Values = at, values
}
