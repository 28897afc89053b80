package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Sum adds the line items that the query selects, by the dimensions; see indexer.Group for what is added to what. Limit, Sort
// and After of the query say nothing here.
func (s *Store) Sum(ctx context.Context, q indexer.Query, by []indexer.Dimension) ([]indexer.Group, error) {
	q.Limit, q.Sort, q.After = 0, "", ""
	p, err := q.Prepare(indexer.Items)
	if err != nil {
		return nil, err
	}
	if err := indexer.CheckDimensions(by); err != nil {
		return nil, err
	}
	var groups []indexer.Group
	err = s.read(ctx, func(tx *sql.Tx) error {
		groups = nil
		if err := p.Widen(named(ctx, tx)); err != nil {
			return err
		}
		query, args := sumSQL(&p, by)
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			g := indexer.Group{Keys: make([]string, len(by))}
			var sum int64
			dest := []any{&g.Classification, &g.Level, &sum, &g.Count}
			for i := range g.Keys {
				dest = append(dest, &g.Keys[i])
			}
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			g.Sum = schemas.Fen(sum)
			groups = append(groups, g)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, s.wrap("sum line items of", err)
	}
	indexer.SortGroups(groups)
	return groups, nil
}

func sumSQL(p *indexer.Plan, by []indexer.Dimension) (string, []any) {
	f := find(p)
	f.add("x.amount_fen IS NOT NULL")
	keys := []string{"x.classification", "x.code_level"}
	for _, d := range by {
		keys = append(keys, dimensionColumns()[d])
	}
	columns := append([]string{keys[0], keys[1], "sum(x.amount_fen)", "count(*)"}, keys[2:]...)
	return f.sql(strings.Join(columns, ", "), " GROUP BY "+strings.Join(keys, ", ")), f.args
}
