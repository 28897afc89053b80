package checker

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"yusuan/schemas"
)

func (c *comparison) tables(older, newer []schemas.Table) {
	key := func(t *schemas.Table) string {
		return string(t.Kind) + "\x00" + bare(t.Number) + "\x00" + bare(t.Title)
	}
	match(name(pointers(older), key), name(pointers(newer), key), func(before, after **schemas.Table) {
		switch {
		case before == nil:
			c.add(Change{Kind: TableChange, Table: tableName(*after), After: rowsOf(*after), PageAfter: page((*after).At)})
		case after == nil:
			c.add(Change{Kind: TableChange, Table: tableName(*before), Before: rowsOf(*before), PageBefore: page((*before).At)})
		default:
			c.table(*before, *after)
		}
	})
}

func pointers[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

func tableName(t *schemas.Table) string { return strings.TrimSpace(t.Number + " " + t.Title) }

// rowsOf says how large a table is.
func rowsOf(t *schemas.Table) string {
	n := len(t.Rows)
	if t.Grid != nil {
		n = len(t.Grid)
	}
	return strconv.Itoa(n) + " rows"
}

func (c *comparison) table(older, newer *schemas.Table) {
	for _, d := range differences(older.Notes, newer.Notes) {
		c.add(Change{Kind: TextChange, Table: tableName(newer), Before: strings.Join(d.before, "\n"), After: strings.Join(d.after, "\n"),
			PageBefore: page(older.At), PageAfter: page(newer.At)})
	}
	if older.Grid != nil || newer.Grid != nil {
		c.grid(older, newer)
		return
	}
	columns := pairColumns(older.Columns, newer.Columns)
	match(name(pointers(older.Rows), rowKey(older)), name(pointers(newer.Rows), rowKey(newer)), func(before, after **schemas.Row) {
		ch := Change{Kind: RowChange, Table: tableName(newer)}
		switch {
		case before == nil:
			ch.Row, ch.After, ch.PageAfter = label(newer, *after), cells(*after), page((*after).At)
			c.add(ch)
			return
		case after == nil:
			ch.Row, ch.Before, ch.PageBefore = label(older, *before), cells(*before), page((*before).At)
			c.add(ch)
			return
		}
		ch.Row, ch.PageBefore, ch.PageAfter = label(newer, *after), page((*before).At), page((*after).At)
		for _, p := range columns {
			c.cell(ch, p, cell(*before, p.before), cell(*after, p.after), older, newer)
		}
	})
}

// rowKey finds a row by its code and its words: the cells of columns that are neither amounts nor other numbers. Where there
// are none it is found by its place.
func rowKey(t *schemas.Table) func(*schemas.Row) string {
	return func(r *schemas.Row) string {
		key := r.Code
		for i, text := range r.Cells {
			if text = bare(text); text != "" && isLabel(t, r, i) {
				key += "\x00" + text
			}
		}
		return key
	}
}

// isLabel reports whether the i-th cell says which row it is, beside the row's code: of code columns, only what that does not say
// (the code of another side, that of a unit, a total written there).
func isLabel(t *schemas.Table, r *schemas.Row, i int) bool {
	if i >= len(t.Columns) {
		return false
	}
	switch t.Columns[i].Role {
	case schemas.AmountRole, schemas.NumberRole:
		return false
	case schemas.CodeRole:
		return !strings.Contains(r.Code, bare(r.Cells[i]))
	}
	return true
}

// label is what a row is called: its code and its words.
func label(t *schemas.Table, r *schemas.Row) string {
	var parts []string
	if r.Code != "" {
		parts = append(parts, r.Code)
	}
	for i, text := range r.Cells {
		if text = strings.TrimSpace(text); text != "" && isLabel(t, r, i) {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " ")
}

func cells(r *schemas.Row) string {
	return strings.Join(strings.Fields(strings.Join(r.Cells, " ")), " ")
}

func cell(r *schemas.Row, i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(r.Cells[i])
}

// A columnPair is a column of both versions; an index is -1 where the version does not have it.
type columnPair struct {
	before, after int
	header        string
	amount        bool
	unit          [2]schemas.UnitOfMeasure // of before and after, by the header; "" where it names none
}

// pairColumns pairs columns that are no part of a row's key by their headers.
func pairColumns(older, newer []schemas.Column) []columnPair {
	type column struct {
		index int
		unit  schemas.UnitOfMeasure
		key   string
		schemas.Column
	}
	list := func(columns []schemas.Column) (out []column) {
		for i, col := range columns {
			if col.Role == schemas.AmountRole || col.Role == schemas.NumberRole {
				unit, key := headerUnit(col.Path)
				out = append(out, column{i, unit, key, col})
			}
		}
		return out
	}
	key := func(c column) string { return c.key }
	var pairs []columnPair
	match(name(list(older), key), name(list(newer), key), func(before, after *column) {
		p := columnPair{before: -1, after: -1}
		for _, col := range []*column{before, after} {
			if col != nil {
				p.header, p.amount = strings.Join(col.Path, " > "), p.amount || col.Role == schemas.AmountRole
			}
		}
		if before != nil {
			p.before, p.unit[0] = before.index, before.unit
		}
		if after != nil {
			p.after, p.unit[1] = after.index, after.unit
		}
		pairs = append(pairs, p)
	})
	return pairs
}

// cell compares one cell; ch says where it stands.
func (c *comparison) cell(ch Change, p columnPair, before, after string, older, newer *schemas.Table) {
	if !p.amount {
		if bare(before) != bare(after) {
			ch.Kind, ch.Column, ch.Before, ch.After = CellChange, p.header, before, after
			c.add(ch)
		}
		return
	}
	unitBefore, unitAfter := units(p, older, newer)
	b, bok := schemas.ParseAmount(before, unitBefore)
	a, aok := schemas.ParseAmount(after, unitAfter)
	if bok && aok && a.Fen == b.Fen || !(bok && aok) && bare(before) == bare(after) {
		return
	}
	ch.Kind, ch.Column, ch.Before, ch.After, ch.Unit = FigureChange, p.header, before, after, unitAfter
	if after == "" {
		ch.Unit = unitBefore
	} else if before != "" && unitBefore != unitAfter {
		ch.UnitBefore = unitBefore
	}
	if bok && aok {
		d := a.Fen - b.Fen
		ch.Difference = &d
	}
	c.add(ch)
}

// units are the units of measure of a column in the two versions: what its header names, else what stands over the table. A version
// that names none is taken to mean the other's; where neither does, 元 is right for comparing the two.
func units(p columnPair, older, newer *schemas.Table) (before, after schemas.UnitOfMeasure) {
	before = cmp.Or(p.unit[0], printedUnit(older.UnitOfMeasure))
	after = cmp.Or(p.unit[1], printedUnit(newer.UnitOfMeasure))
	return cmp.Or(before, after, "元"), cmp.Or(after, before, "元")
}

// headerUnit finds the unit that stands in brackets in a header, 合计（万元）, and gives the header without it.
func headerUnit(path []string) (unit schemas.UnitOfMeasure, bareHeader string) {
	for _, header := range path {
		header = strings.NewReplacer("（", "(", "）", ")").Replace(bare(header))
		if before, rest, ok := strings.Cut(header, "("); ok {
			inside, after, _ := strings.Cut(rest, ")")
			if u := printedUnit(inside); u != "" {
				unit, header = u, before+after
			}
		}
		bareHeader += "\x00" + header
	}
	return unit, bareHeader
}

// printedUnit finds the unit of money at the end of what is printed (单位：万元), or "".
func printedUnit(text string) schemas.UnitOfMeasure {
	for _, u := range []schemas.UnitOfMeasure{"百万元", "亿元", "万元", "千元", "百元", "元"} {
		if strings.HasSuffix(bare(text), string(u)) {
			return u
		}
	}
	return ""
}

// grid compares forms of which at least one has no columns, row by row as text.
func (c *comparison) grid(older, newer *schemas.Table) {
	for _, d := range differences(gridRows(older), gridRows(newer)) {
		ch := Change{Kind: CellChange, Table: tableName(newer), PageBefore: page(older.At), PageAfter: page(newer.At)}
		ch.Before, ch.After = strings.Join(d.before, "\n"), strings.Join(d.after, "\n")
		c.add(ch)
	}
}

// gridRows are the rows as text, each spanning cell once.
func gridRows(t *schemas.Table) []string {
	var out []string
	for _, row := range t.Grid {
		out = append(out, strings.Join(slices.Compact(slices.Clone(row)), " | "))
	}
	for _, row := range t.Rows {
		out = append(out, strings.Join(row.Cells, " | "))
	}
	return out
}
