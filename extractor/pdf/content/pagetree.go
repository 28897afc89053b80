package content

import (
	"context"
	"errors"
	"fmt"
	"math"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content/object"
	"yusuan/schemas"
)

// A pageNode is a page with what it inherits.
type pageNode struct {
	dict      object.Value
	resources object.Value
	resRef    object.Ref // of resources, if it is an indirect object
	box       pdf.Rect   // CropBox within MediaBox, in default user space (origin at the bottom left)
	rotate    int        // 0, 90, 180 or 270 degrees clockwise
	odd       string     // what is wrong with the box, "" if nothing
}

// A treeNode waits to be visited.
type treeNode struct {
	v         object.Value
	ref       object.Ref
	depth     int
	inherited inherited
}

// inherited are the attributes that a page takes from the nodes above it (ISO 32000-1, 7.7.3.4).
type inherited struct {
	resources, media, crop, rotate object.Value
	resRef                         object.Ref
}

// readPages walks the page tree once, without recursion.
func (d *Document) readPages(ctx context.Context) error {
	catalog := d.file.Trailer().Key("Root")
	root := catalog.Key("Pages")
	if root.Kind() != object.Dict {
		_, why := d.file.Faults()
		return fmt.Errorf("open pdf: no page tree (%s)", why)
	}
	w := &treeWalk{doc: d, seen: map[object.Ref]bool{}, maxDepth: max(d.limits.MaxDepth, 16)}
	w.stack = append(w.stack, treeNode{v: root, ref: catalog.Refs()["Pages"]})
	for len(w.stack) > 0 {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("open pdf: %w", err)
		}
		n := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		if err := w.visit(n); err != nil {
			return err
		}
	}
	faults, why := d.file.Faults()
	claimed := root.Key("Count").Int()
	switch {
	case len(d.pages) == 0 && (faults > 0 || claimed > 0 || w.loop):
		return errors.New("open pdf: no page could be reached: " + why)
	case len(d.pages) == 0:
		return schemas.Reject(schemas.NoPages, "the document has no pages")
	case faults > 0 || w.loop || claimed > len(d.pages):
		d.warn(schemas.Damaged, "the page tree is damaged: %d pages of %d found", len(d.pages), claimed)
	}
	return nil
}

func (d *Document) warn(code schemas.Code, format string, args ...any) {
	d.warnings = append(d.warnings, pdf.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

type treeWalk struct {
	doc      *Document
	stack    []treeNode
	seen     map[object.Ref]bool
	visits   int
	maxDepth int
	loop     bool
	warned   bool
}

func (w *treeWalk) visit(n treeNode) error {
	d := w.doc
	// Nodes written in place have no reference to remember: their number is bounded instead.
	if w.visits++; w.visits > 4*d.limits.MaxPages+1000 || n.depth > w.maxDepth {
		w.loop = true
		return nil
	}
	kids := n.v.Key("Kids")
	if n.v.Kind() != object.Dict {
		d.file.Fault("page tree: a node is missing")
		return nil
	}
	in := n.inherited.below(n.v)
	if n.v.Key("Type").Name() == "Page" || kids.Kind() != object.Array {
		if n.v.Key("Type").Name() == "Pages" { // an inner node without children
			return nil
		}
		return w.page(n.v, in)
	}
	if n.ref.Number > 0 {
		if w.seen[n.ref] {
			w.loop = true
			return nil
		}
		w.seen[n.ref] = true
	}
	refs := kids.ArrayRefs()
	// No more than these can count: every kid is a page or leads to one, or is dropped.
	if len(refs) > 4*d.limits.MaxPages+1000 {
		return d.tooMany()
	}
	for i := len(refs) - 1; i >= 0; i-- {
		w.stack = append(w.stack, treeNode{kids.Index(i), refs[i], n.depth + 1, in})
	}
	return nil
}

func (d *Document) tooMany() error {
	return schemas.Reject(schemas.TooManyPages, "the document has more than %d pages", d.limits.MaxPages)
}

// below returns what the children of node v inherit.
func (in inherited) below(v object.Value) inherited {
	if r := v.Key("Resources"); !r.IsNull() {
		in.resources, in.resRef = r, v.Refs()["Resources"]
	}
	if b := v.Key("MediaBox"); !b.IsNull() {
		in.media = b
	}
	if b := v.Key("CropBox"); !b.IsNull() {
		in.crop = b
	}
	if r := v.Key("Rotate"); !r.IsNull() {
		in.rotate = r
	}
	return in
}

func (w *treeWalk) page(v object.Value, in inherited) error {
	d := w.doc
	if len(d.pages) >= d.limits.MaxPages {
		return d.tooMany()
	}
	p := pageNode{dict: v, resources: in.resources, resRef: in.resRef}
	p.rotate = (in.rotate.Int()/90%4 + 4) % 4 * 90
	p.box, p.odd = pageBox(in.media, in.crop, d.limits.MaxPageSide)
	d.pages = append(d.pages, p)
	if p.odd != "" && !w.warned {
		w.warned = true
		d.warn(schemas.PageSize, "page %d: %s", len(d.pages), p.odd)
	}
	return nil
}

// pageBox returns the crop box within the media box. US Letter stands in for a missing or empty media box, as in other
// viewers.
func pageBox(media, crop object.Value, maxSide float64) (pdf.Rect, string) {
	m, ok := toRect(media)
	if !ok {
		return pdf.Rect{X1: 612, Y1: 792}, "the page has no usable MediaBox"
	}
	if c, ok := toRect(crop); ok {
		if both, ok := m.Overlap(c); ok {
			m = both
		}
	}
	if m.Width() > maxSide || m.Height() > maxSide {
		return m, fmt.Sprintf("the page is %.0f by %.0f points", m.Width(), m.Height())
	}
	if m.Width() < 1 || m.Height() < 1 {
		return m, fmt.Sprintf("the page is only %.2g by %.2g points", m.Width(), m.Height())
	}
	return m, ""
}

// toRect reads a rectangle, corners in any order; false if it is empty or none.
func toRect(v object.Value) (pdf.Rect, bool) {
	n := v.Floats(4)
	if len(n) != 4 {
		return pdf.Rect{}, false
	}
	r := pdf.Rect{X0: min(n[0], n[2]), Y0: min(n[1], n[3]), X1: max(n[0], n[2]), Y1: max(n[1], n[3])}
	for _, x := range n {
		if math.IsNaN(x) || math.Abs(x) > 1e12 {
			return pdf.Rect{}, false
		}
	}
	return r, r.Width() > 0 && r.Height() > 0
}

// size returns the page's width and height as shown.
func (p *pageNode) size() (w, h float64) {
	if p.rotate%180 == 90 {
		return p.box.Height(), p.box.Width()
	}
	return p.box.Width(), p.box.Height()
}

// shown returns the transformation from default user space to the page as shown: origin at the top left, y downwards,
// rotated.
func (p *pageNode) shown() matrix {
	b := p.box
	switch p.rotate {
	case 90:
		return matrix{0, 1, 1, 0, -b.Y0, -b.X0}
	case 180:
		return matrix{-1, 0, 0, 1, b.X1, -b.Y0}
	case 270:
		return matrix{0, -1, -1, 0, b.Y1, b.X1}
	}
	return matrix{1, 0, 0, -1, -b.X0, b.Y1}
}
