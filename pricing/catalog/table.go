package catalog

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// catalogCSV is made by gen, estimatesCSV is kept by hand; their comments say
// what the columns are.
var (
	//go:embed catalog.csv
	catalogCSV string
	//go:embed estimates.csv
	estimatesCSV string
)

// regionColumns is how many regions catalog.csv has prices of.
const regionColumns = 3

// table is both files, parsed.
type table struct {
	figures  []Figure
	regions  []string
	types    map[string]*entry
	families map[string][]*entry
	rates    []rate
	ratios   map[place]ratio
	classes  map[string]float64
	off      map[string]bool
	savings  map[class]saving
}

// entry is one instance type. vcpu is 0 where its facts are unknown, a price
// is 0 where the type was not sold.
type entry struct {
	name, family, product, vendor, arch string
	number                              int // of the generation: 7 in "m7i"
	vcpu, gpus, maxPods                 int
	memory                              unit.Bytes
	metal, accelerated                  bool
	prices                              [regionColumns]unit.HourlyRate
}

type rate struct {
	generation, vendor string
	number             int
	cpu, memory        float64 // USD per vCPU-hour, USD per GiB-hour
	maxError           float64
}

type place struct{ region, vendor string }

type ratio struct{ ratio, err float64 }

// covers tells whether the ratio was computed over families of the product.
func (ratio) covers(product string) bool {
	return product == "c" || product == "m" || product == "r" || product == "t"
}

type class struct{ vendor, product string }

type saving struct{ p10, median, p90 float64 } // shares of the on-demand price

// asOf is the date of a kind of figures, the zero time where it is unknown.
func (t *table) asOf(what string) time.Time {
	for _, f := range t.figures {
		if f.What == what {
			return f.AsOf
		}
	}
	return time.Time{}
}

// machine is the facts of a type and the rates that apply to it.
func (t *table) machine(e *entry) pricing.Machine {
	m := pricing.Machine{VCPU: e.vcpu, Memory: e.memory, Arch: e.arch, GPUs: e.gpus, MaxPods: e.maxPods}
	r := t.nearest(e.vendor, e.number)
	m.Generation, m.CPURate, m.MemoryRate = r.generation, r.cpu, r.memory
	if e.accelerated && e.prices[0] != 0 {
		rest := e.prices[0].Units() - m.CPURate*float64(m.VCPU) - m.MemoryRate*float64(m.Memory)/float64(unit.GiB)
		m.AcceleratorRate = math.Max(0, rest)
	}
	return m
}

