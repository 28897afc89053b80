package indexer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

func term(s string) indexer.Node   { return indexer.Term{Text: s} }
func phrase(s string) indexer.Node { return indexer.Phrase{Text: s} }
func not(n indexer.Node) indexer.Node {
	return indexer.Not{Node: n}
}
func and(list ...indexer.Node) indexer.Node { return indexer.And{Nodes: list} }
func or(list ...indexer.Node) indexer.Node  { return indexer.Or{Nodes: list} }

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       indexer.Node
	}{
		{"nothing", " \n　", nil},
		{"one word", "三公经费", term("三公经费")},
		{"two words", " 三公经费　减少 ", and(term("三公经费"), term("减少"))},
		{"phrase", `"收入 总计"`, phrase("收入 总计")},
		{"Chinese quotes", "“收入 总计” 2024", and(phrase("收入 总计"), term("2024"))},
		{"quotes inside a word", "“三公”经费", term("“三公”经费")},
		{"quote that is not closed", `"收入 总计`, and(term(`"收入`), term("总计"))},
		{"or", "三公 OR 会议费", or(term("三公"), term("会议费"))},
		{"and binds closer than or", "三公 减少 OR 会议费 AND 增加", or(and(term("三公"), term("减少")), and(term("会议费"), term("增加")))},
		{"not", "三公 -接待 NOT 出国", and(term("三公"), not(term("接待")), not(term("出国")))},
		{"not not", "NOT -接待", term("接待")},
		{"not a bracket", "-(三公 OR 出国)", not(or(term("三公"), term("出国")))},
		{"brackets", "(三公 OR 会议费) 减少", and(or(term("三公"), term("会议费")), term("减少"))},
		{"brackets in brackets", "((三公 减少) OR (出国 增加)) 原因", and(or(and(term("三公"), term("减少")), and(term("出国"), term("增加"))), term("原因"))},
		{"brackets in a word", "因公出国(境)费 (一)基本情况 收入(万元)", and(term("因公出国(境)费"), term("(一)基本情况"), term("收入(万元)"))},
		{"a word with brackets in brackets", "(出国(境) OR 接待)", or(term("出国(境)"), term("接待"))},
		{"a bracket that is not closed", "(一 支出", and(term("(一"), term("支出"))},
		{"a bracket that is not opened", "支出) 收入", and(term("支出)"), term("收入"))},
		{"a quote in brackets", `("收入 总计)" OR 支出)`, or(phrase("收入 总计)"), term("支出"))},
		{"operators in lower case", "or 和 not", and(term("or"), term("和"), term("not"))},
		{"operators in words", "ORACLE NOTE 2024-2025 三-四", and(term("ORACLE"), term("NOTE"), term("2024-2025"), term("三-四"))},
		{"a dash alone", "收入 - 支出 —", and(term("收入"), term("支出"))},
		{"nothing in brackets", "() 支出", term("支出")},
		{"unit", "unit:图书馆", indexer.Where{Filters: indexer.Filters{Unit: []string{"图书馆"}}}},
		{"full-width colon, upper case", "Unit：图书馆", indexer.Where{Filters: indexer.Filters{Unit: []string{"图书馆"}}}},
		{"several values", `region:"青禾 县",云岭，=石桥市`, indexer.Where{Filters: indexer.Filters{Region: []string{"青禾 县", "云岭", "=石桥市"}}}},
		{"year", "year:2024年", years(2024, 2024)},
		{"years", "year:2022..2024", years(2022, 2024)},
		{"years from", "year:2022..", years(2022, 0)},
		{"years to", "year:..2024", years(0, 2024)},
		{"years after", "year:>2022", years(2023, 0)},
		{"years before", "year:<2022", years(0, 2021)},
		{"years at most", "year:≤2022", years(0, 2022)},
		{"amount", "amount:1.5万元", amounts(1_500_000, 1_500_000)},
		{"amount beyond", "amount:>100万", amounts(100_000_001, none)},
		{"amounts", "amount:-5..100", amounts(-500, 10_000)},
		{"codes", "code:208,21005", indexer.Where{Filters: indexer.Filters{Code: []string{"208", "21005"}}}},
		{"disclosures", "disclosure:0123456789abcdef0123456789abcdef,0123456789ABCDEF0123456789ABCDE0", indexer.Where{Filters: indexer.Filters{
			Disclosure: []string{"0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcde0"}}}},
		{"kind and scope", "kind:决算,budget scope:单位", and(
			indexer.Where{Filters: indexer.Filters{Kind: []schemas.DocumentKind{schemas.FinalAccounts, schemas.Budget}}},
			indexer.Where{Filters: indexer.Filters{Scope: []schemas.Scope{schemas.UnitScope}}})},
		{"state", "state:空表,zero", indexer.Where{Filters: indexer.Filters{State: []indexer.State{indexer.DeclaredEmptyState, indexer.ZeroState}}}},
		{"section, table, header", "section:3.5 table:三公 header:合计", and(
			indexer.Where{Filters: indexer.Filters{Section: []string{"3.5"}}}, indexer.Where{Filters: indexer.Filters{Form: []string{"三公"}}},
			indexer.Where{Filters: indexer.Filters{Header: []string{"合计"}}})},
		{"not a unit", "-unit:医院 三公", and(not(indexer.Where{Filters: indexer.Filters{Unit: []string{"医院"}}}), term("三公"))},
		{"a field in brackets", "(unit:医院 OR 三公)", or(indexer.Where{Filters: indexer.Filters{Unit: []string{"医院"}}}, term("三公"))},
		{"an address", "https://example.org/a.pdf", term("https://example.org/a.pdf")},
		{"a colon in Chinese", "单位:万元 合计：", and(term("单位:万元"), term("合计："))},
		{"a field in quotes is text", `"unit:图书馆"`, phrase("unit:图书馆")},
		{"punctuation is dropped", "收入 ， 支出", and(term("收入"), term("支出"))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := indexer.Parse(tc.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("query (-got +want):\n%s", diff)
			}
		})
	}
	for _, text := range []string{"，。", `""`, strings.Repeat("长", 1001), strings.Repeat("长 ", 65)} {
		if _, err := indexer.Parse(text); !isQueryError(err) {
			t.Errorf("%.20q: got error %v, want a QueryError", text, err)
		}
	}
}

