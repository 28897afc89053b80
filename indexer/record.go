package indexer

import (
	"errors"
	"strings"
	"time"

	"yusuan/schemas"
)

// Origin says which disclosure a record was taken from. Every record carries one, so that dashboards need no joins.
type Origin struct {
	DisclosureID string               `json:"disclosure_id"`
	Unit         string               `json:"unit,omitempty"`
	Region       string               `json:"region,omitempty"`
	FiscalYear   *int                 `json:"fiscal_year,omitempty"`
	DocumentKind schemas.DocumentKind `json:"document_kind,omitempty"`
	Scope        schemas.Scope        `json:"scope,omitempty"`
	// Province, City and County are the official names of the divisions that Region lies in, see package region; "" where they are
	// not known.
	Province      string             `json:"province,omitempty"`
	City          string             `json:"city,omitempty"`
	County        string             `json:"county,omitempty"`
	UnitType      UnitType           `json:"unit_type,omitempty"`
	TextSource    schemas.TextSource `json:"text_source,omitempty"` // where the PDF's text came from
	Current       bool               `json:"current"`               // false where a newer version took its place
	ParserVersion int                `json:"parser_version"`        // at least 1
	// Generation is the hash of the disclosure's content. Records of one disclosure with another generation than its
	// DisclosureRecord are left over from an earlier parse.
	Generation string `json:"generation"`
}

// A PassageKind says what a passage is.
type PassageKind string

// The kinds of a passage.
const (
	TitlePassage   PassageKind = "title"   // the document's own title
	SectionPassage PassageKind = "section" // a section's heading and own text
	TablePassage   PassageKind = "table"   // a table's number and title
	RowPassage     PassageKind = "row"     // one body row, cells joined by a space
	NotePassage    PassageKind = "note"    // a note under a table
	GridPassage    PassageKind = "grid"    // one row of a form that is not column-headed (绩效目标表)
	// IndicatorPassage is a row of such a form, or of a performance form with headers, that is a performance indicator (绩效指标).
	IndicatorPassage PassageKind = "indicator"
	ProjectPassage   PassageKind = "project" // a project (项目) with its fields, taken from the narrative
	TermPassage      PassageKind = "term"    // a term of the glossary (名词解释) with its definition, taken from the narrative
)

// PassageKinds are all kinds of passages.
func PassageKinds() []PassageKind {
	return []PassageKind{TitlePassage, SectionPassage, TablePassage, RowPassage, NotePassage, GridPassage, IndicatorPassage, ProjectPassage, TermPassage}
}

// repeats reports passages that say once more what the narrative says. They are found where they are asked for.
func (k PassageKind) repeats() bool { return k == ProjectPassage || k == TermPassage }

// A State says what an amount, a row or a table discloses. The empty State means that nothing of the kind applies.
type State string

// The states.
const (
	FigureState        State = "figure"         // an amount other than zero is printed
	ZeroState          State = "zero"           // zero is printed
	UnparsedState      State = "unparsed"       // something is printed where an amount belongs, and is none
	DeclaredEmptyState State = "declared-empty" // the form is there without figures, and a note says that it is empty (空表)
	BlankState         State = "blank"          // the form is there without figures, and nothing says why
)

// States are all states.
func States() []State {
	return []State{FigureState, ZeroState, UnparsedState, DeclaredEmptyState, BlankState}
}

// A Step is one heading on the way from the root of the numbering tree to a section.
type Step struct {
	Number string `json:"number,omitempty"`
	Title  string `json:"title,omitempty"`
}

// A Part is a stretch of a passage's text with its own place: a paragraph of a section, a cell of a row. It reaches to the
// next part's Start.
type Part struct {
	Start int          `json:"start"`          // byte offset in Passage.Text
	Page  int          `json:"page,omitempty"` // 1-based
	Box   *schemas.Box `json:"box,omitempty"`  // points of the page as shown, origin top left
}

