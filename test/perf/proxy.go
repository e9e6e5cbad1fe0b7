package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// proxy passes requests on to a server: after a delay, and remembering them.
type proxy struct {
	*httptest.Server

	mu   sync.Mutex
	seen []string // path and query, in order of arrival
}

func newProxy(to string, delay time.Duration) (*proxy, error) {
	u, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	p := &proxy{}
	pass := httputil.NewSingleHostReverseProxy(u)
	pass.Transport = transport()
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.URL.RequestURI())
		p.mu.Unlock()
		time.Sleep(delay)
		pass.ServeHTTP(w, r)
	}))
	return p, nil
}

// transport keeps as many connections open as any client here uses, and
// leaves what is compressed compressed.
func transport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}
}

// split tells apart what was asked one after the other, to know what to ask,
// from what was then asked in parallel.
func split(requests []string) (first, rest []string) {
	for i, r := range requests {
		if strings.Contains(r, "/query_range") {
			return requests[:i], requests[i:]
		}
	}
	return requests, nil
}
