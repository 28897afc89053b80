package indexer

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"yusuan/schemas"
)

// Masked gives the disclosure as it is stored and exported: numbers of telephones, identity cards and bank cards have a * for each
// digit but the first three. A number is one as it is printed, never one that is put together of two cells, and no amount: not
// what stands in a column of amounts, or before 元, or has decimals. It is d itself where there is none; the PDF keeps the original.
func Masked(d *schemas.Disclosure) (*schemas.Disclosure, error) {
	found := false
	eachText(d, func(text string) string {
		found = found || maskText(text) != text
		return text
	})
	if !found {
		return d, nil
	}
	whole, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	out := new(schemas.Disclosure)
	if err := json.Unmarshal(whole, out); err != nil {
		return nil, err
	}
	eachText(out, maskText)
	return out, nil
}

// eachText replaces every text of the disclosure that may have a person in it by what fn makes of it.
func eachText(d *schemas.Disclosure, fn func(string) string) {
	set := func(texts ...*string) {
		for _, t := range texts {
			if replaced := fn(*t); replaced != *t {
				*t = replaced
			}
		}
	}
	set(&d.Title, &d.Unit)
	for i := range d.Sections {
		eachSectionText(&d.Sections[i], set)
	}
	for i := range d.Tables {
		eachTableText(&d.Tables[i], set)
	}
	for i := range d.Projects {
		set(&d.Projects[i].Name)
		for key, value := range d.Projects[i].Fields {
			if replaced := fn(value); replaced != value {
				d.Projects[i].Fields[key] = replaced
			}
		}
	}
	for i := range d.Glossary {
		set(&d.Glossary[i].Term, &d.Glossary[i].Definition)
	}
	for i := range d.Findings {
		set(&d.Findings[i].Message, &d.Findings[i].Expected, &d.Findings[i].Actual)
	}
	for i := range d.Warnings {
		set(&d.Warnings[i].Message)
	}
}

func eachSectionText(s *schemas.Section, set func(...*string)) {
	set(&s.Number, &s.Title, &s.Text)
	for i := range s.Children {
		eachSectionText(&s.Children[i], set)
	}
}

func eachTableText(t *schemas.Table, set func(...*string)) {
	set(&t.Number, &t.Title, &t.ReportingUnit)
	for i := range t.Columns {
		for j := range t.Columns[i].Path { // a line of contacts over a table may be taken for a header
			set(&t.Columns[i].Path[j])
		}
	}
	for i := range t.Notes {
		set(&t.Notes[i])
	}
	for i := range t.Rows {
		for j := range t.Rows[i].Cells {
			if j < len(t.Columns) && t.Columns[j].Role == schemas.AmountRole {
				if _, ok := schemas.ParseAmount(t.Rows[i].Cells[j], "元"); ok {
					continue
				}
			}
			set(&t.Rows[i].Cells[j])
		}
	}
	for i := range t.Grid {
		for j := range t.Grid[i] {
			set(&t.Grid[i][j])
		}
	}
}

// A token is a run of digits in a text, with the hyphens between them: text[start:end] in bytes.
type token struct {
	start, end int
	digits     []byte // without hyphens; X at the end
	hyphens    []int  // before which of the digits
}

// shortestNumber is how many digits a number has at least that could be anybody's.
const shortestNumber = 7

// maskText masks the numbers in a text.
func maskText(text string) string {
	var out []byte
	for at := 0; at < len(text); {
		tok, ok := nextToken(text, at)
		if !ok {
			break
		}
		at = tok.end
		if len(tok.digits) < shortestNumber || isFigure(text, &tok) || !isPersonal(text[:tok.start], &tok) {
			continue
		}
		if out == nil {
			out = []byte(text)
		}
		hideDigits(out[tok.start:tok.end])
	}
	if out == nil {
		return text
	}
	return string(out)
}

// nextToken finds the next run of digits from a byte on.
func nextToken(text string, at int) (token, bool) {
	for at < len(text) {
		if _, size := digitAt(text, at); size == 0 {
			at++
			continue
		}
		tok := token{start: at}
		for at < len(text) {
			if d, size := digitAt(text, at); size > 0 {
				tok.digits = append(tok.digits, d)
				at += size
				continue
			}
			size := hyphenAt(text, at)
			if size == 0 || !tok.mayGoOn() {
				break
			}
			if _, next := digitAt(text, at+size); next == 0 {
				break
			}
			tok.hyphens = append(tok.hyphens, len(tok.digits))
			at += size
		}
		if at < len(text) && (text[at] == 'X' || text[at] == 'x') && len(tok.digits) == 17 {
			tok.digits = append(tok.digits, 'X')
			at++
		}
		tok.end = at
		return tok, true
	}
	return token{}, false
}

