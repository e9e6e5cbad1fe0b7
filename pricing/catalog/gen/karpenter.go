package main

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

const limitsPath = "pkg/providers/instancetype/zz_generated.vpclimits.go"

// regions are those whose prices are published in USD, in the order of the
// file's columns; priceFiles says where each stands.
var (
	regions    = [3]string{"us-east-1", "us-gov-east-1", "us-gov-west-1"}
	priceFiles = [3]struct{ path, variable string }{
		{"pkg/providers/pricing/zz_generated.pricing_aws.go", "InitialOnDemandPricesAWS"},
		{"pkg/providers/pricing/zz_generated.pricing_aws_us_gov.go", "InitialOnDemandPricesUSGov"},
		{"pkg/providers/pricing/zz_generated.pricing_aws_us_gov.go", "InitialOnDemandPricesUSGov"},
	}
)

// downloadKarpenter fetches the module with the go command and returns the
// directory of its files. It runs in dir, outside of any module, so that
// nothing is added to one.
func downloadKarpenter(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", karpenterModule+"@"+karpenterVersion)
	cmd.Dir = dir
	out, err := cmd.Output()
	var answer struct{ Dir, Error string }
	if e := json.Unmarshal(out, &answer); err != nil || e != nil || answer.Dir == "" {
		return "", fmt.Errorf("downloading %s: %w %s", karpenterModule, err, answer.Error)
	}
	return answer.Dir, nil
}

var generatedAt = regexp.MustCompile(`generated at (\d{4}-\d\d-\d\d)T`)

// parseGenerated parses a generated source file and finds the date it tells.
func parseGenerated(path string) (f *ast.File, date string, err error) {
	f, err = parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return nil, "", err
	}
	for _, g := range f.Comments {
		for _, c := range g.List {
			if m := generatedAt.FindStringSubmatch(c.Text); m != nil {
				return f, m[1], nil
			}
		}
	}
	return nil, "", fmt.Errorf("%s has no date: %w", filepath.Base(path), errFormat)
}

// literal finds the composite literal that a package variable is set to.
func literal(f *ast.File, name string) (*ast.CompositeLit, error) {
	if o := f.Scope.Lookup(name); o != nil {
		if spec, ok := o.Decl.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if lit, ok := spec.Values[0].(*ast.CompositeLit); ok {
				return lit, nil
			}
		}
	}
	return nil, fmt.Errorf("no variable %s: %w", name, errFormat)
}

// entries calls yield with the key and the value of each element of a map or
// struct literal; string keys come unquoted.
func entries(lit *ast.CompositeLit, yield func(key string, value ast.Expr) error) error {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return errFormat
		}
		var key string
		switch k := kv.Key.(type) {
		case *ast.BasicLit:
			s, err := strconv.Unquote(k.Value)
			if err != nil {
				return err
			}
			key = s
		case *ast.Ident:
			key = k.Name
		}
		if err := yield(key, kv.Value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

// readPrices fills in the prices of every region, making types that have no
// facts, and returns the date of each region's prices.
func (c *catalog) readPrices(dir string) (dates [3]string, err error) {
	for i, file := range priceFiles {
		f, date, err := parseGenerated(filepath.Join(dir, filepath.FromSlash(file.path)))
		if err != nil {
			return dates, err
		}
		dates[i] = date
		lit, err := literal(f, file.variable)
		if err != nil {
			return dates, err
		}
		found := 0
		err = entries(lit, func(region string, v ast.Expr) error {
			prices, ok := v.(*ast.CompositeLit)
			if !ok || region != regions[i] {
				return nil
			}
			return entries(prices, func(name string, v ast.Expr) error {
				n, ok := v.(*ast.BasicLit)
				if !ok {
					return errFormat
				}
				usd, err := strconv.ParseFloat(n.Value, 64)
				if err != nil || usd <= 0 || math.IsInf(usd, 0) {
					return fmt.Errorf("price %q: %w", n.Value, errFormat)
				}
				c.at(name).prices[i] = formatPrice(usd)
				found++
				return nil
			})
		})
		if err != nil {
			return dates, err
		}
		if found == 0 {
			return dates, fmt.Errorf("no price in %s: %w", regions[i], errFormat)
		}
	}
	return dates, nil
}

// formatPrice writes a price with as many places as it has.
func formatPrice(usd float64) string { return strconv.FormatFloat(usd, 'f', -1, 64) }

// limit is how many network interfaces the default card takes and how many
// IPv4 addresses each has.
type limit struct{ interfaces, addresses int }

// maxPods is how many pods the VPC CNI gives an address to in its default
// mode; 0 where the limit is unknown.
func (l limit) maxPods() int {
	if l.interfaces <= 0 || l.addresses <= 0 {
		return 0
	}
	return l.interfaces*(l.addresses-1) + 2
}

// readLimits reads the interface limits of every type and their date.
func readLimits(dir string) (limits map[string]limit, date string, err error) {
	f, date, err := parseGenerated(filepath.Join(dir, filepath.FromSlash(limitsPath)))
	if err != nil {
		return nil, "", err
	}
	lit, err := literal(f, "Limits")
	if err != nil {
		return nil, "", err
	}
	limits = make(map[string]limit)
	err = entries(lit, func(name string, v ast.Expr) error {
		fields, err := structFields(v)
		if err != nil {
			return err
		}
		l := limit{integer(fields["Interface"]), integer(fields["IPv4PerInterface"])}
		cards, ok := fields["NetworkCards"].(*ast.CompositeLit)
		if !ok {
			return errFormat
		}
		for _, e := range cards.Elts {
			card, err := structFields(e)
			if err != nil {
				return err
			}
			if integer(card["NetworkCardIndex"]) == integer(fields["DefaultNetworkCardIndex"]) {
				l.interfaces = integer(card["MaximumNetworkInterfaces"])
			}
		}
		limits[name] = l
		return nil
	})
	return limits, date, err
}

func structFields(v ast.Expr) (map[string]ast.Expr, error) {
	lit, ok := v.(*ast.CompositeLit)
	if !ok {
		return nil, errFormat
	}
	fields := make(map[string]ast.Expr)
	err := entries(lit, func(name string, v ast.Expr) error {
		fields[name] = v
		return nil
	})
	return fields, err
}

// integer is the value of an integer literal, 0 of anything else.
func integer(v ast.Expr) int {
	lit, ok := v.(*ast.BasicLit)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(lit.Value)
	if err != nil {
		return 0
	}
	return n
}
