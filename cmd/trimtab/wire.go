package main

import (
	"context"
	"net/http"
	"time"

	"k8s.io/client-go/rest"

	"github.com/trimtab/trimtab/analyzer/kube"
	"github.com/trimtab/trimtab/analyzer/usage"
	"github.com/trimtab/trimtab/analyzer/usage/metrics"
	"github.com/trimtab/trimtab/analyzer/usage/prom"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
	"github.com/trimtab/trimtab/pricing/catalog"
	"github.com/trimtab/trimtab/recommend"
	"github.com/trimtab/trimtab/recommend/rightsize"
)

// This file is where everything that can be plugged in is plugged in: a usage
// source, a price source or a strategy is added to one of these lists.

// strategies are the right-sizing strategies, the default first.
func strategies() []recommend.Strategy {
	all := []recommend.Strategy{rightsize.Balanced{}}
	for _, s := range published() {
		all = append(all, s)
	}
	return all
}

// published are other tools' strategies, as they publish them.
func published() []recommend.Fitter {
	return []recommend.Fitter{
		rightsize.KRRSimple{},
		rightsize.KRRSimpleLimit{},
		rightsize.VPATarget{},
		rightsize.GoldilocksGuaranteed{},
		rightsize.GoldilocksBurstable{},
		rightsize.KubecostMax{},
		rightsize.KruizeCost{},
		rightsize.KruizePerformance{},
		rightsize.Crane{},
		rightsize.Cast{},
		rightsize.EKSRO{},
	}
}

// fitters are what a back-test scores.
func fitters() []recommend.Fitter {
	all := append(published(), rightsize.Balanced{})
	for _, t := range rightsize.Targets() {
		all = append(all, rightsize.Ours{Target: t})
	}
	return all
}

// priceSources are the sources of prices; their order is their precedence.
func priceSources(c *catalog.Source) []pricing.Source { return []pricing.Source{c} }

// usageSources are the sources of usage that can be reached; their order is
// their precedence. What cannot be had is a warning.
func usageSources(ctx context.Context, conn connection, f *scanFlags, now func() time.Time) ([]usage.Source, []error) {
	var sources []usage.Source
	var warnings []error
	if !f.noPrometheus {
		p, err := prometheusSource(ctx, conn, f, now)
		if err != nil {
			warnings = append(warnings, err)
		} else {
			sources = append(sources, p)
		}
	}
	if !f.noMetrics {
		sources = append(sources, metrics.New(conn.rest, metrics.Options{UserAgent: conn.opts.UserAgent, Namespace: conn.opts.Namespace}))
	}
	return sources, warnings
}

// connection is a cluster that can be asked.
type connection struct {
	rest *rest.Config
	opts kube.Options
}

func prometheusSource(ctx context.Context, conn connection, f *scanFlags, now func() time.Time) (usage.Source, error) {
	cfg := prom.Config{URL: f.prometheus, Parallel: f.parallel, Now: now}
	access := f.access
	access.UserAgent = conn.opts.UserAgent
	if cfg.URL != "" {
		client, err := access.Client()
		if err != nil {
			return nil, err
		}
		cfg.HTTP = client
		return prom.New(cfg)
	}
	const remedy = "name one with --prometheus-url; without it nothing is known of usage over time, and nothing can be recommended"
	services, err := kube.Services(ctx, conn.rest, conn.opts)
	if err != nil {
		return nil, hint.Wrap(err, "looking for Prometheus among the cluster's services", remedy)
	}
	found, ok := prom.Discover(promServices(services))
	if !ok {
		return nil, hint.New("no Prometheus was found among the cluster's services", remedy)
	}
	client, address, err := kube.ServiceProxy(conn.rest, conn.opts.UserAgent, found.Service.Namespace, found.Service.Name, found.Port.Number)
	if err != nil {
		return nil, err
	}
	headers := found.Header
	if len(headers) > 0 {
		client = &http.Client{Transport: prom.WithHeaders(client.Transport, headers)}
	}
	cfg.HTTP, cfg.Name, cfg.URL = client, found.Name(), address
	if found.Path != "" {
		cfg.URL += "/" + found.Path
	}
	return prom.New(cfg)
}

func promServices(services []kube.Service) []prom.Service {
	out := make([]prom.Service, 0, len(services))
	for _, s := range services {
		p := prom.Service{Namespace: s.Namespace, Name: s.Name, Labels: s.Labels}
		for _, port := range s.Ports {
			p.Ports = append(p.Ports, prom.Port{Name: port.Name, Number: port.Number})
		}
		out = append(out, p)
	}
	return out
}
