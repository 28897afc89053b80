package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Put stores the disclosure in place of what was stored of the same PDF, and returns when every record is stored. Where a
// newer parser made that, nothing changes and the outcome is indexer.Stale. After an error the records may be stored in part;
// then no DisclosureRecord says that they are complete, or the one of the version before does not agree with them, and putting
// the disclosure again makes it whole.
func (s *Store) Put(ctx context.Context, d *schemas.Disclosure) (indexer.Outcome, error) {
	b, err := indexer.Records(d)
	if err != nil {
		return "", err
	}
	b.Disclosure.IndexedAt = time.Now().UTC().Truncate(time.Millisecond)
	err = s.put(ctx, &b)
	if errors.Is(err, errStale) {
		return indexer.Stale, nil
	}
	if err != nil {
		return "", fmt.Errorf("put disclosure %s: %w", d.ID(), err)
	}
	return indexer.Stored, nil
}

// put stores the batch: the parts first, the disclosure's own record last, and then removes what an older parse left.
func (s *Store) put(ctx context.Context, b *indexer.Batch) error {
	d := &b.Disclosure
	prior, err := s.prior(ctx, d.ID)
	if err != nil {
		return err
	}
	if prior.ParserVersion > d.ParserVersion {
		return errStale
	}
	docs, err := s.documents(b)
	if err != nil {
		return err
	}
	own, err := s.newDocument(disclosures, d.ID, d.ParserVersion, d)
	if err != nil {
		return err
	}
	partsTally, err := s.bulk(ctx, docs)
	if err != nil {
		return err
	}
	stale := partsTally.stale > 0
	if !stale {
		ownTally, err := s.bulk(ctx, []document{own})
		if err != nil {
			return err
		}
		stale = ownTally.stale > 0
	}
	if stale { // a newer parse came in between
		return errors.Join(s.deleteParts(ctx, d, false), errStale)
	}
	// Documents that were there without a disclosure's record are of a Put that failed; it may have left others.
	if prior.Generation == "" && partsTally.replaced > 0 || prior.Generation != "" && prior.Generation != d.Generation {
		return s.deleteParts(ctx, d, true)
	}
	return nil
}

// documents makes the documents of all parts of a batch.
func (s *Store) documents(b *indexer.Batch) ([]document, error) {
	version := b.Disclosure.ParserVersion
	docs := make([]document, 0, len(b.Passages)+len(b.Items)+len(b.Tables)+len(b.Projects)+len(b.Findings))
	var failed error
	add := func(k kind, id string, source any) {
		doc, err := s.newDocument(k, id, version, source)
		failed = firstError(failed, err)
		docs = append(docs, doc)
	}
	for i := range b.Passages {
		add(passages, b.Passages[i].ID, &b.Passages[i])
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

// prior returns what is stored of the disclosure's own record; its Generation is "" where there is none. It sees what was
// stored a moment ago, refresh or not.
func (s *Store) prior(ctx context.Context, id string) (indexer.Origin, error) {
	var answer struct {
		Source indexer.Origin `json:"_source"`
	}
	path := "/" + s.alias(disclosures) + "/_doc/" + url.PathEscape(id) + "?_source_includes=parser_version,generation"
	err := s.request(ctx, http.MethodGet, path, nil, &answer)
	if status(err) == http.StatusNotFound && !isMissingIndex(err) {
		return indexer.Origin{}, nil
	}
	return answer.Source, err
}

// isMissingIndex tells a missing index from a missing document.
func isMissingIndex(err error) bool {
	e, ok := errors.AsType[*serverError](err)
	return ok && e.kind == "index_not_found_exception"
}

// deleteParts deletes the parts of the disclosure that are of another generation, or (others false) those of this one.
// Documents that are being overwritten meanwhile stay.
func (s *Store) deleteParts(ctx context.Context, d *indexer.DisclosureRecord, others bool) error {
	generation, clause := object{"term": object{"generation": d.Generation}}, "must"
	if others {
		clause = "must_not"
	}
	query := object{"query": object{"bool": object{
		"filter": []object{{"term": object{"disclosure_id": d.ID}}, {"range": object{"parser_version": object{"lte": d.ParserVersion}}}},
		clause:   []object{generation},
	}}}
	if err := s.refresh(ctx, parts()); err != nil { // it deletes what a search finds
		return err
	}
	var answer struct {
		Deleted  int `json:"deleted"`
		Failures []struct {
			ID     string `json:"id"`
			Status int    `json:"status"`
			Cause  cause  `json:"cause"`
		} `json:"failures"`
	}
	if err := s.request(ctx, http.MethodPost, "/"+s.aliases(parts())+"/_delete_by_query?conflicts=proceed", query, &answer); err != nil {
		return fmt.Errorf("delete leftovers: %w", err)
	}
	if len(answer.Failures) > 0 {
		f := answer.Failures[0]
		return fmt.Errorf("delete leftover %s: %w", f.ID, &serverError{f.Status, f.Cause.Type, f.Cause.Reason})
	}
	s.lg.Debug("deleted leftovers", zap.String("disclosure", d.ID), zap.Int("records", answer.Deleted))
	return nil
}

// Disclosure gives back what Put was given. Where there is none, the error is indexer.ErrNotFound.
func (s *Store) Disclosure(ctx context.Context, id string) (*schemas.Disclosure, error) {
	var answer struct {
		Source struct {
			Body []byte `json:"body"`
		} `json:"_source"`
	}
	path := "/" + s.alias(disclosures) + "/_doc/" + url.PathEscape(id) + "?_source_includes=body"
	err := s.request(ctx, http.MethodGet, path, nil, &answer)
	if status(err) == http.StatusNotFound && !isMissingIndex(err) {
		return nil, fmt.Errorf("disclosure %s: %w", id, indexer.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read disclosure %s: %w", id, err)
	}
	return indexer.Unpack(answer.Source.Body)
}

// A summand is a line item as it is stored: its amount once more, cut in two. Elasticsearch adds in float64, which is exact up
// to 2^53; the sums of the halves are exact far beyond what amounts can be.
type summand struct {
	*indexer.LineItem
	High *int64 `json:"amount_high,omitempty"` // amount_fen = amount_high × 10^8 + amount_low
	Low  *int64 `json:"amount_low,omitempty"`
}

// half is where an amount is cut.
const half = 100_000_000

func newSummand(i *indexer.LineItem) summand {
	if i.Amount == nil {
		return summand{LineItem: i}
	}
	high, low := int64(*i.Amount)/half, int64(*i.Amount)%half
	return summand{i, &high, &low}
}
