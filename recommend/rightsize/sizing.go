package rightsize

import (
	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/recommend"
)

// fits are what a strategy asks for of both resources; false in ok where one
// was not measured, with the Sizing that says so.
func fits(s recommend.Fitter, c recommend.Case) (cpu, memory float64, none recommend.Sizing, ok bool) {
	cpu, hasCPU := s.Fit(recommend.CPU, c)
	memory, hasMemory := s.Fit(recommend.Memory, c)
	switch {
	case hasCPU && hasMemory:
		return cpu, memory, none, true
	case !hasCPU && !hasMemory:
		none.Reasons = []string{"no usage was measured"}
	default:
		none.Reasons = []string{"only one of CPU and memory was measured"}
	}
	return 0, 0, none, false
}

// requests is a sizing that leaves the container's limits as they are.
func requests(c recommend.Case, cpu unit.MilliCPU, memory unit.Bytes, reasons ...string) recommend.Sizing {
	return recommend.Sizing{
		Request: cluster.Resources{CPU: &cpu, Memory: &memory},
		Limit:   c.Container.Limit,
		Reasons: reasons,
	}
}

// both is a sizing whose limits equal its requests.
func both(cpu unit.MilliCPU, memory unit.Bytes, reasons ...string) recommend.Sizing {
	amounts := cluster.Resources{CPU: &cpu, Memory: &memory}
	return recommend.Sizing{Request: amounts, Limit: amounts, Reasons: reasons}
}

// bump raises memory to what an out-of-memory kill proves to have been too
// little, times factor: the limit, or where there is none the request.
func bump(c recommend.Case, memory, factor float64) float64 {
	if c.History.Events.OOMKills == 0 {
		return memory
	}
	killed := c.Container.Limit.Memory
	if killed == nil {
		killed = c.Container.Request.Memory
	}
	if killed == nil {
		return memory
	}
	return max(memory, float64(*killed)*factor)
}

func compactCPU(cores float64) string { return unit.MilliCPUOf(cores).Compact() }

func compactBytes(bytes float64) string { return unit.BytesOf(bytes).Compact() }
