package layout

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// IsFigure reports whether a text without white space is a figure as tables print them: an amount, a percentage, a count;
// with a sign, △ or brackets for less than nothing, with thousands separators, in half- or full-width digits.
func IsFigure(s string) bool {
	if len(s) > 64 {
		return false
	}
	r, n := utf8.DecodeRuneInString(s)
	if strings.ContainsRune("-+−－△▲(（", r) && n < len(s) {
		s = s[n:]
	}
	if r, _ = utf8.DecodeRuneInString(s); !digit(r) {
		return false
	}
	point, end := false, false // behind the decimal point; behind the number
	for _, r := range s {
		switch {
		case end && r != ')' && r != '）':
			return false
		case digit(r):
		case r == ',' || r == '，':
			if point {
				return false
			}
		case r == '.' || r == '．':
			if point {
				return false
			}
			point = true
		case r == '%' || r == '％' || r == ')' || r == '）':
			end = true
		default:
			return false
		}
	}
	return true
}

// IsDash reports whether a text is a dash as tables print it for no amount: -, —, --.
func IsDash(s string) bool {
	n := 0
	for _, r := range s {
		if !strings.ContainsRune("-－—–―", r) {
			return false
		}
		n++
	}
	return n > 0 && n <= 4
}

// declaration matches what stands in place of the rows of an empty form.
var declaration = regexp.MustCompile(`^[（(]?(?:注[:：])?(?:本|我|此|该).{0,24}(?:无|没有|未|不涉及|为空)`)

// IsDeclaration reports whether a text says that there is nothing to disclose: 本单位2024年无政府性基金预算支出.
func IsDeclaration(s string) bool { return declaration.MatchString(s) }

func digit(r rune) bool { return r >= '0' && r <= '9' || r >= '０' && r <= '９' }
