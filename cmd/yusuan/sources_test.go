package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"yusuan/schemas"
)

// pack makes an archive in a script: pack OUT.zip MEMBER=FILE… (MEMBER may have \x.. for bytes that are no UTF-8).
func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: pack OUT.zip MEMBER=FILE…")
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, arg := range args[1:] {
		name, file, _ := strings.Cut(arg, "=")
		raw, err := strconv.Unquote(`"` + name + `"`)
		ts.Check(err)
		w, err := z.CreateHeader(&zip.FileHeader{Name: raw, Method: zip.Deflate, NonUTF8: true})
		ts.Check(err)
		_, err = io.WriteString(w, ts.ReadFile(file))
		ts.Check(err)
	}
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), buf.Bytes(), 0o600))
}

// demoPDF gives the bytes of a sample.
func demoPDF(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("demo", name+".pdf"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// badServer is a publisher with everything that goes wrong, and some files that are right.
func badServer(t *testing.T) *httptest.Server {
	budget, accounts := demoPDF(t, "qinghe-shuili-2024-budget"), demoPDF(t, "qinghe-shuili-2023-accounts")
	var bomb bytes.Buffer
	gz := gzip.NewWriter(&bomb)
	if _, err := io.Copy(gz, io.MultiReader(strings.NewReader("%PDF-1.7\n"), io.LimitReader(zeros{}, 512<<20))); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	var shaken atomic.Bool
	routes := map[string]http.HandlerFunc{
		"/gone.pdf": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) },
		"/shaky.pdf": func(w http.ResponseWriter, _ *http.Request) {
			if shaken.CompareAndSwap(false, true) {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			w.Write(budget)
		},
		"/loop.pdf": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
		"/inward.pdf": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.2"+r.Host[strings.LastIndex(r.Host, ":"):]+"/twin-a.pdf", http.StatusFound)
		},
		"/huge-said.pdf": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "3221225472")
			io.CopyN(w, io.MultiReader(strings.NewReader("%PDF-1.7\n"), zeros{}), 3<<30)
		},
		"/huge.pdf": func(w http.ResponseWriter, r *http.Request) {
			io.Copy(w, io.MultiReader(strings.NewReader("%PDF-1.7\n"), zeros{})) // until the other side has enough
		},
		"/loris.pdf": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "%PDF-1.7\n")
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for r.Context().Err() == nil {
				w.(http.Flusher).Flush()
				<-tick.C
				io.WriteString(w, ".")
			}
		},
		"/page.pdf": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<html><title>页面不存在</title></html>")
		},
		"/empty.pdf": func(http.ResponseWriter, *http.Request) {},
		"/cut.pdf": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(budget)))
			w.Write(budget[:len(budget)/2])
		},
		"/bomb.pdf": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		},
		"/typed.pdf": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=gbk")
			w.Write(accounts)
		},
		"/download": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Disposition", "attachment; filename=\"\xd4\xa4\xcb\xe3.pdf\"")
			w.Write(demoPDF(t, "yunling-shebao-2024-budget"))
		},
		"/twin-a.pdf": func(w http.ResponseWriter, _ *http.Request) { w.Write(demoPDF(t, "qinghe-shebao-2024-budget")) },
	}
	routes["/twin-b.pdf"] = routes["/twin-a.pdf"]
	mux := http.NewServeMux() // which answers all else with 404
	for path, h := range routes {
		mux.HandleFunc(path, h)
	}
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

// zeros is without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// peakLimit is how much memory the program may take over it all, in bytes: one file of the largest size that is taken, read to
// the limit, and what the program needs anyway.
const peakLimit = 700 << 20

