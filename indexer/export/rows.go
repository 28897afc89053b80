package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// An item is a line item as it is exported. The tags are Parquet's; the columns of CSV have the same names.
type item struct {
	DisclosureID   string   `parquet:"disclosure_id,dict"`
	SHA256         string   `parquet:"sha256,dict"`
	FileName       string   `parquet:"file_name,dict"`
	Region         string   `parquet:"region,dict"`
	Province       string   `parquet:"province,dict"`
	City           string   `parquet:"city,dict"`
	County         string   `parquet:"county,dict"`
	Unit           string   `parquet:"unit,dict"`
	UnitType       string   `parquet:"unit_type,dict"`
	FiscalYear     *int32   `parquet:"fiscal_year,optional"`
	DocumentKind   string   `parquet:"document_kind,dict"`
	Scope          string   `parquet:"scope,dict"`
	Current        bool     `parquet:"current"`
	Form           string   `parquet:"form,dict"`
	TableNumber    string   `parquet:"table_number,dict"`
	TableTitle     string   `parquet:"table_title,dict"`
	Seq            int32    `parquet:"seq"`
	Row            int32    `parquet:"row"`
	Column         int32    `parquet:"column"`
	Side           string   `parquet:"side,dict"`
	Classification string   `parquet:"classification,dict"`
	CodeLevel      string   `parquet:"code_level,dict"`
	Code           string   `parquet:"code,dict"`
	FunctionalCode string   `parquet:"functional_code,dict"`
	EconomicCode   string   `parquet:"economic_code,dict"`
	Name           string   `parquet:"name,dict"`
	Line           string   `parquet:"line,dict"`
	Header         string   `parquet:"header,dict"`
	Measure        string   `parquet:"measure,dict"`
	Period         string   `parquet:"period,dict"`
	AmountYuan     *float64 `parquet:"amount_yuan,optional"`
	AmountFen      *int64   `parquet:"amount_fen,optional"`
	ChangeYuan     *float64 `parquet:"change_yuan,optional"`
	ChangeFen      *int64   `parquet:"change_fen,optional"`
	AmountText     string   `parquet:"amount_text"`
	UnitOfMeasure  string   `parquet:"unit_of_measure,dict"`
	State          string   `parquet:"state,dict"`
	Page           int32    `parquet:"page"`
	Box            string   `parquet:"box"`
	Link           string   `parquet:"link,dict"`
}

// A field is a column with what it means.
type field struct {
	name        string
	kind        string // as the Table Schema of Frictionless Data has it
	columnType  string // what it is of a budget, as the Fiscal Data Package has it; "" is nothing that it has a word for
	description string
}

// itemFields are the columns of items, in their order.
func itemFields() []field {
	return slices.Concat([]field{
		{"disclosure_id", "string", "budget-line-id:disclosure", "The PDF as read: the first 32 digits of sha256."},
		{"sha256", "string", "", "SHA-256 of the PDF."},
		{"file_name", "string", "", "Name of the PDF."},
	}, unitFields("geo:source:code", "administrative-classification:generic:code"), []field{
		{"fiscal_year", "integer", "date:fiscal-year", "Fiscal year of the disclosure; an amount of the period previous is of the year before."},
		{"document_kind", "string", "phase:id", "budget (预算), final_accounts (决算) or unknown."},
		{"scope", "string", "reporting-scope:code", "unit (单位), department (部门, with its units in it) or unknown."},
		{"current", "boolean", "", "False where a newer version has taken its place."},
		{"form", "string", "budget-form:code", "The standard form that the table is."},
		{"table_number", "string", "", "As printed."},
		{"table_title", "string", "", "As printed."},
		{"seq", "integer", "budget-line-id:number", "Place among the amounts of the disclosure, from 1."},
		{"row", "integer", "", "Row in the body of the table, from 1."},
		{"column", "integer", "", "Column of the table, from 1."},
		{"side", "string", "budget-side:code", "收入, 支出 and the like, where a table has several sides."},
		{"classification", "string", "", "functional (功能分类) or economic (经济分类)."},
		{"code_level", "string", "", "class (类), section (款) or item (项)."},
		{"code", "string", "", "Classification code."},
		{"functional_code", "string", "functional-classification:generic:code", "The code where it is of the functional classification."},
		{"economic_code", "string", "economic-classification:generic:code", "The code where it is of the economic classification."},
		{"name", "string", "", "Name of the row, as printed."},
		{"line", "string", "budget-line-name", "Of rows without a code: the name without its numbering, with the side."},
		{"header", "string", "", "Headers over the column."},
		{"measure", "string", "value-kind:code", "What the column holds, whatever it is called."},
		{"period", "string", "value-kind:code:period", "year, planned, adjusted, previous or change."},
		{"amount_yuan", "number", "value", "Amount in 元; empty where what is printed is no amount."},
		{"amount_fen", "integer", "", "The same in 分, exactly."},
		{"change_yuan", "number", "", "By how many 元 it differs from last year's of the same row and measure, where the row prints that."},
		{"change_fen", "integer", "", "The same in 分, exactly."},
		{"amount_text", "string", "", "As printed."},
		{"unit_of_measure", "string", "", "What amount_text counts."},
		{"state", "string", "", "figure, zero or unparsed."},
		{"page", "integer", "", "Page of the PDF, from 1."},
		{"box", "string", "", "Left, top, right, bottom on the page, in points from its top left."},
		{"link", "string", "", "Address of the page, where the PDF was published at one."},
	})
}

