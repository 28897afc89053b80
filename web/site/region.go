package site

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"yusuan/indexer"
	"yusuan/schemas"
)

func (s *site) regionRoutes() []route {
	return []route{
		{pattern: "GET /regions", answer: (*request).regions},
		{pattern: "GET /region", answer: (*request).region},
	}
}

// The bounds of the page of a region.
const (
	unitsPerPage   = 100
	maxSummedUnits = 3000 // of a region with more units, sums are not told apart by unit
	topUnits       = 10
	littleOf       = 4 // a region with less than one in so many of the disclosures has little of the index
)

// A regionView is the page of a region.
type regionView struct {
	Asked   asked
	Name    string
	Places  []linkView // around it
	Below   []regionRow
	Count   regionCount
	Part    bool
	Money   moneyView
	Search  string
	Codes   string
	Compare string
	Types   []valueView
	Years   []valueView // to choose from
	Kinds   []valueView
	Year    int
	Kind    string
	Totals  []totalsView
	Classes classesView
	Tops    []topView
	Single  bool // sums are told apart by unit
	Little  bool // the region has but a small part of the index
	Units   coverageView
}

// region shows a county, a city or a province: its units, and their sums.
func (r *request) region() error {
	a := r.asked()
	v := regionView{Asked: a, Name: a.Get("region"), Money: r.money(a)}
	if v.Name == "" {
		return r.goTo("/regions")
	}
	list, whole, err := r.within(v.Name)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return r.missing("region.missing", v.Name)
	}
	all, _, err := r.publications()
	if err != nil {
		return err
	}
	v.Part, v.Little = !whole, len(list) < len(all)/littleOf
	r.placeRegion(&v, list)
	kind := r.chooseYear(&v, list)
	sums, err := r.regionSums(&v, kind)
	if err != nil {
		return err
	}
	r.fillTotals(&v, sums, list)
	r.fillTops(&v, sums, kind)
	v.Units = r.coverage(&v, sums, list, kind)
	return r.show("region", "regions", v.Name, v)
}

