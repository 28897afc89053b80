package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/schemas"
)

// A codeShare is what a region or a unit has of a code.
type codeShare struct {
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

// code compares a code between regions or units.
func (c *compareCommand) code(ctx context.Context, p *program) error {
	from, to, err := parseYears(c.Year)
	if err != nil {
		return err
	}
	if from == 0 || to == 0 {
		return usageError("compare --code needs --year, such as 2024 or 2023-2024")
	}
	q := indexer.Query{Filters: indexer.Filters{Code: []string{c.Code}, Kind: c.Kind, Form: c.Table, YearFrom: from - 1, YearTo: to}}
	if len(q.Form) == 0 {
		q.Form = []string{string(schemas.GeneralPublicExpenditure)}
		if schemas.EconomicCode(c.Code).Valid() {
			q.Form = []string{string(schemas.GeneralPublicBasicExpenditure)}
		}
	}
	if c.Region != "" {
		q.Region = []string{c.Region}
	}
	if c.Unit != "" {
		q.Unit = []string{c.Unit}
	}
	s, err := p.readIndex(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	by := []indexer.Dimension{indexer.CodeDimension, indexer.YearDimension, indexer.RegionDimension}
	if c.By == indexer.UnitDimension {
		by = append(by, indexer.UnitDimension) // beside the region: every county has a 水利局
	}
	groups, err := s.Sum(ctx, q, by)
	if err != nil {
		return err
	}
	shares := codeShares(groups, from)
	if c.By == indexer.UnitDimension {
		if err := explainShares(ctx, s, q, shares); err != nil {
			return err
		}
	}
	if p.JSON {
		return p.out.json(shares)
	}
	p.printShares(c.By, shares)
	return nil
}

// codeShares puts beside each sum from the year on that of the year before.
func codeShares(groups []indexer.Group, from int) []codeShare {
	keyOf := func(g *indexer.Group) codeShare {
		year, _ := strconv.Atoi(g.Keys[1]) // it was asked for by year: there is one
		k := codeShare{Code: g.Keys[0], Year: year, Region: g.Keys[2], Kind: g.DocumentKind, Scope: g.Scope, Form: g.Form}
		if len(g.Keys) > 3 {
			k.Unit = g.Keys[3]
		}
		return k
	}
	sums := map[codeShare]schemas.Fen{} // by what has neither sums nor a reason
	for i := range groups {
		sums[keyOf(&groups[i])] = groups[i].Sum
	}
	shares := []codeShare{}
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
func explainShares(ctx context.Context, s store, q indexer.Query, shares []codeShare) error {
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

// name is whose share it is.
func (s *codeShare) name() string {
	if strings.Contains(s.Unit, s.Region) {
		return s.Unit
	}
	return strings.TrimSpace(s.Region + " " + s.Unit)
}

func (p *program) printShares(by indexer.Dimension, shares []codeShare) {
	t := sheet{aligns: []align{left, left, left, left, left, right, right, right, right}}
	var head []string
	for _, h := range []string{string(by), "code", "year", "kind", "scope", "sum 元", "amounts", "year before", "difference"} {
		head = append(head, p.out.bold(h))
	}
	t.add(head...)
	for _, s := range shares {
		before, change := "—", ""
		if s.Before != nil {
			before, change = yuan(*s.Before), difference(&figure{Amount: *s.Before}, *s.Difference)
		}
		t.add(s.name(), s.Code, strconv.Itoa(s.Year), string(s.Kind), string(s.Scope), yuan(s.Sum), strconv.Itoa(s.Count), before, change)
	}
	if len(shares) > 0 {
		p.out.printf("%s", t.String())
	}
	for _, s := range shares {
		if s.Reason != nil {
			p.out.printf("%s %s %d: %s  %s\n", s.name(), s.Code, s.Year, shorten(s.Reason.Text, maxShownText), p.out.faint(pageOf(s.Reason.Page)))
		}
	}
	p.remark("%s", plural(len(shares), "sum"))
}
