// Package catalog is the price source that needs no network: dated facts and
// on-demand prices of EC2 instance types, compiled in.
//
// Prices of us-east-1 and the two GovCloud regions are as AWS published them.
// Everything else is an estimate that says so, with its error and its basis:
// other regions by their vendor's usual ratio to us-east-1, bare metal by the
// virtual type of the same size, spot by the usual saving. What no figure
// supports is absent, with a warning that names the remedy.
package catalog

//go:generate go run ./gen -out catalog.csv

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// home is the region whose prices the estimates for others start from.
const home = "us-east-1"

// Source is the compiled-in catalog: a pricing.Source in USD and
// pricing.Machines. It is safe for concurrent use.
type Source struct {
	load func() loaded
}

var (
	_ pricing.Source   = (*Source)(nil)
	_ pricing.Machines = (*Source)(nil)
)

type loaded struct {
	t   *table
	err error
}

// New is the catalog. Its data is parsed when first asked for.
func New() *Source {
	return &Source{load: sync.OnceValue(func() loaded {
		t, err := parse(catalogCSV, estimatesCSV)
		return loaded{t, err}
	})}
}

// Name is "catalog" with the date of its us-east-1 prices.
func (s *Source) Name() string {
	l := s.load()
	if l.err != nil {
		return "catalog"
	}
	return "catalog " + l.t.asOf("price "+home).Format(time.DateOnly)
}

// Figures are where the catalog's figures come from.
func (s *Source) Figures() []Figure {
	l := s.load()
	if l.err != nil {
		return nil
	}
	return slices.Clone(l.t.figures)
}

// Figure is the origin of one kind of figures.
type Figure struct {
	What string    // "price us-east-1", "facts", "maxpods", "rates", "ratio", "spot"
	From string    // the package, with its version, or how they were computed
	AsOf time.Time // when they were true
}

// Types are the instance types the catalog has a price or facts of, sorted.
func (s *Source) Types() []string {
	l := s.load()
	if l.err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(l.t.types))
}

// Machine finds the facts of an instance type. Its rates are fitted over the
// c, m and r families of its generation, or the nearest one of its processor
// vendor; what an accelerated type costs beyond them is its AcceleratorRate.
// It returns false for types that only a price is known of.
func (s *Source) Machine(instanceType string) (pricing.Machine, bool) {
	l := s.load()
	if l.err != nil {
		return pricing.Machine{}, false
	}
	e, ok := l.t.types[instanceType]
	if !ok || e.vcpu == 0 {
		return pricing.Machine{}, false
	}
	return l.t.machine(e), true
}

// Prices prices the offerings it can, in USD. Keys that it leaves out are
// counted in one warning per reason.
func (s *Source) Prices(_ context.Context, keys []pricing.OfferingKey) (map[pricing.OfferingKey]pricing.Price, []error, error) {
	l := s.load()
	if l.err != nil {
		return nil, nil, fmt.Errorf("reading the compiled-in catalog: %w", l.err)
	}
	prices := make(map[pricing.OfferingKey]pricing.Price, len(keys))
	open := make(map[string][]string) // reason → instance types
	for _, k := range keys {
		p, why := l.t.price(k)
		if why != "" {
			if !slices.Contains(open[why], k.InstanceType) {
				open[why] = append(open[why], k.InstanceType)
			}
			continue
		}
		p.Source = s.Name()
		prices[k] = p
	}
	var warnings []error
	for _, why := range slices.Sorted(maps.Keys(open)) {
		warnings = append(warnings, hint.New(
			fmt.Sprintf("the catalog has no price for %s: %s", list(open[why]), why),
			"the compiled-in catalog is all that this version asks; what it does not know stays out of every total"))
	}
	return prices, warnings, nil
}

// list is up to three names and how many more.
func list(names []string) string {
	slices.Sort(names)
	if len(names) <= 3 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more types", strings.Join(names[:3], ", "), len(names)-3)
}

// price is the price of one offering, without its Source, or why there is
// none.
func (t *table) price(k pricing.OfferingKey) (p pricing.Price, why string) {
	e, ok := t.types[k.InstanceType]
	if !ok {
		return p, "the type is newer than the catalog, or not one of EC2"
	}
	p, why = t.onDemand(e, k.Region)
	if why != "" {
		return pricing.Price{}, why
	}
	switch k.CapacityType {
	case "on-demand":
		return p, ""
	case "reserved":
		p.Certainty = pricing.Estimate
		p.Basis = because("on-demand price, which a capacity reservation is billed at; capacity blocks are sold otherwise", p.Basis)
		return p, ""
	case "spot":
		if strings.HasPrefix(k.Zone, k.Region+"-") {
			return pricing.Price{}, "prices of the zone " + k.Zone + " are not its region's"
		}
		return t.spot(e, p)
	}
	return pricing.Price{}, fmt.Sprintf("capacity type %q is unknown", k.CapacityType)
}

