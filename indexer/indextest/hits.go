package indextest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// one finds the one passage that the query finds.
func one(t *testing.T, s Store, q indexer.Query) indexer.Hit {
	t.Helper()
	res, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Hits) != 1 || res.Total != 1 {
		t.Fatalf("got %v of %d, want one hit", passageNames(res.Hits), res.Total)
	}
	return res.Hits[0]
}

// marked returns the snippet with what is marked in brackets.
func marked(h indexer.Hit) string {
	var b strings.Builder
	for _, s := range indexer.Segments(h.Snippet.Text, h.Snippet.Marks) {
		if s.Marked {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// testHits checks what a hit says: snippet, page, box, and the whole record.
func testHits(t *testing.T, s Store) {
	t.Run("first paragraph", func(t *testing.T) {
		h := one(t, s, indexer.Query{Text: "三公经费 减少", Filters: indexer.Filters{YearFrom: 2024}})
		if got, want := marked(h), "“[三公”经费]财政拨款预算数为3.10万元，比上年[减少]1.10万元，主要原因是：压减公务接待费。\n"; !strings.HasPrefix(got, want) {
			t.Errorf("got snippet %q, want it to begin with %q", got, want)
		}
		if h.Page != 7 || h.Box == nil || *h.Box != *box(100) {
			t.Errorf("got page %d, box %v, want 7, %v", h.Page, h.Box, *box(100))
		}
		if diff := cmp.Diff(h.Snippet.Heading, []indexer.Range{{Start: 9, End: 24}}); diff != "" {
			t.Errorf("heading (-got +want):\n%s", diff)
		}
	})
	t.Run("second paragraph", func(t *testing.T) {
		h := one(t, s, indexer.Query{Text: "公务接待费支出增加"})
		if h.Page != 5 || h.Box == nil || *h.Box != *box(120) {
			t.Errorf("got page %d, box %v, want 5, %v", h.Page, h.Box, *box(120))
		}
		if got := marked(h); !h.Snippet.Before || h.Snippet.After || !strings.HasSuffix(got, "[公务接待费支出增加]。") {
			t.Errorf("got snippet %q (before %v, after %v), want the text's end", got, h.Snippet.Before, h.Snippet.After)
		}
		if !strings.HasPrefix(h.Text[h.Snippet.Start:], h.Snippet.Text) {
			t.Errorf("snippet %q is not at %d of the text", h.Snippet.Text, h.Snippet.Start)
		}
	})
	t.Run("cell", func(t *testing.T) {
		h := one(t, s, indexer.Query{Text: "办公费"})
		want := schemas.Box{272, 125, 317, 137.5}
		if h.Page != 3 || h.Box == nil || *h.Box != want {
			t.Errorf("got page %d, box %v, want 3, %v", h.Page, h.Box, want)
		}
		if got, want := marked(h), "30101 基本工资 365.60 30201 [办公费] （2.22）"; got != want {
			t.Errorf("got snippet %q, want %q", got, want)
		}
	})
	t.Run("code over cells", func(t *testing.T) {
		h := one(t, s, indexer.Query{Text: "2080505", Filters: indexer.Filters{Unit: []string{"图书馆"}}})
		if got, want := marked(h), "[208 05 05] 机关事业单位基本养老保险缴费支出 90,000.50 90,000.50"; got != want {
			t.Errorf("got snippet %q, want %q", got, want)
		}
	})
	t.Run("records", func(t *testing.T) { testPassageRecords(t, s) })
	t.Run("disclosure", func(t *testing.T) {
		want := hospital(2024, "3.10")
		got, err := s.Disclosure(t.Context(), want.ID())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("disclosure (-got +want):\n%s", diff)
		}
		if _, err := s.Disclosure(t.Context(), "none"); !errors.Is(err, indexer.ErrNotFound) {
			t.Errorf("got error %v for no disclosure, want ErrNotFound", err)
		}
	})
}

// testPassageRecords checks that every passage comes back as Records made it.
func testPassageRecords(t *testing.T, s Store) {
	var want []indexer.Passage
	for _, d := range Disclosures() {
		b, err := indexer.Records(d)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, b.Passages...)
	}
	slices.SortFunc(want, func(a, b indexer.Passage) int { return strings.Compare(a.ID, b.ID) })
	res, err := s.Search(t.Context(), indexer.Query{Limit: 1000, Filters: indexer.Filters{Passage: indexer.PassageKinds()}})
	if err != nil {
		t.Fatal(err)
	}
	var got []indexer.Passage
	for _, h := range res.Hits {
		got = append(got, h.Passage)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("passages (-got +want):\n%s", diff)
	}
}

// testOrders checks the orders that all back ends share.
func testOrders(t *testing.T, s Store) {
	for _, tc := range []struct {
		name string
		sort indexer.Sort
		want []string
	}{
		{"year", indexer.ByYear, []string{"hospital-3.10", "library", "hospital-4.20", "pensions", "nameless"}},
		{"unit", indexer.ByUnit, []string{"nameless", "hospital-3.10", "hospital-4.20", "library", "pensions"}},
		{"region", indexer.ByRegion, []string{"nameless", "hospital-3.10", "hospital-4.20", "library", "pensions"}},
		{"amount", indexer.ByAmount, []string{"hospital", "pensions", "library", "nameless"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			res, err := s.Search(t.Context(), indexer.Query{Sort: tc.sort, Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range res.Hits {
				name := fileName(h.DisclosureID)
				if tc.sort == indexer.ByAmount {
					name, _, _ = strings.Cut(name, "-")
				}
				if !slices.Contains(got, name) {
					got = append(got, name)
				}
			}
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("order (-got +want):\n%s", diff)
			}
		})
	}
}

// testPages checks that pages, laid side by side, give each hit once, in the order of one large page.
func testPages(t *testing.T, s Store) {
	for _, q := range []indexer.Query{
		{Text: "支出"}, {Sort: indexer.ByUnit}, {Sort: indexer.ByYear}, {Sort: indexer.ByAmount}, {Text: "支出", Sort: indexer.ByRegion}, {},
	} {
		t.Run(string(q.Sort)+q.Text, func(t *testing.T) {
			whole := q
			whole.Limit = 1000
			want, err := s.Search(t.Context(), whole)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			q.Limit = 7
			for range want.Total {
				res, err := s.Search(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, passageNames(res.Hits)...)
				if q.After = res.Next; res.Next == "" {
					break
				}
			}
			if diff := cmp.Diff(got, passageNames(want.Hits)); diff != "" || len(got) != want.Total || len(got) < 8 {
				t.Errorf("got %d of %d hits (-got +want):\n%s", len(got), want.Total, diff)
			}
		})
	}
}

func testFacets(t *testing.T, s Store) {
	res, err := s.Search(t.Context(), indexer.Query{Text: "三公经费", Facets: true})
	if err != nil {
		t.Fatal(err)
	}
	bucket := func(value string, n int) indexer.Bucket { return indexer.Bucket{Value: value, Count: n} }
	want := map[indexer.Dimension][]indexer.Bucket{
		indexer.RegionDimension:     {bucket("云岭县", 4), bucket("青禾县", 2)},
		indexer.CountyDimension:     {bucket("云岭县", 4), bucket("青禾县", 2)},
		indexer.UnitDimension:       {bucket("云岭县人民医院", 4), bucket("青禾县图书馆", 1), bucket("青禾县社会保险中心", 1)},
		indexer.UnitTypeDimension:   {bucket("medical", 4), bucket("institution", 2)},
		indexer.YearDimension:       {bucket("2023", 3), bucket("2024", 3)},
		indexer.KindDimension:       {bucket("budget", 5), bucket("final_accounts", 1)},
		indexer.ScopeDimension:      {bucket("unit", 5), bucket("department", 1)},
		indexer.TextSourceDimension: {bucket("text", 6)},
		indexer.FormDimension:       {bucket("three_public_expenses", 2)},
		indexer.StateDimension:      {bucket("figure", 2)},
		indexer.PassageDimension:    {bucket("section", 4), bucket("table", 2)},
		indexer.SectionDimension:    {bucket("预算情况说明 > 三公经费预算情况说明", 2), bucket("三公经费说明", 1), bucket("决算情况说明 > 三公经费支出决算说明", 1)},
	}
	got := map[indexer.Dimension][]indexer.Bucket{}
	for i, f := range res.Facets {
		if f.Dimension != indexer.FacetDimensions()[i] {
			t.Errorf("got facet %s at %d, want %s", f.Dimension, i, indexer.FacetDimensions()[i])
		}
		if len(f.Buckets) > 0 {
			got[f.Dimension] = f.Buckets
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("facets (-got +want):\n%s", diff)
	}
	empty, err := s.Items(t.Context(), indexer.Query{Text: "挂号", Facets: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range empty.Facets {
		if len(f.Buckets) != 0 {
			t.Errorf("got %v for no items, want no buckets", f)
		}
	}
	if len(empty.Facets) != len(indexer.FacetDimensions()) {
		t.Errorf("got %d facets for no items, want %d", len(empty.Facets), len(indexer.FacetDimensions()))
	}
}

func testBadQueries(t *testing.T, s Store) {
	for _, tc := range []struct {
		name  string
		query indexer.Query
	}{
		{"limit", indexer.Query{Limit: indexer.MaxLimit + 1}},
		{"negative limit", indexer.Query{Limit: -1}},
		{"years", indexer.Query{Filters: indexer.Filters{YearFrom: 2024, YearTo: 2023}}},
		{"amounts", indexer.Query{Filters: indexer.Filters{Min: ptr(schemas.Fen(2)), Max: ptr(schemas.Fen(1))}}},
		{"punctuation", indexer.Query{Text: "，。"}},
		{"too long", indexer.Query{Text: strings.Repeat("长", indexer.MaxQueryRunes+1)}},
		{"too many words", indexer.Query{Text: strings.Repeat("长 ", indexer.MaxQueryWords+1)}},
		{"order", indexer.Query{Sort: "random"}},
		{"relevance of nothing", indexer.Query{Sort: indexer.ByRelevance}},
		{"cursor", indexer.Query{After: "%%"}},
		{"cursor of another order", indexer.Query{After: "eyJzIjoieWVhciIsInYiOlsxLDJdfQ"}},
		{"header", indexer.Query{Filters: indexer.Filters{Header: []string{"合计"}}}},
		{"code", indexer.Query{Filters: indexer.Filters{Code: []string{"2080505' OR 1"}}}},
		{"unit", indexer.Query{Filters: indexer.Filters{Unit: []string{"--"}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := s.Search(t.Context(), tc.query)
			if _, ok := errors.AsType[*indexer.QueryError](err); !ok {
				t.Errorf("got error %v, want a QueryError", err)
			}
		})
	}
	if _, err := s.Items(t.Context(), indexer.Query{Filters: indexer.Filters{Section: []string{"2"}}}); err == nil {
		t.Error("got no error for the section of line items")
	}
	if _, err := s.Sum(t.Context(), indexer.Query{}, []indexer.Dimension{"colour"}); err == nil {
		t.Error("got no error for an unknown dimension")
	}
}
