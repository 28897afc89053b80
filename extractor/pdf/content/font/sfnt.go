package font

import (
	"yusuan/extractor/pdf/content/cmap"
)

// An sfntFont is a TrueType or OpenType program: its character maps and glyph names (OpenType, cmap and post).
type sfntFont struct {
	unicode map[uint32]rune   // glyph to character, by the Unicode subtables
	symbol  map[uint32]uint32 // code to glyph, by the subtable of Windows symbol fonts (3, 0)
	mac     map[uint32]uint32 // code to glyph, by that of the Macintosh (1, 0)
	names   []string          // by glyph
	byName  map[string]uint32
	outline fontProgram // the CFF program inside, if there is one
}

// maxTables bounds the tables of a font and the subtables of its cmap.
const maxTables = 256

func parseSFNT(data []byte, store *cmap.Store) (fontProgram, error) {
	v := &view{b: data}
	base := 0
	if v.u32(0) == 0x74746366 { // a collection: the first font
		base = v.u32(12)
	}
	f := &sfntFont{unicode: map[uint32]rune{}}
	for i := range min(v.u16(base+4), maxTables) {
		at := base + 12 + 16*i
		tag := string(v.at(at, 4))
		offset, length := v.u32(at+8), v.u32(at+12)
		if v.bad || offset > len(data) {
			break
		}
		table := data[offset:min(len(data), offset+length)] // tables cut short still help
		switch tag {
		case "cmap":
			f.readCMap(table)
		case "post":
			f.readPost(table)
		case "CFF ":
			f.outline, _ = parseCFF(table, store)
		}
	}
	return f, nil
}

func (f *sfntFont) encoding() *encoding {
	if f.outline != nil {
		return f.outline.encoding()
	}
	return nil
}

// codeText goes from code to glyph as ISO 32000-1, 9.6.6.4 says, and from there to the character.
func (f *sfntFont) codeText(code byte, name string) string {
	if gid, ok := f.byName[name]; ok && name != "" {
		if s := f.glyphText(gid, gid); s != "" {
			return s
		}
	}
	for _, high := range []uint32{0xf000, 0, 0xf100, 0xf200} {
		if gid, ok := f.symbol[high|uint32(code)]; ok && gid > 0 {
			return f.glyphText(gid, gid)
		}
	}
	if gid, ok := f.mac[uint32(code)]; ok && gid > 0 {
		return f.glyphText(gid, gid)
	}
	return ""
}

func (f *sfntFont) glyphText(gid, cid uint32) string {
	if r, ok := f.unicode[gid]; ok {
		return string(r)
	}
	if int64(gid) < int64(len(f.names)) {
		if s := NameText(f.names[gid]); s != "" {
			return s
		}
	}
	if f.outline != nil {
		return f.outline.glyphText(gid, cid)
	}
	return ""
}

// better reports whether character a says more than b about a glyph that has both: not a private one, a compatibility
// form or a radical where there is a plain one, and the lower of equals (space before no-break space).
func better(a, b rune) bool {
	if ra, rb := oddity(a), oddity(b); ra != rb {
		return ra < rb
	}
	return a < b
}

func oddity(r rune) int {
	switch {
	case r >= 0xe000 && r < 0xf900 || r >= 0xf0000 || r < ' ':
		return 3
	case r >= 0x2e80 && r < 0x2fe0 || r >= 0xf900 && r < 0xfb00 || r >= 0xfe30 && r < 0xfe70 || r >= 0x2f800 && r < 0x2fa20:
		return 2 // radicals and compatibility forms
	case r == 0xa0 || r == 0xad || r == 0x2010 || r == 0x2011:
		return 1
	}
	return 0
}

