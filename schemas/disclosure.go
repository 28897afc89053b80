package schemas

import (
	_ "embed"
	"time"
)

// SchemaVersion is the version of the contract that Disclosure follows.
const SchemaVersion = "1"

// ParserVersion numbers what extraction makes of a PDF. It grows with every change of the extractor that can change a
// Disclosure; an index never lets an older parser's result overwrite a newer one's.
const ParserVersion = 3

// DisclosureSchema is the JSON Schema (draft 2020-12) of a Disclosure.
//
//go:embed disclosure.schema.json
var DisclosureSchema []byte

// DocumentKind says which of the two yearly documents a disclosure is.
type DocumentKind string

// The kinds of a disclosure.
const (
	Budget        DocumentKind = "budget"         // 预算
	FinalAccounts DocumentKind = "final_accounts" // 决算
	UnknownKind   DocumentKind = "unknown"
)

// Label is the kind as people call it, in Chinese and English.
func (k DocumentKind) Label() string {
	switch k {
	case Budget:
		return "预算 budget"
	case FinalAccounts:
		return "决算 final accounts"
	}
	return "kind unknown"
}

// Scope says whether a disclosure speaks for one unit (单位) or for a department with its units (部门).
type Scope string

// The scopes of a disclosure.
const (
	UnitScope       Scope = "unit"
	DepartmentScope Scope = "department"
	UnknownScope    Scope = "unknown"
)

// TextSource says where a disclosure's glyphs came from.
type TextSource string

// The sources of text.
const (
	FromText TextSource = "text"
	FromOCR  TextSource = "ocr"
	Mixed    TextSource = "mixed"
)

// A Disclosure (预决算公开) is one published budget or final-accounts document, as extracted from one PDF.
type Disclosure struct {
	SchemaVersion string       `json:"schema_version"`
	Source        Source       `json:"source"`
	Title         string       `json:"title"`            // the document's own
	Unit          string       `json:"unit"`             // reporting unit (编制单位)
	Region        string       `json:"region,omitempty"` // longest form that the document names; "" when none
	FiscalYear    *int         `json:"fiscal_year"`      // nil when the document names none
	DocumentKind  DocumentKind `json:"document_kind"`
	Scope         Scope        `json:"scope"`
	PublishedOn   *string      `json:"published_on"` // date of signature, YYYY-MM-DD; nil when there is none
	Staffing      *Staffing    `json:"staffing,omitempty"`
	Sections      []Section    `json:"sections"` // roots of the section tree, in reading order
	Tables        []Table      `json:"tables"`   // in reading order
	Projects      []Project    `json:"projects,omitempty"`
	Glossary      []Term       `json:"glossary,omitempty"`
	Findings      []Finding    `json:"findings,omitempty"`
	Warnings      []Warning    `json:"warnings,omitempty"`
	Claims        *Claims      `json:"claims,omitempty"` // what the publisher says, kept apart from what the document says
	ParserVersion int          `json:"parser_version,omitempty"`
}

// ID names the disclosure in the index: the first 128 bits of the PDF's SHA-256, in hex.
func (d *Disclosure) ID() string { return DisclosureID(d.Source.SHA256) }

// DisclosureID returns the ID of the disclosure read from the PDF with this SHA-256 (hex).
func DisclosureID(sha256 string) string {
	if len(sha256) > 32 {
		return sha256[:32]
	}
	return sha256
}

// Source is the PDF that a disclosure was read from.
type Source struct {
	SHA256     string     `json:"sha256"` // hex
	FileName   string     `json:"file_name"`
	URI        string     `json:"uri,omitempty"` // where it was published, if known
	Bytes      int64      `json:"bytes"`
	Pages      int        `json:"pages"`
	TextSource TextSource `json:"text_source,omitempty"`
	Engine     string     `json:"engine,omitempty"` // which PDF engine read it: ledongthuc, pdfium, or both with "+"
	// FirstSeen is when the PDF was first put on the queue; zero where it came from none.
	FirstSeen time.Time `json:"first_seen,omitzero"`
}

