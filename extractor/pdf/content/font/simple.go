package font

import (
	"strings"

	"yusuan/extractor/pdf/content/cmap"
	"yusuan/extractor/pdf/content/object"
	"yusuan/schemas"
)

// A simpleFont is what decoding a one-byte font needs.
type simpleFont struct {
	names    *encoding
	unicode  *cmap.CMap
	prog     func() fontProgram
	standard bool // codes without a name of their own are those of StandardEncoding
	widths   []float64
	first    int
	missing  float64
	scale    float64
	metrics  map[string]float64 // standard widths by glyph name, where Widths is missing
}

// simple loads Type1, MMType1, TrueType and Type3 fonts.
func (l *Loader) simple(f *Font, v object.Value) error {
	d := v.Key("FontDescriptor")
	f.describe(v.Key("BaseFont").Name(), d)
	s := &simpleFont{first: v.Key("FirstChar").Int(), missing: d.Key("MissingWidth").Float(), scale: 0.001}
	type3 := v.Key("Subtype").Name() == "Type3"
	var err error
	if s.unicode, err = l.toUnicode(v.Key("ToUnicode")); err != nil {
		return err
	}
	if type3 {
		s.scale = type3Scale(v.Key("FontMatrix"))
		f.Embedded = true
		f.boundType3(v)
	}
	s.prog = l.lazyProgram(program(d))
	s.names, s.standard = simpleEncoding(v, f, d)
	if s.unicode != nil && !s.unicode.Complete {
		f.Doubtful = true
	}
	if w := v.Key("Widths"); w.Kind() == object.Array {
		s.widths = w.Floats(256)
	} else if !type3 {
		s.metrics = standardMetrics(f.Name, d)
	}
	f.make = func(code uint32, _ int, _ bool) Char { return s.char(byte(code)) }
	return nil
}

// type3Scale returns the length of a glyph space unit along the baseline.
func type3Scale(m object.Value) float64 {
	if a := m.Index(0).Float(); a != 0 {
		return max(a, -a)
	}
	return 0.001
}

// boundType3 takes the loose box, and where it is far from 1 the em, from the font's own bounding box.
func (f *Font) boundType3(v object.Value) {
	b, m := v.Key("FontBBox").Floats(4), v.Key("FontMatrix")
	if len(b) != 4 {
		return
	}
	d := m.Index(3).Float()
	up, down := max(b[1]*d, b[3]*d), min(b[1]*d, b[3]*d)
	switch high := up - down; {
	case up >= 0.5 && up <= 1.2 && down >= -0.5 && down < 0:
		f.Ascent, f.Descent = up, down
	case high > 0 && high < 1e6 && (high < 0.4 || high > 2.5):
		f.Em, f.Ascent, f.Descent = high, 0.88*high, -0.12*high
	}
}

// toUnicode reads a ToUnicode entry: a CMap, or the name of one.
func (l *Loader) toUnicode(v object.Value) (*cmap.CMap, error) {
	switch v.Kind() {
	case object.Name:
		return l.Store.Unicode(v.Name()), nil
	case object.Stream:
		data, err := l.File.Stream(v)
		if r := schemas.AsRejection(err); r != nil {
			return nil, r
		}
		if err != nil && len(data) == 0 {
			return nil, nil
		}
		m := cmap.Parse(data, l.Store.CMap, NameText)
		if !m.HasText() && m.HasCIDs() { // an Identity CMap in the place of a ToUnicode one: codes are Unicode
			return l.Store.Unicode("Identity-H"), nil
		}
		return m, nil
	}
	return nil, nil
}

// simpleEncoding returns the glyph names of a simple font as its dictionary gives them (ISO 32000-1, 9.6.6), and
// whether StandardEncoding fills the gaps that the font program leaves.
func simpleEncoding(v object.Value, f *Font, d object.Value) (*encoding, bool) {
	enc := v.Key("Encoding")
	base := enc.Name()
	if enc.Kind() == object.Dict {
		base = enc.Key("BaseEncoding").Name()
	}
	var names encoding
	e, ok := encodings()[base]
	switch {
	case ok:
		names = *e
	case strings.HasPrefix(f.Name, "Symbol") && !f.Embedded:
		names = *encodings()["SymbolEncoding"]
	case strings.HasPrefix(f.Name, "ZapfDingbats") && !f.Embedded:
		names = *encodings()["ZapfDingbatsEncoding"]
	case !f.Embedded:
		names = *encodings()["StandardEncoding"]
	}
	differences(&names, enc.Key("Differences"))
	return &names, f.Embedded && d.Key("Flags").Int()&4 == 0 && v.Key("Subtype").Name() != "Type3"
}

func differences(names *encoding, list object.Value) {
	code := 0
	for i := range min(list.Len(), 1024) {
		switch x := list.Index(i); x.Kind() {
		case object.Number:
			code = x.Int()
		case object.Name:
			if code >= 0 && code < 256 {
				names[code] = x.Name()
			}
			code++
		}
	}
}

func (s *simpleFont) char(code byte) Char {
	text, source := s.text(code)
	return Char{Text: text, Source: source, Width: s.width(code), WordSpace: code == ' '}
}

func (s *simpleFont) text(code byte) (string, Source) {
	if s.unicode != nil {
		if t, ok := s.unicode.Text(uint32(code), 1); ok {
			if t, ok = settle(t); ok {
				return t, Maps
			}
		}
	}
	if t, ok := settle(NameText(s.names[code])); ok {
		return t, Maps
	}
	if p := s.prog(); p != nil {
		if own := p.encoding(); own != nil && s.names[code] == "" {
			if t, ok := settle(NameText(own[code])); ok {
				return t, Maps // the program's encoding is the font's own
			}
		}
		if t, ok := settle(p.codeText(code, s.names[code])); ok {
			return t, Program
		}
	}
	if s.standard && s.names[code] == "" {
		if t, ok := settle(NameText(encodings()["StandardEncoding"][code])); ok {
			return t, Maps
		}
	}
	return unknownText, Nowhere
}

// unknownWidth stands for the width of a glyph that a standard font does not have, in text space.
const unknownWidth = 0.5

func (s *simpleFont) width(code byte) float64 {
	if i := int(code) - s.first; i >= 0 && i < len(s.widths) {
		return s.widths[i] * s.scale
	}
	if s.metrics != nil {
		if w, ok := s.metrics[s.names[code]]; ok {
			return w / 1000
		}
		if w, ok := s.metrics[""]; ok {
			return w / 1000
		}
		if s.missing == 0 {
			return unknownWidth
		}
	}
	return s.missing * s.scale
}

// standardMetrics returns the widths of the standard font that name means or comes close to; the entry "" is that of
// any other glyph.
func standardMetrics(name string, d object.Value) map[string]float64 {
	low := strings.ToLower(name)
	flags := d.Key("Flags").Int()
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(low, w) {
				return true
			}
		}
		return false
	}
	bold, italic := has("bold", "black"), has("italic", "oblique")
	switch {
	case has("courier", "mono", "consol") || flags&1 != 0:
		return map[string]float64{"": 600}
	case name == "Symbol" || name == "ZapfDingbats":
		return standardWidths()[name]
	case !has("times", "roman", "serif", "georgia") && flags&2 == 0:
		if bold {
			return standardWidths()["Helvetica-Bold"]
		}
		return standardWidths()["Helvetica"]
	case bold && italic:
		return standardWidths()["Times-BoldItalic"]
	case bold:
		return standardWidths()["Times-Bold"]
	case italic:
		return standardWidths()["Times-Italic"]
	}
	return standardWidths()["Times-Roman"]
}
