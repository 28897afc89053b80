package site

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/schemas/codebook"
)

// topHolders is how many regions and units the page of a code lists.
const topHolders = 20

// A codeView is the page of a code.
type codeView struct {
	Asked   asked
	Code    string
	Name    string
	Book    string // the name of the code book where it is another than the one that is printed
	Path    []codeNode
	Region  string
	Money   moneyView
	Years   []valueView
	Kinds   []valueView
	Scopes  []valueView
	Forms   []valueView
	Year    int
	Chosen  codeChoice
	None    bool // the index has no figures of it
	Series  []seriesRow
	Columns []seriesColumn
	Below   []codeBelow
	Regions holdersView
	Units   holdersView
	Compare string
	Figures string

	names map[string]string // that disclosures print, by code
}

// A codeChoice is what the sums of the page are of.
type codeChoice struct {
	sortKey
	Form schemas.Form
}

// A codeBelow is a code one level below, with its sum.
type codeBelow struct {
	codeNode
	Amount amountCell
	Share  string
}

// A holdersView lists who has most of a code.
type holdersView struct {
	ID    string
	Rows  []holderRow
	Rest  int // that are not listed
	Other amountCell
}

// A holderRow is a region or a unit.
type holderRow struct {
	Name, Link string
	Count      int
	Amount     amountCell
	Share      string
}

// code shows what a code is called, where it stands, and its sums.
func (r *request) code() error {
	a := r.asked()
	v := codeView{Asked: a, Code: a.Get("code"), Region: a.Get("region"), Money: r.money(a)}
	if len(indexer.CodePath(v.Code)) == 0 || v.Code != indexer.CodePath(v.Code)[len(indexer.CodePath(v.Code))-1] || strings.Trim(v.Code, "0123456789") != "" {
		return r.missing("code.missing", v.Code)
	}
	for _, c := range indexer.CodePath(v.Code) {
		v.Path = append(v.Path, r.codeNode(c, strings.TrimPrefix(v.Region, "="), nil))
	}
	f := indexer.Filters{Code: []string{v.Code}}
	if v.Region != "" {
		f.Region = []string{v.Region}
	}
	var groups []indexer.Group
	all, ctx := errgroup.WithContext(r.ctx())
	all.Go(func() (err error) {
		g := f
		if g.Form = codeForms(); indexer.IsForm(v.Asked.Get("table")) {
			g.Form = append(g.Form, v.Asked.Get("table"))
		}
		groups, err = r.s.Index.Sum(ctx, indexer.Query{Filters: g}, []indexer.Dimension{indexer.CodeDimension, indexer.YearDimension})
		return err
	})
	all.Go(func() (err error) {
		v.names, err = r.printedNames(ctx, v.Code)
		return err
	})
	if err := all.Wait(); err != nil {
		return err
	}
	book := codebook.Name(v.Code)
	if v.Name = cmp.Or(v.names[v.Code], book, v.Code); v.Name != book {
		v.Book = book
	}
	if book == "" && len(groups) == 0 {
		return r.missing("code.missing", v.Code)
	}
	if v.None = !r.chooseSums(&v, groups); v.None {
		return r.show("code", "codes", v.Code+" "+v.Name, v)
	}
	r.codeSeries(&v, groups)
	r.codesBelow(&v, groups)
	if err := cmp.Or(r.nameBelow(&v), r.holders(&v, f)); err != nil {
		return err
	}
	return r.show("code", "codes", v.Code+" "+v.Name, v)
}

// printedNames are what some disclosures print beside codes and those under them; of what those looked at do not have there is none.
func (r *request) printedNames(ctx context.Context, codes ...string) (map[string]string, error) {
	res, err := r.s.Index.Items(ctx, indexer.Query{Filters: indexer.Filters{Code: codes}, Sort: indexer.ByDocument, Limit: 300})
	names := map[string]string{}
	for _, it := range res.Items {
		if names[it.Code] == "" {
			names[it.Code] = strings.TrimSpace(it.Name)
		}
	}
	return names, err
}

