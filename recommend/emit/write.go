package emit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/trimtab/trimtab/internal/hint"
)

// WriteComponent makes the folder dir hold exactly the given files. The
// folder is new, empty, or one that WriteComponent wrote; any other is left
// alone, and so is one that somebody has put another file into. The whole
// folder changes at once: where writing fails, dir is as it was.
func WriteComponent(dir string, files []File) error {
	if len(files) == 0 {
		return hint.New("writing a component to "+dir+": there is nothing to change", "Propose at least one change that a patch can carry.")
	}
	// A link stays a link: what it points to is replaced.
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("finding the folder %s: %w", dir, err)
	}
	exists, err := ours(dir)
	if err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return hint.Wrap(err, "making the folder "+parent, "Name a folder that can be written to.")
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+"-")
	if err != nil {
		return hint.Wrap(err, "making a folder in "+parent, "Name a folder that can be written to.")
	}
	defer os.RemoveAll(temp)
	fresh := filepath.Join(temp, "new")
	if err := fill(fresh, files); err != nil {
		return fmt.Errorf("writing a component to %s: %w", dir, err)
	}
	old := filepath.Join(temp, "old")
	if exists {
		if err := os.Rename(dir, old); err != nil {
			return fmt.Errorf("replacing %s: %w", dir, err)
		}
	}
	if err := os.Rename(fresh, dir); err != nil {
		if exists {
			err = errors.Join(err, os.Rename(old, dir))
		}
		return fmt.Errorf("replacing %s: %w", dir, err)
	}
	return nil
}

// ours reports whether dir is there; an error says that it holds something
// that WriteComponent did not write.
func ours(dir string) (exists bool, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == dir:
			return fs.SkipAll
		case err != nil:
			return fmt.Errorf("reading %s: %w", dir, err)
		}
		exists = true
		rel, _ := filepath.Rel(dir, path)
		switch rel = filepath.ToSlash(rel); {
		case d.IsDir() && (rel == "." || rel == "patches"):
			return nil
		case d.Type().IsRegular() && (rel == "kustomization.yaml" || strings.HasPrefix(rel, "patches/")):
			content, err := os.ReadFile(path)
			if err != nil {
				return fmt.Errorf("reading %s: %w", path, err)
			}
			switch state(content) {
			case written:
				return nil
			case edited:
				return hint.New("writing a component to "+dir+": "+rel+" in it was edited since it was written, and would be lost", "Name a new folder, or move the edited file away.")
			case foreign:
			}
		}
		if rel == "." {
			return hint.New("writing a component to "+dir+": it is not a folder", "Name a new or empty folder.")
		}
		return hint.New("writing a component to "+dir+": "+rel+" in it is not part of a component written before", "Name a new or empty folder, or move that file away.")
	})
	return exists, err
}

func fill(dir string, files []File) error {
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := writeSynced(path, f.Content); err != nil {
			return err
		}
	}
	return nil
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// seal adds to a file's first line, the marker, the digest of what follows, so
// that an edit by somebody is known from what was written.
func seal(content []byte) []byte {
	rest, ok := bytes.CutPrefix(content, []byte(marker+"\n"))
	if !ok {
		return content
	}
	return append([]byte(marker+" "+digest(rest)+"\n"), rest...)
}

// digest identifies content whatever ends its lines.
func digest(content []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(sum[:8])
}

// What a file in a component's folder is.
const (
	foreign = iota // not of a component
	written        // as it was written
	edited         // of a component, changed since
)

func state(content []byte) int {
	first, rest, _ := bytes.Cut(content, []byte("\n"))
	tail, ok := bytes.CutPrefix(bytes.TrimRight(first, "\r"), []byte(marker))
	switch {
	case !ok || len(tail) > 0 && tail[0] != ' ':
		return foreign
	case strings.TrimSpace(string(tail)) == digest(rest):
		return written
	}
	return edited
}
