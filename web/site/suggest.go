package site

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"yusuan/indexer"
	"yusuan/schemas/codebook"
)

// A suggestion is something to search for, or a page to go to.
type suggestion struct {
	Group string `json:"group"` // heading over it
	Text  string `json:"text"`
	Note  string `json:"note,omitempty"`
	Link  string `json:"link"`
	For   string `json:"for"`   // what it is a value of: unit, region, section or code
	Value string `json:"value"` // what a field for these takes
}

// The bounds of suggestions.
const (
	maxSuggestText  = 100 // characters that are looked at
	maxSuggestGroup = 5
)

// suggest answers with what begins or has the text: units, regions, topics of sections, codes.
func (r *request) suggest() error {
	text := strings.TrimSpace(r.r.URL.Query().Get("q"))
	if runes := []rune(text); len(runes) > maxSuggestText {
		text = string(runes[:maxSuggestText])
	}
	list := []suggestion{}
	if text != "" && !strings.ContainsAny(text, `:："“”()（）=,`) {
		found, err := r.suggestions(text)
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	r.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	r.w.Header().Set("Cache-Control", "private, max-age=60")
	r.w.Header().Add("Vary", "Accept-Language, Cookie")
	return json.NewEncoder(r.w).Encode(list)
}

func (r *request) suggestions(text string) ([]suggestion, error) {
	asks := []struct {
		d      indexer.Dimension
		filter indexer.Filters
	}{
		{indexer.UnitDimension, indexer.Filters{Unit: []string{text}}},
		{indexer.RegionDimension, indexer.Filters{Region: []string{text}}},
		{indexer.SectionDimension, indexer.Filters{Section: []string{text}, Passage: []indexer.PassageKind{indexer.SectionPassage}}},
	}
	found := make([][]suggestion, len(asks))
	all, ctx := errgroup.WithContext(r.ctx())
	for i, ask := range asks {
		all.Go(func() error {
			var err error
			found[i], err = r.valuesLike(ctx, ask.d, ask.filter)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return append(slices.Concat(found...), r.codesLike(text)...), nil
}

// valuesLike are the values of a dimension that a filter leaves, the most frequent first.
func (r *request) valuesLike(ctx context.Context, d indexer.Dimension, f indexer.Filters) ([]suggestion, error) {
	res, err := r.s.Index.Search(ctx, indexer.Query{Filters: f, Facets: true, Limit: 1, Dictionary: r.s.Dictionary})
	if err != nil {
		return nil, err
	}
	var list []suggestion
	for _, b := range buckets(res.Facets, d) {
		if len(list) == maxSuggestGroup {
			break
		}
		one := suggestion{Group: r.t("dimension." + string(d)), Text: b.Value, Note: r.t("suggest.hits", grouped(itoa(b.Count))), For: string(d), Value: b.Value}
		switch d {
		case indexer.UnitDimension:
			one.Link = unitLink(b.Value, "")
		case indexer.RegionDimension:
			one.Link = asked{"/region", url.Values{"region": {b.Value}}}.String()
		default:
			name, to := parameterOf(d, b.Value)
			one.Link = asked{"/", url.Values{name: {to}}}.String()
		}
		list = append(list, one)
	}
	return list, nil
}

// codesLike are the codes of the code book that have the text.
func (r *request) codesLike(text string) []suggestion {
	var list []suggestion
	for _, c := range codebook.Find(text, maxSuggestGroup) {
		list = append(list, suggestion{Group: r.t("dimension.code"), Text: c.Code + " " + c.Name, Link: codeLink(c.Code, ""), For: "code", Value: c.Code})
	}
	return list
}
