package object

import (
	"bytes"
	"errors"
	"fmt"

	"yusuan/extractor/pdf/content/syntax"
)

// An entry says where an object is.
type entry struct {
	state     uint8 // unset, free, plain or packed
	gen       uint16
	offset    int64  // of a plain object, from the header
	container uint32 // the object stream of a packed object
}

const (
	unset = iota
	free
	plain
	packed
)

// A table is a file's cross-references, newest first seen, and the trailer entries that matter, as they are written.
type table struct {
	entries []entry
	limit   int // one more than the highest object number believed
	trailer map[string][]byte
	freed   []int64 // set free by the table just read
}

// maxObjectNumber is the highest object number that Acrobat takes (ISO 32000-1, annex C).
const maxObjectNumber = 8388607

var errXref = errors.New("cross-references are damaged")

// readTable follows the chain of cross-reference tables and streams from the end of the file. It refuses cycles, and
// object numbers far beyond what a file of this length can hold.
func readTable(data []byte) (*table, error) {
	tail := max(0, len(data)-2048)
	at := bytes.LastIndex(data[tail:], []byte("startxref"))
	if at < 0 {
		return nil, errors.New("no startxref")
	}
	lex := syntax.Lexer{Data: data, Pos: tail + at + len("startxref")}
	start := lex.Next()
	if start.Kind != syntax.Number {
		return nil, errXref
	}
	t := &table{limit: min(maxObjectNumber, max(1<<16, len(data))) + 1, trailer: map[string][]byte{}}
	seen := map[int64]bool{}
	for todo := []int64{int64(start.Num)}; len(todo) > 0; {
		offset := todo[0]
		todo = todo[1:]
		if seen[offset] {
			return nil, errors.New("cross-references form a cycle")
		}
		seen[offset] = true
		next, err := t.section(data, offset)
		if err != nil {
			return nil, err
		}
		todo = append(next, todo...)
	}
	if t.trailer["Root"] == nil {
		return nil, errors.New("no document catalogue")
	}
	return t, nil
}

// section reads the table or stream at offset and returns the offsets of those to read next.
func (t *table) section(data []byte, offset int64) ([]int64, error) {
	if offset <= 0 || offset >= int64(len(data)) {
		return nil, errXref
	}
	lex := &syntax.Lexer{Data: data, Pos: int(offset)}
	tok := lex.Next()
	var d map[string][]byte
	var err error
	switch {
	case tok.Kind == syntax.Keyword && string(tok.Bytes) == "xref":
		if err = t.plainSection(lex); err == nil {
			d, err = rawDict(lex)
		}
	case tok.Kind == syntax.Number:
		d, err = t.streamSection(data, int(offset))
	default:
		err = errXref
	}
	if err != nil {
		return nil, err
	}
	for _, k := range []string{"Root", "Encrypt", "ID", "Info"} {
		if _, ok := t.trailer[k]; !ok && d[k] != nil {
			t.trailer[k] = d[k]
		}
	}
	if raw := d["XRefStm"]; raw != nil && string(tok.Bytes) == "xref" {
		if err := t.hybrid(data, raw); err != nil {
			return nil, err
		}
	}
	t.freed = t.freed[:0]
	raw := d["Prev"]
	if raw == nil {
		return nil, nil
	}
	n, ok := rawInt(raw)
	if !ok {
		return nil, errXref
	}
	return []int64{n}, nil
}

// hybrid reads the stream that goes with a table (ISO 32000-1, 7.5.8.4). The table calls free what only the stream
// knows, so what it freed is open again while the stream is read.
func (t *table) hybrid(data, raw []byte) error {
	offset, ok := rawInt(raw)
	if !ok || offset <= 0 || offset >= int64(len(data)) {
		return errXref
	}
	for _, n := range t.freed {
		t.entries[n].state = unset
	}
	if _, err := t.streamSection(data, int(offset)); err != nil {
		return err
	}
	for _, n := range t.freed {
		if t.entries[n].state == unset {
			t.entries[n].state = free
		}
	}
	return nil
}

// plainSection reads the subsections of a classic table, up to and with the keyword trailer.
func (t *table) plainSection(lex *syntax.Lexer) error {
	for {
		tok := lex.Next()
		if tok.Kind == syntax.Keyword && string(tok.Bytes) == "trailer" {
			return nil
		}
		count := lex.Next()
		if tok.Kind != syntax.Number || count.Kind != syntax.Number {
			return errXref
		}
		first, n := int64(tok.Num), int64(count.Num)
		if first < 0 || n < 0 || n > int64(len(lex.Data)) {
			return errXref
		}
		for i := range n {
			e, ok := plainEntry(lex)
			if !ok {
				return errXref
			}
			if i == 0 && first == 1 && e.state == free && e.gen == 65535 {
				first = 0 // a known fault of some writers: the list starts at 0
			}
			if err := t.set(first+i, e); err != nil {
				return err
			}
		}
	}
}

