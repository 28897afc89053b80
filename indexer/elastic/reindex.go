package elastic

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"yusuan/indexer"
	"yusuan/schemas"
)

// reindexAtOnce is how many disclosures are stored at a time.
const reindexAtOnce = 4

// Reindex makes every index anew from the stored disclosures and the ledger, and then moves the aliases: readers see the old
// indices until they see the new ones. Nobody can write meanwhile: workers wait and go on by themselves, publishers are
// refused. It also brings indices of an older program up to this one's mappings. told hears of every disclosure. After an error
// everything is as before, unless the error says that nobody can write. Of two runs at once one fails. It returns how many disclosures there are.
func Reindex(ctx context.Context, lg *zap.Logger, cfg Config, told func()) (int, error) {
	s, err := newStore(lg, cfg)
	if err != nil {
		return 0, fmt.Errorf("reindex: %w", err)
	}
	defer s.Close()
	n, err := s.reindex(ctx, told)
	if err != nil {
		return n, fmt.Errorf("reindex: %w", err)
	}
	return n, nil
}

func (s *Store) reindex(ctx context.Context, told func()) (n int, err error) {
	if err := s.checkVersion(ctx); err != nil {
		return 0, err
	}
	old, err := s.behindAliases(ctx)
	if err != nil {
		return 0, err
	}
	if old[disclosures] == "" || old[ledger] == "" {
		return 0, fmt.Errorf("there are no indices behind %s-*", s.cfg.Prefix)
	}
	if err := s.checkOlder(ctx); err != nil {
		return 0, err
	}
	to, left, err := s.makeNext(ctx)
	if err != nil {
		return 0, err
	}
	n, err = s.fillAndMove(ctx, old, to, told)
	return n, s.settleReindex(ctx, old, to.direct, left, err)
}

// fillAndMove stores everything in the new indices, and moves the aliases to them.
func (s *Store) fillAndMove(ctx context.Context, old map[kind]string, to *Store, told func()) (int, error) {
	if err := s.block(ctx, old); err != nil {
		return 0, fmt.Errorf("stop writing: %w", err)
	}
	n, err := s.copyInto(ctx, to, told)
	if err == nil {
		err = s.checkBlocked(ctx, old)
	}
	if err == nil {
		err = s.move(ctx, old, to.direct)
	}
	return n, err
}

// settleReindex looks where the aliases lead, whatever the error says: an answer may have been lost on its way. Where they lead to
// the new indices, all is well. Else the new ones are removed, and the old ones can be written to again, unless another run
// needs them as they are.
func (s *Store) settleReindex(ctx context.Context, old, to map[kind]string, left []string, err error) error {
	// The caller's patience may be at an end; this must still be done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	live, failed := s.behindAliases(ctx)
	if failed == nil && !maps.Equal(live, to) {
		if failed = s.discard(ctx, old, to); status(failed) == http.StatusNotFound {
			live, failed = s.behindAliases(ctx) // they may have moved at this moment
		}
	}
	switch {
	case failed != nil:
		return fmt.Errorf("%w; after that: %w: nobody can write until yusuan reindex has ended well", err, failed)
	case maps.Equal(live, to):
		s.sweep(ctx, left)
		return nil
	case err == nil:
		return nil // another run has moved them on
	case !maps.Equal(live, old): // another run has moved them; these can't any more
		failed = s.removeIndices(ctx, slices.Collect(maps.Values(to)))
	default:
		failed = s.release(ctx, live)
	}
	if failed != nil {
		return fmt.Errorf("%w; after that: %w", err, failed)
	}
	return err
}

// discard removes the new indices, provided that the old ones are there: the server may still be about to move the aliases.
func (s *Store) discard(ctx context.Context, old, to map[kind]string) error {
	list, err := s.numbered(ctx)
	if err != nil {
		return err
	}
	var actions []object
	for k, index := range old {
		actions = append(actions, object{"add": object{"index": index, "alias": s.name(k), "is_write_index": true}})
	}
	there := 0
	for _, index := range to {
		if _, ok := list[index]; ok {
			there++
			actions = append(actions, object{"remove_index": object{"index": index}})
		}
	}
	if there == 0 {
		return nil
	}
	return s.request(ctx, http.MethodPost, "/_aliases", object{"actions": actions}, nil)
}

// release allows writing again, unless there are indices of another run.
func (s *Store) release(ctx context.Context, live map[kind]string) error {
	list, err := s.numbered(ctx)
	if err != nil {
		return err
	}
	for index, aliases := range list {
		if len(aliases) == 0 {
			return fmt.Errorf("nobody can write until yusuan reindex has ended well: another one is at work, or was stopped and has left %s", index)
		}
	}
	return s.unblock(ctx, live)
}

// sweep removes what runs before have left. No alias can lead there any more: theirs would have had to move from the indices from
// which this one has.
func (s *Store) sweep(ctx context.Context, left []string) {
	if len(left) == 0 {
		return
	}
	if err := s.removeIndices(ctx, left); err != nil {
		s.lg.Warn("indices that nobody uses were not removed", zap.Strings("indices", left), zap.Error(err))
	}
}

