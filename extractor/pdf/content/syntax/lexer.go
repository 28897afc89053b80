// Package syntax cuts PDF content streams, CMaps and object text into tokens (ISO 32000-1, 7.2 and 7.3). It builds no
// objects and knows no operators; arrays and dictionaries come out as their brackets. It never fails: what is malformed
// is read as the common viewers read it, and counted in Faults.
//
// Start with Lexer.Next.
package syntax

import (
	"bytes"
	"math"
	"strconv"
)

// Kind says what a Token is.
type Kind uint8

// The kinds of token. Braces (of PostScript procedures in CMaps) are keywords.
const (
	EOF Kind = iota
	Number
	String
	Name
	Keyword
	ArrayOpen
	ArrayClose
	DictOpen
	DictClose
)

// A Token is one lexical token. Bytes belong to the lexer: they hold until Reset, or as long as the data.
type Token struct {
	Kind  Kind
	Num   float64 // of a Number
	Bytes []byte  // of a String (escapes undone), a Name (without the slash, #xx undone) or a Keyword
}

// A Lexer reads tokens from Data at Pos.
type Lexer struct {
	Data   []byte
	Pos    int
	Faults int // malformed strings and stray brackets met, by which something may be lost

	arena []byte
}

// Reset gives up the memory of strings decoded so far, whose tokens then no longer hold.
func (l *Lexer) Reset() { l.arena = l.arena[:0] }

const (
	regular = iota
	space
	delimiter
)

// classes holds the class of every byte, ISO 32000-1 tables 1 and 2.
var classes = [256]uint8{
	0: space, '\t': space, '\n': space, '\f': space, '\r': space, ' ': space,
	'(': delimiter, ')': delimiter, '<': delimiter, '>': delimiter, '[': delimiter, ']': delimiter,
	'{': delimiter, '}': delimiter, '/': delimiter, '%': delimiter,
}

// IsSpace reports whether c is white space in PDF.
func IsSpace(c byte) bool { return classes[c] == space }

// IsRegular reports whether c is neither white space nor a delimiter.
func IsRegular(c byte) bool { return classes[c] == regular }

// Next returns the next token; at the end, and ever after, one of kind EOF.
func (l *Lexer) Next() Token {
	for {
		l.skipSpace()
		if l.Pos >= len(l.Data) {
			return Token{}
		}
		switch c := l.Data[l.Pos]; c {
		case '(':
			l.Pos++
			return l.literal()
		case '<':
			l.Pos++
			return l.angle()
		case '>':
			l.Pos++
			if l.peek(0) == '>' {
				l.Pos++
				return Token{Kind: DictClose}
			}
			l.Faults++
		case ')':
			l.Pos++
			l.Faults++
		case '[':
			l.Pos++
			return Token{Kind: ArrayOpen}
		case ']':
			l.Pos++
			return Token{Kind: ArrayClose}
		case '{', '}':
			l.Pos++
			return Token{Kind: Keyword, Bytes: l.Data[l.Pos-1 : l.Pos]}
		case '/':
			l.Pos++
			return l.name()
		default:
			if c <= '9' && (c >= '0' || c == '-' || c == '.' || c == '+') {
				return l.number()
			}
			return l.keyword()
		}
	}
}

// angle reads what begins with <, which is passed.
func (l *Lexer) angle() Token {
	if l.peek(0) == '<' {
		l.Pos++
		return Token{Kind: DictOpen}
	}
	return l.hex()
}

// peek returns the byte n places on, 0 past the end.
func (l *Lexer) peek(n int) byte {
	if l.Pos+n < len(l.Data) {
		return l.Data[l.Pos+n]
	}
	return 0
}

// skipSpace passes white space and comments.
func (l *Lexer) skipSpace() {
	for l.Pos < len(l.Data) {
		c := l.Data[l.Pos]
		if c == '%' {
			n := bytes.IndexAny(l.Data[l.Pos:], "\r\n")
			if n < 0 {
				l.Pos = len(l.Data)
				return
			}
			l.Pos += n
			continue
		}
		if classes[c] != space {
			return
		}
		l.Pos++
	}
}

func (l *Lexer) keyword() Token {
	from := l.Pos
	for l.Pos < len(l.Data) && classes[l.Data[l.Pos]] == regular {
		l.Pos++
	}
	return Token{Kind: Keyword, Bytes: l.Data[from:l.Pos]}
}

func (l *Lexer) name() Token {
	from := l.Pos
	escaped := false
	for l.Pos < len(l.Data) && classes[l.Data[l.Pos]] == regular {
		escaped = escaped || l.Data[l.Pos] == '#'
		l.Pos++
	}
	raw := l.Data[from:l.Pos]
	if !escaped {
		return Token{Kind: Name, Bytes: raw}
	}
	start := len(l.arena)
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if hi, lo := unhex(raw[i+1]), unhex(raw[i+2]); hi < 16 && lo < 16 {
				l.arena = append(l.arena, hi<<4|lo)
				i += 2
				continue
			}
		}
		l.arena = append(l.arena, raw[i])
	}
	return Token{Kind: Name, Bytes: l.arena[start:len(l.arena):len(l.arena)]}
}

