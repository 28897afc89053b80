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
	Header []string            `placeholder:"WORDS" help:"Words over the amount's column: 合计, 基本支出."`
	Facets bool                `help:"Count the items by region, unit, year and so on."`
	SumBy  []indexer.Dimension `enum:"region,unit,year,code,kind,scope,form,header,state" placeholder:"BY" help:"Add the amounts up by these, such as unit,year. A query that finds a total and its parts counts twice: choose --table and --header."`
	Query  []string            `arg:"" optional:"" help:"What to find in the row, the header and the table's title; see above."`
}

// Help is the long form, with an example.
func (itemsCommand) Help() string {
	return withQueryHelp(`Finds amounts in tables by the row's code and name, the column's header and the table. Amounts are in yuan, with what is printed beside.

  yusuan items --code 2080101 --year 2024
  yusuan items --table general_public_expenditure --header 合计 --code 208 --sum-by unit,year`)
}

// whole is the query, checked.
func (c *itemsCommand) whole() (indexer.Query, error) {
	q, err := c.query()
	if err != nil {
		return q, err
	}
	q.Text, q.Header, q.Facets = strings.Join(c.Query, " "), c.Header, c.Facets
	if _, err := q.Prepare(indexer.Items); err != nil {
		return q, err
	}
	return q, indexer.CheckDimensions(c.SumBy)
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
	p.printItems(res)
	return nil
}

// A sumResult is what --sum-by prints with --json.
type sumResult struct {
	By     []indexer.Dimension `json:"by"`
	Groups []indexer.Group     `json:"groups"`
}

func (c *itemsCommand) sum(ctx context.Context, p *program, s finder, q indexer.Query) error {
	groups, err := s.Sum(ctx, q, c.SumBy)
	if err != nil {
		return err
	}
	if p.JSON {
		if groups == nil {
			groups = []indexer.Group{}
		}
		return p.out.json(sumResult{c.SumBy, groups})
	}
	p.printSums(c.SumBy, groups)
	p.remark("%s", plural(len(groups), "sum"))
	return nil
}

// printSums prints one line a sum. The level of the codes has a column where there are several: they must not be added.
func (p *program) printSums(by []indexer.Dimension, groups []indexer.Group) {
	groups = slices.Clone(groups)
	slices.SortStableFunc(groups, func(a, b indexer.Group) int {
		return cmp.Or(slices.Compare(a.Keys, b.Keys), cmp.Compare(a.Classification, b.Classification), cmp.Compare(depth(a.Level), depth(b.Level)))
	})
	levels := map[string]bool{}
	for _, g := range groups {
		levels[level(g)] = true
	}
	var t sheet
	var head []string
	for _, d := range by {
		head = append(head, p.out.bold(string(d)))
		t.aligns = append(t.aligns, left)
	}
	if len(levels) > 1 {
		head = append(head, p.out.bold("level"))
		t.aligns = append(t.aligns, left)
	}
	t.aligns = append(t.aligns, right, right)
	t.add(append(head, p.out.bold("sum 元"), p.out.bold("items"))...)
	for _, g := range groups {
		row := append([]string{}, g.Keys...)
		if len(levels) > 1 {
			row = append(row, level(g))
		}
		t.add(append(row, yuan(g.Sum), fmt.Sprint(g.Count))...)
	}
	if len(groups) > 0 {
		p.out.printf("%s", t.String())
	}
}

// depth is 0 for no code, 1 for a class (类), 2 for a section (款), 3 for an item (项).
func depth(l indexer.CodeLevel) int {
	return slices.Index([]indexer.CodeLevel{"", indexer.ClassLevel, indexer.SectionLevel, indexer.ItemLevel}, l)
}

// level says which codes a sum is of.
func level(g indexer.Group) string {
	if g.Level == "" {
		return "no code"
	}
	return fmt.Sprintf("%s %s", g.Classification, g.Level)
}

// printItems prints one line an item.
func (p *program) printItems(res indexer.ItemResult) {
	t := sheet{aligns: []align{left, left, left, left, left, left, right, right, left}}
	var head []string
	for _, h := range []string{"unit", "year", "table", "code", "name", "column", "元", "printed", "page"} {
		head = append(head, p.out.bold(h))
	}
	t.add(head...)
	for i := range res.Items {
		it := &res.Items[i]
		t.add(it.Unit, yearOf(it.FiscalYear), tableLabel(it), it.Code, shorten(it.Name, 20), shorten(it.Header, 24), amount(it.Amount),
			it.AmountText+" "+string(it.UnitOfMeasure), fmt.Sprint(it.Page))
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
