package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"yusuan/indexer"
)

// A format is how an answer is written.
type format string

// The formats.
const (
	asJSON     format = "application/json"
	asCSV      format = "text/csv"
	asNDJSON   format = "application/x-ndjson"
	asMarkdown format = "text/markdown" // RFC 7763
	asXLSX     format = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// suffix is that of a file's name.
func (f format) suffix() string {
	switch f {
	case asCSV:
		return ".csv"
	case asNDJSON:
		return ".ndjson"
	case asXLSX:
		return ".xlsx"
	}
	return ".json"
}

// byName makes the format that which the parameter format names, of those that the route gives.
func (rt *route) byName(p *params) error {
	for _, f := range rt.formats {
		if f.suffix() == "."+p.file {
			p.format = f
			return nil
		}
	}
	return badParameter("format", "want %s", strings.Join(rt.formatNames(), ", "))
}

// formatNames are what the parameter format may be.
func (rt *route) formatNames() []string {
	var names []string
	for _, f := range rt.formats {
		names = append(names, f.suffix()[1:])
	}
	return names
}

// params are what somebody asks for.
type params struct {
	query   indexer.Query
	sums    indexer.SumOptions
	format  format
	limit   bool   // a limit was given
	years   []int  // to be compared
	file    string // format of an export
	name    string // of the file without its suffix; "" is the path's
	bom     bool
	entries indexer.EntryFilter // of jobs
	about   map[string]string   // of an upload: file_name and claims, by name
}

// streams reports whether all of it is asked for, page after page.
func (p *params) streams() bool {
	return (p.format == asCSV || p.format == asNDJSON || p.format == asXLSX) && !p.limit
}

// maxParameters bounds how many values a request may have.
const maxParameters = 200

// read reads the parameters that the route knows. Any other is refused: it would be obeyed by nobody.
func (rt *route) read(r *http.Request) (*params, error) {
	p := &params{format: asJSON}
	var err error
	if p.format, err = rt.accepted(r); err != nil {
		return nil, err
	}
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		name, value := v[0], v[1]
		if !slices.ContainsFunc(rt.params, func(known parameter) bool { return known.Name == name }) {
			return nil, badParameter(name, "there is no such parameter here")
		}
		if err := checkText(name, value); err != nil {
			return nil, err
		}
		set := (*params).set
		if rt.set != nil {
			set = rt.set
		}
		if err := set(p, name, value); err != nil {
			return nil, err
		}
	}
	if p.file != "" && len(rt.formats) > 0 {
		return p, rt.byName(p)
	}
	return p, nil
}

// ReadQuery reads the query that parameters of the names of /api/v1/search, /api/v1/items and /api/v1/export ask for; values of other
// names are left alone. An error is for who asks: a *indexer.QueryError, or one that Refusal knows.
func ReadQuery(values url.Values) (indexer.Query, error) {
	var p params
	known := append(append(contentParameters(), columnParameters()...), text("section", ""), text("passage", ""), text("per_disclosure", ""),
		text("limit", ""), text("after", ""), text("sort", ""))
	for _, k := range known {
		for _, value := range values[k.Name] {
			if value == "" {
				continue // a field of a form that was left empty
			}
			if err := checkText(k.Name, value); err != nil {
				return p.query, err
			}
			if err := p.set(k.Name, value); err != nil {
				return p.query, err
			}
		}
	}
	return p.query, nil
}

// Refusal gives the HTTP status of an error that is a fact about the request, and false for any other.
func Refusal(err error) (status int, ok bool) {
	p, ok := errors.AsType[problem](err)
	return p.Status, ok
}

// checkText refuses what is no text.
func checkText(name, value string) error {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return badParameter(name, "the value is no UTF-8 text")
	}
	return nil
}

// tell takes over what is said of an upload.
func (p *params) tell(name, value string) error {
	if p.about == nil {
		p.about = map[string]string{}
	}
	if _, ok := p.about[name]; ok {
		return badParameter(name, "it is given twice")
	}
	if len(value) > maxText || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return badParameter(name, "want UTF-8 text without control characters, up to %d bytes", maxText)
	}
	p.about[name] = value
	return nil
}

// maxText bounds the name of a file and each claim, in bytes.
const maxText = 1000

// set takes over one value.
func (p *params) set(name, value string) error {
	q := &p.query
	switch name {
	case "q":
		q.Text = value
	case "sort":
		q.Sort = indexer.Sort(value)
	case "after":
		q.After = value
	case "limit":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > indexer.MaxLimit {
			return badParameter(name, "want 1 to %d", indexer.MaxLimit)
		}
		q.Limit, p.limit = n, true
	case "years":
		for _, one := range strings.Split(value, ",") {
			year, err := strconv.Atoi(one)
			if err != nil || !indexer.CheckYear(year) {
				return badParameter(name, "want years such as 2023,2024")
			}
			p.years = append(p.years, year)
		}
	case "format":
		p.file = value
	case "bom":
		return flag(name, value, &p.bom)
	case "facets":
		return flag(name, value, &q.Facets)
	case "per_disclosure":
		return flag(name, value, &q.PerDisclosure)
	case "all_versions":
		return flag(name, value, &q.AllVersions)
	case "by":
		for _, d := range strings.Split(value, ",") {
			p.sums.By = append(p.sums.By, indexer.Dimension(d))
		}
	case "order":
		p.sums.Order = indexer.SumOrder(value)
	case "top":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return badParameter(name, "want 1 or more")
		}
		p.sums.Top = n
	case "year_on_year":
		return flag(name, value, &p.sums.YearOnYear)
	case "min", "max":
		fen, ok := indexer.ParseYuan(value)
		if !ok {
			return badParameter(name, "want an amount such as 5000 (yuan) or 1.5万元")
		}
		if name == "min" {
			q.Min = &fen
		} else {
			q.Max = &fen
		}
	default:
		if err := q.Filters.Read(name, value); err != nil {
			return err
		}
	}
	return nil
}

func flag(name, value string, to *bool) error {
	on, err := strconv.ParseBool(value)
	if err != nil {
		return badParameter(name, "want true or false")
	}
	*to = on
	return nil
}

// accepted chooses the format by the Accept header: the first of those that the route has, JSON where nothing is said.
func (rt *route) accepted(r *http.Request) (format, error) {
	header := r.Header.Get("Accept")
	if header == "" || len(rt.formats) == 0 {
		return asJSON, nil
	}
	for part := range strings.SplitSeq(header, ",") {
		media, _, _ := strings.Cut(part, ";")
		switch media = strings.ToLower(strings.TrimSpace(media)); media {
		case "*/*", "application/*", "text/html": // a browser that shows it
			return asJSON, nil
		case "text/*":
			for _, f := range rt.formats {
				if strings.HasPrefix(string(f), "text/") {
					return f, nil
				}
			}
		case "application/ndjson", "application/jsonl":
			media = string(asNDJSON)
		}
		if slices.Contains(rt.formats, format(media)) {
			return format(media), nil
		}
	}
	return "", problem{Status: http.StatusNotAcceptable, Detail: "this is given as JSON, or lists as text/csv and application/x-ndjson, tables as text/csv, disclosures as text/markdown"}
}
