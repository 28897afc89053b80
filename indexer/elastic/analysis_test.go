package elastic_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/indexer/elastic"
)

// analyze returns the terms that an analyser of the prefix's passages gives at each position.
func analyze(t *testing.T, url, prefix, analyzer, text string) [][]string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"analyzer": analyzer, "text": text})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Tokens []struct {
			Token    string `json:"token"`
			Position int    `json:"position"`
		} `json:"tokens"`
	}
	if err := json.Unmarshal([]byte(call(t, http.MethodPost, url+"/"+prefix+"-passages/_analyze", string(body))), &answer); err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, tok := range answer.Tokens {
		for len(out) <= tok.Position {
			out = append(out, nil)
		}
		out[tok.Position] = append(out[tok.Position], tok.Token)
	}
	return out
}

// expectedTerms are the terms that indexer.Tokens wants at each position: a word; or a CJK character, with its pair.
func expectedTerms(text string) [][]string {
	var out [][]string
	for _, tok := range indexer.Tokens(text) {
		runes := []rune(tok.Term)
		if len(runes) == 2 && tok.Head < tok.End {
			out = append(out, []string{string(runes[0]), tok.Term})
		} else {
			out = append(out, []string{tok.Term})
		}
	}
	return out
}

// TestAnalyzerIsTokens holds the index's analyser against indexer.Tokens, on chosen and on random texts.
func TestAnalyzerIsTokens(t *testing.T) {
	url, prefix := serverURL(t), newPrefix(t)
	open(t, elastic.Config{URLs: []string{url}, Prefix: prefix})
	texts := []string{
		"三公经费", "“三公”经费", "收 入 总 计", "收\u3000入\n总\t计", "三 “公” 经费", "2024年度１２月", "1,234,567.89元", "１，２３４．５６", "2023,2024", "1,23",
		"1234,567", "12. 5.", "3.5.2", "a1.5b", "⼆〇⼆四年⻓城⻋", "二○二四年", "㎡①Ⅳ", "ABC-12 d.e_f", "it's", "预\u200b算\ufeff", "联系电话０９９１-1234567", "≥57个",
		"（一）“三公”", "《预算法》", "【注】", "カタカナー漢字", "한국 예산", "Ünicode", "𠀀𠀁字", "馆", "第1页", "ئۇيغۇر تىلى", "ﷲ", strings.Repeat("a", 300), "…—。，",
	}
	pieces := []string{"收", "入", "总计", " ", " ", "\n", "　", "，", "。", "“", "”", "1", "23", "456", "1,234", ",", ".", "．", "，", "a", "Bc", "-", "_", "%", "％", "（", "）", "⼀", "⻓", "○", "①", "\u200b", "'", "·", "、", "℃"}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		for range 1 + rng.IntN(12) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		texts = append(texts, b.String())
	}
	for _, text := range texts {
		if diff := cmp.Diff(analyze(t, url, prefix, "yusuan", text), expectedTerms(text)); diff != "" {
			t.Errorf("terms of %q (-elasticsearch +indexer):\n%s", text, diff)
		}
	}
	for text, want := range map[string][][]string{"三公经费2024年": {{"三公"}, {"公经"}, {"经费"}, {"2024"}, {"年"}}, "“馆”": {{"馆"}}} {
		if diff := cmp.Diff(analyze(t, url, prefix, "yusuan_search", text), want); diff != "" {
			t.Errorf("search terms of %q (-got +want):\n%s", text, diff)
		}
	}
}

// TestOtherPrograms asks as Kibana does: with the field's own analyser.
func TestOtherPrograms(t *testing.T) {
	url, prefix := serverURL(t), newPrefix(t)
	s := open(t, elastic.Config{URLs: []string{url}, Prefix: prefix})
	fill(t, s)
	for _, tc := range []struct {
		name, index, query string
		want               int
	}{
		{"match phrase", "passages", `{"match_phrase": {"text": "三公经费"}}`, 6},
		{"spaced", "passages", `{"match_phrase": {"text": "收入总计"}}`, 4},
		{"all words", "passages", `{"match": {"text": {"query": "三公经费 减少", "operator": "and"}}}`, 2},
		{"spaced query", "passages", `{"match_phrase": {"text": "收 入 总 计"}}`, 4},
		{"one character", "passages", `{"match": {"text": "馆"}}`, 2},
		{"code", "items", `{"term": {"code": "2080505"}}`, 8},
		{"unit", "items", `{"match_phrase": {"unit.text": "图书馆"}}`, 8},
		{"amount", "items", `{"range": {"amount_fen": {"lt": 0}}}`, 3},
		{"declared empty", "tables", `{"term": {"state": "declared-empty"}}`, 2},
		{"projects", "projects", `{"match_phrase": {"fields.value": "775.39万元"}}`, 2},
		{"findings", "findings", `{"term": {"severity": "error"}}`, 2},
		{"disclosures", "disclosures", `{"term": {"unit": "云岭县人民医院"}}`, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var answer struct {
				Count int `json:"count"`
			}
			body := call(t, http.MethodPost, url+"/"+prefix+"-"+tc.index+"/_count", `{"query": `+tc.query+`}`)
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatal(err)
			}
			if answer.Count != tc.want {
				t.Errorf("got %d, want %d", answer.Count, tc.want)
			}
		})
	}
	if body := call(t, http.MethodPost, url+"/"+prefix+"-passages/_search",
		`{"query": {"match_phrase": {"text": "三公经费"}}, "highlight": {"fields": {"text": {}}}}`); !strings.Contains(body, "<em>") {
		t.Errorf("nothing is highlighted in %.500s", body)
	}
}
