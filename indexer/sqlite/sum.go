package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Sum adds the line items that the query selects, by the dimensions; see indexer.Group for what is added to what, and
// indexer.Query.PrepareSum for which columns.
func (s *Store) Sum(ctx context.Context, q indexer.Query, by []indexer.Dimension) ([]indexer.Group, error) {
	p, err := q.PrepareSum(by)
	if err != nil {
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
			dest := []any{&g.DocumentKind, &g.Scope, &g.Form, &g.Classification, &g.Level, &g.Line, &g.Measure, &g.Period, &sum, &g.Count}
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
	keys := []string{"d.document_kind", "d.scope", "coalesce(t.form, '')", "x.classification", "x.code_level", "x.line", "x.measure", "x.period"}
	columns := append(slices.Clone(keys), "sum(x.amount_fen)", "count(*)")
	for _, d := range by {
		keys, columns = append(keys, dimensionColumns()[d]), append(columns, dimensionColumns()[d])
	}
	return f.sql(strings.Join(columns, ", "), " GROUP BY "+strings.Join(keys, ", ")), f.args
}
