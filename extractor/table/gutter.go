package table

import (
	"math"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
)

// A gutter is the gap between two tables that stand side by side.
type gutter struct {
	x0, x1, y0, y1 float64 // points
}

// gutters finds the gaps between grids, and between rules that stop and start again at the same places.
func gutters(p *layout.Page, grids []Grid) []gutter {
	const above, below = 80, 40 // points: captions and notes
	var out []gutter
	for i := range grids {
		for j := range grids {
			if a, b := &grids[i].Box, &grids[j].Box; a.X1 <= b.X0 && grids[i].Beside(&grids[j]) {
				bottom := max(a.Y1, b.Y1) + below
				if grids[i].headerOnly() || grids[j].headerOnly() { // its body may stand below
					bottom += 400
				}
				out = append(out, gutter{a.X1, b.X0, min(a.Y0, b.Y0) - above, bottom})
			}
		}
	}
	if len(p.Horizontal) > maxRulings/4 {
		return out
	}
	type ends struct{ to, from int }
	found := map[ends]*gutter{}
	count := map[ends]int{}
	for i, a := range p.Horizontal {
		for j := i + 1; j < len(p.Horizontal) && p.Horizontal[j].At-a.At < 2; j++ {
			l, r := a, p.Horizontal[j]
			if r.From < l.From {
				l, r = r, l
			}
			if r.From-l.To < 6 || min(l.To-l.From, r.To-r.From) < 0.12*p.Width {
				continue
			}
			key := ends{int(math.Round(l.To / 4)), int(math.Round(r.From / 4))}
			if found[key] == nil {
				found[key] = &gutter{l.To, r.From, l.At, l.At}
			}
			found[key].y0, found[key].y1 = min(found[key].y0, l.At), max(found[key].y1, l.At)
			count[key]++
		}
	}
	for key, g := range found {
		if count[key] >= 2 && !crossed(p, g) {
			out = append(out, gutter{g.x0, g.x1, g.y0 - above, g.y1 + below})
		}
	}
	return out
}

// crossed reports whether a rule runs over the gutter between its first and last height.
func crossed(p *layout.Page, g *gutter) bool {
	for _, s := range p.Horizontal {
		if s.At > g.y0-1 && s.At < g.y1+1 && s.From < g.x0-6 && s.To > g.x1+6 {
			return true
		}
	}
	return false
}

// cut returns at which glyph a gutter parts the line, or 0.
func (g *gutter) cut(l *layout.Line) int {
	if l.Baseline < g.y0 || l.Baseline > g.y1 || l.Box.X0 > g.x0 || l.Box.X1 < g.x1 {
		return 0
	}
	k := 0
	for k < len(l.Glyphs) && l.Glyphs[k].X < (g.x0+g.x1)/2 {
		k++
	}
	if k == 0 || k == len(l.Glyphs) || l.Glyphs[k].X-l.Glyphs[k-1].X-l.Glyphs[k-1].Advance < min(g.x1-g.x0, 2*l.Size)-1 {
		return 0
	}
	return k
}

// partLines parts lines at the gutters.
func partLines(p *layout.Page, lines []layout.Line, at []gutter) []layout.Line {
	for i := range at {
		var out []layout.Line
		for j := range lines {
			l := &lines[j]
			k := at[i].cut(l)
			if k == 0 {
				out = append(out, *l)
				continue
			}
			out = append(out, layout.Lines(p, append([]pdf.Glyph(nil), l.Glyphs[:k]...))...)
			out = append(out, layout.Lines(p, append([]pdf.Glyph(nil), l.Glyphs[k:]...))...)
		}
		lines = out
	}
	return lines
}
