package site

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"yusuan/schemas"
)

// How many 分 a 元 and a 万元 are.
const (
	yuanUnit schemas.Fen = 100
	wanUnit              = 10_000 * yuanUnit
	yiUnit               = 10_000 * wanUnit
)

// grouped splits the digits of a number before its point by commas, in threes.
func grouped(number string) string {
	sign, rest := "", number
	if strings.HasPrefix(rest, "-") {
		sign, rest = "-", rest[1:]
	}
	whole, fraction, point := strings.Cut(rest, ".")
	if strings.Trim(whole, "0123456789") != "" {
		return number
	}
	var b strings.Builder
	for i, c := range []byte(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(c)
	}
	if point {
		b.WriteString("." + fraction)
	}
	return sign + b.String()
}

// amountIn is an amount in 元 or 万元, exact: 1,234.50 元 are 0.12345 万元, and at least two decimals are shown.
func amountIn(f, unit schemas.Fen) string {
	sign, u := "", uint64(f)
	if f < 0 {
		sign, u = "-", -u
	}
	per := uint64(unit)
	whole, rest := u/per, u%per
	fraction := strconv.FormatUint(per+rest, 10)[1:]
	for len(fraction) > 2 && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	return sign + grouped(strconv.FormatUint(whole, 10)) + "." + fraction
}

// brief is an amount to be read at a glance, with its unit: 1,234.50 元, 12.35 万元, 1.20 亿元; rounded to two decimals, half away from
// zero.
func (c catalogue) brief(f schemas.Fen) string {
	size := f
	if size < 0 {
		size = -size
	}
	unit, word := yuanUnit, "元"
	switch {
	case size >= yiUnit:
		unit, word = yiUnit, "亿元"
	case size >= wanUnit:
		unit, word = wanUnit, "万元"
	}
	whole, rest := size/unit, size%unit // so that nothing overflows
	hundredths := whole*100 + (rest*100+unit/2)/unit
	sign := ""
	if f < 0 {
		sign = "-"
	}
	return sign + grouped(fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)) + " " + c.name("unit", word)
}

// bytesText is a size to be read.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

// boxText is a box for a page's script: x0,y0,x1,y1 in points, to a tenth, origin top left; "" for none.
func boxText(b *schemas.Box) string {
	if b == nil {
		return ""
	}
	parts := make([]string, len(b))
	for i, v := range b {
		parts[i] = strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	}
	return strings.Join(parts, ",")
}

// A piece is a part of a text. A whole one, a figure with its unit, is not to be broken over two lines.
type piece struct {
	Text  string
	Whole bool
}

// figureWithUnit matches a figure and what it counts: 1,234.50万元, 12.5%, 2024年, 30 人.
var figureWithUnit = regexp.MustCompile(`[-−+]?[0-9][0-9,，]*(?:\.[0-9]+)? ?(?:(?:百|千|万|百万|亿)?元|个百分点|%|％|年度?|月|日|人|辆|台|个|项|次|批次|平方米|㎡)`)

// pieces splits a text at its figures. Of a long text without any, and of most cells of a table, there is one.
func pieces(text string) []piece {
	if !strings.ContainsAny(text, "元%％点年月日人辆台个项次米㎡") {
		return []piece{{text, false}}
	}
	var list []piece
	at := 0
	for _, m := range figureWithUnit.FindAllStringIndex(text, -1) {
		if m[0] > at {
			list = append(list, piece{text[at:m[0]], false})
		}
		list = append(list, piece{text[m[0]:m[1]], true})
		at = m[1]
	}
	if at < len(text) {
		list = append(list, piece{text[at:], false})
	}
	return list
}
