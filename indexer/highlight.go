package indexer

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A Range is a stretch of a text, in bytes: text[Start:End].
type Range struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// A Snippet is the part of a passage to show with a hit: some SnippetRunes characters from where most of what was looked for stands
// together, cut where a sentence, a phrase or a word ends if that is near.
type Snippet struct {
	Text    string  `json:"text"`              // as printed
	Marks   []Range `json:"marks,omitempty"`   // what was found, in Text; in order, not overlapping
	Heading []Range `json:"heading,omitempty"` // what was found in Passage.Heading
	Start   int     `json:"start"`             // byte offset of Text in Passage.Text
	Before  bool    `json:"before,omitempty"`  // there is text before it
	After   bool    `json:"after,omitempty"`   // there is text after it
}

// A Segment is a piece of a marked text.
type Segment struct {
	Text   string
	Marked bool
}

// Segments splits a text at its marks.
func Segments(text string, marks []Range) []Segment {
	var out []Segment
	at := 0
	for _, m := range marks {
		if m.Start > at {
			out = append(out, Segment{Text: text[at:m.Start]})
		}
		out = append(out, Segment{Text: text[m.Start:m.End], Marked: true})
		at = m.End
	}
	if at < len(text) {
		out = append(out, Segment{Text: text[at:]})
	}
	return out
}

// The bounds of highlighting.
const (
	SnippetRunes      = 120
	lead              = 30        // characters before the first highlight
	reach             = 20        // how far a cut moves to a sensible place
	maxHighlightBytes = 256 << 10 // text beyond it is not looked at
	maxMarks          = 100
)

// Highlight returns where a text has one of the token lists (see Leaves), by the same tokens as the index; in order, not
// overlapping. It looks at the first 256 KiB and stops after 100 marks.
func Highlight(text string, leaves [][]QueryToken) []Range {
	marks, _ := highlight(text, leaves)
	return marks
}

// An occurrence is a place where a text has one of the token lists.
type occurrence struct {
	Range
	leaf int // which one
}

// highlight gives the marks, and what they are made of.
func highlight(text string, leaves [][]QueryToken) (marks []Range, all []occurrence) {
	if len(leaves) == 0 || text == "" {
		return nil, nil
	}
	if len(text) > maxHighlightBytes {
		text = strings.ToValidUTF8(text[:maxHighlightBytes], "")
	}
	list := Tokens(text)
	for i := range list {
		for k, leaf := range leaves {
			if end, ok := matchAt(list[i:], leaf); ok {
				r := Range{list[i].Start, end}
				marks, all = appendRange(marks, r), append(all, occurrence{r, k})
			}
		}
		if len(marks) >= maxMarks {
			break
		}
	}
	return marks, all
}

// together is how many bytes from each other the places may be that a snippet shows.
const together = 3 * (SnippetRunes - lead)

// densest returns where to begin so that most of what was looked for is near; the longer a phrase, the more it counts. Of equal
// places it is the first.
func densest(all []occurrence, leaves [][]QueryToken) int {
	best, most := 0, 0
	for i, first := range all {
		seen, sum := map[int]bool{}, 0
		for _, o := range all[i:min(len(all), i+maxMarks)] {
			if o.End > first.Start+together {
				break
			}
			if !seen[o.leaf] {
				seen[o.leaf] = true
				sum += len(leaves[o.leaf])
			}
		}
		if sum > most {
			best, most = first.Start, sum
		}
	}
	return best
}

// matchAt reports whether the tokens begin with the leaf, and where in the text that ends.
func matchAt(list []Token, leaf []QueryToken) (end int, ok bool) {
	if len(list) < len(leaf) {
		return 0, false
	}
	for k, q := range leaf {
		switch t := list[k]; {
		case t.Term == q.Term:
			end = max(end, t.End)
		case q.Prefix && strings.HasPrefix(t.Term, q.Term):
			end = max(end, t.Head)
		default:
			return 0, false
		}
	}
	return end, true
}

// appendRange adds a range that starts no earlier than those before it, joining what overlaps or touches.
func appendRange(out []Range, r Range) []Range {
	if n := len(out); n > 0 && r.Start <= out[n-1].End {
		out[n-1].End = max(out[n-1].End, r.End)
		return out
	}
	return append(out, r)
}

