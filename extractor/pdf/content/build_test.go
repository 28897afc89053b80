package content_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content"
)

// A builder writes small PDFs: objects, a table of them, a trailer.
type builder struct {
	bodies  []string
	trailer string // added to the trailer
	groups  string // added to the catalogue
}

// add adds an object and returns the reference to it, with a space behind.
func (b *builder) add(body string) string {
	b.bodies = append(b.bodies, body)
	return fmt.Sprintf("%d 0 R ", len(b.bodies))
}

// stream adds a stream object.
func (b *builder) stream(dict, data string) string {
	return b.add(fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(data), data))
}

// file returns the PDF whose catalogue is root.
func (b *builder) file(root string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n")
	var table strings.Builder
	for i, body := range b.bodies {
		fmt.Fprintf(&table, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root %s%s>>\nstartxref\n%d\n%%%%EOF\n",
		len(b.bodies)+1, table.String(), len(b.bodies)+1, root, b.trailer, out.Len())
	return out.Bytes()
}

// onePage returns a PDF with one page of 200 by 100 points. Font F1 is Helvetica; page and resources are added to the
// two dictionaries.
func (b *builder) onePage(contents, page, resources string) []byte {
	font := b.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	if !strings.Contains(resources, "/Font<<") {
		resources += "/Font<</F1 " + font + ">>"
	}
	if contents != "" {
		page += "/Contents " + contents
	}
	if !strings.Contains(page, "/MediaBox") {
		page += "/MediaBox[0 0 200 100]"
	}
	tree := len(b.bodies) + 2
	leaf := b.add(fmt.Sprintf("<</Type/Page/Parent %d 0 R%s/Resources<<%s>>>>", tree, page, resources))
	return b.file(b.catalog(b.add("<</Type/Pages/Kids[" + leaf + "]/Count 1>>")))
}

func (b *builder) catalog(pages string) string {
	return b.add("<</Type/Catalog/Pages " + pages + b.groups + ">>")
}

// open opens data or fails the test.
func open(t testing.TB, data []byte) pdf.Document {
	t.Helper()
	doc, err := content.New(pdf.Limits{}).Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// read reads the first page of data or fails the test.
func read(t testing.TB, data []byte) *pdf.Page {
	t.Helper()
	p, err := open(t, data).Page(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// readContents reads a page with these contents.
func readContents(t testing.TB, contents string) *pdf.Page {
	t.Helper()
	b := &builder{}
	return read(t, b.onePage(b.stream("", contents), "", ""))
}

// text joins the texts of a page's glyphs; hidden ones stand in braces.
func text(p *pdf.Page) string {
	var s strings.Builder
	for _, g := range p.Glyphs {
		if g.Hidden {
			s.WriteString("{" + g.Text + "}")
		} else {
			s.WriteString(g.Text)
		}
	}
	return s.String()
}
