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
	query, args := sumSQL(&p, by)
	var groups []indexer.Group
	err = s.read(ctx, func(tx *sql.Tx) error {
		groups = nil
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
	query, args := foundSQL(p)
	columns := []string{"x.classification", "x.code_level"}
	for _, d := range by {
		switch d {
		case indexer.CodeDimension:
			columns = append(columns, "x.code")
		case indexer.HeaderDimension:
			columns = append(columns, "h.text")
		case indexer.StateDimension:
			columns = append(columns, "m.state")
		default:
			columns = append(columns, dimensionColumns()[d])
		}
	}
	grouped := strings.Join(columns, ", ")
	return query + " SELECT " + strings.Join(append(columns[:2:2], append([]string{"sum(x.amount_fen)", "count(*)"}, columns[2:]...)...), ", ") +
		" FROM m JOIN items x ON x.pk = m.pk JOIN texts h ON h.pk = x.header WHERE x.amount_fen IS NOT NULL GROUP BY " + grouped, args
}
