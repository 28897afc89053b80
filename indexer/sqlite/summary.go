package sqlite

import (
	"context"
	"database/sql"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
)

// LedgerSummary counts the ledger's files, and those finished since each of the times, all at one moment.
func (s *Store) LedgerSummary(ctx context.Context, since ...time.Time) (indexer.LedgerSummary, error) {
	var sum indexer.LedgerSummary
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		sum = indexer.LedgerSummary{} // this may be the second try
		if sum.Counts, err = ledgerCounts(ctx, tx); err != nil {
			return err
		}
		var oldest, first, last sql.NullInt64
		row := tx.QueryRowContext(ctx, `SELECT (SELECT min(queued_at) FROM ledger WHERE state = 'queued'),
			(SELECT min(finished_at) FROM ledger WHERE finished_at IS NOT NULL), (SELECT max(finished_at) FROM ledger WHERE finished_at IS NOT NULL)`)
		if err := row.Scan(&oldest, &first, &last); err != nil {
			return err
		}
		sum.OldestQueued, sum.FirstFinish, sum.LastFinish = moment(oldest), moment(first), moment(last)
		for _, t := range since {
			f := indexer.LedgerFinished{Since: t}
			row := tx.QueryRowContext(ctx, `SELECT count(*), ifnull(sum(pages) FILTER (WHERE state = 'indexed'), 0), min(finished_at)
				FROM ledger WHERE finished_at >= ?`, t.UnixMilli())
			var first sql.NullInt64
			if err := row.Scan(&f.Files, &f.Pages, &first); err != nil {
				return err
			}
			f.First = moment(first)
			sum.Finished = append(sum.Finished, f)
		}
		return nil
	})
	if err != nil {
		return sum, s.wrap("count the ledger of", err)
	}
	return sum, nil
}

func ledgerCounts(ctx context.Context, tx *sql.Tx) ([]indexer.LedgerCount, error) {
	rows, err := tx.QueryContext(ctx, "SELECT state, code, count(*), sum(pages) FROM ledger GROUP BY state, code ORDER BY state, code")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var counts []indexer.LedgerCount
	for rows.Next() {
		var state, code string
		var c indexer.LedgerCount
		if err := rows.Scan(&state, &code, &c.Files, &c.Pages); err != nil {
			return nil, err
		}
		c.State, c.Code = schemas.State(state), schemas.Code(code)
		counts = append(counts, c)
	}
	return counts, rows.Err()
}

// moment is the time of so many milliseconds since 1970, or nil.
func moment(ms sql.NullInt64) *time.Time {
	if !ms.Valid {
		return nil
	}
	return new(time.UnixMilli(ms.Int64).UTC())
}
