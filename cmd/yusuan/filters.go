package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// filters are the flags that search and items have in common.
type filters struct {
	Region     []string               `placeholder:"NAME" help:"Region or a division around it, or part of its name; =NAME is the whole name."`
	Unit       []string               `placeholder:"NAME" help:"Unit, or part of its name; =NAME is the whole name."`
	Year       string                 `placeholder:"YEARS" help:"Fiscal year: 2024, 2022-2024, 2022-, or --year=-2024."`
	Kind       []schemas.DocumentKind `enum:"budget,final_accounts,unknown" placeholder:"KIND" help:"budget (预算), final_accounts (决算) or unknown."`
	Scope      []schemas.Scope        `enum:"unit,department,unknown" placeholder:"SCOPE" help:"unit (单位), department (部门) or unknown."`
	Table      []string               `placeholder:"FORM" help:"A form such as three_public_expenses, or words of a table's number or title."`
	Code       []string               `placeholder:"CODE" help:"Classification code, or how it begins: 208."`
	Min        string                 `placeholder:"AMOUNT" help:"Least amount, in yuan or with a unit: 5000, 1.5万元."`
	Max        string                 `placeholder:"AMOUNT" help:"Largest amount."`
	UnitType   []string               `name:"unit-type" placeholder:"TYPE" help:"government (政府), party (党委), school (学校), medical (医疗卫生), institution (事业单位), township (乡镇街道) …"`
	TextSource []string               `name:"text-source" placeholder:"SOURCE" help:"Where the PDF's text came from: text, ocr or mixed."`
	Disclosure []string               `placeholder:"ID" help:"Whole ID of a disclosure, 32 hex digits; of a superseded one with --all-versions."`
	State      []indexer.State        `enum:"figure,zero,unparsed,declared-empty,blank" placeholder:"STATE" help:"figure, zero, unparsed, declared-empty or blank."`
	Sort       indexer.Sort           `enum:",relevance,year,unit,region,amount,change,document" default:"" placeholder:"ORDER" help:"relevance, year, unit, region, amount, change (of amounts, against last year's) or document."`
	Limit      int                    `placeholder:"N" help:"How many to show (default 20)."`
	After      string                 `placeholder:"CURSOR" help:"Go on where the page before ended."`

	Synonyms    string `placeholder:"FILE" help:"Words that find each other, one group a line (公车, 公务用车), beside those that the program knows."`
	AllVersions bool   `help:"Also what a newer version of the same disclosure has taken the place of."`
}

// columnFilters are the flags that choose columns of amounts.
type columnFilters struct {
	Header  []string `placeholder:"WORDS" help:"Words over the amount's column: 合计, 基本支出."`
	Measure []string `placeholder:"MEASURE" help:"What the amount's column holds, whatever its header: total (合计), basic (基本支出), project (项目支出), reception (公务接待费) …; see docs/index.md."`
	Period  []string `placeholder:"PERIOD" help:"year (of the disclosure itself), planned (预算数 beside what came of it), adjusted (调整预算数), previous (上年) or change (增减)."`
}

// columns adds them to the query.
func (f columnFilters) columns(q *indexer.Query) error {
	q.Header = f.Header
	return q.ReadColumns(f.Measure, f.Period)
}

// query is the query without its text.
func (f filters) query() (indexer.Query, error) {
	q := indexer.Query{Sort: f.Sort, Limit: f.Limit, After: f.After, AllVersions: f.AllVersions, Filters: indexer.Filters{
		Region: f.Region, Unit: f.Unit, Kind: f.Kind, Scope: f.Scope, Form: f.Table, Code: f.Code, State: f.State,
	}}
	var err error
	if q.Dictionary, err = readSynonyms(f.Synonyms); err != nil {
		return q, err
	}
	for name, values := range map[string][]string{"unit_type": f.UnitType, "text_source": f.TextSource, "disclosure": f.Disclosure} {
		if len(values) == 0 {
			continue
		}
		if err := q.Read(name, strings.Join(values, ",")); err != nil {
			return q, err
		}
	}
	if q.YearFrom, q.YearTo, err = parseYears(f.Year); err != nil {
		return q, err
	}
	if q.Min, err = parseBound("min", f.Min); err != nil {
		return q, err
	}
	q.Max, err = parseBound("max", f.Max)
	return q, err
}

// readSynonyms gives the program's dictionary with the synonyms of a file; "" is none.
func readSynonyms(name string) (*indexer.Dictionary, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError("--synonyms %s: %s", name, plainly(err))
	}
	defer f.Close()
	d, err := indexer.StandardDictionary().WithSynonyms(f)
	if err != nil {
		return nil, usageError("--synonyms %s: %w", name, err)
	}
	return d, nil
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
		if s != "" && (e != nil || !indexer.CheckYear(n)) {
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

// parseBound reads an amount; "" is none.
func parseBound(flag, text string) (*schemas.Fen, error) {
	if text == "" {
		return nil, nil
	}
	fen, ok := indexer.ParseYuan(text)
	if !ok {
		return nil, usageError("--%s %q: want an amount such as 5000 (yuan) or 1.5万元", flag, text)
	}
	return &fen, nil
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

// queryHelp says how a query is typed.
const queryHelp = `
A query in quotes, so that the shell leaves it alone, has
  三公经费 减少                  both words; 三公经费减少的原因 is taken apart into its words
  '"减少 主要原因"'              a phrase, as it stands
  '三公 OR 会议费'               either; AND, OR, NOT are upper case
  '三公经费 -公务接待费'         without; also NOT
  '(三公 OR 会议费) 减少'        brackets
  'unit:图书馆 year:2023..2024 code:208,210 amount:>100万'
                                 filters, here or as flags; fields are
                                 ` + "%s" + `
The name of a unit or a region and a year are met by whose disclosure it is: 图书馆 2024年 三公经费. Traditional characters find
simplified ones, full-width figures half-width ones, and a word finds its synonyms (公车: 公务用车).`

// withQueryHelp is the help of a command that takes a query.
func withQueryHelp(text string) string {
	return text + "\n" + fmt.Sprintf(queryHelp, strings.Join(indexer.FieldNames(), ", "))
}
