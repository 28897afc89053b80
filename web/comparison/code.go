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
}

// Code adds a code up (and all codes that begin so) by region or unit, from one year to another, beside the year before. Forms are
// GeneralPublicExpenditure, or for an economic code GeneralPublicBasicExpenditure, where the filters name none; their years and codes say
// nothing. by is RegionDimension or UnitDimension; only a unit's share has a reason.
func Code(ctx context.Context, s Source, f indexer.Filters, code string, from, to int, by indexer.Dimension) ([]Share, error) {
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
	q := indexer.Query{Filters: f}
	groups, err := s.Sum(ctx, q, dimensions)
	if err != nil {
		return nil, err
	}
	shares := sharesOf(groups, from)
	if by == indexer.UnitDimension {
		err = explainShares(ctx, s, q, shares)
	}
	return shares, err
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

// explainShares looks for the reason of each unit's change in its narrative.
func explainShares(ctx context.Context, s Source, q indexer.Query, shares []Share) error {
	for i := range shares {
		share := &shares[i]
		if share.Difference == nil || *share.Difference == 0 {
			continue
		}
		one := q
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
		share.Reason = checker.BestReason(checker.Reasons(d), res.Items[at].Name, *share.Difference)
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
