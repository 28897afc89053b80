package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// The weights of a match in the heading, the text and the context of a passage, for bm25.
const weights = "4.0, 1.0, 0.5"

// keyColumns names the columns of found (see foundSQL) for each sort key.
func keyColumns() map[indexer.SortKey]string {
	return map[indexer.SortKey]string{
		indexer.ScoreKey: "m.score", indexer.YearKey: "m.sort_year", indexer.UnitKey: "m.unit", indexer.RegionKey: "m.region",
		indexer.AmountKey: "m.amount", indexer.DisclosureKey: "m.disclosure_id", indexer.SeqKey: "m.seq",
	}
}

// foundSQL begins a statement with everything that the plan finds, as the table m.
func foundSQL(p *indexer.Plan) (string, []any) {
	var c conditions
	from, amount, score := "passages x", "x.amount_max", "0.0"
	if p.Target == indexer.Items {
		from, amount = "items x", "x.amount_fen"
		if p.Expr != nil {
			text, args := itemText(p.Expr)
			c.add(text, args...)
		}
	} else if passageText(&c, p) {
		from = "passage_fts JOIN passages x ON x.pk = passage_fts.rowid"
		score = "-bm25(passage_fts, " + weights + ")"
	}
	filters(&c, p)
	return fmt.Sprintf(`WITH m AS MATERIALIZED (
		SELECT x.pk, x.seq, x.state, %s AS score, coalesce(%s, %d) AS amount, d.id AS disclosure_id, d.unit, d.region, d.fiscal_year,
			coalesce(d.fiscal_year, 0) AS sort_year, d.document_kind, d.scope, coalesce(t.form, '') AS form
		FROM %s JOIN disclosures d ON d.pk = x.disclosure LEFT JOIN tables t ON t.pk = x.tbl%s)`,
		score, amount, indexer.NoAmount, from, c.where()), c.args
}

// Search finds passages.
func (s *Store) Search(ctx context.Context, q indexer.Query) (indexer.Result, error) {
	p, err := q.Prepare(indexer.Passages)
	if err != nil {
		return indexer.Result{}, err
	}
	var res indexer.Result
	err = s.read(ctx, func(tx *sql.Tx) error {
		res = indexer.Result{}
		if res.Total, res.Facets, err = countFound(ctx, tx, &p); err != nil {
			return err
		}
		res.Hits, res.Next, err = page(ctx, tx, &p, passageColumns, scanPassage(&p))
		return err
	})
	if err != nil {
		return indexer.Result{}, s.wrap("search", err)
	}
	return res, nil
}

// Items finds line items.
func (s *Store) Items(ctx context.Context, q indexer.Query) (indexer.ItemResult, error) {
	p, err := q.Prepare(indexer.Items)
	if err != nil {
		return indexer.ItemResult{}, err
	}
	var res indexer.ItemResult
	err = s.read(ctx, func(tx *sql.Tx) error {
		res = indexer.ItemResult{}
		if res.Total, res.Facets, err = countFound(ctx, tx, &p); err != nil {
			return err
		}
		res.Items, res.Next, err = page(ctx, tx, &p, itemColumns, scanItem)
		return err
	})
	if err != nil {
		return indexer.ItemResult{}, s.wrap("search", err)
	}
	return res, nil
}

// dimensionColumns names the columns of m by which facets count; ” is no value.
func dimensionColumns() map[indexer.Dimension]string {
	return map[indexer.Dimension]string{
		indexer.RegionDimension: "region", indexer.UnitDimension: "unit", indexer.YearDimension: "coalesce(CAST(fiscal_year AS TEXT), '')",
		indexer.KindDimension: "document_kind", indexer.ScopeDimension: "scope", indexer.FormDimension: "form", indexer.StateDimension: "state",
	}
}

// countFound counts what the plan finds, all in all and, if asked to, by each facet.
func countFound(ctx context.Context, tx *sql.Tx, p *indexer.Plan) (total int, facets []indexer.Facet, err error) {
	query, args := foundSQL(p)
	query += " SELECT -1, '', count(*) FROM m"
	if p.Facets {
		for i, d := range indexer.FacetDimensions() {
			facets = append(facets, indexer.Facet{Dimension: d})
			column := dimensionColumns()[d]
			query += fmt.Sprintf(" UNION ALL SELECT * FROM (SELECT %d, %s AS v, count(*) AS n FROM m WHERE v <> '' GROUP BY v ORDER BY n DESC, v LIMIT %d)",
				i, column, indexer.MaxFacet)
		}
	}
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var b indexer.Bucket
		if err := rows.Scan(&i, &b.Value, &b.Count); err != nil {
			return 0, nil, err
		}
		if i < 0 {
			total = b.Count
		} else {
			facets[i].Buckets = append(facets[i].Buckets, b)
		}
	}
	return total, facets, rows.Err()
}

