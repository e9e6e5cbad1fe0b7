package prom

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip" // takes half the time of the standard library's to unpack

	"github.com/trimtab/trimtab/internal/hint"
)

// client asks one Prometheus-compatible API. Every request is a GET: through
// the API server's service proxy a POST would be a write.
type client struct {
	http *http.Client
	base *url.URL
	now  func() time.Time
	// pause is the wait before the second try, doubled each time.
	pause time.Duration

	queries atomic.Int64
	wire    atomic.Int64
	// lost weighs the questions in a row that no server answered.
	lost atomic.Int32
}

const (
	// requestTimeout bounds one query; the server's own default is the same.
	requestTimeout = 2 * time.Minute
	// tries is how often a request that may succeed later is sent.
	tries = 4
	// giveUp is when the rest is not asked any more: after three questions in
	// a row that found no server, each tried as often as tries says, or 24 that
	// a gateway answered in its stead (a question that is too large is refused
	// so too, and succeeds in parts). A connection that is gone would be waited
	// for once per question, minutes in all.
	giveUp    = 24
	noServer  = 8
	noBackend = 1
	// longestWait bounds what a Retry-After may ask for.
	longestWait = 30 * time.Second
	// maxErrorBody is how much of an answer that is not JSON is read for the
	// message.
	maxErrorBody = 64 << 10
)

// statusError is an answer that says no.
type statusError struct {
	code          int
	kind, message string // the API's errorType and error, or what the body began with
	retryAfter    time.Duration
}

func (e *statusError) Error() string {
	msg := e.message
	if msg == "" {
		msg = http.StatusText(e.code)
	}
	if e.code == http.StatusOK {
		return "prometheus: " + msg
	}
	return fmt.Sprintf("prometheus answered %d: %s", e.code, msg)
}

// errLost is the answer to a question that is not asked any more.
var errLost = errors.New("the connection is lost")

// gone reports whether the server has been given up.
func (c *client) gone() bool { return c.lost.Load() >= giveUp }

// tooLarge reports whether a smaller question may succeed.
func tooLarge(err error) bool {
	var s *statusError
	if errors.As(err, &s) {
		return s.code == http.StatusUnprocessableEntity || s.code == http.StatusServiceUnavailable ||
			s.code == http.StatusGatewayTimeout || s.code == http.StatusRequestEntityTooLarge ||
			strings.Contains(s.message, "exceeded maximum resolution") || strings.Contains(s.message, "too many samples")
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errTruncated)
}

// later reports whether the same question may succeed a little later. A 4xx
// other than 429 never will.
func later(err error) bool {
	var s *statusError
	if errors.As(err, &s) {
		return s.code == http.StatusTooManyRequests || s.code >= 500 && s.code != http.StatusNotImplemented
	}
	var t *transportError
	return errors.As(err, &t) || errors.Is(err, errTruncated) || errors.Is(err, io.ErrUnexpectedEOF)
}

// explain gives an error of this client the hint that fits it.
func explain(err error, doing string) error {
	var s *statusError
	var host *net.DNSError
	var ca x509.UnknownAuthorityError
	advice := ""
	switch {
	case errors.As(err, &s):
		switch {
		case s.code == http.StatusUnauthorized:
			advice = "the credentials are missing or expired: renew them, or pass --prometheus-bearer-token-file"
		case s.code == http.StatusForbidden:
			advice = "through the API server this needs get on services/proxy in that namespace; or name a reachable address with --prometheus-url"
		case s.code == http.StatusNotFound:
			advice = "nothing answers the Prometheus API at this address: check --prometheus-url and its path (Mimir: /prometheus, VictoriaMetrics cluster: /select/0/prometheus)"
		case s.code == http.StatusTooManyRequests:
			advice = "the server limits requests: try again later or with --prometheus-parallel 1"
		case tooLarge(err):
			advice = "the server refuses this much at once: shorten --window or name one namespace with -n"
		case s.code >= 500:
			advice = "the server or a proxy before it failed: try again, and look at its log"
		}
	case errors.Is(err, errLost):
		advice = "nothing answers any more: run again when the server is back"
	case errors.Is(err, context.DeadlineExceeded):
		advice = "the server did not answer in time: shorten --window, or try again when it is less busy"
	case errors.As(err, &host):
		advice = "the name does not resolve from here: check --prometheus-url"
	case errors.As(err, &ca):
		advice = "the certificate is signed by an unknown authority: pass --prometheus-ca-file"
	case errors.Is(err, errTruncated):
		advice = "a proxy or the server cut the answer short: try again, or shorten --window"
	default:
		advice = "check --prometheus-url"
	}
	return hint.Wrap(err, doing, advice)
}

