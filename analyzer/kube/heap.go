package kube

import (
	"math"
	"path"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/trimtab/trimtab/analyzer/cluster"
	"github.com/trimtab/trimtab/internal/unit"
)

// heap is what an option says of a heap: its bound as an amount or as a share
// of the memory limit; neither where the option bounds nothing.
type heap struct {
	max     unit.Bytes
	percent float64
}

func (h heap) bounded() bool { return h.max > 0 || h.percent > 0 }

// The JVM itself reads two variables: one overrides the command line, the
// other is overridden by it. All others reach it through the command line.
const (
	javaWins  = "_JAVA_OPTIONS"
	javaLoses = "JAVA_TOOL_OPTIONS"
)

// heapOf finds what a container's template shows of a managed heap, the
// surest sign first: an option that bounds the heap, then one that names the
// runtime, the program that is run, the image. Of what it reads it keeps the
// amount and the place only.
func heapOf(c *corev1.Container) cluster.HeapSign {
	best := cluster.HeapSign{}
	rank := 0
	offer := func(r int, runtime, sign string, h heap) {
		if h.bounded() {
			r += 10
		}
		if r > rank {
			rank, best = r, cluster.HeapSign{Runtime: runtime, Max: h.max, Percent: h.percent, Sign: sign}
		}
	}
	for i := range c.Env {
		e := &c.Env[i]
		if runtime, r, h, ok := envSign(e); ok {
			offer(r, runtime, e.Name, h)
		}
	}
	argv := append(append(make([]string, 0, len(c.Command)+len(c.Args)), c.Command...), c.Args...)
	line := strings.Join(argv, " ")
	if h, ok := jvmOptions(line); ok {
		offer(7, "jvm", "command line", h)
	}
	if h, ok := nodeOptions(line); ok {
		offer(7, "node", "command line", h)
	}
	if runtime, program := programOf(argv); runtime != "" {
		offer(2, runtime, "command "+program, heap{})
	}
	if runtime, name := imageSign(c.Image); runtime != "" {
		offer(1, runtime, "image "+name, heap{})
	}
	return best
}

// envSign reads one variable. rank orders it among the signs of the container.
func envSign(e *corev1.EnvVar) (runtime string, rank int, h heap, ok bool) {
	switch e.Name {
	case "GOMEMLIMIT":
		if f := e.ValueFrom; f != nil && f.ResourceFieldRef != nil && f.ResourceFieldRef.Resource == "limits.memory" {
			h.percent = 100
		} else if e.Value == "off" {
			return "", 0, heap{}, false
		} else {
			h.max = goAmount(e.Value)
		}
		return "go", 9, h, true
	case "NODE_OPTIONS":
		h, _ = nodeOptions(e.Value)
		return "node", 5, h, true
	case javaWins:
		h, _ = jvmOptions(e.Value)
		return "jvm", 8, h, true
	case "JDK_JAVA_OPTIONS", "JAVA_OPTS", "CATALINA_OPTS":
		h, _ = jvmOptions(e.Value)
		return "jvm", 6, h, true
	case javaLoses:
		h, _ = jvmOptions(e.Value)
		return "jvm", 4, h, true
	case "JAVA_HOME", "JAVA_VERSION", "JVM_OPTS", "JAVA_ARGS":
		h, _ = jvmOptions(e.Value)
		return "jvm", 3, h, true
	}
	// KAFKA_HEAP_OPTS, ES_JAVA_OPTS, LS_JAVA_OPTS, a chart's own.
	if h, ok = jvmOptions(e.Value); ok {
		return "jvm", 5, h, true
	}
	if strings.HasSuffix(e.Name, "_JAVA_OPTS") || strings.HasSuffix(e.Name, "_HEAP_OPTS") {
		return "jvm", 3, heap{}, true
	}
	return "", 0, heap{}, false
}

