package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Network is a veth pair that gives Prometheus an address which is not a loopback
// one: the API server's service proxy refuses those.
type Network struct {
	// Namespace holds the far end of the pair.
	Namespace string `json:"namespace"`
	Device    string `json:"device"`
	// Address is the near end's, which only this machine reaches.
	Address string `json:"address"`
}

// newNetwork makes a veth pair, the far end in a network namespace of its own.
// It needs root and iproute2 and fails without either.
func newNetwork(id uint64) (*Network, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("making a network namespace needs root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return nil, errors.New("making a network namespace needs the program ip (package iproute2)")
	}
	var last error
	// 198.18.0.0/15 is set aside for test beds; take the first free pair.
	for try := range uint64(50) {
		n := (id + try) % 16384
		net := &Network{
			Namespace: fmt.Sprintf("trimtab-%d", n), Device: fmt.Sprintf("tt%da", n),
			Address: fmt.Sprintf("198.18.%d.%d", n/64, n%64*4+1),
		}
		far := fmt.Sprintf("198.18.%d.%d", n/64, n%64*4+2)
		if last = ip("netns", "add", net.Namespace); last != nil {
			continue
		}
		peer := fmt.Sprintf("tt%db", n)
		steps := [][]string{
			{"link", "add", net.Device, "type", "veth", "peer", "name", peer, "netns", net.Namespace},
			{"addr", "add", net.Address + "/30", "dev", net.Device},
			{"link", "set", net.Device, "up"},
			{"-n", net.Namespace, "addr", "add", far + "/30", "dev", peer},
			{"-n", net.Namespace, "link", "set", peer, "up"},
		}
		for _, args := range steps {
			if last = ip(args...); last != nil {
				_ = net.remove()
				break
			}
		}
		if last == nil {
			return net, nil
		}
	}
	return nil, fmt.Errorf("making a network namespace: %w", last)
}

// remove takes the pair down; the end in the namespace goes with it.
func (n *Network) remove() error {
	return errors.Join(ip("link", "del", n.Device), ip("netns", "del", n.Namespace))
}

func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
