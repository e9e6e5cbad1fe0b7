package emit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/trimtab/trimtab/internal/unit"
)

// Schemas are the JSON schemas of the reports of this package, by kind.
func Schemas() map[string][]byte {
	return map[string][]byte{
		string(KindCost):      Schema(string(KindCost), "What nodes cost per hour, and which workloads take it.", CostReport{}),
		string(KindRightsize): Schema(string(KindRightsize), "What the requests and limits of each container should become, and why.", RightsizeReport{}),
		string(KindBacktest):  Schema(string(KindBacktest), "How each strategy would have done on recorded usage.", BacktestReport{}),
		string(KindPrices):    Schema(string(KindPrices), "What offerings cost, and who says so.", PriceReport{}),
	}
}

// Schema is the JSON schema (draft 2020-12) of the report type of v, made
// from its Go type. A key is required unless its tag says omitempty or
// omitzero; unknown keys are allowed, since new ones may be added.
//
// Struct tags say the rest: doc is the description, enum the values allowed,
// separated by bars, const the only value, min and max the bounds of a
// number. It panics on a type that has no place in a report, which a test
// that calls it finds.
func Schema(kind, about string, v any) []byte {
	s := schemaMaker{kind: kind, defs: object{}, types: map[string]reflect.Type{}}
	root := s.members(reflect.TypeOf(v))
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	doc := append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "https://trimtab.dev/schema/v1/" + kind + ".json"},
		{"title", kind},
		{"description", about},
	}, root...)
	if err := e.Encode(append(doc, member{"$defs", s.defs})); err != nil {
		panic(err) // only strings, numbers, lists and objects are in it
	}
	return b.Bytes()
}

// object is a JSON object that keeps the order of its keys.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", m.key)
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

type schemaMaker struct {
	kind  string
	defs  object
	types map[string]reflect.Type // of the definitions, by name
}

const (
	moneyPattern    = `^-?[0-9]+(\.[0-9]{1,9})?$`
	quantityPattern = `^[0-9]+(\.[0-9]+)?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$`
)

// of is the schema of a type. Structs other than the report go to $defs.
func (s *schemaMaker) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case reflect.TypeFor[unit.HourlyRate](), reflect.TypeFor[unit.Money]():
		return object{{"type", "string"}, {"pattern", moneyPattern}}
	case reflect.TypeFor[Quantity]():
		return object{{"type", "string"}, {"pattern", quantityPattern}}
	case reflect.TypeFor[Change]():
		return object{{"type", []string{"string", "null"}}, {"pattern", quantityPattern}}
	case reflect.TypeFor[Kind]():
		return object{{"const", s.kind}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Slice:
		return object{{"type", "array"}, {"items", s.of(t.Elem())}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", s.of(t.Elem())}}
	case reflect.String:
		return object{{"type", "string"}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return object{{"type", "integer"}}
	case reflect.Float64:
		return object{{"type", "number"}}
	case reflect.Struct:
		switch known, ok := s.types[t.Name()]; {
		case ok && known != t:
			panic("two types in one report are named " + t.Name())
		case !ok:
			s.types[t.Name()] = t
			at := len(s.defs)
			s.defs = append(s.defs, member{key: t.Name()})
			s.defs[at].value = s.members(t)
		}
		return object{{"$ref", "#/$defs/" + t.Name()}}
	}
	panic("no schema for " + t.String())
}

// members is the schema of a struct, the fields of embedded ones included.
func (s *schemaMaker) members(t reflect.Type) object {
	var properties object
	required := []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" || !f.IsExported() {
			continue
		}
		if name == "" {
			panic("no json key for " + t.String() + "." + f.Name)
		}
		schema := s.of(f.Type)
		for _, tag := range []struct{ tag, keyword string }{{"doc", "description"}, {"const", "const"}, {"min", "minimum"}, {"max", "maximum"}} {
			if v, ok := f.Tag.Lookup(tag.tag); ok {
				schema = append(schema, member{tag.keyword, literal(tag.tag, v)})
			}
		}
		if v, ok := f.Tag.Lookup("enum"); ok {
			schema = append(schema, member{"enum", strings.Split(v, "|")})
		}
		properties = append(properties, member{name, schema})
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	return object{{"type", "object"}, {"properties", properties}, {"required", required}}
}

// literal is a tag's value: a number for bounds, text otherwise.
func literal(tag, v string) any {
	if tag != "min" && tag != "max" {
		return v
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil {
		panic("bound " + v + " is not a number")
	}
	return n
}
