package sqlite

import (
	"context"
	"database/sql"

	"yusuan/indexer"
)

// Size adds up what the records of all disclosures say that they have.
func (s *Store) Size(ctx context.Context) (indexer.Size, error) {
	var size indexer.Size
	err := s.read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE current), count(*) FILTER (WHERE NOT current), ifnull(sum(passages), 0), ifnull(sum(items), 0),
			ifnull(sum(tables), 0) FROM disclosures`).Scan(&size.Disclosures, &size.Superseded, &size.Passages, &size.Items, &size.Tables)
	})
	if err != nil {
		return size, s.wrap("measure", err)
	}
	return size, nil
}
