package site

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A block is one thing of a disclosure's content: a heading, a paragraph or a table. One of the fields is set.
type block struct {
	Heading   *textView
	Paragraph *textView
	Table     *tableView
	Doubts    []doubtView // of the page that begins here, or of the table
	page      int
}

// A textView is a heading or a paragraph.
type textView struct {
	Anchor string
	Other  string // a second anchor, or ""
	Level  int    // of a heading in HTML, 2 to 6
	B      string // its place, for script
	Page   int
	Text   []indexer.Segment
	Found  bool
}

// A contentMaker makes the content of one disclosure, as far as a page has room for it.
type contentMaker struct {
	r      *request
	d      *schemas.Disclosure
	id     string
	mode   string
	keep   asked // what links to parts of the page keep of the address
	marks  func(string) []indexer.Range
	found  map[string]bool
	room   int // cells of tables that there is room for
	tables []schemas.Table
	next   int // the table that is to come
	out    []block
}

// pageRoom is how many cells of tables a page has; rows beyond come when they are wanted.
const pageRoom = 5000

func (r *request) contentMaker(d *schemas.Disclosure, a asked, marks func(string) []indexer.Range, hits *hitsView) *contentMaker {
	keep := asked{Path: a.Path, values: map[string][]string{}}
	for _, name := range []string{"q", "amounts"} {
		if v := a.Get(name); v != "" {
			keep.values.Set(name, v)
		}
	}
	return &contentMaker{r: r, d: d, id: d.ID(), mode: amountMode(a), keep: keep, marks: marks, found: hits.found, room: pageRoom, tables: d.Tables}
}

// blocks are the content in reading order: sections as the tree has them, and each table before what stands below it on its page.
func (m *contentMaker) blocks() []block {
	walkSections(m.d.Sections, m.section)
	m.tablesUntil(nil)
	return m.out
}

