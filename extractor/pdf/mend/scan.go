package mend

import (
	"bytes"
	"compress/zlib"
	"io"
	"strconv"
)

const (
	maxHead     = 64 << 10  // bytes of an object that are read
	maxUnpacked = 64 << 20  // bytes of one object stream
	maxTotal    = 256 << 20 // bytes of all object streams
	maxWork     = 1 << 30   // bytes of dictionaries, over all
)

type kind int

const (
	kindOther kind = iota
	kindCatalog
	kindPages
	kindPage
	kindObjects // an object stream
)

// An object is where an object stands and what matters of it.
type object struct {
	at         int // of its number in the file; for a packed one, of its stream's
	generation int
	packed     bool
	stream     int // number of the object stream that holds it
	index      int // in that stream
	kind       kind
	pages      int // of a catalogue: number of its page tree
}

type scanner struct {
	data     []byte
	objects  map[int]object
	highest  int
	security string // entries of the trailer that decryption needs
	unpacked int64
	work     int // bytes of dictionaries read

	streams []packing // object streams in file order
}

// A packing is an object stream.
type packing struct {
	number int
	head   map[string]string
	body   []byte
}

// scan lists the objects that stand in the file itself. Of two with one number the later counts.
func (s *scanner) scan() {
	ends := finder{data: s.data, word: "endobj"}
	starts := finder{data: s.data, word: "stream"}
	closes := finder{data: s.data, word: "endstream"}
	marks := finder{data: s.data, word: "obj"}
	for at := marks.from(0); at >= 0 && len(s.objects) < maxObjects; {
		number, generation, begin, ok := numbered(s.data, at)
		body := at + len("obj")
		if !ok {
			at = marks.from(body)
			continue
		}
		end := ends.from(body)
		if end < 0 {
			end = len(s.data)
		}
		next := end
		o := object{at: begin, generation: generation}
		if start := starts.from(body); start >= 0 && start < end {
			stop := closes.from(start)
			if stop < 0 {
				stop = len(s.data) // cut off within it
			}
			head := s.dictionary(s.data[body:start])
			s.note(&o, number, head, s.data[start+len("stream"):stop])
			next = stop
		} else {
			s.note(&o, number, s.dictionary(s.data[body:end]), nil)
		}
		s.put(number, o)
		at = marks.from(max(next, body))
	}
	s.trailers()
}

// note reads an object's dictionary.
func (s *scanner) note(o *object, number int, head map[string]string, body []byte) {
	switch head["Type"] {
	case "/Catalog":
		o.kind, o.pages = kindCatalog, reference(head["Pages"])
	case "/Pages":
		o.kind = kindPages
	case "/Page":
		o.kind = kindPage
	case "/ObjStm":
		o.kind = kindObjects
		s.streams = append(s.streams, packing{number, head, body})
	case "/XRef":
		s.secure(head)
	}
}

func (s *scanner) put(number int, o object) {
	if number < 1 || number > maxNumber {
		return
	}
	s.objects[number] = o
	s.highest = max(s.highest, number)
}

// trailers looks for what decryption needs.
func (s *scanner) trailers() {
	f := finder{data: s.data, word: "trailer"}
	for at, n := f.from(0), 0; at >= 0 && n < 100; at, n = f.from(at+1), n+1 {
		s.secure(s.dictionary(s.data[at+len("trailer"):]))
	}
}

func (s *scanner) secure(head map[string]string) {
	if e := head["Encrypt"]; e != "" {
		s.security = "/Encrypt " + e
		if id := head["ID"]; id != "" {
			s.security += "/ID" + id
		}
	}
}

// unpack lists the objects in object streams (ISO 32000-1, 7.5.7).
func (s *scanner) unpack() {
	if s.security != "" {
		return
	}
	for _, p := range s.streams {
		o, ok := s.objects[p.number]
		if !ok || o.kind != kindObjects {
			continue // replaced later
		}
		plain := s.inflate(p)
		n, first := number(p.head["N"]), number(p.head["First"])
		if n <= 0 || first <= 0 || first > len(plain) {
			continue
		}
		f := bytes.Fields(plain[:first])
		for i := 0; i < n && 2*i+1 < len(f) && len(s.objects) < maxObjects; i++ {
			num, off := number(string(f[2*i])), number(string(f[2*i+1]))
			if off < 0 || first+off > len(plain) {
				continue
			}
			if old, ok := s.objects[num]; ok && old.at > o.at {
				continue
			}
			q := object{at: o.at, packed: true, stream: p.number, index: i}
			s.note(&q, num, s.dictionary(plain[first+off:]), nil)
			if q.kind != kindObjects {
				s.put(num, q)
			}
		}
	}
}

// inflate returns as much of an object stream as can be had.
func (s *scanner) inflate(p packing) []byte {
	body := bytes.TrimPrefix(bytes.TrimPrefix(p.body, []byte("\r")), []byte("\n"))
	switch p.head["Filter"] {
	case "":
		return body
	case "/FlateDecode", "[/FlateDecode]":
	default:
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	// What comes before an error is as good as the rest.
	b, _ := io.ReadAll(io.LimitReader(z, min(maxUnpacked, maxTotal-s.unpacked)))
	s.unpacked += int64(len(b))
	return b
}

// A finder finds a word from growing places on, and looks at every byte once.
type finder struct {
	data []byte
	word string
	last int // where it was found; data is free of it between the last question and here
	told bool
}

// from returns the first place at or after pos, or -1. pos must not shrink.
func (f *finder) from(pos int) int {
	if f.told && (f.last < 0 || f.last >= pos) {
		return f.last
	}
	f.told = true
	if pos > len(f.data) {
		f.last = -1
	} else if i := bytes.Index(f.data[pos:], []byte(f.word)); i < 0 {
		f.last = -1
	} else {
		f.last = pos + i
	}
	return f.last
}

// numbered reads "12 0 " before the word obj at a place backwards, and returns where it begins.
func numbered(data []byte, at int) (number, generation, begin int, ok bool) {
	i := at
	back := func(is func(byte) bool, most int) []byte {
		end := i
		for i > 0 && end-i < most && is(data[i-1]) {
			i--
		}
		return data[i:end]
	}
	if len(back(white, 16)) == 0 {
		return 0, 0, 0, false
	}
	gen := back(digit, 5)
	if len(gen) == 0 || len(back(white, 16)) == 0 {
		return 0, 0, 0, false
	}
	num := back(digit, 10)
	if len(num) == 0 || i > 0 && digit(data[i-1]) {
		return 0, 0, 0, false
	}
	n, err := strconv.Atoi(string(num))
	g, err2 := strconv.Atoi(string(gen))
	return n, g, i, err == nil && err2 == nil && g <= 65535
}

func white(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// number reads a whole number, -1 if it is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1<<40 {
		return -1
	}
	return n
}

// reference returns the object number of "12 0 R", 0 if it is none.
func reference(s string) int {
	f := bytes.Fields([]byte(s))
	if len(f) != 3 || string(f[2]) != "R" {
		return 0
	}
	return max(0, number(string(f[0])))
}
