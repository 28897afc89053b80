package budget

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/schemas"
)

var (
	projectName = regexp.MustCompile(`^项目名称[ 　]*[:：][ 　]*(.+)$`)
	keyValue    = regexp.MustCompile(`^([一-龥（）()、/]{2,20})[ 　]*[:：][ 　]*(.*)$`)
)

// projects reads the key: value records that begin with 项目名称： out of the section texts.
func projects(sections []schemas.Section) []schemas.Project {
	var out []schemas.Project
	for i := range sections {
		s := &sections[i]
		out = append(out, projectsIn(s)...)
		out = append(out, projects(s.Children)...)
	}
	return out
}

// projectsIn reads the records in one section's own text. A line without a key goes on with the value before it.
func projectsIn(s *schemas.Section) []schemas.Project {
	var out []schemas.Project
	key := ""
	for i, line := range strings.Split(s.Text, "\n") {
		if m := projectName.FindStringSubmatch(line); m != nil {
			p := schemas.Project{Name: m[1], Fields: map[string]string{}}
			if i < len(s.Paragraphs) {
				p.Page = s.Paragraphs[i].Page
			}
			out = append(out, p)
			key = ""
			continue
		}
		if len(out) == 0 {
			continue
		}
		fields := out[len(out)-1].Fields
		if m := keyValue.FindStringSubmatch(line); m != nil && fields[m[1]] == "" {
			key = m[1]
			fields[key] = m[2]
		} else if key != "" {
			fields[key] += line
		}
	}
	return out
}

var (
	glossaryTitle = regexp.MustCompile(`名词解释|名词说明|专业(?:性)?名词|相关名词`)
	termColon     = regexp.MustCompile(`^([^：:，。；]{2,40}?)[ 　]*[:：][ 　]*(.+)$`)
	termIs        = regexp.MustCompile(`^([^：:，。；]{2,40}?)[，,]?(?:是)?(指.+)$`)
)

// glossary reads the entries of the section named 名词解释.
func glossary(sections []schemas.Section) []schemas.Term {
	var out []schemas.Term
	for i := range sections {
		s := &sections[i]
		if glossaryTitle.MatchString(s.Title) {
			out = append(out, terms(s)...)
			continue
		}
		out = append(out, glossary(s.Children)...)
	}
	return out
}

// attachments matches the list of attachments behind the last entry.
var attachments = regexp.MustCompile(`\n附(?:件|表)[ 　]*[0-9]*[:：](?s:.*)$`)

// terms reads the entries under a section, whatever their level.
func terms(s *schemas.Section) []schemas.Term {
	var out []schemas.Term
	add := func(term, definition string) {
		out = append(out, schemas.Term{Term: strings.TrimSpace(term), Definition: strings.TrimSpace(definition)})
	}
	entry := func(text string) bool {
		if m := termColon.FindStringSubmatch(text); m != nil {
			add(m[1], m[2])
			return true
		}
		if m := termIs.FindStringSubmatch(text); m != nil {
			add(m[1], m[2])
			return true
		}
		return false
	}
	for _, line := range strings.Split(s.Text, "\n") {
		entry(line)
	}
	for i := range s.Children {
		c := s.Children[i]
		c.Text = attachments.ReplaceAllString(c.Text, "")
		switch {
		case c.Title != "" && c.Text != "" && len(c.Children) > 0 && strings.HasSuffix(c.Text, "："): // a group of entries
		case c.Title != "" && c.Text != "":
			add(strings.TrimRight(c.Title, "：: "), strings.ReplaceAll(c.Text, "\n", ""))
		case c.Text != "":
			entry(strings.ReplaceAll(c.Text, "\n", ""))
		}
		if c.Title != "" { // a group, whose entries stand below it
			c.Text = ""
			out = append(out, terms(&c)...)
		}
	}
	return out
}

const persons = `[^0-9。；;，,在退离]{0,12}?([0-9]+|[零一二两三四五六七八九十百]+)[ 　]*(?:名|人|个|，|,|。|；|、)`

var (
	authorisedCount = regexp.MustCompile(`(?:编制数|核定编制|编制总数|人员编制|编制人数|编制)` + persons)
	actualCount     = regexp.MustCompile(`(?:实有人数|实有人员|实有在编|实有|现有人数|现有人员|现有职工|在编实有)` + strings.Replace(persons, "在退离", "在退离编", 1))
	inServiceCount  = regexp.MustCompile(`(?:在职人员|在职职工|在职在编|在编在职|在职)` + persons)
	retiredCount    = regexp.MustCompile(`(?:^|[^离])(?:退休人员|退休)` + persons)
	veteranCount    = regexp.MustCompile(`(?:离休人员|离休)` + persons)
)

// staffing reads the counts of persons off the paragraph that speaks of 编制 and 实有 or 在职; nil where there is none.
func staffing(text []layout.Paragraph) *schemas.Staffing {
	best, most := (*schemas.Staffing)(nil), 0
	for i := range text {
		t := asciiDigits(text[i].Text)
		if utf8.RuneCountInString(t) > 600 || !strings.Contains(t, "编制") && !strings.Contains(t, "在职") && !strings.Contains(t, "实有") {
			continue
		}
		s, n := counts(t)
		if n > most {
			best, most = s, n
		}
	}
	if most < 2 {
		return nil
	}
	return best
}

func counts(t string) (*schemas.Staffing, int) {
	s, n := &schemas.Staffing{}, 0
	read := func(pattern *regexp.Regexp, into **int) {
		m := pattern.FindStringSubmatch(t)
		if m == nil {
			return
		}
		v, err := strconv.Atoi(m[1])
		if err != nil {
			v = hanNumber(strings.ReplaceAll(m[1], "两", "二"))
		}
		*into = &v
		n++
	}
	read(authorisedCount, &s.Authorised)
	read(actualCount, &s.Actual)
	read(inServiceCount, &s.InService)
	read(retiredCount, &s.Retired)
	read(veteranCount, &s.RetiredVeterans)
	return s, n
}
