package content

import (
	"unicode/utf16"
	"unicode/utf8"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content/font"
	"yusuan/extractor/pdf/content/object"
	"yusuan/extractor/pdf/content/syntax"
	"yusuan/schemas"
)

// A mark is open marked content (ISO 32000-1, 14.6).
type mark struct {
	hides   bool
	actual  string // ActualText
	glyphs  int    // on the page when it was opened
	unknown int
}

// beginMark runs BMC and BDC.
func (in *interpreter) beginMark(properties bool) {
	m := mark{glyphs: len(in.page.Glyphs), unknown: in.sources[font.Nowhere]}
	if properties && len(in.args) >= 2 && in.args[0].Kind == syntax.Name {
		m.hides, m.actual = in.properties(string(in.args[0].Bytes), in.args[1:])
	}
	if len(in.marks) >= maxMarks {
		in.doubt(schemas.Damaged, "marked content is nested more than %d deep", maxMarks)
		return
	}
	if m.hides {
		in.hidden++
	}
	in.marks = append(in.marks, m)
}

// properties reads a property list, in place or by its name in the resources.
func (in *interpreter) properties(tag string, args []syntax.Token) (hides bool, actual string) {
	if args[0].Kind == syntax.Name {
		name := string(args[0].Bytes)
		v := in.res.find("Properties", name)
		if tag == "OC" {
			return in.doc.hiddenGroups.hides(v, in.res.ref("Properties", name)), ""
		}
		return false, textString(v.Key("ActualText").Text())
	}
	depth := 0
	for i, a := range args {
		switch a.Kind {
		case syntax.DictOpen, syntax.ArrayOpen:
			depth++
		case syntax.DictClose, syntax.ArrayClose:
			depth--
		case syntax.Name:
			if depth == 1 && string(a.Bytes) == "ActualText" && i+1 < len(args) && args[i+1].Kind == syntax.String {
				actual = textString(string(args[i+1].Bytes))
			}
		}
	}
	return false, actual
}

// textString decodes a text string: UTF-16 or UTF-8 by its mark, else Latin-1, which PDFDocEncoding is for most.
func textString(s string) string {
	if len(s) >= 2 && (s[:2] == "\xfe\xff" || s[:2] == "\xff\xfe") {
		hi, lo := 0, 1
		if s[0] == 0xff {
			hi, lo = 1, 0
		}
		var units []uint16
		for s = s[2:]; len(s) >= 2; s = s[2:] {
			units = append(units, uint16(s[hi])<<8|uint16(s[lo]))
		}
		return string(utf16.Decode(units))
	}
	if len(s) >= 3 && s[:3] == "\xef\xbb\xbf" && utf8.ValidString(s) {
		return s[3:]
	}
	out := make([]rune, 0, len(s))
	for i := range len(s) {
		out = append(out, rune(s[i]))
	}
	return string(out)
}

// endMark runs EMC.
func (in *interpreter) endMark() {
	n := len(in.marks) - 1
	if n < 0 {
		return
	}
	m := in.marks[n]
	in.marks = in.marks[:n]
	if m.hides {
		in.hidden--
	}
	if m.actual != "" {
		in.replace(m)
	}
}

// replace puts ActualText in the place of glyphs of which none could be decoded: one character to a glyph if they are as
// many, else all on the first glyph, which then takes the place of the others.
func (in *interpreter) replace(m mark) {
	if m.glyphs >= len(in.page.Glyphs) {
		return
	}
	glyphs := in.page.Glyphs[m.glyphs:]
	for _, g := range glyphs {
		if g.Text != "\uFFFD" {
			return
		}
	}
	if in.sources[font.Nowhere]-m.unknown != len(glyphs) {
		return
	}
	in.sources[font.Nowhere] = m.unknown
	if chars := []rune(m.actual); len(chars) == len(glyphs) {
		for i := range glyphs {
			glyphs[i].Text = string(chars[i])
		}
		return
	}
	g := &glyphs[0]
	g.Text = m.actual
	for _, o := range glyphs[1:] {
		g.Box = g.Box.Union(o.Box)
		g.Advance += o.Advance
		g.Hidden = g.Hidden && o.Hidden
	}
	in.page.Glyphs = in.page.Glyphs[:m.glyphs+1]
}

// hiddenGroups are the optional content groups that are off (ISO 32000-1, 8.11).
type hiddenGroups map[object.Ref]bool

// maxGroups bounds the groups that are read.
const maxGroups = 10000

// readHiddenGroups reads the default configuration.
func readHiddenGroups(v object.Value) hiddenGroups {
	d := v.Key("D")
	h := hiddenGroups{}
	set := func(list object.Value, off bool) {
		for i, r := range list.ArrayRefs() {
			if r.Number > 0 && i < maxGroups {
				h[r] = off
			}
		}
	}
	if d.Key("BaseState").Name() == "OFF" {
		set(v.Key("OCGs"), true)
		set(d.Key("ON"), false)
	}
	set(d.Key("OFF"), true)
	return h
}

// hides reports whether a group, or a membership dictionary with its policy, is off. Visibility expressions are not
// read: content in doubt is shown.
func (h hiddenGroups) hides(v object.Value, ref object.Ref) bool {
	if len(h) == 0 || v.Kind() != object.Dict {
		return false
	}
	if v.Key("Type").Name() != "OCMD" {
		return h[ref]
	}
	groups := v.Key("OCGs")
	refs := groups.ArrayRefs()
	if groups.Kind() == object.Dict {
		refs = []object.Ref{v.Refs()["OCGs"]}
	}
	on, off := 0, 0
	for _, r := range refs {
		if h[r] {
			off++
		} else {
			on++
		}
	}
	if on+off == 0 {
		return false
	}
	switch v.Key("P").Name() {
	case "AllOn":
		return off > 0
	case "AnyOff":
		return off == 0
	case "AllOff":
		return on > 0
	}
	return on == 0
}

// compile-time check: a Document is what the rest of the extractor knows.
var _ pdf.Document = (*Document)(nil)
