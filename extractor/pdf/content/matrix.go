package content

import (
	"math"

	"yusuan/extractor/pdf"
)

// A matrix is a PDF transformation: x' = ax + cy + e, y' = bx + dy + f (ISO 32000-1, 8.3.3).
type matrix struct{ a, b, c, d, e, f float64 }

var unit = matrix{a: 1, d: 1}

// then returns the transformation that does m first and n after it.
func (m matrix) then(n matrix) matrix {
	return matrix{
		m.a*n.a + m.b*n.c, m.a*n.b + m.b*n.d,
		m.c*n.a + m.d*n.c, m.c*n.b + m.d*n.d,
		m.e*n.a + m.f*n.c + n.e, m.e*n.b + m.f*n.d + n.f,
	}
}

func (m matrix) apply(x, y float64) (float64, float64) {
	return m.a*x + m.c*y + m.e, m.b*x + m.d*y + m.f
}

// box returns the bounds of a transformed rectangle.
func (m matrix) box(x0, y0, x1, y1 float64) pdf.Rect {
	ax, ay := m.apply(x0, y0)
	bx, by := m.apply(x1, y0)
	cx, cy := m.apply(x0, y1)
	dx, dy := m.apply(x1, y1)
	return pdf.Rect{
		X0: min(ax, bx, cx, dx), Y0: min(ay, by, cy, dy),
		X1: max(ax, bx, cx, dx), Y1: max(ay, by, cy, dy),
	}
}

// scale returns by how much lengths grow, on average over the directions.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m.a*m.d - m.b*m.c)) }

// toMatrix reads six numbers; anything else is the identity.
func toMatrix(n []float64) matrix {
	if len(n) != 6 {
		return unit
	}
	return matrix{n[0], n[1], n[2], n[3], n[4], n[5]}
}

// intersect returns what two boxes share; where they share nothing, an empty box between them.
func intersect(r, s pdf.Rect) pdf.Rect {
	o := pdf.Rect{X0: max(r.X0, s.X0), Y0: max(r.Y0, s.Y0), X1: min(r.X1, s.X1), Y1: min(r.Y1, s.Y1)}
	o.X1, o.Y1 = max(o.X0, o.X1), max(o.Y0, o.Y1)
	return o
}

// finite reports whether a place is a number within any imaginable page: the largest boxes seen were 2e9 points wide.
func finite(x, y float64) bool {
	const far = 1e11
	return x > -far && x < far && y > -far && y < far
}