// get asks once for path and decodes the answer into to, trying again where
// that makes sense. reset, if not nil, is called before every try after the
// first, so that to forgets what a broken answer left in it.
func (c *client) get(ctx context.Context, path string, params url.Values, read func(io.Reader) error, reset func()) error {
	for try := 1; ; try++ {
		if c.gone() {
			return errLost
		}
		err := c.once(ctx, path, params, read)
		weight := absence(err)
		if weight == 0 {
			c.lost.Store(0)
		}
		var refused *statusError
		asked := errors.As(err, &refused) && refused.retryAfter > 0
		// A question that is too large is not asked again as it is, unless the
		// server says when; a gateway's refusal may mean that or nothing, so it
		// is asked once more.
		large := tooLarge(err) && !asked && (try > 1 || weight != noBackend)
		if err == nil || ctx.Err() != nil || try == tries || !later(err) || large {
			if ctx.Err() == nil {
				c.lost.Add(weight)
			}
			return err
		}
		wait := c.pause << (try - 1)
		if asked {
			wait = min(refused.retryAfter, longestWait)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
		if reset != nil {
			reset()
		}
	}
}

// transportError is a question that brought no answer at all.
type transportError struct{ err error }

func (e *transportError) Error() string { return e.err.Error() }
func (e *transportError) Unwrap() error { return e.err }

// absence weighs how much an error speaks for there being no server; 0 where
// one answered, whatever it said.
func absence(err error) int32 {
	var t *transportError
	var s *statusError
	switch {
	case errors.As(err, &t) && !errors.Is(err, context.DeadlineExceeded):
		return noServer
	case errors.As(err, &s) && s.code >= http.StatusBadGateway && s.code <= http.StatusGatewayTimeout:
		return noBackend
	}
	return 0
}

func (c *client) once(ctx context.Context, path string, params url.Values, read func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	u := c.base.JoinPath(path)
	u.RawQuery = params.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	// Asking for gzip by hand keeps the transport from undoing it, so that
	// what is counted is what was on the wire.
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("Accept", "application/json")
	c.queries.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the URL, which is long and may carry a token
		}
		return &transportError{err}
	}
	defer func() { _ = resp.Body.Close() }()
	body := io.Reader(&counter{resp.Body, &c.wire})
	if resp.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return fmt.Errorf("unpacking the answer: %w", errTruncated)
		}
		body = z
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(resp, body)
	}
	if err := read(body); err != nil {
		return err
	}
	// What follows the answer's end (the rest of the gzip frame) is read too:
	// closing before it looks like an abort to a proxy in between.
	_, _ = io.Copy(io.Discard, io.LimitReader(body, maxErrorBody))
	return nil
}

// refusal reads an answer that is not 200.
func refusal(resp *http.Response, body io.Reader) error {
	e := &statusError{code: resp.StatusCode}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.retryAfter = time.Duration(s) * time.Second
	} else if t, err := http.ParseTime(resp.Header.Get("Retry-After")); err == nil {
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			e.retryAfter = max(0, t.Sub(date))
		}
	}
	raw, _ := io.ReadAll(io.LimitReader(body, maxErrorBody))
	if r, _ := decode(strings.NewReader(string(raw)), discard{}); r.Error != "" {
		e.kind, e.message = r.ErrorType, r.Error
		return e
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(raw)), "\n")
	if len(line) > 200 || strings.HasPrefix(line, "<") || strings.HasPrefix(line, "{") {
		line = ""
	}
	e.message = line
	return e
}

type discard struct{}

func (discard) series(map[string]string) {}
func (discard) sample(int64, float64)    {}

type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// query runs an instant query.
func (c *client) query(ctx context.Context, expr string, at time.Time, to answer, reset func()) (reply, error) {
	return c.ask(ctx, "api/v1/query", url.Values{"query": {expr}, "time": {stamp(at)}}, to, reset)
}

// queryRange evaluates expr at start, start+step, … up to end.
func (c *client) queryRange(ctx context.Context, expr string, start, end time.Time, step time.Duration, to answer, reset func()) (reply, error) {
	return c.ask(ctx, "api/v1/query_range", url.Values{
		"query": {expr}, "start": {stamp(start)}, "end": {stamp(end)},
		"step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)},
	}, to, reset)
}

func (c *client) ask(ctx context.Context, path string, params url.Values, to answer, reset func()) (r reply, err error) {
	err = c.get(ctx, path, params, func(body io.Reader) error {
		if r, err = decode(body, to); err != nil {
			return err
		}
		if r.Status != "success" {
			return &statusError{code: http.StatusOK, kind: r.ErrorType, message: r.Error}
		}
		return nil
	}, reset)
	return r, err
}

// seriesOf lists the label sets of the series that match within the window:
// an index look-up that reads no sample.
func (c *client) seriesOf(ctx context.Context, match string, start, end time.Time) ([]map[string]string, error) {
	var list []map[string]string
	err := c.get(ctx, "api/v1/series", url.Values{"match[]": {match}, "start": {stamp(start)}, "end": {stamp(end)}},
		func(body io.Reader) (err error) {
			list, err = decodeSeries(body)
			return err
		}, nil)
	return list, err
}

// decodeSeries reads an answer of /api/v1/series.
func decodeSeries(r io.Reader) ([]map[string]string, error) {
	d := newDecoder(r, discard{})
	var list []map[string]string
	err := d.object(func(key string) error {
		if key != "data" {
			return d.top(key)
		}
		return d.list('[', ']', func() error {
			labels := make(map[string]string, 8)
			list = append(list, labels)
			return d.object(func(name string) error {
				v, err := d.text()
				labels[name] = v
				return err
			})
		})
	})
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = errTruncated
	case err == nil && d.reply.Status != "success":
		err = &statusError{code: http.StatusOK, message: d.reply.Error}
	}
	return list, err
}

func stamp(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
}
