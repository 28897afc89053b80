package layout

import (
	"math"
	"strings"
	"unicode/utf8"

	"yusuan/extractor/pdf"
)

// A Paragraph is lines that read as one, over page breaks too.
type Paragraph struct {
	Text     string
	Page     int      // 1-based, where it starts
	Box      pdf.Rect // of its lines on that page, on the upright page
	Size     float64  // of its first line
	Bold     bool     // its first line
	Lead     int      // how many characters at its start are bold, where the rest of the first line is not
	Gap      int      // how many characters of its first line stand before a gap of nearly a character's width; else 0
	Centred  bool     // its first line stands in the middle of the page
	Lines    int
	Top      float64 // share of the page's height at which it starts
	EndPage  int     // 1-based
	AfterGap bool    // a table stands between it and the paragraph before
}

// A Numbering says which lines begin numbered paragraphs.
type Numbering struct {
	// Level returns the level of the number that a line begins with, from 1, or 0.
	Level func(text string) int
	// Starts reports whether a line begins a paragraph behind the line before, by its number.
	Starts func(before, text string) bool
}

// Paragraphs joins lines into paragraphs. A line starts a new one where it is indented, follows a line that ends short of
// the margin, changes its size, is centred, or has a number that starts one.
func Paragraphs(pages []PageLines, numbering Numbering) []Paragraph {
	margins := documentMargins(pages)
	habits := findHabits(pages, margins, numbering)
	var out []Paragraph
	var last *Line
	var lastPage int
	for i := range pages {
		p := &pages[i]
		m := margins[sizeKey(p)]
		for j := range p.Lines {
			l := &p.Lines[j]
			gap := last != nil && tableBetween(pages, lastPage, last, i, l)
			if last == nil || gap || breaks(m, margins[sizeKey(&pages[lastPage])], last, l, habits, lastPage != i) {
				out = append(out, Paragraph{Page: l.Page, Size: l.Size, Bold: l.Bold, Lead: l.Lead, Gap: l.Gap, Centred: m.centred(l, p.Width),
					Top: l.Box.Y0 / p.Height, AfterGap: gap})
			}
			para := &out[len(out)-1]
			para.Text = JoinLines(para.Text, strings.TrimSpace(l.Text))
			if l.Page == para.Page {
				para.Box = para.Box.Union(l.Box)
			}
			para.Lines++
			para.EndPage = l.Page
			last, lastPage = l, i
		}
	}
	return out
}

// tableBetween reports whether a table stands between two lines in reading order.
func tableBetween(pages []PageLines, i int, a *Line, j int, b *Line) bool {
	for k := i; k <= j; k++ {
		for _, o := range pages[k].Occupied {
			below := k > i || o[0] >= a.Box.Y1-2
			above := k < j || o[1] <= b.Box.Y0+2
			if below && above {
				return true
			}
		}
	}
	return false
}

// margins are where the lines of most text begin and end on pages of one size, points.
type margins struct{ left, right, size float64 }

func sizeKey(p *PageLines) [2]int {
	return [2]int{int(math.Round(p.Width / 10)), int(math.Round(p.Height / 10))}
}

// documentMargins finds the margins for each page size from its long lines.
func documentMargins(pages []PageLines) map[[2]int]margins {
	type tally struct {
		left, right, size map[int]int
	}
	tallies := map[[2]int]*tally{}
	for i := range pages {
		p := &pages[i]
		t := tallies[sizeKey(p)]
		if t == nil {
			t = &tally{map[int]int{}, map[int]int{}, map[int]int{}}
			tallies[sizeKey(p)] = t
		}
		for _, l := range p.Lines {
			if utf8.RuneCountInString(l.Text) < 12 {
				continue
			}
			t.left[int(math.Round(l.Box.X0/2))]++
			t.right[int(math.Round(l.Box.X1/2))]++
			t.size[int(math.Round(l.Size*2))] += utf8.RuneCountInString(l.Text)
		}
	}
	out := map[[2]int]margins{}
	for key, t := range tallies {
		m := margins{size: float64(most(t.size)) / 2}
		m.left = 2 * float64(edgeBin(t.left, -1))
		m.right = 2 * float64(edgeBin(t.right, 1))
		out[key] = m
	}
	return out
}