// TestBadSources ingests a list of everything that goes wrong, with good files between: each has one line, and the good ones are
// in the index.
func TestBadSources(t *testing.T) {
	srv := badServer(t)
	dir := t.TempDir()
	local := filepath.Join(dir, "local.pdf")
	if err := os.WriteFile(local, demoPDF(t, "qinghe-shuili-2023-budget"), 0o600); err != nil {
		t.Fatal(err)
	}
	wants := []struct {
		source  string
		state   schemas.State
		code    schemas.Code
		message string // a part of it
		name    string // of the file, where it matters
	}{
		{"/missing.pdf", schemas.Rejected, schemas.NotFound, "404", ""},
		{"/gone.pdf", schemas.Rejected, schemas.NotFound, "410", ""},
		{"/shaky.pdf", schemas.Indexed, "", "", ""},
		{"/loop.pdf", schemas.Failed, "", "more than 5 redirects", ""},
		{"/inward.pdf", schemas.Rejected, schemas.BadJob, "127.0.0.2", ""},
		{"/huge-said.pdf", schemas.Rejected, schemas.TooLarge, "the limit", ""},
		{"/huge.pdf", schemas.Rejected, schemas.TooLarge, "the limit", ""},
		{"/loris.pdf", schemas.Failed, "", "less than 1024 bytes a second", ""},
		{"/page.pdf", schemas.Rejected, schemas.NotAPDF, "web page (HTML) “页面不存在”", ""},
		{"/empty.pdf", schemas.Rejected, schemas.EmptyFile, "", ""},
		{"/cut.pdf", schemas.Failed, "", "unexpected EOF", ""},
		{"/bomb.pdf", schemas.Rejected, schemas.TooLarge, "bomb", ""},
		{"/typed.pdf", schemas.Indexed, "", "", "typed.pdf"},
		{"/download?id=7", schemas.Indexed, "", "", "预算.pdf"},
		{"/twin-a.pdf", schemas.Indexed, "", "", ""},
		{"/twin-b.pdf", schemas.Indexed, "", "", ""}, // the same disclosure, under each URL
		{"http://no-such-host.invalid/a.pdf", schemas.Failed, "", "no-such-host.invalid", ""},
		{local, schemas.Indexed, "", "", ""},
		{"/twin-a.pdf", schemas.Unchanged, "", "the same file as", ""},
	}
	var list strings.Builder
	for i, w := range wants {
		if strings.HasPrefix(w.source, "/") && w.source != local {
			wants[i].source = srv.URL + w.source
		}
		list.WriteString(wants[i].source + "\n")
	}
	listName := filepath.Join(dir, "list.txt")
	if err := os.WriteFile(listName, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "yusuan", "--data", filepath.Join(dir, "data"), "ingest", "--json", "--workers", "4",
		"--allow-network", "127.0.0.1/32", "--host-delay", "0", "--server-wait", "1s", "@"+listName)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != exitPartial {
		t.Fatalf("got %v, want exit code %d\n%s", err, exitPartial, stderr.String())
	}
	var got ingestResult
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Files) != len(wants) || got.Summary.Files != len(wants) {
		t.Fatalf("got %d results, %d in the summary, want %d", len(got.Files), got.Summary.Files, len(wants))
	}
	for i, w := range wants {
		f := got.Files[i]
		if f.Path != w.source || f.State != w.state || f.Code != w.code || !strings.Contains(f.Message, w.message) || w.name != "" && f.FileName != w.name {
			t.Errorf("got %s %s %s %q (%s), want %+v", f.Path, f.State, f.Code, f.Message, f.FileName, w)
		}
	}
	s := got.Summary
	if sum := s.Indexed + s.Unchanged + s.Superseded + s.NeedsOCR + s.Rejected + s.Failed; sum != len(wants) || s.Indexed != 6 {
		t.Errorf("got %+v, which adds up to %d, want %d with 6 indexed", s, sum, len(wants))
	}
	var text bytes.Buffer
	p := build(&command{}, &text, io.Discard, nil)
	p.printSummary(s, got.Files)
	for _, w := range wants {
		n := strings.Count(text.String(), "\n  "+w.source+" ")
		if missing := w.state == schemas.Rejected || w.state == schemas.Failed; missing != (n == 1) || n > 1 {
			t.Errorf("%s (%s) has %d lines in the summary", w.source, w.state, n)
		}
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("no figures of the process's memory")
	}
	peak := int64(usage.Maxrss) << 10
	t.Logf("peak memory %d MB, %.1f s", peak>>20, s.Seconds)
	if peak > peakLimit {
		t.Errorf("got a peak of %d MB of memory, want at most %d", peak>>20, int64(peakLimit)>>20)
	}
	if out, err := exec.CommandContext(t.Context(), "yusuan", "--data", filepath.Join(dir, "data"), "verify").CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}
