package budget

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// A caption is what stands above a grid and belongs to it.
type caption struct {
	number, title, unit, measure string
	continued                    bool          // 续表
	scope                        schemas.Scope // by whose name the reporting unit is given: 单位 or 部门
}

// empty reports whether nothing was found.
func (c caption) empty() bool {
	return c.number == "" && c.title == "" && c.unit == "" && c.measure == ""
}

var (
	// measure matches the unit of measure over a table: 单位：万元, 金额单位:元, （单位：万元）, 单位 万元.
	measureWord = regexp.MustCompile(`(?:单位|计量单位|金额单位|货币单位)[ 　]*[:：]?[ 　]*(?:人民币)?[ 　]*([百千万亿]*元)`)
	// reporter matches the reporting unit over a table.
	reporterWord = regexp.MustCompile(`(?:^|[ 　（(])(?:编制|编报|填报|填制|预算|公开|报送|申报|填列)?(?:单位|部门)(?:[/／（(、]?(?:单位|部门)[）)]?)?(?:名称)?(?:[（(](?:盖章|公章|签章|全称)[）)])?[ 　]*[:：][ 　]*(.*)$`)
	// tableNumber matches a table's printed number: 表1, 表 一, 附表1, 公开01表, 公开表1-1, 预算01表, 表1-1.
	tableNumber = regexp.MustCompile(`^((?:(?:19|20)[0-9]{2}年(?:度)?)?(?:附|公开|预算|决算|预|决|单位|部门)*表[ 　]*(?:[0-9０-９]{1,3}(?:[-—－–.．][0-9０-９]{1,2})*|[一二三四五六七八九十]{1,3})|(?:附|公开|预算|决算|财决|财预|预|决|单位|部门)+[ 　]*[0-9０-９]{1,3}(?:[-—－–][0-9０-９]{1,2})?[ 　]*表|附件[ 　]*[0-9０-９一二三四五六七八九十]{1,3})(?:[ 　:：.、．]+|$|(?:19|20)[0-9]{2}年|([^0-9０-９]))`)
	// measureTail is the unit of measure at the end of a title: …表（单位：万元）.
	measureTail = regexp.MustCompile(`[ 　]*[（(]?[ 　]*(?:金额|计量|货币)?单位[ 　]*[:：][ 　]*(?:人民币)?([百千万亿]*元)[ 　]*[）)]?$`)
	// titleWord matches a table's title.
	titleWord   = regexp.MustCompile(`表(?:[—-]{1,2}[^。；]{2,24})?(?:[（(].{1,20}[）)])?$`)
	continuedBy = regexp.MustCompile(`^[（(]?续(?:上)?表?[一二三0-9]*[）)]?|[（(]续(?:表)?[一二三0-9]*[）)]$`)
	yearLine    = regexp.MustCompile(`^[（(]?[0-9０-９〇○零一二三四五六七八九]{4}[ 　]*年(?:度)?[）)]?$`)
	dateWord    = regexp.MustCompile(`^(?:(?:编制|填报|公开|填表)?日期[ 　]*[:：].*|[0-9]{4}年[0-9]{1,2}月(?:[0-9]{1,2}日)?)$`)
	notesWord   = regexp.MustCompile(`^[（(]?(?:注|备注|说明|附注|特别说明|情况说明)[ 　]*[0-9]*[ 　]*[）)]?[ 　]*[:：.、]|^[（(](?:本|此)?.{0,12}无.{2,40}[）)]$|^(?:本|此)表(?:无|为空|没有)[^。]{0,30}。?$`)
)

// tableWords says of a line's text that it belongs to a table and is no running header, however often it comes back.
func tableWords(text string) bool {
	return mayCaption(text) && (measureWord.MatchString(text) || reporterWord.MatchString(text) || tableNumber.MatchString(text) || titleWord.MatchString(text))
}

// mayCaption is a cheap look before the patterns: a caption is short and has one of these characters.
func mayCaption(text string) bool {
	return len(text) < 400 && strings.ContainsAny(text, "表单部年续期附")
}