// Staffing (机构设置及人员情况) counts persons. A figure that the document does not give is nil.
type Staffing struct {
	Authorised      *int `json:"authorised,omitempty"`       // 编制数
	Actual          *int `json:"actual,omitempty"`           // 实有人数
	InService       *int `json:"in_service,omitempty"`       // 在职
	Retired         *int `json:"retired,omitempty"`          // 退休
	RetiredVeterans *int `json:"retired_veterans,omitempty"` // 离休
}

// A Place is where something stands in the PDF. Which of the fields after Page are set depends on what is placed.
type Place struct {
	Page    int    `json:"page"`           // 1-based
	BBox    *Box   `json:"bbox,omitempty"` // of the page as shown
	Table   *int   `json:"table,omitempty"`
	Row     *int   `json:"row,omitempty"`
	Column  *int   `json:"column,omitempty"`
	Section string `json:"section,omitempty"`
}

// Above reports whether the place is on an earlier page than another, or above it on the same. Without boxes, the pages alone count.
func (p *Place) Above(other *Place) bool {
	if p.Page != other.Page || p.BBox == nil || other.BBox == nil {
		return p.Page < other.Page
	}
	return p.BBox[1] < other.BBox[1]
}

// A Box is x0, y0, x1, y1 in points of the page as shown (rotation applied), origin at the top left.
type Box [4]float64

// A Section is one node of the numbering tree.
type Section struct {
	ID     string `json:"id"`     // ordinals from the root: 3.5.2
	Level  int    `json:"level"`  // 1 第一部分, 2 一、, 3 （一）, 4 1., 5 （1）, 6 ①
	Number string `json:"number"` // as printed
	Title  string `json:"title"`  // heading without its number; "" for a numbered paragraph
	// Text is the body directly under this heading: paragraphs split by \n.
	Text string `json:"text"`
	At   *Place `json:"at,omitempty"`
	// Paragraphs has the place where each paragraph of Text starts, one per line of Text.
	Paragraphs []Place   `json:"paragraphs,omitempty"`
	Children   []Section `json:"children,omitempty"`
}

// A Form says which standard form (表) a table is.
type Form string

// The standard forms; the Chinese is what most of them are called.
const (
	RevenueExpenditureSummary       Form = "revenue_expenditure_summary"        // 收支总表
	RevenueSummary                  Form = "revenue_summary"                    // 收入总表
	ExpenditureSummary              Form = "expenditure_summary"                // 支出总表
	FiscalAppropriationSummary      Form = "fiscal_appropriation_summary"       // 财政拨款收支总表
	GeneralPublicExpenditure        Form = "general_public_expenditure"         // 一般公共预算支出
	GeneralPublicBasicExpenditure   Form = "general_public_basic_expenditure"   // 基本支出
	GeneralPublicProjectExpenditure Form = "general_public_project_expenditure" // 项目支出
	GovernmentFundExpenditure       Form = "government_fund_expenditure"        // 政府性基金
	StateCapitalExpenditure         Form = "state_capital_expenditure"          // 国有资本经营
	ThreePublicExpenses             Form = "three_public_expenses"              // 三公经费
	Carryover                       Form = "carryover"                          // 上年结转结余
	ProjectPerformance              Form = "project_performance"                // 项目支出绩效目标表
	OverallPerformance              Form = "overall_performance"                // 整体绩效目标表
	OtherForm                       Form = "other"
)

