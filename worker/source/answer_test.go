package source

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yusuan/schemas"
)

// answers is a server of these handlers, with a fetcher for it.
func answers(t *testing.T, cfg FetchConfig, handlers map[string]http.HandlerFunc) (*Fetcher, string) {
	t.Helper()
	mux := http.NewServeMux()
	for path, h := range handlers {
		mux.HandleFunc(path, h)
	}
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	if cfg.AllowNetworks == nil {
		cfg.AllowPrivate = true
	}
	f := NewFetcher(cfg)
	t.Cleanup(f.Close)
	return f, srv.URL
}

// body answers with text and headers.
func body(text string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		io.WriteString(w, text)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestFetchConditionally(t *testing.T) {
	var asked []string
	guarded := func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since"))
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Sep 2024 08:00:00 GMT")
		if r.Header.Get("If-None-Match") == `"v1"` || r.Header.Get("If-Modified-Since") == "Mon, 02 Sep 2024 08:00:00 GMT" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, pdf)
	}
	f, base := answers(t, FetchConfig{}, map[string]http.HandlerFunc{
		"/a.pdf":     guarded,
		"/moved.pdf": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/a.pdf", http.StatusFound) },
		"/now.pdf": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			io.WriteString(w, pdf)
		},
		"/odd.pdf":    body(pdf, "ETag", "v1 without quotes", "Last-Modified", "yesterday"),
		"/unasked":    status(http.StatusNotModified),
		"/weak.pdf":   body(pdf, "ETag", `W/"x"`),
		"/endless-id": body(pdf, "ETag", `"`+strings.Repeat("x", 1000)+`"`),
	})
	fetch := func(path, etag, modified string) (Document, error) {
		return f.Fetch(t.Context(), Request{URL: base + path, ETag: etag, LastModified: modified})
	}
	doc, err := fetch("/a.pdf", "", "")
	if err != nil || doc.Unchanged || doc.ETag != `"v1"` || doc.LastModified != "Mon, 02 Sep 2024 08:00:00 GMT" {
		t.Fatalf("got %+v, %v, want the file with its validators", doc, err)
	}
	for _, v := range [][2]string{{doc.ETag, doc.LastModified}, {"", doc.LastModified}} {
		again, err := fetch("/a.pdf", v[0], v[1])
		if err != nil || !again.Unchanged || again.Data != nil || again.ETag != v[0] || again.LastModified != v[1] {
			t.Errorf("asked with %q: got %+v, %v, want it unchanged", v, again, err)
		}
	}
	if doc, err := fetch("/a.pdf", `"v0"`, ""); err != nil || doc.Unchanged || string(doc.Data) != pdf {
		t.Errorf("another version: got %+v, %v, want the file", doc, err)
	}
	asked = nil
	doc, err = fetch("/moved.pdf", `"v1"`, "")
	if err != nil || doc.Unchanged || string(doc.Data) != pdf || doc.ETag != "" || doc.LastModified != "" || asked[0] != "/a.pdf " {
		t.Errorf("redirect: got %+v, %v, asked %q, want the file without validators, and none asked of it", doc, err, asked)
	}
	for _, path := range []string{"/now.pdf", "/odd.pdf", "/endless-id"} {
		if doc, err := fetch(path, "", ""); err != nil || doc.ETag != "" || doc.LastModified != "" {
			t.Errorf("%s: got %q and %q, %v, want no validators", path, doc.ETag, doc.LastModified, err)
		}
	}
	if doc, err := fetch("/weak.pdf", "", ""); err != nil || doc.ETag != `W/"x"` {
		t.Errorf("got %q, %v, want the weak ETag", doc.ETag, err)
	}
	if _, err := fetch("/unasked", "", ""); err == nil || schemas.AsRejection(err) != nil {
		t.Errorf("304 to nobody's question: got %v, want a transient error", err)
	}
}

