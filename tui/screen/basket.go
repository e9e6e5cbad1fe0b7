package screen

import (
	"fmt"
	"slices"

	"github.com/trimtab/trimtab/recommend"
)

// Basket is the changes that the user has chosen, by container.
type Basket struct {
	entries  map[string]recommend.Recommendation // as it was last proposed
	drifted  map[string]string                   // why an entry is not proposed any more
	exported map[string]bool                     // what the last export wrote
	dirty    bool
	rev      int
}

// NewBasket returns an empty basket.
func NewBasket() *Basket {
	return &Basket{entries: map[string]recommend.Recommendation{}, drifted: map[string]string{}}
}

// Len is the number of changes.
func (b *Basket) Len() int { return len(b.entries) }

// Has says whether a container's change is in the basket.
func (b *Basket) Has(key string) bool {
	_, ok := b.entries[key]
	return ok
}

// Drift is why a change in the basket is not proposed any more; "" where it
// is.
func (b *Basket) Drift(key string) string { return b.drifted[key] }

// Rev is a number that changes with what is in the basket.
func (b *Basket) Rev() int { return b.rev }

// Unsaved says that the basket has changes that no export has written.
func (b *Basket) Unsaved() bool { return b.dirty && len(b.entries) > 0 }

// Saved notes that the changes of keys have been written; the basket counts as
// saved if these are still all of it.
func (b *Basket) Saved(keys []string) {
	b.exported = make(map[string]bool, len(keys))
	for _, k := range keys {
		b.exported[k] = true
	}
	b.dirty = false
	for k := range b.entries {
		b.dirty = b.dirty || (!b.exported[k] && b.drifted[k] == "")
	}
}

// Remove takes a change out. It reports whether it was there.
func (b *Basket) Remove(key string) bool {
	if !b.Has(key) {
		return false
	}
	delete(b.entries, key)
	delete(b.drifted, key)
	b.dirty = true
	b.rev++
	return true
}

// Add puts a proposed change in. It returns why it cannot, or "".
func (b *Basket) Add(c *Container) (refused string) {
	if c.Rec.Status != recommend.Proposed {
		return WhyNot(c.Rec)
	}
	b.entries[c.Key] = *c.Rec
	delete(b.drifted, c.Key)
	b.dirty = true
	b.rev++
	return ""
}

// Toggle puts all of the containers in, or takes them out where all of those
// that can be in are in already. It says what it did.
func (b *Basket) Toggle(cs []*Container) Action {
	if len(cs) == 0 {
		return Refuse("nothing under the cursor to put into the basket")
	}
	out := true
	for _, c := range cs {
		out = out && (b.Has(c.Key) || c.Rec.Status != recommend.Proposed)
	}
	done, refused, why := 0, 0, ""
	for _, c := range cs {
		if out {
			if b.Remove(c.Key) {
				done++
				continue
			}
		} else if b.Has(c.Key) {
			continue
		}
		if w := b.addUnless(out, c); w != "" {
			refused, why = refused+1, c.Name+": "+w
			continue
		}
		if !out {
			done++
		}
	}
	verb := "added to"
	if out {
		verb = "taken out of"
	}
	switch {
	case done == 0 && refused == 1:
		return Refuse(why)
	case done == 0:
		return Refuse(fmt.Sprintf("none of %d can be added; %s", refused, why))
	case refused > 0:
		return Say(fmt.Sprintf("%d %s the basket, %d not; %s", done, verb, refused, why))
	case done == 1 && len(cs) == 1:
		return Say(cs[0].Name + " " + verb + " the basket")
	}
	return Say(fmt.Sprintf("%d %s the basket", done, verb))
}

func (b *Basket) addUnless(out bool, c *Container) string {
	if out {
		return WhyNot(c.Rec)
	}
	return b.Add(c)
}

// WhyNot is why a recommendation cannot be put into the basket.
func WhyNot(r *recommend.Recommendation) string {
	switch r.Status {
	case recommend.Held:
		for _, reason := range r.Reasons {
			if len(reason) > 5 && reason[:5] == "held:" {
				return reason
			}
		}
		return "held"
	case recommend.Keep:
		return "the present setting stays, there is no change to make"
	case recommend.InsufficientData:
		return "too little was measured to propose a change"
	}
	return ""
}

// Sync brings the entries up to date with new facts: a change that is still
// proposed becomes what is proposed now, one that is not has drifted.
func (b *Basket) Sync(f *Facts) {
	for k, old := range b.entries {
		c, ok := f.Container(k)
		switch {
		case !ok && f.Report != nil:
			b.drifted[k] = "the container is gone"
		case !ok:
		case c.Rec.Status != recommend.Proposed:
			b.drifted[k] = WhyNot(c.Rec)
		default:
			delete(b.drifted, k)
			if !sameSetting(&old.Proposed, &c.Rec.Proposed) {
				b.dirty = true
			}
			b.entries[k] = *c.Rec
		}
	}
}

// Keys are the containers with a change in the basket, sorted.
func (b *Basket) Keys() []string {
	keys := make([]string, 0, len(b.entries))
	for k := range b.entries {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Entry is a change as it was last proposed.
func (b *Basket) Entry(key string) (recommend.Recommendation, bool) {
	r, ok := b.entries[key]
	return r, ok
}

// Exportable are the changes that are still proposed, with their keys.
func (b *Basket) Exportable() (keys []string, recs []recommend.Recommendation) {
	for _, k := range b.Keys() {
		if b.drifted[k] == "" {
			keys = append(keys, k)
			recs = append(recs, b.entries[k])
		}
	}
	return keys, recs
}

// Money is what the changes move, and how many of them raise something. Those
// that have drifted are left out.
func (b *Basket) Money() (m Money, raises int) {
	for k, r := range b.entries {
		if b.drifted[k] != "" {
			continue
		}
		m.Add(&r)
		if r.Raise {
			raises++
		}
	}
	return m, raises
}

func sameSetting(a, b *recommend.Setting) bool {
	return same(a.Request.CPU, b.Request.CPU) && same(a.Request.Memory, b.Request.Memory) &&
		same(a.Limit.CPU, b.Limit.CPU) && same(a.Limit.Memory, b.Limit.Memory)
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }
