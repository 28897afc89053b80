package site

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web/access"
)

func (s *site) searchRoutes() []route {
	return []route{
		{pattern: "GET /{$}", answer: (*request).search},
		{pattern: "GET /figures", answer: (*request).figures},
		{pattern: "GET /suggest", answer: (*request).suggest},
	}
}

// readQuery is the index's query of what is asked.
func (r *request) readQuery(a asked) (indexer.Query, error) {
	q, err := a.query(r.s.Dictionary)
	if err == nil {
		err = withBand(&q, a.Get("amount"))
	}
	return q, err
}

// A searchView is the page of a search, for passages or for figures, and the start page.
type searchView struct {
	Asked   asked
	Figures bool // else passages
	Begin   bool // nothing is asked for yet
	Wrong   string
	Total   int
	Took    time.Duration // of the index
	Hits    []hitView
	Items   []itemView
	Facets  []facetView
	Chips   []chip
	Sorts   []choiceView
	Next    string // address of the next page, or ""
	First   string // address of the first page where this is another, or ""
	Other   string // address of the same search for figures, or passages
	CSV     string
	XLSX    string
	Stock   stock
	Sample  []string
}

// A choiceView is one of several things to choose from.
type choiceView struct {
	Value, Name string
	On          bool
}

// pageSize is how many hits a page has.
const pageSize = 20

// search finds passages.
func (r *request) search() error {
	return r.find(false, func(ctx context.Context, q indexer.Query, v *searchView) ([]indexer.Facet, string, error) {
		res, err := r.s.Index.Search(ctx, q)
		v.Total = res.Total
		for i := range res.Hits {
			v.Hits = append(v.Hits, r.hit(v.Asked, &res.Hits[i]))
		}
		return res.Facets, res.Next, err
	})
}

// figures finds line items.
func (r *request) figures() error {
	return r.find(true, func(ctx context.Context, q indexer.Query, v *searchView) ([]indexer.Facet, string, error) {
		res, err := r.s.Index.Items(ctx, q)
		v.Total = res.Total
		for i := range res.Items {
			v.Items = append(v.Items, r.item(v.Asked, &res.Items[i]))
		}
		return res.Facets, res.Next, err
	})
}

// A finding asks the index for a page and puts what it found into the view.
type finding func(context.Context, indexer.Query, *searchView) (facets []indexer.Facet, next string, err error)

// find shows what a search finds. What is wrong with the query is said beside the box, with what was typed still in it.
func (r *request) find(figures bool, ask finding) error {
	a := r.asked()
	v := searchView{Asked: a, Figures: figures, Begin: len(a.values) == 0 && !figures, Chips: r.chips(a)}
	var err error
	if v.Stock, err = r.stock(); err != nil {
		return err
	}
	title := r.t("search.title")
	if text := a.Get("q"); text != "" {
		title = text
	}
	if err := r.fill(&v, ask); err != nil {
		f := r.faultOf(err)
		if f.status != 400 {
			return err
		}
		v.Wrong = r.queryFault(err)
		return r.showAs(f.status, "search", "search", title, v)
	}
	return r.show("search", "search", title, v)
}

func (r *request) fill(v *searchView, ask finding) error {
	q, err := r.readQuery(v.Asked)
	if err != nil {
		return err
	}
	q.Facets, q.Limit = true, pageSize
	if v.Begin {
		q.Limit = 1
	}
	begun := time.Now()
	facets, next, err := ask(r.ctx(), q, v)
	v.Took = time.Since(begun)
	if err != nil {
		return err
	}
	count := func(ctx context.Context, q indexer.Query) ([]indexer.Facet, error) {
		var discard searchView
		facets, _, err := ask(ctx, q, &discard)
		return facets, err
	}
	if v.Facets, err = r.facets(v.Asked, facets, count); err != nil {
		return err
	}
	r.links(v, q, next)
	return nil
}