// jvmOptions finds a JVM's heap options in a text; of several the last counts,
// as for the JVM, and an amount overrides a percentage. ok is false where
// there is none.
func jvmOptions(text string) (h heap, ok bool) {
	if !strings.Contains(text, "-X") {
		return heap{}, false
	}
	for _, word := range options(text) {
		if v, is := strings.CutPrefix(word, "-Xmx"); is {
			h.max, ok = javaAmount(v), true
		} else if v, is := strings.CutPrefix(word, "-XX:MaxHeapSize="); is {
			h.max, ok = javaAmount(v), true
		} else if v, is := strings.CutPrefix(word, "-XX:MaxRAMPercentage="); is {
			h.percent, ok = percentage(v), true
		} else if v, is := strings.CutPrefix(word, "-XX:MaxRAMFraction="); is {
			if n, err := strconv.ParseUint(v, 10, 32); err == nil && n > 0 {
				h.percent, ok = 100/float64(n), true
			}
		}
	}
	if h.max > 0 {
		h.percent = 0
	}
	return h, ok
}

// nodeOptions finds Node's heap options in a text: the bound of its old space
// in MiB or as a percentage. V8 takes - and _ alike.
func nodeOptions(text string) (h heap, ok bool) {
	if !strings.Contains(text, "--max") {
		return heap{}, false
	}
	words := options(text)
	for i, word := range words {
		name, value, has := strings.Cut(strings.ReplaceAll(word, "_", "-"), "=")
		if !has && i+1 < len(words) {
			value = words[i+1]
		}
		switch name {
		case "--max-old-space-size":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil && n > 0 && n <= math.MaxInt64/int64(unit.MiB) {
				h, ok = heap{max: unit.Bytes(n) * unit.MiB}, true
			}
		case "--max-old-space-size-percentage":
			if p := percentage(value); p > 0 {
				h, ok = heap{percent: p}, true
			}
		}
	}
	return h, ok
}

// options splits a text into words as a shell would, roughly: at white space
// and separators, quotes dropped.
func options(text string) []string {
	return strings.FieldsFunc(unquote.Replace(text), func(r rune) bool {
		switch r {
		case ' ', '\t', '\n', '\r', ';', '(', ')':
			return true
		}
		return false
	})
}

var unquote = strings.NewReplacer(`"`, "", `'`, "", "`", " ", `\`, "")

// javaAmount reads a JVM's amount: a number of bytes or with the suffix k, m,
// g or t in either case. 0 where it is none.
func javaAmount(s string) unit.Bytes {
	if s == "" {
		return 0
	}
	shift := 0
	switch s[len(s)-1] {
	case 'k', 'K':
		shift = 10
	case 'm', 'M':
		shift = 20
	case 'g', 'G':
		shift = 30
	case 't', 'T':
		shift = 40
	}
	if shift > 0 {
		s = s[:len(s)-1]
	}
	return shifted(s, shift)
}

// goAmount reads GOMEMLIMIT: a number of bytes or with the suffix B, KiB,
// MiB, GiB or TiB. 0 where it is none.
func goAmount(s string) unit.Bytes {
	for _, u := range []struct {
		suffix string
		shift  int
	}{{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}, {"B", 0}} {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			return shifted(rest, u.shift)
		}
	}
	return shifted(s, 0)
}

func shifted(digits string, shift int) unit.Bytes {
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || n > math.MaxInt64>>shift {
		return 0
	}
	return unit.Bytes(n << shift)
}

// percentage is a number in (0,100], else 0.
func percentage(s string) float64 {
	if s == "" || strings.Trim(s, "0123456789.") != "" {
		return 0
	}
	p, err := strconv.ParseFloat(s, 64)
	if err != nil || p <= 0 || p > 100 {
		return 0
	}
	return p
}

// programOf names the managed runtime that a command line starts, and the
// program that shows it. In a shell's script the first program counts, after
// exec too.
func programOf(argv []string) (runtime, program string) {
	words := options(strings.Join(argv, " "))
	for i, w := range words {
		if w == "-jar" && i+1 < len(words) {
			return "jvm", "java"
		}
	}
	first := true
	for _, w := range words {
		switch {
		case w == "exec" || w == "&&" || w == "||" || w == "--":
			first = true
			continue
		case !first || strings.HasPrefix(w, "-"):
			continue
		}
		switch base := path.Base(w); base {
		case "sh", "bash", "ash", "dash", "tini", "dumb-init", "env", "su-exec", "gosu", "catatonit":
			continue
		case "java":
			return "jvm", base
		case "node", "nodejs", "npm", "npx", "yarn", "pnpm", "next", "pm2-runtime":
			return "node", base
		}
		first = false
	}
	return "", ""
}
