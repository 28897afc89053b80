package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"yusuan/indexer"
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

// Explain gives SQLite's plans (EXPLAIN QUERY PLAN) of counting what the query finds, and of finding the first page of it.
func (s *Store) Explain(ctx context.Context, q indexer.Query, target indexer.Target) (count, page []string, err error) {
	p, err := q.Prepare(target)
	if err != nil {
		return nil, nil, err
	}
	f := find(&p)
	if count, err = s.explain(ctx, f.sql("count(*)", ""), f.args); err != nil {
		return nil, nil, err
	}
	by := order(&f.conditions, &p, f.keys)
	page, err = s.explain(ctx, f.sql("x.pk", by+" LIMIT 21"), f.args)
	return count, page, err
}

// ExplainSum gives SQLite's plan of adding what the query finds.
func (s *Store) ExplainSum(ctx context.Context, q indexer.Query, by ...indexer.Dimension) ([]string, error) {
	p, err := q.PrepareSum(by)
	if err != nil {
		return nil, err
	}
	query, args := sumSQL(&p, by)
	return s.explain(ctx, query, args)
}

func (s *Store) explain(ctx context.Context, query string, args []any) ([]string, error) {
	rows, err := s.readers.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}
