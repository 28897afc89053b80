package web_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"yusuan/indexer/sqlite"
	"yusuan/schemas"
	"yusuan/web"
)

// An intake writes what it takes into a ledger, where nobody works on it.
type intake struct {
	ledger *sqlite.Store
	took   []web.Upload
	err    error // what Submit gives from the file with the index failAt on
	failAt int
}

func (in *intake) Submit(ctx context.Context, u web.Upload) (schemas.Entry, schemas.State, error) {
	if in.err != nil && len(in.took) >= in.failAt {
		return schemas.Entry{}, "", in.err
	}
	in.took = append(in.took, u)
	sum := sha256.Sum256(u.Data)
	id := hex.EncodeToString(sum[:])
	if old, found, err := in.ledger.Entry(ctx, id); err != nil || found {
		return old, schemas.Unchanged, err
	}
	e := schemas.Entry{ID: id, State: schemas.Queued, SHA256: id, FileName: u.FileName, Bytes: int64(len(u.Data)), Claims: u.Claims, QueuedAt: time.Now().UTC()}
	return e, schemas.Queued, in.ledger.PutEntry(ctx, e)
}

// handIn uploads a small file and gives the job's id.
func handIn(t *testing.T, h http.Handler) string {
	t.Helper()
	w := post(h, "/api/v1/disclosures?file_name=small.pdf", "application/pdf", strings.NewReader("%PDF-1.4 small"))
	jobs := accepted(t, w)
	return jobs[0].ID
}

type job struct {
	ID, State, SHA256, Location, Code, Message string
	FileName                                   string `json:"file_name"`
	Claims                                     *schemas.Claims
}

func accepted(t *testing.T, w *httptest.ResponseRecorder) []job {
	t.Helper()
	var res struct{ Jobs []job }
	if err := json.Unmarshal(w.Body.Bytes(), &res); err != nil || w.Code != http.StatusAccepted || len(res.Jobs) == 0 {
		t.Fatalf("got %d, %v: %s", w.Code, err, w.Body)
	}
	return res.Jobs
}

