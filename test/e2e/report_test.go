package e2e

import (
	"encoding/json"
	"math/big"
	"regexp"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// The program's JSON, as far as the tests read it.

type header struct {
	APIVersion  string
	Kind        string
	GeneratedAt time.Time
	Cluster     struct{ Name, Version, Region string }
	Window      struct{ Start, End time.Time }
	Currency    string
	Warnings    []warning
}

type warning struct{ Message, Hint string }

type costReport struct {
	header
	Total, Idle, Overhead string
	Allocations           []struct{ Namespace, Kind, Name, Hourly string }
	Groups                []struct{ Name, Hourly string }
	Nodes                 []costNode
	Unpriced              []struct{ Name, Why string }
}

type costNode struct {
	Name, InstanceType, Zone, CapacityType, Pool, Hourly string
	Price                                                struct{ Source, Certainty string }
}

type rightsizeReport struct {
	header
	Recommendations []recommendation
}

type recommendation struct {
	Workload struct {
		Namespace, Kind, Name string
		Replicas              int
	}
	Container       string
	Sidecar         bool
	Status          string
	Raise           bool
	Current, Target setting
	Proposed        struct{ Requests, Limits map[string]*string }
	Reasons         []string
	Usage           measured
	Confidence      struct{ Grade string }
	Monthly         struct{ Freed *string }
	QOS             *struct{ Before, After string }
	Strategy        string
}

type setting struct{ Requests, Limits map[string]string }

type measured struct {
	CPU, Memory *struct{ P50, P95, P99, Max string }
	Samples     int
	Coverage    float64
	StepSeconds int
	Days, Pods  int
	OOMKills    *int
	Restarts    *int
	Present     *struct {
		CPU, Memory string
		At          time.Time
	}
}

// workloadID names a workload as the program's JSON does.
type workloadID struct{ namespace, kind, name string }

func (id workloadID) String() string { return id.namespace + "/" + id.kind + "/" + id.name }

// containerID names a container of a workload.
type containerID struct {
	workloadID
	container string
}

func (id containerID) String() string { return id.workloadID.String() + "/" + id.container }

func (r *recommendation) id() containerID {
	return containerID{workloadID{r.Workload.Namespace, r.Workload.Kind, r.Workload.Name}, r.Container}
}

// parse reads a report and holds it against what every report says of itself.
func parse[T any](t *testing.T, text, kind string, h func(*T) *header) *T {
	t.Helper()
	var r T
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("reading the program's JSON: %v\n%.500s", err, text)
	}
	got := h(&r)
	if got.APIVersion != "trimtab/v1" || got.Kind != kind || got.Currency != "USD" {
		t.Fatalf("the report calls itself %s %s in %s, not trimtab/v1 %s in USD", got.APIVersion, got.Kind, got.Currency, kind)
	}
	return &r
}

func parseCost(t *testing.T, text string) *costReport {
	t.Helper()
	return parse(t, text, "CostReport", func(r *costReport) *header { return &r.header })
}

func parseRightsize(t *testing.T, text string) *rightsizeReport {
	t.Helper()
	return parse(t, text, "RightsizeReport", func(r *rightsizeReport) *header { return &r.header })
}

// once keeps the outcome of a run that several tests look at. A run that failed
// fails each of them.
type once struct {
	do   sync.Once
	text string
	ran  bool
}

func (o *once) run(t *testing.T, args ...string) string {
	t.Helper()
	o.do.Do(func() {
		o.text = shop.trimtab(t, args...).stdout
		o.ran = true
	})
	if !o.ran {
		t.Fatal("the run that this test looks at failed in another test")
	}
	return o.text
}

var costOnce, proposalsOnce, scrapedOnce once

// costs is the whole cluster's cost.
func costs(t *testing.T) *costReport {
	t.Helper()
	return parseCost(t, costOnce.run(t, "cost", "-o", "json"))
}

// proposals is what the program recommends by default.
func proposals(t *testing.T) *rightsizeReport {
	t.Helper()
	return parseRightsize(t, proposalsOnce.run(t, "rightsize", "-o", "json"))
}

// scraped is every container of the cluster at scrape resolution, sized as KRR
// would.
func scraped(t *testing.T) *rightsizeReport {
	t.Helper()
	return parseRightsize(t, scrapedOnce.run(t,
		"rightsize", "-o", "json", "--policy", "krr-simple", "--detail", "all", "--detail-budget", "4Gi"))
}

// amount is a quantity as a number in its base unit.
func amount(t *testing.T, text string) float64 {
	t.Helper()
	q, err := resource.ParseQuantity(text)
	if err != nil {
		t.Fatalf("reading the quantity %q: %v", text, err)
	}
	return q.AsApproximateFloat64()
}

var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]{1,9})?$`)

// nanos is money in billionths, exactly.
func nanos(t *testing.T, text string) int64 {
	t.Helper()
	if !decimal.MatchString(text) {
		t.Fatalf("%q is not money as the contract has it", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	r.Mul(r, big.NewRat(1_000_000_000, 1))
	if !r.IsInt() || !r.Num().IsInt64() {
		t.Fatalf("%q is no whole number of billionths", text)
	}
	return r.Num().Int64()
}
