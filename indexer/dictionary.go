package indexer

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed data/words.txt
var standardWords string

//go:embed data/stopwords.txt
var standardStopWords string

//go:embed data/synonyms.txt
var standardSynonyms string

// A Dictionary knows the words by which a typed text without spaces is taken apart, and what they are called elsewhere. It is used
// when searching only, so that changing it needs no new index.
type Dictionary struct {
	words   map[string]bool
	stops   map[string]bool     // words that say nothing
	longest int                 // characters of the longest word
	alike   map[string][]string // what else finds a word, itself not among them
}

// StandardDictionary is the one in the program.
var StandardDictionary = sync.OnceValue(func() *Dictionary {
	d := &Dictionary{words: map[string]bool{}, stops: map[string]bool{}, alike: map[string][]string{}}
	for _, w := range wordList(standardWords) {
		d.add(w)
	}
	for _, w := range wordList(standardStopWords) {
		d.stops[w] = true
		d.longest = max(d.longest, utf8.RuneCountInString(w))
	}
	if err := d.read(strings.NewReader(standardSynonyms)); err != nil {
		panic(err) // a test reads it
	}
	return d
})

// wordList are the words of a list, folded; lines that begin with # are remarks.
func wordList(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			for _, w := range strings.Fields(line) {
				out = append(out, Fold(w))
			}
		}
	}
	return out
}

// WithSynonyms is the dictionary with further groups of words that find each other, one group a line: words by commas, or
// "公车 => 公务用车" where only the first is to find the others. # begins a remark. An error names the line.
func (d *Dictionary) WithSynonyms(r io.Reader) (*Dictionary, error) {
	more := &Dictionary{words: map[string]bool{}, stops: d.stops, alike: map[string][]string{}, longest: d.longest}
	for w := range d.words {
		more.words[w] = true
	}
	for w, list := range d.alike {
		more.alike[w] = slices.Clone(list)
	}
	if err := more.read(r); err != nil {
		return nil, err
	}
	return more, nil
}

// The bounds of a file of synonyms.
const (
	maxSynonyms     = 100_000 // lines
	maxSynonymGroup = 32      // words
)

func (d *Dictionary) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		if n++; n > maxSynonyms {
			return fmt.Errorf("synonyms: more than %d lines", maxSynonyms)
		}
		line, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := d.group(line); err != nil {
			return fmt.Errorf("synonyms: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("synonyms: line %d: %w", n+1, err)
	}
	return nil
}

// group takes over a line.
func (d *Dictionary) group(line string) error {
	left, right, oneWay := strings.Cut(line, "=>")
	from, err := synonymList(left)
	if err != nil {
		return err
	}
	to := from
	if oneWay {
		if to, err = synonymList(right); err != nil {
			return err
		}
	}
	if !oneWay && len(from) < 2 {
		return fmt.Errorf("%q has no other word", strings.TrimSpace(line))
	}
	if len(from)+len(to) > maxSynonymGroup*2 {
		return fmt.Errorf("more than %d words", maxSynonymGroup)
	}
	for _, w := range append(slices.Clone(from), to...) {
		d.add(w)
	}
	for _, a := range from {
		for _, b := range to {
			if a != b && !slices.Contains(d.alike[a], b) {
				d.alike[a] = append(d.alike[a], b)
			}
		}
	}
	return nil
}

func synonymList(text string) ([]string, error) {
	var out []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == '、' }) {
		if w = strings.TrimSpace(Fold(w)); len(PhraseTokens(w)) == 0 {
			return nil, fmt.Errorf("a word is missing in %q", strings.TrimSpace(text))
		}
		out = append(out, w)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("a word is missing in %q", strings.TrimSpace(text))
	}
	return out, nil
}

func (d *Dictionary) add(word string) {
	d.words[word] = true
	d.longest = max(d.longest, utf8.RuneCountInString(word))
}

// split takes a folded text apart into words that it knows and what is left between them. It gives one piece where it knows none, or
// where the text is a word itself.
func (d *Dictionary) split(text string) []string {
	if d.words[text] {
		return []string{text}
	}
	return joinPieces(d.cheapest([]rune(text)))
}

// A piece is a part of a text.
type piece struct {
	text  string
	known bool
	stop  bool
}

