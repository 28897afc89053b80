package budget

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// A placer gives the place of a box on a page.
type placer func(page int, box pdf.Rect) schemas.Place

// sectionTree builds the numbering tree from a document's paragraphs. Paragraphs before the first number are left out.
func sectionTree(paragraphs []layout.Paragraph, place placer) []schemas.Section {
	var root schemas.Section
	var open []*schemas.Section // from the root down
	bare := bareHeadings(paragraphs)
	for i := 0; i < len(paragraphs); i++ {
		p := &paragraphs[i]
		if strings.Contains(p.Text, "„") {
			p.Text = yearBrackets.ReplaceAllString(p.Text, "〔$1〕")
		}
		level, number, rest := numbered(p.Text)
		if level == 0 && bare(p) {
			level, rest = partLevel, p.Text
		}
		if level == 0 {
			if len(open) > 0 {
				addParagraph(open[len(open)-1], p.Text, place(p.Page, p.Box))
			}
			continue
		}
		s := schemas.Section{Level: level, Number: number}
		at := place(p.Page, p.Box)
		s.At = &at
		switch {
		case level == partLevel && rest == "" && i+1 < len(paragraphs) && partTitle(&paragraphs[i+1], p):
			i++
			s.Title = paragraphs[i].Text
		case isHeading(level, rest) && !gapHeading(p, rest):
			s.Title = rest
		case gapHeading(p, rest):
			title, text := cutAtGap(p, rest)
			s.Title = title
			addParagraph(&s, text, at)
		case p.Lead > 0 && headingSentence.MatchString(rest) && boldHeading(p, rest):
			m := headingSentence.FindStringSubmatch(rest)
			s.Title = m[1]
			addParagraph(&s, m[2], at)
		default:
			addParagraph(&s, rest, at)
		}
		for len(open) > 0 && open[len(open)-1].Level >= level {
			open = open[:len(open)-1]
		}
		parent := &root
		if len(open) > 0 {
			parent = open[len(open)-1]
		}
		parent.Children = append(parent.Children, s)
		open = reopen(&root, level)
	}
	return root.Children
}

// yearBrackets matches the brackets around the year of a document's number where a font says quotes for them: 财预„2017‟19号.
var yearBrackets = regexp.MustCompile(`„([12][0-9]{3})[‟”]`)

// bareHeadings returns which paragraphs are headings without a number: in a document without 第X部分, those set larger than
// the text and in the middle of the page.
func bareHeadings(paragraphs []layout.Paragraph) func(*layout.Paragraph) bool {
	sizes, body := map[float64]int{}, 0.0
	for i := range paragraphs {
		p := &paragraphs[i]
		if level, _, _ := numbered(p.Text); level == partLevel {
			return func(*layout.Paragraph) bool { return false }
		}
		if sizes[p.Size] += utf8.RuneCountInString(p.Text); sizes[p.Size] > sizes[body] {
			body = p.Size
		}
	}
	return func(p *layout.Paragraph) bool {
		return p.Centred && p.Size > 1.15*body && utf8.RuneCountInString(p.Text) <= 40 && !strings.ContainsAny(p.Text, "。；，：")
	}
}

// reopen returns the path to the last section of the tree, which was just added with the given level. Pointers into
// slices that may have grown are taken anew.
func reopen(root *schemas.Section, level int) []*schemas.Section {
	var path []*schemas.Section
	for s := root; len(s.Children) > 0; {
		s = &s.Children[len(s.Children)-1]
		path = append(path, s)
		if s.Level == level && len(s.Children) == 0 {
			break
		}
	}
	return path
}

func addParagraph(s *schemas.Section, text string, at schemas.Place) {
	if text == "" {
		return
	}
	if s.Text != "" {
		s.Text += "\n"
	}
	s.Text += text
	s.Paragraphs = append(s.Paragraphs, at)
}

func setIDs(sections []schemas.Section, prefix string) {
	for i := range sections {
		sections[i].ID = prefix + strconv.Itoa(i+1)
		setIDs(sections[i].Children, sections[i].ID+".")
	}
}

// partTitle reports whether a paragraph is the title of the part whose number stands alone on the line before.
func partTitle(next, part *layout.Paragraph) bool {
	level, _, _ := numbered(next.Text)
	return level == 0 && utf8.RuneCountInString(next.Text) <= 40 && next.Size > 0.8*part.Size && !strings.ContainsAny(next.Text, "。；")
}

// figure matches an amount of money in a sentence.
var figure = regexp.MustCompile(`[0-9０-９][0-9０-９,，.．]*[ 　]*[百千万亿]*元`)

// headingSentence matches a heading with its text on the same line: 机关运行经费。2024年…
var headingSentence = regexp.MustCompile(`^([^，。；：:,、]{2,30})。(.{6,})$`)

