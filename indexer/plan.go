package indexer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"yusuan/schemas"
)

// A Plan is a query made ready for a back end: parsed, checked, with its defaults filled in.
type Plan struct {
	Query
	Target Target
	Expr   Node      // nil where there is nothing beside the filters to find
	Keys   []SortKey // of the order
	Cursor []any     // one value per key, nil on the first page

	ranked bool           // hits can be ranked by how well they match
	leaves [][]QueryToken // what is looked for, and words that were taken apart: found together, they make a better hit
}

// Prepare checks the query and makes it ready. An error is a *QueryError.
func (q Query) Prepare(target Target) (Plan, error) {
	p := Plan{Query: q, Target: target, Expr: q.Expr}
	if err := p.prepareText(); err != nil {
		return p, err
	}
	if p.Limit == 0 {
		p.Limit = DefaultLimit
	}
	if p.Sort == "" {
		p.Sort = ByDocument
		if p.ranked {
			p.Sort = ByRelevance
		}
	}
	p.Keys = SortKeys(p.Sort)
	switch {
	case p.Keys == nil:
		return p, queryError("unknown order %q", p.Sort)
	case p.Sort == ByRelevance && !p.ranked:
		return p, queryError("order by relevance needs text to find in passages")
	case p.Sort == ByChange && target != Items:
		return p, queryError("only line items have a change against last year")
	}
	if p.PerDisclosure {
		if target != Passages || !slices.Contains([]Sort{ByRelevance, ByAmount, ByDocument}, p.Sort) {
			return p, queryError("one hit of each disclosure is given of passages, by relevance, amount or document")
		}
		p.Keys = slices.DeleteFunc(p.Keys, func(k SortKey) bool { return k == SeqKey })
	}
	var err error
	p.Cursor, err = decodeCursor(q.After, p.Sort, len(p.Keys))
	return p, err
}

// PrepareSum makes the query ready to add line items by the dimensions; Limit, Sort and After say nothing here. Where neither
// the query nor the dimensions say which columns are meant, it is the totals of the disclosure's own year: so that nothing is added
// to its parts, or to last year's. An error is a *QueryError.
func (q Query) PrepareSum(by []Dimension) (Plan, error) {
	q.Limit, q.Sort, q.After = 0, "", ""
	if err := CheckDimensions(by); err != nil {
		return Plan{}, err
	}
	p, err := q.Prepare(Items)
	if err != nil {
		return p, err
	}
	chosen := p.byColumn() || len(p.leaves) > 0 // a word may be a header's
	if p.Expr != nil {
		walk(p.Expr, func(n Node) {
			if w, ok := n.(Where); ok && w.byColumn() {
				chosen = true
			}
		})
	}
	if chosen || slices.Contains(by, HeaderDimension) {
		return p, nil
	}
	if !slices.Contains(by, MeasureDimension) {
		p.Measure = []Measure{TotalMeasure}
	}
	if !slices.Contains(by, PeriodDimension) {
		p.Period = []Period{YearPeriod}
	}
	return p, nil
}

// prepareText parses the text, checks what is wanted, and takes words apart.
func (p *Plan) prepareText() error {
	typed := p.Expr == nil
	if typed {
		expr, err := Parse(p.Text)
		if err != nil {
			return err
		}
		p.Expr = expr
	}
	if err := p.check(p.Target, p.Expr); err != nil {
		return err
	}
	if p.Expr == nil {
		return nil
	}
	p.hoist()
	if p.Expr == nil {
		return nil
	}
	var whole [][]QueryToken
	if typed {
		d := p.Dictionary
		if d == nil {
			d = StandardDictionary()
		}
		e := expansion{Dictionary: d, room: MaxQueryWords}
		p.Expr = e.node(p.Expr)
		whole = e.whole
	}
	p.leaves = append(Leaves(p.Expr), whole...)
	p.ranked = p.Target == Passages && !Negative(p.Expr)
	return nil
}

func (q *Query) check(target Target, expr Node) error {
	if q.Limit < 0 || q.Limit > MaxLimit {
		return queryError("limit is %d, want 1 to %d", q.Limit, MaxLimit)
	}
	err := q.Filters.Check(target)
	if expr == nil {
		return err
	}
	walk(expr, func(n Node) {
		if w, ok := n.(Where); ok && err == nil {
			err = w.Check(target)
		}
	})
	return err
}

