package content

import (
	"slices"

	"yusuan/extractor/pdf/content/object"
	"yusuan/extractor/pdf/content/syntax"
	"yusuan/schemas"
)

// An xobject is an external object with what was looked up of it.
type xobject struct {
	v      object.Value
	ref    object.Ref
	form   bool
	image  bool
	hidden bool // its optional content is switched off
	data   []byte
	loaded bool
	matrix matrix
	box    [4]float64
	boxed  bool
	res    *resources
}

// xobject runs Do.
func (in *interpreter) xobject(name string) error {
	if in.res == nil || name == "" {
		return nil
	}
	x, ok := in.res.objects[name]
	if !ok {
		x = in.readXObject(name)
		if in.res.objects == nil {
			in.res.objects = map[string]*xobject{}
		}
		in.res.objects[name] = x
	}
	switch {
	case x == nil:
		in.doubt(schemas.Damaged, "external object %.30q is missing", name)
	case x.hidden || in.hidden > 0 && !x.form:
	case x.form:
		return in.runForm(x)
	case x.image:
		in.image()
	}
	return nil
}

func (in *interpreter) readXObject(name string) *xobject {
	v := in.res.find("XObject", name)
	if v.Kind() != object.Stream {
		return nil
	}
	x := &xobject{v: v, ref: in.res.ref("XObject", name), form: v.Key("Subtype").Name() == "Form"}
	x.image = v.Key("Subtype").Name() == "Image"
	refs := v.Refs()
	x.hidden = in.doc.hiddenGroups.hides(v.Key("OC"), refs["OC"])
	if !x.form {
		return x
	}
	x.matrix = toMatrix(v.Key("Matrix").Floats(6))
	if b := v.Key("BBox").Floats(4); len(b) == 4 {
		copy(x.box[:], b)
		x.boxed = true
	}
	x.res = in.res
	if own := v.Key("Resources"); own.Kind() == object.Dict {
		x.res = in.doc.shareResources(own, object.Ref{}, in.res)
	}
	return x
}

// runForm paints a form XObject (ISO 32000-1, 8.10). One that is already being painted is passed over with a warning: it would
// never end. The page stays clean, for PDFium would do no better: it goes on until its memory limit.
func (in *interpreter) runForm(x *xobject) error {
	if x.ref.Number > 0 && slices.Contains(in.forms, x.ref) {
		in.remark(schemas.Damaged, "a form draws itself")
		return nil
	}
	if len(in.forms) >= maxForms {
		in.doubt(schemas.Damaged, "forms are nested more than %d deep", maxForms)
		return nil
	}
	if !x.loaded {
		data, err := in.decode(x.v, "form")
		if err != nil {
			return err
		}
		x.data, x.loaded = data, true
		in.doc.kept += len(data)
	}
	in.forms = append(in.forms, x.ref)
	state, saved, dropped, res := in.state, in.saved, in.dropped, in.res
	tm, tlm, marks := in.tm, in.tlm, len(in.marks)
	args := in.args
	in.saved, in.dropped, in.res, in.args = nil, 0, x.res, nil
	in.path.reset()
	in.ctm = x.matrix.then(in.ctm)
	if x.boxed {
		in.clip = intersect(in.clip, in.ctm.box(x.box[0], x.box[1], x.box[2], x.box[3]))
	}
	err := in.stream(x.data)
	for len(in.marks) > marks {
		in.endMark()
	}
	in.path.reset()
	in.state, in.saved, in.dropped, in.res = state, saved, dropped, res
	in.tm, in.tlm, in.args = tm, tlm, args
	in.forms = in.forms[:len(in.forms)-1]
	return err
}

// maxImages bounds the images of a page: beyond it they are a pattern.
const maxImages = 10000

// image records the unit square as an image's place.
func (in *interpreter) image() {
	b := in.ctm.box(0, 0, 1, 1)
	if in.hidden > 0 || in.fillAlpha <= 0 || !finite(b.X0, b.Y0) || !finite(b.X1, b.Y1) {
		return
	}
	b, ok := b.Overlap(in.clip)
	if !ok {
		return
	}
	in.cover(b, true)
	if len(in.page.Images) >= maxImages {
		in.doubt(schemas.TooLarge, "the page has more than %d images", maxImages)
		return
	}
	in.page.Images = append(in.page.Images, b)
}

// inlineImage passes BI … ID … EI.
func (in *interpreter) inlineImage(lex *syntax.Lexer) {
	dict := map[string]syntax.Token{}
	filtered := false
	for {
		key := lex.Next()
		if key.Kind == syntax.EOF || key.Kind == syntax.Keyword {
			if string(key.Bytes) != "ID" {
				in.doubt(schemas.Damaged, "an inline image has no data")
				return
			}
			break
		}
		if key.Kind != syntax.Name {
			continue
		}
		from := lex.Pos
		value := lex.Next()
		if value.Kind == syntax.Keyword && string(value.Bytes) == "ID" {
			lex.Pos = from
			continue
		}
		dict[string(key.Bytes)] = value
		if k := string(key.Bytes); k == "F" || k == "Filter" {
			filtered = true
		}
	}
	length := 0
	if l, ok := first(dict, "L", "Length"); ok && l.Kind == syntax.Number && l.Num > 0 && l.Num < 1e9 {
		length = int(l.Num)
	} else if !filtered {
		length = in.rawLength(dict)
	}
	if !lex.SkipImage(length) {
		in.doubt(schemas.Damaged, "an inline image has no end")
	}
	in.image()
}

func first(dict map[string]syntax.Token, keys ...string) (syntax.Token, bool) {
	for _, k := range keys {
		if t, ok := dict[k]; ok {
			return t, true
		}
	}
	return syntax.Token{}, false
}

// rawLength returns the bytes of an inline image without filter, 0 if the dictionary does not say.
func (in *interpreter) rawLength(dict map[string]syntax.Token) int {
	w, _ := first(dict, "W", "Width")
	h, _ := first(dict, "H", "Height")
	bits, ok := first(dict, "BPC", "BitsPerComponent")
	if mask, masked := first(dict, "IM", "ImageMask"); masked && string(mask.Bytes) == "true" {
		bits.Num, ok = 1, true
	}
	if !ok || w.Num < 1 || h.Num < 1 || w.Num > 1e5 || h.Num > 1e5 || bits.Num < 1 || bits.Num > 16 {
		return 0
	}
	components := 1.0
	if cs, ok := first(dict, "CS", "ColorSpace"); ok {
		switch in.colorSpace(string(cs.Bytes)) {
		case rgbLike:
			components = 3
		case cmykLike:
			components = 4
		case otherLike:
			if name := string(cs.Bytes); cs.Kind != syntax.ArrayOpen && name != "I" && name != "Indexed" {
				return 0
			}
		}
	}
	return int((w.Num*components*bits.Num+7)/8) * int(h.Num)
}
