package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"yusuan/schemas"
)

// SchemaVersion is the one that new files have.
const SchemaVersion = schemaVersion

// PutEntries puts the first n entries in one transaction.
func (s *Store) PutEntries(ctx context.Context, n int, entry func(i int) schemas.Entry) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for i := range n {
			if err := putEntry(ctx, tx, entry(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// LimitPages sets how many pages the file may have, as a full disk does. It is never below what the file has.
func (s *Store) LimitPages(t *testing.T, pages int) {
	t.Helper()
	var got int
	if err := s.writers.QueryRowContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&got); err != nil {
		t.Fatal(err)
	}
}

// ForbidWriting makes the writing connection refuse to write, as a read-only file does.
func (s *Store) ForbidWriting(t *testing.T) {
	t.Helper()
	if _, err := s.writers.ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
}
