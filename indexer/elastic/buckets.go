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

// buckets reads all buckets of a composite aggregation over a point in time, in the order of their keys. T is a bucketKey with the
// results of aggs.
func buckets[T any](ctx context.Context, s *Store, pit string, query object, sources []object, aggs object) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var after object
		for {
			page, err := bucketPage[T](ctx, s, "", object{"pit": object{"id": pit, "keep_alive": keepAlive}}, query, composite(sources, after), aggs)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, b := range page.Buckets {
				if !yield(b, nil) {
					return
				}
			}
			if after = page.After; after == nil {
				return
			}
		}
	}
}

// composite asks for the groups behind after, or for the first ones.
func composite(sources []object, after object) object {
	c := object{"size": pageSize, "sources": sources}
	if after != nil {
		c["after"] = after
	}
	return c
}

// groupPage is one page of buckets. After is nil where there are no more.
type groupPage[T any] struct {
	After   object `json:"after_key"`
	Buckets []T    `json:"buckets"`
}

// bucketPage reads one page, of the index that path begins with, or of the point in time that is in body.
func bucketPage[T any](ctx context.Context, s *Store, path string, body, query, composite, aggs object) (*groupPage[T], error) {
	groups := object{"composite": composite}
	if aggs != nil {
		groups["aggs"] = aggs
	}
	body["size"], body["track_total_hits"], body["query"], body["aggs"] = 0, false, query, object{"groups": groups}
	var answer struct {
		found[struct{}]
		Aggregations struct {
			Groups groupPage[T] `json:"groups"`
		} `json:"aggregations"`
	}
	if err := s.request(ctx, http.MethodPost, path+"/_search?allow_partial_search_results=false", body, &answer); err != nil {
		return nil, err
	}
	g := &answer.Aggregations.Groups
	if len(g.Buckets) < pageSize {
		g.After = nil
	}
	return g, answer.whole()
}