// chooseSums takes over which year, kind, scope and form are asked for; else the form that is meant for the code, the newest year, and what
// most amounts are of. It reports whether there are sums at all.
func (r *request) chooseSums(v *codeView, groups []indexer.Group) bool {
	var own []indexer.Group
	for _, g := range groups {
		if g.Keys[0] == v.Code && g.Keys[1] != "" && g.Form != "" {
			own = append(own, g)
		}
	}
	if len(own) == 0 {
		return false
	}
	pick := func(name string, value func(*indexer.Group) string, label func(string) string, prefer func(a, b string, n map[string]int) int) (string, []valueView) {
		n := map[string]int{}
		for i := range own {
			n[value(&own[i])] += own[i].Count
		}
		chosen := v.Asked.Get(name)
		if n[chosen] == 0 {
			chosen = slices.MaxFunc(slices.Sorted(maps.Keys(n)), func(a, b string) int { return prefer(a, b, n) })
		}
		var list []valueView
		for _, one := range slices.Sorted(maps.Keys(n)) {
			list = append(list, valueView{label(one), v.Asked.link(name, one), n[one], one == chosen})
		}
		own = slices.DeleteFunc(own, func(g indexer.Group) bool { return value(&g) != chosen })
		return chosen, list
	}
	most := func(a, b string, n map[string]int) int { return n[a] - n[b] }
	var form, year, kind, scope string
	form, v.Forms = pick("table", func(g *indexer.Group) string { return string(g.Form) }, func(s string) string { return r.words.name("form", s) }, func(a, b string, n map[string]int) int {
		return cmp.Or(meantFor(a, v.Code)-meantFor(b, v.Code), n[a]-n[b])
	})
	year, v.Years = pick("year", func(g *indexer.Group) string { return g.Keys[1] }, func(s string) string { return s }, func(a, b string, n map[string]int) int {
		enough := slices.Max(slices.Collect(maps.Values(n))) / 3 // a year of which little is there yet is not shown unasked
		return cmp.Or(boolInt(n[a] >= enough)-boolInt(n[b] >= enough), cmp.Compare(a, b))
	})
	kind, v.Kinds = pick("kind", func(g *indexer.Group) string { return string(g.DocumentKind) }, func(s string) string { return r.words.name("kind", s) }, most)
	scope, v.Scopes = pick("scope", func(g *indexer.Group) string { return string(g.Scope) }, func(s string) string { return r.words.name("scope", s) }, most)
	v.Chosen = codeChoice{sortKey{schemas.DocumentKind(kind), schemas.Scope(scope)}, schemas.Form(form)}
	v.Year, _ = strconv.Atoi(year)
	slices.Reverse(v.Years)
	v.Compare = asked{"/compare", map[string][]string{"code": {v.Code}, "year": {year}, "by": {"region"}}}.String()
	v.Figures = v.figures(v.Code, v.Year, nil)
	return true
}

// meantFor is how fit a form is for the sums of a code.
func meantFor(form, code string) int {
	switch economic := schemas.EconomicCode(code).Valid(); schemas.Form(form) {
	case schemas.GeneralPublicExpenditure:
		return 1 + boolInt(!economic)
	case schemas.GeneralPublicBasicExpenditure:
		return 1 + boolInt(economic)
	}
	return 0
}

// of reports whether a group is of what was chosen, whatever its year and code.
func (v *codeView) of(g *indexer.Group) bool {
	return g.DocumentKind == v.Chosen.Kind && g.Scope == v.Chosen.Scope && g.Form == v.Chosen.Form
}

// figures is where the amounts are that a sum of the chosen kind adds.
func (v *codeView) figures(code string, year int, more map[string]string) string {
	values := map[string][]string{"code": {code}, "year": {strconv.Itoa(year)}, "kind": {string(v.Chosen.Kind)}, "scope": {string(v.Chosen.Scope)},
		"table": {string(v.Chosen.Form)}, "measure": {string(indexer.TotalMeasure)}, "period": {string(indexer.YearPeriod)}}
	if v.Region != "" {
		values["region"] = []string{v.Region}
	}
	for name, value := range more {
		values[name] = []string{value}
	}
	return asked{"/figures", values}.String()
}

// codeSeries are the sums of the code by year: of the chosen form, each kind and scope for itself.
func (r *request) codeSeries(v *codeView, groups []indexer.Group) {
	sums := map[sortKey]map[int]indexer.Group{}
	var years []int
	for _, g := range groups {
		year, _ := strconv.Atoi(g.Keys[1])
		if g.Keys[0] != v.Code || g.Form != v.Chosen.Form || year == 0 {
			continue
		}
		key := sortKey{g.DocumentKind, g.Scope}
		if sums[key] == nil {
			sums[key] = map[int]indexer.Group{}
		}
		sums[key][year] = g
		years = append(years, year)
	}
	for _, y := range span(years) {
		v.Columns = append(v.Columns, seriesColumn{Year: strconv.Itoa(y), Gap: !slices.Contains(years, y)})
	}
	for _, key := range slices.SortedFunc(maps.Keys(sums), sortKey.compare) {
		row := seriesRow{Key: string(key.Kind) + "-" + string(key.Scope), Name: r.words.name("kind", string(key.Kind)) + " · " + r.words.name("scope", string(key.Scope))}
		for _, y := range span(years) {
			cell := amountCell{Gap: true}
			if g, ok := sums[key][y]; ok {
				like := *v
				like.Chosen.sortKey = key
				cell = r.amount(v.Money, new(g.Sum), like.figures(v.Code, y, nil))
				cell.Percent = r.t("sum.of", g.Count)
			}
			row.Cells = append(row.Cells, cell)
		}
		v.Series = append(v.Series, row)
	}
}