func TestFetchStatus(t *testing.T) {
	want := map[int]schemas.Code{
		400: schemas.BadJob, 401: schemas.BadJob, 404: schemas.NotFound, 410: schemas.NotFound, 414: schemas.BadJob, 451: schemas.NotFound,
		403: "", 405: "", 408: "", 412: "", 425: "", 429: "", 500: "", 501: "", 502: "", 503: "", 504: "", 521: "", 204: "", 206: "", 300: "", 302: "",
	}
	f, base := answers(t, FetchConfig{}, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		var code int
		fmt.Sscanf(r.URL.Path, "/%d", &code)
		w.WriteHeader(code)
	}})
	for code, reject := range want {
		_, err := f.Fetch(t.Context(), Request{URL: fmt.Sprintf("%s/%d", base, code)})
		r := schemas.AsRejection(err)
		if err == nil || (r == nil) != (reject == "") || r != nil && r.Code != reject {
			t.Errorf("%d: got %v, want rejection %q", code, err, reject)
		}
	}
}

func TestFetchNamesWhatItIs(t *testing.T) {
	gbkPage := "<html><head><meta charset=gbk><title>\r\n " + gbkName + " &amp; more</title></head>"
	ofd := string(zipped(t, packed{name: "OFD.xml", data: "x"}, packed{name: "Doc_0/a.pdf", data: pdf}))
	f, base := answers(t, FetchConfig{}, map[string]http.HandlerFunc{
		"/page":     body("\ufeff  <!DOCTYPE html><html><title>系统维护</title>", "Content-Type", "application/pdf"),
		"/gbk":      body(gbkPage),
		"/untitled": body("<script>location='/x'</script>"),
		"/endless": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, "<html><p>")
			}
		},
		"/archive":   body(string(zipped(t, packed{name: gbkName + ".pdf", data: pdf}, packed{name: "b.zip", data: "x"}, packed{name: "c.doc"}))),
		"/ofd":       body(ofd),
		"/wrong.pdf": body(pdf, "Content-Type", "text/html"),
		"/empty":     body(""),
	})
	cases := []struct{ path, message, data string }{
		{path: "/page", message: "the server sent a web page (HTML) “系统维护” instead of the file"},
		{path: "/gbk", message: "the server sent a web page (HTML) “预算 & more” instead of the file"},
		{path: "/untitled", message: "the server sent a web page (HTML) instead of the file"},
		{path: "/endless", message: "the server sent a web page (HTML) instead of the file"},
		{path: "/archive", message: "is a ZIP archive with 2 PDFs or archives in it: download it and ingest the .zip file"},
		{path: "/ofd", data: ofd}, // the extractor names it
		{path: "/wrong.pdf", data: pdf},
		{path: "/empty"},
	}
	for _, c := range cases {
		doc, err := f.Fetch(t.Context(), Request{URL: base + c.path})
		r := schemas.AsRejection(err)
		switch {
		case c.message != "" && (r == nil || r.Code != schemas.NotAPDF || !strings.Contains(r.Message, c.message)):
			t.Errorf("%s: got %v, want %q", c.path, err, c.message)
		case c.message == "" && (err != nil || doc.Data == nil || string(doc.Data) != c.data):
			t.Errorf("%s: got %q, %v, want %q", c.path, doc.Data, err, c.data)
		}
	}
}

func TestFetchFileNames(t *testing.T) {
	cases := []struct{ path, disposition, want string }{
		{"/x.pdf", "", "x.pdf"},
		{"/%D4%A4%CB%E3.pdf", "", "预算.pdf"},
		{"/x", `attachment; filename="` + gbkName + `.pdf"`, "预算.pdf"},
		{"/x", `attachment; filename=` + gbkName + `.pdf`, "预算.pdf"},
		{"/x", `attachment;filename=预算.pdf;size=5`, "预算.pdf"},
		{"/x", `attachment; filename="预算.pdf"`, "预算.pdf"},
		{"/x", `attachment; filename=%E9%A2%84%E7%AE%97.pdf`, "预算.pdf"},
		{"/x", `attachment; filename="%D4%A4%CB%E3.pdf"`, "预算.pdf"},
		{"/x", `attachment; filename="=?UTF-8?B?6aKE566XLnBkZg==?="`, "预算.pdf"},
		{"/x", `attachment; filename="a.pdf"; filename*=UTF-8''%E9%A2%84%E7%AE%97.pdf`, "预算.pdf"},
		{"/x", `attachment; filename="C:\fakepath\a.pdf"`, "a.pdf"},
		{"/x", `attachment; filename=../../a.pdf`, "a.pdf"},
		{"/x", `attachment; filename="100%.pdf"`, "100%.pdf"},
		{"/x.pdf", `inline`, "x.pdf"},
		{"/x.pdf", `attachment; filename=`, "x.pdf"},
	}
	for _, c := range cases {
		f, base := answers(t, FetchConfig{}, map[string]http.HandlerFunc{"/": body(pdf, "Content-Disposition", c.disposition)})
		doc, err := f.Fetch(t.Context(), Request{URL: base + c.path})
		if err != nil || doc.FileName != c.want {
			t.Errorf("%s %s: got %q, %v, want %q", c.path, c.disposition, doc.FileName, err, c.want)
		}
	}
}

