package export

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"yusuan/indexer"
)

// maxSheetRows is how many rows a sheet of XLSX may have.
const maxSheetRows = 1_048_576

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

// A sheet is a form's that is being written.
type sheet struct {
	name    string
	rows    int // that there will be, in all sheets of the form
	number  int // of sheets of the form
	at      int // the last row
	columns []string
	current *excelize.StreamWriter
}

// xlsx writes a sheet a form, figures as numbers, codes as text.
func (x *exporter) xlsx(ctx context.Context) (File, error) {
	return x.file("items.xlsx", func(f *os.File) (n int, err error) {
		book := excelize.NewFile()
		defer func() { err = firstOf(err, book.Close()) }()
		if err := x.makeSheets(ctx, book); err != nil {
			return 0, err
		}
		sheets, columns := map[string]*sheet{}, names(itemFields())
		err = x.each(ctx, x.Query, func(it *item) error {
			n++
			name := sheetName(it.Form)
			s := sheets[name]
			if s == nil {
				s = &sheet{name: name, rows: x.rows[name], columns: columns}
				sheets[name] = s
			}
			return s.write(book, it)
		})
		for _, s := range sheets {
			err = firstOf(err, s.current.Flush())
		}
		if err != nil {
			return n, err
		}
		return n, book.Write(f)
	})
}

// otherSheet has the items of no standard form.
const otherSheet = "其他"

// sheetName is the name of a form's first sheet.
func sheetName(form string) string {
	for _, s := range sheetForms() {
		if s.form == form {
			return s.sheet
		}
	}
	return otherSheet
}

// makeSheets makes the sheets that there will be, in the order of sheetForms: they can't be moved once they are written.
func (x *exporter) makeSheets(ctx context.Context, book *excelize.File) error {
	q := x.Query
	q.Limit, q.Facets = 1, true
	res, err := x.from.Items(ctx, q)
	if err != nil {
		return err
	}
	x.rows = map[string]int{}
	counted := 0
	for _, f := range res.Facets {
		if f.Dimension != indexer.FormDimension {
			continue
		}
		for _, b := range f.Buckets {
			x.rows[sheetName(b.Value)] += b.Count
			counted += b.Count
		}
	}
	x.rows[otherSheet] += res.Total - counted
	first := true
	for _, s := range sheetForms() {
		if x.rows[s.sheet] == 0 {
			continue
		}
		if first {
			err = book.SetSheetName("Sheet1", s.sheet)
		} else {
			_, err = book.NewSheet(s.sheet)
		}
		if first = false; err != nil {
			return err
		}
	}
	return nil
}

// write writes a line item, and begins another sheet where one is full.
func (s *sheet) write(book *excelize.File, it *item) error {
	if s.current == nil || s.at == maxSheetRows {
		if s.current != nil {
			if err := s.current.Flush(); err != nil {
				return err
			}
		}
		s.number++
		title := s.name
		if s.number > 1 {
			title = fmt.Sprintf("%s (%d)", s.name, s.number)
		}
		var err error
		left := s.rows - (s.number-1)*(maxSheetRows-1)
		if s.current, err = newSheet(book, title, min(left+1, maxSheetRows)); err != nil {
			return err
		}
		s.at = 1
	}
	s.at++
	return s.current.SetRow(fmt.Sprintf("A%d", s.at), it.cells(s.columns))
}

// newSheet begins a sheet with its head. Some readers take no more rows than it says that it has.
func newSheet(book *excelize.File, title string, rows int) (*excelize.StreamWriter, error) {
	if _, err := book.NewSheet(title); err != nil { // which gives the one that there is
		return nil, err
	}
	last, err := excelize.CoordinatesToCellName(len(itemFields()), max(rows, 1))
	if err != nil {
		return nil, err
	}
	if err := book.SetSheetDimension(title, "A1:"+last); err != nil {
		return nil, err
	}
	w, err := book.NewStreamWriter(title)
	if err != nil {
		return nil, err
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	head := make([]any, len(itemFields()))
	for i, f := range itemFields() {
		head[i] = excelize.Cell{StyleID: bold, Value: f.name}
	}
	return w, w.SetRow("A1", head)
}

// cells are the values in the order of the columns, which are itemFields. Numbers are numbers; a link is one that can be followed.
func (i *item) cells(columns []string) []any {
	texts := i.texts()
	out := make([]any, len(texts))
	for n, text := range texts {
		if text != "" {
			out[n] = text
		}
	}
	set := func(name string, v any) { out[slices.Index(columns, name)] = v }
	set("row", i.Row)
	set("column", i.Column)
	set("page", i.Page)
	set("current", i.Current)
	if i.FiscalYear != nil {
		set("fiscal_year", *i.FiscalYear)
	}
	if i.AmountYuan != nil {
		set("amount_yuan", *i.AmountYuan)
		set("amount_fen", *i.AmountFen)
	}
	if i.Link != "" && len(i.Link) < 250 { // Excel takes no longer text in a formula
		set("link", excelize.Cell{Formula: `HYPERLINK("` + strings.ReplaceAll(i.Link, `"`, "%22") + `")`, Value: i.Link})
	}
	return out
}