// page reads one page of records: those that columns (a SELECT list and its joins to m) gives, read by scan.
func page[T any](ctx context.Context, tx *sql.Tx, p *indexer.Plan, columns string, scan func(*sql.Rows, []any) (T, error)) ([]T, string, error) {
	query, args := foundSQL(p)
	var c conditions
	by := order(&c, p, keyColumns())
	var keys []string
	for _, k := range p.Keys {
		keys = append(keys, keyColumns()[k])
	}
	query += " SELECT " + strings.Join(keys, ", ") + ", " + columns + c.where() + by + " LIMIT ?"
	rows, err := tx.QueryContext(ctx, query, append(append(args, c.args...), p.Limit+1)...)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	var out []T
	values := make([]any, len(p.Keys))
	dest := make([]any, len(p.Keys))
	for i := range dest {
		dest[i] = new(any)
	}
	for rows.Next() {
		if len(out) == p.Limit {
			next, err := p.EncodeCursor(values)
			return out, next, err
		}
		v, err := scan(rows, dest)
		if err != nil {
			return nil, "", err
		}
		out = append(out, v)
		for i := range dest {
			values[i] = *dest[i].(*any)
		}
	}
	return out, "", rows.Err()
}

// originColumns are read by originFields.
const originColumns = `d.id, d.unit, d.region, d.fiscal_year, d.document_kind, d.scope, d.current, d.parser_version, d.generation`

func originFields(o *indexer.Origin) []any {
	return []any{&o.DisclosureID, &o.Unit, &o.Region, &o.FiscalYear, &o.DocumentKind, &o.Scope, &o.Current, &o.ParserVersion, &o.Generation}
}

const passageColumns = originColumns + `, m.score, x.seq, x.kind, x.section_id, x.state, x.page, x.heading, x.text, x.detail,
	t.table_index, coalesce(t.form, ''), coalesce(tn.text, ''), coalesce(tt.text, '')
	FROM m JOIN passages x ON x.pk = m.pk JOIN disclosures d ON d.pk = x.disclosure LEFT JOIN tables t ON t.pk = x.tbl
		LEFT JOIN texts tn ON tn.pk = t.number LEFT JOIN texts tt ON tt.pk = t.title`

func scanPassage(p *indexer.Plan) func(*sql.Rows, []any) (indexer.Hit, error) {
	return func(rows *sql.Rows, keys []any) (indexer.Hit, error) {
		var r indexer.Passage
		var score float64
		var packed string
		dest := append(append(keys[:len(keys):len(keys)], originFields(&r.Origin)...), &score, &r.Seq, &r.Kind, &r.SectionID, &r.State, &r.Page,
			&r.Heading, &r.Text, &packed, &r.TableIndex, &r.Form, &r.TableNumber, &r.TableTitle)
		if err := rows.Scan(dest...); err != nil {
			return indexer.Hit{}, err
		}
		var d detail
		if err := json.Unmarshal([]byte(packed), &d); err != nil {
			return indexer.Hit{}, err
		}
		r.SectionIDs, r.Path, r.Level, r.Row, r.Code, r.Amounts, r.Box, r.Parts = d.SectionIDs, d.Path, d.Level, d.Row, d.Code, d.Amounts, d.Box, d.Parts
		r.ID = indexer.PassageID(r.DisclosureID, r.Seq)
		r.Context = r.Surroundings()
		return p.Hit(r, score), nil
	}
}

const itemColumns = originColumns + `, x.seq, px.seq, t.form, t.table_index, tn.text, tt.text, x.row, x.col, s.text, x.code, x.code_level,
	x.classification, n.text, l.text, h.text, x.amount_fen, x.half_fen, x.amount_text, x.unit_of_measure, x.state, x.page, x.box
	FROM m JOIN items x ON x.pk = m.pk JOIN disclosures d ON d.pk = x.disclosure JOIN tables t ON t.pk = x.tbl
		JOIN passages px ON px.pk = x.passage JOIN texts tn ON tn.pk = t.number JOIN texts tt ON tt.pk = t.title
		JOIN texts s ON s.pk = x.side JOIN texts n ON n.pk = x.name JOIN texts l ON l.pk = x.label JOIN texts h ON h.pk = x.header`

func scanItem(rows *sql.Rows, keys []any) (indexer.LineItem, error) {
	var r indexer.LineItem
	var passage int
	var amount, half *int64
	var box *string
	dest := append(append(keys[:len(keys):len(keys)], originFields(&r.Origin)...), &r.Seq, &passage, &r.Form, &r.TableIndex, &r.TableNumber,
		&r.TableTitle, &r.Row, &r.Column, &r.Side, &r.Code, &r.CodeLevel, &r.Classification, &r.Name, &r.Label, &r.Header, &amount, &half,
		&r.AmountText, &r.UnitOfMeasure, &r.State, &r.Page, &box)
	if err := rows.Scan(dest...); err != nil {
		return r, err
	}
	r.ID, r.PassageID = indexer.ItemID(r.DisclosureID, r.Seq), indexer.PassageID(r.DisclosureID, passage)
	r.HeaderPath = indexer.SplitHeader(r.Header)
	r.Amount, r.Half = (*schemas.Fen)(amount), (*schemas.Fen)(half)
	if box == nil {
		return r, nil
	}
	r.Box = new(schemas.Box)
	return r, json.Unmarshal([]byte(*box), r.Box)
}
