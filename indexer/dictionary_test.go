package indexer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
)

func prepared(t *testing.T, q indexer.Query) indexer.Plan {
	t.Helper()
	p, err := q.Prepare(indexer.Passages)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTakenApart(t *testing.T) {
	for _, tc := range []struct {
		text string
		want indexer.Node
	}{
		{"三公经费", term("三公经费")},
		{"绿化工程", term("绿化工程")},
		{"三公经费变动原因", and(term("三公经费"), term("变动"), term("原因"))},
		{"三公经费的变动", and(term("三公经费"), term("变动"))},
		{"会议费是多少", term("会议费")},
		{"是多少", term("是多少")},
		{"智慧城管平台资金", and(term("智慧城管平台"), term("资金"))},
		{"青禾县图书馆", and(term("青禾县"), term("图书馆"))},
		{"2024年会议费", and(term("2024年"), term("会议费"))},
		{"2024会议费", and(term("2024"), term("会议费"))},
		{"12024会议费", and(term("12024"), term("会议费"))},
		{"总收入", term("总收入")},
		{"收入类", term("收入类")},
		{"\"三公经费变动\"", phrase("三公经费变动")},
		{"会议费 -会议费原因", and(term("会议费"), not(term("会议费原因")))},
		{"公车", or(term("公车"), term("公务用车"))},
		{"公務用車", or(term("公務用車"), term("公车"))},
		{"公车原因", and(or(term("公车"), term("公务用车")), term("原因"))},
	} {
		t.Run(tc.text, func(t *testing.T) {
			if diff := cmp.Diff(prepared(t, indexer.Query{Text: tc.text}).Expr, tc.want); diff != "" {
				t.Errorf("query (-got +want):\n%s", diff)
			}
		})
	}
}

// TestTakenApartIsBounded types more than there may be words of.
func TestTakenApartIsBounded(t *testing.T) {
	p := prepared(t, indexer.Query{Text: strings.Repeat("会议费原因", 200)})
	if n := len(indexer.Leaves(p.Expr)); n != 1 {
		t.Errorf("got %d words, want the text as it is", n)
	}
	p = prepared(t, indexer.Query{Text: strings.Repeat("公车 ", indexer.MaxQueryWords)})
	if n := len(indexer.Leaves(p.Expr)); n > 2*indexer.MaxQueryWords {
		t.Errorf("got %d words, want %d at most", n, 2*indexer.MaxQueryWords)
	}
}

func TestSynonyms(t *testing.T) {
	d, err := indexer.StandardDictionary().WithSynonyms(strings.NewReader("\ufeff# remark\n\n水管站，水利管理站 # both\n红头文件 => 公文、文件\n"))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]indexer.Node{
		"水管站":  or(term("水管站"), term("水利管理站")),
		"红头文件": or(term("红头文件"), term("公文"), term("文件")),
		"公文":   term("公文"),
		"公车":   or(term("公车"), term("公务用车")),
	} {
		if diff := cmp.Diff(prepared(t, indexer.Query{Text: text, Dictionary: d}).Expr, want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", text, diff)
		}
	}
	if diff := cmp.Diff(prepared(t, indexer.Query{Text: "红头文件"}).Expr, term("红头文件")); diff != "" {
		t.Errorf("the standard dictionary has changed (-got +want):\n%s", diff)
	}
	for file, want := range map[string]string{
		"甲\n":                          "line 1: \"甲\" has no other word",
		"甲,乙\n丙 =>\n":                  "line 2: a word is missing",
		"=> 丙":                         "line 1: a word is missing",
		"甲,，。,乙":                       "line 1: a word is missing",
		strings.Repeat("甲,", 80) + "乙": "line 1: more than 32 words",
	} {
		if _, err := indexer.StandardDictionary().WithSynonyms(strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got error %v, want %q", file, err, want)
		}
	}
}

// TestWiden checks which words may be met by what the disclosure is.
func TestWiden(t *testing.T) {
	unit := func(s string) indexer.Node { return indexer.Where{Filters: indexer.Filters{Unit: []string{s}}} }
	region := func(s string) indexer.Node { return indexer.Where{Filters: indexer.Filters{Region: []string{s}}} }
	named := func(texts []string) ([]bool, error) {
		out := make([]bool, len(texts))
		for i, text := range texts {
			out[i] = strings.Contains("青禾县图书馆", text)
		}
		return out, nil
	}
	for _, tc := range []struct {
		text string
		want indexer.Node
	}{
		{"图书馆", term("图书馆")},
		{"图书馆 会议费", and(or(term("图书馆"), unit("图书馆"), region("图书馆")), term("会议费"))},
		{"=图书馆 会议费", and(or(term("=图书馆"), unit("图书馆"), region("图书馆")), term("会议费"))},
		{"馆 会议费", and(term("馆"), term("会议费"))},
		{"2024年 会议费", and(or(term("2024年"), years(2024, 2024)), term("会议费"))},
		{"会议费 -图书馆", and(term("会议费"), not(term("图书馆")))},
		{"会议费 (博物馆 OR 图书馆)", and(term("会议费"), or(or(term("博物馆"), term("图书馆")), unit("图书馆"), region("图书馆")))},
		{"会议费 博物馆", and(term("会议费"), term("博物馆"))},
	} {
		t.Run(tc.text, func(t *testing.T) {
			p := prepared(t, indexer.Query{Text: tc.text})
			if err := p.Widen(named); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p.Expr, tc.want); diff != "" {
				t.Errorf("query (-got +want):\n%s", diff)
			}
		})
	}
}
