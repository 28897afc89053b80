package indexer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a query's text.
const (
	MaxQueryRunes = 1000
	MaxQueryWords = 64
	maxDepth      = 8 // of brackets; Elasticsearch takes some 30 queries within each other
)

// Parse reads what somebody typed:
//
//	三公经费 减少            both words
//	"减少 主要原因"          a phrase; also in “…”
//	三公 OR 会议费           either
//	三公 -公务接待费         without; also NOT
//	(三公 OR 会议费) 减少    brackets around words, with white space outside of them
//	unit:图书馆 year:2023..2024 code:20805 amount:>100万 section:三公 table:收支 kind:决算 state:空表
//
// AND, OR and NOT are upper case. Everything else is literal: brackets and quotes inside a word are part of it, so that “三公”经费
// and 因公出国(境) are one word. Text without a word gives nil. What is wrong gives a *QueryError that says where: an operator
// without a word, a field that there is none of, a value that makes no sense, text that has only punctuation, or goes beyond
// MaxQueryRunes or MaxQueryWords.
func Parse(text string) (Node, error) {
	if utf8.RuneCountInString(text) > MaxQueryRunes {
		return nil, queryError("longer than %d characters", MaxQueryRunes)
	}
	p := parser{src: []rune(strings.ToValidUTF8(text, "\ufffd"))}
	n, err := p.or()
	switch {
	case err != nil:
		return nil, err
	case p.words > MaxQueryWords:
		return nil, queryError("more than %d words", MaxQueryWords)
	case n == nil && p.words > 0:
		return nil, nothingIn(text)
	}
	return n, nil
}

// nothingIn is the error of a text that has only punctuation.
func nothingIn(text string) error {
	const most = 40 // characters that are shown
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return queryError("nothing to look for in %q", text)
}

// A parser reads a query. Positions are indices in src.
type parser struct {
	src   []rune
	at    int
	depth int // of brackets that are open
	words int // so far, punctuation among them
}

func (p *parser) or() (Node, error) {
	var list []Node
	for at := -1; ; { // of the OR before
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		here := p.at
		more := p.keyword("OR")
		if n == nil && at < 0 && more {
			at = here
		}
		if n == nil && at >= 0 {
			return nil, errorAt(at, "OR needs something on both of its sides")
		}
		if n != nil {
			list = append(list, n)
		}
		if at = here; !more {
			break
		}
	}
	if len(list) > 1 {
		return Or{list}, nil
	}
	return allOf(list), nil
}

// and reads up to the end, an OR, or the bracket that closes.
func (p *parser) and() (Node, error) {
	var list []Node
	for {
		p.space()
		at := p.at
		if p.keyword("AND") {
			if len(list) == 0 || p.ended() {
				return nil, errorAt(at, "AND needs something on both of its sides")
			}
			continue
		}
		if p.ended() || p.isKeyword("OR") {
			return allOf(list), nil
		}
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		if n != nil {
			list = append(list, n)
		}
	}
}

// ended reports whether the query, or the bracket that is open, is at its end.
func (p *parser) ended() bool {
	p.space()
	return p.at >= len(p.src) || p.depth > 0 && p.src[p.at] == ')'
}

func (p *parser) unary() (Node, error) {
	at := p.at
	not := p.keyword("NOT")
	if !not && p.src[p.at] == '-' && p.at+1 < len(p.src) && !unicode.IsSpace(p.src[p.at+1]) && p.src[p.at+1] != ')' {
		p.at++
		not = true
	}
	if !not {
		return p.primary()
	}
	if p.ended() {
		return nil, errorAt(at, "NOT needs something behind it")
	}
	n, err := p.unary()
	if err != nil || n == nil {
		return nil, err
	}
	if twice, ok := n.(Not); ok {
		return twice.Node, nil
	}
	return Not{n}, nil
}

