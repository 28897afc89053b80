package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yusuan/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pdf = "%PDF-1.7 the bytes"

func publisher(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/2024.pdf", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, pdf) })
	mux.HandleFunc("/named", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename*=UTF-8''%E9%A2%84%E7%AE%97.pdf`)
		fmt.Fprint(w, pdf)
	})
	mux.HandleFunc("/climbing", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="..\\..\\evil.pdf"`)
		fmt.Fprint(w, pdf)
	})
	mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/busy", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	mux.HandleFunc("/forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, pdf)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000")
		fmt.Fprint(w, strings.Repeat("x", 5000))
	})
	mux.HandleFunc("/large-unsaid", func(w http.ResponseWriter, _ *http.Request) {
		for range 50 {
			fmt.Fprint(w, strings.Repeat("x", 100))
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "%PDF")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/hops/", func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/hops/%d", &n); err != nil || n == 0 {
			http.Redirect(w, r, "/2024.pdf", http.StatusFound)
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/hops/%d", n-1), http.StatusFound)
	})
	mux.HandleFunc("/to-file", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

func TestFetch(t *testing.T) {
	srv := publisher(t)
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	f := NewFetcher(FetchConfig{AllowPrivate: true, MaxBytes: 1000, Timeout: 2 * time.Second, Wait: time.Second, MaxRedirects: 3})
	t.Cleanup(f.Close)
	cases := []struct {
		path      string
		code      schemas.Code // of a rejection
		transient string       // part of another error
		name      string
	}{
		{path: "/2024.pdf", name: "2024.pdf"},
		{path: "/named", name: "预算.pdf"},
		{path: "/climbing", name: "evil.pdf"},
		{path: "/hops/2", name: "2024.pdf"}, // two hops and one to the file
		{path: "/hops/3", transient: "more than 3 redirects"},
		{path: "/missing", code: schemas.NotFound},
		{path: "/gone", code: schemas.NotFound},
		{path: "/broken", transient: "500"},
		{path: "/forbidden", transient: "403"},
		{path: "/busy", transient: "503"},
		{path: "/short", transient: "unexpected EOF"},
		{path: "/large", code: schemas.TooLarge},
		{path: "/large-unsaid", code: schemas.TooLarge},
		{path: "/slow", transient: "after 4 bytes"},
		{path: "/silent", transient: "timeout"},
		{path: "/to-file", code: schemas.BadJob},
		{path: "ftp://example.org/2024.pdf", code: schemas.BadJob},
		{path: "http://bad host/", code: schemas.BadJob},
		{path: "file:///etc/passwd", code: schemas.BadJob},
		{path: dead.URL + "/2024.pdf", transient: "refused"},
	}
	for _, c := range cases {
		t.Run(c.path, func(t *testing.T) {
			target := c.path
			if strings.HasPrefix(target, "/") {
				target = srv.URL + target
			}
			doc, err := f.Fetch(t.Context(), Request{URL: target})
			rejection := schemas.AsRejection(err)
			switch {
			case c.code != "":
				if rejection == nil || rejection.Code != c.code {
					t.Fatalf("got %v, want rejection %s", err, c.code)
				}
			case c.transient != "":
				if err == nil || rejection != nil || !strings.Contains(err.Error(), c.transient) {
					t.Fatalf("got %v, want a transient error with %q", err, c.transient)
				}
			default:
				if err != nil || string(doc.Data) != pdf || doc.FileName != c.name {
					t.Fatalf("got %q named %q, %v, want %q named %q", doc.Data, doc.FileName, err, pdf, c.name)
				}
			}
		})
	}
}

func TestFetchRetryAfter(t *testing.T) {
	srv := publisher(t)
	f := NewFetcher(FetchConfig{AllowPrivate: true})
	t.Cleanup(f.Close)
	_, err := f.Fetch(t.Context(), Request{URL: srv.URL + "/busy"})
	busy, ok := errors.AsType[*StatusError](err)
	if !ok || busy.RetryAfter() != 7*time.Second {
		t.Errorf("got %v, want a StatusError that asks for 7 s", err)
	}
}

func TestFetchStopsWithContext(t *testing.T) {
	srv := publisher(t)
	f := NewFetcher(FetchConfig{AllowPrivate: true})
	t.Cleanup(f.Close)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Fetch(ctx, Request{URL: srv.URL + "/silent"}); !errors.Is(err, context.Canceled) || schemas.AsRejection(err) != nil {
		t.Errorf("got %v, want it cancelled", err)
	}
}

// TestPrivateAddresses has a server on loopback, reached by number, by name, and by a redirect from an address that is
// taken for public.
func TestPrivateAddresses(t *testing.T) {
	srv := publisher(t)
	port := srv.URL[strings.LastIndex(srv.URL, ":")+1:]
	f := NewFetcher(FetchConfig{Wait: time.Second})
	t.Cleanup(f.Close)
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "169.254.169.254", "10.0.0.1"} {
		t.Run(host, func(t *testing.T) {
			_, err := f.Fetch(t.Context(), Request{URL: "http://" + host + ":" + port + "/2024.pdf"})
			if r := schemas.AsRejection(err); r == nil || r.Code != schemas.BadJob {
				if host == "2130706433" && err != nil && r == nil {
					return // a resolver that takes no such number
				}
				t.Errorf("got %v, want rejection %s", err, schemas.BadJob)
			}
		})
	}
}

