package elastic

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A number is the value of an aggregation; nil where no document has one.
type number struct {
	Value *float64 `json:"value"`
}

// LedgerSummary counts the ledger's files, and those finished since each of the times, all at one moment; what was put less
// than a second before is seen after Refresh.
func (s *Store) LedgerSummary(ctx context.Context, since ...time.Time) (indexer.LedgerSummary, error) {
	sum, err := s.ledgerSummary(ctx, since)
	if err != nil {
		return sum, fmt.Errorf("count ledger: %w", err)
	}
	return sum, nil
}

func (s *Store) ledgerSummary(ctx context.Context, since []time.Time) (indexer.LedgerSummary, error) {
	var sum indexer.LedgerSummary
	var answer struct {
		found[struct{}]
		Aggregations struct {
			Counts struct {
				Buckets []struct {
					bucketKey
					Pages number `json:"pages"`
				} `json:"buckets"`
			} `json:"counts"`
			Queued struct {
				Oldest number `json:"oldest"`
			} `json:"queued"`
			Final struct {
				First  number `json:"first"`
				Last   number `json:"last"`
				Recent struct {
					Buckets map[string]recentBucket `json:"buckets"`
				} `json:"recent"`
			} `json:"final"`
		} `json:"aggregations"`
	}
	path := "/" + s.alias(ledger) + "/_search?allow_partial_search_results=false"
	if err := s.request(ctx, http.MethodPost, path, summaryQuery(since), &answer); err != nil {
		return sum, err
	}
	if err := answer.whole(); err != nil {
		return sum, err
	}
	a := answer.Aggregations
	if len(a.Counts.Buckets) == pageSize {
		return sum, fmt.Errorf("it has more than %d pairs of state and code", pageSize)
	}
	for _, b := range a.Counts.Buckets {
		sum.Counts = append(sum.Counts, indexer.LedgerCount{
			State: schemas.State(keyText(b.Key["state"])), Code: schemas.Code(keyText(b.Key["code"])), Files: b.Count, Pages: b.Pages.whole(),
		})
	}
	sum.OldestQueued, sum.FirstFinish, sum.LastFinish = a.Queued.Oldest.moment(), a.Final.First.moment(), a.Final.Last.moment()
	for i, t := range since {
		b := a.Final.Recent.Buckets[strconv.Itoa(i)]
		sum.Finished = append(sum.Finished, indexer.LedgerFinished{Since: t, Files: b.Count, Pages: b.Indexed.Pages.whole(), First: b.First.moment()})
	}
	return sum, nil
}

// A recentBucket is what was finished since a time.
type recentBucket struct {
	Count   int    `json:"doc_count"`
	First   number `json:"first"`
	Indexed struct {
		Pages number `json:"pages"`
	} `json:"indexed"`
}

// summaryQuery asks for all of a summary at once.
func summaryQuery(since []time.Time) object {
	of := func(aggregation, field string) object { return object{aggregation: object{"field": field}} }
	pages := object{"pages": of("sum", "pages")}
	aggs := object{
		"counts": object{"composite": object{"size": pageSize, "sources": []object{source("state"), source("code")}}, "aggs": pages},
		"queued": object{
			"filter": object{"term": object{"state": string(schemas.Queued)}},
			"aggs":   object{"oldest": of("min", "queued_at")},
		},
	}
	final := object{"first": of("min", "finished_at"), "last": of("max", "finished_at")}
	if len(since) > 0 {
		recent := object{}
		for i, t := range since {
			recent[strconv.Itoa(i)] = object{"range": object{"finished_at": object{"gte": t.UnixMilli(), "format": "epoch_millis"}}}
		}
		final["recent"] = object{
			"filters": object{"filters": recent},
			"aggs": object{
				"first":   of("min", "finished_at"),
				"indexed": object{"filter": object{"term": object{"state": string(schemas.Indexed)}}, "aggs": pages},
			},
		}
	}
	aggs["final"] = object{
		"filter": object{"bool": object{"must_not": object{"terms": object{"state": []string{string(schemas.Queued), string(schemas.Working)}}}}},
		"aggs":   final,
	}
	return object{"size": 0, "track_total_hits": false, "query": object{"match_all": object{}}, "aggs": aggs}
}

// whole is the value as a whole number, which sums of pages are; 0 where there is none.
func (n number) whole() int64 {
	if n.Value == nil {
		return 0
	}
	return int64(*n.Value)
}

// moment is the value as a time.
func (n number) moment() *time.Time {
	if n.Value == nil {
		return nil
	}
	return new(time.UnixMilli(int64(*n.Value)).UTC())
}