// readCaption reads the caption of a grid off the lines above it (top to bottom) and returns how many of the last of them
// it takes. over is the grid's box.
func readCaption(lines []layout.Line, over pdf.Rect) (c caption, taken int) {
	if k, joined := wrappedUnit(lines); k >= 0 {
		if c, taken = readCaption(joined, over); taken >= len(joined)-k {
			taken++
		}
		return c, taken
	}
	titleLines := 0
	for i := len(lines) - 1; i >= 0 && taken < 8; i-- {
		l := &lines[i]
		switch kind := captionKind(l, &c); kind {
		case metaCaption:
			if c.title != "" && titleLines > 0 && i < len(lines)-1 {
				// above the title only the number, or a date, may stand
				if c.number == "" && !yearLine.MatchString(strings.TrimSpace(l.Text)) {
					return c, taken
				}
			}
		case titleCaption:
			n := c.takeTitle(lines, i)
			if n != 1 {
				return c, taken + n
			}
			titleLines++
		case numberCaption:
			taken++
			return c, taken
		default:
			if c.title == "" && i > 0 && brokenTitle(&lines[i-1], l, &c) {
				titleLines += 2
				taken += 2
				if c.number != "" {
					return c, taken
				}
				i--
				continue
			}
			if c.title == "" && plainTitle(l, lines[i+1:], over) {
				c.title = cleanTitle(l.Text)
				titleLines++
				break
			}
			if c.title != "" && titleLines == 1 && titlePart(l, &lines[i+1]) {
				c.title = cleanTitle(layout.JoinLines(l.Text, c.title))
				titleLines++
				break
			}
			return c, taken
		}
		taken++
	}
	return c, taken
}

// wrappedUnit finds the name of a reporting unit that goes on below itself, with the unit of measure between its lines maybe, among
// the last lines above a grid. It returns the lines with the name whole at index k, or -1.
func wrappedUnit(lines []layout.Line) (k int, joined []layout.Line) {
	for j := len(lines) - 1; j > 0 && j >= len(lines)-2; j-- {
		b := &lines[j]
		if utf8.RuneCountInString(b.Text) > 16 || strings.ContainsAny(b.Text, "：:。，表") {
			continue
		}
		for k := j - 1; k >= 0 && k >= j-2; k-- {
			a := &lines[k]
			if math.Abs(a.Box.X0-b.Box.X0) < 2 && math.Abs(a.Size-b.Size) < 0.5 && b.Baseline-a.Baseline < 1.8*a.Size && len(a.Text) < 120 && reporterWord.MatchString(a.Text) &&
				!measureWord.MatchString(a.Text) {
				joined = slices.Delete(slices.Clone(lines), j, j+1)
				joined[k].Text += b.Text
				return k, joined
			}
		}
	}
	return -1, nil
}

// brokenTitle reads a title whose last few characters stand on a line of their own: …明细表（按支出经济分类科 / 目）.
func brokenTitle(a, b *layout.Line, c *caption) bool {
	if utf8.RuneCountInString(b.Text) > 6 || b.Baseline-a.Baseline > 2.5*a.Size || math.Abs(a.Size-b.Size) > 0.5 {
		return false
	}
	whole := *a
	whole.Text = layout.JoinLines(a.Text, b.Text)
	found := *c
	switch captionKind(&whole, &found) {
	case titleCaption:
		*c = found
		c.title = cleanTitle(whole.Text)
	case numberCaption:
		*c = found
	default:
		return false
	}
	return c.title != ""
}

// takeTitle reads the title off line i, which reads as one, and returns how many lines it took: 0 if there is a title already, 1 if lines
// above it may belong to the caption, or all that there are.
func (c *caption) takeTitle(lines []layout.Line, i int) (taken int) {
	l := &lines[i]
	if c.title != "" {
		return 0
	}
	if i > 0 && utf8.RuneCountInString(l.Text) < 4 { // …支出预 / 算表
		if whole := joinedTitle(&lines[i-1], l); whole != "" {
			c.title = whole
			return 2
		}
	}
	if level, _, rest := numbered(strings.TrimSpace(l.Text)); level > 0 { // a heading that serves as the title
		c.title = cleanTitle(rest)
		return 0
	}
	c.title = cleanTitle(l.Text)
	return 1
}

// joinedTitle returns the title of which line a has all but the last characters, on line b; empty if b is one by itself.
func joinedTitle(a, b *layout.Line) string {
	text := strings.TrimSpace(a.Text)
	if level, _, rest := numbered(text); level > 0 {
		text = rest
	}
	if math.Abs(a.Size-b.Size) > 0.5 || b.Baseline-a.Baseline > 2.5*a.Size || utf8.RuneCountInString(text) < 8 || strings.ContainsAny(text, "。；，：") || strings.HasSuffix(text, "表") {
		return ""
	}
	return cleanTitle(layout.JoinLines(text, b.Text))
}

