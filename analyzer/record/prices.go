package record

import (
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
)

// book is a pricing.Book in the form of a message.
type book struct {
	currency string
	prices   []offer
	machines []machine
	warnings []error
}

type offer struct {
	key   pricing.OfferingKey
	price pricing.Price
}

type machine struct {
	name  string
	facts pricing.Machine
}

func bookOf(b *pricing.Book) *book {
	out := &book{currency: b.Currency, warnings: b.Warnings}
	for _, k := range b.Keys() {
		p, _ := b.Price(k)
		out.prices = append(out.prices, offer{k, p})
	}
	for _, name := range b.Machines() {
		m, _ := b.Machine(name)
		out.machines = append(out.machines, machine{name, m})
	}
	return out
}

func (b *book) restore() *pricing.Book {
	prices := make(map[pricing.OfferingKey]pricing.Price, len(b.prices))
	for _, o := range b.prices {
		prices[o.key] = o.price
	}
	machines := make(map[string]pricing.Machine, len(b.machines))
	for _, m := range b.machines {
		machines[m.name] = m.facts
	}
	out := pricing.NewBook(b.currency, prices, machines)
	out.Warnings = b.warnings
	return out
}

// The messages of the section "prices".

func (c *coder) book(b *book) {
	c.text(1, &b.currency)
	list(c, 2, &b.prices, (*coder).offer)
	list(c, 3, &b.machines, (*coder).machine)
	list(c, 4, &b.warnings, (*coder).warning)
}

func (c *coder) offer(o *offer) {
	c.text(1, &o.key.Region)
	c.text(2, &o.key.Zone)
	c.text(3, &o.key.InstanceType)
	c.text(4, &o.key.CapacityType)
	integer(c, 5, &o.price.Rate)
	c.text(6, &o.price.Source)
	c.instant(7, &o.price.AsOf)
	certainty := string(o.price.Certainty)
	c.text(9, &certainty)
	o.price.Certainty = pricing.Certainty(certainty)
	c.float(10, &o.price.Error)
	c.text(11, &o.price.Basis)
}

func (c *coder) machine(m *machine) {
	c.text(1, &m.name)
	integer(c, 2, &m.facts.VCPU)
	integer(c, 3, &m.facts.Memory)
	c.text(4, &m.facts.Arch)
	integer(c, 5, &m.facts.GPUs)
	integer(c, 6, &m.facts.MaxPods)
	c.text(7, &m.facts.Generation)
	c.float(8, &m.facts.CPURate)
	c.float(9, &m.facts.MemoryRate)
	c.float(10, &m.facts.AcceleratorRate)
}

// warning keeps what a warning says and what to do about it; the causes behind
// it do not outlive the program that met them.
func (c *coder) warning(err *error) {
	var message, remedy string
	if !c.reading && *err != nil {
		message, remedy = (*err).Error(), hint.Of(*err)
	}
	c.text(1, &message)
	c.text(2, &remedy)
	if c.reading {
		*err = hint.New(message, remedy)
	}
}