// onDemand is the on-demand price of a type in a region.
func (t *table) onDemand(e *entry, region string) (p pricing.Price, why string) {
	if p, ok := t.published(e, region); ok {
		return p, ""
	}
	switch {
	case region == "":
		return p, "the region is unknown"
	case strings.HasPrefix(region, "cn-"):
		return p, "prices in " + region + " are in CNY"
	case region == home:
		return p, "it was not sold in " + home
	}
	base, ok := t.published(e, home)
	if !ok {
		return p, "it was not sold in " + home + ", which other regions are estimated from"
	}
	if t.off[e.family] {
		return p, "prices of its family in " + region + " follow no known ratio to " + home
	}
	r, ok := t.ratios[place{region, e.vendor}]
	if !ok {
		return p, fmt.Sprintf("there is no reliable ratio of %s prices in %s to %s", e.vendor, region, home)
	}
	rate, ok := unit.RateOf(base.Rate.Units() * r.ratio)
	if !ok {
		return p, "its price is out of range"
	}
	err := r.err
	if !r.covers(e.product) {
		err = max(err, cmp.Or(t.classes[e.product], t.classes["*"]))
	}
	return pricing.Price{
		Rate:      rate,
		AsOf:      older(base.AsOf, t.asOf("ratio")),
		Certainty: pricing.Estimate,
		Error:     compound(base.Error, err),
		Basis:     because(fmt.Sprintf("%s price × %.3f, the %s ratio of %s", home, r.ratio, e.vendor, t.asOf("ratio").Format(time.DateOnly)), base.Basis),
	}, ""
}

// Errors of bare metal prices. Over 1,049 pairs of a .metal type and the
// virtual type of its size, in all regions on 2024-04-03, shared-tenancy
// prices were equal within 0.1 %. Dedicated tenancy, which is what the price
// table holds, is up to 10 % dearer.
const (
	siblingError   = 0.001
	dedicatedError = 0.10
)

// published is a type's price in a region whose prices the catalog carries.
func (t *table) published(e *entry, region string) (p pricing.Price, ok bool) {
	i := slices.Index(t.regions, region)
	if i < 0 || e.prices[i] == 0 {
		return p, false
	}
	p = pricing.Price{Rate: e.prices[i], AsOf: t.asOf("price " + region), Certainty: pricing.Exact}
	if !e.metal {
		return p, true
	}
	p.Certainty = pricing.Estimate
	if s := t.sibling(e); s != nil && s.prices[i] != 0 {
		p.Rate, p.Error, p.Basis = s.prices[i], siblingError, "price of "+s.name+", the same size with a hypervisor"
		return p, true
	}
	p.Error, p.Basis = dedicatedError, "dedicated-tenancy price"
	return p, true
}

// sibling is the virtual type of the same family and size as a .metal type,
// nil where there is none.
func (t *table) sibling(e *entry) *entry {
	if e.vcpu == 0 {
		return nil
	}
	for _, o := range t.families[e.family] {
		if !o.metal && o.vcpu == e.vcpu && o.memory == e.memory && o.gpus == e.gpus {
			return o
		}
	}
	return nil
}

// spot is what a type typically costs as spot where od is its on-demand
// price.
func (t *table) spot(e *entry, od pricing.Price) (p pricing.Price, why string) {
	s, ok := t.savings[class{e.vendor, e.product}]
	if !ok {
		return p, "spot prices outside of the c, m, r and t families are too far apart to be estimated"
	}
	rate, ok := unit.RateOf(od.Rate.Units() * (1 - s.median))
	if !ok || rate <= 0 {
		return p, "its price is out of range"
	}
	return pricing.Price{
		Rate:      rate,
		AsOf:      older(od.AsOf, t.asOf("spot")),
		Certainty: pricing.Estimate,
		Error:     compound(od.Error, (s.p90-s.p10)/2/(1-s.median)),
		Basis:     because(fmt.Sprintf("typical spot price, not today's: on-demand price × %.2f, the median of %s %s types", 1-s.median, e.vendor, e.product), od.Basis),
	}, ""
}

// compound is the error of a product of two factors with errors a and b.
func compound(a, b float64) float64 { return a + b + a*b }

// because joins what an estimate rests on with what that rests on.
func because(basis, of string) string {
	if of == "" {
		return basis
	}
	return basis + "; " + of
}

func older(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
