package comparison

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/schemas"
)

// A Figure is one amount of a disclosure, with its place.
type Figure struct {
	DisclosureID string       `json:"disclosure_id"`
	Amount       schemas.Fen  `json:"amount_fen"`
	Page         int          `json:"page,omitempty"`
	Box          *schemas.Box `json:"box,omitempty"`
}

// A YearChange is an amount that is another in the later year. Before or After is nil where a year has none.
type YearChange struct {
	Form       schemas.Form    `json:"form"`
	Code       string          `json:"code,omitempty"`
	Name       string          `json:"name"`
	Header     string          `json:"header,omitempty"`
	Measure    indexer.Measure `json:"measure"`
	Before     *Figure         `json:"before"`
	After      *Figure         `json:"after"`
	Difference schemas.Fen     `json:"difference_fen"`
	Reason     *checker.Reason `json:"reason,omitempty"` // of the later year's narrative
}

// A ComparedYear is what a unit's later year has changed.
type ComparedYear struct {
	Unit     string               `json:"unit"`
	Region   string               `json:"region,omitempty"`
	Kind     schemas.DocumentKind `json:"document_kind"`
	Scope    schemas.Scope        `json:"scope"`
	FromYear int                  `json:"from_year"`
	ToYear   int                  `json:"to_year"`
	Changes  []YearChange         `json:"changes"` // in the order of the later year's tables
}

// Years compares the years of each unit that the filters select, each year with the one before it in the list; those that a unit has
// no figures of are left out. Forms are GeneralPublicExpenditure and ThreePublicExpenses where the filters name none; their years and
// periods say nothing. The years are two or more.
func Years(ctx context.Context, s Source, f indexer.Filters, years []int) ([]ComparedYear, error) {
	all, err := readSeries(ctx, s, f, years)
	if err != nil {
		return nil, err
	}
	list := []ComparedYear{}
	for _, one := range all {
		for i := 1; i < len(years); i++ {
			if y, ok := one.compare(years[i-1], years[i]); ok {
				if err := y.explain(ctx, s); err != nil {
					return nil, err
				}
				list = append(list, y)
			}
		}
	}
	return list, nil
}

// A seriesKey is whose years are compared, and figureKey what of them.
type (
	seriesKey struct {
		unit, region string
		kind         schemas.DocumentKind
		scope        schemas.Scope
	}
	figureKey struct {
		form       schemas.Form
		code, line string
		side       string
		measure    indexer.Measure
	}
)

// A series is a unit's figures of several years.
type series struct {
	seriesKey
	years map[int][]indexer.LineItem
}

// readSeries reads the figures of the years asked for: of forms with codes the totals, of the 三公 expenses each.
func readSeries(ctx context.Context, s Source, f indexer.Filters, years []int) ([]*series, error) {
	forms := f.Form
	if len(forms) == 0 {
		forms = []string{string(schemas.GeneralPublicExpenditure), string(schemas.ThreePublicExpenses)}
	}
	f.Form, f.Period, f.YearFrom, f.YearTo = forms, []indexer.Period{indexer.YearPeriod}, slices.Min(years), slices.Max(years)
	q := indexer.Query{Sort: indexer.ByDocument, Limit: indexer.MaxLimit, Filters: f}
	found := map[seriesKey]*series{}
	var order []*series
	for {
		res, err := s.Items(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, it := range res.Items {
			if it.FiscalYear == nil || it.Amount == nil || it.Measure != indexer.TotalMeasure && it.Form != schemas.ThreePublicExpenses {
				continue
			}
			key := seriesKey{it.Unit, it.Region, it.DocumentKind, it.Scope}
			if found[key] == nil {
				found[key] = &series{seriesKey: key, years: map[int][]indexer.LineItem{}}
				order = append(order, found[key])
			}
			found[key].years[*it.FiscalYear] = append(found[key].years[*it.FiscalYear], it)
		}
		if q.After = res.Next; res.Next == "" {
			break
		}
	}
	slices.SortFunc(order, func(a, b *series) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.unit, b.unit), cmp.Compare(a.kind, b.kind), cmp.Compare(a.scope, b.scope))
	})
	return order, nil
}

// compare gives what is different between two years, and whether there are both.
func (s *series) compare(from, to int) (ComparedYear, bool) {
	out := ComparedYear{Unit: s.unit, Region: s.region, Kind: s.kind, Scope: s.scope, FromYear: from, ToYear: to, Changes: []YearChange{}}
	if s.years[from] == nil || s.years[to] == nil {
		return out, false
	}
	changes := map[figureKey]*YearChange{}
	var order []*YearChange
	for _, year := range []int{to, from} {
		for i := range s.years[year] {
			it := &s.years[year][i]
			key := figureKey{it.Form, it.Code, it.Line, it.Side, it.Measure}
			ch := changes[key]
			if ch == nil {
				ch = &YearChange{Form: it.Form, Code: it.Code, Name: it.Name, Header: it.Header, Measure: it.Measure}
				changes[key] = ch
				order = append(order, ch)
			}
			into := &ch.After
			if year == from {
				into = &ch.Before
			}
			if *into == nil {
				*into = &Figure{DisclosureID: it.DisclosureID, Page: it.Page, Box: it.Box}
			}
			(*into).Amount += *it.Amount // a code may stand in several rows: those of several units under a department
		}
	}
	for _, ch := range order {
		if ch.After != nil {
			ch.Difference = ch.After.Amount
		}
		if ch.Before != nil {
			ch.Difference -= ch.Before.Amount
		}
		if ch.Difference != 0 {
			out.Changes = append(out.Changes, *ch)
		}
	}
	return out, true
}

// explain looks for reasons in the later year's narrative.
func (y *ComparedYear) explain(ctx context.Context, s Source) error {
	reasons := map[string][]checker.Reason{}
	for i := range y.Changes {
		ch := &y.Changes[i]
		if ch.After == nil {
			continue
		}
		id := ch.After.DisclosureID
		if _, ok := reasons[id]; !ok {
			d, err := s.Disclosure(ctx, id)
			if err != nil {
				return err
			}
			reasons[id] = checker.Reasons(d)
		}
		ch.Reason = checker.BestReason(reasons[id], ch.Subject(), ch.Difference)
	}
	return nil
}

// Subject is what the narrative would call it: of a column other than the total, what that holds.
func (ch *YearChange) Subject() string {
	if ch.Measure == indexer.TotalMeasure {
		return cmp.Or(ch.Name, "合计")
	}
	if label := ch.Measure.Label(); label != "" {
		return label
	}
	path := indexer.SplitHeader(ch.Header)
	for _, h := range slices.Backward(path) {
		if h = indexer.Fold(h); !strings.HasSuffix(h, "计") {
			return h
		}
	}
	return ch.Name
}