// nearest is the fitted generation for a vendor's types of a generation
// number: the vendor's own with the nearest number, the older of two equally
// near, the unlettered before the lettered of one number for a vendor that
// has both.
func (t *table) nearest(vendor string, number int) rate {
	var best rate
	distance := math.MaxInt
	for _, r := range t.rates { // by number, then name
		if d := abs(r.number - number); r.vendor == vendor && d < distance {
			best, distance = r, d
		}
	}
	return best
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// parse reads both files. It fails on anything it does not expect: the files
// are compiled in, and a test parses them.
func parse(files ...string) (*table, error) {
	t := &table{
		types: make(map[string]*entry, 1500), families: make(map[string][]*entry, 250),
		ratios: make(map[place]ratio), classes: make(map[string]float64),
		off: make(map[string]bool), savings: make(map[class]saving),
	}
	var fields [16]string
	for _, file := range files {
		for line := range strings.Lines(file) {
			line = strings.TrimSuffix(line, "\n")
			n := split(line, fields[:])
			l := row{fields[:n], nil}
			switch fields[0] {
			case "source":
				l.want(4)
				at := l.date(3)
				t.figures = append(t.figures, Figure{l.text(1), l.text(2), at})
				if region, ok := strings.CutPrefix(l.text(1), "price "); ok {
					t.regions = append(t.regions, region)
				}
			case "rate":
				l.want(8)
				t.rates = append(t.rates, rate{l.text(1), l.text(2), l.int(3), l.float(5), l.float(6), l.float(7)})
			case "type":
				l.want(9 + regionColumns)
				t.add(l.entry())
			case "facts":
				l.want(8)
				t.carry(&l)
			case "ratio":
				l.want(6)
				t.ratios[place{l.text(1), l.text(2)}] = ratio{l.float(3), math.Max(l.float(4), roundingError)}
			case "class":
				l.want(3)
				t.classes[l.text(1)] = l.float(2)
			case "off":
				l.want(2)
				t.off[l.text(1)] = true
			case "spot":
				l.want(7)
				t.savings[class{l.text(1), l.text(2)}] = saving{l.float(3), l.float(4), l.float(5)}
			default:
				if !strings.HasPrefix(line, "#") {
					return nil, fmt.Errorf("line %q: unknown kind", line)
				}
			}
			if l.err != nil {
				return nil, fmt.Errorf("line %q: %w", line, l.err)
			}
		}
	}
	if len(t.regions) != regionColumns || t.regions[0] != home {
		return nil, fmt.Errorf("prices are of %v", t.regions)
	}
	return t, nil
}

// roundingError is the least error of a regional ratio, which is written with
// whole percents of error.
const roundingError = 0.005

func (t *table) add(e *entry) {
	t.types[e.name] = e
	t.families[e.family] = append(t.families[e.family], e)
}

// carry fills in the facts of a type that the generated file only has a price
// of.
func (t *table) carry(l *row) {
	e, ok := t.types[l.text(1)]
	if !ok || e.vcpu != 0 {
		return
	}
	e.arch, e.vcpu, e.memory = l.text(2), l.int(3), unit.Bytes(l.int(4))*unit.MiB
	e.gpus, e.accelerated, e.maxPods = l.int(5), l.int(6) == 1, l.int(7)
}

// split cuts line at commas into fields and returns how many there were, at
// most len(fields).
func split(line string, fields []string) int {
	n := 0
	for n < len(fields)-1 {
		before, after, found := strings.Cut(line, ",")
		fields[n], line = before, after
		n++
		if !found {
			return n
		}
	}
	fields[n] = line
	return n + 1
}

// row is one line's fields. Its methods keep the first error.
type row struct {
	fields []string
	err    error
}

func (l *row) want(n int) {
	if len(l.fields) != n {
		l.err = fmt.Errorf("%d fields, not %d", len(l.fields), n)
	}
}

func (l *row) text(i int) string {
	if l.err != nil {
		return ""
	}
	return l.fields[i]
}

func (l *row) int(i int) int {
	if l.err != nil || l.fields[i] == "" {
		return 0
	}
	v, err := strconv.Atoi(l.fields[i])
	if err != nil || v < 0 {
		l.err = fmt.Errorf("field %d is not a number", i)
	}
	return v
}

func (l *row) float(i int) float64 {
	if l.err != nil {
		return 0
	}
	v, err := strconv.ParseFloat(l.fields[i], 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		l.err = fmt.Errorf("field %d is not a number", i)
	}
	return v
}

func (l *row) date(i int) time.Time {
	if l.err != nil {
		return time.Time{}
	}
	v, err := time.Parse(time.DateOnly, l.fields[i])
	if err != nil {
		l.err = err
	}
	return v
}

// price is a price of more than 0, or 0 for an empty field.
func (l *row) price(i int) unit.HourlyRate {
	if l.err != nil || l.fields[i] == "" {
		return 0
	}
	v, ok := unit.RateOf(l.float(i))
	if !ok || v <= 0 {
		l.err = fmt.Errorf("field %d is not a price", i)
	}
	return v
}

func (l *row) entry() *entry {
	e := &entry{
		name: l.text(1), vendor: l.text(2), arch: l.text(3),
		vcpu: l.int(4), memory: unit.Bytes(l.int(5)) * unit.MiB,
		gpus: l.int(6), accelerated: l.int(7) == 1, maxPods: l.int(8),
	}
	for i := range e.prices {
		e.prices[i] = l.price(9 + i)
	}
	var size string
	e.family, size, _ = strings.Cut(e.name, ".")
	e.metal = strings.HasPrefix(size, "metal")
	if i := strings.IndexAny(e.family, "0123456789"); i >= 0 {
		e.product, e.number = e.family[:i], int(e.family[i]-'0')
	} else {
		e.product = e.family
	}
	return e
}
