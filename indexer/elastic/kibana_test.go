package elastic_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A dict is JSON whose form is asked for bit by bit.
type dict = map[string]any

// A kibanaObject is one line of dashboards/kibana.ndjson.
type kibanaObject struct {
	ID, Type   string
	Attributes json.RawMessage
	References []struct{ ID, Name, Type string }
}

// refer gives the ID of what the object calls by a name.
func (o *kibanaObject) refer(t *testing.T, name string) string {
	t.Helper()
	for _, r := range o.References {
		if r.Name == name {
			return r.ID
		}
	}
	t.Fatalf("%s: nothing is called %q", o.ID, name)
	return ""
}

// kibanaObjects reads the file for another prefix, in its order.
func kibanaObjects(t *testing.T, prefix string) []*kibanaObject {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "dashboards", "kibana.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	file = bytes.ReplaceAll(file, []byte("yusuan-"), []byte(prefix+"-"))
	var list []*kibanaObject
	for line := range bytes.Lines(file) {
		o := &kibanaObject{}
		decode(t, line, o)
		list = append(list, o)
	}
	return list
}

// decode reads JSON with numbers as they are written.
func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// A kibanaView is a data view.
type kibanaView struct {
	Title           string
	TimeFieldName   string
	FieldAttrs      string
	FieldFormatMap  string
	RuntimeFieldMap string

	runtime dict
	fields  []string // to which it gives a name or a format
}

func newView(t *testing.T, o *kibanaObject) *kibanaView {
	t.Helper()
	v := &kibanaView{runtime: dict{}}
	decode(t, o.Attributes, v)
	decode(t, []byte(v.RuntimeFieldMap), &v.runtime)
	for _, text := range []string{v.FieldAttrs, v.FieldFormatMap} {
		var fields dict
		decode(t, []byte(text), &fields)
		for f := range fields {
			v.fields = append(v.fields, f)
		}
	}
	return v
}

// A kibanaFilter is a filter of a panel.
type kibanaFilter struct {
	Meta struct {
		Disabled, Negate bool
		Type, Key, Field string
		Index            string
		IndexRefName     string
		Params           json.RawMessage
	}
	Query dict
}

// A kibanaColumn is a column of a Lens visualization.
type kibanaColumn struct {
	OperationType, SourceField string
	IsBucketed                 bool
	Params                     struct {
		Size                       json.Number
		OrderBy                    struct{ Type, ColumnID string }
		OrderDirection             string
		SecondaryFields            []any
		OtherBucket, MissingBucket bool
		Interval                   string
	}
}

// A kibanaPanel is a visualization or a saved search with what it asks of Elasticsearch.
type kibanaPanel struct {
	*kibanaObject
	viewID  string
	view    *kibanaView
	filters []kibanaFilter
	groups  []string // the field of each level of groups
	figure  kibanaColumn
	aggs    dict
	listed  []string // columns of a saved search,
	sorted  []string // and what it is sorted by
	sort    []any
}

// newPanel reads one, whatever it is; what it does not know is an error.
func newPanel(t *testing.T, o *kibanaObject, views map[string]*kibanaView) *kibanaPanel {
	t.Helper()
	p := &kibanaPanel{kibanaObject: o}
	var query struct{ Query, Language string }
	switch o.Type {
	case "lens":
		p.readLens(t, &query)
	case "search":
		p.readSearch(t, &query)
	default:
		t.Fatalf("%s: a panel of the type %s", o.ID, o.Type)
	}
	if query.Query != "" || query.Language != "kuery" {
		t.Fatalf("%s: has the query %+v, which is not understood here: use a filter", o.ID, query)
	}
	if p.view = views[p.viewID]; p.view == nil {
		t.Fatalf("%s: no data view %s", o.ID, p.viewID)
	}
	for _, f := range p.filters {
		ref := f.Meta.Index + f.Meta.IndexRefName
		if f.Meta.Disabled || f.Query == nil || o.refer(t, ref) != p.viewID {
			t.Fatalf("%s: filter %+v is off, empty, or of another data view", o.ID, f)
		}
	}
	return p
}

