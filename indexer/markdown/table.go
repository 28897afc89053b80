package markdown

import (
	"fmt"
	"strconv"
	"strings"

	"yusuan/schemas"
)

// table writes a table with what stands over and under it.
func (p *printer) table(t *schemas.Table) {
	if name := text(strings.TrimSpace(t.Number + " " + t.Title)); name != "" {
		p.block("**", name, "**")
	} else {
		p.block("**Table 表**")
	}
	p.block("*", strings.Join(about(t), " · "), "*")
	if len(t.Grid) > 0 {
		p.grid(t.Grid)
	} else {
		p.rows(t)
	}
	for _, note := range t.Notes {
		if note := leading(text(note)); note != "" {
			p.block("> ", note)
		}
	}
}

// about says which form a table is, whose, what its figures count, whether there are any, and where it stands.
func about(t *schemas.Table) []string {
	var list []string
	add := func(name, value string) {
		if value != "" {
			list = append(list, name+": "+value)
		}
	}
	add("Form 表式", text(string(t.Kind)))
	add("Reporting unit 编制单位", text(t.ReportingUnit))
	add("Unit of measure 计量单位", text(t.UnitOfMeasure))
	switch {
	case t.State == schemas.DeclaredEmpty:
		list = append(list, "Declared empty 空表")
	case t.State == schemas.AllZero:
		list = append(list, "Every figure is 0 全为零")
	case t.State == schemas.Blank || t.Empty:
		list = append(list, "No figures, and nothing says why 空白")
	}
	if t.Confidence > 0 && t.Confidence < 1 {
		add("Confidence 可信度", strconv.FormatFloat(t.Confidence, 'f', 2, 64))
	}
	pages := t.Pages
	if len(pages) == 0 && t.At != nil {
		pages = []int{t.At.Page}
	}
	switch len(pages) {
	case 0:
		add("Page 页", "unknown")
	case 1:
		add("Page 页", strconv.Itoa(pages[0]))
	default:
		add("Pages 页", strings.Trim(strings.ReplaceAll(fmt.Sprint(pages), " ", ", "), "[]"))
	}
	return list
}

// rows writes a table with headers.
func (p *printer) rows(t *schemas.Table) {
	width := len(t.Columns)
	for i := range t.Rows {
		width = max(width, len(t.Rows[i].Cells))
	}
	if width == 0 {
		return
	}
	head, rule := make([]string, width), make([]string, width)
	for i := range width {
		rule[i] = "---"
		if i >= len(t.Columns) {
			continue
		}
		var path []string
		for _, header := range t.Columns[i].Path {
			path = append(path, cell(header))
		}
		head[i] = strings.Join(path, " › ")
		if role := t.Columns[i].Role; role == schemas.AmountRole || role == schemas.NumberRole {
			rule[i] = "---:"
		}
	}
	p.row(head, width)
	p.row(rule, width)
	for i := range t.Rows {
		p.cells(t.Rows[i].Cells, width)
	}
	p.w.WriteString("\n")
}

// grid writes a form without headers over its columns: a pipe table must have some, and gets empty ones.
func (p *printer) grid(grid [][]string) {
	width := 0
	for _, row := range grid {
		width = max(width, len(row))
	}
	if width == 0 {
		return
	}
	rule := make([]string, width)
	for i := range rule {
		rule[i] = "---"
	}
	p.row(nil, width)
	p.row(rule, width)
	for _, row := range grid {
		p.cells(row, width)
	}
	p.w.WriteString("\n")
}

func (p *printer) cells(cells []string, width int) {
	escaped := make([]string, len(cells))
	for i, c := range cells {
		escaped[i] = cell(c)
	}
	p.row(escaped, width)
}

// row writes a line of a pipe table, of as many cells as the table has columns.
func (p *printer) row(cells []string, width int) {
	for i := range width {
		p.w.WriteString("| ")
		if i < len(cells) && cells[i] != "" {
			p.w.WriteString(cells[i] + " ")
		}
	}
	p.w.WriteString("|\n")
}
