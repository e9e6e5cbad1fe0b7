package kube

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/trimtab/trimtab/internal/hint"
)

func TestConnect(t *testing.T) {
	const config = `apiVersion: v1
kind: Config
current-context: prod
clusters: [{name: "arn:aws:eks:eu-west-1:123:cluster/shop", cluster: {server: "https://prod.example"}}, {name: dev, cluster: {server: "https://dev.example"}}]
users: [{name: me, user: {token: x}}]
contexts: [{name: prod, context: {cluster: "arn:aws:eks:eu-west-1:123:cluster/shop", user: me, namespace: team}}, {name: dev, context: {cluster: dev, user: me}}]
`
	tests := []struct {
		name, config, context, namespace string
		want                             Options
		host, hint                       string
	}{
		{name: "the current context", config: config, want: Options{Context: "prod", Cluster: "arn:aws:eks:eu-west-1:123:cluster/shop", Fallback: "team"}, host: "https://prod.example"},
		{name: "another context", config: config, context: "dev", want: Options{Context: "dev", Cluster: "dev"}, host: "https://dev.example"},
		{name: "a namespace by flag", config: config, namespace: "shop", want: Options{Context: "prod", Cluster: "arn:aws:eks:eu-west-1:123:cluster/shop", Namespace: "shop"}, host: "https://prod.example"},
		{name: "a context that is not there", config: config, context: "stage", hint: "--context"},
		{name: "no kubeconfig at all", hint: "update-kubeconfig"},
		{name: "not YAML", config: "{{", hint: "kubectl config view"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Not inside a cluster, whatever the test runs in.
			t.Setenv("KUBERNETES_SERVICE_HOST", "")
			file := filepath.Join(t.TempDir(), "config")
			if err := os.WriteFile(file, []byte(tt.config), 0o600); err != nil {
				t.Fatal(err)
			}
			overrides := &clientcmd.ConfigOverrides{CurrentContext: tt.context}
			overrides.Context.Namespace = tt.namespace
			loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(&clientcmd.ClientConfigLoadingRules{ExplicitPath: file}, overrides)
			cfg, got, err := Connect(loader, tt.context)
			if tt.hint != "" {
				if err == nil || !strings.Contains(hint.Of(err), tt.hint) {
					t.Errorf("error %v, hint %q", err, hint.Of(err))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Context != tt.want.Context || got.Cluster != tt.want.Cluster || got.Namespace != tt.want.Namespace || got.Fallback != tt.want.Fallback || cfg.Host != tt.host {
				t.Errorf("%+v at %s", got, cfg.Host)
			}
		})
	}
}

// The words by which a failing credential plugin is known are client-go's.
func TestCredentialPlugin(t *testing.T) {
	for command, want := range map[string]string{"false": "aws sso login", "no-such-program-anywhere": "install the program"} {
		const config = `apiVersion: v1
kind: Config
current-context: c
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: "COMMAND"}}}]
`
		loader, err := clientcmd.NewClientConfigFromBytes([]byte(strings.Replace(config, "COMMAND", command, 1)))
		if err != nil {
			t.Fatal(err)
		}
		cfg, opts, err := Connect(loader, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Read(t.Context(), cfg, quick(opts))
		if err == nil || !strings.Contains(hint.Of(err), want) {
			t.Errorf("%s: error %v, hint %q", command, err, hint.Of(err))
		}
	}
}
