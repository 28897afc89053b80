package main

import "fmt"

// A filter is one of the pills under Kibana's search bar: what people see of it, and what Elasticsearch is asked.
type filter struct {
	meta, query object
}

func newFilter(kind, field string, query object) filter {
	return filter{object{"alias": nil, "disabled": false, "negate": false, "type": kind, "key": field, "field": field}, query}
}

// is wants the value.
func is(field string, value any) filter {
	f := newFilter("phrase", field, object{"match_phrase": object{field: value}})
	f.meta["params"] = object{"query": value}
	return f
}

// among wants one of the values.
func among[T ~string](field string, values ...T) filter {
	var should []object
	for _, v := range values {
		should = append(should, object{"match_phrase": object{field: v}})
	}
	f := newFilter("phrases", field, object{"bool": object{"minimum_should_match": 1, "should": should}})
	f.meta["params"] = values
	return f
}

// exists wants any value.
func exists(field string) filter {
	f := newFilter("exists", field, object{"exists": object{"field": field}})
	f.meta["value"] = "exists"
	return f
}

// missing wants none.
func missing(field string) filter {
	f := exists(field)
	f.meta["negate"] = true
	return f
}

// custom is a query that Kibana's form has no fields for; name is what it is called.
func custom(name string, query object) filter {
	f := newFilter("custom", "query", query)
	delete(f.meta, "field")
	f.meta["alias"] = name
	return f
}

// visible belongs to everything but the ledger: what is neither superseded nor just being replaced.
func visible() []filter {
	current := is("current", true)
	current.meta["alias"] = "现行版本 current"
	return []filter{current, custom("不含正在替换的 nothing that is being replaced", object{"bool": object{"must_not": object{"terms": object{
		"generation": object{"index": "yusuan-versions", "id": "concealed", "path": "generations"}}}}})}
}

// stored gives the filters as Kibana stores them, with the names by which they refer to the data view.
func stored(filters []filter, view, key, name string) ([]object, []reference) {
	list, references := []object{}, []reference{}
	for i, f := range filters {
		ref := fmt.Sprintf(name, i)
		meta := object{key: ref}
		for k, v := range f.meta {
			meta[k] = v
		}
		list = append(list, object{"$state": object{"store": "appState"}, "meta": meta, "query": f.query})
		references = append(references, reference{ID: view, Name: ref, Type: viewType})
	}
	return list, references
}
