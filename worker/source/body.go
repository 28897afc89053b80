package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"yusuan/schemas"
)

// paced reads a body as long as it moves: stalled is set back with every piece, and a pace below the floor over a whole window is
// an error. Without it a server that sends a byte now and then would keep a worker until the time for the whole file is up.
type paced struct {
	r       io.Reader
	stalled *time.Timer
	wait    time.Duration // of stalled
	floor   int64         // bytes a second
	begun   time.Time     // of the window
	got     int64         // bytes in it
}

// Read implements io.Reader.
func (p *paced) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.stalled.Reset(p.wait)
		p.got += int64(n)
	}
	if took := time.Since(p.begun); err == nil && took >= 2*p.wait {
		if p.got < p.floor*took.Milliseconds()/1000 {
			return n, fmt.Errorf("the server sends less than %d bytes a second", p.floor)
		}
		p.begun, p.got = time.Now(), 0
	}
	return n, err
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// errBomb says that a body inflates out of proportion.
var errBomb = errors.New("a few bytes inflate to very many")

// inflated reads what packed inflates to.
type inflated struct {
	r      io.Reader
	packed *counted
	n      int64
}

// Read implements io.Reader.
func (i *inflated) Read(b []byte) (int, error) {
	n, err := i.r.Read(b)
	if i.n += int64(n); bomb(i.n, i.packed.n) {
		return n, errBomb
	}
	return n, err
}

// decoded undoes a Content-Encoding. None was asked for, but some servers pack all that they send.
func decoded(encoding string, body io.Reader) (io.Reader, error) {
	packed := &counted{r: body}
	var r io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(packed)
	case "deflate":
		r, err = zlib.NewReader(packed)
	default:
		return nil, fmt.Errorf("the server packs the file as %q, which was not asked for", encoding)
	}
	if err != nil {
		return nil, fmt.Errorf("the server packs the file as %s, wrongly: %w", encoding, err)
	}
	return &inflated{r: r, packed: packed}, nil
}

// read reads the body of an answer. A web page in place of the file is known by its beginning, and its rest is not read.
func (f *Fetcher) read(body io.Reader, resp *http.Response, u *url.URL) ([]byte, error) {
	tooLarge := schemas.Reject(schemas.TooLarge, "%s has more than %d bytes, the limit", u.Redacted(), f.cfg.MaxBytes)
	if resp.ContentLength > f.cfg.MaxBytes {
		return nil, tooLarge
	}
	body, err := decoded(resp.Header.Get("Content-Encoding"), body)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(body, titleReach)
	head, _ := r.Peek(headReach) // what stops it stops the reading below too
	if webPage(head) {
		head, _ = r.Peek(titleReach)
		return nil, schemas.Reject(schemas.NotAPDF, "the server sent a web page (HTML)%s instead of the file: look at %s in a browser", pageTitle(head), u.Redacted())
	}
	data, err := slurp(r, f.cfg.MaxBytes)
	switch {
	case errors.Is(err, errOverLimit):
		return nil, tooLarge
	case errors.Is(err, errBomb):
		return nil, schemas.Reject(schemas.TooLarge, "%s inflates to more than %d times what is sent: it looks like a bomb", u.Redacted(), bombRatio)
	case err != nil:
		return nil, err
	}
	return data, archiveOfPDFs(data, u)
}

const (
	headReach  = 1024     // how far into a file a PDF's header may stand (ISO 32000-1, annex H, 3.4.1)
	titleReach = 64 << 10 // how far into a page its title is looked for
)

// webPage reports whether a file begins as HTML, and has no PDF behind that.
func webPage(head []byte) bool {
	if bytes.Contains(head, []byte("%PDF-")) {
		return false
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\f"))
	for _, start := range []string{"<!doctype html", "<html", "<head", "<body", "<script", "<meta", "<title", "<!--", "<div", "<table", "<style"} {
		if bytes.HasPrefix(text, []byte(start)) {
			return true
		}
	}
	return bytes.HasPrefix(text, []byte("<?xml")) && bytes.Contains(text, []byte("<html"))
}

var titlePattern = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// maxTitle bounds a title in a message, in characters.
const maxTitle = 80

// pageTitle quotes the title of a page, with a space before; "" where it has none.
func pageTitle(page []byte) string {
	m := titlePattern.FindSubmatch(page)
	if m == nil {
		return ""
	}
	title := strings.Join(strings.Fields(html.UnescapeString(readable(string(m[1])))), " ")
	if runes := []rune(title); len(runes) > maxTitle {
		title = string(runes[:maxTitle]) + "…"
	}
	if title == "" {
		return ""
	}
	return " “" + visible(title) + "”"
}

// archiveOfPDFs rejects a ZIP with PDFs in it. One URL is one file in the ledger; whoever gives the archive as a file has each
// PDF in it accounted for.
func archiveOfPDFs(data []byte, u *url.URL) error {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return nil
	}
	z, err := directory(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil // who reads it says what is wrong
	}
	pdfs, legacy := 0, legacyNames(z.File)
	for _, f := range z.File {
		if f.Name == "OFD.xml" || f.Name == "[Content_Types].xml" {
			return nil // a document of another kind
		}
		if name, ok := memberName(f, legacy); ok && (isPDF(name) || isArchive(name)) {
			pdfs++
		}
	}
	if pdfs == 0 {
		return nil
	}
	return schemas.Reject(schemas.NotAPDF, "%s is a ZIP archive with %d PDFs or archives in it: download it and ingest the .zip file, so that each is read", u.Redacted(), pdfs)
}