func packedBy(t *testing.T, open func(io.Writer) io.WriteCloser, data []byte) string {
	t.Helper()
	var buf bytes.Buffer
	w := open(&buf)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestFetchPacked(t *testing.T) {
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zl := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	bombed := packedBy(t, gz, append([]byte("%PDF-1.7 "), make([]byte, 64<<20)...))
	whole := packedBy(t, gz, []byte(pdf))
	f, base := answers(t, FetchConfig{MaxBytes: 100 << 20}, map[string]http.HandlerFunc{
		"/gzip": body(whole, "Content-Encoding", "gzip"), "/deflate": body(packedBy(t, zl, []byte(pdf)), "Content-Encoding", "deflate"),
		"/br": body("x", "Content-Encoding", "br"), "/lie": body(pdf, "Content-Encoding", "gzip"),
		"/cut": body(whole[:len(whole)-6], "Content-Encoding", "gzip"), "/bomb": body(bombed, "Content-Encoding", "gzip"),
		"/file.gz": body(whole), // no encoding: the file itself
	})
	cases := []struct {
		path, data, transient string
		code                  schemas.Code
	}{
		{path: "/gzip", data: pdf}, {path: "/deflate", data: pdf}, {path: "/file.gz", data: whole},
		{path: "/br", transient: `packs the file as "br"`}, {path: "/lie", transient: "wrongly"}, {path: "/cut", transient: "unexpected EOF"},
		{path: "/bomb", code: schemas.TooLarge},
	}
	for _, c := range cases {
		doc, err := f.Fetch(t.Context(), Request{URL: base + c.path})
		r := schemas.AsRejection(err)
		switch {
		case c.code != "" && (r == nil || r.Code != c.code),
			c.transient != "" && (err == nil || r != nil || !strings.Contains(err.Error(), c.transient)),
			c.data != "" && (err != nil || string(doc.Data) != c.data):
			t.Errorf("%s: got %q, %v, want %+v", c.path, doc.Data, err, c)
		}
	}
}

// TestFetchSlowly has servers that keep the connection alive and send next to nothing.
func TestFetchSlowly(t *testing.T) {
	drip := func(every time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "%PDF-1.7"+strings.Repeat(" ", 2000))
			tick := time.NewTicker(every)
			defer tick.Stop()
			for {
				w.(http.Flusher).Flush()
				select {
				case <-tick.C:
					io.WriteString(w, ".")
				case <-r.Context().Done():
					return
				}
			}
		}
	}
	f, base := answers(t, FetchConfig{Wait: 300 * time.Millisecond, MinRate: 5000}, map[string]http.HandlerFunc{
		"/drip.pdf": drip(50 * time.Millisecond), "/stall.pdf": drip(time.Hour),
	})
	for path, want := range map[string]string{"/drip.pdf": "less than 5000 bytes a second", "/stall.pdf": "sends nothing more"} {
		begun := time.Now()
		_, err := f.Fetch(t.Context(), Request{URL: base + path})
		if err == nil || schemas.AsRejection(err) != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want a transient error with %q", path, err, want)
		}
		if took := time.Since(begun); took > 30*time.Second {
			t.Errorf("%s: took %s", path, took)
		}
	}
}

