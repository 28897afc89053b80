package mend

import "strings"

// dictionary returns the entries of the dictionary that b begins with, their values as written but without white space
// beside delimiters. Nested values are kept whole. It stops at maxHead bytes, where b is no dictionary, and once the
// scanner has read maxWork bytes, since dictionaries of a crafted file can lie in each other.
func (s *scanner) dictionary(b []byte) map[string]string {
	l := lexer{b: b[:min(len(b), maxHead, max(0, maxWork-s.work))]}
	defer func() { s.work += l.i }()
	if l.next() != "<<" {
		return nil
	}
	out := map[string]string{}
	for {
		key := l.next()
		if !strings.HasPrefix(key, "/") {
			return out // the end, or what no dictionary has
		}
		v, ok := l.value()
		if !ok {
			return out
		}
		out[key[1:]] = v
	}
}

// A lexer splits bytes into tokens (ISO 32000-1, 7.2).
type lexer struct {
	b []byte
	i int
	// peeked tokens, oldest first
	ahead []string
}

// value reads one value, which for a reference is three tokens.
func (l *lexer) value() (string, bool) {
	t := l.next()
	switch t {
	case "", ">>", "]":
		return "", false
	case "<<", "[":
		var b strings.Builder
		b.WriteString(t)
		for depth := 1; depth > 0; {
			n := l.next()
			switch n {
			case "":
				return "", false
			case "<<", "[":
				depth++
			case ">>", "]":
				depth--
			}
			if last := b.String()[b.Len()-1]; !delimiter(last) && !delimiter(n[0]) {
				b.WriteByte(' ')
			}
			b.WriteString(n)
		}
		return b.String(), true
	}
	if digit(t[0]) {
		g, r := l.next(), l.next()
		if r == "R" {
			return t + " " + g + " R", true
		}
		l.ahead = append([]string{g, r}, l.ahead...)
	}
	return t, true
}

// next returns the next token, "" at the end. Strings keep their brackets.
func (l *lexer) next() string {
	if len(l.ahead) > 0 {
		t := l.ahead[0]
		l.ahead = l.ahead[1:]
		return t
	}
	l.skip()
	if l.i >= len(l.b) {
		return ""
	}
	start := l.i
	c := l.b[l.i]
	l.i++
	switch {
	case c == '(':
		return l.str(start)
	case (c == '<' || c == '>') && l.i < len(l.b) && l.b[l.i] == c:
		l.i++
	case c == '<':
		for l.i < len(l.b) && l.b[l.i-1] != '>' {
			l.i++
		}
	case c == '/' || !delimiter(c):
		for l.i < len(l.b) && !white(l.b[l.i]) && !delimiter(l.b[l.i]) {
			l.i++
		}
	}
	return string(l.b[start:l.i])
}

// skip passes white space and comments.
func (l *lexer) skip() {
	for l.i < len(l.b) {
		switch c := l.b[l.i]; {
		case white(c):
			l.i++
		case c == '%':
			for l.i < len(l.b) && l.b[l.i] != '\n' && l.b[l.i] != '\r' {
				l.i++
			}
		default:
			return
		}
	}
}

// str reads a literal string, whose brackets may nest.
func (l *lexer) str(start int) string {
	for depth := 1; l.i < len(l.b) && depth > 0; l.i++ {
		switch l.b[l.i] {
		case '\\':
			l.i++
		case '(':
			depth++
		case ')':
			depth--
		}
	}
	l.i = min(l.i, len(l.b))
	return string(l.b[start:l.i])
}

func delimiter(c byte) bool {
	return strings.IndexByte("()<>[]{}/%", c) >= 0
}
