package site

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A hitsView is where in a disclosure there is what was searched for.
type hitsView struct {
	Query      string
	Wrong      string // what is wrong with the query, or ""
	At         int    // the hit that the address names, from 1; 0 for none
	List       []hitLink
	More       bool   // there are more than are listed
	Prev, Next string // addresses of the hits before and after
	found      map[string]bool
}

// A hitLink is one hit, and where it is.
type hitLink struct{ Link, Anchor, B string }

// maxHits is how many hits are gone through in one disclosure.
const maxHits = 500

// disclosureHits searches within the disclosure. It gives what marks a text, or nil.
func (r *request) disclosureHits(d *schemas.Disclosure, a asked, v *hitsView) (func(string) []indexer.Range, error) {
	v.Query, v.found = a.Get("q"), map[string]bool{}
	if v.Query == "" {
		return nil, nil
	}
	q := indexer.Query{Text: v.Query, Filters: indexer.Filters{Disclosure: []string{d.ID()}}, AllVersions: true, Sort: indexer.ByDocument, Limit: maxHits, Dictionary: r.s.Dictionary}
	plan, err := q.Prepare(indexer.Passages)
	if err == nil {
		var res indexer.Result
		if res, err = r.s.Index.Search(r.ctx(), q); err == nil {
			v.fill(d, a, res)
			return plan.Marks, nil
		}
	}
	if r.faultOf(err).status != 400 {
		return nil, err
	}
	v.Wrong = r.queryFault(err)
	return nil, nil
}

func (v *hitsView) fill(d *schemas.Disclosure, a asked, res indexer.Result) {
	untitled := map[string]bool{}
	walkSections(d.Sections, func(s *schemas.Section) {
		if s.Title == "" {
			untitled[s.ID] = true
		}
	})
	base := a.with("page")
	delete(base.values, "box")
	hits := slices.Clone(res.Hits)
	slices.SortStableFunc(hits, inOrder)
	for i := range hits {
		h := &hits[i]
		one := hitLink{Anchor: hitAnchor(h, untitled), B: placeText(h.Page, h.Box)}
		one.Link = base.link("hit", strconv.Itoa(len(v.List)+1)) + "#" + one.Anchor
		if one.Anchor == "" { // a title, a project or a term
			one.Link = strings.TrimSuffix(one.Link, "#")
		}
		v.found[one.Anchor] = true
		v.List = append(v.List, one)
	}
	v.More = res.Next != ""
	if n, err := strconv.Atoi(a.Get("hit")); err == nil && n >= 1 && n <= len(v.List) {
		v.At = n
	}
	if n := len(v.List); n > 0 {
		v.Next, v.Prev = v.List[v.At%n].Link, v.List[(max(v.At, 1)-2+n)%n].Link
	}
}

// inOrder compares hits by where they stand in the PDF, as far as that is known: the index has the text first, then the tables.
func inOrder(a, b indexer.Hit) int {
	if a.Page != b.Page || a.Box == nil || b.Box == nil {
		return cmp.Compare(a.Page, b.Page)
	}
	return cmp.Compare(a.Box[1], b.Box[1])
}

// hitAnchor is the place of a hit, down to the paragraph.
func hitAnchor(h *indexer.Hit, untitled map[string]bool) string {
	anchor := anchorOf(&h.Passage)
	if h.Passage.Kind != indexer.SectionPassage || len(h.Snippet.Marks) == 0 {
		return anchor
	}
	at := min(h.Snippet.Start+h.Snippet.Marks[0].Start, len(h.Passage.Text))
	n := strings.Count(h.Passage.Text[:at], "\n")
	if n == 0 && untitled[h.SectionID] {
		return anchor
	}
	return paragraphAnchor(h.SectionID, n)
}

// walkSections goes through a tree of sections in reading order.
func walkSections(list []schemas.Section, fn func(*schemas.Section)) {
	for i := range list {
		fn(&list[i])
		walkSections(list[i].Children, fn)
	}
}

// paragraphAnchor is the place of a paragraph, counted from 0 here.
func paragraphAnchor(section string, n int) string {
	return sectionAnchor(section) + "-p-" + strconv.Itoa(n+1)
}

// placeText is a place for script: page,x0,y0,x1,y1, with one decimal at most; the page alone where no box is known, "" where nothing is.
func placeText(page int, b *schemas.Box) string {
	if page <= 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(strconv.Itoa(page))
	if b != nil {
		for _, x := range b {
			out.WriteByte(',')
			out.WriteString(strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0"))
		}
	}
	return out.String()
}
