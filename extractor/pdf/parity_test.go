package pdf_test

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content"
	"yusuan/extractor/pdf/pdfium"
	"yusuan/schemas"
)

// folderEnv names another folder of PDFs to hold the engines against each other on.
const folderEnv = "YUSUAN_TEST_PDFS"

// How far two readings of one thing may lie apart.
const (
	placeSlack  = 0.75 // of an origin, a ruling, a box, in points
	sizeSlack   = 0.02 // of a size, as a share
	advanceEm   = 0.08 // of an advance, in ems: PDFium counts the overhang of a slanted letter that ends a string
	angleSlack  = 0.5  // degrees
	lengthSlack = 0.01 // of all rulings of a page, as a share of their length
)

// TestParity holds the two engines against each other: they must give the same characters at the same places, with the
// same size, direction and visibility, the same rulings and the same images. Only white space may differ, since PDFium
// leaves out repeated spaces.
func TestParity(t *testing.T) {
	folders := []string{filepath.Join("testdata", "pdfs"), filepath.Join("..", "testdata")}
	if f := os.Getenv(folderEnv); f != "" {
		folders = []string{f}
	}
	one := content.New(pdf.Limits{})
	two, err := pdfium.New(pdfium.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	compared := 0
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.pdf"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			t.Run(filepath.Base(f), func(t *testing.T) {
				if compare(t, one, two, f) {
					compared++
				}
			})
		}
	}
	if compared < 3 {
		t.Errorf("%d files in %v were read by both engines, want 3 or more", compared, folders)
	}
}

// compare reports the differences in one file, and whether both engines opened it: the first leaves some encryptions and
// all repairs to the second.
func compare(t *testing.T, one, two pdf.Engine, file string) bool {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := two.Open(t.Context(), data)
	if err != nil {
		if schemas.AsRejection(err) == nil {
			t.Error(err)
		}
		return false
	}
	defer b.Close()
	a, err := one.Open(t.Context(), data)
	if err != nil {
		t.Logf("only %s: %v", two.Name(), err)
		return false
	}
	defer a.Close()
	if a.NumPages() != b.NumPages() && len(a.Warnings()) == 0 {
		t.Errorf("%s gives %d pages, %s %d", one.Name(), a.NumPages(), two.Name(), b.NumPages())
	}
	for n := 1; n <= min(a.NumPages(), b.NumPages()); n++ {
		p, err := a.Page(t.Context(), n)
		q, err2 := b.Page(t.Context(), n)
		if r, r2 := schemas.AsRejection(err), schemas.AsRejection(err2); r != nil && r2 != nil && r.Code == r2.Code {
			break
		}
		if err != nil || err2 != nil {
			t.Errorf("page %d: %v; %v", n, err, err2)
			continue
		}
		if !p.Clean || slices.ContainsFunc(p.Warnings, func(w pdf.Warning) bool { return w.Code == schemas.PageSize }) {
			// It would be read by the second engine alone.
			t.Logf("page %d is not clean in %s: %v", n, one.Name(), p.Warnings)
			continue
		}
		for _, d := range differences(p, q) {
			t.Errorf("page %d: %s", n, d)
		}
	}
	return true
}

// differences says in which ways p and q are not the same page, in at most a few lines for each way.
func differences(p, q *pdf.Page) []string {
	l := &list{}
	if math.Abs(p.Width-q.Width) > placeSlack || math.Abs(p.Height-q.Height) > placeSlack {
		l.add("size", "%.2f × %.2f against %.2f × %.2f", p.Width, p.Height, q.Width, q.Height)
	}
	pairs, onlyP, onlyQ := match(p, q)
	for _, g := range onlyP {
		l.add("only in the first", "%s", show(g))
	}
	for _, g := range onlyQ {
		l.add("only in the second", "%s", show(g))
	}
	for _, pr := range pairs {
		a, b := pr[0], pr[1]
		if math.Abs(a.Size-b.Size) > sizeSlack*b.Size {
			l.add("glyph size", "%s: %.2f against %.2f", show(a), a.Size, b.Size)
		}
		if math.Abs(a.Advance-b.Advance) > advanceEm*b.Size+0.01 {
			l.add("advance", "%s: %.2f against %.2f", show(a), a.Advance, b.Advance)
		}
		if d := math.Abs(a.Angle - b.Angle); min(d, 360-d) > angleSlack {
			l.add("angle", "%s: %.1f against %.1f", show(a), a.Angle, b.Angle)
		}
		if a.Hidden != b.Hidden {
			l.add("hidden", "%s: %v against %v", show(a), a.Hidden, b.Hidden)
		}
		if f, g := p.Fonts[a.Font], q.Fonts[b.Font]; f != g {
			l.add("font", "%s: %+v against %+v", show(a), f, g)
		}
	}
	rulings(l, "only in the first", p.Rulings, q.Rulings)
	rulings(l, "only in the second", q.Rulings, p.Rulings)
	images(l, p.Images, q.Images)
	return l.lines()
}

// A list gathers differences by their way.
type list struct {
	ways  []string
	count map[string]int
	some  map[string][]string
}

func (l *list) add(way, format string, args ...any) {
	if l.count == nil {
		l.count, l.some = map[string]int{}, map[string][]string{}
	}
	if l.count[way] == 0 {
		l.ways = append(l.ways, way)
	}
	if l.count[way]++; l.count[way] <= 3 {
		l.some[way] = append(l.some[way], fmt.Sprintf(format, args...))
	}
}

