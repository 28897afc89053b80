package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// The weights of a match in the heading, the text and the context of a passage, for bm25.
const weights = "4.0, 1.0, 0.5"

// A selection is what a plan finds, as the FROM and WHERE of a statement. Its tables are x (passages or items), d (disclosures),
// t (tables) and h (texts: an item's header); those that neither the conditions nor the columns name are left out.
type selection struct {
	conditions
	from  string
	joins string                     // of more tables, behind from
	words bool                       // the full-text table is gone through; x.pk is its rowid
	lead  bool                       // the disclosures are gone through first, and each one's records in turn; not where words is set
	few   bool                       // the disclosures are chosen by their IDs
	forms bool                       // the tables are gone through, by their form, and each one's records in turn; not where words is set
	keys  map[indexer.SortKey]string // SQL of each sort key
}

func find(p *indexer.Plan) *selection {
	f := &selection{from: "passages x"}
	amount, score := "x.amount_max", "0.0"
	if p.Target == indexer.Items {
		f.from, amount = "items x", "x.amount_fen"
		if p.Expr != nil {
			text, args := itemText(p.Expr)
			f.add(text, args...)
		}
	} else if passageText(&f.conditions, p) {
		f.words = true
		score = "-bm25(passage_fts, " + weights + ")"
	}
	planFilters(&f.conditions, p)
	// SQLite would sort all records for each page: it cannot tell that few of them are wanted.
	f.few = len(p.Disclosure) > 0
	f.lead = f.few || p.Sort == indexer.ByDocument && p.Expr == nil && p.Min == nil && p.Max == nil &&
		len(p.State)+len(p.Section)+len(p.Code)+len(p.Header) == 0
	f.ofForms(p)
	f.keys = map[indexer.SortKey]string{
		indexer.ScoreKey: score, indexer.YearKey: "coalesce(d.fiscal_year, 0)", indexer.UnitKey: "d.unit", indexer.RegionKey: "d.region",
		indexer.AmountKey: fmt.Sprintf("coalesce(%s, %d)", amount, indexer.NoAmount), indexer.ChangeKey: "coalesce(abs(x.change_fen), -1)",
		indexer.DisclosureKey: "d.id", indexer.SeqKey: numberOf,
	}
	return f
}

// column finds the columns that a text has of the table x.
var column = regexp.MustCompile(`\bx\.[a-z]`)

// has reports whether a text has columns of the table with the alias.
func has(text, alias string) bool {
	return strings.Contains(text, " "+alias+".") || strings.Contains(text, "("+alias+".")
}

// sql selects the columns of what is found; rest is GROUP BY, ORDER BY and so on.
func (f *selection) sql(columns, rest string) string {
	where := f.where()
	if f.forms { // else what passages are chosen by would be gone through once for each table
		where = strings.ReplaceAll(where, "x.pk IN", "+x.pk IN")
	}
	text := columns + where + rest
	if f.words {
		return f.wordsSQL(columns, where, rest)
	}
	from := f.from + f.joins
	switch {
	case f.lead && f.forms:
		from = "disclosures d CROSS JOIN tables t ON " + tableRange + " CROSS JOIN " + f.from + " ON x.tbl = t.pk" + f.joins
	case f.lead:
		from = "disclosures d CROSS JOIN " + f.from + " ON " + keyRange + f.joins
	case f.forms:
		from = "tables t"
		if has(text, "d") {
			from += " JOIN disclosures d ON " + ofTable
		}
		from += " JOIN " + f.from + " ON x.tbl = t.pk" + f.joins
	case has(text, "d"):
		from += " JOIN disclosures d ON d.pk = " + disclosureOf + " AND " + keyRange // SQLite may begin with either of them
	}
	if !f.forms && has(text, "t") {
		from += " LEFT JOIN tables t ON t.pk = x.tbl"
	}
	if has(text, "h") {
		from += " JOIN texts h ON h.pk = x.header"
	}
	return "SELECT " + columns + " FROM " + from + where + rest
}

