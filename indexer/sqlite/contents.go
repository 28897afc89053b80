package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"yusuan/indexer"
)

// contentsSQL counts for each disclosure, and for each that only its records are left of, what there is. What is left it finds by
// leaps from one disclosure's records to the next one's.
var contentsSQL = `
WITH RECURSIVE ` + leap("tables") + `, ` + leap("passages") + `, ` + leap("items") + `
SELECT coalesce(d.id, '(deleted ' || k.pk || ')'), coalesce(d.sha256, ''), coalesce(d.parser_version, 0), d.pk IS NULL, coalesce(d.current, 0),
	coalesce(d.passages, 0), coalesce(d.items, 0), coalesce(d.tables, 0), coalesce(d.projects, 0), coalesce(d.findings, 0),
	` + countOf("passages") + `, ` + countOf("items") + `, ` + countOf("tables") + `,
	(SELECT count(*) FROM projects WHERE disclosure = k.pk), (SELECT count(*) FROM findings WHERE disclosure = k.pk)
FROM (SELECT pk FROM disclosures UNION SELECT pk FROM of_tables UNION SELECT pk FROM of_passages UNION SELECT pk FROM of_items
	UNION SELECT disclosure FROM projects UNION SELECT disclosure FROM findings) k
LEFT JOIN disclosures d ON d.pk = k.pk WHERE k.pk IS NOT NULL ORDER BY 1`

// leap is a common table of the disclosures, by pk, that have rows in the table, with NULL at its end.
func leap(table string) string {
	return fmt.Sprintf(`of_%[1]s (pk) AS (SELECT min(pk) >> 36 FROM %[1]s
	UNION ALL SELECT (SELECT min(pk) >> 36 FROM %[1]s WHERE pk >= of_%[1]s.pk + 1 << 36) FROM of_%[1]s WHERE pk IS NOT NULL)`, table)
}

func countOf(table string) string {
	return fmt.Sprintf("(SELECT count(*) FROM %s WHERE pk >= k.pk << 36 AND pk < k.pk + 1 << 36)", table)
}

// Contents calls fn for each disclosure with what its record promises and what there is, in the order of their IDs. It stops
// at fn's first error and returns it. Put leaves nothing incomplete; another program that writes to the file may.
func (s *Store) Contents(ctx context.Context, fn func(indexer.Content) error) error {
	return s.stream(ctx, "read", contentsSQL, nil, func(rows *sql.Rows) (func() error, error) {
		var c indexer.Content
		var found indexer.Counts
		e := &c.Expected
		err := rows.Scan(&c.ID, &c.SHA256, &c.ParserVersion, &c.Orphan, &c.Current, &e.Passages, &e.Items, &e.Tables, &e.Projects, &e.Findings,
			&found.Passages, &found.Items, &found.Tables, &found.Projects, &found.Findings)
		if err != nil {
			return nil, err
		}
		if c.Orphan {
			c.Leftover = found
		} else {
			c.Actual = found
		}
		return func() error { return fn(c) }, nil
	})
}
