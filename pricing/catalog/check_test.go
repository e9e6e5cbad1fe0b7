package catalog

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/trimtab/trimtab/internal/unit"
	"github.com/trimtab/trimtab/pricing"
)

// TestAgainstOtherCatalog holds the compiled-in figures against files of the
// same facts made otherwise: TRIMTAB_CATALOG_CHECK names a directory with
// instances.csv, ondemand.csv and ondemand_regions_2024-04.csv. Facts must
// agree. Prices may move between two dates, but not many.
func TestAgainstOtherCatalog(t *testing.T) {
	dir := os.Getenv("TRIMTAB_CATALOG_CHECK")
	if dir == "" {
		t.Skip("TRIMTAB_CATALOG_CHECK is not set")
	}
	tab := mustParse(t)
	t.Run("facts", func(t *testing.T) {
		agree, absent, incomplete := 0, 0, 0
		for _, r := range readCSV(t, filepath.Join(dir, "instances.csv")) {
			if r["vcpu"] == "" {
				incomplete++
				continue
			}
			if strings.HasPrefix(r["instance_type"], "mac") {
				continue // cannot be a node
			}
			e, ok := tab.types[r["instance_type"]]
			if !ok || e.vcpu == 0 {
				t.Logf("absent: %s", r["instance_type"])
				absent++
				continue
			}
			same := r["arch"] == e.arch && r["vcpu"] == strconv.Itoa(e.vcpu) && r["memory_mib"] == strconv.Itoa(int(e.memory/unit.MiB)) &&
				r["gpu_count"] == strconv.Itoa(e.gpus) && (r["max_pods"] == "" || r["max_pods"] == strconv.Itoa(e.maxPods))
			if !same {
				t.Errorf("%s: %+v, there %v", e.name, *e, r)
				continue
			}
			agree++
		}
		t.Logf("%d agree, %d are absent here, %d incomplete there", agree, absent, incomplete)
	})
	t.Run("on-demand", func(t *testing.T) {
		agree, moved, absent := 0, 0, 0
		for _, r := range readCSV(t, filepath.Join(dir, "ondemand.csv")) {
			e := tab.types[r["instance_type"]]
			want, err := strconv.ParseFloat(r["usd_per_hour"], 64)
			if err != nil {
				t.Fatal(err)
			}
			for i, region := range tab.regions {
				switch {
				case r["region"] != region:
				case e == nil || e.prices[i] == 0:
					t.Logf("absent: %s %s", region, r["instance_type"])
					absent++
				case math.Abs(e.prices[i].Units()-want) > 1e-9:
					t.Logf("moved: %s %s here %v there %v", region, e.name, e.prices[i], want)
					moved++
				default:
					agree++
				}
			}
		}
		t.Logf("%d agree, %d moved, %d are absent here", agree, moved, absent)
		if moved*50 > agree || absent*20 > agree {
			t.Error("too many prices differ")
		}
	})
	t.Run("estimates", func(t *testing.T) {
		within, beyond, absent, other := 0, 0, 0, 0
		for _, r := range readCSV(t, filepath.Join(dir, "ondemand_regions_2024-04.csv")) {
			want, err := strconv.ParseFloat(r["usd_per_hour"], 64)
			if err != nil {
				t.Fatal(err)
			}
			e := tab.types[r["instance_type"]]
			if r["region"] == home || e == nil || e.metal {
				other++
				continue
			}
			p, why := tab.onDemand(e, r["region"])
			switch {
			case why != "":
				absent++
			case p.Certainty == pricing.Exact:
				other++
			// Half a percent: the table's errors are whole percents.
			case math.Abs(want/p.Rate.Units()-1) > p.Error+0.006:
				t.Logf("beyond its error: %s %s %v, there %v (%+.3f, ±%.3f)", r["region"], e.name, p.Rate, want, want/p.Rate.Units()-1, p.Error)
				beyond++
			default:
				within++
			}
		}
		t.Logf("%d within the stated error, %d beyond, %d absent, %d not estimated", within, beyond, absent, other)
		if beyond*100 > within {
			t.Error("too many estimates are off by more than they say")
		}
	})
}

func readCSV(t *testing.T, path string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]map[string]string, 0, len(rows))
	for _, r := range rows[1:] {
		m := make(map[string]string, len(r))
		for i, v := range r {
			m[rows[0][i]] = v
		}
		out = append(out, m)
	}
	return out
}