// TestParseErrors checks that an error says where the text is wrong, and what would be right.
func TestParseErrors(t *testing.T) {
	for _, tc := range []struct {
		text string
		at   int
		want string
	}{
		{"三公 yaer:2024", 4, "no field \"yaer\"; fields are amount, code, disclosure, form,"},
		{"OR 三公", 1, "OR needs"},
		{"三公 OR", 4, "OR needs"},
		{"三公 OR OR 四", 4, "OR needs"},
		{"三公 OR 。", 4, "OR needs"},
		{"AND 三公", 1, "AND needs"},
		{"三公 AND", 4, "AND needs"},
		{"三公 NOT", 4, "NOT needs"},
		{"(三公 OR NOT) 四", 8, "NOT needs"},
		{"(三公 OR 四", 1, "not closed"},
		{"(三公 OR 四)五", 1, "without white space"},
		{"unit:", 6, "unit: needs a value"},
		{"三公 unit: 图书馆", 9, "unit: needs a value"},
		{"unit:甲,", 8, "unit: needs a value"},
		{"unit:。", 6, "want words"},
		{`unit:"甲`, 6, "quote is not closed"},
		{"year:24", 6, "want a year such as 2024"},
		{"year:2024,2023", 11, "one of them"},
		{"year:2024..2023", 1, "from 2024 to 2023 are none"},
		{"year:..", 6, "want a year"},
		{"amount:viel", 8, "want an amount"},
		{"amount:>2万 amount:x", 19, "want an amount"},
		{"amount:5..2", 1, "are none"},
		{"code:20a", 6, "digits"},
		{"disclosure:0123456789abcdef", 12, "32 hex digits"},
		{"disclosure:0123456789abcdef0123456789abcdeg", 12, "32 hex digits"},
		{"disclosure:0123456789abcdef0123456789abcdef0", 12, "32 hex digits"},
		{"三公 disclosure:", 15, "needs a value"},
		{"kind:计划", 6, "budget (预算)"},
		{"scope:x", 7, "unit (单位)"},
		{"state:x", 7, "figure (有数)"},
		{strings.Repeat("(", 9) + "三 OR 四" + strings.Repeat(")", 9), 9, "more than 8 brackets"},
	} {
		t.Run(tc.text, func(t *testing.T) {
			_, err := indexer.Parse(tc.text)
			q, ok := errors.AsType[*indexer.QueryError](err)
			if !ok {
				t.Fatalf("got error %v, want a QueryError", err)
			}
			if q.At != tc.at || !strings.Contains(q.Message, tc.want) {
				t.Errorf("got %d: %q, want %d and %q in it", q.At, q.Message, tc.at, tc.want)
			}
		})
	}
}

