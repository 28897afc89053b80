package main

import "fmt"

// width is how many columns a dashboard has.
const width = 48

// A panel is one visualization or listing with its place in the row: how many of the columns it takes.
type panel struct {
	shown interface{ object() savedObject }
	width int
}

// A row is panels beside each other.
type row struct {
	height int
	panels []panel
}

// A control lets people choose values of a field for the whole dashboard.
type control struct {
	view, field, title string
}

// A board is a dashboard.
type board struct {
	id, title, note string
	text            string // Markdown on top
	since           string // the range of time that it opens with; "" where nothing on it hangs on time
	controls        []control
	rows            []row
}

// objects are the dashboard and all that is on it, the dashboard last.
func (b board) objects() []savedObject {
	var all []savedObject
	panels := []object{b.explanation()}
	references := []reference{}
	y := explanationHeight
	for _, r := range b.rows {
		x := 0
		for _, p := range r.panels {
			o := p.shown.object()
			all = append(all, o)
			at := fmt.Sprintf("panel-%d", len(all))
			panels = append(panels, object{
				"type": o.Type, "panelIndex": at, "panelRefName": "panel_" + at, "embeddableConfig": object{"enhancements": object{}},
				"gridData": object{"i": at, "x": x, "y": y, "w": p.width, "h": r.height},
			})
			references = append(references, reference{ID: o.ID, Name: at + ":panel_" + at, Type: o.Type})
			x += p.width
		}
		y += r.height
	}
	chosen, more := b.choices()
	attributes := object{
		"title": b.title, "description": b.note, "panelsJSON": text(panels), "controlGroupInput": chosen, "timeRestore": b.since != "",
		"optionsJSON":           text(object{"useMargins": true, "syncColors": true, "syncCursor": true, "syncTooltips": false, "hidePanelTitles": false}),
		"kibanaSavedObjectMeta": object{"searchSourceJSON": text(object{"query": noQuery(), "filter": []object{}})},
	}
	if b.since != "" {
		attributes["timeFrom"], attributes["timeTo"] = b.since, "now"
	}
	return append(all, newObject(boardType, b.id, attributes, append(references, more...)))
}

const explanationHeight = 6

// explanation says on the dashboard what its figures are.
func (b board) explanation() object {
	const at = "explanation"
	visualization := object{
		"type": "markdown", "title": "", "description": "", "uiState": object{},
		"params": object{"markdown": b.text, "fontSize": 12, "openLinksInNewTab": false},
		"data":   object{"aggs": []object{}, "searchSource": object{"query": noQuery(), "filter": []object{}}},
	}
	return object{
		"type": "visualization", "panelIndex": at, "embeddableConfig": object{"savedVis": visualization, "enhancements": object{}},
		"gridData": object{"i": at, "x": 0, "y": 0, "w": width, "h": explanationHeight},
	}
}

// choices are the controls over the dashboard.
func (b board) choices() (object, []reference) {
	panels, references := object{}, []reference{}
	for i, c := range b.controls {
		id := fmt.Sprintf("control-%d", i+1)
		panels[id] = object{
			"type": "optionsListControl", "order": i, "width": "medium", "grow": true,
			"explicitInput": object{"id": id, "fieldName": c.field, "title": c.title, "selectedOptions": []string{}, "enhancements": object{}},
		}
		references = append(references, reference{ID: c.view, Name: "controlGroup_" + id + ":optionsListDataView", Type: viewType})
	}
	ignore := object{"ignoreFilters": false, "ignoreQuery": false, "ignoreTimerange": false, "ignoreValidations": false}
	return object{
		"controlStyle": "oneLine", "chainingSystem": "HIERARCHICAL", "panelsJSON": text(panels), "ignoreParentSettingsJSON": text(ignore),
	}, references
}

// originControls choose what disclosures are of.
func originControls(view string) []control {
	return []control{
		{view, "region", "地区 region"}, {view, "unit", "单位 unit"}, {view, "fiscal_year", "年度 year"}, {view, "document_kind", "预算/决算 kind"},
		{view, "scope", "口径 scope"},
	}
}
