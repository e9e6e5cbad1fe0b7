package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	factsJSON = `{
"m5.large": {"ProcessorInfo":{"Manufacturer":"Intel","SupportedArchitectures":["x86_64"]},"VCpuInfo":{"DefaultVCpus":2},"MemoryInfo":{"SizeInMiB":8192},"NetworkInfo":{"Ipv4AddressesPerInterface":10,"MaximumNetworkInterfaces":3}},
"c5.large": {"ProcessorInfo":{"Manufacturer":"Intel","SupportedArchitectures":["i386","x86_64"]},"VCpuInfo":{"DefaultVCpus":2},"MemoryInfo":{"SizeInMiB":4096},"NetworkInfo":{"Ipv4AddressesPerInterface":10,"MaximumNetworkInterfaces":3}},
"g5g.xlarge": {"ProcessorInfo":{"Manufacturer":"AWS","SupportedArchitectures":["arm64"]},"VCpuInfo":{"DefaultVCpus":4},"MemoryInfo":{"SizeInMiB":8192},"NetworkInfo":{"Ipv4AddressesPerInterface":15,"MaximumNetworkInterfaces":9,"NetworkCards":[{"NetworkCardIndex":0,"MaximumNetworkInterfaces":4}]},"GpuInfo":{"Gpus":[{"Count":1}]}},
"mac2.metal": {"ProcessorInfo":{"Manufacturer":"Apple"}}
}`
	limitsGo = `// This file was generated at 2026-05-18T17:08:55Z
package instancetype
var Limits = map[string]*VPCLimits{
	"m5.large": {Interface: 99, IPv4PerInterface: 10, DefaultNetworkCardIndex: 0, NetworkCards: []NetworkCard{{MaximumNetworkInterfaces: 3, NetworkCardIndex: 0}}},
}`
	pricesGo = `// generated at 2026-07-06T14:20:29Z for us-east-1
package pricing
var InitialOnDemandPricesAWS = map[string]map[ec2types.InstanceType]float64{
	"us-east-1": {"m5.large": 0.096000, "c5.large": 0.085, "p2.xlarge": 0.9},
}`
	govGo = `// generated at 2026-06-15T15:14:03Z for us-east-1
package pricing
var InitialOnDemandPricesUSGov = map[string]map[ec2types.InstanceType]float64{
	"us-gov-east-1": {"m5.large": 0.121},
	"us-gov-west-1": {"c5.large": 0.102},
}`
	want = `source,price us-east-1,github.com/aws/karpenter-provider-aws v1.14.1 pkg/providers/pricing/zz_generated.pricing_aws.go,2026-07-06
source,price us-gov-east-1,github.com/aws/karpenter-provider-aws v1.14.1 pkg/providers/pricing/zz_generated.pricing_aws_us_gov.go,2026-06-15
source,price us-gov-west-1,github.com/aws/karpenter-provider-aws v1.14.1 pkg/providers/pricing/zz_generated.pricing_aws_us_gov.go,2026-06-15
source,facts,moto 5.2.5 moto/ec2/resources/instance_types.json.gz,2026-10-27
source,maxpods,github.com/aws/karpenter-provider-aws v1.14.1 pkg/providers/instancetype/zz_generated.vpclimits.go,2026-05-18
source,rates,least squares over price us-east-1 and facts,2026-07-06
rate,5,Intel,5,2,0.037000,0.002750,0.0000
type,c5.large,Intel,amd64,2,4096,0,0,29,0.085,,0.102
type,g5g.xlarge,Graviton,arm64,4,8192,1,1,58,,,
type,m5.large,Intel,amd64,2,8192,0,0,29,0.096,0.121,
type,p2.xlarge,Intel,,,,,,,0.9,,
`
)

// inputs writes a small wheel and a small module.
func inputs(t *testing.T) (wheel, module string) {
	t.Helper()
	dir := t.TempDir()
	wheel = filepath.Join(dir, "moto.whl")
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	w, err := z.CreateHeader(&zip.FileHeader{Name: motoPath, Modified: time.Date(2026, 10, 27, 22, 45, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	g := gzip.NewWriter(w)
	if _, err := g.Write([]byte(factsJSON)); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(wheel, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{limitsPath: limitsGo, priceFiles[0].path: pricesGo, priceFiles[1].path: govGo} {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return wheel, dir
}

func TestRunIsDeterministic(t *testing.T) {
	wheel, module := inputs(t)
	out := filepath.Join(t.TempDir(), "catalog.csv")
	for range 3 {
		if err := run(t.Context(), []string{"-moto", wheel, "-karpenter", module, "-out", out}, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		var lines strings.Builder
		for line := range strings.Lines(string(got)) {
			if !strings.HasPrefix(line, "#") {
				lines.WriteString(line)
			}
		}
		if diff := cmp.Diff(want, lines.String()); diff != "" {
			t.Fatalf("file (-want +got):\n%s", diff)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	wheel, module := inputs(t)
	for _, tt := range []struct{ name, path, text string }{
		{"a price of 0", priceFiles[0].path, strings.Replace(pricesGo, "0.085", "0", 1)},
		{"no date", priceFiles[0].path, strings.Replace(pricesGo, "generated at", "made", 1)},
		{"no prices of a region", priceFiles[1].path, strings.Replace(govGo, "us-gov-west-1", "elsewhere", 1)},
		{"another variable", limitsPath, strings.Replace(limitsGo, "Limits =", "Bounds =", 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(module, filepath.FromSlash(tt.path))
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := build(wheel, module); err == nil {
				t.Error("it is accepted")
			}
			if err := os.WriteFile(path, good, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestSolve(t *testing.T) {
	// Prices made of known rates give the rates back.
	var types []*instance
	for _, size := range []struct{ vcpu, gib int }{{2, 4}, {2, 8}, {2, 16}, {96, 192}} {
		p := 0.04*float64(size.vcpu) + 0.005*float64(size.gib)
		types = append(types, &instance{name: "m5.x", vcpu: size.vcpu, memory: size.gib * 1024, prices: [3]string{formatPrice(p)}})
	}
	r, err := solve(types)
	if err != nil || math.Abs(r.cpu-0.04) > 1e-9 || math.Abs(r.memory-0.005) > 1e-9 || r.maxError > 1e-9 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := solve(types[:1]); err == nil {
		t.Error("one type tells two rates")
	}
}

func TestVendorOf(t *testing.T) {
	for family, want := range map[string]string{
		"m5": "Intel", "m6i": "Intel", "m6a": "AMD", "g4ad": "AMD", "m6g": "Graviton", "c7gn": "Graviton",
		"g3": "Intel", "g3s": "Intel", "u-12tb1": "Intel", "i3": "Intel", "m7i-flex": "Intel",
	} {
		if got := vendorOf(family); got != want {
			t.Errorf("%s is %s, want %s", family, got, want)
		}
	}
}
