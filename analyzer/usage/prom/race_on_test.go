//go:build race

package prom

// raceDetector makes pools forget at random: what is pooled is allocated again.
const raceDetector = true
