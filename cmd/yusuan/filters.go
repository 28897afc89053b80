package main

import (
	"fmt"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// filters are the flags that search and items have in common.
type filters struct {
	Region []string               `placeholder:"NAME" help:"Region, or part of its name; =NAME is the whole name."`
	Unit   []string               `placeholder:"NAME" help:"Unit, or part of its name; =NAME is the whole name."`
	Year   string                 `placeholder:"YEARS" help:"Fiscal year: 2024, 2022-2024, 2022-, or --year=-2024."`
	Kind   []schemas.DocumentKind `enum:"budget,final_accounts,unknown" placeholder:"KIND" help:"budget (预算), final_accounts (决算) or unknown."`
	Scope  []schemas.Scope        `enum:"unit,department,unknown" placeholder:"SCOPE" help:"unit (单位), department (部门) or unknown."`
	Table  []string               `placeholder:"FORM" help:"A form such as three_public_expenses, or words of a table's number or title."`
	Code   []string               `placeholder:"CODE" help:"Classification code, or how it begins: 208."`
	Min    string                 `placeholder:"AMOUNT" help:"Least amount, in yuan or with a unit: 5000, 1.5万元."`
	Max    string                 `placeholder:"AMOUNT" help:"Largest amount."`
	State  []indexer.State        `enum:"figure,zero,unparsed,declared-empty,blank" placeholder:"STATE" help:"figure, zero, unparsed, declared-empty or blank."`
	Sort   indexer.Sort           `enum:",relevance,year,unit,region,amount,document" default:"" placeholder:"ORDER" help:"relevance, year, unit, region, amount or document."`
	Limit  int                    `placeholder:"N" help:"How many to show (default 20)."`
	After  string                 `placeholder:"CURSOR" help:"Go on where the page before ended."`

	AllVersions bool `help:"Also what a newer version of the same disclosure has taken the place of."`
}

// query is the query without its text.
func (f filters) query() (indexer.Query, error) {
	q := indexer.Query{
		Region: f.Region, Unit: f.Unit, Kind: f.Kind, Scope: f.Scope, Form: f.Table, Code: f.Code, State: f.State,
		Sort: f.Sort, Limit: f.Limit, After: f.After, AllVersions: f.AllVersions,
	}
	var err error
	if q.YearFrom, q.YearTo, err = parseYears(f.Year); err != nil {
		return q, err
	}
	if q.Min, err = parseBound("min", f.Min); err != nil {
		return q, err
	}
	q.Max, err = parseBound("max", f.Max)
	return q, err
}

// parseYears reads a year or a range of them; 0 is open.
func parseYears(text string) (from, to int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	year := func(s string) int {
		n, e := strconv.Atoi(s)
		if s != "" && (e != nil || n < 1949 || n > 2200) {
			err = usageError("--year %q: want a year such as 2024, or 2022-2024", text)
		}
		return n
	}
	from, to = year(first), year(last)
	if err == nil && from == 0 && to == 0 {
		err = usageError("--year %q: want a year such as 2024, or 2022-2024", text)
	}
	return from, to, err
}

// parseBound reads an amount: yuan, or with a unit behind it (万 is 万元).
func parseBound(flag, text string) (*schemas.Fen, error) {
	if text == "" {
		return nil, nil
	}
	number := strings.TrimRight(text, "元千百万亿 ")
	unit := strings.TrimSpace(text[len(number):])
	if !strings.HasSuffix(unit, "元") {
		unit += "元"
	}
	a, ok := schemas.ParseAmount(number, schemas.UnitOfMeasure(unit))
	if !ok {
		return nil, usageError("--%s %q: want an amount such as 5000 (yuan) or 1.5万元", flag, text)
	}
	return &a.Fen, nil
}

// line writes the filters of the demo as they are typed.
func (f filters) line() string {
	line := flagLine("code", f.Code) + flagLine("table", f.Table)
	if f.Limit > 0 {
		line += fmt.Sprintf(" --limit %d", f.Limit)
	}
	return line
}

// flagLine writes a flag as it is typed, or nothing where it has no value.
func flagLine(name string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	return " --" + name + " " + strings.Join(values, ",")
}
