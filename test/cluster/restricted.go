package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Restrict says what a restricted user may read beside one namespace's objects.
type Restrict struct {
	// Nodes lets it read nodes.
	Nodes bool
	// Metrics lets it read metrics.k8s.io in the namespace, and of nodes if it may
	// read those.
	Metrics bool
	// Prometheus lets it reach Prometheus through the service proxy, and find the
	// Services of its namespace.
	Prometheus bool
}

// Restricted makes a service account that may read one namespace and what r says,
// and returns the path of a kubeconfig that logs in as it. It fails where the
// cluster does not run or the namespace is not there.
func (c *Cluster) Restricted(ctx context.Context, namespace string, r Restrict) (string, error) {
	k, err := c.clients()
	if err != nil {
		return "", err
	}
	name := "reader"
	for _, f := range []struct {
		on   bool
		name string
	}{{r.Nodes, "nodes"}, {r.Metrics, "metrics"}, {r.Prometheus, "prometheus"}} {
		if f.on {
			name += "-" + f.name
		}
	}
	read := []string{"get", "list", "watch"}
	rules := []rbacv1.PolicyRule{{
		APIGroups: []string{"", "apps", "batch", "autoscaling", "policy", "autoscaling.k8s.io", "networking.k8s.io"},
		Resources: []string{"*"}, Verbs: read,
	}}
	if r.Metrics {
		rules = append(rules, rbacv1.PolicyRule{APIGroups: []string{"metrics.k8s.io"}, Resources: []string{"pods"}, Verbs: read})
	}
	objects := []runtime.Object{&corev1.ServiceAccount{
		TypeMeta: typeMeta("v1", "ServiceAccount"), ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
	}}
	objects = append(objects, grant(namespace, name, namespace, name, rules)...)
	if r.Nodes {
		rules := []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"nodes"}, Verbs: read}}
		if r.Metrics {
			rules = append(rules, rbacv1.PolicyRule{APIGroups: []string{"metrics.k8s.io"}, Resources: []string{"nodes"}, Verbs: read})
		}
		objects = append(objects, grant("", "testbed-"+namespace+"-"+name, namespace, name, rules)...)
	}
	if w := c.scenario.prometheusWorkload(); r.Prometheus && w != nil {
		objects = append(objects, grant(w.Namespace, "testbed-"+namespace+"-"+name, namespace, name, []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"services"}, Verbs: read},
			{APIGroups: []string{""}, Resources: []string{"services/proxy"}, Verbs: []string{"get", "create"}},
		})...)
	}
	for _, o := range objects {
		if _, err := k.create(ctx, o); err != nil && !apierrors.IsAlreadyExists(err) {
			return "", err
		}
	}
	seconds := int64(7 * 24 * 3600)
	token, err := k.typed.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds},
	}, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("asking for a token of %s/%s: %w", namespace, name, err)
	}
	path := filepath.Join(c.state.Dir, strings.Join([]string{"kubeconfig", namespace, name}, "-"))
	return path, c.writeKubeconfig(path, namespace+"-"+name, token.Status.Token)
}

// grant makes a role and its binding to a service account; without a namespace, for
// the whole cluster.
func grant(namespace, role, accountNamespace, account string, rules []rbacv1.PolicyRule) []runtime.Object {
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: accountNamespace, Name: account}}
	meta := metav1.ObjectMeta{Namespace: namespace, Name: role}
	const version = "rbac.authorization.k8s.io/v1"
	if namespace == "" {
		return []runtime.Object{
			&rbacv1.ClusterRole{TypeMeta: typeMeta(version, "ClusterRole"), ObjectMeta: meta, Rules: rules},
			&rbacv1.ClusterRoleBinding{
				TypeMeta: typeMeta(version, "ClusterRoleBinding"), ObjectMeta: meta, Subjects: subjects,
				RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			},
		}
	}
	return []runtime.Object{
		&rbacv1.Role{TypeMeta: typeMeta(version, "Role"), ObjectMeta: meta, Rules: rules},
		&rbacv1.RoleBinding{
			TypeMeta: typeMeta(version, "RoleBinding"), ObjectMeta: meta, Subjects: subjects,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role},
		},
	}
}