// Hit makes a hit of a passage that the plan's query found.
func (p Plan) Hit(passage Passage, score float64) Hit {
	h := Hit{Passage: passage, Page: passage.Page, Box: passage.Box, Score: score}
	leaves := p.leaves
	marks, all := highlight(passage.Text, leaves)
	at := 0
	if len(marks) == 0 {
		marks = codeMarks(passage, leaves)
		if len(marks) > 0 {
			at = marks[0].Start
		}
	} else {
		at = densest(all, leaves)
	}
	h.Snippet = snippet(passage.Text, marks, at)
	h.Snippet.Heading = Highlight(passage.Heading, leaves)
	if len(marks) == 0 {
		return h
	}
	i, found := slices.BinarySearchFunc(passage.Parts, at, func(part Part, at int) int { return part.Start - at })
	if !found {
		i--
	}
	if i >= 0 && passage.Parts[i].Page > 0 {
		h.Page, h.Box = passage.Parts[i].Page, passage.Parts[i].Box
	}
	return h
}

// codeMarks returns where a row has, over several cells (208 05 05), a code that was asked for as one word.
func codeMarks(p Passage, leaves [][]QueryToken) []Range {
	for _, leaf := range leaves {
		if len(leaf) != 1 || !slices.Contains(p.Code, leaf[0].Term) {
			continue
		}
		for i := range p.Parts {
			if end, ok := spelled(p, i, leaf[0].Term); ok {
				return []Range{{p.Parts[i].Start, end}}
			}
		}
	}
	return nil
}

// spelled reports whether the cells from the i-th on spell the code, and where the last of them ends.
func spelled(p Passage, i int, code string) (end int, ok bool) {
	for ; i < len(p.Parts); i++ {
		end = len(p.Text)
		if i+1 < len(p.Parts) {
			end = p.Parts[i+1].Start - 1
		}
		rest, found := strings.CutPrefix(code, Fold(p.Text[p.Parts[i].Start:end]))
		if !found || rest == "" {
			return end, found
		}
		code = rest
	}
	return 0, false
}

// snippet cuts the text around the mark that covers the offset.
func snippet(text string, marks []Range, at int) Snippet {
	from := 0
	first, _ := slices.BinarySearchFunc(marks, at, func(m Range, at int) int { return m.End - at - 1 }) // the first that ends behind it
	if first < len(marks) {
		from = cutBefore(text, marks[first].Start)
	}
	to := cutAfter(text, from)
	if first < len(marks) {
		to = max(to, min(marks[first].End, forward(text, from, 2*SnippetRunes)))
	}
	s := Snippet{Text: text[from:to], Start: from, Before: from > 0, After: to < len(text)}
	for _, m := range marks {
		if m.End > from && m.Start < to {
			s.Marks = append(s.Marks, Range{max(m.Start, from) - from, min(m.End, to) - from})
		}
	}
	return s
}

// cutBefore returns where a snippet begins whose first mark is at the offset: lead characters before it, or at the nearest
// break between there and the mark, or up to reach characters earlier.
func cutBefore(text string, at int) int {
	from := back(text, at, lead)
	if from == 0 {
		return 0
	}
	early := back(text, from, reach)
	if early == 0 {
		return 0
	}
	if i := strings.LastIndexAny(text[early:from], sentenceEnds); i >= 0 {
		return skipBreak(text, early+i, at)
	}
	if i := strings.IndexAny(text[from:at], sentenceEnds+phraseEnds); i >= 0 {
		return skipBreak(text, from+i, at)
	}
	return from
}

// The characters after which a snippet may be cut.
const (
	sentenceEnds = "。；！？\n"
	phraseEnds   = "，、：;, \t　"
)

// skipBreak returns the offset after the break at i and the white space behind it, but not beyond limit.
func skipBreak(text string, i, limit int) int {
	i += runeSize(text, i)
	for i < limit && (text[i] == ' ' || text[i] == '\n') {
		i++
	}
	return min(i, limit)
}

// cutAfter returns where a snippet ends that begins at from.
func cutAfter(text string, from int) int {
	to := forward(text, from, SnippetRunes)
	if forward(text, to, reach/2) == len(text) {
		return len(text)
	}
	near := back(text, to, reach)
	for _, set := range []string{sentenceEnds, phraseEnds} {
		if i := strings.LastIndexAny(text[near:to], set); i >= 0 {
			return near + i + runeSize(text, near+i)
		}
	}
	return to
}

func runeSize(text string, i int) int {
	_, size := utf8.DecodeRuneInString(text[i:])
	return size
}

// back returns the offset n characters before i, at least 0.
func back(text string, i, n int) int {
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:i])
		i -= size
	}
	return i
}

// forward returns the offset n characters after i, at most len(text).
func forward(text string, i, n int) int {
	for ; n > 0 && i < len(text); n-- {
		i += runeSize(text, i)
	}
	return i
}

// Marks are where a text has what the plan's query looks for, as in Highlight.
func (p Plan) Marks(text string) []Range { return Highlight(text, p.leaves) }
