package copies

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// A place is one occurrence of the region's name: the indices of the characters that change.
type place []int

// A figure is an amount with two decimals: the indices of its characters, commas and point included.
type figure struct {
	chars []int
	value int64 // in hundredths
	comma bool
	alone bool // whether nothing else is shown with it, as in a table's cell
}

// gone marks a character that the copy has not got. What is not known is 0.
const gone rune = -1

// pleasant are characters of names of places, for fonts that have all characters.
const pleasant = "青云山河海安平宁和永长丰泰兴隆清源泉溪湖江岭峰林松柏桃柳梅兰荷石玉金银铜沙州阳阴新古龙凤鹤鹿马白红黄绿福康乐景春秋华明光德义仁信文武昌盛茂广远通达"

// meaning is of numerals, names of offices and words of figures: they mean something to whoever reads the file.
const meaning = "一二三四五六七八九十百千万亿零〇两年月日元角分第表省市区县乡镇村州盟旗局部厅委办室科股处院校所站中心单位合计小总其本预决算公开款项类支出收入拨财政金额人数增减无及和与或的之在为是不等由按据上下东西南北"

// provinces are names that a made-up place must not have.
var provinces = strings.Fields("青海 云南 山西 山东 河南 河北 湖南 湖北 江苏 江西 海南 吉林 辽宁 宁夏 安徽 浙江 福建 广东 广西 四川 贵州 陕西 甘肃 西藏 新疆 台湾 香港 澳门 北京 天津 上海 重庆")

// find looks for what is to be changed.
func (o *Original) find() error {
	region := []rune(o.Facts.Region)
	if len(region) < 2 || !strings.Contains(o.Facts.Unit, o.Facts.Region) {
		return fmt.Errorf("the unit %q is not named for the region %q", o.Facts.Unit, o.Facts.Region)
	}
	o.findPlaces(region[:len(region)-1])
	if len(o.places) == 0 {
		return fmt.Errorf("%s does not occur in the text", o.Facts.Region)
	}
	for i := range region[:len(region)-1] {
		c := o.choices(i)
		if len(c) < 3 {
			return fmt.Errorf("the fonts have no other characters for %c", region[i])
		}
		o.choice = append(o.choice, c)
	}
	for i := 0; i < len(o.chars); {
		j := i
		for j < len(o.chars) && o.chars[j].group == o.chars[i].group {
			j++
		}
		o.findNumbers(i, j)
		i = j
	}
	return o.findRoom()
}

// findPlaces looks for the stem over the borders of strings and lines: white space does not count.
func (o *Original) findPlaces(stem []rune) {
	var at []int
	for i, c := range o.chars {
		if c.r == 0 || unicode.IsSpace(c.r) {
			continue
		}
		if c.r == stem[len(at)] {
			at = append(at, i)
		} else if c.r == stem[0] {
			at = append(at[:0], i)
		} else {
			at = at[:0]
		}
		if len(at) == len(stem) {
			o.places = append(o.places, slices.Clone(at))
			at = at[:0]
		}
	}
}

// choices are the characters that all fonts have in which the i-th of the name is shown.
func (o *Original) choices(i int) []rune {
	fonts := map[*font]bool{}
	for _, p := range o.places {
		fonts[o.chars[p[i]].font] = true
	}
	candidates := []rune(pleasant)
	for f := range fonts {
		if !f.ucs2 {
			candidates = candidates[:0]
			for r := range f.codes {
				candidates = append(candidates, r)
			}
			break
		}
	}
	candidates = slices.DeleteFunc(candidates, func(r rune) bool {
		for f := range fonts {
			if _, ok := f.code(r); !ok {
				return true
			}
		}
		return r < 0x4E00 || r > 0x9FA5 || strings.ContainsRune(meaning, r)
	})
	slices.Sort(candidates)
	return slices.Compact(candidates)
}

// findNumbers looks for years and figures in what one operator shows.
func (o *Original) findNumbers(from, to int) {
	digit := func(i int) bool { return i >= from && i < to && o.chars[i].r >= '0' && o.chars[i].r <= '9' }
	part := func(i int) bool {
		return digit(i) || i >= from && i < to && (o.chars[i].r == '.' || o.chars[i].r == ',')
	}
	for i := from; i < to; i++ {
		if !digit(i) {
			continue
		}
		j := i
		for part(j) {
			j++
		}
		text := make([]rune, 0, j-i)
		for _, c := range o.chars[i:j] {
			text = append(text, c.r)
		}
		s, chars := string(text), indices(i, j)
		year, err := strconv.Atoi(s)
		switch {
		case err == nil && len(s) == 4 && year >= 2010 && year < 2040:
			o.years = append(o.years, chars)
		case j < to && (o.chars[j].r == '%' || o.chars[j].r == '％'):
		default:
			if v, ok := amount(s); ok {
				o.figures = append(o.figures, figure{chars, v, strings.Contains(s, ","), i == from && j == to})
			}
		}
		i = j
	}
}