// A Table is one form of the disclosure; over several pages it is one table.
type Table struct {
	Number        string     `json:"number,omitempty"` // as printed: 表 1, 公开01表
	Title         string     `json:"title"`
	Kind          Form       `json:"kind,omitempty"`
	ReportingUnit string     `json:"reporting_unit,omitempty"`
	UnitOfMeasure string     `json:"unit_of_measure,omitempty"` // as printed: 元, 千元, 万元, 亿元
	Empty         bool       `json:"empty"`                     // the form is there, no figure in it (空表)
	State         TableState `json:"state,omitempty"`
	// Confidence is the share of the table's cells that may be relied on, 0 to 1, by what is doubtful in it.
	Confidence float64  `json:"confidence,omitempty"`
	Notes      []string `json:"notes,omitempty"` // 备注 / 注 under the table
	Columns    []Column `json:"columns"`         // grid columns, left to right
	Rows       []Row    `json:"rows"`            // body rows
	Pages      []int    `json:"pages,omitempty"` // 1-based
	At         *Place   `json:"at,omitempty"`    // of its first part
	// Grid is the whole grid of a form that is not column-headed (绩效目标表), spanning cells repeated; Columns and Rows are
	// then empty.
	Grid [][]string `json:"grid,omitempty"`
	// GridAt has the page and box of each row of Grid.
	GridAt []Place `json:"grid_at,omitempty"`
	// GridBoxes has the box of the text of each cell of Grid, on page GridAt.Page; nil for an empty cell.
	GridBoxes [][]*Box `json:"grid_boxes,omitempty"`
}

// A TableState says what a table's figures are. A form that is not in the document at all has no table.
type TableState string

// The states of a table's figures.
const (
	HasFigures    TableState = "figures"
	AllZero       TableState = "zero"           // every figure is 0
	DeclaredEmpty TableState = "declared_empty" // no figure, and a note says so (空表)
	Blank         TableState = "blank"          // no figure, and nothing says why
)

// A Role says what a column holds.
type Role string

// The roles of a column.
const (
	CodeRole   Role = "code"
	NameRole   Role = "name"
	AmountRole Role = "amount"
	NumberRole Role = "number"
	TextRole   Role = "text"
)

// A Column is one grid column with its header path: the header cells over it, top to bottom, spanning ones repeated.
type Column struct {
	Path []string `json:"path"`
	Role Role     `json:"role,omitempty"`
}

// A Row is one body row. A cell over several rows is in each of them; one over several columns is in the first.
type Row struct {
	Cells []string `json:"cells"`          // as many as columns; "" is an empty cell
	Code  string   `json:"code,omitempty"` // classification code joined: 2080101, 30108
	At    *Place   `json:"at,omitempty"`
	Spans [][2]int `json:"spans,omitempty"` // [column, how many] of body cells over several columns
	// CellBoxes has the box of the text of each cell, on page At.Page; nil for an empty cell.
	CellBoxes []*Box `json:"cell_boxes,omitempty"`
}

// A Project (项目) is a key: value record in the narrative.
type Project struct {
	Name   string            `json:"name"`
	Fields map[string]string `json:"fields"` // key as printed to value, lines joined
	Page   int               `json:"page,omitempty"`
}

// A Term is an entry of the glossary (名词解释).
type Term struct {
	Term       string `json:"term"`
	Definition string `json:"definition"`
}

// A Severity grades a finding.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warn    Severity = "warning"
	Notable Severity = "info"
)

// A Finding (勾稽) is a contradiction in the document itself.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Expected string   `json:"expected,omitempty"`
	Actual   string   `json:"actual,omitempty"`
	At       []Place  `json:"at,omitempty"`
}

// A Warning is something the extraction was unsure of.
type Warning struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Page    int    `json:"page,omitempty"` // 1-based; 0 where it is about the whole document
}

// Claims are the publisher's own words about a PDF (from a crawler or a list), never mixed with what the document says.
type Claims struct {
	Unit        string       `json:"unit,omitempty"`
	Region      string       `json:"region,omitempty"`
	Year        int          `json:"year,omitempty"`
	Kind        DocumentKind `json:"kind,omitempty"`
	PublishedOn string       `json:"published_on,omitempty"` // YYYY-MM-DD
}
