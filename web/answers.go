package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"

	"yusuan/indexer/export"
)

// writeJSON writes an answer with an ETag, or only that it has not changed.
func writeJSON(w http.ResponseWriter, r *http.Request, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return writeTagged(w, r, string(asJSON)+"; charset=utf-8", buf.Bytes())
}

// writeTagged writes bytes with an ETag of their content.
func writeTagged(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	digest := sha256.Sum256(body)
	tag := `W/"` + hex.EncodeToString(digest[:16]) + `"` // weak: it may go out compressed
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache") // it may be for who has a key only
	w.Header().Add("Vary", "Accept, Accept-Encoding")
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", contentType)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	if err != nil {
		return errBegun{err}
	}
	return nil
}

// matches reports whether an If-None-Match names the tag (RFC 9110, 13.1.2: weak comparison).
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || one != "" && strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// A lister writes records one after the other, as CSV or NDJSON, and holds none of them; a book (XLSX) lies in temporary files until it ends.
type lister[T any] struct {
	w      http.ResponseWriter
	r      *http.Request
	format format
	file   string // its name where it is to be saved, since the format was asked for by name
	head   []string
	row    func(T) []string

	csv   *csv.Writer
	book  *export.Book
	begun bool
}

func newLister[T any](w http.ResponseWriter, r *http.Request, p *params, head []string, row func(T) []string) *lister[T] {
	l := &lister[T]{w: w, r: r, format: p.format, head: head, row: row}
	if p.file != "" {
		l.file = cmp.Or(p.name, path.Base(r.URL.Path)) + p.format.suffix()
	}
	return l
}

// begin writes what comes before the first record.
func (l *lister[T]) begin() error {
	l.begun = true
	h := l.w.Header()
	h.Set("Content-Type", string(l.format)+"; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept, Accept-Encoding")
	if l.file != "" {
		h.Set("Content-Disposition", `attachment; filename="`+l.file+`"`)
	}
	switch l.format {
	case asCSV:
		if l.file != "" {
			if _, err := io.WriteString(l.w, "\ufeff"); err != nil { // Excel takes it for GBK without
				return errBegun{err}
			}
		}
		l.csv = csv.NewWriter(l.w)
		if err := l.csv.Write(harmless(l.head)); err != nil {
			return errBegun{err}
		}
	case asXLSX:
		h.Set("Content-Type", string(l.format))
		var err error
		l.book, err = export.NewBook("", path.Base(l.r.URL.Path), l.head)
		return err
	}
	return nil
}

// harmless are cells none of which is a formula: the first row may be a document's as well.
func harmless(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = export.Harmless(cell)
	}
	return out
}

func (l *lister[T]) write(v T) error {
	var err error
	switch l.format {
	case asCSV:
		err = l.csv.Write(harmless(l.row(v)))
	case asXLSX:
		err = l.book.Write(l.row(v))
	default:
		enc := json.NewEncoder(l.w)
		enc.SetEscapeHTML(false)
		err = enc.Encode(v)
	}
	if err != nil {
		return l.failed(err)
	}
	return nil
}

// failed is an error from where the records come from; of a book nothing is out yet.
func (l *lister[T]) failed(err error) error {
	if l.begun && l.book == nil {
		return errBegun{err}
	}
	return err
}

// flush sends what was written.
func (l *lister[T]) flush() error {
	allowTime(l.w)
	if l.csv != nil {
		if l.csv.Flush(); l.csv.Error() != nil {
			return errBegun{l.csv.Error()}
		}
	}
	return nil
}

// end sends what comes behind the last record.
func (l *lister[T]) end() error {
	if l.book == nil {
		return l.flush()
	}
	allowTime(l.w)
	if err := l.book.Send(l.w); err != nil {
		return errBegun{err}
	}
	return nil
}

// close removes temporary files.
func (l *lister[T]) close() {
	if l.book != nil {
		_ = l.book.Close() // in the temporary folder
	}
}

// writeAccepted answers that what was asked for is under way.
func writeAccepted(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", string(asJSON)+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusAccepted)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return errBegun{err}
	}
	return nil
}
