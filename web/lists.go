package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/export"
	"yusuan/indexer/markdown"
	"yusuan/schemas"
)

// exportPage is how many records are read at a time where all are asked for.
const exportPage = 1000

// list answers with one page as JSON, or with the records as p.format: all of them, or as many as the limit says; of a book (XLSX) at most
// as many as a sheet takes. page gives a page with
// the records in it, and the cursor of the next.
func list[P any, T any](w http.ResponseWriter, r *http.Request, p *params, page func(indexer.Query) (P, error), records func(*P) ([]T, string), head []string, row func(T) []string) error {
	if p.format == asJSON {
		res, err := page(p.query)
		if err != nil {
			return err
		}
		return writeJSON(w, r, res)
	}
	q := p.query
	if !p.limit {
		q.Limit = exportPage
	}
	out := newLister(w, r, p, head, row)
	defer out.close()
	for {
		res, err := page(q)
		if err != nil {
			return out.failed(err)
		}
		if !out.begun {
			if err := out.begin(); err != nil || r.Method == http.MethodHead {
				return err
			}
		}
		list, next := records(&res)
		for _, one := range list {
			if err := out.write(one); err != nil {
				return err
			}
		}
		if err := out.flush(); err != nil {
			return err
		}
		if next == "" || p.limit {
			return out.end()
		}
		q.After = next
	}
}

func (a *api) search(w http.ResponseWriter, r *http.Request, p *params) error {
	page := func(q indexer.Query) (hitAnswer, error) {
		res, err := a.Index.Search(r.Context(), q)
		if err != nil {
			return hitAnswer{}, err
		}
		pdfs, err := a.pdfsOf(r.Context(), func(yield func(string) bool) {
			for i := range res.Hits {
				if !yield(res.Hits[i].DisclosureID) {
					return
				}
			}
		})
		hits := make([]foundHit, len(res.Hits))
		for i, h := range res.Hits {
			hits[i] = foundHit{h, pdfs[h.DisclosureID].SHA256}
		}
		return hitAnswer{hits, res.Total, res.Next, res.Facets}, err
	}
	return list(w, r, p, page, func(res *hitAnswer) ([]foundHit, string) { return res.Hits, res.Next }, hitColumns(), hitRow)
}

// A hitAnswer is one page of passages.
type hitAnswer struct {
	Hits   []foundHit      `json:"hits"`
	Total  int             `json:"total"`            // exact; with per_disclosure as indexer.Result says
	Next   string          `json:"next,omitempty"`   // to be given as after; "" on the last
	Facets []indexer.Facet `json:"facets,omitempty"` // how many there are of each unit, year and so on
}

// A foundHit is a passage with the PDF that it is in.
type foundHit struct {
	indexer.Hit
	SHA256 string `json:"sha256,omitempty"` // of the PDF
}

// pdfsOf gives the PDFs of disclosures, by one question for all of them.
func (a *api) pdfsOf(ctx context.Context, ids iter.Seq[string]) (map[string]schemas.Source, error) {
	distinct := slices.Compact(slices.Sorted(ids))
	if len(distinct) == 0 {
		return nil, nil
	}
	return a.Archive.Sources(ctx, distinct)
}

func hitColumns() []string {
	return append(originColumns(), "sha256", "passage", "section", "table", "form", "row", "code", "heading", "text", "page", "box")
}

func hitRow(h foundHit) []string {
	var path []string
	for _, s := range h.Path {
		path = append(path, strings.TrimSpace(s.Number+" "+s.Title))
	}
	row := ""
	if h.Row != nil {
		row = strconv.Itoa(*h.Row + 1)
	}
	return append(originRow(&h.Origin), h.SHA256, string(h.Kind), strings.Join(path, " › "), strings.TrimSpace(h.TableNumber+" "+h.TableTitle), string(h.Form), row,
		strings.Join(h.Code, " "), h.Heading, h.Text, pageText(h.Page), export.BoxText(h.Box))
}

func (a *api) items(w http.ResponseWriter, r *http.Request, p *params) error {
	page := func(q indexer.Query) (itemAnswer, error) {
		res, err := a.Index.Items(r.Context(), q)
		if err != nil {
			return itemAnswer{}, err
		}
		pdfs, err := a.pdfsOf(r.Context(), func(yield func(string) bool) {
			for i := range res.Items {
				if !yield(res.Items[i].DisclosureID) {
					return
				}
			}
		})
		items := make([]foundItem, len(res.Items))
		for i, it := range res.Items {
			pdf := pdfs[it.DisclosureID]
			items[i] = foundItem{it, pdf.SHA256, pdf}
		}
		return itemAnswer{items, res.Total, res.Next, res.Facets}, err
	}
	return list(w, r, p, page, func(res *itemAnswer) ([]foundItem, string) { return res.Items, res.Next }, export.Columns(),
		func(it foundItem) []string { return export.Row(&it.LineItem, it.pdf) })
}

