package indextest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yusuan/indexer"
	"yusuan/schemas"
)

// idOf is the ID of one of Disclosures by its file's name.
func idOf(name string) string {
	for _, d := range Disclosures() {
		if d.Source.FileName == name+".pdf" {
			return d.ID()
		}
	}
	return ""
}

// noID is the ID of no disclosure.
const noID = "00000000000000000000000000000000"

// chosenSearches are searches within disclosures that are named by their IDs.
func chosenSearches() []search {
	of := func(text string, f indexer.Filters, names ...string) indexer.Query {
		for _, n := range names {
			f.Disclosure = append(f.Disclosure, idOf(n))
		}
		return indexer.Query{Text: text, Filters: f}
	}
	library, pensions := idOf("library"), idOf("pensions")
	return []search{
		{"of a disclosure", of("三公经费", indexer.Filters{}, "library"), []string{"library section 2"}},
		{"of two disclosures", of("三公经费", indexer.Filters{}, "library", "pensions"), []string{"library section 2", "pensions section 2.1"}},
		{"of a disclosure, typed", of("三公经费 disclosure:"+strings.ToUpper(library), indexer.Filters{}), []string{"library section 2"}},
		{"of two disclosures, typed", of("disclosure:"+library+","+pensions+" 三公经费", indexer.Filters{}), []string{"library section 2", "pensions section 2.1"}},
		{"of a disclosure both typed and chosen", of("三公经费 disclosure:"+library, indexer.Filters{}, "library", "pensions"), []string{"library section 2"}},
		{"of one disclosure and of another", of("三公经费 disclosure:"+library, indexer.Filters{}, "pensions"), nil},
		{"of all disclosures but one", of("三公经费 -disclosure:"+library, indexer.Filters{}), also(bothYears("section 2.2", "table t4"), "pensions section 2.1")},
		{"of a disclosure or with a word", of("(disclosure:"+library+" OR 稽核) 三公经费", indexer.Filters{}), []string{"library section 2", "pensions section 2.1"}},
		{"of a disclosure, without a word", of("-支出 -表六", indexer.Filters{}, "library"),
			[]string{"library section 1", "library title", "library row t2r1", "library row t2r2"}},
		{"of no disclosure", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Disclosure: []string{noID}}}, nil},
		{"of no disclosure, without a word", indexer.Query{Text: "-支出", Filters: indexer.Filters{Disclosure: []string{noID}}}, nil},
		{"of a disclosure and of none", indexer.Query{Text: "三公经费", Filters: indexer.Filters{Disclosure: []string{noID, library}}}, []string{"library section 2"}},
		{"of a disclosure and another unit", of("三公经费", indexer.Filters{Unit: []string{"医院"}}, "library"), nil},
		{"of a disclosure, a code", of("", indexer.Filters{Code: []string{"208"}}, "hospital-3.10"), []string{"hospital-3.10 row t2r0", "hospital-3.10 row t2r1", "hospital-3.10 row t2r2"}},
		{"of a disclosure, an amount", of("", indexer.Filters{Max: ptr(schemas.Fen(-1))}, "pensions"), []string{"pensions row t1r1"}},
		{"of a disclosure, no such amount", of("", indexer.Filters{Max: ptr(schemas.Fen(-1))}, "library"), nil},
		{"of a disclosure, a heading", of("", indexer.Filters{Section: []string{"单位概况"}}, "hospital-3.10"),
			[]string{"hospital-3.10 section 1", "hospital-3.10 section 1.1", "hospital-3.10 section 1.1.1"}},
		{"of a disclosure, a table", of("", indexer.Filters{Form: []string{"公开06表"}}, "pensions", "library"), []string{"pensions table t1", "pensions row t1r0", "pensions row t1r1"}},
	}
}

// chosenItems are the same of line items.
func chosenItems() []itemSearch {
	f := func(names ...string) (f indexer.Filters) {
		for _, n := range names {
			f.Disclosure = append(f.Disclosure, idOf(n))
		}
		return f
	}
	code := f("library", "hospital-3.10")
	code.Code, code.Header = []string{"2080505"}, []string{"合计"}
	return []itemSearch{
		{"of a disclosure", indexer.Query{Text: "公务接待费", Filters: f("hospital-4.20")}, []string{"hospital-4.20 t4r1c1 42000.00", "hospital-4.20 t4r1c2 42000.00"}},
		{"of two disclosures", indexer.Query{Filters: code}, []string{"hospital-3.10 t2r2c4 1082900.00", "library t1r1c4 90000.50"}},
		{"of a disclosure or with a word", indexer.Query{Text: "(disclosure:" + idOf("library") + " OR 接待) header:合计 (2080505 OR 接待)"}, []string{
			"hospital-3.10 t4r1c1 31000.00", "hospital-4.20 t4r1c1 42000.00", "library t1r1c4 90000.50"}},
		{"of no disclosure", indexer.Query{Text: "公务接待费", Filters: indexer.Filters{Disclosure: []string{noID}}}, nil},
	}
}

