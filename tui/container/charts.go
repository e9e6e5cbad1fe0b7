package container

import (
	"math"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/tui/chart"
	"github.com/trimtab/trimtab/tui/screen"
	"github.com/trimtab/trimtab/tui/theme"
)

// specs are the charts of CPU in millicores and of memory in MiB or GiB.
func (s *Screen) specs() (cpu, memory chart.Spec) {
	sym := s.ctx.Theme.Symbols()
	h := s.ctx.Facts.History(s.row)
	if h == nil {
		h = &usage.History{}
	}
	r := s.row.Rec
	cpu = chart.Spec{
		Series:   s.series(&h.CPU, 1000),
		Rules:    rules(r, func(x cluster.Resources) *unit.MilliCPU { return x.CPU }, 1),
		Area:     chart.Key{Name: "p95", Value: chart.Level{Value: r.Usage.CPU.P95 * 1000, Known: r.Usage.CPU.Known}},
		Max:      chart.Key{Name: "max", Value: chart.Level{Value: r.Usage.CPU.Max * 1000, Known: r.Usage.CPU.Known}},
		Format:   func(dst []byte, v float64) []byte { return screen.AppendCPU(dst, sym, unit.MilliCPU(math.Round(v))) },
		Location: s.ctx.Location,
		Empty:    s.empty(),
	}
	scale := unit.MiB
	if r.Usage.Memory.Max >= float64(unit.GiB) {
		scale = unit.GiB
	}
	memory = chart.Spec{
		Series: s.series(&h.Memory, 1/float64(scale)),
		Rules:  rules(r, func(x cluster.Resources) *unit.Bytes { return x.Memory }, float64(scale)),
		Area:   chart.Key{Name: "p95", Value: chart.Level{Value: r.Usage.Memory.P95 / float64(scale), Known: r.Usage.Memory.Known}},
		Max:    chart.Key{Name: "max", Value: chart.Level{Value: r.Usage.Memory.Max / float64(scale), Known: r.Usage.Memory.Known}},
		Format: func(dst []byte, v float64) []byte {
			return screen.AppendBytes(dst, sym, unit.Bytes(math.Round(v*float64(scale))))
		},
		Location: s.ctx.Location,
		Empty:    s.empty(),
	}
	if e := h.Events; e.Known && !e.LastOOM.IsZero() {
		memory.Events = []chart.Event{{At: e.LastOOM, Kind: chart.OOM}}
	}
	return cpu, memory
}

func (s *Screen) empty() string {
	if s.ctx.Waiting() {
		return "usage is being measured " + s.ctx.Theme.Symbols().Loading
	}
	return "no samples in this window"
}

// series puts the hours with samples on the window's hours; the others are
// gaps.
func (s *Screen) series(u *usage.Series, scale float64) chart.Series {
	w, ok := s.ctx.Facts.Window()
	if !ok || len(u.Hours) == 0 {
		return chart.Series{}
	}
	first := min(int64(u.Hours[0].Epoch), w.Start.Unix()/3600)
	last := max(int64(u.Hours[len(u.Hours)-1].Epoch), (w.End.Unix()-1)/3600)
	n := int(last - first + 1)
	if n <= 0 || n > 10*366*24 {
		return chart.Series{}
	}
	out := chart.Series{Start: time.Unix(first*3600, 0), Step: time.Hour, Value: make([]float64, n), Max: make([]float64, n)}
	for i := range out.Value {
		out.Value[i], out.Max[i] = math.NaN(), math.NaN()
	}
	for _, h := range u.Hours {
		i := int64(h.Epoch) - first
		if i >= 0 && i < int64(n) {
			out.Value[i], out.Max[i] = float64(h.P95)*scale, float64(h.Max)*scale
		}
	}
	return out
}

// rules are the levels of one resource in units of scale.
func rules[T ~int64](r *recommend.Recommendation, of func(cluster.Resources) *T, scale float64) []chart.Rule {
	var out []chart.Rule
	add := func(kind chart.RuleKind, v *T, label string) {
		if v != nil {
			out = append(out, chart.Rule{Kind: kind, Value: float64(*v) / scale, Label: label})
		}
	}
	add(chart.Request, of(r.Current.Request), "")
	add(chart.Limit, of(r.Current.Limit), "")
	proposed, target := of(r.Proposed.Request), of(r.Target.Request)
	if r.Status == recommend.Proposed && !same(proposed, of(r.Current.Request)) {
		add(chart.Proposed, proposed, "proposed")
	}
	if r.Status != recommend.InsufficientData && !same(target, proposed) {
		add(chart.Yours, target, "target")
	}
	return out
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// plainTitle names the chart, its unit, pods, window and scale.
func (s *Screen) plainTitle(memory bool) string {
	dot := " " + s.ctx.Theme.Symbols().Dot + " "
	text := "CPU"
	if memory {
		text = "Memory"
	}
	e := &s.row.Rec.Usage
	if e.Pods > 0 {
		text += dot + screen.Plural(e.Pods, "pod")
	}
	if w, ok := s.ctx.Facts.Window(); ok {
		text += dot + screen.Count(w.Days()) + " d"
	}
	return text + dot + "p95 and max per hour"
}

func (s *Screen) title(memory bool) string {
	th := s.ctx.Theme
	l := th.Line()
	l.Put(theme.Title, s.plainTitle(memory))
	l.Put(theme.Muted, " "+th.Symbols().Dot+" ")
	if s.full {
		l.Put(theme.Muted, "full scale (z: zoom)")
	} else {
		l.Put(theme.Muted, "zoomed to usage (z: full scale)")
	}
	return l.String()
}
