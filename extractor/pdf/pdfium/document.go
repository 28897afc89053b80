package pdfium

import (
	"context"
	"errors"
	"fmt"
	"math"

	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// errFull says that the module's memory is used up.
var errFull = errors.New("pdfium: out of memory")

// Error codes of FPDF_GetLastError (fpdfview.h).
const (
	failFormat   = 3
	failPassword = 4
	failSecurity = 5
)

// maxRestarts is how many times a document starts the module again after a trap before it is given up.
const maxRestarts = 3

// A document is an open PDF in its own instance.
type document struct {
	engine   *Engine
	data     []byte
	limits   pdf.Limits
	in       *instance
	handle   uint32
	pages    int
	warnings []pdf.Warning
	restarts int
}

var (
	_ pdf.Document = (*document)(nil)
	_ pdf.Renderer = (*document)(nil)
)

// NumPages implements pdf.Document.
func (d *document) NumPages() int { return d.pages }

// Warnings implements pdf.Document.
func (d *document) Warnings() []pdf.Warning { return d.warnings }

// Close implements pdf.Document.
func (d *document) Close() error {
	if d.in != nil {
		d.in.close()
		d.in = nil
	}
	d.engine = nil
	return nil
}

// open loads the document into a fresh instance and checks its pages.
func (d *document) open(ctx context.Context) (err error) {
	if int64(len(d.data)) > d.engine.cfg.Memory/2 {
		return schemas.Reject(schemas.TooLarge, "the file has %d bytes, more than half of the memory that reading may take", len(d.data))
	}
	if err := d.load(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			d.in.close()
			d.in = nil
		}
	}()
	d.pages = d.in.i32("FPDF_GetPageCount", uint64(d.handle))
	if d.in.err != nil {
		return d.trapped(0)
	}
	if d.pages <= 0 {
		return schemas.Reject(schemas.NoPages, "the file is a PDF without a page")
	}
	if d.pages > d.limits.MaxPages {
		return schemas.Reject(schemas.TooManyPages, "%d pages, the limit is %d", d.pages, d.limits.MaxPages)
	}
	if d.in.i32("FPDF_DocumentHasValidCrossReferenceTable", uint64(d.handle)) == 0 && d.in.err == nil {
		d.warnings = append(d.warnings, pdf.Warning{Code: schemas.Repaired, Message: "the cross-reference table was wrong and was rebuilt"})
	}
	return nil
}

// load starts an instance and opens the data in it.
func (d *document) load(ctx context.Context) error {
	in, err := d.engine.start(ctx)
	if err != nil {
		return err
	}
	d.in = in
	p := in.malloc(len(d.data))
	if in.err == nil && !in.module.Memory().Write(p, d.data) {
		in.err = errFull
	}
	d.handle = in.ptr("FPDF_LoadMemDocument", uint64(p), uint64(len(d.data)), 0)
	code := 0
	if d.handle == 0 {
		code = in.i32("FPDF_GetLastError")
	}
	if in.err != nil {
		err = d.trapped(0)
	} else if d.handle == 0 {
		err = refusal(code)
	}
	if err != nil {
		in.close()
		d.in = nil
	}
	return err
}

// refusal turns PDFium's error code into a Rejection.
func refusal(code int) error {
	switch code {
	case failPassword:
		return schemas.Reject(schemas.PasswordNeeded, "the file opens only with a password: ask the publisher for an open copy")
	case failSecurity:
		return schemas.Reject(schemas.PasswordNeeded, "the file is encrypted in a way that is not supported: ask the publisher for an open copy")
	case failFormat:
		return schemas.Reject(schemas.Damaged, "no page could be found in the file: it is cut short or broken, fetch it again")
	}
	return schemas.Reject(schemas.Damaged, "the file could not be opened (PDFium error %d): it may be cut short, fetch it again", code)
}

// trapped says what the instance's error means, for page n (0: the file).
func (d *document) trapped(n int) error {
	if errors.Is(d.in.err, errFull) || d.in.used() > d.engine.cfg.Memory-d.engine.cfg.Memory/8 {
		return &schemas.Rejection{Code: schemas.TooLarge, Page: n,
			Message: fmt.Sprintf("reading it takes more than %d MiB of memory", d.engine.cfg.Memory>>20)}
	}
	if n == 0 {
		return schemas.Reject(schemas.Damaged, "the file made the reader stop: %v", d.in.err)
	}
	return fmt.Errorf("page %d: %w", n, d.in.err)
}

// ready makes sure that a working instance holds the document.
func (d *document) ready(ctx context.Context, n int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.engine == nil {
		return errors.New("pdfium: document is closed")
	}
	if n < 1 || n > d.pages {
		return fmt.Errorf("pdfium: page %d of %d", n, d.pages)
	}
	if d.in != nil && d.in.err == nil {
		return nil
	}
	if d.in != nil {
		d.in.close()
		d.in = nil
	}
	if d.restarts >= maxRestarts {
		return fmt.Errorf("pdfium: page %d: given up after %d failures in this file", n, d.restarts)
	}
	d.restarts++
	return d.load(ctx)
}

