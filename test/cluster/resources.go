package cluster

import "maps"

// namespaceOf finds a namespace of the scenario by name.
func (s *Scenario) namespaceOf(name string) *Namespace {
	for i := range s.Namespaces {
		if s.Namespaces[i].Name == name {
			return &s.Namespaces[i]
		}
	}
	return nil
}

// effective returns the requests and limits that a container has once the API
// server has filled them in: a limit without a request is also the request, and a
// LimitRange gives its defaults.
func (s *Scenario) effective(w *Workload, c *Container) (requests, limits map[string]Quantity) {
	requests, limits = make(map[string]Quantity), make(map[string]Quantity)
	for k, v := range c.Limits {
		limits[k], requests[k] = v, v
	}
	for k, v := range c.Requests {
		requests[k] = v
	}
	ns := s.namespaceOf(w.Namespace)
	if ns == nil || ns.LimitRange == nil {
		return requests, limits
	}
	defaults, defaultRequests := ns.LimitRange.defaults()
	for k, v := range defaults {
		if _, set := limits[k]; !set {
			limits[k] = v
		}
	}
	for k, v := range defaultRequests {
		if _, set := requests[k]; !set {
			requests[k] = v
		}
	}
	return requests, limits
}

// defaults are the limits and requests that a LimitRange gives to containers without:
// the API server takes the highest allowed for the default limit, the default limit
// for the default request, and the least allowed where there is neither.
func (lr *LimitRange) defaults() (limits, requests map[string]Quantity) {
	limits, requests = make(map[string]Quantity), make(map[string]Quantity)
	maps.Copy(limits, lr.Max)
	maps.Copy(limits, lr.Default)
	maps.Copy(requests, lr.Min)
	maps.Copy(requests, limits)
	maps.Copy(requests, lr.DefaultRequest)
	return limits, requests
}

// qos is the QoS class of a workload's pods, as it stands in cgroup names.
func (s *Scenario) qos(w *Workload) string {
	guaranteed, any := true, false
	for _, list := range [][]Container{w.InitContainers, w.Containers} {
		for i := range list {
			requests, limits := s.effective(w, &list[i])
			for _, name := range []string{"cpu", "memory"} {
				request, limit := requests[name], limits[name]
				any = any || !request.IsZero() || !limit.IsZero()
				if limit.IsZero() || request.Cmp(limit.Quantity) != 0 {
					guaranteed = false
				}
			}
		}
	}
	switch {
	case !any:
		return "besteffort"
	case guaranteed:
		return "guaranteed"
	}
	return "burstable"
}

// stays reports whether an init container runs for the life of the pod.
func stays(c *Container) bool { return c.Sidecar }