func years(from, to int) indexer.Node {
	return indexer.Where{Filters: indexer.Filters{YearFrom: from, YearTo: to}}
}

const none = schemas.Fen(1 << 60)

func amounts(from, to schemas.Fen) indexer.Node {
	var w indexer.Where
	for _, b := range []struct {
		at  **schemas.Fen
		fen schemas.Fen
	}{{&w.Min, from}, {&w.Max, to}} {
		if b.fen != none {
			*b.at = &b.fen
		}
	}
	return w
}

// FuzzParse checks that what is typed is either read or refused with a QueryError, and stays within its bounds.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"三公 OR -(会议费 AND \"a b\") unit:甲,乙", "((((", "year:>2023 amount:..5万", "NOT NOT - - OR )", "“三公”经费 (一)x", "code:1：2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := indexer.Parse(text)
		if err != nil && !isQueryError(err) {
			t.Fatalf("got error %v, want a QueryError", err)
		}
		if n == nil {
			return
		}
		if list := indexer.Leaves(n); len(list) > indexer.MaxQueryWords {
			t.Errorf("got %d words", len(list))
		}
		if _, err := (indexer.Query{Text: text}).Prepare(indexer.Passages); err != nil && !isQueryError(err) {
			t.Errorf("prepare: got error %v, want a QueryError", err)
		}
	})
}

func isQueryError(err error) bool {
	_, ok := errors.AsType[*indexer.QueryError](err)
	return ok
}

func TestNegative(t *testing.T) {
	a, b := term("甲"), term("乙")
	for _, tc := range []struct {
		name   string
		node   indexer.Node
		want   bool
		leaves int
	}{
		{"term", a, false, 1},
		{"not", not(a), true, 0},
		{"not not", not(not(a)), false, 1},
		{"and not", and(a, not(b)), false, 1},
		{"only not", and(not(a), not(b)), true, 0},
		{"or not", or(a, not(b)), true, 1},
		{"not and", not(and(a, not(b))), true, 1},
		{"empty and", and(), true, 0},
		{"empty or", or(), false, 0},
		{"not empty or", not(or()), true, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := indexer.Negative(tc.node); got != tc.want {
				t.Errorf("got negative %v, want %v", got, tc.want)
			}
			if got := len(indexer.Leaves(tc.node)); got != tc.leaves {
				t.Errorf("got %d leaves, want %d", got, tc.leaves)
			}
		})
	}
}

// FuzzQuery checks that no text makes preparing a query panic, and that cursors survive.
func FuzzQuery(f *testing.F) {
	f.Add("“三公”经费 \"a b\"", "")
	f.Add("收入", "eyJzIjoieWVhciIsInYiOlsxLDJdfQ")
	f.Fuzz(func(t *testing.T, text, after string) {
		p, err := indexer.Query{Text: text, After: after}.Prepare(indexer.Passages)
		if err != nil {
			if !isQueryError(err) {
				t.Fatalf("got error %v, want a QueryError", err)
			}
			return
		}
		if p.Expr != nil && len(indexer.Leaves(p.Expr)) == 0 {
			t.Fatalf("%q has nothing to look for", text)
		}
		p.Hit(indexer.Passage{Text: text, Heading: text}, 0)
	})
}
