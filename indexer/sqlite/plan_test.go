package sqlite_test

import (
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
