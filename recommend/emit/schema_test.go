package emit

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"k8s.io/apimachinery/pkg/api/resource"
)

const schemaDir = "../../docs/schema"

func TestSchemasAreInTheDocs(t *testing.T) {
	all := Schemas()
	for kind, s := range all {
		golden(t, filepath.Join(schemaDir, kind+".json"), s)
	}
	for _, k := range []Kind{KindCost, KindRightsize, KindPrices, KindBacktest} {
		if all[string(k)] == nil {
			t.Errorf("%s has no schema", k)
		}
	}
}

func compile(t *testing.T, schema []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, report []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(report))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func TestReportsMatchTheirSchemas(t *testing.T) {
	all := inputs()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			report, err := os.ReadFile(filepath.Join("testdata", name, "json.golden"))
			if err != nil {
				t.Fatal(err)
			}
			s := compile(t, Schemas()[string(all[name].Kind)])
			if err := validate(t, s, report); err != nil {
				t.Error(err)
			}
			known(t, Schemas()[string(all[name].Kind)], report)
			for _, bad := range [][2]string{
				{`"currency": "USD"`, `"currency": 1`},
				{`"apiVersion": "trimtab/v1"`, `"apiVersion": "trimtab/v2"`},
				{`"2026-11-09T07:30:00Z"`, `"yesterday"`},
			} {
				broken := bytes.Replace(report, []byte(bad[0]), []byte(bad[1]), 1)
				if bytes.Equal(broken, report) || validate(t, s, broken) == nil {
					t.Errorf("%s is accepted in place of %s", bad[1], bad[0])
				}
			}
		})
	}
}

// known fails on a key of the report that the schema does not describe: the
// schema allows unknown keys, the reports have none.
func known(t *testing.T, schema, report []byte) {
	t.Helper()
	var s, r map[string]any
	if err := json.Unmarshal(schema, &s); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(report, &r); err != nil {
		t.Fatal(err)
	}
	defs, _ := s["$defs"].(map[string]any)
	var walk func(path string, s map[string]any, v any)
	walk = func(path string, s map[string]any, v any) {
		if ref, ok := s["$ref"].(string); ok {
			s = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		switch v := v.(type) {
		case map[string]any:
			properties := s["properties"].(map[string]any)
			for key, value := range v {
				p, ok := properties[key].(map[string]any)
				if !ok {
					t.Errorf("%s.%s is not in the schema", path, key)
					continue
				}
				walk(path+"."+key, p, value)
			}
		case []any:
			for _, value := range v {
				walk(path+"[]", s["items"].(map[string]any), value)
			}
		case nil:
			if !strings.Contains(path, ".proposed.") {
				t.Errorf("%s is null", path)
			}
		}
	}
	walk("", s, r)
}

func TestEveryPropertyIsDescribed(t *testing.T) {
	for kind, schema := range Schemas() {
		if bytes.Contains(schema, []byte(`"description": ""`)) {
			t.Errorf("%s has an empty description", kind)
		}
	}
}

func TestQuantitiesAreReadByKubernetes(t *testing.T) {
	for _, c := range []struct {
		cores float64
		want  Quantity
	}{
		{0, "0"},
		{-1, "0"},
		{1e-9, "1u"},
		{0.000312, "312u"},
		{0.00031201, "313u"},
		{0.1 * 3, "300m"},
		{0.25, "250m"},
		{2, "2"},
		{1.5, "1500m"},
		{450.1234567, "450123457u"},
		{1e300, "4611686018427387904u"},
	} {
		got := coresQuantity(c.cores)
		if got != c.want {
			t.Errorf("coresQuantity(%v) = %s, want %s", c.cores, got, c.want)
		}
		q, err := resource.ParseQuantity(string(got))
		if err != nil {
			t.Errorf("%v: %v", c.cores, err)
		} else if c.cores < 1e9 && q.AsApproximateFloat64() < c.cores*(1-1e-9) {
			t.Errorf("%s is below %v", got, c.cores)
		}
	}
	if q, err := resource.ParseQuantity(string(bytesQuantity(301<<20 + 0.5))); err != nil || q.Value() != 301<<20+1 {
		t.Errorf("bytesQuantity = %v, %v", q.Value(), err)
	}
}

func TestCostAddsUp(t *testing.T) {
	for name, in := range inputs() {
		if in.Kind != KindCost {
			continue
		}
		c := costOf(in)
		sum := c.Idle + c.Overhead
		for _, a := range c.Allocations {
			sum += a.Hourly
		}
		if sum != c.Total {
			t.Errorf("%s: the parts are %v, the total %v", name, sum, c.Total)
		}
		for _, g := range c.Groups {
			sum -= g.Hourly
		}
		if c.Groups != nil && sum != c.Idle+c.Overhead {
			t.Errorf("%s: the groups differ from the allocations by %v", name, sum-c.Idle-c.Overhead)
		}
	}
}

func TestParseGrouping(t *testing.T) {
	for _, s := range []string{"", "namespace", "workload", "nodepool", "label:app.kubernetes.io/name"} {
		if g, err := ParseGrouping(s); err != nil || g.String() != s {
			t.Errorf("ParseGrouping(%q) = %v, %v", s, g, err)
		}
	}
	for _, s := range []string{"label:", "pod", "label"} {
		if _, err := ParseGrouping(s); err == nil {
			t.Errorf("ParseGrouping(%q) is taken", s)
		}
	}
}

func TestEmptyReports(t *testing.T) {
	// A report with nothing in it still has every list, and no null.
	for _, in := range inputs() {
		r := *in.Report
		a := *r.Allocation
		a.Workloads, a.Nodes, a.Unpriced = nil, nil, nil
		r.Allocation, r.Usage, r.Warnings = &a, nil, nil
		empty := &Input{Kind: in.Kind, Report: &r, At: at, Group: in.Group}
		if in.Kind == KindPrices {
			r.Snapshot, r.Allocation = nil, nil
		}
		var b bytes.Buffer
		if err := writeJSON(&b, empty); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "null") {
			t.Errorf("there is a null in %s", b.String())
		}
		if err := validate(t, compile(t, Schemas()[string(in.Kind)]), b.Bytes()); err != nil {
			t.Error(err)
		}
		for _, f := range Formats() {
			if f.Applies(in.Kind) {
				if err := f.Write(&b, empty); err != nil {
					t.Errorf("%s: %v", f.Name, err)
				}
			}
		}
	}
}
