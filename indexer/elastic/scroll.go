package elastic

import (
	"context"
	"iter"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// pageSize is how many buckets or documents are read at once where all are read, and bodyPage how many of disclosures whole: those
// are large, and are all dealt with before keepAlive is over.
const (
	pageSize = 1000
	bodyPage = 50
)

// keepAlive is how long the server keeps the state of the index for a reader, from page to page.
const keepAlive = "5m"

// scroll reads all documents of a kind that the query finds, as they are when it begins, in the order of a keyword field that
// is different in each, so many at a time. includes are the fields of T, nil for all.
func scroll[T any](ctx context.Context, s *Store, k kind, query object, by string, includes []string, size int) iter.Seq2[T, error] {
	return scrollFrom[T](ctx, s, k, query, []object{{by: "asc"}}, nil, includes, size)
}

// scrollFrom is scroll in another order, and from behind these values of what it goes by; nil from the beginning.
func scrollFrom[T any](ctx context.Context, s *Store, k kind, query object, order []object, after []any, includes []string, size int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		pit, err := s.openPIT(ctx, k)
		if err != nil {
			yield(none, err)
			return
		}
		defer func() { s.closePIT(ctx, pit) }()
		body := object{"query": query, "size": size, "track_total_hits": false, "sort": order}
		if includes != nil {
			body["_source"] = includes
		}
		if after != nil {
			body["search_after"] = after
		}
		for {
			body["pit"] = object{"id": pit, "keep_alive": keepAlive}
			answer, err := scrollPage[T](ctx, s, body)
			if err != nil {
				yield(none, err)
				return
			}
			if answer.PIT != "" {
				pit = answer.PIT
			}
			for _, h := range answer.Hits.Hits {
				if !yield(h.Source, nil) {
					return
				}
				body["search_after"] = h.Sort
			}
			if len(answer.Hits.Hits) < size {
				return
			}
		}
	}
}

func scrollPage[T any](ctx context.Context, s *Store, body object) (*found[T], error) {
	var answer found[T]
	if err := s.request(ctx, http.MethodPost, "/_search?allow_partial_search_results=false", body, &answer); err != nil {
		return nil, err
	}
	return &answer, answer.whole()
}

// openPIT keeps the state of a kind's index, until closePIT, or for keepAlive after it was read last.
func (s *Store) openPIT(ctx context.Context, k kind) (string, error) {
	var opened struct {
		ID string `json:"id"`
	}
	err := s.request(ctx, http.MethodPost, "/"+s.alias(k)+"/_pit?keep_alive="+keepAlive, nil, &opened)
	return opened.ID, err
}

// closePIT frees the server's state, even where the reader gave up. If that fails, the server does so itself after keepAlive.
func (s *Store) closePIT(ctx context.Context, pit string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.send(ctx, http.MethodDelete, "/_pit", "application/json", []byte(`{"id":"`+pit+`"}`), nil); err != nil {
		s.lg.Debug("point in time was not closed", zap.Error(err))
	}
}
