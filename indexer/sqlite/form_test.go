package sqlite_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yusuan/indexer"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
)

// TestForms wants that a filter by form finds, with every other filter, what that finds without it and is of the form, in the same order. The
// statements are of several shapes.
func TestForms(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "index.sqlite"))
	for i := range 4 {
		if _, err := s.Put(t.Context(), sized(i)); err != nil {
			t.Fatal(err)
		}
	}
	others := map[string]indexer.Filters{
		"nothing":       {},
		"unit":          {Unit: []string{"=" + sized(3).Unit}},
		"words of unit": {Unit: []string{"局", "中心"}},
		"region":        {Region: []string{sized(1).Region, sized(2).Region}},
		"disclosure":    {Disclosure: []string{sized(2).ID()}},
		"disclosures":   {Disclosure: []string{sized(3).ID(), sized(1).ID()}},
		"years":         {YearFrom: 2016, YearTo: 2018},
		"kind":          {Kind: []schemas.DocumentKind{sized(0).DocumentKind}},
		"code":          {Code: []string{"208"}},
		"short code":    {Code: []string{"2"}},
		"unit, code":    {Unit: []string{"=" + sized(1).Unit}, Code: []string{"208", "2"}},
		"amount":        {Min: new(schemas.Fen(1_000_00)), Max: new(schemas.Fen(9_000_00))},
		"region, money": {Region: []string{"云岭3县"}, Min: new(schemas.Fen(1_000_00))},
	}
	seen := map[string]int{}
	for name, f := range others {
		for i, text := range []string{"", "支出", "-合计", "支出 OR code:208"} {
			q := indexer.Query{Filters: f, Text: text, Sort: []indexer.Sort{indexer.ByDocument, indexer.ByAmount}[i%2], Limit: 700}
			all, rows := items(t, s, q), passages(t, s, q)
			for _, wanted := range [][]string{{string(schemas.GeneralPublicExpenditure)}, {string(schemas.RevenueExpenditureSummary), string(schemas.ThreePublicExpenses)},
				{"支出"}, {string(schemas.GeneralPublicExpenditure), "三公"}} {
				q.Form = wanted
				what := fmt.Sprintf("%s, text %q, forms %q", name, text, wanted)
				want := ofForms(all, wanted)
				seen[strings.Join(wanted, ",")] += len(want)
				if got := items(t, s, q); !slices.Equal(got, want) {
					t.Errorf("%s: got %d line items, want %d", what, len(got), len(want))
				}
				if got, want := passages(t, s, q), ofForms(rows, wanted); !slices.Equal(got, want) {
					t.Errorf("%s: got %d passages, want %d", what, len(got), len(want))
				}
			}
		}
	}
	for form, n := range seen {
		if n == 0 {
			t.Errorf("no line item of %s was found", form)
		}
	}
}

// A found is a record's ID and what says its form.
type found struct {
	id, form, title, number string
}

// ofForms are those of one of the forms; words of a title stand in it as they are.
func ofForms(list []found, forms []string) []found {
	var out []found
	for _, r := range list {
		if slices.ContainsFunc(forms, func(form string) bool {
			return r.form != "" && (r.form == form || strings.Contains(r.title, form) || strings.Contains(r.number, form))
		}) {
			out = append(out, r)
		}
	}
	return out
}

// items are all that the query finds, page by page. Its total, and that of the facets, must be as many.
func items(t *testing.T, s *sqlite.Store, q indexer.Query) []found {
	t.Helper()
	var out []found
	for {
		q.Facets = q.After == ""
		res, err := s.Items(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range res.Items {
			out = append(out, found{r.ID, string(r.Form), r.TableTitle, r.TableNumber})
		}
		if q.After = res.Next; q.After == "" {
			if res.Total != len(out) {
				t.Errorf("%+v: %d line items in all, %d on the pages", q, res.Total, len(out))
			}
			return out
		}
	}
}

// passages are all that the query finds, as items does.
func passages(t *testing.T, s *sqlite.Store, q indexer.Query) []found {
	t.Helper()
	var out []found
	for {
		q.Facets = q.After == ""
		res, err := s.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range res.Hits {
			out = append(out, found{r.ID, string(r.Form), r.TableTitle, r.TableNumber})
		}
		if q.After = res.Next; q.After == "" {
			if res.Total != len(out) {
				t.Errorf("%+v: %d passages in all, %d on the pages", q, res.Total, len(out))
			}
			return out
		}
	}
}
