package site

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web/access"
)

// disclosureRoutes are the page of a disclosure and what belongs to it.
func (s *site) disclosureRoutes() []route {
	return []route{
		{pattern: "GET /disclosures/{id}", answer: (*request).disclosure},
		{pattern: "GET /disclosures/{id}/tables/{n}", answer: (*request).disclosureTable},
		{pattern: "GET /disclosures/{id}/changes/{older}", answer: (*request).disclosureChanges},
	}
}

// A disclosureView is the page of a disclosure: what is known of it, its structure, its content and its PDF.
type disclosureView struct {
	ID       string
	Head     disclosureHead
	Files    []fileLink
	Citation citation
	Old      string // address of the disclosure that took its place, or ""
	Versions []versionLine
	Tree     []treeNode
	Lines    []tableLine // of the tables
	Doubts   []doubtView
	Blocks   []block
	Staffing []fact
	Projects []projectView
	Glossary []schemas.Term
	Hits     hitsView
	Amounts  []modeLink
	PDF      pdfView
}

// A disclosureHead says what a disclosure is.
type disclosureHead struct {
	Title, Unit, UnitLink string
	Region, RegionLink    string
	Year, Kind, Scope     string
	Published, File, SHA  string
	Pages                 int
	URI                   string // where it was published
	Web                   bool   // URI may be a link
	TextSource            string // "" where it is the PDF's own text
}

// A pdfView is what the pane of the PDF begins with.
type pdfView struct {
	URL   string // "" where who asks has no right to it
	Page  int    // to begin with; 0 where the address names none
	Box   string
	Pages int
}

// A fileLink is a file to download.
type fileLink struct{ Name, Link string }

// A fact is a name and what it is.
type fact struct{ Name, Value string }

// A projectView is a project of the narrative with its fields.
type projectView struct {
	Name   string
	Page   int
	Fields []fact
}

// A versionLine is one of the versions of a disclosure.
type versionLine struct {
	Link, Published, Seen string
	Current, This         bool
	Changes               string // address of what is different between it and this one
}

// A modeLink shows amounts in another way.
type modeLink struct {
	Mode, Name, Link string
	On               bool
}

// The ways in which amounts are shown.
const (
	asPrinted = "printed"
	inYuan    = "yuan"
	inWan     = "wan"
)

// amountMode is the way that the address asks for.
func amountMode(a asked) string {
	if mode := a.Get("amounts"); mode == inYuan || mode == inWan {
		return mode
	}
	return asPrinted
}

// theDisclosure reads the disclosure that the address names.
func (r *request) theDisclosure(name string) (*schemas.Disclosure, error) {
	id := r.r.PathValue(name)
	if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		return nil, indexer.ErrNotFound
	}
	return r.s.Archive.Disclosure(r.ctx(), id)
}

// disclosure shows one.
func (r *request) disclosure() error {
	d, err := r.theDisclosure("id")
	if err != nil {
		return err
	}
	v, err := r.disclosureView(d, r.asked())
	if err != nil {
		return err
	}
	return r.show("disclosure", "search", v.Head.Title, disclosurePage{Whole: &v})
}

// A disclosurePage is the page of a disclosure, or of one of its tables alone.
type disclosurePage struct {
	Whole *disclosureView
	Alone *tablePage
}

func (r *request) disclosureView(d *schemas.Disclosure, a asked) (disclosureView, error) {
	v := disclosureView{ID: d.ID(), Head: r.disclosureHead(d), Glossary: d.Glossary, Staffing: r.staffing(d.Staffing)}
	versions, err := r.versions(d.ID())
	if err != nil {
		return v, err
	}
	v.Versions, v.Old = r.versionLines(d.ID(), versions)
	marks, err := r.disclosureHits(d, a, &v.Hits)
	if err != nil {
		return v, err
	}
	m := r.contentMaker(d, a, marks, &v.Hits)
	v.Blocks = m.blocks()
	v.Doubts = r.doubts(d, v.Blocks)
	v.Tree, v.Lines = treeOf(d.Sections), r.tableLines(d.Tables)
	v.Files, v.Amounts, v.PDF = r.disclosureFiles(d), r.modeLinks(a), r.pdfView(d, a)
	v.Citation = r.cite(d, v.PDF.Page)
	for _, p := range d.Projects {
		one := projectView{Name: p.Name, Page: p.Page}
		for _, key := range slices.Sorted(keysOf(p.Fields)) {
			one.Fields = append(one.Fields, fact{key, p.Fields[key]})
		}
		v.Projects = append(v.Projects, one)
	}
	return v, nil
}

