package indexer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Node is a parsed query: Term, Phrase, And, Or or Not.
type Node interface{ node() }

// A Term is a word: all its tokens, one after the other.
type Term struct{ Text string }

// A Phrase is several words: all their tokens, one after the other.
type Phrase struct{ Text string }

// And wants all of its nodes.
type And struct{ Nodes []Node }

// Or wants at least one of its nodes.
type Or struct{ Nodes []Node }

// Not wants what its node does not. It looks at a passage's own words only, not at its context.
type Not struct{ Node Node }

func (Term) node()   {}
func (Phrase) node() {}
func (And) node()    {}
func (Or) node()     {}
func (Not) node()    {}

// The bounds of a query's text.
const (
	MaxQueryRunes = 1000
	MaxQueryWords = 64
)

// Parse reads what somebody typed: words by white space, all of them wanted; "…" or “…” around several words is a phrase.
// Everything else is literal. A quote inside a word is part of it, so that “三公”经费 is one word. Text without a word gives
// nil; text that has only punctuation gives a *QueryError, and so does text beyond MaxQueryRunes or MaxQueryWords.
func Parse(text string) (Node, error) {
	if utf8.RuneCountInString(text) > MaxQueryRunes {
		return nil, queryError("longer than %d characters", MaxQueryRunes)
	}
	var nodes []Node
	words := 0
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimLeftFunc(rest, unicode.IsSpace) {
		var n Node
		n, rest = parseWord(rest)
		words++
		if len(leafTokens(n)) > 0 {
			nodes = append(nodes, n)
		}
	}
	switch {
	case words == 0:
		return nil, nil
	case len(nodes) == 0:
		return nil, queryError("nothing to look for in %q", text)
	case len(nodes) > MaxQueryWords:
		return nil, queryError("more than %d words", MaxQueryWords)
	case len(nodes) == 1:
		return nodes[0], nil
	}
	return And{nodes}, nil
}

// parseWord takes the first word or phrase from s, which begins with neither space nor end.
func parseWord(s string) (Node, string) {
	first, size := utf8.DecodeRuneInString(s)
	if closing, ok := map[rune]rune{'"': '"', '“': '”', '＂': '＂'}[first]; ok {
		if inner, after, found := strings.Cut(s[size:], string(closing)); found {
			next, _ := utf8.DecodeRuneInString(after)
			if after == "" || unicode.IsSpace(next) {
				return Phrase{inner}, after
			}
		}
	}
	if end := strings.IndexFunc(s, unicode.IsSpace); end >= 0 {
		return Term{s[:end]}, s[end:]
	}
	return Term{s}, ""
}

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

// Negative reports whether the query can be met by text that has none of the words it names: Not, And of such only, Or with
// one such. Nothing can be ranked or highlighted then, and no word need be a passage's own.
func Negative(n Node) bool {
	switch n := n.(type) {
	case And:
		for _, c := range n.Nodes {
			if !Negative(c) {
				return false
			}
		}
		return true
	case Or:
		for _, c := range n.Nodes {
			if Negative(c) {
				return true
			}
		}
		return false
	case Not:
		return !Negative(n.Node)
	}
	return false
}
