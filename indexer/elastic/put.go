package elastic

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Put stores the disclosure in place of what was stored of the same PDF, and returns when every record is stored and the newest
// of its versions is the current one. Where a newer parser made what is there, nothing changes and the outcome is
// indexer.Stale. A reader sees the old records until all of the new ones are there, and from then on the new ones only. After
// an error either the old ones are still found, or the new ones, or some of the first ones; putting the disclosure again makes
// it whole, and ends what was not, as which of its versions is the current one.
func (s *Store) Put(ctx context.Context, d *schemas.Disclosure) (indexer.Outcome, error) {
	b, err := indexer.Records(d)
	if err != nil {
		return "", err
	}
	b.Disclosure.IndexedAt = time.Now().UTC().Truncate(time.Millisecond)
	if err = s.put(ctx, &b); errors.Is(err, errStale) {
		return indexer.Stale, nil
	}
	if err != nil {
		return "", fmt.Errorf("put disclosure %s: %w", d.ID(), err)
	}
	return indexer.Stored, nil
}

var (
	errStale = errors.New("a newer parse is stored")
	// errRaced is about a document that somebody else has changed since it was read.
	errRaced = errors.New("others change the same document again and again")
	// errReplaced is about a disclosure that somebody else has stored while this Put was at it. The whole Put must begin anew.
	errReplaced = errors.New("others have stored the disclosure")
)

// raceTries is how often something is begun anew because somebody else has changed what it was based on. Before that it waits for
// at most a racePause-th of Config.Backoff, 5 ms by default, doubled each time up to 64 times.
const (
	raceTries = 30
	racePause = 40
)

// race calls fn until it does not give errRaced, with a pause in between.
func (s *Store) race(ctx context.Context, fn func() error) error {
	for try := 1; ; try++ {
		err := fn()
		if !errors.Is(err, errRaced) || try == raceTries {
			return err
		}
		s.lg.Debug("somebody else was faster, once more", zap.Int("try", try))
		// The other one is done by now; the pause only keeps many from coming back at once.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(s.cfg.Backoff/racePause<<min(try, 6) + 1)):
		}
	}
}

func (s *Store) put(ctx context.Context, b *indexer.Batch) error {
	p := putting{s, b, false}
	return s.race(ctx, func() error {
		err := p.once(ctx)
		if errors.Is(err, errReplaced) {
			err = errRaced
		}
		return err
	})
}

// A putting is a Put that is under way, over all its tries.
type putting struct {
	*Store
	b     *indexer.Batch
	begun bool // it may have written parts
}

// once stores the batch: the parts first, then the disclosure's own record, which is what decides between two who store the same
// one; then it shows the parts instead of what an earlier parse has left. It gives errRaced where somebody else has stored the
// disclosure meanwhile.
func (p *putting) once(ctx context.Context) error {
	d := &p.b.Disclosure
	prior, err := p.prior(ctx, d.ID)
	if err != nil {
		return err
	}
	if prior.ParserVersion > d.ParserVersion {
		return firstError(p.withdraw(ctx, prior), errStale)
	}
	d.FirstSeen = earlier(d.FirstSeen, prior.FirstSeen)
	place, err := p.register(ctx, d, prior)
	if err != nil {
		return err
	}
	p.begun = true
	first := prior.Generation == "" && !place.again
	if !first {
		var hidden []string // what is found already stays so
		if prior.Generation != "" || place.beside {
			hidden = []string{d.Generation}
		}
		if prior.Generation == d.Generation {
			hidden = nil
		}
		if err := p.conceal(ctx, p.unchanged(ctx, prior, hidden)); err != nil {
			return err
		}
	}
	if prior.Generation != "" && prior.VersionKey == d.VersionKey {
		place.current = prior.Current // as what is found, or is to be found instead
	}
	setCurrent(p.b, place.current)
	own, err := p.store(ctx, p.b, prior)
	if err != nil {
		return err
	}
	if !first {
		if err := p.show(ctx, p.b, prior, own); err != nil {
			return err
		}
	}
	return p.settleVersions(ctx, d)
}

