// Package codebook has the names of the codes of budget classifications: 支出功能分类 (201 to 299), 部门预算支出经济分类 (301 to 399) and
// 政府预算支出经济分类 (501 to 599).
//
// The classifications are the Ministry of Finance's 政府收支分类科目, which is published anew every year and has no edition that a program could
// read. The list was put together from two sources: codes that disclosures of 2023 to 2025 print, by the names that they print there, and for
// all others an edition of about 2007 to 2010, in which an item may have its section behind its name: 行政运行（人大）. So it is neither complete (of
// the government's economic classification it has 501 and 502) nor that of any one year: names differ by year, codes come and go, and a few
// have been given to something else. The name that a disclosure prints beside a code goes before the one here.
package codebook

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// A Classification says which classification a code belongs to.
type Classification string

// The classifications.
const (
	Functional Classification = "functional" // 支出功能分类
	Economic   Classification = "economic"   // 支出经济分类: 3xx a department's, 5xx the government's
)

// A Code is a class (类, 3 digits), a section (款, 5) or an item (项, 7; functional only).
type Code struct {
	Code           string         `json:"code"`
	Name           string         `json:"name"`
	Classification Classification `json:"classification"`
}

//go:embed codes.tsv
var list string

// codes are all codes in the order of their digits: each before those under it.
var codes = sync.OnceValue(func() []Code {
	out := make([]Code, 0, 1800)
	for line := range strings.Lines(list) {
		code, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			continue
		}
		c := Code{Code: code, Name: name, Classification: Economic}
		if strings.HasPrefix(code, "2") {
			c.Classification = Functional
		}
		out = append(out, c)
	}
	return out
})

// from gives the codes from the first one on that is not before code.
func from(code string) []Code {
	list := codes()
	i, _ := slices.BinarySearchFunc(list, code, func(c Code, code string) int { return strings.Compare(c.Code, code) })
	return list[i:]
}

// Name is what a code is called; "" where the list does not have it.
func Name(code string) string {
	if rest := from(code); len(rest) > 0 && rest[0].Code == code {
		return rest[0].Name
	}
	return ""
}

// Children are the codes one level below, in the order of their digits; of "" the classes of both classifications.
func Children(code string) []Code {
	digits := 3
	if code != "" {
		digits = len(code) + 2
	}
	var out []Code
	for _, c := range from(code) {
		if !strings.HasPrefix(c.Code, code) {
			break
		}
		if len(c.Code) == digits {
			out = append(out, c)
		}
	}
	return out
}

// Find gives the codes that begin with the text, or have it in their names, at most limit: classes first, then in the order of their digits. White
// space says nothing, and brackets of either width are the same.
func Find(text string, limit int) []Code {
	text = strings.NewReplacer("(", "（", ")", "）").Replace(strings.Join(strings.Fields(text), ""))
	var out []Code
	for _, c := range codes() {
		if strings.HasPrefix(c.Code, text) || strings.Contains(c.Name, text) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Code) int { return cmp.Compare(depth(a), depth(b)) })
	return out[:min(len(out), max(limit, 0))]
}

// depth is 0 of a class, 1 of what is below one.
func depth(c Code) int {
	if len(c.Code) == 3 {
		return 0
	}
	return 1
}