func (m *contentMaker) section(s *schemas.Section) {
	m.tablesBefore(s.At)
	lines := strings.Split(s.Text, "\n")
	if s.Title != "" {
		h := m.text(sectionAnchor(s.ID), numbered(s.Number, s.Title), s.At)
		h.Level = min(max(s.Level, 1), 5) + 1
		m.out = append(m.out, block{Heading: &h, page: h.Page})
	} else {
		lines[0] = numbered(s.Number, lines[0])
	}
	for i, line := range lines {
		var at *schemas.Place
		if i < len(s.Paragraphs) {
			at = &s.Paragraphs[i]
		}
		first := i == 0 && s.Title == ""
		if first {
			at = cmp.Or(at, s.At)
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		m.tablesBefore(at)
		p := m.text(paragraphAnchor(s.ID, i), line, at)
		if first {
			p.Anchor, p.Other = sectionAnchor(s.ID), p.Anchor
			p.Found = m.found[p.Anchor] || m.found[p.Other]
		}
		m.out = append(m.out, block{Paragraph: &p, page: p.Page})
	}
}

func (m *contentMaker) text(anchor, text string, at *schemas.Place) textView {
	v := textView{Anchor: anchor, Text: m.marked(text), Found: m.found[anchor]}
	if at != nil {
		v.Page, v.B = at.Page, placeText(at.Page, at.BBox)
	}
	return v
}

// marked splits a text at what was searched for.
func (m *contentMaker) marked(text string) []indexer.Segment {
	if m.marks == nil {
		return []indexer.Segment{{Text: text}}
	}
	return indexer.Segments(text, m.marks(text))
}

// numbered puts the number of a heading or a paragraph before it, as it is printed.
func numbered(number, line string) string {
	last, _ := utf8.DecodeLastRuneInString(number)
	if number == "" || strings.ContainsRune("、）)．，.", last) {
		return number + line
	}
	return number + " " + line
}

// tablesBefore adds the tables that stand before a place. No place is that of what was added last.
func (m *contentMaker) tablesBefore(at *schemas.Place) {
	if at != nil && at.Page > 0 {
		m.tablesUntil(at)
	}
}

// tablesUntil adds the tables that stand before a place; nil is the end. A table without a place comes as soon as those before it are there.
func (m *contentMaker) tablesUntil(at *schemas.Place) {
	for ; m.next < len(m.tables); m.next++ {
		t := &m.tables[m.next]
		if at != nil && t.At != nil && !t.At.Above(at) {
			return
		}
		v := m.table(m.next, 0)
		m.out = append(m.out, block{Table: &v, page: v.Page})
	}
}

// A treeNode is a section in the list of contents.
type treeNode struct {
	Anchor, Text string
	Children     []treeNode
}

// treeOf are the sections that have headings; those under a numbered paragraph stand in its place.
func treeOf(list []schemas.Section) []treeNode {
	var out []treeNode
	for i := range list {
		s := &list[i]
		children := treeOf(s.Children)
		if s.Title == "" {
			out = append(out, children...)
			continue
		}
		out = append(out, treeNode{sectionAnchor(s.ID), numbered(s.Number, s.Title), children})
	}
	return out
}

// A tableLine is a table in the list of tables.
type tableLine struct {
	Anchor, Name string
	State        string // what is to be said of its figures, or ""
	Note         string
	Confidence   string // in per cent, where it is below 100
}

func (r *request) tableLines(tables []schemas.Table) []tableLine {
	var out []tableLine
	for i := range tables {
		t := &tables[i]
		one := tableLine{Anchor: tableAnchor(i), Name: r.tableName(t), State: r.stateTag(t), Confidence: confidence(t)}
		if t.State == schemas.DeclaredEmpty && len(t.Notes) > 0 {
			one.Note = t.Notes[0]
		}
		out = append(out, one)
	}
	return out
}

// tableName is a table's number and title, else what form it is.
func (r *request) tableName(t *schemas.Table) string {
	return firstOf(strings.TrimSpace(t.Number+" "+t.Title), r.words.name("form", string(t.Kind)), r.t("table.untitled"))
}

// stateTag says of a table's figures what is special.
func (r *request) stateTag(t *schemas.Table) string {
	switch t.State {
	case schemas.DeclaredEmpty, schemas.Blank, schemas.AllZero:
		return r.t("table." + string(t.State))
	}
	return ""
}

// confidence is that of a table in per cent, rounded down, where it is not whole.
func confidence(t *schemas.Table) string {
	if t.Confidence <= 0 || t.Confidence >= 1 {
		return ""
	}
	return itoa(int(t.Confidence*100)) + " %"
}

// A doubtView is a warning of the extraction, or a finding of the checks.
type doubtView struct {
	Kind    string // warning, or the severity of a finding
	Name    string // what it says
	Message string // in the program's words
	Page    int
	Link    string // to the place in the content, or ""
}

// doubts lists what is doubtful, and puts each at its place in the content: the table on its page where it is about one, else what begins
// on the page.
func (r *request) doubts(d *schemas.Disclosure, blocks []block) []doubtView {
	var all []doubtView
	put := func(v doubtView, b *block) {
		if b != nil {
			b.Doubts = append(b.Doubts, v)
			v.Link = "#" + b.anchor()
		}
		all = append(all, v)
	}
	for _, w := range d.Warnings {
		v := doubtView{Kind: "warning", Name: r.words.name("warning", string(w.Code)), Message: w.Message, Page: w.Page}
		put(v, blockOf(blocks, w))
	}
	for _, f := range d.Findings {
		v := doubtView{Kind: string(f.Severity), Name: f.Message, Message: f.Rule}
		if f.Expected != "" || f.Actual != "" {
			v.Name = r.t("finding.differs", f.Message, orDash(f.Expected), orDash(f.Actual))
		}
		var at *block
		if len(f.At) > 0 {
			v.Page = f.At[0].Page
			at = blockAt(blocks, f.At[0])
		}
		put(v, at)
	}
	return all
}

func (b *block) anchor() string {
	switch {
	case b.Heading != nil:
		return b.Heading.Anchor
	case b.Paragraph != nil:
		return b.Paragraph.Anchor
	}
	return b.Table.Anchor
}

// blockOf is where a warning belongs, or nil.
func blockOf(blocks []block, w schemas.Warning) *block {
	if w.Page == 0 {
		return nil
	}
	var table, first *block
	for i := range blocks {
		b := &blocks[i]
		if b.Table != nil && b.Table.on(w.Page) {
			named := b.Table.title != "" && strings.Contains(w.Message, `"`+b.Table.title+`"`)
			if named {
				return b
			}
			table = cmp.Or(table, b)
		}
		if b.page == w.Page {
			first = cmp.Or(first, b)
		}
	}
	switch w.Code {
	case schemas.CellsMerged, schemas.HeaderMissing, schemas.NotAmounts, schemas.GridOpen, schemas.RowSums:
		return cmp.Or(table, first)
	}
	return cmp.Or(first, table)
}

// blockAt is the block of a place, or nil.
func blockAt(blocks []block, at schemas.Place) *block {
	want := ""
	switch {
	case at.Table != nil:
		want = tableAnchor(*at.Table)
	case at.Section != "":
		want = sectionAnchor(at.Section)
	}
	for i := range blocks {
		if want != "" && blocks[i].anchor() == want || want == "" && at.Page > 0 && blocks[i].page == at.Page {
			return &blocks[i]
		}
	}
	return nil
}
