package kube

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/hint"
)

// gapOf says that a resource could not be read. namespace is the scope that
// was asked for, for the hint.
func gapOf(resource, namespace, costs string, err error) cluster.Gap {
	g := cluster.Gap{Resource: resource, Costs: costs}
	switch {
	case isForbidden(err):
		g.Why = "forbidden"
		if strings.HasPrefix(err.Error(), "stopped after") {
			g.Why = err.Error()
		}
		g.Hint = "grant get,list on " + resource
		switch {
		case namespace != "":
			g.Hint += " in namespace " + namespace
		case resource == "pods":
			g.Hint += ", or name a namespace that may be read with -n"
		}
	case apierrors.IsNotFound(err):
		g.Why = "not served"
		g.Hint = "check that the API server serves " + resource + ": kubectl api-resources"
	case apierrors.IsUnauthorized(err):
		g.Why = "the credentials are not accepted any more"
		g.Hint = "sign in again (aws sso login) and run once more"
	case apierrors.IsTooManyRequests(err):
		g.Why = err.Error()
		g.Hint = "the API server is busy: run once more later"
	case timedOut(err):
		g.Why = err.Error()
		g.Hint = "run once more, or read less with --namespace"
	default:
		g.Why = err.Error()
		g.Hint = "run once more; if it stays, compare with: kubectl get " + resource
	}
	return g
}

// missing says what is missing of every kind. scope is the namespace that was
// read, "" for all.
func (r *reader) missing(scope string) []cluster.Gap {
	gaps := slices.Clone(r.gaps)
	for _, k := range r.kinds {
		at := scope
		if k.clusterScoped {
			at = ""
		}
		switch {
		case k.absent && len(k.otherVersion) > 0:
			gaps = append(gaps, cluster.Gap{
				Resource: k.name(), Costs: k.costs,
				Why:  "served only as " + strings.Join(k.otherVersion, ", "),
				Hint: "upgrade its controller to one that serves " + k.group + "/" + k.version,
			})
		case k.optional && apierrors.IsNotFound(k.err):
		case k.err != nil:
			gaps = append(gaps, gapOf(k.name(), at, k.costs, k.err))
		case k.narrowed && k.resource == "pods":
			gaps = append(gaps, cluster.Gap{
				Resource: "pods in other namespaces",
				Why:      "forbidden",
				Costs:    "only namespace " + scope + " was read, and nothing is said of the cluster as a whole",
				Hint:     "grant get,list on pods in all namespaces, or name another namespace with -n",
			})
		case k.narrowed && scope == "":
			gaps = append(gaps, cluster.Gap{
				Resource: k.name(),
				Why:      "forbidden outside namespace " + r.opts.Fallback,
				Costs:    k.costs,
				Hint:     "grant get,list on " + k.name() + " in all namespaces",
			})
		}
		if k.bad != nil {
			gaps = append(gaps, cluster.Gap{
				Resource: k.name(), Why: k.bad.Error(), Costs: k.costs,
				Hint: "compare with: kubectl get " + k.name() + " -A -o yaml",
			})
		}
	}
	return gaps
}

// isForbidden is also true for a list that broke off forbidden.
func isForbidden(err error) bool { return err != nil && apierrors.IsForbidden(err) }

// hopeless reports whether an error says that no request to this server can
// succeed: it is not reached, or it accepts neither side's credentials.
func hopeless(err error) bool {
	return apierrors.IsUnauthorized(err) || isCertificate(err) || isCredentials(err) || unreachable(err)
}

func unreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &dns) && !dns.IsTimeout ||
		errors.As(err, &op) && op.Op == "dial"
}

func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout() ||
		apierrors.IsTimeout(err) || apierrors.IsServerTimeout(err)
}

func isCertificate(err error) bool {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &verify) ||
		strings.Contains(err.Error(), "x509: ") || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// isCredentials recognises a failing credential plugin by client-go's words
// (plugin/pkg/client/auth/exec), for which it has no type.
func isCredentials(err error) bool { return strings.Contains(err.Error(), "getting credentials: ") }

// explain is an error for a cluster of which nothing was read, with what to
// do about it.
func explain(err error, doing string, o Options) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return hint.Wrap(err, doing, hintFor(err, o))
}

func hintFor(err error, o Options) string {
	name, region := eksCluster(o.Cluster)
	update := "aws eks update-kubeconfig --name " + or(name, "NAME")
	if region != "" {
		update += " --region " + region
	}
	which := "the context"
	if o.Context != "" {
		which = fmt.Sprintf("context %q", o.Context)
	}
	switch {
	case isCredentials(err) && strings.Contains(err.Error(), "executable ") && strings.Contains(err.Error(), "not found"):
		return "install the program that the kubeconfig signs in with, or run " + update
	case isCredentials(err):
		return "the sign-in has failed or expired: run aws sso login (with the profile that the kubeconfig names), then again"
	case apierrors.IsUnauthorized(err):
		return "the token has expired or is not for this cluster: run aws sso login, or " + update
	case isForbidden(err):
		return "this user may read nothing here: grant get,list on pods, or name a namespace it may read with -n"
	case isCertificate(err):
		return "the certificate is not the one that the kubeconfig expects: run " + update +
			", and check that " + which + " is the right one and that no proxy replaces certificates"
	case timedOut(err):
		return "no answer came: check that " + which + " is the right one and that its endpoint is reachable from here (VPN, private endpoint, allowed addresses)"
	case unreachable(err):
		return "check that " + which + " is the right one (--context names another) and that the cluster still exists: " + update
	}
	return "check that " + which + " leads to a Kubernetes API server: kubectl version"
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
