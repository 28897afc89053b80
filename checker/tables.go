package checker

import (
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
			if i < len(t.Columns) && isLabel(t.Columns[i].Role) {
				key += "\x00" + bare(text)
			}
		}
		return key
	}
}

func isLabel(r schemas.Role) bool {
	return r != schemas.AmountRole && r != schemas.NumberRole && r != schemas.CodeRole
}

// label is what a row is called: its code and its words.
func label(t *schemas.Table, r *schemas.Row) string {
	var parts []string
	if r.Code != "" {
		parts = append(parts, r.Code)
	}
	for i, text := range r.Cells {
		if text = strings.TrimSpace(text); i < len(t.Columns) && isLabel(t.Columns[i].Role) && text != "" {
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
}

// pairColumns pairs columns that are no part of a row's key by their headers.
func pairColumns(older, newer []schemas.Column) []columnPair {
	type column struct {
		index int
		schemas.Column
	}
	list := func(columns []schemas.Column) (out []column) {
		for i, col := range columns {
			if !isLabel(col.Role) && col.Role != schemas.CodeRole {
				out = append(out, column{i, col})
			}
		}
		return out
	}
	key := func(c column) string { return bare(strings.Join(c.Path, "\x00")) }
	var pairs []columnPair
	match(name(list(older), key), name(list(newer), key), func(before, after *column) {
		p := columnPair{before: -1, after: -1}
		for _, col := range []*column{before, after} {
			if col != nil {
				p.header, p.amount = strings.Join(col.Path, " > "), p.amount || col.Role == schemas.AmountRole
			}
		}
		if before != nil {
			p.before = before.index
		}
		if after != nil {
			p.after = after.index
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
	b, bok := schemas.ParseAmount(before, unitOf(older))
	a, aok := schemas.ParseAmount(after, unitOf(newer))
	if bok && aok && a.Fen == b.Fen || !(bok && aok) && bare(before) == bare(after) {
		return
	}
	ch.Kind, ch.Column, ch.Before, ch.After, ch.Unit = FigureChange, p.header, before, after, unitOf(newer)
	if after == "" {
		ch.Unit = unitOf(older)
	}
	if bok && aok {
		d := a.Fen - b.Fen
		ch.Difference = &d
	}
	c.add(ch)
}

// unitOf is the unit of measure that a table is printed in; 元 where it names none, which is right for comparing two.
func unitOf(t *schemas.Table) schemas.UnitOfMeasure {
	u := schemas.UnitOfMeasure(bare(t.UnitOfMeasure))
	if _, ok := u.Fen(); !ok {
		return "元"
	}
	return u
}

// grid compares forms that have no columns, row by row as text.
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
	return out
}
