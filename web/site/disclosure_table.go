package site

import (
	"slices"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/schemas/codebook"
)

// A tableView is a table as it is drawn.
type tableView struct {
	N             int // from 1
	Anchor, Name  string
	title         string
	Page          int
	Pages         []int
	B             string
	Form          string
	Unit          string // of measure, as printed
	ReportingUnit string
	State         string // what is special of its figures
	Said          string // of a table without figures, in words
	Empty         bool   // Said takes the place of the rows
	Confidence    string
	Notes         []noteView
	Head          [][]headCell
	Bodies        []bodyView
	Columns       int
	Wide          bool
	Plain         bool // no table with headers over columns
	Converted     bool // amounts are not as printed
	Link, CSV     string
	Found         bool
	Size          string // how high it is about: s, m, l
}

// on reports whether a part of the table is on the page.
func (t *tableView) on(page int) bool { return slices.Contains(t.Pages, page) || t.Page == page }

// A noteView is a note under a table.
type noteView struct{ Text []indexer.Segment }

// A headCell is a header cell over the columns that it spans.
type headCell struct {
	Text             []indexer.Segment
	Colspan, Rowspan int
	Num              bool
	Bare             bool // without text
}

// A bodyView is some rows of a table; Load is where they are, if they are not in the page.
type bodyView struct {
	From, To int // rows, from 1
	Rows     []rowView
	Load     string
}

// A rowView is a row.
type rowView struct {
	Anchor, B string
	Found     bool
	Cells     []cellView
}

// A cellView is a cell over as many rows and columns as it spans.
type cellView struct {
	Anchor, B        string
	Text             []indexer.Segment
	Colspan, Rowspan int // 0 is 1
	Head             bool
	Num              bool
	Negative         bool
	Long             bool   // its text needs room
	Indent           int    // steps by which a name is indented
	Fen              string // of an amount
	Printed          string // where the text is another
	Link, Title      string // of a code
}

// bodyRows is how many rows come at a time.
const bodyRows = 100

// table is the i-th of the tables. Rows from the given one on are in the page as long as there is room.
func (m *contentMaker) table(i, from int) tableView {
	t := &m.tables[i]
	r := m.r
	v := tableView{
		N: i + 1, Anchor: tableAnchor(i), Name: r.tableName(t), title: t.Title, Pages: t.Pages, Unit: t.UnitOfMeasure, ReportingUnit: t.ReportingUnit,
		State: r.stateTag(t), Confidence: confidence(t), Columns: len(t.Columns), Converted: m.mode != asPrinted,
		Link: m.keep.at("/disclosures/" + m.id + "/tables/" + strconv.Itoa(i+1)).String(), CSV: "/api/v1/disclosures/" + m.id + "/tables/" + strconv.Itoa(i+1) + "?format=csv",
	}
	v.Found = m.found[v.Anchor]
	if t.Kind != "" && t.Kind != schemas.OtherForm {
		v.Form = r.words.name("form", string(t.Kind))
	}
	if t.At != nil {
		v.Page, v.B = t.At.Page, placeText(t.At.Page, t.At.BBox)
	}
	for _, n := range t.Notes {
		v.Notes = append(v.Notes, noteView{m.marked(n)})
	}
	if v.State != "" {
		v.Said = r.t("table.said-" + string(t.State))
	}
	rows := m.drawn(i, t)
	if len(t.Grid) > 0 {
		v.Plain, v.Columns = true, rows.columns
	} else {
		v.Head = m.head(t.Columns)
	}
	v.Empty = (t.State == schemas.DeclaredEmpty || t.State == schemas.Blank) && !rows.any()
	v.Wide = v.Columns > 6
	v.Bodies = m.bodies(&v, rows, from)
	v.Size = "s"
	if n := rows.count; n > 40 {
		v.Size = "l"
	} else if n > 12 {
		v.Size = "m"
	}
	return v
}

