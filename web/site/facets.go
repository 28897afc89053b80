package site

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"yusuan/indexer"
)

// A facetView is one list of values to narrow down by.
type facetView struct {
	Name   string
	Open   bool
	Values []valueView
	More   bool // there are more than are listed
}

// A valueView is one value, with the link that chooses it or, where it is chosen, takes it back.
type valueView struct {
	Name, Link string
	Count      int
	On         bool
}

// A chip is one filter that is on, with the link that takes it off.
type chip struct{ Group, Name, Link string }

// facetOrder is how the facets stand on the page. Those that say little are behind.
func facetOrder() []indexer.Dimension {
	return []indexer.Dimension{indexer.YearDimension, indexer.KindDimension, indexer.ProvinceDimension, indexer.CityDimension, indexer.CountyDimension, indexer.UnitDimension,
		indexer.UnitTypeDimension, indexer.FormDimension, indexer.SectionDimension, indexer.FunctionalDimension, indexer.EconomicDimension, indexer.BandDimension,
		indexer.PassageDimension, indexer.StateDimension, indexer.ScopeDimension, indexer.TextSourceDimension}
}

// openFacets are shown open from the start.
func openFacets() []indexer.Dimension {
	return []indexer.Dimension{indexer.YearDimension, indexer.KindDimension, indexer.CountyDimension, indexer.UnitDimension, indexer.FormDimension}
}

// shownValues is how many values a facet shows at first.
const shownValues = 8

// parameterOf is the parameter that narrows down by a dimension, and its value for a value of the facet.
func parameterOf(d indexer.Dimension, value string) (name, to string) {
	switch d {
	case indexer.RegionDimension, indexer.ProvinceDimension, indexer.CityDimension, indexer.CountyDimension:
		return "region", "=" + value
	case indexer.UnitDimension:
		return "unit", "=" + value
	case indexer.FormDimension:
		return "table", value
	case indexer.SectionDimension:
		return "section", "=" + value
	case indexer.FunctionalDimension, indexer.EconomicDimension:
		return "code", value
	case indexer.BandDimension:
		return "amount", value
	}
	return string(d), value
}

// single reports dimensions of which one value is chosen at a time.
func single(d indexer.Dimension) bool {
	return slices.Contains([]indexer.Dimension{indexer.YearDimension, indexer.FunctionalDimension, indexer.EconomicDimension, indexer.BandDimension}, d)
}

// withBand takes over the parameter amount, a range of amounts as facets have it, as min and max.
func withBand(q *indexer.Query, band string) error {
	if band == "" {
		return nil
	}
	least, most, ok := indexer.Band(band).Bounds()
	if !ok {
		return &indexer.QueryError{Message: fmt.Sprintf("amount: there is no range %q", band)}
	}
	if least != nil && (q.Min == nil || *least > *q.Min) {
		q.Min = least
	}
	if most != nil && (q.Max == nil || *most < *q.Max) {
		q.Max = most
	}
	return nil
}

// A counter counts what a query finds.
type counter func(context.Context, indexer.Query) ([]indexer.Facet, error)

