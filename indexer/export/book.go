package export

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/flate" // faster than the standard one, and as small
)

// maxSheetRows is how many rows a sheet of XLSX may have.
const maxSheetRows = 1_048_576

// maxCellText is how many UTF-16 units Excel takes in a cell.
const maxCellText = 32_767

// A sheet has the rows of one form until the book is written, in temporary files: line items come by disclosures, so that all sheets
// grow at once, and a writer that keeps them in memory, even only the last 16 MiB of each, needs hundreds of MiB.
type sheet struct {
	dir     string
	title   string
	columns []string
	letters []string     // what a sheet calls its columns
	parts   []*sheetPart // one, unless there are too many rows for a sheet
}

// A sheetPart is one sheet of the book.
type sheetPart struct {
	f    *os.File
	w    *bufio.Writer
	rows int // with the head
}

// newSheet makes a sheet; nothing is written until it has a row.
func newSheet(dir, title string, columns []string) *sheet {
	s := &sheet{dir: dir, title: title, columns: columns}
	for i := range columns {
		s.letters = append(s.letters, columnName(i))
	}
	return s
}

// begin begins a part with the head.
func (s *sheet) begin() error {
	f, err := os.CreateTemp(s.dir, ".sheet-*")
	if err != nil {
		return err
	}
	s.parts = append(s.parts, &sheetPart{f: f, w: bufio.NewWriterSize(f, 1<<16)})
	head := make([]any, len(s.columns))
	for i, c := range s.columns {
		head[i] = c
	}
	return s.append(head, 1)
}

// write adds a row, to another part where one is full.
func (s *sheet) write(cells []any) error {
	if len(s.parts) == 0 || s.parts[len(s.parts)-1].rows == maxSheetRows {
		if err := s.begin(); err != nil {
			return err
		}
	}
	return s.append(cells, 0)
}

func (s *sheet) append(cells []any, style int) error {
	p := s.parts[len(s.parts)-1]
	p.rows++
	number := strconv.Itoa(p.rows)
	b := append(p.w.AvailableBuffer(), `<row r="`+number+`">`...)
	for i, v := range cells {
		if v != nil {
			b = appendCell(b, s.letters[i]+number, style, v)
		}
	}
	_, err := p.w.Write(append(b, "</row>"...))
	return err
}

// close removes the temporary files.
func (s *sheet) close() error {
	var errs []error
	for _, p := range s.parts {
		errs = append(errs, p.f.Close(), os.Remove(p.f.Name()))
	}
	s.parts = nil
	return errors.Join(errs...)
}

// name is that of a part, from 0.
func (s *sheet) name(part int) string {
	if part > 0 {
		return fmt.Sprintf("%s (%d)", s.title, part+1)
	}
	return s.title
}

// The parts of a book beside its sheets (ECMA-376 part 1, 18; part 2), as little as readers want.
const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	sheetMedia   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	mainSpace    = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageSpace = "http://schemas.openxmlformats.org/package/2006/"

	bookStyles = xmlHead + `<styleSheet xmlns="` + mainSpace + `"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>` +
		`<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>` +
		`<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2">` +
		`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
	bookRelations = xmlHead + `<Relationships xmlns="` + packageSpace + `relationships"><Relationship Id="rId1" Type="` + relationship +
		`/officeDocument" Target="xl/workbook.xml"/></Relationships>`
)

// writeBook writes the sheets that have been begun, in their order.
func writeBook(to io.Writer, sheets []*sheet) error {
	z := zip.NewWriter(to)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	var types, relations, list strings.Builder
	n := 0
	for _, s := range sheets {
		for i, p := range s.parts {
			n++
			if err := p.pack(z, n, len(s.columns)); err != nil {
				return err
			}
			fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, n, sheetMedia)
			fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, relationship, n)
			fmt.Fprintf(&list, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, appendText(nil, s.name(i)), n, n)
		}
	}
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="` + packageSpace + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + sheetMedia + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + sheetMedia + `styles+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", bookRelations},
		{"xl/workbook.xml", xmlHead + `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relationship + `"><sheets>` + list.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="` + packageSpace + `relationships">` + relations.String() +
			fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, n+1, relationship)},
		{"xl/styles.xml", bookStyles},
	} {
		w, err := z.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, part.text); err != nil {
			return err
		}
	}
	return z.Close()
}

// pack writes a sheet into the book. Some readers take no more rows than it says that it has.
func (p *sheetPart) pack(z *zip.Writer, number, columns int) error {
	if err := p.w.Flush(); err != nil {
		return err
	}
	if _, err := p.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	w, err := z.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", number))
	if err != nil {
		return err
	}
	selected := ""
	if number == 1 {
		selected = ` tabSelected="1"`
	}
	_, err = fmt.Fprintf(w, `%s<worksheet xmlns="%s"><dimension ref="A1:%s%d"/><sheetViews><sheetView%s workbookViewId="0">`+
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`, xmlHead, mainSpace, columnName(columns-1), p.rows, selected)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, p.f); err != nil {
		return err
	}
	_, err = io.WriteString(w, "</sheetData></worksheet>")
	return err
}

// hexEscape is what a reader of XLSX takes for a character by its number.
var hexEscape = regexp.MustCompile(`_(x[0-9A-Fa-f]{4}_)`)

// appendText appends text as XML has it: what XML can't hold is replaced, and what is too long for a cell is cut.
func appendText(b []byte, s string) []byte {
	if len(s) > maxCellText {
		s = cut(s)
	}
	if strings.Contains(s, "_x") {
		s = hexEscape.ReplaceAllString(s, "_x005F_$1")
	}
	for _, r := range s {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '"':
			b = append(b, "&#34;"...)
		case r == '\r':
			b = append(b, "&#xD;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			b = append(b, "\ufffd"...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// cut is the text as far as a cell takes it.
func cut(s string) string {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > maxCellText {
			return s[:i]
		}
	}
	return s
}

// A Book is a workbook (XLSX) of one table of text. It lies in temporary files until it is sent. Close it.
type Book struct{ s *sheet }

// NewBook begins a book in a folder for temporary files, "" for the system's.
func NewBook(dir, title string, columns []string) (*Book, error) {
	b := &Book{newSheet(dir, title, columns)}
	if err := b.s.begin(); err != nil {
		return nil, fmt.Errorf("book: %w", errors.Join(err, b.s.close()))
	}
	return b, nil
}

// Write adds a row, as long as the columns.
func (b *Book) Write(row []string) error {
	cells := make([]any, len(row))
	for i, text := range row {
		if text != "" {
			cells[i] = text
		}
	}
	if err := b.s.write(cells); err != nil {
		return fmt.Errorf("book: %w", err)
	}
	return nil
}

// Send writes the book.
func (b *Book) Send(to io.Writer) error {
	if err := writeBook(to, []*sheet{b.s}); err != nil {
		return fmt.Errorf("book: %w", err)
	}
	return nil
}

// Close removes the temporary files.
func (b *Book) Close() error { return b.s.close() }
