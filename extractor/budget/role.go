package budget

import (
	"slices"
	"strings"

	"yusuan/schemas"
)

// codeHeader reports whether a header stands over codes.
func codeHeader(s string) bool { return containsAny(s, "编码", "代码", "编号") }

// levelHeader reports whether a header stands over one level of codes.
func levelHeader(s string) bool { return s == "类" || s == "款" || s == "项" }

// nameHeader reports whether a header stands over names.
func nameHeader(s string) bool {
	return s == "项目" || s == "支出项目" || strings.HasPrefix(s, "项目（按") || strings.HasPrefix(s, "项目(按") || strings.Contains(s, "名称") || strings.HasSuffix(s, "科目") || strings.HasSuffix(s, "功能分类") || strings.HasSuffix(s, "内容")
}

// numberHeader reports whether a header stands over numbers that are no amounts of money.
func numberHeader(s string) bool {
	return containsAny(s, "行次", "序号", "%", "％", "占比", "比例", "增幅", "幅度", "增长率", "人数", "数量", "面积", "辆", "台", "个数")
}

// lineNumbers reports whether a column has the running numbers of the rows, under whatever else: 收入 > 行次.
func lineNumbers(path []string) bool {
	return slices.ContainsFunc(path, func(s string) bool { return s == "行次" || s == "序号" })
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// setRoles says what each column holds, by its header first and its cells second.
func setRoles(t *schemas.Table) {
	for k := range t.Columns {
		path := t.Columns[k].Path
		whole := strings.Join(path, "/")
		leaf := leafOf(path)
		figures, codes, texts := tally(t, k)
		switch {
		case levelHeader(leaf) && (codeHeader(whole) || figures+codes > 0 || texts == 0):
			t.Columns[k].Role = schemas.CodeRole
		case codeHeader(leaf):
			t.Columns[k].Role = schemas.CodeRole
		case numberHeader(leaf), lineNumbers(path) && texts == 0:
			t.Columns[k].Role = schemas.NumberRole
		case nameHeader(leaf) && figures <= texts:
			t.Columns[k].Role = schemas.NameRole
		case figures == 0 && containsAny(leaf, "备注", "说明", "依据", "用途"):
			t.Columns[k].Role = schemas.TextRole
		case texts > figures && texts > 0:
			t.Columns[k].Role = schemas.TextRole
		default:
			t.Columns[k].Role = schemas.AmountRole
		}
	}
	nameless(t)
}

// leafOf returns the lowest header of a path, the running number left out.
func leafOf(path []string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if !isFigure(path[i]) && !orderWord.MatchString(path[i]) {
			return path[i]
		}
	}
	if len(path) > 0 {
		return path[len(path)-1]
	}
	return ""
}

// tally counts a column's cells by what they look like.
func tally(t *schemas.Table, k int) (figures, codes, texts int) {
	for i := range t.Rows {
		switch c := t.Rows[i].Cells[k]; {
		case c == "":
		case isCode(c):
			codes++
			figures++
		case isFigure(c) || c == "-" || c == "—":
			figures++
		default:
			texts++
		}
	}
	return figures, codes, texts
}

// nameless makes the first column of text the names where no header says so.
func nameless(t *schemas.Table) {
	for k := range t.Columns {
		if t.Columns[k].Role == schemas.NameRole {
			return
		}
	}
	for k := range t.Columns {
		if t.Columns[k].Role == schemas.TextRole {
			t.Columns[k].Role = schemas.NameRole
			return
		}
	}
}

// setCodes joins each row's code: from one column (2080101) or from three side by side (208 | 01 | 01). Tables with codes
// in several places (two-sided ones) get none.
func setCodes(t *schemas.Table) {
	var columns []int
	for k := range t.Columns {
		if t.Columns[k].Role == schemas.CodeRole {
			columns = append(columns, k)
		}
	}
	if len(columns) == 0 || len(columns) > 4 || columns[len(columns)-1]-columns[0] != len(columns)-1 {
		return
	}
	for i := range t.Rows {
		if code := joinCode(t.Rows[i].Cells[columns[0] : columns[len(columns)-1]+1]); code != "" {
			t.Rows[i].Code = code
		}
	}
}

// joinCode returns the classification code in the cells of a row's code columns, or "".
func joinCode(cells []string) string {
	var b strings.Builder
	for _, c := range cells {
		if c == "" {
			break
		}
		b.WriteString(asciiDigits(squeeze(c)))
	}
	code := b.String()
	if schemas.FunctionalCode(code).Valid() || schemas.EconomicCode(code).Valid() {
		return code
	}
	if len(cells) == 1 && isCode(code) && len(code) <= 7 {
		return code
	}
	return ""
}

func asciiDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, s)
}

// hasFigures reports whether any cell of the table's body holds a figure.
func hasFigures(t *schemas.Table) bool {
	for i := range t.Rows {
		for k, c := range t.Rows[i].Cells {
			role := t.Columns[k].Role
			if (role == schemas.AmountRole || role == schemas.NumberRole && !orderWord.MatchString(leafOf(t.Columns[k].Path))) && isFigure(c) {
				return true
			}
		}
	}
	for _, row := range t.Grid {
		for _, c := range row {
			if strings.ContainsAny(c, "0123456789") {
				return true
			}
		}
	}
	return false
}
