package table

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yusuan/extractor/layout"
)

// heads reports whether line i begins as a heading does and the next one is prose: it heads that.
func heads(p *layout.Page, lines []row, i int) bool {
	return i+1 < len(lines) && entryStart.MatchString(lines[i].Text) && len(lines[i].cells()) == 1 && prose(p, &lines[i+1], lines[i+1].Box.X0)
}

// bareRegions finds tables without rulings: runs of lines of several cells below a caption, or, at the top of a page, what goes on there.
// open is set where a table ends the page before.
func bareRegions(p *layout.Page, lines []row, found []Grid, open bool) []region {
	var out []region
	left := p.Width
	for i := range lines {
		left = min(left, lines[i].Box.X0)
	}
	again := saidAgain(p, lines, left)
	for i := -1; i < len(lines); i++ {
		start := i + 1
		switch {
		case i < 0 && again >= 0:
			start = again
		case i < 0 && (!goesOn(p, lines, left, open) || within(found, &lines[0])), i >= 0 && !lines[i].caption:
			continue
		}
		for start < len(lines) && (lines[start].caption || short(&lines[start].Line) || i < 0 && apart(lines, start)) {
			start++
		}
		end, wide, columns := start, 0, 0
		for end < len(lines) && !lines[end].caption && !within(found, &lines[end]) && !prose(p, &lines[end], left) && !farBelow(lines, end, start) && !larger(lines, end, start) && !heads(p, lines, end) {
			n := len(lines[end].cells())
			if n >= 2 {
				wide++
			}
			columns = max(columns, n)
			end++
		}
		if wide >= 2 && columns >= 3 && !overlapsGrid(found, lines[start].Box.Y0, lines[end-1].Box.Y1) {
			r := region{y0: lines[start].Box.Y0 - 2, y1: lines[end-1].Box.Y1 + 2, lines: lines[start:end]}
			out = append(out, r)
		}
		i = max(i, end-1)
	}
	return out
}

// apart reports whether line i is a single piece far above the next line, as a running header is.
func apart(lines []row, i int) bool {
	return i+1 < len(lines) && len(lines[i].cells()) == 1 && lines[i+1].Baseline-lines[i].Baseline > 3*lines[i].Size
}

// saidAgain returns the line at which the page says the header of the table before again, -1 if it does not. The header may have more
// lines above the one that is known.
func saidAgain(p *layout.Page, lines []row, left float64) int {
	i := slices.IndexFunc(lines[:min(4, len(lines))], func(l row) bool { return l.again })
	for i > 0 && !lines[i-1].caption && !prose(p, &lines[i-1], left) && lines[i].Baseline-lines[i-1].Baseline < 2*lines[i].Size {
		i--
	}
	return i
}

// figureRegions finds small tables without rulings and without a caption: a row of headers and, right below, three rows or more that
// end in figures at one place. Page numbers in a table of contents, which only grow, are no figures of a table.
func figureRegions(lines []row, found []Grid) []region {
	var out []region
	for i := 1; i < len(lines); i++ {
		end := i
		for end < len(lines) && sameEnd(lines, i, end) {
			end++
		}
		head := &lines[i-1]
		if end-i < 3 || head.caption || len(head.cells()) != len(lines[i].cells()) || math.Abs(head.Size-lines[i].Size) > 0.5 || growing(lines[i:end]) ||
			lines[i].Box.Y0-head.Box.Y1 > 2*head.Size || slices.ContainsFunc(head.cells(), func(p piece) bool { return p.figure }) || within(found, head) {
			i = max(i, end-1)
			continue
		}
		out = append(out, region{y0: head.Box.Y0 - 2, y1: lines[end-1].Box.Y1 + 2, lines: lines[i-1 : end]})
		i = end
	}
	return out
}

// sameEnd reports whether line k has cells like line i: two or more, set as large, the last one a figure that ends at the same place,
// and near the line above it.
func sameEnd(lines []row, i, k int) bool {
	a, b := lines[i].cells(), lines[k].cells()
	if len(b) < 2 || math.Abs(lines[k].Size-lines[i].Size) > 0.5 || k > i && lines[k].Baseline-lines[k-1].Baseline > 3*lines[k].Size {
		return false
	}
	x, y := &a[len(a)-1], &b[len(b)-1]
	return len(a) >= 2 && y.figure && math.Abs(x.box.X1-y.box.X1) < 1.5 && y.box.X0-b[len(b)-2].box.X1 > 3*y.size
}

// growing reports whether the last cells are whole numbers none of which is smaller than the one before.
func growing(lines []row) bool {
	last := -1
	for i := range lines {
		ps := lines[i].cells()
		n, err := strconv.Atoi(ps[len(ps)-1].text)
		if err != nil || n < last {
			return false
		}
		last = n
	}
	return true
}

// goesOn reports whether a page begins with rows of a table that began on the page before: three lines of three cells or
// more, figures among them. Where a table ends the page before (open), its header may take many lines.
func goesOn(p *layout.Page, lines []row, left float64, open bool) bool {
	rows, figures, limit := 0, 0, 8
	if open {
		limit = 24
	}
	for i := 0; i < len(lines) && i < limit; i++ {
		if i >= 8 && lines[i].caption {
			break
		}
		if prose(p, &lines[i], left) {
			if i >= 8 {
				break
			}
			continue
		}
		ps := lines[i].cells()
		if len(ps) >= 3 {
			rows++
		}
		for k := range ps {
			if ps[k].figure {
				figures++
			}
		}
	}
	return rows >= 3 && figures >= 4 && !prose(p, &lines[0], left)
}

// withoutPageNumber leaves out the page number at the top or bottom edge.
func withoutPageNumber(p *layout.Page, lines []row) []row {
	if n := len(lines) - 1; n >= 0 && lines[n].Baseline > 0.8*p.Height && layout.IsPageNumber(lines[n].Text) {
		lines = lines[:n]
	}
	if len(lines) > 0 && lines[0].Baseline < 0.08*p.Height && layout.IsPageNumber(lines[0].Text) {
		lines = lines[1:]
	}
	return lines
}

// short reports whether a line is one short piece in brackets, as a year below a title is.
func short(l *layout.Line) bool {
	return strings.HasPrefix(l.Text, "（") && strings.HasSuffix(l.Text, "）") && utf8.RuneCountInString(l.Text) < 12
}

// prose reports whether a line is a line of text, not of a table: a note, or wide and set solid, though figures in it may
// stand a little apart as word processors set them. left is where the page's text begins.
func prose(p *layout.Page, l *row, left float64) bool {
	if strings.HasPrefix(l.Text, "注") || strings.HasPrefix(l.Text, "备注") || strings.HasPrefix(l.Text, "说明：") {
		return true
	}
	if l.Box.Width() < 0.5*p.Width {
		return false
	}
	inked := 0.0
	for i := range l.Glyphs {
		inked += l.Glyphs[i].Advance
	}
	return inked > 0.88*l.Box.Width() && l.Box.X0 < left+3*l.Size
}

// larger reports whether line i is one piece of text set larger than the table that begins at start: a heading below it.
func larger(lines []row, i, start int) bool {
	return i > start+1 && len(lines[i].cells()) == 1 && lines[i].Size > 1.12*lines[start+1].Size
}

// farBelow reports whether a wide gap parts line i from the line above it.
func farBelow(lines []row, i, start int) bool {
	return i > start && lines[i].Box.Y0-lines[i-1].Box.Y1 > 4*lines[i].Size
}