// checkOlder refuses indices that a newer program made.
func (s *Store) checkOlder(ctx context.Context) error {
	schemas, err := s.indexSchemas(ctx)
	for index, schema := range schemas {
		if err == nil && schema > mappingVersion {
			err = fmt.Errorf("index %s has schema %d, and this program knows %d: use the yusuan that made it", index, schema, mappingVersion)
		}
	}
	return err
}

// errTaken is about an index that another Reindex has just made.
var errTaken = errors.New("other runs make the same indices again and again")

// makeNext makes new indices, and returns a store on them and the indices that other runs have left. Their numbers are above those of all there are, so that two runs at once
// never have the same ones: of two, the first to move the aliases takes the old indices from the other, which then fails.
func (s *Store) makeNext(ctx context.Context) (next *Store, left []string, err error) {
	if err := s.putTemplates(ctx); err != nil {
		return nil, nil, err
	}
	for try := 1; ; try++ {
		list, err := s.numbered(ctx)
		if err != nil {
			return nil, nil, err
		}
		number := 1
		for index, aliases := range list {
			number = max(number, s.number(index)+1)
			if len(aliases) == 0 {
				left = append(left, index)
			}
		}
		to := *s
		to.direct = map[kind]string{}
		if err = to.make(ctx, number); err == nil {
			return &to, left, nil
		}
		if made := slices.Collect(maps.Values(to.direct)); len(made) > 0 {
			s.sweep(context.WithoutCancel(ctx), made)
		}
		if !errors.Is(err, errTaken) || try == raceTries {
			return nil, nil, err
		}
		left = nil
	}
}

// make makes the store's own indices. After an error, direct has those that were made.
func (s *Store) make(ctx context.Context, number int) error {
	for _, k := range kinds() {
		index := fmt.Sprintf("%s-v%d", s.name(k), number)
		err := s.request(ctx, http.MethodPut, "/"+index, object{}, nil)
		if e, ok := errors.AsType[*serverError](err); ok && e.kind == "resource_already_exists_exception" {
			err = errTaken
		}
		if err != nil {
			return fmt.Errorf("make index %s: %w", index, err)
		}
		s.direct[k] = index
	}
	return nil
}

// copyInto stores every disclosure and ledger entry in the other store, and checks that all are there.
func (s *Store) copyInto(ctx context.Context, to *Store, told func()) (int, error) {
	if err := s.Refresh(ctx); err != nil {
		return 0, err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(reindexAtOnce)
	n := 0
	var failed error
	for d, err := range scroll[indexer.DisclosureRecord](gctx, s, disclosures, object{"match_all": object{}}, "id", []string{"id", "first_seen", "body"}, bodyPage) {
		if err != nil {
			failed = err
			break
		}
		n++
		g.Go(func() error {
			defer told()
			return to.restore(gctx, &d)
		})
	}
	if err := g.Wait(); err != nil {
		return n, err
	}
	if failed != nil {
		return n, failed
	}
	if err := s.copyLedger(ctx, to); err != nil {
		return n, err
	}
	return n, to.checkCopied(ctx, n)
}

// restore stores a disclosure as its record has it.
func (s *Store) restore(ctx context.Context, record *indexer.DisclosureRecord) error {
	d, err := indexer.Unpack(record.Body)
	if err != nil {
		return fmt.Errorf("disclosure %s: %w", record.ID, err)
	}
	if !record.FirstSeen.IsZero() {
		d.Source.FirstSeen = record.FirstSeen
	}
	_, err = s.Put(ctx, d)
	return err
}

func (s *Store) copyLedger(ctx context.Context, to *Store) error {
	var docs []document
	flush := func() error {
		_, err := to.bulk(ctx, docs)
		docs = docs[:0]
		return err
	}
	err := s.Entries(ctx, indexer.EntryFilter{}, func(e schemas.Entry) error {
		doc, err := newDocument("index", object{"_index": to.alias(ledger), "_id": e.ID}, e)
		if docs = append(docs, doc); err != nil || len(docs) < maxBulkItems {
			return err
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return err
}

func (s *Store) checkCopied(ctx context.Context, want int) error {
	if err := s.Refresh(ctx); err != nil {
		return err
	}
	got := 0
	err := s.Contents(ctx, func(c indexer.Content) error {
		got++
		if !c.Complete() {
			return fmt.Errorf("disclosure %s is not complete in the new index", c.ID)
		}
		return nil
	})
	if err == nil && got != want {
		err = fmt.Errorf("%d of %d disclosures are in the new index", got, want)
	}
	return err
}

// move makes the aliases lead to the new indices and removes the old ones, all at once.
func (s *Store) move(ctx context.Context, old, to map[kind]string) error {
	var actions []object
	for k, index := range to {
		actions = append(actions, object{"add": object{"index": index, "alias": s.alias(k), "is_write_index": true}})
	}
	for _, index := range old {
		actions = append(actions, object{"remove_index": object{"index": index}})
	}
	if err := s.request(ctx, http.MethodPost, "/_aliases", object{"actions": actions}, nil); err != nil {
		return fmt.Errorf("move the aliases: %w", err)
	}
	return nil
}
