package elastic

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

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

// Entries calls fn for each ledger entry that the filter selects, in the order of their IDs, as they were when it began; what
// was put less than a second before is seen after Refresh, and at once where the entries of one file are asked for, by its SHA256. fn may
// call the store. It stops at fn's first error and returns it.
func (s *Store) Entries(ctx context.Context, f indexer.EntryFilter, fn func(schemas.Entry) error) error {
	filter := oneOf([]object{}, "state", f.States)
	filter = oneOf(filter, "code", f.Codes)
	if f.SHA256 != "" {
		if err := s.refresh(ctx, []kind{ledger}); err != nil {
			return err
		}
		filter = append(filter, object{"term": object{"sha256": f.SHA256}})
	}
	for e, err := range scroll[schemas.Entry](ctx, s, ledger, object{"bool": object{"filter": filter}}, "id", nil, pageSize) {
		if err != nil {
			return fmt.Errorf("read ledger: %w", err)
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}