// TestFetchEndless has bodies of 3 GB, with and without saying so, and measures that they are not held.
func TestFetchEndless(t *testing.T) {
	var sent atomic.Int64
	block := make([]byte, 1<<20)
	f, base := answers(t, FetchConfig{MaxBytes: 32 << 20}, map[string]http.HandlerFunc{
		"/said": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "3221225472")
			n, _ := w.Write(block)
			sent.Add(int64(n))
			<-r.Context().Done()
		},
		"/unsaid": func(w http.ResponseWriter, r *http.Request) {
			for range 3 << 10 {
				n, err := w.Write(block)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		},
	})
	for path, limit := range map[string]int64{"/said": 4 << 20, "/unsaid": 80 << 20} {
		sent.Store(0)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := f.Fetch(t.Context(), Request{URL: base + path})
		runtime.ReadMemStats(&after)
		if r := schemas.AsRejection(err); r == nil || r.Code != schemas.TooLarge {
			t.Errorf("%s: got %v, want rejection %s", path, err, schemas.TooLarge)
		}
		if used := int64(after.TotalAlloc - before.TotalAlloc); used > limit || sent.Load() > limit {
			t.Errorf("%s: %d MB were allocated in all and %d MB sent, want at most %d", path, used>>20, sent.Load()>>20, limit>>20)
		}
	}
}

func TestAllowedNetworks(t *testing.T) {
	f, base := answers(t, FetchConfig{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, map[string]http.HandlerFunc{
		"/a.pdf": body(pdf),
		"/elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.2"+r.Host[strings.LastIndex(r.Host, ":"):]+"/a.pdf", http.StatusFound)
		},
		"/loop": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) },
	})
	if _, err := f.Fetch(t.Context(), Request{URL: base + "/a.pdf"}); err != nil {
		t.Errorf("got %v, want the file of the allowed address", err)
	}
	_, err := f.Fetch(t.Context(), Request{URL: base + "/elsewhere"})
	if r := schemas.AsRejection(err); r == nil || r.Code != schemas.BadJob || !strings.Contains(r.Message, "127.0.0.2") {
		t.Errorf("got %v, want rejection %s of the address", err, schemas.BadJob)
	}
	if _, err := f.Fetch(t.Context(), Request{URL: base + "/loop"}); err == nil || schemas.AsRejection(err) != nil || !strings.Contains(err.Error(), "more than 5 redirects") {
		t.Errorf("got %v, want a transient error of too many redirects", err)
	}
}

// TestRebinding has a name server whose second answer is another address than its first.
func TestRebinding(t *testing.T) {
	var asked atomic.Int32
	answer := func(query []byte) []byte {
		end := 12
		for query[end] != 0 {
			end += int(query[end]) + 1
		}
		end += 5
		reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, query[12:end]...)
		if binary.BigEndian.Uint16(query[end-4:]) != 1 { // only A has an answer
			reply[7] = 0
			return reply
		}
		last := byte(1)
		if asked.Add(1) > 1 {
			last = 2
		}
		return append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, last)
	}
	resolver := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		us, them := net.Pipe()
		go func() {
			defer them.Close()
			for {
				size := make([]byte, 2) // a pipe is a stream, on which messages have their length before them
				if _, err := io.ReadFull(them, size); err != nil {
					return
				}
				query := make([]byte, binary.BigEndian.Uint16(size))
				if _, err := io.ReadFull(them, query); err != nil {
					return
				}
				reply := answer(query)
				if _, err := them.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
					return
				}
			}
		}()
		return us, nil
	}}
	f, base := answers(t, FetchConfig{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, resolver: resolver, Wait: 5 * time.Second},
		map[string]http.HandlerFunc{"/a.pdf": body(pdf)})
	target := "http://rebinding.example.org" + base[strings.LastIndex(base, ":"):] + "/a.pdf"
	if _, err := f.Fetch(t.Context(), Request{URL: target}); err != nil {
		t.Fatalf("got %v, want the file of the first address", err)
	}
	f.Close() // else the connection to the first address serves on
	_, err := f.Fetch(t.Context(), Request{URL: target})
	if r := schemas.AsRejection(err); r == nil || r.Code != schemas.BadJob || !strings.Contains(r.Message, "127.0.0.2") {
		t.Errorf("got %v, want rejection %s of the second address", err, schemas.BadJob)
	}
}

