package sqlite

import (
	"strings"

	"yusuan/indexer"
)

// ownColumns are those of passage_fts that hold a passage's own words; context is the third.
const ownColumns = "{heading text} : "

// ftsQuery writes a query in FTS5's language. Where negated is true, it is met by the passages that the text does not match:
// FTS5 has "a NOT b", but no "NOT b".
func ftsQuery(n indexer.Node, wanted bool) (text string, negated bool) {
	switch n := n.(type) {
	case indexer.And:
		return ftsAll(n.Nodes, wanted)
	case indexer.Or:
		inverted := make([]indexer.Node, len(n.Nodes)) // a OR b = NOT (NOT a AND NOT b)
		for i, c := range n.Nodes {
			inverted[i] = indexer.Not{Node: c}
		}
		text, negated = ftsAll(inverted, !wanted)
		return text, !negated
	case indexer.Not:
		text, negated = ftsQuery(n.Node, !wanted)
		return text, !negated
	case indexer.Term:
		return ftsLeaf(n.Text, wanted), false
	case indexer.Phrase:
		return ftsLeaf(n.Text, wanted), false
	}
	return nothing, false
}

// nothing matches no passage: no token is like it.
const nothing = `"··"`

// ftsLeaf finds a phrase: anywhere where it is wanted, among the passage's own words where it is not.
func ftsLeaf(text string, wanted bool) string {
	tokens := indexer.PhraseTokens(text)
	switch {
	case len(tokens) == 0:
		return nothing
	case wanted:
		return ftsPhrase(tokens)
	}
	return "(" + ownColumns + ftsPhrase(tokens) + ")"
}

// ftsAll writes the conjunction of the nodes.
func ftsAll(nodes []indexer.Node, wanted bool) (text string, negated bool) {
	var with, without []string
	for _, c := range nodes {
		if text, negated := ftsQuery(c, wanted); negated {
			without = append(without, text)
		} else {
			with = append(with, text)
		}
	}
	none := "(" + strings.Join(without, " OR ") + ")"
	switch all := "(" + strings.Join(with, " AND ") + ")"; {
	case len(with) == 0 && len(without) == 0:
		return nothing, true // nothing is wanted, so everything matches
	case len(with) == 0:
		return none, true
	case len(without) == 0:
		return all, false
	default:
		return "(" + all + " NOT " + none + ")", false
	}
}

// passageText adds the plan's text to the conditions on passages. ranked says that the full-text table, named passage_fts,
// is in the FROM clause, so that bm25 can be asked of it.
func passageText(c *conditions, p *indexer.Plan) (ranked bool) {
	words, mixed := p.Split()
	passageLeaf := passageLeaf(p.Disclosure)
	if mixed != nil {
		sql, args := tree(mixed, passageLeaf, indexer.Passages, true)
		c.add(sql, args...)
	}
	own := p.Own()
	if len(own) == 0 {
		if words != nil {
			sql, args := passageLeaf(words, true)
			c.add(sql, args...)
		}
		return false
	}
	list := make([]string, len(own))
	for i, leaf := range own {
		list[i] = ftsPhrase(leaf)
	}
	text := ownColumns + "(" + strings.Join(list, " OR ") + ")"
	if words != nil && !(len(own) == 1 && isLeaf(words)) { // a single word of its own is all that is wanted
		wanted, negated := ftsQuery(words, true)
		join := " AND "
		if negated {
			join = " NOT "
		}
		text = "(" + text + ")" + join + "(" + wanted + ")"
	}
	c.add("passage_fts MATCH ?", text)
	within(c, "passage_fts.rowid", p.Disclosure)
	return true
}

// isLeaf reports a single word or phrase.
func isLeaf(n indexer.Node) bool {
	switch n.(type) {
	case indexer.Term, indexer.Phrase:
		return true
	}
	return false
}

// passageLeaf gives what writes a query without filters as a condition on x.pk, of passages of the disclosures; none is all.
func passageLeaf(disclosures []string) func(indexer.Node, bool) (string, []any) {
	return func(n indexer.Node, wanted bool) (string, []any) {
		text, negated := ftsQuery(n, wanted)
		found, args := matches(text, disclosures)
		if negated {
			return "x.pk NOT IN " + found, args
		}
		return "x.pk IN " + found, args
	}
}

// matches selects the passages that the full-text table has of a query in its language, looking from the first to the last of the
// disclosures' only.
func matches(text string, disclosures []string) (string, []any) {
	var c conditions
	c.add("passage_fts MATCH ?", text)
	within(&c, "rowid", disclosures)
	return "(SELECT rowid FROM passage_fts" + c.where() + ")", c.args
}

// tree writes a query with filters in it as a condition. leaf writes what has none; wanted is false under an odd number of Not.
func tree(n indexer.Node, leaf func(indexer.Node, bool) (string, []any), target indexer.Target, wanted bool) (string, []any) {
	list := func(nodes []indexer.Node, join, none string) (string, []any) {
		if len(nodes) == 0 {
			return none, nil
		}
		var parts []string
		var args []any
		for _, c := range nodes {
			sql, a := tree(c, leaf, target, wanted)
			parts, args = append(parts, sql), append(args, a...)
		}
		return "(" + strings.Join(parts, join) + ")", args
	}
	switch n := n.(type) {
	case indexer.And:
		return list(n.Nodes, " AND ", "1")
	case indexer.Or:
		return list(n.Nodes, " OR ", "0")
	case indexer.Not:
		sql, args := tree(n.Node, leaf, target, !wanted)
		return "((" + sql + ") IS NOT TRUE)", args // what has no year, say, is none of 2024
	case indexer.Where:
		var c conditions
		filters(&c, &n.Filters, target, fiscalYear)
		formTables(&c, n.Form)
		return "(" + strings.Join(append(c.sql, "1"), " AND ") + ")", c.args
	}
	return leaf(n, wanted)
}

// itemText writes a query on line items: a term or phrase is in the label, the header, the table's number or title, or is the
// code.
func itemText(n indexer.Node) (sql string, args []any) {
	return tree(n, func(n indexer.Node, _ bool) (string, []any) {
		switch n := n.(type) {
		case indexer.Term:
			return itemLeaf(n.Text)
		case indexer.Phrase:
			return itemLeaf(n.Text)
		}
		return "0", nil
	}, indexer.Items, true)
}

func itemLeaf(text string) (string, []any) {
	tokens := indexer.PhraseTokens(text)
	if len(tokens) == 0 {
		return "0", nil
	}
	phrase := ftsPhrase(tokens)
	sql := hasText("x.label") + " OR " + hasText("x.header") +
		" OR x.tbl IN (SELECT pk FROM tables WHERE " + hasText("title") + " OR " + hasText("number") + ")"
	args := []any{phrase, phrase, phrase, phrase}
	if len(tokens) == 1 && !tokens[0].Prefix {
		return "(" + sql + " OR x.code = ?)", append(args, tokens[0].Term)
	}
	return "(" + sql + ")", args
}
