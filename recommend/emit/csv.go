package emit

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// writeCSV writes RFC 4180 with a header row. Numbers are plain, their unit is
// in the column's name, and an empty cell is unset or unknown. A text that a
// spreadsheet would take for a formula gets an apostrophe in front.
func writeCSV(w io.Writer, in *Input) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	switch in.Kind {
	case KindRightsize:
		csvRightsize(c, in)
	case KindBacktest:
		csvBacktest(c, in)
	case KindPrices:
		csvPrices(c, in)
	case KindCost:
		csvCost(c, in)
	}
	c.Flush()
	return c.Error()
}

// cell is s, made harmless. Texts come from clusters, whose authors a reader
// of the spreadsheet need not trust.
func cell(s string) string {
	s = plain(s)
	if s != "" && strings.ContainsAny(s[:1], "=+-@") || strings.HasPrefix(s, "＝") || strings.HasPrefix(s, "＋") || strings.HasPrefix(s, "－") || strings.HasPrefix(s, "＠") {
		return "'" + s
	}
	return s
}

func csvRightsize(c *csv.Writer, in *Input) {
	money := strings.ToLower(currency(in.Report))
	_ = c.Write([]string{ // the writer keeps its first error for Error
		"namespace", "kind", "workload", "container", "replicas", "status", "strategy", "confidence",
		"cpu_request_millicores", "proposed_cpu_request_millicores", "target_cpu_request_millicores",
		"cpu_limit_millicores", "proposed_cpu_limit_millicores", "target_cpu_limit_millicores",
		"memory_request_bytes", "proposed_memory_request_bytes", "target_memory_request_bytes",
		"memory_limit_bytes", "proposed_memory_limit_bytes", "target_memory_limit_bytes",
		"cpu_p50_cores", "cpu_p95_cores", "cpu_p99_cores", "cpu_max_cores",
		"memory_p50_bytes", "memory_p95_bytes", "memory_p99_bytes", "memory_max_bytes",
		"samples", "coverage_share", "oom_kills",
		"freed_" + money + "_per_month", "realisable_low_" + money + "_per_month", "realisable_high_" + money + "_per_month",
		"reasons",
	})
	row := make([]string, 0, 40)
	for i := range in.Recommendations {
		r := &in.Recommendations[i]
		to := step(r)
		row = append(row[:0], cell(r.Workload.Namespace), cell(r.Workload.Kind), cell(r.Workload.Name), cell(r.Container),
			strconv.Itoa(r.Replicas), cell(string(r.Status)), cell(r.Strategy), cell(r.Confidence.Grade),
			number(r.Current.Request.CPU), number(to.Request.CPU), number(r.Target.Request.CPU),
			number(r.Current.Limit.CPU), number(to.Limit.CPU), number(r.Target.Limit.CPU),
			number(r.Current.Request.Memory), number(to.Request.Memory), number(r.Target.Request.Memory),
			number(r.Current.Limit.Memory), number(to.Limit.Memory), number(r.Target.Limit.Memory))
		row = measured(row, r.Usage.CPU, 6)
		row = measured(row, r.Usage.Memory, 0)
		row = append(row, strconv.FormatUint(r.Usage.Samples, 10), strconv.FormatFloat(r.Usage.Coverage, 'f', -1, 64))
		kills := ""
		if r.Usage.Events.Known {
			kills = strconv.Itoa(r.Usage.Events.OOMKills)
		}
		freed, low, high := "", "", ""
		if r.Freed != nil {
			freed = r.Freed.Monthly().Decimal()
		}
		if r.Realisable != nil {
			low, high = r.Realisable.Low.Monthly().Decimal(), r.Realisable.High.Monthly().Decimal()
		}
		_ = c.Write(append(row, kills, freed, low, high, cell(strings.Join(r.Reasons, "; "))))
	}
}

// number is an amount in its base unit, "" where unset.
func number[T unit.MilliCPU | unit.Bytes](v *T) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(int64(*v), 10)
}

// measured appends the four quantiles with the given number of places.
func measured(row []string, q recommend.Quantiles, places int) []string {
	if !q.Known {
		return append(row, "", "", "", "")
	}
	for _, v := range []float64{q.P50, q.P95, q.P99, q.Max} {
		row = append(row, strconv.FormatFloat(v, 'f', places, 64))
	}
	return row
}

func csvCost(c *csv.Writer, in *Input) {
	cost := costOf(in)
	money := strings.ToLower(cost.Currency)
	hourly, monthly := money+"_per_hour", money+"_per_month"
	row := func(part, namespace, kind, name string, rate unit.HourlyRate) {
		_ = c.Write([]string{part, cell(namespace), cell(kind), cell(name), rate.Decimal(), rate.Monthly().Decimal()})
	}
	_ = c.Write([]string{"part", "namespace", "kind", "name", hourly, monthly})
	if cost.Groups == nil {
		for _, a := range cost.Allocations {
			row("workload", a.Namespace, a.Kind, a.Name, a.Hourly)
		}
	}
	for _, g := range cost.Groups {
		row("group", "", cost.GroupedBy, g.Name, g.Hourly)
	}
	row("idle", "", "", "", cost.Idle)
	row("overhead", "", "", "", cost.Overhead)
	for _, u := range cost.Unpriced {
		_ = c.Write([]string{"unpriced", "", "Node", cell(u.Name), "", ""})
	}
	for _, o := range cost.Other {
		row("other", "", "", o.What, o.Hourly)
	}
}

func csvPrices(c *csv.Writer, in *Input) {
	money := strings.ToLower(currency(in.Report))
	_ = c.Write([]string{"instance_type", "region", "zone", "capacity_type", money + "_per_hour", "certainty", "error_share", "source", "as_of", "basis"})
	for _, p := range Prices(in.Report, in.Offerings, in.At).Prices {
		rate, off := "", ""
		if p.Hourly != nil {
			rate, off = p.Hourly.Decimal(), strconv.FormatFloat(p.Error, 'f', -1, 64)
		}
		_ = c.Write([]string{
			cell(p.InstanceType), cell(p.Region), cell(p.Zone), cell(p.CapacityType), rate, string(p.Certainty), off,
			cell(p.Source), date(p.AsOf), cell(p.Basis),
		})
	}
}
