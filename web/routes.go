package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/indexer/export"
	"yusuan/schemas"
	"yusuan/web/access"
)

// A route is one method of one path, with what may be asked of it.
type route struct {
	method        string      // "" is GET
	need          access.Role // Nobody is Read
	path, summary string
	params        []parameter
	set           func(p *params, name, value string) error // takes over a parameter; nil is params.set
	uploads       bool                                      // its body has files
	accepts       bool                                      // what it answers is under way only: 202
	formats       []format                                  // beside JSON; nil where there is one answer
	content       []string                                  // media types of an answer that is no list; nil is JSON
	result        any                                       // what the JSON is, for the description
	long          bool                                      // it may take any time
	answer        func(http.ResponseWriter, *http.Request, *params) error
}

// A parameter is one of a request's.
type parameter struct {
	Name, Description string
	Schema            map[string]any
}

func text(name, description string) parameter {
	return parameter{Name: name, Description: description, Schema: map[string]any{"type": "string"}}
}

func choice[T ~string](name, description string, values ...T) parameter {
	return parameter{Name: name, Description: description, Schema: map[string]any{"type": "string", "enum": values}}
}

// originParameters choose disclosures.
func originParameters() []parameter {
	return []parameter{
		text("region", "Part of the name of a region or of a division around it; =NAME is the whole. Several by commas, or given several times: alternatives, as in all filters."),
		text("unit", "Part of a unit's name; =NAME is the whole."),
		text("year", "Fiscal year: 2024, 2022-2024, 2022-, -2024."),
		text("kind", "budget (预算), final_accounts (决算) or unknown."),
		text("scope", "unit (单位), department (部门) or unknown."),
		text("unit_type", "government (政府), party (党委), school (学校), medical (医疗卫生), institution (事业单位), township (乡镇街道) and others."),
		text("text_source", "Where the PDF's text came from: text, ocr or mixed."),
		text("disclosure", "A disclosure's whole ID, 32 hex digits; a superseded one is found with all_versions only."),
		{Name: "all_versions", Description: "Superseded versions as well.", Schema: map[string]any{"type": "boolean"}},
	}
}

// contentParameters choose what is in disclosures.
func contentParameters() []parameter {
	return append(originParameters(),
		text("q", "What to find: words, \"phrases\", AND, OR, NOT, -, brackets, and filters such as unit:图书馆."),
		text("table", "A form such as three_public_expenses, or words of a table's number or title."),
		text("code", "Classification code, or how it begins."),
		text("min", "Least amount: 5000 (yuan), 1.5万元."), text("max", "Largest amount."),
		text("state", "figure, zero, unparsed, declared-empty or blank."))
}

func columnParameters() []parameter {
	return []parameter{
		text("header", "Words over the amount's column."), text("measure", "What the column holds: total, basic, reception …"),
		text("period", "year, planned, adjusted, previous or change."),
	}
}

func pageParameters(sorts ...indexer.Sort) []parameter {
	list := []parameter{
		{Name: "limit", Description: "How many; of CSV and NDJSON all, unless it is given.", Schema: map[string]any{"type": "integer", "minimum": 1, "maximum": indexer.MaxLimit}},
		text("after", "The next of the page before."),
	}
	if len(sorts) > 0 {
		list = append(list, choice("sort", "The order.", sorts...), parameter{Name: "facets", Description: "Count the hits by region, unit, year and so on.", Schema: map[string]any{"type": "boolean"}})
	}
	return list
}

// dimensionNames are what sums are made by.
func dimensionNames() string {
	var names []string
	for _, d := range indexer.SumDimensions() {
		names = append(names, string(d))
	}
	return strings.Join(names, ", ")
}

