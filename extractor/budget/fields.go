package budget

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/schemas"
)

var (
	titleYear  = regexp.MustCompile(`((?:19|20)[0-9]{2}|[二一][〇○零九0][〇○零一二三四五六七八九]{2})[ 　]*年?(?:度|度)?`)
	kindBudget = regexp.MustCompile(`预[ 　]*算`)
	kindFinal  = regexp.MustCompile(`决[ 　]*算`)
	// titleTail is what follows the unit's name in a title.
	titleTail = regexp.MustCompile(`(?:部门|单位|本级)*(?:汇总)?(?:收支)?(?:预算|决算|预决算).*$|(?:关于)?公开.*$`)
	fullDate  = regexp.MustCompile(`^(?:公开(?:时间|日期)[:：])?([0-9]{4}|[二][〇○零O0][〇○零一二三四五六七八九O]{2})[年./-]([0-9]{1,2}|[一二三四五六七八九十]{1,3})[月./-]([0-9]{1,2}|[一二三四五六七八九十]{1,3})[日号]?$`)
)

// readFields sets the document's own fields from its cover, its tables and its text.
func readFields(d *schemas.Disclosure, cover, text, signature []layout.Paragraph) {
	d.Title = documentTitle(cover)
	d.DocumentKind = documentKind(d, cover)
	d.Scope = scope(d)
	d.FiscalYear = fiscalYear(d, cover, text)
	d.Unit = unit(d, cover, text)
	d.Region = regionOf(d, cover, text, signature)
	d.PublishedOn = publishedOn(cover, signature)
}

// documentTitle joins the largest lines of the cover that speak of a budget.
func documentTitle(cover []layout.Paragraph) string {
	best, score := "", 0.0
	for i := range cover {
		p := &cover[i]
		if p.Page > 3 || utf8.RuneCountInString(p.Text) > 80 || contentsTitle.MatchString(p.Text) {
			continue
		}
		text := squeeze(p.Text)
		if hanCount(text) < 3 {
			continue
		}
		for k := range text { // …省…县某某局, and below it the title, which names it again
			if repeats(text[:k], text[k:]) {
				text = text[k:]
				break
			}
		}
		for j := i + 1; j < len(cover) && cover[j].Page == p.Page && same(cover[j].Size, p.Size) && !fullDate.MatchString(squeeze(cover[j].Text)); j++ {
			if utf8.RuneCountInString(text) > 60 || strings.Contains(text, "公开时间") || strings.HasPrefix(squeeze(cover[j].Text), "公开时间") {
				break
			}
			next := squeeze(cover[j].Text)
			if repeats(text, next) {
				text = ""
			}
			text += next
		}
		s := p.Size
		if kindBudget.MatchString(text) || kindFinal.MatchString(text) {
			s *= 3
		}
		if titleYear.MatchString(text) {
			s *= 1.5
		}
		if s > score {
			best, score = text, s
		}
	}
	return best
}

// repeats reports whether a text ends in a name, of three characters or more, with which the next one begins.
func repeats(text, next string) bool {
	if utf8.RuneCountInString(next) < 3 {
		return false
	}
	name := string([]rune(next)[:3])
	for i := range text {
		if strings.HasPrefix(text[i:], name) && strings.HasPrefix(next, text[i:]) {
			return true
		}
	}
	return false
}