// plainTitle reports whether a line that does not read as a title is one by its place: short, in the middle over the grid, right above
// it or above lines that belong to it. below are the lines between.
func plainTitle(l *layout.Line, below []layout.Line, over pdf.Rect) bool {
	n := utf8.RuneCountInString(l.Text)
	next := over.Y0
	if len(below) > 0 {
		next = below[0].Box.Y0
	}
	if n < 4 || n > 30 || strings.ContainsAny(l.Text, "，。；：:、") || next-l.Box.Y1 > 2*l.Size || math.Abs((l.Box.X0+l.Box.X1)/2-(over.X0+over.X1)/2) > 12 {
		return false
	}
	level, _, _ := numbered(strings.TrimSpace(l.Text))
	return level == 0 && hanCount(l.Text) > 3 && l.Box.X0 > over.X0+4*l.Size && dateIn(l.Text) == "" && !layout.IsPageNumber(l.Text)
}

type captionLine int

const (
	noCaption captionLine = iota
	metaCaption
	titleCaption
	numberCaption
)

// captionKind says what a line above a grid is and puts what it says into c.
func captionKind(l *layout.Line, c *caption) captionLine {
	text := strings.TrimSpace(l.Text)
	if level, _, _ := numbered(text); level == partLevel {
		return noCaption
	}
	if kind := measuredTitle(l, text, c); kind != noCaption {
		return kind
	}
	if m := numberAt(text); m != nil && utf8.RuneCountInString(text) < 60 && !strings.ContainsAny(text, "，。；") {
		rest := strings.TrimSpace(text[m[3]:])
		rest = strings.TrimLeft(rest, ":：.、． 　")
		switch {
		case rest == "":
			c.number = text[m[2]:m[3]]
			if c.title != "" {
				return numberCaption
			}
			return metaCaption
		case titleWord.MatchString(squeeze(rest)):
			c.number = text[m[2]:m[3]]
			c.title = cleanTitle(rest)
			return numberCaption
		case metaIn(rest, c):
			c.number = text[m[2]:m[3]]
			return metaCaption
		}
	}
	if metaIn(text, c) {
		return metaCaption
	}
	if len(text) < 80 && (dateWord.MatchString(text) || yearLine.MatchString(text)) {
		return metaCaption
	}
	t := squeeze(text)
	if strings.Contains(t, "续") && continuedBy.MatchString(t) {
		c.continued = true
		if t = continuedBy.ReplaceAllString(t, ""); t == "" {
			return metaCaption
		}
	}
	n := utf8.RuneCountInString(t)
	if strings.Contains(t, "表") && titleWord.MatchString(t) && (n >= 3 || l.Size > 12) && n <= 60 && !strings.ContainsAny(t, "。；，") {
		return titleCaption
	}
	return noCaption
}

// measuredTitle reads a title with the unit of measure at its end.
func measuredTitle(l *layout.Line, text string, c *caption) captionLine {
	m := measureTail.FindStringSubmatchIndex(text)
	if m == nil || !strings.HasSuffix(text[:m[0]], "表") {
		return noCaption
	}
	found := *c
	title := *l
	title.Text = text[:m[0]]
	kind := captionKind(&title, &found)
	if kind != titleCaption && kind != numberCaption {
		return noCaption
	}
	*c = found
	c.measure = or(c.measure, text[m[2]:m[3]])
	return kind
}

// numberAt finds a table's number at the start of a text.
func numberAt(text string) []int {
	if !strings.Contains(text, "表") && !strings.HasPrefix(text, "附件") {
		return nil
	}
	m := tableNumber.FindStringSubmatchIndex(text)
	if m != nil && strings.HasPrefix(text[m[3]:], "般") && strings.HasSuffix(text[:m[3]], "一") { // 表三一般公共预算…
		if m[3] -= len("一"); strings.HasSuffix(text[:m[3]], "表") {
			return nil
		}
	}
	return m
}

// unitTail matches what stands behind the reporting unit on its line: the year, a date.
var unitTail = regexp.MustCompile(`(?:编制|填报|公开|填表|报送)?日期[:：].*$|(?:19|20)[0-9]{2}年(?:度|[0-9]{1,2}月(?:[0-9]{1,2}日)?)?$`)

