// Package content is the first PDF engine: an own interpreter of content streams over the object reader of
// github.com/ledongthuc/pdf. It gives every glyph with its place and text, and every ruling, in about a millisecond a
// page. It knows what it could not read: such a page is not Clean, and the other engine is asked. It does not render,
// does not repair broken files, and reads no annotations.
//
// Engine.Open walks the page tree (pagetree.go); Document.Page runs the operators (interp.go, with text.go, path.go,
// xobject.go and marked.go). Below lie syntax (tokens), object (files), font and cmap.
package content

import (
	"context"
	"fmt"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content/cmap"
	"yusuan/extractor/pdf/content/font"
	"yusuan/extractor/pdf/content/object"
	"yusuan/schemas"
)

// An Engine opens PDFs. Any number of goroutines may use it.
type Engine struct {
	limits pdf.Limits
	store  *cmap.Store
}

// New returns an engine that reads within l.
func New(l pdf.Limits) *Engine { return &Engine{limits: l.Or(), store: cmap.NewStore()} }

// Name returns ledongthuc, after the library underneath.
func (e *Engine) Name() string { return "ledongthuc" }

// Close does nothing: the engine holds only memory.
func (e *Engine) Close() error { return nil }

// Open reads the file's structure and page tree, but no page. A *schemas.Rejection is a fact about the document; any
// other error says that this engine cannot read it, which another may.
func (e *Engine) Open(ctx context.Context, data []byte) (doc pdf.Document, err error) {
	defer func() {
		if x := recover(); x != nil {
			doc, err = nil, fmt.Errorf("open pdf: %v", x)
		}
	}()
	if len(data) == 0 {
		return nil, schemas.Reject(schemas.EmptyFile, "the file is empty")
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open pdf: %w", err)
	}
	f, err := object.Open(data, object.Limits{MaxStream: e.limits.MaxStream, MaxInflated: e.limits.MaxInflated})
	if err != nil {
		return nil, err
	}
	d := &Document{
		file: f, limits: e.limits, loader: font.Loader{File: f, Store: e.store},
		fonts: map[object.Ref]*loadedFont{}, resources: map[object.Ref]*resources{},
	}
	if err := d.readPages(ctx); err != nil {
		return nil, err
	}
	d.hiddenGroups = readHiddenGroups(f.Trailer().Key("Root").Key("OCProperties"))
	return d, nil
}

// A Document is an open PDF.
type Document struct {
	file         *object.File
	limits       pdf.Limits
	loader       font.Loader
	pages        []pageNode
	warnings     []pdf.Warning
	hiddenGroups hiddenGroups
	fonts        map[object.Ref]*loadedFont
	resources    map[object.Ref]*resources
	kept         int // bytes of decoded forms in resources
}

// NumPages returns the number of pages.
func (d *Document) NumPages() int { return len(d.pages) }

// Warnings returns what is known of the whole document: page-size, damaged.
func (d *Document) Warnings() []pdf.Warning { return d.warnings }

// Close frees nothing that the garbage collector would not.
func (d *Document) Close() error {
	d.fonts, d.resources = nil, nil
	return nil
}

// Bounds on what a document keeps from page to page.
const (
	maxCached = 256      // fonts, and resources
	maxKept   = 64 << 20 // bytes of decoded forms
)

// Page reads page n (1-based). An error that is no *schemas.Rejection says that this engine cannot read the page.
func (d *Document) Page(ctx context.Context, n int) (page *pdf.Page, err error) {
	defer func() {
		if x := recover(); x != nil {
			page, err = nil, fmt.Errorf("read page %d: %v", n, x)
		}
	}()
	if n < 1 || n > len(d.pages) {
		return nil, fmt.Errorf("read page %d: the document has %d pages", n, len(d.pages))
	}
	d.file.Budget()
	if len(d.fonts) > maxCached || len(d.resources) > maxCached || d.kept > maxKept {
		clear(d.fonts)
		clear(d.resources)
		d.kept = 0
	}
	before, _ := d.file.Faults()
	in := newInterpreter(ctx, d, &d.pages[n-1])
	in.page.Number = n
	if err := in.run(); err != nil {
		if r := schemas.AsRejection(err); r != nil {
			return nil, &schemas.Rejection{Code: r.Code, Message: r.Message, Page: n}
		}
		return nil, fmt.Errorf("read page %d: %w", n, err)
	}
	if after, last := d.file.Faults(); after > before {
		in.doubt(schemas.Damaged, "%d objects could not be read: %s", after-before, last)
	}
	return in.finish(), nil
}
