// Package demo is a recorded cluster that is part of the program: a shop on
// EKS with everything that trimtab knows how to show, for trying it without a
// cluster. docs/record-format.md says how it is made.
package demo

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/trimtab/trimtab/analyzer/record"
)

// Name is what --from takes in place of a file, for this recording.
const Name = "demo"

//go:generate ./make.sh

//go:embed shop.trimtab
var shop string

// Open opens the recording.
func Open() (*record.File, error) {
	f, err := record.Open(strings.NewReader(shop), int64(len(shop)))
	if err != nil {
		return nil, fmt.Errorf("reading the recording that is part of the program: %w", err)
	}
	return f, nil
}