// A Passage is the unit of full-text search: a section's own text, a table row, a note.
type Passage struct {
	Origin
	ID   string      `json:"id"`
	Seq  int         `json:"seq"` // reading order in the disclosure, from 1
	Kind PassageKind `json:"kind"`

	SectionID  string   `json:"section_id,omitempty"`  // 3.5.2; sections only
	SectionIDs []string `json:"section_ids,omitempty"` // of it and of every section over it
	Path       []Step   `json:"path,omitempty"`        // from the root down to the section itself
	Level      int      `json:"level,omitempty"`       // as schemas.Section.Level
	// Topic is what a section is about: the headings of the outer two levels, joined by " > ", without numbers, years and the unit's name.
	Topic string `json:"topic,omitempty"`

	TableIndex  *int         `json:"table_index,omitempty"` // 0-based
	TableNumber string       `json:"table_number,omitempty"`
	TableTitle  string       `json:"table_title,omitempty"`
	Form        schemas.Form `json:"form,omitempty"`
	Row         *int         `json:"row,omitempty"`  // 0-based
	Code        []string     `json:"code,omitempty"` // classification codes of the row, one per side that has one
	State       State        `json:"state,omitempty"`
	// Amounts are the row's amounts, so that rows can be found by amount.
	Amounts []schemas.Fen `json:"amounts_fen,omitempty"`

	Heading string `json:"heading,omitempty"` // the section's title as printed, without its number
	Text    string `json:"text"`
	// Context is what a reader knows who reads the passage in its place: the titles over the section, or the table's number
	// and title. A word of a query may be in it, but a passage is found only if one word of the query is its own.
	Context string `json:"context,omitempty"`

	Page  int          `json:"page,omitempty"` // 1-based, where it begins
	Box   *schemas.Box `json:"box,omitempty"`
	Parts []Part       `json:"parts,omitempty"`
}

// Surroundings gives a passage's Context from its other fields.
func (p *Passage) Surroundings() string {
	switch p.Kind {
	case RowPassage, NotePassage, GridPassage, IndicatorPassage:
		return strings.TrimSpace(p.TableNumber + " " + p.TableTitle)
	case SectionPassage:
		var titles []string
		for _, step := range p.Path[:max(0, len(p.Path)-1)] {
			if step.Title != "" {
				titles = append(titles, step.Title)
			}
		}
		return strings.Join(titles, "\n")
	}
	return ""
}

// A CodeLevel is the level of a classification code.
type CodeLevel string

// The levels.
const (
	ClassLevel   CodeLevel = "class"   // 类, 3 digits
	SectionLevel CodeLevel = "section" // 款, 5 digits
	ItemLevel    CodeLevel = "item"    // 项, 7 digits
)

// A Classification says which classification a code belongs to.
type Classification string

// The classifications.
const (
	Functional Classification = "functional" // 功能分类
	Economic   Classification = "economic"   // 经济分类
)

// A LineItem is one amount cell of one table. Blank cells and cells with a dash are none; percentages, counts and line
// numbers (行次) are none either.
type LineItem struct {
	Origin
	ID          string       `json:"id"`
	Seq         int          `json:"seq"` // reading order in the disclosure, from 1
	PassageID   string       `json:"passage_id,omitempty"`
	Form        schemas.Form `json:"form,omitempty"`
	TableIndex  int          `json:"table_index"` // 0-based
	TableNumber string       `json:"table_number,omitempty"`
	TableTitle  string       `json:"table_title,omitempty"`
	Row         int          `json:"row"`    // 0-based
	Column      int          `json:"column"` // 0-based

	// Side is the header over the name column that the amount belongs to (收入, 支出), in tables with several of them.
	Side           string         `json:"side,omitempty"`
	Code           string         `json:"code,omitempty"`
	CodeLevel      CodeLevel      `json:"code_level,omitempty"`
	Classification Classification `json:"classification,omitempty"`
	Name           string         `json:"name,omitempty"`        // from the name column
	Label          string         `json:"label,omitempty"`       // every cell of the row on this side that is no amount
	Header         string         `json:"header,omitempty"`      // HeaderPath joined by " > "
	HeaderPath     []string       `json:"header_path,omitempty"` // top to bottom
	// Measure and Period are what Header means. Line is what a row without a code is called, see Group.
	Measure Measure `json:"measure,omitempty"`
	Period  Period  `json:"period,omitempty"`
	Line    string  `json:"line,omitempty"`

	Amount *schemas.Fen `json:"amount_fen,omitempty"` // 分; nil where State is UnparsedState
	Half   *schemas.Fen `json:"half_fen,omitempty"`   // half of the last printed digit
	// Change is by how many 分 the amount differs from last year's (上年) of the same measure, where the row prints that or the
	// difference itself (增减); nil where it does not, and for columns of other periods than the year's own.
	Change        *schemas.Fen          `json:"change_fen,omitempty"`
	AmountText    string                `json:"amount_text"` // as printed
	UnitOfMeasure schemas.UnitOfMeasure `json:"unit_of_measure,omitempty"`
	State         State                 `json:"state"`

	Page int          `json:"page,omitempty"` // 1-based
	Box  *schemas.Box `json:"box,omitempty"`  // points of the page as shown, origin top left
}