// testChosen holds what is found within each disclosure against what of it is found among all: the same records in the same order, with the same
// highlights, and facets that count these alone.
func testChosen(t *testing.T, s Store) {
	for _, text := range []string{"三公经费", "支出 -接待", "-支出", "", "三公 OR 2080505"} {
		for _, sort := range []indexer.Sort{indexer.ByDocument, indexer.ByAmount, indexer.ByYear} {
			q := indexer.Query{Text: text, Sort: sort, Limit: 1000}
			all, items := ask(t, s, q), itemAnswer(t, s, q)
			for _, d := range Disclosures() {
				q.Disclosure, q.Facets = []string{d.ID()}, true
				got, gotItems := ask(t, s, q), itemAnswer(t, s, q)
				hits := slices.DeleteFunc(slices.Clone(all.Hits), func(h indexer.Hit) bool { return h.DisclosureID != d.ID() })
				want := slices.DeleteFunc(slices.Clone(items.Items), func(i indexer.LineItem) bool { return i.DisclosureID != d.ID() })
				name := text + " by " + string(sort) + " of " + d.Source.FileName
				if diff := cmp.Diff(got.Hits, hits, cmpopts.EquateEmpty()); diff != "" || got.Total != len(hits) {
					t.Errorf("%s: got total %d, want %d; hits (-got +want):\n%s", name, got.Total, len(hits), diff)
				}
				if diff := cmp.Diff(gotItems.Items, want, cmpopts.EquateEmpty()); diff != "" || gotItems.Total != len(want) {
					t.Errorf("%s: got total %d, want %d; line items (-got +want):\n%s", name, gotItems.Total, len(want), diff)
				}
				checkKinds(t, name, got.Facets, string(d.DocumentKind), len(hits))
				checkKinds(t, name, gotItems.Facets, string(d.DocumentKind), len(want))
			}
		}
	}
}

// checkKinds checks that all hits are counted under one kind of disclosures.
func checkKinds(t *testing.T, name string, facets []indexer.Facet, kind string, count int) {
	t.Helper()
	want := []indexer.Bucket{}
	if count > 0 {
		want = append(want, indexer.Bucket{Value: kind, Count: count})
	}
	for _, f := range facets {
		if f.Dimension != indexer.KindDimension {
			continue
		}
		if diff := cmp.Diff(f.Buckets, want); diff != "" {
			t.Errorf("%s: kinds (-got +want):\n%s", name, diff)
		}
		return
	}
	t.Errorf("%s: no facet of kinds", name)
}

// testChosenSums adds up what is of one disclosure, and checks that a part of an ID is refused wherever it is given.
func testChosenSums(t *testing.T, s Store) {
	q := indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}, Disclosure: []string{idOf("hospital-3.10")}}}
	got, err := s.Sum(t.Context(), q, []indexer.Dimension{indexer.RegionDimension})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(groupNames(got), []string{"云岭县 budget unit general_public_expenditure functional-item total year 1082900.00 1"}); diff != "" {
		t.Errorf("groups (-got +want):\n%s", diff)
	}
	for _, ids := range [][]string{{idOf("library")[:31]}, {idOf("library") + "0"}, {""}, {"="}, {noID, "图书馆"}, slices.Repeat([]string{noID}, indexer.MaxDisclosures+1)} {
		f := indexer.Filters{Disclosure: ids}
		_, searched := s.Search(t.Context(), indexer.Query{Filters: f})
		_, listed := s.Items(t.Context(), indexer.Query{Filters: f})
		_, added := s.Sum(t.Context(), indexer.Query{Filters: f}, nil)
		for _, err := range []error{searched, listed, added, s.Disclosures(t.Context(), f, true, func(indexer.DisclosureRecord) error { return nil })} {
			if _, ok := errors.AsType[*indexer.QueryError](err); !ok {
				t.Errorf("disclosures %.80q: got error %v, want a QueryError", ids, err)
			}
		}
	}
	many := append(slices.Repeat([]string{noID}, indexer.MaxDisclosures-1), idOf("library"))
	for _, tc := range []struct {
		text  string
		codes []string
		want  int
	}{
		{"三公经费", nil, 1},
		{strings.Repeat("(unit:医院 OR -医院) ", 20) + "三公经费", nil, 1},
		{"", slices.Repeat([]string{"2080505", "999"}, 30), 1},
	} {
		if res := ask(t, s, indexer.Query{Text: tc.text, Filters: indexer.Filters{Disclosure: many, Code: tc.codes}}); res.Total != tc.want {
			t.Errorf("%.30q and %d codes of as many disclosures as can be named: got %d passages, want %d", tc.text, len(tc.codes), res.Total, tc.want)
		}
	}
}
