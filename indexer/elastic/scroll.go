package elastic

import (
	"context"
	"iter"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// keepAlive is how long the server keeps the state of the index for a reader, from page to page.
const keepAlive = "5m"

// scroll reads all documents of a kind that the query finds, as they are when it begins, in the order of a keyword field that
// is different in each. includes are the fields
// of T, nil for all.
func scroll[T any](ctx context.Context, s *Store, k kind, query object, by string, includes []string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		var opened struct {
			ID string `json:"id"`
		}
		if err := s.request(ctx, http.MethodPost, "/"+s.alias(k)+"/_pit?keep_alive="+keepAlive, nil, &opened); err != nil {
			yield(none, err)
			return
		}
		pit := opened.ID
		defer func() { s.closePIT(ctx, pit) }()
		body := object{"query": query, "size": pageSize, "track_total_hits": false, "sort": []object{{by: "asc"}}}
		if includes != nil {
			body["_source"] = includes
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
			if len(answer.Hits.Hits) < pageSize {
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

// closePIT frees the server's state, even where the reader gave up. If that fails, the server does so itself after keepAlive.
func (s *Store) closePIT(ctx context.Context, pit string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.send(ctx, http.MethodDelete, "/_pit", "application/json", []byte(`{"id":"`+pit+`"}`), nil); err != nil {
		s.lg.Debug("point in time was not closed", zap.Error(err))
	}
}
