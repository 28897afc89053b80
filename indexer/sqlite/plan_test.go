package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"yusuan/indexer"
	"yusuan/schemas"
)

// TestPlans wants that what is asked for by a name, a code or a text is looked up, and not looked for among all records; and that going
// through all of them in the order of the documents sorts none. Within disclosures words and codes are not looked up among all passages.
func TestPlans(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "index.sqlite"))
	for i := range 40 {
		if _, err := s.Put(t.Context(), sized(i)); err != nil {
			t.Fatal(err)
		}
	}
	chosen := []string{sized(3).ID(), sized(30).ID()}
	const scan, sort = "SCAN x", "USE TEMP B-TREE"
	const words = "passage_fts VIRTUAL TABLE INDEX 0:M3" // with >< behind it, it is a range of passages
	for _, tc := range []struct {
		name  string
		q     indexer.Query
		never []string
	}{
		{"unit", indexer.Query{Filters: indexer.Filters{Unit: []string{"=云岭7县水利局"}}}, []string{scan}},
		{"words of a unit", indexer.Query{Filters: indexer.Filters{Unit: []string{"水利"}}}, []string{scan}},
		{"region and year", indexer.Query{Filters: indexer.Filters{Region: []string{"云岭7县"}, YearFrom: 2020}}, []string{scan}},
		{"code", indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}}}, []string{scan}},
		{"code and unit", indexer.Query{Filters: indexer.Filters{Code: []string{"208"}, Unit: []string{"水利"}}}, []string{scan}},
		{"form", indexer.Query{Filters: indexer.Filters{Form: []string{"三公"}}}, []string{scan}},
		{"type of unit", indexer.Query{Filters: indexer.Filters{UnitType: []indexer.UnitType{indexer.SchoolUnit}}, Sort: indexer.ByYear}, []string{scan}},
		{"text source", indexer.Query{Filters: indexer.Filters{TextSource: []schemas.TextSource{schemas.FromOCR}}, Sort: indexer.ByYear}, []string{scan}},
		{"a type of unit, document by document", indexer.Query{Sort: indexer.ByDocument, Filters: indexer.Filters{UnitType: []indexer.UnitType{indexer.GovernmentUnit}}}, []string{sort}},
		{"text", indexer.Query{Text: "养老保险"}, []string{scan}},
		{"amount", indexer.Query{Filters: indexer.Filters{Min: new(schemas.Fen(100)), Max: new(schemas.Fen(100))}}, []string{scan}},
		{"disclosure", indexer.Query{Sort: indexer.ByAmount, Filters: indexer.Filters{Disclosure: chosen[:1]}}, []string{scan}},
		{"disclosures", indexer.Query{Sort: indexer.ByYear, Filters: indexer.Filters{Disclosure: chosen, YearFrom: 2020}}, []string{scan}},
		{"disclosures and a region", indexer.Query{Filters: indexer.Filters{Disclosure: chosen, Region: []string{"云岭"}}}, []string{scan}},
		{"disclosure and code", indexer.Query{Filters: indexer.Filters{Disclosure: chosen[:1], Code: []string{"208"}}}, []string{scan, "items_code", "passage_codes USING PRIMARY KEY"}},
		{"disclosure and amount", indexer.Query{Filters: indexer.Filters{Disclosure: chosen[:1], Min: new(schemas.Fen(100))}}, []string{scan, "items_amount"}},
		{"disclosure, without a word", indexer.Query{Text: "-养老保险", Filters: indexer.Filters{Disclosure: chosen[:1]}}, []string{scan, words}},
		{"disclosure and text", indexer.Query{Text: "养老保险", Filters: indexer.Filters{Disclosure: chosen[:1]}}, []string{scan, words}},
		{"disclosures and text", indexer.Query{Text: "养老保险", Filters: indexer.Filters{Disclosure: chosen}}, []string{scan, words}},
		{"all, document by document", indexer.Query{Sort: indexer.ByDocument}, []string{sort}},
		{"a year, document by document", indexer.Query{Sort: indexer.ByDocument, Filters: indexer.Filters{YearFrom: 2020}}, []string{sort}},
	} {
		for _, target := range []indexer.Target{indexer.Passages, indexer.Items} {
			count, page, err := s.Explain(t.Context(), tc.q, target)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range append(count, page...) {
				for _, never := range tc.never {
					if strings.Contains(step+" ", never+" ") {
						t.Errorf("%s, %s: got %q in\n%s\n%s", tc.name, target, step, strings.Join(count, "\n"), strings.Join(page, "\n"))
					}
				}
			}
		}
	}
}

