package schemas_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"yusuan/schemas"
)

func TestFunctionalCode(t *testing.T) {
	tests := []struct {
		code                 schemas.FunctionalCode
		valid                bool
		class, section, item string
		parent               string
	}{
		{"208", true, "208", "", "", ""},
		{"20805", true, "208", "20805", "", "208"},
		{"2080505", true, "208", "20805", "2080505", "20805"},
		{"30101", false, "301", "30101", "", "301"},
		{"2080", false, "208", "", "", "20"},
		{"", false, "", "", "", ""},
		{"208०5", false, "208", "", "", ""},
	}
	for _, tt := range tests {
		if got := tt.code.Valid(); got != tt.valid {
			t.Errorf("%q valid = %v, want %v", tt.code, got, tt.valid)
		}
		if !tt.valid {
			continue
		}
		got := []string{tt.code.Class(), tt.code.Section(), tt.code.Item(), tt.code.Parent()}
		if diff := cmp.Diff(got, []string{tt.class, tt.section, tt.item, tt.parent}); diff != "" {
			t.Errorf("%q: got, want:\n%s", tt.code, diff)
		}
	}
}

func TestEconomicCode(t *testing.T) {
	for code, want := range map[schemas.EconomicCode]bool{"301": true, "30108": true, "50101": true, "2080501": false, "3010": false, "x01": false} {
		if got := code.Valid(); got != want {
			t.Errorf("%q valid = %v, want %v", code, got, want)
		}
	}
	if got := schemas.EconomicCode("30108").Parent(); got != "301" {
		t.Errorf("parent of 30108 = %q, want 301", got)
	}
}

func TestParseJob(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	tests := []struct {
		name, payload string
		want          schemas.Job
		bad           string // what the error says
	}{
		{"url", `{"url":"https://example.org/2024.pdf"}`, schemas.Job{URL: "https://example.org/2024.pdf"}, ""},
		{"blob", `{"blob":"sha256:` + digest + `","file_name":"a.pdf"}`, schemas.Job{Blob: "sha256:" + digest, FileName: "a.pdf"}, ""},
		{"unknown fields are ignored", `{"url":"file:///a.pdf","priority":3}`, schemas.Job{URL: "file:///a.pdf"}, ""},
		{"claims", `{"url":"u","claims":{"unit":"某局","year":2024}}`, schemas.Job{URL: "u", Claims: &schemas.Claims{Unit: "某局", Year: 2024}}, ""},
		{"neither", `{"file_name":"a.pdf"}`, schemas.Job{}, "neither url nor blob"},
		{"short digest", `{"blob":"sha256:ab"}`, schemas.Job{}, "64 hex digits"},
		{"no JSON", `hello`, schemas.Job{}, "parse job"},
		{"empty", ``, schemas.Job{}, "parse job"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := schemas.ParseJob([]byte(tt.payload))
			if tt.bad != "" {
				if err == nil || !strings.Contains(err.Error(), tt.bad) {
					t.Fatalf("error = %v, want one with %q", err, tt.bad)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("got, want:\n%s", diff)
			}
			if err := validate(t, schemas.JobSchema, []byte(tt.payload)); err != nil {
				t.Errorf("the job's own schema refuses it: %v", err)
			}
		})
	}
}

