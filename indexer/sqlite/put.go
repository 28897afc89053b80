package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Put stores the disclosure in one transaction, in place of what was stored of the same PDF. Where that came from a newer
// parser, nothing changes and the outcome is indexer.Stale.
func (s *Store) Put(ctx context.Context, d *schemas.Disclosure) (indexer.Outcome, error) {
	b, err := indexer.Records(d)
	if err != nil {
		return "", err
	}
	b.Disclosure.IndexedAt = time.Now().UTC().Truncate(time.Millisecond)
	var outcome indexer.Outcome
	err = s.write(ctx, func(tx *sql.Tx) error {
		outcome, err = putBatch(ctx, tx, &b)
		return err
	})
	if err != nil {
		return "", s.wrap("put "+d.ID()+" into", err)
	}
	return outcome, nil
}

// putBatch stores the batch in place of what is stored of the same disclosure, and marks the newest of its versions.
func putBatch(ctx context.Context, tx *sql.Tx, b *indexer.Batch) (indexer.Outcome, error) {
	stale, priorKey, err := clear(ctx, tx, &b.Disclosure)
	if err != nil {
		return "", err
	}
	if stale {
		return indexer.Stale, nil
	}
	p := &putter{ctx: context.WithoutCancel(ctx), tx: tx, texts: map[string]int64{}, stmts: map[string]*sql.Stmt{}}
	p.batch(b)
	if err := errors.Join(p.err, p.close(), ctx.Err()); err != nil {
		return "", err
	}
	for _, key := range []string{b.Disclosure.VersionKey, priorKey} {
		if err := markCurrent(ctx, tx, key); err != nil {
			return "", err
		}
	}
	return indexer.Stored, nil
}