// metaIn reads reporting unit and unit of measure off a line, which may hold both and a table number too.
func metaIn(text string, c *caption) bool {
	if len(text) > 240 || !strings.Contains(text, "单位") && !strings.Contains(text, "部门") || strings.ContainsAny(text, "。；") {
		return false
	}
	found := false
	if !strings.Contains(text, "元") && !strings.ContainsAny(text, ":：") {
		return false
	}
	if m := measureWord.FindStringSubmatchIndex(text); m != nil {
		if c.measure == "" {
			c.measure = text[m[2]:m[3]]
		}
		text = strings.TrimRight(text[:m[0]], " 　（(") + " " + strings.TrimLeft(text[m[1]:], " 　）)")
		found = true
	}
	text = strings.TrimSpace(text)
	if m := reporterWord.FindStringSubmatch(text); m != nil {
		name, _, _ := strings.Cut(strings.TrimSpace(m[1]), " ")
		if i := strings.Index(name, "单位："); i > 0 {
			name = name[:i]
		}
		if c.unit == "" {
			c.unit = strings.TrimRight(unitTail.ReplaceAllString(name, ""), "（( 　")
			c.scope = schemas.UnitScope
			if label, _, _ := strings.Cut(strings.ReplaceAll(m[0], "：", ":"), ":"); strings.Contains(label, "部门") && !strings.Contains(label, "单位") {
				c.scope = schemas.DepartmentScope
			}
		}
		return true
	}
	return found
}

// titlePart reports whether a line is the first half of the title on the line below it: as large, and near.
func titlePart(l, below *layout.Line) bool {
	if level, _, _ := numbered(strings.TrimSpace(l.Text)); level > 0 {
		return false
	}
	return l.Size > 0.95*below.Size && l.Size < 1.05*below.Size && l.Bold == below.Bold && below.Baseline-l.Baseline < 2.5*l.Size &&
		utf8.RuneCountInString(l.Text) <= 40 && !strings.ContainsAny(l.Text, "。；：:") && below.Size > 11
}

// cleanTitle returns a table's title without white space and without 续表.
func cleanTitle(s string) string {
	return continuedBy.ReplaceAllString(measureTail.ReplaceAllString(squeeze(s), ""), "")
}

// squeeze removes all white space.
func squeeze(s string) string {
	if !spaced(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\n', '\u3000', '\u00a0':
			return -1
		}
		return r
	}, s)
}

// spaced reports whether s may have white space in it: a look at its bytes, for the white space outside ASCII begins with
// 0xC2 or 0xE3 0x80.
func spaced(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ', c == '\t', c == '\n', c == 0xC2, c == 0xE3 && i+1 < len(s) && s[i+1] == 0x80:
			return true
		}
	}
	return false
}

// readNotes reads the notes off the lines below a grid and returns how many of the first of them it takes.
func readNotes(lines []layout.Line) (notes []string, taken int) {
	for i := range lines {
		text := strings.TrimSpace(lines[i].Text)
		switch {
		case notesWord.MatchString(text), len(notes) > 0 && nextNote(notes[len(notes)-1], &lines[i-1], &lines[i]):
			notes = append(notes, text)
		case len(notes) > 0 && noteGoesOn(&lines[i-1], &lines[i]):
			notes[len(notes)-1] = layout.JoinLines(notes[len(notes)-1], text)
		default:
			return notes, taken
		}
		taken++
	}
	return notes, taken
}

// nextNote reports whether line b, below line a, begins the next of numbered notes: 注：1.… 2.…
func nextNote(last string, a, b *layout.Line) bool {
	level, number, _ := numbered(strings.TrimSpace(b.Text))
	if level != arabic && level != arabicParen || b.Baseline-a.Baseline > 3*b.Size || a.Size > 1.1*b.Size || b.Size > 1.1*a.Size {
		return false
	}
	rest := last
	if m := notesWord.FindStringIndex(last); m != nil {
		rest = strings.TrimSpace(last[m[1]:])
	}
	_, before, _ := numbered(rest)
	return before != "" && ordinal(number) == ordinal(before)+1
}

// noteGoesOn reports whether line b carries on the note of line a: right below it, as large, and no sentence ended at a.
func noteGoesOn(a, b *layout.Line) bool {
	if b.Baseline-a.Baseline > 2.2*max(a.Size, b.Size) || a.Size > 1.1*b.Size || b.Size > 1.1*a.Size {
		return false
	}
	if level, _, _ := numbered(b.Text); level > 0 && level <= hanBracket || strings.HasSuffix(strings.TrimSpace(a.Text), "。") && b.Box.X0 > a.Box.X0+a.Size {
		return false
	}
	return !tableWords(squeeze(b.Text)) && !strings.HasSuffix(a.Text, "。")
}

// tableCaption says of a line's text that it belongs to the caption of a table and not to its cells.
func tableCaption(text string) bool {
	if !mayCaption(text) {
		return false
	}
	var c caption
	kind := captionKind(lineOf(strings.TrimSpace(text)), &c)
	return kind != noCaption && !strings.HasPrefix(text, "注") && !strings.HasPrefix(text, "备注")
}