// bodies splits the rows, and makes those for which there is room.
func (m *contentMaker) bodies(v *tableView, rows drawnRows, from int) []bodyView {
	var list []bodyView
	for at := 0; at < rows.count; at += bodyRows {
		b := bodyView{From: at + 1, To: min(at+bodyRows, rows.count)}
		cells := (b.To - at) * max(1, rows.columns)
		if m.room <= 0 || b.To <= from {
			to := m.keep.with("rows", strconv.Itoa(b.From))
			b.Load = to.at("/disclosures/"+m.id+"/tables/"+strconv.Itoa(v.N)).String() + "#" + rowAnchor(v.N-1, at)
		} else {
			m.room -= cells
			b.Rows = rows.make(at, b.To)
		}
		list = append(list, b)
	}
	return list
}

// head rebuilds the header rows from the paths over the columns: what neighbours have in common spans them, and the last header of a short
// path spans the rows below it. A last row that numbers the columns (栏次) stays one.
func (m *contentMaker) head(columns []schemas.Column) [][]headCell {
	depth := 0
	for _, c := range columns {
		depth = max(depth, len(c.Path))
	}
	rows := make([][]headCell, depth)
	place := func(c schemas.Column) []int { return headerRows(c.Path, depth, hasNumbers(columns)) }
	for level := range depth {
		for i := 0; i < len(columns); {
			at := slices.Index(place(columns[i]), level)
			if at < 0 {
				if len(columns[i].Path) == 0 && level == 0 {
					rows[0] = append(rows[0], headCell{Bare: true, Colspan: 1, Rowspan: depth})
				}
				i++
				continue
			}
			span := 1
			for i+span < len(columns) && together(columns[i].Path, columns[i+span].Path, at) && slices.Index(place(columns[i+span]), level) == at && m.sameEnd(columns[i], columns[i+span], at, place) {
				span++
			}
			end := depth
			if starts := place(columns[i]); at+1 < len(starts) {
				end = starts[at+1]
			}
			num := span == 1 && columns[i].Role == schemas.AmountRole
			rows[level] = append(rows[level], headCell{Text: m.marked(columns[i].Path[at]), Colspan: span, Rowspan: end - level, Num: num, Bare: strings.TrimSpace(columns[i].Path[at]) == ""})
			i += span
		}
	}
	return rows
}

// sameEnd reports whether a header ends at the same row over both columns.
func (m *contentMaker) sameEnd(a, b schemas.Column, at int, place func(schemas.Column) []int) bool {
	x, y := append(place(a), -1), append(place(b), -1)
	return x[at+1] == y[at+1]
}

// together reports whether two paths have the same headers down to the level. An empty header is nobody else's; the word for the numbers of
// columns is the same under any header.
func together(a, b []string, level int) bool {
	if level == len(a)-1 && level == len(b)-1 && a[level] == b[level] && isColumnNumbers(a[level]) {
		return true
	}
	return level < len(a) && level < len(b) && a[level] != "" && slices.Equal(a[:level+1], b[:level+1])
}

// headerRows says in which row each header of a path begins.
func headerRows(path []string, depth int, numbers bool) []int {
	starts := make([]int, len(path))
	for i := range path {
		starts[i] = i
	}
	if n := len(path); numbers && n > 0 && n < depth && isNumber(path[n-1]) {
		starts[n-1] = depth - 1
	}
	return starts
}

// hasNumbers reports whether the last row of headers numbers the columns.
func hasNumbers(columns []schemas.Column) bool {
	n := 0
	for _, c := range columns {
		if len(c.Path) > 0 && isNumber(c.Path[len(c.Path)-1]) {
			n++
		}
	}
	return n > 1
}

// isColumnNumbers reports the header of the row that numbers the columns.
func isColumnNumbers(header string) bool { return strings.Join(strings.Fields(header), "") == "栏次" }

func isNumber(header string) bool {
	header = strings.Join(strings.Fields(header), "")
	return isColumnNumbers(header) || header != "" && strings.Trim(header, "0123456789=+-—()（）") == ""
}

// printedCode is the page of a code that a table prints, and what the code is called; "" for a text that is no code.
func printedCode(code string) (link, name string) {
	if !schemas.FunctionalCode(code).Valid() && !schemas.EconomicCode(code).Valid() {
		return "", ""
	}
	return codeLink(code, ""), codebook.Name(code)
}
