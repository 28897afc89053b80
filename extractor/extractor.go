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

	"yusuan/extractor/budget"
	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// A Source names the PDF that is read.
type Source struct {
	FileName string `json:"file_name"`
	URI      string `json:"uri,omitempty"`
}

// Extract reads one PDF. progress, if not nil, is told each page (1-based) before it is read, and how many there are.
// Facts about the document are *schemas.Rejection.
func Extract(ctx context.Context, engine pdf.Engine, src Source, data []byte, progress func(page, pages int)) (*schemas.Disclosure, error) {
	doc, err := engine.Open(ctx, data)
	if err != nil {
		return nil, err
	}
	defer doc.Close()
	var (
		reader   budget.Reader
		warnings []schemas.Warning
		glyphs   int
		pictures int
	)
	pages := doc.NumPages()
	for n := 1; n <= pages; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if progress != nil {
			progress(n, pages)
		}
		p, err := doc.Page(ctx, n)
		if r := schemas.AsRejection(err); r != nil {
			return nil, err
		} else if err != nil {
			warnings = append(warnings, schemas.Warning{Code: schemas.Damaged, Page: n, Message: fmt.Sprintf("page lost: %v", err)})
			continue
		}
		for _, w := range p.Warnings {
			warnings = append(warnings, schemas.Warning{Code: w.Code, Page: n, Message: w.Message})
		}
		glyphs += len(p.Glyphs)
		if len(p.Glyphs) == 0 && covered(p) {
			pictures++
			warnings = append(warnings, schemas.Warning{Code: schemas.NoText, Page: n, Message: "the page is a picture: its text needs OCR"})
		}
		reader.Add(p)
	}
	lost := count(warnings, schemas.Damaged)
	for _, w := range doc.Warnings() {
		if w.Code == schemas.Damaged && lost > 0 { // said page by page already
			continue
		}
		warnings = append(warnings, schemas.Warning{Code: w.Code, Message: w.Message})
	}
	if glyphs == 0 && pictures > 0 {
		return nil, &schemas.Rejection{Code: schemas.NeedsOCR, Page: 1,
			Message: fmt.Sprintf("%d of %d pages are pictures and none has text: kept until an OCR service is configured", pictures, pages)}
	}
	if glyphs == 0 && pictures == 0 && count(warnings, schemas.Damaged) > 0 {
		return nil, schemas.Reject(schemas.Damaged, "none of its %d pages can be read: get the file again", pages)
	}
	d := reader.Disclosure()
	if glyphs == 0 {
		warnings = append(warnings, schemas.Warning{Code: schemas.NoText, Message: "not one character on any page"})
	}
	sum := sha256.Sum256(data)
	d.Source = schemas.Source{SHA256: hex.EncodeToString(sum[:]), FileName: src.FileName, URI: src.URI, Bytes: int64(len(data)),
		Pages: pages, TextSource: schemas.FromText, Engine: engine.Name()}
	d.Warnings = append(warnings, d.Warnings...)
	return d, nil
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
