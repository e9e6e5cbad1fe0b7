package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// clients talk to the API server as the testbed's set-up.
type clients struct {
	typed   kubernetes.Interface
	dynamic dynamic.Interface
}

// clients logs in as the user of the set-up, whose requests are not audited.
func (c *Cluster) clients() (*clients, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfigOf(userSetup))
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.QPS, config.Burst = 300, 600
	config.UserAgent = "testbed"
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &clients{typed, dyn}, nil
}

// create creates an object, typed or not, and returns what the server made of it.
func (c *clients) create(ctx context.Context, obj runtime.Object) (*unstructured.Unstructured, error) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
		if err != nil {
			return nil, err
		}
		u = &unstructured.Unstructured{Object: fields}
		// Empty statuses and times are refused by some kinds, ignored by others.
		if u.GetKind() != "Node" {
			unstructured.RemoveNestedField(u.Object, "status")
		}
	}
	made, err := c.resource(u).Create(ctx, u, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("creating %s %s/%s: %w", u.GetKind(), u.GetNamespace(), u.GetName(), err)
	}
	return made, nil
}

// resource is the interface to objects of the kind and namespace of u.
func (c *clients) resource(u *unstructured.Unstructured) dynamic.ResourceInterface {
	plural := pluralOf(u.GroupVersionKind())
	if ns := u.GetNamespace(); ns != "" {
		return c.dynamic.Resource(plural).Namespace(ns)
	}
	return c.dynamic.Resource(plural)
}

// pluralOf is the resource of a kind, by the rule that all kinds in use follow.
func pluralOf(kind schema.GroupVersionKind) schema.GroupVersionResource {
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	return plural
}

// createAll creates objects in order.
func (c *clients) createAll(ctx context.Context, objects []runtime.Object) error {
	for _, o := range objects {
		made, err := c.create(ctx, o)
		if err != nil {
			return err
		}
		if err := c.writeStatus(ctx, o, made); err != nil {
			return fmt.Errorf("writing the status of %s %s: %w", made.GetKind(), made.GetName(), err)
		}
	}
	return nil
}

var crdKind = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// createCRDs creates custom resource definitions and waits until they are served.
func (c *clients) createCRDs(ctx context.Context, crds []*unstructured.Unstructured) error {
	for _, crd := range crds {
		if _, err := c.create(ctx, crd); err != nil {
			return err
		}
	}
	return await(ctx, "custom resource definitions", 30*time.Second, nil, func(ctx context.Context) error {
		for _, crd := range crds {
			got, err := c.dynamic.Resource(crdKind).Get(ctx, crd.GetName(), metav1.GetOptions{})
			if err != nil {
				return err
			}
			if !established(got) {
				return fmt.Errorf("%s is not established", crd.GetName())
			}
		}
		return nil
	})
}

func established(crd *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
	for _, item := range conditions {
		if m, ok := item.(map[string]any); ok && m["type"] == "Established" && m["status"] == "True" {
			return true
		}
	}
	return false
}

// writeStatus gives an object just made the status that was written for it, where
// its kind keeps the status apart.
func (c *clients) writeStatus(ctx context.Context, obj runtime.Object, made *unstructured.Unstructured) error {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok || u.Object["status"] == nil {
		return nil
	}
	made.Object["status"] = u.Object["status"]
	_, err := c.resource(made).UpdateStatus(ctx, made, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// retryConflict runs change until the object it changes was not changed by
// another meanwhile.
func retryConflict(change func() error) error {
	var err error
	for range 10 {
		if err = change(); !apierrors.IsConflict(err) {
			return err
		}
	}
	return errors.Join(errors.New("changed by others ten times in a row"), err)
}
