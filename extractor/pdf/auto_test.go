package pdf_test

import (
	"context"
	"errors"
	"image"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

// fake is an engine and its document. A page is its text; "?" stands for a glyph without a character.
type fake struct {
	name     string
	openErr  error
	pages    []fakePage
	warnings []pdf.Warning
	opened   int
	asked    []int
	panics   bool
}

type fakePage struct {
	text  string
	fonts string // one letter a font, the glyphs take them in turn; default "F"
	dirty bool
	err   error
	panic bool
	warn  schemas.Code
	lines bool
}

func (f *fake) Name() string { return f.name }
func (f *fake) Close() error { return nil }

func (f *fake) Open(context.Context, []byte) (pdf.Document, error) {
	f.opened++
	if f.panics {
		panic("xref")
	}
	if f.openErr != nil {
		return nil, f.openErr
	}
	return fakeDocument{f}, nil
}

type fakeDocument struct{ *fake }

func (d fakeDocument) NumPages() int           { return len(d.pages) }
func (d fakeDocument) Warnings() []pdf.Warning { return d.warnings }

func (d fakeDocument) Render(context.Context, int, int, int) (image.Image, error) {
	return image.NewGray(image.Rect(0, 0, 1, 1)), nil
}

func (d fakeDocument) Page(_ context.Context, n int) (*pdf.Page, error) {
	d.asked = append(d.asked, n)
	f := d.pages[n-1]
	if f.panic {
		var p *pdf.Page
		_ = p.Number
	}
	if f.err != nil {
		return nil, f.err
	}
	p := &pdf.Page{Number: n, Clean: !f.dirty}
	if f.warn != "" {
		p.Warnings = []pdf.Warning{{Code: f.warn}}
	}
	if f.lines {
		p.Rulings = make([]pdf.Ruling, 4)
	}
	fonts := f.fonts
	if fonts == "" {
		fonts = "F"
	}
	for _, r := range fonts {
		p.Fonts = append(p.Fonts, pdf.Font{Name: string(r)})
	}
	for i, r := range f.text {
		g := pdf.Glyph{Text: string(r), Font: i % len(fonts)}
		if r == '?' {
			g.Text = "\uFFFD"
		}
		p.Glyphs = append(p.Glyphs, g)
	}
	return p, nil
}

func texts(p *pdf.Page) string {
	var b strings.Builder
	for _, g := range p.Glyphs {
		b.WriteString(g.Text)
	}
	return strings.ReplaceAll(b.String(), "\uFFFD", "?")
}

func codes(ws []pdf.Warning) []schemas.Code {
	var out []schemas.Code
	for _, w := range ws {
		out = append(out, w.Code)
	}
	return out
}

const header = "%PDF-1.4\n%%EOF\n"

func TestAutoOpen(t *testing.T) {
	reject := func(c schemas.Code) error { return schemas.Reject(c, "no") }
	odd := errors.New("unknown encryption")
	tests := []struct {
		name     string
		data     string
		one, two fake
		code     schemas.Code // of the rejection; "" if it opens
		warnings []schemas.Code
		asked    bool // the second engine was asked
	}{
		{name: "first opens", data: header, one: fake{pages: make([]fakePage, 1)}},
		{name: "no PDF", data: "<html>", code: schemas.NotAPDF},
		{name: "first can't", data: header, one: fake{openErr: odd}, two: fake{pages: make([]fakePage, 1)}, asked: true},
		{name: "first panics", data: header, one: fake{panics: true}, two: fake{pages: make([]fakePage, 1)}, asked: true},
		{name: "broken, second can", data: header, one: fake{openErr: reject(schemas.Damaged)}, two: fake{pages: make([]fakePage, 1)},
			warnings: []schemas.Code{schemas.Repaired}, asked: true},
		{name: "second rebuilt it", data: header, one: fake{openErr: odd},
			two:      fake{pages: make([]fakePage, 1), warnings: []pdf.Warning{{Code: schemas.Repaired}}},
			warnings: []schemas.Code{schemas.Repaired}, asked: true},
		{name: "rebuilt and cut short", data: "%PDF-1.4\n", one: fake{openErr: reject(schemas.Damaged)}, two: fake{pages: make([]fakePage, 1)},
			warnings: []schemas.Code{schemas.Repaired, schemas.Damaged}, asked: true},
		{name: "too large is final", data: header, one: fake{openErr: reject(schemas.TooLarge)}, two: fake{pages: make([]fakePage, 1)}, code: schemas.TooLarge},
		{name: "password is confirmed", data: header, one: fake{openErr: reject(schemas.PasswordNeeded)}, two: fake{openErr: reject(schemas.PasswordNeeded)},
			code: schemas.PasswordNeeded, asked: true},
		{name: "password is refuted", data: header, one: fake{openErr: reject(schemas.PasswordNeeded)}, two: fake{pages: make([]fakePage, 1)}, asked: true},
		{name: "no pages is refuted", data: header, one: fake{openErr: reject(schemas.NoPages)}, two: fake{pages: make([]fakePage, 1)}, asked: true},
		{name: "no pages tells more than damaged", data: header, one: fake{openErr: reject(schemas.NoPages)}, two: fake{openErr: reject(schemas.Damaged)},
			code: schemas.NoPages, asked: true},
		{name: "both damaged", data: header, one: fake{openErr: odd}, two: fake{openErr: reject(schemas.Damaged)}, code: schemas.Damaged, asked: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := pdf.Auto(&tt.one, &tt.two, pdf.AutoConfig{})
			d, err := e.Open(t.Context(), []byte(tt.data))
			if got := tt.two.opened > 0; got != tt.asked {
				t.Errorf("second engine asked: got %v, want %v", got, tt.asked)
			}
			if tt.code != "" {
				if r := schemas.AsRejection(err); r == nil || r.Code != tt.code {
					t.Fatalf("got %v, want %s", err, tt.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(codes(d.Warnings()), tt.warnings); diff != "" {
				t.Errorf("warnings (got -, want +)\n%s", diff)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// An engine that could not start says nothing about the document, so the file must be tried again.
func TestAutoOpenTransient(t *testing.T) {
	tests := []struct {
		name string
		one  error
	}{
		{"first can't", errors.New("odd")},
		{"first says damaged", schemas.Reject(schemas.Damaged, "no")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := pdf.Auto(&fake{openErr: tt.one}, &fake{openErr: errors.New("no such file or directory")}, pdf.AutoConfig{})
			_, err := e.Open(t.Context(), []byte(header))
			if err == nil || !strings.Contains(err.Error(), "no such file") {
				t.Errorf("got %v, want the second engine's error", err)
			}
		})
	}
}

func TestAutoPage(t *testing.T) {
	long := strings.Repeat("预算", 200)
	broken := errors.New("broken")
	tests := []struct {
		name     string
		one, two fakePage
		opinion  bool
		want     string
		clean    bool
		warnings []schemas.Code
		asked    bool
		err      bool
	}{
		{name: "clean", one: fakePage{text: "一"}, two: fakePage{text: "二"}, want: "一", clean: true},
		{name: "not clean", one: fakePage{text: "一", dirty: true}, two: fakePage{text: "一二"}, want: "一二", clean: true, asked: true},
		{name: "error", one: fakePage{err: broken}, two: fakePage{text: "二"}, want: "二", clean: true, asked: true},
		{name: "panic", one: fakePage{panic: true}, two: fakePage{text: "二"}, want: "二", clean: true, asked: true},
		{name: "second errs", one: fakePage{text: "一", dirty: true}, two: fakePage{err: broken}, want: "一", asked: true},
		{name: "second panics", one: fakePage{text: "一", dirty: true}, two: fakePage{panic: true}, want: "一", asked: true},
		{name: "both err", one: fakePage{err: broken}, two: fakePage{err: broken}, asked: true, err: true},
		{name: "too large is final", one: fakePage{err: schemas.Reject(schemas.TooLarge, "no")}, two: fakePage{text: "二"}, err: true},
		{name: "second reads more characters", one: fakePage{text: "一?????", dirty: true}, two: fakePage{text: "一二三四五?", dirty: true},
			want: "一二三四五?", asked: true},
		{name: "first reads more characters", one: fakePage{text: "一二三四?", dirty: true}, two: fakePage{text: "?????", dirty: true},
			want: "一二三四?", asked: true},
		{name: "neither reads all", one: fakePage{text: long + "?????", dirty: true}, two: fakePage{text: long + "?????", dirty: true},
			want: long + "?????", warnings: []schemas.Code{schemas.UndecodableText}, asked: true},
		{name: "losing glyphs is no gain", one: fakePage{text: "一二三四五六??", dirty: true}, two: fakePage{text: "一", dirty: true},
			want: "一二三四五六??", asked: true},
		{name: "both show the same", one: fakePage{text: "一二", dirty: true}, two: fakePage{text: "一二"}, want: "一二", clean: true, asked: true},
		{name: "the same, and the first knows it is broken", one: fakePage{text: "一二", dirty: true, warn: schemas.Damaged}, two: fakePage{text: "一二"},
			want: "一二", warnings: []schemas.Code{schemas.Damaged}, asked: true},
		{name: "the second reads on where it is broken", one: fakePage{text: "一", dirty: true, warn: schemas.Damaged}, two: fakePage{text: "一二"},
			want: "一二", warnings: []schemas.Code{schemas.Damaged}, asked: true},
		{name: "a form without a character", one: fakePage{lines: true}, two: fakePage{text: "一", lines: true}, want: "一", clean: true, asked: true},
		{name: "an unbelievable size", one: fakePage{warn: schemas.PageSize}, two: fakePage{text: "一", warn: schemas.PageSize}, want: "一", clean: true,
			warnings: []schemas.Code{schemas.PageSize}, asked: true},
		{name: "garbage that passes for clean", one: fakePage{text: strings.Repeat("\uE001\u0001?", 9)}, two: fakePage{text: long}, want: long, clean: true, asked: true},
		{name: "a guess for a font without a map", one: fakePage{text: "?一?二?三", fonts: "AB", dirty: true},
			two: fakePage{text: "x一?二y三", fonts: "AB", dirty: true}, want: "?一?二?三", warnings: []schemas.Code{schemas.UndecodableText}, asked: true},
		{name: "second opinion agrees", one: fakePage{text: long}, two: fakePage{text: long}, opinion: true, want: long, clean: true, asked: true},
		{name: "second opinion folds", one: fakePage{text: long + "２"}, two: fakePage{text: long + "2"}, opinion: true, want: long + "２", clean: true, asked: true},
		{name: "second opinion differs", one: fakePage{text: long}, two: fakePage{text: strings.Repeat("预算", 150) + strings.Repeat("人民", 50)},
			opinion: true, want: strings.Repeat("预算", 150) + strings.Repeat("人民", 50), warnings: []schemas.Code{schemas.UndecodableText}, asked: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			one, two := &fake{pages: []fakePage{tt.one}}, &fake{pages: []fakePage{tt.two}}
			d, err := pdf.Auto(one, two, pdf.AutoConfig{SecondOpinion: tt.opinion}).Open(t.Context(), []byte(header))
			if err != nil {
				t.Fatal(err)
			}
			p, err := d.Page(t.Context(), 1)
			if got := len(two.asked) > 0; got != tt.asked {
				t.Errorf("second engine asked: got %v, want %v", got, tt.asked)
			}
			if tt.err {
				if err == nil {
					t.Error("got no error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := texts(p); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if p.Clean != tt.clean {
				t.Errorf("clean: got %v, want %v", p.Clean, tt.clean)
			}
			if diff := cmp.Diff(codes(p.Warnings), tt.warnings); diff != "" {
				t.Errorf("warnings (got -, want +)\n%s", diff)
			}
		})
	}
}

// Only the first page on which a font appears is compared.
func TestAutoSecondOpinionOnce(t *testing.T) {
	pages := []fakePage{{text: "一", fonts: "A"}, {text: "一", fonts: "A"}, {text: "一", fonts: "AB"}, {text: "一", fonts: "B"}}
	one, two := &fake{pages: pages}, &fake{pages: pages}
	d, err := pdf.Auto(one, two, pdf.AutoConfig{SecondOpinion: true}).Open(t.Context(), []byte(header))
	if err != nil {
		t.Fatal(err)
	}
	for n := range pages {
		if _, err := d.Page(t.Context(), n+1); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(two.asked, []int{1, 3}); diff != "" {
		t.Errorf("pages asked of the second engine (got -, want +)\n%s", diff)
	}
}

func TestAutoLostPages(t *testing.T) {
	broken := errors.New("broken")
	pages := []fakePage{{err: broken}, {text: "一"}, {err: broken}, {err: broken}}
	d, err := pdf.Auto(&fake{pages: pages}, &fake{pages: pages}, pdf.AutoConfig{}).Open(t.Context(), []byte(header))
	if err != nil {
		t.Fatal(err)
	}
	for n := range pages {
		_, _ = d.Page(t.Context(), n+1) // the errors are what Warnings sums up
	}
	ws := d.Warnings()
	if len(ws) != 1 || ws[0].Code != schemas.Damaged || !strings.Contains(ws[0].Message, "1, 3-4") {
		t.Errorf("got %v, want damaged naming pages 1, 3-4", ws)
	}
}

// Where the first engine had to rebuild the file, the second may find pages that it did not.
func TestAutoMorePages(t *testing.T) {
	one := &fake{pages: []fakePage{{text: "一"}}, warnings: []pdf.Warning{{Code: schemas.Repaired}}}
	two := &fake{pages: []fakePage{{text: "一"}, {text: "二"}}}
	d, err := pdf.Auto(one, two, pdf.AutoConfig{}).Open(t.Context(), []byte(header))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.NumPages(), 2; got != want {
		t.Fatalf("got %d pages, want %d", got, want)
	}
	p, err := d.Page(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(p); got != "二" {
		t.Errorf("got %q, want 二", got)
	}
}

func TestAutoRender(t *testing.T) {
	d, err := pdf.Auto(&fake{pages: make([]fakePage, 1)}, &fake{pages: make([]fakePage, 1)}, pdf.AutoConfig{}).Open(t.Context(), []byte(header))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.(pdf.Renderer).Render(t.Context(), 1, 72, 100); err != nil {
		t.Error(err)
	}
}
