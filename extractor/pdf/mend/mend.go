// Package mend gives a PDF whose cross-references or trailer are lost, or whose end is cut off, new ones, so that a reader
// which relies on them opens what is left. It reads only as much of the objects as it must (ISO 32000-1, 7.3 and 7.5) and
// changes nothing in them. It does not mend streams, and of an encrypted file it finds no compressed objects.
//
// Start with File.
package mend

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

const (
	maxObjects = 1 << 20   // objects that are listed
	maxNumber  = 8_388_607 // the largest object number (ISO 32000-1, annex C)
)

// An Option changes what File builds.
type Option int

const (
	// KeepTree uses the page tree of the file if its root is there.
	KeepTree Option = iota
	// NewTree builds a page tree of all page objects in the order in which they stand in the file.
	NewTree
)

// A Result says what was built.
type Result struct {
	Data  []byte // the file with its new end
	Pages int    // page objects found
	Built bool   // the page tree is new: pages whose objects are lost are not counted any more
}

// File rebuilds the cross-references of a PDF. It reports false if there is not one page object to be found.
func File(data []byte, opt Option) (Result, bool) {
	if i := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); i > 0 {
		data = data[i:]
	} else if i < 0 {
		data = append([]byte("%PDF-1.7\n"), data...)
	}
	s := &scanner{data: data, objects: map[int]object{}}
	s.scan()
	s.unpack()
	pages := s.pages()
	if len(pages) == 0 {
		return Result{}, false
	}
	w := &writer{scanner: s, out: append(slices.Clip(bytes.Clone(data)), '\n')}
	root, ok := s.root()
	if built := !ok || opt == NewTree; built {
		root = w.tree(pages)
		w.end(root)
		return Result{Data: w.out, Pages: len(pages), Built: true}, true
	}
	w.end(root)
	return Result{Data: w.out, Pages: len(pages)}, true
}

// pages returns the numbers of the page objects in file order.
func (s *scanner) pages() []int {
	var out []int
	for n, o := range s.objects {
		if o.kind == kindPage {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b int) int {
		p, q := s.objects[a], s.objects[b]
		return cmp.Or(cmp.Compare(p.at, q.at), cmp.Compare(p.index, q.index))
	})
	return out
}

// root returns the number of the last catalogue whose page tree is there.
func (s *scanner) root() (int, bool) {
	best, found := 0, false
	for n, o := range s.objects {
		if o.kind != kindCatalog || s.objects[o.pages].kind != kindPages {
			continue
		}
		if !found || o.at > s.objects[best].at {
			best, found = n, true
		}
	}
	return best, found
}

// A writer appends the new end.
type writer struct {
	*scanner
	out []byte
}

// add appends an object and returns its number.
func (w *writer) add(body string) int {
	n := w.next()
	w.objects[n] = object{at: len(w.out)}
	w.out = fmt.Appendf(w.out, "%d 0 obj\n%s\nendobj\n", n, body)
	return n
}

// next returns a number that no object has.
func (w *writer) next() int {
	w.highest++
	return w.highest
}

// tree appends a flat page tree and a catalogue, and returns the catalogue's number.
func (w *writer) tree(pages []int) int {
	var kids bytes.Buffer
	for _, n := range pages {
		fmt.Fprintf(&kids, "%d %d R ", n, w.objects[n].generation)
	}
	t := w.add(fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), kids.String()))
	return w.add(fmt.Sprintf("<</Type/Catalog/Pages %d 0 R>>", t))
}

// end appends a cross-reference stream (ISO 32000-1, 7.5.8), which unlike a table can name compressed objects.
func (w *writer) end(root int) {
	own := w.next()
	at := len(w.out)
	w.objects[own] = object{at: at}
	numbers := make([]int, 0, len(w.objects))
	for n := range w.objects {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var index, table bytes.Buffer
	for i, n := range numbers {
		if i == 0 || numbers[i-1] != n-1 {
			run := 1
			for i+run < len(numbers) && numbers[i+run] == n+run {
				run++
			}
			fmt.Fprintf(&index, "%d %d ", n, run)
		}
		entry(&table, w.objects[n])
	}
	w.out = fmt.Appendf(w.out, "%d 0 obj\n<</Type/XRef/Size %d/W[1 5 4]/Index[%s]/Root %d %d R%s/Length %d>>\nstream\n",
		own, w.highest+1, index.String(), root, w.objects[root].generation, w.security, table.Len())
	w.out = append(w.out, table.Bytes()...)
	w.out = fmt.Appendf(w.out, "\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", at)
}

// entry writes one line of the cross-reference stream: type in 1 byte, offset or stream in 5, generation or index in 4.
func entry(b *bytes.Buffer, o object) {
	kind, place, rest := byte(1), uint64(o.at), uint32(o.generation)
	if o.packed {
		kind, place, rest = 2, uint64(o.stream), uint32(o.index)
	}
	b.Write([]byte{kind, byte(place >> 32), byte(place >> 24), byte(place >> 16), byte(place >> 8), byte(place)})
	b.Write([]byte{byte(rest >> 24), byte(rest >> 16), byte(rest >> 8), byte(rest)})
}
