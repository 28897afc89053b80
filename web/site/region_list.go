package site

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A regionsView is the page of all regions.
type regionsView struct {
	Asked asked
	Find  string
	Rows  []regionRow
	Total regionCount
	More  bool // the counties are not listed: there are too many
	Part  bool // the index has more than was counted
}

// A regionCount counts what there is of a region.
type regionCount struct {
	Units, Disclosures int
	First, Last        int // years; 0 for none
}

// Years are the years from the first to the last.
func (c regionCount) Years() string {
	if c.First == c.Last {
		return yearText(c.First)
	}
	return yearText(c.First) + "–" + yearText(c.Last)
}

// A regionRow is a division in the list.
type regionRow struct {
	regionCount
	Name, Link string
	Depth      int // 0 province, 1 city, 2 county
}

// maxRegionRows is how many counties are listed with their provinces; where there are more, only provinces and cities are.
const maxRegionRows = 600

// A tally counts publications.
type tally struct {
	units map[unitKey]bool
	regionCount
}

func (t *tally) add(p *publication) {
	if t.units == nil {
		t.units = map[unitKey]bool{}
	}
	t.units[unitKey{p.Region, p.Unit}] = true
	t.Disclosures++
	if p.Year > 0 {
		if t.First == 0 || p.Year < t.First {
			t.First = p.Year
		}
		t.Last = max(t.Last, p.Year)
	}
}

func (t *tally) count() regionCount {
	c := t.regionCount
	c.Units = len(t.units)
	return c
}

// A division is a place with those around it, as the list of regions has it; what is not known is "".
type division struct{ province, city, place string }

func (d division) compare(other division) int {
	last := func(name string) int { return boolInt(name == "") } // what is in no known province is at the end
	return cmp.Or(last(d.province)-last(other.province), cmp.Compare(d.province, other.province), cmp.Compare(d.city, other.city), cmp.Compare(d.place, other.place))
}

// around are the divisions that a publication counts for: province, city and county, or the region as printed where these are not known.
func around(p *publication) []division {
	if p.Province == "" {
		return []division{{place: p.Region}}
	}
	list := []division{{province: p.Province}}
	if p.City != "" {
		list = append(list, division{p.Province, p.City, ""})
	}
	if p.County != "" {
		list = append(list, division{p.Province, p.City, p.County})
	}
	return list
}

// regions lists provinces, cities and counties.
func (r *request) regions() error {
	all, whole, err := r.publications()
	if err != nil {
		return err
	}
	v := regionsView{Asked: r.asked(), Part: !whole}
	v.Find = strings.TrimSpace(v.Asked.Get("find"))
	counts, total := map[division]*tally{}, tally{}
	for i := range all {
		p := &all[i]
		if v.Find != "" && !strings.Contains(strings.Join([]string{p.Province, p.City, p.County, p.Region}, " "), v.Find) {
			continue
		}
		total.add(p)
		for _, d := range around(p) {
			if counts[d] == nil {
				counts[d] = &tally{}
			}
			counts[d].add(p)
		}
	}
	v.Total = total.count()
	v.Rows, v.More = regionRows(counts, v.Find != "")
	return r.show("regions", "regions", r.t("regions.title"), v)
}

// regionRows are the rows of the list, those of a province together.
func regionRows(counts map[division]*tally, all bool) ([]regionRow, bool) {
	var rows []regionRow
	more := len(counts) > maxRegionRows && !all
	for _, d := range slices.SortedFunc(maps.Keys(counts), division.compare) {
		name, depth := cmp.Or(d.place, d.city, d.province), 0
		if d.province != "" {
			depth = boolInt(d.city != "") + boolInt(d.place != "")
		}
		if more && d.place != "" && d.province != "" {
			continue
		}
		link := ""
		if name != "" {
			link = regionLink(name)
		}
		rows = append(rows, regionRow{counts[d].count(), orDash(name), link, depth})
	}
	return rows, more
}
