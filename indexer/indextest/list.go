package indextest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// testDisclosures lists the disclosures by what they may be chosen by.
func testDisclosures(t *testing.T, s Store) {
	var all []indexer.DisclosureRecord
	for _, d := range Disclosures() {
		b, err := indexer.Records(d)
		if err != nil {
			t.Fatal(err)
		}
		b.Disclosure.Body = nil
		all = append(all, b.Disclosure)
	}
	slices.SortFunc(all, func(a, b indexer.DisclosureRecord) int { return slices.Compare([]string{a.ID}, []string{b.ID}) })
	for _, tc := range []struct {
		name    string
		filters indexer.Filters
		want    func(*indexer.DisclosureRecord) bool
	}{
		{"all", indexer.Filters{}, func(*indexer.DisclosureRecord) bool { return true }},
		{"unit", indexer.Filters{Unit: []string{"图书馆"}}, func(d *indexer.DisclosureRecord) bool { return d.Unit == "青禾县图书馆" }},
		{"region and years", indexer.Filters{Region: []string{"=云岭县"}, YearFrom: 2024, YearTo: 2024}, func(d *indexer.DisclosureRecord) bool { return d.Region == "云岭县" && *d.FiscalYear == 2024 }},
		{"kind", indexer.Filters{Kind: []schemas.DocumentKind{schemas.FinalAccounts}}, func(d *indexer.DisclosureRecord) bool { return d.DocumentKind == schemas.FinalAccounts }},
		{"scope", indexer.Filters{Scope: []schemas.Scope{schemas.DepartmentScope}}, func(d *indexer.DisclosureRecord) bool { return d.Scope == schemas.DepartmentScope }},
		{"IDs", indexer.Filters{Disclosure: []string{idOf("library"), noID, idOf("pensions")}}, func(d *indexer.DisclosureRecord) bool {
			return d.ID == idOf("library") || d.ID == idOf("pensions")
		}},
		{"ID and year", indexer.Filters{Disclosure: []string{idOf("library"), idOf("pensions")}, YearFrom: 2024}, func(d *indexer.DisclosureRecord) bool { return d.ID == idOf("library") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var want, got []indexer.DisclosureRecord
			for i := range all {
				if tc.want(&all[i]) {
					want = append(want, all[i])
				}
			}
			err := s.Disclosures(t.Context(), tc.filters, false, func(d indexer.DisclosureRecord) error {
				d.IndexedAt = time.Time{}
				got = append(got, d)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, want); diff != "" || len(want) == 0 {
				t.Errorf("disclosures (-got +want):\n%s", diff)
			}
		})
	}
	enough := errors.New("enough")
	if err := s.Disclosures(t.Context(), indexer.Filters{}, true, func(indexer.DisclosureRecord) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v, want the caller's error", err)
	}
	err := s.Disclosures(t.Context(), indexer.Filters{Code: []string{"208"}}, false, func(indexer.DisclosureRecord) error { return nil })
	if _, ok := errors.AsType[*indexer.QueryError](err); !ok {
		t.Errorf("by code: got %v, want a QueryError", err)
	}
}

// testSources asks for the PDFs of all disclosures, and of one that is not there.
func testSources(t *testing.T, s Store) {
	ids, want := []string{"none"}, map[string]schemas.Source{}
	for _, d := range Disclosures() {
		ids = append(ids, d.ID(), d.ID())
		want[d.ID()] = schemas.Source{SHA256: d.Source.SHA256, FileName: d.Source.FileName, URI: d.Source.URI}
	}
	got, err := s.Sources(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" || len(want) == 0 {
		t.Errorf("sources (-got +want):\n%s", diff)
	}
	if got, err := s.Sources(t.Context(), nil); err != nil || len(got) > 0 {
		t.Errorf("of none: got %v, %v", got, err)
	}
}
