package layout

import (
	"cmp"
	"slices"

	"yusuan/extractor/pdf"
)

// A Segment is a joined ruling: a straight line from one end to the other, whatever pieces it was drawn in.
type Segment struct {
	At       float64 // y of a horizontal segment, x of a vertical one, points
	From, To float64 // its ends along the other axis, From ≤ To
}

// Covers returns which share of the stretch from a to b lies on the segment.
func (s Segment) Covers(a, b float64) float64 {
	if b <= a {
		return 0
	}
	return max(0, min(s.To, b)-max(s.From, a)) / (b - a)
}

const (
	sameLine = 2.0 // points: rulings nearer than this are one line, drawn twice or cell by cell
	gapJoin  = 3.0 // points: a gap up to this in one line is closed
	speck    = 3.0 // points: a shorter line rules nothing
)

// joinRulings splits rulings by direction and joins the pieces of each line.
func joinRulings(rulings []pdf.Ruling) (horizontal, vertical []Segment) {
	for _, r := range rulings {
		if r.Horizontal() {
			horizontal = append(horizontal, Segment{r.Y0, r.X0, r.X1})
		} else {
			vertical = append(vertical, Segment{r.X0, r.Y0, r.Y1})
		}
	}
	return joinSegments(horizontal), joinSegments(vertical)
}

// joinSegments joins segments that lie on one line and touch, overlap, or nearly touch; specks are dropped.
func joinSegments(segments []Segment) []Segment {
	slices.SortFunc(segments, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.From, b.From))
	})
	var out []Segment
	for i := 0; i < len(segments); {
		j := i + 1
		for j < len(segments) && segments[j].At-segments[i].At <= sameLine {
			j++
		}
		out = append(out, joinBand(segments[i:j])...)
		i = j
	}
	return slices.DeleteFunc(out, func(s Segment) bool { return s.To-s.From < speck })
}

// joinBand joins the segments of one line, which may be drawn in pieces; the longest piece gives the position.
func joinBand(band []Segment) []Segment {
	slices.SortFunc(band, func(a, b Segment) int { return cmp.Compare(a.From, b.From) })
	var out []Segment
	longest := 0.0
	for _, s := range band {
		if n := len(out); n > 0 && s.From <= out[n-1].To+gapJoin {
			if s.To-s.From > longest {
				longest, out[n-1].At = s.To-s.From, s.At
			}
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
		longest = s.To - s.From
	}
	return out
}
