package indexer

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"yusuan/schemas"
)

// A Query asks for passages or line items. Filters are AND-ed; the values of one filter are OR-ed; the zero Query selects
// everything.
type Query struct {
	Text string // see Parse
	Expr Node   // instead of Text, where it is already parsed; its words are taken as they are
	// Dictionary is what words of Text are taken apart by, and what else they are called; nil is StandardDictionary.
	Dictionary *Dictionary

	Filters
	// AllVersions selects superseded disclosures as well; else only the newest of each is found and added up.
	AllVersions bool

	Sort   Sort
	Limit  int    // 0 is DefaultLimit; at most MaxLimit
	After  string // Result.Next of the page before
	Facets bool   // count the hits by each of FacetDimensions
	// PerDisclosure gives of each disclosure its best passage only: by relevance, the largest amount, or the first one. Passages only.
	PerDisclosure bool
}

// The limits of a page of results.
const (
	DefaultLimit = 20
	MaxLimit     = 10_000
)

// MaxFacet is how many values a facet lists, the most frequent first.
const MaxFacet = 50

// A Sort says in which order results come. Every order is total: what is equal goes by disclosure ID, then reading order.
type Sort string

// The orders. The default is ByRelevance for passages where there is text to find, else ByDocument.
const (
	ByRelevance Sort = "relevance" // best match first; passages with text to find only. Scores differ between back ends.
	ByYear      Sort = "year"      // newest year first, then unit
	ByUnit      Sort = "unit"      // unit in code point order, newest year first
	ByRegion    Sort = "region"    // region, then as ByUnit
	ByAmount    Sort = "amount"    // largest amount first (of a row: its largest)
	ByChange    Sort = "change"    // largest change against last year first, up or down; line items only
	ByDocument  Sort = "document"  // disclosure ID, then reading order
)

// A SortKey is one key of an order, of which SortKeys gives the list.
type SortKey string

// The sort keys and their directions.
const (
	ScoreKey      SortKey = "score"         // descending
	YearKey       SortKey = "fiscal_year"   // descending, none counts as 0
	UnitKey       SortKey = "unit"          // ascending, none first
	RegionKey     SortKey = "region"        // ascending, none first
	AmountKey     SortKey = "amount"        // descending, none counts as NoAmount
	ChangeKey     SortKey = "change"        // size of LineItem.Change, descending, none counts as -1
	DisclosureKey SortKey = "disclosure_id" // ascending
	SeqKey        SortKey = "seq"           // ascending
)

// NoAmount stands for "no amount" when sorting.
const NoAmount = schemas.Fen(-1 << 62)

// Descending reports whether larger values of the key come first.
func (k SortKey) Descending() bool {
	return k == ScoreKey || k == YearKey || k == AmountKey || k == ChangeKey
}

// SortKeys returns the keys of an order, most significant first, or nil for an unknown one.
func SortKeys(s Sort) []SortKey {
	tail := []SortKey{DisclosureKey, SeqKey}
	switch s {
	case ByRelevance:
		return append([]SortKey{ScoreKey}, tail...)
	case ByYear:
		return append([]SortKey{YearKey, UnitKey}, tail...)
	case ByUnit:
		return append([]SortKey{UnitKey, YearKey}, tail...)
	case ByRegion:
		return append([]SortKey{RegionKey, UnitKey, YearKey}, tail...)
	case ByAmount:
		return append([]SortKey{AmountKey}, tail...)
	case ByChange:
		return append([]SortKey{ChangeKey}, tail...)
	case ByDocument:
		return tail
	}
	return nil
}

// A QueryError says what is wrong with a query, in words for who wrote it. It is never transient.
type QueryError struct {
	Message string
	At      int // the character of Query.Text where it is wrong, from 1; 0 where it is not the text, or all of it
}

// Error gives the message.
func (e *QueryError) Error() string {
	if e.At > 0 {
		return fmt.Sprintf("query, at character %d: %s", e.At, e.Message)
	}
	return "query: " + e.Message
}

func queryError(format string, args ...any) *QueryError {
	return &QueryError{Message: fmt.Sprintf(format, args...)}
}

// A Target is what a query looks for.
type Target string

// The targets.
const (
	Passages Target = "passages"
	Items    Target = "items"
	// Disclosures are chosen by what they are as a whole: ID, unit, region, year, kind, scope and the like.
	Disclosures Target = "disclosures"
)

// cursor is what After holds, as base64 of JSON.
type cursor struct {
	Sort   Sort  `json:"s"`
	Values []any `json:"v"`
}