// An itemAnswer is one page of line items.
type itemAnswer struct {
	Items  []foundItem     `json:"items"`
	Total  int             `json:"total"`            // exact
	Next   string          `json:"next,omitempty"`   // to be given as after; "" on the last
	Facets []indexer.Facet `json:"facets,omitempty"` // how many there are of each unit, year and so on
}

// A foundItem is a line item with the PDF that it is in.
type foundItem struct {
	indexer.LineItem
	SHA256 string `json:"sha256,omitempty"` // of the PDF
	pdf    schemas.Source
}

func originColumns() []string {
	return []string{"disclosure_id", "region", "unit", "fiscal_year", "document_kind", "scope", "current"}
}

func originRow(o *indexer.Origin) []string {
	year := ""
	if o.FiscalYear != nil {
		year = strconv.Itoa(*o.FiscalYear)
	}
	return []string{o.DisclosureID, o.Region, o.Unit, year, string(o.DocumentKind), string(o.Scope), strconv.FormatBool(o.Current)}
}

func pageText(page int) string {
	if page == 0 {
		return ""
	}
	return strconv.Itoa(page)
}

func (a *api) sums(w http.ResponseWriter, r *http.Request, p *params) error {
	res, err := indexer.Sums(r.Context(), a.Index, p.query, p.sums)
	if err != nil {
		return err
	}
	if p.format == asJSON {
		return writeJSON(w, r, res)
	}
	head := []string{}
	for _, d := range res.By {
		head = append(head, "by_"+string(d))
	}
	head = append(head, "document_kind", "scope", "form", "classification", "code_level", "line", "measure", "period", "sum_yuan", "items", "average_yuan",
		"previous_yuan", "previous_items", "change_yuan", "change_percent")
	return writeAll(w, r, p, res.Groups, head, func(f indexer.ComparedSum) []string {
		percent := ""
		if f.Percent != nil {
			percent = strconv.FormatFloat(*f.Percent, 'f', 1, 64)
		}
		return append(append([]string{}, f.Keys...), string(f.DocumentKind), string(f.Scope), string(f.Form), string(f.Classification), string(f.Level), f.Line,
			string(f.Measure), string(f.Period), f.Sum.String(), strconv.Itoa(f.Count), f.Average.String(), yuan(f.Previous), strconv.Itoa(f.PreviousCount), yuan(f.Change), percent)
	})
}

// yuan is an amount, "" for none.
func yuan(f *schemas.Fen) string {
	if f == nil {
		return ""
	}
	return f.String()
}

// writeAll writes records that are all there, as CSV or NDJSON.
func writeAll[T any](w http.ResponseWriter, r *http.Request, p *params, all []T, head []string, row func(T) []string) error {
	out := newLister(w, r, p, head, row)
	defer out.close()
	if err := out.begin(); err != nil || r.Method == http.MethodHead {
		return err
	}
	for _, one := range all {
		if err := out.write(one); err != nil {
			return err
		}
	}
	return out.end()
}

// A disclosureAnswer is one page of disclosures.
type disclosureAnswer struct {
	Disclosures []indexer.DisclosureRecord `json:"disclosures"`
	Next        string                     `json:"next,omitempty"`
}

func disclosureColumns() []string {
	return append(originColumns(), "title", "published_on", "sha256", "file_name", "uri", "pages", "bytes", "tables", "items", "warnings")
}

func disclosureRow(d indexer.DisclosureRecord) []string {
	published := ""
	if d.PublishedOn != nil {
		published = *d.PublishedOn
	}
	return append(originRow(&d.Origin), d.Title, published, d.SHA256, d.FileName, d.URI, strconv.Itoa(d.Pages), strconv.FormatInt(d.Bytes, 10),
		strconv.Itoa(d.Counts.Tables), strconv.Itoa(d.Counts.Items), strconv.Itoa(len(d.Warnings)))
}

// disclosures lists disclosures in the order of their IDs; the cursor is the last one's.
func (a *api) disclosures(w http.ResponseWriter, r *http.Request, p *params) error {
	if p.format != asJSON {
		out := newLister(w, r, p, disclosureColumns(), disclosureRow)
		defer out.close()
		n := 0
		err := a.eachDisclosure(r, p, func(d indexer.DisclosureRecord) error {
			if n++; n == 1 {
				if err := out.begin(); err != nil {
					return err
				}
			}
			return out.write(d)
		})
		if err != nil {
			return out.failed(err)
		}
		if !out.begun {
			if err := out.begin(); err != nil {
				return err
			}
		}
		return out.end()
	}
	limit := p.query.Limit
	if limit == 0 {
		limit = indexer.DefaultLimit
	}
	p.query.Limit = limit + 1
	res := disclosureAnswer{Disclosures: []indexer.DisclosureRecord{}}
	err := a.eachDisclosure(r, p, func(d indexer.DisclosureRecord) error {
		res.Disclosures = append(res.Disclosures, d)
		return nil
	})
	if err != nil {
		return err
	}
	if len(res.Disclosures) > limit {
		res.Disclosures = res.Disclosures[:limit]
		res.Next = res.Disclosures[limit-1].ID
	}
	return writeJSON(w, r, res)
}

