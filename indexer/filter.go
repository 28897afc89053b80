package indexer

import (
	"regexp"
	"slices"
	"strings"

	"yusuan/schemas"
)

// Filters say what is wanted of a record beside words. They are AND-ed; the values of one are OR-ed; the zero Filters select
// everything.
type Filters struct {
	Region []string // part of the name of the region or of a division that it lies in (浙江); "=焉耆县" is the whole name
	Unit   []string // part of the name; "=焉耆县社会保险中心" is the whole name
	Kind   []schemas.DocumentKind
	Scope  []schemas.Scope
	// Disclosure are whole IDs, see schemas.DisclosureID; at most MaxDisclosures. A superseded one is found among all versions only.
	Disclosure []string
	// UnitType and TextSource are what a disclosure's unit is, and where its text came from.
	UnitType   []UnitType
	TextSource []schemas.TextSource
	// Passage chooses kinds of passages. Where none is chosen, those that only repeat the narrative (projects, terms) are left out.
	Passage []PassageKind
	Form    []string // a schemas.Form, or words of the table's number or title
	Header  []string // words of an amount column's header path; line items only
	// Measure and Period are what a column's header means; line items only.
	Measure []Measure
	Period  []Period
	// Section is a section's ID (3.5: it and all under it), words of a heading over the passage or of its own, or "=" and a whole
	// Passage.Topic. Passages only.
	Section  []string
	Code     []string // classification codes, or how they begin
	State    []State
	YearFrom int // fiscal year, inclusive; 0 is open
	YearTo   int // inclusive; 0 is open
	// Min and Max bound a line item's amount, or one amount of a row, inclusively.
	Min, Max *schemas.Fen
}

// empty reports whether the filters select everything.
func (f *Filters) empty() bool {
	return len(f.Region)+len(f.Unit)+len(f.Kind)+len(f.Scope)+len(f.Form)+len(f.Header)+len(f.Measure)+len(f.Period)+len(f.Section)+len(f.Code)+len(f.State)+
		len(f.Disclosure)+len(f.UnitType)+len(f.TextSource)+len(f.Passage) == 0 &&
		f.YearFrom == 0 && f.YearTo == 0 && f.Min == nil && f.Max == nil
}

// byColumn reports whether they choose columns.
func (f *Filters) byColumn() bool { return len(f.Header)+len(f.Measure)+len(f.Period) > 0 }

// byContent reports whether they choose by something within a disclosure.
func (f *Filters) byContent() bool {
	return len(f.Form)+len(f.Section)+len(f.Code)+len(f.State)+len(f.Passage) > 0 || f.Min != nil || f.Max != nil || f.byColumn()
}

// Check gives a *QueryError where the filters can't be met by what the target is, or say nothing.
func (f *Filters) Check(target Target) error {
	switch {
	case f.YearFrom != 0 && f.YearTo != 0 && f.YearFrom > f.YearTo:
		return queryError("years from %d to %d are none", f.YearFrom, f.YearTo)
	case f.Min != nil && f.Max != nil && *f.Min > *f.Max:
		return queryError("amounts from %s to %s are none", *f.Min, *f.Max)
	case target == Items && len(f.Section) > 0:
		return queryError("line items have no section; choose their form or header")
	case target == Items && len(f.Passage) > 0:
		return queryError("line items are no passages; choose their form or header")
	case target == Disclosures && f.byContent():
		return queryError("disclosures are chosen by ID, unit, unit_type, region, year, kind, scope and text_source only")
	case target == Passages && f.byColumn():
		return queryError("passages have no header, measure or period; ask for line items")
	}
	for _, code := range f.Code {
		if !codePattern.MatchString(code) {
			return queryError("code %q, want digits", code)
		}
	}
	if len(f.Disclosure) > MaxDisclosures {
		return queryError("%d disclosures, want %d at most", len(f.Disclosure), MaxDisclosures)
	}
	for _, id := range f.Disclosure {
		if !disclosureID.MatchString(id) {
			return queryError("disclosure %q, want %s", id, wantDisclosure)
		}
	}
	for _, words := range [][]string{f.Region, f.Unit, f.Form, f.Header, f.Section} {
		for _, w := range words {
			if exact, name := Exact(w); !exact && len(PhraseTokens(name)) == 0 && !sectionID.MatchString(w) {
				return nothingIn(w)
			}
		}
	}
	return nil
}

var (
	codePattern  = regexp.MustCompile(`^[0-9]{1,7}$`)
	sectionID    = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)
	disclosureID = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// MaxDisclosures is how many disclosures a filter may name.
const MaxDisclosures = 1000

const wantDisclosure = "a disclosure's whole ID, 32 hex digits"

// Exact splits a filter's value into whether it wants the whole name (a leading "=") and the name.
func Exact(value string) (bool, string) {
	if len(value) > 1 && value[0] == '=' {
		return true, value[1:]
	}
	return false, value
}

// IsSectionID reports whether the value of a section filter is an ID (3.5.2) and not words.
func IsSectionID(value string) bool { return sectionID.MatchString(value) }

// IsForm reports whether the value of a form filter is a schemas.Form and not words.
func IsForm(value string) bool { return slices.Contains(Forms(), schemas.Form(value)) }

// Forms are all standard forms.
func Forms() []schemas.Form {
	return []schemas.Form{
		schemas.RevenueExpenditureSummary, schemas.RevenueSummary, schemas.ExpenditureSummary, schemas.FiscalAppropriationSummary,
		schemas.GeneralPublicExpenditure, schemas.GeneralPublicBasicExpenditure, schemas.GeneralPublicProjectExpenditure,
		schemas.GovernmentFundExpenditure, schemas.StateCapitalExpenditure, schemas.ThreePublicExpenses, schemas.Carryover,
		schemas.ProjectPerformance, schemas.OverallPerformance, schemas.OtherForm,
	}
}

// ParseYuan reads an amount as it is typed: in yuan, or with a unit behind it (1.5万元; 万 is 万元).
func ParseYuan(text string) (schemas.Fen, bool) {
	number := strings.TrimRight(text, "元千百万亿 ")
	unit := strings.TrimSpace(text[len(number):])
	if !strings.HasSuffix(unit, "元") {
		unit += "元"
	}
	a, ok := schemas.ParseAmount(number, schemas.UnitOfMeasure(unit))
	return a.Fen, ok
}

// The years that a query may ask for.
const (
	firstYear = 1949
	lastYear  = 2200
)

// CheckYear reports whether a fiscal year can be meant.
func CheckYear(year int) bool { return year >= firstYear && year <= lastYear }
