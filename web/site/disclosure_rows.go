package site

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yusuan/indexer"
	"yusuan/schemas"
)

// drawnRows are the rows of a table, made when they are wanted.
type drawnRows struct {
	count, columns int
	make           func(from, to int) []rowView
	any            func() bool // whether any cell has text
}

// drawn are a table's rows: those of its grid where it has no headers over columns.
func (m *contentMaker) drawn(i int, t *schemas.Table) drawnRows {
	if len(t.Grid) > 0 {
		g := gridMaker{m, i, t}
		columns := 0
		for _, row := range t.Grid {
			columns = max(columns, len(row))
		}
		return drawnRows{len(t.Grid), columns, g.rows, func() bool { return slices.ContainsFunc(t.Grid, hasText) }}
	}
	rm := &rowMaker{m: m, table: i, t: t, units: indexer.AmountUnits(t)}
	rm.indents()
	rm.name = slices.IndexFunc(t.Columns, func(c schemas.Column) bool { return c.Role == schemas.NameRole })
	if rm.name < 0 {
		rm.name = slices.IndexFunc(t.Columns, func(c schemas.Column) bool { return c.Role == schemas.TextRole })
	}
	return drawnRows{len(t.Rows), len(t.Columns), rm.rows, func() bool {
		return slices.ContainsFunc(t.Rows, func(r schemas.Row) bool { return hasText(r.Cells) })
	}}
}

