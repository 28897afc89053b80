package elastic

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"yusuan/indexer"
)

// A hit is a document that a search found.
type hit[T any] struct {
	Source T       `json:"_source"`
	Score  float64 `json:"_score"`
	Sort   []any   `json:"sort"`
}

// found is the answer to a search.
type found[T any] struct {
	PIT      string `json:"pit_id"`
	TimedOut bool   `json:"timed_out"`
	Shards   struct {
		Failed int `json:"failed"`
	} `json:"_shards"`
	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
		Hits []hit[T] `json:"hits"`
	} `json:"hits"`
	Aggregations map[string]struct {
		Buckets []struct {
			Key   any `json:"key"`
			Count int `json:"doc_count"`
		} `json:"buckets"`
	} `json:"aggregations"`
}

// whole refuses answers that leave something out.
func (f *found[T]) whole() error {
	if f.TimedOut || f.Shards.Failed > 0 {
		return fmt.Errorf("elasticsearch could not search everything (%d shards failed, timed out: %v)", f.Shards.Failed, f.TimedOut)
	}
	return nil
}

// Search finds passages.
func (s *Store) Search(ctx context.Context, q indexer.Query) (indexer.Result, error) {
	p, err := q.Prepare(indexer.Passages)
	if err != nil {
		return indexer.Result{}, err
	}
	if err := p.Widen(s.named(ctx)); err != nil {
		return indexer.Result{}, fmt.Errorf("search: %w", err)
	}
	if p.PerDisclosure {
		return s.searchGrouped(ctx, &p)
	}
	answer, err := search[indexer.Passage](ctx, s, passages, &p)
	if err != nil {
		return indexer.Result{}, fmt.Errorf("search: %w", err)
	}
	res := indexer.Result{Total: answer.Hits.Total.Value, Facets: facets(&p, answer)}
	for _, h := range answer.Hits.Hits[:min(p.Limit, len(answer.Hits.Hits))] {
		res.Hits = append(res.Hits, p.Hit(h.Source, h.Score))
	}
	res.Next, err = next(&p, answer)
	return res, err
}

// Items finds line items.
func (s *Store) Items(ctx context.Context, q indexer.Query) (indexer.ItemResult, error) {
	p, err := q.Prepare(indexer.Items)
	if err != nil {
		return indexer.ItemResult{}, err
	}
	if err := p.Widen(s.named(ctx)); err != nil {
		return indexer.ItemResult{}, fmt.Errorf("search line items: %w", err)
	}
	answer, err := search[indexer.LineItem](ctx, s, items, &p)
	if err != nil {
		return indexer.ItemResult{}, fmt.Errorf("search line items: %w", err)
	}
	res := indexer.ItemResult{Total: answer.Hits.Total.Value, Facets: facets(&p, answer)}
	for _, h := range answer.Hits.Hits[:min(p.Limit, len(answer.Hits.Hits))] {
		res.Items = append(res.Items, h.Source)
	}
	res.Next, err = next(&p, answer)
	return res, err
}

// named tells of texts whether a unit's or a region's name has them.
func (s *Store) named(ctx context.Context) func([]string) ([]bool, error) {
	return func(texts []string) ([]bool, error) {
		having := object{}
		for i, text := range texts {
			having[strconv.Itoa(i)] = phrase(text, "unit.text", "region.text", "province.text", "city.text", "county.text")
		}
		body := object{"size": 0, "track_total_hits": false, "aggs": object{"names": object{"filters": object{"filters": having}}}}
		var answer struct {
			found[struct{}]
			Aggregations struct {
				Names struct {
					Buckets map[string]struct {
						Count int `json:"doc_count"`
					} `json:"buckets"`
				} `json:"names"`
			} `json:"aggregations"`
		}
		err := s.request(ctx, http.MethodPost, "/"+s.alias(disclosures)+"/_search?allow_partial_search_results=false", body, &answer)
		if err = firstError(err, answer.whole()); err != nil {
			return nil, err
		}
		has := make([]bool, len(texts))
		for i := range texts {
			has[i] = answer.Aggregations.Names.Buckets[strconv.Itoa(i)].Count > 0
		}
		return has, nil
	}
}

