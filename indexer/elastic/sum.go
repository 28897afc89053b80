package elastic

import (
	"context"
	"fmt"
	"math"

	"yusuan/indexer"
	"yusuan/schemas"
)

// pageSize is how many buckets or documents are read at once where all are read.
const pageSize = 1000

// Sum adds the line items that the query selects, by the dimensions; see indexer.Group for what is added to what. Limit, Sort
// and After of the query say nothing here.
func (s *Store) Sum(ctx context.Context, q indexer.Query, by []indexer.Dimension) ([]indexer.Group, error) {
	q.Limit, q.Sort, q.After = 0, "", ""
	p, err := q.Prepare(indexer.Items)
	if err != nil {
		return nil, err
	}
	if err := indexer.CheckDimensions(by); err != nil {
		return nil, err
	}
	query := object{"bool": object{"filter": []object{s.compile(&p), {"exists": object{"field": "amount_fen"}}}}}
	sources := []object{source("classification"), source("code_level")}
	for _, d := range by {
		sources = append(sources, source(field(d)))
	}
	sums := object{"high": object{"sum": object{"field": "amount_high"}}, "low": object{"sum": object{"field": "amount_low"}}}
	var groups []indexer.Group
	for b, err := range buckets[sumBucket](ctx, s, items, query, sources, sums) {
		if err != nil {
			return nil, fmt.Errorf("sum line items: %w", err)
		}
		g := indexer.Group{
			Classification: indexer.Classification(keyText(b.Key["classification"])), Level: indexer.CodeLevel(keyText(b.Key["code_level"])),
			Keys: make([]string, len(by)), Count: b.Count,
		}
		for i, d := range by {
			g.Keys[i] = keyText(b.Key[field(d)])
		}
		if g.Sum, err = exact(b.High.Value, b.Low.Value); err != nil {
			return nil, fmt.Errorf("sum line items: %w", err)
		}
		groups = append(groups, g)
	}
	indexer.SortGroups(groups)
	return groups, nil
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