// number reads a number. Signs repeated or inside, a second point, and what follows them in the token are passed over,
// as viewers do; letters end the number ("0g" is two tokens).
func (l *Lexer) number() Token {
	from := l.Pos
	negative, point, broken, leading := false, false, false, true
	var mantissa, scale float64 = 0, 1
	for ; l.Pos < len(l.Data); l.Pos++ {
		switch c := l.Data[l.Pos]; {
		case c >= '0' && c <= '9':
			if broken {
				continue
			}
			mantissa = mantissa*10 + float64(c-'0')
			if point {
				scale *= 10
			}
		case c == '.':
			broken = broken || point
			point = true
		case c == '-' || c == '+':
			if !leading {
				broken = true
			}
			negative = negative || leading && c == '-'
			continue
		case (c == 'e' || c == 'E') && l.exponent():
			return l.scientific(from)
		default:
			return number(mantissa/scale, negative)
		}
		leading = false
	}
	return number(mantissa/scale, negative)
}

func number(x float64, negative bool) Token {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		x = 0
	}
	if negative {
		x = -x
	}
	return Token{Kind: Number, Num: x}
}

// exponent reports whether an exponent stands here: not PDF, but some producers write 1e-05.
func (l *Lexer) exponent() bool {
	c := l.peek(1)
	if c == '-' || c == '+' {
		c = l.peek(2)
	}
	return c >= '0' && c <= '9'
}

func (l *Lexer) scientific(from int) Token {
	l.Pos += 2
	for c := l.peek(0); c >= '0' && c <= '9'; c = l.peek(0) {
		l.Pos++
	}
	x, err := strconv.ParseFloat(string(l.Data[from:l.Pos]), 64)
	if err != nil {
		x = 0
	}
	return number(x, false)
}

// literal reads a string in parentheses, whose opening one is passed.
func (l *Lexer) literal() Token {
	from, depth := l.Pos, 1
	for ; l.Pos < len(l.Data); l.Pos++ {
		switch l.Data[l.Pos] {
		case '\\', '\r':
			return l.escaped(from, depth)
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				l.Pos++
				return Token{Kind: String, Bytes: l.Data[from : l.Pos-1]}
			}
		}
	}
	l.Faults++
	return Token{Kind: String, Bytes: l.Data[from:]}
}

// escaped goes on reading a literal string that needs decoding.
func (l *Lexer) escaped(from, depth int) Token {
	start := len(l.arena)
	l.arena = append(l.arena, l.Data[from:l.Pos]...)
	for l.Pos < len(l.Data) {
		c := l.Data[l.Pos]
		l.Pos++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return Token{Kind: String, Bytes: l.arena[start:len(l.arena):len(l.arena)]}
			}
		case '\r': // an end of line in a string reads as \n
			if l.peek(0) == '\n' {
				l.Pos++
			}
			c = '\n'
		case '\\':
			l.escape()
			continue
		}
		l.arena = append(l.arena, c)
	}
	l.Faults++
	return Token{Kind: String, Bytes: l.arena[start:len(l.arena):len(l.arena)]}
}

// escape reads what follows a backslash; an unknown escape stands for its character.
func (l *Lexer) escape() {
	if l.Pos >= len(l.Data) {
		return
	}
	c := l.Data[l.Pos]
	l.Pos++
	switch c {
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case '\r':
		if l.peek(0) == '\n' {
			l.Pos++
		}
		return
	case '\n':
		return
	case '0', '1', '2', '3', '4', '5', '6', '7':
		c -= '0'
		for range 2 {
			d := l.peek(0)
			if d < '0' || d > '7' {
				break
			}
			c = c<<3 | (d - '0')
			l.Pos++
		}
	}
	l.arena = append(l.arena, c)
}

// hex reads a string in angle brackets, whose opening one is passed. An odd last digit counts as its high half.
func (l *Lexer) hex() Token {
	start := len(l.arena)
	var high byte
	odd := false
	for l.Pos < len(l.Data) {
		c := l.Data[l.Pos]
		l.Pos++
		if c == '>' {
			if odd {
				l.arena = append(l.arena, high)
			}
			return Token{Kind: String, Bytes: l.arena[start:len(l.arena):len(l.arena)]}
		}
		d := unhex(c)
		if d > 15 {
			if classes[c] != space {
				l.Faults++
			}
			continue
		}
		if odd {
			l.arena = append(l.arena, high|d)
		} else {
			high = d << 4
		}
		odd = !odd
	}
	l.Faults++
	return Token{Kind: String, Bytes: l.arena[start:len(l.arena):len(l.arena)]}
}

// unhex returns the value of a hexadecimal digit, 255 for any other byte.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