// widened gives, for each parameter that is on and of which several values can be chosen, the facets without it: else the others of its
// values would be gone.
func (r *request) widened(a asked, count counter) (map[string][]indexer.Facet, error) {
	var names []string
	for _, d := range facetOrder() {
		name, _ := parameterOf(d, "")
		if len(a.values[name]) > 0 && !slices.Contains(names, name) && !slices.Contains([]string{"code", "amount"}, name) {
			names = append(names, name)
		}
	}
	found := make([][]indexer.Facet, len(names))
	all, ctx := errgroup.WithContext(r.ctx())
	all.SetLimit(4)
	for i, name := range names {
		q, err := r.readQuery(a.with(name))
		if err != nil {
			return nil, err
		}
		q.Facets, q.Limit, q.After = true, 1, ""
		all.Go(func() error {
			var err error
			found[i], err = count(ctx, q)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	out := map[string][]indexer.Facet{}
	for i, name := range names {
		out[name] = found[i]
	}
	return out, nil
}

// facets are the lists to narrow down by.
func (r *request) facets(a asked, counted []indexer.Facet, count counter) ([]facetView, error) {
	wide, err := r.widened(a, count)
	if err != nil {
		return nil, err
	}
	var list []facetView
	for _, d := range facetOrder() {
		name, _ := parameterOf(d, "")
		facet := buckets(counted, d)
		if w, ok := wide[name]; ok {
			facet = buckets(w, d)
		}
		v := r.facet(a, d, facet)
		few := slices.Contains([]indexer.Dimension{indexer.ProvinceDimension, indexer.CityDimension, indexer.ScopeDimension, indexer.TextSourceDimension}, d)
		chosen := slices.ContainsFunc(v.Values, func(v valueView) bool { return v.On })
		if len(v.Values) == 0 || few && len(v.Values) == 1 && !chosen {
			continue
		}
		v.Open = chosen || slices.Contains(openFacets(), d)
		list = append(list, v)
	}
	return list, nil
}

func buckets(facets []indexer.Facet, d indexer.Dimension) []indexer.Bucket {
	for _, f := range facets {
		if f.Dimension == d {
			return f.Buckets
		}
	}
	return nil
}

func (r *request) facet(a asked, d indexer.Dimension, list []indexer.Bucket) facetView {
	v := facetView{Name: r.t("dimension." + string(d)), More: len(list) >= indexer.MaxFacet}
	var on []string // values of the parameter that this facet has
	name, _ := parameterOf(d, "")
	for _, b := range list {
		if _, to := parameterOf(d, b.Value); slices.Contains(a.values[name], to) {
			on = append(on, to)
		}
	}
	for _, b := range list {
		_, to := parameterOf(d, b.Value)
		one := valueView{Name: r.valueName(d, b.Value), Count: b.Count, On: slices.Contains(on, to)}
		switch {
		case one.On:
			one.Link = a.link(name, slices.DeleteFunc(slices.Clone(on), func(v string) bool { return v == to })...)
		case single(d):
			one.Link = a.link(name, to)
		default:
			one.Link = a.link(name, append(slices.Clone(on), to)...)
		}
		v.Values = append(v.Values, one)
	}
	switch d {
	case indexer.YearDimension:
		slices.SortFunc(v.Values, func(x, y valueView) int { return strings.Compare(y.Name, x.Name) })
	case indexer.BandDimension:
		order := func(v valueView) int {
			return slices.IndexFunc(indexer.Bands(), func(b indexer.Band) bool { return r.valueName(d, string(b)) == v.Name })
		}
		slices.SortFunc(v.Values, func(x, y valueView) int { return order(x) - order(y) })
	}
	return v
}

// valueName is what a value of a dimension is called.
func (r *request) valueName(d indexer.Dimension, value string) string {
	switch d {
	case indexer.FunctionalDimension, indexer.EconomicDimension, indexer.CodeDimension:
		return codeName(value)
	case indexer.BandDimension:
		return r.words.name("amount", value)
	case indexer.KindDimension, indexer.ScopeDimension, indexer.UnitTypeDimension, indexer.TextSourceDimension, indexer.FormDimension, indexer.StateDimension, indexer.PassageDimension:
		return r.words.name(string(d), value)
	}
	return value
}

// chips are the filters that are on.
func (r *request) chips(a asked) []chip {
	dimensions := map[string]indexer.Dimension{"code": indexer.CodeDimension, "amount": indexer.BandDimension}
	for _, d := range facetOrder() {
		if name, _ := parameterOf(d, ""); dimensions[name] == "" {
			dimensions[name] = d
		}
	}
	var list []chip
	for _, h := range a.Hidden("q", "sort", "limit") {
		d := dimensions[h.Name]
		group := h.Name
		if d != "" {
			group = string(d)
		}
		if h.Name == "region" {
			group = "region"
		}
		rest := slices.DeleteFunc(slices.Clone(a.values[h.Name]), func(v string) bool { return v == h.Value })
		list = append(list, chip{r.words.name("dimension", group), r.valueName(d, strings.TrimPrefix(h.Value, "=")), a.link(h.Name, rest...)})
	}
	return list
}
