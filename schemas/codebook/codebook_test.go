package codebook_test

import (
	"slices"
	"strings"
	"testing"

	"yusuan/schemas"
	"yusuan/schemas/codebook"
)

func TestName(t *testing.T) {
	for code, want := range map[string]string{
		"208":      "社会保障和就业支出", // of old: 社会保障和就业
		"213":      "农林水支出",     // of old: 农林水事务
		"224":      "灾害防治及应急管理支出",
		"312":      "对企业补助",
		"20805":    "行政事业单位养老支出",
		"2080505":  "机关事业单位基本养老保险缴费支出",
		"2010101":  "行政运行（人大）", // of the old list alone
		"2011201":  "行政运行（人口与计划生育）",
		"302":      "商品和服务支出",
		"30217":    "公务接待费",
		"501":      "机关工资福利支出",
		"50199":    "其他工资福利支出",
		"21007":    "计划生育事务",
		"2100701":  "", // was 妇幼保健机构 when 21007 was 妇幼保健
		"999":      "",
		"20":       "",
		"2080505 ": "",
		"":         "",
	} {
		if got := codebook.Name(code); got != want {
			t.Errorf("Name(%q) = %q, want %q", code, got, want)
		}
	}
}

func digits(list []codebook.Code) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Code)
	}
	return out
}

func TestChildren(t *testing.T) {
	for _, tc := range []struct {
		code string
		want []string
	}{
		{"220", []string{"22001"}},
		{"22102", []string{"2210201", "2210203"}},
		{"21007", []string{"2100717"}},
		{"501", []string{"50101", "50102", "50103", "50199"}},
		{"30217", nil},
		{"2080505", nil},
		{"999", nil},
		{"22", nil},
		{"x", nil},
	} {
		if got := digits(codebook.Children(tc.code)); !slices.Equal(got, tc.want) {
			t.Errorf("Children(%q) = %v, want %v", tc.code, got, tc.want)
		}
	}
	classes := codebook.Children("")
	if got := digits(classes); !slices.IsSorted(got) || got[0] != "201" || got[len(got)-1] != "502" || !slices.Contains(got, "399") {
		t.Errorf("classes are %v", got)
	}
	for _, c := range classes {
		if (c.Classification == codebook.Functional) != (c.Code[0] == '2') || len(c.Code) != 3 {
			t.Errorf("got %+v among the classes", c)
		}
	}
}

func TestFind(t *testing.T) {
	for _, tc := range []struct {
		text  string
		limit int
		want  []string
	}{
		{"22102", 9, []string{"22102", "2210201", "2210203"}},
		{"22102", 2, []string{"22102", "2210201"}},
		{"501", 3, []string{"501", "50101", "50102"}},
		{"50", 4, []string{"501", "502", "50101", "50102"}}, // classes first
		{"公务接待", 9, []string{"30217"}},
		{"因公 出国(境)", 9, []string{"30212"}},
		{"职工基本医疗保险缴费", 9, []string{"30110"}},
		{"住房公积金", 9, []string{"2210201", "2290301", "30113", "50103"}},
		{"卫生健康支出", 1, []string{"210"}},
		{"", 2, []string{"201", "202"}},
		{"208", 0, nil},
		{"208", -1, nil},
		{"没有的科目", 9, nil},
	} {
		if got := digits(codebook.Find(tc.text, tc.limit)); !slices.Equal(got, tc.want) {
			t.Errorf("Find(%q, %d) = %v, want %v", tc.text, tc.limit, got, tc.want)
		}
	}
}

// TestList checks the list itself: that each code is one, once, in order and under its class and section, and that names are whole.
func TestList(t *testing.T) {
	all := codebook.Find("", 1<<20)
	if len(all) < 1700 {
		t.Fatalf("got %d codes", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		functional, economic := schemas.FunctionalCode(c.Code), schemas.EconomicCode(c.Code)
		parent := economic.Parent()
		if c.Classification == codebook.Functional {
			parent = functional.Parent()
		}
		if functional.Valid() == economic.Valid() || functional.Valid() != (c.Classification == codebook.Functional) {
			t.Errorf("%+v is no code of its classification", c)
		}
		if seen[c.Code] || parent != "" && codebook.Name(parent) == "" {
			t.Errorf("%+v is there twice, or without what it is under", c)
		}
		seen[c.Code] = true
		if c.Name == "" || strings.ContainsAny(c.Name, " \t\r,()0123456789") || strings.Count(c.Name, "（") != strings.Count(c.Name, "）") {
			t.Errorf("%s has the name %q", c.Code, c.Name)
		}
		if codebook.Name(c.Code) != c.Name {
			t.Errorf("%s is not found by its digits: is the list in order?", c.Code)
		}
	}
}

// TestCopies checks that what a caller does to an answer is not in the next one.
func TestCopies(t *testing.T) {
	codebook.Children("")[0].Name = "changed"
	codebook.Find("201", 1)[0].Name = "changed"
	if got := codebook.Name("201"); got != "一般公共服务支出" {
		t.Errorf("got %q", got)
	}
}