// facetOfShard is how many values of a facet each shard counts. Up to as many the counts are exact.
const facetOfShard = 10_000

// search runs the plan on a kind's index. It asks for one hit more than the plan's limit, so as to know whether there is
// another page, unless the server would refuse.
func search[T any](ctx context.Context, s *Store, k kind, p *indexer.Plan) (*found[T], error) {
	body := object{"query": compile(p, s.concealed()), "sort": order(p), "size": min(p.Limit+1, indexer.MaxLimit), "track_total_hits": true}
	if p.Cursor != nil {
		body["search_after"] = p.Cursor
	}
	if p.Facets {
		aggs := object{}
		for _, d := range indexer.FacetDimensions() {
			by := object{"field": field(d), "size": indexer.MaxFacet, "shard_size": facetOfShard, "order": []object{{"_count": "desc"}, {"_key": "asc"}}}
			if d == indexer.FunctionalDimension || d == indexer.EconomicDimension {
				by["include"] = codePattern(p, d)
			}
			aggs[string(d)] = object{"terms": by}
		}
		body["aggs"] = aggs
	}
	path := "/" + s.alias(k) + "/_search?allow_partial_search_results=false"
	if p.Sort == indexer.ByRelevance {
		path += "&search_type=dfs_query_then_fetch" // else each shard scores by its own documents, and the order is by chance
	}
	var answer found[T]
	if err := s.request(ctx, http.MethodPost, path, body, &answer); err != nil {
		return nil, err
	}
	return &answer, answer.whole()
}

// field is the keyword or number that holds a dimension.
func field(d indexer.Dimension) string {
	switch d {
	case indexer.YearDimension:
		return "fiscal_year"
	case indexer.KindDimension:
		return "document_kind"
	case indexer.PassageDimension:
		return "kind"
	case indexer.SectionDimension:
		return "topic"
	case indexer.BandDimension:
		return "amount_band"
	case indexer.FunctionalDimension, indexer.EconomicDimension:
		return "code_path"
	}
	return string(d)
}

// codePattern is what the codes are like that a facet counts.
func codePattern(p *indexer.Plan, d indexer.Dimension) string {
	digits := p.CodeDigits(d)
	var list []string
	for _, prefix := range p.CodePrefixes(d) {
		if n := digits - len(prefix); n >= 0 {
			list = append(list, prefix+strings.Repeat("[0-9]", n))
		}
	}
	if len(list) == 0 {
		return "#" // the empty language
	}
	return strings.Join(list, "|")
}

func facets[T any](p *indexer.Plan, answer *found[T]) []indexer.Facet {
	if !p.Facets {
		return nil
	}
	var out []indexer.Facet
	for _, d := range indexer.FacetDimensions() {
		f := indexer.Facet{Dimension: d, Buckets: []indexer.Bucket{}}
		for _, b := range answer.Aggregations[string(d)].Buckets {
			f.Buckets = append(f.Buckets, indexer.Bucket{Value: keyText(b.Key), Count: b.Count})
		}
		out = append(out, f)
	}
	return out
}

// keyText writes a bucket's key: a text, a number, or null for none.
func keyText(key any) string {
	switch key := key.(type) {
	case string:
		return key
	case json.Number:
		return key.String()
	}
	return ""
}

// next is the cursor of the following page, or "" where there is none.
func next[T any](p *indexer.Plan, answer *found[T]) (string, error) {
	hits := answer.Hits.Hits
	if len(hits) < p.Limit || len(hits) == 0 || len(hits) == p.Limit && p.Limit < indexer.MaxLimit {
		return "", nil
	}
	return p.EncodeCursor(hits[p.Limit-1].Sort)
}
