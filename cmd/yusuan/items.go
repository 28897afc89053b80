package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

type itemsCommand struct {
	filters
	columnFilters
	Facets     bool                `help:"Count the items by region, unit, year and so on."`
	SumBy      []indexer.Dimension `placeholder:"BY" help:"Add the amounts up by these, such as unit,year. Forms, kinds, scopes, levels of codes, measures and periods are never added to each other; without --header, --measure, --period or words it is the totals of the year itself. Also province, city, county, unit_type, kind, form, measure and the like."`
	YearOnYear bool                `help:"Set beside each sum that of the year before; --sum-by must have the year."`
	Order      indexer.SumOrder    `enum:",keys,sum,average,change" default:"" placeholder:"ORDER" help:"Of sums: keys, sum, average or change (against the year before)."`
	Top        int                 `placeholder:"N" help:"Only the first N sums."`
	Query      []string            `arg:"" optional:"" help:"What to find in the row, the header and the table's title; see above."`
}

// Help is the long form, with an example.
func (itemsCommand) Help() string {
	return withQueryHelp(`Finds amounts in tables by the row's code and name, the column's header and the table. Amounts are in yuan, with what is printed beside.

  yusuan items --code 2080101 --year 2024
  yusuan items --table general_public_expenditure --code 208 --sum-by unit,year`)
}

// whole is the query, checked.
func (c *itemsCommand) whole() (indexer.Query, error) {
	q, err := c.query()
	if err != nil {
		return q, err
	}
	q.Text, q.Facets = strings.Join(c.Query, " "), c.Facets
	if err := c.columns(&q); err != nil {
		return q, err
	}
	o := c.sums()
	if len(c.SumBy) > 0 {
		if err = o.Check(&q); err == nil {
			_, err = q.PrepareSum(c.SumBy)
		}
	} else if c.YearOnYear || c.Order != "" || c.Top != 0 {
		err = usageError("--year-on-year, --order and --top are of sums: give --sum-by")
	} else {
		_, err = q.Prepare(indexer.Items)
	}
	return q, err
}

// sums are the options of sums.
func (c *itemsCommand) sums() indexer.SumOptions {
	return indexer.SumOptions{By: c.SumBy, YearOnYear: c.YearOnYear, Order: c.Order, Top: c.Top}
}

// line is the command as it is typed.
func (c itemsCommand) line() string {
	var by []string
	for _, d := range c.SumBy {
		by = append(by, string(d))
	}
	return strings.TrimSpace("items "+strings.Join(c.Query, " ")) + c.filters.line() + flagLine("header", c.Header) + flagLine("sum-by", by)
}

