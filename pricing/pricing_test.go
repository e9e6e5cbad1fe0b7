package pricing

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trimtab/trimtab/internal/unit"
)

// fake is a source of the given rates that remembers what it was asked for.
type fake struct {
	name     string
	rates    map[OfferingKey]unit.HourlyRate
	warnings []error
	err      error
	asked    []OfferingKey
}

func (f *fake) Name() string { return f.name }

func (f *fake) Prices(_ context.Context, keys []OfferingKey) (map[OfferingKey]Price, []error, error) {
	f.asked = slices.Clone(keys)
	prices := make(map[OfferingKey]Price)
	for k, r := range f.rates { // also what it was not asked for
		prices[k] = Price{Rate: r, Source: f.name, Certainty: Exact}
	}
	return prices, f.warnings, f.err
}

type machines map[string]Machine

func (m machines) Machine(t string) (Machine, bool) { v, ok := m[t]; return v, ok }

func TestLoad(t *testing.T) {
	a, b, c, d := Key("r", "", "a.large", "on-demand"), Key("r", "", "b.large", "on-demand"), Key("r", "z", "c.large", "spot"), Key("r", "", "d.large", "on-demand")
	facts := machines{"a.large": {VCPU: 2}, "other.large": {VCPU: 9}}
	for _, tt := range []struct {
		name     string
		sources  []*fake
		keys     []OfferingKey
		want     map[OfferingKey]string // the source that answered
		asked    [][]OfferingKey
		warnings []string
	}{
		{
			name: "each source only for what those before left open",
			sources: []*fake{
				{name: "one", rates: map[OfferingKey]unit.HourlyRate{a: 1}},
				{name: "two", rates: map[OfferingKey]unit.HourlyRate{a: 2, b: 2}},
				{name: "three", rates: map[OfferingKey]unit.HourlyRate{a: 3, b: 3, c: 3}},
			},
			keys:  []OfferingKey{c, a, b, a},
			want:  map[OfferingKey]string{a: "one", b: "two", c: "three"},
			asked: [][]OfferingKey{{a, b, c}, {b, c}, {c}},
		},
		{
			name:    "nobody is asked once everything is priced",
			sources: []*fake{{name: "one", rates: map[OfferingKey]unit.HourlyRate{a: 1}}, {name: "two"}},
			keys:    []OfferingKey{a},
			want:    map[OfferingKey]string{a: "one"},
			asked:   [][]OfferingKey{{a}, nil},
		},
		{
			name: "a source that fails gave nothing and is a warning",
			sources: []*fake{
				{name: "one", rates: map[OfferingKey]unit.HourlyRate{a: 1}, err: errors.New("access denied")},
				{name: "two", rates: map[OfferingKey]unit.HourlyRate{a: 2}},
			},
			keys:     []OfferingKey{a},
			want:     map[OfferingKey]string{a: "two"},
			asked:    [][]OfferingKey{{a}, {a}},
			warnings: []string{"asking one for prices: access denied"},
		},
		{
			name:     "warnings of a source that works are kept",
			sources:  []*fake{{name: "one", rates: map[OfferingKey]unit.HourlyRate{a: 1}, warnings: []error{errors.New("throttled")}}},
			keys:     []OfferingKey{a},
			want:     map[OfferingKey]string{a: "one"},
			asked:    [][]OfferingKey{{a}},
			warnings: []string{"throttled"},
		},
		{
			name: "zero is no price",
			sources: []*fake{
				{name: "one", rates: map[OfferingKey]unit.HourlyRate{a: 0, b: -1}},
				{name: "two", rates: map[OfferingKey]unit.HourlyRate{a: 2}},
			},
			keys:  []OfferingKey{a, b},
			want:  map[OfferingKey]string{a: "two"},
			asked: [][]OfferingKey{{a, b}, {a, b}},
			warnings: []string{
				"one prices a.large on-demand r at 0, which is no price",
				"one prices b.large on-demand r at -0.000000001, which is no price",
			},
		},
		{
			name:    "what no source knows is absent, and so is what nobody asked for",
			sources: []*fake{{name: "one", rates: map[OfferingKey]unit.HourlyRate{d: 1}}},
			keys:    []OfferingKey{a},
			want:    map[OfferingKey]string{},
			asked:   [][]OfferingKey{{a}},
		},
		{name: "nothing to price", keys: nil, want: map[OfferingKey]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sources []Source
			for _, s := range tt.sources {
				sources = append(sources, s)
			}
			keys := slices.Clone(tt.keys)
			book := Load(context.Background(), "USD", sources, facts, keys)
			if !slices.Equal(keys, tt.keys) {
				t.Error("the caller's keys were changed")
			}
			got := make(map[OfferingKey]string)
			for _, k := range book.Keys() {
				p, ok := book.Price(k)
				if !ok || p.Rate <= 0 {
					t.Errorf("%v is listed with %v, %v", k, p, ok)
				}
				got[k] = p.Source
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("prices (-want +got):\n%s", diff)
			}
			for _, k := range []OfferingKey{a, b, c, d} {
				if p, ok := book.Price(k); !ok && p != (Price{}) {
					t.Errorf("%v is absent with %+v", k, p)
				}
			}
			for i, s := range tt.sources {
				if diff := cmp.Diff(tt.asked[i], s.asked); diff != "" {
					t.Errorf("%s was asked for (-want +got):\n%s", s.name, diff)
				}
			}
			var warnings []string
			for _, w := range book.Warnings {
				warnings = append(warnings, w.Error())
			}
			if diff := cmp.Diff(tt.warnings, warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if book.Currency != "USD" {
				t.Errorf("currency %q", book.Currency)
			}
		})
	}
}