// cheapest cuts the text so that few characters are of no known word, and then into few words.
func (d *Dictionary) cheapest(text []rune) []piece {
	const unknown, word = 3, 2 // what each character that is of no word costs, and each word
	type step struct {
		cost  int
		from  int
		piece piece
	}
	best := make([]step, len(text)+1)
	for end := 1; end <= len(text); end++ {
		best[end] = step{best[end-1].cost + unknown, end - 1, piece{text: string(text[end-1 : end])}}
		for from := max(0, end-max(d.longest, maxYear)); from < end; from++ {
			p, cost := piece{text: string(text[from:end]), known: true}, word
			switch {
			case d.stops[p.text]:
				p.stop = true
			case d.words[p.text], isRegion(text, from, end):
			case yearOf(text, from, end) != 0:
				cost = 1
			default:
				continue
			}
			if cost += best[from].cost; cost < best[end].cost {
				best[end] = step{cost, from, p}
			}
		}
	}
	var out []piece
	for at := len(text); at > 0; at = best[at].from {
		out = append(out, best[at].piece)
	}
	slices.Reverse(out)
	return out
}

// joinPieces joins what is of no word with its like, and a single such character with a word beside it; stop words fall out, unless
// there is nothing else.
func joinPieces(list []piece) []string {
	var joined []piece
	whole := ""
	for _, p := range list {
		whole += p.text
		if n := len(joined); n > 0 && !p.known && !joined[n-1].known {
			joined[n-1].text += p.text
			continue
		}
		joined = append(joined, p)
	}
	var out []string
	for i, p := range joined {
		single := !p.known && utf8.RuneCountInString(p.text) == 1
		switch {
		case p.stop:
		case single && i > 0 && !joined[i-1].stop:
			out[len(out)-1] += p.text
		case single && i+1 < len(joined) && !joined[i+1].stop:
			joined[i+1].text = p.text + joined[i+1].text
		default:
			out = append(out, p.text)
		}
	}
	if len(out) == 0 {
		return []string{whole}
	}
	return out
}

// isRegion reports whether text[from:end] may be the name of a county, a city or a district: two to six characters and 县, 市, 区, 旗,
// 州 or 省, at the text's beginning.
func isRegion(text []rune, from, end int) bool {
	if from != 0 || end-from < 3 || end-from > 7 || !slices.Contains([]rune("县市区旗州省"), text[end-1]) {
		return false
	}
	return !slices.ContainsFunc(text[from:end], func(r rune) bool { return !unicode.Is(unicode.Han, r) })
}

// maxYear is how many characters 2024年度 has.
const maxYear = 6

// yearOf returns the fiscal year that text[from:end] names (2024, 2024年, 2024年度), or 0.
func yearOf(text []rune, from, end int) int {
	if end-from < 4 || end-from > maxYear || from > 0 && isWord(text[from-1]) && !isCJK(text[from-1]) {
		return 0
	}
	year := 0
	for _, r := range text[from : from+4] {
		if !isDigit(r) {
			return 0
		}
		year = year*10 + int(r-'0')
	}
	rest := string(text[from+4 : end])
	if year < 1990 || year > 2099 || rest != "" && rest != "年" && rest != "年度" {
		return 0
	}
	if end < len(text) && rest == "" && (isWord(text[end]) && !isCJK(text[end]) || text[end] == '.') {
		return 0
	}
	return year
}

// An expansion takes words apart, and adds what they are called elsewhere.
type expansion struct {
	*Dictionary
	room  int            // how many further words there may be
	whole [][]QueryToken // the words that were taken apart
}

// node expands what is wanted; what is not wanted is meant as it is typed.
func (e *expansion) node(n Node) Node {
	switch n := n.(type) {
	case And:
		return And{e.nodes(n.Nodes)}
	case Or:
		return Or{e.nodes(n.Nodes)}
	case Term:
		return e.term(n)
	}
	return n
}

func (e *expansion) nodes(list []Node) []Node {
	out := make([]Node, len(list))
	for i, c := range list {
		out[i] = e.node(c)
	}
	return out
}

func (e *expansion) term(t Term) Node {
	text := Fold(t.Text)
	pieces := e.split(text)
	if len(pieces) > e.room {
		return t
	}
	if len(pieces) == 1 {
		if pieces[0] != text {
			t = Term{pieces[0]} // without stop words
		}
		return e.alternatives(t, pieces[0])
	}
	e.room -= len(pieces)
	e.whole = append(e.whole, PhraseTokens(t.Text))
	var list []Node
	for _, p := range pieces {
		if len(PhraseTokens(p)) > 0 {
			list = append(list, e.alternatives(Term{p}, p))
		}
	}
	return allOf(list)
}

// alternatives are the word and what else it is called.
func (e *expansion) alternatives(t Term, folded string) Node {
	list := []Node{t}
	for _, other := range e.alike[folded] {
		if e.room > 0 {
			list = append(list, Term{other})
			e.room--
		}
	}
	if len(list) == 1 {
		return t
	}
	return Or{list}
}
