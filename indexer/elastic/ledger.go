package elastic

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
)

func (s *Store) entryPath(id string) string {
	return "/" + s.alias(ledger) + "/_doc/" + url.PathEscape(id)
}

// PutEntry stores a ledger entry in place of the one with the same ID.
func (s *Store) PutEntry(ctx context.Context, e schemas.Entry) error {
	if err := s.request(ctx, http.MethodPut, s.entryPath(e.ID)+"?require_alias=true", e, nil); err != nil {
		return fmt.Errorf("put ledger entry %s: %w", e.ID, err)
	}
	return nil
}

// Entry returns the ledger entry with the ID, and whether there is one. It sees what was put a moment ago.
func (s *Store) Entry(ctx context.Context, id string) (schemas.Entry, bool, error) {
	var answer struct {
		Source schemas.Entry `json:"_source"`
	}
	err := s.request(ctx, http.MethodGet, s.entryPath(id), nil, &answer)
	if status(err) == http.StatusNotFound && !isMissingIndex(err) {
		return schemas.Entry{}, false, nil
	}
	if err != nil {
		return schemas.Entry{}, false, fmt.Errorf("read ledger entry %s: %w", id, err)
	}
	return answer.Source, true, nil
}

// DeleteEntry removes the ledger entry with the ID, if there is one.
func (s *Store) DeleteEntry(ctx context.Context, id string) error {
	err := s.request(ctx, http.MethodDelete, s.entryPath(id), nil, nil)
	if err != nil && (status(err) != http.StatusNotFound || isMissingIndex(err)) {
		return fmt.Errorf("delete ledger entry %s: %w", id, err)
	}
	return nil
}

// Entries calls fn for each ledger entry that the filter selects, in the order of their IDs or of their publication, as they were when it
// began; what was put less than a second before is seen after Refresh, and at once where the entries of one file are asked for, by its SHA256. fn may
// call the store. It stops at fn's first error and returns it.
func (s *Store) Entries(ctx context.Context, f indexer.EntryFilter, fn func(schemas.Entry) error) error {
	if f.SHA256 != "" {
		if err := s.refresh(ctx, []kind{ledger}); err != nil {
			return err
		}
	}
	order, after := []object{{"id": "asc"}}, []any(nil)
	if f.Newest {
		order = []object{{"queued_at": "desc"}, {"id": "desc"}}
	}
	switch {
	case f.After == nil:
	case f.Newest:
		after = []any{f.After.QueuedAt.UnixMilli(), f.After.ID}
	default:
		after = []any{f.After.ID}
	}
	size, left := pageSize, f.Limit
	if f.Limit > 0 {
		size = min(size, f.Limit)
	}
	for e, err := range scrollFrom[schemas.Entry](ctx, s, ledger, object{"bool": object{"filter": entryFilters(f)}}, order, after, nil, size) {
		if err != nil {
			return fmt.Errorf("read ledger: %w", err)
		}
		if err := fn(e); err != nil {
			return err
		}
		if left--; left == 0 {
			break
		}
	}
	return nil
}

// entryFilters are what the filter selects ledger entries by.
func entryFilters(f indexer.EntryFilter) []object {
	filter := oneOf([]object{}, "state", f.States)
	filter = oneOf(filter, "code", f.Codes)
	if f.SHA256 != "" {
		filter = append(filter, object{"term": object{"sha256": f.SHA256}})
	}
	for word := range strings.FieldsSeq(f.Name) {
		like := object{"value": "*" + strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`).Replace(word) + "*", "case_insensitive": true}
		filter = append(filter, object{"bool": object{"should": []object{{"wildcard": object{"file_name": like}}, {"wildcard": object{"url": like}}}}})
	}
	for field, since := range map[string]time.Time{"queued_at": f.QueuedSince, "finished_at": f.FinishedSince} {
		if !since.IsZero() {
			filter = append(filter, object{"range": object{field: object{"gte": since.UnixMilli(), "format": "epoch_millis"}}})
		}
	}
	return filter
}
