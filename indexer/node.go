package indexer

import "slices"

// A Node is a parsed query: Term, Phrase, Where, And, Or or Not.
type Node interface{ node() }

// A Term is a word: all its tokens, one after the other.
type Term struct{ Text string }

// A Phrase is several words: all their tokens, one after the other.
type Phrase struct{ Text string }

// Where wants what its filters select.
type Where struct{ Filters }

// And wants all of its nodes.
type And struct{ Nodes []Node }

// Or wants at least one of its nodes.
type Or struct{ Nodes []Node }

// Not wants what its node does not. It looks at a passage's own words only, not at its context.
type Not struct{ Node Node }

func (Term) node()   {}
func (Phrase) node() {}
func (Where) node()  {}
func (And) node()    {}
func (Or) node()     {}
func (Not) node()    {}

// leafTokens returns the tokens of a Term or Phrase, and nil for other nodes.
func leafTokens(n Node) []QueryToken {
	switch n := n.(type) {
	case Term:
		return PhraseTokens(n.Text)
	case Phrase:
		return PhraseTokens(n.Text)
	}
	return nil
}

// Leaves returns the token lists of the terms and phrases that the query wants (those under an even number of Not). One of
// them must be among a passage's own words, and they are what is highlighted.
func Leaves(n Node) [][]QueryToken { return appendLeaves(nil, n, true) }

func appendLeaves(out [][]QueryToken, n Node, wanted bool) [][]QueryToken {
	switch n := n.(type) {
	case And:
		for _, c := range n.Nodes {
			out = appendLeaves(out, c, wanted)
		}
	case Or:
		for _, c := range n.Nodes {
			out = appendLeaves(out, c, wanted)
		}
	case Not:
		out = appendLeaves(out, n.Node, !wanted)
	default:
		if t := leafTokens(n); wanted && len(t) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// Negative reports whether the query can be met by text that has none of the words it names: Not, Where, And of such only, Or
// with one such. Nothing can be ranked or highlighted then, and no word need be a passage's own.
func Negative(n Node) bool { return wordless(n, true) }

func wordless(n Node, wanted bool) bool {
	some := func(nodes []Node) bool {
		return slices.ContainsFunc(nodes, func(c Node) bool { return wordless(c, wanted) })
	}
	every := func(nodes []Node) bool {
		return !slices.ContainsFunc(nodes, func(c Node) bool { return !wordless(c, wanted) })
	}
	switch n := n.(type) {
	case And:
		if wanted {
			return every(n.Nodes)
		}
		return some(n.Nodes)
	case Or:
		if wanted {
			return some(n.Nodes)
		}
		return every(n.Nodes)
	case Not:
		return wordless(n.Node, !wanted)
	case Where:
		return true
	}
	return !wanted
}

// hasFilters reports whether there is a Where in the query.
func hasFilters(n Node) bool {
	found := false
	walk(n, func(n Node) {
		if _, ok := n.(Where); ok {
			found = true
		}
	})
	return found
}

// walk calls fn for the node and all under it.
func walk(n Node, fn func(Node)) {
	fn(n)
	switch n := n.(type) {
	case And:
		for _, c := range n.Nodes {
			walk(c, fn)
		}
	case Or:
		for _, c := range n.Nodes {
			walk(c, fn)
		}
	case Not:
		walk(n.Node, fn)
	}
}

// conjuncts are what a query wants, all of it.
func conjuncts(n Node) []Node {
	and, ok := n.(And)
	if !ok {
		if n == nil {
			return nil
		}
		return []Node{n}
	}
	var out []Node
	for _, c := range and.Nodes {
		out = append(out, conjuncts(c)...)
	}
	return out
}

// allOf is the conjunction of the nodes; nil of none.
func allOf(nodes []Node) Node {
	switch len(nodes) {
	case 0:
		return nil
	case 1:
		return nodes[0]
	}
	return And{nodes}
}