func (l *list) lines() []string {
	var out []string
	for _, w := range l.ways {
		out = append(out, fmt.Sprintf("%s (%d): %s", w, l.count[w], strings.Join(l.some[w], "; ")))
	}
	return out
}

func show(g pdf.Glyph) string { return fmt.Sprintf("%q at %.1f, %.1f", g.Text, g.X, g.Y) }

// match pairs the glyphs that say the same at the same place.
func match(p, q *pdf.Page) (pairs [][2]pdf.Glyph, onlyP, onlyQ []pdf.Glyph) {
	rest := map[string][]pdf.Glyph{}
	for _, g := range q.Glyphs {
		if strings.TrimSpace(g.Text) != "" {
			rest[folded(g)] = append(rest[folded(g)], g)
		}
	}
	for _, g := range p.Glyphs {
		if strings.TrimSpace(g.Text) == "" {
			continue
		}
		same := rest[folded(g)]
		i := slices.IndexFunc(same, func(o pdf.Glyph) bool {
			return math.Abs(o.X-g.X) <= placeSlack && math.Abs(o.Y-g.Y) <= placeSlack
		})
		if i < 0 {
			onlyP = append(onlyP, g)
			continue
		}
		pairs = append(pairs, [2]pdf.Glyph{g, same[i]})
		rest[folded(g)] = slices.Delete(same, i, i+1)
	}
	for _, gs := range rest {
		onlyQ = append(onlyQ, gs...)
	}
	// Nor need a space be known for one.
	onlyQ = slices.DeleteFunc(onlyQ, func(o pdf.Glyph) bool {
		return undecoded(o) && slices.ContainsFunc(p.Glyphs, func(g pdf.Glyph) bool {
			return strings.TrimSpace(g.Text) == "" && math.Abs(o.X-g.X) <= placeSlack && math.Abs(o.Y-g.Y) <= placeSlack
		})
	})
	// What one cannot decode, the other may: the first reads the maps of embedded fonts backwards.
	onlyP = slices.DeleteFunc(onlyP, func(g pdf.Glyph) bool {
		i := slices.IndexFunc(onlyQ, func(o pdf.Glyph) bool {
			return (undecoded(o) || undecoded(g)) && math.Abs(o.X-g.X) <= placeSlack && math.Abs(o.Y-g.Y) <= placeSlack
		})
		if i >= 0 {
			pairs = append(pairs, [2]pdf.Glyph{g, onlyQ[i]})
			onlyQ = slices.Delete(onlyQ, i, i+1)
		}
		return i >= 0
	})
	slices.SortFunc(onlyQ, func(a, b pdf.Glyph) int {
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	return pairs, onlyP, onlyQ
}

// folded is what a glyph says without its form: PDFium takes ligatures apart.
func folded(g pdf.Glyph) string { return norm.NFKC.String(g.Text) }

func undecoded(g pdf.Glyph) bool { return strings.Contains(g.Text, "\uFFFD") }

// rulings adds those of a that no ruling of b lies on. Engines may cut one line into different pieces.
func rulings(l *list, way string, a, b []pdf.Ruling) {
	total, missing := 0.0, 0.0
	var bad []pdf.Ruling
	for _, r := range a {
		lone := r.X1 - r.X0 + r.Y1 - r.Y0
		total += lone
		if left := uncovered(r, b); left > placeSlack {
			missing += left
			bad = append(bad, r)
		}
	}
	if missing <= lengthSlack*total {
		return
	}
	for _, r := range bad {
		l.add("ruling "+way, "%.1f", r)
	}
}

// uncovered returns how much of r's length no ruling of b covers, in points.
func uncovered(r pdf.Ruling, b []pdf.Ruling) float64 {
	type span struct{ from, to float64 }
	var on []span
	for _, o := range b {
		switch {
		case r.Horizontal() != o.Horizontal():
		case r.Horizontal() && math.Abs(r.Y0-o.Y0) <= placeSlack:
			on = append(on, span{o.X0 - placeSlack, o.X1 + placeSlack})
		case !r.Horizontal() && math.Abs(r.X0-o.X0) <= placeSlack:
			on = append(on, span{o.Y0 - placeSlack, o.Y1 + placeSlack})
		}
	}
	slices.SortFunc(on, func(s, t span) int { return cmp.Compare(s.from, t.from) })
	at, end := r.X0, r.X1
	if !r.Horizontal() {
		at, end = r.Y0, r.Y1
	}
	left := 0.0
	for _, s := range on {
		if s.from > at {
			left += min(s.from, end) - at
		}
		at = max(at, s.to)
		if at >= end {
			return left
		}
	}
	return left + end - at
}

func images(l *list, a, b []pdf.Rect) {
	if len(a) != len(b) {
		l.add("images", "%d against %d: %.1f, %.1f", len(a), len(b), a, b)
		return
	}
	order := func(x, y pdf.Rect) int { return cmp.Or(cmp.Compare(x.Y0, y.Y0), cmp.Compare(x.X0, y.X0)) }
	a, b = slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order)
	for i := range a {
		d := max(math.Abs(a[i].X0-b[i].X0), math.Abs(a[i].Y0-b[i].Y0), math.Abs(a[i].X1-b[i].X1), math.Abs(a[i].Y1-b[i].Y1))
		if d > placeSlack {
			l.add("image", "%.1f against %.1f", a[i], b[i])
		}
	}
}
