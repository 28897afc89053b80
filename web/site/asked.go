package site

import (
	"net/url"
	"slices"

	"yusuan/indexer"
	"yusuan/web"
)

// An asked is what the address of a page asks for. Its links keep all of that but what they change; they never keep the page of a list.
type asked struct {
	Path   string
	values url.Values
}

// asked reads the address. Fields of a form that were left empty are none.
func (r *request) asked() asked {
	values := url.Values{}
	for name, list := range r.r.URL.Query() {
		for _, v := range list {
			if v != "" && !slices.Contains(values[name], v) {
				values.Add(name, v)
			}
		}
	}
	return asked{r.r.URL.Path, values}
}

// query is the index's query.
func (a asked) query(d *indexer.Dictionary) (indexer.Query, error) {
	q, err := web.ReadQuery(a.values)
	q.Dictionary = d
	return q, err
}

// link is the page with other values of a parameter; none drops it.
func (a asked) link(name string, to ...string) string {
	return a.with(name, to...).String()
}

// with is what the link of the same arguments asks for.
func (a asked) with(name string, to ...string) asked {
	values := url.Values{}
	for n, list := range a.values {
		if n != name && n != "after" {
			values[n] = list
		}
	}
	if len(to) > 0 {
		values[name] = to
	}
	return asked{a.Path, values}
}

// only is what is asked for by parameters of these names alone.
func (a asked) only(names []string) asked {
	values := url.Values{}
	for _, n := range names {
		if list := a.values[n]; len(list) > 0 {
			values[n] = list
		}
	}
	return asked{a.Path, values}
}

// at is the same at another path.
func (a asked) at(path string) asked { return asked{path, a.values} }

// String is the address.
func (a asked) String() string {
	if len(a.values) == 0 {
		return a.Path
	}
	return a.Path + "?" + a.values.Encode()
}

// Get is the first value of a parameter, for templates.
func (a asked) Get(name string) string { return a.values.Get(name) }

// A hidden is a parameter that a form keeps.
type hidden struct{ Name, Value string }

// Hidden are the parameters that a form keeps which has fields of these names.
func (a asked) Hidden(fields ...string) []hidden {
	var list []hidden
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range a.values {
			if !yield(n) {
				return
			}
		}
	}) {
		if slices.Contains(fields, name) || name == "after" {
			continue
		}
		for _, v := range a.values[name] {
			list = append(list, hidden{name, v})
		}
	}
	return list
}
