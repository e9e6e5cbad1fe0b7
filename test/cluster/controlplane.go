package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// The names under which the testbed's parts log in.
const (
	userAdmin      = "testbed:admin"
	userSetup      = "testbed:setup"
	userManager    = "system:kube-controller-manager"
	userScheduler  = "system:kube-scheduler"
	userKWOK       = "testbed:kwok"
	userMetrics    = "testbed:metrics-server"
	apiServerLimit = 90 * time.Second
)

// plane holds what the start of the control plane passes on.
type plane struct {
	*Cluster
	builder *Builder
	certs   string
	tokens  map[string]string
	ports   struct{ etcd, etcdPeer, api, kwok, metrics int }
}

// startControlPlane starts everything but Prometheus, makes the scenario's
// objects and returns the plan that its pods lead to.
func (c *Cluster) startControlPlane(ctx context.Context, b *Builder, o Options) (*Plan, error) {
	p := &plane{Cluster: c, builder: b, certs: filepath.Join(c.state.Dir, "certs"), tokens: make(map[string]string)}
	ports, err := freePorts(5)
	if err != nil {
		return nil, err
	}
	p.ports.etcd, p.ports.etcdPeer, p.ports.api, p.ports.kwok, p.ports.metrics = ports[0], ports[1], ports[2], ports[3], ports[4]
	if err := writeCertificates(p.certs); err != nil {
		return nil, fmt.Errorf("writing certificates: %w", err)
	}
	begin := time.Now()
	for _, step := range []func(context.Context, Options) error{
		p.startEtcd, p.startAPIServer, p.writeKubeconfigs, p.startManagers, p.startKWOK,
	} {
		if err := step(ctx, o); err != nil {
			return nil, err
		}
	}
	c.logf("control plane ready after %s", time.Since(begin).Round(100*time.Millisecond))
	return p.populate(ctx)
}

func (p *plane) program(name Program, args ...string) (*Process, error) {
	path, err := p.builder.Path(name)
	if err != nil {
		return nil, err
	}
	return p.run(string(name), path, args...)
}

func (p *plane) startEtcd(ctx context.Context, _ Options) error {
	client := fmt.Sprintf("http://127.0.0.1:%d", p.ports.etcd)
	peer := fmt.Sprintf("http://127.0.0.1:%d", p.ports.etcdPeer)
	proc, err := p.program(Etcd,
		"--data-dir", filepath.Join(p.state.Dir, "etcd"), "--name=testbed",
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=testbed="+peer,
		"--unsafe-no-fsync", "--log-level=warn")
	if err != nil {
		return err
	}
	p.state.Etcd = client
	return await(ctx, "etcd", 30*time.Second, proc, func(ctx context.Context) error {
		return get(ctx, http.DefaultClient, client+"/health")
	})
}

