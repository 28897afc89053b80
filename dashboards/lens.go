package main

import "fmt"

// layerID names the one layer that each visualization has.
const layerID = "layer"

// A column is one of what a visualization groups by, or the one figure that it shows.
type column struct {
	bucketed   bool
	transposed bool // in a table: a column for each value
	body       object
}

// by groups by the values of the field: the size first of them in alphabetical order.
func by(label string, size int, field string) column {
	kind := "string"
	if field == "fiscal_year" {
		kind = "number"
	}
	return column{bucketed: true, body: object{
		"label": label, "customLabel": true, "dataType": kind, "operationType": "terms", "scale": "ordinal", "sourceField": field, "isBucketed": true,
		"params": object{
			"size": size, "orderBy": object{"type": "alphabetical", "fallback": false}, "orderDirection": "asc",
			"otherBucket": false, "missingBucket": false, // "Other" would add up what this keeps apart
			"accuracyMode": true, // a figure is whole even where the index has several shards
			"parentFormat": object{"id": "terms"},
		},
	}}
}

// top has those with the highest figures first.
func (c column) top() column {
	params := c.body["params"].(object)
	params["orderBy"], params["orderDirection"] = object{"type": "column", "columnId": "figure"}, "desc"
	return c
}

// across gives a table a column for each value.
func (c column) across() column {
	c.transposed = true
	return c
}

// over groups by time.
func over(label, field string) column {
	return column{bucketed: true, body: object{
		"label": label, "customLabel": true, "dataType": "date", "operationType": "date_histogram", "scale": "interval", "sourceField": field,
		"isBucketed": true, "params": object{"interval": "auto", "includeEmptyRows": true, "dropPartials": false},
	}}
}

// figure is what an operation gives of a field.
func figure(label, operation, field string) column {
	return column{body: object{
		"label": label, "customLabel": true, "dataType": "number", "operationType": operation, "scale": "ratio", "sourceField": field, "isBucketed": false,
		"params": object{"emptyAsNull": true},
	}}
}

func count(label string) column           { return figure(label, "count", "___records___") }
func distinct(label, field string) column { return figure(label, "unique_count", field) }
func sumOf(label, field string) column    { return figure(label, "sum", field) }

// A lens is a visualization that people can edit in Kibana's Lens.
type lens struct {
	id, title, note string
	view            string
	filters         []filter
	columns         []column // what it groups by, the outermost first, and last the figure
	draw            func(ids []string, columns []column) (kind string, visualization object)
}

func (l lens) object() savedObject {
	columns, ids := object{}, []string{}
	for i, c := range l.columns {
		id := "figure"
		if c.bucketed {
			id = fmt.Sprintf("group-%d", i+1)
		}
		columns[id] = c.body
		ids = append(ids, id)
	}
	kind, visualization := l.draw(ids, l.columns)
	filters, references := stored(l.filters, l.view, "index", "filter-index-pattern-%d")
	attributes := object{
		"title": l.title, "description": l.note, "visualizationType": kind,
		"state": object{
			"visualization": visualization, "filters": filters, "query": noQuery(), "internalReferences": []object{}, "adHocDataViews": object{},
			"datasourceStates": object{"formBased": object{"layers": object{layerID: object{
				"columns": columns, "columnOrder": ids, "incompleteColumns": object{}, "sampling": 1,
			}}}},
		},
	}
	own := reference{ID: l.view, Name: "indexpattern-datasource-layer-" + layerID, Type: viewType}
	return newObject(lensType, l.id, attributes, append([]reference{own}, references...))
}

func noQuery() object { return object{"query": "", "language": "kuery"} }

// onlyFigure is one large number.
func onlyFigure(ids []string, _ []column) (string, object) {
	return "lnsMetric", object{"layerId": layerID, "layerType": "data", "metricAccessor": ids[0]}
}

// donut is a ring of the shares.
func donut(ids []string, _ []column) (string, object) {
	return "lnsPie", object{"shape": "donut", "layers": []object{{
		"layerId": layerID, "layerType": "data", "primaryGroups": ids[:1], "metrics": ids[1:], "numberDisplay": "value", "categoryDisplay": "default",
		"legendDisplay": "show", "nestedLegend": false,
	}}}
}

// bars are horizontal bars, cut by the second group where there is one.
func bars(ids []string, _ []column) (string, object) { return xy("bar_horizontal_stacked", ids) }

// upright are bars from left to right.
func upright(ids []string, _ []column) (string, object) { return xy("bar_stacked", ids) }

func xy(series string, ids []string) (string, object) {
	layer := object{
		"layerId": layerID, "layerType": "data", "seriesType": series, "position": "top", "showGridlines": false, "xAccessor": ids[0],
		"accessors": ids[len(ids)-1:],
	}
	if len(ids) > 2 {
		layer["splitAccessor"] = ids[1]
	}
	return "lnsXY", object{
		"preferredSeriesType": series, "valueLabels": "hide", "layers": []object{layer}, "fittingFunction": "None",
		"legend": object{"isVisible": true, "position": "right", "shouldTruncate": false},
	}
}

// table has a row for each group.
func table(ids []string, columns []column) (string, object) {
	var list []object
	for i, c := range columns {
		list = append(list, object{"columnId": ids[i], "isTransposed": c.transposed})
	}
	return "lnsDatatable", object{"layerId": layerID, "layerType": "data", "columns": list, "paging": object{"size": 20, "enabled": true}}
}
