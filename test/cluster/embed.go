package cluster

import _ "embed"

// kwokConfig holds what KWOK does with nodes and pods, and the metrics and usage it
// shows of them.
//
//go:embed kwok.yaml
var kwokConfig []byte

// auditPolicy is the API server's audit policy.
//
//go:embed audit.yaml
var auditPolicy []byte