func keysOf(m map[string]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (r *request) disclosureHead(d *schemas.Disclosure) disclosureHead {
	h := disclosureHead{
		Title: firstOf(d.Title, r.called(d), d.Source.FileName, r.t("disclosure.untitled")), Unit: d.Unit, Region: d.Region, File: d.Source.FileName, SHA: d.Source.SHA256,
		Pages: d.Source.Pages, URI: d.Source.URI,
	}
	if d.DocumentKind != schemas.UnknownKind {
		h.Kind = r.words.name("kind", string(d.DocumentKind))
	}
	if d.Unit != "" {
		h.UnitLink = unitLink(d.Unit, d.Region)
	}
	if d.Region != "" {
		h.RegionLink = asked{"/region", url.Values{"region": {d.Region}}}.String()
	}
	if d.FiscalYear != nil {
		h.Year = strconv.Itoa(*d.FiscalYear)
	}
	if d.Scope != schemas.UnknownScope {
		h.Scope = r.words.name("scope", string(d.Scope))
	}
	if d.PublishedOn != nil {
		h.Published = *d.PublishedOn
	}
	if s := d.Source.TextSource; s != "" && s != schemas.FromText {
		h.TextSource = r.words.name("text_source", string(s))
	}
	h.Web = isWeb(d.Source.URI)
	return h
}

// called is what a document without a title is called by its unit and year, or "".
func (r *request) called(d *schemas.Disclosure) string {
	if d.Unit == "" || d.FiscalYear == nil {
		return ""
	}
	kind := ""
	if d.DocumentKind != schemas.UnknownKind {
		kind = r.words.name("kind", string(d.DocumentKind))
	}
	return strings.TrimSpace(r.t("disclosure.called", d.Unit, *d.FiscalYear, kind))
}

// isWeb reports addresses that a browser may be led to.
func isWeb(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

func (r *request) staffing(s *schemas.Staffing) []fact {
	if s == nil {
		return nil
	}
	var list []fact
	for _, kind := range staffKinds() {
		if n := kind.of(s); n != nil {
			list = append(list, fact{r.t("staffing." + kind.key), r.t("staffing.n", *n)})
		}
	}
	return list
}

// A staffKind is one of the figures of staffing; its key is part of a message's.
type staffKind struct {
	key string
	of  func(*schemas.Staffing) *int
}

func staffKinds() []staffKind {
	return []staffKind{
		{"authorised", func(s *schemas.Staffing) *int { return s.Authorised }},
		{"actual", func(s *schemas.Staffing) *int { return s.Actual }},
		{"in-service", func(s *schemas.Staffing) *int { return s.InService }},
		{"retired", func(s *schemas.Staffing) *int { return s.Retired }},
		{"retired-veterans", func(s *schemas.Staffing) *int { return s.RetiredVeterans }},
	}
}

func (r *request) disclosureFiles(d *schemas.Disclosure) []fileLink {
	at := "/api/v1/disclosures/" + d.ID()
	list := []fileLink{
		{"XLSX", asked{"/api/v1/export", url.Values{"format": {"xlsx"}, "disclosure": {d.ID()}}}.String()},
		{"JSON", at + ".json"}, {"Markdown", at + ".md"},
	}
	if r.may(access.Admin) {
		list = append(list, fileLink{"PDF", at + "/pdf"})
	}
	return list
}

func (r *request) modeLinks(a asked) []modeLink {
	on := amountMode(a)
	var list []modeLink
	for _, mode := range []string{asPrinted, inYuan, inWan} {
		one := modeLink{Mode: mode, Name: r.t("amounts." + mode), Link: a.link("amounts", mode), On: mode == on}
		if mode == asPrinted {
			one.Link = a.link("amounts")
		}
		list = append(list, one)
	}
	return list
}

func (r *request) pdfView(d *schemas.Disclosure, a asked) pdfView {
	v := pdfView{Pages: d.Source.Pages}
	if r.may(access.Admin) {
		v.URL = "/api/v1/disclosures/" + d.ID() + "/pdf"
	}
	if n, err := strconv.Atoi(a.Get("page")); err == nil && n > 0 && (n <= d.Source.Pages || d.Source.Pages == 0) {
		v.Page, v.Box = n, readBox(a.Get("box"))
	}
	return v
}

// readBox gives a box of an address as x0,y0,x1,y1, or "" for what is none.
func readBox(text string) string {
	part := strings.Split(text, ",")
	if len(part) != 4 {
		return ""
	}
	var b schemas.Box
	for i, p := range part {
		n, err := strconv.ParseFloat(p, 64)
		if err != nil || !(n >= -1e6 && n <= 1e6) { // nor NaN
			return ""
		}
		b[i] = n
	}
	return boxText(&b)
}

// A citation is how to name the document as a source.
type citation struct {
	Text string // of the whole document, or of the page that the address names
	SHA  string // how its digest begins
}

// cite names the document as GB/T 7714 has electronic documents.
func (r *request) cite(d *schemas.Disclosure, page int) citation {
	var b strings.Builder
	if d.Unit != "" {
		b.WriteString(d.Unit + ". ")
	}
	b.WriteString(firstOf(d.Title, d.Source.FileName) + "[EB/OL]. ")
	if d.PublishedOn != nil {
		b.WriteString("(" + *d.PublishedOn + ")")
	}
	b.WriteString("[" + time.Now().Format(time.DateOnly) + "]. ")
	if isWeb(d.Source.URI) {
		b.WriteString(d.Source.URI)
	} else {
		b.WriteString(d.Source.FileName)
	}
	c := citation{SHA: d.Source.SHA256[:min(12, len(d.Source.SHA256))]}
	b.WriteString(", SHA-256 " + c.SHA)
	if page > 0 {
		b.WriteString(", " + r.t("page.n", page))
	}
	c.Text = b.String() + "."
	return c
}
