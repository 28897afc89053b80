package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"yusuan/indexer"
)

// grouped finds the best passage of each disclosure, and how many disclosures there are. Of equal ones it is the first in reading order.
func grouped(ctx context.Context, tx *sql.Tx, p *indexer.Plan, res *indexer.Result) error {
	f := find(p)
	err := tx.QueryRowContext(ctx, f.sql("count(DISTINCT "+disclosureOf+")", ""), f.args...).Scan(&res.Total)
	if err != nil {
		return err
	}
	lead, keys := "0", []string{"m.id"}
	if p.Keys[0] != indexer.DisclosureKey {
		lead, keys = f.keys[p.Keys[0]], []string{"m.lead", "m.id"}
	}
	var after conditions
	if p.Cursor != nil {
		behind(&after, p)
	}
	query := fmt.Sprintf(`WITH s AS MATERIALIZED (%s),
		g AS MATERIALIZED (SELECT pk >> %d AS disclosure, max(lead) AS lead, count(*) AS n FROM s GROUP BY 1),
		o AS MATERIALIZED (SELECT g.disclosure, g.lead, g.n, d.id FROM g JOIN disclosures d ON d.pk = g.disclosure%s ORDER BY g.lead DESC, d.id LIMIT ?),
		m AS MATERIALIZED (SELECT min(s.pk) AS pk, o.lead, o.n, o.id FROM s JOIN o ON o.disclosure = s.pk >> %d AND o.lead = s.lead GROUP BY o.disclosure)
		SELECT %s, m.n, %s ORDER BY m.lead DESC, m.id`,
		f.sql("x.pk AS pk, "+lead+" AS lead", ""), ownBits, after.where(), ownBits, strings.Join(keys, ", "), passageColumns)
	rows, err := tx.QueryContext(ctx, query, append(append(f.args, after.args...), p.Limit+1)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, len(keys))
	dest := make([]any, len(keys)+1)
	for i := range dest {
		dest[i] = new(any)
	}
	var n int
	dest[len(keys)] = &n
	scan := scanPassage(p)
	for rows.Next() {
		if len(res.Hits) == p.Limit {
			res.Next, err = p.EncodeCursor(values)
			return err
		}
		hit, err := scan(rows, dest)
		if err != nil {
			return err
		}
		hit.More = n - 1
		res.Hits = append(res.Hits, hit)
		for i := range values {
			values[i] = *dest[i].(*any)
		}
	}
	return rows.Err()
}

// behind adds that a group comes after the cursor.
func behind(c *conditions, p *indexer.Plan) {
	if len(p.Cursor) == 1 {
		c.add("d.id > ?", p.Cursor[0])
		return
	}
	lead := cursorValue(p.Cursor[0])
	c.add("(g.lead < ? OR g.lead = ? AND d.id > ?)", lead, lead, p.Cursor[1])
}
