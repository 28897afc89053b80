package budget

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/schemas"
)

var (
	// entryText matches the start of a body row's name: 一、, （一）, 其中：, 201 一般公共服务支出.
	entryStart = regexp.MustCompile(`^(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十]{1,3}[）)]|[0-9]{1,2}[、.．][^0-9]|其中[:：]|[0-9]{3}(?:[0-9]{2}){0,2}[ 　]*[一-龥]{2}|[①-⑳])`)
	// totalText matches the name of a row of totals.
	totalText = regexp.MustCompile(`^(?:合计|总计|小计|收入合计|支出合计|收入总计|支出总计|本年收入合计|本年支出合计|本年收入|本年支出)$`)
	// orderWord names the row or column of running numbers.
	orderWord = regexp.MustCompile(`^(?:栏次|行次|行次栏次|序号)$`)
)

// isFigure reports whether a cell's text is a figure: an amount, a percentage, a count.
func isFigure(text string) bool { return layout.IsFigure(squeeze(text)) }

// isCode reports whether a cell's text is a classification code as printed: 208, 20801, 2080101, 301, 30101.
func isCode(text string) bool {
	n := 0
	for _, r := range text {
		if (r < '0' || r > '9') && (r < '０' || r > '９') {
			return false
		}
		n++
	}
	return n == 3 || n == 5 || n == 7 || n == 9
}

// startsEntry reports whether a cell's text begins as the names of body rows do.
func startsEntry(text string) bool { return entryStart.MatchString(text) }

// headerRows counts the rows at the top that are the header: all before the first that is body by its look.
func (s *sheet) headerRows() int {
	for r := range s.rows {
		if r > 0 && s.bodyRow(r) {
			return r
		}
		if r == 0 && s.bodyRow(0) && !s.looksHeader(0) {
			return 0
		}
	}
	if len(s.rows) <= 4 && s.spanned(0) { // a form without rows
		return len(s.rows)
	}
	return min(len(s.rows), 1)
}

// spanned reports whether a cell of row r spans rows or columns.
func (s *sheet) spanned(r int) bool {
	for _, c := range s.rows[r].cells {
		if c.span > 1 || c.rows > 1 {
			return true
		}
	}
	return false
}

// looksHeader reports whether no cell of the row is a figure.
func (s *sheet) looksHeader(r int) bool {
	for _, t := range s.rows[r].texts() {
		if isFigure(t) && !yearText.MatchString(t) {
			return false
		}
	}
	return len(s.rows[r].texts()) > 1
}

var yearText = regexp.MustCompile(`^(?:19|20)[0-9]{2}$`)

// bodyRow reports whether row r is one of the body: blank, with figures or codes in it, or named as body rows are. The row
// of running numbers (栏次 1 2 3) is header.
func (s *sheet) bodyRow(r int) bool {
	row := &s.rows[r]
	texts := row.texts()
	if len(texts) == 0 {
		return true
	}
	if orderRow(texts) {
		return false
	}
	for _, t := range texts {
		if q := squeeze(t); isFigure(q) && !yearText.MatchString(q) || layout.IsDash(q) {
			return true
		}
	}
	if len(texts) == 1 && r > 0 && layout.IsDeclaration(squeeze(texts[0])) {
		return true
	}
	first := firstText(row)
	if q := squeeze(first.text); startsEntry(q) && utf8.RuneCountInString(q) > 2 {
		return true
	}
	if totalText.MatchString(squeeze(first.text)) && len(texts) <= 2 && first.col <= 1 {
		return true
	}
	// one name and nothing beside it, under columns that all have their header
	return len(texts) == 1 && first.col == 0 && first.span < s.cols && first.rows == 1 && s.allHeaded(r) && s.cols > 2
}

func firstText(row *sheetRow) *sheetCell {
	for _, c := range row.cells {
		if c.text != "" {
			return c
		}
	}
	return nil
}

// allHeaded reports whether every column has a header of its own above row r.
func (s *sheet) allHeaded(r int) bool {
	if r == 0 {
		return false
	}
	for k := range s.cols {
		if c := s.rows[r-1].cells[k]; c.text == "" {
			return false
		}
	}
	return true
}

