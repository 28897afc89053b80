package font

import (
	"yusuan/extractor/pdf/content/cmap"
)

// A cffFont is a Compact Font Format program: glyph names, or the CID collection (Adobe Technical Note 5176).
type cffFont struct {
	names []string // by glyph; nil for CID-keyed fonts
	codes *encoding
	keyed bool
	chars func(cid uint32) string // of a CID-keyed font whose collection is known
}

// An index holds the offsets of a CFF INDEX into the data.
type index struct {
	offsets []int // one more than there are elements
	end     int
}

func (x *index) len() int { return max(0, len(x.offsets)-1) }

func (x *index) get(v *view, i int) []byte {
	if i < 0 || i >= x.len() || x.offsets[i+1] < x.offsets[i] {
		return nil
	}
	return v.at(x.offsets[i], x.offsets[i+1]-x.offsets[i])
}

// readIndex reads an INDEX.
func readIndex(v *view, at int) *index {
	n, size := v.u16(at), v.u8(at+2)
	if n == 0 || v.bad {
		return &index{end: at + 2}
	}
	if size < 1 || size > 4 || v.at(at+3, (n+1)*size) == nil {
		v.bad = true
		return &index{}
	}
	base := at + 3 + (n+1)*size - 1
	x := &index{offsets: make([]int, n+1)}
	for i := range x.offsets {
		o := 0
		for _, c := range v.b[at+3+i*size : at+3+(i+1)*size] {
			o = o<<8 | int(c)
		}
		x.offsets[i] = base + o
	}
	x.end = x.offsets[n]
	return x
}

// readDict reads the integer operands of a DICT by operator; two-byte operators are 1200 and up.
func readDict(b []byte) map[int][]int {
	out := map[int][]int{}
	var args []int
	for i := 0; i < len(b); {
		c := int(b[i])
		v := &view{b: b}
		i++
		switch {
		case c == 12:
			out[1200+v.u8(i)] = args
			args = nil
			i++
		case c <= 21:
			out[c] = args
			args = nil
		case c == 28:
			args = append(args, int(int16(v.u16(i))))
			i += 2
		case c == 29:
			args = append(args, int(int32(v.u32(i))))
			i += 4
		case c == 30: // a real number: of no use here, but to be passed
			for i < len(b) && b[i]&0x0f != 0x0f && b[i]>>4 != 0x0f {
				i++
			}
			i++
			args = append(args, 0)
		case c >= 32 && c <= 246:
			args = append(args, c-139)
		case c >= 247 && c <= 250:
			args = append(args, (c-247)*256+v.u8(i)+108)
			i++
		case c >= 251 && c <= 254:
			args = append(args, -(c-251)*256-v.u8(i)-108)
			i++
		}
		if len(args) > 64 {
			args = args[:0]
		}
	}
	return out
}

func last(args []int, missing int) int {
	if len(args) == 0 {
		return missing
	}
	return args[len(args)-1]
}

func parseCFF(data []byte, store *cmap.Store) (fontProgram, error) {
	v := &view{b: data}
	fonts := readIndex(v, v.u8(2))
	tops := readIndex(v, fonts.end)
	strings := readIndex(v, tops.end)
	top := tops.get(v, 0)
	if v.bad || top == nil {
		return nil, errProgram
	}
	d := readDict(top)
	text := func(sid int) string {
		standard := glyphOrders()["cff"]
		if sid < len(standard) {
			return standard[max(sid, 0)]
		}
		return string(strings.get(v, sid-len(standard)))
	}
	f := &cffFont{}
	if ros := d[1230]; len(ros) >= 2 {
		f.keyed = true
		if text(ros[0]) == "Adobe" && store != nil {
			f.chars = store.Collection(text(ros[1]))
		}
		return f, nil
	}
	glyphs := v.u16(last(d[17], 0))
	sids := readCharset(v, last(d[15], 0), glyphs)
	f.names = make([]string, len(sids))
	for i, sid := range sids {
		f.names[i] = text(sid)
	}
	f.codes = readCFFEncoding(v, last(d[16], 0), f.names, text)
	return f, nil
}

// readCharset returns the string number of each glyph's name.
func readCharset(v *view, at, glyphs int) []int {
	sids := make([]int, 1, max(glyphs, 1))
	if at <= 2 { // predefined; the expert ones hold nothing that reads as text here
		for i := 1; at == 0 && i < min(glyphs, 229); i++ {
			sids = append(sids, i)
		}
		return sids
	}
	format := v.u8(at)
	at++
	for len(sids) < glyphs && !v.bad {
		sid := v.u16(at)
		at += 2
		more := 0
		switch format {
		case 1:
			more = v.u8(at)
			at++
		case 2:
			more = v.u16(at)
			at += 2
		}
		for ; more >= 0 && len(sids) < glyphs && !v.bad; more-- {
			sids = append(sids, sid)
			sid++
		}
	}
	return sids
}

// readCFFEncoding returns the glyph names by code.
func readCFFEncoding(v *view, at int, names []string, text func(int) string) *encoding {
	switch at {
	case 0:
		return encodings()["StandardEncoding"]
	case 1:
		return encodings()["MacExpertEncoding"]
	}
	var e encoding
	set := func(code, gid int) {
		if code < 256 && gid < len(names) {
			e[code] = names[gid]
		}
	}
	format, n := v.u8(at), v.u8(at+1)
	at += 2
	gid := 1
	for range n {
		code, more := v.u8(at), 0
		at++
		if format&0x7f == 1 {
			more = v.u8(at)
			at++
		}
		for ; more >= 0; more-- {
			set(code, gid)
			code++
			gid++
		}
	}
	if format&0x80 != 0 {
		n = v.u8(at)
		for i := range n {
			if sid := v.u16(at + 2 + 3*i); !v.bad {
				e[v.u8(at+1+3*i)] = text(sid)
			}
		}
	}
	return &e
}

func (f *cffFont) encoding() *encoding { return f.codes }

func (f *cffFont) codeText(byte, string) string { return "" }

// glyphText: in a CID-keyed program the CID counts, else the glyph index.
func (f *cffFont) glyphText(gid, cid uint32) string {
	if f.keyed {
		if f.chars != nil {
			return f.chars(cid)
		}
		return ""
	}
	if int64(gid) < int64(len(f.names)) {
		return NameText(f.names[gid])
	}
	return ""
}
