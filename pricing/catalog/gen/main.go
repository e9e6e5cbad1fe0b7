// Command gen writes pricing/catalog/catalog.csv: what instance types are
// made of, what they cost, and the fitted rates of a vCPU and a GiB.
//
// It reads two published packages: the Python package moto, which carries
// DescribeInstanceTypes answers as AWS gave them, and the Go module
// karpenter-provider-aws, whose generated sources hold on-demand prices and
// network interface limits. Only figures are taken, each with its source, its
// version and its date. The same packages give the same file, byte for byte.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

const (
	motoVersion      = "5.2.5"
	karpenterModule  = "github.com/aws/karpenter-provider-aws"
	karpenterVersion = "v1.14.1"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run generates the file that -out names and tells on w what went into it.
func run(ctx context.Context, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.SetOutput(w)
	out := flags.String("out", "catalog.csv", "file to write")
	wheel := flags.String("moto", "", "moto `wheel`; empty downloads version "+motoVersion)
	dir := flags.String("karpenter", "", "`directory` of the karpenter-provider-aws module; empty downloads "+karpenterVersion)
	if err := flags.Parse(args); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "catalog-gen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if *wheel == "" {
		if *wheel, err = downloadMoto(ctx, tmp); err != nil {
			return err
		}
	}
	if *dir == "" {
		if *dir, err = downloadKarpenter(ctx, tmp); err != nil {
			return err
		}
	}
	c, err := build(*wheel, *dir)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	c.write(&b)
	fmt.Fprintf(w, "%d types, %d with facts, %d with a us-east-1 price, %d generations, %d bytes\n",
		len(c.types), c.count(func(t *instance) bool { return t.vcpu > 0 }),
		c.count(func(t *instance) bool { return t.prices[0] != "" }), len(c.rates), b.Len())
	return os.WriteFile(*out, b.Bytes(), 0o644)
}

// build joins both packages into one catalog.
func build(wheel, karpenter string) (*catalog, error) {
	c := &catalog{types: make(map[string]*instance)}
	limits, limitsDate, err := readLimits(karpenter)
	if err != nil {
		return nil, fmt.Errorf("reading interface limits: %w", err)
	}
	factsDate, err := c.readFacts(wheel, limits)
	if err != nil {
		return nil, fmt.Errorf("reading moto: %w", err)
	}
	dates, err := c.readPrices(karpenter)
	if err != nil {
		return nil, fmt.Errorf("reading prices: %w", err)
	}
	if err := c.fit(); err != nil {
		return nil, fmt.Errorf("fitting rates: %w", err)
	}
	module := karpenterModule + " " + karpenterVersion
	for i, r := range regions {
		c.sources = append(c.sources, source{"price " + r, module + " " + priceFiles[i].path, dates[i]})
	}
	c.sources = append(c.sources,
		source{"facts", "moto " + motoVersion + " " + motoPath, factsDate},
		source{"maxpods", module + " " + limitsPath, limitsDate},
		source{"rates", "least squares over price us-east-1 and facts", dates[0]})
	return c, nil
}

// catalog is what is written.
type catalog struct {
	sources []source
	types   map[string]*instance
	rates   []rate
}

// source says where the figures of one kind are from and when they were true.
type source struct{ what, from, date string }

// instance is one instance type. vcpu is 0 where no source has its facts.
type instance struct {
	name, vendor, arch  string
	vcpu, memory        int // memory in MiB
	gpus, maxPods       int
	accelerated         bool
	prices              [3]string // in the order of regions, USD per hour; "" unknown
	metal               bool
	generation, product string // of the family: "m7i-flex" is product "m", generation "7i"
}

func (c *catalog) count(f func(*instance) bool) int {
	n := 0
	for _, t := range c.types {
		if f(t) {
			n++
		}
	}
	return n
}

// splitFamily takes a family's name apart: "c7gn" is product "c", generation
// number 7 and the letters "gn". Names without a number ("u-6tb1" has one,
// "mac" has none) give number 0.
func splitFamily(family string) (product string, number int, letters string) {
	i := strings.IndexAny(family, "0123456789")
	if i < 0 {
		return family, 0, ""
	}
	return family[:i], int(family[i] - '0'), family[i+1:]
}

// vendorOf tells a family's processor by the letters after its number, for
// types whose facts no source has.
func vendorOf(family string) string {
	_, _, letters := splitFamily(family)
	switch {
	case strings.HasPrefix(letters, "a"):
		return "AMD"
	case strings.HasPrefix(letters, "g"):
		return "Graviton"
	}
	return "Intel"
}

var errFormat = errors.New("the package does not look as expected")
