// Package change is what should be edited, apart from how an edit is written
// down: which field of which object, from what, to what.
//
// A Set is what every format and the Git side consume. An Edit carries the
// value it was made against, so that a file or a cluster that has moved on
// since is noticed instead of overwritten.
package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Object names a Kubernetes object.
type Object struct {
	APIVersion, Kind, Namespace, Name string
}

// String is namespace/kind/name.
func (o Object) String() string { return o.Namespace + "/" + o.Kind + "/" + o.Name }

// Compare orders by namespace, name, kind, API version.
func (o Object) Compare(p Object) int {
	return cmp.Or(strings.Compare(o.Namespace, p.Namespace), strings.Compare(o.Name, p.Name), strings.Compare(o.Kind, p.Kind), strings.Compare(o.APIVersion, p.APIVersion))
}

// Field names one amount of one container of an object's pod template.
type Field struct {
	Container string
	// Init is true for a container in initContainers (a native sidecar).
	Init bool
	// List is "requests" or "limits", Resource "cpu" or "memory".
	List, Resource string
}

// String is container.list.resource.
func (f Field) String() string { return f.Container + "." + f.List + "." + f.Resource }

// Compare orders by container, list (limits after requests), resource; a
// container before an init container of the same name.
func (f Field) Compare(g Field) int {
	return cmp.Or(strings.Compare(f.Container, g.Container), f.last()-g.last(), -strings.Compare(f.List, g.List), strings.Compare(f.Resource, g.Resource))
}

func (f Field) last() int {
	if f.Init {
		return 1
	}
	return 0
}

// Edit is one amount to change. From and To are Kubernetes quantities; ""
// means unset, so From "" adds the field and To "" removes it.
type Edit struct {
	Object   Object
	Field    Field
	From, To string
}

// Set is edits meant to be applied together, at most one per field. The zero
// value is empty. A Set that has edits is passed by pointer: copies share them.
type Set struct {
	edits []Edit // in the order in which they came
	at    map[place]int
}

type place struct {
	object Object
	field  Field
}

// ConflictError reports two edits of one field that want different values.
type ConflictError struct{ A, B Edit }

// Error names the field and both values.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s %s: one change wants %q, another %q", e.A.Object, e.A.Field, e.A.To, e.B.To)
}

// Add puts an edit into the set. An equal edit is kept once; an edit of the
// same field to another value is a *ConflictError and leaves the set alone.
func (s *Set) Add(e Edit) error {
	at := place{e.Object, e.Field}
	if i, ok := s.at[at]; ok {
		if s.edits[i] != e {
			return &ConflictError{s.edits[i], e}
		}
		return nil
	}
	if s.at == nil {
		s.at = map[place]int{}
	}
	s.at[at] = len(s.edits)
	s.edits = append(s.edits, e)
	return nil
}

func compare(a, b Edit) int { return cmp.Or(a.Object.Compare(b.Object), a.Field.Compare(b.Field)) }

// Edits are the edits, sorted by object and field; the slice is the caller's.
func (s *Set) Edits() []Edit { return slices.SortedFunc(slices.Values(s.edits), compare) }

// Len is the number of edits.
func (s *Set) Len() int { return len(s.edits) }

// Objects calls yield with each object and its edits, in the order of Edits;
// the slices are the caller's.
func (s *Set) Objects(yield func(Object, []Edit) bool) {
	edits := s.Edits()
	for i := 0; i < len(edits); {
		j := i + 1
		for j < len(edits) && edits[j].Object == edits[i].Object {
			j++
		}
		if !yield(edits[i].Object, edits[i:j:j]) {
			return
		}
		i = j
	}
}
