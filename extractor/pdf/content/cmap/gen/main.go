// Command gen packs Adobe's CMap resources into cmaps.zip, which package cmap embeds. It reads the folder that the flag
// -dir names, laid out as in poppler-data and in Adobe's own cmap-resources: Adobe-GB1/UniGB-UTF32-H and so on.
// UTF-8 and UTF-16 CMaps are left out, as package cmap derives them from those of UTF-32.
package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	"yusuan/extractor/pdf/content/syntax"
)

func main() {
	dir := flag.String("dir", "/usr/share/poppler/cMap", "folder of Adobe's CMap resources")
	out := flag.String("out", "cmaps.zip", "file to write")
	flag.Parse()
	if err := run(*dir, *out); err != nil {
		log.Fatal(err)
	}
}

func run(dir, out string) error {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, collection := range []string{"GB1", "CNS1", "Japan1", "Korea1", "KR"} {
		files, err := filepath.Glob(filepath.Join(dir, "Adobe-"+collection, "*"))
		if err != nil {
			return fmt.Errorf("list %s: %w", collection, err)
		}
		if len(files) == 0 {
			return fmt.Errorf("list %s: no CMaps in %s", collection, dir)
		}
		for _, file := range files {
			if err := pack(z, collection, file); err != nil {
				return fmt.Errorf("pack %s: %w", file, err)
			}
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("close archive: %w", err)
	}
	if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

// pack adds one resource, if it is one that a PDF may name or the CID to Unicode map of its collection.
func pack(z *zip.Writer, collection, file string) error {
	name := filepath.Base(file)
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	r := read(data)
	var entry string
	var packed []byte
	switch {
	case name == "Adobe-"+collection+"-UCS2":
		entry, packed = "cid/"+collection, r.unicode()
	case strings.HasPrefix(name, "Adobe-"), strings.HasSuffix(name, "-UCS2"), strings.HasSuffix(name, "-UCS2C"),
		strings.HasPrefix(name, "UCS2-"), strings.Contains(name, "-UTF8-"), strings.Contains(name, "-UTF16-"),
		strings.HasPrefix(name, "UniJISX"), strings.Contains(name, "Hojo"): // no PDF may name these
		return nil
	default:
		entry, packed = "cmap/"+name, r.pack(collection)
	}
	w, err := z.Create(entry)
	if err != nil {
		return fmt.Errorf("create %s: %w", entry, err)
	}
	if _, err := w.Write(packed); err != nil {
		return fmt.Errorf("write %s: %w", entry, err)
	}
	return nil
}

// A span maps codes of n bytes from lo to hi: to CIDs from cid on, or to text.
type span struct {
	n      int
	lo, hi uint32
	cid    uint32
	text   []uint16
}

// A resource is one parsed CMap.
type resource struct {
	vertical bool
	use      string
	spaces   []span
	cids     []span
	texts    []span
}

// read parses a CMap of Adobe's, which is known to be well formed.
func read(data []byte) *resource {
	r := &resource{}
	lex := &syntax.Lexer{Data: data}
	var last, before syntax.Token
	for tok := lex.Next(); tok.Kind != syntax.EOF; tok = lex.Next() {
		if tok.Kind == syntax.Keyword {
			switch string(tok.Bytes) {
			case "begincodespacerange":
				r.spaces = append(r.spaces, list(lex, true, false)...)
			case "begincidrange":
				r.cids = append(r.cids, list(lex, true, true)...)
			case "begincidchar":
				r.cids = append(r.cids, list(lex, false, true)...)
			case "beginbfrange":
				r.texts = append(r.texts, list(lex, true, true)...)
			case "beginbfchar":
				r.texts = append(r.texts, list(lex, false, true)...)
			case "usecmap":
				r.use = string(last.Bytes)
			case "def":
				if string(before.Bytes) == "WMode" {
					r.vertical = last.Num == 1
				}
			}
		}
		before, last = last, tok
	}
	return r
}

// list reads codes, or ranges of codes, with a value each if valued.
func list(lex *syntax.Lexer, ranged, valued bool) []span {
	var out []span
	for {
		lo := lex.Next()
		if lo.Kind != syntax.String {
			return out
		}
		hi := lo
		if ranged {
			hi = lex.Next()
		}
		s := span{n: len(lo.Bytes), lo: number(lo.Bytes), hi: number(hi.Bytes)}
		if valued {
			if v := lex.Next(); v.Kind == syntax.Number {
				s.cid = uint32(v.Num)
			} else {
				for b := v.Bytes; len(b) >= 2; b = b[2:] {
					s.text = append(s.text, uint16(b[0])<<8|uint16(b[1]))
				}
			}
		}
		out = append(out, s)
	}
}

func number(b []byte) uint32 {
	var x uint32
	for _, c := range b {
		x = x<<8 | uint32(c)
	}
	return x
}

// pack writes: the collection, vertical, the name of the CMap used, the code spaces, and for each code length the ranges, column by
// column: gap from the range before, length, CID as a difference from where the one before ended. All are varints.
func (r *resource) pack(collection string) []byte {
	slices.SortStableFunc(r.cids, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.lo, b.lo))
	})
	out := binary.AppendUvarint(nil, uint64(len(collection)))
	out = append(out, collection...)
	vertical := uint64(0)
	if r.vertical {
		vertical = 1
	}
	out = binary.AppendUvarint(out, vertical)
	out = binary.AppendUvarint(out, uint64(len(r.use)))
	out = append(out, r.use...)
	out = binary.AppendUvarint(out, uint64(len(r.spaces)))
	for _, s := range r.spaces {
		out = binary.AppendUvarint(out, uint64(s.n))
		out = binary.AppendUvarint(out, uint64(s.lo))
		out = binary.AppendUvarint(out, uint64(s.hi))
	}
	for n := 1; n <= 4; n++ {
		var rows []span
		for _, s := range merge(r.cids) {
			if s.n == n {
				rows = append(rows, s)
			}
		}
		out = columns(out, rows)
	}
	return out
}

