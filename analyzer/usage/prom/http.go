package prom

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"github.com/trimtab/trimtab/internal/hint"
)

// Access is how to authenticate against a query API, by the settings that
// Prometheus users know from their own configuration files.
type Access struct {
	// ConfigFile is a Prometheus HTTP client configuration (the YAML that
	// remote_read and scrape_configs take: basic_auth, authorization, oauth2,
	// tls_config, proxy_url); "" for none. The other fields add to it.
	ConfigFile      string
	BearerTokenFile string
	CAFile          string
	// Headers are "Name: value" pairs sent with every request, such as
	// "X-Scope-OrgID: team-a".
	Headers []string
	// UserAgent is sent with every request.
	UserAgent string
}

// Client makes an HTTP client. Certificates are verified unless the
// configuration file says otherwise.
func (a Access) Client() (*http.Client, error) {
	cfg := config.DefaultHTTPClientConfig
	if a.ConfigFile != "" {
		raw, err := os.ReadFile(a.ConfigFile)
		if err != nil {
			return nil, hint.Wrap(err, "reading --prometheus-config", "name a file with Prometheus' HTTP client settings (basic_auth, authorization, oauth2, tls_config)")
		}
		c, err := config.LoadHTTPConfig(string(raw))
		if err != nil {
			return nil, hint.Wrap(err, "reading "+a.ConfigFile, "write it as Prometheus' own configuration does: basic_auth, authorization, oauth2, tls_config")
		}
		cfg = *c
	}
	if a.BearerTokenFile != "" {
		if _, err := os.Stat(a.BearerTokenFile); err != nil {
			return nil, hint.Wrap(err, "reading --prometheus-bearer-token-file", "name a file that holds the token")
		}
		cfg.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: a.BearerTokenFile}
	}
	if a.CAFile != "" {
		cfg.TLSConfig.CAFile = a.CAFile
	}
	if err := cfg.Validate(); err != nil {
		return nil, hint.Wrap(err, "checking the settings for Prometheus", "use one way to authenticate at a time")
	}
	headers, err := parseHeaders(a.Headers)
	if err != nil {
		return nil, err
	}
	client, err := config.NewClientFromConfig(cfg, "trimtab", config.WithUserAgent(a.UserAgent))
	if err != nil {
		return nil, hint.Wrap(err, "setting up the connection to Prometheus", "check --prometheus-config, --prometheus-ca-file and --prometheus-bearer-token-file")
	}
	if len(headers) > 0 {
		client.Transport = WithHeaders(client.Transport, headers)
	}
	return client, nil
}

func parseHeaders(list []string) (map[string]string, error) {
	m := map[string]string{}
	for _, h := range list {
		name, value, ok := strings.Cut(h, ":")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, hint.New(fmt.Sprintf("--prometheus-header %q is not a header", name), "write it as 'Name: value'")
		}
		m[name] = strings.TrimSpace(value)
	}
	return m, nil
}

// WithHeaders is a transport that adds headers to every request.
func WithHeaders(base http.RoundTripper, headers map[string]string) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return headerTransport{base, headers}
}

type headerTransport struct {
	base    http.RoundTripper
	headers map[string]string
}

func (t headerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	for k, v := range t.headers {
		req.Header.Set(k, v)
	}
	return t.base.RoundTrip(req)
}

// ParseDuration reads a span as Prometheus writes it: "14d", "36h", "1w2d".
func ParseDuration(s string) (time.Duration, error) {
	d, err := model.ParseDuration(s)
	return time.Duration(d), err
}