func TestLoadCollectsFacts(t *testing.T) {
	facts := machines{"a.large": {VCPU: 2}, "other.large": {VCPU: 9}}
	book := Load(context.Background(), "USD", nil, facts, []OfferingKey{Key("r", "", "a.large", "on-demand"), Key("r", "", "b.large", "on-demand")})
	if m, ok := book.Machine("a.large"); !ok || m.VCPU != 2 {
		t.Errorf("a.large is %+v, %v", m, ok)
	}
	for _, name := range []string{"b.large", "other.large"} {
		if m, ok := book.Machine(name); ok {
			t.Errorf("%s is %+v", name, m)
		}
	}
	if diff := cmp.Diff([]string{"a.large"}, book.Machines()); diff != "" {
		t.Errorf("machines (-want +got):\n%s", diff)
	}
}

func TestKey(t *testing.T) {
	for _, tt := range []struct {
		name string
		key  OfferingKey
		want string
	}{
		{"on-demand is of a region", Key("eu-west-1", "eu-west-1a", "m5.large", "on-demand"), "m5.large on-demand eu-west-1"},
		{"spot is of a zone", Key("eu-west-1", "eu-west-1a", "m5.large", "spot"), "m5.large spot eu-west-1a"},
		{"reserved is of a region", Key("eu-west-1", "eu-west-1a", "m5.large", "reserved"), "m5.large reserved eu-west-1"},
		{"nothing is known", OfferingKey{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.key.String(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if tt.key.CapacityType != "spot" && tt.key.Zone != "" {
				t.Errorf("zone %q is kept", tt.key.Zone)
			}
		})
	}
}

func TestCompareIsAnOrder(t *testing.T) {
	keys := []OfferingKey{
		{"r1", "", "a", "on-demand"},
		{"r1", "", "a", "spot"},
		{"r1", "z", "a", "on-demand"},
		{"r2", "", "a", "on-demand"},
		{"r1", "", "b", "on-demand"},
	}
	for i, a := range keys {
		for j, b := range keys {
			if got := a.Compare(b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%v against %v is %d", a, b, got)
			}
		}
	}
}
