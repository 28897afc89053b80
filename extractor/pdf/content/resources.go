package content

import (
	"yusuan/extractor/pdf/content/font"
	"yusuan/extractor/pdf/content/object"
	"yusuan/schemas"
)

// A resources is a resource dictionary with what was already looked up in it.
type resources struct {
	v       object.Value
	parent  *resources // asked where this one has nothing: forms may lean on the page
	refs    map[string]map[string]object.Ref
	dicts   map[string]object.Value
	fonts   map[string]*loadedFont
	states  map[string]*extended
	spaces  map[string]colorSpace
	objects map[string]*xobject
}

// A loadedFont is a font with what it costs to know that it was loaded.
type loadedFont struct {
	*font.Font
}

// pageResources returns the resources of a page; pages that share a dictionary share what was looked up.
func (d *Document) pageResources(n *pageNode) (*resources, error) {
	return d.shareResources(n.resources, n.resRef, nil), nil
}

func (d *Document) shareResources(v object.Value, ref object.Ref, parent *resources) *resources {
	if ref.Number > 0 && parent == nil {
		if r := d.resources[ref]; r != nil {
			return r
		}
	}
	r := &resources{v: v, parent: parent}
	if ref.Number > 0 && parent == nil {
		d.resources[ref] = r
	}
	return r
}

// dict returns a category such as Font.
func (r *resources) dict(category string) object.Value {
	if v, ok := r.dicts[category]; ok {
		return v
	}
	v := r.v.Key(category)
	if r.dicts == nil {
		r.dicts = map[string]object.Value{}
	}
	r.dicts[category] = v
	return v
}

// find returns a named resource, from the parents if need be; null if there is none.
func (r *resources) find(category, name string) object.Value {
	for ; r != nil; r = r.parent {
		if v := r.dict(category).Key(name); !v.IsNull() {
			return v
		}
	}
	return object.Value{}
}

// ref returns the reference by which a category's entry stands there, or the zero Ref.
func (r *resources) ref(category, name string) object.Ref {
	for ; r != nil; r = r.parent {
		d := r.dict(category)
		refs, ok := r.refs[category]
		if !ok {
			refs = d.Refs()
			if r.refs == nil {
				r.refs = map[string]map[string]object.Ref{}
			}
			r.refs[category] = refs
		}
		if ref, ok := refs[name]; ok {
			return ref
		}
		if !d.Key(name).IsNull() {
			return object.Ref{}
		}
	}
	return object.Ref{}
}

// font returns a font by its resource name; nil if there is none. The error is a *schemas.Rejection.
func (in *interpreter) font(name string) (*loadedFont, error) {
	r := in.res
	if r == nil {
		return nil, nil
	}
	if f, ok := r.fonts[name]; ok {
		return f, nil
	}
	ref := r.ref("Font", name)
	f := in.doc.fonts[ref]
	if ref.Number == 0 || f == nil {
		v := r.find("Font", name)
		if v.Kind() != object.Dict {
			in.doubt(schemas.Damaged, "font %.30q is missing", name)
			return nil, nil
		}
		loaded, err := in.doc.loader.Load(v)
		if err != nil {
			return nil, err
		}
		f = &loadedFont{loaded}
		if ref.Number > 0 {
			in.doc.fonts[ref] = f
		}
	}
	if r.fonts == nil {
		r.fonts = map[string]*loadedFont{}
	}
	r.fonts[name] = f
	return f, nil
}

// An extended is what an extended graphics state dictionary sets (ISO 32000-1, 8.4.5).
type extended struct {
	fillAlpha, strokeAlpha, lineWidth *float64
	font                              *loadedFont
	fontSize                          float64
}

// extendedState runs gs.
func (in *interpreter) extendedState(name string) error {
	if in.res == nil {
		return nil
	}
	x, ok := in.res.states[name]
	if !ok {
		var err error
		if x, err = in.readExtended(in.res.find("ExtGState", name)); err != nil {
			return err
		}
		if in.res.states == nil {
			in.res.states = map[string]*extended{}
		}
		in.res.states[name] = x
	}
	set := func(to, from *float64) {
		if from != nil {
			*to = *from
		}
	}
	set(&in.fillAlpha, x.fillAlpha)
	set(&in.strokeAlpha, x.strokeAlpha)
	set(&in.lineWidth, x.lineWidth)
	if x.font != nil {
		in.setFont(x.font, x.fontSize)
	}
	return nil
}

func (in *interpreter) readExtended(v object.Value) (*extended, error) {
	number := func(k string) *float64 {
		if n := v.Key(k); n.Kind() == object.Number {
			x := n.Float()
			return &x
		}
		return nil
	}
	x := &extended{fillAlpha: number("ca"), strokeAlpha: number("CA"), lineWidth: number("LW")}
	if f := v.Key("Font"); f.Len() == 2 {
		loaded, err := in.doc.loader.Load(f.Index(0))
		if err != nil {
			return nil, err
		}
		x.font, x.fontSize = &loadedFont{loaded}, f.Index(1).Float()
	}
	return x, nil
}
