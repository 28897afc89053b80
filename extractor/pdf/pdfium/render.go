package pdfium

import (
	"context"
	"fmt"
	"image"
	"math"

	"yusuan/schemas"
)

const (
	formatBGRx  = 3        // FPDFBitmap_BGRx of fpdfview.h
	annotations = 0x01     // FPDF_ANNOT: paint stamps and form fields too
	maxPixels   = 64 << 20 // of one image, whatever maxSide says
)

// Render implements pdf.Renderer. Fonts that the file does not embed are painted as boxes.
func (d *document) Render(ctx context.Context, n, dpi, maxSide int) (image.Image, error) {
	if err := d.ready(ctx, n); err != nil {
		return nil, err
	}
	h, sheet, err := d.loadPage(n)
	if err != nil {
		return nil, err
	}
	w, ht := pixels(sheet.page.Width, sheet.page.Height, dpi, maxSide)
	img, err := d.paint(h, w, ht)
	d.in.call("FPDF_ClosePage", uint64(h))
	if d.in.err != nil {
		return nil, d.trapped(n)
	}
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", n, err)
	}
	return img, nil
}

// pixels returns the sides of the image of a page of w × h points.
func pixels(w, h float64, dpi, maxSide int) (int, int) {
	scale := float64(dpi) / 72
	if long := max(w, h); maxSide > 0 && long*scale > float64(maxSide) {
		scale = float64(maxSide) / long
	}
	if area := w * scale * h * scale; area > maxPixels {
		scale *= math.Sqrt(maxPixels / area)
	}
	side := func(v float64) int { return max(1, int(math.Floor(v*scale+0.5))) }
	return side(w), side(h)
}

func (d *document) paint(page uint32, w, h int) (image.Image, error) {
	in := d.in
	bm := in.ptr("FPDFBitmap_CreateEx", uint64(w), uint64(h), formatBGRx, 0, 0)
	if in.err != nil {
		return nil, nil // Render reports it
	}
	if bm == 0 {
		return nil, schemas.Reject(schemas.TooLarge, "an image of %d × %d pixels does not fit into memory", w, h)
	}
	in.call("FPDFBitmap_FillRect", uint64(bm), 0, 0, uint64(w), uint64(h), 0xFFFFFFFF)
	in.call("FPDF_RenderPageBitmap", uint64(bm), uint64(page), 0, 0, uint64(w), uint64(h), 0, annotations)
	stride := in.i32("FPDFBitmap_GetStride", uint64(bm))
	buf := in.ptr("FPDFBitmap_GetBuffer", uint64(bm))
	defer in.call("FPDFBitmap_Destroy", uint64(bm))
	if in.err != nil {
		return nil, nil
	}
	src, ok := in.module.Memory().Read(buf, uint32(stride*h))
	if !ok || stride < 4*w {
		return nil, fmt.Errorf("bitmap of %d × %d with %d bytes a row", w, h, stride)
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := src[y*stride:y*stride+4*w], img.Pix[y*img.Stride:]
		for x := 0; x < 4*w; x += 4 {
			to[x], to[x+1], to[x+2], to[x+3] = from[x+2], from[x+1], from[x], 0xFF
		}
	}
	return img, nil
}
