package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// An Upload is one file that somebody hands in.
type Upload struct {
	Data     []byte // never nil
	FileName string // for people; ""
	Claims   *schemas.Claims
}

// An Intake takes files, for a worker to read.
type Intake interface {
	// Submit gives the file's entry once bytes and job are durable. state is Queued, or Unchanged where the file was read before: the entry then
	// says what became of it. An error in whose chain is ErrClosed is for who hands in; any other is about the queue or a store.
	Submit(context.Context, Upload) (e schemas.Entry, state schemas.State, err error)
	// Lines reads a list of URLs, one a line, or CSV with what is said of each. It is not to be trusted more than who sends it.
	Lines(list io.ReadSeeker) iter.Seq[Line]
	// SubmitURLs hands in what stands at the lines' URLs, to be fetched, and tells of each in turn what Submit gives.
	SubmitURLs(ctx context.Context, lines []Line, told func(schemas.Entry, schemas.State)) error
}

// ErrClosed says that no files are taken; the text of the error around it says why.
var ErrClosed = errors.New("no files are taken here")

// How many uploads are received at a time, and how many files are in memory. The others wait on the disk.
const (
	maxUploads = 16
	maxLoads   = 2
)

// maxFiles bounds how many files one request may have.
const maxFiles = 500

// A received file lies in the temporary folder, or in memory where it is small.
type received struct {
	name string
	size int64 // in bytes
	open func() (io.ReadCloser, error)
}

// upload hands the files of a request in. All of it is received and checked first, so that what is refused changes nothing.
func (a *api) upload(w http.ResponseWriter, r *http.Request, p *params) error {
	if a.Intake == nil {
		return problem{Status: http.StatusServiceUnavailable, Detail: ErrClosed.Error()}
	}
	select {
	case a.uploads <- struct{}{}:
		defer func() { <-a.uploads }()
	default:
		return problem{Status: http.StatusServiceUnavailable, Detail: "too many uploads at the moment: try again in a few seconds", later: "5"}
	}
	if isList(r) {
		return a.uploadList(w, r, p)
	}
	files, discard, err := a.receive(w, r, p)
	defer discard()
	if err != nil {
		return notReceived(err)
	}
	claims, err := schemas.ParseClaims(func(name string) string { return p.about[name] })
	if err != nil {
		return problem{Status: http.StatusBadRequest, Detail: err.Error()}
	}
	for _, f := range files {
		if f.size > a.MaxPDF {
			return problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("%s has more than %d bytes", f.name, a.MaxPDF)}
		}
	}
	res := acceptedAnswer{}
	for i, f := range files {
		job, err := a.submit(r, f, claims)
		if err != nil {
			return a.notTaken(r, err, i, len(files))
		}
		res.Jobs = append(res.Jobs, job)
	}
	return a.accept(w, res)
}

// accept answers with the jobs.
func (a *api) accept(w http.ResponseWriter, res acceptedAnswer) error {
	allowTime(w)
	w.Header().Set("Location", jobsPath)
	if len(res.Jobs) == 1 {
		w.Header().Set("Location", res.Jobs[0].Location)
	}
	return writeAccepted(w, res)
}

// submit has one file in memory until it is stored.
func (a *api) submit(r *http.Request, f received, claims *schemas.Claims) (jobAnswer, error) {
	select {
	case a.loads <- struct{}{}:
		defer func() { <-a.loads }()
	case <-r.Context().Done():
		return jobAnswer{}, r.Context().Err()
	}
	in, err := f.open()
	if err != nil {
		return jobAnswer{}, err
	}
	defer in.Close()
	data := make([]byte, f.size)
	if _, err := io.ReadFull(in, data); err != nil {
		return jobAnswer{}, err
	}
	e, state, err := a.Intake.Submit(r.Context(), Upload{data, f.name, claims})
	if err != nil {
		return jobAnswer{}, err
	}
	a.lg.Info("file handed in", by(r), zap.String("sha256", e.SHA256), zap.String("file", f.name), zap.String("state", string(state)))
	e.State = state
	return jobOf(e), nil
}

// notTaken says what is wrong with the intake, and how much of the request is done.
func (a *api) notTaken(r *http.Request, err error, done, all int) error {
	if r.Context().Err() != nil {
		return err
	}
	detail := err.Error()
	if !errors.Is(err, ErrClosed) {
		a.lg.Error("upload was not stored", zap.Error(err))
		detail = "the file could not be stored or queued; that is our fault, and in our log"
	}
	if done > 0 {
		detail += fmt.Sprintf("; %d of %d files are queued, and nothing is read twice if all are sent again", done, all)
	}
	return problem{Status: http.StatusServiceUnavailable, Detail: detail, later: "30"}
}

// notReceived says what is wrong with a body; errors of another kind are ours.
func notReceived(err error) error {
	large, isLarge := errors.AsType[*http.MaxBytesError](err)
	broken, isBroken := errors.AsType[errBody](err)
	switch {
	case isLarge:
		return problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the request has more than %d bytes", large.Limit)}
	case isBroken && errors.Is(broken, os.ErrDeadlineExceeded):
		return problem{Status: http.StatusRequestTimeout, Detail: "the rest of the request did not come"}
	case isBroken:
		return problem{Status: http.StatusBadRequest, Detail: "the request broke off"}
	}
	return err
}

