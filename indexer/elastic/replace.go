package elastic

import (
	"context"
	"errors"
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

// conceal adds generations to the concealed ones and takes others out, at once. decide says which, from the list as it is; it is
// asked again where somebody else has changed the list since. Its error ends it.
func (s *Store) conceal(ctx context.Context, decide func(list []string) (add, remove []string, err error)) error {
	var refused error
	err := s.race(ctx, func() error {
		var list generationList
		seq, err := s.get(ctx, versions, concealedID, "generations", &list)
		if err != nil {
			return err
		}
		add, remove, err := decide(list.Generations)
		if refused = err; err != nil {
			return nil
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
	if err = firstError(refused, err); err != nil {
		return fmt.Errorf("conceal records that are being replaced: %w", err)
	}
	return nil
}

// always decides the same, whatever is concealed.
func always(add, remove []string) func([]string) ([]string, []string, error) {
	return func([]string) ([]string, []string, error) { return add, remove, nil }
}

// show shows the parts of a disclosure, whose own record is stored, instead of what there is of other generations, and deletes
// that. It spares what somebody writes who has begun after the own record was stored: that may be the next one to be shown.
func (s *Store) show(ctx context.Context, b *indexer.Batch, prior priorRecord, own sequence) error {
	d := &b.Disclosure
	if err := s.refresh(ctx, parts()); err != nil {
		return err
	}
	others, err := s.otherGenerations(ctx, d)
	if err != nil {
		return err
	}
	m, err := s.member(ctx, d) // read after the search, so that it names whoever writes what that has found
	if err != nil {
		return err
	}
	for _, g := range append(m.generations(), prior.Generation) {
		if g != "" && g != d.Generation && !slices.Contains(others, g) {
			others = append(others, g) // what is not written yet must not be found either
		}
	}
	patience := agreePatience
	if err := s.race(ctx, func() error { return s.conceal(ctx, s.swap(ctx, d, prior, own, others, &patience)) }); err != nil {
		return err
	}
	gone := slices.DeleteFunc(slices.Clone(others), func(g string) bool { return m.writes(g, own.Number) })
	if len(gone) > 0 {
		if err := s.deleteGenerations(ctx, d.ID, gone); err != nil {
			return err
		}
	}
	if err := s.checkParts(ctx, b); err != nil {
		return err
	}
	// What somebody may still write in vain stays concealed until that one has taken it back.
	return s.conceal(ctx, always(nil, slices.DeleteFunc(gone, func(g string) bool { return m.writes(g, noRecord) })))
}

// swap decides to conceal the others and to show the disclosure's generation, as long as its own record says that it is the one
// that is stored, else it gives errReplaced. patience is as in an agreement.
func (s *Store) swap(ctx context.Context, d *indexer.DisclosureRecord, prior priorRecord, own sequence, others []string, patience *int) func([]string) ([]string, []string, error) {
	return func(list []string) ([]string, []string, error) {
		now, err := s.prior(ctx, d.ID)
		if err != nil {
			return nil, nil, err
		}
		if now.Generation != d.Generation || now.seq.Index != own.Index {
			return nil, nil, errReplaced
		}
		if !slices.Contains(list, d.Generation) {
			return others, nil, nil
		}
		current, err := s.currentAsShown(ctx, d, prior, others, list, patience)
		if err == nil && current != now.Current {
			err = firstError(s.remark(ctx, d, current), errRaced)
		}
		return others, []string{d.Generation}, err
	}
}

// remark makes the records of the disclosure's generation, which is concealed, say whether they are current.
func (s *Store) remark(ctx context.Context, d *indexer.DisclosureRecord, current bool) error {
	if err := s.refresh(ctx, versionKinds()); err != nil {
		return err
	}
	if err := s.mark(ctx, d.ID, []string{d.Generation}, current); err != nil {
		return err
	}
	return s.refresh(ctx, versionKinds())
}

// currentAsShown tells whether what is shown instead of the others must be current: if that one is which is shown, so that of two
// versions one is found as current also while the family has agreed on another and the records do not say so yet. It gives
// errRaced while somebody else has concealed the disclosure, who is marking it. Where nothing of it is shown in this family, it is
// as the family says.
func (s *Store) currentAsShown(ctx context.Context, d *indexer.DisclosureRecord, prior priorRecord, others, list []string, patience *int) (bool, error) {
	m, err := s.member(ctx, d)
	if err != nil || m.Pending || prior.VersionKey != d.VersionKey {
		return m.Current, err
	}
	if slices.Contains(list, m.Generation) && *patience > 0 {
		*patience--
		return false, errRaced
	}
	shown := slices.DeleteFunc(slices.Clone(others), func(g string) bool { return slices.Contains(list, g) })
	if len(shown) == 0 {
		return m.Current, nil
	}
	for _, current := range []bool{true, false} {
		if n, err := s.count(ctx, parts(), ofGenerations(d.ID, shown, isCurrent(current))); err != nil || n > 0 {
			return current, err
		}
	}
	return m.Current, nil
}

// withdraw deletes what this Put has written, or one before it that was cut off, of a disclosure of which a newer parse is stored.
func (p *putting) withdraw(ctx context.Context, prior priorRecord) error {
	d := &p.b.Disclosure
	m, err := p.member(ctx, d)
	there := err == nil
	if err != nil && !errors.Is(err, errReplaced) {
		return err
	}
	if !p.begun && !(there && m.writes(d.Generation, noRecord)) {
		return nil
	}
	patience := agreePatience
	hide := func(list []string) ([]string, []string, error) {
		now, err := p.prior(ctx, d.ID)
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(list, now.Generation) && !slices.Contains(list, d.Generation) && patience > 0 {
			patience-- // what is stored by now is not shown yet, and this one may be
			return nil, nil, errRaced
		}
		return []string{d.Generation}, nil, nil
	}
	if err := p.race(ctx, func() error { return p.conceal(ctx, hide) }); err != nil {
		return err
	}
	if err := p.refresh(ctx, parts()); err != nil {
		return err
	}
	if err := p.deleteGenerations(ctx, d.ID, []string{d.Generation}); err != nil {
		return err
	}
	if err := p.conceal(ctx, always(nil, []string{d.Generation})); err != nil {
		return err
	}
	if prior.VersionKey != d.VersionKey {
		return p.leave(ctx, familyID(d), d.ID)
	}
	return p.unregister(ctx, d)
}

// otherGenerations lists those of the disclosure, beside its own, that a search finds parts of.
func (s *Store) otherGenerations(ctx context.Context, d *indexer.DisclosureRecord) ([]string, error) {
	others := object{"bool": object{
		"filter": object{"term": object{"disclosure_id": d.ID}}, "must_not": object{"term": object{"generation": d.Generation}},
	}}
	var answer struct {
		found[struct{}]
		Aggregations struct {
			Groups struct {
				Buckets []struct {
					Key string `json:"key"`
				} `json:"buckets"`
			} `json:"groups"`
		} `json:"aggregations"`
	}
	body := object{
		"size": 0, "track_total_hits": false, "query": others,
		"aggs": object{"groups": object{"terms": object{"field": "generation", "size": pageSize}}},
	}
	path := "/" + s.aliases(parts()) + "/_search?allow_partial_search_results=false"
	err := firstError(s.request(ctx, http.MethodPost, path, body, &answer), answer.whole())
	if err != nil {
		return nil, fmt.Errorf("look for leftovers: %w", err)
	}
	var list []string
	for _, b := range answer.Aggregations.Groups.Buckets {
		list = append(list, b.Key)
	}
	return list, nil
}

// checkParts checks that all parts of the batch are there after a refresh. It gives errRaced where somebody else has deleted some,
// who took them for leftovers.
func (s *Store) checkParts(ctx context.Context, b *indexer.Batch) error {
	d := &b.Disclosure
	n, err := s.count(ctx, parts(), ofGenerations(d.ID, []string{d.Generation}))
	if err != nil {
		return fmt.Errorf("count records: %w", err)
	}
	if n < len(b.Passages)+len(b.Items)+len(b.Tables)+len(b.Projects)+len(b.Findings) {
		return errRaced
	}
	return nil
}

// ofGenerations selects the records of generations of a disclosure, as far as more does.
func ofGenerations(disclosureID string, generations []string, more ...object) object {
	return object{"bool": object{"filter": append([]object{
		{"term": object{"disclosure_id": disclosureID}}, {"terms": object{"generation": generations}},
	}, more...)}}
}

// count counts the documents of the kinds that the query finds.
func (s *Store) count(ctx context.Context, list []kind, query object) (int, error) {
	var answer struct {
		Count  int `json:"count"`
		Shards struct {
			Failed int `json:"failed"`
		} `json:"_shards"`
	}
	err := s.request(ctx, http.MethodPost, "/"+s.aliases(list)+"/_count", object{"query": query}, &answer)
	if err == nil && answer.Shards.Failed > 0 {
		err = fmt.Errorf("elasticsearch could not count everything (%d shards failed)", answer.Shards.Failed)
	}
	return answer.Count, err
}

// byQuery is the answer to a deletion or change by query.
type byQuery struct {
	Total     int `json:"total"`
	Conflicts int `json:"version_conflicts"` // documents that were changed since they were found, and are left alone
	Failures  []struct {
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
	return fmt.Errorf("record %s: %w", f.ID, &serverError{status: f.Status, kind: f.Cause.Type, reason: f.Cause.Reason})
}

// deleteGenerations deletes the disclosure's parts of the generations that a search finds, and refreshes, until none is left that
// somebody else has changed while it was to be deleted.
func (s *Store) deleteGenerations(ctx context.Context, disclosureID string, list []string) error {
	query := ofGenerations(disclosureID, list)
	err := s.race(ctx, func() error {
		var answer byQuery
		err := s.request(ctx, http.MethodPost, "/"+s.aliases(parts())+"/_delete_by_query?conflicts=proceed", object{"query": query}, &answer)
		if err = firstError(err, answer.failure()); err != nil {
			return err
		}
		s.lg.Debug("deleted what was replaced", zap.String("disclosure", disclosureID), zap.Int("records", answer.Total), zap.Int("conflicts", answer.Conflicts))
		if err := s.refresh(ctx, parts()); err != nil {
			return err
		}
		if answer.Conflicts > 0 {
			return errRaced
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete what was replaced: %w", err)
	}
	return nil
}
