package indexer

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"yusuan/schemas"
)

// A char is one folded character and where it stands in the printed text.
type char struct {
	r          rune
	start, end int32 // bytes of the printed text
}

// Fold returns the text as search sees it: compatibility forms replaced by what they stand for (NFKC, character by character:
// full-width digits, Kangxi radicals), CJK radicals by their ideographs, traditional characters by simplified ones, in lower case,
// without quotes, without white space between CJK characters, without thousands separators. Both back ends follow it; elastic's
// analyser is generated from FoldRune and the same rules.
func Fold(text string) string {
	chars := fold(text)
	out := make([]byte, 0, len(text))
	for _, c := range chars {
		out = utf8.AppendRune(out, c.r)
	}
	return string(out)
}

func fold(text string) []char {
	chars := make([]char, 0, len(text)/2+8)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		start, end := int32(i), int32(i+size)
		i += size
		if r >= firstIdeograph && r <= lastIdeograph || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			chars = append(chars, char{simplify(r), start, end})
			continue
		}
		for _, f := range FoldRune(r) {
			chars = append(chars, char{unicode.ToLower(f), start, end})
		}
	}
	return joinFigures(joinCJK(chars))
}

// FoldRune returns what one character is folded to, before lower case: itself, nothing (quotes, invisible characters), or
// what it stands for.
func FoldRune(r rune) string {
	switch {
	case r < 0x80 && r != '"' && r != '\'' && r != '`':
		return string(r)
	case r >= 0xff01 && r <= 0xff5e: // full-width ASCII
		return FoldRune(r - 0xfee0)
	case isQuote(r), isInvisible(r):
		return ""
	case r >= firstIdeograph && r <= lastIdeograph:
		return string(simplify(r))
	case r >= 0x2e80 && r <= 0x2fd5:
		return string(simplify(schemas.Ideograph(r)))
	case r == '○', r == '◯': // written for 〇: 二○二四年
		return "〇"
	case unicode.IsSpace(r):
		return " "
	}
	return foldCompatibility(r)
}

// foldCompatibility returns NFKC of one character, with quotes in it dropped.
func foldCompatibility(r rune) string {
	s := string(r)
	if norm.NFKC.IsNormalString(s) {
		return s
	}
	out := make([]rune, 0, 4)
	for _, f := range norm.NFKC.String(s) {
		if !isQuote(f) && !isInvisible(f) {
			out = append(out, simplify(f))
		}
	}
	return string(out)
}

func isQuote(r rune) bool {
	switch r {
	case '"', '\'', '`', '“', '”', '„', '‟', '‘', '’', '‚', '‛', '「', '」', '『', '』', '《', '》', '〈', '〉', '〝', '〞', '〟', '«', '»', '‹', '›':
		return true
	}
	return false
}

// isInvisible reports soft hyphens, zero-width characters, direction marks and variation selectors.
func isInvisible(r rune) bool {
	return r == 0xad || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x2064 ||
		r >= 0xfe00 && r <= 0xfe0f || r == 0xfeff
}

// isCJK reports the characters that are indexed in pairs.
func isCJK(r rune) bool {
	if r < 0x1100 {
		return false
	}
	return r >= 0x4e00 && r <= 0x9fff || r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// isSpace reports white space as it is left after FoldRune.
func isSpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// joinCJK drops white space that has CJK characters on both sides: 收 入 总 计.
func joinCJK(chars []char) []char {
	out := chars[:0]
	for i := 0; i < len(chars); {
		if !isSpace(chars[i].r) {
			out = append(out, chars[i])
			i++
			continue
		}
		j := i
		for j < len(chars) && isSpace(chars[j].r) {
			j++
		}
		if len(out) == 0 || j == len(chars) || !isCJK(out[len(out)-1].r) || !isCJK(chars[j].r) {
			out = append(out, chars[i:j]...)
		}
		i = j
	}
	return out
}

// joinFigures drops a comma that has one to three digits before it and three after it: 1,234.56.
func joinFigures(chars []char) []char {
	out := chars[:0]
	digits := 0 // how many stand directly before chars[i]
	for i, c := range chars {
		if c.r == ',' && digits >= 1 && digits <= 3 && leadingDigits(chars[i+1:]) == 3 {
			digits = 0
			continue
		}
		if isDigit(c.r) {
			digits++
		} else {
			digits = 0
		}
		out = append(out, c)
	}
	return out
}

// leadingDigits returns how many digits chars begins with, up to 4.
func leadingDigits(chars []char) int {
	n := 0
	for n < 4 && n < len(chars) && isDigit(chars[n].r) {
		n++
	}
	return n
}
