package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

// store changes objects where the API server keeps them, past what it would
// allow: it alone decides when an object was created.
type store struct{ address string }

// record is one key of etcd. Its JSON gateway writes bytes in base64, as
// encoding/json does, and numbers as text.
type record struct {
	Key         []byte `json:"key"`
	Value       []byte `json:"value"`
	ModRevision int64  `json:"mod_revision,string"`
}

// pageSize keeps answers well below the size that the gateway takes.
const pageSize = 100

// each calls change with every object under prefix, and writes back those for
// which it returns true. An object that another has changed meanwhile is read
// again.
func (s store) each(ctx context.Context, prefix string, change func(runtime.Object) bool) error {
	from, end := []byte(prefix), []byte(prefix)
	end[len(end)-1]++
	for {
		var page struct {
			Kvs  []record `json:"kvs"`
			More bool     `json:"more"`
		}
		if err := s.call(ctx, "range", map[string]any{"key": from, "range_end": end, "limit": pageSize}, &page); err != nil {
			return err
		}
		for _, r := range page.Kvs {
			if err := s.change(ctx, r, change); err != nil {
				return fmt.Errorf("changing %s: %w", r.Key, err)
			}
			from = append(bytes.Clone(r.Key), 0)
		}
		if !page.More {
			return nil
		}
	}
}

var errRaced = errors.New("changed by others ten times in a row")

func (s store) change(ctx context.Context, r record, change func(runtime.Object) bool) error {
	for range 10 {
		value, err := recode(r.Value, change)
		if err != nil || value == nil {
			return err
		}
		var answer struct {
			Succeeded bool `json:"succeeded"`
		}
		if err := s.call(ctx, "txn", map[string]any{
			"compare": []any{map[string]any{"key": r.Key, "target": "MOD", "result": "EQUAL", "mod_revision": fmt.Sprint(r.ModRevision)}},
			"success": []any{map[string]any{"request_put": map[string]any{"key": r.Key, "value": value}}},
		}, &answer); err != nil || answer.Succeeded {
			return err
		}
		var page struct {
			Kvs []record `json:"kvs"`
		}
		if err := s.call(ctx, "range", map[string]any{"key": r.Key}, &page); err != nil {
			return err
		}
		if len(page.Kvs) == 0 {
			return nil // deleted meanwhile
		}
		r = page.Kvs[0]
	}
	return errRaced
}

// recode decodes a stored object, changes it and encodes it again; nil means
// that there was nothing to change.
func recode(value []byte, change func(runtime.Object) bool) ([]byte, error) {
	// Objects of custom kinds are stored as JSON.
	if bytes.HasPrefix(value, []byte("{")) {
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(value); err != nil {
			return nil, err
		}
		if !change(u) {
			return nil, nil
		}
		return u.MarshalJSON()
	}
	obj, _, err := scheme.Codecs.UniversalDeserializer().Decode(value, nil, nil)
	if err != nil {
		return nil, err
	}
	if !change(obj) {
		return nil, nil
	}
	var out bytes.Buffer
	if err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(obj, &out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (s store) call(ctx context.Context, method string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/v3/kv/"+method, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking etcd: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking etcd: %s", resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("asking etcd: %w", err)
	}
	return nil
}
