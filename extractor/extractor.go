// Package extractor turns the bytes of a PDF into a schemas.Disclosure. It has no store and no server.
//
// Extract does one document with a given PDF engine, in the calling process. Strangers' PDFs are read through a Pool of
// child processes instead (see sandbox).
package extractor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"yusuan/extractor/budget"
	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// A Source names the PDF that is read.
type Source struct {
	FileName string `json:"file_name"`
	URI      string `json:"uri,omitempty"`
	SHA256   string `json:"-"` // of the bytes, for logs; "" where the caller does not know it
}

// Extract reads one PDF. progress, if not nil, is told each page (1-based) before it is read, and how many there are.
// Facts about the document are *schemas.Rejection.
func Extract(ctx context.Context, engine pdf.Engine, src Source, data []byte, progress func(page, pages int)) (*schemas.Disclosure, error) {
	doc, err := engine.Open(ctx, data)
	if err != nil {
		return nil, err
	}
	defer doc.Close()
	e := extraction{doc: doc, pages: doc.NumPages()}
	for n := 1; n <= e.pages; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if progress != nil {
			progress(n, e.pages)
		}
		if err := e.page(ctx, n); err != nil {
			return nil, err
		}
	}
	if err := e.verdict(); err != nil {
		return nil, err
	}
	d := e.disclosure()
	sum := sha256.Sum256(data)
	d.Source = schemas.Source{SHA256: hex.EncodeToString(sum[:]), FileName: src.FileName, URI: src.URI, Bytes: int64(len(data)),
		Pages: e.pages, TextSource: schemas.FromText, Engine: engine.Name()}
	d.Warnings = append(e.warnings, d.Warnings...)
	return d, nil
}

// disclosure gives what was read; nothing of a document most of whose glyphs say nothing, for the rest would only mislead.
func (e *extraction) disclosure() *schemas.Disclosure {
	if e.unknown*2 <= e.glyphs {
		return e.reader.Disclosure()
	}
	var none budget.Reader
	d := none.Disclosure()
	d.Warnings = append([]schemas.Warning{{Code: schemas.UndecodableText,
		Message: fmt.Sprintf("%d of %d glyphs have no character: the file's fonts do not say what they show, and nothing was read; get another copy", e.unknown, e.glyphs)}}, d.Warnings...)
	return d
}

// An extraction is the reading of one document.
type extraction struct {
	doc      pdf.Document
	pages    int
	reader   budget.Reader
	warnings []schemas.Warning
	glyphs   int // on all pages
	unknown  int // of those, without a character
	pictures int // pages that are pictures without text
}

// page reads page n. A page that cannot be read is a warning; only a Rejection of the whole document is an error.
func (e *extraction) page(ctx context.Context, n int) error {
	p, err := e.doc.Page(ctx, n)
	if r := schemas.AsRejection(err); r != nil {
		return err
	} else if err != nil {
		e.warnings = append(e.warnings, schemas.Warning{Code: schemas.Damaged, Page: n, Message: fmt.Sprintf("page lost: %v", err)})
		return nil
	}
	for _, w := range p.Warnings {
		e.warnings = append(e.warnings, schemas.Warning{Code: w.Code, Page: n, Message: w.Message})
	}
	e.glyphs += len(p.Glyphs)
	for i := range p.Glyphs {
		if strings.HasPrefix(p.Glyphs[i].Text, "\uFFFD") {
			e.unknown++
		}
	}
	if len(p.Glyphs) == 0 && covered(p) {
		e.pictures++
		e.warnings = append(e.warnings, schemas.Warning{Code: schemas.NoText, Page: n, Message: "the page is a picture: its text needs OCR"})
	}
	e.reader.Add(p)
	return nil
}

// verdict adds what is known of the whole document to the warnings, and rejects one of which nothing could be read.
func (e *extraction) verdict() error {
	lost := count(e.warnings, schemas.Damaged)
	for _, w := range e.doc.Warnings() {
		if w.Code == schemas.Damaged && lost > 0 { // said page by page already
			continue
		}
		e.warnings = append(e.warnings, schemas.Warning{Code: w.Code, Message: w.Message})
	}
	switch {
	case e.glyphs > 0:
	case e.pictures > 0:
		return &schemas.Rejection{Code: schemas.NeedsOCR, Page: 1,
			Message: fmt.Sprintf("%d of %d pages are pictures and none has text: kept until an OCR service is configured", e.pictures, e.pages)}
	case count(e.warnings, schemas.Damaged) > 0:
		return schemas.Reject(schemas.Damaged, "none of its %d pages can be read: get the file again", e.pages)
	default:
		e.warnings = append(e.warnings, schemas.Warning{Code: schemas.NoText, Message: "not one character on any page"})
	}
	return nil
}

// covered reports whether images cover a good part of the page: a scan.
func covered(p *pdf.Page) bool {
	area := 0.0
	for _, r := range p.Images {
		if o, ok := r.Overlap(pdf.Rect{X1: p.Width, Y1: p.Height}); ok {
			area += o.Width() * o.Height()
		}
	}
	return area > 0.4*p.Width*p.Height
}

func count(warnings []schemas.Warning, code schemas.Code) int {
	n := 0
	for _, w := range warnings {
		if w.Code == code {
			n++
		}
	}
	return n
}
