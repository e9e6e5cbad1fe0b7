package kube

import (
	"errors"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/trimtab/trimtab/internal/hint"
)

// Connect resolves a kubeconfig (with the flags that override it) into a
// connection and the options that follow from it: Context, Cluster, and
// Namespace where a flag names one, else Fallback where the context does.
// context is the flag that overrides the kubeconfig's current context, or "".
// Errors name the kubeconfig's fault and carry a hint.
func Connect(kubeconfig clientcmd.ClientConfig, context string) (*rest.Config, Options, error) {
	var o Options
	// The connection first: a kubeconfig that is missing altogether is none
	// inside a cluster.
	cfg, err := kubeconfig.ClientConfig()
	if err != nil {
		return nil, o, hint.Wrap(err, "reading the kubeconfig", kubeconfigHint(err))
	}
	if raw, err := kubeconfig.RawConfig(); err == nil {
		// kubectl's flags fall back to this address, where nothing answers.
		if len(raw.Contexts) == 0 && cfg.Host == "http://localhost:8080" {
			return nil, o, hint.New("reading the kubeconfig: it has no context", "name a kubeconfig with --kubeconfig or KUBECONFIG, or make one: aws eks update-kubeconfig --name NAME; trimtab demo needs none")
		}
		o.Context = or(context, raw.CurrentContext)
		if ctx := raw.Contexts[o.Context]; ctx != nil {
			o.Cluster, o.Fallback = ctx.Cluster, ctx.Namespace
		}
	}
	namespace, named, err := kubeconfig.Namespace()
	if err != nil {
		return nil, o, hint.Wrap(err, "reading the kubeconfig", kubeconfigHint(err))
	}
	if named {
		o.Namespace, o.Fallback = namespace, ""
	}
	return cfg, o, nil
}

func kubeconfigHint(err error) string {
	switch {
	case clientcmd.IsEmptyConfig(err), errors.Is(err, clientcmd.ErrNoContext):
		return "name a kubeconfig with --kubeconfig or KUBECONFIG, or make one: aws eks update-kubeconfig --name NAME; trimtab demo needs none"
	case clientcmd.IsContextNotFound(err), strings.Contains(err.Error(), "does not exist"):
		return "choose a context that exists with --context: kubectl config get-contexts"
	}
	return "check the file that --kubeconfig or KUBECONFIG names: kubectl config view"
}

// eksCluster is the name and, where it is known, the region behind a
// kubeconfig's cluster name: an ARN as written by aws eks update-kubeconfig,
// or NAME.REGION.eksctl.io.
func eksCluster(cluster string) (name, region string) {
	if parts := strings.SplitN(cluster, ":", 6); len(parts) == 6 && parts[0] == "arn" && parts[2] == "eks" {
		if name, ok := strings.CutPrefix(parts[5], "cluster/"); ok {
			return name, parts[3]
		}
	}
	if rest, ok := strings.CutSuffix(cluster, ".eksctl.io"); ok {
		if i := strings.LastIndexByte(rest, '.'); i > 0 {
			return rest[:i], rest[i+1:]
		}
	}
	return cluster, ""
}