// A TableRecord is what is stored of one table as a whole.
type TableRecord struct {
	Origin
	ID            string       `json:"id"`
	Index         int          `json:"table_index"` // 0-based
	Number        string       `json:"table_number,omitempty"`
	Title         string       `json:"table_title,omitempty"`
	Form          schemas.Form `json:"form,omitempty"`
	ReportingUnit string       `json:"reporting_unit,omitempty"`
	UnitOfMeasure string       `json:"unit_of_measure,omitempty"` // as printed
	State         State        `json:"state,omitempty"`
	Notes         []string     `json:"notes,omitempty"`
	Headers       []string     `json:"headers,omitempty"` // one per column, path joined by " > "
	Rows          int          `json:"rows"`
	Items         int          `json:"items"` // how many line items it gave
	Pages         []int        `json:"pages,omitempty"`
	Page          int          `json:"page,omitempty"`
	Box           *schemas.Box `json:"box,omitempty"`
}

// A Field is one key and value of a project record.
type Field struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// A ProjectRecord is a project (项目) of the narrative; its fields are in the order of their keys.
type ProjectRecord struct {
	Origin
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Fields []Field `json:"fields,omitempty"`
	Page   int     `json:"page,omitempty"`
}

// A FindingRecord is a contradiction in the document itself.
type FindingRecord struct {
	Origin
	ID       string           `json:"id"`
	Rule     string           `json:"rule"`
	Severity schemas.Severity `json:"severity"`
	Message  string           `json:"message"`
	Expected string           `json:"expected,omitempty"`
	Actual   string           `json:"actual,omitempty"`
	Page     int              `json:"page,omitempty"` // of the first place
	At       []schemas.Place  `json:"at,omitempty"`
}

// Counts says how many records of each kind there are.
type Counts struct {
	Passages int `json:"passages"`
	Items    int `json:"items"`
	Tables   int `json:"tables"`
	Projects int `json:"projects"`
	Findings int `json:"findings"`
}

