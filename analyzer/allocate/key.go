package allocate

import (
	"slices"
	"strings"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/hint"
	"github.com/trimtab/trimtab/pricing"
)

// NodeKey is the offering that a node's price is looked up as. A node that no
// label gives a capacity type is looked up as on-demand. The error says why a
// node can have no price, with a hint: it is Fargate's, it lacks the label of
// its instance type or its region, or it is in a Local or Wavelength Zone,
// which are dearer than their region.
func NodeKey(n *cluster.Node) (pricing.OfferingKey, error) {
	switch {
	case n.Fargate:
		return pricing.OfferingKey{}, hint.New("it is a Fargate pod's, which is not priced yet", "Fargate bills the pod's size; see its line in the AWS bill")
	case n.InstanceType == "":
		return pricing.OfferingKey{}, hint.New("no label says its instance type", "a node outside of EC2 has no list price; one of EC2 gets the label node.kubernetes.io/instance-type from the AWS cloud provider")
	case n.Region == "":
		return pricing.OfferingKey{}, hint.New("no label says its region", "the AWS cloud provider sets the label topology.kubernetes.io/region")
	}
	capacity := n.CapacityType
	if capacity == "" {
		capacity = cluster.OnDemand
	}
	// Ordinary zones are named by their region and a letter. Spot prices are
	// by zone, so that a source may know those of any zone.
	if capacity != cluster.Spot && strings.HasPrefix(n.Zone, n.Region+"-") {
		return pricing.OfferingKey{}, hint.New("it is in "+n.Zone+", a Local or Wavelength Zone, whose prices are not its region's", "no source knows prices of such zones")
	}
	return pricing.Key(n.Region, n.Zone, n.InstanceType, capacity), nil
}

// Keys are the offerings of a snapshot's nodes, each once, sorted: what a
// price book has to be loaded with.
func Keys(s *cluster.Snapshot) []pricing.OfferingKey {
	keys := make([]pricing.OfferingKey, 0, len(s.Nodes))
	for i := range s.Nodes {
		if k, err := NodeKey(&s.Nodes[i]); err == nil {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, pricing.OfferingKey.Compare)
	return slices.Compact(keys)
}

// unlabelledError is how far the on-demand price may be off for a node that
// might as well be spot: AWS sells spot at up to 90 % less.
const unlabelledError = 0.9

// unlabelled is the on-demand price of a node without a capacity type.
func unlabelled(p pricing.Price) pricing.Price {
	p.Certainty = pricing.Estimate
	p.Error = max(p.Error, unlabelledError)
	basis := "on-demand price, because no label says whether the node is spot"
	if p.Basis != "" {
		basis += "; " + p.Basis
	}
	p.Basis = basis
	return p
}