// placeRegion says where the region lies and what lies in it.
func (r *request) placeRegion(v *regionView, list []publication) {
	var count tally
	below := map[string]*tally{}
	types := map[indexer.UnitType]*tally{}
	for i := range list {
		p := &list[i]
		count.add(p)
		inner := []string{p.Province, p.City, p.County}
		for len(inner) > 0 && inner[0] != v.Name {
			inner = inner[1:]
		}
		if len(inner) > 0 {
			if name := cmp.Or(cmp.Or(inner[1:]...)); name != "" {
				if below[name] == nil {
					below[name] = &tally{}
				}
				below[name].add(p)
			}
		}
		if types[p.Type] == nil {
			types[p.Type] = &tally{}
		}
		types[p.Type].add(p)
	}
	p := &list[0]
	for _, name := range []string{p.Province, p.City} {
		if name != "" && name != v.Name && v.Name != p.Province {
			v.Places = append(v.Places, linkView{name, regionLink(name)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(below)) {
		v.Below = append(v.Below, regionRow{below[name].count(), name, regionLink(name), 0})
	}
	v.Count = count.count()
	for _, t := range slices.Sorted(maps.Keys(types)) {
		on := v.Asked.Get("type") == string(t)
		link := v.Asked.with("page").link("type", string(t))
		if on {
			link = v.Asked.with("page").link("type")
		}
		v.Types = append(v.Types, valueView{r.words.name("unit_type", cmp.Or(string(t), "other")), link + "#units", len(types[t].units), on})
	}
	within := asked{"/", map[string][]string{"region": {"=" + v.Name}}}
	v.Search, v.Codes = within.String(), within.at("/codes").String()
	v.Compare = asked{"/compare", map[string][]string{"code": {"208"}, "by": {"unit"}, "region": {v.Name}}}.String()
}

// chooseYear takes over which year and kind are asked for, else the newest year, and the kind that has most disclosures of it.
func (r *request) chooseYear(v *regionView, list []publication) schemas.DocumentKind {
	years, kinds := map[int]int{}, map[schemas.DocumentKind]int{}
	for i := range list {
		if list[i].Year > 0 {
			years[list[i].Year]++
		}
	}
	v.Year, _ = strconv.Atoi(v.Asked.Get("year"))
	if years[v.Year] == 0 && len(years) > 0 {
		v.Year = slices.Max(slices.Collect(maps.Keys(years)))
	}
	for i := range list {
		if list[i].Year == v.Year {
			kinds[list[i].Kind]++
		}
	}
	kind := schemas.DocumentKind(v.Asked.Get("kind"))
	if kinds[kind] == 0 && len(kinds) > 0 {
		kind = slices.MaxFunc(slices.Sorted(maps.Keys(kinds)), func(a, b schemas.DocumentKind) int { return kinds[a] - kinds[b] })
	}
	for _, y := range slices.Backward(slices.Sorted(maps.Keys(years))) {
		v.Years = append(v.Years, valueView{strconv.Itoa(y), v.Asked.with("kind", string(kind)).link("year", strconv.Itoa(y)), years[y], y == v.Year})
	}
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		v.Kinds = append(v.Kinds, valueView{r.words.name("kind", string(k)), v.Asked.with("year", strconv.Itoa(v.Year)).link("kind", string(k)), kinds[k], k == kind})
	}
	v.Kind = r.words.name("kind", string(kind))
	return kind
}

// A regionSum has the sums of a region.
type regionSum struct {
	figures []indexer.Group // by year, and by region and unit where there are not too many
	classes []indexer.Group // of the chosen year and kind and the year before, by year and code
}

// regionSums asks for the sums, both at once.
func (r *request) regionSums(v *regionView, kind schemas.DocumentKind) (regionSum, error) {
	var sums regionSum
	f := indexer.Filters{Region: []string{"=" + v.Name}, Period: []indexer.Period{indexer.YearPeriod}}
	v.Single = v.Count.Units <= maxSummedUnits
	all, ctx := errgroup.WithContext(r.ctx())
	all.Go(func() (err error) {
		by := []indexer.Dimension{indexer.YearDimension}
		if v.Single {
			by = append(by, indexer.RegionDimension, indexer.UnitDimension)
		}
		g := f
		g.Form, g.Measure = v.forms(summedForms()), figureMeasures()
		sums.figures, err = r.s.Index.Sum(ctx, indexer.Query{Filters: g, Text: "-code:2"}, by) // only totals: the rows with codes are many
		return err
	})
	all.Go(func() (err error) {
		g := f
		g.Kind, g.YearFrom, g.YearTo = []schemas.DocumentKind{kind}, v.Year-1, v.Year
		if v.Year == 0 {
			g.YearFrom, g.YearTo = 0, 0
		}
		g.Form, g.Measure = v.forms([]string{string(schemas.GeneralPublicExpenditure)}), []indexer.Measure{indexer.TotalMeasure}
		sums.classes, err = r.s.Index.Sum(ctx, indexer.Query{Filters: g}, []indexer.Dimension{indexer.YearDimension, indexer.CodeDimension})
		return err
	})
	return sums, all.Wait()
}

// forms are the forms to ask the index for: none of a region that has little of it, which is found sooner by itself than by what all
// regions have of these forms. What is of others is passed over.
func (v *regionView) forms(list []string) []string {
	if v.Little {
		return nil
	}
	return list
}

// summedForms are the forms whose total rows a region adds up.
func summedForms() []string {
	return []string{string(schemas.ExpenditureSummary), string(schemas.GeneralPublicExpenditure), string(schemas.ThreePublicExpenses)}
}

// sumPlans are the figures that a region adds up, as they are shown.
func sumPlans() []blockPlan {
	return []blockPlan{
		{"spending", "stack", "basic project", []figureKey{spendingOfYear, basicSpending, projectSpending, publicSpending}, nil},
		{"three-public", "stack", "overseas vehicles reception", append([]figureKey{threePublic}, partsOfThreePublic()...), partsOfThreePublic()},
	}
}

// A sumKey is what sums are told apart by.
type sumKey struct {
	unit unitKey // none where sums are not told apart by unit
	year int
	sortKey
	figure figureKey
}

// A sumFound is the sum of a figure, and of how many amounts.
type sumFound struct {
	sum        schemas.Fen
	count      int
	rule, rank int
}

// figureSums picks the figures from sums as figuresOf does from items: of several rows that could be the total by one rule, those that most
// documents have.
func figureSums(groups []indexer.Group) map[sumKey]sumFound {
	all := map[sumKey]sumFound{}
	rules := figureRules()
	for i := range groups {
		g := &groups[i]
		if g.Level != "" {
			continue
		}
		for at := range rules {
			rank := rules[at].rank(g.Form, g.Measure, g.Line)
			if rank < 0 || !slices.Contains(summedForms(), string(rules[at].form)) {
				continue
			}
			k := sumKey{sortKey: sortKey{g.DocumentKind, g.Scope}, figure: rules[at].key}
			k.year, _ = strconv.Atoi(g.Keys[0])
			if len(g.Keys) == 3 {
				k.unit = unitKey{g.Keys[1], g.Keys[2]}
			}
			if found, ok := all[k]; !ok || at < found.rule || at == found.rule && (g.Count > found.count || g.Count == found.count && rank < found.rank) {
				all[k] = sumFound{g.Sum, g.Count, at, rank}
			}
		}
	}
	return all
}

// A totalsView has the sums of a kind and scope over the years.
type totalsView struct {
	seriesView
	Counts []string // how many disclosures there are of each year
}

// fillTotals adds up the figures of the units by year. What it adds is of one kind and one scope.
func (r *request) fillTotals(v *regionView, sums regionSum, list []publication) {
	byYear, counts := map[sumKey]sumFound{}, map[sumKey]int{}
	for k, f := range figureSums(sums.figures) {
		k.unit = unitKey{}
		whole := byYear[k]
		whole.sum += f.sum
		whole.count += f.count
		byYear[k] = whole
	}
	sorts, years := map[sortKey]bool{}, []int{}
	for i := range list {
		p := &list[i]
		key := sortKey{p.Kind, p.Scope}
		sorts[key] = true
		counts[sumKey{year: p.Year, sortKey: key}]++
		years = append(years, p.Year)
	}
	for _, key := range slices.SortedFunc(maps.Keys(sorts), sortKey.compare) {
		own := []int{}
		for _, y := range span(years) {
			if counts[sumKey{year: y, sortKey: key}] > 0 {
				own = append(own, y)
			}
		}
		if len(own) > 0 {
			v.Totals = append(v.Totals, r.totals(v, key, span(own), counts, byYear))
		}
	}
	v.Classes = r.classSums(v, sums.classes)
}

func (r *request) totals(v *regionView, key sortKey, years []int, counts map[sumKey]int, byYear map[sumKey]sumFound) totalsView {
	t := totalsView{seriesView: seriesView{ID: "sum-" + string(key.Kind) + "-" + string(key.Scope), Kind: r.words.name("kind", string(key.Kind)), Scope: r.words.name("scope", string(key.Scope))}}
	for _, y := range years {
		n := counts[sumKey{year: y, sortKey: key}]
		t.Columns = append(t.Columns, seriesColumn{Year: yearText(y), Gap: n == 0})
		t.Counts = append(t.Counts, strconv.Itoa(n))
	}
	for _, b := range sumPlans() {
		block := seriesBlock{Name: r.t("block." + b.name), Chart: chartView{b.chart, b.drawn, r.t("chart." + b.name)}}
		for _, figure := range b.keys {
			row := seriesRow{Key: string(figure), Name: r.t("figure." + string(figure)), Depth: b.depth(figure), Cells: make([]amountCell, len(years))}
			for i, y := range years {
				f, ok := byYear[sumKey{year: y, sortKey: key, figure: figure}]
				if row.Cells[i].Gap = t.Columns[i].Gap; !ok {
					continue
				}
				row.Cells[i] = r.amount(v.Money, new(f.sum), r.sumLink(v, key, y, figure))
				if row.Cells[i].Several = f.count != counts[sumKey{year: y, sortKey: key}]; row.Cells[i].Several {
					row.Cells[i].Percent = r.t("sum.of", f.count)
				}
			}
			block.Rows = append(block.Rows, row)
		}
		t.Blocks = append(t.Blocks, block)
	}
	return t
}

// sumLink is the figures that a sum adds.
func (r *request) sumLink(v *regionView, key sortKey, year int, figure figureKey) string {
	for _, rule := range figureRules() {
		if rule.key == figure && slices.Contains(summedForms(), string(rule.form)) {
			values := map[string][]string{"region": {"=" + v.Name}, "year": {strconv.Itoa(year)}, "kind": {string(key.Kind)}, "scope": {string(key.Scope)},
				"table": {string(rule.form)}, "measure": {string(rule.measure)}, "period": {string(indexer.YearPeriod)}}
			if rule.names != "" {
				values["q"] = []string{strings.Fields(rule.names)[0] + " -code:2"} // the column may be called so, too
			}
			return asked{"/figures", values}.String()
		}
	}
	return ""
}
