package elastic

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
// everything is as before. It returns how many disclosures there are.
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
	if err := s.block(ctx, old, true); err != nil {
		return 0, fmt.Errorf("stop writing: %w", err)
	}
	to := s.next(old)
	moved := false
	defer func() {
		if moved {
			return
		}
		// The reader's patience may be at an end; this must still be done.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		err = errors.Join(err, s.removeIndices(ctx, to.direct), s.block(ctx, old, false))
	}()
	if err := to.make(ctx); err != nil {
		return 0, err
	}
	if n, err = s.copyInto(ctx, to, told); err != nil {
		return n, err
	}
	if err := s.move(ctx, old, to.direct); err != nil {
		return n, err
	}
	moved = true
	return n, nil
}

// behindAliases gives the index behind each alias.
func (s *Store) behindAliases(ctx context.Context) (map[kind]string, error) {
	behind := map[kind]string{}
	for _, k := range kinds() {
		var answer map[string]struct{}
		err := s.request(ctx, http.MethodGet, "/_alias/"+s.alias(k)+"?filter_path=*.aliases", nil, &answer)
		if status(err) == http.StatusNotFound {
			continue // an older program had no such index
		}
		if err != nil {
			return nil, err
		}
		if len(answer) != 1 {
			return nil, fmt.Errorf("alias %s has %d indices behind it, want one", s.alias(k), len(answer))
		}
		behind[k] = slices.Collect(maps.Keys(answer))[0]
	}
	return behind, nil
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

// next is a store on new indices, whose numbers are one above those of the old ones.
func (s *Store) next(old map[kind]string) *Store {
	number := 1
	for k, index := range old {
		if n, err := strconv.Atoi(strings.TrimPrefix(index, s.alias(k)+"-v")); err == nil {
			number = max(number, n)
		}
	}
	to := *s
	to.direct = map[kind]string{}
	for _, k := range kinds() {
		to.direct[k] = fmt.Sprintf("%s-v%d", s.alias(k), number+1)
	}
	return &to
}

// make makes the store's own indices, in place of what a Reindex that was killed has left of them.
func (s *Store) make(ctx context.Context) error {
	if err := s.removeIndices(ctx, s.direct); err != nil {
		return err
	}
	if err := s.putTemplates(ctx); err != nil {
		return err
	}
	for _, index := range s.direct {
		if err := s.request(ctx, http.MethodPut, "/"+index, object{}, nil); err != nil {
			return fmt.Errorf("make index %s: %w", index, err)
		}
	}
	return nil
}

func (s *Store) removeIndices(ctx context.Context, list map[kind]string) error {
	names := slices.Sorted(maps.Values(list))
	if err := s.request(ctx, http.MethodDelete, "/"+strings.Join(names, ",")+"?ignore_unavailable=true", nil, nil); err != nil {
		return fmt.Errorf("remove indices: %w", err)
	}
	return nil
}

// block forbids writing to the indices, or allows it again.
func (s *Store) block(ctx context.Context, list map[kind]string, on bool) error {
	names := slices.Sorted(maps.Values(list))
	var value any
	if on {
		value = true
	}
	return s.request(ctx, http.MethodPut, "/"+strings.Join(names, ",")+"/_settings", object{"index.blocks.write": value}, nil)
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
	for d, err := range scroll[indexer.DisclosureRecord](gctx, s, disclosures, object{"match_all": object{}}, "id", []string{"id", "first_seen", "body"}) {
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