// merge joins neighbouring ranges that go on in the same way.
func merge(in []span) []span {
	var out []span
	for _, s := range in {
		if k := len(out) - 1; k >= 0 && out[k].n == s.n && out[k].hi+1 == s.lo && out[k].cid+s.lo-out[k].lo == s.cid {
			out[k].hi = s.hi
			continue
		}
		out = append(out, s)
	}
	return out
}

func columns(out []byte, rows []span) []byte {
	out = binary.AppendUvarint(out, uint64(len(rows)))
	var end uint32
	for _, s := range rows {
		out = binary.AppendUvarint(out, uint64(s.lo-end))
		end = s.hi
	}
	for _, s := range rows {
		out = binary.AppendUvarint(out, uint64(s.hi-s.lo))
	}
	var next int64
	for _, s := range rows {
		out = binary.AppendVarint(out, int64(s.cid)-next)
		next = int64(s.cid) + int64(s.hi-s.lo) + 1
	}
	return out
}

// unicode writes what each CID stands for, a line each. Variation selectors are dropped: they tell shapes apart, not
// characters; and so are the few entries that are control characters by mistake.
func (r *resource) unicode() []byte {
	var lines []string
	for _, s := range r.texts {
		for code := s.lo; code <= s.hi; code++ {
			for len(lines) <= int(code) {
				lines = append(lines, "")
			}
			units := slices.Clone(s.text)
			units[len(units)-1] += uint16(code - s.lo)
			lines[code] = strings.Map(func(c rune) rune {
				if c >= 0xfe00 && c <= 0xfe0f || c >= 0xe0100 && c <= 0xe01ef || c < ' ' || c == 0xfffd {
					return -1
				}
				return c
			}, string(utf16.Decode(units)))
		}
	}
	return []byte(strings.Join(lines, "\n"))
}