func (p *plane) startAPIServer(ctx context.Context, o Options) error {
	var lines strings.Builder
	for _, user := range []string{userAdmin, userSetup, userManager, userScheduler, userKWOK, userMetrics} {
		raw := make([]byte, 20)
		if _, err := rand.Read(raw); err != nil {
			return err
		}
		p.tokens[user] = hex.EncodeToString(raw)
		fmt.Fprintf(&lines, "%s,%s,%s,system:masters\n", p.tokens[user], user, user)
	}
	tokens := filepath.Join(p.certs, "tokens.csv")
	if err := os.WriteFile(tokens, []byte(lines.String()), 0o600); err != nil {
		return err
	}
	cert := func(name string) string { return filepath.Join(p.certs, name) }
	args := []string{
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", p.ports.etcd),
		fmt.Sprintf("--secure-port=%d", p.ports.api), "--bind-address=127.0.0.1", "--endpoint-reconciler-type=none",
		"--tls-cert-file=" + cert("apiserver.crt"), "--tls-private-key-file=" + cert("apiserver.key"),
		"--service-account-key-file=" + cert("accounts.key"), "--service-account-signing-key-file=" + cert("accounts.key"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.96.0.0/16",
		"--token-auth-file=" + tokens, "--authorization-mode=RBAC", "--allow-privileged=true",
		"--client-ca-file=" + cert("ca.crt"),
		"--requestheader-client-ca-file=" + cert("front-proxy-ca.crt"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + cert("front-proxy-client.crt"), "--proxy-client-key-file=" + cert("front-proxy-client.key"),
		"--kubelet-preferred-address-types=ExternalDNS,InternalIP",
	}
	if o.Audit {
		policy := filepath.Join(p.state.Dir, "audit-policy.yaml")
		if err := os.WriteFile(policy, auditPolicy, 0o644); err != nil {
			return err
		}
		p.state.AuditLog = filepath.Join(p.state.Dir, "audit.log")
		args = append(args, "--audit-policy-file="+policy, "--audit-log-path="+p.state.AuditLog, "--audit-log-mode=blocking")
	}
	proc, err := p.program(APIServer, args...)
	if err != nil {
		return err
	}
	p.state.APIServer = fmt.Sprintf("https://127.0.0.1:%d", p.ports.api)
	client, err := p.httpClient(userSetup)
	if err != nil {
		return err
	}
	return await(ctx, "the API server", apiServerLimit, proc, func(ctx context.Context) error {
		return get(ctx, client, p.state.APIServer+"/readyz")
	})
}

// writeKubeconfigs writes one kubeconfig for each part, and the user's.
func (p *plane) writeKubeconfigs(context.Context, Options) error {
	for user := range p.tokens {
		if err := p.writeKubeconfig(p.kubeconfigOf(user), user, p.tokens[user]); err != nil {
			return err
		}
	}
	p.state.Kubeconfig = p.kubeconfigOf(userAdmin)
	var err error
	p.state.Kubectl, err = p.builder.Path(Kubectl)
	return err
}

func (c *Cluster) kubeconfigOf(user string) string {
	name := strings.ReplaceAll(user, ":", "-") + ".kubeconfig"
	if user == userAdmin {
		return filepath.Join(c.state.Dir, "kubeconfig")
	}
	return filepath.Join(c.state.Dir, "certs", name)
}

// writeKubeconfig writes a kubeconfig that logs in with a token.
func (c *Cluster) writeKubeconfig(path, user, token string) error {
	ca, err := os.ReadFile(filepath.Join(c.state.Dir, "certs", "ca.crt"))
	if err != nil {
		return fmt.Errorf("writing a kubeconfig: %w", err)
	}
	name := "testbed-" + c.state.Scenario
	cfg := clientcmdapi.NewConfig()
	cfg.Clusters[name] = &clientcmdapi.Cluster{Server: c.state.APIServer, CertificateAuthorityData: ca}
	cfg.AuthInfos[user] = &clientcmdapi.AuthInfo{Token: token}
	cfg.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: user}
	cfg.CurrentContext = name
	if err := clientcmd.WriteToFile(*cfg, path); err != nil {
		return fmt.Errorf("writing a kubeconfig: %w", err)
	}
	return nil
}

// startManagers starts the controller manager and the scheduler. The
// autoscaling controller is left out: it would move the workloads away from what
// the history says of them.
func (p *plane) startManagers(context.Context, Options) error {
	_, err := p.program(ControllerManager,
		"--kubeconfig="+p.kubeconfigOf(userManager), "--leader-elect=false", "--secure-port=0",
		"--service-account-private-key-file="+filepath.Join(p.certs, "accounts.key"),
		"--root-ca-file="+filepath.Join(p.certs, "ca.crt"),
		"--node-monitor-grace-period=10m", "--kube-api-qps=200", "--kube-api-burst=400",
		"--controllers=*,-horizontal-pod-autoscaler-controller")
	if err != nil {
		return err
	}
	_, err = p.program(Scheduler,
		"--kubeconfig="+p.kubeconfigOf(userScheduler), "--leader-elect=false", "--secure-port=0",
		"--kube-api-qps=200", "--kube-api-burst=400")
	return err
}

func (p *plane) startKWOK(ctx context.Context, _ Options) error {
	config := filepath.Join(p.state.Dir, "kwok.yaml")
	if err := os.WriteFile(config, append(slices.Clone(kwokConfig), p.forwarding()...), 0o644); err != nil {
		return err
	}
	proc, err := p.program(KWOK,
		"--kubeconfig="+p.kubeconfigOf(userKWOK), "--config="+config, "--manage-all-nodes", "--node-ip=127.0.0.1",
		fmt.Sprintf("--node-port=%d", p.ports.kwok), fmt.Sprintf("--server-address=127.0.0.1:%d", p.ports.kwok),
		"--tls-cert-file="+filepath.Join(p.certs, "kwok.crt"), "--tls-private-key-file="+filepath.Join(p.certs, "kwok.key"),
		"--node-lease-duration-seconds=240", "--cidr=10.0.0.0/17")
	if err != nil {
		return err
	}
	client, err := p.httpClient(userSetup)
	if err != nil {
		return err
	}
	return await(ctx, "kwok", 30*time.Second, proc, func(ctx context.Context) error {
		return get(ctx, client, fmt.Sprintf("https://127.0.0.1:%d/healthz", p.ports.kwok))
	})
}

func (p *plane) startMetricsServer(ctx context.Context) error {
	kubeconfig := p.kubeconfigOf(userMetrics)
	proc, err := p.program(MetricsServer,
		"--kubeconfig="+kubeconfig, "--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
		"--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", p.ports.metrics),
		"--tls-cert-file="+filepath.Join(p.certs, "metrics-server.crt"),
		"--tls-private-key-file="+filepath.Join(p.certs, "metrics-server.key"),
		"--kubelet-insecure-tls", "--kubelet-use-node-status-port", "--kubelet-preferred-address-types=ExternalDNS",
		"--metric-resolution=15s")
	if err != nil {
		return err
	}
	client, err := p.httpClient(userSetup)
	if err != nil {
		return err
	}
	return await(ctx, "metrics-server", 30*time.Second, proc, func(ctx context.Context) error {
		return get(ctx, client, fmt.Sprintf("https://127.0.0.1:%d/livez", p.ports.metrics))
	})
}
