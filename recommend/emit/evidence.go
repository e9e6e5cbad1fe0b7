package emit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/recommend"
)

// evidence writes what patches rest on, as comments.
type evidence struct {
	in     *Input
	prices map[cluster.WorkloadID][]string // of the nodes its pods are on, sorted
}

func evidenceOf(in *Input) *evidence { return &evidence{in, basisByWorkload(in.Report)} }

// basis says where a price comes from: "catalog of 2026-11-01 (exact)".
func basis(p *pricing.Price) string {
	s := p.Source
	if d := date(p.AsOf); d != "" {
		s += " of " + d
	}
	s += " (" + string(p.Certainty)
	if p.Error > 0 {
		s += " ±" + unit.Percent(p.Error)
	}
	return s + ")"
}

func basisByWorkload(r *analyzer.Report) map[cluster.WorkloadID][]string {
	all := map[cluster.WorkloadID][]string{}
	if r.Allocation == nil || r.Snapshot == nil {
		return all
	}
	nodes := make(map[string]string, len(r.Allocation.Nodes))
	for i := range r.Allocation.Nodes {
		nodes[r.Allocation.Nodes[i].Name] = basis(&r.Allocation.Nodes[i].Price)
	}
	for i := range r.Snapshot.Pods {
		p := &r.Snapshot.Pods[i]
		b, ok := nodes[p.Node]
		if ok && p.Active() && !slices.Contains(all[p.Workload], b) {
			all[p.Workload] = append(all[p.Workload], b)
		}
	}
	for _, b := range all {
		slices.Sort(b)
	}
	return all
}

// write writes the comment above a patch.
func (e *evidence) write(b *bytes.Buffer, p *patch) {
	head := p.object.Kind + " " + p.object.Namespace + "/" + p.object.Name
	if s := e.in.Report.Snapshot; s != nil && s.Name != "" {
		head += " on " + s.Name
		if s.Region != "" {
			head += " in " + s.Region
		}
	}
	comment(b, "", head+", "+date(e.in.At))
	for _, c := range p.containers {
		b.WriteString("#\n")
		comment(b, "", "Container "+c.rec.Container+":")
		for _, ed := range c.edits {
			from, to := ed.From, ed.To
			if from == "" {
				from = "unset"
			}
			if to == "" {
				to = "removed"
			}
			resource := strings.ToUpper(ed.Field.Resource)
			if ed.Field.Resource == "memory" {
				resource = ed.Field.Resource
			}
			comment(b, "change", resource+" "+strings.TrimSuffix(ed.Field.List, "s")+" "+from+" → "+to)
		}
		e.container(b, c.rec)
	}
}

func (e *evidence) container(b *bytes.Buffer, r *recommend.Recommendation) {
	comment(b, "strategy", r.Strategy)
	grade := r.Confidence.Grade
	if len(r.Confidence.Reasons) > 0 {
		grade += ": " + strings.Join(r.Confidence.Reasons, "; ")
	}
	comment(b, "confidence", grade)
	u := &r.Usage
	quantiles := func(label string, q recommend.Quantiles, quantity func(float64) string) {
		text := "not measured"
		if q.Known {
			text = fmt.Sprintf("p50 %s, p95 %s, p99 %s, max %s of the worst replica", quantity(q.P50), quantity(q.P95), quantity(q.P99), quantity(q.Max))
		}
		comment(b, label, text)
	}
	quantiles("CPU", u.CPU, func(v float64) string { return unit.MilliCPUOf(v).Compact() })
	quantiles("memory", u.Memory, func(v float64) string { return unit.BytesOf(v).Compact() })

	samples := fmt.Sprintf("%d", u.Samples)
	if u.Step > 0 {
		samples += " of " + unit.Span(u.Step.Round(time.Second))
	}
	samples += fmt.Sprintf(" over %s, %s of the window's hours", count(u.Days, "day"), unit.Percent(u.Coverage))
	if u.Pods > 0 {
		samples += ", " + count(u.Pods, "pod")
	}
	comment(b, "samples", samples)
	events := "not known"
	if u.Events.Known {
		events = fmt.Sprintf("%d in the window, %s", u.Events.OOMKills, count(u.Events.Restarts, "restart"))
		if !u.Events.LastOOM.IsZero() {
			events += ", the last on " + date(u.Events.LastOOM)
		}
	}
	comment(b, "OOM kills", events)
	if t := u.Events.ThrottledShare; u.Events.Known && t != nil {
		comment(b, "throttled", unit.Percent(*t)+" of the periods")
	}
	if r.QOSBefore != "" && r.QOSBefore != r.QOSAfter {
		comment(b, "QoS class", r.QOSBefore+" → "+r.QOSAfter)
	}
	verb, freed := "frees", "not known: no node it runs on has a price"
	if r.Freed != nil {
		amount := r.Freed.Monthly()
		if amount < 0 {
			verb, amount = "adds", -amount
		}
		freed = amount.Dollars() + " " + currency(e.in.Report) + " a month of 730 hours"
		if p := e.prices[r.Workload]; len(p) > 0 {
			freed += ", at prices of " + strings.Join(p, "; ")
		}
	}
	comment(b, verb, freed)
	for _, reason := range r.Reasons {
		comment(b, "because", reason)
	}
}

const (
	commentWidth = 100
	labelWidth   = 12
)

// comment writes text as comment lines under a label; without text nothing.
func comment(b *bytes.Buffer, label, text string) {
	words := strings.Fields(plain(text))
	if len(words) == 0 {
		return
	}
	indent := ""
	if label != "" {
		indent = strings.Repeat(" ", 2+labelWidth)
		label = "  " + label + strings.Repeat(" ", labelWidth-len(label))
	}
	b.WriteString("# " + label)
	n := 2 + len(label)
	for i, w := range words {
		if i > 0 {
			if n+1+cells(w) > commentWidth {
				b.WriteString("\n# " + indent)
				n = 2 + len(indent)
			} else {
				b.WriteByte(' ')
				n++
			}
		}
		b.WriteString(w)
		n += cells(w)
	}
	b.WriteByte('\n')
}