// unitFields are the columns of where and what a unit is, with what region and unit are of a budget.
func unitFields(geo, administrative string) []field {
	return []field{
		{"region", "string", geo, "County, city or province."},
		{"province", "string", "", "The province that the region lies in, by its official name, where that is known."},
		{"city", "string", "", "Likewise the city or prefecture."},
		{"county", "string", "", "Likewise the county or district."},
		{"unit", "string", administrative, "Name of the unit, as printed."},
		{"unit_type", "string", "", "What the unit is, by its name: government, school, medical and so on."},
	}
}

// newItem is a line item with its PDF.
func newItem(it *indexer.LineItem, pdf schemas.Source) item {
	out := item{
		DisclosureID: it.DisclosureID, SHA256: pdf.SHA256, FileName: pdf.FileName, Region: it.Region, Province: it.Province, City: it.City, County: it.County,
		Unit: it.Unit, UnitType: string(it.UnitType), DocumentKind: string(it.DocumentKind),
		Scope: string(it.Scope), Current: it.Current, Form: string(it.Form), TableNumber: it.TableNumber, TableTitle: it.TableTitle,
		Seq: int32(it.Seq), Row: int32(it.Row) + 1, Column: int32(it.Column) + 1, Side: it.Side, Classification: string(it.Classification), CodeLevel: string(it.CodeLevel), Code: it.Code,
		Name: it.Name, Line: it.Line, Header: it.Header, Measure: string(it.Measure), Period: string(it.Period), AmountText: it.AmountText,
		UnitOfMeasure: string(it.UnitOfMeasure), State: string(it.State), Page: int32(it.Page), Box: BoxText(it.Box), Link: pageLink(pdf.URI, it.Page),
	}
	switch it.Classification {
	case indexer.Functional:
		out.FunctionalCode = it.Code
	case indexer.Economic:
		out.EconomicCode = it.Code
	}
	if it.FiscalYear != nil {
		year := int32(*it.FiscalYear)
		out.FiscalYear = &year
	}
	out.AmountFen, out.AmountYuan = numbers(it.Amount)
	out.ChangeFen, out.ChangeYuan = numbers(it.Change)
	return out
}

// numbers are an amount in 分 and in 元; nil is none.
func numbers(f *schemas.Fen) (fen *int64, yuan *float64) {
	if f == nil {
		return nil, nil
	}
	whole, number := int64(*f), float64(*f)/100
	return &whole, &number
}

// texts are the values in the order of itemFields; "" is none.
func (i *item) texts() []string {
	year := ""
	if i.FiscalYear != nil {
		year = strconv.Itoa(int(*i.FiscalYear))
	}
	yuan, fen := numberTexts(i.AmountFen)
	changeYuan, changeFen := numberTexts(i.ChangeFen)
	return []string{
		i.DisclosureID, i.SHA256, i.FileName, i.Region, i.Province, i.City, i.County, i.Unit, i.UnitType, year, i.DocumentKind, i.Scope, strconv.FormatBool(i.Current), i.Form, i.TableNumber, i.TableTitle,
		strconv.Itoa(int(i.Seq)), strconv.Itoa(int(i.Row)), strconv.Itoa(int(i.Column)), i.Side, i.Classification, i.CodeLevel, i.Code, i.FunctionalCode, i.EconomicCode, i.Name, i.Line, i.Header, i.Measure, i.Period, yuan, fen, changeYuan, changeFen,
		i.AmountText, i.UnitOfMeasure, i.State, strconv.Itoa(int(i.Page)), i.Box, i.Link,
	}
}

// numberTexts are an amount as texts, in 元 and in 分; "" is none.
func numberTexts(fen *int64) (inYuan, inFen string) {
	if fen == nil {
		return "", ""
	}
	return schemas.Fen(*fen).String(), strconv.FormatInt(*fen, 10)
}

// BoxText writes a box as four numbers; "" is none.
func BoxText(b *schemas.Box) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%.1f %.1f %.1f %.1f", b[0], b[1], b[2], b[3])
}

// pageLink is the address of a page of a PDF on the web.
func pageLink(uri string, page int) string {
	if !strings.HasPrefix(uri, "http://") && !strings.HasPrefix(uri, "https://") || page == 0 {
		return ""
	}
	uri, _, _ = strings.Cut(uri, "#")
	return uri + "#page=" + strconv.Itoa(page)
}

// Harmless keeps a spreadsheet from taking a text of CSV for a formula: = + - @ at its beginning get a ' before them. A number stays one.
func Harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(strings.ReplaceAll(cell, ",", ""), 64); err == nil {
		return cell
	}
	return "'" + cell
}

// Columns are the names of the columns of items.csv, for lists that are made elsewhere.
func Columns() []string { return names(itemFields()) }

// Row is a line item of a PDF in the order of Columns; "" is none.
func Row(it *indexer.LineItem, pdf schemas.Source) []string {
	row := newItem(it, pdf)
	return row.texts()
}

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}
