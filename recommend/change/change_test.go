package change

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	web = Object{"apps/v1", "Deployment", "shop", "web"}
	db  = Object{"apps/v1", "StatefulSet", "shop", "db"}
)

func edit(o Object, container, list, resource, from, to string) Edit {
	return Edit{o, Field{Container: container, List: list, Resource: resource}, from, to}
}

func TestSetIsSorted(t *testing.T) {
	want := []Edit{
		edit(db, "postgres", "requests", "cpu", "1", "2"),
		edit(web, "app", "requests", "cpu", "1", "500m"),
		edit(web, "app", "requests", "memory", "1Gi", "2Gi"),
		edit(web, "app", "limits", "cpu", "2", ""),
		edit(web, "app", "limits", "memory", "", "2Gi"),
		edit(web, "sidecar", "requests", "cpu", "1", "2"),
	}
	for seed := range uint64(20) {
		var s Set
		for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(want)) {
			if err := s.Add(want[i]); err != nil {
				t.Fatal(err)
			}
			if err := s.Add(want[i]); err != nil {
				t.Errorf("the same edit again: %v", err)
			}
		}
		if d := cmp.Diff(want, s.Edits()); d != "" || s.Len() != len(want) {
			t.Errorf("seed %d, %d edits: %s", seed, s.Len(), d)
		}
	}
}

func TestConflict(t *testing.T) {
	first := edit(web, "app", "requests", "cpu", "1", "2")
	for _, c := range []struct {
		name   string
		second Edit
		ok     bool
	}{
		{"same", first, true},
		{"another To", edit(web, "app", "requests", "cpu", "1", "3"), false},
		{"another From", edit(web, "app", "requests", "cpu", "4", "2"), false},
		{"removal", edit(web, "app", "requests", "cpu", "1", ""), false},
		{"another list", edit(web, "app", "limits", "cpu", "1", "3"), true},
		{"another resource", edit(web, "app", "requests", "memory", "1", "3"), true},
		{"another container", edit(web, "b", "requests", "cpu", "1", "3"), true},
		{"another API version", edit(Object{"example.com/v1", "Deployment", "shop", "web"}, "app", "requests", "cpu", "1", "3"), true},
		{"an init container", Edit{web, Field{"app", true, "requests", "cpu"}, "1", "3"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Set
			if err := s.Add(first); err != nil {
				t.Fatal(err)
			}
			before := s.Edits()
			err := s.Add(c.second)
			if c.ok {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var conflict *ConflictError
			if !errors.As(err, &conflict) || conflict.A != first || conflict.B != c.second {
				t.Fatalf("the error is %v", err)
			}
			if d := cmp.Diff(before, s.Edits()); d != "" {
				t.Errorf("the set has changed: %s", d)
			}
		})
	}
}

func TestObjects(t *testing.T) {
	var s Set
	s.Objects(func(Object, []Edit) bool { t.Error("the empty set has an object"); return true })
	all := []Edit{
		edit(db, "postgres", "requests", "cpu", "1", "2"),
		edit(web, "app", "requests", "cpu", "1", "2"),
		edit(web, "app", "limits", "cpu", "1", "2"),
	}
	for _, e := range all {
		if err := s.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	var objects []Object
	var edits []Edit
	for o, es := range s.Objects {
		objects, edits = append(objects, o), append(edits, es...)
		es[0].To = "changed" // what is given out is the caller's
	}
	if d := cmp.Diff([]Object{db, web}, objects); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(all, edits); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(all, s.Edits()); d != "" {
		t.Errorf("the set has changed: %s", d)
	}
	n := 0
	for range s.Objects {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d objects after the first was enough", n)
	}
}

// TestCompareIsAnOrder checks that only equal values compare as equal, and
// that the order does not depend on the direction.
func TestCompareIsAnOrder(t *testing.T) {
	var fields []Field
	for _, c := range []string{"a", "b"} {
		for _, init := range []bool{false, true} {
			for _, l := range []string{"requests", "limits"} {
				for _, r := range []string{"cpu", "memory"} {
					fields = append(fields, Field{c, init, l, r})
				}
			}
		}
	}
	for _, a := range fields {
		for _, b := range fields {
			if (a.Compare(b) == 0) != (a == b) || a.Compare(b) != -b.Compare(a) {
				t.Errorf("%+v and %+v compare as %d and %d", a, b, a.Compare(b), b.Compare(a))
			}
		}
	}
	if !slices.IsSortedFunc([]Object{db, web}, Object.Compare) {
		t.Error("objects are not ordered by name before kind")
	}
}

func BenchmarkAdd(b *testing.B) {
	var edits []Edit
	for i := range 10_000 {
		o := Object{"apps/v1", "Deployment", fmt.Sprintf("team-%d", i%97), fmt.Sprintf("service-%d", i)}
		for _, l := range []string{"requests", "limits"} {
			for _, r := range []string{"cpu", "memory"} {
				edits = append(edits, edit(o, "app", l, r, "1", "2"))
			}
		}
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(edits), func(i, j int) { edits[i], edits[j] = edits[j], edits[i] })
	b.ReportAllocs()
	for b.Loop() {
		var s Set
		for _, e := range edits {
			if err := s.Add(e); err != nil {
				b.Fatal(err)
			}
		}
		if len(s.Edits()) != len(edits) {
			b.Fatal("edits are missing")
		}
	}
}
