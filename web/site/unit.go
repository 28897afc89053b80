package site

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"yusuan/indexer"
	"yusuan/schemas"
)

func (s *site) unitRoutes() []route {
	return []route{{pattern: "GET /unit", answer: (*request).unit}}
}

// The bounds of the page of a unit.
const (
	maxUnitRecords  = 2000 // disclosures, with superseded ones
	maxUnitItems    = 5    // pages of line items, indexer.MaxLimit each
	maxUnitProjects = 200
)

// A unitView is the page of a unit.
type unitView struct {
	Asked        asked
	Unit, Region string
	Type         string
	Places       []linkView // the divisions that it lies in
	Regions      []linkView // where several regions have a unit of this name and none is chosen: nothing else is shown then
	Money        moneyView
	Search       string // address of a search within the unit
	Figures      string
	CSV, XLSX    string
	Compare      string
	CompareYears string
	Documents    documentsView
	Groups       []seriesView
	Forms        formsView
	Projects     []unitProject
	More         bool // there is more than is shown
}

// A linkView is something to go to.
type linkView struct{ Name, Link string }

// A moneyView says in what amounts are shown, and how to change that.
type moneyView struct {
	Yuan          bool   // 元, else 万元
	Name          string // of the unit of measure
	ToYuan, ToWan string // addresses
}

// Unit is what amounts are shown in.
func (m moneyView) Unit() schemas.Fen {
	if m.Yuan {
		return yuanUnit
	}
	return wanUnit
}

// money reads the unit of measure off the address.
func (r *request) money(a asked) moneyView {
	m := moneyView{Yuan: a.Get("in") == "yuan", Name: r.words.name("unit", "万元"), ToYuan: a.link("in", "yuan"), ToWan: a.link("in")}
	if m.Yuan {
		m.Name = r.words.name("unit", "元")
	}
	return m
}

// A unitData is what the index has of a unit.
type unitData struct {
	records  []indexer.DisclosureRecord // all versions
	items    []indexer.LineItem
	tables   []indexer.Hit
	projects []indexer.Hit
	more     bool
}

var errEnough = errors.New("that is enough")

// unit shows one unit: what it has published, its figures year beside year, its forms and projects.
func (r *request) unit() error {
	a := r.asked()
	v := unitView{Asked: a, Unit: a.Get("unit"), Region: a.Get("region"), Money: r.money(a)}
	if v.Unit == "" {
		return r.missing("unit.none")
	}
	f := indexer.Filters{Unit: []string{"=" + v.Unit}}
	if v.Region != "" {
		f.Region = []string{"=" + v.Region}
	}
	data, err := r.unitData(f)
	if err != nil {
		return err
	}
	if len(data.records) == 0 {
		return r.missing("unit.missing", v.Unit)
	}
	if v.Regions = r.unitRegions(data.records); v.Region == "" && len(v.Regions) > 1 {
		return r.show("unit", "regions", v.Unit, v)
	}
	v.Regions = nil
	r.fillUnit(&v, data)
	return r.show("unit", "regions", v.Unit, v)
}

// unitData asks the index for all that the page shows, at once.
func (r *request) unitData(f indexer.Filters) (*unitData, error) {
	var d unitData
	var more [3]bool
	all, ctx := errgroup.WithContext(r.ctx())
	all.Go(func() error {
		err := r.s.Archive.Disclosures(ctx, f, true, func(rec indexer.DisclosureRecord) error {
			if len(d.records) == maxUnitRecords {
				return errEnough
			}
			d.records = append(d.records, rec)
			return nil
		})
		if more[0] = errors.Is(err, errEnough); more[0] {
			return nil
		}
		return err
	})
	all.Go(func() (err error) {
		d.items, more[1], err = r.unitItems(ctx, f)
		return err
	})
	all.Go(func() error {
		q := indexer.Query{Filters: f, Sort: indexer.ByDocument, Limit: indexer.MaxLimit}
		q.Passage = []indexer.PassageKind{indexer.TablePassage}
		res, err := r.s.Index.Search(ctx, q)
		d.tables, more[2] = res.Hits, res.Next != ""
		return err
	})
	all.Go(func() error {
		q := indexer.Query{Filters: f, Sort: indexer.ByYear, Limit: maxUnitProjects}
		q.Passage = []indexer.PassageKind{indexer.ProjectPassage}
		res, err := r.s.Index.Search(ctx, q)
		d.projects = res.Hits
		return err
	})
	err := all.Wait()
	d.more = slices.Contains(more[:], true)
	return &d, err
}

