// Package pricing is what nodes are sold for: offerings, prices and the book
// that holds them, each price with its source, its date and how certain it
// is.
//
// A price that no source knows is absent, never zero, and nothing falls back
// silently: an estimate says that it is one, and by how much it may be off.
// The package does no I/O; sources do, behind the Source interface.
package pricing

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trimtab/trimtab/internal/unit"
)

// OfferingKey names an offering: an instance type in a zone under a capacity
// type. Zone matters for spot and is "" for on-demand.
type OfferingKey struct {
	Region, Zone, InstanceType string
	CapacityType               string // "on-demand", "spot", "reserved"
}

// Key is the OfferingKey under which a node's price is looked up: the zone is
// kept only where the price depends on it.
func Key(region, zone, instanceType, capacityType string) OfferingKey {
	if capacityType != "spot" {
		zone = ""
	}
	return OfferingKey{region, zone, instanceType, capacityType}
}

// String is for messages: "m5.large on-demand us-east-1".
func (k OfferingKey) String() string {
	return strings.Join(slices.DeleteFunc([]string{k.InstanceType, k.CapacityType, cmp.Or(k.Zone, k.Region)}, func(s string) bool { return s == "" }), " ")
}

// Compare orders by type, region, zone, capacity type.
func (k OfferingKey) Compare(o OfferingKey) int {
	return cmp.Or(strings.Compare(k.InstanceType, o.InstanceType), strings.Compare(k.Region, o.Region), strings.Compare(k.Zone, o.Zone), strings.Compare(k.CapacityType, o.CapacityType))
}

// Certainty is how far a price can be trusted.
type Certainty string

// The certainties. There is no certainty for an unknown price in a Book: it
// is absent.
const (
	// Exact is a price somebody published for this offering.
	Exact Certainty = "exact"
	// Estimate is derived from another offering's price; Price.Error bounds it.
	Estimate Certainty = "estimate"
	// Unknown is how reports list a price that is absent from the book.
	Unknown Certainty = "unknown"
)

// Price is what an offering is sold for.
type Price struct {
	Rate      unit.HourlyRate
	Source    string    // "catalog", "aws price list", "rates.yaml"
	AsOf      time.Time // when the source's figure was true
	Certainty Certainty
	// Error is how far an estimate may be off, relative to Rate: 0.05 is
	// ±5 %. 0 for an exact price.
	Error float64
	// Basis says in words how an estimate was made: "us-east-1 price × 1.115".
	Basis string
}

// Machine is what an instance type is made of.
type Machine struct {
	VCPU       int
	Memory     unit.Bytes
	Arch       string // "amd64", "arm64"
	GPUs       int
	MaxPods    int // with the VPC CNI's default mode; 0 unknown
	Generation string
	// CPURate and MemoryRate are what a vCPU-hour and a GiB-hour cost in this
	// generation by a fit over AWS's own prices, in currency units. Only their
	// ratio matters: they are normalised to a node's price.
	CPURate, MemoryRate float64
	// AcceleratorRate is what the type's GPUs and other accelerators cost an
	// hour beyond its vCPU and memory, on the same scale; 0 without any.
	AcceleratorRate float64
}

// Book holds prices in one currency and facts of instance types. It is not
// changed once it has been loaded.
type Book struct {
	Currency string
	prices   map[OfferingKey]Price
	machines map[string]Machine
	Warnings []error
}

// NewBook is a book of the given prices and machines; the maps are kept, not
// copied.
func NewBook(currency string, prices map[OfferingKey]Price, machines map[string]Machine) *Book {
	return &Book{Currency: currency, prices: prices, machines: machines}
}

// Price finds the price of an offering; false where no source knew it.
func (b *Book) Price(k OfferingKey) (Price, bool) {
	p, ok := b.prices[k]
	return p, ok
}

// Machine finds the facts of an instance type.
func (b *Book) Machine(instanceType string) (Machine, bool) {
	m, ok := b.machines[instanceType]
	return m, ok
}

// Keys are the offerings that have a price, sorted.
func (b *Book) Keys() []OfferingKey {
	return slices.SortedFunc(maps.Keys(b.prices), OfferingKey.Compare)
}

// Machines are the instance types with facts, sorted by name.
func (b *Book) Machines() []string { return slices.Sorted(maps.Keys(b.machines)) }

// Source knows prices.
type Source interface {
	// Name is shown beside every price that came from the source.
	Name() string
	// Prices finds prices of the offerings asked for. An offering it does not
	// know is absent from the result, never 0. Problems that left others
	// intact are warnings; an error means that the source gave nothing.
	Prices(ctx context.Context, keys []OfferingKey) (prices map[OfferingKey]Price, warnings []error, err error)
}

// Machines knows facts of instance types.
type Machines interface {
	// Machine finds an instance type; false where it is unknown.
	Machine(instanceType string) (Machine, bool)
}

// Load asks the sources in order for the offerings, each only for what those
// before it left open, and collects the facts of their instance types. A
// source that fails is a warning in the book, and so is a price that is not
// above 0, which is no price: the offering stays open for the next source. All
// prices are in currency.
func Load(ctx context.Context, currency string, sources []Source, machines Machines, keys []OfferingKey) *Book {
	b := NewBook(currency, make(map[OfferingKey]Price, len(keys)), make(map[string]Machine))
	open := slices.Clone(keys)
	slices.SortFunc(open, OfferingKey.Compare)
	open = slices.Compact(open)
	for _, k := range open {
		if m, ok := machines.Machine(k.InstanceType); ok {
			b.machines[k.InstanceType] = m
		}
	}
	for _, s := range sources {
		if len(open) == 0 {
			break
		}
		got, warnings, err := s.Prices(ctx, open)
		b.Warnings = append(b.Warnings, warnings...)
		if err != nil {
			b.Warnings = append(b.Warnings, fmt.Errorf("asking %s for prices: %w", s.Name(), err))
			continue
		}
		open = slices.DeleteFunc(open, func(k OfferingKey) bool {
			p, ok := got[k]
			if ok && p.Rate <= 0 {
				b.Warnings = append(b.Warnings, fmt.Errorf("%s prices %v at %v, which is no price", s.Name(), k, p.Rate))
				return false
			}
			if ok {
				b.prices[k] = p
			}
			return ok
		})
	}
	return b
}
