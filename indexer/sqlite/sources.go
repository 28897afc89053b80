package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"yusuan/schemas"
)

// Sources gives the PDFs that disclosures were read from, by the disclosures' IDs: SHA-256, name and address. One that is not there is
// left out.
func (s *Store) Sources(ctx context.Context, ids []string) (map[string]schemas.Source, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err // strings can be marshalled
	}
	var out map[string]schemas.Source
	err = s.read(ctx, func(tx *sql.Tx) error {
		out = make(map[string]schemas.Source, len(ids))
		rows, err := tx.QueryContext(ctx, `SELECT id, sha256, coalesce(record->>'$.file_name', ''), coalesce(record->>'$.uri', '')
			FROM disclosures JOIN documents USING (pk) WHERE id IN (SELECT value FROM json_each(?))`, string(list))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			var pdf schemas.Source
			if err := rows.Scan(&id, &pdf.SHA256, &pdf.FileName, &pdf.URI); err != nil {
				return err
			}
			out[id] = pdf
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	if err != nil {
		return nil, s.wrap("read the sources of", err)
	}
	return out, nil
}
