package elastic

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"go.uber.org/zap"

	"yusuan/indexer"
)

// concealedID is the document, in the index of versions, that lists generations which no query finds. It makes replacing whole:
// new records are written while they are concealed, refreshed, and then one change of this document conceals the old ones and
// shows the new. A query reads it as it is at that moment (a terms lookup), so that it sees all of the one or all of the other.
const concealedID = "concealed"

// concealed selects the documents that no query finds.
func (s *Store) concealed() object {
	return object{"terms": object{"generation": object{"index": s.alias(versions), "id": concealedID, "path": "generations"}}}
}

// A generationList is the document of that name.
type generationList struct {
	Generations []string `json:"generations"`
}

// conceal adds generations to the concealed ones and takes others out, at once.
func (s *Store) conceal(ctx context.Context, add, remove []string) error {
	err := s.race(ctx, func() error {
		var list generationList
		seq, err := s.get(ctx, versions, concealedID, "generations", &list)
		if err != nil {
			return err
		}
		changed := slices.DeleteFunc(slices.Clone(list.Generations), func(g string) bool { return slices.Contains(remove, g) })
		for _, g := range add {
			if !slices.Contains(changed, g) {
				changed = append(changed, g)
			}
		}
		if slices.Equal(changed, list.Generations) {
			return nil
		}
		return s.change(ctx, versions, concealedID, seq, generationList{changed})
	})
	if err != nil {
		return fmt.Errorf("conceal records that are being replaced: %w", err)
	}
	return nil
}

// replace shows the new parts of a disclosure instead of the old ones, and removes those.
func (s *Store) replace(ctx context.Context, d *indexer.DisclosureRecord, old string) error {
	if err := s.refresh(ctx, parts()); err != nil {
		return err
	}
	if err := s.conceal(ctx, []string{old}, []string{d.Generation}); err != nil {
		return err
	}
	if err := s.deleteOthers(ctx, d); err != nil {
		return err
	}
	if err := s.refresh(ctx, parts()); err != nil {
		return err
	}
	return s.conceal(ctx, nil, []string{old})
}

// clean removes what a Put that was cut off has left of another generation, and shows this one. It is deleted before it is
// shown, for it may be what was being replaced.
func (s *Store) clean(ctx context.Context, d *indexer.DisclosureRecord) error {
	if err := s.refresh(ctx, parts()); err != nil {
		return err
	}
	others, err := s.otherGenerations(ctx, d)
	if err != nil {
		return err
	}
	if err := s.conceal(ctx, others, []string{d.Generation}); err != nil || len(others) == 0 {
		return err
	}
	if err := s.deleteOthers(ctx, d); err != nil {
		return err
	}
	if err := s.refresh(ctx, parts()); err != nil {
		return err
	}
	return s.conceal(ctx, nil, others)
}

// others selects the disclosure's parts of other generations.
func others(d *indexer.DisclosureRecord) object {
	return object{"bool": object{
		"filter": object{"term": object{"disclosure_id": d.ID}}, "must_not": object{"term": object{"generation": d.Generation}},
	}}
}

// otherGenerations lists those that a search finds parts of.
func (s *Store) otherGenerations(ctx context.Context, d *indexer.DisclosureRecord) ([]string, error) {
	var list []string
	for _, k := range parts() {
		for b, err := range buckets[bucketKey](ctx, s, k, others(d), []object{source("generation")}, nil) {
			if err != nil {
				return nil, fmt.Errorf("look for leftovers: %w", err)
			}
			if g := keyText(b.Key["generation"]); !slices.Contains(list, g) {
				list = append(list, g)
			}
		}
	}
	return list, nil
}

// byQuery is the answer to a deletion or change by query.
type byQuery struct {
	Total    int `json:"total"`
	Failures []struct {
		ID     string `json:"id"`
		Status int    `json:"status"`
		Cause  cause  `json:"cause"`
	} `json:"failures"`
}

// failure gives the first one.
func (q *byQuery) failure() error {
	if len(q.Failures) == 0 {
		return nil
	}
	f := q.Failures[0]
	return fmt.Errorf("record %s: %w", f.ID, &serverError{f.Status, f.Cause.Type, f.Cause.Reason})
}

// deleteOthers deletes the disclosure's parts of other generations that a search finds.
func (s *Store) deleteOthers(ctx context.Context, d *indexer.DisclosureRecord) error {
	var answer byQuery
	err := s.request(ctx, http.MethodPost, "/"+s.aliases(parts())+"/_delete_by_query?conflicts=proceed", object{"query": others(d)}, &answer)
	if err == nil {
		err = answer.failure()
	}
	if err != nil {
		return fmt.Errorf("delete what was replaced: %w", err)
	}
	s.lg.Debug("deleted what was replaced", zap.String("disclosure", d.ID), zap.Int("records", answer.Total))
	return nil
}
