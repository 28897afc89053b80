package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// PutEntry stores a ledger entry in place of the one with the same ID.
func (s *Store) PutEntry(ctx context.Context, e schemas.Entry) error {
	if err := s.write(ctx, func(tx *sql.Tx) error { return putEntry(ctx, tx, e) }); err != nil {
		return s.wrap("put ledger entry "+e.ID+" into", err)
	}
	return nil
}

func putEntry(ctx context.Context, tx *sql.Tx, e schemas.Entry) error {
	record, err := json.Marshal(e)
	if err != nil {
		return err
	}
	var finished *int64
	if e.FinishedAt != nil && e.State.Final() {
		finished = new(e.FinishedAt.UnixMilli())
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO ledger (id, state, code, sha256, pages, queued_at, finished_at, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		e.ID, string(e.State), string(e.Code), e.SHA256, e.Pages, e.QueuedAt.UnixMilli(), finished, string(record))
	return err
}

// Entry returns the ledger entry with the ID, and whether there is one.
func (s *Store) Entry(ctx context.Context, id string) (schemas.Entry, bool, error) {
	var e schemas.Entry
	var record string
	err := s.read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT record FROM ledger WHERE id = ?", id).Scan(&record)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return e, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(record), &e)
	}
	if err != nil {
		return e, false, s.wrap("read ledger entry "+id+" from", err)
	}
	return e, true, nil
}

// DeleteEntry removes the ledger entry with the ID, if there is one.
func (s *Store) DeleteEntry(ctx context.Context, id string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM ledger WHERE id = ?", id)
		return err
	})
	if err != nil {
		return s.wrap("delete ledger entry "+id+" from", err)
	}
	return nil
}

// Entries calls fn for each ledger entry that the filter selects, in the order of their IDs or of their publication, as they were when it
// began. fn may call the store. It stops at fn's first error and returns it.
func (s *Store) Entries(ctx context.Context, f indexer.EntryFilter, fn func(schemas.Entry) error) error {
	c := entryConditions(f)
	order := " ORDER BY id"
	if !f.FinishedSince.IsZero() || !f.QueuedSince.IsZero() {
		order = " ORDER BY +id" // there are few of late, and an index of the time finds them
	}
	if f.Newest {
		order = " ORDER BY queued_at DESC, id DESC"
	}
	if f.Limit > 0 {
		order += " LIMIT " + strconv.Itoa(f.Limit)
	}
	return s.stream(ctx, "read the ledger of", "SELECT record FROM ledger"+c.where()+order, c.args, func(rows *sql.Rows) (func() error, error) {
		var record string
		if err := rows.Scan(&record); err != nil {
			return nil, err
		}
		var e schemas.Entry
		if err := json.Unmarshal([]byte(record), &e); err != nil {
			return nil, err
		}
		return func() error { return fn(e) }, nil
	})
}

func entryConditions(f indexer.EntryFilter) conditions {
	var c conditions
	if slices.Equal(f.States, []schemas.State{schemas.Queued}) && !f.QueuedSince.IsZero() {
		c.add("+state = 'queued'") // the index of the time is the better one
	} else {
		in(&c, "state", f.States)
	}
	in(&c, "code", f.Codes)
	if f.SHA256 != "" {
		c.add("sha256 = ?", f.SHA256)
	}
	for word := range strings.FieldsSeq(f.Name) {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(word) + "%"
		c.add(`(record ->> '$.file_name' LIKE ? ESCAPE '\' OR record ->> '$.url' LIKE ? ESCAPE '\')`, like, like)
	}
	if !f.QueuedSince.IsZero() {
		c.add("queued_at >= ?", f.QueuedSince.UnixMilli())
	}
	if !f.FinishedSince.IsZero() {
		c.add("finished_at >= ?", f.FinishedSince.UnixMilli())
	}
	switch {
	case f.After == nil:
	case f.Newest:
		c.add("(queued_at, id) < (?, ?)", f.After.QueuedAt.UnixMilli(), f.After.ID)
	default:
		c.add("id > ?", f.After.ID)
	}
	return c
}

// stream runs a query and calls what scan returns for each row. Errors of reading are wrapped, those of the calls are not.
func (s *Store) stream(ctx context.Context, op, query string, args []any, scan func(*sql.Rows) (func() error, error)) error {
	var rows *sql.Rows
	err := s.retry(ctx, func() (err error) {
		rows, err = s.readers.QueryContext(ctx, query, args...)
		return err
	})
	if err != nil {
		return s.wrap(op, err)
	}
	defer rows.Close()
	for rows.Next() {
		call, err := scan(rows)
		if err != nil {
			return s.wrap(op, err)
		}
		if err := call(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return s.wrap(op, err)
	}
	return nil
}