// unitItems are the line items of a unit that figures are picked from, and whether there are more. The index is not asked for forms: all that
// one unit has is found sooner than what all units have of a form.
func (r *request) unitItems(ctx context.Context, f indexer.Filters) ([]indexer.LineItem, bool, error) {
	f.Measure, f.Period = figureMeasures(), []indexer.Period{indexer.YearPeriod}
	q := indexer.Query{Filters: f, Sort: indexer.ByDocument, Limit: indexer.MaxLimit}
	var items []indexer.LineItem
	for range maxUnitItems {
		res, err := r.s.Index.Items(ctx, q)
		if err != nil {
			return nil, false, err
		}
		items = append(items, res.Items...)
		if q.After = res.Next; res.Next == "" {
			return items, false, nil
		}
	}
	return items, true, nil
}

// unitRegions are the regions that have a unit of this name. Disclosures that name none belong to the one region that the others name; where
// these name several, nobody can say, and they are found by the search alone.
func (r *request) unitRegions(records []indexer.DisclosureRecord) []linkView {
	var list []linkView
	nowhere := ""
	for i := range records {
		if records[i].Region == "" {
			nowhere = records[i].Unit
			continue
		}
		one := linkView{records[i].Region, unitLink(records[i].Unit, records[i].Region)}
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	if nowhere != "" && len(list) > 1 {
		list = append(list, linkView{orDash(""), asked{"/", url.Values{"unit": {"=" + nowhere}}}.String()})
	}
	return list
}

func (r *request) fillUnit(v *unitView, d *unitData) {
	newest := slices.MaxFunc(d.records, func(a, b indexer.DisclosureRecord) int {
		return cmp.Or(cmp.Compare(boolInt(a.Current), boolInt(b.Current)), cmp.Compare(yearOf(&a.Origin), yearOf(&b.Origin)))
	})
	v.Region, v.Type, v.More = cmp.Or(v.Region, newest.Region), r.words.name("unit_type", string(newest.UnitType)), d.more
	v.Places = r.places(newest.Province, newest.City, newest.County, newest.Region)
	within := url.Values{"unit": {"=" + v.Unit}}
	if v.Region != "" {
		within.Set("region", "="+v.Region)
	}
	at := asked{"/", within}
	v.Search, v.Figures = at.String(), at.at("/figures").String()
	v.CSV, v.XLSX = at.at("/api/v1/export").with("format", "csv").link("bom", "true"), at.at("/api/v1/export").link("format", "xlsx")
	name := unitKey{v.Region, v.Unit}.name()
	v.Compare = asked{"/compare", url.Values{"unit": {name}}}.String()
	v.CompareYears = asked{"/compare", url.Values{"unit": {name}, "by": {"years"}}}.String()
	v.Documents = r.documents(d.records)
	current := slices.DeleteFunc(slices.Clone(d.records), func(rec indexer.DisclosureRecord) bool { return !rec.Current })
	slices.SortFunc(current, func(a, b indexer.DisclosureRecord) int {
		return cmp.Or(cmp.Compare(yearOf(&a.Origin), yearOf(&b.Origin)), cmp.Compare(a.DocumentKind, b.DocumentKind), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.ID, b.ID))
	})
	v.Groups = r.series(v, current, d.items)
	v.Forms = r.forms(current, d)
	v.Projects = r.projects(v, d)
	v.More = v.More || len(d.projects) == maxUnitProjects
}

// places are links to the divisions that something lies in, the outermost first. A region that is none of the list's is named as printed.
func (r *request) places(province, city, county, printed string) []linkView {
	var list []linkView
	for _, name := range []string{province, city, county} {
		if name != "" {
			list = append(list, linkView{name, regionLink(name)})
		}
	}
	if len(list) == 0 && printed != "" {
		list = append(list, linkView{printed, regionLink(printed)})
	}
	return list
}

// regionLink is the page of a region.
func regionLink(name string) string {
	return asked{"/region", url.Values{"region": {name}}}.String()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// yearOf is the fiscal year, 0 where it is not known.
func yearOf(o *indexer.Origin) int {
	if o.FiscalYear == nil {
		return 0
	}
	return *o.FiscalYear
}

// yearText is a year for a page.
func yearText(year int) string {
	if year == 0 {
		return "—"
	}
	return strconv.Itoa(year)
}