// most returns the key with the highest count; the smaller key of equals.
func most(count map[int]int) int {
	best, n := 0, 0
	for k, c := range count {
		if c > n || c == n && k < best {
			best, n = k, c
		}
	}
	return best
}

// edgeBin returns the outermost key (the lowest for direction -1, the highest for 1) that holds, with its neighbours, a
// fair share of all.
func edgeBin(count map[int]int, direction int) int {
	total := 0
	for _, c := range count {
		total += c
	}
	best, found := 0, false
	for k := range count {
		near := 0
		for d := -2; d <= 2; d++ {
			near += count[k+d]
		}
		if near*12 >= total && near >= min(3, total) && (!found || k*direction > best*direction) {
			best, found = k, true
		}
	}
	if !found { // few long lines: the longest reach the margin
		for k := range count {
			if !found || k*direction > best*direction {
				best, found = k, true
			}
		}
	}
	return best
}

// centred reports whether a short line stands in the middle between the margins.
func (m margins) centred(l *Line, width float64) bool {
	left, right := m.left, m.right
	if right-left < width/3 {
		left, right = 0, width
	}
	middle := (left + right) / 2
	if math.Abs((l.Box.X0+l.Box.X1)/2-middle) > 0.04*width {
		return false
	}
	return l.Box.X0-left > 3*l.Size && right-l.Box.X1 > 3*l.Size
}

// habits are how a document sets its paragraphs.
type habits struct {
	numbering Numbering
	indented  map[int]bool // levels whose numbers stand indented
	plain     bool         // the text is not bold
	indents   bool         // paragraphs begin indented
}

// findHabits looks at all lines that begin with a number.
func findHabits(pages []PageLines, margins map[[2]int]margins, numbering Numbering) *habits {
	h := &habits{numbering: numbering, indented: map[int]bool{}}
	in, flush := map[int]int{}, map[int]int{}
	bold, all, begins := 0, 0, 0
	for i := range pages {
		m := margins[sizeKey(&pages[i])]
		for j := range pages[i].Lines {
			l := &pages[i].Lines[j]
			n := len(l.Text)
			if all += n; l.Bold {
				bold += n
			}
			level := numbering.Level(l.Text)
			switch indent := l.Box.X0 - m.left; {
			case level == 0 && indent > 1.2*l.Size && indent < 4*l.Size && n > 36:
				begins++
			case level == 0:
			case indent > 1.2*l.Size && indent < 4*l.Size:
				in[level]++
			case indent < 0.6*l.Size:
				flush[level]++
			}
		}
	}
	for level, n := range in {
		h.indented[level] = n >= 3 && n > 2*flush[level]
	}
	h.plain, h.indents = bold*3 < all, begins >= 5
	return h
}

// within reports whether line b, which begins with a number, goes on with the sentence of line a all the same: it stands at the
// margin behind a full line, where a sentence goes on and other numbers of its level are indented.
func (h *habits) within(m, am margins, a, b *Line) bool {
	level := h.numbering.Level(b.Text)
	if level <= 2 || b.Box.X0-m.left > 0.6*b.Size || am.right-a.Box.X1 > a.Size*(FirstUnit(b.Text)+0.6) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(a.Text)
	return strings.ContainsRune("，,、", last) || h.indented[level] && !strings.ContainsRune("。！？", last)
}