func TestRejectionSurvivesWrapping(t *testing.T) {
	err := fmt.Errorf("extract a.pdf: %w", schemas.Reject(schemas.PasswordNeeded, "ask for it"))
	if r := schemas.AsRejection(err); r == nil || r.Code != schemas.PasswordNeeded {
		t.Errorf("AsRejection = %v, want password-needed", r)
	}
	if r := schemas.AsRejection(errors.New("disk full")); r != nil {
		t.Errorf("a transient error is a rejection: %v", r)
	}
	r := &schemas.Rejection{Code: schemas.Timeout, Message: "too slow", Page: 3}
	if got, want := r.Error(), "timeout: page 3: too slow"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestDisclosureFollowsItsSchema(t *testing.T) {
	year, day, n := 2024, "2024-02-08", 19
	at := schemas.Place{Page: 1, BBox: &schemas.Box{1, 2, 3, 4}}
	full := schemas.Disclosure{
		SchemaVersion: schemas.SchemaVersion, Title: "某局2024年单位预算公开", Unit: "某局", Region: "某县", FiscalYear: &year,
		Source:       schemas.Source{SHA256: strings.Repeat("0", 64), FileName: "a.pdf", Pages: 1, TextSource: schemas.FromText},
		DocumentKind: schemas.Budget, Scope: schemas.UnitScope, PublishedOn: &day, Staffing: &schemas.Staffing{Authorised: &n},
		Sections: []schemas.Section{{ID: "1", Level: 1, Number: "第一部分", Title: "概况", At: &at, Paragraphs: []schemas.Place{at},
			Children: []schemas.Section{{ID: "1.1", Level: 2, Number: "一、", Text: "文字"}}}},
		Tables: []schemas.Table{{Title: "收支总表", Kind: schemas.RevenueExpenditureSummary, At: &at,
			Columns: []schemas.Column{{Path: []string{"项目"}, Role: schemas.NameRole}, {Path: []string{"金额"}, Role: schemas.AmountRole}},
			Rows:    []schemas.Row{{Cells: []string{"合计", "1"}, At: &at, CellBoxes: []*schemas.Box{{1, 2, 3, 4}, nil}, Spans: [][2]int{{0, 2}}}},
			GridAt:  []schemas.Place{at}}},
		Projects: []schemas.Project{{Name: "某项目", Fields: map[string]string{"规模": "3万元"}, Page: 2}},
		Glossary: []schemas.Term{{Term: "基本支出", Definition: "指…"}},
		Findings: []schemas.Finding{{Rule: "row-total", Severity: schemas.Error, Message: "…", At: []schemas.Place{at}}},
		Warnings: []schemas.Warning{{Code: schemas.Repaired, Message: "…", Page: 1}},
		Claims:   &schemas.Claims{Unit: "某局"}, ParserVersion: schemas.ParserVersion,
	}
	least := schemas.Disclosure{SchemaVersion: schemas.SchemaVersion, DocumentKind: schemas.UnknownKind, Scope: schemas.UnknownScope,
		Source: schemas.Source{SHA256: strings.Repeat("0", 64), FileName: "a.pdf", Pages: 1}, Sections: []schemas.Section{}, Tables: []schemas.Table{}}
	for name, d := range map[string]schemas.Disclosure{"everything set": full, "nothing set": least} {
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schemas.DisclosureSchema, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var back schemas.Disclosure
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(back, d); diff != "" {
			t.Errorf("%s: written and read again: got, want:\n%s", name, diff)
		}
	}
}

// validate checks JSON against a JSON Schema.
func validate(t *testing.T, schema, data []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(schema)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// TestStates holds the lists of states and what is said of each to one another.
func TestStates(t *testing.T) {
	for _, s := range schemas.States() {
		if s.Unread() != slices.Contains(schemas.UnreadStates(), s) || s.Unread() && !s.Final() {
			t.Errorf("%s: unread %v, final %v", s, s.Unread(), s.Final())
		}
	}
	if len(schemas.States()) != 8 || len(schemas.UnreadStates()) != 3 {
		t.Errorf("got %v, %v", schemas.States(), schemas.UnreadStates())
	}
}

// TestAbove compares places by page, then by their boxes where both have one.
func TestAbove(t *testing.T) {
	for _, tc := range []struct {
		a, b schemas.Place
		want bool
	}{
		{schemas.Place{Page: 1}, schemas.Place{Page: 2}, true},
		{schemas.Place{Page: 2, BBox: &schemas.Box{0, 1, 9, 2}}, schemas.Place{Page: 1, BBox: &schemas.Box{0, 5, 9, 6}}, false},
		{schemas.Place{Page: 1, BBox: &schemas.Box{0, 1, 9, 2}}, schemas.Place{Page: 1, BBox: &schemas.Box{0, 5, 9, 6}}, true},
		{schemas.Place{Page: 1, BBox: &schemas.Box{0, 5, 9, 6}}, schemas.Place{Page: 1, BBox: &schemas.Box{0, 5, 9, 6}}, false},
		{schemas.Place{Page: 1, BBox: &schemas.Box{0, 1, 9, 2}}, schemas.Place{Page: 1}, false},
	} {
		if got := tc.a.Above(&tc.b); got != tc.want {
			t.Errorf("%+v above %+v: got %v", tc.a, tc.b, got)
		}
	}
}