func (p *kibanaPanel) readSearch(t *testing.T, query any) {
	t.Helper()
	var a struct {
		Columns               []string
		Sort                  [][]string
		KibanaSavedObjectMeta struct{ SearchSourceJSON string }
	}
	decode(t, p.Attributes, &a)
	var source struct {
		Query        json.RawMessage
		Filter       []kibanaFilter
		IndexRefName string
	}
	decode(t, []byte(a.KibanaSavedObjectMeta.SearchSourceJSON), &source)
	decode(t, source.Query, query)
	p.viewID, p.filters, p.listed = p.refer(t, source.IndexRefName), source.Filter, a.Columns
	for _, s := range a.Sort {
		p.sorted = append(p.sorted, s[0])
		p.sort = append(p.sort, dict{s[0]: dict{"order": s[1], "unmapped_type": "boolean"}})
	}
}

func (p *kibanaPanel) readLens(t *testing.T, query any) {
	t.Helper()
	var a struct {
		VisualizationType string
		State             struct {
			Visualization    json.RawMessage
			Query            json.RawMessage
			Filters          []kibanaFilter
			DatasourceStates struct {
				FormBased struct {
					Layers map[string]struct {
						Columns     map[string]kibanaColumn
						ColumnOrder []string
					}
				}
			}
		}
	}
	decode(t, p.Attributes, &a)
	decode(t, a.State.Query, query)
	p.filters = a.State.Filters
	layers := a.State.DatasourceStates.FormBased.Layers
	if len(layers) != 1 {
		t.Fatalf("%s: %d layers, want 1", p.ID, len(layers))
	}
	for id, layer := range layers {
		p.viewID = p.refer(t, "indexpattern-datasource-layer-"+id)
		p.aggs = p.aggregate(t, layer.Columns, layer.ColumnOrder)
		shown := shownColumns(t, a.State.Visualization, id)
		slices.Sort(shown)
		if want := slices.Sorted(slices.Values(layer.ColumnOrder)); !slices.Equal(shown, want) {
			t.Errorf("%s: %s shows the columns %v, want %v", p.ID, a.VisualizationType, shown, want)
		}
	}
}