// breaks reports whether line b starts a new paragraph after line a. m holds the margins of b's page, am those of a's.
func breaks(m, am margins, a, b *Line, h *habits, newPage bool) bool {
	if h.numbering.Starts(a.Text, b.Text) {
		return !h.within(m, am, a, b)
	}
	if math.Abs(a.Size-b.Size) > 0.12*max(a.Size, b.Size) {
		return true
	}
	if h.numbering.Level(b.Text) == 0 && a.Size > 1.08*m.size && b.Size > 1.08*m.size && !newPage && b.Baseline-a.Baseline < 2*a.Size &&
		!strings.ContainsAny(a.Text, "。，：:；") && !strings.ContainsAny(b.Text, "。，：:；") && utf8.RuneCountInString(b.Text) <= 30 {
		return false // a heading over two lines, whatever its place
	}
	if h.numbering.Level(a.Text) > 0 && h.numbering.Level(b.Text) == 0 && !newPage && b.Baseline-a.Baseline < 2.2*a.Size && utf8.RuneCountInString(b.Text) < 20 &&
		!strings.ContainsAny(a.Text, "。，；：") && !strings.ContainsAny(b.Text, "。，；：") &&
		(h.plain && a.Bold && b.Bold || h.indents && b.Box.X0-m.left < 0.6*b.Size && a.Box.X0-b.Box.X0 > 0.6*b.Size) {
		return false // the same, set bold, or its second line not indented as paragraphs are
	}
	aCentred, bCentred := centredIn(am, a), centredIn(m, b)
	if h.numbering.Level(a.Text) == 1 && bCentred && !newPage && b.Baseline-a.Baseline < 2.5*a.Size && a.Text != "" && h.numbering.Level(b.Text) == 0 &&
		utf8.RuneCountInString(a.Text) > 8 && !strings.ContainsAny(b.Text, "。，：") {
		return false // a part's heading over two lines
	}
	if aCentred || bCentred {
		// a large heading over two lines is one
		return !(aCentred && bCentred && !newPage && a.Size > 1.2*m.size && b.Baseline-a.Baseline < 2.2*a.Size)
	}
	room, indent := am.right-a.Box.X1, b.Box.X0-m.left
	if h.indents && indent < 0.6*b.Size && room < 8*a.Size && midSentence(a.Text) {
		return false
	}
	if indent < 0.6*b.Size && room < 3*a.Size && midSentence(a.Text) {
		return false
	}
	if room > a.Size*(FirstUnit(b.Text)+0.6) { // the next line's first word had room: the paragraph is over
		return true
	}
	if indent > 1.2*b.Size {
		return true
	}
	return !newPage && b.Baseline-a.Baseline > 3.2*b.Size
}

// midSentence reports whether a long line ends neither a sentence nor a part of one: inside brackets, or without a stop.
func midSentence(text string) bool {
	if strings.Count(text, "（") > strings.Count(text, "）") {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(text)
	return utf8.RuneCountInString(text) >= 20 && !strings.ContainsRune("。；：！？.;:!?", last)
}

func centredIn(m margins, l *Line) bool { return m.centred(l, m.left+m.right) }

// FirstUnit returns how wide the first part of a line is, in font sizes, that no line break may divide: a word or figure, or a
// character with the brackets and stops that must stay with it.
func FirstUnit(text string) float64 {
	width := 0.0
	var last rune
	for i, r := range text {
		if i > 0 && breakable(last, r) || width > 12 {
			break
		}
		if latin(r) {
			width += 0.5
		} else {
			width++
		}
		last = r
	}
	return max(width, 1)
}

// breakable reports whether a line may end between two characters, by the usual rules for Chinese text.
func breakable(a, b rune) bool {
	if strings.ContainsRune("（(〔［[《〈“‘「『", a) || strings.ContainsRune("）)〕］]》〉”’」』，。、；：？！,.;:?!%％", b) {
		return false
	}
	if strings.ContainsRune("）)〕］]》〉”’」』", a) && latin(b) && b != ' ' { // word processors keep them together
		return false
	}
	return !(latin(a) && latin(b) && a != ' ' && b != ' ')
}
