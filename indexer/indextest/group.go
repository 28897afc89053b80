package indextest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
)

// testPerDisclosure holds the best hit of each disclosure, page by page, against all hits: it is the first of its disclosure there, and
// as many more are said to be as there are.
func testPerDisclosure(t *testing.T, s Store) {
	for _, q := range []indexer.Query{
		{Text: "三公经费"}, {Text: "支出", Sort: indexer.ByAmount}, {Text: "支出", Sort: indexer.ByDocument}, {Sort: indexer.ByAmount}, {Text: "三公经费", Facets: true},
	} {
		t.Run(fmt.Sprint(q.Text, q.Sort, q.Facets), func(t *testing.T) {
			flat := q
			flat.Limit = 1000
			all, err := s.Search(t.Context(), flat)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			more := map[string]int{}
			first := map[string]string{}
			for _, h := range all.Hits {
				if first[h.DisclosureID] == "" {
					first[h.DisclosureID] = h.ID
					want = append(want, h.DisclosureID)
					continue
				}
				more[h.DisclosureID]++
			}
			var got []string
			q.PerDisclosure, q.Limit = true, 2
			for {
				res, err := s.Search(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if res.Total != len(want) {
					t.Errorf("got %d disclosures, want %d", res.Total, len(want))
				}
				if q.Facets {
					if diff := cmp.Diff(res.Facets, all.Facets); diff != "" {
						t.Errorf("facets (-got +want):\n%s", diff)
					}
				}
				for _, h := range res.Hits {
					got = append(got, h.DisclosureID)
					if h.ID != first[h.DisclosureID] || h.More != more[h.DisclosureID] {
						t.Errorf("got %s and %d more, want %s and %d", h.ID, h.More, first[h.DisclosureID], more[h.DisclosureID])
					}
				}
				if q.After = res.Next; res.Next == "" {
					break
				}
			}
			if diff := cmp.Diff(got, want); diff != "" || len(want) < 4 {
				t.Errorf("disclosures (-got +want):\n%s", diff)
			}
		})
	}
	if _, err := s.Search(t.Context(), indexer.Query{Text: "三公经费", Sort: indexer.ByUnit, PerDisclosure: true}); err == nil {
		t.Error("got no error for one of each disclosure by unit")
	}
}
