package checker

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"yusuan/schemas"
)

// A ChangeKind says what is different between two versions.
type ChangeKind string

// The kinds of a change.
const (
	FigureChange ChangeKind = "figure" // a cell of a table: another amount, or one where there was none
	CellChange   ChangeKind = "cell"   // a cell that holds no amount
	RowChange    ChangeKind = "row"    // a row that only one of the versions has
	TableChange  ChangeKind = "table"  // a table that only one of the versions has
	TextChange   ChangeKind = "text"   // sentences of a section
	FieldChange  ChangeKind = "field"  // what stands for the whole: title, date of signature
)

// A Change is one difference. Before is "" for what is new, After for what is gone; both are as printed.
type Change struct {
	Kind       ChangeKind            `json:"kind"`
	Table      string                `json:"table,omitempty"`   // number and title
	Row        string                `json:"row,omitempty"`     // its code and name
	Column     string                `json:"column,omitempty"`  // header path, joined by " > "
	Section    string                `json:"section,omitempty"` // headings from the root, joined by " > "
	Field      string                `json:"field,omitempty"`
	Before     string                `json:"before,omitempty"`
	After      string                `json:"after,omitempty"`
	Unit       schemas.UnitOfMeasure `json:"unit_of_measure,omitempty"`        // of After, else of Before
	UnitBefore schemas.UnitOfMeasure `json:"unit_of_measure_before,omitempty"` // of Before, where it is another
	Difference *schemas.Fen          `json:"difference_fen,omitempty"`         // After less Before, where both are amounts
	PageBefore int                   `json:"page_before,omitempty"`            // 1-based; 0 where it is not known or there is none
	PageAfter  int                   `json:"page_after,omitempty"`
}

// Changes lists what is different in the newer of two versions of a disclosure: tables first, then the narrative, both in reading
// order. Tables are matched by form, number and title, rows by their code and words, columns by their headers, sections by
// their headings, so that what has only moved is no change; nor is white space. Amounts that are equal in 分 are equal, however
// they are printed.
func Changes(older, newer *schemas.Disclosure) []Change {
	c := &comparison{}
	c.field("title", older.Title, newer.Title)
	c.field("published_on", value(older.PublishedOn), value(newer.PublishedOn))
	c.tables(older.Tables, newer.Tables)
	c.sections(older.Sections, newer.Sections)
	return c.changes
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// A comparison collects changes.
type comparison struct{ changes []Change }

func (c *comparison) add(ch Change) { c.changes = append(c.changes, ch) }

func (c *comparison) field(name, before, after string) {
	if bare(before) != bare(after) {
		c.add(Change{Kind: FieldChange, Field: name, Before: before, After: after})
	}
}

// bare drops what is no difference: white space.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// A keyed is something under the name by which it is found in the other version.
type keyed[T any] struct {
	key  string
	item T
}

// name gives every item its key, and those with equal keys a number.
func name[T any](items []T, key func(T) string) []keyed[T] {
	seen := map[string]int{}
	out := make([]keyed[T], len(items))
	for i, it := range items {
		k := key(it)
		seen[k]++
		if n := seen[k]; n > 1 {
			k = fmt.Sprintf("%s #%d", k, n)
		}
		out[i] = keyed[T]{k, it}
	}
	return out
}

// match pairs the items of two versions by their keys, in the order of the newer; what only the older has stands behind what it
// followed there. Either of a pair may be nil.
func match[T any](older, newer []keyed[T], fn func(before, after *T)) {
	inNewer := map[string]bool{}
	for _, n := range newer {
		inNewer[n.key] = true
	}
	place := map[string]int{}
	for i, o := range older {
		place[o.key] = i
	}
	goneAfter := func(i int) { // those that follow the i-th of the older and are gone
		for i++; i < len(older) && !inNewer[older[i].key]; i++ {
			fn(&older[i].item, nil)
		}
	}
	goneAfter(-1)
	for i := range newer {
		at, ok := place[newer[i].key]
		if !ok {
			fn(nil, &newer[i].item)
			continue
		}
		fn(&older[at].item, &newer[i].item)
		goneAfter(at)
	}
}

func (c *comparison) sections(older, newer []schemas.Section) {
	var flat func(list []schemas.Section, path []string) []keyedSection
	flat = func(list []schemas.Section, path []string) (out []keyedSection) {
		for _, s := range list {
			here := append(slices.Clone(path), s.Number+s.Title)
			out = append(out, keyedSection{here, s})
			out = append(out, flat(s.Children, here)...)
		}
		return out
	}
	key := func(s keyedSection) string { return bare(strings.Join(s.path, "\x00")) }
	match(name(flat(older, nil), key), name(flat(newer, nil), key), func(before, after *keyedSection) {
		var b, a keyedSection
		ch := Change{Kind: TextChange}
		if before != nil {
			b, ch.PageBefore = *before, page(before.section.At)
			ch.Section = strings.Join(b.path, " > ")
		}
		if after != nil {
			a, ch.PageAfter = *after, page(after.section.At)
			ch.Section = strings.Join(a.path, " > ")
		}
		if before == nil || after == nil {
			ch.Before, ch.After = strings.TrimSpace(b.heading()+"\n"+b.section.Text), strings.TrimSpace(a.heading()+"\n"+a.section.Text)
			c.add(ch)
			return
		}
		for _, d := range differences(sentences(b.section.Text), sentences(a.section.Text)) {
			ch.Before, ch.After = strings.Join(d.before, ""), strings.Join(d.after, "")
			c.add(ch)
		}
	})
}

// A keyedSection is a section with its headings, from the root to its own.
type keyedSection struct {
	path    []string
	section schemas.Section
}

func (s keyedSection) heading() string {
	if len(s.path) == 0 {
		return ""
	}
	return s.path[len(s.path)-1]
}

func page(p *schemas.Place) int {
	if p == nil {
		return 0
	}
	return p.Page
}

// sentences cuts a text behind 。！？； and at line ends.
func sentences(text string) []string {
	var out []string
	start := 0
	for i, r := range text {
		if strings.ContainsRune("。！？；\n", r) {
			out = appendText(out, text[start:i+len(string(r))])
			start = i + len(string(r))
		}
	}
	return appendText(out, text[start:])
}

func appendText(list []string, s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return list
	}
	return append(list, s)
}

