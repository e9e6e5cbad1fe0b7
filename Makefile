# Everything here is one command that can be typed by hand; .ci/run does not
# depend on make.

GO ?= go

# Packages whose tests write golden files when given -update: the flag is
# defined in the package, or by the golden package that it imports.
GOLDEN = $(sort $(dir $(shell grep -rlE --include='*_test.go' --exclude-dir=test '"update"|charmbracelet/x/exp/golden"' . )))

.DEFAULT_GOAL := help
.PHONY: help build demo test e2e bench lint golden schema

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "%-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build ./trimtab
	CGO_ENABLED=0 $(GO) build -trimpath -o trimtab ./cmd/trimtab

demo: ## start the terminal program on the recorded cluster
	$(GO) run ./cmd/trimtab demo

test: ## run the tests
	$(GO) test ./...

e2e: ## run the built program against a real control plane; the first run builds that, 15 min or more
	cd test && $(GO) test ./e2e/... -timeout 60m -count=1

bench: ## run the benchmarks
	$(GO) test ./... -run '^$$' -bench . -benchmem

lint: ## run the linters of .ci/run
	.ci/run lint

golden: ## write the golden files anew; look at the diff before you commit it
	@test -n "$(GOLDEN)" || { echo "no package has golden files"; exit 1; }
	$(GO) test $(GOLDEN) -update

schema: ## write the JSON schema anew from the report types
	$(GO) test ./recommend/emit -run Schema -update
