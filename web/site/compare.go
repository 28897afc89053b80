package site

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web"
	"yusuan/web/comparison"
)

func (s *site) compareRoutes() []route {
	return []route{{pattern: "GET /compare", answer: (*request).compare}}
}

// The bounds of a comparison.
const (
	maxComparedUnits = 8
	maxComparedYears = 12
	maxLikeUnits     = 20 // units of a name that several have, to choose from
)

// A compareView is the page of comparisons. By is what is compared: units, years of one unit, or with a code regions or units.
type compareView struct {
	Asked  asked
	By     string
	Units  []string // as they were typed, with some empty ones to type more
	Year   string
	Kind   string
	Code   string
	Region string
	Years  []choiceView
	Wrong  []string
	Like   []likeView
	Money  moneyView

	Columns []comparedUnit
	Blocks  []comparedBlock
	Pairs   []yearsView
	Shares  *sharesView
}

// A likeView has the units that a name could mean.
type likeView struct {
	Name  string
	Units []linkView
	More  bool
}

// compareModes are what can be compared.
func compareModes() []string { return []string{"units", "years", "region", "unit"} }

// compare shows the form, and the comparison that is asked for.
func (r *request) compare() error {
	a := r.asked()
	v := compareView{Asked: a, By: a.Get("by"), Year: a.Get("year"), Kind: a.Get("kind"), Code: strings.TrimSpace(a.Get("code")), Region: strings.TrimSpace(a.Get("region")), Money: r.money(a)}
	names := a.values["unit"]
	if !slices.Contains(compareModes(), v.By) {
		v.By = "units"
		if v.Code != "" {
			v.By = "region"
		}
	}
	var err error
	switch v.By {
	case "units", "years":
		err = r.compareUnitsOrYears(&v, names)
	default:
		if v.Code != "" {
			err = r.compareCode(&v)
		}
	}
	if err != nil {
		return err
	}
	v.Units = append(slices.Clone(names), make([]string, max(1, 3-len(names)))...)
	return r.show("compare", "compare", r.t("compare.title"), &v)
}

// Mode is the address of the same in another mode.
func (v *compareView) Mode(by string) string {
	return v.Asked.with("years").with("year").with("by", by).String()
}

// OfCode reports whether a code is compared, and no units.
func (v *compareView) OfCode() bool { return v.By == "region" || v.By == "unit" }

// wrong says what is wrong with what was asked for.
func (v *compareView) wrong(text string) { v.Wrong = append(v.Wrong, text) }

func (r *request) compareUnitsOrYears(v *compareView, names []string) error {
	if len(names) == 0 {
		return nil
	}
	if len(names) > maxComparedUnits {
		v.wrong(r.t("compare.too-many", maxComparedUnits))
		names = names[:maxComparedUnits]
	}
	all, _, err := r.publications()
	if err != nil {
		return err
	}
	var units []unitKey
	for _, name := range names {
		if k, ok := r.resolve(v, all, name); ok && !slices.Contains(units, k) {
			units = append(units, k)
		}
	}
	switch {
	case len(v.Wrong)+len(v.Like) > 0 || len(units) == 0:
		return nil
	case v.By == "years":
		return r.compareYears(v, all, units[0])
	case len(units) == 1:
		v.wrong(r.t("compare.one-more"))
		return nil
	}
	return r.compareUnits(v, all, units)
}

// resolve finds the unit that a name means: its own name, with or without its region before it. Where it means none or several, it says so.
func (r *request) resolve(v *compareView, all []publication, typed string) (unitKey, bool) {
	name := squeezedName(strings.TrimPrefix(typed, "="))
	var whole, part []unitKey
	for i := range all {
		k := unitKey{all[i].Region, all[i].Unit}
		own := squeezedName(k.Unit)
		switch {
		case own == name || squeezedName(k.name()) == name || squeezedName(k.Region)+own == name:
			if !slices.Contains(whole, k) {
				whole = append(whole, k)
			}
		case len(part) <= maxLikeUnits && strings.Contains(squeezedName(k.name()), name) && !slices.Contains(part, k):
			part = append(part, k)
		}
	}
	if len(whole) == 0 && len(part) == 1 {
		whole = part
	}
	if len(whole) == 1 {
		return whole[0], true
	}
	list := append(whole, part...)
	if len(list) == 0 {
		v.wrong(r.t("compare.no-unit", typed))
		return unitKey{}, false
	}
	like := likeView{Name: typed, More: len(list) > maxLikeUnits}
	for _, k := range list[:min(len(list), maxLikeUnits)] {
		others := slices.Clone(v.Asked.values["unit"])
		others[slices.Index(others, typed)] = k.name()
		like.Units = append(like.Units, linkView{k.name(), v.Asked.link("unit", others...)})
	}
	v.Like = append(v.Like, like)
	return unitKey{}, false
}

// chooseYearOf takes over the year and kind that are asked for, else the newest year and kind that most of the units have; the years that
// any of them has are to choose from.
func (v *compareView) chooseYearOf(all []publication, units []unitKey) (int, schemas.DocumentKind) {
	type at struct {
		year int
		kind schemas.DocumentKind
	}
	has := map[at]map[unitKey]bool{}
	for i := range all {
		k := unitKey{all[i].Region, all[i].Unit}
		if all[i].Year == 0 || !slices.Contains(units, k) {
			continue
		}
		one := at{all[i].Year, all[i].Kind}
		if has[one] == nil {
			has[one] = map[unitKey]bool{}
		}
		has[one][k] = true
	}
	year, _ := strconv.Atoi(v.Year)
	best := at{}
	for one := range has {
		if year != 0 && one.year != year || v.Kind != "" && string(one.kind) != v.Kind {
			continue
		}
		if c := cmp.Or(len(has[one])-len(has[best]), one.year-best.year, -cmp.Compare(one.kind, best.kind)); c > 0 || best.year == 0 {
			best = one
		}
	}
	for y := range maps.Keys(has) {
		if text := strconv.Itoa(y.year); !slices.ContainsFunc(v.Years, func(c choiceView) bool { return c.Value == text }) {
			v.Years = append(v.Years, choiceView{text, text, y.year == best.year})
		}
	}
	slices.SortFunc(v.Years, func(a, b choiceView) int { return strings.Compare(b.Value, a.Value) })
	return best.year, best.kind
}

// A compareSource is what package comparison asks.
type compareSource struct {
	web.Index
	web.Archive
}

func (r *request) compareSource() comparison.Source {
	return compareSource{r.s.Index, r.s.Archive}
}

// filters are those of one unit.
func (k unitKey) filters() indexer.Filters {
	f := indexer.Filters{Unit: []string{"=" + k.Unit}}
	if k.Region != "" {
		f.Region = []string{"=" + k.Region}
	}
	return f
}