// A difference is a run of sentences of one version in place of a run of the other.
type difference struct{ before, after []string }

// maxCompared bounds the table of the longest common subsequence. Beyond it two texts are compared as sets of sentences.
const maxCompared = 4 << 20

// differences compares two lists by their longest common subsequence.
func differences(before, after []string) []difference {
	for len(before) > 0 && len(after) > 0 && bare(before[0]) == bare(after[0]) {
		before, after = before[1:], after[1:]
	}
	for len(before) > 0 && len(after) > 0 && bare(before[len(before)-1]) == bare(after[len(after)-1]) {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	switch {
	case len(before) == 0 && len(after) == 0:
		return nil
	case len(before) == 0 || len(after) == 0:
		return []difference{{before, after}}
	case len(before)*len(after) > maxCompared:
		return []difference{{lacking(before, after), lacking(after, before)}}
	}
	return bySubsequence(before, after)
}

// lacking lists what is in one list and not in the other.
func lacking(list, other []string) []string {
	in := map[string]bool{}
	for _, s := range other {
		in[bare(s)] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return in[bare(s)] })
}

func bySubsequence(before, after []string) []difference {
	b, a := make([]string, len(before)), make([]string, len(after))
	for i, s := range before {
		b[i] = bare(s)
	}
	for i, s := range after {
		a[i] = bare(s)
	}
	// common[i][j] is how many of b[i:] and a[j:] are in common.
	common := make([][]int32, len(b)+1)
	for i := range common {
		common[i] = make([]int32, len(a)+1)
	}
	for i := len(b) - 1; i >= 0; i-- {
		for j := len(a) - 1; j >= 0; j-- {
			if b[i] == a[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []difference
	var d difference
	i, j := 0, 0
	for i < len(b) || j < len(a) {
		switch {
		case i < len(b) && j < len(a) && b[i] == a[j]:
			if len(d.before)+len(d.after) > 0 {
				out, d = append(out, d), difference{}
			}
			i, j = i+1, j+1
		case j == len(a) || i < len(b) && common[i+1][j] >= common[i][j+1]:
			d.before = append(d.before, before[i])
			i++
		default:
			d.after = append(d.after, after[j])
			j++
		}
	}
	if len(d.before)+len(d.after) > 0 {
		out = append(out, d)
	}
	return out
}