// errEnough ends a list.
var errEnough = errors.New("enough")

// eachDisclosure calls fn with those behind the cursor, as many as the limit says.
func (a *api) eachDisclosure(r *http.Request, p *params, fn func(indexer.DisclosureRecord) error) error {
	n := 0
	err := a.Archive.Disclosures(r.Context(), p.query.Filters, p.query.AllVersions, func(d indexer.DisclosureRecord) error {
		if d.ID <= p.query.After {
			return nil
		}
		if n++; p.query.Limit > 0 && n > p.query.Limit {
			return errEnough
		}
		return fn(d)
	})
	if err == errEnough {
		return nil
	}
	return err
}

// A tableAnswer is one table of a disclosure.
type tableAnswer struct {
	DisclosureID string        `json:"disclosure_id"`
	Index        int           `json:"table_index"` // from 0
	Table        schemas.Table `json:"table"`
}

// disclosure gives a disclosure as JSON or Markdown. A suffix .md or .json of the ID says so as well as the Accept header.
func (a *api) disclosure(w http.ResponseWriter, r *http.Request, p *params) error {
	id := r.PathValue("id")
	if rest, ok := strings.CutSuffix(id, ".md"); ok {
		id, p.format = rest, asMarkdown
	} else if rest, ok := strings.CutSuffix(id, ".json"); ok {
		id, p.format = rest, asJSON
	}
	d, err := a.Archive.Disclosure(r.Context(), id)
	if err != nil {
		return err
	}
	if p.format != asMarkdown {
		return writeJSON(w, r, d)
	}
	var buf bytes.Buffer
	if err := markdown.Write(&buf, d); err != nil {
		return err
	}
	return writeTagged(w, r, string(asMarkdown)+"; charset=utf-8", buf.Bytes())
}

// table gives a table as JSON, or its body as CSV. A suffix .csv or .json of the number says so as well as the Accept header.
func (a *api) table(w http.ResponseWriter, r *http.Request, p *params) error {
	name := r.PathValue("n")
	if rest, ok := strings.CutSuffix(name, ".csv"); ok {
		name, p.format = rest, asCSV
	} else if rest, ok := strings.CutSuffix(name, ".json"); ok {
		name, p.format = rest, asJSON
	}
	d, err := a.Archive.Disclosure(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 || n > len(d.Tables) {
		return problem{Status: http.StatusNotFound, Detail: fmt.Sprintf("the disclosure has tables 1 to %d", len(d.Tables))}
	}
	t := d.Tables[n-1]
	p.name = fmt.Sprintf("%s-table-%d", d.ID(), n)
	if p.format != asCSV {
		return writeJSON(w, r, tableAnswer{d.ID(), n - 1, t})
	}
	rows := t.Grid
	var head []string
	if len(t.Columns) > 0 {
		rows = nil
		for _, c := range t.Columns {
			head = append(head, strings.Join(c.Path, " > "))
		}
		for _, row := range t.Rows {
			rows = append(rows, append([]string{}, row.Cells...))
		}
	} else if len(rows) > 0 {
		head, rows = rows[0], rows[1:]
	}
	return writeAll(w, r, p, rows, head, func(row []string) []string { return row })
}

func (a *api) pdf(w http.ResponseWriter, r *http.Request, _ *params) error {
	d, err := a.Archive.Disclosure(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if a.PDFs == nil {
		return problem{Status: http.StatusNotFound, Detail: "PDFs are not served here"}
	}
	data, err := a.PDFs.Get(r.Context(), d.Source.SHA256, a.MaxPDF)
	if err != nil {
		return err
	}
	a.lg.Info("original PDF given", by(r), zap.String("sha256", d.Source.SHA256))
	w.Header().Set("Content-Disposition", contentDisposition(d.Source.FileName))
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'self'")
	return writeTagged(w, r, "application/pdf", data)
}

// contentDisposition names the file for who saves it (RFC 6266, RFC 8187).
func contentDisposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/;%`, r) {
			return '_'
		}
		return r
	}, name)
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return fmt.Sprintf(`inline; filename="%s"; filename*=UTF-8''%s`, plain, b.String())
}
