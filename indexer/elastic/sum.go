package elastic

import (
	"context"
	"fmt"
	"math"
	"slices"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Sum adds the line items that the query selects, by the dimensions; see indexer.Group for what is added to what, and
// indexer.Query.PrepareSum for which columns.
func (s *Store) Sum(ctx context.Context, q indexer.Query, by []indexer.Dimension) ([]indexer.Group, error) {
	p, err := q.PrepareSum(by)
	if err != nil {
		return nil, err
	}
	if err := p.Widen(s.named(ctx)); err != nil {
		return nil, fmt.Errorf("sum line items: %w", err)
	}
	list, err := s.sumBuckets(ctx, &p, by)
	if err != nil {
		return nil, fmt.Errorf("sum line items: %w", err)
	}
	var groups []indexer.Group
	for _, b := range list {
		g, err := b.group(by)
		if err != nil {
			return nil, fmt.Errorf("sum line items: %w", err)
		}
		groups = append(groups, g)
	}
	indexer.SortGroups(groups)
	return groups, nil
}

// sumBuckets reads all buckets. Nearly always one request gives them; else it begins anew with a state of the index that stays as it
// is from request to request.
func (s *Store) sumBuckets(ctx context.Context, p *indexer.Plan, by []indexer.Dimension) ([]sumBucket, error) {
	query := func(hidden object) object {
		return object{"bool": object{"filter": []object{compile(p, hidden), {"exists": object{"field": "amount_fen"}}}}}
	}
	var sources []object
	for _, f := range groupFields(by) {
		sources = append(sources, source(f))
	}
	sums := object{"high": object{"sum": object{"field": "amount_high"}}, "low": object{"sum": object{"field": "amount_low"}}}
	page, err := bucketPage[sumBucket](ctx, s, "/"+s.alias(items), object{}, query(s.concealed()), composite(sources, nil), sums)
	if err != nil {
		return nil, err
	}
	if page.After == nil {
		return page.Buckets, nil
	}
	pit, hidden, err := s.moment(ctx, items)
	if err != nil {
		return nil, err
	}
	defer s.closePIT(ctx, pit)
	var list []sumBucket
	for b, err := range buckets[sumBucket](ctx, s, pit, query(object{"terms": object{"generation": hidden}}), sources, sums) {
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// groupFields are the fields in which the items of a group are alike.
func groupFields(by []indexer.Dimension) []string {
	fields := []string{"document_kind", "scope", "form", "classification", "code_level", "line", "measure", "period"}
	for _, d := range by {
		if f := field(d); !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// moment keeps the state of a kind's index, to be closed by closePIT, with the generations that are concealed just then.
func (s *Store) moment(ctx context.Context, k kind) (pit string, hidden []string, err error) {
	err = s.race(ctx, func() error {
		var before, after generationList
		was, err := s.get(ctx, versions, concealedID, "generations", &before)
		if err != nil {
			return err
		}
		if pit, err = s.openPIT(ctx, k); err != nil {
			return err
		}
		is, err := s.get(ctx, versions, concealedID, "generations", &after)
		if err == nil && is != was {
			err = errRaced
		}
		if err != nil {
			s.closePIT(ctx, pit)
		}
		hidden = append([]string{}, after.Generations...)
		return err
	})
	return pit, hidden, err
}

// source is one key of a composite aggregation; documents without a value are of the key null.
func source(field string) object {
	return object{field: object{"terms": object{"field": field, "missing_bucket": true}}}
}

// sumBucket is one bucket of Sum.
type sumBucket struct {
	bucketKey
	High struct {
		Value float64 `json:"value"`
	} `json:"high"`
	Low struct {
		Value float64 `json:"value"`
	} `json:"low"`
}

// group is the bucket as the caller wants it.
func (b *sumBucket) group(by []indexer.Dimension) (indexer.Group, error) {
	key := func(field string) string { return keyText(b.Key[field]) }
	g := indexer.Group{
		DocumentKind: schemas.DocumentKind(key("document_kind")), Scope: schemas.Scope(key("scope")), Form: schemas.Form(key("form")),
		Classification: indexer.Classification(key("classification")), Level: indexer.CodeLevel(key("code_level")), Line: key("line"),
		Measure: indexer.Measure(key("measure")), Period: indexer.Period(key("period")), Keys: make([]string, len(by)), Count: b.Count,
	}
	for i, d := range by {
		g.Keys[i] = key(field(d))
	}
	var err error
	g.Sum, err = exact(b.High.Value, b.Low.Value)
	return g, err
}

// exact puts the sums of the two halves of amounts together.
func exact(high, low float64) (schemas.Fen, error) {
	const safe = 1 << 53 // float64 holds every whole number up to here
	if math.Abs(high) > safe || math.Abs(low) > safe || math.Abs(high) > math.MaxInt64/half-1 {
		return 0, fmt.Errorf("integer overflow: the sum is beyond %d 分", int64(math.MaxInt64))
	}
	whole, rest := int64(high)*half, int64(low)
	if sum := whole + rest; (sum > whole) == (rest > 0) {
		return schemas.Fen(sum), nil
	}
	return 0, fmt.Errorf("integer overflow: the sum is beyond %d 分", int64(math.MaxInt64))
}
