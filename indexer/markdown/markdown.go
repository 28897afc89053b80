// Package markdown writes a disclosure as Markdown (CommonMark with the pipe tables of GFM), for people and for programs that read text.
//
// First come the title and where it is from, then headings, paragraphs and tables in the order of the PDF, with a line where each
// page begins. A heading is one level below that of its section, the sixth with the fifth, as Markdown has six and the title takes the
// first. A table's columns are headed by their header paths, from the outer to the inner, with › between them. A cell over several
// rows is repeated in each of them; one over several columns is in the first, and the others are empty; of forms that are not
// column-headed the whole grid is written, spanning cells repeated. Projects and glossary are not written apart: they are in the text.
//
// What a PDF says is a stranger's. It comes out as text, never as markup, HTML or a link, and numbers of persons are masked as in the
// index. The one exception is an e-mail address: cmark-gfm links one to itself, whatever is done about it. Start with Write.
package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Write writes a disclosure.
func Write(w io.Writer, d *schemas.Disclosure) error {
	d, err := indexer.Masked(d)
	if err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	p := &printer{w: bufio.NewWriter(w), tables: d.Tables}
	p.origin(d)
	for i := range d.Sections {
		p.section(&d.Sections[i])
	}
	p.tablesBefore(nil)
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// A printer writes one disclosure. The error of its writer is kept there until it is flushed.
type printer struct {
	w      *bufio.Writer
	tables []schemas.Table // that are still to be written
	page   int             // of what was written last; 0 before the first
}

// block writes a block and the empty line behind it.
func (p *printer) block(parts ...string) {
	for _, part := range parts {
		p.w.WriteString(part)
	}
	p.w.WriteString("\n\n")
}

// origin writes the title and what is known of the whole document.
func (p *printer) origin(d *schemas.Disclosure) {
	title := text(d.Title)
	if title == "" {
		title = text(d.Source.FileName)
	}
	p.w.WriteString(strings.TrimRight("# "+title, " ") + "\n\n")
	fact := func(name, value string) {
		if value != "" {
			p.w.WriteString("- " + name + ": " + value + "\n")
		}
	}
	fact("Unit 单位", text(d.Unit))
	fact("Region 地区", text(d.Region))
	if d.FiscalYear != nil {
		fact("Fiscal year 年度", strconv.Itoa(*d.FiscalYear))
	}
	fact("Kind 种类", d.DocumentKind.Label())
	fact("Scope 口径", scopeName(d.Scope))
	if d.PublishedOn != nil {
		fact("Date of signature 日期", text(*d.PublishedOn))
	}
	fact("Source 来源", text(d.Source.FileName))
	fact("Address 网址", text(d.Source.URI))
	if d.Source.Pages > 0 {
		fact("Pages 页数", strconv.Itoa(d.Source.Pages))
	}
	fact("SHA-256", text(d.Source.SHA256))
	if len(d.Warnings) > 0 {
		p.w.WriteString("- Doubtful 存疑:\n")
	}
	for _, w := range d.Warnings {
		where := ""
		if w.Page > 0 {
			where = fmt.Sprintf(" (page %d)", w.Page)
		}
		p.w.WriteString("  - " + leading(text(string(w.Code))) + where + ": " + text(w.Message) + "\n")
	}
	p.w.WriteString("\n")
}

func scopeName(s schemas.Scope) string {
	switch s {
	case schemas.UnitScope:
		return "unit 单位"
	case schemas.DepartmentScope:
		return "department 部门"
	}
	return text(string(s))
}

// section writes a section with those under it.
func (p *printer) section(s *schemas.Section) {
	p.reach(s.At)
	lines := strings.Split(s.Text, "\n")
	if s.Title != "" {
		p.block(strings.Repeat("#", min(max(s.Level, 1), 5)+1), " ", text(numbered(s.Number, s.Title)))
	} else { // a numbered paragraph
		lines[0] = numbered(s.Number, lines[0])
	}
	for i, line := range lines {
		if i < len(s.Paragraphs) && (i > 0 || s.Title != "") { // the first line of a numbered paragraph is at s.At
			p.reach(&s.Paragraphs[i])
		}
		if line := leading(text(line)); line != "" {
			p.block(line)
		}
	}
	for i := range s.Children {
		p.section(&s.Children[i])
	}
}

// numbered puts the number of a heading or a paragraph before it.
func numbered(number, line string) string {
	last, _ := utf8.DecodeLastRuneInString(number)
	if number == "" || strings.ContainsRune("、）)．，", last) {
		return number + line
	}
	return number + " " + line
}

// reach writes the tables that stand before a place, and a line where its page begins. No place is that of what was written last.
func (p *printer) reach(at *schemas.Place) {
	if at == nil || at.Page == 0 {
		return
	}
	p.tablesBefore(at)
	p.turnTo(at.Page)
}

func (p *printer) turnTo(page int) {
	if page != p.page && page > 0 {
		p.block("*Page ", strconv.Itoa(page), "*")
		p.page = page
	}
}

// tablesBefore writes the tables that stand before a place; nil is the end. A table of which no place is known comes as soon as those
// before it are written.
func (p *printer) tablesBefore(at *schemas.Place) {
	for len(p.tables) > 0 {
		t := &p.tables[0]
		if at != nil && t.At != nil && !t.At.Above(at) {
			return
		}
		if t.At != nil {
			p.turnTo(t.At.Page)
		}
		p.table(t)
		p.tables = p.tables[1:]
	}
}
