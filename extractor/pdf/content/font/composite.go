package font

import (
	"yusuan/extractor/pdf/content/cmap"
	"yusuan/extractor/pdf/content/object"
	"yusuan/schemas"
)

// A cidFont is what decoding a composite font needs.
type cidFont struct {
	codes    *cmap.CMap
	unicode  *cmap.CMap
	ordering string // of the CID collection, such as GB1; "" or Identity if there is none
	chars    func(cid uint32) string
	claim    Source // how good chars is
	widths   cidWidths
	vertical bool
	prog     func() fontProgram
	toGID    []byte // CIDToGIDMap; nil for the identity
}

// composite loads a Type0 font with its descendant (ISO 32000-1, 9.7).
func (l *Loader) composite(f *Font, v object.Value) error {
	desc := v.Key("DescendantFonts").Index(0)
	d := desc.Key("FontDescriptor")
	name := desc.Key("BaseFont").Name()
	if name == "" {
		name = v.Key("BaseFont").Name()
	}
	f.describe(name, d)
	c := &cidFont{ordering: collection(desc.Key("CIDSystemInfo")), claim: Maps}
	var err error
	if c.codes, err = l.encoding(v.Key("Encoding")); err != nil {
		return err
	}
	if c.codes == nil || !c.codes.HasSpaces() {
		f.Doubtful = true
		c.codes = cmap.Identity(false)
	}
	if c.unicode, err = l.toUnicode(v.Key("ToUnicode")); err != nil {
		return err
	}
	if !c.codes.Complete || c.unicode != nil && !c.unicode.Complete {
		f.Doubtful = true
	}
	f.codes, f.Vertical, c.vertical = c.codes, c.codes.Vertical, c.codes.Vertical
	c.widths = readWidths(desc, c.vertical)
	if c.ordering == "" {
		c.ordering = c.codes.Ordering
	}
	if c.ordering != "" {
		c.chars = l.Store.Collection(c.ordering)
	}
	if m := desc.Key("CIDToGIDMap"); m.Kind() == object.Stream {
		if c.toGID, err = l.File.Stream(m); schemas.AsRejection(err) != nil {
			return err
		}
	}
	c.prog = l.lazyProgram(program(d))
	if f.Embedded && c.codes.IsIdentity() && c.toGID == nil && !d.Key("FontFile2").IsNull() {
		c.claim = Claimed // codes are glyph indices of a TrueType font, which seldom follow the collection
	}
	f.make = c.char
	return nil
}

// encoding reads the Encoding of a Type0 font; nil if it is not known.
func (l *Loader) encoding(v object.Value) (*cmap.CMap, error) {
	if v.Kind() == object.Name {
		return l.Store.CMap(v.Name()), nil
	}
	data, err := l.File.Stream(v)
	if r := schemas.AsRejection(err); r != nil {
		return nil, r
	}
	if err != nil {
		return nil, nil
	}
	use := l.Store.CMap
	if parent := v.Key("UseCMap"); parent.Kind() == object.Name {
		use = func(string) *cmap.CMap { return l.Store.CMap(parent.Name()) }
	}
	m := cmap.Parse(data, use, NameText)
	if v.Key("WMode").Int() == 1 {
		m.Vertical = true
	}
	return m, nil
}

// collection returns the ordering of Adobe's collections, "" for any other.
func collection(info object.Value) string {
	if info.Key("Registry").Text() != "Adobe" {
		return ""
	}
	if o := info.Key("Ordering").Text(); o != "Identity" {
		return o
	}
	return ""
}

func (c *cidFont) char(code uint32, n int, valid bool) Char {
	cid, mapped := c.codes.CID(code, n)
	text, source := c.text(code, n, cid, valid && mapped)
	out := Char{Text: text, Source: source, Width: c.widths.width(cid), WordSpace: n == 1 && code == ' '}
	if c.vertical {
		out.Down, out.VX, out.VY = c.widths.down(cid, out.Width)
	}
	return out
}

func (c *cidFont) text(code uint32, n int, cid uint32, mapped bool) (string, Source) {
	if c.unicode != nil {
		if t, ok := c.unicode.Text(code, n); ok {
			if t, ok = settle(t); ok {
				return t, Maps
			}
		}
	}
	if t, ok := c.codes.Text(code, n); ok {
		if t, ok = settle(t); ok {
			return t, Maps
		}
	}
	if !mapped {
		return unknownText, Nowhere
	}
	if p := c.prog(); p != nil { // the program before the collection: some writers claim one that they do not use
		if t, ok := settle(p.glyphText(c.glyph(cid), cid)); ok {
			return t, Program
		}
	}
	if c.chars != nil {
		if t, ok := settle(c.chars(cid)); ok {
			return t, c.claim
		}
	}
	return unknownText, Nowhere
}

// glyph returns the glyph index of a CID.
func (c *cidFont) glyph(cid uint32) uint32 {
	if c.toGID == nil {
		return cid
	}
	if at := int64(cid) * 2; at+1 < int64(len(c.toGID)) {
		return uint32(c.toGID[at])<<8 | uint32(c.toGID[at+1])
	}
	return 0
}
