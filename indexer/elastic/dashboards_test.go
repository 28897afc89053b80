package elastic_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/indexer/elastic"
	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// A dashboard is what dashboards/kibana.ndjson has, over a store with made-up disclosures.
type dashboards struct {
	store  *elastic.Store
	url    string
	prefix string
	views  map[string]*kibanaView
	panels []*kibanaPanel
	boards []*kibanaBoard
}

// A kibanaBoard is a dashboard.
type kibanaBoard struct {
	*kibanaObject
	since    string
	panels   []*kibanaPanel
	controls []kibanaControl
}

type kibanaControl struct{ view, field string }

// openDashboards fills a store of three shards, and reads the file.
func openDashboards(t *testing.T) *dashboards {
	t.Helper()
	d := &dashboards{url: serverURL(t), prefix: newPrefix(t), views: map[string]*kibanaView{}}
	d.store = open(t, elastic.Config{URLs: []string{d.url}, Prefix: d.prefix, Shards: 3, Backoff: time.Millisecond})
	indextest.FillForReindex(t, d.store)
	mustPut(t, d.store, departmentAccounts(), halfRead("1b", "青禾县水利局", "青禾县", 0), halfRead("1c", "", "", 2024))
	now := time.Now().UTC().Truncate(time.Millisecond)
	for i, e := range []schemas.Entry{
		{State: schemas.Indexed, Pages: 12}, {State: schemas.Superseded, Pages: 9}, {State: schemas.Failed, Message: "no answer"},
		{State: schemas.OCRNeeded, Code: schemas.NeedsOCR, Page: 3, Pages: 4}, {State: schemas.Rejected, Code: schemas.Timeout, Page: 2, URL: "https://www.example.com/a.pdf"},
	} {
		e.ID, e.FileName, e.QueuedAt, e.FinishedAt = fmt.Sprint("file-", i), fmt.Sprint(i, ".pdf"), now, &now
		if err := d.store.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.store.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	byID := map[string]*kibanaPanel{}
	for _, o := range kibanaObjects(t, d.prefix) {
		switch o.Type {
		case "index-pattern":
			d.views[o.ID] = newView(t, o)
		case "dashboard":
			d.boards = append(d.boards, newBoard(t, o, byID))
		default:
			byID[o.ID] = newPanel(t, o, d.views)
			d.panels = append(d.panels, byID[o.ID])
		}
	}
	return d
}

// departmentAccounts are final accounts in which everything that must not be added stands beside what it must not be added to: the
// plan beside the result, 类 and 款 and 项, an economic class beside functional ones, a total with its parts, and a department's total
// with the rows of its units and of a code.
func departmentAccounts() *schemas.Disclosure {
	year := 2023
	column := func(role schemas.Role, path string) schemas.Column {
		return schemas.Column{Role: role, Path: strings.Split(path, "/")}
	}
	row := func(code, cells string) schemas.Row {
		return schemas.Row{Code: code, Cells: strings.Split(cells, "|")}
	}
	return &schemas.Disclosure{
		SchemaVersion: schemas.SchemaVersion, Title: "青禾县教育局2023年部门决算", Unit: "青禾县教育局", Region: "青禾县", FiscalYear: &year,
		DocumentKind: schemas.FinalAccounts, Scope: schemas.DepartmentScope, ParserVersion: 3,
		Source: schemas.Source{SHA256: strings.Repeat("5a", 32), FileName: "education.pdf", Bytes: 1000, Pages: 11, TextSource: schemas.FromText},
		Tables: []schemas.Table{{
			Title: "一般公共预算支出决算表", Kind: schemas.GeneralPublicExpenditure, UnitOfMeasure: "万元", Pages: []int{4},
			Columns: []schemas.Column{column(schemas.CodeRole, "科目编码"), column(schemas.NameRole, "科目名称"), column(schemas.AmountRole, "预算数/合计"),
				column(schemas.AmountRole, "决算数/合计"), column(schemas.AmountRole, "决算数/基本支出"), column(schemas.AmountRole, "决算数/项目支出")},
			Rows: []schemas.Row{
				row("205", "205|教育支出|900|800.10|500.10|300"), row("20502", "20502|普通教育|900|800.10|500.10|300"),
				row("2050202", "2050202|小学教育|900|800.10|500.10|300"), row("208", "208|社会保障和就业支出|60|50.55|50.55|0"),
				row("301", "301|工资福利支出|500|480|480|0"),
			},
		}, {
			Title: "“三公”经费支出决算表", Kind: schemas.ThreePublicExpenses, UnitOfMeasure: "万元", Pages: []int{6},
			Columns: []schemas.Column{column(schemas.CodeRole, "科目编码"), column(schemas.NameRole, "单位"), column(schemas.AmountRole, "合计"), column(schemas.AmountRole, "因公出国（境）费"),
				column(schemas.AmountRole, "公务用车购置及运行费/小计"), column(schemas.AmountRole, "公务用车购置及运行费/购置费"),
				column(schemas.AmountRole, "公务用车购置及运行费/运行费"), column(schemas.AmountRole, "公务接待费")},
			Rows: []schemas.Row{
				row("", "|合计|30.75|2|20.5|15|5.5|8.25"), row("", "|青禾县第一小学|20.75|2|12.5|10|2.5|6.25"), row("", "|青禾县教育局机关|10|0|8|5|3|2"),
				row("2050101", "2050101|行政运行|10|0|8|5|3|2")},
		}},
	}
}

// halfRead is a disclosure of which not everything was read that tells whose it is.
func halfRead(sum, unit, region string, year int) *schemas.Disclosure {
	d := &schemas.Disclosure{
		SchemaVersion: schemas.SchemaVersion, Title: "预算公开", Unit: unit, Region: region, DocumentKind: schemas.Budget, Scope: schemas.UnknownScope, ParserVersion: 3,
		Source: schemas.Source{SHA256: strings.Repeat(sum, 32), FileName: sum + ".pdf", Bytes: 1000, Pages: 2, TextSource: schemas.FromText},
	}
	if year != 0 {
		d.FiscalYear = &year
	}
	return d
}

func newBoard(t *testing.T, o *kibanaObject, panels map[string]*kibanaPanel) *kibanaBoard {
	t.Helper()
	var a struct {
		PanelsJSON, TimeFrom string
		ControlGroupInput    struct{ PanelsJSON string }
	}
	decode(t, o.Attributes, &a)
	b := &kibanaBoard{kibanaObject: o, since: a.TimeFrom}
	var list []struct {
		Type, PanelIndex, PanelRefName string
		EmbeddableConfig               struct {
			SavedVis struct {
				Type string
				Data struct{ Aggs []any }
			}
		}
		GridData struct{ I string }
	}
	decode(t, []byte(a.PanelsJSON), &list)
	for _, p := range list {
		if p.PanelIndex == "" || p.PanelIndex != p.GridData.I {
			t.Errorf("%s: panel %q stands in the place of %q", o.ID, p.PanelIndex, p.GridData.I)
		}
		if vis := p.EmbeddableConfig.SavedVis; p.PanelRefName == "" && vis.Type == "markdown" && len(vis.Data.Aggs) == 0 {
			continue // text
		}
		shown := panels[o.refer(t, p.PanelIndex+":"+p.PanelRefName)]
		if shown == nil || shown.Type != p.Type {
			t.Fatalf("%s: panel %s shows nothing that is there", o.ID, p.PanelIndex)
		}
		b.panels = append(b.panels, shown)
	}
	var controls map[string]struct {
		Type          string
		ExplicitInput struct{ ID, FieldName string }
	}
	decode(t, []byte(a.ControlGroupInput.PanelsJSON), &controls)
	for id, c := range controls {
		if c.Type != "optionsListControl" || c.ExplicitInput.ID != id {
			t.Errorf("%s: control %s is %+v", o.ID, id, c)
		}
		b.controls = append(b.controls, kibanaControl{o.refer(t, "controlGroup_"+id+":optionsListDataView"), c.ExplicitInput.FieldName})
	}
	return b
}

// TestDashboards checks dashboards/kibana.ndjson against a real index: that fields exist, every panel has an answer, and figures are right.
func TestDashboards(t *testing.T) {
	d := openDashboards(t)
	t.Run("fields", d.testFields)
	t.Run("answer", d.testAnswer)
	t.Run("figures", d.testFigures)
	t.Run("sums", d.testSums)
	t.Run("hide", d.testHide) // after it, everything is hidden
}

// A capability is what Elasticsearch can do with a field.
type capability struct {
	Type                     string
	Searchable, Aggregatable bool
}

// capabilities are those of the fields of a data view, runtime fields too.
func (d *dashboards) capabilities(t *testing.T, v *kibanaView) map[string]capability {
	t.Helper()
	body, err := json.Marshal(dict{"runtime_mappings": v.runtime})
	if err != nil {
		t.Fatal(err)
	}
	var caps struct {
		Fields map[string]map[string]capability
	}
	decode(t, []byte(call(t, http.MethodPost, d.url+"/"+v.Title+"/_field_caps?fields=*", string(body))), &caps)
	out := map[string]capability{}
	for name, types := range caps.Fields {
		for _, c := range types {
			out[name] = c
		}
	}
	return out
}

// filterFields are the fields that a query names: the keys under which Elasticsearch wants one, and "field".
func filterFields(query any) []string {
	var out []string
	switch q := query.(type) {
	case []any:
		for _, v := range q {
			out = append(out, filterFields(v)...)
		}
	case dict:
		for name, v := range q {
			switch name {
			case "match_phrase", "terms", "term", "range":
				out = slices.AppendSeq(out, maps.Keys(v.(dict)))
			case "exists":
				out = append(out, v.(dict)["field"].(string))
			case "bool", "must_not", "should", "filter", "must":
				out = append(out, filterFields(v)...)
			}
		}
	}
	return out
}

// testFields checks that every field that is named exists, and can be searched, grouped or added up where it is.
func (d *dashboards) testFields(t *testing.T) {
	all := map[*kibanaView]map[string]capability{}
	need := func(id string, v *kibanaView, field string, aggregated, searched bool) {
		if all[v] == nil {
			all[v] = d.capabilities(t, v)
		}
		c, ok := all[v][field]
		if !ok || aggregated && !c.Aggregatable || searched && !c.Searchable {
			t.Errorf("%s: field %q of %s: %+v, there %v; want it aggregatable %v, searchable %v", id, field, v.Title, c, ok, aggregated, searched)
		}
	}
	for id, v := range d.views {
		for _, f := range append(v.fields, slices.Collect(maps.Keys(v.runtime))...) {
			need(id, v, f, false, false)
		}
		if v.TimeFieldName != "" {
			need(id, v, v.TimeFieldName, true, true)
		}
	}
	for _, p := range d.panels {
		searched, aggregated := p.fields(t)
		for _, f := range searched {
			need(p.ID, p.view, f, false, true)
		}
		for _, f := range aggregated {
			need(p.ID, p.view, f, true, false)
		}
		for _, f := range p.listed {
			need(p.ID, p.view, f, false, false)
		}
	}
	for _, b := range d.boards {
		for _, c := range b.controls {
			need(b.ID, d.views[c.view], c.field, true, true)
			for _, p := range b.panels {
				need(b.ID+" "+p.ID, p.view, c.field, false, true) // else a choice would empty the panel
			}
		}
	}
}

// fields are those that the panel searches, and those that it groups by, adds up or sorts by.
func (p *kibanaPanel) fields(t *testing.T) (searched, aggregated []string) {
	t.Helper()
	for _, f := range p.filters {
		named := filterFields(f.Query)
		if len(named) == 0 {
			t.Errorf("%s: filter %v names no field", p.ID, f.Query)
		}
		searched = append(searched, named...)
	}
	aggregated = slices.Concat(p.groups, p.sorted)
	if field := p.figure.SourceField; p.Type == "lens" && field != "___records___" {
		aggregated = append(aggregated, field)
	}
	return searched, aggregated
}

// testAnswer asks for every panel of every dashboard.
func (d *dashboards) testAnswer(t *testing.T) {
	asked := map[string]bool{}
	for _, b := range d.boards {
		for _, p := range b.panels {
			asked[p.ID] = true
			if p.view.TimeFieldName != "" && b.since == "" {
				t.Errorf("%s: %s hangs on time, and the dashboard sets no range", b.ID, p.ID)
			}
			a := p.ask(t, d.url, b.since)
			if p.Type == "search" {
				for _, field := range p.listed {
					if !slices.ContainsFunc(a.Hits.Hits, func(h struct{ Fields map[string][]any }) bool { return len(h.Fields[field]) > 0 }) {
						t.Errorf("%s: %d hits, none with %s", p.ID, len(a.Hits.Hits), field)
					}
				}
				continue
			}
			rows := p.rows(t, a)
			if !slices.ContainsFunc(rows, func(r groupRow) bool { return r.figure != "0" && r.figure != "0.0" }) {
				t.Errorf("%s: nothing but zero in %d rows", p.ID, len(rows))
			}
		}
	}
	if len(asked) != len(d.panels) || len(asked) < 25 || len(d.boards) != 4 {
		t.Errorf("asked for %d of %d panels on %d dashboards", len(asked), len(d.panels), len(d.boards))
	}
}

// testHide checks that every panel but the ledger's leaves out what is being replaced, and what is superseded.
func (d *dashboards) testHide(t *testing.T) {
	var generations []string
	err := d.store.Disclosures(t.Context(), indexer.Filters{}, true, func(r indexer.DisclosureRecord) error {
		generations = append(generations, r.Generation)
		return nil
	})
	if err != nil || len(generations) == 0 {
		t.Fatalf("got %d disclosures, %v", len(generations), err)
	}
	checkEmpty := func(why string) {
		for _, p := range d.panels {
			n := p.ask(t, d.url, "now-1y").Hits.Total.Value
			if ofLedger := strings.HasSuffix(p.view.Title, "-ledger"); ofLedger != (n > 0) {
				t.Errorf("%s: %d documents of which all are %s", p.ID, n, why)
			}
		}
	}
	list, err := json.Marshal(dict{"generations": generations})
	if err != nil {
		t.Fatal(err)
	}
	concealed := d.url + "/" + d.prefix + "-versions/_doc/concealed?refresh=true"
	call(t, http.MethodPut, concealed, string(list))
	checkEmpty("being replaced")
	call(t, http.MethodPut, concealed, `{"generations":[]}`)
	for _, kind := range []string{"disclosures", "passages", "items", "tables", "projects"} {
		call(t, http.MethodPost, d.url+"/"+d.prefix+"-"+kind+"/_update_by_query?refresh=true", `{"script":{"source":"ctx._source.current = false"}}`)
	}
	checkEmpty("superseded")
}

// testFigures holds counts against what the store says of its disclosures and files.
func (d *dashboards) testFigures(t *testing.T) {
	counts, cells := d.counts(t)
	checked := 0
	for _, p := range d.panels {
		name := strings.TrimPrefix(p.ID, d.prefix+"-")
		want, ok := counts[name]
		if !ok && name != "coverage-matrix" {
			continue
		}
		checked++
		rows := p.rows(t, p.ask(t, d.url, "now-1y"))
		if ok {
			if f, err := rows[0].figure.Float64(); err != nil || f != float64(want) || len(rows) != 1 {
				t.Errorf("%s: got %v, %v, want %d", name, rows, err, want)
			}
			continue
		}
		got := map[string]string{}
		for _, r := range rows {
			got[r.keys["region_unit"]+"|"+r.keys["fiscal_year"]+"|"+r.keys["document_kind"]] = r.figure.String()
		}
		if diff := cmp.Diff(got, cells); diff != "" {
			t.Errorf("%s (-got +want):\n%s", name, diff)
		}
	}
	if checked != len(counts)+1 {
		t.Errorf("checked %d panels, want %d", checked, len(counts)+1)
	}
}

// counts are the figures of panels with one, by what they are called, and the cells of the coverage.
func (d *dashboards) counts(t *testing.T) (counts map[string]int, cells map[string]string) {
	t.Helper()
	units, regions, copies := map[string]bool{}, map[string]bool{}, map[string]int{}
	counts, cells = map[string]int{}, map[string]string{}
	err := d.store.Disclosures(t.Context(), indexer.Filters{}, false, func(r indexer.DisclosureRecord) error {
		counts["disclosures-count"]++
		counts["pages"] += r.Pages
		if r.Unit == "" {
			return nil
		}
		units[r.Region+" "+r.Unit], regions[r.Region] = true, true
		if r.FiscalYear != nil {
			cell := fmt.Sprint(r.Region, " ", r.Unit, "|", *r.FiscalYear, "|", r.DocumentKind)
			copies[cell]++
			cells[cell] = fmt.Sprint(copies[cell])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	counts["units"], counts["regions"] = len(units), len(regions)
	err = d.store.Entries(t.Context(), indexer.EntryFilter{}, func(e schemas.Entry) error {
		counts["files"]++
		counts["file-pages"] += e.Pages
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts, cells
}
