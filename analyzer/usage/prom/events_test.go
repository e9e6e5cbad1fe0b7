package prom

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trimtab/trimtab/analyzer/usage"
)

// TestEventsCountOnlyWhatTheWindowSaw: restarts that were there when counting
// began are old ones, whether it began with the window or within it.
func TestEventsCountOnlyWhatTheWindowSaw(t *testing.T) {
	w := usage.Window{Start: day0, End: day0.Add(48 * time.Hour)}
	for _, tc := range []struct {
		name             string
		counting         int // hour of the first count of anything
		restarts         map[int]int
		oom              []int // hours with the reason OOMKilled
		kills, restarted int
	}{
		{"a kill within the window", 1, map[int]int{20: 1, 21: 1, 22: 1}, []int{20, 21, 22}, 1, 1},
		{"old restarts at the window's start", 1, map[int]int{1: 7, 2: 7, 3: 8}, []int{1, 2, 3}, 1, 1},
		{"old restarts where counting begins later", 10, map[int]int{10: 7, 11: 7, 12: 7}, []int{10, 11, 12}, 0, 0},
		{"a restart for another reason", 1, map[int]int{20: 2}, nil, 0, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			points := func(labels string, at map[int]int) string {
				if len(at) == 0 {
					return ""
				}
				var list []string
				for h := range 49 {
					if v, ok := at[h]; ok {
						list = append(list, fmt.Sprintf(`[%d,"%d"]`, day0.Add(time.Duration(h)*time.Hour).Unix(), v))
					}
				}
				return `{"metric":{` + labels + `},"values":[` + strings.Join(list, ",") + `]}`
			}
			srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				q, series := r.URL.Query().Get("query"), ""
				labels := `"namespace":"shop","pod":"web-1","container":"app"`
				switch {
				case strings.HasPrefix(q, "count("):
					all := map[int]int{}
					for h := tc.counting; h <= 48; h++ {
						all[h] = 1
					}
					series = points("", all)
				case strings.Contains(q, "last_terminated_reason"):
					at := map[int]int{}
					for _, h := range tc.oom {
						at[h] = 1
					}
					series = points(labels, at)
				default:
					series = points(labels, tc.restarts)
				}
				_, _ = rw.Write([]byte(`{"status":"success","data":{"resultType":"matrix","result":[` + series + `]}}`))
			}))
			defer srv.Close()
			u, err := url.Parse(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			c := &client{http: srv.Client(), base: u, now: time.Now}
			s := snapshot()
			own, _ := c.loadOwners(t.Context(), s, w)
			got, err := c.events(t.Context(), s, w, own)
			if err != nil {
				t.Fatal(err)
			}
			if e := got[web]; e.OOMKills != tc.kills || e.Restarts != tc.restarted {
				t.Errorf("%d kills and %d restarts, want %d and %d", e.OOMKills, e.Restarts, tc.kills, tc.restarted)
			}
		})
	}
}
