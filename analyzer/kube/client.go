package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"
)

// What a request asks to be answered in. Custom resources have no protobuf.
const (
	acceptProtobuf = "application/vnd.kubernetes.protobuf,application/json"
	acceptMetadata = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1," +
		"application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	acceptJSON = "application/json"
)

// client sends the reader's requests. It has one method per kind of request
// so that what is sent can be read in one place: all are GET.
type client struct {
	rest rest.Interface
	opts Options
}

func newClient(cfg *rest.Config, opts Options) (*client, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, autoscalingv2.AddToScheme, metav1.AddMetaToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("registering types: %w", err)
		}
	}
	cfg = rest.CopyConfig(cfg)
	cfg.UserAgent = opts.UserAgent
	cfg.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	cfg.AcceptContentTypes = acceptProtobuf
	cfg.ContentType = runtime.ContentTypeProtobuf
	// The server's own priority and fairness decides, and at most a handful
	// of requests are under way; its 429 and Retry-After are obeyed.
	cfg.QPS, cfg.RateLimiter = -1, nil
	cfg.WarningHandler, cfg.WarningHandlerWithContext = rest.NoWarnings{}, nil
	c, err := rest.UnversionedRESTClientFor(cfg)
	if err != nil {
		return nil, err
	}
	return &client{rest: c, opts: opts}, nil
}

// get asks for one path once and hands the answer to use.
func (c *client) get(ctx context.Context, path, accept string, params map[string]string, use func(rest.Result) error) error {
	timeout := c.opts.PageTimeout
	if path == "/version" || path == "/apis" {
		// Long enough for a program that signs in, short enough to learn soon
		// that nobody answers.
		timeout = min(timeout, 20*time.Second)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req := c.rest.Get().AbsPath(path).SetHeader("Accept", accept)
	for name, value := range params {
		req.Param(name, value)
	}
	res := req.Do(ctx)
	if err := res.Error(); err != nil {
		return err
	}
	if err := use(res); err != nil {
		return &undecodable{err}
	}
	return nil
}

// undecodable is an answer that arrived and is not what was asked for.
type undecodable struct{ err error }

func (e *undecodable) Error() string { return "decoding the answer: " + e.err.Error() }
func (e *undecodable) Unwrap() error { return e.err }

// version is the control plane's, as in "v1.35.4-eks-1234".
func (c *client) version(ctx context.Context) (string, error) {
	var info version.Info
	err := c.retry(ctx, func() error {
		return c.get(ctx, "/version", acceptJSON, nil, func(r rest.Result) error { return unmarshal(r, &info) })
	})
	return info.GitVersion, err
}

// groups are the API groups served, each with its versions; nil where unknown.
type groups map[string][]string

func (g groups) has(group, version string) bool { return slices.Contains(g[group], version) }

// groups asks for the groups only: which resources a version has is told by
// the list that is made anyway.
func (c *client) groups(ctx context.Context) (groups, error) {
	var list metav1.APIGroupList
	err := c.retry(ctx, func() error {
		return c.get(ctx, "/apis", acceptJSON, nil, func(r rest.Result) error { return unmarshal(r, &list) })
	})
	if err != nil {
		return nil, err
	}
	g := make(groups, len(list.Groups))
	for _, group := range list.Groups {
		for _, v := range group.Versions {
			g[group.Name] = append(g[group.Name], v.Version)
		}
	}
	return g, nil
}

// serves reports whether a group has a kind among its resources; true where
// that cannot be told.
func (c *client) serves(ctx context.Context, k *kind) bool {
	var list metav1.APIResourceList
	err := c.get(ctx, "/apis/"+k.group+"/"+k.version, acceptJSON, nil, func(r rest.Result) error { return unmarshal(r, &list) })
	return err != nil || slices.ContainsFunc(list.APIResources, func(a metav1.APIResource) bool { return a.Name == k.resource })
}

// unmarshal reads a JSON answer. An answer that is another thing altogether
// (a proxy's login page) says so in its content.
func unmarshal(r rest.Result, into any) error {
	var status int
	body, err := r.StatusCode(&status).Raw()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("not the JSON of a Kubernetes API (%s): %w", http.StatusText(status), err)
	}
	return nil
}