func hanCount(s string) int {
	n := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

func same(a, b float64) bool { return a > 0.9*b && a < 1.1*b }

// documentKind decides between budget and final accounts: by the title, else by what the tables are called most.
func documentKind(d *schemas.Disclosure, cover []layout.Paragraph) schemas.DocumentKind {
	if k, ok := kindOf(d.Title); ok {
		return k
	}
	for _, p := range cover {
		if k, ok := kindOf(p.Text); ok {
			return k
		}
	}
	final, budget := 0, 0
	count := func(s string) {
		if kindFinal.MatchString(s) {
			final++
		} else if kindBudget.MatchString(s) {
			budget++
		}
	}
	eachTitle(d, count)
	switch {
	case final > budget:
		return schemas.FinalAccounts
	case budget > 0:
		return schemas.Budget
	}
	return schemas.UnknownKind
}

// eachTitle calls fn with the heading of every section and the title of every table.
func eachTitle(d *schemas.Disclosure, fn func(string)) {
	var walk func([]schemas.Section)
	walk = func(sections []schemas.Section) {
		for i := range sections {
			fn(sections[i].Title)
			walk(sections[i].Children)
		}
	}
	walk(d.Sections)
	for i := range d.Tables {
		fn(d.Tables[i].Title)
	}
}

func kindOf(title string) (schemas.DocumentKind, bool) {
	switch {
	case kindFinal.MatchString(title):
		return schemas.FinalAccounts, true
	case kindBudget.MatchString(title):
		return schemas.Budget, true
	}
	return "", false
}

// scope decides between unit and department: by the title, else by which word the headings use more.
func scope(d *schemas.Disclosure) schemas.Scope {
	if s := scopeOf(d.Title); s != schemas.UnknownScope {
		return s
	}
	units, departments := 0, 0
	count := func(s string) {
		switch scopeOf(s) {
		case schemas.UnitScope:
			units++
		case schemas.DepartmentScope:
			departments++
		}
	}
	eachTitle(d, count)
	switch {
	case departments > units:
		return schemas.DepartmentScope
	case units > 0:
		return schemas.UnitScope
	}
	return schemas.UnknownScope
}

var (
	unitScope       = regexp.MustCompile(`单位(?:收支|收入|支出|预算|决算|概况|基本|情况|本级)`)
	departmentScope = regexp.MustCompile(`部门(?:收支|收入|支出|预算|决算|概况|基本|情况|汇总)`)
)

func scopeOf(s string) schemas.Scope {
	switch {
	case departmentScope.MatchString(s):
		return schemas.DepartmentScope
	case unitScope.MatchString(s):
		return schemas.UnitScope
	}
	return schemas.UnknownScope
}

// fiscalYear reads the year off the title, else off the cover, else off the headings.
func fiscalYear(d *schemas.Disclosure, cover, text []layout.Paragraph) *int {
	if y := yearIn(d.Title); y != nil {
		return y
	}
	for _, p := range cover {
		if y := yearIn(p.Text); y != nil && (kindBudget.MatchString(p.Text) || kindFinal.MatchString(p.Text)) {
			return y
		}
	}
	votes := map[int]int{}
	vote := func(s string) {
		if y := yearIn(s); y != nil {
			votes[*y]++
		}
	}
	eachTitle(d, vote)
	if len(votes) == 0 {
		for _, p := range text {
			if kindBudget.MatchString(p.Text) || kindFinal.MatchString(p.Text) {
				vote(p.Text)
			}
		}
	}
	best, n := 0, 0
	for y, c := range votes {
		if c > n || c == n && y > best {
			best, n = y, c
		}
	}
	if n == 0 {
		return nil
	}
	return &best
}

// yearIn returns the first year named in s, in digits or Chinese figures.
func yearIn(s string) *int {
	m := titleYear.FindStringSubmatch(asciiDigits(squeeze(s)))
	if m == nil {
		return nil
	}
	y, err := strconv.Atoi(m[1])
	if err != nil {
		y = hanNumber(strings.NewReplacer("○", "〇", "0", "〇").Replace(m[1]))
	}
	if y < 1990 || y > 2100 {
		return nil
	}
	return &y
}

// unit finds the reporting unit: the name in the title without year and kind, unless that is a region only; else the one
// that the cover gives, the one printed over most tables, or the one that the text speaks of most (某局2024年度收支预算…).
func unit(d *schemas.Disclosure, cover, text []layout.Paragraph) string {
	titled := wholeGovernment.ReplaceAllString(unitInTitle(d.Title), "")
	if utf8.RuneCountInString(titled) >= 3 && !bareRegion.MatchString(titled) {
		return titled
	}
	var named, printed, spoken tallyOf
	for _, p := range cover {
		if m := reporterWord.FindStringSubmatch(squeeze(p.Text)); m != nil && utf8.RuneCountInString(m[1]) <= 40 {
			named.add(m[1])
		}
	}
	for _, t := range d.Tables {
		printed.add(t.ReportingUnit)
	}
	for _, p := range text {
		s := asciiDigits(squeeze(p.Text))
		if m := unitBeforeYear.FindStringSubmatch(s); m != nil && !notUnit.MatchString(m[1]) {
			spoken.add(m[1])
		} else if m := unitHas.FindStringSubmatch(s); m != nil && !notUnit.MatchString(m[1]) {
			spoken.add(m[1])
		}
	}
	for _, t := range []tallyOf{named, printed, spoken} {
		if u := t.most(); u != "" {
			return u
		}
	}
	if utf8.RuneCountInString(titled) < 2 {
		return ""
	}
	return titled
}

// wholeGovernment matches what stands behind the name where a title speaks of a whole government's budget: 某市和市本级…, 某市人民政府关于….
var wholeGovernment = regexp.MustCompile(`(?:关于.*|(?:全[省市县区州])?[和及与][省市县区州]?本级|全[省市县区州])$`)

// unitBeforeYear matches a sentence about a unit's budget: the name, the year, then what the budget is.
var unitBeforeYear = regexp.MustCompile(`^([一-龥（）]{4,25}?)(?:19|20)[0-9]{2}年度?[^。]{0,12}(?:预算|决算)`)

// unitHas matches a sentence about how a unit is made up: its name by its last word, then what it has.
var unitHas = regexp.MustCompile(`^([一-龥（）]{2,22}?(?:局|委|委员会|中心|办公室|厅|院|校|园|小学|中学|大学|站|所|处|馆|队|会|社|政府|街道办事处))(?:内设|下设|共有|共设|设有?|编制|核定|单位编制|部门编制|现有)`)

// notUnit matches what stands before a year and is no name.
var notUnit = regexp.MustCompile(`^第.{1,3}部分|预算|决算|支出|收入|经费|^(?:关于|根据|按照|其中|截至|反映|与|比|较)`)

// bareRegion matches a name that is an administrative division and nothing more.
var bareRegion = regexp.MustCompile(`^[一-龥]{1,12}(?:省|自治区|市|县|区|州|盟|旗)(?:本?级)?$`)

// A tallyOf counts names and remembers which came first.
type tallyOf struct {
	count map[string]int
	order []string
}

func (t *tallyOf) add(name string) {
	if name == "" {
		return
	}
	if t.count == nil {
		t.count = map[string]int{}
	}
	if t.count[name] == 0 {
		t.order = append(t.order, name)
	}
	t.count[name]++
}

// most returns the name with the highest count, the first of equals.
func (t *tallyOf) most() string {
	best := ""
	for _, name := range t.order {
		if t.count[name] > t.count[best] {
			best = name
		}
	}
	return best
}

// unitInTitle returns the unit's name in a document's title: 某县某局2024年单位预算公开, 2024年某县某局部门预算.
func unitInTitle(title string) string {
	title = asciiDigits(squeeze(title))
	loc := titleYear.FindStringIndex(title)
	if loc != nil && loc[0] > 0 {
		name := strings.Trim(title[:loc[0]], "（()）:： ")
		if utf8.RuneCountInString(name) >= 3 {
			return strings.TrimPrefix(name, "关于")
		}
	}
	if loc != nil {
		title = title[loc[1]:]
	}
	if cut := titleTail.FindStringIndex(title); cut != nil {
		return strings.Trim(strings.TrimPrefix(title[:cut[0]], "关于"), "（()）:： ")
	}
	return ""
}

// publishedOn returns the date of signature: the last one that stands alone, else the one on the cover.
func publishedOn(cover, signature []layout.Paragraph) *string {
	for i := len(signature) - 1; i >= 0; i-- {
		if day := or(dateIn(signature[i].Text), dateBehindName(signature[i].Text)); day != "" {
			return &day
		}
	}
	for i := range cover {
		if day := dateIn(cover[i].Text); day != "" {
			return &day
		}
	}
	return nil
}

// dateIn returns a paragraph that is a whole date as YYYY-MM-DD, or "".
func dateIn(s string) string {
	s = asciiDigits(squeeze(s))
	if utf8.RuneCountInString(s) > 24 {
		return ""
	}
	m := fullDate.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	y, mo, day := dateNumber(m[1]), dateNumber(m[2]), dateNumber(m[3])
	if y < 1990 || y > 2100 || mo < 1 || mo > 12 || day < 1 || day > 31 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, mo, day)
}

func dateNumber(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return hanNumber(strings.NewReplacer("○", "〇", "O", "〇", "0", "〇").Replace(s))
}
