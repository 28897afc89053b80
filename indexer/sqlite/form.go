package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// ofForms adds the plan's filter by form, and says what is gone through for it. SQLite cannot tell that all tables of a form are many and
// those of a unit few: it would begin with the form's. So the disclosures of a unit or region, or chosen ones, are begun with, and the tables
// of the form looked up within each of them; and where a code or the words are looked up, the form is read from the records' keys. A form
// that is words of a title stands in no key, and is not looked for in all tables: those that have it are looked up once.
func (f *selection) ofForms(p *indexer.Plan) {
	chosen := len(p.Disclosure)+len(p.Unit)+len(p.Region) > 0
	words := slices.ContainsFunc(p.Form, func(form string) bool { return !indexer.IsForm(form) })
	switch {
	case len(p.Form) == 0:
	case !words && (f.words || !chosen && fewCodes(p.Code)):
		formKeys(&f.conditions, p.Form)
	case f.words || words && !chosen:
		f.lead = false
		formTables(&f.conditions, p.Form)
	default:
		f.forms, f.lead = true, f.lead || chosen
		at := "t."
		if words {
			at = "+t." // not looked up among all tables once for each disclosure
		}
		tablesOf(&f.conditions, at, p.Form)
	}
}

// fewCodes reports whether codes choose few of all records: a 类 has three digits, and what begins with 2 is every functional code.
func fewCodes(codes []string) bool {
	return len(codes) > 0 && !slices.ContainsFunc(codes, func(code string) bool { return len(code) < 3 })
}

// formTables adds that the record x is in a table of one of the forms.
func formTables(c *conditions, forms []string) {
	if len(forms) == 0 {
		return
	}
	var inner conditions
	tablesOf(&inner, "", forms)
	c.add("x.tbl IN (SELECT pk FROM tables"+inner.where()+")", inner.args...)
}

// tablesOf adds that a table is of one of the forms, or has the words of one in its title or number. at is what is before its columns.
func tablesOf(c *conditions, at string, forms []string) {
	var list conditions
	for _, form := range forms {
		if indexer.IsForm(form) {
			list.add(at+"form = ?", form)
			continue
		}
		phrase := ftsPhrase(indexer.PhraseTokens(form))
		list.add(hasText(at+"title")+" OR "+hasText(at+"number"), phrase, phrase)
	}
	c.any(list)
}

// formKeys adds that the record's key says one of the forms, which are none of words.
func formKeys(c *conditions, forms []string) {
	list := make([]string, len(forms))
	for i, form := range forms {
		list[i] = fmt.Sprint(slices.Index(indexer.Forms(), schemas.Form(form)) + 1)
	}
	c.add(fmt.Sprintf("x.pk >> %d & %d IN (%s)", formShift, formMask, strings.Join(list, ", ")))
}