// gapHeading reports whether a wide gap parts a heading from its text on the same line.
func gapHeading(p *layout.Paragraph, rest string) bool {
	title, text := cutAtGap(p, rest)
	least := 4
	if p.Lead > 0 && p.Lead >= p.Gap-1 { // and it is bold
		least = 2
	}
	return utf8.RuneCountInString(title) >= least && utf8.RuneCountInString(title) <= 30 && !strings.ContainsAny(title, "，。；：、") &&
		!figure.MatchString(title) && utf8.RuneCountInString(text) >= 12 && strings.ContainsAny(text, "，。")
}

// cutAtGap parts what follows a number at the gap in the paragraph's first line; text is "" where there is none.
func cutAtGap(p *layout.Paragraph, rest string) (title, text string) {
	runes := []rune(rest)
	k := p.Gap - (utf8.RuneCountInString(p.Text) - len(runes))
	if p.Gap == 0 || k <= 0 || k >= len(runes) {
		return "", ""
	}
	return strings.TrimSpace(string(runes[:k])), strings.TrimSpace(string(runes[k:]))
}

// boldHeading reports whether the number and the words up to the first stop are set bold, and what follows is not: a heading with
// its text on the same line. Without that it is a numbered paragraph.
func boldHeading(p *layout.Paragraph, rest string) bool {
	head, _, _ := strings.Cut(rest, "。")
	end := utf8.RuneCountInString(p.Text) - utf8.RuneCountInString(rest) + utf8.RuneCountInString(head)
	return p.Lead >= end-1 && p.Lead <= end+1
}

// maxHeading is the length of the longest heading, in characters.
const maxHeading = 70

// isHeading reports whether what follows a number is a heading, not a sentence.
func isHeading(level int, rest string) bool {
	if level == partLevel {
		return true
	}
	if rest == "" || utf8.RuneCountInString(rest) > maxHeading || strings.ContainsAny(rest, "。；;") {
		return false
	}
	if utf8.RuneCountInString(rest) > 30 && strings.ContainsAny(rest, "，,") {
		return false // a sentence without its stop
	}
	bare := strings.TrimRight(rest, "：: ")
	if strings.ContainsAny(bare, "：:") || strings.HasSuffix(bare, "，") || strings.HasSuffix(bare, ",") {
		return false
	}
	if bare != rest && level >= arabic {
		return false
	}
	return !figure.MatchString(rest)
}

// contents matches an entry of a table of contents: dotted leaders or a wide gap, and a page number at the end.
var contents = regexp.MustCompile(`(\.{3,}|…{1,}|·{3,}|．{3,}|-{4,}|—{3,}|_{4,})[ 　.…·．]*[0-9０-９]{0,4}[ 　]*$|[^0-9０-９.．%％][ 　]+[0-9０-９]{1,3}$`)

var contentsTitle = regexp.MustCompile(`^目[ 　]*[录錄次]$`)

// splitContents separates the cover (what stands before the first part) and the table of contents from the text.
func splitContents(paragraphs []layout.Paragraph) (cover, text []layout.Paragraph) {
	paragraphs = withoutLateContents(paragraphs)
	start := 0
	for i := range paragraphs {
		if contentsTitle.MatchString(paragraphs[i].Text) {
			cover = append(cover, paragraphs[start:i]...)
			start = afterContents(paragraphs, i+1)
			break
		}
		if level, _, _ := numbered(paragraphs[i].Text); level == partLevel && paragraphs[i].Page > 3 {
			break
		}
	}
	if start == 0 {
		start = dottedContents(paragraphs)
		cover = append(cover, paragraphs[:start]...)
	}
	bare := bareHeadings(paragraphs[start:])
	for start < len(paragraphs) {
		if level, _, _ := numbered(paragraphs[start].Text); level != 0 || len(cover) > 0 && paragraphs[start].Page > cover[0].Page && bare(&paragraphs[start]) {
			break
		}
		cover = append(cover, paragraphs[start])
		start++
	}
	return cover, paragraphs[start:]
}

// withoutLateContents leaves out lists of tables that stand behind text, which is more than a cover: three numbered paragraphs that say
// something.
func withoutLateContents(paragraphs []layout.Paragraph) []layout.Paragraph {
	kept, said := make([]layout.Paragraph, 0, len(paragraphs)), 0
	for rest := paragraphs; len(rest) > 0; {
		p := &rest[0]
		level, _, text := numbered(p.Text)
		title := contentsTitle.MatchString(p.Text)
		switch {
		case title && said >= 3:
			rest = behindEntries(rest[1:])
			continue
		case title, level == partLevel && p.Page > 3:
			return append(kept, rest...)
		case level > 0 && utf8.RuneCountInString(text) > 30 && strings.Contains(text, "。"):
			said++
		}
		kept, rest = append(kept, *p), rest[1:]
	}
	return kept
}

