package indexer_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
)

func TestFold(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"plain", "三公经费", "三公经费"},
		{"curly quotes", "“三公”经费", "三公经费"},
		{"all quotes", `"三"'公'‘经’《费》「支」『出』`, "三公经费支出"},
		{"quote and space", "三 “公” 经费", "三公经费"},
		{"spaced", "收 入　总\n计", "收入总计"},
		{"space beside a figure", "2024 年 预算", "2024 年预算"},
		{"space between words", "ABC def", "abc def"},
		{"full width", "２０２４年（一）ＡＢｃ", "2024年(一)abc"},
		{"Kangxi radicals", "⼆〇⼆四年⼀⽉", "二〇二四年一月"},
		{"CJK radicals", "⻓城⻋⻔⻛⻅", "长城车门风见"},
		{"radical that is none", "⺀", "⺀"},
		{"traditional characters", "「三公」經費財政撥款預算", "三公经费财政拨款预算"},
		{"traditional, by compatibility", "金\uf90a", "金金"},
		{"circle for zero", "二○二四", "二〇二四"},
		{"separators", "1,234,567.89 和 1,23 和 1234,567 和 12,3456", "1234567.89 和 1,23 和 1234,567 和 12,3456"},
		{"full-width separators", "１，２３４．５６", "1234.56"},
		{"a list of years", "2023,2024", "2023,2024"},
		{"invisible", "预\u200b算\ufeff\u00ad", "预算"},
		{"compatibility", "㈠①Ⅳ㎡℃", "(一)1ivm2°c"},
		{"no UTF-8", "预\xff算", "预\ufffd算"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := indexer.Fold(tc.text); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"run", "三公经费", "三公 公经 经费 费"},
		{"one character", "馆", "馆"},
		{"figures", "2024年1,234.56万元。", "2024 年 1234.56 万元 元"},
		{"point at the end", "12. 5.", "12 5"},
		{"words", "ABC-12 d.e", "abc 12 d e"},
		{"punctuation ends a run", "收入，支出", "收入 入 支出 出"},
		{"quotes do not", "“三公”经费", "三公 公经 经费 费"},
		{"kana and hangul", "カナ한국", "カナ ナ한 한국 국"},
		{"only punctuation", "，。…—", ""},
		{"accents", "Ünicode naïve", "ünicode naïve"},
		{"beyond the BMP", "𠀀𠀁", "𠀀𠀁 𠀁"},
		{"long word", strings.Repeat("a", 300), strings.Repeat("a", 255) + " " + strings.Repeat("a", 45)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := indexer.TokenText(tc.text); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestTokenPlaces(t *testing.T) {
	text := "按“三公”经费 １2"
	var got []string
	for _, tok := range indexer.Tokens(text) {
		got = append(got, tok.Term+"="+text[tok.Start:tok.End]+"="+text[tok.Start:tok.Head])
	}
	want := []string{"按三=按“三=按", "三公=三公=三", "公经=公”经=公", "经费=经费=经", "费=费=费", "12=１2=１2"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("places (-got +want):\n%s", diff)
	}
}

func TestPhraseTokens(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"run", "三公经费", "三公 公经 经费"},
		{"two", "三公", "三公"},
		{"one", "馆", "馆*"},
		{"one at the end", "2024年", "2024 年*"},
		{"one at the start", "第12", "第 12"},
		{"run inside", "年度12月份", "年度 度 12 月份"},
		{"two runs", "收入，馆", "收入 入 馆*"},
		{"expanded character", "㍿", "株式 式会 会社"},
		{"nothing", "“”", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var list []string
			for _, q := range indexer.PhraseTokens(tc.text) {
				if q.Prefix {
					q.Term += "*"
				}
				list = append(list, q.Term)
			}
			if got := strings.Join(list, " "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// FuzzTokens checks that tokens stand where they say, in order, and that any text finds itself.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"“三公”经费1,234.56万元", "收 入 总 计", "⻓⼀㍿①", "a\xff𠀀.1.2", "第1页，第２页", "ﷺ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		list := indexer.Tokens(text)
		for _, tok := range list {
			if tok.Start < last || tok.Head <= tok.Start || tok.End < tok.Head || tok.End > len(text) {
				t.Fatalf("token %+v in %q after %d", tok, text, last)
			}
			if tok.Term == "" || strings.ContainsAny(tok.Term, "\" \n") || !utf8.ValidString(tok.Term) {
				t.Fatalf("term %q in %q", tok.Term, text)
			}
			last = tok.Start
		}
		marks := indexer.Highlight(text, [][]indexer.QueryToken{indexer.PhraseTokens(text)})
		if len(list) > 0 && len(marks) == 0 {
			t.Fatalf("%q does not find itself", text)
		}
		for _, s := range indexer.Segments(text, marks) {
			if s.Text == "" {
				t.Fatalf("empty segment of %q: %v", text, marks)
			}
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	text := strings.Repeat("“三公”经费财政拨款预算数为3.10万元，比上年减少1.10万元，主要原因是：压减公务接待费。", 10)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		indexer.TokenText(text)
	}
}
