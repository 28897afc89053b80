package comparison

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/schemas"
)

// A Share is what a region or a unit has of a code.
type Share struct {
	Region     string               `json:"region"`
	Unit       string               `json:"unit,omitempty"` // with --by unit
	Code       string               `json:"code"`
	Year       int                  `json:"fiscal_year"`
	Kind       schemas.DocumentKind `json:"document_kind"`
	Scope      schemas.Scope        `json:"scope"`
	Form       schemas.Form         `json:"form"`
	Sum        schemas.Fen          `json:"sum_fen"`
	Count      int                  `json:"count"`                    // amounts added
	Before     *schemas.Fen         `json:"before_fen,omitempty"`     // of the year before; nil where there is none
	Difference *schemas.Fen         `json:"difference_fen,omitempty"` // from Before
	Reason     *checker.Reason      `json:"reason,omitempty"`         // of one unit: what its narrative gives
	// DisclosureID is where Reason stands.
	DisclosureID string `json:"disclosure_id,omitempty"`
}

// Code gives the Shares of a code with the reasons that the narrative of each unit gives.
func Code(ctx context.Context, s Source, f indexer.Filters, code string, from, to int, by indexer.Dimension) ([]Share, error) {
	shares, err := Shares(ctx, s, f, code, from, to, by)
	if err == nil && by == indexer.UnitDimension {
		err = Explain(ctx, s, f, shares)
	}
	return shares, err
}

// Shares adds a code up (and all codes that begin so) by region or unit, from one year to another, beside the year before. Forms are
// GeneralPublicExpenditure, or for an economic code GeneralPublicBasicExpenditure, where the filters name none; their years and codes say
// nothing. by is RegionDimension or UnitDimension; no share has a reason.
func Shares(ctx context.Context, s Source, f indexer.Filters, code string, from, to int, by indexer.Dimension) ([]Share, error) {
	f.Code, f.YearFrom, f.YearTo = []string{code}, from-1, to
	if len(f.Form) == 0 {
		f.Form = []string{string(schemas.GeneralPublicExpenditure)}
		if schemas.EconomicCode(code).Valid() {
			f.Form = []string{string(schemas.GeneralPublicBasicExpenditure)}
		}
	}
	dimensions := []indexer.Dimension{indexer.CodeDimension, indexer.YearDimension, indexer.RegionDimension}
	if by == indexer.UnitDimension {
		dimensions = append(dimensions, indexer.UnitDimension) // beside the region: every county has a 水利局
	}
	groups, err := s.Sum(ctx, indexer.Query{Filters: f}, dimensions)
	if err != nil {
		return nil, err
	}
	return sharesOf(groups, from), nil
}

// sharesOf puts beside each sum from the year on that of the year before.
func sharesOf(groups []indexer.Group, from int) []Share {
	keyOf := func(g *indexer.Group) Share {
		year, _ := strconv.Atoi(g.Keys[1]) // it was asked for by year: there is one
		k := Share{Code: g.Keys[0], Year: year, Region: g.Keys[2], Kind: g.DocumentKind, Scope: g.Scope, Form: g.Form}
		if len(g.Keys) > 3 {
			k.Unit = g.Keys[3]
		}
		return k
	}
	sums := map[Share]schemas.Fen{} // by what has neither sums nor a reason
	for i := range groups {
		sums[keyOf(&groups[i])] = groups[i].Sum
	}
	shares := []Share{}
	for i := range groups {
		share := keyOf(&groups[i])
		if share.Year < from {
			continue
		}
		last := share
		last.Year--
		share.Sum, share.Count = groups[i].Sum, groups[i].Count
		if before, ok := sums[last]; ok {
			difference := share.Sum - before
			share.Before, share.Difference = &before, &difference
		}
		shares = append(shares, share)
	}
	return shares
}

// Explain looks for the reason of each unit's change in its narrative: two questions for each that has changed.
func Explain(ctx context.Context, s Source, f indexer.Filters, shares []Share) error {
	for i := range shares {
		share := &shares[i]
		if share.Difference == nil || *share.Difference == 0 {
			continue
		}
		one := indexer.Query{Filters: f}
		one.Form = []string{string(share.Form)}
		one.Region, one.Unit, one.Code = wholeName(share.Region), wholeName(share.Unit), []string{share.Code}
		one.Kind, one.Scope = []schemas.DocumentKind{share.Kind}, []schemas.Scope{share.Scope}
		one.YearFrom, one.YearTo, one.Limit = share.Year, share.Year, indexer.MaxLimit
		res, err := s.Items(ctx, one)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(res.Items, func(it indexer.LineItem) bool { return it.Code == share.Code })
		if at < 0 {
			continue
		}
		d, err := s.Disclosure(ctx, res.Items[at].DisclosureID)
		if err != nil {
			return err
		}
		if share.Reason = checker.BestReason(checker.Reasons(d), res.Items[at].Name, *share.Difference); share.Reason != nil {
			share.DisclosureID = d.ID()
		}
	}
	return nil
}

// wholeName filters by the whole of a name, if there is one.
func wholeName(name string) []string {
	if name == "" {
		return nil
	}
	return []string{"=" + name}
}

// Name is whose share it is.
func (s *Share) Name() string {
	if strings.Contains(s.Unit, s.Region) {
		return s.Unit
	}
	return strings.TrimSpace(s.Region + " " + s.Unit)
}
