package object

import (
	"bytes"
	"fmt"

	"yusuan/extractor/pdf/content/syntax"
)

// streamSection reads the cross-reference stream at offset (ISO 32000-1, 7.5.8) and returns its dictionary.
func (t *table) streamSection(data []byte, offset int) (map[string][]byte, error) {
	d, body, err := rawStream(data, offset)
	if err != nil {
		return nil, err
	}
	if names := rawNames(d["Type"]); len(names) != 1 || names[0] != "XRef" {
		return nil, errXref
	}
	body, err = xrefBody(d, body, int64(t.limit)*16+1<<16)
	if err != nil {
		return nil, err
	}
	w := rawInts(d["W"], 3)
	if len(w) != 3 {
		return nil, errXref
	}
	width := 0
	for _, x := range w {
		if x < 0 || x > 8 {
			return nil, errXref
		}
		width += int(x)
	}
	if width == 0 {
		return nil, errXref
	}
	index := rawInts(d["Index"], 1<<16)
	if d["Index"] == nil {
		size, _ := rawInt(d["Size"])
		index = []int64{0, size}
	}
	for ; len(index) >= 2; index = index[2:] {
		for i := int64(0); i < index[1]; i++ {
			if len(body) < width { // a /Size or /Index that promises more than there is
				return d, nil
			}
			if err := t.set(index[0]+i, streamEntry(body, w)); err != nil {
				return nil, err
			}
			body = body[width:]
		}
	}
	return d, nil
}

// streamEntry reads one row of fields w bytes wide.
func streamEntry(row []byte, w []int64) entry {
	field := func(n, missing int64) int64 {
		if n == 0 {
			return missing
		}
		var x int64
		for _, c := range row[:n] {
			x = x<<8 | int64(c)
		}
		row = row[n:]
		return x
	}
	kind, a, b := field(w[0], 1), field(w[1], 0), field(w[2], 0)
	switch kind {
	case 1:
		if a > 0 {
			return entry{state: plain, offset: a, gen: uint16(b)}
		}
	case 2:
		if a > 0 && a <= maxObjectNumber {
			return entry{state: packed, container: uint32(a)}
		}
	}
	return entry{state: free}
}

// rawStream reads "n g obj << … >> stream" at offset: its dictionary and its bytes, undecoded. Only a direct /Length is
// used; else, or where it is wrong, the stream goes up to the next endstream.
func rawStream(data []byte, offset int) (map[string][]byte, []byte, error) {
	lex := &syntax.Lexer{Data: data, Pos: offset}
	num, gen, obj := lex.Next(), lex.Next(), lex.Next()
	if num.Kind != syntax.Number || gen.Kind != syntax.Number || string(obj.Bytes) != "obj" {
		return nil, nil, errXref
	}
	d, err := rawDict(lex)
	if err != nil {
		return nil, nil, err
	}
	if tok := lex.Next(); string(tok.Bytes) != "stream" {
		return nil, nil, errXref
	}
	if lex.Pos < len(data) && data[lex.Pos] == '\r' {
		lex.Pos++
	}
	if lex.Pos < len(data) && data[lex.Pos] == '\n' {
		lex.Pos++
	}
	length, ok := rawInt(d["Length"])
	if !ok {
		length = -1
	}
	return d, streamBytes(data, lex.Pos, length), nil
}

// streamBytes returns the length bytes at offset, or those up to endstream where the length cannot be right.
func streamBytes(data []byte, offset int, length int64) []byte {
	rest := data[min(offset, len(data)):]
	if length >= 0 && length <= int64(len(rest)) {
		after := rest[length:min(int64(len(rest)), length+20)]
		if bytes.HasPrefix(bytes.TrimLeft(after, "\r\n\t \x00"), []byte("endstream")) {
			return rest[:length]
		}
	}
	if n := bytes.Index(rest, []byte("endstream")); n >= 0 {
		return rest[:n]
	}
	if length >= 0 && length <= int64(len(rest)) {
		return rest[:length]
	}
	return rest
}

// xrefBody decodes a cross-reference stream, whose filters and parameters stand in its dictionary.
func xrefBody(d map[string][]byte, body []byte, limit int64) ([]byte, error) {
	filters := rawNames(d["Filter"])
	var params []predictor
	if raw := d["DecodeParms"]; raw != nil {
		lex := &syntax.Lexer{Data: raw}
		if lex.Next().Kind == syntax.ArrayOpen {
			lex = &syntax.Lexer{Data: raw, Pos: lex.Pos}
		} else {
			lex.Pos = 0
		}
		if p, err := rawDict(lex); err == nil {
			params = []predictor{rawPredictor(p)}
		}
	}
	for i, name := range filters {
		var p predictor
		if i < len(params) {
			p = params[i]
		}
		out, err := decode(name, body, p, limit)
		if err != nil && len(out) == 0 {
			return nil, fmt.Errorf("cross-reference stream: %w", err)
		}
		body = out
	}
	return body, nil
}

func rawPredictor(d map[string][]byte) predictor {
	get := func(k string, missing int64) int {
		if n, ok := rawInt(d[k]); ok {
			return int(max(0, min(n, 1<<20)))
		}
		return int(missing)
	}
	return predictor{get("Predictor", 1), get("Colors", 1), get("BitsPerComponent", 8), get("Columns", 1), get("EarlyChange", 1)}
}
