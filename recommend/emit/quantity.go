package emit

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
)

// Quantity is a Kubernetes quantity, as resource.ParseQuantity reads it:
// "250m", "2", "512Mi", "312u".
type Quantity string

// Amounts are requests or limits; an empty one is unset.
type Amounts struct {
	CPU    Quantity `json:"cpu,omitempty" doc:"CPU; absent means unset"`
	Memory Quantity `json:"memory,omitempty" doc:"memory; absent means unset"`
}

// Setting is the requests and limits of a container.
type Setting struct {
	Requests Amounts `json:"requests"`
	Limits   Amounts `json:"limits"`
}

// Change is a quantity to set, or the removal of one. The zero value is
// neither: there is none before and none after.
type Change struct {
	Quantity Quantity
	Remove   bool
}

// IsZero reports that there is nothing to say.
func (c Change) IsZero() bool { return c == Change{} }

// MarshalJSON writes the quantity, or null for a removal.
func (c Change) MarshalJSON() ([]byte, error) {
	if c.Remove {
		return []byte("null"), nil
	}
	return json.Marshal(string(c.Quantity))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Change) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*c = Change{Remove: true}
		return nil
	}
	*c = Change{}
	return json.Unmarshal(b, &c.Quantity)
}

// Changes are requests or limits as they should become.
type Changes struct {
	CPU    Change `json:"cpu,omitzero" doc:"CPU; null means remove what is set"`
	Memory Change `json:"memory,omitzero" doc:"memory; null means remove what is set"`
}

// Proposal is what the requests and limits of a container should become.
type Proposal struct {
	Requests Changes `json:"requests"`
	Limits   Changes `json:"limits"`
}

// cpuText is the quantity of an amount that may be unset, "" for unset.
func cpuText(c *unit.MilliCPU) string {
	if c == nil {
		return ""
	}
	return c.Quantity()
}

// memoryText is the quantity of an amount that may be unset, "" for unset.
func memoryText(m *unit.Bytes) string {
	if m == nil {
		return ""
	}
	return m.Quantity()
}

func amounts(r cluster.Resources) Amounts {
	return Amounts{Quantity(cpuText(r.CPU)), Quantity(memoryText(r.Memory))}
}

func changes(from, to cluster.Resources) Changes {
	return Changes{changeOf(cpuText(from.CPU), cpuText(to.CPU)), changeOf(memoryText(from.Memory), memoryText(to.Memory))}
}

func changeOf(from, to string) Change {
	return Change{Quantity: Quantity(to), Remove: to == "" && from != ""}
}

// coresQuantity is measured CPU as a quantity. Most containers use less than
// a millicore most of the time, so it keeps millionths of a core, rounded up,
// and writes the largest unit that needs no fraction: "2", "250m", "312u".
// Amounts above 9 million million cores are that; NaN and negative amounts
// are "0".
func coresQuantity(cores float64) Quantity {
	if math.IsNaN(cores) || cores <= 0 {
		return "0"
	}
	// The last bits of a product of floats are forgiven, as in unit.
	micro := int64(math.Min(math.Ceil(cores*1e6*(1-1e-12)), math.MaxInt64/2))
	switch {
	case micro%1_000_000 == 0:
		return Quantity(strconv.FormatInt(micro/1_000_000, 10))
	case micro%1000 == 0:
		return Quantity(strconv.FormatInt(micro/1000, 10) + "m")
	}
	return Quantity(strconv.FormatInt(micro, 10) + "u")
}

// bytesQuantity is measured memory as a quantity in whole bytes, rounded up.
func bytesQuantity(bytes float64) Quantity { return Quantity(unit.BytesOf(bytes).Quantity()) }
