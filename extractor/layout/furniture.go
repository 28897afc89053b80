package layout

import (
	"math"
	"regexp"
	"strings"
	"unicode/utf8"
)

// pageNumber matches a line that is nothing but a page number: 3, - 3 -, — 3 —, 第 3 页, 第3页 共10页, 3/10, Page 3, 第三页, Ⅲ.
var pageNumber = regexp.MustCompile(`^[-—–－_·.~ 　]*(第?[ 　]*([0-9０-９]{1,4}|[一二三四五六七八九十百〇零]{1,5}|[ivxIVX]{1,6}|[Ⅰ-Ⅻ])[ 　]*页?)([ 　]*[,，/／]?[ 　]*共?[ 　]*[0-9０-９一二三四五六七八九十百]{1,4}[ 　]*页?)?[-—–－_·.~ 　]*$|^(?i:page)[ 　]*[0-9]+([ 　]*(of|/)[ 　]*[0-9]+)?$`)

// IsPageNumber reports whether a line's text is a page number and nothing else.
func IsPageNumber(text string) bool { return pageNumber.MatchString(text) }

const (
	marginBand = 0.12 // share of the page's height at the top and bottom in which furniture stands
	sameSpot   = 4.0  // points: running headers keep their place
)

// Furniture splits the lines of a document's pages into what is read and what only surrounds it: page numbers, and
// headers and footers that stand on one place on most pages. keep says of a line's text that it is never furniture.
// Each page's lines are top to bottom, and so are the body's.
func Furniture(pages []PageLines, keep func(text string) bool) (body []PageLines) {
	running := runningLines(pages, keep)
	body = make([]PageLines, len(pages))
	for i, p := range pages {
		body[i] = PageLines{Number: p.Number, Width: p.Width, Height: p.Height, Occupied: p.Occupied}
		for j, l := range p.Lines {
			edge := p.edge(j)
			if edge && pageNumber.MatchString(l.Text) && p.margin(l) || p.margin(l) && running[spotOf(p, l)] {
				continue
			}
			body[i].Lines = append(body[i].Lines, l)
		}
	}
	return body
}

// PageLines are the lines of one page outside its tables.
type PageLines struct {
	Number        int // 1-based
	Width, Height float64
	Lines         []Line
	// Occupied holds the vertical extents of the page's tables, top to bottom, points.
	Occupied [][2]float64
}

// margin reports whether the line stands in the top or bottom band of the page.
func (p *PageLines) margin(l Line) bool {
	return l.Baseline < marginBand*p.Height || l.Baseline > (1-marginBand)*p.Height
}

// edge reports whether line j is among the outermost two of the page, with no table beyond it.
func (p *PageLines) edge(j int) bool {
	l := p.Lines[j]
	above, below := j, len(p.Lines)-1-j
	for _, o := range p.Occupied {
		if o[1] <= l.Box.Y0+1 {
			above += 2
		}
		if o[0] >= l.Box.Y1-1 {
			below += 2
		}
	}
	return above < 2 || below < 2
}

// A spot is a text at a place of a page, by how far it stands from the nearer end; numbers count alike.
type spot struct {
	text string
	y    float64 // in steps of sameSpot, less than 0 from the foot of the page
}

func spotOf(p PageLines, l Line) spot {
	last := ' '
	text := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			if last == '0' {
				return -1
			}
			r = '0'
		}
		last = r
		return r
	}, l.Text)
	if l.Baseline > p.Height/2 {
		return spot{text, math.Round((l.Baseline - p.Height) / sameSpot)}
	}
	return spot{text, math.Round(l.Baseline / sameSpot)}
}

// runningLines finds what stands on one place on most pages of a size, and on three at least. Pages of other sizes among them
// (landscape ones) have the same lines, if not on the same place.
func runningLines(pages []PageLines, keep func(string) bool) map[spot]bool {
	type sized struct {
		spot
		width float64
	}
	count, ofSize := map[sized]int{}, map[float64]int{}
	everywhere, texts, small := map[spot]int{}, map[string]int{}, map[spot]int{}
	for _, p := range pages {
		width := math.Round(p.Width / 10)
		ofSize[width]++
		for i, l := range p.Lines {
			if p.margin(l) && !keep(l.Text) {
				s := spotOf(p, l)
				count[sized{s, width}]++
				everywhere[s]++
				if i == 0 && len(p.Lines) > 1 && l.Size < 0.85*p.Lines[1].Size && p.Lines[1].Box.Y0-l.Box.Y1 > 1.5*l.Size {
					small[s]++
				}
			}
		}
	}
	running := map[spot]bool{}
	for s, n := range small { // in documents put together of several, not on most pages
		running[s] = n >= 2 && utf8.RuneCountInString(s.text) >= 4
	}
	for s, n := range count {
		if n >= 3 && n*2 > ofSize[s.width] {
			running[s.spot] = true
			texts[s.text]++
		}
	}
	for s, n := range everywhere {
		if n >= 3 && n*2 > len(pages) || texts[s.text] > 0 && utf8.RuneCountInString(s.text) >= 4 {
			running[s] = true
		}
	}
	return running
}