// post sends a body; headers are NAME, VALUE, ….
func post(h http.Handler, path, contentType string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, body)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// form writes a form of fields (NAME=VALUE) and files (NAME@FILE NAME:CONTENT), in order.
func form(t *testing.T, parts ...string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, part := range parts {
		var err error
		if field, rest, isFile := strings.Cut(part, "@"); isFile {
			name, content, _ := strings.Cut(rest, ":")
			var to io.Writer
			if to, err = w.CreateFormFile(field, name); err == nil {
				_, err = io.WriteString(to, content)
			}
		} else {
			name, value, _ := strings.Cut(part, "=")
			err = w.WriteField(name, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

// newIntake gives the API with what it takes.
func newIntake(t *testing.T) (http.Handler, *intake) {
	t.Helper()
	_, s := newAPI(t)
	in := &intake{ledger: s}
	cfg := config(s)
	cfg.Intake = in
	return web.New(zap.NewNop(), cfg), in
}

func TestUploadForm(t *testing.T) {
	h, in := newIntake(t)
	contentType, body := form(t, "file@2024预算.pdf:one", "b@data\\决算.pdf:two", "unit=某县水利局", "year=2024", "kind=预算", "a@empty.pdf:")
	w := post(h, "/api/v1/disclosures?region="+url.QueryEscape("某县"), contentType, body)
	jobs := accepted(t, w)
	var names, data []string
	claims := &schemas.Claims{Unit: "某县水利局", Region: "某县", Year: 2024, Kind: schemas.Budget}
	for i, u := range in.took {
		names, data = append(names, u.FileName), append(data, string(u.Data))
		if diff := cmp.Diff(u.Claims, claims); diff != "" {
			t.Errorf("claims (-got +want):\n%s", diff)
		}
		if jobs[i].Location != "/api/v1/jobs/"+jobs[i].ID || jobs[i].State != "queued" || jobs[i].SHA256 != jobs[i].ID || jobs[i].FileName != u.FileName {
			t.Errorf("got %+v", jobs[i])
		}
		if w := get(h, jobs[i].Location); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"state":"queued"`) {
			t.Errorf("%s: got %d: %s", jobs[i].Location, w.Code, w.Body)
		}
		if u.Data == nil {
			t.Error("an empty file is nil")
		}
	}
	if diff := cmp.Diff([][]string{names, data}, [][]string{{"empty.pdf", "决算.pdf", "2024预算.pdf"}, {"", "two", "one"}}); diff != "" {
		t.Errorf("files by field (-got +want):\n%s", diff)
	}
	if got := w.Header().Get("Location"); got != "/api/v1/jobs" {
		t.Errorf("got Location %s", got)
	}
}

func TestUploadPDF(t *testing.T) {
	h, in := newIntake(t)
	for i, tc := range []struct {
		query, disposition, want string
	}{
		{"?file_name=" + url.QueryEscape("预算.pdf"), `attachment; filename="other.pdf"`, "预算.pdf"},
		{"", "attachment; filename*=UTF-8''%E9%A2%84%E7%AE%97.pdf", "预算.pdf"},
		{"", `attachment; filename="../../etc/passwd"`, "passwd"},
		{"", "attachment", ""},
		{"?file_name=..", "", ".."},
		{"?file_name=/", "", ""},
	} {
		w := post(h, "/api/v1/disclosures"+tc.query, "application/pdf; x=y", strings.NewReader(fmt.Sprint("%PDF ", i)), "Content-Disposition", tc.disposition)
		jobs := accepted(t, w)
		if got := in.took[i].FileName; got != tc.want || w.Header().Get("Location") != jobs[0].Location {
			t.Errorf("%+v: got %q, Location %s", tc, got, w.Header().Get("Location"))
		}
	}
	// once more
	if jobs := accepted(t, post(h, "/api/v1/disclosures", "application/pdf", strings.NewReader("%PDF 1"))); jobs[0].State != "unchanged" || jobs[0].FileName != "预算.pdf" {
		t.Errorf("the same again: got %+v", jobs[0])
	}
}

// TestUploadRefused checks that of what is refused nothing is taken.
func TestUploadRefused(t *testing.T) {
	h, in := newIntake(t)
	long := strings.Repeat("x", 1<<20+1)
	forms := func(parts ...string) func(*testing.T) (string, io.Reader) {
		return func(t *testing.T) (string, io.Reader) { c, b := form(t, parts...); return c, b }
	}
	body := func(contentType string, r io.Reader) func(*testing.T) (string, io.Reader) {
		return func(*testing.T) (string, io.Reader) { return contentType, r }
	}
	for _, tc := range []struct {
		name, query string
		send        func(*testing.T) (string, io.Reader)
		status      int
		detail      string
	}{
		{"no type", "", body("", strings.NewReader("%PDF")), 415, "application/pdf"},
		{"other type", "", body("application/zip", strings.NewReader("PK")), 415, "multipart/form-data"},
		{"form of another kind", "", body("application/x-www-form-urlencoded", strings.NewReader("a=b")), 415, ""},
		{"large", "", body("application/pdf", strings.NewReader(long)), 413, "1048576 bytes"},
		{"large, of unknown length", "", body("application/pdf", io.MultiReader(strings.NewReader(long))), 413, "1048576 bytes"},
		{"one is large", "", forms("a@ok.pdf:x", "b@large.pdf:"+long), 413, "large.pdf has more than 1048576 bytes"},
		{"all are large", "", forms("a@1.pdf:"+long[:1<<20], "b@2.pdf:"+long[:1<<20], "c@3.pdf:"+long[:1<<20], "d@4.pdf:x"), 413, "3145728 bytes"},
		{"no boundary", "", body("multipart/form-data", strings.NewReader("x")), 400, "form cannot be read"},
		{"no form", "", body("multipart/form-data; boundary=b", strings.NewReader("x")), 400, "form cannot be read"},
		{"no file", "", forms("unit=x"), 400, "no file"},
		{"file without a name", "", forms("file=%PDF"), 400, "a file needs a file name"},
		{"unknown field", "", forms("colour=red", "a@a.pdf:x"), 400, "colour: "},
		{"claim twice", "?unit=x", forms("unit=y", "a@a.pdf:x"), 400, "unit: it is given twice"},
		{"no year", "?year=20", body("application/pdf", strings.NewReader("x")), 400, "year"},
		{"no kind", "", forms("kind=novel", "a@a.pdf:x"), 400, "kind"},
		{"no day", "?published_on=2024", body("application/pdf", strings.NewReader("x")), 400, "published_on"},
		{"unknown parameter", "?colour=red", body("application/pdf", strings.NewReader("x")), 400, "colour: there is no such parameter"},
		{"control character", "?unit=a%0ab", body("application/pdf", strings.NewReader("x")), 400, "unit: "},
		{"one name for two", "?file_name=x.pdf", forms("a@a.pdf:x", "b@b.pdf:y"), 400, "file_name: "},
		{"broken off", "", body("application/pdf", io.MultiReader(strings.NewReader("%PDF"), iotest.ErrReader(io.ErrUnexpectedEOF))), 400, "broke off"},
		{"silent", "", body("application/pdf", io.MultiReader(strings.NewReader("%PDF"), iotest.ErrReader(os.ErrDeadlineExceeded))), 408, "did not come"},
	} {
		contentType, r := tc.send(t)
		w := post(h, "/api/v1/disclosures"+tc.query, contentType, r)
		if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.detail) || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: got %d: %s, want %d, %q", tc.name, w.Code, w.Body, tc.status, tc.detail)
		}
	}
	if len(in.took) > 0 {
		t.Errorf("took %+v", in.took)
	}
}

// TestSilentUpload sends a part of a file and then nothing: it is answered, and who sends slowly is not.
func TestSilentUpload(t *testing.T) {
	_, s := newAPI(t)
	cfg := config(s)
	cfg.Silence = 300 * time.Millisecond
	srv := httptest.NewServer(web.New(zap.NewNop(), cfg))
	t.Cleanup(srv.Close)
	for _, tc := range []struct {
		name   string
		pieces int // of 10 bytes, of the 100 that are promised
		want   int
	}{{"silent", 3, http.StatusRequestTimeout}, {"slow", 10, http.StatusAccepted}} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /api/v1/disclosures HTTP/1.1\r\nHost: %s\r\nContent-Type: application/pdf\r\nContent-Length: 100\r\n\r\n", conn.LocalAddr())
		for range tc.pieces {
			fmt.Fprint(conn, "%PDF------")
			time.Sleep(50 * time.Millisecond)
		}
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if res.StatusCode != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, res.StatusCode, tc.want)
		}
		res.Body.Close()
		conn.Close()
	}
}

// TestIntakeClosed says why nothing is taken, and keeps what is ours to the log.
func TestIntakeClosed(t *testing.T) {
	h, in := newIntake(t)
	for _, tc := range []struct {
		err    error
		failAt int
		want   string
	}{
		{fmt.Errorf("%w: another process has the queue", web.ErrClosed), 0, "another process has the queue"},
		{errors.New("dial tcp 10.0.0.1: refused"), 0, "that is our fault"},
		{errors.New("dial tcp 10.0.0.1: refused"), 1, "1 of 2 files are queued"},
	} {
		in.took, in.err, in.failAt = nil, tc.err, tc.failAt
		contentType, body := form(t, "a@a.pdf:x", "b@b.pdf:y")
		w := post(h, "/api/v1/disclosures", contentType, body)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), tc.want) || strings.Contains(w.Body.String(), "10.0.0.1") || w.Header().Get("Retry-After") == "" {
			t.Errorf("%v: got %d, %v: %s, want %q", tc.err, w.Code, w.Header(), w.Body, tc.want)
		}
	}
	_, s := newAPI(t)
	cfg := config(s)
	cfg.Intake = nil
	if w := post(web.New(zap.NewNop(), cfg), "/api/v1/disclosures", "application/pdf", strings.NewReader("x")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without an intake: got %d", w.Code)
	}
}
