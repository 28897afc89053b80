package object

import "strings"

// The library resolves references as soon as they are touched and does not say what they were; but it prints them. The
// printed form is not quite PDF: strings are quoted as in Go, names are not escaped.

// A printed walks through the printed form of a value.
type printed struct {
	s string
	i int
}

// token returns the next token: a bracket, a name with its slash, a quoted string with its quotes, or a bare word.
func (p *printed) token() string {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
	from := p.i
	if from >= len(p.s) {
		return ""
	}
	switch c := p.s[from]; c {
	case '[', ']':
		p.i++
	case '<', '>':
		n := 2
		if strings.HasPrefix(p.s[from:], "<nil>") { // null
			n = 5
		}
		p.i = min(p.i+n, len(p.s))
	case '"':
		for p.i++; p.i < len(p.s) && p.s[p.i] != '"'; p.i++ {
			if p.s[p.i] == '\\' {
				p.i++
			}
		}
		p.i = min(p.i+1, len(p.s))
	default:
		p.i++
		for p.i < len(p.s) && !strings.ContainsRune(" /[]<>\"", rune(p.s[p.i])) {
			p.i++
		}
	}
	return p.s[from:p.i]
}

// dictRefs reads "<</A 1 0 R /B << … >>>>" and returns what A refers to.
func dictRefs(s string) map[string]Ref {
	p := printed{s: s}
	if p.token() != "<<" {
		return nil
	}
	refs := map[string]Ref{}
	depth, key := 0, ""
	var last [2]string
	for {
		t := p.token()
		switch {
		case t == "" || t == ">>" && depth == 0:
			return refs
		case t == "<<" || t == "[":
			depth++
		case t == ">>" || t == "]":
			depth--
		case depth > 0:
		case t == "R":
			if r := (Ref{atoi(last[0]), atoi(last[1])}); key != "" && r.Number > 0 {
				refs[key] = r
			}
		case t[0] == '/':
			key = t[1:]
		}
		last[0], last[1] = last[1], t
	}
}

// arrayRefs reads "[1 0 R 2 0 R null]" and returns a Ref for each element.
func arrayRefs(s string) []Ref {
	p := printed{s: s}
	if p.token() != "[" {
		return nil
	}
	var refs []Ref
	depth := 0
	for {
		t := p.token()
		switch {
		case t == "" || t == "]" && depth == 0:
			for i := range refs {
				if refs[i].Generation < 0 {
					refs[i] = Ref{}
				}
			}
			return refs
		case t == "<<" || t == "[":
			if depth == 0 {
				refs = append(refs, Ref{})
			}
			depth++
		case t == ">>" || t == "]":
			depth--
		case depth > 0:
		case t == "R" && len(refs) >= 2: // the two numbers before were counted as elements
			n := len(refs)
			refs = append(refs[:n-2], Ref{refs[n-2].Number, refs[n-1].Number})
		default:
			refs = append(refs, Ref{atoi(t), -1}) // no reference unless R follows
		}
	}
}

// atoi reads a small natural number, 0 for anything else.
func atoi(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || n > 1<<28 {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}