// EncodeCursor returns the After of the page that follows a hit with these values of the plan's keys.
func (p Plan) EncodeCursor(values []any) (string, error) {
	b, err := json.Marshal(cursor{p.Sort, values})
	if err != nil {
		return "", fmt.Errorf("encode cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// decodeCursor reads After; numbers come back as json.Number, so that no 分 is lost.
func decodeCursor(after string, s Sort, keys int) ([]any, error) {
	if after == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil {
		return nil, queryError("cursor is damaged")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var c cursor
	if err := dec.Decode(&c); err != nil || len(c.Values) != keys || c.Sort != s {
		return nil, queryError("cursor belongs to another query")
	}
	for _, v := range c.Values {
		switch v.(type) {
		case nil, string, json.Number:
		default:
			return nil, queryError("cursor is damaged")
		}
	}
	return c.Values, nil
}

// A Hit is a passage that a query found.
type Hit struct {
	Passage
	// Page and Box, which hide those of Passage, are of the paragraph or cell in which the first highlight lies.
	Page    int          `json:"page,omitempty"`
	Box     *schemas.Box `json:"box,omitempty"`
	Snippet Snippet      `json:"snippet"`
	Score   float64      `json:"score,omitempty"` // comparable within one result only
	More    int          `json:"more,omitempty"`  // how many more hits its disclosure has, where only one of each is given
}

// A Result is one page of passages.
type Result struct {
	Hits   []Hit   `json:"hits"`
	Total  int     `json:"total"`            // exact; of disclosures where one hit of each is given, and then exact up to some 10,000
	Next   string  `json:"next,omitempty"`   // After of the next page; "" on the last
	Facets []Facet `json:"facets,omitempty"` // in the order of FacetDimensions; always of passages
}

// An ItemResult is one page of line items.
type ItemResult struct {
	Items  []LineItem `json:"items"`
	Total  int        `json:"total"`            // exact
	Next   string     `json:"next,omitempty"`   // After of the next page; "" on the last
	Facets []Facet    `json:"facets,omitempty"` // in the order of FacetDimensions
}

// A Dimension is something that records can be counted or summed by.
type Dimension string

// The dimensions.
const (
	RegionDimension  Dimension = "region"
	UnitDimension    Dimension = "unit"
	YearDimension    Dimension = "year"
	CodeDimension    Dimension = "code" // line items only
	KindDimension    Dimension = "kind"
	ScopeDimension   Dimension = "scope"
	FormDimension    Dimension = "form"
	HeaderDimension  Dimension = "header"  // line items only
	MeasureDimension Dimension = "measure" // line items only
	PeriodDimension  Dimension = "period"  // line items only
	StateDimension   Dimension = "state"

	ProvinceDimension   Dimension = "province"
	CityDimension       Dimension = "city"
	CountyDimension     Dimension = "county"
	UnitTypeDimension   Dimension = "unit_type"
	TextSourceDimension Dimension = "text_source"

	// The following are for counting only.
	PassageDimension    Dimension = "passage"    // kinds of passages
	SectionDimension    Dimension = "section"    // Passage.Topic
	FunctionalDimension Dimension = "functional" // codes of 功能分类: classes, or what is below the code that the query has
	EconomicDimension   Dimension = "economic"   // codes of 经济分类, in the same way
	BandDimension       Dimension = "amount"     // see Band; of a row its largest amount
)

// FacetDimensions are the dimensions that facets count by.
func FacetDimensions() []Dimension {
	return append(OriginDimensions(), FormDimension, StateDimension, BandDimension, PassageDimension, SectionDimension, FunctionalDimension, EconomicDimension)
}

// OriginDimensions are those of a disclosure as a whole.
func OriginDimensions() []Dimension {
	return []Dimension{RegionDimension, ProvinceDimension, CityDimension, CountyDimension, UnitDimension, UnitTypeDimension, YearDimension, KindDimension,
		ScopeDimension, TextSourceDimension}
}

// SumDimensions are the dimensions that Sum takes.
func SumDimensions() []Dimension {
	return append(OriginDimensions(), FormDimension, StateDimension, CodeDimension, HeaderDimension, MeasureDimension, PeriodDimension)
}

// CheckDimensions returns a *QueryError where by has something that SumDimensions has not, or twice.
func CheckDimensions(by []Dimension) error {
	for i, d := range by {
		if !slices.Contains(SumDimensions(), d) {
			return queryError("cannot sum by %q", d)
		}
		if slices.Contains(by[:i], d) {
			return queryError("sum by %q twice", d)
		}
	}
	return nil
}

// A Facet counts the hits by one dimension: the MaxFacet most frequent values, equal ones in code point order. Hits
// without a value are not counted.
type Facet struct {
	Dimension Dimension `json:"dimension"`
	Buckets   []Bucket  `json:"buckets"`
}

// A Bucket is one value of a facet.
type Bucket struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// A Group is one sum of line items: what the query selects, cell by cell. Only what is of one kind is added: items that differ in
// one of the fields beside Keys are other groups, whatever the dimensions. So no total is added to its parts (measures, levels of
// codes, rows without one), no plan to what came of it (kinds, periods), no unit to the department that has it in its own
// figures (scopes), no table to another that says the same (forms).
type Group struct {
	Keys           []string             `json:"keys"` // one per dimension asked for; "" where the items have none
	DocumentKind   schemas.DocumentKind `json:"document_kind,omitempty"`
	Scope          schemas.Scope        `json:"scope,omitempty"`
	Form           schemas.Form         `json:"form,omitempty"`
	Classification Classification       `json:"classification,omitempty"`
	Level          CodeLevel            `json:"level,omitempty"` // "" for items without a code
	Line           string               `json:"line,omitempty"`  // what a row without a code is called: 合计, 支出 本年支出合计
	Measure        Measure              `json:"measure,omitempty"`
	Period         Period               `json:"period,omitempty"`
	Sum            schemas.Fen          `json:"sum_fen"`
	Count          int                  `json:"count"` // items added; cells that are no amount are not among them
}

// SortGroups puts groups in the order of their keys, then of what else they differ in.
func SortGroups(groups []Group) {
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(slices.Compare(a.Keys, b.Keys), cmp.Compare(a.DocumentKind, b.DocumentKind), cmp.Compare(a.Scope, b.Scope),
			cmp.Compare(a.Form, b.Form), cmp.Compare(a.Classification, b.Classification), cmp.Compare(a.Level, b.Level),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.Period, b.Period))
	})
}
