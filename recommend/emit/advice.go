package emit

import (
	"fmt"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// rightsizeView is the recommendations for people: requests now and proposed
// beside the usage they rest on. Limits have columns only where one changes.
func rightsizeView(in *Input) *view {
	limits := false
	for i := range in.Recommendations {
		r := &in.Recommendations[i]
		limits = limits || r.Status == recommend.Proposed && changes(r.Current.Limit, r.Proposed.Limit) != changes(r.Current.Limit, r.Current.Limit)
	}
	v := &view{title: "Right-sizing" + place(in.Report)}
	v.columns = append(v.columns, column{"NAMESPACE", false, 0}, column{"WORKLOAD", false, 0}, column{"CONTAINER", false, 0}, column{"PODS", true, 4},
		column{"CPU", true, 0}, column{"NEW", true, 0})
	if limits {
		v.columns = append(v.columns, column{"LIMIT", true, 6}, column{"NEW", true, 6})
	}
	v.columns = append(v.columns, column{"P95", true, 3}, column{"MEMORY", true, 0}, column{"NEW", true, 0})
	if limits {
		v.columns = append(v.columns, column{"LIMIT", true, 5}, column{"NEW", true, 5})
	}
	v.columns = append(v.columns, column{"MAX", true, 2}, column{"STATUS", false, 0}, column{"GRADE", false, 1},
		column{currency(in.Report) + "/MONTH", true, 0})

	v.rows = make([][]string, 0, len(in.Recommendations))
	for i := range in.Recommendations {
		v.rows = append(v.rows, rightsizeRow(&in.Recommendations[i], limits, len(v.columns)))
	}
	s := sum(in.Recommendations)
	total := make([]string, len(v.columns))
	total[0], total[len(total)-1] = "TOTAL", s.freed.Monthly().Dollars()
	v.totals = [][]string{total}
	v.summary = s.sentences(currency(in.Report))
	v.details = why(in.Recommendations)
	v.notes = []string{
		"Amounts are requests per pod; P95 and MAX are the worst replica's CPU and memory.",
		"Money is what the requests given up cost a month of 730 hours at the prices of the nodes they are on; how much of it a smaller fleet returns is another number.",
		prices(in.Report), span(in.Report),
	}
	return v
}

func rightsizeRow(r *recommend.Recommendation, limits bool, width int) []string {
	row := make([]string, 0, width)
	row = append(row, r.Workload.Namespace, r.Workload.Kind+"/"+r.Workload.Name, r.Container, fmt.Sprint(r.Replicas))
	to := step(r)
	row = append(row, compactCPU(r.Current.Request), changed(compactCPU(r.Current.Request), compactCPU(to.Request)))
	if limits {
		row = append(row, compactCPU(r.Current.Limit), changed(compactCPU(r.Current.Limit), compactCPU(to.Limit)))
	}
	p95, most := orNone(""), orNone("")
	// Where there is no history, what is used now says more than nothing.
	now := r.Usage.Present
	switch {
	case r.Usage.CPU.Known:
		p95 = unit.MilliCPUOf(r.Usage.CPU.P95).Compact()
	case now != nil:
		p95 = "now " + unit.MilliCPUOf(now.CPU).Compact()
	}
	switch {
	case r.Usage.Memory.Known:
		most = unit.BytesOf(r.Usage.Memory.Max).Compact()
	case now != nil:
		most = "now " + unit.BytesOf(now.Memory).Compact()
	}
	row = append(row, p95, compactMemory(r.Current.Request), changed(compactMemory(r.Current.Request), compactMemory(to.Request)))
	if limits {
		row = append(row, compactMemory(r.Current.Limit), changed(compactMemory(r.Current.Limit), compactMemory(to.Limit)))
	}
	freed := ""
	if r.Status == recommend.Proposed {
		freed = "unpriced"
		if r.Freed != nil {
			freed = r.Freed.Monthly().Dollars()
		}
	}
	return append(row, most, statusWord(r), orNone(r.Confidence.Grade), freed)
}

// statusWord is the status in few letters; a raise is one whether it is
// proposed or held.
func statusWord(r *recommend.Recommendation) string {
	switch {
	case r.Status == recommend.Proposed && r.Raise:
		return "raise"
	case r.Status == recommend.Held && r.Raise:
		return "held raise"
	case r.Status == recommend.InsufficientData:
		return "no data"
	}
	return string(r.Status)
}

func compactCPU(r cluster.Resources) string {
	if r.CPU == nil {
		return orNone("")
	}
	return r.CPU.Compact()
}

func compactMemory(r cluster.Resources) string {
	if r.Memory == nil {
		return orNone("")
	}
	return r.Memory.Compact()
}

// changed is the new amount, "" where it is the old one and "none" where the
// old one goes.
func changed(from, to string) string {
	switch to {
	case from:
		return ""
	case orNone(""):
		return "none"
	}
	return to
}

// tally is what a set of recommendations amounts to.
type tally struct {
	counts   map[recommend.Status]int
	raises   int
	freed    unit.HourlyRate // net, of what is proposed and has a price
	unpriced int             // proposed, without a price
	// What is proposed gives back and what it asks for, resource by resource.
	// Money goes by container: one that gives back CPU and asks for memory is
	// on one side only.
	less, more flow
}

// flow is one direction of change, not negative.
type flow struct {
	cpu    unit.MilliCPU
	memory unit.Bytes
	rate   unit.HourlyRate
}

func (f flow) text(currency string) string {
	return fmt.Sprintf("%s CPU and %s memory, %s %s a month", f.cpu.Compact(), f.memory.Compact(), f.rate.Monthly().Dollars(), currency)
}

func sum(recs []recommend.Recommendation) tally {
	t := tally{counts: map[recommend.Status]int{}}
	for i := range recs {
		r := &recs[i]
		t.counts[r.Status]++
		if r.Raise {
			t.raises++
		}
		if r.Status != recommend.Proposed {
			continue
		}
		t.less.cpu += max(0, r.FreedCPU)
		t.more.cpu += max(0, -r.FreedCPU)
		t.less.memory += max(0, r.FreedMemory)
		t.more.memory += max(0, -r.FreedMemory)
		if r.Freed == nil {
			t.unpriced++
			continue
		}
		t.freed += *r.Freed
		t.less.rate += max(0, *r.Freed)
		t.more.rate += max(0, -*r.Freed)
	}
	return t
}

func (t *tally) sentences(currency string) []string {
	var parts []string
	for _, s := range []recommend.Status{recommend.Proposed, recommend.Held, recommend.Keep, recommend.InsufficientData} {
		if n := t.counts[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(parts) == 0 {
		return []string{"No container was looked at."}
	}
	out := []string{"Containers: " + strings.Join(parts, ", ") + "."}
	if t.counts[recommend.Proposed] > 0 {
		out = append(out, "What is proposed frees "+t.less.text(currency)+".")
		if t.more.cpu > 0 || t.more.memory > 0 {
			out = append(out, "Where too little is asked for it adds "+t.more.text(currency)+".")
		}
	}
	if t.raises > 0 {
		out = append(out, count(t.raises, "raise")+" due: the present setting is a risk.")
	}
	if t.unpriced > 0 {
		out = append(out, count(t.unpriced, "proposal")+" without a price, in no sum of money.")
	}
	return out
}

// whyLines is how many lines of each kind the reasons take under a table.
const whyLines = 12

// why says what puts containers at risk, one line each, and what holds the
// others, one line per reason.
func why(recs []recommend.Recommendation) []string {
	var risks, holds []string
	held := map[string][]string{}
	for i := range recs {
		r := &recs[i]
		name := r.Workload.Namespace + "/" + r.Workload.Name
		if r.Container != r.Workload.Name {
			name += " " + r.Container
		}
		for _, reason := range r.Reasons {
			if text, ok := strings.CutPrefix(reason, "at risk: "); ok {
				risks = append(risks, "· "+name+": "+text)
				break
			}
		}
		if r.Status != recommend.Held {
			continue
		}
		for _, reason := range r.Reasons {
			if text, ok := strings.CutPrefix(reason, "held: "); ok {
				if held[text] == nil {
					holds = append(holds, text)
				}
				held[text] = append(held[text], name)
				break
			}
		}
	}
	for i, text := range holds {
		names := held[text]
		line := "· " + text + ": " + strings.Join(names[:min(3, len(names))], ", ")
		if n := len(names) - 3; n > 0 {
			line += fmt.Sprintf(" and %d more", n)
		}
		holds[i] = line
	}
	var lines []string
	section := func(title string, list []string) {
		if len(list) == 0 {
			return
		}
		lines = append(lines, "", title)
		lines = append(lines, list[:min(whyLines, len(list))]...)
		if n := len(list) - whyLines; n > 0 {
			lines = append(lines, fmt.Sprintf("· … and %d more: -o json has every reason", n))
		}
	}
	section("At risk:", risks)
	section("Held, and what for:", holds)
	return lines
}
