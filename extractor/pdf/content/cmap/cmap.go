// Package cmap reads CMaps: those that cut strings into character codes and turn codes into CIDs (ISO 32000-1, 9.7.5),
// and ToUnicode CMaps, which turn codes into text (9.10.3). It embeds the predefined CMaps and the CID collections of
// Adobe. It knows nothing of fonts or widths.
//
// Start with Parse, and with Store for what is predefined.
package cmap

import (
	"cmp"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// A space is a range of codes n bytes long; each byte lies between those of lo and hi.
type space struct {
	n      int
	lo, hi uint32
}

func (s space) holds(code uint32) bool {
	for i := range s.n {
		shift := 8 * i
		c := code >> shift & 0xff
		if c < s.lo>>shift&0xff || c > s.hi>>shift&0xff {
			return false
		}
	}
	return true
}

// A cidRange maps codes of n bytes from lo to hi to CIDs from cid on.
type cidRange struct {
	lo, hi uint32
	cid    uint32
	n      uint8
}

// A textRange maps codes from lo to hi to texts: list[code-lo], or first with its last unit counted up.
type textRange struct {
	lo, hi uint32
	first  []uint16
	list   []string
}

// A CMap maps character codes. It does not change once made, and any number of goroutines may use it.
type CMap struct {
	// Vertical is set where writing goes from top to bottom (WMode 1).
	Vertical bool
	// Complete is false where something in the CMap was not understood or a bound was reached.
	Complete bool
	// Ordering is the collection of a predefined CMap's CIDs, such as GB1.
	Ordering string

	spaces []space
	cids   []cidRange
	reach  []uint32 // highest hi of cids[:i+1], for ranges that overlap
	chars  map[uint32]string
	texts  []textRange
	far    []uint32 // the same for texts
	parent *CMap
	form   form
}

// A form says how the codes of a CMap stand for Unicode by themselves.
type form uint8

const (
	opaque form = iota
	identity
	ucs2 // also UTF-16: two bytes, or four with surrogates
	utf8Form
	utf32
)

// Next returns the first character code of s and its length, which is at least 1 if s is not empty. A code outside every
// code space is not ok, and as long as the shortest code that begins like it.
func (m *CMap) Next(s []byte) (code uint32, n int, ok bool) {
	if len(s) == 0 {
		return 0, 0, false
	}
	if m.form == identity {
		if len(s) < 2 {
			return uint32(s[0]), 1, false
		}
		return uint32(s[0])<<8 | uint32(s[1]), 2, true
	}
	for n = 1; n <= min(4, len(s)); n++ {
		code = code<<8 | uint32(s[n-1])
		if m.inSpace(code, n) {
			return code, n, true
		}
	}
	n = min(len(s), m.shortest(s[0]))
	code = 0
	for _, c := range s[:n] {
		code = code<<8 | uint32(c)
	}
	return code, n, false
}

func (m *CMap) inSpace(code uint32, n int) bool {
	for ; m != nil; m = m.parent {
		for _, s := range m.spaces {
			if s.n == n && s.holds(code) {
				return true
			}
		}
	}
	return false
}

// shortest returns the length of the shortest code that begins with c, else of the shortest of all, else 1.
func (m *CMap) shortest(c byte) int {
	begins, all := 5, 5
	for ; m != nil; m = m.parent {
		for _, s := range m.spaces {
			shift := 8 * (s.n - 1)
			all = min(all, s.n)
			if uint32(c) >= s.lo>>shift&0xff && uint32(c) <= s.hi>>shift&0xff {
				begins = min(begins, s.n)
			}
		}
	}
	switch {
	case begins < 5:
		return begins
	case all < 5:
		return all
	}
	return 1
}

// HasSpaces reports whether the CMap defines any code space.
func (m *CMap) HasSpaces() bool {
	for ; m != nil; m = m.parent {
		if len(m.spaces) > 0 || m.form == identity {
			return true
		}
	}
	return false
}

// HasText reports whether the CMap maps any code to text.
func (m *CMap) HasText() bool {
	for ; m != nil; m = m.parent {
		if len(m.chars) > 0 || len(m.texts) > 0 || m.form != opaque && m.form != identity {
			return true
		}
	}
	return false
}

// HasCIDs reports whether the CMap maps any code to a CID.
func (m *CMap) HasCIDs() bool {
	for ; m != nil; m = m.parent {
		if len(m.cids) > 0 || m.form == identity {
			return true
		}
	}
	return false
}

// IsIdentity reports whether the CMap is Identity-H or Identity-V.
func (m *CMap) IsIdentity() bool { return m.form == identity }

// CID returns the CID of a code n bytes long.
func (m *CMap) CID(code uint32, n int) (uint32, bool) {
	for ; m != nil; m = m.parent {
		if m.form == identity {
			return code, true
		}
		key, width := code, n
		if m.form == ucs2 && n == 4 || m.form == utf8Form {
			key, width = uint32(m.rune(code, n)), 4 // the table behind is that of UTF-32
		} else if m.form == ucs2 && m.wide() {
			width = 4
		}
		if cid, ok := m.find(key, width); ok {
			return cid, true
		}
	}
	return 0, false
}

// wide reports whether the table's codes are those of UTF-32.
func (m *CMap) wide() bool { return len(m.cids) > 0 && m.cids[0].n == 4 }

// maxSteps bounds the search through ranges that overlap; honest CMaps need one or two steps.
const maxSteps = 64

func (m *CMap) find(code uint32, n int) (uint32, bool) {
	i, _ := slices.BinarySearchFunc(m.cids, code, func(r cidRange, c uint32) int {
		if r.lo <= c {
			return -1
		}
		return 1
	})
	for steps := 0; i > 0 && steps < maxSteps && m.reach[i-1] >= code; steps++ {
		i--
		if r := m.cids[i]; r.hi >= code && int(r.n) == n {
			return r.cid + code - r.lo, true
		}
	}
	return 0, false
}

// Text returns what a code stands for: by bfchar and bfrange, or because the CMap's codes are Unicode.
func (m *CMap) Text(code uint32, n int) (string, bool) {
	for ; m != nil; m = m.parent {
		if s, ok := m.chars[code]; ok {
			return s, true
		}
		if s, ok := m.findText(code); ok {
			return s, true
		}
		if m.form == ucs2 || m.form == utf8Form || m.form == utf32 {
			if r := m.rune(code, n); r > 0 {
				return string(r), true
			}
		}
	}
	return "", false
}

func (m *CMap) findText(code uint32) (string, bool) {
	i, _ := slices.BinarySearchFunc(m.texts, code, func(r textRange, c uint32) int {
		if r.lo <= c {
			return -1
		}
		return 1
	})
	for steps := 0; i > 0 && steps < maxSteps && m.far[i-1] >= code; steps++ {
		i--
		r := &m.texts[i]
		if r.hi < code {
			continue
		}
		at := code - r.lo
		if r.list != nil {
			return r.list[at], true
		}
		units := slices.Clone(r.first)
		last := len(units) - 1
		if last > 0 && utf16.IsSurrogate(rune(units[last-1])) && utf16.IsSurrogate(rune(units[last])) {
			x := utf16.DecodeRune(rune(units[last-1]), rune(units[last])) + rune(at)
			return string(utf16.Decode(units[:last-1])) + string(x), true
		}
		units[last] += uint16(at)
		return string(utf16.Decode(units)), true
	}
	return "", false
}

// rune reads a code that is Unicode by its form; 0 if it is not valid.
func (m *CMap) rune(code uint32, n int) rune {
	switch {
	case m.form == utf8Form:
		b := []byte{byte(code >> 24), byte(code >> 16), byte(code >> 8), byte(code)}
		r, size := utf8.DecodeRune(b[4-min(n, 4):])
		if r == utf8.RuneError || size != n {
			return 0
		}
		return r
	case m.form == ucs2 && n == 4:
		r := utf16.DecodeRune(rune(code>>16), rune(code&0xffff))
		if r == utf8.RuneError {
			return 0
		}
		return r
	case code > utf8.MaxRune || code >= 0xd800 && code < 0xe000:
		return 0
	}
	return rune(code)
}

// finish sorts the tables for searching.
func (m *CMap) finish() *CMap {
	slices.SortStableFunc(m.cids, func(a, b cidRange) int { return cmp.Compare(a.lo, b.lo) })
	m.reach = make([]uint32, len(m.cids))
	var top uint32
	for i, r := range m.cids {
		top = max(top, r.hi)
		m.reach[i] = top
	}
	slices.SortStableFunc(m.texts, func(a, b textRange) int { return cmp.Compare(a.lo, b.lo) })
	m.far = make([]uint32, len(m.texts))
	top = 0
	for i, r := range m.texts {
		top = max(top, r.hi)
		m.far[i] = top
	}
	return m
}

// Identity returns Identity-H or, if vertical, Identity-V: two bytes are the CID.
func Identity(vertical bool) *CMap {
	return &CMap{Vertical: vertical, Complete: true, form: identity}
}
