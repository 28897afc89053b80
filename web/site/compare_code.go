package site

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/schemas/codebook"
	"yusuan/web/comparison"
)

// The bounds of the comparison of a code.
const (
	maxShares    = 200 // rows
	maxExplained = 10  // rows whose reason is looked for
)

// A sharesView is what regions or units have of a code.
type sharesView struct {
	Code, Name, Link string
	Year             string
	ByUnit           bool
	Rows             []shareRow
	Rest             int // rows that are not shown
	Explained        int // the rows with the largest changes, whose reasons were looked for
}

// Title is that of the chart.
func (v *sharesView) Title() string {
	return strings.Join(strings.Fields(v.Code+" "+v.Name+" "+v.Year), " ")
}

// A shareRow is what a region or a unit has of the code.
type shareRow struct {
	Name, Link, Kind, Scope, Form string
	Count                         int
	Now, Before                   amountCell
	Reason                        *reasonView
}

// Label is what a bar of the row is called, on two lines: a unit may have a bar of each kind and scope.
func (r *shareRow) Label() string { return r.Name + "\n" + r.Kind + " · " + r.Scope }

// compareCode compares what regions or units have of a code.
func (r *request) compareCode(v *compareView) error {
	from, to, err := r.codeYears(v)
	switch {
	case err != nil:
		return err
	case !slices.Contains([]int{3, 5, 7}, len(v.Code)) || strings.Trim(v.Code, "0123456789") != "":
		v.wrong(r.t("code.missing", v.Code))
		return nil
	case !indexer.CheckYear(to):
		v.wrong(r.t("compare.year-wrong"))
		return nil
	}
	var f indexer.Filters
	if v.Region != "" {
		f.Region = []string{v.Region}
	}
	if v.Kind != "" {
		f.Kind = []schemas.DocumentKind{schemas.DocumentKind(v.Kind)}
	}
	by := indexer.Dimension(v.By)
	found, err := comparison.Shares(r.ctx(), r.compareSource(), f, v.Code, from, to, by)
	if err != nil {
		return err
	}
	shares := slices.DeleteFunc(found, func(s comparison.Share) bool { return s.Code != v.Code })
	if len(shares) > 0 {
		to = slices.MaxFunc(shares, func(a, b comparison.Share) int { return a.Year - b.Year }).Year
		shares = slices.DeleteFunc(shares, func(s comparison.Share) bool { return s.Year != to })
	}
	v.Year = strconv.Itoa(to)
	slices.SortStableFunc(shares, func(a, b comparison.Share) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Scope, b.Scope), cmp.Compare(b.Sum, a.Sum))
	})
	s := &sharesView{Code: v.Code, Name: codebook.Name(v.Code), Link: codeLink(v.Code, ""), Year: v.Year, ByUnit: by == indexer.UnitDimension, Rest: max(0, len(shares)-maxShares)}
	shares = shares[:min(len(shares), maxShares)]
	if s.ByUnit {
		if s.Explained, err = r.explain(f, shares); err != nil {
			return err
		}
	}
	for i := range shares {
		s.Rows = append(s.Rows, r.shareRow(v, &shares[i]))
	}
	v.Shares = s
	return nil
}

// recentYears is how many years back the newest is looked for that has a code.
const recentYears = 5

// codeYears are the year that is asked for, or where none is the last ones that the index has anything of, in the region if one is given.
func (r *request) codeYears(v *compareView) (from, to int, err error) {
	if v.Year != "" {
		year, err := strconv.Atoi(v.Year)
		if err != nil {
			year = 0 // no year
		}
		return year, year, nil
	}
	all, _, err := r.publications()
	_, name := indexer.Exact(v.Region)
	for i := range all {
		if p := &all[i]; strings.Contains(strings.Join([]string{p.Region, p.Province, p.City, p.County}, " "), name) {
			to = max(to, p.Year)
		}
	}
	return to - recentYears + 1, to, err
}

// explain looks for the reasons of the largest changes, each of which takes two questions, and says of how many where that is not all.
func (r *request) explain(f indexer.Filters, shares []comparison.Share) (int, error) {
	order := make([]int, 0, len(shares))
	for i := range shares {
		if d := shares[i].Difference; d != nil && *d != 0 {
			order = append(order, i)
		}
	}
	size := func(i int) schemas.Fen { return max(*shares[i].Difference, -*shares[i].Difference) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size(b), size(a)) })
	changed := len(order)
	order = order[:min(len(order), maxExplained)]
	some := make([]comparison.Share, len(order))
	for i, at := range order {
		some[i] = shares[at]
	}
	err := comparison.Explain(r.ctx(), r.compareSource(), f, some)
	for i, at := range order {
		shares[at] = some[i]
	}
	if changed == len(order) {
		return 0, err
	}
	return len(order), err
}

func (r *request) shareRow(v *compareView, s *comparison.Share) shareRow {
	at := unitKey{s.Region, s.Unit}.within(map[string][]string{"code": {s.Code}, "year": {strconv.Itoa(s.Year)}, "kind": {string(s.Kind)}, "scope": {string(s.Scope)}, "table": {string(s.Form)},
		"measure": {string(indexer.TotalMeasure)}, "period": {string(indexer.YearPeriod)}})
	row := shareRow{Name: orDash(s.Name()), Link: regionLink(s.Region), Kind: r.words.name("kind", string(s.Kind)), Scope: r.words.name("scope", string(s.Scope)), Form: r.words.name("form", string(s.Form)), Count: s.Count}
	if s.Unit != "" {
		row.Link = unitLink(s.Unit, s.Region)
	}
	row.Now, row.Before = r.amount(v.Money, &s.Sum, asked{"/figures", at}.String()), r.amount(v.Money, s.Before, "")
	row.Now.against(&row.Before, v.Money)
	row.Reason = r.reason(s.DisclosureID, s.Reason)
	return row
}
