package catalog

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

func mustParse(t testing.TB) *table {
	t.Helper()
	tab, err := parse(catalogCSV, estimatesCSV)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestFilesAreConsistent(t *testing.T) {
	tab := mustParse(t)
	if len(tab.types) < 1400 || len(tab.rates) < 12 || len(tab.ratios) < 75 || len(tab.savings) != 12 {
		t.Errorf("%d types, %d rates, %d ratios, %d savings", len(tab.types), len(tab.rates), len(tab.ratios), len(tab.savings))
	}
	for _, what := range []string{"price us-east-1", "price us-gov-east-1", "price us-gov-west-1", "facts", "maxpods", "rates", "ratio", "spot"} {
		if tab.asOf(what).IsZero() {
			t.Errorf("%s has no date", what)
		}
	}
	priced := 0
	for name, e := range tab.types {
		if e.vendor != "Intel" && e.vendor != "AMD" && e.vendor != "Graviton" {
			t.Errorf("%s: vendor %q", name, e.vendor)
		}
		if e.prices[0] > 0 {
			priced++
		}
		if e.vcpu == 0 {
			if e.prices == [regionColumns]unit.HourlyRate{} {
				t.Errorf("%s has neither facts nor a price", name)
			}
			continue
		}
		if (e.arch == "arm64") != (e.vendor == "Graviton") || e.arch != "arm64" && e.arch != "amd64" {
			t.Errorf("%s: %s on %s", name, e.arch, e.vendor)
		}
		if e.memory <= 0 || e.maxPods <= 0 || e.gpus > 0 && !e.accelerated {
			t.Errorf("%s: memory %v, max pods %d, %d GPUs", name, e.memory, e.maxPods, e.gpus)
		}
		m := tab.machine(e)
		if m.CPURate <= 0 || m.MemoryRate <= 0 || m.Generation == "" {
			t.Errorf("%s has no rates: %+v", name, m)
		}
		// Fitted rates explain a plain type's price; what is plain by its
		// name but far off would be a wrong fact or a wrong price.
		plain := strings.Contains("cmr", e.product) && e.family == e.product+m.Generation && e.prices[0] > 0 && !e.metal
		fitted := m.CPURate*float64(m.VCPU) + m.MemoryRate*float64(m.Memory)/float64(unit.GiB)
		if plain && math.Abs(fitted/e.prices[0].Units()-1) > 0.025 {
			t.Errorf("%s costs %v, its vCPU and memory %v", name, e.prices[0], fitted)
		}
	}
	if priced < 1300 {
		t.Errorf("%d types have a us-east-1 price", priced)
	}
	for p, r := range tab.ratios {
		if r.ratio < 0.9 || r.ratio > 2 || r.err <= 0 || r.err > 0.4 {
			t.Errorf("%v: %v", p, r)
		}
	}
	for c, s := range tab.savings {
		if !(0 < s.p10 && s.p10 < s.median && s.median < s.p90 && s.p90 < 1) {
			t.Errorf("%v: %v", c, s)
		}
	}
}

func key(region, zone, instance, capacity string) pricing.OfferingKey {
	return pricing.Key(region, zone, instance, capacity)
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestPrices(t *testing.T) {
	od, ratioDay, spotDay := day("2026-07-06"), day("2024-04-03"), day("2025-06-28")
	for _, tt := range []struct {
		name string
		key  pricing.OfferingKey
		want *pricing.Price // nil: absent
	}{
		{"published", key("us-east-1", "us-east-1a", "m5.large", "on-demand"), &pricing.Price{Rate: 96_000_000, AsOf: od, Certainty: pricing.Exact}},
		{"GovCloud is published too", key("us-gov-west-1", "", "m5.large", "on-demand"), &pricing.Price{Rate: 121_000_000, AsOf: day("2026-06-15"), Certainty: pricing.Exact}},
		{
			"other region", key("eu-west-1", "", "m5.large", "on-demand"),
			&pricing.Price{Rate: 107_040_000, AsOf: ratioDay, Certainty: pricing.Estimate, Error: 0.10, Basis: "us-east-1 price × 1.115, the Intel ratio of 2024-04-03"},
		},
		{
			"AMD has its own ratio", key("ap-east-1", "", "m5a.large", "on-demand"),
			&pricing.Price{Rate: 108_360_000, AsOf: ratioDay, Certainty: pricing.Estimate, Error: 0.005, Basis: "us-east-1 price × 1.260, the AMD ratio of 2024-04-03"},
		},
		{
			"a family outside of the ratio's own is less sure", key("eu-west-1", "", "g4dn.xlarge", "on-demand"),
			&pricing.Price{Rate: 586_490_000, AsOf: ratioDay, Certainty: pricing.Estimate, Error: 0.17, Basis: "us-east-1 price × 1.115, the Intel ratio of 2024-04-03"},
		},
		{
			"bare metal costs what its virtual sibling does", key("us-east-1", "", "m7i.metal-24xl", "on-demand"),
			&pricing.Price{Rate: 4_838_400_000, AsOf: od, Certainty: pricing.Estimate, Error: 0.001, Basis: "price of m7i.24xlarge, the same size with a hypervisor"},
		},
		{
			"bare metal without sizes", key("us-east-1", "", "c5.metal", "on-demand"),
			&pricing.Price{Rate: 4_080_000_000, AsOf: od, Certainty: pricing.Estimate, Error: 0.001, Basis: "price of c5.24xlarge, the same size with a hypervisor"},
		},
		{
			"bare metal without a sibling", key("us-east-1", "", "g4dn.metal", "on-demand"),
			&pricing.Price{Rate: 7_824_000_000, AsOf: od, Certainty: pricing.Estimate, Error: 0.10, Basis: "dedicated-tenancy price"},
		},
		{
			"reserved", key("us-east-1", "", "m5.large", "reserved"),
			&pricing.Price{Rate: 96_000_000, AsOf: od, Certainty: pricing.Estimate, Basis: "on-demand price, which a capacity reservation is billed at; capacity blocks are sold otherwise"},
		},
		{
			"spot", key("us-east-1", "us-east-1a", "m5.large", "spot"),
			&pricing.Price{Rate: 34_560_000, AsOf: spotDay, Certainty: pricing.Estimate, Error: 0.11 / 0.36, Basis: "typical spot price, not today's: on-demand price × 0.36, the median of Intel m types"},
		},
		{
			"spot in another region", key("us-west-2", "us-west-2c", "c7g.large", "spot"),
			&pricing.Price{Rate: 24_650_000, AsOf: ratioDay, Certainty: pricing.Estimate, Error: 0.005 + 0.1425/0.34 + 0.005*0.1425/0.34, Basis: "typical spot price, not today's: on-demand price × 0.34, the median of Graviton c types; us-east-1 price × 1.000, the Graviton ratio of 2024-04-03"},
		},
		{"spot outside of c, m, r, t", key("us-east-1", "us-east-1a", "g4dn.xlarge", "spot"), nil},
		{"spot in a Local Zone", key("us-east-1", "us-east-1-bos-1a", "m5.large", "spot"), nil},
		{"unknown type", key("us-east-1", "", "m99.large", "on-demand"), nil},
		{"unreliable cell", key("ap-south-1", "", "m6g.large", "on-demand"), nil},
		{"unknown region", key("mars-north-1", "", "m5.large", "on-demand"), nil},
		{"no region", key("", "", "m5.large", "on-demand"), nil},
		{"China", key("cn-north-1", "", "m5.large", "on-demand"), nil},
		{"family that follows no ratio", key("eu-west-1", "", "m3.large", "on-demand"), nil},
		{"unknown capacity type", key("us-east-1", "", "m5.large", "donated"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := New()
			got, warnings, err := s.Prices(context.Background(), []pricing.OfferingKey{tt.key})
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == nil {
				if len(got) != 0 || len(warnings) != 1 || !strings.Contains(hint.Of(warnings[0]), "stays out of every total") {
					t.Fatalf("got %v with warnings %v; want none and one warning with a remedy", got, warnings)
				}
				return
			}
			tt.want.Source = "catalog 2026-07-06"
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
			if diff := cmp.Diff(map[pricing.OfferingKey]pricing.Price{tt.key: *tt.want}, got, near); diff != "" {
				t.Errorf("price (-want +got):\n%s", diff)
			}
			if len(warnings) != 0 {
				t.Errorf("warnings: %v", warnings)
			}
		})
	}
}

func TestPricesOfEverythingAreSound(t *testing.T) {
	s := New()
	var keys []pricing.OfferingKey
	for _, name := range s.Types() {
		for _, region := range []string{"us-east-1", "us-gov-east-1", "eu-central-1", "ap-south-1", "cn-north-1"} {
			for _, capacity := range []string{"on-demand", "spot", "reserved"} {
				keys = append(keys, key(region, region+"a", name, capacity))
			}
		}
	}
	got, warnings, err := s.Prices(context.Background(), keys)
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range got {
		if p.Rate <= 0 || p.AsOf.IsZero() || p.Source != s.Name() || (p.Certainty == pricing.Exact) != (p.Basis == "") || p.Error < 0 || p.Error >= 1 {
			t.Errorf("%v: %+v", k, p)
		}
	}
	if len(warnings) < 5 || len(warnings) > 20 {
		t.Errorf("%d warnings for %d keys: one per reason is wanted", len(warnings), len(keys))
	}
}

func TestMachine(t *testing.T) {
	s := New()
	for _, tt := range []struct {
		name string
		want pricing.Machine
	}{
		{"m5.large", pricing.Machine{VCPU: 2, Memory: 8 * unit.GiB, Arch: "amd64", MaxPods: 29, Generation: "5", CPURate: 0.035229, MemoryRate: 0.003409}},
		{"c7gn.medium", pricing.Machine{VCPU: 1, Memory: 2 * unit.GiB, Arch: "arm64", MaxPods: 8, Generation: "7g", CPURate: 0.030085, MemoryRate: 0.002877}},
		{"t3a.xlarge", pricing.Machine{VCPU: 4, Memory: 16 * unit.GiB, Arch: "amd64", MaxPods: 58, Generation: "5a", CPURate: 0.031995, MemoryRate: 0.002993}},
		{"g5.xlarge", pricing.Machine{VCPU: 4, Memory: 16 * unit.GiB, Arch: "amd64", GPUs: 1, MaxPods: 58, Generation: "5a", CPURate: 0.031995, MemoryRate: 0.002993, AcceleratorRate: 1.006 - 4*0.031995 - 16*0.002993}},
		{"p4d.24xlarge", pricing.Machine{VCPU: 96, Memory: 1152 * unit.GiB, Arch: "amd64", GPUs: 8, MaxPods: 737, Generation: "5", CPURate: 0.035229, MemoryRate: 0.003409, AcceleratorRate: 21.957642 - 96*0.035229 - 1152*0.003409}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := s.Machine(tt.name)
			if !ok {
				t.Fatal("not found")
			}
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-6 })
			if diff := cmp.Diff(tt.want, got, near); diff != "" {
				t.Errorf("machine (-want +got):\n%s", diff)
			}
		})
	}
	for _, name := range []string{"", "m99.large", "g2.2xlarge" /* only its price is known */} {
		if m, ok := s.Machine(name); ok {
			t.Errorf("%q is %+v", name, m)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, line := range []string{
		"", "unknown,1", "type,m5.large", "rate,5,Intel,x,24,0.1,0.1,0.1", "source,facts,x,yesterday",
		"type,m5.large,Intel,amd64,2,8192,0,0,29,0,,", "type,m5.large,Intel,amd64,2,8192,0,0,29,NaN,,",
		"ratio,eu-west-1,Intel,-1,0.1,1",
	} {
		if _, err := parse(catalogCSV + line + "\n"); err == nil {
			t.Errorf("%q is accepted", line)
		}
	}
	if _, err := parse(estimatesCSV); err == nil {
		t.Error("a file without prices is accepted")
	}
}

func TestTypesAreSorted(t *testing.T) {
	s := New()
	types := s.Types()
	if !slices.IsSorted(types) || len(types) < 1400 {
		t.Errorf("%d types, sorted: %v", len(types), slices.IsSorted(types))
	}
	if len(s.Figures()) < 8 {
		t.Errorf("figures: %v", s.Figures())
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(catalogCSV, estimatesCSV); err != nil {
			b.Fatal(err)
		}
	}
}
