package main

import (
	"bytes"
	"context"
	"fmt"

	"go.uber.org/zap"

	"yusuan/extractor"
)

// diagnoseEngines has each PDF engine read a small PDF, in a child process as always.
func (p *program) diagnoseEngines(ctx context.Context, lg *zap.Logger) []diagnosis {
	var list []diagnosis
	for _, engine := range []string{extractor.LedongthucEngine, extractor.PDFiumEngine} {
		d := diagnosis{Name: "engine " + engine, Health: well, Detail: "reads a PDF"}
		if err := p.tryEngine(ctx, lg, engine); err != nil {
			d.Health, d.Detail = ill, oneLine(err.Error())
			d.Advice = "use the other engine (--engine), and report this"
		}
		list = append(list, d)
	}
	return list
}

func (p *program) tryEngine(ctx context.Context, lg *zap.Logger, engine string) error {
	pool, err := p.pool(lg, extractor.PoolConfig{Engine: engine})
	if err != nil {
		return err
	}
	defer pool.Close()
	d, err := pool.Extract(ctx, extractor.Source{FileName: "doctor.pdf"}, tinyPDF())
	if err != nil {
		return err
	}
	if len(d.Sections) == 0 || d.Sections[0].Title != tinyTitle {
		return fmt.Errorf("a PDF with one heading was read without it")
	}
	return nil
}

// tinyNumber and tinyTitle are what tinyPDF says: a heading of the first level.
const (
	tinyNumber = "1."
	tinyTitle  = "Revenue"
)

// tinyPDF is a PDF of one page with one line of text in a standard font.
func tinyPDF() []byte {
	content := fmt.Sprintf("BT /F1 16 Tf 72 720 Td (%s %s) Tj ET", tinyNumber, tinyTitle)
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}
