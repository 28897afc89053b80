package export

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
)

// sheetForms are the sheets in their order: what each is called, and its form.
func sheetForms() []sheetForm {
	return []sheetForm{
		{"收支总表", "revenue_expenditure_summary"}, {"收入总表", "revenue_summary"}, {"支出总表", "expenditure_summary"}, {"财政拨款收支总表", "fiscal_appropriation_summary"},
		{"一般公共预算支出", "general_public_expenditure"}, {"基本支出", "general_public_basic_expenditure"}, {"项目支出", "general_public_project_expenditure"},
		{"政府性基金", "government_fund_expenditure"}, {"国有资本经营", "state_capital_expenditure"}, {"三公经费", "three_public_expenses"}, {"结转结余", "carryover"}, {otherSheet, "other"},
	}
}

// A sheetForm is a form with its sheet.
type sheetForm struct{ sheet, form string }

// otherSheet has the items of no standard form.
const otherSheet = "其他"

// sheetOf is the number of a form's sheet in sheetForms.
func sheetOf(form string) int {
	forms := sheetForms()
	if i := slices.IndexFunc(forms, func(s sheetForm) bool { return s.form == form }); i >= 0 {
		return i
	}
	return len(forms) - 1
}

// xlsx writes a sheet a form, figures as numbers, codes as text.
func (x *exporter) xlsx(ctx context.Context, to io.Writer) (n int, err error) {
	forms, columns := sheetForms(), names(itemFields())
	sheets := make([]*sheet, len(forms))
	for i, f := range forms {
		sheets[i] = newSheet(x.dir, f.sheet, columns)
	}
	defer func() {
		for _, s := range sheets {
			err = firstOf(err, s.close())
		}
	}()
	err = x.each(ctx, func(it *item) error {
		n++
		return sheets[sheetOf(it.Form)].write(it.cells(columns))
	})
	if err != nil {
		return n, err
	}
	if n == 0 { // a book has one sheet at least
		if err := sheets[len(sheets)-1].begin(); err != nil {
			return 0, err
		}
	}
	return n, writeBook(to, sheets)
}

// A formula is what a cell is computed by, with its value.
type formula struct{ expression, value string }

// cells are the values in the order of the columns, which are itemFields; nil is none. Numbers are numbers; a link is one that can be
// followed.
func (i *item) cells(columns []string) []any {
	texts := i.texts()
	out := make([]any, len(texts))
	for n, text := range texts {
		if text != "" {
			out[n] = text
		}
	}
	set := func(name string, v any) { out[slices.Index(columns, name)] = v }
	number := func(n int32) float64 { return float64(n) }
	set("seq", number(i.Seq))
	set("row", number(i.Row))
	set("column", number(i.Column))
	set("page", number(i.Page))
	set("current", i.Current)
	if i.FiscalYear != nil {
		set("fiscal_year", number(*i.FiscalYear))
	}
	if i.ChangeYuan != nil {
		set("change_yuan", *i.ChangeYuan)
		set("change_fen", *i.ChangeFen)
	}
	if i.AmountYuan != nil {
		set("amount_yuan", *i.AmountYuan)
		set("amount_fen", *i.AmountFen)
	}
	if i.Link != "" && len(i.Link) < 250 { // Excel takes no longer text in a formula
		set("link", formula{`HYPERLINK("` + strings.ReplaceAll(i.Link, `"`, "%22") + `")`, i.Link})
	}
	return out
}

// columnName is the name of a column of a sheet, from 0: A, …, Z, AA, ….
func columnName(n int) string {
	name := ""
	for n++; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// appendCell appends a cell of a row (ECMA-376 part 1, 18.3.1.4), style 0 or 1.
func appendCell(b []byte, at string, style int, v any) []byte {
	b = append(b, `<c r="`+at+`"`...)
	if style > 0 {
		b = append(b, ` s="`+strconv.Itoa(style)+`"`...)
	}
	switch v := v.(type) {
	case string:
		b = append(b, ` t="inlineStr"><is><t xml:space="preserve">`...)
		b = appendText(b, v)
		return append(b, `</t></is></c>`...)
	case bool:
		b = append(b, ` t="b"><v>`...)
		if v {
			b = append(b, '1')
		} else {
			b = append(b, '0')
		}
	case float64:
		b = append(b, `><v>`...)
		b = strconv.AppendFloat(b, v, 'f', -1, 64)
	case int64:
		b = append(b, `><v>`...)
		b = strconv.AppendInt(b, v, 10)
	case formula:
		b = append(b, ` t="str"><f>`...)
		b = appendText(b, v.expression)
		b = append(b, `</f><v>`...)
		b = appendText(b, v.value)
	}
	return append(b, `</v></c>`...)
}