// unchanged decides to conceal generations, unless somebody has changed the own record since it was read as prior: then it gives
// errRaced. It is asked after register: who stores the own record after this sees that d is being written, and who has stored it
// before is noticed here.
func (p *putting) unchanged(ctx context.Context, prior priorRecord, hidden []string) func([]string) ([]string, []string, error) {
	return func([]string) ([]string, []string, error) {
		again, err := p.prior(ctx, p.b.Disclosure.ID)
		if err == nil && again.seq != prior.seq {
			err = errRaced
		}
		return hidden, nil, err
	}
}

// earlier is the earlier one of two times, where zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// setCurrent marks all records of the batch.
func setCurrent(b *indexer.Batch, current bool) {
	b.Disclosure.Current = current
	for i := range b.Passages {
		b.Passages[i].Current = current
	}
	for i := range b.Items {
		b.Items[i].Current = current
	}
	for i := range b.Tables {
		b.Tables[i].Current = current
	}
	for i := range b.Projects {
		b.Projects[i].Current = current
	}
	for i := range b.Findings {
		b.Findings[i].Current = current
	}
}

// store writes parts and own record, and returns where that is. It gives errRaced where somebody else has written the own record
// since it was read, or where the own record went to another index than was read, as it does when Reindex has moved the alias:
// parts may then be in the old one.
func (s *Store) store(ctx context.Context, b *indexer.Batch, prior priorRecord) (sequence, error) {
	docs, err := s.documents(b)
	if err != nil {
		return sequence{}, err
	}
	own, err := s.ownDocument(&b.Disclosure, prior)
	if err != nil {
		return sequence{}, err
	}
	if _, err := s.bulk(ctx, docs); err != nil {
		return sequence{}, err
	}
	res, err := s.bulk(ctx, []document{own})
	if err == nil && (res.conflicts > 0 || res.last.Index != prior.seq.Index) {
		err = errRaced
	}
	return res.last, err
}

// documents makes the documents of all parts of a batch. Their names have the generation in them, so that two parses of one
// PDF stand side by side until one is removed.
func (s *Store) documents(b *indexer.Batch) ([]document, error) {
	docs := make([]document, 0, len(b.Passages)+len(b.Items)+len(b.Tables)+len(b.Projects)+len(b.Findings))
	var failed error
	add := func(k kind, id string, source any) {
		doc, err := newDocument("index", object{"_index": s.alias(k), "_id": id + "." + b.Disclosure.Generation, "require_alias": s.direct == nil}, source)
		failed = firstError(failed, err)
		docs = append(docs, doc)
	}
	for i := range b.Passages {
		add(passages, b.Passages[i].ID, newCountable(&b.Passages[i]))
	}
	for i := range b.Items {
		add(items, b.Items[i].ID, newSummand(&b.Items[i]))
	}
	for i := range b.Tables {
		add(tables, b.Tables[i].ID, &b.Tables[i])
	}
	for i := range b.Projects {
		add(projects, b.Projects[i].ID, &b.Projects[i])
	}
	for i := range b.Findings {
		add(findings, b.Findings[i].ID, &b.Findings[i])
	}
	return docs, failed
}

// ownDocument makes the document of the disclosure itself, to be stored only if what is there is still the prior one.
func (s *Store) ownDocument(d *indexer.DisclosureRecord, prior priorRecord) (document, error) {
	target := object{"_index": s.alias(disclosures), "_id": d.ID, "require_alias": s.direct == nil}
	if prior.Generation == "" {
		return newDocument("create", target, d)
	}
	target["if_seq_no"], target["if_primary_term"] = prior.seq.Number, prior.seq.Term
	return newDocument("index", target, d)
}

// A priorRecord is what is stored of a disclosure's own record; its Generation is "" where there is none.
type priorRecord struct {
	indexer.Origin
	VersionKey string    `json:"version_key"`
	FirstSeen  time.Time `json:"first_seen"`
	seq        sequence
}

// prior sees what was stored a moment ago, refresh or not.
func (s *Store) prior(ctx context.Context, id string) (priorRecord, error) {
	var p priorRecord
	var err error
	p.seq, err = s.get(ctx, disclosures, id, "parser_version,generation,version_key,first_seen,current", &p)
	return p, err
}

