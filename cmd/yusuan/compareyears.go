package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/schemas"
)

// A figure is one amount of a disclosure, with its place.
type figure struct {
	DisclosureID string       `json:"disclosure_id"`
	Amount       schemas.Fen  `json:"amount_fen"`
	Page         int          `json:"page,omitempty"`
	Box          *schemas.Box `json:"box,omitempty"`
}

// A yearChange is an amount that is another in the later year. Before or After is nil where a year has none.
type yearChange struct {
	Form       schemas.Form    `json:"form"`
	Code       string          `json:"code,omitempty"`
	Name       string          `json:"name"`
	Header     string          `json:"header,omitempty"`
	Measure    indexer.Measure `json:"measure"`
	Before     *figure         `json:"before"`
	After      *figure         `json:"after"`
	Difference schemas.Fen     `json:"difference_fen"`
	Reason     *checker.Reason `json:"reason,omitempty"` // of the later year's narrative
}

// A comparedYear is what a unit's later year has changed.
type comparedYear struct {
	Unit     string               `json:"unit"`
	Region   string               `json:"region,omitempty"`
	Kind     schemas.DocumentKind `json:"document_kind"`
	Scope    schemas.Scope        `json:"scope"`
	FromYear int                  `json:"from_year"`
	ToYear   int                  `json:"to_year"`
	Changes  []yearChange         `json:"changes"` // in the order of the later year's tables
}

// years compares the years of each unit that is chosen.
func (c *compareCommand) years(ctx context.Context, p *program) error {
	if c.Unit == "" || len(c.Years) < 2 {
		return usageError("compare --years 2023,2024 needs two years or more, and --unit")
	}
	s, err := p.readIndex(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	series, err := c.series(ctx, s)
	if err != nil {
		return err
	}
	list := []comparedYear{}
	for _, one := range series {
		for i := 1; i < len(c.Years); i++ {
			if y, ok := one.compare(c.Years[i-1], c.Years[i]); ok {
				if err := y.explain(ctx, s); err != nil {
					return err
				}
				list = append(list, y)
			}
		}
	}
	if p.JSON {
		return p.out.json(list)
	}
	for i := range list {
		p.printYear(&list[i], i > 0)
	}
	p.remark("%s of a unit's years", plural(len(list), "comparison"))
	return nil
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

// series reads the figures of the years asked for: of forms with codes the totals, of the 三公 expenses each.
func (c *compareCommand) series(ctx context.Context, s finder) ([]*series, error) {
	forms := c.Table
	if len(forms) == 0 {
		forms = []string{string(schemas.GeneralPublicExpenditure), string(schemas.ThreePublicExpenses)}
	}
	q := indexer.Query{Sort: indexer.ByDocument, Limit: indexer.MaxLimit, Filters: indexer.Filters{
		Unit: []string{c.Unit}, Kind: c.Kind, Form: forms, Period: []indexer.Period{indexer.YearPeriod}, YearFrom: slices.Min(c.Years), YearTo: slices.Max(c.Years),
	}}
	if c.Region != "" {
		q.Region = []string{c.Region}
	}
	if c.Code != "" {
		q.Code = []string{c.Code}
	}
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
func (s *series) compare(from, to int) (comparedYear, bool) {
	out := comparedYear{Unit: s.unit, Region: s.region, Kind: s.kind, Scope: s.scope, FromYear: from, ToYear: to, Changes: []yearChange{}}
	if s.years[from] == nil || s.years[to] == nil {
		return out, false
	}
	changes := map[figureKey]*yearChange{}
	var order []*yearChange
	for _, year := range []int{to, from} {
		for i := range s.years[year] {
			it := &s.years[year][i]
			key := figureKey{it.Form, it.Code, it.Line, it.Side, it.Measure}
			ch := changes[key]
			if ch == nil {
				ch = &yearChange{Form: it.Form, Code: it.Code, Name: it.Name, Header: it.Header, Measure: it.Measure}
				changes[key] = ch
				order = append(order, ch)
			}
			into := &ch.After
			if year == from {
				into = &ch.Before
			}
			if *into == nil {
				*into = &figure{DisclosureID: it.DisclosureID, Page: it.Page, Box: it.Box}
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
func (y *comparedYear) explain(ctx context.Context, s archive) error {
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
		ch.Reason = checker.BestReason(reasons[id], ch.subject(), ch.Difference)
	}
	return nil
}

// subject is what the narrative would call it: of a column other than the total, what that holds.
func (ch *yearChange) subject() string {
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

func (p *program) printYear(y *comparedYear, gap bool) {
	o := p.out
	if gap {
		o.printf("\n")
	}
	o.printf("%s  %d → %d\n", o.bold(origin(&indexer.Origin{Unit: y.Unit, Region: y.Region, DocumentKind: y.Kind, Current: true})), y.FromYear, y.ToYear)
	if len(y.Changes) == 0 {
		o.printf("  no figure is different\n")
	}
	for i := range y.Changes {
		ch := &y.Changes[i]
		what := strings.TrimSpace(ch.Code + " " + ch.Name)
		if subject := ch.subject(); subject != ch.Name {
			what = subject
		}
		o.printf("  %s › %s  %s\n", formLabel(ch.Form), what, o.faint(figurePages(ch)))
		o.printf("    %s%s%s 元 (%s)\n", figureText(ch.Before), o.bold(" → "), figureText(ch.After), difference(ch.Before, ch.Difference))
		if ch.Reason != nil {
			o.printf("    %s  %s\n", shorten(strings.ReplaceAll(ch.Reason.Text, "\n", " "), maxShownText), o.faint(pageOf(ch.Reason.Page)))
		}
	}
}

func figureText(f *figure) string {
	if f == nil {
		return "—"
	}
	return yuan(f.Amount)
}

func figurePages(ch *yearChange) string {
	switch {
	case ch.Before == nil:
		return pageOf(ch.After.Page)
	case ch.After == nil:
		return pageOf(ch.Before.Page) + " before"
	case ch.Before.Page == ch.After.Page:
		return pageOf(ch.After.Page)
	}
	return fmt.Sprintf("p. %d → %d", ch.Before.Page, ch.After.Page)
}

// difference writes a change, with the share of what was before.
func difference(before *figure, d schemas.Fen) string {
	text := yuan(d)
	if d > 0 {
		text = "+" + text
	}
	if before != nil && before.Amount > 0 {
		text += fmt.Sprintf(", %+.1f %%", float64(d)*100/float64(before.Amount))
	}
	return text
}

// formLabel is what most call a form.
func formLabel(f schemas.Form) string {
	switch f {
	case schemas.GeneralPublicExpenditure:
		return "一般公共预算支出"
	case schemas.ThreePublicExpenses:
		return "三公经费"
	}
	return string(f)
}
