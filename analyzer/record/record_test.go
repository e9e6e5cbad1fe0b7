package record

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/internal/hint"
)

func encode(t testing.TB, r Recording) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := Write(&b, "trimtab test", r)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(b.Len()) {
		t.Errorf("Write says %d bytes and wrote %d", n, b.Len())
	}
	return b.Bytes()
}

func open(b []byte) (*File, error) { return Open(bytes.NewReader(b), int64(len(b))) }

// load reads everything in a file.
func load(t testing.TB, b []byte) Recording {
	t.Helper()
	f, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Recording(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRoundTrip holds that nothing is lost or changed, for values that fill
// every field that there is.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(40) {
		rec := newRandom(seed).recording()
		file := encode(t, rec)
		same(t, rec, load(t, file))
		if again := encode(t, rec); !bytes.Equal(file, again) {
			t.Errorf("seed %d: the same recording gives other bytes", seed)
		}
		if again := encode(t, load(t, file)); !bytes.Equal(file, again) {
			t.Errorf("seed %d: what was read is written differently", seed)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestManyBlocks holds that histories in several blocks are all found, each
// once.
func TestManyBlocks(t *testing.T) {
	rec := sample(210, 3, 14, true)
	file := encode(t, rec)
	f, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range f.contents.sections {
		if s.name == sectionDetail {
			n++
		}
	}
	if n < 2 {
		t.Fatalf("the test needs several blocks, there are %d", n)
	}
	if !bytes.Equal(file, encode(t, load(t, file))) {
		t.Error("what was read is not what was written")
	}
}

// TestSource holds what a run from the file sees: every container first, then
// the detail of those that it asks for.
func TestSource(t *testing.T) {
	rec := sample(20, 2, 7, true)
	ids := map[bool][]cluster.ContainerID{}
	for id, h := range rec.Usage.Containers {
		ids[rec.Detail.Containers[id] != h] = append(ids[rec.Detail.Containers[id] != h], id)
	}
	// Some are left at the survey's resolution.
	bare := ids[true][0]
	rec.Detail.Containers[bare] = rec.Usage.Containers[bare]
	file := encode(t, rec)
	f, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	progress := func(usage.Progress) { calls++ }
	u, err := f.Source().Usage(t.Context(), f.Snapshot(), f.Window(), progress)
	if err != nil {
		t.Fatal(err)
	}
	same(t, Recording{Usage: rec.Usage}, Recording{Usage: u})
	if calls == 0 {
		t.Error("there was no progress")
	}

	one := ids[true][1]
	d, err := f.Source().Refine(t.Context(), f.Snapshot(), u, []cluster.ContainerID{one}, 0, progress)
	if err != nil {
		t.Fatal(err)
	}
	for id := range u.Containers {
		want := rec.Usage.Containers[id]
		if id == one {
			want = rec.Detail.Containers[id]
		}
		same(t, Recording{Usage: &usage.Usage{Containers: map[cluster.ContainerID]*usage.History{id: want}}},
			Recording{Usage: &usage.Usage{Containers: map[cluster.ContainerID]*usage.History{id: d.Containers[id]}}})
	}
	if len(d.Warnings) != len(u.Warnings) {
		t.Errorf("warnings: %v", d.Warnings)
	}
	if d, err = f.Source().Refine(t.Context(), f.Snapshot(), u, []cluster.ContainerID{one, bare}, 0, progress); err != nil {
		t.Fatal(err)
	}
	if n := len(d.Warnings); n != len(u.Warnings)+1 || !strings.Contains(hint.Of(d.Warnings[n-1]), "--detail all") {
		t.Errorf("a container without detail: %v", d.Warnings)
	}
}

// TestErrors holds that each kind of wrong file is told from the others, with
// what to do about it.
func TestErrors(t *testing.T) {
	good := encode(t, sample(5, 2, 3, true))
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	for _, tt := range []struct {
		name, message, hint string
		file                []byte
	}{
		{"empty", "not a file that trimtab recorded", "trimtab record", nil},
		{"foreign", "not a file that trimtab recorded", "trimtab record", []byte("apiVersion: v1\nkind: List\nitems: []\n")},
		{"a text copy", "not a file that trimtab recorded", "trimtab record", bytes.ReplaceAll(good, []byte("\r\n"), []byte("\n"))},
		{"cut off in the header", "cut off", "copy it again", good[:10]},
		{"cut off in the contents", "cut off", "copy it again", good[:headerSize+3]},
		{"cut off at the end", "cut off", "copy it again", good[:len(good)-1]},
		{"a newer format", "newer trimtab (format 3); this one reads up to 1", "update trimtab", change(func(b []byte) []byte { b[8] = 3; return b })},
		{"no format", "damaged: format 0", "record the cluster anew", change(func(b []byte) []byte { b[8] = 0; return b })},
		{"a flipped bit in the contents", "damaged: the checksum of its table", "copy it again", change(func(b []byte) []byte { b[headerSize+5] ^= 4; return b })},
		{"a flipped bit in the cluster", "damaged: the checksum of section", "copy it again", change(func(b []byte) []byte { b[at(t, b, sectionCluster)] ^= 4; return b })},
		{"huge contents", "damaged: its table of contents is", "copy it again", change(func(b []byte) []byte { b[15] = 0x7f; return b })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(tt.file)
			if err == nil || !strings.Contains(err.Error(), tt.message) || !strings.Contains(hint.Of(err), tt.hint) {
				t.Errorf("%v (%s); want %q (%q)", err, hint.Of(err), tt.message, tt.hint)
			}
		})
	}
	t.Run("a flipped bit in the usage", func(t *testing.T) {
		f, err := open(change(func(b []byte) []byte { b[at(t, b, sectionDetail)] ^= 4; return b }))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Recording(t.Context()); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a disk that fails", func(t *testing.T) {
		_, err := Open(broken{}, 1000)
		if err == nil || !strings.Contains(err.Error(), "cannot be read: no disk") || hint.Of(err) == "" {
			t.Errorf("%v", err)
		}
	})
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("no disk") }

// at is where in the file a section begins.
func at(t *testing.T, b []byte, name string) int64 {
	t.Helper()
	f, err := open(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.contents.sections {
		if s.name == name {
			return f.start + int64(s.offset)
		}
	}
	t.Fatalf("there is no section %q", name)
	return 0
}

// TestNewerFields holds that what a later trimtab adds is passed over: fields
// at the end of a message, fields between, and whole sections.
func TestNewerFields(t *testing.T) {
	type v2 struct {
		name  string
		fresh int
		kind  string
	}
	write := func(c *coder, p *v2) {
		c.literal(1, &p.name)
		natural(c, 2, &p.fresh)
		c.literal(3, &p.kind)
		texts := []string{"a", "b"}
		c.texts(4, &texts)
		f := 1.5
		c.float(5, &f)
	}
	c := &coder{words: newWords()}
	pools := []v2{{"general", 7, "NodePool"}, {"", 0, ""}, {"spot", 1 << 40, "NodePool"}}
	list(c, 9, &pools, write)

	r := reader(c.buf, c.words, (&File{limit: 1 << 20}).budget())
	type v1 struct{ name, kind string }
	var got []v1
	list(r, 9, &got, func(c *coder, p *v1) {
		c.literal(1, &p.name)
		c.literal(3, &p.kind)
	})
	if r.err != nil || len(got) != 3 || got[0] != (v1{"general", "NodePool"}) || got[1] != (v1{}) || got[2] != (v1{"spot", "NodePool"}) {
		t.Errorf("%v, %v", got, r.err)
	}
}
