package markdown

import (
	"strings"
	"unicode"
)

// text gives a stranger's text so that it is read as it is: on one line, and nothing in it is markup, HTML, a link or a command to turn
// the direction of writing. What CommonMark, GFM and their relatives give a meaning to gets a backslash, or is written as an entity
// where a backslash could be taken together with what follows it.
func text(s string) string { return escaped(s, " ") }

// cell gives a cell of a table: as text does, with its lines kept apart.
func cell(s string) string { return escaped(s, "<br>") }

// escaped is text with the lines of s joined by what is given.
func escaped(s, join string) string {
	var b strings.Builder
	first := true
	for line := range strings.FieldsFuncSeq(strings.ToValidUTF8(s, "\ufffd"), isLineEnd) {
		if line = escapedLine(line); line == "" {
			continue
		}
		if !first {
			b.WriteString(join)
		}
		b.WriteString(line)
		first = false
	}
	return b.String()
}

func isLineEnd(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

func escapedLine(line string) string {
	line = strings.TrimSpace(strings.Map(visible, line))
	var b strings.Builder
	b.Grow(len(line) + 8)
	for i, r := range line {
		switch r {
		case '\\':
			b.WriteString("&#92;") // in a cell, \| would be read twice
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '`', '*', '_', '{', '}', '[', ']', '|', '~', '$', '#', '^', '@':
			b.WriteByte('\\')
			b.WriteRune(r)
		case ':', '.': // http://… and www.… are links in GFM without any markup
			if r == ':' && strings.HasPrefix(line[i:], "://") || r == '.' && endsWWW(line[:i]) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func endsWWW(s string) bool { return len(s) >= 3 && strings.EqualFold(s[len(s)-3:], "www") }

// visible makes a space of a control character, and nothing of what turns the direction of writing.
func visible(r rune) rune {
	switch {
	case unicode.IsControl(r):
		return ' '
	case unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
		return -1
	}
	return r
}

// leading keeps escaped text at the beginning of a line from beginning a list, a rule or an underlined heading.
func leading(s string) string {
	if s == "" {
		return s
	}
	if strings.IndexByte("-+=:", s[0]) >= 0 {
		return `\` + s
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')') {
		return s[:digits] + `\` + s[digits:]
	}
	return s
}
