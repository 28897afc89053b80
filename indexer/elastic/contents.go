package elastic

import (
	"context"
	"fmt"
	"iter"

	"yusuan/indexer"
)

// A partCount says how many documents of one kind have a disclosure ID and generation.
type partCount struct{ bucketKey }

func (p partCount) id() string         { return keyText(p.Key["disclosure_id"]) }
func (p partCount) generation() string { return keyText(p.Key["generation"]) }
func (p partCount) current() bool      { return p.Key["current"] == true }

// Contents calls fn for each disclosure with what its record promises and what there is, in the order of their IDs; for records
// without a disclosure's record, too. It stops at fn's first error and returns it. Call Refresh before: what was stored less
// than a second ago is not seen else.
func (s *Store) Contents(ctx context.Context, fn func(indexer.Content) error) error {
	own := newPuller(scroll[indexer.DisclosureRecord](ctx, s, disclosures, object{"match_all": object{}}, "id",
		[]string{"id", "disclosure_id", "sha256", "parser_version", "generation", "current", "counts"}, pageSize))
	defer own.stop()
	var counted []*puller[partCount]
	for _, k := range parts() {
		pit, err := s.openPIT(ctx, k)
		if err != nil {
			return fmt.Errorf("read contents: %w", err)
		}
		defer s.closePIT(ctx, pit)
		p := newPuller(buckets[partCount](ctx, s, pit, object{"match_all": object{}}, []object{source("disclosure_id"), source("generation"), source("current")}, nil))
		defer p.stop()
		counted = append(counted, p)
	}
	for {
		id, ok := smallest(own, counted)
		if err := firstFailure(own, counted); err != nil {
			return fmt.Errorf("read contents: %w", err)
		}
		if !ok {
			return nil
		}
		if err := fn(content(id, own, counted)); err != nil {
			return err
		}
	}
}

// content takes everything with the ID from the pullers.
func content(id string, own *puller[indexer.DisclosureRecord], counted []*puller[partCount]) indexer.Content {
	c := indexer.Content{ID: id, Orphan: true}
	generation := ""
	if own.ok && own.value.ID == id {
		d := own.value
		c.SHA256, c.ParserVersion, c.Expected, c.Orphan, c.Current = d.SHA256, d.ParserVersion, d.Counts, false, d.Current
		generation = d.Generation
		own.pull()
	}
	for i, p := range counted {
		for p.ok && p.value.id() == id {
			into := &c.Leftover
			if !c.Orphan && p.value.generation() == generation {
				into = &c.Actual
				if p.value.current() != c.Current {
					c.Strays += p.value.Count
				}
			}
			*[]*int{&into.Passages, &into.Items, &into.Tables, &into.Projects, &into.Findings}[i] += p.value.Count
			p.pull()
		}
	}
	return c
}

// A puller reads a sequence one by one.
type puller[T any] struct {
	value T
	err   error
	ok    bool
	next  func() (T, error, bool)
	stop  func()
}

// newPuller stands on the first value.
func newPuller[T any](seq iter.Seq2[T, error]) *puller[T] {
	p := &puller[T]{}
	p.next, p.stop = iter.Pull2(seq)
	p.pull()
	return p
}

func (p *puller[T]) pull() {
	p.value, p.err, p.ok = p.next()
	p.ok = p.ok && p.err == nil
}

// smallest returns the smallest ID that any of them stands on.
func smallest(own *puller[indexer.DisclosureRecord], counted []*puller[partCount]) (id string, ok bool) {
	take := func(next string) {
		if !ok || next < id {
			id, ok = next, true
		}
	}
	if own.ok {
		take(own.value.ID)
	}
	for _, p := range counted {
		if p.ok {
			take(p.value.id())
		}
	}
	return id, ok
}

func firstFailure(own *puller[indexer.DisclosureRecord], counted []*puller[partCount]) error {
	err := own.err
	for _, p := range counted {
		err = firstError(err, p.err)
	}
	return err
}
