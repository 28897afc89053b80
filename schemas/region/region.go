// Package region knows the administrative divisions of China (省, 市, 县) and finds them at the start of names: in
// 某省某市某县财政局 the first six characters. A division that the list does not have, because it was renamed or is newer, is
// told by its class word.
//
// The list is of 2023-06-30, from github.com/modood/Administrative-divisions-of-China (WTFPL): provinces by two digits,
// cities by four, counties by six.
package region

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed divisions.tsv
var list string

// codes returns the codes of each division's name; several divisions share some names (朝阳区, 鼓楼区).
var codes = sync.OnceValue(func() map[string][]string {
	out := make(map[string][]string, 3500)
	for line := range strings.Lines(list) {
		code, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			continue
		}
		out[name] = append(out[name], code)
		if len(code) == 2 {
			short := shortProvince(name)
			out[short] = append(out[short], code)
		}
	}
	return out
})

// shortProvince returns a province's everyday name: 新疆 for 新疆维吾尔自治区.
func shortProvince(name string) string {
	for _, tail := range []string{"维吾尔自治区", "回族自治区", "壮族自治区", "自治区", "省", "市"} {
		if s, ok := strings.CutSuffix(name, tail); ok {
			return s
		}
	}
	return name
}

// longestName is the length of the longest name in the list, in characters.
const longestName = 16

// vague reports whether the name of a district means a kind of place where no city stands before it.
func vague(name string) bool { return name == "城区" || name == "郊区" || name == "矿区" }

// unlisted matches a division by its class word, at each level.
var unlisted = [...]struct {
	digits  int // of its code
	pattern *regexp.Regexp
}{
	{2, regexp.MustCompile(`^[一-龥]{2,5}?(?:省|自治区)`)},
	{4, regexp.MustCompile(`^[一-龥]{2,8}?(?:自治州|地区|盟|市)`)},
	{6, regexp.MustCompile(`^[一-龥]{1,8}?(?:自治县|自治旗|县|区|旗|市|特区)`)},
}

// phrase matches what is no name though it ends like a division: a conjunction before it, other words in it.
var phrase = regexp.MustCompile(`^[和及与]|政府|关于|全[省市县区州]|本级`)

// prefecture matches an autonomous prefecture by its everyday name: 迪庆州. school matches what is named for a city whose name ends
// so.
var (
	prefecture = regexp.MustCompile(`^[一-龥]{2,4}州`)
	school     = regexp.MustCompile(`大学|学院|银行|公司`)
)

// place matches words that end like a division and are none.
var place = regexp.MustCompile(`(?:社区|小区|校区|灌区|库区|景区|园区|矿区|军区|城区|林区|牧区|保护区|管理区|开发区|地区|自治区|超市|门市)$`)

// Prefix returns the administrative divisions that a name begins with, each inside the one before it, or "". A leading 中共 is
// passed over and is not in the result.
func Prefix(name string) string {
	name = strings.TrimPrefix(name, "中共")
	end, code := 0, ""
	short := false // what stands at the end is a province's everyday name, which counts only with what follows
	for len(code) < 6 {
		n, c, isShort := next(name[end:], code)
		if n == 0 {
			break
		}
		end, code, short = end+n, c, isShort
	}
	if short {
		return ""
	}
	return name[:end]
}

// next returns the length in bytes and the code of the division that s begins with, inside the division with the given code.
// A division that is not in the list has the code of the one around it, filled up with 0.
func next(s, inside string) (n int, code string, short bool) {
	known := codes()
	for _, end := range ends(s) {
		for _, c := range known[s[:end]] {
			if len(c) <= len(inside) || !within(c, inside) || vague(s[:end]) && inside == "" {
				continue
			}
			return end, c, len(c) == 2 && shortForm(s[:end])
		}
	}
	n, code = byClass(s, inside)
	return n, code, false
}

// byClass is next for a division that is not in the list, told by its class word.
func byClass(s, inside string) (n int, code string) {
	for _, u := range unlisted {
		if u.digits <= len(inside) {
			continue
		}
		m := u.pattern.FindString(s)
		if m == "" || place.MatchString(m) || phrase.MatchString(m) || utf8.RuneCountInString(m) > 10 {
			continue
		}
		return len(m), inside + strings.Repeat("0", u.digits-len(inside))
	}
	if m := prefecture.FindString(s); m != "" && len(inside) < 4 && !school.MatchString(s) {
		return len(m), inside + strings.Repeat("0", 4-len(inside))
	}
	return 0, ""
}

// within reports whether division c lies in the division with the code inside, whose zeros stand for what is not known.
func within(c, inside string) bool {
	known := strings.TrimRight(inside, "0")
	if len(known)%2 == 1 {
		known += "0"
	}
	return strings.HasPrefix(c, known)
}

func shortForm(s string) bool {
	return !strings.HasSuffix(s, "省") && !strings.HasSuffix(s, "市") && !strings.HasSuffix(s, "自治区")
}

// ends returns where prefixes of s of two characters and more end, in bytes, the longest first.
func ends(s string) []int {
	var out []int
	chars := 0
	for i := range s {
		if chars >= 2 {
			out = append(out, i)
		}
		if chars++; chars > longestName {
			break
		}
	}
	if chars >= 2 && chars <= longestName {
		out = append(out, len(s))
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// Longest returns the longest form in which texts name the region base: with its city and province before it. It returns base
// where they name no longer one.
func Longest(base string, texts []string) string {
	if base == "" {
		return ""
	}
	best := base
	seen := map[string]bool{}
	for _, text := range texts {
		for at := 0; ; {
			i := strings.Index(text[at:], base)
			if i < 0 {
				break
			}
			before := tail(text[:at+i], 24)
			at += i + len(base)
			if before == "" || seen[before] {
				continue
			}
			seen[before] = true
			for k := range before {
				if full := before[k:] + base; len(full) > len(best) && listed(before[k:]) && Prefix(full) == full {
					best = full
				}
			}
		}
	}
	return best
}

// listed reports whether s is divisions of the list, each inside the one before it, and nothing else.
func listed(s string) bool {
	known, inside := codes(), ""
scan:
	for s != "" {
		for _, end := range ends(s) {
			for _, c := range known[s[:end]] {
				if len(c) > len(inside) && strings.HasPrefix(c, inside) {
					s, inside = s[end:], c
					continue scan
				}
			}
		}
		return false
	}
	return true
}

// tail returns the last n characters of s.
func tail(s string, n int) string {
	i := len(s)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return s[i:]
}
