package elastic

import (
	"context"
	"fmt"
	"net/http"

	"yusuan/indexer"
)

// Size adds up what the records of all disclosures say that they have; what was put less than a second before is seen after Refresh.
func (s *Store) Size(ctx context.Context) (indexer.Size, error) {
	var answer struct {
		found[struct{}]
		Aggregations struct {
			Current struct {
				Count int `json:"doc_count"`
			} `json:"current"`
			Superseded struct {
				Count int `json:"doc_count"`
			} `json:"superseded"`
			Passages, Items, Tables number
		} `json:"aggregations"`
	}
	of := func(field string) object { return object{"sum": object{"field": "counts." + field}} }
	is := func(current bool) object { return object{"filter": object{"term": object{"current": current}}} }
	body := object{"size": 0, "track_total_hits": false, "aggs": object{
		"current": is(true), "superseded": is(false), "passages": of("passages"), "items": of("items"), "tables": of("tables"),
	}}
	err := s.request(ctx, http.MethodPost, "/"+s.alias(disclosures)+"/_search?allow_partial_search_results=false", body, &answer)
	if err == nil {
		err = answer.whole()
	}
	if err != nil {
		return indexer.Size{}, fmt.Errorf("size of the index: %w", err)
	}
	a := answer.Aggregations
	return indexer.Size{
		Disclosures: a.Current.Count, Superseded: a.Superseded.Count, Passages: a.Passages.whole(), Items: a.Items.whole(), Tables: a.Tables.whole(),
	}, nil
}
