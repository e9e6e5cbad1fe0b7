//go:build !race

package prom

const raceDetector = false
