package screen

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/trimtab/trimtab/internal/unit"
)

// Fields is what a filter may ask of a row.
type Fields struct {
	// Search is the lower-case text that plain words are looked for in.
	Search func(row int) string
	// Numbers are the columns that can be compared: freed>100.
	Numbers map[string]Number
	// Texts are the columns that can be asked for a beginning: kind:sts.
	Texts map[string]func(row int) string
	// Words stand for a condition: risk.
	Words map[string]func(row int) bool
}

// Number is a column that can be compared with a value.
type Number struct {
	Value func(row int) (v float64, known bool)
	// Parse reads the value compared with; nil reads a plain number with an
	// optional sign of money, commas or a percent sign.
	Parse func(text string) (float64, error)
}

// ParseCPU reads CPU for a Number in millicores: "500m", "2".
func ParseCPU(text string) (float64, error) {
	v, err := unit.ParseMilliCPU(text)
	return float64(v), err
}

// ParseMemory reads memory for a Number in bytes: "512Mi".
func ParseMemory(text string) (float64, error) {
	v, err := unit.ParseBytes(text)
	return float64(v), err
}

func parsePlain(text string) (float64, error) {
	text = strings.ReplaceAll(strings.Trim(text, "$€%"), ",", "")
	text = strings.Replace(text, unit.Minus, "-", 1)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != v {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return v, nil
}

// Compile makes a filter of its text: terms separated by blanks that must all
// hold. An empty text is no filter (nil).
//
//	pay        the row's text has "pay"
//	!pay       it has not
//	/^pa.*i$/  it matches the regular expression
//	freed>100  a column compared: > >= < <= =
//	kind:sts   a column's beginning
//	risk       a condition by its word
func (f *Fields) Compile(text string) (keep func(row int) bool, err error) {
	var terms []func(int) bool
	for _, word := range strings.Fields(text) {
		term, err := f.term(word)
		if err != nil {
			return nil, err
		}
		if term != nil {
			terms = append(terms, term)
		}
	}
	if len(terms) == 0 {
		return nil, nil
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return func(row int) bool {
		for _, t := range terms {
			if !t(row) {
				return false
			}
		}
		return true
	}, nil
}

func (f *Fields) term(word string) (func(int) bool, error) {
	if rest, ok := strings.CutPrefix(word, "!"); ok {
		if rest == "" {
			return nil, nil // still being typed
		}
		t, err := f.term(rest)
		if err != nil || t == nil {
			return nil, err
		}
		return func(row int) bool { return !t(row) }, nil
	}
	if strings.HasPrefix(word, "/") {
		return f.pattern(strings.TrimSuffix(word[1:], "/"))
	}
	if i := strings.IndexAny(word, "<>="); i > 0 {
		return f.comparison(strings.ToLower(word[:i]), word[i:])
	}
	if name, value, ok := strings.Cut(word, ":"); ok {
		text, known := f.Texts[strings.ToLower(name)]
		if !known {
			return nil, fmt.Errorf("no column %s; there are %s", name, names(f.Texts))
		}
		value = strings.ToLower(value)
		return func(row int) bool { return strings.HasPrefix(strings.ToLower(text(row)), value) }, nil
	}
	word = strings.ToLower(word)
	if is, ok := f.Words[word]; ok {
		return is, nil
	}
	return func(row int) bool { return strings.Contains(f.Search(row), word) }, nil
}

func (f *Fields) pattern(expr string) (func(int) bool, error) {
	if expr == "" {
		return nil, nil
	}
	re, err := regexp.Compile("(?i)" + expr)
	if err != nil {
		return nil, fmt.Errorf("/%s/ is not a regular expression", expr)
	}
	return func(row int) bool { return re.MatchString(f.Search(row)) }, nil
}

func (f *Fields) comparison(name, rest string) (func(int) bool, error) {
	n, ok := f.Numbers[name]
	if !ok {
		return nil, fmt.Errorf("no column %s to compare; there are %s", name, names(f.Numbers))
	}
	op := rest[:1]
	value := rest[1:]
	if v, ok := strings.CutPrefix(value, "="); ok {
		op, value = op+"=", v
	}
	if value == "" {
		return nil, nil // still being typed
	}
	parse := n.Parse
	if parse == nil {
		parse = parsePlain
	}
	limit, err := parse(value)
	if err != nil {
		return nil, err
	}
	return func(row int) bool {
		v, known := n.Value(row)
		if !known {
			return false
		}
		switch op {
		case ">":
			return v > limit
		case ">=":
			return v >= limit
		case "<":
			return v < limit
		case "<=":
			return v <= limit
		}
		return v == limit
	}, nil
}

func names[V any](m map[string]V) string {
	if len(m) == 0 {
		return "none here"
	}
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}

// Help names all that a filter can ask, for the line below the prompt.
func (f *Fields) Help() string {
	s := "text, !text, /regex/"
	if len(f.Numbers) > 0 {
		s += "; " + strings.Join(slices.Sorted(maps.Keys(f.Numbers)), " ") + " with > < ="
	}
	if len(f.Texts) > 0 {
		s += "; " + strings.Join(slices.Sorted(maps.Keys(f.Texts)), ": ") + ":"
	}
	if len(f.Words) > 0 {
		s += "; " + strings.Join(slices.Sorted(maps.Keys(f.Words)), " ")
	}
	return s
}
