package main

// A listing is a saved search: a table of documents.
type listing struct {
	id, title, note string
	view            string
	filters         []filter
	columns         []string
	sort            [][]string
}

func (l listing) object() savedObject {
	const at = "kibanaSavedObjectMeta.searchSourceJSON"
	filters, references := stored(l.filters, l.view, "indexRefName", at+".filter[%d].meta.index")
	source := object{"query": noQuery(), "filter": filters, "indexRefName": at + ".index"}
	attributes := object{
		"title": l.title, "description": l.note, "columns": l.columns, "sort": l.sort, "grid": object{}, "hideChart": true, "isTextBasedQuery": false,
		"kibanaSavedObjectMeta": object{"searchSourceJSON": text(source)},
	}
	return newObject(searchType, l.id, attributes, append([]reference{{ID: l.view, Name: at + ".index", Type: viewType}}, references...))
}
