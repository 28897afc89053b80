package object

import (
	"fmt"
	"slices"
	"strconv"

	"yusuan/extractor/pdf/content/syntax"
	"yusuan/schemas"
)

// expand reads every object stream (ISO 32000-1, 7.5.7) once and writes its objects out as plain ones.
func (f *File) expand(t *table, containers []uint32) (*expanded, error) {
	x := &expanded{offsets: map[uint32]int{}}
	list := f.Trailer().Key("Containers")
	for i, number := range containers {
		if int(number) >= len(t.entries) || t.entries[number].state != plain {
			f.Fault("object stream %d is missing", number)
			continue
		}
		v := list.Index(i)
		if v.Kind() != Stream || v.Key("Type").Name() != "ObjStm" {
			f.Fault("object stream %d is none", number)
			continue
		}
		body, err := f.Stream(v)
		if schemas.AsRejection(err) != nil {
			return nil, err
		}
		if err != nil {
			f.Fault("object stream %d: %v", number, err)
		}
		if err := x.unpack(t, number, v.Key("N").Int(), v.Key("First").Int(), body, f.crypted); err != nil {
			return nil, err
		}
		if int64(len(x.text)) > f.lim.MaxInflated {
			return nil, schemas.Reject(schemas.TooLarge, "the file's object streams exceed %d bytes", f.lim.MaxInflated)
		}
	}
	return x, nil
}

// A place is one object's number and offset in its object stream.
type place struct{ number, offset int }

// unpack appends the objects of one stream that the table expects there.
func (x *expanded) unpack(t *table, container uint32, n, first int, body []byte, crypted bool) error {
	if first < 0 || first > len(body) {
		return nil
	}
	places := readPlaces(body[:first], n)
	ends := make([]int, 0, len(places)+1)
	for _, p := range places {
		ends = append(ends, p.offset)
	}
	ends = append(ends, len(body)-first)
	slices.Sort(ends)
	size := 0
	for _, p := range places {
		if p.number >= len(t.entries) || p.offset > len(body)-first {
			continue
		}
		if e := t.entries[p.number]; e.state != packed || e.container != container {
			continue
		}
		if _, ok := x.offsets[uint32(p.number)]; ok {
			continue
		}
		next, _ := slices.BinarySearch(ends, p.offset+1)
		text := body[first+p.offset : first+ends[min(next, len(ends)-1)]]
		if size += len(text); size > len(body) { // many objects at one place
			return fmt.Errorf("object stream %d: objects overlap", container)
		}
		x.offsets[uint32(p.number)] = len(x.text)
		x.text = strconv.AppendInt(x.text, int64(p.number), 10)
		x.text = append(x.text, " 0 obj "...)
		if crypted {
			x.text = appendUncrypted(x.text, text)
		} else {
			x.text = append(x.text, text...)
		}
		x.text = append(x.text, "\nendobj\n"...)
	}
	return nil
}

// readPlaces reads the pairs of numbers at the head of an object stream.
func readPlaces(head []byte, n int) []place {
	lex := syntax.Lexer{Data: head}
	out := make([]place, 0, max(0, min(n, len(head)/4+1)))
	for range n {
		number, offset := lex.Next(), lex.Next()
		if number.Kind != syntax.Number || offset.Kind != syntax.Number {
			break
		}
		if number.Num < 0 || number.Num > maxObjectNumber || offset.Num < 0 || offset.Num > 1<<31 {
			continue
		}
		out = append(out, place{int(number.Num), int(offset.Num)})
	}
	return out
}

// appendUncrypted appends an object of an encrypted file. Strings in object streams are not encrypted by themselves,
// but ledongthuc would decrypt every string that it meets; so they become names, which Value.Text reads alike.
func appendUncrypted(dst, text []byte) []byte {
	lex := syntax.Lexer{Data: text}
	for {
		from := lex.Pos
		tok := lex.Next()
		switch tok.Kind {
		case syntax.EOF:
			return dst
		case syntax.String:
			dst = append(dst, '/')
			for _, c := range tok.Bytes {
				dst = append(dst, '#', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
			}
			dst = append(dst, ' ')
		default:
			dst = append(dst, text[from:lex.Pos]...)
		}
		lex.Reset()
	}
}