func hasText(cells []string) bool {
	return slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// A rowMaker makes the rows of a table with headers over its columns.
type rowMaker struct {
	m     *contentMaker
	table int
	t     *schemas.Table
	units []schemas.UnitOfMeasure // of each column
	name  int                     // column that names the rows, -1 for none
	left  map[[2]int]float64      // by page and column, where the text that begins furthest to the left does
}

// indents finds where the names of the rows begin.
func (rm *rowMaker) indents() {
	rm.left = map[[2]int]float64{}
	for i := range rm.t.Rows {
		row := &rm.t.Rows[i]
		for c, b := range row.CellBoxes {
			if b == nil || row.At == nil || c >= len(rm.t.Columns) || rm.t.Columns[c].Role != schemas.NameRole {
				continue
			}
			key := [2]int{row.At.Page, c}
			if x, ok := rm.left[key]; !ok || b[0] < x {
				rm.left[key] = b[0]
			}
		}
	}
}

// The width of a step by which names are indented, in points, and how many there may be: what stands further in is centred.
const (
	indentStep = 8
	maxIndent  = 5
)

// indent is by how many steps a name is indented.
func (rm *rowMaker) indent(row *schemas.Row, c int) int {
	if row.At == nil || c >= len(row.CellBoxes) || row.CellBoxes[c] == nil {
		return 0
	}
	steps := int((row.CellBoxes[c][0]-rm.left[[2]int{row.At.Page, c}])/indentStep + 0.5)
	if steps < 0 || steps > maxIndent {
		return 0
	}
	return steps
}

func (rm *rowMaker) rows(from, to int) []rowView {
	out := make([]rowView, 0, to-from)
	for i := from; i < to; i++ {
		row := &rm.t.Rows[i]
		v := rowView{Anchor: rowAnchor(rm.table, i)}
		v.Found = rm.m.found[v.Anchor]
		if row.At != nil {
			v.B = placeText(row.At.Page, row.At.BBox)
		}
		for c := 0; c < len(row.Cells); {
			span := rm.span(i, c)
			if i == from || !rm.same(i-1, i, c) {
				v.Cells = append(v.Cells, rm.cell(i, c, span, to))
			}
			c += span
		}
		out = append(out, v)
	}
	return out
}

// span is how many columns a cell is over.
func (rm *rowMaker) span(row, column int) int {
	for _, s := range rm.t.Rows[row].Spans {
		if s[0] == column {
			return max(1, min(s[1], len(rm.t.Rows[row].Cells)-column))
		}
	}
	return 1
}

// same reports whether two rows have one cell between them in the column: its text stands in the same place.
func (rm *rowMaker) same(a, b, column int) bool {
	x, y := &rm.t.Rows[a], &rm.t.Rows[b]
	if column >= len(x.Cells) || column >= len(y.Cells) || x.Cells[column] == "" || x.Cells[column] != y.Cells[column] || rm.span(a, column) != rm.span(b, column) {
		return false
	}
	return onePage(x.At, y.At) && sameBox(x.CellBoxes, y.CellBoxes, column, column)
}

func onePage(a, b *schemas.Place) bool { return a != nil && b != nil && a.Page == b.Page }

func sameBox(a, b []*schemas.Box, i, j int) bool {
	return i < len(a) && j < len(b) && a[i] != nil && b[j] != nil && *a[i] == *b[j]
}

// longText is how many characters a cell has that is not to be squeezed.
const longText = 8

func (rm *rowMaker) cell(i, c, span, to int) cellView {
	row := &rm.t.Rows[i]
	text := row.Cells[c]
	v := cellView{Anchor: cellAnchor(rm.table, i, c), Head: c <= rm.name && rm.name < c+span && strings.TrimSpace(text) != ""}
	if span > 1 {
		v.Colspan = span
	}
	rows := 1
	for i+rows < to && rm.same(i+rows-1, i+rows, c) {
		rows++
	}
	if rows > 1 {
		v.Rowspan = rows
	}
	if row.At != nil && c < len(row.CellBoxes) && row.CellBoxes[c] != nil {
		v.B = placeText(row.At.Page, row.CellBoxes[c])
	}
	v.Text = rm.m.marked(text)
	if c >= len(rm.t.Columns) {
		return v
	}
	switch rm.t.Columns[c].Role {
	case schemas.AmountRole, schemas.NumberRole:
		v.Num = true
		rm.amount(&v, text, rm.units[c])
	case schemas.NameRole, schemas.TextRole:
		v.Long, v.Indent = utf8.RuneCountInString(text) > longText, rm.indent(row, c)
	case schemas.CodeRole:
		v.Link, v.Title = rm.code(row, c)
	}
	return v
}

// amount adds what an amount is worth, and shows it so if that is wanted.
func (rm *rowMaker) amount(v *cellView, text string, unit schemas.UnitOfMeasure) {
	a, ok := schemas.ParseAmount(text, unit)
	if !ok {
		return
	}
	v.Fen, v.Negative = strconv.FormatInt(int64(a.Fen), 10), a.Fen < 0
	switch rm.m.mode {
	case inYuan:
		v.Printed, v.Text = text, []indexer.Segment{{Text: amountIn(a.Fen, yuanUnit)}}
	case inWan:
		v.Printed, v.Text = text, []indexer.Segment{{Text: amountIn(a.Fen, wanUnit)}}
	}
}

// code links a cell of a code: to its own, or, where a code stands in several cells (208 05 05), the last of them to the whole.
func (rm *rowMaker) code(row *schemas.Row, c int) (link, name string) {
	text := strings.TrimSpace(row.Cells[c])
	if text == "" {
		return "", ""
	}
	for next := c + 1; next < len(row.Cells) && next < len(rm.t.Columns) && rm.t.Columns[next].Role == schemas.CodeRole; next++ {
		if strings.TrimSpace(row.Cells[next]) != "" {
			return "", ""
		}
	}
	if row.Code != "" && strings.HasSuffix(row.Code, text) {
		return printedCode(row.Code)
	}
	return printedCode(text)
}

// A gridMaker makes the rows of a form that has no headers over columns; cells that are repeated for what they span are one again.
type gridMaker struct {
	m     *contentMaker
	table int
	t     *schemas.Table
}

func (g gridMaker) rows(from, to int) []rowView {
	out := make([]rowView, 0, to-from)
	taken := map[[2]int]bool{} // cells that one above or to the left of them spans
	for i := from; i < to; i++ {
		v := rowView{Anchor: rowAnchor(g.table, i)}
		v.Found = g.m.found[v.Anchor]
		page := 0
		if i < len(g.t.GridAt) {
			page = g.t.GridAt[i].Page
			v.B = placeText(page, g.t.GridAt[i].BBox)
		}
		for c, text := range g.t.Grid[i] {
			if taken[[2]int{i, c}] {
				continue
			}
			rows, columns := g.extent(i, c, to)
			for y := range rows {
				for x := range columns {
					taken[[2]int{i + y, c + x}] = true
				}
			}
			cell := cellView{Anchor: cellAnchor(g.table, i, c), Text: g.m.marked(text)}
			if columns > 1 {
				cell.Colspan = columns
			}
			if rows > 1 {
				cell.Rowspan = rows
			}
			if b := g.box(i, c); b != nil {
				cell.B = placeText(page, b)
			}
			v.Cells = append(v.Cells, cell)
		}
		out = append(out, v)
	}
	return out
}

// extent is over how many rows and columns a cell is.
func (g gridMaker) extent(i, c, to int) (rows, columns int) {
	rows, columns = 1, 1
	for c+columns < len(g.t.Grid[i]) && g.same(i, c, i, c+columns) {
		columns++
	}
	for i+rows < to {
		for x := range columns {
			if c+x >= len(g.t.Grid[i+rows]) || !g.same(i, c, i+rows, c+x) {
				return rows, columns
			}
		}
		if c+columns < len(g.t.Grid[i+rows]) && g.same(i, c, i+rows, c+columns) {
			return rows, columns // it goes on where this one does not
		}
		rows++
	}
	return rows, columns
}

// same reports whether two cells are one that spans both.
func (g gridMaker) same(i, c, j, d int) bool {
	if g.t.Grid[i][c] == "" || g.t.Grid[i][c] != g.t.Grid[j][d] {
		return false
	}
	if i < len(g.t.GridAt) && j < len(g.t.GridAt) && g.t.GridAt[i].Page != g.t.GridAt[j].Page {
		return false
	}
	a, b := g.box(i, c), g.box(j, d)
	return a != nil && b != nil && *a == *b
}

func (g gridMaker) box(i, c int) *schemas.Box {
	if i >= len(g.t.GridBoxes) || c >= len(g.t.GridBoxes[i]) {
		return nil
	}
	return g.t.GridBoxes[i][c]
}

// A tablePage is the page of one table alone.
type tablePage struct {
	Head    disclosureHead
	Back    string // the disclosure, at the table
	Table   tableView
	Amounts []modeLink
	ID      string
	PDF     pdfView
}

// disclosureTable shows one table; to the script of the page of its disclosure it gives some rows alone.
func (r *request) disclosureTable() error {
	d, err := r.theDisclosure("id")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.r.PathValue("n"))
	if err != nil || n < 1 || n > len(d.Tables) {
		return r.missing("table.missing")
	}
	a := r.asked()
	var hits hitsView
	marks, err := r.disclosureHits(d, a, &hits)
	if err != nil {
		return err
	}
	first, err := strconv.Atoi(a.Get("rows"))
	if err != nil || first < 1 {
		first = 1
	}
	m := r.contentMaker(d, a, marks, &hits)
	if r.r.Header.Get("HX-Request") == "true" {
		r.w.Header().Add("Vary", "HX-Request")
		return r.tableRows(m, n-1, first)
	}
	v := tablePage{Head: r.disclosureHead(d), ID: d.ID(), Table: m.table(n-1, first-1), Amounts: r.modeLinks(a)}
	v.Back = m.keep.at("/disclosures/"+d.ID()).String() + "#" + v.Table.Anchor
	return r.show("disclosure", "search", v.Table.Name+" · "+v.Head.Title, disclosurePage{Alone: &v})
}

// tableRows answers with the rows from the given one on, as many as come at a time.
func (r *request) tableRows(m *contentMaker, table, first int) error {
	rows := m.drawn(table, &m.tables[table])
	from := (first - 1) / bodyRows * bodyRows
	if from >= rows.count {
		return r.missing("table.missing")
	}
	b := bodyView{From: from + 1, To: min(from+bodyRows, rows.count)}
	b.Rows = rows.make(from, b.To)
	return r.showPart("disclosure", "rows", b)
}
