package indexer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
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
		{"operators are literal", "收入 OR -支出 NEAR(a)", and(term("收入"), term("OR"), term("-支出"), term("NEAR(a)"))},
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
