package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web"
	"yusuan/worker/source"
)

type coverageCommand struct {
	Expect string                 `placeholder:"LIST" help:"Units that should publish: CSV with a column unit (单位), and region, year and kind where they matter; or one name a line."`
	Region []string               `placeholder:"NAME" help:"Only this region, or part of its name; =NAME is the whole name."`
	Unit   []string               `placeholder:"NAME" help:"Only this unit, or part of its name; =NAME is the whole name."`
	Year   string                 `placeholder:"YEARS" help:"Fiscal years: 2024, 2022-2024. Both ends given, each year between is expected."`
	Kind   []schemas.DocumentKind `enum:"budget,final_accounts,unknown" placeholder:"KIND" help:"budget (预算), final_accounts (决算) or unknown."`
	Scope  []schemas.Scope        `enum:"unit,department,unknown" placeholder:"SCOPE" help:"unit (单位), department (部门) or unknown."`
}

// Help is the long form, with an example.
func (coverageCommand) Help() string {
	return `Says which units have published which years, budgets (预) and final accounts (决); with --expect, what is missing, and why if a file of it
was rejected or waits for OCR.

  yusuan coverage --region 青禾县
  yusuan coverage --expect units.csv --year 2023-2024 --kind budget`
}

// filters are those of the index. The list of what is expected is not narrowed by them but by region and unit.
func (c *coverageCommand) filters() (indexer.Filters, error) {
	f := indexer.Filters{Region: c.Region, Unit: c.Unit, Kind: c.Kind, Scope: c.Scope}
	var err error
	if f.YearFrom, f.YearTo, err = parseYears(c.Year); err != nil {
		return f, err
	}
	return f, f.Check(indexer.Disclosures)
}

// Run lists what there is and what is missing.
func (c *coverageCommand) Run(ctx context.Context, p *program) error {
	f, err := c.filters()
	if err != nil {
		return err
	}
	expected, err := c.expected()
	if err != nil {
		return err
	}
	s, err := p.readIndex(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	published, err := web.Publications(ctx, s, f)
	if err != nil {
		return err
	}
	cover := checker.Cover(published, expected, yearsBetween(f.YearFrom, f.YearTo), c.Kind)
	if err := explainMissing(ctx, s, cover.Missing); err != nil {
		return err
	}
	if p.JSON {
		return p.out.json(cover)
	}
	p.printCoverage(&cover, c.Expect != "")
	return nil
}

// expected reads the list. Units that --region and --unit leave out of what is published are not expected either.
func (c *coverageCommand) expected() ([]checker.Expectation, error) {
	if c.Expect == "" {
		return nil, nil
	}
	units, err := source.ReadUnits(c.Expect)
	if err != nil {
		return nil, usageError("--expect %w", err)
	}
	if len(units) == 0 {
		return nil, usageError("--expect %s: there is no unit in it", c.Expect)
	}
	var out []checker.Expectation
	for _, u := range units {
		if chosen(c.Unit, u.Unit) && chosen(c.Region, u.Region+u.Unit) {
			out = append(out, checker.Expectation{Unit: u.Unit, Region: u.Region, Year: u.Year, Kind: u.Kind})
		}
	}
	return out, nil
}

// chosen reports whether a filter by names selects the name.
func chosen(values []string, name string) bool {
	return len(values) == 0 || slices.ContainsFunc(values, func(v string) bool {
		_, v = indexer.Exact(v)
		return strings.Contains(indexer.Fold(name), indexer.Fold(v))
	})
}

// yearsBetween are the years that a closed range names; none of an open one.
func yearsBetween(from, to int) []int {
	if from == 0 || to == 0 {
		return nil
	}
	var years []int
	for y := from; y <= to; y++ {
		years = append(years, y)
	}
	return years
}

// explainMissing finds files in the ledger that were said to be of what is missing, and were not read.
func explainMissing(ctx context.Context, s ledger, missing []checker.Missing) error {
	if len(missing) == 0 {
		return nil
	}
	unread := indexer.EntryFilter{States: []schemas.State{schemas.Rejected, schemas.Failed, schemas.OCRNeeded, schemas.Queued, schemas.Working}}
	return s.Entries(ctx, unread, func(e schemas.Entry) error {
		for i := range missing {
			if m := &missing[i]; m.Reason == "" && m.Concerns(e.Claims) {
				m.Reason = strings.Join(slices.DeleteFunc([]string{string(e.State), string(e.Code), e.FileName, e.URL}, func(s string) bool { return s == "" }), " ")
			}
		}
		return nil
	})
}

func (p *program) printCoverage(c *checker.Coverage, expecting bool) {
	years := c.Years
	if slices.ContainsFunc(c.Units, func(u checker.UnitCoverage) bool {
		return slices.ContainsFunc(u.Published, func(p checker.Publication) bool { return p.Year == 0 })
	}) {
		years = append([]int{0}, years...)
	}
	t := sheet{}
	head := []string{p.out.bold("region"), p.out.bold("unit")}
	for _, y := range years {
		head = append(head, p.out.bold(yearLabel(y)))
	}
	t.add(head...)
	total := 0
	for _, u := range c.Units {
		row := []string{u.Region, u.Unit}
		for _, y := range years {
			row = append(row, kindsOf(u.Published, y))
		}
		total += len(u.Published)
		t.add(row...)
	}
	if len(c.Units) > 0 {
		p.out.printf("%s", t.String())
	}
	p.printMissing(c)
	line := fmt.Sprintf("%s of %s", plural(total, "disclosure"), plural(len(c.Units), "unit"))
	if expecting {
		line += fmt.Sprintf("; %d of %d expected are missing", len(c.Missing), c.Expected)
	}
	p.remark("%s", line)
}

func (p *program) printMissing(c *checker.Coverage) {
	if len(c.Missing) > 0 {
		p.out.printf("\n%s\n", p.out.bold("缺 · Missing"))
		var t sheet
		for _, m := range c.Missing {
			t.add("  "+m.Region, m.Unit, fmt.Sprint(m.Year), m.Kind.Label(), m.Reason)
		}
		p.out.printf("%s", t.String())
	}
	if len(c.Unlisted) > 0 {
		p.out.printf("\n%s\n", p.out.bold("不在名单 · Not in the list"))
		for _, u := range c.Unlisted {
			if u == "" {
				u = "(unit unknown)"
			}
			p.out.printf("  %s\n", u)
		}
	}
}

func yearLabel(y int) string {
	if y == 0 {
		return "year?"
	}
	return fmt.Sprint(y)
}

// kindsOf are the kinds that were published for a year, such as 预 决; with how many where there are several.
func kindsOf(published []checker.Publication, year int) string {
	var out []string
	for _, k := range []struct {
		kind schemas.DocumentKind
		mark string
	}{{schemas.Budget, "预"}, {schemas.FinalAccounts, "决"}, {schemas.UnknownKind, "?"}} {
		n := 0
		for _, p := range published {
			if p.Year == year && p.Kind == k.kind {
				n++
			}
		}
		switch {
		case n == 1:
			out = append(out, k.mark)
		case n > 1:
			out = append(out, fmt.Sprintf("%s×%d", k.mark, n))
		}
	}
	return strings.Join(out, " ")
}
