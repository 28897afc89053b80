package sqlite

import (
	"encoding/json"
	"fmt"
	"strings"

	"yusuan/indexer"
)

// conditions builds a WHERE clause: SQL joined by AND, with its arguments in order.
type conditions struct {
	sql  []string
	args []any
}

func (c *conditions) add(sql string, args ...any) {
	c.sql = append(c.sql, sql)
	c.args = append(c.args, args...)
}

// any adds a condition that one of several holds.
func (c *conditions) any(list conditions) {
	if len(list.sql) > 0 {
		c.add("("+strings.Join(list.sql, " OR ")+")", list.args...)
	}
}

func (c *conditions) where() string {
	if len(c.sql) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.sql, " AND ")
}

// in adds that the column has one of the values.
func in[T ~string](c *conditions, column string, values []T) {
	var list conditions
	for _, v := range values {
		list.add(column+" = ?", string(v))
	}
	c.any(list)
}

// hasText is SQL for: the column holds the key of a text in which the phrase stands.
func hasText(column string) string {
	return column + " IN (SELECT rowid FROM text_fts WHERE text_fts MATCH ?)"
}

// filters adds filters on what the target is, but for the form. The tables are d (disclosures) and x (passages or items). year is the SQL
// of the fiscal year.
func filters(c *conditions, f *indexer.Filters, target indexer.Target, year string) {
	plus := year[:len(year)-len(strings.TrimLeft(year, "+"))] // as before the year: no index
	among(c, "d.id", f.Disclosure)
	places(c, f.Region)
	names(c, "d.unit_text", f.Unit)
	in(c, "d.document_kind", f.Kind)
	in(c, "d.scope", f.Scope)
	in(c, plus+"d.unit_type", f.UnitType)
	in(c, plus+"d.text_source", f.TextSource)
	ofKinds(c, f.Passage)
	in(c, "+x.state", f.State) // the plus: SQLite would make an index of all records by it, and each disclosure would go through much of that
	if f.YearFrom != 0 {
		c.add(year+" >= ?", f.YearFrom)
	}
	if f.YearTo != 0 {
		c.add(year+" <= ?", f.YearTo)
	}
	switch target {
	case indexer.Passages:
		passageFilters(c, f)
	case indexer.Items:
		itemFilters(c, f)
	}
}

// among adds that the column has one of the IDs, which are hex digits. They are one argument: SQLite takes so many and no more.
func among(c *conditions, column string, ids []string) {
	switch len(ids) {
	case 0:
	case 1:
		c.add(column+" = ?", ids[0])
	default:
		c.add(column+" IN (SELECT value FROM json_each(?))", `["`+strings.Join(ids, `","`)+`"]`)
	}
}

// within adds that a key of tables, passages or items is from the first to the last that the disclosures' records have: what else is asked
// for need not be looked up among all others then. Of one disclosure it is these records; of several there may be others in between.
func within(c *conditions, key string, ids []string) {
	if len(ids) == 0 {
		return
	}
	var chosen conditions
	among(&chosen, "id", ids)
	bound := func(pk string) string { return "(SELECT " + pk + " FROM disclosures" + chosen.where() + ")" }
	c.add(key+" BETWEEN "+bound(fmt.Sprintf("min(pk) << %d", ownBits))+" AND "+bound(fmt.Sprintf("(max(pk) << %d) + %d", ownBits, lastKey(0))),
		append(chosen.args, chosen.args...)...)
}

// planFilters adds the filters of the whole plan, but for the form.
func planFilters(c *conditions, p *indexer.Plan) {
	year := fiscalYear
	if p.Sort == indexer.ByDocument {
		year = "+" + year // no index on it, which would spoil the order
	}
	filters(c, &p.Filters, p.Target, year)
	if p.Target == indexer.Passages && len(p.Passage) == 0 {
		ofKinds(c, p.Kinds())
	}
	switch {
	case p.AllVersions:
	case p.Sort == indexer.ByDocument || has(c.where(), "d"):
		c.add("d.current = 1")
	default: // few are not, and the others' rows need not be looked at
		c.add("(" + disclosureOf + ") NOT IN (SELECT pk FROM disclosures WHERE current = 0)")
	}
}

const fiscalYear = "d.fiscal_year"

// places filters by the name of a region, or of a division around it.
func places(c *conditions, values []string) {
	if len(values) == 0 {
		return
	}
	var inner conditions
	names(&inner, "text", values)
	c.add("d.pk IN (SELECT disclosure FROM places"+inner.where()+")", inner.args...)
}