// clear removes what is stored of the disclosure, unless a newer parser made it, and gives the version key that it had. The
// disclosure was first seen when its predecessor was, if that was earlier.
func clear(ctx context.Context, tx *sql.Tx, d *indexer.DisclosureRecord) (stale bool, priorKey string, err error) {
	var pk int64
	var parser int
	var seen string
	err = tx.QueryRowContext(ctx, "SELECT pk, parser_version, version_key, first_seen FROM disclosures WHERE id = ?", d.ID).
		Scan(&pk, &parser, &priorKey, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		return false, "", nil
	}
	if err != nil || parser > d.ParserVersion {
		return err == nil, "", err
	}
	if first, err := parseTime(seen); err != nil {
		return false, "", err
	} else if !first.IsZero() && (d.FirstSeen.IsZero() || first.Before(d.FirstSeen)) {
		d.FirstSeen = first
	}
	if err := clearContents(ctx, tx, pk); err != nil {
		return false, "", err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM disclosures WHERE pk = ?", pk)
	return false, priorKey, err
}

// clearContents removes what belongs to the disclosure with the key, of which the row itself may be there or not.
func clearContents(ctx context.Context, tx *sql.Tx, disclosure int64) error {
	for _, statement := range []string{
		"DELETE FROM passage_fts WHERE rowid IN (SELECT pk FROM passages WHERE pk BETWEEN ? AND ?)",
		`DELETE FROM passage_codes WHERE (code, passage) IN
			(SELECT j.value, p.pk FROM passages p, json_each(p.detail, '$.code') j WHERE p.pk BETWEEN ? AND ?)`,
		"DELETE FROM passage_topics WHERE passage BETWEEN ? AND ?",
		"DELETE FROM items WHERE pk BETWEEN ? AND ?",
		"DELETE FROM passages WHERE pk BETWEEN ? AND ?",
		"DELETE FROM tables WHERE pk BETWEEN ? AND ?",
	} {
		if _, err := tx.ExecContext(ctx, statement, firstKey(disclosure), lastKey(disclosure)); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM projects WHERE disclosure = ?1; DELETE FROM findings WHERE disclosure = ?1; DELETE FROM places WHERE disclosure = ?1", disclosure)
	return err
}

// putter inserts the records of one batch. After the first error it does nothing more. Its context has no end: the driver would
// start a goroutine for each row to wait for it, and a batch takes some milliseconds.
type putter struct {
	ctx   context.Context
	tx    *sql.Tx
	err   error
	texts map[string]int64
	stmts map[string]*sql.Stmt
}

// close frees the statements.
func (p *putter) close() error {
	var errs []error
	for _, st := range p.stmts {
		errs = append(errs, st.Close())
	}
	return errors.Join(errs...)
}

// statement prepares the SQL once.
func (p *putter) statement(query string) *sql.Stmt {
	st, ok := p.stmts[query]
	if !ok && p.err == nil {
		if st, p.err = p.tx.PrepareContext(p.ctx, query); p.err == nil {
			p.stmts[query] = st
		}
	}
	return st
}

// insert runs the SQL and returns the new row's key.
func (p *putter) insert(query string, args ...any) int64 {
	st := p.statement(query)
	if p.err != nil {
		return 0
	}
	res, err := st.ExecContext(p.ctx, args...)
	if err != nil {
		p.err = err
		return 0
	}
	pk, err := res.LastInsertId()
	p.err = err
	return pk
}

// text returns the key of a text in the dictionary, which it adds to if need be.
func (p *putter) text(text string) int64 {
	if pk, ok := p.texts[text]; ok || p.err != nil {
		return pk
	}
	var pk int64
	st := p.statement("SELECT pk FROM texts WHERE text = ?")
	if p.err != nil {
		return 0
	}
	err := st.QueryRowContext(p.ctx, text).Scan(&pk)
	if errors.Is(err, sql.ErrNoRows) {
		pk = p.insert("INSERT INTO texts (text) VALUES (?)", text)
		p.insert("INSERT INTO text_fts (rowid, text) VALUES (?, ?)", pk, indexer.TokenText(text))
	} else if err != nil {
		p.err = err
	}
	p.texts[text] = pk
	return pk
}

// name is text, of a unit's or a region's name.
func (p *putter) name(name string) int64 {
	pk := p.text(name)
	st := p.statement("INSERT OR IGNORE INTO names (text) VALUES (?)")
	if p.err != nil {
		return 0
	}
	res, err := st.ExecContext(p.ctx, pk)
	if err == nil {
		var added int64
		if added, err = res.RowsAffected(); added > 0 {
			p.insert("INSERT INTO name_fts (rowid, text) VALUES (?, ?)", pk, indexer.TokenText(name))
		}
	}
	if p.err == nil {
		p.err = err
	}
	return pk
}

// json marshals what has no pointer to itself and no number that JSON has not; indexer.Records saw to that.
func (p *putter) json(v any) string {
	b, err := json.Marshal(v)
	if err != nil && p.err == nil {
		p.err = err
	}
	return string(b)
}

func (p *putter) batch(b *indexer.Batch) {
	if max(len(b.Passages), len(b.Items), len(b.Tables)) > maxNumber {
		p.err = fmt.Errorf("%d passages and %d line items are more than %d", len(b.Passages), len(b.Items), maxNumber)
		return
	}
	disclosure := p.disclosure(b.Disclosure)
	if p.err == nil { // another program may have removed a disclosure's row alone, whose key is given again
		p.err = clearContents(p.ctx, p.tx, disclosure)
	}
	for _, place := range []string{b.Disclosure.Region, b.Disclosure.Province, b.Disclosure.City, b.Disclosure.County} {
		if place != "" {
			p.insert("INSERT OR IGNORE INTO places (text, disclosure) VALUES (?, ?)", p.name(place), disclosure)
		}
	}
	tables := make(map[int]int64, len(b.Tables))
	for _, t := range b.Tables {
		tables[t.Index] = p.table(disclosure, t)
	}
	passages := make(map[string]int64, len(b.Passages))
	for i := range b.Passages {
		passages[b.Passages[i].ID] = p.passage(disclosure, tables, &b.Passages[i])
	}
	for i := range b.Items {
		p.item(disclosure, tables, passages, &b.Items[i])
	}
	for _, r := range b.Projects {
		r.Origin = indexer.Origin{}
		p.insert("INSERT INTO projects (disclosure, name, record) VALUES (?, ?, ?)", disclosure, r.Name, p.json(r))
	}
	for _, r := range b.Findings {
		r.Origin = indexer.Origin{}
		p.insert("INSERT INTO findings (disclosure, rule, severity, record) VALUES (?, ?, ?, ?)", disclosure, r.Rule, string(r.Severity), p.json(r))
	}
}

func (p *putter) disclosure(d indexer.DisclosureRecord) int64 {
	body, c := d.Body, d.Counts
	d.Body = nil
	pk := p.insert(`INSERT INTO disclosures (id, sha256, unit, unit_text, unit_type, region, province, city, county, fiscal_year, document_kind, scope,
		text_source, current, parser_version, generation, version_key, version_date, first_seen, passages, items, tables, projects, findings, indexed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.SHA256, d.Unit, p.name(d.Unit), string(d.UnitType), d.Region, d.Province, d.City, d.County, d.FiscalYear, string(d.DocumentKind), string(d.Scope),
		string(d.TextSource), d.Current, d.ParserVersion, d.Generation, d.VersionKey, d.VersionDate, formatTime(d.FirstSeen),
		c.Passages, c.Items, c.Tables, c.Projects, c.Findings, formatTime(d.IndexedAt))
	p.insert("INSERT OR REPLACE INTO documents (pk, title, version_tables, version_headings, record, body) VALUES (?, ?, ?, ?, ?, ?)",
		pk, d.Title, p.json(d.VersionTables), p.json(d.VersionHeadings), p.json(d), body)
	return pk
}

func (p *putter) table(disclosure int64, t indexer.TableRecord) int64 {
	number, title := p.text(t.Number), p.text(t.Title)
	form, state := string(t.Form), string(t.State)
	t.Origin = indexer.Origin{}
	return p.insert("INSERT INTO tables (pk, disclosure, table_index, number, title, form, state, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		keyOf(disclosure, t.Index, 0), disclosure, t.Index, number, title, form, state, p.json(t))
}

// detail is what is stored of a passage beside the columns of its table.
type detail struct {
	SectionIDs []string       `json:"section_ids,omitempty"`
	Path       []indexer.Step `json:"path,omitempty"`
	Level      int            `json:"level,omitempty"`
	Topic      string         `json:"topic,omitempty"`
	Row        *int           `json:"row,omitempty"`
	Code       []string       `json:"code,omitempty"`
	Amounts    []schemas.Fen  `json:"amounts_fen,omitempty"`
	Box        *schemas.Box   `json:"box,omitempty"`
	Parts      []indexer.Part `json:"parts,omitempty"`
}

func (p *putter) passage(disclosure int64, tables map[int]int64, r *indexer.Passage) int64 {
	var table *int64
	if r.TableIndex != nil {
		pk := tables[*r.TableIndex]
		table = &pk
	}
	var most *int64
	for _, a := range r.Amounts {
		if v := int64(a); most == nil || v > *most {
			most = &v
		}
	}
	pk := p.insert(`INSERT INTO passages (pk, disclosure, seq, kind, tbl, section_id, state, amount_max, page, heading, text, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		keyOf(disclosure, r.Seq, makeFacts(r.Kind, r.Form, r.State, r.Band())), disclosure, r.Seq, string(r.Kind), table, r.SectionID, string(r.State), most,
		r.Page, r.Heading, r.Text,
		p.json(detail{r.SectionIDs, r.Path, r.Level, r.Topic, r.Row, r.Code, r.Amounts, r.Box, r.Parts}))
	if r.Topic != "" {
		p.insert("INSERT INTO passage_topics (passage, topic) VALUES (?, ?)", pk, p.text(r.Topic))
	}
	heading := indexer.TokenText(r.Heading)
	for _, code := range r.Code {
		heading += " · " + code // the dot, a token of its own, keeps two codes from being a phrase
		p.insert("INSERT INTO passage_codes (code, passage) VALUES (?, ?)", code, pk)
	}
	p.insert("INSERT INTO passage_fts (rowid, heading, text, context) VALUES (?, ?, ?, ?)",
		pk, heading, indexer.TokenText(r.Text), indexer.TokenText(r.Context))
	return pk
}

func (p *putter) item(disclosure int64, tables map[int]int64, passages map[string]int64, r *indexer.LineItem) {
	var box *string
	if r.Box != nil {
		s := p.json(r.Box)
		box = &s
	}
	p.insert(`INSERT INTO items (pk, disclosure, seq, tbl, passage, row, col, side, code, code_level, classification, name, label, header,
		measure, period, line, amount_fen, half_fen, change_fen, amount_text, unit_of_measure, state, page, box)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		keyOf(disclosure, r.Seq, makeFacts("", r.Form, r.State, r.Band())), disclosure, r.Seq, tables[r.TableIndex], passages[r.PassageID], r.Row, r.Column, p.text(r.Side), r.Code, string(r.CodeLevel),
		string(r.Classification), p.text(r.Name), p.text(r.Label), p.text(r.Header),
		string(r.Measure), string(r.Period), r.Line, fen(r.Amount), fen(r.Half), fen(r.Change), r.AmountText,
		string(r.UnitOfMeasure), string(r.State), r.Page, box)
}

func fen(f *schemas.Fen) *int64 {
	if f == nil {
		return nil
	}
	v := int64(*f)
	return &v
}

// Disclosure gives back what Put was given. Where there is none, the error is indexer.ErrNotFound.
func (s *Store) Disclosure(ctx context.Context, id string) (*schemas.Disclosure, error) {
	var body []byte
	err := s.read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT body FROM disclosures JOIN documents USING (pk) WHERE id = ?", id).Scan(&body)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("disclosure %s: %w", id, indexer.ErrNotFound)
	}
	if err != nil {
		return nil, s.wrap("read disclosure "+id+" from", err)
	}
	return indexer.Unpack(body)
}
