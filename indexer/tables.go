package indexer

import (
	"slices"
	"strings"

	"yusuan/schemas"
)

// headerSeparator joins a header path into one text.
const headerSeparator = " > "

// SplitHeader undoes the joining of LineItem.Header.
func SplitHeader(header string) []string {
	if header == "" {
		return nil
	}
	return strings.Split(header, headerSeparator)
}

// table stores a table: its title, its rows and notes as passages, its amounts as line items.
func (f *flattener) table(index int, t *schemas.Table) {
	base := Passage{
		TableIndex: &index, TableNumber: clean(t.Number), TableTitle: clean(t.Title), Form: t.Kind,
	}
	caption := strings.TrimSpace(base.TableNumber + " " + base.TableTitle)
	rec := TableRecord{
		Origin: f.origin, ID: TableID(f.origin.DisclosureID, index), Index: index, Number: base.TableNumber,
		Title: base.TableTitle, Form: t.Kind, ReportingUnit: clean(t.ReportingUnit), UnitOfMeasure: clean(t.UnitOfMeasure),
		State: tableState(t), Rows: len(t.Rows) + len(t.Grid), Pages: t.Pages,
	}
	rec.Page, rec.Box = place(t.At)
	if rec.Page == 0 && len(t.Pages) > 0 {
		rec.Page = t.Pages[0]
	}
	if caption != "" {
		p := base
		p.Kind, p.Text, p.State, p.Page, p.Box = TablePassage, caption, rec.State, rec.Page, rec.Box
		f.passage(p)
	}
	m := tableMeasure{form: t.Kind, kind: f.origin.DocumentKind}
	if f.origin.FiscalYear != nil {
		m.year = *f.origin.FiscalYear
	}
	cols := columnsOf(t, m)
	for _, c := range t.Columns {
		rec.Headers = append(rec.Headers, strings.Join(headerPath(c.Path), headerSeparator))
	}
	before := len(f.batch.Items)
	cols.threePublic = t.Kind == schemas.ThreePublicExpenses
	cols.byRows, cols.single = !cols.byColumns(), len(t.Rows) == 1
	for i := range t.Rows {
		f.row(base, rec.Page, cols, i, &t.Rows[i])
	}
	rec.Items = len(f.batch.Items) - before
	f.grid(base, rec, t)
	for _, note := range t.Notes {
		rec.Notes = append(rec.Notes, clean(note))
		p := base
		p.Kind, p.Text, p.State, p.Page = NotePassage, clean(note), rec.State, rec.Page
		if n := len(t.Pages); n > 0 {
			p.Page = t.Pages[n-1]
		}
		f.passage(p)
	}
	f.batch.Tables = append(f.batch.Tables, rec)
}

// tableState says what the table as a whole discloses. An empty form is declared to be so where a note speaks of an empty
// table (空表) or of there being none (无, 没有, 未安排).
func tableState(t *schemas.Table) State {
	if !t.Empty {
		return FigureState
	}
	for _, note := range t.Notes {
		folded := Fold(note)
		for _, word := range []string{"空表", "无", "没有", "未安排", "不涉及"} {
			if strings.Contains(folded, word) {
				return DeclaredEmptyState
			}
		}
	}
	return BlankState
}

func place(at *schemas.Place) (int, *schemas.Box) {
	if at == nil {
		return 0, nil
	}
	return at.Page, at.BBox
}

// cells joins the cells of a row by spaces, without blank ones, and says where each stands.
func cells(texts []string, page int, boxes []*schemas.Box) (string, []Part) {
	var b strings.Builder
	var parts []Part
	for i, text := range texts {
		text = strings.TrimSpace(clean(text))
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		part := Part{Start: b.Len(), Page: page}
		if i < len(boxes) {
			part.Box = boxes[i]
		}
		parts = append(parts, part)
		b.WriteString(text)
	}
	return b.String(), parts
}

