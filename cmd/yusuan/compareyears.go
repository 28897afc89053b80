package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web/comparison"
)

// chosen are the filters of the flags.
func (c *compareCommand) chosen() indexer.Filters {
	f := indexer.Filters{Kind: c.Kind, Form: c.Table}
	if c.Region != "" {
		f.Region = []string{c.Region}
	}
	if c.Unit != "" {
		f.Unit = []string{c.Unit}
	}
	return f
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
	f := c.chosen()
	if c.Code != "" {
		f.Code = []string{c.Code}
	}
	list, err := comparison.Years(ctx, s, f, c.Years)
	if err != nil {
		return err
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

func (p *program) printYear(y *comparison.ComparedYear, gap bool) {
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
		if subject := ch.Subject(); subject != ch.Name {
			what = subject
		}
		o.printf("  %s › %s  %s\n", formLabel(ch.Form), what, o.faint(figurePages(ch)))
		o.printf("    %s%s%s 元 (%s)\n", figureText(ch.Before), o.bold(" → "), figureText(ch.After), difference(ch.Before, ch.Difference))
		if ch.Reason != nil {
			o.printf("    %s  %s\n", shorten(strings.ReplaceAll(ch.Reason.Text, "\n", " "), maxShownText), o.faint(pageOf(ch.Reason.Page)))
		}
	}
}

func figureText(f *comparison.Figure) string {
	if f == nil {
		return "—"
	}
	return yuan(f.Amount)
}

func figurePages(ch *comparison.YearChange) string {
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
func difference(before *comparison.Figure, d schemas.Fen) string {
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

// code compares a code between regions or units.
func (c *compareCommand) code(ctx context.Context, p *program) error {
	from, to, err := parseYears(c.Year)
	if err != nil {
		return err
	}
	if from == 0 || to == 0 {
		return usageError("compare --code needs --year, such as 2024 or 2023-2024")
	}
	s, err := p.readIndex(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	shares, err := comparison.Code(ctx, s, c.chosen(), c.Code, from, to, c.By)
	if err != nil {
		return err
	}
	if p.JSON {
		return p.out.json(shares)
	}
	p.printShares(c.By, shares)
	return nil
}

func (p *program) printShares(by indexer.Dimension, shares []comparison.Share) {
	t := sheet{aligns: []align{left, left, left, left, left, right, right, right, right}}
	var head []string
	for _, h := range []string{string(by), "code", "year", "kind", "scope", "sum 元", "amounts", "year before", "difference"} {
		head = append(head, p.out.bold(h))
	}
	t.add(head...)
	for _, s := range shares {
		before, change := "—", ""
		if s.Before != nil {
			before, change = yuan(*s.Before), difference(&comparison.Figure{Amount: *s.Before}, *s.Difference)
		}
		t.add(s.Name(), s.Code, strconv.Itoa(s.Year), string(s.Kind), string(s.Scope), yuan(s.Sum), strconv.Itoa(s.Count), before, change)
	}
	if len(shares) > 0 {
		p.out.printf("%s", t.String())
	}
	for _, s := range shares {
		if s.Reason != nil {
			p.out.printf("%s %s %d: %s  %s\n", s.Name(), s.Code, s.Year, shorten(s.Reason.Text, maxShownText), p.out.faint(pageOf(s.Reason.Page)))
		}
	}
	p.remark("%s", plural(len(shares), "sum"))
}
