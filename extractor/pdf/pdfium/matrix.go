package pdfium

import (
	"math"

	"yusuan/extractor/pdf"
)

// A matrix is [a b c d e f] of ISO 32000-1, 8.3.3: x' = ax + cy + e, y' = bx + dy + f.
type matrix struct{ a, b, c, d, e, f float64 }

// then returns the matrix that applies m first and n second.
func (m matrix) then(n matrix) matrix {
	return matrix{
		m.a*n.a + m.b*n.c, m.a*n.b + m.b*n.d,
		m.c*n.a + m.d*n.c, m.c*n.b + m.d*n.d,
		m.e*n.a + m.f*n.c + n.e, m.e*n.b + m.f*n.d + n.f,
	}
}

// at maps a point.
func (m matrix) at(x, y float64) point {
	return point{m.a*x + m.c*y + m.e, m.b*x + m.d*y + m.f}
}

// scale is the mean factor by which m lengthens a line.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m.a*m.d - m.b*m.c)) }

// direction is the unit vector to which m turns the x axis.
func (m matrix) direction() (x, y float64) {
	l := math.Hypot(m.a, m.b)
	if l == 0 {
		return 1, 0
	}
	return m.a / l, m.b / l
}

// across is the factor by which m stretches what stands on the turned x axis.
func (m matrix) across() float64 {
	l := math.Hypot(m.a, m.b)
	if l == 0 {
		l = 1
	}
	return math.Abs(m.a*m.d-m.b*m.c) / l
}

// box maps the corners of a box and returns the box around them.
func (m matrix) box(x0, y0, x1, y1 float64) pdf.Rect {
	return around(m.at(x0, y0), m.at(x1, y0), m.at(x0, y1), m.at(x1, y1))
}

type point struct{ x, y float64 }

// around returns the smallest box that holds the points.
func around(ps ...point) pdf.Rect {
	r := pdf.Rect{X0: math.Inf(1), Y0: math.Inf(1), X1: math.Inf(-1), Y1: math.Inf(-1)}
	for _, p := range ps {
		r.X0, r.Y0 = min(r.X0, p.x), min(r.Y0, p.y)
		r.X1, r.Y1 = max(r.X1, p.x), max(r.Y1, p.y)
	}
	return r
}

// shown returns the matrix from a page's user space (origin bottom left of nowhere in particular, y upwards) to the page
// as shown (origin top left of box, y downwards), for /Rotate of turns × 90° clockwise. box is left, bottom, right, top.
func shown(left, bottom, right, top float64, turns int) matrix {
	switch turns & 3 {
	case 1:
		return matrix{0, 1, 1, 0, -bottom, -left}
	case 2:
		return matrix{-1, 0, 0, 1, right, -bottom}
	case 3:
		return matrix{0, -1, -1, 0, top, right}
	}
	return matrix{1, 0, 0, -1, -left, top}
}
