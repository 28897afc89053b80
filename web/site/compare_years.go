package site

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/schemas/codebook"
	"yusuan/web/comparison"
)

// A yearsView is what a unit's later year has changed against an earlier one.
type yearsView struct {
	Kind, Scope, From, To string
	Rows                  []changeRow
}

// A changeRow is one amount that is another.
type changeRow struct {
	Form, Code, CodeLink, Name string
	Before, After              amountCell
	Delta, Percent             string
	Less                       bool
	Reason                     *reasonView
}

// A reasonView is what the narrative gives as the reason.
type reasonView struct {
	Text, Link string
	Page       int
}

// compareYears compares the years of one unit: those asked for, or all that it has.
func (r *request) compareYears(v *compareView, all []publication, unit unitKey) error {
	var has []int
	for i := range all {
		if p := &all[i]; p.Year > 0 && p.Unit == unit.Unit && p.Region == unit.Region && !slices.Contains(has, p.Year) {
			has = append(has, p.Year)
		}
	}
	slices.Sort(has)
	var years []int
	for _, text := range v.Asked.values["years"] {
		for one := range strings.SplitSeq(text, ",") {
			if y, err := strconv.Atoi(strings.TrimSpace(one)); err == nil && slices.Contains(has, y) && !slices.Contains(years, y) {
				years = append(years, y)
			}
		}
	}
	slices.Sort(years)
	if len(years) == 0 {
		years = has[max(0, len(has)-2):]
	}
	for _, y := range slices.Backward(has) {
		v.Years = append(v.Years, choiceView{strconv.Itoa(y), strconv.Itoa(y), slices.Contains(years, y)})
	}
	v.Columns = []comparedUnit{{Name: unit.name(), Link: unitLink(unit.Unit, unit.Region)}}
	if len(years) < 2 {
		v.wrong(r.t("compare.one-year"))
		return nil
	}
	years = years[max(0, len(years)-maxComparedYears):]
	f := unit.filters()
	if kind := schemas.DocumentKind(v.Kind); kind != "" {
		f.Kind = []schemas.DocumentKind{kind}
	}
	compared, err := comparison.Years(r.ctx(), r.compareSource(), f, years)
	if err != nil {
		return err
	}
	for i := range compared {
		v.Pairs = append(v.Pairs, r.pair(v, &compared[i]))
	}
	slices.Reverse(v.Pairs) // the newest first
	if len(v.Pairs) == 0 {
		v.wrong(r.t("compare.no-pair"))
	}
	return nil
}

func (r *request) pair(v *compareView, c *comparison.ComparedYear) yearsView {
	p := yearsView{Kind: r.words.name("kind", string(c.Kind)), Scope: r.words.name("scope", string(c.Scope)), From: strconv.Itoa(c.FromYear), To: strconv.Itoa(c.ToYear)}
	for i := range c.Changes {
		ch := &c.Changes[i]
		row := changeRow{Form: r.words.name("form", string(ch.Form)), Code: ch.Code, Name: ch.Subject()}
		if ch.Code != "" {
			row.Name, row.CodeLink = cmp.Or(ch.Name, codebook.Name(ch.Code)), codeLink(ch.Code, "")
		}
		row.Before, row.After = r.figureCell(v.Money, ch.Before), r.figureCell(v.Money, ch.After)
		row.Delta, row.Less = signed(rounded(ch.Difference, v.Money.Unit())), ch.Difference < 0
		if ch.Before != nil {
			row.Percent = percentOf(ch.Difference, ch.Before.Amount)
		}
		if ch.After != nil {
			row.Reason = r.reason(ch.After.DisclosureID, ch.Reason)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func (r *request) figureCell(m moneyView, f *comparison.Figure) amountCell {
	if f == nil {
		return amountCell{Gap: true}
	}
	return r.amount(m, new(f.Amount), r.place(asked{}, &indexer.Origin{DisclosureID: f.DisclosureID}, f.Page, f.Box, "").Link)
}

func (r *request) reason(id string, reason *checker.Reason) *reasonView {
	if reason == nil {
		return nil
	}
	anchor := ""
	if reason.Section != "" {
		anchor = sectionAnchor(reason.Section)
	}
	return &reasonView{reason.Text, r.place(asked{}, &indexer.Origin{DisclosureID: id}, reason.Page, reason.Box, anchor).Link, reason.Page}
}
