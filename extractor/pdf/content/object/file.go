// Package object opens PDF files and gives safe access to their objects and streams. Parsing of objects and decryption
// are left to github.com/ledongthuc/pdf; what that library does badly is kept from it: its cross-reference reader never
// sees the file's own tables (it follows cycles for ever and believes any /Size), its object streams are expanded once
// for all (it inflates a whole stream for every object in it), streams are decoded here under a limit, and its panics
// end at the methods of Value.
//
// It knows nothing of pages or fonts, and it does not repair: a file whose cross-references are wrong is an error.
//
// Start with Open.
package object

import (
	"bytes"
	"errors"
	"fmt"

	lpdf "github.com/ledongthuc/pdf"
)

// Limits bound what a file may take.
type Limits struct {
	MaxStream   int64 // bytes of one decoded stream
	MaxInflated int64 // bytes of all streams decoded since the last call of Budget
}

// A File is an open PDF. It is used by one goroutine at a time.
type File struct {
	data    []byte // from the header on
	lim     Limits
	left    int64 // of MaxInflated
	reader  *lpdf.Reader
	crypted bool
	aes     bool
	faults  int
	last    string
	unread  int64 // bytes that ledongthuc may still read
}

// Open opens the PDF in data, which the File keeps. An error says why the file cannot be read by this package, not that
// no program can read it; a *schemas.Rejection (too-large) is a fact about the document.
func Open(data []byte, lim Limits) (f *File, err error) {
	defer func() {
		if x := recover(); x != nil {
			f, err = nil, fmt.Errorf("open pdf: %v", x)
		}
	}()
	at := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-"))
	if at < 0 {
		return nil, errors.New("open pdf: no header")
	}
	f = &File{data: data[at:], lim: lim}
	f.Budget()
	f.unread += 16 * int64(len(data)) // the whole page tree is read at once
	t, err := readTable(f.data)
	if err != nil {
		return nil, fmt.Errorf("open pdf: %w", err)
	}
	f.crypted = t.trailer["Encrypt"] != nil
	if err := f.checkEncryption(t); err != nil {
		return nil, fmt.Errorf("open pdf: %w", err)
	}
	if err := f.build(t); err != nil {
		return nil, fmt.Errorf("open pdf: %w", err)
	}
	f.left = lim.MaxInflated
	return f, nil
}

// maxRead bounds the bytes that parsing the objects of one page may touch. Files can make a few bytes be parsed very
// often, through references to one large object.
const maxRead = 1 << 30

// build gives ledongthuc a file with the same objects, one plain table, and the object streams expanded.
func (f *File) build(t *table) error {
	containers := t.containers()
	if len(containers) == 0 {
		return f.start(f.assemble(t, nil))
	}
	// A first reader, without what stands in object streams, decodes (and decrypts) these.
	if err := f.start(f.assemble(t, nil)); err != nil {
		return err
	}
	tail, err := f.expand(t, containers)
	if err != nil {
		return err
	}
	return f.start(f.assemble(t, tail))
}

func (f *File) start(v *virtual) (err error) {
	f.reader, err = lpdf.NewReader(v, v.size())
	return err
}

// Trailer returns the trailer dictionary.
func (f *File) Trailer() Value { return Value{v: f.reader.Trailer(), f: f} }

// Faults returns how many times an object could not be read or a stream not decoded, and the last reason.
func (f *File) Faults() (int, string) { return f.faults, f.last }

// Fault counts something that could not be read.
func (f *File) Fault(format string, args ...any) {
	f.faults++
	f.last = fmt.Sprintf(format, args...)
}

// Budget starts the counts of bytes inflated and read anew, as for another page.
func (f *File) Budget() { f.left, f.unread = f.lim.MaxInflated, maxRead }

// Encrypted reports whether the file is encrypted.
func (f *File) Encrypted() bool { return f.crypted }
