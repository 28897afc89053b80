package copies

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"yusuan/extractor/pdf/content/cmap"
	pdf "yusuan/extractor/pdf/content/object"
	"yusuan/extractor/pdf/content/syntax"
)

// A font says which codes stand for which characters.
type font struct {
	bytes int // of a code: 1 or 2
	ucs2  bool
	text  map[uint32]rune
	codes map[rune]uint32
}

func (f *font) rune(code uint32) rune {
	if f.ucs2 {
		return rune(code)
	}
	return f.text[code]
}

// code gives false where the font has not got the character.
func (f *font) code(r rune) (uint32, bool) {
	if f.ucs2 {
		return uint32(r), r < 0xD800
	}
	c, ok := f.codes[r]
	return c, ok
}

// A stream is a content stream in which text is shown.
type stream struct {
	object int
	data   []byte // decoded
	slots  []slot
}

// A slot is one string that is shown.
type slot struct {
	from, to int // in data, brackets included
	font     *font
	first, n int // its characters
	codes    []uint32
}

// A char is one character that is shown. Those of one show operator (one group) follow each other, as do groups of a page.
type char struct {
	r     rune // 0 for one whose text is not known
	font  *font
	group int
}

// A reader goes through the pages.
type reader struct {
	o      *Original
	pdf    *pdf.File
	fonts  map[pdf.Ref]*font
	seen   map[int]bool
	groups int
}

var limits = pdf.Limits{MaxStream: 64 << 20, MaxInflated: 256 << 20}

// readText reads the content streams of all pages and of the forms that they show.
func (o *Original) readText(data []byte) error {
	f, err := pdf.Open(data, limits)
	if err != nil {
		return err
	}
	r := &reader{o: o, pdf: f, fonts: map[pdf.Ref]*font{}, seen: map[int]bool{}}
	if err := r.pages(f.Trailer().Key("Root").Key("Pages"), pdf.Value{}, 0); err != nil {
		return err
	}
	if len(o.chars) == 0 {
		return errors.New("no text was found")
	}
	return nil
}

