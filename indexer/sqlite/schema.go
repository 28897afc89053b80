package sqlite

// schemaVersion is PRAGMA user_version of a file that this package writes. It grows with every change of schemaSQL but that of an index
// that queries do without, more slowly.
const schemaVersion = 5

// applicationID is PRAGMA application_id of our files: "yusn".
const applicationID = 0x7975736e

// schemaSQL makes the tables. Texts that recur in thousands of disclosures (headers, names, titles) are stored and indexed
// once, in texts. The full-text tables hold no text of their own: their tokens are separated by spaces, and every character
// that is not ASCII is part of one.
//
// The pk of a table, passage or line item is made of its disclosure's, of its own number in that, and of facts: see keyOf. So what belongs
// to a disclosure is one range of each table, which needs no index and no foreign key to be found and removed; those took a tenth of
// the time of a Put.
const schemaSQL = `
CREATE TABLE disclosures (
	pk INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	sha256 TEXT NOT NULL,
	unit TEXT NOT NULL,
	unit_text INTEGER NOT NULL,
	unit_type TEXT NOT NULL,
	region TEXT NOT NULL,
	province TEXT NOT NULL,
	city TEXT NOT NULL,
	county TEXT NOT NULL,
	fiscal_year INTEGER,
	document_kind TEXT NOT NULL,
	scope TEXT NOT NULL,
	text_source TEXT NOT NULL,
	current INTEGER NOT NULL,
	parser_version INTEGER NOT NULL,
	generation TEXT NOT NULL,
	version_key TEXT NOT NULL, -- '' where it is no version of any
	version_date TEXT NOT NULL,
	first_seen TEXT NOT NULL,
	passages INTEGER NOT NULL,
	items INTEGER NOT NULL,
	tables INTEGER NOT NULL,
	projects INTEGER NOT NULL,
	findings INTEGER NOT NULL,
	indexed_at TEXT NOT NULL
);
CREATE INDEX disclosures_unit ON disclosures (unit_text);
CREATE INDEX disclosures_unit_type ON disclosures (unit_type);
CREATE INDEX disclosures_text_source ON disclosures (text_source);
CREATE INDEX disclosures_superseded ON disclosures (current) WHERE current = 0;
CREATE INDEX disclosures_year ON disclosures (fiscal_year);
CREATE INDEX disclosures_version ON disclosures (version_key);

-- What of a disclosure is long, apart from it: its rows are gone through for every hit.
CREATE TABLE documents (
	pk INTEGER PRIMARY KEY REFERENCES disclosures (pk) ON DELETE CASCADE,
	title TEXT NOT NULL,
	version_tables TEXT NOT NULL,
	version_headings TEXT NOT NULL,
	record TEXT NOT NULL,
	body BLOB NOT NULL
);

-- The names of a disclosure's region and of the divisions that it lies in.
CREATE TABLE places (
	text INTEGER NOT NULL,
	disclosure INTEGER NOT NULL REFERENCES disclosures (pk) ON DELETE CASCADE,
	PRIMARY KEY (text, disclosure)
) WITHOUT ROWID;
CREATE INDEX places_disclosure ON places (disclosure);

CREATE TABLE texts (pk INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE VIRTUAL TABLE text_fts USING fts5 (text, content='', columnsize=0, tokenize="ascii tokenchars '.'");

-- What units and regions are called, so that a word of a query can be looked up in these alone.
CREATE TABLE names (text INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE name_fts USING fts5 (text, content='', columnsize=0, tokenize="ascii tokenchars '.'");

CREATE TABLE tables (
	pk INTEGER PRIMARY KEY,
	disclosure INTEGER NOT NULL,
	table_index INTEGER NOT NULL,
	number INTEGER NOT NULL,
	title INTEGER NOT NULL,
	form TEXT NOT NULL,
	state TEXT NOT NULL,
	record TEXT NOT NULL,
	CHECK (pk >> 36 = disclosure)
);
CREATE INDEX tables_form ON tables (form);
CREATE INDEX tables_title ON tables (title);
CREATE INDEX tables_number ON tables (number);

CREATE TABLE passages (
	pk INTEGER PRIMARY KEY,
	disclosure INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	kind TEXT NOT NULL,
	tbl INTEGER,
	section_id TEXT NOT NULL,
	state TEXT NOT NULL,
	amount_max INTEGER,
	page INTEGER NOT NULL,
	heading TEXT NOT NULL,
	text TEXT NOT NULL,
	detail TEXT NOT NULL,
	CHECK (pk >> 36 = disclosure)
);
CREATE INDEX passages_tbl ON passages (tbl);
CREATE VIRTUAL TABLE passage_fts USING fts5 (
	heading, text, context, content='', contentless_delete=1, tokenize="ascii tokenchars '.'");

CREATE TABLE passage_codes (
	code TEXT NOT NULL,
	passage INTEGER NOT NULL,
	PRIMARY KEY (code, passage)
) WITHOUT ROWID;
CREATE INDEX passage_codes_passage ON passage_codes (passage);

-- What sections are about, apart from them: hits are counted by it.
CREATE TABLE passage_topics (
	passage INTEGER PRIMARY KEY,
	topic INTEGER NOT NULL -- a text
);
CREATE INDEX passage_topics_topic ON passage_topics (topic);

CREATE TABLE items (
	pk INTEGER PRIMARY KEY,
	disclosure INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	tbl INTEGER NOT NULL,
	passage INTEGER NOT NULL,
	row INTEGER NOT NULL,
	col INTEGER NOT NULL,
	side INTEGER NOT NULL,
	code TEXT NOT NULL,
	code_level TEXT NOT NULL,
	classification TEXT NOT NULL,
	name INTEGER NOT NULL,
	label INTEGER NOT NULL,
	header INTEGER NOT NULL,
	measure TEXT NOT NULL,
	period TEXT NOT NULL,
	line TEXT NOT NULL,
	amount_fen INTEGER,
	half_fen INTEGER,
	change_fen INTEGER,
	amount_text TEXT NOT NULL,
	unit_of_measure TEXT NOT NULL,
	state TEXT NOT NULL,
	page INTEGER NOT NULL,
	box TEXT,
	CHECK (pk >> 36 = disclosure)
);
CREATE INDEX items_tbl ON items (tbl);
CREATE INDEX items_code ON items (code, measure, period);
CREATE INDEX items_label ON items (label);
CREATE INDEX items_header ON items (header);
CREATE INDEX items_amount ON items (amount_fen);

CREATE TABLE projects (
	pk INTEGER PRIMARY KEY,
	disclosure INTEGER NOT NULL REFERENCES disclosures (pk) ON DELETE CASCADE,
	name TEXT NOT NULL,
	record TEXT NOT NULL
);
CREATE INDEX projects_disclosure ON projects (disclosure);

CREATE TABLE findings (
	pk INTEGER PRIMARY KEY,
	disclosure INTEGER NOT NULL REFERENCES disclosures (pk) ON DELETE CASCADE,
	rule TEXT NOT NULL,
	severity TEXT NOT NULL,
	record TEXT NOT NULL
);
CREATE INDEX findings_disclosure ON findings (disclosure);

-- Times are in milliseconds since 1970; finished_at is NULL until the state is final. The indexes cover what LedgerSummary
-- asks, so that it reads none of the records.
CREATE TABLE ledger (
	id TEXT PRIMARY KEY,
	state TEXT NOT NULL,
	code TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	pages INTEGER NOT NULL,
	queued_at INTEGER NOT NULL,
	finished_at INTEGER,
	record TEXT NOT NULL
);
CREATE INDEX ledger_sha256 ON ledger (sha256);
CREATE INDEX ledger_state ON ledger (state, code, pages);
CREATE INDEX ledger_queued ON ledger (queued_at) WHERE state = 'queued';
CREATE INDEX ledger_newest ON ledger (queued_at, id);
CREATE INDEX ledger_finished ON ledger (finished_at, state, pages) WHERE finished_at IS NOT NULL;

CREATE VIEW line_items AS
SELECT d.id || '-i' || printf('%05d', i.seq) AS id, d.id AS disclosure_id, d.unit, d.region, d.fiscal_year, d.document_kind,
	d.scope, d.current, t.form, t.table_index, tn.text AS table_number, tt.text AS table_title, i.row, i.col AS "column",
	s.text AS side, i.code, i.code_level, i.classification, n.text AS name, l.text AS label, h.text AS header, i.amount_fen,
	i.half_fen, i.change_fen, i.amount_text, i.unit_of_measure, i.state, i.page, i.box
FROM items i JOIN disclosures d ON d.pk = i.disclosure JOIN tables t ON t.pk = i.tbl
	JOIN texts tn ON tn.pk = t.number JOIN texts tt ON tt.pk = t.title JOIN texts s ON s.pk = i.side
	JOIN texts n ON n.pk = i.name JOIN texts l ON l.pk = i.label JOIN texts h ON h.pk = i.header;

CREATE VIEW table_rows AS
SELECT d.id || '-p' || printf('%04d', p.seq) AS id, d.id AS disclosure_id, d.unit, d.region, d.fiscal_year, d.document_kind,
	d.scope, d.current, p.kind, t.form, t.table_index, tt.text AS table_title, p.text, p.state, p.page
FROM passages p JOIN disclosures d ON d.pk = p.disclosure JOIN tables t ON t.pk = p.tbl JOIN texts tt ON tt.pk = t.title;
`
