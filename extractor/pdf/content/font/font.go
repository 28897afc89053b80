// Package font turns the bytes of shown strings into characters with text and widths, for every kind of PDF font
// (ISO 32000-1, 9.5 to 9.10). Text comes from ToUnicode, else from the encoding's glyph names or the CID collection,
// else from the embedded font program read backwards; it draws nothing and reads no outlines.
//
// Start with Loader.Load.
package font

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yusuan/extractor/pdf/content/cmap"
	"yusuan/extractor/pdf/content/object"
)

// A Char is one character of a shown string. Lengths are in text space: 1 is the font size.
type Char struct {
	Text      string  // "\uFFFD" where nothing tells
	Source    Source  // what told
	Width     float64 // how far the pen moves to the right
	Down      float64 // vertical fonts: how far the pen moves up; so it is negative
	VX, VY    float64 // vertical fonts: the vertical origin as seen from the horizontal one
	WordSpace bool    // word spacing applies: the one-byte code 32
}

// A Font decodes the strings shown with it.
type Font struct {
	Name            string // BaseFont without the subset tag
	Bold            bool
	Embedded        bool
	Vertical        bool
	Doubtful        bool    // codes may have been cut wrongly: the encoding is unknown or damaged
	Ascent, Descent float64 // of the loose box, in text space; Descent is negative
	Em              float64 // the font size as seen, in text space: 1 but in odd Type3 fonts

	codes  *cmap.CMap // of composite fonts; nil for simple ones
	make   func(code uint32, n int, valid bool) Char
	simple [256]*Char
	double [256]*[256]*Char
	other  map[uint64]*Char
}

// Next returns the first character of s and the number of bytes that it takes; 0 where s is empty.
func (f *Font) Next(s []byte) (*Char, int) {
	if len(s) == 0 {
		return nil, 0
	}
	if f.codes == nil {
		c := f.simple[s[0]]
		if c == nil {
			x := f.make(uint32(s[0]), 1, true)
			c = &x
			f.simple[s[0]] = c
		}
		return c, 1
	}
	code, n, valid := f.codes.Next(s)
	if n == 2 && valid {
		row := f.double[code>>8]
		if row == nil {
			row = new([256]*Char)
			f.double[code>>8] = row
		}
		c := row[code&255]
		if c == nil {
			x := f.make(code, n, valid)
			c = &x
			row[code&255] = c
		}
		return c, n
	}
	return f.rare(code, n, valid), n
}

// maxRare bounds the characters kept of codes that are not two bytes long.
const maxRare = 1 << 16

func (f *Font) rare(code uint32, n int, valid bool) *Char {
	key := uint64(code)<<8 | uint64(n)<<1
	if valid {
		key |= 1
	}
	if c := f.other[key]; c != nil {
		return c
	}
	x := f.make(code, n, valid)
	if f.other == nil || len(f.other) > maxRare {
		f.other = map[uint64]*Char{}
	}
	f.other[key] = &x
	return &x
}

// A Loader builds fonts from their dictionaries.
type Loader struct {
	File  *object.File
	Store *cmap.Store
}

// Load builds the font of dictionary v. It never fails: what is missing or broken makes characters unknown or the font
// doubtful. A *schemas.Rejection is returned when a stream passes its limit.
func (l *Loader) Load(v object.Value) (*Font, error) {
	f := &Font{Ascent: 0.88, Descent: -0.12, Em: 1}
	before, _ := l.File.Faults()
	var err error
	if v.Key("Subtype").Name() == "Type0" {
		err = l.composite(f, v)
	} else {
		err = l.simple(f, v)
	}
	if after, _ := l.File.Faults(); after > before {
		f.Doubtful = true
	}
	return f, err
}

// describe fills in what the descriptor says.
func (f *Font) describe(baseFont string, d object.Value) {
	f.Name = cleanName(baseFont)
	low := strings.ToLower(f.Name)
	f.Bold = strings.Contains(low, "bold") || strings.Contains(low, "black") || strings.Contains(low, "heavy") ||
		strings.Contains(low, "semibold") || d.Key("Flags").Int()&(1<<18) != 0 || d.Key("FontWeight").Float() >= 600
	f.Embedded = !program(d).IsNull()
	up, down := d.Key("Ascent").Float()/1000, d.Key("Descent").Float()/1000
	if down > 0 { // some writers forget the sign
		down = -down
	}
	// Beyond these bounds the numbers are mistakes, or those of the tallest ornament in the font.
	if up >= 0.5 && up <= 1.2 && down >= -0.5 && down < 0 {
		f.Ascent, f.Descent = up, down
	}
}

// program returns the embedded font program of a descriptor, or null.
func program(d object.Value) object.Value {
	for _, k := range []string{"FontFile2", "FontFile3", "FontFile"} {
		if v := d.Key(k); v.Kind() == object.Stream {
			return v
		}
	}
	return object.Value{}
}

// cleanName takes off the subset tag and decodes names that a Chinese Windows wrote in GBK.
func cleanName(s string) string {
	if len(s) > 7 && s[6] == '+' && strings.IndexFunc(s[:6], func(r rune) bool { return r < 'A' || r > 'Z' }) < 0 {
		s = s[7:]
	}
	if !utf8.ValidString(s) {
		if t, err := simplifiedchinese.GBK.NewDecoder().String(s); err == nil {
			s = t
		}
	}
	return strings.ToValidUTF8(s, "?")
}

// A Source says where a character's text was found.
type Source uint8

// The sources, worst first.
const (
	Nowhere Source = iota // Text is U+FFFD
	Claimed               // a CID collection that the file claims but may not use
	Program               // the embedded font program, as the file's own maps are missing
	Maps                  // ToUnicode, encoding or collection
	Sources               // how many there are
)

const unknownText = string(utf8.RuneError)

// settle turns a map's answer into what a Char holds: one space for white space, and nothing for what cannot be text
// (U+0000, other controls, noncharacters, U+FFFD, nothing at all).
func settle(s string) (string, bool) {
	if s == "" {
		return unknownText, false
	}
	white := true
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		white = false
		if unicode.IsControl(r) || r == utf8.RuneError || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef {
			return unknownText, false
		}
	}
	if white {
		return " ", true
	}
	return s, true
}