// TestRedirectInside redirects from a first server to a second; only the first one's port passes the check.
func TestRedirectInside(t *testing.T) {
	inner := publisher(t)
	outer := httptest.NewServer(http.RedirectHandler(inner.URL+"/2024.pdf", http.StatusFound))
	t.Cleanup(outer.Close)
	cfg := FetchConfig{}.withDefaults()
	f := NewFetcher(cfg)
	t.Cleanup(f.Close)
	var dialled []string
	outerURL, err := url.Parse(outer.URL)
	if err != nil {
		t.Fatal(err)
	}
	f.client.Transport = &http.Transport{DialContext: dialExcept(outerURL.Host, cfg, &dialled), DisableKeepAlives: true}
	_, err = f.Fetch(t.Context(), Request{URL: outer.URL})
	if r := schemas.AsRejection(err); r == nil || r.Code != schemas.BadJob || !strings.Contains(r.Message, "this machine") {
		t.Errorf("got %v, want rejection %s of the second address", err, schemas.BadJob)
	}
	if len(dialled) != 2 {
		t.Errorf("got %v dialled, want both servers", dialled)
	}
}

// TestFetchNowhere has URLs that no try makes better.
func TestFetchNowhere(t *testing.T) {
	f := NewFetcher(FetchConfig{AllowPrivate: true})
	for _, bad := range []string{
		"http:///x.pdf", "https://:8080/x.pdf", "http://example.com:99999/x.pdf", "http://example.com:0/x.pdf",
		"file:///etc/passwd", "ftp://example.com/x.pdf", "x.pdf",
	} {
		_, err := f.Fetch(t.Context(), Request{URL: bad})
		if r := schemas.AsRejection(err); r == nil || r.Code != schemas.BadJob {
			t.Errorf("%s: got %v, want rejection %s", bad, err, schemas.BadJob)
		}
	}
}

func TestInside(t *testing.T) {
	public := []string{"1.1.1.1", "223.5.5.5", "2400:3200::1", "2001:da8::1", "64:ff9b::1.1.1.1", "2002:101:101::1"}
	private := []string{
		"127.0.0.1", "127.255.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "0.1.2.3",
		"100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
		"::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "2001::1", "2001:20::1", "3fff::1", "5f00::1", "192.88.99.1", "2002:7f00:1::", "::7f00:1", "fec0::1", "2001:db8::1",
	}
	for _, a := range public {
		if why := insideAddr(netip.MustParseAddr(a)); why != "" {
			t.Errorf("%s: got %q, want public", a, why)
		}
	}
	for _, a := range private {
		if insideAddr(netip.MustParseAddr(a)) == "" {
			t.Errorf("%s: got public, want it inside", a)
		}
	}
	if inside("example.org:80") == "" {
		t.Error("a name: got public, want it refused, since it can't be checked")
	}
}

func TestReadFileLimit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f.pdf")
	if err := os.WriteFile(name, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(name, 10); err != nil || len(data) != 10 {
		t.Errorf("at the limit: got %d bytes, %v", len(data), err)
	}
	if _, err := ReadFile(name, 9); schemas.AsRejection(err) == nil {
		t.Errorf("over the limit: got %v, want a rejection", err)
	}
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(name, 9); err != nil || data == nil {
		t.Errorf("empty file: got %v, %v, want bytes that are not nil", data, err)
	}
}