// behindEntries returns the paragraphs behind the entries of a table of contents: the first that is a sentence, or that stands on a
// later page and is no entry.
func behindEntries(paragraphs []layout.Paragraph) []layout.Paragraph {
	for i := range paragraphs {
		p := &paragraphs[i]
		if strings.Contains(p.Text, "。") || i >= maxContents || p.Page > paragraphs[0].Page && !contents.MatchString(p.Text) {
			return paragraphs[i:]
		}
	}
	return nil
}

// preamble makes a section without number and title of the sentences before the first number, if they say something: the opening of a
// report, or a document without any numbers. It returns nil where there are none.
func preamble(cover []layout.Paragraph, place placer) *schemas.Section {
	s := schemas.Section{Level: partLevel}
	for i := range cover {
		p := &cover[i]
		if utf8.RuneCountInString(p.Text) < 25 || !strings.ContainsAny(p.Text, "。；") || contents.MatchString(p.Text) {
			continue
		}
		at := place(p.Page, p.Box)
		if s.At == nil {
			s.At = &at
		}
		addParagraph(&s, p.Text, at)
	}
	if utf8.RuneCountInString(s.Text) < 80 {
		return nil
	}
	return &s
}

// afterContents returns the index of the first paragraph behind a table of contents that begins at i: the one whose number
// and title open the list a second time, or the first on a later page that is no entry.
func afterContents(paragraphs []layout.Paragraph, i int) int {
	if i >= len(paragraphs) {
		return i
	}
	first := entryText(paragraphs[i].Text)
	for j := i + 1; j < len(paragraphs) && j < i+maxContents; j++ {
		if sameHeading(first, entryText(paragraphs[j].Text)) {
			return j
		}
	}
	for j := i + 1; j < len(paragraphs); j++ {
		if paragraphs[j].Page > paragraphs[i].Page && !contents.MatchString(paragraphs[j].Text) {
			return j
		}
	}
	return len(paragraphs) // nothing but the contents
}

// maxContents is how many entries the longest table of contents has.
const maxContents = 150

// sameHeading reports whether one of two texts begins with the other, and they are not nothing.
func sameHeading(a, b string) bool {
	return a != "" && b != "" && (strings.HasPrefix(a, b) && len(b) > 9 || strings.HasPrefix(b, a))
}

var leaders = regexp.MustCompile(`[ 　.…·．_—-]*[0-9０-９]*[ 　]*$`)

// entryText returns an entry of a table of contents without its leaders, page number and white space.
func entryText(s string) string {
	s = leaders.ReplaceAllString(s, "")
	return strings.NewReplacer(" ", "", "　", "").Replace(s)
}

// dottedContents returns how many paragraphs at the start belong to a table of contents without a title: a run of entries
// with leaders.
func dottedContents(paragraphs []layout.Paragraph) int {
	last, entries := 0, 0
	for i := range paragraphs {
		if paragraphs[i].Page > 6 {
			break
		}
		if contents.MatchString(paragraphs[i].Text) && strings.ContainsAny(paragraphs[i].Text, ".…·．") {
			entries++
			last = i + 1
		} else if entries >= 3 && i > last+3 {
			break
		}
	}
	if entries < 3 {
		return 0
	}
	return last
}

// splitSignature separates signatures from the text: a whole date that stands alone, and the unit's name above it.
func splitSignature(paragraphs []layout.Paragraph) (text, signature []layout.Paragraph) {
	for i := range paragraphs {
		p := &paragraphs[i]
		signed := dateIn(p.Text) != "" || dateBehindName(p.Text) != "" || i+1 < len(paragraphs) && dateIn(paragraphs[i+1].Text) != "" && signer(p)
		if signed {
			signature = append(signature, *p)
		} else {
			text = append(text, *p)
		}
	}
	return text, signature
}

// nameAndDate matches a signature on one line: a unit's name and a whole date.
var nameAndDate = regexp.MustCompile(`^[一-龥（）]{4,30}?(?:局|委|会|中心|办公室|厅|院|校|园|学|站|所|处|馆|队|社|府|处|团|部|室)[ 　]*((?:19|20|二)[^年]{2,6}年.{1,4}月.{1,4}[日号])$`)

// dateBehindName returns the date of a signature on one line, as YYYY-MM-DD, or "".
func dateBehindName(s string) string {
	if m := nameAndDate.FindStringSubmatch(squeeze(s)); m != nil {
		return dateIn(m[1])
	}
	return ""
}

// signer reports whether a paragraph may be the name above a date: short, no sentence, no number before it.
func signer(p *layout.Paragraph) bool {
	level, _, _ := numbered(p.Text)
	return level == 0 && utf8.RuneCountInString(p.Text) <= 30 && !strings.ContainsAny(p.Text, "。，；：:、")
}
