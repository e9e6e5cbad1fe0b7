package emit

import (
	"time"

	"github.com/trimtab/trimtab/analyzer"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// PriceReport is the price book: what each offering costs and who says so.
type PriceReport struct {
	Header
	Prices []OfferingPrice `json:"prices" doc:"by instance type, region, zone and capacity type"`
}

// OfferingPrice is the price of one offering, or that it is unknown.
type OfferingPrice struct {
	InstanceType string            `json:"instanceType"`
	Region       string            `json:"region"`
	Zone         string            `json:"zone,omitempty" doc:"only where the price depends on it"`
	CapacityType string            `json:"capacityType" doc:"on-demand, spot or reserved"`
	Hourly       *unit.HourlyRate  `json:"hourly,omitempty" doc:"price per hour; absent where unknown"`
	Source       string            `json:"source,omitempty" doc:"who says so; absent where unknown"`
	AsOf         time.Time         `json:"asOf,omitzero" doc:"when it was true"`
	Certainty    pricing.Certainty `json:"certainty" enum:"exact|estimate|unknown" doc:"how far it can be trusted"`
	Error        float64           `json:"error,omitempty" min:"0" doc:"how far an estimate may be off, relative to hourly: 0.05 is 5 percent either way"`
	Basis        string            `json:"basis,omitempty" doc:"how an estimate was made"`
}

// Prices is the price report of r's book for the offerings asked for, in that
// order, those without a price included; nil offerings are all in the book.
// r needs nothing but its Book.
func Prices(r *analyzer.Report, offerings []pricing.OfferingKey, at time.Time) PriceReport {
	if offerings == nil {
		offerings = r.Book.Keys()
	}
	p := PriceReport{Header: header(KindPrices, r, at), Prices: make([]OfferingPrice, len(offerings))}
	for i, k := range offerings {
		o := OfferingPrice{InstanceType: k.InstanceType, Region: k.Region, Zone: k.Zone, CapacityType: k.CapacityType, Certainty: pricing.Unknown}
		if v, ok := r.Book.Price(k); ok {
			o.Hourly, o.Source, o.AsOf, o.Certainty, o.Error, o.Basis = &v.Rate, v.Source, utc(v.AsOf), v.Certainty, v.Error, v.Basis
		}
		p.Prices[i] = o
	}
	return p
}