func (p *parser) primary() (Node, error) {
	if p.src[p.at] == '(' {
		if end := p.group(); end > 0 {
			return p.bracket(end)
		}
		if p.operatorAhead() {
			return nil, errorAt(p.at, "the bracket is not closed, or a word follows it without white space")
		}
	}
	p.words++
	if closing, ok := closingQuote(p.src[p.at]); ok {
		end := p.at + 1
		for end < len(p.src) && p.src[end] != closing {
			end++
		}
		if end < len(p.src) && p.boundary(end+1) {
			n := Phrase{string(p.src[p.at+1 : end])}
			p.at = end + 1
			return wordy(n), nil
		}
	}
	if name, behind := p.fieldName(); name != "" {
		return p.field(name, behind)
	}
	n := Term{string(p.src[p.at:p.wordEnd()])}
	p.at = p.wordEnd()
	return wordy(n), nil
}

// wordy gives nil for what has only punctuation.
func wordy(n Node) Node {
	if len(leafTokens(n)) == 0 {
		return nil
	}
	return n
}

func closingQuote(r rune) (rune, bool) {
	closing, ok := map[rune]rune{'"': '"', '“': '”', '＂': '＂'}[r]
	return closing, ok
}

// boundary reports whether a word may end before i.
func (p *parser) boundary(i int) bool {
	return i >= len(p.src) || unicode.IsSpace(p.src[i]) || p.depth > 0 && p.src[i] == ')'
}

// group returns where the bracket closes that begins here, if what is behind that is no part of a word; else 0.
func (p *parser) group() int {
	open := 0
	for i := p.at; i < len(p.src); i++ {
		switch r := p.src[i]; {
		case r == '(':
			open++
		case r == ')':
			if open--; open == 0 {
				if i+1 == len(p.src) || unicode.IsSpace(p.src[i+1]) || p.depth > 0 && p.src[i+1] == ')' {
					return i
				}
				return 0
			}
		default:
			if closing, ok := closingQuote(r); ok {
				if end := slices.Index(p.src[i+1:], closing); end >= 0 {
					i += end + 1
				}
			}
		}
	}
	return 0
}

// bracket reads what stands in brackets, which close at end.
func (p *parser) bracket(end int) (Node, error) {
	if p.depth == maxDepth {
		return nil, errorAt(p.at, "more than %d brackets within each other", maxDepth)
	}
	p.at++
	p.depth++
	n, err := p.or()
	p.depth--
	if err != nil {
		return nil, err
	}
	if p.at != end {
		return nil, errorAt(p.at, "the bracket is not closed")
	}
	p.at++
	return n, nil
}

// operatorAhead reports whether there is an OR, AND or NOT in the rest.
func (p *parser) operatorAhead() bool {
	return slices.ContainsFunc(strings.Fields(string(p.src[p.at:])), func(w string) bool { return w == "OR" || w == "AND" || w == "NOT" })
}

// wordEnd returns where the word that begins here ends. A bracket within it that is opened there is part of it.
func (p *parser) wordEnd() int {
	open := 0
	for i := p.at; i < len(p.src); i++ {
		switch r := p.src[i]; {
		case unicode.IsSpace(r):
			return i
		case r == '(':
			open++
		case r == ')' && open > 0:
			open--
		case r == ')' && p.depth > 0:
			return i
		}
	}
	return len(p.src)
}

func (p *parser) space() {
	for p.at < len(p.src) && unicode.IsSpace(p.src[p.at]) {
		p.at++
	}
}

// isKeyword reports whether the operator stands here, as a word.
func (p *parser) isKeyword(word string) bool {
	end := p.at + len(word)
	return end <= len(p.src) && string(p.src[p.at:end]) == word && (p.boundary(end) || p.src[end] == '(')
}

// keyword reads the operator if it stands here.
func (p *parser) keyword(word string) bool {
	p.space()
	if !p.isKeyword(word) {
		return false
	}
	p.at += len(word)
	return true
}

// errorAt is about the character at an index of the text.
func errorAt(at int, format string, args ...any) error {
	err := queryError(format, args...)
	err.At = at + 1
	return err
}
