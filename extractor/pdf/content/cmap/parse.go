package cmap

import (
	"unicode/utf16"

	"yusuan/extractor/pdf/content/syntax"
)

// Bounds on one CMap of a stranger's.
const (
	maxBytes  = 16 << 20
	maxRanges = 1 << 20
	maxText   = 512 // bytes that one code may stand for
)

// Parse reads a CMap program. use finds the CMap that usecmap names, and may return nil; glyph gives the text of a glyph
// name used as a destination. Nothing in data makes Parse fail: what is not understood leaves Complete false.
func Parse(data []byte, use func(string) *CMap, glyph func(string) string) *CMap {
	p := &parser{m: &CMap{Complete: true}, use: use, glyph: glyph}
	if len(data) > maxBytes {
		data = data[:maxBytes]
		p.m.Complete = false
	}
	p.lex.Data = data
	p.run()
	return p.m.finish()
}

type parser struct {
	lex    syntax.Lexer
	m      *CMap
	use    func(string) *CMap
	glyph  func(string) string
	ranges int
}

func (p *parser) run() {
	var last, before syntax.Token
	for {
		tok := p.lex.Next()
		switch tok.Kind {
		case syntax.EOF:
			return
		case syntax.Keyword:
			switch string(tok.Bytes) {
			case "begincodespacerange":
				p.spaces()
			case "begincidrange":
				p.cidRanges()
			case "begincidchar":
				p.cidChars()
			case "beginbfrange":
				p.textRanges()
			case "beginbfchar":
				p.textChars()
			case "usecmap":
				p.useCMap(last)
			case "def":
				if before.Kind == syntax.Name && string(before.Bytes) == "WMode" && last.Kind == syntax.Number {
					p.m.Vertical = last.Num == 1
				}
			}
		}
		before, last = last, tok
	}
}

func (p *parser) useCMap(name syntax.Token) {
	if name.Kind != syntax.Name || p.use == nil || p.m.parent != nil {
		return
	}
	if p.m.parent = p.use(string(name.Bytes)); p.m.parent == nil {
		p.m.Complete = false
		return
	}
	p.m.Vertical = p.m.Vertical || p.m.parent.Vertical
}

// codes reads the two codes of a range, or with one the same twice. It returns false at the end of the list, whose
// keyword is passed.
func (p *parser) codes(one bool) (lo, hi uint32, n int, ok bool) {
	a := p.lex.Next()
	b := a
	if a.Kind == syntax.String && !one {
		b = p.lex.Next()
	}
	if a.Kind != syntax.String || b.Kind != syntax.String {
		return 0, 0, 0, false
	}
	if p.ranges++; p.ranges > maxRanges || len(a.Bytes) > 4 || len(b.Bytes) > 4 || len(a.Bytes) == 0 {
		p.m.Complete = false
		return 1, 0, 1, p.ranges <= maxRanges
	}
	return number(a.Bytes), number(b.Bytes), len(a.Bytes), true
}

func number(b []byte) uint32 {
	var x uint32
	for _, c := range b {
		x = x<<8 | uint32(c)
	}
	return x
}

func (p *parser) spaces() {
	for {
		lo, hi, n, ok := p.codes(false)
		if !ok {
			return
		}
		if len(p.m.spaces) < 256 {
			p.m.spaces = append(p.m.spaces, space{n, lo, hi})
		}
	}
}

func (p *parser) cidRanges() {
	for {
		lo, hi, n, ok := p.codes(false)
		if !ok {
			return
		}
		cid := p.lex.Next()
		if cid.Kind != syntax.Number {
			p.m.Complete = false
			return
		}
		if lo <= hi {
			p.m.cids = append(p.m.cids, cidRange{lo, hi, uint32(int64(cid.Num)), uint8(n)})
		}
		p.lex.Reset()
	}
}

func (p *parser) cidChars() {
	for {
		code, _, n, ok := p.codes(true)
		if !ok {
			return
		}
		cid := p.lex.Next()
		if cid.Kind != syntax.Number {
			p.m.Complete = false
			return
		}
		p.m.cids = append(p.m.cids, cidRange{code, code, uint32(int64(cid.Num)), uint8(n)})
		p.lex.Reset()
	}
}

func (p *parser) textChars() {
	for {
		code, _, _, ok := p.codes(true)
		if !ok {
			return
		}
		s, ok := p.text(p.lex.Next())
		if !ok {
			p.m.Complete = false
			return
		}
		p.char(code, s)
		p.lex.Reset()
	}
}

func (p *parser) char(code uint32, s string) {
	if p.m.chars == nil {
		p.m.chars = map[uint32]string{}
	}
	p.m.chars[code] = s
}

// text reads a destination: UTF-16BE, or a glyph name.
func (p *parser) text(tok syntax.Token) (string, bool) {
	switch tok.Kind {
	case syntax.Name:
		if p.glyph != nil {
			return p.glyph(string(tok.Bytes)), true
		}
		return "", true
	case syntax.String:
		return string(utf16.Decode(units(tok.Bytes))), true
	}
	return "", false
}

// units cuts a destination into UTF-16 units. One byte alone counts as a unit, as viewers take it.
func units(b []byte) []uint16 {
	b = b[:min(len(b), maxText)]
	if len(b) == 1 {
		return []uint16{uint16(b[0])}
	}
	out := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		out = append(out, uint16(b[0])<<8|uint16(b[1]))
	}
	return out
}

func (p *parser) textRanges() {
	for {
		lo, hi, _, ok := p.codes(false)
		if !ok {
			return
		}
		tok := p.lex.Next()
		switch tok.Kind {
		case syntax.ArrayOpen:
			p.textList(lo, hi)
		case syntax.String:
			u := units(tok.Bytes)
			switch {
			case lo > hi || len(u) == 0:
			case lo == hi:
				p.char(lo, string(utf16.Decode(u)))
			default:
				p.m.texts = append(p.m.texts, textRange{lo: lo, hi: hi, first: u})
			}
		case syntax.Name: // [ ] forgotten around a single glyph name
			s, _ := p.text(tok)
			p.char(lo, s)
		default:
			p.m.Complete = false
			return
		}
		p.lex.Reset()
	}
}

// textList reads the destinations of one range, in an array; missing ones stay unmapped.
func (p *parser) textList(lo, hi uint32) {
	var list []string
	for {
		tok := p.lex.Next()
		s, ok := p.text(tok)
		if !ok {
			if tok.Kind != syntax.ArrayClose {
				p.m.Complete = false
			}
			break
		}
		if p.ranges++; p.ranges > maxRanges {
			p.m.Complete = false
			continue
		}
		list = append(list, s)
	}
	if len(list) == 0 || lo > hi {
		return
	}
	p.m.texts = append(p.m.texts, textRange{lo: lo, hi: min(hi, lo+uint32(len(list)-1)), list: list})
}
