package pdfium_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/pdfium"
	"yusuan/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const letter = "BT /F1 10 Tf 100 700 Td (A) Tj ET"

// read returns a file of testdata.
func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenRejects(t *testing.T) {
	good := file(sheet{content: letter})
	tests := []struct {
		name string
		data []byte
		want schemas.Code
	}{
		{"no bytes", nil, schemas.EmptyFile},
		{"other bytes", []byte("<html><body>404</body></html>"), schemas.NotAPDF},
		{"header only", good[:20], schemas.Damaged},
		{"no pages", file(), schemas.NoPages},
		{"password", read(t, "password.pdf"), schemas.PasswordNeeded},
		{"more pages than the limit", file(make([]sheet, 5001)...), schemas.TooManyPages},
	}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := e.Open(t.Context(), tt.data)
			if err == nil {
				_ = d.Close()
			}
			r := schemas.AsRejection(err)
			if r == nil {
				t.Fatalf("got %v, want a rejection %s", err, tt.want)
			}
			if r.Code != tt.want {
				t.Errorf("got %v, want %s", r, tt.want)
			}
			if r.Message == "" || strings.Contains(r.Message, "\n") {
				t.Errorf("message %q is not one line", r.Message)
			}
		})
	}
}

func TestOpenRepairs(t *testing.T) {
	good := file(sheet{content: letter})
	at := bytes.Index(good, []byte("startxref"))
	wrong := append(bytes.Clone(good[:at]), "startxref\n7\n%%EOF\n"...)
	tests := []struct {
		name string
		data []byte
		want []schemas.Code
	}{
		{"sound", good, nil},
		{"wrong startxref", wrong, []schemas.Code{schemas.Repaired}},
		{"no table", good[:at], []schemas.Code{schemas.Repaired}},
		{"only an owner password", read(t, "owner-password.pdf"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t, tt.data)
			var got []schemas.Code
			for _, w := range d.Warnings() {
				got = append(got, w.Code)
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("warnings (got -, want +)\n%s", diff)
			}
			if p := page(t, d, 1); len(p.Glyphs) == 0 {
				t.Error("got no glyphs")
			}
		})
	}
}

// A page that takes all the memory is a fact about it, and the other pages can still be read.
func TestPageTrap(t *testing.T) {
	e, err := pdfium.New(pdfium.Config{Memory: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	if _, err := w.Write(bytes.Repeat([]byte("q Q\n"), 64<<18)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	objs := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R 4 0 R 3 0 R]/Count 3>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 6 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 7 0 R>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", stream("", letter), stream("/Filter/FlateDecode", z.String())}
	d, err := e.Open(t.Context(), join(objs))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if p := page(t, d, 1); len(p.Glyphs) != 1 {
		t.Errorf("page 1: got %d glyphs, want 1", len(p.Glyphs))
	}
	_, err = d.Page(t.Context(), 2)
	if r := schemas.AsRejection(err); r == nil || r.Code != schemas.TooLarge || r.Page != 2 {
		t.Errorf("page 2: got %v, want a rejection too-large naming page 2", err)
	}
	if p := page(t, d, 3); len(p.Glyphs) != 1 {
		t.Errorf("page 3: got %d glyphs, want 1", len(p.Glyphs))
	}
	for range 5 { // each starts the module again, but not for ever
		_, err = d.Page(t.Context(), 2)
	}
	if err == nil || schemas.AsRejection(err) != nil {
		t.Errorf("page 2 again and again: got %v, want an error that gives the document up", err)
	}
}

func TestPageLimits(t *testing.T) {
	tests := []struct {
		name    string
		limits  pdf.Limits
		content string
	}{
		{"glyphs", pdf.Limits{MaxGlyphs: 3}, "BT /F1 10 Tf 100 700 Td (ABCD) Tj ET"},
		{"objects", pdf.Limits{MaxOperators: 3}, strings.Repeat("1 1 10 10 re f ", 4)},
		{"segments", pdf.Limits{MaxOperators: 3}, "1 1 m 2 2 l 3 3 l 4 4 l 5 5 l S 1 1 10 10 re f"},
	}
	cache := t.TempDir()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := pdfium.New(pdfium.Config{Limits: tt.limits, CacheDir: cache})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			d, err := e.Open(t.Context(), file(sheet{content: tt.content}))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			_, err = d.Page(t.Context(), 1)
			if r := schemas.AsRejection(err); r == nil || r.Code != schemas.TooLarge || r.Page != 1 {
				t.Errorf("got %v, want a rejection too-large naming page 1", err)
			}
		})
	}
}

func TestPageErrors(t *testing.T) {
	d := open(t, file(sheet{content: letter}))
	for _, n := range []int{0, -1, 2} {
		if _, err := d.Page(t.Context(), n); err == nil {
			t.Errorf("page %d of 1: got no error", n)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Page(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: got %v, want %v", err, context.Canceled)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Page(t.Context(), 1); err == nil {
		t.Error("after Close: got no error")
	}
}

func TestRender(t *testing.T) {
	d := open(t, file(
		sheet{content: "1 0 0 rg 0 792 50 50 re f", box: "0 0 595 842"},
		sheet{content: "1 0 0 rg 0 792 50 50 re f", box: "0 0 595 842", extra: "/Rotate 90"},
	))
	tests := []struct {
		name               string
		page, dpi, longest int
		w, h, redX, redY   int
	}{
		{"72 dpi", 1, 72, 2000, 595, 842, 10, 10},
		{"144 dpi", 1, 144, 2000, 1190, 1684, 20, 20},
		{"lowered", 1, 300, 421, 298, 421, 5, 5},
		{"turned", 2, 72, 2000, 842, 595, 831, 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			img, err := d.(pdf.Renderer).Render(t.Context(), tt.page, tt.dpi, tt.longest)
			if err != nil {
				t.Fatal(err)
			}
			if got := img.Bounds().Size(); got.X != tt.w || got.Y != tt.h {
				t.Errorf("got %v, want %d × %d", got, tt.w, tt.h)
			}
			if got, want := img.At(tt.redX, tt.redY), (color.RGBA{0xFF, 0, 0, 0xFF}); got != want {
				t.Errorf("red corner: got %v, want %v", got, want)
			}
			if got, want := img.At(tt.w/2, tt.h/2), (color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}); got != want {
				t.Errorf("middle: got %v, want %v", got, want)
			}
		})
	}
}

// Documents of one engine share nothing.
func TestTwoAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 4 {
		text := fmt.Sprintf("%d%d", i, i)
		d := open(t, file(sheet{content: "BT /F1 10 Tf 100 700 Td (" + text + ") Tj ET"}))
		wg.Go(func() {
			for range 20 {
				p, err := d.Page(context.Background(), 1)
				if err != nil {
					t.Error(err)
					return
				}
				if got := p.Glyphs[0].Text + p.Glyphs[1].Text; got != text {
					t.Errorf("got %q, want %q", got, text)
				}
			}
		})
	}
	wg.Wait()
}

func TestNew(t *testing.T) {
	if _, err := pdfium.New(pdfium.Config{Memory: 1}); err == nil {
		t.Error("memory of 1 byte: got no error")
	}
	e, err := pdfium.New(pdfium.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.Name(), "pdfium"; got != want {
		t.Errorf("got name %q, want %q", got, want)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := e.Open(t.Context(), file(sheet{})); err == nil {
		t.Error("open after Close: got no error")
	}
}
