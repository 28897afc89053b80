package budget

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/schemas"
)

// merged matches a cell that holds two figures: the columns were not told apart.
var merged = regexp.MustCompile(`^[-△(（]?[0-9][0-9,]*[.．][0-9]{2,}[0-9,]*[.．][0-9]|^[0-9][0-9,]*[.．][0-9]+[ 　]+[-△]?[0-9][0-9,]*[.．][0-9]`)

// doubts are what the extraction is unsure of in one table, as counts.
type doubts struct {
	cells     int // with text
	merged    int // hold two figures
	strange   int // in a column of amounts, and no figure
	overflow  int // their text reaches far out of the cell
	headless  int // columns with cells and without a header
	columns   int
	torn      int // cells whose rules do not close
	sums      int // rows that could be held against their totals
	wrongSums int // of those, rows that do not add up though most do
	ruled     bool
	bare      bool // no ruling at all
	firstPage int
}

// doubtsOf counts what is doubtful in a table. A form of keys and values has no columns to hold against.
func (s *sheet) doubtsOf(t *schemas.Table, parts []part) doubts {
	d := doubts{ruled: true, bare: true, firstPage: parts[0].page.number, columns: len(t.Columns)}
	for _, p := range parts {
		d.ruled = d.ruled && p.grid.Ruled
		d.bare = d.bare && p.grid.Bare
		d.torn += p.grid.Torn
	}
	d.sums, d.wrongSums = rowSums(t)
	for i := range t.Rows {
		for k, c := range t.Rows[i].Cells {
			if c == "" {
				continue
			}
			d.cells++
			if strings.Count(c, ".")+strings.Count(c, "．") > 1 && merged.MatchString(squeeze(c)) {
				d.merged++
			} else if t.Columns[k].Role == schemas.AmountRole && !isFigure(c) && !dash.MatchString(c) {
				d.strange++
			}
		}
	}
	for k, c := range t.Columns {
		if len(c.Path) == 0 && filled(t, k) && !d.ruled { // a ruled blank header is printed so
			d.headless++
		}
	}
	for r := range s.rows {
		for _, c := range s.rows[r].distinct() {
			if c.text != "" && (c.textBox.X0 < c.area.X0-4 || c.textBox.X1 > c.area.X1+4) {
				d.overflow++
			}
		}
	}
	return d
}

// dash matches what stands for no amount.
var dash = regexp.MustCompile(`^[-—–－/／*＊无]{1,4}$`)

func filled(t *schemas.Table, k int) bool {
	for i := range t.Rows {
		if t.Rows[i].Cells[k] != "" {
			return true
		}
	}
	return false
}

// confidence is the share of the table's cells that may be relied on, from 0 to 1: what is doubtful counts against it, and so
// does having found the columns by alignment alone.
func (d doubts) confidence() float64 {
	c := 1.0
	switch {
	case d.bare:
		c = 0.97
	case !d.ruled:
		c = 0.985
	}
	if !d.ruled && d.sums > 2*minRows && d.wrongSums == 0 { // its columns are confirmed
		c = 0.995
	}
	if d.cells > 0 {
		c -= 2 * float64(d.torn+d.wrongSums) / float64(d.cells)
		c -= 4 * float64(d.merged) / float64(d.cells)
		c -= float64(d.strange) / float64(d.cells)
		c -= 0.5 * float64(d.overflow) / float64(d.cells)
	}
	if d.columns > 0 {
		c -= 0.5 * float64(d.headless) / float64(d.columns)
	}
	return math.Round(max(0, c)*1000) / 1000
}

// warnings says what is doubtful, one warning a kind.
func (d doubts) warnings(title string) []schemas.Warning {
	var out []schemas.Warning
	say := func(n int, code schemas.Code, format string) {
		if n > 0 {
			out = append(out, schemas.Warning{Code: code, Page: d.firstPage, Message: fmt.Sprintf("table %q: "+format, title, n)})
		}
	}
	say(d.merged, schemas.CellsMerged, "%d cells hold two figures: its columns were not told apart")
	say(d.headless, schemas.HeaderMissing, "%d columns have cells and no header")
	say(d.torn, schemas.GridOpen, "%d cells are not closed by their rules")
	if d.wrongSums > 0 {
		out = append(out, schemas.Warning{Code: schemas.RowSums, Page: d.firstPage,
			Message: fmt.Sprintf("table %q: %d of %d rows do not add up to their totals", title, d.wrongSums, d.sums)})
	}
	if d.cells > 0 && d.strange*20 > d.cells {
		say(d.strange, schemas.NotAmounts, "%d cells in columns of amounts are no figures")
	}
	return out
}

// tableless finds what looks like a table and was not read as one: captions without a grid, and lines of several figures.
func tableless(lines []layout.Line, page int) []schemas.Warning {
	var out []schemas.Warning
	figures := 0
	for i := range lines {
		if l := &lines[i]; utf8.RuneCountInString(l.Text) < 30 && strings.Contains(l.Text, "元") && measureWord.MatchString(l.Text) && !strings.ContainsAny(l.Text, "。，；") {
			out = append(out, schemas.Warning{Code: schemas.TableMissed, Page: page, Message: fmt.Sprintf("no table stands below %q", l.Text)})
		}
		n := 0
		for _, word := range strings.Fields(lines[i].Text) {
			if isFigure(word) && strings.ContainsAny(word, ".,") {
				n++
			}
		}
		if n >= 3 && !strings.ContainsAny(lines[i].Text, "。，；") {
			figures++
		}
	}
	if figures >= 2 {
		out = append(out, schemas.Warning{Code: schemas.TableMissed, Page: page,
			Message: fmt.Sprintf("%d lines of figures stand outside every table", figures)})
	}
	return out
}

// stateOf says what a table's figures are: there, all zero, declared empty by a note, or just not there.
func stateOf(t *schemas.Table) schemas.TableState {
	any, nonzero := false, false
	look := func(c string) {
		if isFigure(c) && !strings.ContainsAny(c, "%％") {
			any = true
			nonzero = nonzero || strings.Trim(asciiDigits(squeeze(c)), "0.,-") != ""
		}
	}
	for i := range t.Rows {
		for k, c := range t.Rows[i].Cells {
			if t.Columns[k].Role == schemas.AmountRole {
				look(c)
			}
		}
	}
	for _, row := range t.Grid {
		for _, c := range row {
			if look(c); !any && strings.ContainsAny(c, "0123456789") { // 4500万元, ≥95%
				any, nonzero = true, true
			}
		}
	}
	switch {
	case any && nonzero:
		return schemas.HasFigures
	case any:
		return schemas.AllZero
	}
	for _, n := range t.Notes {
		if declaredEmpty.MatchString(n) {
			return schemas.DeclaredEmpty
		}
	}
	return schemas.Blank
}

// declaredEmpty matches a note that says a form has no figures: 此表为空表, 本表无数据, 没有使用…安排的支出.
var declaredEmpty = regexp.MustCompile(`空表|无数据|无内容|没有.{0,40}(?:支出|预算|拨款|收入|数据)|无.{0,40}(?:支出|预算|拨款|收入|收支|结转|项目|数据)|未安排`)