// shownColumns are the columns that a drawing names, in whatever way its kind does.
func shownColumns(t *testing.T, visualization []byte, layer string) []string {
	t.Helper()
	type places struct {
		LayerID, LayerType                string
		MetricAccessor                    string
		XAccessor, SplitAccessor          string
		Accessors, PrimaryGroups, Metrics []string
		Columns                           []struct{ ColumnID string }
	}
	var v struct {
		places
		Layers []places
	}
	decode(t, visualization, &v)
	var ids []string
	for _, p := range append(v.Layers, v.places) {
		if p.LayerID != "" && (p.LayerID != layer || p.LayerType != "data") {
			t.Errorf("draws layer %s (%s), want %s", p.LayerID, p.LayerType, layer)
		}
		ids = append(ids, p.MetricAccessor, p.XAccessor, p.SplitAccessor)
		ids = slices.Concat(ids, p.Accessors, p.PrimaryGroups, p.Metrics)
		for _, c := range p.Columns {
			ids = append(ids, c.ColumnID)
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" })
}

// aggregate gives the aggregations that Lens makes of the columns: the groups within each other, the figure in the innermost, and
// beside each group that is ordered by it.
func (p *kibanaPanel) aggregate(t *testing.T, columns map[string]kibanaColumn, order []string) dict {
	t.Helper()
	last := order[len(order)-1]
	p.figure = columns[last]
	if p.figure.IsBucketed {
		t.Fatalf("%s: the last column is no figure", p.ID)
	}
	own := figureAgg(t, p.figure)
	inner := dict{}
	if own != nil {
		inner[last] = own
	}
	for _, id := range slices.Backward(order[:len(order)-1]) {
		c := columns[id]
		p.groups = slices.Insert(p.groups, 0, c.SourceField)
		agg := groupAgg(t, c, last, own == nil)
		agg["aggs"] = inner
		inner = dict{id: agg}
		if own != nil && c.Params.OrderBy.Type == "column" {
			inner[id].(dict)["aggs"].(dict)[last] = own
		}
	}
	return inner
}

// figureAgg is nil for a count, which every group has.
func figureAgg(t *testing.T, c kibanaColumn) dict {
	t.Helper()
	switch c.OperationType {
	case "count":
		if c.SourceField != "___records___" {
			t.Fatalf("counts %s", c.SourceField)
		}
		return nil
	case "sum":
		return dict{"sum": dict{"field": c.SourceField}}
	case "unique_count":
		return dict{"cardinality": dict{"field": c.SourceField}}
	}
	t.Fatalf("operation %s is not known here", c.OperationType)
	return nil
}

func groupAgg(t *testing.T, c kibanaColumn, figure string, counted bool) dict {
	t.Helper()
	if c.OperationType == "date_histogram" && c.Params.Interval == "auto" {
		return dict{"date_histogram": dict{"field": c.SourceField, "fixed_interval": "12h", "min_doc_count": 0}}
	}
	by := "_key"
	switch {
	case c.OperationType != "terms" || !c.IsBucketed || c.Params.OtherBucket || c.Params.MissingBucket || len(c.Params.SecondaryFields) > 0:
		t.Fatalf("group %+v is not known here", c)
	case c.Params.OrderBy.Type == "column" && c.Params.OrderBy.ColumnID == figure:
		if by = figure; counted {
			by = "_count"
		}
	case c.Params.OrderBy.Type != "alphabetical":
		t.Fatalf("order by %+v is not known here", c.Params.OrderBy)
	}
	return dict{"terms": dict{"field": c.SourceField, "size": c.Params.Size, "shard_size": 1510, "order": dict{by: c.Params.OrderDirection}}}
}

// request is what Kibana asks for the panel; within bounds a data view with a time field.
func (p *kibanaPanel) request(since string) dict {
	filter, not := []any{}, []any{}
	for _, f := range p.filters {
		if f.Meta.Negate {
			not = append(not, f.Query)
		} else {
			filter = append(filter, f.Query)
		}
	}
	if p.view.TimeFieldName != "" {
		filter = append(filter, dict{"range": dict{p.view.TimeFieldName: dict{"gte": since, "lte": "now"}}})
	}
	body := dict{"track_total_hits": true, "query": dict{"bool": dict{"filter": filter, "must_not": not}}, "runtime_mappings": p.view.runtime}
	if p.Type == "search" {
		body["size"], body["sort"], body["fields"] = 500, p.sort, p.listed
	} else {
		body["size"], body["aggs"] = 0, p.aggs
	}
	return body
}

// A kibanaAnswer is what Elasticsearch says.
type kibanaAnswer struct {
	Hits struct {
		Total struct{ Value int }
		Hits  []struct{ Fields map[string][]any }
	}
	Aggregations dict
}

func (p *kibanaPanel) ask(t *testing.T, url, since string) *kibanaAnswer {
	t.Helper()
	body, err := json.Marshal(p.request(since))
	if err != nil {
		t.Fatal(err)
	}
	a := &kibanaAnswer{}
	decode(t, []byte(call(t, http.MethodPost, url+"/"+p.view.Title+"/_search", string(body))), a)
	return a
}

// A groupRow is one row of a table, or one bar: the values by field, and the figure.
type groupRow struct {
	keys   map[string]string
	figure json.Number
}

// rows reads the groups, in their order.
func (p *kibanaPanel) rows(t *testing.T, a *kibanaAnswer) []groupRow {
	t.Helper()
	if len(p.groups) == 0 && p.figure.OperationType == "count" {
		return []groupRow{{nil, number(a.Hits.Total.Value)}}
	}
	var list []groupRow
	var walk func(within dict, depth int, keys map[string]string)
	walk = func(within dict, depth int, keys map[string]string) {
		if depth == len(p.groups) {
			figure := within["doc_count"]
			if f, ok := within["figure"].(dict); ok {
				figure = f["value"]
			}
			list = append(list, groupRow{keys, figure.(json.Number)})
			return
		}
		for _, v := range within {
			agg, ok := v.(dict)
			if !ok || agg["buckets"] == nil {
				continue
			}
			for _, b := range agg["buckets"].([]any) {
				bucket := b.(dict)
				inner := maps.Clone(keys)
				inner[p.groups[depth]] = plain(bucket["key"])
				walk(bucket, depth+1, inner)
			}
		}
	}
	walk(a.Aggregations, 0, map[string]string{})
	return list
}

// plain is a value of JSON as text.
func plain(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return strings.Trim(string(text), `"`)
}

func number(n int) json.Number { return json.Number(plain(n)) }