// readCMap reads the subtables that help.
func (f *sfntFont) readCMap(b []byte) {
	v := &view{b: b}
	left := 8 * maxGlyphs
	for i := range min(v.u16(2), maxTables) {
		platform, kind, offset := v.u16(4+8*i), v.u16(6+8*i), v.u32(8+8*i)
		if v.bad || offset >= len(b) {
			return
		}
		add := func(code, gid uint32) bool {
			if gid > 0 && code <= 0x10ffff && gid < maxGlyphs {
				if old, ok := f.unicode[gid]; !ok || better(rune(code), old) {
					f.unicode[gid] = rune(code)
				}
			}
			left--
			return left > 0
		}
		switch {
		case platform == 3 && (kind == 1 || kind == 10) || platform == 0 && kind != 5:
		case platform == 3 && kind == 0:
			f.symbol = map[uint32]uint32{}
			add = keep(f.symbol, &left)
		case platform == 1 && kind == 0:
			f.mac = map[uint32]uint32{}
			add = keep(f.mac, &left)
		default:
			continue
		}
		readSubtable(b[offset:], add)
	}
}

func keep(m map[uint32]uint32, left *int) func(code, gid uint32) bool {
	return func(code, gid uint32) bool {
		m[code] = gid
		*left--
		return *left > 0
	}
}

// readSubtable calls add for the pairs of a cmap subtable of format 0, 4, 6, 10, 12 or 13, until it returns false.
func readSubtable(b []byte, add func(code, gid uint32) bool) {
	v := &view{b: b}
	switch v.u16(0) {
	case 0:
		for c := range 256 {
			if gid := v.u8(6 + c); v.bad || !add(uint32(c), uint32(gid)) {
				return
			}
		}
	case 4:
		readFormat4(v, add)
	case 6:
		first := v.u16(6)
		for i := range v.u16(8) {
			if gid := v.u16(10 + 2*i); v.bad || !add(uint32(first+i), uint32(gid)) {
				return
			}
		}
	case 10:
		first := v.u32(12)
		for i := range v.u32(16) {
			if gid := v.u16(20 + 2*i); v.bad || !add(uint32(first+i), uint32(gid)) {
				return
			}
		}
	case 12, 13:
		readGroups(v, v.u16(0) == 12, add)
	}
}

func readFormat4(v *view, add func(code, gid uint32) bool) {
	n := v.u16(6) / 2
	for i := range n {
		end, start := v.u16(14+2*i), v.u16(16+2*n+2*i)
		delta, offsetAt := v.u16(16+4*n+2*i), 16+6*n+2*i
		offset := v.u16(offsetAt)
		if v.bad {
			return
		}
		for code := start; code <= end && code < 0xffff; code++ {
			gid := code
			if offset != 0 {
				if gid = v.u16(offsetAt + offset + 2*(code-start)); v.bad {
					return
				}
				if gid == 0 {
					continue
				}
			}
			if !add(uint32(code), uint32(gid+delta)&0xffff) {
				return
			}
		}
	}
}

func readGroups(v *view, counting bool, add func(code, gid uint32) bool) {
	for i := range v.u32(12) {
		start, end, gid := v.u32(16+12*i), v.u32(20+12*i), v.u32(24+12*i)
		if v.bad {
			return
		}
		for code := start; code <= end && code <= 0x10ffff; code++ {
			if !add(uint32(code), uint32(gid)) {
				return
			}
			if counting {
				gid++
			}
		}
	}
}

// readPost reads glyph names (post table, versions 1 and 2).
func (f *sfntFont) readPost(b []byte) {
	v := &view{b: b}
	mac := glyphOrders()["mac"]
	switch v.u32(0) {
	case 0x00010000:
		f.names = mac
	case 0x00020000:
		n := v.u16(32)
		var own []string
		for at := 34 + 2*n; at < len(b) && len(own) < maxGlyphs; {
			size := v.u8(at)
			s := v.at(at+1, size)
			if s == nil {
				break
			}
			own = append(own, string(s))
			at += 1 + size
		}
		v.bad = false
		for i := range n {
			k := v.u16(34 + 2*i)
			switch {
			case v.bad:
				return
			case k < len(mac):
				f.names = append(f.names, mac[k])
			case k-len(mac) < len(own):
				f.names = append(f.names, own[k-len(mac)])
			default:
				f.names = append(f.names, "")
			}
		}
	}
	f.byName = make(map[string]uint32, len(f.names))
	for i, name := range f.names {
		if _, ok := f.byName[name]; !ok {
			f.byName[name] = uint32(i)
		}
	}
}
