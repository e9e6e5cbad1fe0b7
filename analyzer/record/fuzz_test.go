package record

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/hint"
)

// readAll reads a file that may be anything. An error has a message and a
// remedy; nothing panics, and what is allocated is bounded by the file's size.
func readAll(t *testing.T, b []byte) {
	t.Helper()
	f, err := open(b)
	if err == nil {
		_, err = f.Recording(t.Context())
	}
	if err != nil && (hint.Of(err) == "" || strings.Contains(err.Error(), "\n")) {
		t.Errorf("an error without a remedy: %v", err)
	}
}

// FuzzOpen reads files of any bytes.
func FuzzOpen(f *testing.F) {
	f.Add(encode(f, sample(2, 2, 1, true)))
	f.Add(encode(f, newRandom(1).recording()))
	f.Add([]byte(magic))
	f.Fuzz(readAll)
}

// sectionNames are the sections in the order in which fuzzing numbers them.
func sectionNames() []string {
	return []string{sectionWords, sectionCluster, sectionPrices, sectionUsage, sectionPresent, sectionSurvey, sectionDetail}
}

// replaced is a file of which one section has another content, with checksums
// that are right.
func replaced(t testing.TB, file []byte, name string, content []byte) []byte {
	t.Helper()
	f, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	w := sectionWriter{}
	for i := range f.contents.sections {
		s := &f.contents.sections[i]
		if err := f.read(s, f.budget(), func(old []byte) error {
			if s.name == name {
				old = content
			}
			w.put(s.name, codecNone, len(old), slices.Clone(old))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	pieces, err := w.file()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Join(pieces, nil)
}

// FuzzSections gets behind the checksums: one section of a good file has any
// content.
func FuzzSections(f *testing.F) {
	base := encode(f, newRandom(3).recording())
	for seed := range uint64(20) {
		file := encode(f, newRandom(seed).recording())
		r, err := open(file)
		if err != nil {
			f.Fatal(err)
		}
		for i := range r.contents.sections {
			s := &r.contents.sections[i]
			which := slices.Index(sectionNames(), s.name)
			if err := r.read(s, r.budget(), func(content []byte) error {
				f.Add(which, slices.Clone(content))
				return nil
			}); err != nil {
				f.Fatal(err)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which int, content []byte) {
		names := sectionNames()
		readAll(t, replaced(t, base, names[uint(which)%uint(len(names))], content))
	})
}

// TestEveryByte cuts a file everywhere, and flips a bit of every byte.
func TestEveryByte(t *testing.T) {
	good := encode(t, newRandom(5).recording())
	for i := range good {
		readAll(t, good[:i])
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		readAll(t, bad)
		if _, err := open(good[:i]); err == nil {
			t.Fatalf("cut off after %d of %d bytes it opens", i, len(good))
		}
	}
}

// TestBombs holds that a small file cannot make its reader allocate without
// bound, whatever it claims.
func TestBombs(t *testing.T) {
	base := encode(t, sample(2, 2, 2, true))
	many := func(c *coder, n fieldNumber, count int) []byte {
		at := c.begin(n)
		for range count {
			c.end(c.begin(1))
		}
		c.end(at)
		return c.buf
	}
	for _, tt := range []struct {
		name, section string
		content       []byte
	}{
		{"zeros", sectionSurvey, make([]byte, 32<<20)},
		{"empty pods", sectionCluster, many(&coder{}, 12, 1<<20)},
		{"empty prices", sectionPrices, many(&coder{}, 2, 2<<20)},
		{"empty histories", sectionSurvey, bytes.Repeat([]byte{0x0a, 0}, 4<<20)},
		{"empty words", sectionWords, append((&coder{}).prefixed(1, 8<<20), make([]byte, 8<<20)...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := replaced(t, base, tt.section, tt.content)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			readAll(t, file)
			runtime.ReadMemStats(&after)
			got := int64(after.TotalAlloc - before.TotalAlloc)
			// Opening, reading usage and reading detail have a budget each.
			if limit := 3 * (int64(256<<20) + 32*int64(len(file))); got > limit {
				t.Errorf("a file of %d bytes allocates %d, at most %d are allowed", len(file), got, limit)
			}
			if d := time.Since(began); d > 20*time.Second {
				t.Errorf("it takes %v", d)
			}
			t.Logf("%d bytes: %d MB in %v", len(file), got>>20, time.Since(began))
		})
	}
}

// TestClaims holds that lengths are held against the file before anything is
// read or allocated by them.
func TestClaims(t *testing.T) {
	good := encode(t, sample(2, 2, 1, true))
	f, err := open(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(s *section)
		want   string
	}{
		{"a bomb", func(s *section) { s.length = 1 << 40 }, "claims to be"},
		{"longer than the file", func(s *section) { s.stored = 1 << 40 }, "cut off"},
		{"beyond all numbers", func(s *section) { s.stored = 1<<64 - 1 }, "lies where another does"},
		{"over another", func(s *section) { s.offset = 0 }, "lies where another does"},
		{"another codec", func(s *section) { s.codec = 9 }, "compressed in a way"},
		{"shorter than it is", func(s *section) { s.length-- }, "cannot be decompressed"},
		{"longer than it is", func(s *section) { s.length++ }, "cannot be decompressed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			toc := contents{program: "x", sections: slices.Clone(f.contents.sections)}
			tt.change(&toc.sections[1])
			c := &coder{}
			c.contents(&toc)
			_, err := open(slices.Concat(header(c.buf), c.buf, good[f.start:]))
			if err == nil || !strings.Contains(err.Error(), tt.want) || hint.Of(err) == "" {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func (c *coder) prefixed(n fieldNumber, length int) []byte {
	c.tag(n, 2)
	return appendNatural(c.buf, uint64(length))
}

// TestVersions reads a file of every format there has been. They were written
// by the trimtab of their time and are never written again.
func TestVersions(t *testing.T) {
	for version, want := range map[int]struct{ pods, containers int }{1: {12, 6}} {
		b, err := os.ReadFile("testdata/format1.trimtab")
		if err != nil {
			t.Fatal(err)
		}
		f, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.Recording(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Snapshot.Pods) != want.pods || len(r.Usage.Containers) != want.containers || len(refined(r.Usage, r.Detail)) != 2 {
			t.Errorf("format %d: %d pods, %d containers, %d refined", version, len(r.Snapshot.Pods), len(r.Usage.Containers), len(refined(r.Usage, r.Detail)))
		}
		w := r.Snapshot.Workloads[0]
		h := r.Usage.Containers[cluster.ContainerID{Workload: w.ID, Container: "app"}]
		if w.ID.Name != "service-0" || w.Labels["team"] != "team-0" || h == nil || h.CPU.Samples() != 2*3*96 || len(h.CPU.Hours) != 72 {
			t.Errorf("format %d: workload %v with usage %v", version, w, h)
		}
	}
}
