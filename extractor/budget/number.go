package budget

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"yusuan/extractor/layout"
)

// The levels of the numbering tree, from the root.
const (
	partLevel    = 1 // 第一部分
	han          = 2 // 一、
	hanBracket   = 3 // （一）
	arabic       = 4 // 1. 1、
	arabicParen  = 5 // （1） 1）
	circled      = 6 // ①
	deepestLevel = circled
)

const hanDigits = `[一二三四五六七八九十百〇零]{1,5}`

// numberings recognises each level's numbers at the start of a paragraph; the first group is the number as printed.
var numberings = [...]struct {
	level   int
	pattern *regexp.Regexp
}{
	{partLevel, regexp.MustCompile(`^(第` + hanDigits + `部[分份])[ 　:：、.．]*`)},
	{han, regexp.MustCompile(`^(` + hanDigits + `[、.．])[ 　]*`)},
	{hanBracket, regexp.MustCompile(`^([（(〔]` + hanDigits + `[）)〕])[ 　、.．]*`)},
	{arabicParen, regexp.MustCompile(`^([（(][0-9０-９]{1,2}[）)])[ 　、.．]*`)},
	{arabic, regexp.MustCompile(`^([0-9０-９]{1,2}[、.．])[ 　]*`)},
	{arabicParen, regexp.MustCompile(`^([0-9０-９]{1,2}[）)])[ 　、.．]*`)},
	{circled, regexp.MustCompile(`^([①-⑳])[ 　、.．]*`)},
}

// numbered splits a paragraph into its number (as printed), the number's level and what follows; level 0 is none.
func numbered(text string) (level int, number, rest string) {
	if r, _ := utf8.DecodeRuneInString(text); !mayNumber(r) {
		return 0, "", text
	}
	for _, n := range numberings {
		m := n.pattern.FindStringSubmatchIndex(text)
		if m == nil {
			continue
		}
		number, rest = text[m[2]:m[3]], text[m[1]:]
		if n.level == arabic && startsWithDigit(rest) { // 3.5万元 is a figure
			return 0, "", text
		}
		return n.level, number, rest
	}
	return 0, "", text
}

// mayNumber reports whether a printed number may begin with r.
func mayNumber(r rune) bool {
	return r >= '0' && r <= '9' || r >= '０' && r <= '９' || r >= '①' && r <= '⑳' || strings.ContainsRune("第一二三四五六七八九十百〇零（(〔", r)
}

func startsWithDigit(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r >= '0' && r <= '9' || r >= '０' && r <= '９'
}

// numbering tells layout which lines begin with a number.
var numbering = layout.Numbering{Level: levelOf, Starts: startsNumbered}

// levelOf returns the level of the number at the start of a line, or 0.
func levelOf(text string) int {
	level, _, _ := numbered(text)
	return level
}

// startsNumbered reports whether a line begins a numbered paragraph whatever its place: 第一部分, 一、, （一） by their look
// alone, 1. and the deeper ones behind a line that ends a sentence, for they may begin a line by chance.
func startsNumbered(before, text string) bool {
	level, _, rest := numbered(text)
	if level >= partLevel && level <= hanBracket {
		return true
	}
	return level > 0 && rest != "" && sentenceEnd.MatchString(before)
}

// sentenceEnd matches a line that ends a sentence or a part of an enumeration.
var sentenceEnd = regexp.MustCompile(`[。；;：:！？]$`)

// ordinal returns the value of a printed number, or 0.
func ordinal(number string) int {
	n := strings.Trim(number, "第部分份、.．（）()〔〕 　")
	if n == "" {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(n)
	if r >= '①' && r <= '⑳' {
		return int(r-'①') + 1
	}
	if startsWithDigit(n) {
		v := 0
		for _, d := range n {
			if d >= '０' && d <= '９' {
				d -= '０' - '0'
			}
			if d < '0' || d > '9' {
				return 0
			}
			v = v*10 + int(d-'0')
		}
		return v
	}
	return hanNumber(n)
}

// hanNumber returns the value of a number below 1000 in Chinese figures, or 0: 十二, 二十, 一百零三, 二〇二四 (digit by digit).
func hanNumber(s string) int {
	total, digit, plain := 0, 0, 0
	units := false
	for _, r := range s {
		switch r {
		case '十', '百':
			unit := 10
			if r == '百' {
				unit = 100
			}
			total += max(digit, 1) * unit
			digit, units = 0, true
		default:
			d := hanDigit(r)
			if d < 0 {
				return 0
			}
			digit = d
			plain = plain*10 + d
		}
	}
	if !units {
		return plain
	}
	return total + digit
}

func hanDigit(r rune) int {
	for i, d := range []rune("零一二三四五六七八九") {
		if r == d {
			return i
		}
	}
	if r == '〇' || r == '○' {
		return 0
	}
	return -1
}