// links are where the page leads to.
func (r *request) links(v *searchView, q indexer.Query, next string) {
	a := v.Asked
	if next != "" {
		v.Next = a.link("after", next)
	}
	if a.Get("after") != "" {
		v.First = a.link("after")
	}
	orders := []indexer.Sort{indexer.ByRelevance, indexer.ByYear, indexer.ByUnit, indexer.ByRegion, indexer.ByAmount}
	v.Other, v.CSV, v.XLSX = "/figures", "/api/v1/search", "/api/v1/search"
	if v.Figures {
		orders = []indexer.Sort{indexer.ByDocument, indexer.ByYear, indexer.ByUnit, indexer.ByRegion, indexer.ByAmount, indexer.ByChange}
		v.Other, v.CSV, v.XLSX = "/", "/api/v1/export", "/api/v1/export"
	}
	v.Other = a.only(bothParameters()).at(v.Other).String()
	for _, o := range orders {
		on := q.Sort == o || q.Sort == "" && o == orders[0]
		v.Sorts = append(v.Sorts, choiceView{string(o), r.t("sort." + string(o)), on})
	}
	own := []string{"section", "passage", "per_disclosure", "sort"}
	if v.Figures {
		own = figureParameters()
	}
	file := a.only(append(bothParameters(), own...)).with("amount")
	if a.Get("amount") != "" { // the API has min and max instead
		if q.Min != nil {
			file = file.with("min", q.Min.String())
		}
		if q.Max != nil {
			file = file.with("max", q.Max.String())
		}
	}
	plain := file.with("format", "csv")
	if v.Figures {
		plain = file.with("format", "csv").with("bom", "true") // Excel takes it for GBK without; a search's file has one
	}
	v.CSV, v.XLSX = plain.at(v.CSV).String(), file.with("format", "xlsx").at(v.XLSX).String()
}

// bothParameters choose passages as well as figures; figureParameters choose figures alone.
func bothParameters() []string {
	return []string{"q", "region", "unit", "year", "kind", "scope", "unit_type", "text_source", "disclosure", "all_versions", "table", "code", "min", "max", "amount", "state"}
}
func figureParameters() []string { return []string{"header", "measure", "period"} }

// queryFault says what is wrong with a query in the visitor's language, and where.
func (r *request) queryFault(err error) string {
	if q, ok := err.(*indexer.QueryError); ok && q.At > 0 {
		return r.t("search.wrong-at", q.At, q.Message)
	}
	return r.t("search.wrong", err.Error())
}

// A stock is what is in the index, and what is not.
type stock struct {
	Files, Indexed, Waiting, OCR, Rejected, Failed int
	Pages                                          int64
	Ledger                                         bool // who asks may look at it
}

// Missing is how many files cannot be searched.
func (s stock) Missing() int { return s.OCR + s.Rejected + s.Failed }

func (r *request) stock() (stock, error) {
	s := stock{Ledger: r.may(access.Ingest)}
	if r.s.Ledger == nil {
		return s, nil
	}
	sum, err := r.s.Ledger.LedgerSummary(r.ctx())
	for _, c := range sum.Counts {
		s.Files += c.Files
		switch c.State {
		case schemas.Indexed, schemas.Unchanged, schemas.Superseded:
			s.Indexed += c.Files
			s.Pages += c.Pages
		case schemas.Queued, schemas.Working:
			s.Waiting += c.Files
		case schemas.OCRNeeded:
			s.OCR += c.Files
		case schemas.Rejected:
			s.Rejected += c.Files
		case schemas.Failed:
			s.Failed += c.Files
		}
	}
	return s, err
}

// A placeView says where a hit or a figure stands, and how to get there.
type placeView struct {
	Unit, Region, Year, Kind string
	Superseded               bool
	UnitLink                 string
	Link                     string // the disclosure, at the place
	PDF                      string // address of the PDF, or "" where who asks has no right to it
	Page                     int
	Box                      string
}

func (r *request) place(a asked, o *indexer.Origin, page int, box *schemas.Box, anchor string) placeView {
	p := placeView{Unit: o.Unit, Region: o.Region, Kind: r.words.name("kind", string(o.DocumentKind)), Superseded: !o.Current, Page: page, Box: boxText(box)}
	if o.FiscalYear != nil {
		p.Year = strconv.Itoa(*o.FiscalYear)
	}
	to := url.Values{}
	if q := a.Get("q"); q != "" {
		to.Set("q", q)
	}
	if page > 0 {
		to.Set("page", strconv.Itoa(page))
	}
	if p.Box != "" {
		to.Set("box", p.Box)
	}
	p.Link = asked{"/disclosures/" + o.DisclosureID, to}.String()
	if anchor != "" {
		p.Link += "#" + anchor
	}
	p.UnitLink = unitLink(o.Unit, o.Region)
	if r.may(access.Admin) {
		p.PDF = "/api/v1/disclosures/" + o.DisclosureID + "/pdf"
	}
	return p
}

// unitLink is the page of a unit, "" where there is no name to find it by.
func unitLink(unit, region string) string {
	if unit == "" {
		return ""
	}
	v := url.Values{"unit": {unit}}
	if region != "" {
		v.Set("region", region)
	}
	return asked{"/unit", v}.String()
}