// Page implements pdf.Document.
func (d *document) Page(ctx context.Context, n int) (*pdf.Page, error) {
	if err := d.ready(ctx, n); err != nil {
		return nil, err
	}
	in := d.in
	h, sheet, err := d.loadPage(n)
	if err != nil {
		return nil, err
	}
	p := sheet.page
	s := &scene{in: in, limits: d.limits, number: n, texts: map[uint32]*textObject{},
		sheet: pdf.Rect{X1: p.Width, Y1: p.Height}}
	s.read(h, sheet.view)
	if in.err == nil && s.over == nil {
		err = d.text(h, s, sheet)
	}
	in.call("FPDF_ClosePage", uint64(h))
	switch {
	case in.err != nil:
		return nil, d.trapped(n)
	case s.over != nil:
		return nil, s.over
	case err != nil:
		return nil, err
	}
	p.Rulings, p.Images = s.rules, s.images
	if s.deep {
		p.Clean = false
		p.Warnings = append(p.Warnings, pdf.Warning{Code: schemas.Damaged, Message: "forms are nested too deeply, the inner ones were left out"})
	}
	return p, nil
}

// text reads the glyphs of a loaded page into sheet.page.
func (d *document) text(h uint32, s *scene, sheet *sheet) error {
	in, p := d.in, sheet.page
	tp := in.ptr("FPDFText_LoadPage", uint64(h))
	if in.err != nil {
		return nil // Page reports it
	}
	if tp == 0 {
		return fmt.Errorf("page %d: its text could not be loaded", p.Number)
	}
	n := in.i32("FPDFText_CountChars", uint64(tp))
	if n > d.limits.MaxGlyphs {
		in.call("FPDFText_ClosePage", uint64(tp))
		return &schemas.Rejection{Code: schemas.TooLarge, Page: p.Number,
			Message: fmt.Sprintf("%d characters on one page, the limit is %d", n, d.limits.MaxGlyphs)}
	}
	r := &reader{in: in, scene: s, view: sheet.view, page: p, fonts: map[uint32]int{}}
	r.read(tp, max(n, 0))
	r.distrust()
	in.call("FPDFText_ClosePage", uint64(tp))
	if r.unmapped > 0 {
		p.Clean = false
		p.Warnings = append(p.Warnings, pdf.Warning{Code: schemas.UndecodableText,
			Message: fmt.Sprintf("%d of %d glyphs have no character", r.unmapped, len(p.Glyphs))})
	}
	return nil
}

// A sheet is a loaded page: its size as shown and the matrix that leads there.
type sheet struct {
	page *pdf.Page
	view matrix
}

// loadPage loads page n and measures it.
func (d *document) loadPage(n int) (uint32, *sheet, error) {
	in := d.in
	h := in.ptr("FPDF_LoadPage", uint64(d.handle), uint64(n-1))
	if in.err != nil {
		return 0, nil, d.trapped(n)
	}
	if h == 0 {
		return 0, nil, fmt.Errorf("page %d: it could not be loaded", n)
	}
	sh := &sheet{page: &pdf.Page{Number: n, Clean: true}}
	l, b, r, t := d.bounds(h)
	if max(r-l, t-b) > d.limits.MaxPageSide {
		sh.page.Warnings = append(sh.page.Warnings, pdf.Warning{Code: schemas.PageSize,
			Message: fmt.Sprintf("the page claims %.0f × %.0f points; only the first %.0f are read", r-l, t-b, d.limits.MaxPageSide)})
		r, t = min(r, l+d.limits.MaxPageSide), min(t, b+d.limits.MaxPageSide)
		// PDFium keeps bitmaps as long as the page's sides, so the smaller box must be its own.
		d.setBox(h, l, b, r, t)
		in.call("FPDF_ClosePage", uint64(h))
		if h = in.ptr("FPDF_LoadPage", uint64(d.handle), uint64(n-1)); h == 0 || in.err != nil {
			return 0, nil, fmt.Errorf("page %d: it could not be loaded again with a smaller box", n)
		}
	}
	turns := in.i32("FPDFPage_GetRotation", uint64(h))
	sh.view = shown(l, b, r, t, turns)
	sh.page.Width, sh.page.Height = r-l, t-b
	if turns&1 == 1 {
		sh.page.Width, sh.page.Height = t-b, r-l
	}
	return h, sh, nil
}

// bounds returns left, bottom, right, top of the part of the page that is shown, in user space.
func (d *document) bounds(h uint32) (l, b, r, t float64) {
	in := d.in
	in.call("FPDF_GetPageBoundingBox", uint64(h), in.out(0, 4))
	f := in.floats(4) // left, top, right, bottom
	return f[0], f[3], f[2], f[1]
}

func (d *document) setBox(h uint32, l, b, r, t float64) {
	bits := func(v float64) uint64 { return uint64(math.Float32bits(float32(v))) }
	for _, fn := range []string{"FPDFPage_SetMediaBox", "FPDFPage_SetCropBox"} {
		d.in.call(fn, uint64(h), bits(l), bits(b), bits(r), bits(t))
	}
}