// hoist makes filters of the text those of the query, as long as that has none of the kind: back ends begin with them.
func (p *Plan) hoist() {
	var rest []Node
	for _, c := range conjuncts(p.Expr) {
		w, ok := c.(Where)
		if !ok || !p.Filters.take(&w.Filters) {
			rest = append(rest, c)
		}
	}
	p.Expr = allOf(rest)
}

// take adds filters to those there are, and reports whether it could: not where both filter by the same.
func (f *Filters) take(more *Filters) bool {
	both := func(a, b int) bool { return a > 0 && b > 0 }
	years := func(f *Filters) int { return f.YearFrom + f.YearTo }
	amounts := func(f *Filters) int { return bit(f.Min != nil) + bit(f.Max != nil) }
	if both(len(f.Region), len(more.Region)) || both(len(f.Unit), len(more.Unit)) || both(len(f.Kind), len(more.Kind)) ||
		both(len(f.Scope), len(more.Scope)) || both(len(f.Form), len(more.Form)) || both(len(f.Header), len(more.Header)) ||
		both(len(f.Measure), len(more.Measure)) || both(len(f.Period), len(more.Period)) ||
		both(len(f.Section), len(more.Section)) || both(len(f.Code), len(more.Code)) || both(len(f.State), len(more.State)) ||
		both(len(f.Disclosure), len(more.Disclosure)) || both(len(f.UnitType), len(more.UnitType)) || both(len(f.TextSource), len(more.TextSource)) || both(len(f.Passage), len(more.Passage)) ||
		both(years(f), years(more)) || both(amounts(f), amounts(more)) {
		return false
	}
	f.Region, f.Unit = append(f.Region, more.Region...), append(f.Unit, more.Unit...)
	f.Kind, f.Scope = append(f.Kind, more.Kind...), append(f.Scope, more.Scope...)
	f.Form, f.Header = append(f.Form, more.Form...), append(f.Header, more.Header...)
	f.Measure, f.Period = append(f.Measure, more.Measure...), append(f.Period, more.Period...)
	f.UnitType, f.TextSource = append(f.UnitType, more.UnitType...), append(f.TextSource, more.TextSource...)
	f.Disclosure, f.Passage = append(f.Disclosure, more.Disclosure...), append(f.Passage, more.Passage...)
	f.Section, f.Code, f.State = append(f.Section, more.Section...), append(f.Code, more.Code...), append(f.State, more.State...)
	if years(more) > 0 {
		f.YearFrom, f.YearTo = more.YearFrom, more.YearTo
	}
	if amounts(more) > 0 {
		f.Min, f.Max = more.Min, more.Max
	}
	return true
}

// Kinds are the kinds of passages that are found; nil where the text of the query chooses them.
func (p *Plan) Kinds() []PassageKind {
	if len(p.Passage) > 0 {
		return p.Passage
	}
	if p.Expr != nil && choosesKinds(p.Expr, true) {
		return nil
	}
	return slices.DeleteFunc(PassageKinds(), PassageKind.repeats)
}

// choosesKinds reports whether kinds of passages are asked for; those that are not wanted are none. wanted is false under an odd number of Not.
func choosesKinds(n Node, wanted bool) bool {
	any := func(nodes []Node) bool {
		return slices.ContainsFunc(nodes, func(c Node) bool { return choosesKinds(c, wanted) })
	}
	switch n := n.(type) {
	case And:
		return any(n.Nodes)
	case Or:
		return any(n.Nodes)
	case Not:
		return choosesKinds(n.Node, !wanted)
	case Where:
		return wanted && len(n.Passage) > 0
	}
	return false
}

// CodePrefixes are what the codes begin with that a facet counts: what the query asks for, as far as it is of the classification.
func (p *Plan) CodePrefixes(d Dimension) []string {
	first := []string{"2"} // 支出功能分类
	if d == EconomicDimension {
		first = []string{"3", "5"} // 部门预算 and 政府预算支出经济分类
	}
	var out []string
	for _, code := range p.Code {
		if slices.Contains(first, code[:min(1, len(code))]) {
			out = append(out, code)
		}
	}
	if len(out) == 0 {
		return first
	}
	return out
}