// wordsSQL goes through what the full-text table matches. The plus keeps SQLite from looking rows up in it by their rowids: it can't match
// then.
func (f *selection) wordsSQL(columns, where, rest string) string {
	const key = "+passage_fts.rowid"
	text := strings.ReplaceAll(columns+where+rest, "x.pk", key)
	from := "passage_fts" + strings.ReplaceAll(f.joins, "x.pk", key)
	if has(text, "t") || column.MatchString(text) {
		from += " JOIN passages x ON x.pk = passage_fts.rowid"
	}
	if has(text, "d") {
		join := " JOIN"
		if f.few { // else the words would be looked up once for each of the disclosures
			join = " CROSS JOIN"
		}
		from += join + " disclosures d ON d.pk = " + strings.ReplaceAll(disclosureOf, "x.pk", key)
	}
	if has(text, "t") {
		from += " LEFT JOIN tables t ON t.pk = x.tbl"
	}
	return "SELECT " + strings.ReplaceAll(columns, "x.pk", key) + " FROM " + from + strings.ReplaceAll(where+rest, "x.pk", key)
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
		if err := p.Widen(named(ctx, tx)); err != nil {
			return err
		}
		if res.Total, res.Facets, err = countFound(ctx, tx, &p); err != nil {
			return err
		}
		if p.PerDisclosure {
			return grouped(ctx, tx, &p, &res)
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
		if err := p.Widen(named(ctx, tx)); err != nil {
			return err
		}
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

// named tells of texts whether a unit's or a region's name has them.
func named(ctx context.Context, tx *sql.Tx) func([]string) ([]bool, error) {
	return func(texts []string) ([]bool, error) {
		found := make([]bool, len(texts))
		for i, text := range texts {
			err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM name_fts WHERE name_fts MATCH ?)", ftsPhrase(indexer.PhraseTokens(text))).Scan(&found[i])
			if err != nil {
				return nil, err
			}
		}
		return found, nil
	}
}

// page reads one page of records: those that columns (a SELECT list and its joins to m, which has the keys of what is found on
// the page) gives, read by scan.
func page[T any](ctx context.Context, tx *sql.Tx, p *indexer.Plan, columns string, scan func(*sql.Rows, []any) (T, error)) ([]T, string, error) {
	f := find(p)
	by := order(&f.conditions, p, f.keys)
	inner, outer := "x.pk AS pk", make([]string, len(p.Keys))
	for i, k := range p.Keys {
		inner += fmt.Sprintf(", %s AS k%d", f.keys[k], i)
		outer[i] = fmt.Sprintf("m.k%d", i)
	}
	keys := strings.Join(outer, ", ")
	query := "WITH m AS MATERIALIZED (" + f.sql(inner, by+" LIMIT ?") + ") SELECT " + keys + ", " + columns + " ORDER BY " + direct(outer, p.Keys)
	rows, err := tx.QueryContext(ctx, query, append(f.args, p.Limit+1)...)
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
const originColumns = `d.id, d.unit, d.unit_type, d.region, d.province, d.city, d.county, d.fiscal_year, d.document_kind, d.scope, d.text_source, d.current, d.parser_version, d.generation`

func originFields(o *indexer.Origin) []any {
	return []any{&o.DisclosureID, &o.Unit, &o.UnitType, &o.Region, &o.Province, &o.City, &o.County, &o.FiscalYear, &o.DocumentKind, &o.Scope, &o.TextSource, &o.Current, &o.ParserVersion, &o.Generation}
}

const passageColumns = originColumns + `, x.seq, x.kind, x.section_id, x.state, x.page, x.heading, x.text, x.detail,
	t.table_index, coalesce(t.form, ''), coalesce(tn.text, ''), coalesce(tt.text, '')
	FROM m JOIN passages x ON x.pk = m.pk JOIN disclosures d ON d.pk = x.disclosure LEFT JOIN tables t ON t.pk = x.tbl
		LEFT JOIN texts tn ON tn.pk = t.number LEFT JOIN texts tt ON tt.pk = t.title`

func scanPassage(p *indexer.Plan) func(*sql.Rows, []any) (indexer.Hit, error) {
	return func(rows *sql.Rows, keys []any) (indexer.Hit, error) {
		var r indexer.Passage
		var packed string
		dest := append(append(keys[:len(keys):len(keys)], originFields(&r.Origin)...), &r.Seq, &r.Kind, &r.SectionID, &r.State, &r.Page,
			&r.Heading, &r.Text, &packed, &r.TableIndex, &r.Form, &r.TableNumber, &r.TableTitle)
		if err := rows.Scan(dest...); err != nil {
			return indexer.Hit{}, err
		}
		var d detail
		if err := json.Unmarshal([]byte(packed), &d); err != nil {
			return indexer.Hit{}, err
		}
		r.SectionIDs, r.Path, r.Level, r.Topic, r.Row, r.Code, r.Amounts, r.Box, r.Parts = d.SectionIDs, d.Path, d.Level, d.Topic, d.Row, d.Code, d.Amounts, d.Box, d.Parts
		r.ID = indexer.PassageID(r.DisclosureID, r.Seq)
		r.Context = r.Surroundings()
		score, _ := (*keys[0].(*any)).(float64)
		if p.Sort != indexer.ByRelevance {
			score = 0
		}
		return p.Hit(r, score), nil
	}
}

const itemColumns = originColumns + `, x.seq, x.passage >> 16 & 1048575, t.form, t.table_index, tn.text, tt.text, x.row, x.col, s.text, x.code, x.code_level,
	x.classification, n.text, l.text, h.text, x.measure, x.period, x.line, x.amount_fen, x.half_fen, x.change_fen, x.amount_text, x.unit_of_measure, x.state, x.page, x.box
	FROM m JOIN items x ON x.pk = m.pk JOIN disclosures d ON d.pk = x.disclosure JOIN tables t ON t.pk = x.tbl
		JOIN texts tn ON tn.pk = t.number JOIN texts tt ON tt.pk = t.title
		JOIN texts s ON s.pk = x.side JOIN texts n ON n.pk = x.name JOIN texts l ON l.pk = x.label JOIN texts h ON h.pk = x.header`

func scanItem(rows *sql.Rows, keys []any) (indexer.LineItem, error) {
	var r indexer.LineItem
	var passage int
	var amount, half, change *int64
	var box *string
	dest := append(append(keys[:len(keys):len(keys)], originFields(&r.Origin)...), &r.Seq, &passage, &r.Form, &r.TableIndex, &r.TableNumber,
		&r.TableTitle, &r.Row, &r.Column, &r.Side, &r.Code, &r.CodeLevel, &r.Classification, &r.Name, &r.Label, &r.Header,
		&r.Measure, &r.Period, &r.Line, &amount, &half, &change, &r.AmountText, &r.UnitOfMeasure, &r.State, &r.Page, &box)
	if err := rows.Scan(dest...); err != nil {
		return r, err
	}
	r.ID, r.PassageID = indexer.ItemID(r.DisclosureID, r.Seq), indexer.PassageID(r.DisclosureID, passage)
	r.HeaderPath = indexer.SplitHeader(r.Header)
	r.Amount, r.Half, r.Change = (*schemas.Fen)(amount), (*schemas.Fen)(half), (*schemas.Fen)(change)
	if box == nil {
		return r, nil
	}
	r.Box = new(schemas.Box)
	return r, json.Unmarshal([]byte(*box), r.Box)
}
