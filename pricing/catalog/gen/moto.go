package main

import (
	"archive/zip"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// motoPath is where moto keeps the answers of DescribeInstanceTypes.
const motoPath = "moto/ec2/resources/instance_types.json.gz"

// downloadMoto fetches moto's wheel with pip and returns its path.
func downloadMoto(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "pip", "download", "--quiet", "--no-deps", "--dest", dir, "moto=="+motoVersion)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("downloading moto: %w\n%s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "moto-*.whl"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("downloading moto: %d wheels in %s", len(found), dir)
	}
	return found[0], nil
}

// description is what of a DescribeInstanceTypes answer is used.
type description struct {
	ProcessorInfo struct {
		Manufacturer           string
		SupportedArchitectures []string
	}
	BareMetal   bool
	VCpuInfo    struct{ DefaultVCpus int }
	MemoryInfo  struct{ SizeInMiB int }
	NetworkInfo struct {
		DefaultNetworkCardIndex   int
		Ipv4AddressesPerInterface int
		MaximumNetworkInterfaces  int
		NetworkCards              []struct {
			NetworkCardIndex         int
			MaximumNetworkInterfaces int
		}
	}
	GpuInfo *struct{ Gpus []struct{ Count int } }
	// Types with one of these have hardware that most of the price is for.
	FpgaInfo, NeuronInfo, InferenceAcceleratorInfo, MediaAcceleratorInfo json.RawMessage
}

// readFacts fills in the types that moto's wheel describes and returns the
// date of its file. Apple's machines are left out: they cannot be nodes.
func (c *catalog) readFacts(wheel string, limits map[string]limit) (date string, err error) {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return "", err
	}
	defer z.Close() //nolint:errcheck // only read
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == motoPath })
	if i < 0 {
		return "", fmt.Errorf("no %s in it: %w", motoPath, errFormat)
	}
	f, err := z.File[i].Open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	g, err := gzip.NewReader(f)
	if err != nil {
		return "", err
	}
	var all map[string]description
	if err := json.NewDecoder(g).Decode(&all); err != nil {
		return "", err
	}
	vendors := map[string]string{"Intel": "Intel", "AMD": "AMD", "AWS": "Graviton", "Apple": ""}
	for name, d := range all {
		vendor, known := vendors[d.ProcessorInfo.Manufacturer]
		switch {
		case !known:
			return "", fmt.Errorf("%s is by %q: %w", name, d.ProcessorInfo.Manufacturer, errFormat)
		case vendor == "" || strings.HasPrefix(name, "mac"):
			continue
		case d.VCpuInfo.DefaultVCpus <= 0 || d.MemoryInfo.SizeInMiB <= 0:
			return "", fmt.Errorf("%s has no vCPU or memory: %w", name, errFormat)
		}
		t := c.at(name)
		t.vendor, t.arch, t.metal = vendor, "amd64", d.BareMetal
		if slices.Contains(d.ProcessorInfo.SupportedArchitectures, "arm64") {
			t.arch = "arm64"
		}
		t.vcpu, t.memory = d.VCpuInfo.DefaultVCpus, d.MemoryInfo.SizeInMiB
		if d.GpuInfo != nil {
			for _, gpu := range d.GpuInfo.Gpus {
				t.gpus += gpu.Count
			}
		}
		t.accelerated = d.GpuInfo != nil || cmp.Or(len(d.FpgaInfo), len(d.NeuronInfo), len(d.InferenceAcceleratorInfo), len(d.MediaAcceleratorInfo)) > 0
		t.maxPods = limits[name].maxPods()
		if t.maxPods == 0 {
			l := limit{d.NetworkInfo.MaximumNetworkInterfaces, d.NetworkInfo.Ipv4AddressesPerInterface}
			for _, card := range d.NetworkInfo.NetworkCards {
				if card.NetworkCardIndex == d.NetworkInfo.DefaultNetworkCardIndex {
					l.interfaces = card.MaximumNetworkInterfaces
				}
			}
			t.maxPods = l.maxPods()
		}
	}
	return z.File[i].Modified.UTC().Format("2006-01-02"), nil
}

// at is the type of that name, made when it is new.
func (c *catalog) at(name string) *instance {
	t, ok := c.types[name]
	if !ok {
		family, size, _ := strings.Cut(name, ".")
		t = &instance{name: name, metal: strings.HasPrefix(size, "metal"), vendor: vendorOf(family)}
		var number int
		var letters string
		t.product, number, letters = splitFamily(family)
		t.generation = fmt.Sprint(number) + letters
		c.types[name] = t
	}
	return t
}
