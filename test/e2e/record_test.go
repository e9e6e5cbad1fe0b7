package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// seeded is what a cluster holds that no recording may: made for the test, in the
// places where such things stand.
const seeded = `apiVersion: v1
kind: Namespace
metadata:
  name: e2e-seeded
  annotations: {owner: seeded-mail@corp.example}
---
apiVersion: v1
kind: Secret
metadata: {name: seeded-secret-name, namespace: e2e-seeded}
stringData: {password: seeded-secret-value}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: seeded-configmap-name, namespace: e2e-seeded}
data: {url: seeded-configmap-value}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: e2e-recorded
  namespace: e2e-seeded
  annotations: {contact: seeded-contact@corp.example}
spec:
  replicas: 0
  selector: {matchLabels: {app: e2e-recorded}}
  template:
    metadata:
      labels: {app: e2e-recorded}
      annotations: {hook: "https://user:seeded-hook@chat.corp.example/"}
    spec:
      containers:
      - name: main
        image: example.dev/e2e/main:1
        command: [main, --token=seeded-command-token]
        args: [--password, seeded-argument-password]
        env:
        - {name: SEEDED_NAME, value: seeded-env-value}
        - {name: JAVA_TOOL_OPTIONS, value: "-Xmx512m -Dkey=seeded-java-option"}
        - {name: FROM_SECRET, valueFrom: {secretKeyRef: {name: seeded-secret-name, key: password}}}
        resources: {requests: {cpu: 100m, memory: 128Mi}}
`

// A report from a recording is the one of the cluster, byte for byte but for the
// instant it was made; and the recording holds nothing of what seeded seeds.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	manifest := filepath.Join(dir, "seeded.yaml")
	write(t, manifest, seeded)
	shop.kubectl(t, "apply", "-f", manifest)
	t.Cleanup(func() { shop.kubectl(t, "delete", "-f", manifest) })

	file := filepath.Join(dir, "shop.trimtab")
	// Present usage is another at every moment.
	reports := [][]string{
		{"cost", "-o", "json"},
		{"cost", "-o", "json", "--by", "namespace"},
		// A budget is of bytes on the wire, of which a recording knows nothing.
		{"rightsize", "-o", "json", "--detail-budget", "4Gi"},
		{"rightsize", "-o", "json", "--policy", "krr-simple", "--detail", "none"},
	}
	live := func() []string {
		var out []string
		for _, args := range reports {
			out = append(out, withoutInstant(t, shop.trimtab(t, append(args, "--no-metrics")...).stdout))
		}
		return out
	}
	// CronJobs make pods and end them: what stood before the recording or
	// after it must be in it.
	before := live()
	shop.trimtab(t, "record", file, "--no-metrics", "--detail-budget", "4Gi")
	after := live()
	for i, args := range reports {
		o := shop.run(t, filepath.Join(dir, "no-kubeconfig"), append(args, "--from", file)...)
		if o.code != 0 {
			t.Errorf("%s: exit code %d\n%s", strings.Join(args, " "), o.code, o.stderr)
			continue
		}
		if got := withoutInstant(t, o.stdout); got != before[i] && got != after[i] {
			t.Errorf("%s: the report from the recording is another:\n%s", strings.Join(args, " "), difference(got, after[i]))
		}
	}

	text := decompressed(t, file)
	for _, must := range []string{"e2e-recorded", "storefront", "recommendations", "m5.xlarge"} {
		if !strings.Contains(text, must) {
			t.Errorf("the recording does not hold %q: nothing is proven by what else it does not hold", must)
		}
	}
	for _, never := range []string{"seeded-secret", "seeded-configmap", "seeded-mail", "seeded-contact", "seeded-hook", "seeded-command", "seeded-argument", "seeded-env", "SEEDED_NAME", "seeded-java", "corp.example", token(t)} {
		if strings.Contains(text, never) {
			t.Errorf("the recording holds %q", never)
		}
	}

	anonymous := filepath.Join(dir, "anonymous.trimtab")
	o := shop.run(t, "", "record", anonymous, "--from", file, "--anonymize")
	if o.code != 0 {
		t.Fatalf("record --anonymize: exit code %d\n%s", o.code, o.stderr)
	}
	text = decompressed(t, anonymous)
	for _, never := range []string{"e2e-recorded", "storefront", "recommendations", "ip-10-0-", "eks/coredns", "testbed"} {
		if i := strings.Index(text, never); i >= 0 {
			t.Errorf("the anonymized recording holds %q: %q", never, text[max(0, i-40):min(len(text), i+60)])
		}
	}
	if total := parseCost(t, shop.run(t, "", "cost", "-o", "json", "--from", anonymous).stdout).Total; total != costs(t).Total {
		t.Errorf("the anonymized recording costs %s, the cluster %s", total, costs(t).Total)
	}
}

// withoutInstant takes the instant at which a report was made out of it.
func withoutInstant(t *testing.T, text string) string {
	t.Helper()
	var h struct{ GeneratedAt string }
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(text, h.GeneratedAt, "", 1)
}

// difference is the first lines that differ.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	var out strings.Builder
	for i, n := 0, 0; i < min(len(a), len(b)) && n < 8; i++ {
		if a[i] != b[i] {
			out.WriteString("recorded " + a[i] + "\nlive     " + b[i] + "\n")
			n++
		}
	}
	return out.String()
}

// token is the token that the kubeconfig logs in with.
func token(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(shop.cluster.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "token: ")
	if !ok {
		t.Fatal("the kubeconfig holds no token")
	}
	return strings.Fields(rest)[0]
}

// decompressed is a file's text, with every zstd frame in it unpacked too.
func decompressed(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.Clone(raw)
	frames := 0
	magic := []byte{0x28, 0xb5, 0x2f, 0xfd}
	for rest := raw; ; {
		i := bytes.Index(rest, magic)
		if i < 0 {
			break
		}
		d, err := zstd.NewReader(bytes.NewReader(rest[i:]), zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		// Whatever follows the frame is no frame, and an error that says so.
		text, _ := io.ReadAll(d)
		d.Close()
		if len(text) > 0 {
			frames++
		}
		all = append(all, text...)
		rest = rest[i+len(magic):]
	}
	if frames == 0 {
		t.Fatal("nothing could be decompressed")
	}
	return string(all)
}
