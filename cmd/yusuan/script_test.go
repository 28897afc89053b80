package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/zap"

	"yusuan/worker/broker"
)

// TestMain makes the program a command of the scripts: the test binary under another name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"yusuan": main})
}

// TestScripts runs the program as people do. The scripts have $TESTDATA (the extractor's), $DEMO (our samples), $NATS_URL (a server)
// $WEB_URL (a web server that has $DEMO), $COLLECTOR_URL (a collector of traces) and $ADDRESS (where nobody listens), and the commands
// exits, field, await, get, request, hear, heard, traced, terminate and pack.
func TestScripts(t *testing.T) {
	testdata, demo := folderOf(t, "../../extractor/testdata"), folderOf(t, "demo")
	cache := t.TempDir()
	nats, err := broker.Open(t.Context(), zap.NewNop(), broker.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(hesitant(http.FileServer(http.Dir(demo))))
	t.Cleanup(func() { // after the scripts, which run in parallel
		nats.Close()
		web.Close()
	})
	spans := &spanStore{traces: map[string][]string{}}
	collector := httptest.NewServer(spans)
	t.Cleanup(collector.Close)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TESTDATA", testdata)
			e.Setenv("DEMO", demo)
			e.Setenv("NATS_URL", nats.ClientURL())
			e.Setenv("WEB_URL", web.URL)
			e.Setenv("YUSUAN_CACHE", cache)
			e.Setenv("COLLECTOR_URL", collector.URL)
			return freeAddress(e)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "field": field, "await": await, "terminate": terminate, "get": get, "request": request, "traced": spans.traced, "pack": pack,
			"hear": hear, "heard": heard,
		},
		RequireUniqueNames: true,
	})
}

// freeAddress sets $ADDRESS to one that nobody listens on.
func freeAddress(e *testscript.Env) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e.Setenv("ADDRESS", l.Addr().String())
	return l.Close()
}

// hesitant serves files, but does not answer the first request for one under /slow/ until who asks goes away.
func hesitant(files http.Handler) http.Handler {
	var asked atomic.Bool
	slow := http.StripPrefix("/slow", files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, "/slow/"):
			files.ServeHTTP(w, r)
		case asked.CompareAndSwap(false, true):
			<-r.Context().Done()
		default:
			slow.ServeHTTP(w, r)
		}
	})
}

// TestElasticsearchScripts runs the program against an Elasticsearch, $ELASTICSEARCH_URL in the scripts.
func TestElasticsearchScripts(t *testing.T) {
	url := os.Getenv("YUSUAN_TEST_ELASTICSEARCH")
	if url == "" {
		t.Fatal("YUSUAN_TEST_ELASTICSEARCH is not set: run the tests by scripts/test.sh, which starts Elasticsearch and sets it")
	}
	demo, cache := folderOf(t, "demo"), t.TempDir()
	prefix := scratchPrefix(t, url)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/elasticsearch",
		Setup: func(e *testscript.Env) error {
			e.Setenv("DEMO", demo)
			e.Setenv("ELASTICSEARCH_URL", url)
			e.Setenv("PREFIX", prefix)
			e.Setenv("YUSUAN_CACHE", cache)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "field": field, "get": get},
	})
}

// scratchPrefix gives a prefix for indices that are removed when the test ends.
func scratchPrefix(t *testing.T, url string) string {
	prefix := "test-" + strings.ToLower(rand.Text()[:12])
	t.Cleanup(func() {
		kinds := []string{"disclosures", "passages", "items", "tables", "projects", "findings", "ledger", "versions"}
		for i, kind := range kinds {
			kinds[i] = prefix + "-" + kind + "-v1"
		}
		remove(t, url+"/"+strings.Join(kinds, ",")+"?ignore_unavailable=true")
		remove(t, url+"/_index_template/"+prefix+"-*")
		remove(t, url+"/_component_template/"+prefix+"-*")
	})
	return prefix
}

func remove(t *testing.T, url string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the test's own has ended
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode >= 300 {
		t.Errorf("DELETE %s: %s", url, res.Status)
	}
}

// folderOf gives the folder's path from the root, and fails where there is no PDF in it.
func folderOf(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	if pdfs, err := filepath.Glob(filepath.Join(path, "*.pdf")); err != nil || len(pdfs) == 0 {
		t.Fatalf("no PDF in %s (%v)", path, err)
	}
	return path
}

// exits runs a command that must end with the exit code: exits 3 yusuan extract bad.pdf
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		code = e.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("got exit code %d, want %s", code, args[0])
	}
}

// field compares a field of a JSON file with a text: field stdout summary.files 3. The length of a list is its field length.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: field FILE PATH VALUE")
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	dec.UseNumber()
	ts.Check(dec.Decode(&v))
	for _, key := range strings.Split(args[1], ".") {
		v = member(v, key)
	}
	if got := fmt.Sprint(v); (got == args[2]) == neg {
		ts.Fatalf("%s: got %q, want %q (not: %v)", args[1], got, args[2], neg)
	}
}

func member(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[key]
	case []any:
		if key == "length" {
			return len(v)
		}
		if i, err := strconv.Atoi(key); err == nil && i < len(v) {
			return v[i]
		}
	}
	return nil
}

// awaitFor bounds how long await waits.
const awaitFor = time.Minute

// await waits until a file is there and not empty (await data/nats/lock), or until a command succeeds and what it prints matches
// (await 2024 yusuan search x).
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: await FILE, or await PATTERN COMMAND…")
	}
	ctx, cancel := context.WithTimeout(context.Background(), awaitFor)
	defer cancel()
	for {
		err := notEmpty(ts.MkAbs(args[0]))
		if len(args) > 1 {
			err = printsMatch(ts, regexp.MustCompile(args[0]), args[1:])
		}
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("waited in vain for %v: %v", args, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func notEmpty(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() == 0 {
		err = errors.New("empty")
	}
	return err
}

func printsMatch(ts *testscript.TestScript, pattern *regexp.Regexp, command []string) error {
	if err := ts.Exec(command[0], command[1:]...); err != nil {
		return err
	}
	if !pattern.MatchString(ts.ReadFile("stdout")) {
		return fmt.Errorf("%s is not in what it prints", pattern)
	}
	return nil
}

// get asks a web server until it answers with the status, and writes what it says to a file: get 200 http://$ADDRESS/readyz ready.json
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: get STATUS URL FILE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), awaitFor)
	defer cancel()
	for {
		code, body, err := fetched(ctx, args[1])
		if fmt.Sprint(code) == args[0] && err == nil {
			ts.Check(os.WriteFile(ts.MkAbs(args[2]), body, 0o644))
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("waited in vain for %v: %d, %v: %s", args, code, err, body)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func fetched(ctx context.Context, url string) (code int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// terminate sends SIGTERM to every command in the background.
func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: terminate")
	}
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
}
