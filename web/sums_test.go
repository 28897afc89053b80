package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/schemas"
)

// TestCompare compares years and codes.
func TestCompare(t *testing.T) {
	h, _ := newAPI(t)
	type answer struct {
		Years []struct {
			FromYear int `json:"from_year"`
			Changes  []struct {
				Measure    string
				Difference int64           `json:"difference_fen"`
				Reason     *checker.Reason `json:"reason"`
			}
		}
		Codes []struct {
			Region string
			Sum    int64  `json:"sum_fen"`
			Before *int64 `json:"before_fen"`
		}
	}
	years := decode[answer](t, get(h, "/api/v1/compare?years=2023,2024&unit="+url.QueryEscape("人民医院"))).Years
	if len(years) != 1 || years[0].FromYear != 2023 {
		t.Fatalf("got %+v, want one comparison", years)
	}
	reasons := 0
	for _, c := range years[0].Changes {
		if c.Measure == "reception" && c.Difference != -11000_00 {
			t.Errorf("got %+v, want 1.10 万元 less", c)
		}
		if c.Reason != nil && c.Reason.Page > 0 {
			reasons++
		}
	}
	if reasons == 0 {
		t.Errorf("got no reason in %+v", years[0].Changes)
	}
	codes := decode[answer](t, get(h, "/api/v1/compare?code=2080505&year=2024")).Codes
	if len(codes) != 2 || codes[0].Region != "云岭县" || codes[0].Before == nil || *codes[0].Before != codes[0].Sum || codes[1].Before != nil {
		t.Errorf("got %+v, want those of two regions, one of them with the year before", codes)
	}
	for _, query := range []string{"", "years=2023,2024", "years=2023&unit=x", "years=x", "code=208", "code=208&year=2024&by=form", "code=208&year=2024-"} {
		if w := get(h, "/api/v1/compare?"+query); w.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d: %s", query, w.Code, w.Body)
		}
	}
}

// TestSums gives them with the year before beside them, and as CSV the same.
func TestSums(t *testing.T) {
	h, s := newAPI(t)
	q := indexer.Query{Filters: indexer.Filters{Form: []string{string(schemas.ThreePublicExpenses)}, YearFrom: 2024, YearTo: 2024}}
	o := indexer.SumOptions{By: []indexer.Dimension{indexer.UnitDimension, indexer.YearDimension}, YearOnYear: true, Order: indexer.SumsByChange, Top: 1}
	want, err := indexer.Sums(t.Context(), s, q, o)
	if err != nil || len(want.Groups) != 1 || want.Groups[0].Previous == nil {
		t.Fatalf("got %+v, %v", want, err)
	}
	path := "/api/v1/items/sums?by=unit,year&year=2024&table=three_public_expenses&year_on_year=true&order=change&top=1"
	if diff := cmp.Diff(decode[indexer.SumResult](t, get(h, path)), want); diff != "" {
		t.Errorf("sums (-got +want):\n%s", diff)
	}
	w := get(h, path, "Accept", "text/csv")
	line := strings.Split(strings.TrimSpace(w.Body.String()), "\n")[1]
	f := want.Groups[0]
	if end := fmt.Sprintf(",%s,%d,%s,%.1f", f.Previous, f.PreviousCount, f.Change, *f.Percent); !strings.HasSuffix(strings.TrimSpace(line), end) {
		t.Errorf("got line %q, want it to end with %q", line, end)
	}
}

// TestPerDisclosure gives one hit of each.
func TestPerDisclosure(t *testing.T) {
	h, _ := newAPI(t)
	all := decode[indexer.Result](t, get(h, "/api/v1/search?limit=1000&q="+url.QueryEscape("三公经费")))
	one := decode[indexer.Result](t, get(h, "/api/v1/search?per_disclosure=true&limit=1000&q="+url.QueryEscape("三公经费")))
	hits := len(one.Hits)
	for _, hit := range one.Hits {
		hits += hit.More
	}
	if one.Total != len(one.Hits) || hits != all.Total || one.Total == all.Total {
		t.Errorf("got %d disclosures with %d hits, want all of %d", one.Total, hits, all.Total)
	}
}
