package elastic

import (
	"context"
	"iter"
	"net/http"
)

// bucketKey is what every bucket of a composite aggregation has.
type bucketKey struct {
	Key   object `json:"key"`
	Count int    `json:"doc_count"`
}

// buckets reads all buckets of a composite aggregation, in the order of their keys. T is a bucketKey with the results of aggs.
func buckets[T any](ctx context.Context, s *Store, k kind, query object, sources []object, aggs object) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var after object
		for {
			page, last, err := bucketPage[T](ctx, s, k, query, sources, aggs, after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, b := range page {
				if !yield(b, nil) {
					return
				}
			}
			if after = last; after == nil {
				return
			}
		}
	}
}

// bucketPage reads the buckets behind after. last is nil where there are no more.
func bucketPage[T any](ctx context.Context, s *Store, k kind, query object, sources []object, aggs, after object) (page []T, last object, err error) {
	composite := object{"size": pageSize, "sources": sources}
	if after != nil {
		composite["after"] = after
	}
	groups := object{"composite": composite}
	if aggs != nil {
		groups["aggs"] = aggs
	}
	body := object{"size": 0, "track_total_hits": false, "query": query, "aggs": object{"groups": groups}}
	var answer struct {
		found[struct{}]
		Aggregations struct {
			Groups struct {
				After   object `json:"after_key"`
				Buckets []T    `json:"buckets"`
			} `json:"groups"`
		} `json:"aggregations"`
	}
	if err := s.request(ctx, http.MethodPost, "/"+s.alias(k)+"/_search?allow_partial_search_results=false", body, &answer); err != nil {
		return nil, nil, err
	}
	g := answer.Aggregations.Groups
	if len(g.Buckets) < pageSize {
		g.After = nil
	}
	return g.Buckets, g.After, answer.whole()
}