// TestFormPlans wants that the tables of a form are looked up within the disclosures of a unit, of a region or with an ID, each one's in turn;
// that without these they are looked up by the form, unless a code or the words are; and that no list is gone through once for each table.
func TestFormPlans(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "index.sqlite"))
	for i := range 8 {
		if _, err := s.Put(t.Context(), sized(i)); err != nil {
			t.Fatal(err)
		}
	}
	const (
		withinOne  = "SEARCH t USING COVERING INDEX tables_form (form=? AND rowid>? AND rowid<?)"
		rowsOfOne  = "SEARCH t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
		ofForm     = "SEARCH t USING COVERING INDEX tables_form (form=?)"
		ofTable    = "_tbl (tbl=?)"
		byUnit     = "SEARCH d USING INDEX disclosures_unit (unit_text=?)"
		byID       = "SEARCH d USING INDEX sqlite_autoindex_disclosures_1 (id=?)"
		byKey      = "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)"
		each       = "tbl=? AND rowid=?" // a list is gone through for each table
		itemCodes  = "items_code (code>? AND code<?)"
		rowCodes   = "passage_codes USING PRIMARY KEY (code>? AND code<?)"
		words      = "SCAN passage_fts"
		scanTables = "SCAN t "
	)
	form, unit, region := []string{"general_public_expenditure"}, []string{"=云岭7县水利局"}, []string{"云岭7县"}
	both, passages, items := []indexer.Target{indexer.Passages, indexer.Items}, []indexer.Target{indexer.Passages}, []indexer.Target{indexer.Items}
	for _, tc := range []struct {
		name    string
		f       indexer.Filters
		text    string
		targets []indexer.Target
		want    []string // in this order
		never   []string
	}{
		{"unit", indexer.Filters{Form: form, Unit: unit}, "", both, []string{byUnit, withinOne, ofTable}, nil},
		{"words of a unit", indexer.Filters{Form: form, Unit: []string{"水利"}}, "", both, []string{"SEARCH d USING INDEX disclosures_unit", withinOne, ofTable}, nil},
		{"unit and two forms", indexer.Filters{Form: []string{form[0], "carryover"}, Unit: unit}, "", both, []string{byUnit, withinOne, ofTable}, nil},
		{"unit and words of a title", indexer.Filters{Form: []string{"三公"}, Unit: unit}, "", both, []string{byUnit, rowsOfOne, ofTable}, []string{"tables_title", "tables_number"}},
		{"unit and form or words", indexer.Filters{Form: []string{form[0], "三公"}, Unit: unit}, "", both, []string{byUnit, rowsOfOne, ofTable}, []string{"tables_title", "tables_form"}},
		{"region", indexer.Filters{Form: form, Region: region}, "", both, []string{byKey, withinOne, ofTable}, nil},
		{"disclosure", indexer.Filters{Form: form, Disclosure: []string{sized(3).ID()}}, "", both, []string{byID, withinOne, ofTable}, nil},
		{"disclosures", indexer.Filters{Form: form, Disclosure: []string{sized(3).ID(), sized(5).ID()}}, "", both, []string{byID, withinOne, ofTable}, nil},
		{"unit and year", indexer.Filters{Form: form, Unit: unit, YearFrom: 2020}, "", both, []string{byUnit, withinOne, ofTable}, nil},
		{"unit and code", indexer.Filters{Form: form, Unit: unit, Code: []string{"208"}}, "", both, []string{byUnit, withinOne, ofTable}, []string{each, "items_code"}},
		{"region and amount", indexer.Filters{Form: form, Region: region, Min: new(schemas.Fen(100))}, "", both, []string{byKey, withinOne, ofTable}, []string{each}},
		{"unit and text", indexer.Filters{Form: form, Unit: unit}, "支出", items, []string{byUnit, withinOne, ofTable}, nil},
		{"unit, without a word", indexer.Filters{Form: form, Unit: unit}, "-支出", both, []string{byUnit, withinOne, ofTable}, []string{each}},
		{"text", indexer.Filters{Form: form}, "支出", passages, []string{words}, []string{"SEARCH x"}},
		{"text and unit", indexer.Filters{Form: form, Unit: unit}, "支出", passages, []string{words, byKey}, []string{"SEARCH x"}},
		{"alone", indexer.Filters{Form: form}, "", both, []string{withinOne, ofTable}, nil},
		{"words alone", indexer.Filters{Form: []string{"三公"}}, "", both, []string{"tables_title (title=?)", "tables_number (number=?)"}, []string{scanTables}},
		{"amount", indexer.Filters{Form: form, Min: new(schemas.Fen(100))}, "", both, []string{ofForm, ofTable}, []string{each}},
		{"code of items", indexer.Filters{Form: form, Code: []string{"20805"}}, "", items, []string{itemCodes}, nil},
		{"code of passages", indexer.Filters{Form: form, Code: []string{"20805"}}, "", passages, []string{rowCodes}, []string{each}},
		{"how nearly all codes begin", indexer.Filters{Form: form, Code: []string{"2"}}, "", both, []string{ofForm, ofTable}, []string{"items_code", each}},
	} {
		for _, target := range tc.targets {
			count, page, err := s.Explain(t.Context(), indexer.Query{Filters: tc.f, Text: tc.text}, target)
			if err != nil {
				t.Fatal(err)
			}
			checkPlan(t, fmt.Sprintf("%s, count of %s", tc.name, target), count, tc.want, append(tc.never, "SCAN x "))
			checkPlan(t, fmt.Sprintf("%s, page of %s", tc.name, target), page, tc.want, append(tc.never, "SCAN x "))
			if target != indexer.Items {
				continue
			}
			sum, err := s.ExplainSum(t.Context(), indexer.Query{Filters: tc.f, Text: tc.text}, indexer.YearDimension)
			if err != nil {
				t.Fatal(err)
			}
			checkPlan(t, tc.name+", sum", sum, tc.want, append(tc.never, "SCAN x "))
		}
	}
}