func (r *reader) pages(node, resources pdf.Value, depth int) error {
	if depth > 32 {
		return errors.New("a page tree that is too deep")
	}
	if own := node.Key("Resources"); !own.IsNull() {
		resources = own
	}
	if kids := node.Key("Kids"); !kids.IsNull() {
		for i := range kids.Len() {
			if err := r.pages(kids.Index(i), resources, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	refs := []pdf.Ref{node.Refs()["Contents"]}
	if c := node.Key("Contents"); c.Kind() == pdf.Array {
		refs = c.ArrayRefs()
	}
	r.o.pages++
	r.pdf.Budget()
	return r.contents(refs, resources)
}

// contents reads streams that are one after another.
func (r *reader) contents(refs []pdf.Ref, resources pdf.Value) error {
	s := &scanner{r: r, fonts: map[string]*font{}}
	dict := resources.Key("Font")
	for name, ref := range dict.Refs() {
		if r.fonts[ref] == nil {
			f, err := r.font(dict.Key(name))
			if err != nil {
				return fmt.Errorf("font %s: %w", name, err)
			}
			r.fonts[ref] = f
		}
		s.fonts[name] = r.fonts[ref]
	}
	for _, ref := range refs {
		if r.seen[ref.Number] {
			continue
		}
		r.seen[ref.Number] = true
		obj := r.o.file.objects[ref.Number]
		if obj == nil || obj.data == nil {
			return fmt.Errorf("object %d is no content stream", ref.Number)
		}
		data, err := obj.decode()
		if err != nil {
			return fmt.Errorf("object %d: %w", ref.Number, err)
		}
		r.o.streams = append(r.o.streams, s.scan(ref.Number, data))
	}
	return r.forms(resources.Key("XObject"))
}

func (r *reader) forms(dict pdf.Value) error {
	refs := dict.Refs()
	for _, name := range dict.Keys() {
		form := dict.Key(name)
		if form.Key("Subtype").Name() != "Form" || r.seen[refs[name].Number] {
			continue
		}
		if err := r.contents([]pdf.Ref{refs[name]}, form.Key("Resources")); err != nil {
			return err
		}
	}
	return nil
}

// font reads a font's map. One that is not understood has no characters, and its text stays as it is.
func (r *reader) font(v pdf.Value) (*font, error) {
	f := &font{bytes: 1, text: map[uint32]rune{}, codes: map[rune]uint32{}}
	composite := v.Key("Subtype").Name() == "Type0"
	if composite {
		f.bytes = 2
	}
	encoding := v.Key("Encoding").Name()
	if strings.HasPrefix(encoding, "UniGB-UCS2") || strings.HasPrefix(encoding, "UniGB-UTF16") {
		f.ucs2 = true
		return f, nil
	}
	if u := v.Key("ToUnicode"); u.Kind() == pdf.Stream {
		data, err := r.pdf.Stream(u)
		if err != nil {
			return nil, err
		}
		m := cmap.Parse(data, func(string) *cmap.CMap { return nil }, func(string) string { return "" })
		for code := range uint32(1) << (8 * f.bytes) {
			if t, ok := m.Text(code, f.bytes); ok {
				f.add(code, []rune(t))
			}
		}
		return f, nil
	}
	if !composite {
		for code := uint32(' '); code <= '~'; code++ {
			f.add(code, []rune{rune(code)})
		}
	}
	return f, nil
}

func (f *font) add(code uint32, text []rune) {
	if len(text) != 1 {
		return
	}
	f.text[code] = text[0]
	if _, ok := f.codes[text[0]]; !ok {
		f.codes[text[0]] = code
	}
}

// A scanner finds the strings that are shown, and their fonts.
type scanner struct {
	r     *reader
	fonts map[string]*font
	now   *font
	size  float64
	saved []*font // by q

	numbers [2]float64 // the last two operands
	joined  bool       // whether the next show operator goes on where the last one ended
	shown   int        // characters of the last show operator
}

func (s *scanner) scan(object int, data []byte) *stream {
	st := &stream{object: object, data: data}
	lex := &syntax.Lexer{Data: data}
	var strung []slot // since the last operator
	name := ""
	for {
		before := lex.Pos
		t := lex.Next()
		switch t.Kind {
		case syntax.EOF:
			return st
		case syntax.Name:
			name = string(t.Bytes)
		case syntax.Number:
			s.numbers[0], s.numbers[1] = s.numbers[1], t.Num
		case syntax.String:
			for before < lex.Pos && data[before] != '(' && data[before] != '<' {
				before++
			}
			strung = append(strung, slot{from: before, to: lex.Pos, codes: slices.Clone(widen(t.Bytes))})
		case syntax.Keyword:
			s.operator(st, lex, string(t.Bytes), name, strung)
			strung = nil
		}
	}
}

// widen gives bytes as codes of one byte each.
func widen(b []byte) []uint32 {
	codes := make([]uint32, len(b))
	for i, c := range b {
		codes[i] = uint32(c)
	}
	return codes
}

func (s *scanner) operator(st *stream, lex *syntax.Lexer, op, name string, strung []slot) {
	switch op {
	case "q":
		s.saved = append(s.saved, s.now)
	case "Q":
		if n := len(s.saved); n > 0 {
			s.now, s.saved = s.saved[n-1], s.saved[:n-1]
		}
	case "Tf":
		s.now, s.size = s.fonts[name], s.numbers[1]
	case "ID":
		lex.SkipImage(0)
	case "Tj", "TJ", "'", "\"":
		if s.now == nil {
			return
		}
		if !s.joined {
			s.r.groups++
		}
		before := len(s.r.o.chars)
		for _, sl := range strung {
			st.slots = append(st.slots, s.show(sl))
		}
		s.shown = len(s.r.o.chars) - before
	}
	// Skia shows each character by itself, and moves by its width in between.
	s.joined = op == "Tj" && s.shown > 0 || op == "Td" && s.joined && s.numbers[1] == 0 && s.near(s.numbers[0])
}

// near reports whether a move to the right is within the width of what was shown last.
func (s *scanner) near(x float64) bool {
	return x > 0 && x <= 1.05*s.size*float64(s.shown)
}

// show adds the string's characters.
func (s *scanner) show(sl slot) slot {
	o := s.r.o
	sl.font, sl.first = s.now, len(o.chars)
	if s.now.bytes == 2 {
		pairs := make([]uint32, 0, len(sl.codes)/2)
		for i := 0; i+1 < len(sl.codes); i += 2 {
			pairs = append(pairs, sl.codes[i]<<8|sl.codes[i+1])
		}
		sl.codes = pairs
	}
	for _, code := range sl.codes {
		o.chars = append(o.chars, char{r: s.now.rune(code), font: s.now, group: s.r.groups})
	}
	sl.n = len(sl.codes)
	return sl
}
