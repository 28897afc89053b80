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
	for i := range t.Rows {
		cells := t.Rows[i].Cells
		want, ok := tenThousandths(cells[s.column])
		if !ok {
			continue
		}
		sum, n := int64(0), 0
		for _, j := range s.parts {
			if v, ok := tenThousandths(cells[j]); ok {
				sum += v
				n++
			}
		}
		const half = 51 // of the last of two decimals, in ten thousandths
		if d := want - sum; n > 0 && d <= half*int64(n+1) && -d <= half*int64(n+1) {
			fit++
		} else if n > 0 || want != 0 {
			off++
		}
	}
	return fit, off
}

// tenThousandths reads a printed figure, in ten thousandths of its unit; false for text that is none, or too large.
func tenThousandths(s string) (int64, bool) {
	n, decimals, negative, digits := int64(0), -1, false, 0
	for _, r := range s {
		switch {
		case r >= '０' && r <= '９':
			r -= '０' - '0'
			fallthrough
		case r >= '0' && r <= '9':
			if digits++; digits > 14 {
				return 0, false
			}
			if decimals >= 4 {
				continue
			}
			n = n*10 + int64(r-'0')
			if decimals >= 0 {
				decimals++
			}
		case r == '.' || r == '．':
			if decimals >= 0 {
				return 0, false
			}
			decimals = 0
		case r == '-' || r == '－' || r == '−' || r == '△' || r == '▲' || r == '(' || r == '（':
			negative = true
		case r == ',' || r == '，' || r == ')' || r == '）' || r == ' ':
		default:
			return 0, false
		}
	}
	for decimals = max(decimals, 0); decimals < 4; decimals++ {
		n *= 10
	}
	if negative {
		n = -n
	}
	return n, digits > 0
}
