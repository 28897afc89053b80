package indexer_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// hitText prepares the query and gives the hit's snippet, with what is marked in brackets and dots where it is cut.
func hitText(t *testing.T, q indexer.Query, p indexer.Passage) (string, indexer.Hit) {
	t.Helper()
	plan, err := q.Prepare(indexer.Passages)
	if err != nil {
		t.Fatal(err)
	}
	h := plan.Hit(p, 0)
	var b strings.Builder
	if h.Snippet.Before {
		b.WriteString("…")
	}
	for _, s := range indexer.Segments(h.Snippet.Text, h.Snippet.Marks) {
		if s.Marked {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	if h.Snippet.After {
		b.WriteString("…")
	}
	if !strings.HasPrefix(p.Text[h.Snippet.Start:], h.Snippet.Text) {
		t.Errorf("snippet %q is not at %d", h.Snippet.Text, h.Snippet.Start)
	}
	return b.String(), h
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("甲乙丙丁戊己庚辛壬癸", 30)
	for _, tc := range []struct{ name, query, text, want string }{
		{"printed text", "三公经费", "为“三公”经费3万元", "为“[三公”经费]3万元"},
		{"spaced", "收入总计", "收 入 总 计 5", "[收 入 总 计] 5"},
		{"overlapping", "支出预算 预算说明", "支出预算说明", "[支出预算说明]"},
		{"one character", "支", "支出与支付", "[支]出与[支]付"},
		{"figure", "1234.5", "计１,234.5元", "计[１,234.5]元"},
		{"not part of a figure", "234", "计1234元，234元", "计1234元，[234]元"},
		{"not what is not wanted", "支出", "支付支出", "支付[支出]"},
		{"no match", "收入", "支出", "支出"},
		{"short text is whole", "丙丁", "甲乙丙丁。", "甲乙[丙丁]。"},
		{"cut at sentences", "目标", long + "。到此为止。" + "这是目标，它在这里。" + long, "…到此为止。这是[目标]，它在这里。" + long[:105*3] + "…"},
		{"cut anywhere", "目标", long + "目标" + long, "…" + long[len(long)-90:] + "[目标]" + long[:88*3] + "…"},
		{"nothing found in long text", "目标", long, long[:360] + "…"},
		{"nearly the end", "目标", "目标" + long[:3*124], "[目标]" + long[:3*124]},
		{"long phrase", long[:600], long[:600] + "。尾", "[" + long[:600] + "]…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, _ := hitText(t, indexer.Query{Text: tc.query}, indexer.Passage{Text: tc.text}); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestHitPlace(t *testing.T) {
	p := indexer.Passage{
		Text: "第一段。\n第二段有目标。", Page: 3, Box: &schemas.Box{1, 1, 1, 1}, Heading: "目标与任务",
		Parts: []indexer.Part{{Start: 0, Page: 3, Box: &schemas.Box{2, 2, 2, 2}}, {Start: 13, Page: 4, Box: &schemas.Box{3, 3, 3, 3}}},
	}
	_, h := hitText(t, indexer.Query{Text: "目标"}, p)
	if h.Page != 4 || h.Box == nil || h.Box[0] != 3 {
		t.Errorf("got page %d, box %v, want that of the second paragraph", h.Page, h.Box)
	}
	if diff := cmp.Diff(h.Snippet.Heading, []indexer.Range{{Start: 0, End: 6}}); diff != "" {
		t.Errorf("heading (-got +want):\n%s", diff)
	}
	if _, h = hitText(t, indexer.Query{Text: "任务"}, p); h.Page != 3 || h.Box[0] != 1 {
		t.Errorf("got page %d, box %v, want the passage's own", h.Page, h.Box)
	}
	if _, h = hitText(t, indexer.Query{}, p); len(h.Snippet.Marks) != 0 || h.Snippet.Text == "" {
		t.Errorf("got %+v without a query, want the text's beginning", h.Snippet)
	}
}

func TestCodeOverCells(t *testing.T) {
	p := indexer.Passage{
		Text: "208 05 05 养老保险 12", Code: []string{"2080505"}, Parts: []indexer.Part{{Start: 0}, {Start: 4}, {Start: 7, Page: 2}, {Start: 10}, {Start: 23}},
	}
	if got, _ := hitText(t, indexer.Query{Text: "2080505"}, p); got != "[208 05 05] 养老保险 12" {
		t.Errorf("got %q", got)
	}
	p.Parts = p.Parts[:2] // parts that do not spell it
	if got, _ := hitText(t, indexer.Query{Text: "2080505"}, p); strings.Contains(got, "[") {
		t.Errorf("got %q, want no mark", got)
	}
}

func TestHighlightIsBounded(t *testing.T) {
	leaves := [][]indexer.QueryToken{indexer.PhraseTokens("支出")}
	if got := len(indexer.Highlight(strings.Repeat("支出。", 100_000), leaves)); got != 100 {
		t.Errorf("got %d marks, want 100", got)
	}
	if got := indexer.Highlight(strings.Repeat("收入。", 100_000)+"支出", leaves); got != nil {
		t.Errorf("got %v behind the bound, want none", got)
	}
}

func FuzzHit(f *testing.F) {
	f.Add("“三公”经费 收入", "为“三公”经费3万元。收 入")
	f.Add("支", strings.Repeat("支出、", 200))
	f.Add("a", "a\xff\xe4")
	f.Fuzz(func(t *testing.T, query, text string) {
		text = strings.ToValidUTF8(text, "?")
		p, err := indexer.Query{Text: query}.Prepare(indexer.Passages)
		if err != nil {
			return
		}
		s := p.Hit(indexer.Passage{Text: text}, 0).Snippet
		if !utf8.ValidString(s.Text) || text[s.Start:s.Start+len(s.Text)] != s.Text {
			t.Fatalf("snippet %q at %d of %q", s.Text, s.Start, text)
		}
		if n := utf8.RuneCountInString(s.Text); n > 2*indexer.SnippetRunes {
			t.Fatalf("snippet of %d characters", n)
		}
		last := 0
		for _, m := range s.Marks {
			if m.Start < last || m.End <= m.Start || m.End > len(s.Text) || !utf8.RuneStart(s.Text[m.Start]) {
				t.Fatalf("mark %v in %q", m, s.Text)
			}
			last = m.End
		}
	})
}