// receive reads the body: one PDF, or a form with files. discard removes what lies in the temporary folder.
func (a *api) receive(w http.ResponseWriter, r *http.Request, p *params) (files []received, discard func(), err error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form := media == "multipart/form-data"
	if err != nil || media != "application/pdf" && !form {
		return nil, func() {}, problem{Status: http.StatusUnsupportedMediaType, Detail: "want a body of application/pdf, multipart/form-data with files, or a list of URLs as text/csv or text/plain"}
	}
	limit := a.MaxUpload
	if !form {
		limit = min(limit, a.MaxPDF)
	}
	if r.ContentLength > limit { // before it is sent, if who asks waits for 100 Continue
		return nil, func() {}, &http.MaxBytesError{Limit: limit}
	}
	a.patient(w, r, limit)
	if form {
		return receiveForm(r, p)
	}
	return receivePDF(r, p)
}

// patient gives who sends a body time, and bounds it, in bytes.
func (a *api) patient(w http.ResponseWriter, r *http.Request, limit int64) {
	c := http.NewResponseController(w)
	r.Body = http.MaxBytesReader(w, &patientBody{r.Body, c, cmp.Or(a.Silence, silentWithin), time.Now().Add(receiveWithin)}, limit)
}

// formMemory is how many bytes of a form stay in memory; the others go to the temporary folder.
const formMemory = 1 << 20

func receiveForm(r *http.Request, p *params) (files []received, discard func(), err error) {
	discard = func() {
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll() // in the temporary folder
		}
	}
	if err := r.ParseMultipartForm(formMemory); err != nil {
		return nil, discard, formError(err)
	}
	for name, values := range r.MultipartForm.Value {
		for _, value := range values {
			if !slices.Contains([]string{"unit", "region", "year", "kind", "published_on"}, name) {
				return nil, discard, badParameter(name, "there is no such field here, and a file needs a file name")
			}
			if err := p.tell(name, value); err != nil {
				return nil, discard, err
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(r.MultipartForm.File)) {
		for _, h := range r.MultipartForm.File[field] {
			files = append(files, received{fileName(h.Filename), h.Size, func() (io.ReadCloser, error) { return openPart(h) }})
		}
	}
	switch {
	case len(files) == 0:
		err = problem{Status: http.StatusBadRequest, Detail: "the form has no file"}
	case len(files) > maxFiles:
		err = problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the form has more than %d files", maxFiles)}
	case len(files) == 1:
		files[0].name = cmp.Or(fileName(p.about["file_name"]), files[0].name)
	case p.about["file_name"] != "":
		err = badParameter("file_name", "the form has several files, each with a name of its own")
	}
	return files, discard, err
}

// formError tells what is wrong with the form from what the body's reader and the temporary folder say.
func formError(err error) error {
	_, isLarge := errors.AsType[*http.MaxBytesError](err)
	_, isBroken := errors.AsType[errBody](err)
	_, isFile := errors.AsType[*fs.PathError](err)
	if isLarge || isBroken || isFile {
		return err
	}
	return problem{Status: http.StatusBadRequest, Detail: "the form cannot be read: " + err.Error()}
}

func openPart(h *multipart.FileHeader) (io.ReadCloser, error) {
	f, err := h.Open()
	if err != nil {
		return nil, err // and not a file that holds nil
	}
	return f, nil
}

func receivePDF(r *http.Request, p *params) (files []received, discard func(), err error) {
	name := p.about["file_name"]
	if name == "" {
		if _, about, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil {
			name = about["filename"] // filename* as well
		}
	}
	f, err := os.CreateTemp("", "yusuan-upload-")
	if err != nil {
		return nil, func() {}, err
	}
	discard = func() {
		f.Close()
		os.Remove(f.Name())
	}
	n, err := io.Copy(f, r.Body)
	if err != nil {
		return nil, discard, err
	}
	open := func() (io.ReadCloser, error) {
		_, err := f.Seek(0, io.SeekStart)
		return io.NopCloser(f), err
	}
	return []received{{fileName(name), n, open}}, discard, nil
}

// fileName is the last part of a name, without what is no text.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "�"), `\`, "/"))
	if name == "." || name == "/" {
		return ""
	}
	if len(name) > maxText {
		name = strings.ToValidUTF8(name[len(name)-maxText:], "")
	}
	return name
}

// Who hands in may be silent for as long as silentWithin, by default, and take receiveWithin in all.
const (
	silentWithin  = 30 * time.Second
	receiveWithin = time.Hour
)

// A patientBody gives who sends it time for as long as something comes. The last deadline stays: where the body broke off, the server would
// wait for the rest of it before it answers.
type patientBody struct {
	io.ReadCloser
	c       *http.ResponseController
	silence time.Duration
	end     time.Time
}

// Read implements io.Reader.
func (b *patientBody) Read(p []byte) (int, error) {
	until := time.Now().Add(b.silence)
	if until.After(b.end) {
		until = b.end
	}
	_ = b.c.SetReadDeadline(until) // not every writer has one
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = errBody{err}
	}
	return n, err
}

// errBody wraps an error of who sends the body.
type errBody struct{ error }

func (e errBody) Unwrap() error { return e.error }
