package copies

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"yusuan/extractor/pdf/content/syntax"
)

// A file is a PDF as a list of objects.
type file struct {
	objects map[int]*object
	root    []byte // references, as in the trailer
	info    []byte
	id      []byte
}

// An object is one indirect object.
type object struct {
	body []byte // all of it, or the dictionary of a stream
	data []byte // of a stream, encoded; nil for no stream
}

// readFile cuts a PDF into its objects; those in object streams are taken out.
func readFile(data []byte) (*file, error) {
	f := &file{objects: map[int]*object{}}
	lex := &syntax.Lexer{Data: data}
	var numbers [2]int
	for {
		t := lex.Next()
		switch {
		case t.Kind == syntax.EOF:
			return f, f.unpack()
		case t.Kind == syntax.Number:
			numbers[0], numbers[1] = numbers[1], int(t.Num)
		case t.Kind == syntax.Keyword && string(t.Bytes) == "obj":
			o, err := readObject(lex)
			if err != nil {
				return nil, fmt.Errorf("object %d: %w", numbers[0], err)
			}
			f.objects[numbers[0]] = o
		case t.Kind == syntax.Keyword && string(t.Bytes) == "trailer":
			from := lex.Pos
			skipValue(lex)
			if err := f.trailer(data[from:lex.Pos]); err != nil {
				return nil, err
			}
		}
	}
}

// trailer keeps what the new trailer needs; later ones overrule earlier ones.
func (f *file) trailer(dict []byte) error {
	d := entries(dict)
	if d["Encrypt"] != nil {
		return errors.New("the file is encrypted")
	}
	for key, to := range map[string]*[]byte{"Root": &f.root, "Info": &f.info, "ID": &f.id} {
		if d[key] != nil {
			*to = d[key]
		}
	}
	return nil
}

// readObject reads from behind the keyword obj to behind endobj.
func readObject(lex *syntax.Lexer) (*object, error) {
	from := lex.Pos
	for {
		t := lex.Next()
		switch {
		case t.Kind == syntax.EOF:
			return nil, errors.New("no endobj")
		case t.Kind != syntax.Keyword:
		case string(t.Bytes) == "endobj":
			return &object{body: bytes.TrimSpace(lex.Data[from : lex.Pos-len("endobj")])}, nil
		case string(t.Bytes) == "stream":
			return readStream(lex, lex.Data[from:lex.Pos-len("stream")])
		}
	}
}

func readStream(lex *syntax.Lexer, dict []byte) (*object, error) {
	n, err := strconv.Atoi(string(entries(dict)["Length"]))
	if err != nil {
		return nil, errors.New("a stream whose length is no plain number") // none of the generators writes one
	}
	rest := lex.Data[lex.Pos:]
	rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("\r")), []byte("\n"))
	if n < 0 || n > len(rest) {
		return nil, errors.New("a stream that is longer than the file")
	}
	lex.Pos = len(lex.Data) - len(rest) + n
	end := bytes.Index(lex.Data[lex.Pos:], []byte("endobj"))
	if end < 0 {
		return nil, errors.New("no endobj")
	}
	lex.Pos += end + len("endobj")
	return &object{body: bytes.TrimSpace(dict), data: rest[:n:n]}, nil
}

// unpack replaces object streams by what is in them, and drops cross-reference streams.
func (f *file) unpack() error {
	for _, number := range slices.Sorted(maps.Keys(f.objects)) {
		o := f.objects[number]
		if o.data == nil {
			continue
		}
		d := entries(o.body)
		switch string(d["Type"]) {
		case "/XRef":
			if err := f.trailer(o.body); err != nil {
				return err
			}
			delete(f.objects, number)
		case "/ObjStm":
			if err := f.expand(d, o); err != nil {
				return fmt.Errorf("object %d: %w", number, err)
			}
			delete(f.objects, number)
		}
	}
	if f.root == nil {
		return errors.New("no trailer")
	}
	return nil
}

func (f *file) expand(d map[string][]byte, o *object) error {
	data, err := o.decode()
	if err != nil {
		return err
	}
	n, err1 := strconv.Atoi(string(d["N"]))
	first, err2 := strconv.Atoi(string(d["First"]))
	if err := errors.Join(err1, err2); err != nil || first > len(data) {
		return fmt.Errorf("an object stream without N and First: %w", err)
	}
	lex := &syntax.Lexer{Data: data[:first]}
	inside := &syntax.Lexer{Data: data}
	for range n {
		number, at := int(lex.Next().Num), int(lex.Next().Num)
		inside.Pos = first + at
		skipValue(inside)
		f.objects[number] = &object{body: bytes.TrimSpace(data[first+at : inside.Pos])}
	}
	return nil
}

// decode gives the stream's data, which must be deflated or plain.
func (o *object) decode() ([]byte, error) {
	data := o.data
	for _, filter := range filters(entries(o.body)["Filter"]) {
		switch filter {
		case "FlateDecode":
			r, err := zlib.NewReader(bytes.NewReader(data))
			if err != nil {
				return nil, err
			}
			if data, err = io.ReadAll(r); err != nil {
				return nil, err
			}
		case "ASCII85Decode":
			var err error
			if data, err = ascii85Decode(data); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("a stream with the filter %s", filter)
		}
	}
	return data, nil
}

func filters(value []byte) []string {
	var names []string
	lex := &syntax.Lexer{Data: value}
	for t := lex.Next(); t.Kind != syntax.EOF; t = lex.Next() {
		if t.Kind == syntax.Name {
			names = append(names, string(t.Bytes))
		}
	}
	return names
}

// entries gives the entries of a dictionary as they are written, by key.
func entries(dict []byte) map[string][]byte {
	d := map[string][]byte{}
	lex := &syntax.Lexer{Data: dict}
	if lex.Next().Kind != syntax.DictOpen {
		return d
	}
	for {
		key := lex.Next()
		if key.Kind != syntax.Name {
			return d
		}
		from := lex.Pos
		skipValue(lex)
		d[string(key.Bytes)] = bytes.TrimSpace(dict[from:lex.Pos])
	}
}

// skipValue passes one value: a reference, a bracket with all that is in it, or one token.
func skipValue(lex *syntax.Lexer) {
	t := lex.Next()
	depth := 0
	for ; ; t = lex.Next() {
		switch t.Kind {
		case syntax.DictOpen, syntax.ArrayOpen:
			depth++
		case syntax.DictClose, syntax.ArrayClose:
			depth--
		case syntax.Number:
			if depth == 0 {
				skipReference(lex)
			}
		case syntax.EOF:
			return
		}
		if depth <= 0 {
			return
		}
	}
}

// skipReference passes G R behind a number.
func skipReference(lex *syntax.Lexer) {
	at := lex.Pos
	if g := lex.Next(); g.Kind == syntax.Number {
		if r := lex.Next(); r.Kind == syntax.Keyword && string(r.Bytes) == "R" {
			return
		}
	}
	lex.Pos = at
}