// A sequence is where a document is, and what its next change is made dependent on. Its Term is 0 where there is no document.
type sequence struct {
	Index  string `json:"_index"` // not the alias
	Number int64  `json:"_seq_no"`
	Term   int64  `json:"_primary_term"`
}

// get reads the fields of a document into source, as it was stored last, refresh or not.
func (s *Store) get(ctx context.Context, k kind, id, fields string, source any) (sequence, error) {
	answer := struct {
		sequence
		Source any `json:"_source"`
	}{Source: source}
	err := s.request(ctx, http.MethodGet, "/"+s.alias(k)+"/_doc/"+url.PathEscape(id)+"?_source_includes="+fields, nil, &answer)
	if e, ok := errors.AsType[*serverError](err); ok && e.status == http.StatusNotFound && !isMissingIndex(err) {
		return sequence{Index: e.index}, nil
	}
	return answer.sequence, err
}

// change stores a document if the one that is there is still the one that was read, else it gives errRaced.
func (s *Store) change(ctx context.Context, k kind, id string, was sequence, source any) error {
	_, err := s.changed(ctx, k, id, was, source)
	return err
}

// changed is change, and tells how the document is now.
func (s *Store) changed(ctx context.Context, k kind, id string, was sequence, source any) (sequence, error) {
	path := "/" + s.alias(k) + "/_doc/" + url.PathEscape(id) + fmt.Sprintf("?require_alias=%v", s.direct == nil)
	if was.Term == 0 {
		path += "&op_type=create"
	} else {
		path += fmt.Sprintf("&if_seq_no=%d&if_primary_term=%d", was.Number, was.Term)
	}
	var now sequence
	err := s.request(ctx, http.MethodPut, path, source, &now)
	if status(err) == http.StatusConflict {
		err = errRaced
	}
	return now, err
}

// isMissingIndex tells a missing index from a missing document.
func isMissingIndex(err error) bool {
	e, ok := errors.AsType[*serverError](err)
	return ok && e.kind == "index_not_found_exception"
}

// Disclosure gives back what Put was given. Where there is none, the error is indexer.ErrNotFound.
func (s *Store) Disclosure(ctx context.Context, id string) (*schemas.Disclosure, error) {
	var source struct {
		Body []byte `json:"body"`
	}
	seq, err := s.get(ctx, disclosures, id, "body", &source)
	if err == nil && seq.Term == 0 {
		err = indexer.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("disclosure %s: %w", id, err)
	}
	return indexer.Unpack(source.Body)
}

// A countable is a passage as it is stored, with what hits are counted by.
type countable struct {
	*indexer.Passage
	Band     indexer.Band `json:"amount_band,omitempty"`
	CodePath []string     `json:"code_path,omitempty"`
}

func newCountable(p *indexer.Passage) countable {
	c := countable{Passage: p, Band: p.Band()}
	for _, code := range p.Code {
		c.CodePath = append(c.CodePath, indexer.CodePath(code)...)
	}
	return c
}

// A summand is a line item as it is stored: what hits are counted and sorted by, and its amount once more, cut in two. Elasticsearch adds in float64, which is exact up
// to 2^53; the sums of the halves are exact far beyond what amounts can be.
type summand struct {
	*indexer.LineItem
	Band     indexer.Band `json:"amount_band,omitempty"`
	CodePath []string     `json:"code_path,omitempty"`
	Size     *schemas.Fen `json:"change_size,omitempty"` // of the change, without its sign
	High     *int64       `json:"amount_high,omitempty"` // amount_fen = amount_high × 10^8 + amount_low
	Low      *int64       `json:"amount_low,omitempty"`
}

// half is where an amount is cut.
const half = 100_000_000

func newSummand(i *indexer.LineItem) summand {
	s := summand{LineItem: i, Band: i.Band(), CodePath: indexer.CodePath(i.Code)}
	if i.Change != nil {
		size := max(*i.Change, -*i.Change)
		s.Size = &size
	}
	if i.Amount != nil {
		high, low := int64(*i.Amount)/half, int64(*i.Amount)%half
		s.High, s.Low = &high, &low
	}
	return s
}