func indices(from, to int) []int {
	list := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

// amount reads digits with two decimals, with or without commas.
func amount(s string) (int64, bool) {
	whole, decimals, found := strings.Cut(s, ".")
	if !found || len(decimals) != 2 || whole == "" {
		return 0, false
	}
	v, err := strconv.ParseInt(strings.ReplaceAll(whole, ",", "")+decimals, 10, 64)
	return v, err == nil && v < 1<<50
}

// findRoom finds the shifts of years, and whether figures may change: a font may lack digits.
func (o *Original) findRoom() error {
	for _, shift := range []int{-4, -3, -2, -1, 0, 1} {
		fits := !slices.ContainsFunc(o.years, func(y []int) bool { return !o.canShow(y, strconv.Itoa(o.year(y)+shift)) })
		if fits && o.Facts.Year+shift >= 2016 {
			o.shifts = append(o.shifts, shift)
		}
	}
	o.scales = !slices.ContainsFunc(o.figures, func(f figure) bool { return !o.hasDigits(f) })
	if len(o.shifts) == 0 {
		return errors.New("no year fits")
	}
	return nil
}

// hasDigits reports whether every font of the figure has all ten.
func (o *Original) hasDigits(f figure) bool {
	return !slices.ContainsFunc(f.chars, func(i int) bool {
		return strings.ContainsFunc("0123456789", func(r rune) bool { _, ok := o.chars[i].font.code(r); return !ok })
	})
}

func (o *Original) canShow(chars []int, text string) bool {
	for k, r := range []rune(text) {
		if _, ok := o.chars[chars[k]].font.code(r); !ok {
			return false
		}
	}
	return true
}

func (o *Original) year(chars []int) int {
	n := 0
	for _, i := range chars {
		n = 10*n + int(o.chars[i].r-'0')
	}
	return n
}

// change gives the characters of a copy, one for each of the original's: gone for none.
func (o *Original) change(p Plan) []rune {
	text := make([]rune, len(o.chars))
	for i, c := range o.chars {
		text[i] = c.r
	}
	for _, at := range o.places {
		for k, i := range at {
			text[i] = p.stem[k]
		}
	}
	for _, at := range o.years {
		for k, r := range strconv.Itoa(o.year(at) + p.shift) {
			text[at[k]] = r
		}
	}
	if p.scale != 1000 {
		for _, f := range o.figures {
			o.scale(text, f, p.scale)
		}
	}
	return text
}

// scale writes the figure times the scale, at its right end; what it is shorter by becomes white space in a cell.
func (o *Original) scale(text []rune, f figure, scale int64) {
	s := format((f.value*scale+500)/1000, f.comma)
	pad := len(f.chars) - len(s)
	for k, i := range f.chars {
		switch {
		case k >= pad:
			text[i] = rune(s[k-pad])
		case f.alone && o.canShow(f.chars[k:k+1], " "):
			text[i] = ' '
		default:
			text[i] = gone
		}
	}
}

// format writes hundredths with two decimals.
func format(v int64, comma bool) string {
	whole := strconv.FormatInt(v/100, 10)
	if comma {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	return fmt.Sprintf("%s.%02d", whole, v%100)
}

// write gives the stream's data with the text of the copy, and false where nothing is other.
func (s *stream) write(chars []char, text []rune) ([]byte, bool) {
	var out bytes.Buffer
	done := 0
	for _, sl := range s.slots {
		if !sl.changed(chars, text) {
			continue
		}
		out.Write(s.data[done:sl.from])
		out.WriteByte('<')
		for i, code := range sl.codes {
			r := text[sl.first+i]
			if r == gone {
				continue
			}
			if r != chars[sl.first+i].r {
				code, _ = sl.font.code(r) // the plan has only what the font has
			}
			fmt.Fprintf(&out, "%0*x", 2*sl.font.bytes, code)
		}
		out.WriteByte('>')
		done = sl.to
	}
	out.Write(s.data[done:])
	return out.Bytes(), done > 0
}

func (sl *slot) changed(chars []char, text []rune) bool {
	for i := sl.first; i < sl.first+sl.n; i++ {
		if text[i] != chars[i].r {
			return true
		}
	}
	return false
}

// metadata changes titles and bookmarks: strings of UTF-16 in hexadecimal.
func (o *Original) metadata(p Plan) func([]byte) []byte {
	region := []rune(o.Facts.Region)
	pairs := []string{string(region[:len(region)-1]), string(p.stem)}
	if p.shift != 0 {
		for year := 2010; year < 2040; year++ {
			pairs = append(pairs, strconv.Itoa(year), strconv.Itoa(year+p.shift))
		}
	}
	var lower, upper []string
	for _, s := range pairs {
		h := ""
		for _, u := range utf16.Encode([]rune(s)) {
			h += fmt.Sprintf("%04x", u)
		}
		lower, upper = append(lower, h), append(upper, strings.ToUpper(h))
	}
	low, up := strings.NewReplacer(lower...), strings.NewReplacer(upper...)
	return func(body []byte) []byte {
		switch {
		case bytes.Contains(body, []byte("<feff")):
			return []byte(low.Replace(string(body)))
		case bytes.Contains(body, []byte("<FEFF")):
			return []byte(up.Replace(string(body)))
		}
		return body
	}
}
