package checker

import (
	"regexp"
	"slices"
	"strings"

	"yusuan/schemas"
)

// A Reason is what the narrative gives for a change: 比上年减少1.10万元，主要原因是：压减公务接待费。
type Reason struct {
	Text    string       `json:"text"`              // the sentence, as printed
	Heading string       `json:"heading,omitempty"` // of the section
	Section string       `json:"section_id,omitempty"`
	Page    int          `json:"page,omitempty"` // 1-based, where the paragraph begins
	Box     *schemas.Box `json:"box,omitempty"`  // of the paragraph

	before    string // the sentence before, of which this one may go on to speak
	headings  string // of all sections around it
	direction int    // 1 more, -1 less, 0 none or both
	amounts   []schemas.Amount
}

// Reasons finds the sentences of a disclosure that say why an amount is another than the year before.
func Reasons(d *schemas.Disclosure) []Reason {
	var out []Reason
	for i := range d.Sections {
		out = appendReasons(out, &d.Sections[i], "")
	}
	return out
}

func appendReasons(out []Reason, s *schemas.Section, headings string) []Reason {
	headings += "\n" + squeezed(s.Title)
	for i, paragraph := range strings.Split(s.Text, "\n") {
		at := s.At
		if i < len(s.Paragraphs) {
			at = &s.Paragraphs[i]
		}
		before := ""
		for _, sentence := range sentences(paragraph) {
			r := Reason{Heading: s.Title, Section: s.ID, before: squeezed(before), headings: headings}
			if at != nil {
				r.Page, r.Box = at.Page, at.BBox
			}
			if r.read(before, sentence) {
				out = append(out, r)
			}
			before = sentence
		}
	}
	for i := range s.Children {
		out = appendReasons(out, &s.Children[i], headings)
	}
	return out
}

// read takes over a sentence that gives a reason for more or less of something, and reports whether it does. Where it gives only the
// reason, the sentence before says of what.
func (r *Reason) read(before, sentence string) bool {
	text := squeezed(sentence)
	if !slices.ContainsFunc([]string{"原因", "由于", "因为", "主要是"}, func(w string) bool { return strings.Contains(text, w) }) {
		return false
	}
	if r.direction = direction(text); r.direction == none {
		sentence = before + sentence
		text = squeezed(sentence)
		r.direction = direction(text)
	}
	r.Text, r.amounts = strings.TrimSpace(sentence), amountsIn(text)
	return r.direction != none
}

// squeezed is the text without white space and quotes.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\u3000“”\"‘’《》", r) {
			return -1
		}
		return r
	}, text)
}

// The directions of a change.
const (
	less = -1
	both = 0
	more = 1
	none = 2
)

// direction is what the first half of a sentence says of the amount: the reason behind it may well speak of both.
func direction(text string) int {
	head := text
	for _, cut := range []string{"原因", "由于", "因为", "主要是"} {
		if at := strings.Index(head, cut); at > 0 {
			head = head[:at]
		}
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(head, w) })
	}
	up := has("增加", "增长", "上升", "提高", "增幅", "大于")
	down := has("减少", "下降", "降低", "压减", "降幅", "小于")
	switch {
	case up && down, has("持平", "增减"):
		return both
	case up:
		return more
	case down:
		return less
	}
	return none
}

// amountPattern finds the amount of a change: 减少1.10万元.
var amountPattern = regexp.MustCompile(`(?:增加|增长|上升|提高|减少|下降|降低|压减)(?:额|额为|了)?([0-9][0-9,，]*(?:\.[0-9]+)?)(亿元|万元|元)`)

// amountsIn are the changes that a sentence names.
func amountsIn(text string) []schemas.Amount {
	var out []schemas.Amount
	for _, m := range amountPattern.FindAllStringSubmatch(text, -1) {
		if a, ok := schemas.ParseAmount(m[1], schemas.UnitOfMeasure(m[2])); ok {
			out = append(out, a)
		}
	}
	return out
}

// BestReason is the reason for a change of what has the name (公务接待费, 教育支出) by the difference in 分, or nil where none can be
// told: it must speak of the same direction, and either of the name, or of the very difference. Of several it is the one that names
// more of it, then the first.
func BestReason(reasons []Reason, name string, difference schemas.Fen) *Reason {
	name = strings.TrimRight(squeezed(name), ":：")
	var best *Reason
	most := 0
	for i := range reasons {
		if fit := reasons[i].fit(name, difference); fit > most {
			best, most = &reasons[i], fit
		}
	}
	return best
}

// fit is how well a reason is one of a change; 0 is not at all.
func (r *Reason) fit(name string, difference schemas.Fen) int {
	if difference == 0 || difference > 0 && r.direction == less || difference < 0 && r.direction == more {
		return 0
	}
	points := 0
	if slices.ContainsFunc(r.amounts, func(a schemas.Amount) bool {
		off := max(difference, -difference) - max(a.Fen, -a.Fen)
		return max(off, -off) <= 2*a.Half
	}) {
		points += 4
	}
	switch {
	case len([]rune(name)) < 3 || isTotal(name): // 合计 is everywhere
	case isSubject(squeezed(r.Text), name):
		points += 3
	case strings.Contains(r.before, name):
		points += 2
	case strings.Contains(r.headings, name):
		points += 1
	}
	return points
}

// isSubject reports whether a sentence speaks of what has the name, and not of a part of it: in 农林水支出（类）水利（款）防汛（项） only
// the last is spoken of.
func isSubject(text, name string) bool {
	_, rest, ok := strings.Cut(text, name)
	if !ok {
		return false
	}
	for _, level := range []string{"（类）", "(类)", "（款）", "(款)"} {
		if after, ok := strings.CutPrefix(rest, level); ok {
			return !strings.Contains(after, "（款）") && !strings.Contains(after, "(款)") && !strings.Contains(after, "（项）") && !strings.Contains(after, "(项)")
		}
	}
	return true
}

func isTotal(name string) bool {
	return strings.HasSuffix(name, "合计") || strings.HasSuffix(name, "总计") || strings.HasSuffix(name, "小计")
}
