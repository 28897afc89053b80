package pdf_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content"
	"yusuan/extractor/pdf/pdfium"
	"yusuan/schemas"
)

// A file that lost its end is rejected or read in part, and never passes for whole. What is read of a page that counts as
// clean is what the whole file has there.
func TestAutoCutShort(t *testing.T) {
	two, err := pdfium.New(pdfium.Config{})
	if err != nil {
		t.Fatal(err)
	}
	e := pdf.Auto(content.New(pdf.Limits{}), two, pdf.AutoConfig{})
	defer e.Close()
	read := 0
	for _, name := range []string{"plain.pdf", "reportlab.pdf", "weasyprint.pdf", "packed.pdf", "chromium.pdf"} {
		whole, err := os.ReadFile(filepath.Join("testdata", "pdfs", name))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		d, err := e.Open(t.Context(), whole)
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= d.NumPages(); n++ {
			p, err := d.Page(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, texts(p))
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		for _, part := range []int{99, 95, 90, 80, 60, 40, 20} {
			t.Run(name, func(t *testing.T) {
				d, err := e.Open(t.Context(), whole[:len(whole)*part/100])
				if err != nil {
					if r := schemas.AsRejection(err); r == nil || r.Code != schemas.Damaged && r.Code != schemas.NoPages {
						t.Errorf("%d %%: got %v, want damaged or no-pages", part, err)
					}
					return
				}
				defer d.Close()
				read += cleanPages(t, d, want)
				if c := codes(d.Warnings()); !slices.Contains(c, schemas.Damaged) || !slices.Contains(c, schemas.Repaired) {
					t.Errorf("%d %%: got warnings %v, want repaired and damaged", part, c)
				}
			})
		}
	}
	if read < 10 {
		t.Errorf("got %d pages out of all parts, want 10 or more", read)
	}
}

// cleanPages counts the pages that are read, each of which must be one of want.
func cleanPages(t *testing.T, d pdf.Document, want []string) int {
	count := 0
	for n := 1; n <= d.NumPages(); n++ {
		p, err := d.Page(t.Context(), n)
		if err != nil || !p.Clean || strings.TrimSpace(texts(p)) == "" {
			continue
		}
		count++
		if !slices.Contains(want, texts(p)) {
			t.Errorf("page %d counts as clean and says %q", n, texts(p))
		}
	}
	return count
}