// TestTurns has many goroutines ask two hosts: one request at a time each, with a pause, and whoever has to wait for long is told so.
func TestTurns(t *testing.T) {
	const delay = 60 * time.Millisecond
	type span struct{ begin, end time.Time }
	var mu sync.Mutex
	spans := map[string][]span{}
	serve := func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		<-time.After(20 * time.Millisecond)
		mu.Lock()
		spans[r.Host] = append(spans[r.Host], span{begin, time.Now()})
		mu.Unlock()
		io.WriteString(w, pdf)
	}
	f, first := answers(t, FetchConfig{HostDelay: delay}, map[string]http.HandlerFunc{"/": serve})
	srv := httptest.NewServer(http.HandlerFunc(serve))
	t.Cleanup(srv.Close)
	var busy atomic.Int32
	var all sync.WaitGroup
	for i := range 12 {
		target := []string{first, srv.URL}[i%2]
		all.Go(func() {
			for {
				_, err := f.Fetch(t.Context(), Request{URL: target})
				wait, ok := errors.AsType[*BusyError](err)
				if !ok {
					if err != nil {
						t.Errorf("got %v", err)
					}
					return
				}
				busy.Add(1)
				if wait.Busy() <= 0 || wait.Busy() > turnLimit {
					t.Errorf("got %s to wait", wait.Busy())
				}
				<-time.After(wait.Busy())
			}
		})
	}
	all.Wait()
	if busy.Load() == 0 {
		t.Error("nobody was put off")
	}
	for host, list := range spans {
		if len(list) != 6 {
			t.Errorf("%s: got %d requests, want 6", host, len(list))
		}
		for i := 1; i < len(list); i++ {
			if gap := list[i].begin.Sub(list[i-1].end); gap < delay-5*time.Millisecond {
				t.Errorf("%s: request %d came %s after the one before, want %s", host, i, gap, delay)
			}
		}
	}
}

// TestTurnsRest has a server that asks to be left alone: that holds for all its URLs, and for no other server.
func TestTurnsRest(t *testing.T) {
	f, base := answers(t, FetchConfig{HostDelay: time.Millisecond}, map[string]http.HandlerFunc{
		"/busy": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"/a": body(pdf),
	})
	if _, err := f.Fetch(t.Context(), Request{URL: base + "/a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Fetch(t.Context(), Request{URL: base + "/busy"}); err == nil {
		t.Fatal("got a file, want an error")
	}
	_, err := f.Fetch(t.Context(), Request{URL: base + "/a"})
	busy, ok := errors.AsType[*BusyError](err)
	if !ok || busy.Busy() < 59*time.Second || busy.Busy() > 62*time.Second {
		t.Errorf("got %v, want to be put off for a minute", err)
	}
	srv := httptest.NewServer(body(pdf))
	t.Cleanup(srv.Close)
	if _, err := f.Fetch(t.Context(), Request{URL: srv.URL}); err != nil {
		t.Errorf("another server: %v", err)
	}
}

// TestPromises puts off a thousand: each is told a later time, up to the limit.
func TestPromises(t *testing.T) {
	h := hosts{delay: time.Second}
	held, err := h.take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	last := time.Duration(0)
	for i := range 1000 {
		_, err := h.take(t.Context(), "a")
		busy, ok := errors.AsType[*BusyError](err)
		if !ok {
			t.Fatalf("got %v, want a BusyError", err)
		}
		if wait := busy.Busy(); wait > turnLimit || i < 200 && wait < last+900*time.Millisecond {
			t.Fatalf("number %d: got %s after %s", i, wait, last)
		}
		last = busy.Busy()
	}
	if other, err := h.take(t.Context(), "b"); err != nil || other == nil {
		t.Errorf("another host: got %v, want a turn", err)
	}
	held.end()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.take(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
	if (*turn)(nil).end(); len(h.known) != 2 {
		t.Errorf("got %d hosts, want 2", len(h.known))
	}
}

func TestHostOf(t *testing.T) {
	for raw, want := range map[string]string{
		"http://Example.org/a": "example.org", "https://example.org:443/": "example.org", "http://example.org.:80": "example.org",
		"http://example.org:8080": "example.org:8080", "http://[::1]:81/": "::1:81",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := hostOf(u); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
