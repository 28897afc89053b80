package syntax

import "bytes"

// SkipImage passes the data of an inline image; Pos stands behind the keyword ID. length is the number of bytes that the
// image's dictionary implies, 0 if that is not known. It returns false if no end of the image was found; Pos then stands
// at the end of the data.
func (l *Lexer) SkipImage(length int) bool {
	if l.Pos < len(l.Data) && IsSpace(l.Data[l.Pos]) {
		l.Pos++
	}
	if length > 0 && length <= len(l.Data)-l.Pos && l.endsAt(l.Pos+length) {
		return true
	}
	for from := l.Pos; ; {
		n := bytes.Index(l.Data[from:], []byte("EI"))
		if n < 0 {
			l.Pos = len(l.Data)
			return false
		}
		at := from + n
		if at > l.Pos && IsSpace(l.Data[at-1]) && l.plain(at+2) {
			l.Pos = at + 2
			return true
		}
		from = at + 2
	}
}

// endsAt reports whether EI stands at i, white space between, and passes it if so.
func (l *Lexer) endsAt(i int) bool {
	for n := 0; i < len(l.Data) && n < 8 && IsSpace(l.Data[i]); n++ {
		i++
	}
	if !bytes.HasPrefix(l.Data[i:], []byte("EI")) || i+2 < len(l.Data) && IsRegular(l.Data[i+2]) {
		return false
	}
	l.Pos = i + 2
	return true
}

// plain reports whether what follows i looks like operators and not like image data: white space first, then text.
func (l *Lexer) plain(i int) bool {
	if i < len(l.Data) && !IsSpace(l.Data[i]) {
		return false
	}
	for _, c := range l.Data[i:min(i+16, len(l.Data))] {
		if c >= 0x7f || c < ' ' && !IsSpace(c) || c == 0 {
			return false
		}
	}
	return true
}
