package indexer

import (
	"strings"
	"unicode"
)

// A Token is one term of the index with its place in the printed text, in bytes.
//
// A run of CJK characters gives a token for each pair of neighbours, and its last character alone: 三公经费 gives 三公, 公经, 经费,
// 费. So every character starts exactly one token, positions count characters, and one character is found by what tokens begin
// with. Other letters and digits give words; a point between digits is part of one.
type Token struct {
	Term  string
	Start int
	End   int // of the whole term
	Head  int // end of its first character; same as End for words
	pair  bool
}

// maxWord is how many characters a word has at most; what is longer is cut into several, as Elasticsearch does.
const maxWord = 255

// Tokens returns the terms of a text, in order.
func Tokens(text string) []Token { return tokens(fold(text)) }

func tokens(chars []char) []Token {
	out := make([]Token, 0, len(chars))
	for i := 0; i < len(chars); {
		switch c := chars[i]; {
		case isCJK(c.r):
			t := Token{Term: string(c.r), Start: int(c.start), End: int(c.end), Head: int(c.end)}
			if i+1 < len(chars) && isCJK(chars[i+1].r) {
				t.Term += string(chars[i+1].r)
				t.End, t.pair = int(chars[i+1].end), true
			}
			out = append(out, t)
			i++
		case isWord(c.r):
			j := i + 1
			for j < len(chars) && j-i < maxWord && wordGoesOn(chars, j) {
				j++
			}
			var b strings.Builder
			for _, c := range chars[i:j] {
				b.WriteRune(c.r)
			}
			end := int(chars[j-1].end)
			out = append(out, Token{Term: b.String(), Start: int(c.start), End: end, Head: end})
			i = j
		default:
			i++
		}
	}
	return out
}

func wordGoesOn(chars []char, j int) bool {
	r := chars[j].r
	if r == '.' {
		return isDigit(chars[j-1].r) && j+1 < len(chars) && isDigit(chars[j+1].r)
	}
	return isWord(r) && !isCJK(r)
}

func isWord(r rune) bool {
	if r < 0x80 {
		return isDigit(r) || r >= 'a' && r <= 'z'
	}
	return unicode.In(r, unicode.L, unicode.Nd, unicode.M)
}

// TokenText returns the terms of a text joined by spaces: what SQLite's full-text index is given.
func TokenText(text string) string {
	var b strings.Builder
	for i, t := range Tokens(text) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.Term)
	}
	return b.String()
}

// A QueryToken is a term that a query looks for. The tokens of a phrase stand one directly after the other.
type QueryToken struct {
	Term string
	// Prefix is set for a single CJK character at the end of a phrase: any term that begins with it will do.
	Prefix bool
}

// PhraseTokens returns the terms to look for so as to find the text as a phrase; none where it has only punctuation.
func PhraseTokens(text string) []QueryToken {
	chars := fold(text)
	list := tokens(chars)
	out := make([]QueryToken, len(list))
	for i, t := range list {
		out[i] = QueryToken{Term: t.Term}
	}
	n := len(list)
	if n == 0 || list[n-1].pair || !isCJK([]rune(list[n-1].Term)[0]) {
		return out
	}
	// The last token is the last character of a run. Where a pair holds it too, it says nothing; else it is a prefix.
	if n > 1 && list[n-2].pair {
		return out[:n-1]
	}
	out[n-1].Prefix = true
	return out
}
