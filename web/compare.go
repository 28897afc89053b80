package web

import (
	"net/http"

	"yusuan/indexer"
	"yusuan/web/comparison"
)

// A compareAnswer has the one comparison that was asked for.
type compareAnswer struct {
	Years []comparison.ComparedYear `json:"years,omitempty"`
	Codes []comparison.Share        `json:"codes,omitempty"`
}

// maxYears bounds how many years are compared.
const maxYears = 50

// compare compares a unit's years, or a code between regions or units.
func (a *api) compare(w http.ResponseWriter, r *http.Request, p *params) error {
	s := exportSource{a.Index, a.Archive}
	f := p.query.Filters
	var res compareAnswer
	var err error
	switch {
	case len(p.years) > 0:
		if len(f.Unit) == 0 || len(p.years) < 2 || len(p.years) > maxYears {
			return badParameter("years", "want two years or more, and a unit")
		}
		res.Years, err = comparison.Years(r.Context(), s, f, p.years)
	case len(f.Code) == 1:
		if f.YearFrom == 0 || f.YearTo == 0 {
			return badParameter("year", "want a year, or a range with both ends")
		}
		by := indexer.RegionDimension
		if len(p.sums.By) > 0 {
			by = p.sums.By[0]
		}
		if len(p.sums.By) > 1 || by != indexer.RegionDimension && by != indexer.UnitDimension {
			return badParameter("by", "want region or unit")
		}
		res.Codes, err = comparison.Code(r.Context(), s, f, f.Code[0], f.YearFrom, f.YearTo, by)
	default:
		return badParameter("years", "want unit with years, or one code with year")
	}
	if err != nil {
		return err
	}
	return writeJSON(w, r, res)
}
