package elastic

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"yusuan/indexer"
)

// A group is the hits of one disclosure.
type group struct {
	ID   string `json:"key"`
	Lead struct {
		Value float64 `json:"value"`
	} `json:"lead"`
}

// groupPrecision is up to how many disclosures are counted exactly, or nearly so.
const groupPrecision = 40_000

// grouped finds the best passage of each disclosure, and how many disclosures there are: first the disclosures of the page, by the best that
// each has, and then these best passages. Of equal ones it is the first in reading order.
func (s *Store) grouped(ctx context.Context, p *indexer.Plan) (indexer.Result, error) {
	var res indexer.Result
	query := compile(p, s.concealed())
	list, total, err := s.groups(ctx, p, query)
	if err != nil || len(list) == 0 {
		res.Total = total
		return res, err
	}
	more := len(list) > p.Limit
	list = list[:min(len(list), p.Limit)]
	ids := make([]string, len(list))
	for i, g := range list {
		ids[i] = g.ID
	}
	body := object{
		"query": object{"bool": object{"must": query, "filter": object{"terms": object{"disclosure_id": ids}}}}, "size": len(ids), "track_total_hits": true,
		"collapse": object{"field": "disclosure_id"}, "sort": append(order(p)[:1], object{"seq": object{"order": "asc"}}),
		"aggs": object{"disclosures": object{"terms": object{"field": "disclosure_id", "size": len(ids), "shard_size": facetOfShard}}},
	}
	var answer found[indexer.Passage]
	if err := s.request(ctx, http.MethodPost, s.passagesPath(p), body, &answer); err != nil {
		return res, err
	}
	if err := answer.whole(); err != nil {
		return res, err
	}
	res = indexer.Result{Total: total, Hits: bestOf(p, ids, &answer)}
	if more {
		last := list[len(list)-1]
		values := []any{last.Lead.Value, last.ID}
		if p.Keys[0] == indexer.DisclosureKey {
			values = values[1:]
		}
		res.Next, err = p.EncodeCursor(values)
	}
	return res, err
}

// searchGrouped is Search where one hit of each disclosure is wanted.
func (s *Store) searchGrouped(ctx context.Context, p *indexer.Plan) (indexer.Result, error) {
	res, err := s.grouped(ctx, p)
	if err != nil {
		return indexer.Result{}, fmt.Errorf("search: %w", err)
	}
	if !p.Facets {
		return res, nil
	}
	flat := *p
	flat.Cursor, flat.Limit = nil, 1
	answer, err := search[indexer.Passage](ctx, s, passages, &flat)
	if err != nil {
		return indexer.Result{}, fmt.Errorf("search: %w", err)
	}
	res.Facets = facets(p, answer)
	return res, nil
}

// bestOf puts the best passages in the order of their disclosures.
func bestOf(p *indexer.Plan, ids []string, answer *found[indexer.Passage]) []indexer.Hit {
	counts := map[string]int{}
	for _, b := range answer.Aggregations["disclosures"].Buckets {
		counts[keyText(b.Key)] = b.Count
	}
	hits := map[string]hit[indexer.Passage]{}
	for _, h := range answer.Hits.Hits {
		hits[h.Source.DisclosureID] = h
	}
	var out []indexer.Hit
	for _, id := range ids {
		h, ok := hits[id]
		if !ok {
			continue // it went in between
		}
		score := h.Score
		if p.Sort == indexer.ByRelevance && len(h.Sort) > 0 {
			score = floatOf(h.Sort[0])
		}
		best := p.Hit(h.Source, score)
		best.More = counts[id] - 1
		out = append(out, best)
	}
	return out
}

func floatOf(v any) float64 {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	f, err := n.Float64()
	if err != nil {
		return 0
	}
	return f
}

// passagesPath is where passages are searched; scores are by all shards' documents, not by each one's own.
func (s *Store) passagesPath(p *indexer.Plan) string {
	path := "/" + s.alias(passages) + "/_search?allow_partial_search_results=false"
	if p.Sort == indexer.ByRelevance {
		path += "&search_type=dfs_query_then_fetch"
	}
	return path
}

// groups finds the disclosures of the page, one more than its limit if there is one, and counts all.
func (s *Store) groups(ctx context.Context, p *indexer.Plan, query object) ([]group, int, error) {
	for size := p.Limit + 1; ; size = min(size*10, maxGroups) {
		if p.Cursor != nil {
			size = max(size, 1000) // of which those before the cursor are passed over
		}
		list, total, err := s.firstGroups(ctx, p, query, size)
		if err != nil {
			return nil, 0, err
		}
		got := len(list)
		list = afterCursor(p, list)
		if len(list) > p.Limit || got < size || size == maxGroups {
			if size == maxGroups && got == size && len(list) <= p.Limit {
				return nil, 0, fmt.Errorf("more than %d disclosures are found: ask for less", maxGroups)
			}
			return list[:min(len(list), p.Limit+1)], total, nil
		}
	}
}

// maxGroups is how many disclosures can be gone through; Elasticsearch makes no more buckets.
const maxGroups = 65_000

// firstGroups finds the best disclosures.
func (s *Store) firstGroups(ctx context.Context, p *indexer.Plan, query object, size int) ([]group, int, error) {
	terms := object{"field": "disclosure_id", "size": size, "shard_size": size + 1, "order": []object{{"lead": "desc"}, {"_key": "asc"}}}
	lead := object{"max": object{"script": object{"source": "_score"}}}
	switch p.Keys[0] {
	case indexer.AmountKey:
		lead = object{"max": object{"field": "amounts_fen", "missing": int64(indexer.NoAmount)}}
	case indexer.DisclosureKey:
		terms["order"] = object{"_key": "asc"}
		lead = object{"value_count": object{"field": "disclosure_id"}}
	}
	body := object{"query": query, "size": 0, "track_total_hits": false, "aggs": object{
		"groups": object{"terms": terms, "aggs": object{"lead": lead}},
		"total":  object{"cardinality": object{"field": "disclosure_id", "precision_threshold": groupPrecision}},
	}}
	var answer struct {
		found[struct{}]
		Aggregations struct {
			Groups struct {
				Buckets []group `json:"buckets"`
			} `json:"groups"`
			Total struct {
				Value int `json:"value"`
			} `json:"total"`
		} `json:"aggregations"`
	}
	if err := s.request(ctx, http.MethodPost, s.passagesPath(p), body, &answer); err != nil {
		return nil, 0, err
	}
	return answer.Aggregations.Groups.Buckets, answer.Aggregations.Total.Value, answer.whole()
}

// afterCursor leaves out the groups up to the cursor.
func afterCursor(p *indexer.Plan, list []group) []group {
	if p.Cursor == nil {
		return list
	}
	id, _ := p.Cursor[len(p.Cursor)-1].(string)
	for i, g := range list {
		if len(p.Cursor) == 1 && g.ID > id {
			return list[i:]
		}
		if len(p.Cursor) == 2 {
			if lead := floatOf(p.Cursor[0]); g.Lead.Value < lead || g.Lead.Value == lead && g.ID > id {
				return list[i:]
			}
		}
	}
	return nil
}