// routes are all of them.
func (a *api) routes() []route {
	lists, books := []format{asJSON, asCSV, asNDJSON}, []format{asJSON, asCSV, asNDJSON, asXLSX}
	orders := []indexer.Sort{indexer.ByYear, indexer.ByUnit, indexer.ByRegion, indexer.ByAmount, indexer.ByDocument}
	of := func(parts ...[]parameter) []parameter {
		var all []parameter
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	list := append(a.jobRoutes(), []route{
		{path: "/api/v1/search", summary: "Finds passages of the narrative, rows and titles of tables.", formats: books, result: hitAnswer{}, answer: a.search,
			params: of(contentParameters(), []parameter{text("section", "Words of a heading over the passage, a section's number such as 3.5, or = and a topic as in the facets."),
				text("passage", "title, section, table, row, note, grid, indicator, project or term; without it all but the last two."),
				{Name: "per_disclosure", Description: "Only the best hit of each disclosure; by relevance, amount or document.", Schema: map[string]any{"type": "boolean"}}}, pageParameters(append(orders, indexer.ByRelevance)...))},
		{path: "/api/v1/items", summary: "Finds amounts in tables.", formats: lists, result: itemAnswer{}, answer: a.items,
			params: of(contentParameters(), columnParameters(), pageParameters(append(orders, indexer.ByChange)...))},
		{path: "/api/v1/items/sums", summary: "Adds amounts up; what is of several kinds is never added.", formats: lists, result: indexer.SumResult{}, answer: a.sums,
			params: of(contentParameters(), columnParameters(), []parameter{
				text("by", "Dimensions by commas: "+dimensionNames()+"."),
				{Name: "year_on_year", Description: "Beside each sum that of the year before; by must have the year.", Schema: map[string]any{"type": "boolean"}},
				choice("order", "Of the sums.", indexer.SumsByKeys, indexer.SumsBySum, indexer.SumsByAverage, indexer.SumsByChange),
				{Name: "top", Description: "Only the first so many.", Schema: map[string]any{"type": "integer", "minimum": 1}}})},
		{path: "/api/v1/disclosures", summary: "Lists disclosures in the order of their IDs.", formats: books, result: disclosureAnswer{}, answer: a.disclosures,
			params: of(originParameters(), pageParameters())},
		{path: "/api/v1/disclosures/{id}", summary: "One disclosure, whole, as read; as Markdown by Accept: text/markdown or with .md behind its ID.", formats: []format{asJSON, asMarkdown}, result: schemas.Disclosure{}, answer: a.disclosure},
		{path: "/api/v1/disclosures/{id}/pdf", need: access.Admin, summary: "The PDF as it was published: nothing in it is masked.", content: []string{"application/pdf"}, answer: a.pdf},
		{path: "/api/v1/disclosures/{id}/tables/{n}", summary: "One table; its number from 1, with .csv or .json behind it if need be.", formats: []format{asJSON, asCSV}, result: tableAnswer{}, answer: a.table},
		{path: "/api/v1/export", summary: "Amounts as a file: csv, parquet, xlsx, or datapackage (a ZIP archive); or md, the disclosures as Markdown (a ZIP archive).", content: exportMedia(), long: true, answer: a.export,
			params: of(contentParameters(), columnParameters(), []parameter{
				choice("format", "The kind of file.", export.CSV, export.Parquet, export.XLSX, export.DataPackage, export.Markdown),
				{Name: "bom", Description: "CSV begins with a byte order mark.", Schema: map[string]any{"type": "boolean"}}})},
		{path: "/api/v1/compare", summary: "A unit's years (unit, years), or a code over regions or units (code, year, by), with the narrative's reasons.", result: compareAnswer{}, answer: a.compare,
			params: []parameter{text("unit", "Part of a unit's name; =NAME is the whole."), text("region", "Part of a region's name; =NAME is the whole."),
				text("kind", "budget (预算), final_accounts (决算) or unknown."), text("table", "Forms, or words of a table's title."), text("years", "2022,2023,2024: each is compared with the one before."),
				text("code", "Classification code, or how it begins."), text("year", "2024 or 2023-2024."), choice("by", "What a code is added up by.", indexer.RegionDimension, indexer.UnitDimension)}},
		{path: "/api/v1/coverage", summary: "Which units have published which years and kinds.", result: checker.Coverage{}, answer: a.coverage, params: originParameters()[:7]},
	}...)
	for i := range list {
		if r := &list[i]; r.result != nil && slices.Contains(r.formats, asCSV) {
			r.params = append(r.params, choice("format", "Instead of the Accept header, for a file to be saved.", r.formatNames()...))
		}
	}
	list = append(list, route{path: "/api/v1/openapi.json", summary: "This description.", answer: func(w http.ResponseWriter, r *http.Request, _ *params) error {
		return writeJSON(w, r, a.describe(list))
	}})
	for i := range list {
		list[i].method, list[i].need = cmp.Or(list[i].method, http.MethodGet), cmp.Or(list[i].need, access.Read)
	}
	return list
}

// parseQuery splits a query string into names and values, in order.
func parseQuery(raw string) ([][2]string, error) {
	var out [][2]string
	if raw == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err := url.QueryUnescape(name)
		v, verr := url.QueryUnescape(value)
		if err != nil || verr != nil {
			return nil, problem{Status: http.StatusBadRequest, Detail: "the query string is not well encoded"}
		}
		if out = append(out, [2]string{n, v}); len(out) > maxParameters {
			return nil, problem{Status: http.StatusBadRequest, Detail: "too many parameters"}
		}
	}
	return out, nil
}
