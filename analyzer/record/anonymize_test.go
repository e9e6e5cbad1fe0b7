package record

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
)

// seeded is a recording in which every string that names something contains
// "zebra". A string field that a later version adds is seeded too, so that
// whoever adds it has to say what becomes of it.
func seeded(t *testing.T) Recording {
	t.Helper()
	r := Recording{Snapshot: &cluster.Snapshot{}, Book: sampleBook(time.Unix(1e9, 0))}
	n := 0
	seed(reflect.ValueOf(r.Snapshot).Elem(), &n)
	s := r.Snapshot
	s.Version, s.Region = "v1.35.4", "us-east-1"
	id := cluster.WorkloadID{Namespace: "zebra-payments", Kind: "Deployment", Name: "zebra-api"}
	w := &s.Workloads[0]
	w.ID, w.OwnedBy, w.APIVersion = id, "PostgresCluster/zebra-main", "apps/v1"
	w.Labels = map[string]string{"zebra.example/team": "zebra-team", "app.kubernetes.io/name": "zebra-api", "tier": ""}
	w.Containers[0].Heap.Runtime = "jvm"
	w.Containers[0].Heap.Sign = "image zebra-jre"
	w.Autoscalers[0].Kind = "HorizontalPodAutoscaler"
	s.Workloads = append(s.Workloads, cluster.Workload{ID: cluster.WorkloadID{Namespace: kept, Kind: "DaemonSet", Name: "zebra-agent"}})
	p := &s.Pods[0]
	p.Namespace, p.Workload, p.Phase, p.QOS = id.Namespace, id, "Running", "Burstable"
	k := &s.Nodes[0]
	k.InstanceType, k.Region, k.Zone, k.CapacityType, k.Arch, k.PoolKind = "m5.large", "us-east-1", "us-east-1a", cluster.Spot, "amd64", "NodePool"
	k.ProviderID = "aws:///us-east-1a/i-zebra"
	s.NodePools[0].Kind = "NodePool"
	s.Missing[0] = cluster.Gap{
		Resource: "nodes", Why: `nodes is forbidden: User "arn:aws:iam::123456789012:user/zebra" cannot list`,
		Costs: "only namespace zebra-payments was read", Hint: "grant get,list in namespace zebra-payments, or ask admin@zebra.com",
	}
	s.Sort()

	u := usage.None(usage.Window{Start: time.Unix(1e9, 0).UTC(), End: time.Unix(2e9, 0).UTC()})
	u.Sources = []string{"prometheus zebra-monitoring/zebra-prom", "metrics-server"}
	u.Warnings = []error{
		hint.New("asking prometheus zebra-monitoring/zebra-prom: Get \"https://prom.zebra.com/api/v1/query\": dial tcp 10.1.2.3:9090", "see --prometheus-url"),
		hint.New("the pods of zebra-payments/zebra-api (zebra-api-7f9c4-x2x1z) are left out", "look at zebra-payments"),
		hint.New("reading /home/zebra/.kube/config of host ip-10-0-0-1.zebra.internal", ""),
	}
	h := &usage.History{}
	h.CPU.Pods = []usage.PodUsage{{Pod: "zebra-api-7f9c4-aaaaa"}, {Pod: "zebra-api-7f9c4-bbbbb"}}
	cid := cluster.ContainerID{Workload: id, Container: "zebra-app"}
	u.Containers[cid] = h
	u.Containers[cluster.ContainerID{Workload: id, Container: "zebra-proxy"}] = &usage.History{}
	u.Present = present{{Namespace: id.Namespace, Name: "zebra-api-7f9c4-aaaaa"}: {"zebra-app": {CPU: 1}}}
	r.Usage = u
	r.Detail = refine(u, map[cluster.ContainerID]*usage.History{cid: {Memory: h.CPU}})
	r.Book.Warnings = []error{hint.New("asking rates for prices: reading ~/zebra/rates.yaml", "")}
	return r
}

func seed(v reflect.Value, n *int) {
	switch v.Kind() {
	case reflect.String:
		*n++
		v.SetString(fmt.Sprintf("zebra-%d", *n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		seed(v.Index(0), n)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		seed(v.Elem(), n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			seed(v.Field(i), n)
		}
	default:
	}
}

// TestAnonymize looks for the seeded names in all that is written.
func TestAnonymize(t *testing.T) {
	r := seeded(t)
	before := encode(t, r)
	out := Anonymize(r)
	if !bytes.Equal(before, encode(t, r)) {
		t.Error("the recording itself was changed")
	}
	f, err := open(encode(t, out))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.words.all {
		for _, bad := range []string{"zebra", "123456789012", "10.1.2.3", "arn:aws", ".internal"} {
			if strings.Contains(strings.ToLower(s), bad) {
				t.Errorf("%q is still there: %q", bad, s)
			}
		}
	}
	whole := 0
	for i := range f.contents.sections {
		if err := f.read(&f.contents.sections[i], f.budget(), func(content []byte) error {
			whole += len(content)
			if bytes.Contains(bytes.ToLower(content), []byte("zebra")) {
				t.Errorf("section %q still has a name", f.contents.sections[i].name)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if whole == 0 {
		t.Error("nothing was looked at")
	}
}

// TestAnonymizeKeeps holds what must not change: what belongs together still
// does, and what decides stays.
func TestAnonymizeKeeps(t *testing.T) {
	r := seeded(t)
	out := Anonymize(r)
	s := out.Snapshot
	var api *cluster.Workload
	for i := range s.Workloads {
		if s.Workloads[i].ID.Kind == "Deployment" {
			api = &s.Workloads[i]
		} else if s.Workloads[i].ID.Namespace != kept {
			t.Errorf("kube-system is called %q", s.Workloads[i].ID.Namespace)
		}
	}
	id := cluster.ContainerID{Workload: api.ID}
	found := 0
	for c := range out.Usage.Containers {
		if c.Workload == api.ID {
			id.Container = c.Container
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d containers belong to their workload", found)
	}
	if s.Pods[0].Workload != api.ID || s.Pods[0].Namespace != api.ID.Namespace {
		t.Errorf("the pod belongs to %v, not %v", s.Pods[0].Workload, api.ID)
	}
	if api.Labels["app.kubernetes.io/name"] != api.ID.Name || api.Labels["tier"] != "" || !strings.HasPrefix(api.OwnedBy, "PostgresCluster/workload-") {
		t.Errorf("labels %v, owned by %s", api.Labels, api.OwnedBy)
	}
	n := s.Nodes[0]
	if n.InstanceType != "m5.large" || n.Zone != "us-east-1a" || n.CapacityType != cluster.Spot || !strings.HasPrefix(n.ProviderID, "aws:///us-east-1a/node-") {
		t.Errorf("node %+v", n)
	}
	if got := s.Missing[0]; got.Resource != "nodes" || !strings.Contains(got.Hint, "grant get,list in namespace "+api.ID.Namespace) {
		t.Errorf("gap %+v", got)
	}
	if len(refined(out.Usage, out.Detail)) != 1 {
		t.Errorf("%d histories are refined, not 1", len(refined(out.Usage, out.Detail)))
	}
	if _, ok := out.Book.Price(pricing.Key("us-east-1", "", "m6i.4xlarge", cluster.OnDemand)); !ok {
		t.Error("a price is gone")
	}
	if got := out.Usage.Sources; got[0] != "prometheus" || got[1] != "metrics-server" {
		t.Errorf("sources %v", got)
	}
	same(t, out, Anonymize(r))
}