// CodeDigits is how many digits the codes have that a facet counts: one level below the codes that the query is about.
func (p *Plan) CodeDigits(d Dimension) int {
	levels := []int{3, 5, 7}
	if d == EconomicDimension {
		levels = levels[:2]
	}
	shortest := 7
	for _, code := range p.CodePrefixes(d) {
		shortest = min(shortest, len(code))
	}
	for _, n := range levels {
		if n > shortest {
			return n
		}
	}
	return levels[len(levels)-1]
}

// Split gives what is wanted of the text in two parts, of which either may be nil: words alone, by which hits are ranked, and
// what has filters in it, too.
func (p *Plan) Split() (words, mixed Node) {
	var pure, rest []Node
	for _, c := range conjuncts(p.Expr) {
		if hasFilters(c) {
			rest = append(rest, c)
		} else {
			pure = append(pure, c)
		}
	}
	return allOf(pure), allOf(rest)
}

// Own are the phrases of which a passage must have one among its own words. There are none where the query can do without any.
func (p *Plan) Own() [][]QueryToken {
	if !p.ranked {
		return nil
	}
	return p.leaves
}

// Widen lets a word be met by what the disclosure is as well: by the name of its unit or region, its fiscal year, or its kind. 图书馆 2024年
// 三公经费 finds what the library's disclosure for 2024 says of it. named tells of each text whether any unit's or region's name has
// it; it is asked once, and not at all where there is no such word. To be called once.
func (p *Plan) Widen(named func(texts []string) ([]bool, error)) error {
	list := conjuncts(p.Expr)
	least := 2 // a passage must have one word of its own
	if p.Target == Items {
		least = 1
	}
	if len(list) < least {
		return nil
	}
	var texts []string
	for _, c := range list {
		texts = append(texts, namesIn(c)...)
	}
	if len(texts) == 0 {
		return nil
	}
	found, err := named(texts)
	if err != nil {
		return err
	}
	list = slices.Clone(list)
	for i, c := range list {
		alternatives := []Node{c}
		for _, text := range namesIn(c) {
			chars := []rune(text)
			if year := yearOf(chars, 0, len(chars)); year != 0 {
				alternatives = append(alternatives, Where{Filters{YearFrom: year, YearTo: year}})
			}
			if kind := kindNamed(text); kind != "" {
				alternatives = append(alternatives, Where{Filters{Kind: []schemas.DocumentKind{kind}}})
			}
			if found[slices.Index(texts, text)] {
				alternatives = append(alternatives, Where{Filters{Unit: []string{text}}}, Where{Filters{Region: []string{text}}})
			}
		}
		if len(alternatives) > 1 {
			list[i] = Or{alternatives}
		}
	}
	p.Expr = allOf(list)
	return nil
}

// kindNamed is the kind of disclosure that a word names: 部门决算.
func kindNamed(text string) schemas.DocumentKind {
	for _, prefix := range []string{"部门", "单位", "年度"} {
		text = strings.TrimPrefix(text, prefix)
	}
	switch strings.TrimSuffix(text, "公开") {
	case "预算":
		return schemas.Budget
	case "决算":
		return schemas.FinalAccounts
	}
	return ""
}

// namesIn are the words of a conjunct that may be those of a name: of a term, a phrase, or alternatives of such.
func namesIn(n Node) []string {
	switch n := n.(type) {
	case Term:
		return nameText(n.Text)
	case Phrase:
		return nameText(n.Text)
	case Or:
		var out []string
		for _, c := range n.Nodes {
			if _, nested := c.(Or); !nested {
				out = append(out, namesIn(c)...)
			}
		}
		return out
	}
	return nil
}

// nameText gives a text that may stand in a name; one character would stand in most.
func nameText(text string) []string {
	text = strings.TrimLeft(Fold(text), "= ")
	if utf8.RuneCountInString(text) < 2 || len(PhraseTokens(text)) == 0 {
		return nil
	}
	return []string{text}
}

func bit(set bool) int {
	if set {
		return 1
	}
	return 0
}