// Run finds line items, or their sums.
func (c *itemsCommand) Run(ctx context.Context, p *program) error {
	q, err := c.whole()
	if err != nil {
		return err
	}
	s, err := p.readIndex(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if len(c.SumBy) > 0 {
		return c.sum(ctx, p, s, q)
	}
	res, err := s.Items(ctx, q)
	if err != nil {
		return err
	}
	if p.JSON {
		if res.Items == nil {
			res.Items = []indexer.LineItem{}
		}
		return p.out.json(res)
	}
	p.printItems(res, c.Sort == indexer.ByChange)
	return nil
}

func (c *itemsCommand) sum(ctx context.Context, p *program, s finder, q indexer.Query) error {
	res, err := indexer.Sums(ctx, s, q, c.sums())
	if err != nil {
		return err
	}
	if p.JSON {
		return p.out.json(res)
	}
	p.printSums(c, res.Groups)
	if len(res.Groups) < res.Total {
		p.remark("%d of %s", len(res.Groups), plural(res.Total, "sum"))
	} else {
		p.remark("%s", plural(res.Total, "sum"))
	}
	return nil
}

// printSums prints one line a sum. What keeps sums apart beside the dimensions has a column where it is not the same in all.
func (p *program) printSums(c *itemsCommand, groups []indexer.ComparedSum) {
	if len(groups) == 0 {
		return
	}
	if c.Order == "" || c.Order == indexer.SumsByKeys {
		groups = slices.Clone(groups)
		slices.SortStableFunc(groups, func(a, b indexer.ComparedSum) int {
			return cmp.Or(slices.Compare(a.Keys, b.Keys), cmp.Compare(a.DocumentKind, b.DocumentKind), cmp.Compare(a.Form, b.Form),
				cmp.Compare(a.Classification, b.Classification), cmp.Compare(depth(a.Level), depth(b.Level)))
		})
	}
	var t sheet
	var head []string
	columns := sumColumns(c.SumBy, groups)
	for _, c := range columns {
		head = append(head, p.out.bold(c.name))
		t.aligns = append(t.aligns, left)
	}
	figures := figureColumns(c)
	for _, f := range figures {
		head = append(head, p.out.bold(f.name))
		t.aligns = append(t.aligns, right)
	}
	t.add(head...)
	for i := range groups {
		var row []string
		for _, c := range columns {
			row = append(row, c.value(&groups[i].Group))
		}
		for _, f := range figures {
			row = append(row, f.value(&groups[i]))
		}
		t.add(row...)
	}
	p.out.printf("%s", t.String())
}

// A figureColumn is a number of a sum.
type figureColumn struct {
	name  string
	value func(*indexer.ComparedSum) string
}

// figureColumns are what is asked for of each sum.
func figureColumns(c *itemsCommand) []figureColumn {
	maybe := func(f *schemas.Fen) string {
		if f == nil {
			return ""
		}
		return yuan(*f)
	}
	list := []figureColumn{{"sum 元", func(f *indexer.ComparedSum) string { return yuan(f.Sum) }}}
	if c.Order == indexer.SumsByAverage {
		list = append(list, figureColumn{"average 元", func(f *indexer.ComparedSum) string { return yuan(f.Average) }})
	}
	if c.YearOnYear {
		list = append(list, figureColumn{"year before 元", func(f *indexer.ComparedSum) string { return maybe(f.Previous) }},
			figureColumn{"change 元", func(f *indexer.ComparedSum) string { return maybe(f.Change) }},
			figureColumn{"%", func(f *indexer.ComparedSum) string {
				if f.Percent == nil {
					return ""
				}
				return fmt.Sprintf("%+.1f", *f.Percent)
			}})
	}
	list = append(list, figureColumn{"items", func(f *indexer.ComparedSum) string { return fmt.Sprint(f.Count) }})
	if c.YearOnYear {
		list = append(list, figureColumn{"before", func(f *indexer.ComparedSum) string { return fmt.Sprint(f.PreviousCount) }})
	}
	return list
}

// A sumColumn is one of what sums differ in.
type sumColumn struct {
	name  string
	value func(*indexer.Group) string
}

// sumColumns are the dimensions, and what else the groups differ in.
func sumColumns(by []indexer.Dimension, groups []indexer.ComparedSum) []sumColumn {
	var columns []sumColumn
	for i, d := range by {
		columns = append(columns, sumColumn{string(d), func(g *indexer.Group) string { return g.Keys[i] }})
	}
	for _, c := range []sumColumn{
		{string(indexer.KindDimension), func(g *indexer.Group) string { return string(g.DocumentKind) }},
		{string(indexer.ScopeDimension), func(g *indexer.Group) string { return string(g.Scope) }},
		{string(indexer.FormDimension), func(g *indexer.Group) string { return string(g.Form) }},
		{"level", level},
		{"line", func(g *indexer.Group) string { return shorten(g.Line, 24) }},
		{string(indexer.MeasureDimension), func(g *indexer.Group) string { return shorten(string(g.Measure), 24) }},
		{string(indexer.PeriodDimension), func(g *indexer.Group) string { return string(g.Period) }},
	} {
		differ := slices.ContainsFunc(groups, func(g indexer.ComparedSum) bool { return c.value(&g.Group) != c.value(&groups[0].Group) })
		if differ && !slices.Contains(by, indexer.Dimension(c.name)) {
			columns = append(columns, c)
		}
	}
	return columns
}

// depth is 0 for no code, 1 for a class (类), 2 for a section (款), 3 for an item (项).
func depth(l indexer.CodeLevel) int {
	return slices.Index([]indexer.CodeLevel{"", indexer.ClassLevel, indexer.SectionLevel, indexer.ItemLevel}, l)
}

// level says which codes a sum is of.
func level(g *indexer.Group) string {
	if g.Level == "" {
		return "no code"
	}
	return fmt.Sprintf("%s %s", g.Classification, g.Level)
}

// printItems prints one line an item.
func (p *program) printItems(res indexer.ItemResult, changes bool) {
	t := sheet{aligns: []align{left, left, left, left, left, left, right, right, left, right}}
	names := []string{"unit", "year", "table", "code", "name", "column", "元", "printed", "page"}
	if changes {
		names = append(names, "change 元")
	}
	var head []string
	for _, h := range names {
		head = append(head, p.out.bold(h))
	}
	t.add(head...)
	for i := range res.Items {
		it := &res.Items[i]
		row := []string{it.Unit, yearOf(it.FiscalYear), tableLabel(it), it.Code, shorten(it.Name, 20), shorten(it.Header, 24), amount(it.Amount),
			it.AmountText + " " + string(it.UnitOfMeasure), fmt.Sprint(it.Page)}
		if changes && it.Change != nil {
			row = append(row, yuan(*it.Change))
		}
		t.add(row...)
	}
	if len(res.Items) > 0 {
		p.out.printf("%s", t.String())
	}
	p.printFacets(res.Facets)
	p.more(len(res.Items), res.Total, "item")
}

func yearOf(y *int) string {
	if y == nil {
		return ""
	}
	return fmt.Sprint(*y)
}

func tableLabel(it *indexer.LineItem) string {
	if it.TableNumber != "" {
		return it.TableNumber
	}
	return shorten(it.TableTitle, 16)
}

func amount(f *schemas.Fen) string {
	if f == nil {
		return "?"
	}
	return yuan(*f)
}

// yuan writes an amount with separators: 1,234,567.89.
func yuan(f schemas.Fen) string {
	whole, cents, _ := strings.Cut(f.String(), ".")
	sign := ""
	if rest, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + cents
}