// A DisclosureRecord stands for a disclosure as a whole. It is stored after all its other records, so that whoever reads
// one knows that the rest is there.
type DisclosureRecord struct {
	Origin
	ID          string            `json:"id"` // the same as DisclosureID
	Title       string            `json:"title,omitempty"`
	PublishedOn *string           `json:"published_on,omitempty"` // YYYY-MM-DD
	SHA256      string            `json:"sha256"`
	FileName    string            `json:"file_name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Bytes       int64             `json:"bytes,omitempty"`
	Pages       int               `json:"pages,omitempty"`
	Staffing    *schemas.Staffing `json:"staffing,omitempty"`
	Warnings    []schemas.Warning `json:"warnings,omitempty"`
	Claims      *schemas.Claims   `json:"claims,omitempty"`
	VersionKey  string            `json:"version_key,omitempty"`  // see VersionKey
	VersionDate string            `json:"version_date,omitempty"` // YYYY-MM-DD, as schemas.Version.PublishedOn
	FirstSeen   time.Time         `json:"first_seen,omitzero"`
	// VersionTables and VersionHeadings are schemas.Version's Tables and Headings.
	VersionTables   []string  `json:"version_tables,omitempty"`
	VersionHeadings []string  `json:"version_headings,omitempty"`
	Counts          Counts    `json:"counts"`
	IndexedAt       time.Time `json:"indexed_at"`
	// Body is the whole schemas.Disclosure as JSON, gzipped; see Unpack.
	Body []byte `json:"body,omitempty"`
}

// Version is the disclosure among those with the same VersionKey.
func (d *DisclosureRecord) Version() schemas.Version {
	return schemas.Version{
		DisclosureID: d.ID, SHA256: d.SHA256, Current: d.Current, PublishedOn: d.VersionDate, FirstSeen: d.FirstSeen, Tables: d.VersionTables,
		Headings: d.VersionHeadings,
	}
}

// A Batch is everything that is stored of one disclosure.
type Batch struct {
	Disclosure DisclosureRecord
	Passages   []Passage
	Items      []LineItem
	Tables     []TableRecord
	Projects   []ProjectRecord
	Findings   []FindingRecord
}

// An Outcome says what Put did with a disclosure.
type Outcome string

// The outcomes of Put.
const (
	Stored Outcome = "stored" // every record is in the index
	Stale  Outcome = "stale"  // the index has what a newer parser made of the same PDF; nothing was changed
)

// Content says for one disclosure what its record promises and what is there.
type Content struct {
	ID            string // disclosure ID
	SHA256        string
	ParserVersion int
	Expected      Counts // as its DisclosureRecord says; zero for orphans
	Actual        Counts // records found of the same generation
	Leftover      Counts // records found of another generation, or of no disclosure
	Orphan        bool   // there are records, but no DisclosureRecord
	Current       bool   // it is the newest of its versions
	// Strays counts records that say otherwise of Current than the DisclosureRecord.
	Strays int
}

// Complete reports whether everything the disclosure's record promises is there, and nothing else.
func (c Content) Complete() bool {
	return !c.Orphan && c.Expected == c.Actual && c.Leftover == Counts{} && c.Strays == 0
}

// An EntryFilter selects ledger entries. An empty list selects all.
type EntryFilter struct {
	States []schemas.State
	Codes  []schemas.Code
	SHA256 string // of the file; "" selects all. What was put of it is seen at once
	Name   string // words, each of which is in the file's name or in its URL; ASCII letters in either case
	// QueuedSince and FinishedSince select what was published, or got to a final state, at the time or later; taken to the millisecond. The
	// zero time selects all.
	QueuedSince, FinishedSince time.Time
	Newest                     bool      // first what was published last, and not in the order of IDs
	After                      *EntryKey // what follows it in the order; nil from the beginning
	Limit                      int       // the first so many; 0 is all
}

// An EntryKey is the place of a ledger entry in the order of a list.
type EntryKey struct {
	QueuedAt time.Time // where the newest come first; taken to the millisecond
	ID       string
}

// KeyOf is the place of an entry.
func KeyOf(e schemas.Entry) *EntryKey { return &EntryKey{e.QueuedAt, e.ID} }

// A Size says how much is in an index.
type Size struct {
	Disclosures int   // that nothing has superseded
	Superseded  int   // older versions
	Passages    int64 // of all of them, as their records say
	Items       int64
	Tables      int64
}

// A LedgerSummary counts the files in the ledger.
type LedgerSummary struct {
	Counts   []LedgerCount    // one for each state and code that there is, in the order of both
	Finished []LedgerFinished // one for each time asked for, in the order asked
	// OldestQueued is when the file in the state queued that has waited longest was published; nil where none waits.
	OldestQueued *time.Time
	// FirstFinish and LastFinish are when the first and the last of the files in a final state got there; nil where none has.
	FirstFinish, LastFinish *time.Time
}

// A LedgerCount is how many files have a state and a code.
type LedgerCount struct {
	State schemas.State
	Code  schemas.Code // "" where the files have none
	Files int
	Pages int64 // of these files, as far as they were counted
}

// A LedgerFinished is how many files got to a final state since a time.
type LedgerFinished struct {
	Since time.Time // taken to the millisecond
	Files int
	Pages int64      // of the files among them that were indexed
	First *time.Time // when the first of them was finished; nil where there is none
}

// ErrNotFound says that the index has no disclosure of that ID.
var ErrNotFound = errors.New("not in the index")
