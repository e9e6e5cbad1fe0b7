#!/usr/bin/env bash
# Makes shop.trimtab anew: starts the test cluster with the scenario "shop",
# records it, and stops it. The first run builds a control plane (15 minutes or
# more).
#
#   go generate ./analyzer/record/demo
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d)
testcluster() { (cd "$root/test" && go run ./cluster/cmd/testcluster "$@"); }
finish() {
	testcluster down --dir "$work/cluster" >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap finish EXIT

testcluster up --scenario shop --dir "$work/cluster" --detach | tee "$work/up"
end=$(sed -n 's/^history to  *//p' "$work/up")
# What people see is a cluster called shop.
sed 's/testbed-shop/shop/g' "$(testcluster kubeconfig --dir "$work/cluster")" >"$work/kubeconfig"

# metrics-server reads every node within a minute of its start.
kubectl() { "$(sed -n 's/^kubectl  *//p' "$work/up")" --kubeconfig "$work/kubeconfig" "$@"; }
running=$(kubectl get pods -A --field-selector status.phase=Running -o name | wc -l)
for try in $(seq 60); do
	measured=$(kubectl top pods -A --no-headers 2>/dev/null | wc -l)
	((measured >= running)) && break
	echo "metrics-server has $measured of $running pods"
	sleep 3
done
cd "$root"
# The history ends where it was written; what lies after it is not waited for.
go run ./cmd/trimtab record --kubeconfig "$work/kubeconfig" --window-end "$end" \
	--detail-budget 1Gi --force "$here/shop.trimtab"
chmod 644 "$here/shop.trimtab"
