package site

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A unitProject is a project that a disclosure names, in its narrative or in its form of projects.
type unitProject struct {
	Year, Kind, Name, Link string
	Amount                 amountCell
	Text                   string // what the narrative says of it, a line a field
}

// moneyField and moneyText find the amount of a project in what is said of it: 预算安排规模：480.00万元.
var (
	moneyField = regexp.MustCompile(`规模|金额|资金|预算|经费|投资`)
	moneyText  = regexp.MustCompile(`[0-9][0-9,，]*(?:\.[0-9]+)?\s*(?:亿|千|万)?元`)
)

// projectAmount is the amount that a field says, nil where none does.
func projectAmount(fields string) *schemas.Fen {
	for line := range strings.SplitSeq(fields, "\n") {
		key, value, ok := strings.Cut(line, "：")
		if !ok || !moneyField.MatchString(key) {
			continue
		}
		text := strings.NewReplacer(",", "", "，", "").Replace(moneyText.FindString(value))
		if fen, ok := indexer.ParseYuan(text); ok && text != "" {
			return &fen
		}
	}
	return nil
}

// projectKey is a project of a disclosure, its name without spaces.
type projectKey struct{ disclosure, name string }

// listedProjects are the rows of the forms of projects, and their order.
func listedProjects(items []indexer.LineItem, unit string) (map[projectKey]*indexer.LineItem, []*indexer.LineItem) {
	listed := map[projectKey]*indexer.LineItem{}
	var order []*indexer.LineItem
	for i := range items {
		it := &items[i]
		_, name := sideOf(it.Line)
		if it.Form != schemas.GeneralPublicProjectExpenditure || it.Measure != indexer.TotalMeasure || it.Code != "" || it.Name == "" ||
			slices.Contains(strings.Fields(totalNames), name) || it.Name == unit {
			continue
		}
		k := projectKey{it.DisclosureID, squeezedName(it.Name)}
		if listed[k] == nil {
			listed[k] = it
			order = append(order, it)
		}
	}
	return listed, order
}

// projects are those of the narrative, with the amount that is said there or else that of the form of projects, and those that this alone has;
// the newest first.
func (r *request) projects(v *unitView, d *unitData) []unitProject {
	listed, order := listedProjects(d.items, v.Unit)
	type found struct {
		unitProject
		year int
	}
	var list []found
	told := map[projectKey]bool{}
	for i := range d.projects {
		h := &d.projects[i]
		k := projectKey{h.DisclosureID, squeezedName(h.Heading)}
		told[k] = true
		p := unitProject{Name: h.Heading, Kind: r.words.name("kind", string(h.DocumentKind)), Year: yearText(yearOf(&h.Origin)), Text: h.Text}
		p.Link = r.place(asked{}, &h.Origin, h.Page, h.Box, "").Link
		if fen := projectAmount(h.Text); fen != nil {
			p.Amount = r.amount(v.Money, fen, p.Link)
		} else if it := listed[k]; it != nil {
			p.Amount = r.amount(v.Money, it.Amount, r.itemLink(it))
		}
		list = append(list, found{p, yearOf(&h.Origin)})
	}
	for _, it := range order {
		if told[projectKey{it.DisclosureID, squeezedName(it.Name)}] {
			continue
		}
		p := unitProject{Name: it.Name, Kind: r.words.name("kind", string(it.DocumentKind)), Year: yearText(yearOf(&it.Origin)), Link: r.itemLink(it)}
		p.Amount = r.amount(v.Money, it.Amount, p.Link)
		list = append(list, found{p, yearOf(&it.Origin)})
	}
	slices.SortStableFunc(list, func(a, b found) int {
		return cmp.Or(b.year-a.year, cmp.Compare(b.Kind, a.Kind), compareAmounts(b.Amount.Fen, a.Amount.Fen))
	})
	var out []unitProject
	for _, f := range list[:min(len(list), maxUnitProjects)] {
		out = append(out, f.unitProject)
	}
	return out
}

func squeezedName(name string) string { return strings.Join(strings.Fields(name), "") }

// compareAmounts has none before all amounts.
func compareAmounts(a, b *schemas.Fen) int {
	return cmp.Compare(amountOr(a, indexer.NoAmount), amountOr(b, indexer.NoAmount))
}

func amountOr(f *schemas.Fen, other schemas.Fen) schemas.Fen {
	if f == nil {
		return other
	}
	return *f
}
