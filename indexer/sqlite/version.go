package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Versions returns all versions of the disclosure, itself among them, oldest first; only itself where it is no version of any.
// Where there is no such disclosure, the error is indexer.ErrNotFound.
func (s *Store) Versions(ctx context.Context, disclosureID string) ([]schemas.Version, error) {
	var list []schemas.Version
	err := s.read(ctx, func(tx *sql.Tx) error {
		var key string
		err := tx.QueryRowContext(ctx, "SELECT version_key FROM disclosures WHERE id = ?", disclosureID).Scan(&key)
		if err != nil {
			return err
		}
		if key == "" {
			list, err = versions(ctx, tx, "id = ?", disclosureID)
		} else {
			list, err = versions(ctx, tx, "version_key = ?", key)
		}
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("versions of disclosure %s: %w", disclosureID, indexer.ErrNotFound)
	}
	if err != nil {
		return nil, s.wrap("read versions of "+disclosureID+" from", err)
	}
	return list, nil
}

// versions reads those that the condition selects, oldest first. Current is by their order.
func versions(ctx context.Context, tx *sql.Tx, condition string, args ...any) ([]schemas.Version, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, sha256, version_date, first_seen, version_tables, version_headings FROM disclosures JOIN documents USING (pk) WHERE "+condition, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []schemas.Version
	for rows.Next() {
		var v schemas.Version
		var seen string
		var tables, headings []byte
		if err := rows.Scan(&v.DisclosureID, &v.SHA256, &v.PublishedOn, &seen, &tables, &headings); err != nil {
			return nil, err
		}
		if err := errors.Join(json.Unmarshal(tables, &v.Tables), json.Unmarshal(headings, &v.Headings)); err != nil {
			return nil, err
		}
		if v.FirstSeen, err = parseTime(seen); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	indexer.MarkCurrent(list)
	return list, rows.Err()
}

// markCurrent marks those with the key that are current, and no other.
func markCurrent(ctx context.Context, tx *sql.Tx, key string) error {
	if key == "" {
		return nil
	}
	list, err := versions(ctx, tx, "version_key = ?", key)
	if err != nil {
		return err
	}
	for _, v := range list {
		_, err := tx.ExecContext(ctx, "UPDATE disclosures SET current = ? WHERE id = ? AND current != ?", v.Current, v.DisclosureID, v.Current)
		if err != nil {
			return err
		}
	}
	return nil
}

// formatTime writes a time as the file keeps it; "" for none.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}
