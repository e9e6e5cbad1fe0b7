package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// auditEvent is an event of the API server's audit log.
type auditEvent struct {
	Verb       string
	RequestURI string
	UserAgent  string
	ObjectRef  *struct{ Resource, Subresource, Namespace, Name string }
}

// trespass says why the program must not have sent the request; "" where it may.
func (e *auditEvent) trespass() string {
	resource, subresource := "", ""
	if e.ObjectRef != nil {
		resource, subresource = e.ObjectRef.Resource, e.ObjectRef.Subresource
	}
	switch {
	case resource == "selfsubjectaccessreviews" && e.Verb == "create":
		return ""
	case !slices.Contains([]string{"get", "list", "watch"}, e.Verb):
		return "the verb changes something"
	case slices.Contains([]string{"secrets", "configmaps", "endpoints"}, resource):
		return "it has no business with " + resource
	case subresource == "proxy" && e.Verb != "get":
		return "only GET goes through the service proxy"
	case subresource == "exec" || subresource == "attach" || subresource == "log":
		return "it looks into a pod"
	}
	return ""
}

// programEvents calls visit with each event of the program's user agent that
// stands in an audit log from offset on.
func programEvents(path string, offset int64, visit func(*auditEvent)) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the audit log: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil // a line that is being written is not one yet
		}
		if err != nil {
			return err
		}
		var e auditEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("reading the audit log: %w", err)
		}
		if strings.HasPrefix(e.UserAgent, "trimtab") {
			visit(&e)
		}
	}
}

// trespassesIn lists the program's requests that it must not send, and counts
// all.
func trespassesIn(path string, offset int64) (trespasses []string, seen int, err error) {
	err = programEvents(path, offset, func(e *auditEvent) {
		seen++
		if why := e.trespass(); why != "" {
			trespasses = append(trespasses, fmt.Sprintf("%s %.200s: %s", e.Verb, e.RequestURI, why))
		}
	})
	return trespasses, seen, err
}

// What product.md allows: get, list, watch. TestMain looks at the log again when
// all tests have run.
func TestAudit(t *testing.T) {
	costs(t)
	scraped(t)
	kinds := make(map[string]int)
	err := programEvents(shop.cluster.AuditLog(), shop.audited, func(e *auditEvent) {
		if why := e.trespass(); why != "" {
			t.Errorf("%s %.200s: %s", e.Verb, e.RequestURI, why)
		}
		key := e.Verb
		if e.ObjectRef != nil {
			key += " " + strings.TrimSuffix(e.ObjectRef.Resource+"/"+e.ObjectRef.Subresource, "/")
		}
		kinds[key]++
		if !strings.HasPrefix(e.UserAgent, "trimtab/") {
			t.Errorf("the user agent %q names no version", e.UserAgent)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	// That the log is empty would prove nothing.
	for _, want := range []string{"list pods", "list nodes", "list deployments", "list services"} {
		if kinds[want] == 0 {
			t.Errorf("the log has no %q of the program: is it the right log?", want)
		}
	}
	if shop.cluster.ServiceProxy() && kinds["get services/proxy"] == 0 {
		t.Error("nothing went through the service proxy, though Prometheus is reached by it")
	}
	t.Log(kinds)
}