// codesBelow are the codes one level below, with their sums of what was chosen.
func (r *request) codesBelow(v *codeView, groups []indexer.Group) {
	var whole schemas.Fen
	for i := range groups {
		if g := &groups[i]; v.of(g) && g.Keys[0] == v.Code && g.Keys[1] == strconv.Itoa(v.Year) {
			whole = g.Sum
		}
	}
	for i := range groups {
		g := &groups[i]
		if !v.of(g) || len(g.Keys[0]) != len(v.Code)+2 || g.Keys[1] != strconv.Itoa(v.Year) {
			continue
		}
		one := codeBelow{codeNode: r.codeNode(g.Keys[0], "", nil), Amount: r.amount(v.Money, new(g.Sum), v.figures(g.Keys[0], v.Year, nil)), Share: shareOf(g.Sum, whole)}
		one.Link, one.Count, one.Name = v.Asked.link("code", g.Keys[0]), g.Count, cmp.Or(v.names[g.Keys[0]], one.Name)
		v.Below = append(v.Below, one)
	}
	slices.SortFunc(v.Below, func(a, b codeBelow) int { return cmp.Compare(a.Code, b.Code) })
}

// maxNameless is how many codes without a name are asked for.
const maxNameless = 50

// nameBelow asks for the names of those codes below that neither the code book has nor the disclosures that were looked at.
func (r *request) nameBelow(v *codeView) error {
	var nameless []string
	for i := range v.Below {
		if v.Below[i].Name == "" && len(nameless) < maxNameless {
			nameless = append(nameless, v.Below[i].Code)
		}
	}
	if len(nameless) == 0 {
		return nil
	}
	names, err := r.printedNames(r.ctx(), nameless...)
	for i := range v.Below {
		v.Below[i].Name = cmp.Or(v.Below[i].Name, names[v.Below[i].Code])
	}
	return err
}

// holders asks which regions and units have most of the code, of what was chosen.
func (r *request) holders(v *codeView, f indexer.Filters) error {
	f.Form, f.Kind, f.Scope = []string{string(v.Chosen.Form)}, []schemas.DocumentKind{v.Chosen.Kind}, []schemas.Scope{v.Chosen.Scope}
	f.YearFrom, f.YearTo = v.Year, v.Year
	groups, err := r.s.Index.Sum(r.ctx(), indexer.Query{Filters: f}, []indexer.Dimension{indexer.RegionDimension, indexer.UnitDimension})
	if err != nil {
		return err
	}
	level := map[int]indexer.CodeLevel{3: indexer.ClassLevel, 5: indexer.SectionLevel, 7: indexer.ItemLevel}[len(v.Code)]
	regions, units := map[unitKey]sumFound{}, map[unitKey]sumFound{}
	for _, g := range groups {
		if g.Level != level {
			continue
		}
		for key, to := range map[unitKey]map[unitKey]sumFound{{g.Keys[0], ""}: regions, {g.Keys[0], g.Keys[1]}: units} {
			s := to[key]
			s.sum, s.count = s.sum+g.Sum, s.count+g.Count
			to[key] = s
		}
	}
	v.Regions, v.Units = r.held(v, "by-region", regions), r.held(v, "by-unit", units)
	return nil
}

// held lists those with the largest sums, and adds up the others.
func (r *request) held(v *codeView, id string, sums map[unitKey]sumFound) holdersView {
	h := holdersView{ID: id}
	var whole, other schemas.Fen
	order := slices.SortedFunc(maps.Keys(sums), func(a, b unitKey) int {
		return cmp.Or(cmp.Compare(sums[b].sum, sums[a].sum), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Unit, b.Unit))
	})
	for _, k := range order {
		whole += sums[k].sum
	}
	for i, k := range order {
		if i >= topHolders {
			other += sums[k].sum
			continue
		}
		row := holderRow{Name: orDash(cmp.Or(k.Unit, k.Region)), Link: regionLink(k.Region), Count: sums[k].count, Share: shareOf(sums[k].sum, whole)}
		at := map[string]string{}
		if k.Region != "" {
			at["region"] = "=" + k.Region
		}
		if k.Unit != "" {
			row.Link, at["unit"] = unitLink(k.Unit, k.Region), "="+k.Unit
		}
		row.Amount = r.amount(v.Money, new(sums[k].sum), v.figures(v.Code, v.Year, at))
		h.Rows = append(h.Rows, row)
	}
	if h.Rest = len(order) - len(h.Rows); h.Rest > 0 {
		h.Other = r.amount(v.Money, &other, "")
	}
	return h
}
