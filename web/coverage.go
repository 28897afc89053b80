package web

import (
	"context"
	"net/http"

	"yusuan/checker"
	"yusuan/indexer"
)

// Publications lists the disclosures that the filters select, without superseded ones.
func Publications(ctx context.Context, a Archive, f indexer.Filters) ([]checker.Publication, error) {
	var out []checker.Publication
	err := a.Disclosures(ctx, f, false, func(d indexer.DisclosureRecord) error {
		p := checker.Publication{DisclosureID: d.ID, Unit: d.Unit, Region: d.Region, Kind: d.DocumentKind, Scope: d.Scope, FileName: d.FileName}
		if d.FiscalYear != nil {
			p.Year = *d.FiscalYear
		}
		out = append(out, p)
		return nil
	})
	return out, err
}

func (a *api) coverage(w http.ResponseWriter, r *http.Request, p *params) error {
	published, err := Publications(r.Context(), a.Archive, p.query.Filters)
	if err != nil {
		return err
	}
	return writeJSON(w, r, checker.Cover(published, nil, nil, nil))
}