// orderRow reports whether texts are the running numbers of columns: 1 2 3 …, or 栏次 and such.
func orderRow(texts []string) bool {
	last, count := 0, 0
	for _, t := range texts {
		q := strings.Trim(squeeze(t), "()（）")
		if orderWord.MatchString(q) || levelHeader(q) || q == "**" || q == "-" || q == "—" || len(q) == 1 && q[0] >= 'A' && q[0] <= 'Z' || q == "甲" || q == "乙" {
			continue
		}
		head, _, _ := strings.Cut(q, "=")
		n, err := strconv.Atoi(head)
		if err != nil || n < 1 || n > 60 || n <= last && last > 0 && n != 1 {
			return false
		}
		last = n
		count++
	}
	return count >= 2 || count >= 1 && len(texts) > 1 && orderWord.MatchString(squeeze(texts[0])) || count == 0 && len(texts) > 0 && orderWord.MatchString(squeeze(texts[0])) && len(texts) == 1
}

// path returns the header path of column k.
func (s *sheet) path(k int) []string {
	path := []string{}
	var last *sheetCell
	for r := range s.header {
		c := s.rows[r].cells[k]
		if c == last || c.text == "" {
			continue
		}
		path = append(path, squeeze(c.text))
		last = c
	}
	return path
}

// asRows makes the sheet's header and body the table's columns and rows.
func (s *sheet) asRows(t *schemas.Table) {
	for k := range s.cols {
		t.Columns = append(t.Columns, schemas.Column{Path: s.path(k)})
	}
	for r := s.header; r < len(s.rows); r++ {
		t.Rows = append(t.Rows, s.row(r))
	}
	if len(t.Rows) > 0 {
		liftLevels(t)
	}
	setRoles(t)
	setCodes(t)
}

// liftLevels makes 类, 款 and 项 that stand on the line of the first row the headers that they are.
func liftLevels(t *schemas.Table) {
	row := &t.Rows[0]
	var levels []int
	for k, c := range row.Cells {
		if levelHeader(squeeze(c)) {
			levels = append(levels, k)
		}
	}
	if len(levels) < 2 {
		return
	}
	for _, k := range levels {
		t.Columns[k].Path = append(t.Columns[k].Path, squeeze(row.Cells[k]))
		row.Cells[k], row.CellBoxes[k] = "", nil
	}
}

// row makes row r of the sheet a row of the table.
func (s *sheet) row(r int) schemas.Row {
	src := &s.rows[r]
	row := schemas.Row{Cells: make([]string, s.cols), CellBoxes: make([]*schemas.Box, s.cols)}
	row.At = &schemas.Place{Page: src.page.number, BBox: shownBox(src.page, src.box)}
	for k, c := range src.cells {
		if k > 0 && src.cells[k-1] == c {
			continue
		}
		row.Cells[k] = c.text
		if c.text != "" && c.page == src.page {
			row.CellBoxes[k] = shownBox(c.page, c.textBox)
		}
		if c.span > 1 && c.text != "" {
			row.Spans = append(row.Spans, [2]int{k, c.span})
		}
	}
	return row
}

// asGrid makes the whole sheet the table's grid, spanning cells repeated.
func (s *sheet) asGrid(t *schemas.Table) {
	for r := range s.rows {
		src := &s.rows[r]
		cells, boxes := make([]string, s.cols), make([]*schemas.Box, s.cols)
		for k, c := range src.cells {
			cells[k] = c.text
			if c.text != "" && c.page == src.page {
				boxes[k] = shownBox(c.page, c.textBox)
			}
		}
		t.Grid = append(t.Grid, cells)
		t.GridBoxes = append(t.GridBoxes, boxes)
		t.GridAt = append(t.GridAt, schemas.Place{Page: src.page.number, BBox: shownBox(src.page, src.box)})
	}
}

// keys are what the cells at the left of a performance form say.
var keys = regexp.MustCompile(`^(?:项目名称|预算单位|主管部门|实施单位|(?:项目|年度)?(?:总体|绩效)目标|年度总体目标|绩效指标|一级指标|部门（单位）名称|项目资金（万元）|资金情况（万元）)$`)

// keyed reports whether the sheet is a form of keys and values rather than columns under headers.
func (s *sheet) keyed() bool {
	found := map[string]bool{}
	for r := range s.rows {
		if c := firstText(&s.rows[r]); c != nil && keys.MatchString(squeeze(c.text)) {
			found[squeeze(c.text)] = true
		}
	}
	return len(found) >= 2
}

func lineOf(text string) *layout.Line { return &layout.Line{Text: text} }