// TestSumPlans wants that adding all line items, or those of a year, of disclosures or of a unit, goes through them once: SQLite would make an
// index of all records by a column of few values, and go through what that has of one once for each disclosure.
func TestSumPlans(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "index.sqlite"))
	for i := range 8 {
		if _, err := s.Put(t.Context(), sized(i)); err != nil {
			t.Fatal(err)
		}
	}
	chosen := []string{sized(3).ID(), sized(5).ID()}
	for _, tc := range []struct {
		name string
		f    indexer.Filters
	}{
		{"all", indexer.Filters{}},
		{"year", indexer.Filters{YearFrom: 2020, YearTo: 2020}},
		{"region", indexer.Filters{Region: []string{"云岭"}}},
		{"type of unit", indexer.Filters{UnitType: []indexer.UnitType{indexer.GovernmentUnit}}},
		{"disclosures and state", indexer.Filters{Disclosure: chosen, State: []indexer.State{indexer.FigureState}}},
		{"form", indexer.Filters{Form: []string{"general_public_expenditure"}}},
		{"form and unit", indexer.Filters{Form: []string{"general_public_expenditure"}, Unit: []string{"水利"}}},
	} {
		for _, by := range []indexer.Dimension{indexer.CodeDimension, indexer.UnitDimension, indexer.YearDimension} {
			steps, err := s.ExplainSum(t.Context(), indexer.Query{Filters: tc.f}, by)
			if err != nil {
				t.Fatal(err)
			}
			checkPlan(t, fmt.Sprintf("%s, by %s", tc.name, by), steps, nil, []string{"AUTOMATIC"})
		}
	}
}

// checkPlan wants steps that contain the texts in their order, and none that contains what there must never be.
func checkPlan(t *testing.T, name string, steps, want, never []string) {
	t.Helper()
	all, rest := strings.Join(steps, "\n"), want
	for _, step := range steps {
		if len(rest) > 0 && strings.Contains(step, rest[0]) {
			rest = rest[1:]
		}
		for _, n := range never {
			if strings.Contains(step+" ", n) {
				t.Errorf("%s: got %q in\n%s", name, step, all)
			}
		}
	}
	if len(rest) > 0 {
		t.Errorf("%s: want %q, in the order of %q, in\n%s", name, rest[0], want, all)
	}
}
