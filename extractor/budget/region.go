package budget

import (
	"yusuan/extractor/layout"
	"yusuan/schemas"
	"yusuan/schemas/region"
)

// maxNamed is how many paragraphs of the text are searched for the longer form of a region's name.
const maxNamed = 400

// regionOf returns the administrative divisions of the reporting unit in the longest form that the document has: those that
// its name or the title begins with, else those that the cover, a table's caption or the signature does.
func regionOf(d *schemas.Disclosure, cover, text, signature []layout.Paragraph) string {
	best := ""
	for _, s := range []string{d.Unit, unitInTitle(d.Title)} {
		if r := region.Prefix(s); len(r) > len(best) {
			best = r
		}
	}
	var named []string
	for i := range cover {
		named = append(named, squeeze(cover[i].Text))
	}
	for i := range d.Tables {
		named = append(named, d.Tables[i].ReportingUnit)
	}
	for i := range signature {
		named = append(named, squeeze(signature[i].Text))
	}
	if best == "" {
		best = firstRegion(named)
	}
	for i := range text[:min(len(text), maxNamed)] {
		named = append(named, text[i].Text)
	}
	return region.Longest(best, named)
}

// firstRegion returns the longest region that one of the texts begins with, the first of equals.
func firstRegion(texts []string) string {
	best := ""
	for _, s := range texts {
		if r := region.Prefix(s); len(r) > len(best) {
			best = r
		}
	}
	return best
}
