package object

import (
	lpdf "github.com/ledongthuc/pdf"
)

// Kind says what a Value is.
type Kind int

// The kinds of value.
const (
	Null Kind = iota
	Bool
	Number
	String
	Name
	Dict
	Array
	Stream
)

// A Value is an object of the file. Accessors never fail: what is not there, or not of the asked kind, is zero. What
// cannot be read is zero too, and counted as a fault of the File.
type Value struct {
	v lpdf.Value
	f *File
}

// Kind returns the value's kind. References are followed, so that they have none.
func (v Value) Kind() Kind {
	switch v.v.Kind() {
	case lpdf.Bool:
		return Bool
	case lpdf.Integer, lpdf.Real:
		return Number
	case lpdf.String:
		return String
	case lpdf.Name:
		return Name
	case lpdf.Dict:
		return Dict
	case lpdf.Array:
		return Array
	case lpdf.Stream:
		return Stream
	}
	return Null
}

// IsNull reports whether the value is null or missing.
func (v Value) IsNull() bool { return v.v.IsNull() }

func (v Value) guard(what string, out *Value) {
	if x := recover(); x != nil {
		*out = Value{}
		v.f.Fault("object at %s: %v", what, x)
	}
}

// Key returns the entry k of a dictionary or stream.
func (v Value) Key(k string) (out Value) {
	if v.f == nil {
		return Value{}
	}
	defer v.guard(k, &out)
	return Value{v.v.Key(k), v.f}
}

// Index returns element i of an array.
func (v Value) Index(i int) (out Value) {
	if v.f == nil {
		return Value{}
	}
	defer v.guard("array", &out)
	return Value{v.v.Index(i), v.f}
}

// Len returns the length of an array.
func (v Value) Len() int { return v.v.Len() }

// Keys returns the sorted keys of a dictionary or stream.
func (v Value) Keys() []string { return v.v.Keys() }

// Name returns a name without its slash.
func (v Value) Name() string { return v.v.Name() }

// Text returns a string's bytes; of a name, the name (object streams of encrypted files give strings as names).
func (v Value) Text() string {
	if v.v.Kind() == lpdf.Name {
		return v.v.Name()
	}
	if v.f != nil && v.f.aes {
		return unpad(v.v.RawString())
	}
	return v.v.RawString()
}

// Float returns a number.
func (v Value) Float() float64 { return v.v.Float64() }

// Int returns a number cut to an integer within ±2^31.
func (v Value) Int() int { return int(max(-1<<31, min(1<<31, v.v.Float64()))) }

// Bool returns a boolean.
func (v Value) Bool() bool { return v.v.Bool() }

// Floats returns the numbers of an array, at most limit of them.
func (v Value) Floats(limit int) []float64 {
	n := min(v.Len(), limit)
	if n == 0 {
		return nil
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = v.Index(i).Float()
	}
	return out
}

// A Ref names an indirect object. The zero Ref names none.
type Ref struct {
	Number, Generation int
}

// Refs returns the references that stand directly in a dictionary or stream, by key.
func (v Value) Refs() map[string]Ref {
	if k := v.Kind(); k != Dict && k != Stream {
		return nil
	}
	return dictRefs(v.v.String())
}

// ArrayRefs returns for each element of an array the reference that stands there, or the zero Ref.
func (v Value) ArrayRefs() []Ref {
	if v.Kind() != Array {
		return nil
	}
	refs := arrayRefs(v.v.String())
	if len(refs) != v.Len() { // names with odd characters: give none rather than wrong ones
		return make([]Ref, v.Len())
	}
	return refs
}
