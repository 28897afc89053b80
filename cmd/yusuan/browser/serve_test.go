package browser

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait.
const patience = 45 * time.Second

// A backend is what a server keeps its index in.
type backend struct {
	name  string
	flags func(t *testing.T) []string
}

// backends are those that every journey is made with.
func backends() []backend {
	return []backend{
		{"embedded", func(*testing.T) []string { return nil }},
		{"elasticsearch", func(t *testing.T) []string {
			url, prefix := elasticsearch(t), "test-"+strings.ToLower(rand.Text()[:12])
			t.Cleanup(func() { dropIndices(t, url, prefix) })
			return []string{"--elasticsearch", url, "--prefix", prefix}
		}},
	}
}

// elasticsearch is the URL of the one that tests use.
func elasticsearch(t *testing.T) string {
	t.Helper()
	url := os.Getenv("YUSUAN_TEST_ELASTICSEARCH")
	if url == "" {
		t.Fatal("YUSUAN_TEST_ELASTICSEARCH is not set: run the tests by scripts/test.sh, which starts Elasticsearch and sets it")
	}
	return strings.TrimSuffix(url, "/")
}

// dropIndices removes what a test leaves in Elasticsearch.
func dropIndices(t *testing.T, url, prefix string) {
	res, err := http.Get(url + "/" + prefix + "-*")
	if err != nil {
		t.Error(err)
		return
	}
	defer res.Body.Close()
	var indices map[string]json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&indices); err != nil {
		t.Error(err)
	}
	paths := []string{"/_index_template/" + prefix + "-*", "/_component_template/" + prefix + "-*"}
	for name := range indices {
		paths = append([]string{"/" + name}, paths...)
	}
	for _, path := range paths {
		req, err := http.NewRequest(http.MethodDelete, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			continue
		}
		res.Body.Close()
	}
}

// A server is yusuan serve with its data.
type server struct {
	t     *testing.T
	url   string
	flags []string // where its data is
	log   *bytes.Buffer
}

// run runs the program to its end; one of the exit codes is expected.
func (s *server) run(codes []int, args ...string) string {
	s.t.Helper()
	cmd := exec.Command(programs.yusuan, append(args, s.flags...)...)
	cmd.Env = append(os.Environ(), "YUSUAN_CACHE="+programs.cache)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	for _, code := range codes {
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == code {
			return out.String()
		}
	}
	s.t.Fatalf("yusuan %s: %v\n%s", strings.Join(args, " "), err, log.String())
	return ""
}

// newServer reads the PDFs and serves what came of them. more are flags of serve.
func newServer(t *testing.T, b backend, pdfs []string, more ...string) *server {
	t.Helper()
	s := &server{t: t, flags: append([]string{"--data", filepath.Join(t.TempDir(), "data")}, b.flags(t)...), log: &bytes.Buffer{}}
	if len(pdfs) > 0 {
		s.run([]int{0, 3}, append([]string{"ingest", "--quiet"}, pdfs...)...)
	}
	addr := freeAddress(t)
	cmd := exec.Command(programs.yusuan, append(append([]string{"serve", "--listen", addr}, more...), s.flags...)...)
	cmd.Env = append(os.Environ(), "YUSUAN_CACHE="+programs.cache)
	cmd.Stderr = s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			t.Error("serve did not stop")
		}
		if t.Failed() {
			t.Logf("log of serve:\n%s", s.log)
		}
	})
	s.url = "http://" + addr
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		res, err := http.Get(s.url + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s
			}
		}
		if time.Since(begun) > patience {
			t.Fatalf("serve did not begin: %v\n%s", err, s.log)
		}
	}
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get asks the API for JSON.
func (s *server) get(path string, v any) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		s.t.Fatalf("%s: %s: %s", path, res.Status, body)
	}
	if err := json.NewDecoder(res.Body).Decode(v); err != nil {
		s.t.Fatal(fmt.Errorf("%s: %w", path, err))
	}
}

// demo is the folder of our samples, and testdata that of the extractor's.
const (
	demo     = "../demo"
	testdata = "../../../extractor/testdata"
)