func (f *flattener) row(base Passage, tablePage int, cols *columns, index int, r *schemas.Row) {
	p := base
	p.Kind, p.Row = RowPassage, &index
	if isPerformance(base.Form) && isIndicator(r.Cells) {
		p.Kind = IndicatorPassage
	}
	if p.Page, p.Box = place(r.At); p.Page == 0 {
		p.Page = tablePage
	}
	p.Text, p.Parts = cells(r.Cells, p.Page, r.CellBoxes)
	if p.Text == "" {
		return
	}
	items := cols.items(r)
	compareYears(items)
	p.Code = cols.codes(r)
	for _, it := range items {
		if it.Amount != nil {
			p.Amounts = append(p.Amounts, *it.Amount)
		}
		p.State = strongest(p.State, it.State)
	}
	id := f.passage(p)
	for _, it := range items {
		it.Origin, it.PassageID = f.origin, id
		it.Seq = len(f.batch.Items) + 1
		it.ID = ItemID(it.DisclosureID, it.Seq)
		it.Form, it.TableIndex, it.TableNumber, it.TableTitle = p.Form, *p.TableIndex, p.TableNumber, p.TableTitle
		it.Row, it.Page, it.Box = index, p.Page, p.Box
		if it.Column < len(r.CellBoxes) && r.CellBoxes[it.Column] != nil {
			it.Box = r.CellBoxes[it.Column]
		}
		f.batch.Items = append(f.batch.Items, it)
	}
}

// compareYears says of the year's own amounts of a row by how much they differ from last year's of the same side and measure.
func compareYears(items []LineItem) {
	for i := range items {
		it := &items[i]
		if it.Period != YearPeriod || it.Amount == nil {
			continue
		}
		for j := range items {
			other := &items[j]
			if other.Side != it.Side || other.Measure != it.Measure || other.Amount == nil {
				continue
			}
			switch other.Period {
			case ChangePeriod:
				it.Change = other.Amount
			case PreviousPeriod:
				if it.Change == nil {
					change := *it.Amount - *other.Amount
					it.Change = &change
				}
			}
		}
	}
}

// strongest returns the state that says more of a row: a figure, then something unparsed, then zero.
func strongest(a, b State) State {
	order := []State{"", ZeroState, UnparsedState, FigureState}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

func isPerformance(form schemas.Form) bool {
	return form == schemas.ProjectPerformance || form == schemas.OverallPerformance
}

// isIndicator reports a row that is a performance indicator: it begins with what class of indicators it is of (产出指标, 数量指标), and is
// not the header over them (一级指标, 三级指标, 指标值).
func isIndicator(cells []string) bool {
	var texts []string
	for _, c := range cells {
		if c = strings.TrimSpace(Fold(c)); c != "" && (len(texts) == 0 || texts[len(texts)-1] != c) {
			texts = append(texts, c)
		}
	}
	if len(texts) < 3 {
		return false
	}
	for _, header := range []string{"一级指标", "二级指标", "三级指标", "指标值", "指标名称", "绩效指标"} {
		if slices.Contains(texts[1:], header) || texts[0] == "一级指标" {
			return false
		}
	}
	return slices.ContainsFunc(texts[:2], func(c string) bool { return strings.HasSuffix(c, "指标") && c != "指标" })
}

// grid stores the rows of a form that is not column-headed; spanning cells, which are repeated, are given once.
func (f *flattener) grid(base Passage, rec TableRecord, t *schemas.Table) {
	for i, row := range t.Grid {
		p := base
		p.Kind, p.Row, p.Page = GridPassage, &i, rec.Page
		if isIndicator(row) {
			p.Kind = IndicatorPassage
		}
		if i < len(t.GridAt) {
			p.Page, p.Box = place(&t.GridAt[i])
		}
		p.Text, _ = cells(slices.Compact(slices.Clone(row)), 0, nil)
		if p.Text != "" {
			f.passage(p)
		}
	}
}
