package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"time"
)

// memory measures the survey of more pods than a history is quickly written
// for: a server in this process makes the answers up.
func memory(ctx context.Context, o options, out io.Writer) error {
	dir, err := os.MkdirTemp("", "trimtab-perf")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := buildClient(ctx, dir)
	if err != nil {
		return err
	}
	o.end = time.Now().UTC().Truncate(time.Hour)
	srv := httptest.NewServer(imagined{o.pods})
	defer srv.Close()
	results, err := c.run(ctx, srv.URL, srv.URL, o)
	if err != nil {
		return err
	}
	r := results[0]
	fmt.Fprintf(out, "%d pods, %d containers of workloads: %d queries, %.1f MB on the wire, %d samples, wall %.1f s, peak %.0f MB resident, held %.0f MB\n",
		r.Pods, r.Containers, r.Queries, float64(r.WireBytes)/mega, r.Samples, r.Seconds, float64(r.PeakBytes)/mega, float64(r.HeldBytes)/mega)
	return nil
}

// imagined answers the survey's queries for a number of pods: three replicas
// of workloads with one container or two, 25 workloads a namespace.
type imagined struct{ pods int }

const (
	imaginedReplicas  = 3
	imaginedPerTeam   = 25
	imaginedOwnerHash = "6d5f7c9b8"
)

// container is one of the made-up containers.
type container struct {
	number                    int
	namespace, set, pod, name string
}

// each calls do for every container of the namespaces that a query is about.
func (m imagined) each(query string, do func(container)) {
	number := 0
	for i := range m.pods {
		workload := i / imaginedReplicas
		namespace := fmt.Sprintf("team-%04d", workload/imaginedPerTeam)
		if strings.Contains(query, "namespace=") && !strings.Contains(query, namespace) {
			continue
		}
		set := fmt.Sprintf("app-%05d-%s", workload, imaginedOwnerHash)
		c := container{number, namespace, set, set + "-" + suffix(i), "app"}
		do(c)
		if workload%2 == 0 {
			c.number, c.name = c.number+1, "proxy"
			do(c)
		}
		number += 2
	}
}

// suffix is the last part of a pod's name.
func suffix(i int) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	var b [5]byte
	h := uint64(i+1) * 0x9e3779b97f4a7c15
	for j := range b {
		b[j] = letters[h%uint64(len(letters))]
		h /= uint64(len(letters))
	}
	return string(b[:])
}

func (m imagined) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is one
	}
	defer func() { _ = z.Close() }()
	q := r.URL.Query()
	switch query := q.Get("query"); {
	case strings.HasSuffix(r.URL.Path, "/series"):
		m.series(z, q.Get("match[]"))
	case strings.HasSuffix(r.URL.Path, "/query_range") && strings.Contains(query, "container_"):
		m.matrix(z, query, q.Get("start"), q.Get("end"), q.Get("step"))
	case strings.HasPrefix(query, "quantile("):
		fmt.Fprint(z, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"20"]}]}}`)
	case strings.HasPrefix(query, "count by (namespace)"):
		count := map[string]int{}
		m.each("", func(c container) { count[c.namespace]++ })
		fmt.Fprint(z, `{"status":"success","data":{"resultType":"vector","result":[`)
		sep := ""
		for name, n := range count {
			fmt.Fprintf(z, `%s{"metric":{"namespace":%q},"value":[1,"%d"]}`, sep, name, n)
			sep = ","
		}
		fmt.Fprint(z, `]}}`)
	default:
		fmt.Fprint(z, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
	}
}

// series lists what the survey and the snapshot need: containers and owners.
func (m imagined) series(w io.Writer, match string) {
	fmt.Fprint(w, `{"status":"success","data":[`)
	sep := ""
	m.each("", func(c container) {
		if c.name != "app" && !strings.HasPrefix(match, "container_") {
			return
		}
		fmt.Fprint(w, sep)
		sep = ","
		switch {
		case strings.HasPrefix(match, "kube_pod_owner"):
			fmt.Fprintf(w, `{"namespace":%q,"pod":%q,"owner_kind":"ReplicaSet","owner_name":%q}`, c.namespace, c.pod, c.set)
		case strings.HasPrefix(match, "kube_replicaset_owner"):
			fmt.Fprintf(w, `{"namespace":%q,"replicaset":%q,"owner_kind":"Deployment","owner_name":%q}`, c.namespace, c.set, strings.TrimSuffix(c.set, "-"+imaginedOwnerHash))
		case strings.HasPrefix(match, "container_"):
			fmt.Fprintf(w, `{"namespace":%q,"pod":%q,"container":%q}`, c.namespace, c.pod, c.name)
		default:
			fmt.Fprint(w, `{}`)
		}
	})
	fmt.Fprint(w, `]}`)
}

// matrix streams made-up usage: a level of its own for each container, a
// daily cycle and noise. CPU is in millionths of a core, as it is asked for.
func (m imagined) matrix(w io.Writer, query, start, end, step string) {
	number := func(s string) int64 {
		v, _ := strconv.ParseFloat(s, 64)
		return int64(v)
	}
	from, to, by := number(start), number(end), number(step)
	cpu := strings.Contains(query, "cpu")
	noise := uint64(from)
	var b []byte
	fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[`)
	sep := ""
	m.each(query, func(c container) {
		b = fmt.Appendf(b[:0], `%s{"metric":{"container":%q,"namespace":%q,"pod":%q},"values":[`, sep, c.name, c.namespace, c.pod)
		sep = ","
		level := 10_000 * math.Pow(40, float64(c.number%101)/101)
		if !cpu {
			level = 48e6 * math.Pow(30, float64(c.number%103)/103)
		}
		for t := from; t <= to; t += by {
			noise = noise*6364136223846793005 + 1442695040888963407
			v := level * (1 + 0.3*math.Sin(float64(t%86400)/86400*2*math.Pi) + 0.2*float64(noise>>40)/(1<<24))
			if t > from {
				b = append(b, ',')
			}
			b = append(b, '[')
			b = strconv.AppendInt(b, t, 10)
			b = append(b, `,"`...)
			b = strconv.AppendInt(b, int64(v), 10)
			b = append(b, `"]`...)
		}
		b = append(b, `]}`...)
		_, _ = w.Write(b) // a client that has gone is noticed by its own side
	})
	fmt.Fprint(w, `]}}`)
}