// plainEntry reads "0000000016 00000 n".
func plainEntry(lex *syntax.Lexer) (entry, bool) {
	offset, gen, kind := lex.Next(), lex.Next(), lex.Next()
	if offset.Kind != syntax.Number || gen.Kind != syntax.Number || kind.Kind != syntax.Keyword {
		return entry{}, false
	}
	e := entry{state: free, gen: uint16(int64(gen.Num)), offset: int64(offset.Num)}
	switch string(kind.Bytes) {
	case "n":
		if e.offset > 0 {
			e.state = plain
		}
	case "f":
	default:
		return entry{}, false
	}
	return e, true
}

// set records where object n is, unless a newer section said so.
func (t *table) set(n int64, e entry) error {
	if n < 0 || n >= int64(t.limit) {
		if e.state == free {
			return nil
		}
		return fmt.Errorf("object number %d in a file too short for it", n)
	}
	for int64(len(t.entries)) <= n {
		t.entries = append(t.entries, entry{})
	}
	if t.entries[n].state == unset {
		t.entries[n] = e
		if e.state == free {
			t.freed = append(t.freed, n)
		}
	}
	return nil
}

// containers returns the object streams that entries name, each once, in order of first use.
func (t *table) containers() []uint32 {
	var out []uint32
	seen := map[uint32]bool{}
	for i := range t.entries {
		if e := &t.entries[i]; e.state == packed && !seen[e.container] {
			seen[e.container] = true
			out = append(out, e.container)
		}
	}
	return out
}

// rawDict reads a dictionary and returns its entries as they are written.
func rawDict(lex *syntax.Lexer) (map[string][]byte, error) {
	if lex.Next().Kind != syntax.DictOpen {
		return nil, errXref
	}
	out := map[string][]byte{}
	for {
		key := lex.Next()
		switch key.Kind {
		case syntax.DictClose:
			return out, nil
		case syntax.Name:
		default:
			return nil, errXref
		}
		name := string(key.Bytes)
		raw, err := rawValue(lex)
		if err != nil {
			return nil, err
		}
		out[name] = raw
	}
}

// rawValue passes one value, a reference included, and returns its bytes.
func rawValue(lex *syntax.Lexer) ([]byte, error) {
	from := lex.Pos
	for depth := 0; ; {
		tok := lex.Next()
		switch tok.Kind {
		case syntax.EOF:
			return nil, errXref
		case syntax.ArrayOpen, syntax.DictOpen:
			depth++
		case syntax.ArrayClose, syntax.DictClose:
			depth--
		case syntax.Number:
			if depth == 0 {
				back := lex.Pos
				if gen := lex.Next(); gen.Kind != syntax.Number {
					lex.Pos = back
				} else if r := lex.Next(); r.Kind != syntax.Keyword || string(r.Bytes) != "R" {
					lex.Pos = back
				}
			}
		}
		if depth < 0 {
			return nil, errXref
		}
		if depth == 0 {
			return lex.Data[from:lex.Pos], nil
		}
	}
}

// rawInt reads an integer that stands alone.
func rawInt(raw []byte) (int64, bool) {
	lex := syntax.Lexer{Data: raw}
	tok := lex.Next()
	return int64(tok.Num), tok.Kind == syntax.Number && lex.Next().Kind == syntax.EOF
}

// rawInts reads an array of integers, at most limit.
func rawInts(raw []byte, limit int) []int64 {
	lex := syntax.Lexer{Data: raw}
	if lex.Next().Kind != syntax.ArrayOpen {
		return nil
	}
	var out []int64
	for tok := lex.Next(); tok.Kind == syntax.Number && len(out) < limit; tok = lex.Next() {
		out = append(out, int64(tok.Num))
	}
	return out
}

// rawNames reads a name or an array of names.
func rawNames(raw []byte) []string {
	lex := syntax.Lexer{Data: raw}
	tok := lex.Next()
	if tok.Kind == syntax.ArrayOpen {
		tok = lex.Next()
	}
	var out []string
	for ; tok.Kind == syntax.Name && len(out) < maxFilters; tok = lex.Next() {
		out = append(out, string(tok.Bytes))
	}
	return out
}