// mayGoOn reports whether a hyphen behind what was read may be one of a telephone number: behind its area code, or before its extension.
func (t *token) mayGoOn() bool {
	if len(t.hyphens) == 0 && t.digits[0] == '0' && len(t.digits) >= 3 && len(t.digits) <= 4 {
		return true
	}
	own := len(t.digits)
	if len(t.hyphens) > 0 {
		own -= t.hyphens[0]
	}
	return len(t.hyphens) < 2 && own >= 7 && own <= 8
}

// digitAt gives the digit at a byte, also a full-width one, and its length in bytes; 0 for none.
func digitAt(text string, at int) (digit byte, size int) {
	if at >= len(text) {
		return 0, 0
	}
	if c := text[at]; c >= '0' && c <= '9' {
		return c, 1
	}
	if at+3 <= len(text) && text[at] == 0xef && text[at+1] == 0xbc && text[at+2] >= 0x90 && text[at+2] <= 0x99 { // ０ to ９
		return text[at+2] - 0x90 + '0', 3
	}
	return 0, 0
}

func hyphenAt(text string, at int) int {
	for _, h := range []string{"-", "－", "—", "–", ")", "）"} {
		if strings.HasPrefix(text[at:], h) {
			return len(h)
		}
	}
	return 0
}

// isFigure reports a token that is part of an amount, a measure or a code: it has decimals or separators, letters beside it, or a unit behind.
func isFigure(text string, tok *token) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:tok.start])
	after, size := utf8.DecodeRuneInString(text[tok.end:])
	if tok.start > 0 && (before == '.' || before == ',' || before == '¥' || before == '￥' || isLatin(before)) {
		return true
	}
	if size == 0 {
		return false
	}
	if after == '.' || after == ',' {
		_, more := digitAt(text, tok.end+size)
		return more > 0
	}
	return isLatin(after) || strings.ContainsRune("元万亿千百%％号文", after) && !strings.HasPrefix(text[tok.end:], "号码")
}

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// isPersonal reports whether a token is a number of a telephone, an identity card or a bank card; before is the text up to it.
func isPersonal(before string, tok *token) bool {
	d := tok.digits
	if len(tok.hyphens) == 0 {
		if len(d) == 13 && d[0] == '8' && d[1] == '6' {
			d = d[2:]
		}
		switch {
		case len(d) == 11 && d[0] == '1' && d[1] >= '3': // mobile telephone
			return true
		case len(d) == 18 && isBirthday(d[6:14]) && d[0] >= '1' && d[0] <= '8': // GB 11643: region, date of birth, order, check
			return true
		case len(d) == 15 && isBirthday(append([]byte("19"), d[6:12]...)) && endsNear(before, "身份证"): // of before 1999
			return true
		case len(d) >= 16 && len(d) <= 19 && isLuhn(d) && (d[0] >= '3' && d[0] <= '6'): // ISO/IEC 7812
			return true
		}
	}
	return isLandline(before, tok)
}

// isLandline reports 0991-0001234, 0991-0001234-801, (010)00001234, 09910001234, and without an area code what is said to be a telephone.
func isLandline(before string, tok *token) bool {
	d := tok.digits
	if d[0] == '0' && d[1] != '0' {
		local := len(d)
		if len(tok.hyphens) > 1 {
			local = tok.hyphens[1]
		}
		for _, area := range []int{3, 4} {
			n := local - area
			if n < 7 || n > 8 || len(tok.hyphens) > 0 && tok.hyphens[0] != area || area == 3 && d[1] != '1' && d[1] != '2' {
				continue
			}
			return true
		}
		return false
	}
	local := len(d)
	if len(tok.hyphens) > 0 {
		local = tok.hyphens[0]
	}
	return local >= 7 && local <= 8 && (endsNear(before, "电话") || endsNear(before, "传真"))
}

// endsNear reports whether the word stands within a few characters before the end of the text.
func endsNear(text, word string) bool {
	const near = 24 // bytes
	return strings.Contains(text[max(0, len(text)-near):], word)
}

// isBirthday reports YYYYMMDD of somebody who may be alive.
func isBirthday(d []byte) bool {
	n := 0
	for _, c := range d {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	year, month, day := n/10000, n/100%100, n%100
	return year >= 1900 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// isLuhn reports whether the last digit checks the others (ISO/IEC 7812-1, annex B).
func isLuhn(d []byte) bool {
	sum := 0
	for i, c := range d {
		v := int(c - '0')
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// hideDigits puts a * in place of each digit but the first three. A full-width digit becomes a full-width one, so that every byte after it
// stays where it was.
func hideDigits(b []byte) {
	text := string(b)
	seen := 0
	for at := 0; at < len(text); {
		_, size := digitAt(text, at)
		if size == 0 {
			if text[at] == 'X' || text[at] == 'x' {
				b[at] = '*'
			}
			at++
			continue
		}
		if seen++; seen > 3 {
			if size == 1 {
				b[at] = '*'
			} else {
				copy(b[at:], "＊")
			}
		}
		at += size
	}
}
