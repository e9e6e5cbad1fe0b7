package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// crdSources lists the modules whose custom resource definitions are installed,
// with the folder or file that holds them.
func crdSources() []struct{ name, module, version, glob string } {
	return []struct{ name, module, version, glob string }{
		{"karpenter", "sigs.k8s.io/karpenter", KarpenterVersion, "pkg/apis/crds/*.yaml"},
		{"vpa", "k8s.io/autoscaler/vertical-pod-autoscaler", "v1.8.0", "deploy/vpa-v1-crd-gen.yaml"},
	}
}

// CRDs returns the files of the custom resource definitions to install, copied
// to the cache from the modules that publish them. It fails where a module
// cannot be downloaded.
func (b *Builder) CRDs(ctx context.Context) ([]string, error) {
	var files []string
	for _, src := range crdSources() {
		dir := filepath.Join(b.Cache, "crds", src.name+"-"+src.version)
		if _, err := os.Stat(dir); err != nil {
			if err := b.copyCRDs(ctx, src.module, src.version, src.glob, dir); err != nil {
				return nil, fmt.Errorf("fetching the custom resource definitions of %s: %w", src.name, err)
			}
		}
		found, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	return files, nil
}

func (b *Builder) copyCRDs(ctx context.Context, module, version, glob, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "copy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.WriteFile(filepath.Join(work, "go.mod"), []byte("module testbed\n\ngo 1.26\n"), 0o644); err != nil {
		return err
	}
	d, err := downloadModule(ctx, work, module, version)
	if err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(d.Dir, glob))
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("%s@%s has no %s", module, version, glob)
	}
	out := filepath.Join(work, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		return err
	}
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, filepath.Base(path)), text, 0o644); err != nil {
			return err
		}
	}
	// A folder that is already there was made by another process meanwhile.
	if err := os.Rename(out, dir); err != nil && !os.IsExist(err) {
		if _, statErr := os.Stat(dir); statErr != nil {
			return err
		}
	}
	return nil
}
