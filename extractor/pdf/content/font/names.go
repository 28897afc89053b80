package font

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed glyphlist.txt
var glyphListText string

//go:embed encodings.txt
var encodingsText string

//go:embed widths.txt
var widthsText string

// glyphList is the Adobe Glyph List, by name.
var glyphList = sync.OnceValue(func() map[string]string {
	list := make(map[string]string, 4400)
	for line := range strings.Lines(glyphListText) {
		name, codes, ok := strings.Cut(strings.TrimSpace(line), ";")
		if !ok || line[0] == '#' {
			continue
		}
		var s string
		for code := range strings.FieldsSeq(codes) {
			s += hexRune(code)
		}
		list[name] = s
	}
	return list
})

// An encoding gives the glyph name of each code.
type encoding [256]string

// encodings are the predefined ones, by name.
var encodings = sync.OnceValue(func() map[string]*encoding {
	out := map[string]*encoding{}
	var e *encoding
	for line := range strings.Lines(encodingsText) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '@':
			e = &encoding{}
			out[line[1:]] = e
		default:
			code, name, _ := strings.Cut(line, " ")
			if n, err := strconv.ParseUint(code, 16, 8); err == nil {
				e[n] = name
			}
		}
	}
	return out
})

// standardWidths are those of the standard fonts in thousandths, by font and glyph name.
var standardWidths = sync.OnceValue(func() map[string]map[string]float64 {
	out := map[string]map[string]float64{}
	var m map[string]float64
	for line := range strings.Lines(widthsText) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '@':
			m = map[string]float64{}
			out[line[1:]] = m
		default:
			name, width, _ := strings.Cut(line, " ")
			if w, err := strconv.ParseFloat(width, 64); err == nil {
				m[name] = w
			}
		}
	}
	return out
})

// NameText returns what a glyph name stands for by the rules of the Adobe Glyph List, "" if it says nothing.
// Source: github.com/adobe-type-tools/agl-specification.
func NameText(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if name == "" {
		return ""
	}
	if s, ok := glyphList()[name]; ok {
		return s
	}
	var out string
	for part := range strings.SplitSeq(name, "_") {
		s, ok := glyphList()[part]
		if !ok {
			s = uniText(part)
		}
		if s == "" {
			return ""
		}
		out += s
	}
	return out
}

// uniText reads uniXXXX (one or more UTF-16 values) and uXXXX to uXXXXXX.
func uniText(name string) string {
	if digits, ok := strings.CutPrefix(name, "uni"); ok && len(digits) >= 4 && len(digits)%4 == 0 && len(digits) <= 64 {
		var out string
		for ; len(digits) > 0; digits = digits[4:] {
			s := hexRune(digits[:4])
			if s == "" {
				return ""
			}
			out += s
		}
		return out
	}
	if digits, ok := strings.CutPrefix(name, "u"); ok && len(digits) >= 4 && len(digits) <= 6 {
		return hexRune(digits)
	}
	return ""
}

// hexRune reads a code point in capital hexadecimal digits.
func hexRune(s string) string {
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil || n > utf8.MaxRune || n >= 0xd800 && n < 0xe000 {
		return ""
	}
	return string(rune(n))
}