// names filters by a name, whole or by words in it.
func names(c *conditions, text string, values []string) {
	var list conditions
	for _, v := range values {
		if exact, v := indexer.Exact(v); exact {
			list.add(text+" = (SELECT pk FROM texts WHERE text = ?)", v)
		} else {
			list.add(hasText(text), ftsPhrase(indexer.PhraseTokens(v)))
		}
	}
	c.any(list)
}

func passageFilters(c *conditions, f *indexer.Filters) {
	var sections, codes conditions
	for _, s := range f.Section {
		if exact, topic := indexer.Exact(s); exact {
			sections.add("x.pk IN (SELECT passage FROM passage_topics WHERE topic = (SELECT pk FROM texts WHERE text = ?))", topic)
		} else if indexer.IsSectionID(s) {
			sections.add("x.section_id = ? OR x.section_id >= ? AND x.section_id < ?", s, s+".", s+"/") // "/" follows "."
		} else {
			found, args := matches("{heading context} : "+ftsPhrase(indexer.PhraseTokens(s)), f.Disclosure)
			sections.add("x.kind = 'section' AND x.pk IN "+found, args...)
		}
	}
	c.any(sections)
	for _, code := range f.Code {
		var inner conditions
		inner.add("code >= ? AND code < ?", code, code+":") // ":" follows "9"
		within(&inner, "passage", f.Disclosure)
		codes.add("x.pk IN (SELECT passage FROM passage_codes"+inner.where()+")", inner.args...)
	}
	c.any(codes)
	if f.Min == nil && f.Max == nil {
		return
	}
	var amounts conditions
	amountBounds(&amounts, "amount_fen", f)
	within(&amounts, "pk", f.Disclosure)
	c.add("x.pk IN (SELECT passage FROM items"+amounts.where()+")", amounts.args...)
}

func itemFilters(c *conditions, f *indexer.Filters) {
	var codes, headers conditions
	plus := ""
	if len(f.Disclosure) > 0 {
		plus = "+" // no index on it: the items of the disclosures are fewer
	}
	for _, code := range f.Code {
		codes.add(plus+"x.code >= ? AND "+plus+"x.code < ?", code, code+":")
	}
	c.any(codes)
	for _, h := range f.Header {
		headers.add(hasText("x.header"), ftsPhrase(indexer.PhraseTokens(h)))
	}
	c.any(headers)
	in(c, "+x.measure", f.Measure) // as the state
	in(c, "+x.period", f.Period)
	amountBounds(c, plus+"x.amount_fen", f)
}

func amountBounds(c *conditions, column string, f *indexer.Filters) {
	if f.Min != nil {
		c.add(column+" >= ?", int64(*f.Min))
	}
	if f.Max != nil {
		c.add(column+" <= ?", int64(*f.Max))
	}
}

// ftsPhrase writes tokens as a phrase of FTS5's query language. Tokens have no quotes in them.
func ftsPhrase(tokens []indexer.QueryToken) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, t := range tokens {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.Term)
	}
	b.WriteByte('"')
	if n := len(tokens); n > 0 && tokens[n-1].Prefix {
		b.WriteByte('*')
	}
	return b.String()
}

// order returns ORDER BY of the plan, and adds the condition that starts behind its cursor. columns gives the SQL of each key.
func order(c *conditions, p *indexer.Plan, columns map[indexer.SortKey]string) string {
	by, sorted := make([]string, len(p.Keys)), make([]string, len(p.Keys))
	var after, equal conditions
	for i, key := range p.Keys {
		by[i] = columns[key]
		if sorted[i] = by[i]; key == indexer.SeqKey {
			sorted[i] = "x.pk" // the same order within a disclosure, and one that SQLite knows
		}
		if p.Cursor == nil {
			continue
		}
		compare, v := " > ?", cursorValue(p.Cursor[i])
		if key.Descending() {
			compare = " < ?"
		}
		here := equal
		here.sql = append(here.sql[:len(here.sql):len(here.sql)], by[i]+compare)
		here.args = append(here.args[:len(here.args):len(here.args)], v)
		after.add(strings.Join(here.sql, " AND "), here.args...)
		equal.add(by[i]+" = ?", v)
	}
	c.any(after)
	return " ORDER BY " + direct(sorted, p.Keys)
}

// direct lists columns with the directions of the keys.
func direct(columns []string, keys []indexer.SortKey) string {
	out := make([]string, len(columns))
	for i, column := range columns {
		out[i] = column
		if keys[i].Descending() {
			out[i] += " DESC"
		}
	}
	return strings.Join(out, ", ")
}

// cursorValue turns a value of a cursor into what SQLite compares with.
func cursorValue(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return nil
	}
	return f
}
