package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// server is a Prometheus that is asked about itself and about its series.
type server struct{ address string }

// cpu is the CPU time that the server has used, in seconds.
func (s server) cpu(ctx context.Context) (float64, error) {
	body, err := s.get(ctx, s.address+"/metrics")
	if err != nil {
		return 0, err
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if v, ok := strings.CutPrefix(lines.Text(), "process_cpu_seconds_total "); ok {
			return strconv.ParseFloat(v, 64)
		}
	}
	return 0, errors.New("the server does not export process_cpu_seconds_total")
}

// query evaluates an expression at an instant, as a POST like KRR's.
func (s server) query(ctx context.Context, expr string, at time.Time, result any) error {
	form := url.Values{"query": {expr}, "time": {strconv.FormatInt(at.Unix(), 10)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/api/v1/query", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.answer(req, &struct {
		Result any `json:"result"`
	}{result})
}

// series are the label sets that match at the end.
func (s server) series(ctx context.Context, match string, end time.Time) ([]map[string]string, error) {
	at := url.Values{
		"match[]": {match}, "start": {strconv.FormatInt(end.Add(-5*time.Minute).Unix(), 10)}, "end": {strconv.FormatInt(end.Unix(), 10)},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+"/api/v1/series?"+at.Encode(), nil)
	if err != nil {
		return nil, err
	}
	var list []map[string]string
	return list, s.answer(req, &list)
}

func (s server) answer(req *http.Request, data any) error {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	envelope := struct {
		Error string
		Data  any
	}{Data: data}
	if err := json.NewDecoder(resp.Body).Decode(&envelope); err != nil {
		return fmt.Errorf("reading the answer (%s): %w", resp.Status, err)
	}
	if envelope.Error != "" {
		return errors.New("prometheus: " + envelope.Error)
	}
	return nil
}

func (s server) get(ctx context.Context, address string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}
