package budget

import (
	"strings"

	"yusuan/schemas"
)

// A total is a column of totals with the columns that add up to it in most rows.
type total struct {
	column int
	parts  []int
}

// minRows is how many rows must add up before a total is believed to be one.
const minRows = 3

// rowSums counts the rows that could be held against a total to their left, and those of them that do not add up though most do:
// figures that stand in the wrong column, or an error of the document itself.
func rowSums(t *schemas.Table) (checked, wrong int) {
	if len(t.Rows) < minRows+1 {
		return 0, 0
	}
	for k := range t.Columns {
		if t.Columns[k].Role != schemas.AmountRole || !totalHeader(leafOf(t.Columns[k].Path)) {
			continue
		}
		s := total{k, partsOf(t, k)}
		if len(s.parts) < 2 {
			continue
		}
		fit, off := s.hold(t)
		if fit >= minRows && fit > 5*off { // else the headers do not mean that
			checked, wrong = checked+fit+off, wrong+off
		}
	}
	return checked, wrong
}

// totalHeader reports whether a header says that the columns behind it add up to its own.
func totalHeader(s string) bool {
	return strings.HasSuffix(s, "合计") || strings.HasSuffix(s, "小计") || strings.HasSuffix(s, "总计")
}

// partsOf returns the columns of amounts behind column k that add up to it by their headers: those in its own group, or all up to the
// next total that stands as high; of a group with a total of its own that total alone.
func partsOf(t *schemas.Table, k int) []int {
	depth := len(t.Columns[k].Path) - 1
	group := strings.Join(t.Columns[k].Path[:max(0, depth)], "/")
	var parts []int
	for j := k + 1; j < len(t.Columns); j++ {
		c := &t.Columns[j]
		if c.Role != schemas.AmountRole || len(c.Path) == 0 {
			break
		}
		if group != "" && !strings.HasPrefix(strings.Join(c.Path, "/"), group+"/") {
			break
		}
		if strings.HasPrefix(leafOf(c.Path), "其中") {
			continue
		}
		own := strings.Join(c.Path[:len(c.Path)-1], "/")
		if totalHeader(leafOf(c.Path)) && len(c.Path)-1 <= depth {
			break
		}
		if n := len(parts); n > 0 && totalHeader(leafOf(t.Columns[parts[n-1]].Path)) && own != "" && len(c.Path)-1 > depth &&
			strings.HasPrefix(own, strings.Join(t.Columns[parts[n-1]].Path[:len(t.Columns[parts[n-1]].Path)-1], "/")) {
			continue // that total has it
		}
		parts = append(parts, j)
	}
	return parts
}

// hold counts the rows in which the parts add up to the total, and those in which they do not; rows without one or the other are left
// out.
func (s *total) hold(t *schemas.Table) (fit, off int) {
	const (
		scale = schemas.UnitOfMeasure("万元") // whatever the table counts: sums are the same in every unit, and this one keeps six decimals
		half  = 51_00                       // of the last of two decimals, and a little
	)
	for i := range t.Rows {
		cells := t.Rows[i].Cells
		want, ok := schemas.ParseAmount(cells[s.column], scale)
		if !ok {
			continue
		}
		sum, n := schemas.Fen(0), schemas.Fen(0)
		for _, j := range s.parts {
			if v, ok := schemas.ParseAmount(cells[j], scale); ok {
				sum += v.Fen
				n++
			}
		}
		if d := want.Fen - sum; n > 0 && d <= half*(n+1) && -d <= half*(n+1) {
			fit++
		} else if n > 0 || want.Fen != 0 {
			off++
		}
	}
	return fit, off
}