// A hitView is one passage that was found.
type hitView struct {
	placeView
	ID       string
	What     string   // kind of passage
	Path     []string // headings over it, or the table
	Heading  []indexer.Segment
	Text     []indexer.Segment
	Before   bool
	After    bool
	Code     string
	Amount   *schemas.Fen // the largest of a row
	Topmost  string
	Declared string // the table's state where it has no figures
}

func (r *request) hit(a asked, h *indexer.Hit) hitView {
	v := hitView{
		placeView: r.place(a, &h.Origin, h.Page, h.Box, anchorOf(&h.Passage)), ID: h.ID, What: r.words.name("passage", string(h.Passage.Kind)),
		Heading: indexer.Segments(h.Heading, h.Snippet.Heading), Text: indexer.Segments(h.Snippet.Text, h.Snippet.Marks),
		Before: h.Snippet.Before, Code: strings.Join(h.Code, " "),
	}
	more, after := further(&h.Passage, &h.Snippet)
	if v.After = after; more != "" {
		v.Text = append(v.Text, indexer.Segment{Text: more})
	}
	for i, s := range h.Path {
		text := strings.TrimSpace(s.Number + " " + s.Title)
		if i == len(h.Path)-1 && h.Heading != "" { // the heading says it, with its marks
			v.Topmost = s.Number
			break
		}
		v.Path = append(v.Path, text)
	}
	if h.Passage.Kind == indexer.TablePassage { // its text is its name
		v.Heading, v.Text = v.Text, nil
	} else if h.TableIndex != nil {
		v.Path = append(v.Path, strings.TrimSpace(h.TableNumber+" "+h.TableTitle))
	}
	for i := range h.Amounts {
		if v.Amount == nil || h.Amounts[i] > *v.Amount {
			v.Amount = &h.Amounts[i]
		}
	}
	if h.State == indexer.DeclaredEmptyState || h.State == indexer.BlankState {
		v.Declared = r.words.name("state", string(h.State))
	}
	return v
}

// furtherRunes is how much of a passage is shown behind a snippet: the reason that a sentence gives often stands at its end.
const furtherRunes = 120

// further is the text behind a snippet up to the end of a sentence, as far as that is near, and whether there is more.
func further(p *indexer.Passage, s *indexer.Snippet) (text string, more bool) {
	end := s.Start + len(s.Text)
	if !s.After || p.Kind != indexer.SectionPassage || end > len(p.Text) {
		return "", s.After
	}
	rest := p.Text[end:]
	cut, n := 0, 0
	for i, r := range rest {
		if n++; n > furtherRunes || r == '\n' {
			break
		}
		if r == '。' || r == '；' || r == ';' {
			cut = i + len(string(r))
		}
	}
	return rest[:cut], cut < len(rest)
}

// anchorOf is the place of a passage in the page of its disclosure.
func anchorOf(p *indexer.Passage) string {
	switch {
	case p.TableIndex != nil && p.Row != nil:
		return rowAnchor(*p.TableIndex, *p.Row)
	case p.TableIndex != nil:
		return tableAnchor(*p.TableIndex)
	case p.SectionID != "":
		return sectionAnchor(p.SectionID)
	}
	return ""
}

// The places in the page of a disclosure; tables, rows and columns are counted from 0 here, and from 1 in the address.
func sectionAnchor(id string) string      { return "s-" + id }
func tableAnchor(table int) string        { return fmt.Sprintf("t-%d", table+1) }
func rowAnchor(table, row int) string     { return fmt.Sprintf("t-%d-r-%d", table+1, row+1) }
func cellAnchor(table, row, c int) string { return fmt.Sprintf("t-%d-r-%d-c-%d", table+1, row+1, c+1) }

// An itemView is one figure that was found.
type itemView struct {
	placeView
	Table, Form string
	Code, Name  string
	Header      string
	Printed     string // as printed, with its unit of measure
	Amount      *schemas.Fen
	Change      *schemas.Fen
}

func (r *request) item(a asked, it *indexer.LineItem) itemView {
	return itemView{
		placeView: r.place(a, &it.Origin, it.Page, it.Box, cellAnchor(it.TableIndex, it.Row, it.Column)),
		Table:     strings.TrimSpace(it.TableNumber + " " + it.TableTitle), Form: r.words.name("form", string(it.Form)), Code: it.Code, Name: it.Name,
		Header: it.Header, Printed: strings.TrimSpace(it.AmountText + " " + string(it.UnitOfMeasure)), Amount: it.Amount, Change: it.Change,
	}
}
