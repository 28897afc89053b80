package content

import (
	"yusuan/extractor/pdf/content/object"
	"yusuan/extractor/pdf/content/syntax"
)

// colorOperator runs the colour operators (ISO 32000-1, 8.6.8) and reports whether op is one.
func (in *interpreter) colorOperator(op []byte) bool {
	switch string(op) {
	case "g":
		in.fill = in.device(grayLike)
	case "G":
		in.stroke = in.device(grayLike)
	case "rg":
		in.fill = in.device(rgbLike)
	case "RG":
		in.stroke = in.device(rgbLike)
	case "k":
		in.fill = in.device(cmykLike)
	case "K":
		in.stroke = in.device(cmykLike)
	case "cs":
		in.fill = paint{space: in.colorSpace(in.name())}
	case "CS":
		in.stroke = paint{space: in.colorSpace(in.name())}
	case "sc", "scn":
		in.fill.white = in.fill.space.isWhite(in.components())
	case "SC", "SCN":
		in.stroke.white = in.stroke.space.isWhite(in.components())
	default:
		return false
	}
	return true
}

func (in *interpreter) device(s colorSpace) paint {
	return paint{space: s, white: s.isWhite(in.components())}
}

// components returns the trailing numbers among the operands; none for a pattern.
func (in *interpreter) components() []float64 {
	n := 0
	for _, a := range in.args {
		if a.Kind != syntax.Number || n == len(in.colors) {
			return nil
		}
		in.colors[n] = a.Num
		n++
	}
	return in.colors[:n]
}

// colorSpace returns the space that a name means in the current resources.
func (in *interpreter) colorSpace(name string) colorSpace {
	if s, ok := deviceSpace(name); ok {
		return s
	}
	if in.res == nil {
		return otherLike
	}
	if s, ok := in.res.spaces[name]; ok {
		return s
	}
	s := readColorSpace(in.res.find("ColorSpace", name))
	if in.res.spaces == nil {
		in.res.spaces = map[string]colorSpace{}
	}
	if len(in.res.spaces) < maxCached {
		in.res.spaces[name] = s
	}
	return s
}

func deviceSpace(name string) (colorSpace, bool) {
	switch name {
	case "DeviceGray", "CalGray", "G":
		return grayLike, true
	case "DeviceRGB", "CalRGB", "RGB":
		return rgbLike, true
	case "DeviceCMYK", "CMYK":
		return cmykLike, true
	case "Pattern", "Lab", "Indexed", "Separation", "DeviceN":
		return otherLike, true
	}
	return otherLike, false
}

func readColorSpace(v object.Value) colorSpace {
	if v.Kind() == object.Name {
		s, _ := deviceSpace(v.Name())
		return s
	}
	family := v.Index(0).Name()
	if family != "ICCBased" {
		s, _ := deviceSpace(family)
		return s
	}
	switch v.Index(1).Key("N").Int() {
	case 1:
		return grayLike
	case 3:
		return rgbLike
	case 4:
		return cmykLike
	}
	return otherLike
}
