// Package e2e runs the built program against a real control plane, a real
// Prometheus and in a real terminal. It knows nothing of the program's code: it
// builds the program, runs it as a user would, and holds what comes out against
// what kubectl shows and against the raw samples that stand in Prometheus.
//
//	go test ./e2e/... -timeout 60m -count=1
//
// The tests share one cluster of the scenario "shop", which TestMain starts and
// stops. Where TRIMTAB_E2E_DIR names the folder of a cluster that already runs
// (go run ./cluster/cmd/testcluster up --detach), that one is used and left
// running. TRIMTAB_E2E_PROGRAM names a program that was built before, such as one
// that is about to be released.
package e2e
