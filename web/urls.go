package web

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// A Line is one line of a list of URLs, or has what is wrong with it.
type Line struct {
	Number int    // from 1; 0 where Err is about the list
	URL    string // or a path, or whatever stands there
	Claims *schemas.Claims
	Err    error
}

// Bounds of a list of URLs: in lines that say something, in bytes, and in bytes of a URL and of what is wrong with a line.
const (
	maxLines   = 5000
	maxList    = 4 << 20
	maxURL     = 4000
	maxMessage = 300
)

// A rejectedLine is one that no file was made of.
type rejectedLine struct {
	Line    int    `json:"line"`    // from 1
	Message string `json:"message"` // for a person
}

// isList reports whether the body is a list of URLs.
func isList(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (media == "text/csv" || media == "text/plain")
}

// uploadList hands in what the URLs of a list name, for workers to fetch. Lines that are wrong keep no other from being handed in.
func (a *api) uploadList(w http.ResponseWriter, r *http.Request, p *params) error {
	if p.about["file_name"] != "" {
		return badParameter("file_name", "a list has many files")
	}
	claims, err := schemas.ParseClaims(func(name string) string { return p.about[name] })
	if err != nil {
		return problem{Status: http.StatusBadRequest, Detail: err.Error()}
	}
	a.patient(w, r, maxList)
	list, err := io.ReadAll(r.Body)
	if err != nil {
		return notReceived(err)
	}
	res := acceptedAnswer{Jobs: []jobAnswer{}}
	var lines []Line
	if lines, res.Rejected, err = a.readLines(list, claims); err != nil {
		return err
	}
	err = a.Intake.SubmitURLs(r.Context(), lines, func(e schemas.Entry, state schemas.State) {
		e.State = state
		res.Jobs = append(res.Jobs, jobOf(e))
	})
	if err != nil {
		return a.notTaken(r, err, len(res.Jobs), len(lines))
	}
	a.lg.Info("list handed in", by(r), zap.Int("files", len(res.Jobs)), zap.Int("rejected", len(res.Rejected)))
	return a.accept(w, res)
}

// readLines gives what is to be handed in, and what is wrong with the other lines.
func (a *api) readLines(list []byte, claims *schemas.Claims) (lines []Line, rejected []rejectedLine, err error) {
	for l := range a.Intake.Lines(bytes.NewReader(list)) {
		if len(lines)+len(rejected) == maxLines {
			return nil, nil, problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the list has more than %d lines: split it", maxLines)}
		}
		if err := cmp.Or(l.Err, wrongURL(l.URL), wrongClaims(l.Claims)); err != nil {
			rejected = append(rejected, rejectedLine{l.Number, shortened(err.Error())})
			continue
		}
		l.Claims = completed(l.Claims, claims)
		lines = append(lines, l)
	}
	if len(lines)+len(rejected) == 0 {
		return nil, nil, problem{Status: http.StatusBadRequest, Detail: "the list names no file"}
	}
	return lines, rejected, nil
}

// wrongURL says why what stands at a URL cannot be handed in, or nil. Whether its server may be asked is for who fetches to say.
func wrongURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case len(raw) > maxURL:
		return fmt.Errorf("the URL has more than %d bytes", maxURL)
	case err != nil && strings.Contains(raw, "://"):
		return errors.New("the URL can't be read")
	case err == nil && strings.EqualFold(u.Scheme, "file"):
		return errors.New("a file:// URL names a file of the server's own disk, which is not read for others: upload the file")
	case err != nil || u.Scheme == "" || !strings.Contains(raw, "://"):
		return errors.New("this is no URL; the server's own files are not read for others: upload the file, or give its http or https URL")
	case !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https"):
		return errors.New("the URL is neither http nor https")
	case u.Hostname() == "":
		return errors.New("the URL names no server")
	}
	return nil
}

// wrongClaims says what of the claims is too long or no text, or nil.
func wrongClaims(c *schemas.Claims) error {
	if c == nil {
		return nil
	}
	for _, s := range []string{c.Unit, c.Region} {
		if len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Errorf("unit and region: want text without control characters, up to %d bytes", maxText)
		}
	}
	return nil
}

// completed is what a line claims, and what is claimed of all where it says nothing.
func completed(line, all *schemas.Claims) *schemas.Claims {
	if line == nil || all == nil {
		return cmp.Or(line, all)
	}
	return &schemas.Claims{
		Unit: cmp.Or(line.Unit, all.Unit), Region: cmp.Or(line.Region, all.Region), Year: cmp.Or(line.Year, all.Year), Kind: cmp.Or(line.Kind, all.Kind),
		PublishedOn: cmp.Or(line.PublishedOn, all.PublishedOn),
	}
}

// shortened is a message that may have a stranger's text in it.
func shortened(message string) string {
	if len(message) > maxMessage {
		message = message[:maxMessage] + "…"
	}
	return strings.ToValidUTF8(message, "")
}
