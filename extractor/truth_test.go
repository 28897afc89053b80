package extractor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/unicode/norm"

	"yusuan/extractor"
	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// TestAgainstTruth reads every PDF of testdata and holds what comes out against what its maker wrote into it.
func TestAgainstTruth(t *testing.T) {
	files, err := filepath.Glob("testdata/*.pdf")
	if err != nil || len(files) < 10 {
		t.Fatalf("testdata has %d PDFs, %v: want at least 10", len(files), err)
	}
	engine, err := extractor.NewEngine(extractor.AutoEngine, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	schema := compile(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pdf")
		t.Run(name, func(t *testing.T) {
			got := read(t, engine, file)
			checkSchema(t, schema, got)
			checkPlaces(t, got)
			var want schemas.Disclosure
			data, err := os.ReadFile("testdata/" + name + ".truth.json")
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			compare(t, got, &want)
		})
	}
}

func read(t *testing.T, engine pdf.Engine, file string) *schemas.Disclosure {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := extractor.Extract(context.Background(), engine, extractor.Source{FileName: filepath.Base(file)}, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(schemas.DisclosureSchema)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("disclosure.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("disclosure.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func checkSchema(t *testing.T, schema *jsonschema.Schema, d *schemas.Disclosure) {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("against the contract: %v", err)
	}
}

// checkPlaces sees that every section, row and cell with text says where it stands.
func checkPlaces(t *testing.T, d *schemas.Disclosure) {
	t.Helper()
	for _, tab := range d.Tables {
		for i, row := range tab.Rows {
			if row.At == nil || row.At.BBox == nil || row.At.Page < 1 || row.At.Page > d.Source.Pages {
				t.Errorf("%s: row %d has no place", tab.Title, i)
				continue
			}
			for k, c := range row.Cells {
				if b := row.CellBoxes[k]; c != "" && b != nil && (b[0] > b[2] || b[1] > b[3]) {
					t.Errorf("%s: row %d, column %d has the box %v", tab.Title, i, k, *b)
				}
			}
		}
	}
}

// compare holds two disclosures against each other as a reader would: white space, width of forms and quotes do not count.
func compare(t *testing.T, got, want *schemas.Disclosure) {
	t.Helper()
	diff := func(what string, got, want any) {
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("%s: got, want:\n%s", what, d)
		}
	}
	diff("title", fold(got.Title), fold(want.Title))
	diff("unit", fold(got.Unit), fold(want.Unit))
	diff("region", got.Region, want.Region)
	diff("year", got.FiscalYear, want.FiscalYear)
	diff("kind", got.DocumentKind, want.DocumentKind)
	diff("scope", got.Scope, want.Scope)
	diff("published on", got.PublishedOn, want.PublishedOn)
	if want.Staffing != nil {
		diff("staffing", got.Staffing, want.Staffing)
	}
	diff("sections", outline(got.Sections, ""), outline(want.Sections, ""))
	diff("projects", projects(got), projects(want))
	diff("glossary", glossary(got), glossary(want))
	if len(got.Tables) != len(want.Tables) {
		t.Errorf("%d tables, want %d", len(got.Tables), len(want.Tables))
		return
	}
	for i := range want.Tables {
		diff("table "+want.Tables[i].Title, sheet(&got.Tables[i]), sheet(&want.Tables[i]))
	}
}

func outline(sections []schemas.Section, indent string) []string {
	var out []string
	for _, s := range sections {
		out = append(out, indent+fold(s.Number+s.Title)+" | "+fold(s.Text))
		out = append(out, outline(s.Children, indent+"  ")...)
	}
	return out
}

func projects(d *schemas.Disclosure) []string {
	var out []string
	for _, p := range d.Projects {
		out = append(out, fold(p.Name))
		for k, v := range p.Fields {
			out = append(out, fold(p.Name+" "+k+" "+v))
		}
	}
	slices.Sort(out)
	return out
}

func glossary(d *schemas.Disclosure) []string {
	var out []string
	for _, g := range d.Glossary {
		out = append(out, fold(g.Term+" "+g.Definition))
	}
	return out
}

var running = regexp.MustCompile(`^(栏次|行次|\d{1,2})$`)

// sheet gives a table as lines of text. Rows without text, and the row of running numbers, are left out.
func sheet(t *schemas.Table) []string {
	out := []string{fmt.Sprintf("%s %s %s %s %s empty=%v", fold(t.Number), fold(t.Title), t.Kind, fold(t.ReportingUnit), t.UnitOfMeasure, t.Empty)}
	for _, n := range t.Notes {
		out = append(out, "note "+fold(n))
	}
	for _, c := range t.Columns {
		path := slices.DeleteFunc(slices.Clone(c.Path), func(s string) bool { return running.MatchString(s) })
		out = append(out, "column "+fold(strings.Join(path, "/")))
	}
	add := func(cells []string) {
		if line := fold(strings.Join(cells, "|")); strings.Trim(line, "|") != "" {
			out = append(out, line)
		}
	}
	for _, r := range t.Rows {
		add(r.Cells)
	}
	for _, r := range t.Grid {
		add(r)
	}
	return out
}

func fold(s string) string {
	s = norm.NFKC.String(s)
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\n', '\t', '\u3000':
			return -1
		case '“', '”':
			return '"'
		case '—', '–', '―':
			return '-'
		}
		return r
	}, s)
}
