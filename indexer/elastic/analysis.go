package elastic

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"yusuan/indexer"
)

// object is a JSON object to send.
type object = map[string]any

// The analysers of text fields. The first gives each CJK character alone and with its right neighbour, at the position of the
// character. The second is for queries that other programs write: it gives the pairs only (and single characters that have no
// neighbour), so that a word does not find each of its characters, and leaves the white space between CJK characters, which
// stands between words there. Our own queries bring their terms ready made.
const (
	indexAnalyzer  = "yusuan"
	searchAnalyzer = "yusuan_search"
)

const cjk = `[\p{IsHan}\p{IsHiragana}\p{IsKatakana}\p{IsHangul}\u30FC]`

// analysis is the analysis section of index settings. Its character filters do what indexer.Fold does, in the same order, and
// then replace all that indexer.Tokens drops by spaces, so that the standard tokenizer finds the same words.
func analysis() object {
	analyzer := func(pairs string, charFilters ...string) object {
		return object{"type": "custom", "char_filter": charFilters, "tokenizer": "standard", "filter": []string{"cjk_width", "lowercase", pairs}}
	}
	replace := func(pattern, by string) object {
		return object{"type": "pattern_replace", "pattern": pattern, "replacement": by}
	}
	return object{
		"char_filter": object{
			"yusuan_fold":         object{"type": "mapping", "mappings": foldMappings()},
			"yusuan_join_cjk":     replace(`(?<=`+cjk+`)\s+(?=`+cjk+`)`, ""),
			"yusuan_join_figures": replace(`(?<=(?<![0-9])[0-9]{1,3}),(?=[0-9]{3}(?![0-9]))`, ""),
			"yusuan_words":        replace(`[^\p{L}\p{M}\p{Nd}\p{IsHan}\u30FC.]|(?<![0-9])\.|\.(?![0-9])`, " "),
		},
		"filter": object{
			"yusuan_pairs":   object{"type": "cjk_bigram", "output_unigrams": true},
			"yusuan_lookups": object{"type": "cjk_bigram"},
		},
		"analyzer": object{
			indexAnalyzer:  analyzer("yusuan_pairs", "yusuan_fold", "yusuan_join_cjk", "yusuan_join_figures", "yusuan_words"),
			searchAnalyzer: analyzer("yusuan_lookups", "yusuan_fold", "yusuan_join_figures", "yusuan_words"),
		},
	}
}

// foldMappings lists what indexer.FoldRune changes, in the Basic Multilingual Plane, as rules of a mapping character filter.
func foldMappings() []string {
	var out []string
	for r := rune(0); r <= 0xffff; r++ {
		if utf16.IsSurrogate(r) {
			continue
		}
		if folded := indexer.FoldRune(r); folded != string(r) {
			out = append(out, escape(string(r))+"=>"+escape(folded))
		}
	}
	return out
}

// escape writes text as the \uXXXX that mapping rules take.
func escape(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04x`, u)
	}
	return b.String()
}
