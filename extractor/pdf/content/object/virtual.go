package object

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// A virtual is the file as ledongthuc sees it: the real one with a header that it accepts, then what was expanded and
// one plain cross-reference table.
type virtual struct {
	data   []byte
	tail   []byte
	unread *int64 // bytes that may still be read
}

var errRead = errors.New("the file makes its objects be read too often")

// header replaces the first bytes: ledongthuc takes versions up to 1.7 alone at the end of a line.
const header = "%PDF-1.7\n"

func (v *virtual) size() int64 { return int64(len(v.data) + len(v.tail)) }

// ReadAt implements io.ReaderAt.
func (v *virtual) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= v.size() {
		return 0, io.EOF
	}
	n := 0
	if off < int64(len(v.data)) {
		n = copy(p, v.data[off:])
		if off < int64(len(header)) {
			copy(p, header[off:])
		}
	}
	if n < len(p) {
		n += copy(p[n:], v.tail[max(0, off+int64(n)-int64(len(v.data))):])
	}
	if *v.unread -= int64(n); *v.unread < 0 {
		return 0, errRead
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// expanded holds objects taken from object streams: their text, and where each begins in it.
type expanded struct {
	text    []byte
	offsets map[uint32]int
}

// assemble lays out the virtual file. Without an expansion the objects in object streams are missing, and their
// containers are named in the trailer so that they can be reached.
func (f *File) assemble(t *table, x *expanded) *virtual {
	data := f.data
	var b bytes.Buffer
	b.Grow(len(t.entries)*20 + 1024)
	b.WriteByte('\n')
	base := len(data) + b.Len()
	if x != nil {
		b.Grow(len(x.text))
		b.Write(x.text)
	}
	start := len(data) + b.Len()
	b.WriteString("xref\n")
	writeEntries(&b, t, x, base, start)
	fmt.Fprintf(&b, "trailer\n<</Size %d", len(t.entries))
	for _, k := range []string{"Root", "Encrypt", "ID"} {
		if raw := t.trailer[k]; raw != nil {
			fmt.Fprintf(&b, "/%s %s\n", k, raw)
		}
	}
	if x == nil {
		b.WriteString("/Containers[")
		for _, n := range t.containers() {
			fmt.Fprintf(&b, "%d 0 R ", n)
		}
		b.WriteString("]")
	}
	// The padding keeps the last line within the 100 bytes that ledongthuc looks at, whatever the length.
	fmt.Fprintf(&b, ">>\n%100s\nstartxref\n%d\n%%%%EOF\n", "", start)
	return &virtual{data, b.Bytes(), &f.unread}
}

// writeEntries writes the table in runs of used entries. A packed object that its container does not hold gets the
// table's own place: reading it fails there, and is noticed.
func writeEntries(b *bytes.Buffer, t *table, x *expanded, base, nowhere int) {
	used := func(e *entry) bool { return e.state == plain || e.state == packed && x != nil }
	for i := 0; i < len(t.entries); {
		n := slices.IndexFunc(t.entries[i:], func(e entry) bool { return used(&e) })
		if n < 0 {
			return
		}
		i += n
		end := i
		for end < len(t.entries) && used(&t.entries[end]) {
			end++
		}
		fmt.Fprintf(b, "%d %d\n", i, end-i)
		for ; i < end; i++ {
			e := &t.entries[i]
			offset, gen := e.offset, e.gen
			if e.state == packed {
				offset, gen = int64(nowhere), 0
				if at, ok := x.offsets[uint32(i)]; ok {
					offset = int64(base + at)
				}
			}
			b.Write(appendEntry(b.AvailableBuffer(), offset, gen))
		}
	}
}

// appendEntry appends a line of the table without the zeros that nobody needs.
func appendEntry(p []byte, offset int64, gen uint16) []byte {
	p = fmt.Append(p, offset)
	p = append(p, ' ')
	p = fmt.Append(p, gen)
	return append(p, " n\n"...)
}
