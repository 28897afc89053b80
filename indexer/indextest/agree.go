package indextest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yusuan/indexer"
)

// Agree puts Disclosures into two empty stores and checks that they answer alike: the same passages, totals, facets, snippets,
// line items and sums. Only the scores, and with them the order by relevance, are each store's own.
func Agree(t *testing.T, a, b Store) {
	for _, s := range []Store{a, b} {
		put(t, s, district(), indexer.Stored)
		fill(t, s)
	}
	for _, text := range []string{"湿地 -passage:project", "NOT passage:row", "(unit_type:事业单位 OR passage:term) 补助", "region:浙江 -text_source:text", "-region:浙江 三公经费"} {
		q := indexer.Query{Text: text, Limit: 1000, Facets: true}
		t.Run(text, func(t *testing.T) { same(t, answer(t, a, q), answer(t, b, q)) })
	}
	t.Run("by change", func(t *testing.T) {
		q := indexer.Query{Sort: indexer.ByChange, Limit: 1000}
		same(t, itemAnswer(t, a, q), itemAnswer(t, b, q))
	})
	for _, sort := range []indexer.Sort{indexer.ByAmount, indexer.ByDocument} {
		q := indexer.Query{Text: "支出", Sort: sort, PerDisclosure: true, Limit: 4}
		t.Run("one of each by "+string(sort), func(t *testing.T) { same(t, ask(t, a, q), ask(t, b, q)) })
	}
	for _, tc := range searches() {
		tc.query.Limit, tc.query.Facets = 100, true
		t.Run("search "+tc.name, func(t *testing.T) { same(t, answer(t, a, tc.query), answer(t, b, tc.query)) })
		if tc.query.Text == "" && tc.query.Expr == nil {
			continue
		}
		if _, err := tc.query.Prepare(indexer.Items); err != nil { // such as a section's: line items have none
			continue
		}
		t.Run("items "+tc.name, func(t *testing.T) { same(t, itemAnswer(t, a, tc.query), itemAnswer(t, b, tc.query)) })
	}
	for _, sort := range []indexer.Sort{indexer.ByYear, indexer.ByUnit, indexer.ByRegion, indexer.ByAmount, indexer.ByDocument} {
		t.Run("order "+string(sort), func(t *testing.T) {
			q := indexer.Query{Sort: sort, Limit: 1000, Facets: true}
			got, want := ask(t, a, q), ask(t, b, q)
			same(t, got, want)
			same(t, itemAnswer(t, a, q), itemAnswer(t, b, q))
		})
	}
	for _, tc := range append(itemSearches(), chosenItems()...) {
		tc.query.Limit, tc.query.Facets = 100, true
		t.Run("items "+tc.name, func(t *testing.T) { same(t, itemAnswer(t, a, tc.query), itemAnswer(t, b, tc.query)) })
	}
	for _, by := range indexer.SumDimensions() {
		t.Run("sum by "+string(by), func(t *testing.T) {
			got, err := a.Sum(t.Context(), indexer.Query{}, []indexer.Dimension{by})
			if err != nil {
				t.Fatal(err)
			}
			want, err := b.Sum(t.Context(), indexer.Query{}, []indexer.Dimension{by})
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, want)
		})
	}
}

func same[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(got, want, cmpopts.IgnoreFields(indexer.Hit{}, "Score")); diff != "" {
		t.Errorf("answers (-first +second):\n%s", diff)
	}
}

func ask(t *testing.T, s Store, q indexer.Query) indexer.Result {
	t.Helper()
	res, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// answer gives the result with the hits in the order of their IDs.
func answer(t *testing.T, s Store, q indexer.Query) indexer.Result {
	t.Helper()
	res := ask(t, s, q)
	slices.SortFunc(res.Hits, func(a, b indexer.Hit) int { return strings.Compare(a.ID, b.ID) })
	return res
}

func itemAnswer(t *testing.T, s Store, q indexer.Query) indexer.ItemResult {
	t.Helper()
	res, err := s.Items(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return res
}
