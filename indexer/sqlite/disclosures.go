package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"yusuan/indexer"
)

// Disclosures calls fn with the record of each disclosure that the filters select, in the order of IDs and without Body: those that
// nothing has superseded, or all versions. An error of fn ends it.
func (s *Store) Disclosures(ctx context.Context, f indexer.Filters, allVersions bool, fn func(indexer.DisclosureRecord) error) error {
	if err := f.Check(indexer.Disclosures); err != nil {
		return err
	}
	var c conditions
	filters(&c, &f, indexer.Disclosures, fiscalYear)
	if !allVersions {
		c.add("d.current = 1")
	}
	query := "SELECT o.record, d.current FROM disclosures d JOIN documents o ON o.pk = d.pk" + c.where() + " ORDER BY d.id"
	return s.stream(ctx, "read the disclosures of", query, c.args, func(rows *sql.Rows) (func() error, error) {
		var record string
		var current bool
		if err := rows.Scan(&record, &current); err != nil {
			return nil, err
		}
		var d indexer.DisclosureRecord
		if err := json.Unmarshal([]byte(record), &d); err != nil {
			return nil, err
		}
		d.Current = current
		return func() error { return fn(d) }, nil
	})
}
